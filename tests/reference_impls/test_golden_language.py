"""FastV, VisionZip and the KV-cache group: what the official code computes, computed here."""

import re
from dataclasses import replace

import torch
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from reference_impls import Context
from reference_impls.baselines.value_norm import ValueNorm
from reference_impls.criteria.norms import norm
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.methods.ada_kv import AdaKV
from reference_impls.methods.cake import CAKE
from reference_impls.methods.expected_attention import ExpectedAttention
from reference_impls.methods.fastv import FastV, attended_tokens
from reference_impls.methods.h2o import H2O
from reference_impls.methods.key_norm import KeyNorm
from reference_impls.methods.keydiff import KeyDiff, distinctness
from reference_impls.methods.lagkv import LagKV, spread
from reference_impls.methods.pyramidkv import PyramidKV
from reference_impls.methods.r_kv import RKV, importance, redundancy
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.streamingllm import StreamingLLM
from reference_impls.methods.tova import TOVA
from reference_impls.methods.visionzip import VisionZip, dominant_tokens, zip_tokens


def test_fastv_keeps_the_same_tokens_at_their_positions(golden, same):
    official = golden("fastv")
    for case in official.cases("(.+)_params"):
        params, hidden = official.params(f"{case}_params"), official[f"{case}_hidden"]
        candidates = torch.zeros(hidden.shape[:2], dtype=torch.bool)
        candidates[:, params["start"] : params["start"] + params["length"]] = True
        stays = attended_tokens(
            official[f"{case}_attn_lastrow"], candidates, 1 - params["R"], official=hidden.shape[0] > 1
        )
        reduction = keep_mask(hidden, stays)
        same(reduction.position[:1], official[f"{case}_position_ids"])
        same(reduction.position[0], official[f"{case}_keep"])
        same(reduction.tokens, official[f"{case}_hidden_kept"])


def test_fastv_official_lets_the_first_element_decide_for_the_batch(golden):
    official = golden("fastv")
    for case in official.cases("(.+)_params"):
        attention, keep = official[f"{case}_attn_lastrow"][:1], 1 - official.params(f"{case}_params")["R"]
        batch = torch.cat([attention, attention.flip(-1)])
        candidates = torch.ones(2, attention.shape[-1], dtype=torch.bool)
        one, two = attended_tokens(batch, candidates, keep, official=True)
        assert torch.equal(one, two)
        one, two = attended_tokens(batch, candidates, keep)
        assert not torch.equal(one, two)


def test_fastv_asks_the_last_token_or_all_of_them(golden):
    official = golden("kv", "fastv")
    queries, keys = official["q"], official["k"]
    attention = (queries @ keys.transpose(-1, -2) / queries.shape[-1] ** 0.5).masked_fill(
        torch.ones(keys.shape[2], keys.shape[2], dtype=torch.bool).triu(1), -torch.inf
    )
    attention, candidates = attention.softmax(dim=-1), torch.ones(queries.shape[0], keys.shape[2]).bool()
    context = Context(queries=queries, keys=keys, candidates=candidates)
    tokens = keys.flatten(1, 2)[:, : keys.shape[2]]
    for asked, scores in (("last", attention[:, :, -1]), ("all", attention.mean(dim=2))):
        kept = FastV(attention_from=asked).reduce(tokens, context).kept
        assert torch.equal(kept, attended_tokens(scores, candidates, FastV().keep))


def test_visionzip_gives_dominant_and_contextual_tokens(golden, same):
    official = golden("visionzip")
    params, attention = official.params(), official["cls_attn"].clone()
    attention[..., 0] = torch.inf
    dominant = dominant_tokens(attention, params["dominant"] + 1)
    same(dominant, official["all_indices"])
    reduction = zip_tokens(
        official["hidden"], official["metric"], dominant.sort(dim=1).values, params["contextual"], None
    )
    same(reduction.tokens, official["out"])


def test_visionzip_as_a_method_gives_the_same(golden, same):
    official = golden("visionzip")
    params = official.params()
    count = params["dominant"] + params["contextual"]
    method = VisionZip(keep=count, contextual=params["contextual"] / count)
    context = Context(class_attention=official["cls_attn"], keys=official["metric"].unsqueeze(1), protected=1)
    same(method.reduce(official["hidden"], context).tokens, official["out"])


def _kv(official, key_heads):
    keys, values = official["k"][:, :key_heads], official["v"][:, :key_heads]
    entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
    return entries, Context(queries=official["q"], keys=keys, values=values)


def test_snapkv_keeps_what_the_official_cluster_keeps(golden, same):
    official = golden("kv", "snapkv")
    settings = official.params()["snapkv"]
    window, capacity = settings["window"], settings["max_capacity_prompt"]
    entries, context = _kv(official, official["k"].shape[1])
    for name in official.cases(r"snapkv_((?:avg|max)pool\d+)_kept"):
        kernel, pooling = int(name[len("avgpool") :]), {"avg": "average", "max": "max"}[name[:3]]
        method = SnapKV(keep=capacity, window=window, kernel=kernel, pooling=pooling)
        kept = method.reduce(entries, context).position
        theirs = official[f"snapkv_{name}_kept"].sort(dim=-1).values
        if pooling == "average":
            same(kept, theirs)
            continue
        _same_votes(same, method, context, kept, theirs)


def _same_votes(same, method, context, kept, theirs):
    """Max pooling makes ties, which the official topk breaks as it likes: the same scores are kept."""
    votes = method.scores(context.queries, context.keys)[0]
    same(kept[:, -method.window :], theirs[:, -method.window :])
    same(*(votes.gather(1, index).sort(dim=-1).values for index in (kept, theirs)))


def test_snapkv_with_less_room_than_its_window_keeps_the_newest(golden):
    official = golden("kv", "snapkv")
    entries, context = _kv(official, official["k"].shape[1])
    kept = SnapKV(keep=4, window=16).reduce(entries, context).position
    length = entries.shape[1]
    assert torch.equal(kept, torch.arange(length - 4, length).expand_as(kept))


def _budgeted(make, params, capacity, **own):
    """A method that shares a budget, with the official class's settings."""
    pooling = {"avgpool": "average", "maxpool": "max"}[params["pooling"]]
    return make(
        keep=params[capacity],
        window=params["window_size"],
        kernel=params["kernel_size"],
        pooling=pooling,
        official=True,
        **own,
    )


def test_pyramidkv_keeps_in_every_layer_what_the_official_cluster_keeps(golden, same):
    official = golden("kv_budgets", "pyramidkv")
    entries, context = _kv(official, official["k"].shape[1])
    for case in official.cases("pyramid_(.+)_params"):
        params = official.params(f"pyramid_{case}_params")
        method = _budgeted(PyramidKV, params, "max_capacity_prompt", beta=params["beta"])
        layers = params["num_hidden_layers"]
        for layer in range(layers):
            theirs = official[f"pyramid_{case}_kept{layer}"].sort(dim=-1).values
            kept = method.reduce(entries, context.with_(layer=layer, layers=layers)).position
            if method.pooling == "max":
                _same_votes(same, method, context, kept, theirs)
            else:
                same(kept, theirs)


def test_ada_kv_keeps_in_every_head_what_the_official_cluster_keeps(golden, same):
    official = golden("kv_budgets", "ada_kv")
    entries, context = _kv(official, official["k"].shape[1])
    for case in official.cases("ada_(.+)_params"):
        params = official.params(f"ada_{case}_params")
        method = _budgeted(AdaKV, params, "base_capacity", safeguard=params["floor_alpha"])
        reduction, theirs = method.reduce(entries, context), official[f"ada_{case}_kept"]
        same(reduction.counts, (theirs >= 0).sum(dim=-1))
        for head, count in enumerate(reduction.counts.tolist()):
            kept, wanted = reduction.position[head : head + 1, :count], theirs[head : head + 1, :count]
            votes = method.scores(context.queries, context.keys)[0, head : head + 1]
            same(*(votes.gather(1, index).sort(dim=-1).values for index in (kept, wanted)))
            if method.pooling == "average":
                same(kept, wanted)


def test_expected_attention_scores_and_keeps_what_the_official_presses_do(golden, same):
    official = golden("expected_attention")
    for case in official.cases("(.+)_params"):
        params = official.params(f"{case}_params")
        method = ExpectedAttention(
            keep=1 - params["compression_ratio"],
            horizon=params["n_future_positions"],
            sinks=params["n_sink"],
            epsilon=params["epsilon"],
            safeguard=1,
        )
        keys, values = official[f"{case}_k"], official[f"{case}_v"]
        tables = (official[f"{case}_{name}"] for name in ("cos", "sin"))
        future, _ = apply_rotary_pos_emb(
            official[f"{case}_q"], keys, *(table.mean(dim=0).expand(1, 1, -1) for table in tables)
        )
        found, wanted = method.scores(future, keys, values), official[f"{case}_score"]
        same(found[:, :, method.sinks :], wanted[:, :, method.sinks :])
        context = Context(future_queries=future, keys=keys, values=values)
        entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
        same(method.reduce(entries, context).position, official[f"{case}_kept"].flatten(0, 1))
        method = replace(method, safeguard=params["alpha_safeguard"])
        same(method.reduce(entries, context).kept, official[f"{case}_shared"].flatten(0, 1).bool())


def _r_kv(params):
    """R-KV with the official class's settings."""
    return RKV(
        keep=params["budget"],
        window=params["window_size"],
        kernel=params["kernel_size"],
        balance=params["mix_lambda"],
        official=True,
    )


def test_r_kv_scores_and_keeps_what_the_official_class_does(golden, same):
    official = golden("r_kv")
    for case in official.cases("(.+)_score"):
        method = _r_kv(official.params(f"{case}_params"))
        queries, keys = official[f"{case}_q"], official[f"{case}_k"]
        same(importance(queries, keys, method.window, method.kernel), official[f"{case}_importance"])
        alike = redundancy(keys, method.threshold, method.spared, official=True)
        same(alike, official[f"{case}_redundancy"])
        same(method.scores(queries, keys)[:, :, : -method.window], official[f"{case}_score"])
        reduction = method.reduce(keys.flatten(0, 1), Context(queries=queries, keys=keys))
        same(reduction.position, official[f"{case}_kept"])


def test_r_kv_keeps_what_the_official_class_keeps_as_text_is_written(golden, same):
    official = golden("r_kv")
    params = official.params("writing_params")
    method, every, prompt = _r_kv(params), params["divide_length"], params["prompt"]
    queries, keys = official["writing_q"], official["writing_k"]
    places = torch.empty(keys.shape[1], 0, dtype=torch.long)
    begins = [0, *range(prompt, prompt + params["written"], every)]
    for number, (begin, end) in enumerate(zip(begins, [*begins[1:], keys.shape[2]], strict=True)):
        places = torch.cat([places, torch.arange(begin, end).expand(keys.shape[1], -1)], dim=1)
        held = keys.gather(2, places[None, :, :, None].expand(-1, -1, -1, keys.shape[3]))
        context = Context(queries=queries[:, :, :end], keys=held, given=torch.tensor([end]))
        places = places.gather(1, method.reduce(held.flatten(0, 1), context).position)
        same(places, official[f"writing_kept{number}"])


def test_cake_judges_layers_and_keeps_what_the_official_cache_does(golden, same):
    official = golden("cake")
    for case in official.cases("(.+)_params"):
        params, layers = official.params(f"{case}_params"), official[f"{case}_q"].shape[0]
        method = CAKE(
            keep=params["cache_size"],
            window=params["window_size"],
            gamma=params["gamma"],
            tau1=params["tau1"],
            tau2=params["tau2"],
            official=True,
        )
        queries, keys = (official[f"{case}_{name}"].unsqueeze(1) for name in "qk")
        held, memories, preferences = [], [{} for _ in range(layers)], {}
        for layer in range(layers):
            scores, preference = method.judged(queries[layer], keys[layer])
            same(scores[0, :, : -method.window], official[f"{case}_score"][layer])
            same(preference[0].float(), official[f"{case}_preference"][layer])
            held.append(torch.arange(keys.shape[3]).expand(keys.shape[2], -1))
            context = Context(layers=layers, run_memory=preferences)
            for earlier in (layer, *range(layer)):
                entries = keys[earlier].flatten(0, 1).gather(1, held[earlier].unsqueeze(-1).expand(-1, -1, 4))
                shown = {"queries": queries[layer]} if earlier == layer else {}
                context = context.with_(keys=entries[None], layer=earlier, memory=memories[earlier])
                kept = method.reduce(entries, context.with_(**shown)).position
                held[earlier] = held[earlier].gather(1, kept)
            if params["cascading"]:
                counts = [one.shape[1] for one in held]
                same(torch.tensor(counts), official[f"{case}_held"][layer, : layer + 1])
        for layer in range(layers):
            same(held[layer], official[f"{case}_kept{layer}"].sort(dim=-1).values)


def _lagkv(params, keep):
    """LagKV with the official class's settings; what remains of a part is what the budget leaves it."""
    return LagKV(keep=keep, lag=params["lag_size"], sinks=params["sink_size"])


def test_lagkv_scores_and_keeps_what_the_official_class_and_press_do(golden, same):
    official = golden("lagkv")
    for case in official.cases("(.+)_score"):
        keys, values = official[f"{case}_k"], official[f"{case}_v"]
        theirs = official[f"{case}_kept"].flatten(0, 1).sort(dim=-1).values
        method = _lagkv(official.params(f"{case}_params"), theirs.shape[1])
        if f"{case}_parts" in official:
            parts = slice(
                method.sinks, method.sinks + (keys.shape[2] - method.sinks) // method.lag * method.lag
            )
            ours = spread(keys[:, :, parts], method.lag) + spread(values[:, :, parts], method.lag)
            same(ours, official[f"{case}_parts"].flatten(2))
        stands, press = torch.arange(keys.shape[2]), official[f"{case}_score"]
        for row in range(keys.shape[0]):
            ours = method.scores(keys[row : row + 1], values[row : row + 1], stands)
            if f"{case}_parts" in official:  # officially sinks and end have 1, as no token of a part has
                ours = ours.clamp(max=1)
            else:  # and a prompt that is too short for parts is ranked from its start to its end
                ours, press = ours.argsort(dim=-1), press.argsort(dim=-1)
                ours, press = ours[:, :, : -method.sinks], press[:, :, : -method.sinks]
            same(ours, press[row : row + 1])
        entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
        same(method.reduce(entries, Context(keys=keys, values=values)).position, theirs)


def test_lagkv_keeps_what_the_official_class_keeps_as_text_is_written(golden, same):
    official = golden("lagkv")
    params = official.params("writing_params")
    lag, prompt, keys, values = (
        params["lag_size"],
        params["prompt"],
        official["writing_k"],
        official["writing_v"],
    )
    places = torch.empty(keys.shape[1], 0, dtype=torch.long)
    begins = [0, *range(prompt, prompt + params["written"], lag)]
    for number, (begin, end) in enumerate(zip(begins, [*begins[1:], keys.shape[2]], strict=True)):
        places = torch.cat([places, torch.arange(begin, end).expand(keys.shape[1], -1)], dim=1)
        index = places[None, :, :, None].expand(-1, -1, -1, keys.shape[3])
        held = [states.gather(2, index) for states in (keys, values)]
        theirs = official[f"writing_kept{number}"].sort(dim=-1).values
        context = Context(keys=held[0], values=held[1], given=torch.tensor([end]), stands=places[None])
        reduction = _lagkv(params, theirs.shape[1]).reduce(torch.cat(held, dim=-1).flatten(0, 1), context)
        places = places.gather(1, reduction.position)
        same(places, theirs)


def test_h2o_keeps_heavy_hitters_and_the_recent_window(golden, same):
    official = golden("kv", "h2o")
    settings = official.params()["h2o"]
    entries, context = _kv(official, official["k"].shape[1])
    method = H2O(keep=settings["hh"] + settings["recent"], recent=settings["recent"])
    kept = method.reduce(entries, context).position
    same(kept, official["h2o_kept"])
    same(method.heavy_hitters(context.queries, context.keys)[0].gather(1, kept), official["h2o_score_after"])


def test_streamingllm_keeps_sinks_and_the_recent_window(golden, same):
    official = golden("kv", "streamingllm")
    settings = official.params()["streaming"]
    entries, context = _kv(official, official["k"].shape[1])
    method = StreamingLLM(keep=settings["start"] + settings["recent"], sinks=settings["start"])
    kept = method.reduce(entries, context).position
    same(kept, official["streaming_kept"].expand_as(kept))


def _grouped(official):
    """The same methods with the settings under which kvpress ran: one ratio, SnapKV's window, and a kernel of
    5, kvpress's own default, which the file does not name.
    """
    settings = official.params()
    keep = 1 - float(re.search(r"ratio ([\d.]+)", settings["kvpress"]).group(1))
    return {
        "snapkv": SnapKV(keep=keep, window=settings["snapkv"]["window"], kernel=5),
        "observed": H2O(keep=keep, recent=0, average=True),
        "streaming": StreamingLLM(keep=keep, sinks=settings["streaming"]["start"]),
        "knorm": KeyNorm(keep=keep),
        "tova": TOVA(keep=keep),
        "keydiff": KeyDiff(keep=keep),
    }


def test_cache_methods_keep_the_same_entries_with_grouped_queries(golden, same):
    official = golden("kv", "h2o", "key_norm", "keydiff", "snapkv", "streamingllm", "tova")
    for name in official.cases("kvpress_(.+)_kept"):
        theirs = official[f"kvpress_{name}_kept"]
        entries, context = _kv(official, theirs.shape[1])
        kept = _grouped(official)[name].reduce(entries, context).position
        same(kept.view(theirs.shape), theirs)


def test_cache_scores_are_the_official_ones(golden, same):
    official = golden("kv", "h2o", "keydiff", "snapkv", "streamingllm", "tova")
    methods = _grouped(official)
    for name in official.cases("kvpress_(.+)_score"):
        theirs = official[f"kvpress_{name}_score"]
        entries, context = _kv(official, theirs.shape[1])
        ours = _scores(name, methods[name], entries, context)
        same(ours, theirs[..., : ours.shape[-1]])


def _scores(name, method, entries, context):
    """A method's scores, without those at the end that only say that a token stays in any case."""
    queries, keys = context.queries, context.keys
    if name == "streaming":  # officially 1 for what stays and 0 for the rest
        return method.reduce(entries, context).kept.view(keys.shape[:3]).float()
    if name == "observed":
        return method.heavy_hitters(queries, keys)
    if name in ("snapkv", "tova"):
        return method.scores(queries, keys)[..., : -method.window if name == "snapkv" else -1]
    return {"knorm": lambda: -norm(keys), "keydiff": lambda: distinctness(keys)}[name]()


def test_value_norm_keeps_the_longest_values(golden, same):
    official = golden("kv", "value_norm")
    entries, context = _kv(official, official["kvpress_knorm_score"].shape[1])
    count = official["kvpress_knorm_kept"].shape[-1]
    kept = ValueNorm(keep=count).reduce(entries, context).position
    same(kept, context.values.norm(dim=-1).topk(count).indices.sort(dim=-1).values.flatten(0, 1))
