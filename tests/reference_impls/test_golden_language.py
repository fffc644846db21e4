"""FastV, VisionZip and the KV-cache group: what the official code computes, computed here."""

import re

import pytest
import torch

from reference_impls import Context
from reference_impls.baselines.keydiff import KeyDiff, distinctness
from reference_impls.baselines.value_norm import ValueNorm
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.methods.fastv import attended_tokens
from reference_impls.methods.h2o import H2O
from reference_impls.methods.key_norm import KeyNorm
from reference_impls.methods.snapkv import SnapKV, window_votes
from reference_impls.methods.streamingllm import StreamingLLM
from reference_impls.methods.tova import TOVA
from reference_impls.methods.visionzip import VisionZip, dominant_tokens, zip_tokens


@pytest.mark.parametrize("case", ["a", "b"])
def test_fastv_keeps_the_same_tokens_at_their_positions(golden, same, case):
    official = golden("fastv")
    params, attention = official.params(f"{case}_params"), official[f"{case}_attn_lastrow"]
    candidates = torch.zeros(1, params["seq"], dtype=torch.bool)
    candidates[:, params["start"] : params["start"] + params["length"]] = True
    stays = attended_tokens(attention, candidates, 1 - params["R"])
    reduction = keep_mask(official[f"{case}_hidden"], stays)
    same(reduction.position, official[f"{case}_position_ids"])
    same(reduction.position[0], official[f"{case}_keep"])
    same(reduction.tokens, official[f"{case}_hidden_kept"])


def test_fastv_official_lets_the_first_element_decide_for_the_batch(golden):
    official = golden("fastv")
    attention = official["a_attn_lastrow"]
    batch = torch.cat([attention, attention.flip(-1)])
    candidates = torch.ones(2, attention.shape[-1], dtype=torch.bool)
    one, two = attended_tokens(batch, candidates, 0.5, official=True)
    assert torch.equal(one, two)
    one, two = attended_tokens(batch, candidates, 0.5)
    assert not torch.equal(one, two)


def test_visionzip_gives_dominant_and_contextual_tokens(golden, same):
    official = golden("visionzip")
    params, attention = _numbers(official.text()), official["cls_attn"].clone()
    attention[..., 0] = torch.inf
    dominant = dominant_tokens(attention, params["dominant"] + 1)
    same(dominant, official["all_indices"])
    reduction = zip_tokens(
        official["hidden"], official["metric"], dominant.sort(dim=1).values, params["contextual"], None
    )
    same(reduction.tokens, official["out"])


def test_visionzip_as_a_method_gives_the_same(golden, same):
    official = golden("visionzip")
    params = _numbers(official.text())
    count = params["dominant"] + params["contextual"]
    method = VisionZip(keep=count, contextual=params["contextual"] / count)
    context = Context(class_attention=official["cls_attn"], keys=official["metric"].unsqueeze(1), protected=1)
    same(method.reduce(official["hidden"], context).tokens, official["out"])


def _numbers(text):
    return {name: int(value) for name, value in re.findall(r'"?(\w+)"?: (\d+)', text)}


def _kv(official, key_heads):
    keys, values = official["k"][:, :key_heads], official["v"][:, :key_heads]
    entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
    return entries, Context(queries=official["q"], keys=keys, values=values)


@pytest.mark.parametrize(("name", "kernel", "pooling"), [("avgpool5", 5, "average"), ("maxpool7", 7, "max")])
def test_snapkv_keeps_what_the_official_cluster_keeps(golden, same, name, kernel, pooling):
    official = golden("kv")
    settings = official.params()["snapkv"]
    window, capacity = settings["window"], settings["max_capacity_prompt"]
    entries, context = _kv(official, official["k"].shape[1])
    kept = (
        SnapKV(keep=capacity, window=window, kernel=kernel, pooling=pooling).reduce(entries, context).position
    )
    theirs = official[f"snapkv_{name}_kept"].sort(dim=-1).values
    if pooling == "average":
        same(kept, theirs)
        return
    # Max pooling makes ties, which the official topk breaks as it likes: the same scores are kept.
    votes = window_votes(context.queries, context.keys, window, kernel, pooling)[0]
    same(kept[:, -window:], theirs[:, -window:])
    chosen = [votes.gather(1, index[:, :-window]).sort(dim=-1).values for index in (kept, theirs)]
    same(*chosen)


def test_h2o_keeps_heavy_hitters_and_the_recent_window(golden, same):
    official = golden("kv")
    settings = official.params()["h2o"]
    entries, context = _kv(official, official["k"].shape[1])
    method = H2O(keep=settings["hh"] + settings["recent"], recent=settings["recent"])
    kept = method.reduce(entries, context).position
    same(kept, official["h2o_kept"])
    same(method.heavy_hitters(context.queries, context.keys)[0].gather(1, kept), official["h2o_score_after"])


def test_streamingllm_keeps_sinks_and_the_recent_window(golden, same):
    official = golden("kv")
    settings = official.params()["streaming"]
    entries, context = _kv(official, official["k"].shape[1])
    method = StreamingLLM(keep=settings["start"] + settings["recent"], sinks=settings["start"])
    kept = method.reduce(entries, context).position
    same(kept, official["streaming_kept"].expand_as(kept))


def _grouped(official):
    """The same methods with the settings under which kvpress ran: one ratio, SnapKV's window, kernel 5."""
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


@pytest.mark.parametrize("name", ["snapkv", "observed", "streaming", "knorm", "tova", "keydiff"])
def test_cache_methods_keep_the_same_entries_with_grouped_queries(golden, same, name):
    official = golden("kv")
    theirs = official[f"kvpress_{name}_kept"]
    entries, context = _kv(official, theirs.shape[1])
    kept = _grouped(official)[name].reduce(entries, context).position
    same(kept.view(theirs.shape), theirs)


def test_cache_scores_are_the_official_ones(golden, same):
    official = golden("kv")
    _, context = _kv(official, official["kvpress_keydiff_score"].shape[1])
    queries, keys, methods = context.queries, context.keys, _grouped(official)
    same(distinctness(keys), official["kvpress_keydiff_score"])
    same(-keys.norm(dim=-1), official["kvpress_knorm_score"])
    same(methods["observed"].heavy_hitters(queries, keys), official["kvpress_observed_score"])
    for name in ("snapkv", "tova"):
        scores = methods[name].scores(queries, keys)
        judged = scores.isfinite()
        same(scores[judged], official[f"kvpress_{name}_score"][judged])


def test_value_norm_keeps_the_longest_values(golden, same):
    entries, context = _kv(golden("kv"), 2)
    kept = ValueNorm(keep=7).reduce(entries, context).position
    same(kept, context.values.norm(dim=-1).topk(7).indices.sort(dim=-1).values.flatten(0, 1))
