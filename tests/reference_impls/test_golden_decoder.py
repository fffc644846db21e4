"""PyramidDrop, SparseVLM and DART: what the official code computes, computed here."""

import pytest
import torch
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from reference_impls import Context
from reference_impls.hosts.projections import split_heads
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import best_counts, keep_mask, top
from reference_impls.methods.dart import key_lengths, least_duplicated, longest, per_pivot
from reference_impls.methods.pyramiddrop import PyramidDrop, rank_by_instruction
from reference_impls.methods.sparsevlm import cluster, rate_words, recycle, relation


def test_pyramiddrop_keeps_the_same_tokens_in_every_stage(golden, same):
    official = golden("pyramiddrop")
    params, features = official.params(), official["features0"]
    image = torch.zeros(features.shape[:2], dtype=torch.bool)
    image[:, params["image_start"] : params["image_start"] + params["image_tokens"]] = True
    for stage, ratio in enumerate(params["ratios"][1:]):
        queries, keys = _project(official, params, features)
        counts = torch.tensor([int(params["image_tokens"] * ratio)])
        reduction = keep_mask(features, best_counts(rank_by_instruction(queries, keys), image, counts))
        same(reduction.position[0], official[f"stage{stage}_keep_in_prev"])
        same(torch.arange(reduction.tokens.shape[1])[None], official[f"stage{stage}_position_ids"])
        features = official[f"stage{stage}_features"]
        same(reduction.tokens, features)
        image = image.gather(1, reduction.position)


def test_pyramiddrop_as_a_method_keeps_the_same(golden, same):
    official = golden("pyramiddrop")
    params, features = official.params(), official["features0"]
    stages, keep = len(params["ratios"]), params["ratios"][1]
    if params["ratios"] != [keep**stage for stage in range(stages)]:
        pytest.skip("these ratios are no geometric series, and the paper's lambda is one number")
    method, memory = PyramidDrop(keep, stages), {}
    image = torch.zeros(features.shape[:2], dtype=torch.bool)
    image[:, params["image_start"] : params["image_start"] + params["image_tokens"]] = True
    for stage, layer in enumerate(method.drops_before(2 * stages)):
        queries, keys = _project(official, params, features)
        context = Context(queries=queries, keys=keys, candidates=image, memory=memory)
        reduction = method.reduce(features, context.with_(layer=layer, layers=2 * stages))
        same(reduction.position[0], official[f"stage{stage}_keep_in_prev"])
        features, image = reduction.tokens, image.gather(1, reduction.position)


def _project(official, params, features):
    """Queries and keys of a layer with unit RMSNorm and positions counted from 0."""
    normed = features * (features.square().mean(dim=-1, keepdim=True) + params["rmsnorm_eps"]).rsqrt()
    width = params["head_dim"]
    frequency = params["rope_theta"] ** (-torch.arange(0, width, 2) / width)
    angle = torch.arange(features.shape[1])[:, None] * frequency
    angle = torch.cat([angle, angle], dim=-1)[None]
    queries, keys = (split_heads(normed @ official[name].T, width) for name in ("wq", "wk"))
    return apply_rotary_pos_emb(queries, keys, angle.cos(), angle.sin())


def test_sparsevlm_rates_words_and_image_tokens(golden, same):
    official = golden("sparsevlm")
    params, hidden = official.params(), official["hidden_in"][0]
    start, end = params["v_start"], params["v_start"] + params["v_num"]
    rating = rate_words(hidden[start:end], hidden[end:])
    same(rating, official["text_rater_score"][0])
    raters = (rating > rating.mean()).nonzero().squeeze(-1)
    same(raters, official["text_rater_idx"])
    scores = relation(official["attn_textrows"][0][:, raters])
    same(scores, official["relation"][0])
    kept = torch.zeros_like(scores, dtype=torch.bool).scatter(0, top(scores, params["topk"]), True)
    same(kept, official["mask"][0])


def test_sparsevlm_recycles_the_same_tokens_into_the_same_clusters(golden, same):
    official = golden("sparsevlm")
    params = official.params()
    pruned = (official["mask"][0] == 0).nonzero().squeeze(-1)
    again = recycle(official["relation"][0][pruned], params["tau"])
    same(again, official["recycle_idx_in_pruned"])
    tokens = official["layer_out"][:, params["v_start"] + pruned[again]]
    groups, centres = cluster(tokens[0], official.seed(), per_cluster=params["theta"])
    assert centres.numel() == official.number("cluster_num")
    same(merge(tokens, groups[None], centres[None]).tokens, official["merged"])


def test_dart_chooses_the_same_pivots_and_tokens(golden, same):
    official = golden("dart")
    lengths, hidden = key_lengths(official["K"][0]), official["hidden_normed"][0]
    for case in official.cases("(.+)_params"):
        params = official.params(f"{case}_params")
        end = params["start"] + params["length"]
        of_image = longest(lengths, torch.arange(params["start"], end), params["pivot_image"])
        of_text = longest(lengths, torch.arange(end, hidden.shape[0]), params["pivot_text"])
        same(of_image, official[f"{case}_pivots_image"])
        same(of_text, official[f"{case}_pivots_text"])
        image = torch.zeros(hidden.shape[0], dtype=torch.bool)
        image[params["start"] : end] = True
        # The official order is that of a Python set, and the result depends on it.
        order = official[f"{case}_pivot_order_used"]
        addition = per_pivot(1 - params["reduction_ratio"], params["length"], order.numel())
        assert addition == params["topk_per_pivot"]
        kept = least_duplicated(hidden, image, order, [addition] * order.numel())
        same(kept.nonzero().squeeze(-1), official[f"{case}_kept_sorted"])
