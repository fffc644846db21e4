"""FastAdaSP, Audio TopK: what the official code computes, computed here."""

import torch

from reference_impls import Context
from reference_impls.criteria.attention import accumulated_attention, class_attention
from reference_impls.methods.audio_topk import AudioTopK
from reference_impls.methods.fastadasp import FastAdaSP, merge_runs, neighbours_to_merge


def test_fastadasp_merges_the_official_runs_by_the_official_weights(golden, same):
    official = golden("fastadasp")
    for case in official.cases("([a-z]+)_out"):
        params, hidden = official.params(f"{case}_params"), official[f"{case}_hidden"]
        queries, keys = official[f"{case}_q"], official[f"{case}_k"]
        candidates = torch.zeros(hidden.shape[:2], dtype=torch.bool)
        candidates[:, params["first"] : params["end"]] = True
        if params["weighted"]:
            weights = accumulated_attention(queries, keys).sum(dim=1)
            same(weights[:, params["first"] : params["end"]], official[f"{case}_weights"])
        method = FastAdaSP(keep=1 - params["ratio"], weighted=params["weighted"])
        context = Context(queries=queries, keys=keys, candidates=candidates, layer=2, layers=32)
        same(method.reduce(hidden, context).tokens, official[f"{case}_out"])


def test_fastadasp_takes_the_official_cosine_of_neighbouring_keys(golden):
    official = golden("fastadasp")
    for case in official.cases("([a-z]+)_alike"):
        params, keys = official.params(f"{case}_params"), official[f"{case}_k"][0]
        amount = int((params["end"] - params["first"]) * params["ratio"])
        best = official[f"{case}_alike"][0].topk(amount).indices + params["first"] + 1
        candidates = torch.zeros(keys.shape[1], dtype=torch.bool)
        candidates[params["first"] : params["end"]] = True
        joins = neighbours_to_merge(keys, candidates, amount)
        assert joins.nonzero().flatten().tolist() == sorted(best.tolist())
        everything = torch.ones_like(joins)
        runs = merge_runs(torch.zeros(1, len(joins), 4), joins, torch.ones(len(joins)), everything)
        assert runs.tokens.shape[1] == official[f"{case}_out"].shape[1]


def test_fastadasp_leaves_what_the_official_schedules_leave_behind_each_layer(golden):
    official = golden("fastadasp")
    params = official.params()
    layers, first = params["layers"], params["perform_layer"] + 1  # a host acts before the next layer
    for schedule in ("constant", "decay"):
        for ratio in params["ratios"]:
            method = FastAdaSP(keep=1 - ratio, layer=first, schedule=schedule)
            generator, left = torch.Generator().manual_seed(0), []
            tokens = torch.zeros(1, params["tokens"], 4)
            for layer in range(layers):
                if method.acts_on(layer, layers):
                    states = torch.randn(2, 1, 2, tokens.shape[1], 4, generator=generator)
                    candidates = torch.ones(tokens.shape[:2], dtype=torch.bool)
                    shown = {"queries": states[0], "keys": states[1], "candidates": candidates}
                    tokens = method.reduce(tokens, Context(**shown, layer=layer, layers=layers)).tokens
                left.append(tokens.shape[1])
            # Behind layer i the code has what is here before layer i + 1.
            expected = official[f"lengths_{schedule}_{str(ratio).replace('.', '')}"].tolist()
            assert left[1:] == expected[:-1]


def test_audio_topk_keeps_the_official_patches_in_the_official_order(golden, same):
    official = golden("audio_topk")
    for case in official.cases("([a-z]+)_out"):
        params = official.params(f"{case}_params")
        queries, keys, extra = official[f"{case}_q"], official[f"{case}_k"], params["extra_tokens"]
        same(class_attention(queries, keys).mean(dim=1)[:, extra:], official[f"{case}_score"])
        context = Context(queries=queries, keys=keys, protected=extra)
        reduction = AudioTopK(keep=params["keep_rate"]).reduce(official[f"{case}_tokens"], context)
        same(reduction.position[:, extra:] - extra, official[f"{case}_kept"])
        same(reduction.tokens, official[f"{case}_out"])
