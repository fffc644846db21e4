"""LTP: what the official pruners compute, computed here."""

import re

import pytest
import torch

from reference_impls import Context
from reference_impls.methods.ltp import LTP, importance, important_tokens, rising_threshold, top_share


@pytest.fixture
def ltp(golden):
    """The file, its settings, the attention that each token receives, and which tokens are real."""
    official = golden("ltp")
    real = official["mask"].flatten(1) == 0
    received = (official["attn"] * real[:, None, :, None]).sum(dim=2)
    return official, official.params(), received, real


def _numbers(text):
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


def _dropped(official, name):
    """(B, N) bool from an official mask, in which 1 is a token that attention no longer sees."""
    return official[name].bool()


def test_ltp_prunes_under_the_official_rising_threshold(ltp, same):
    official, params, received, real = ltp
    layer, layers, final = _numbers(params["absolute"])
    threshold = rising_threshold(final, int(layer), int(layers))
    same(torch.tensor(threshold), torch.tensor(official.number("abs_tau"), dtype=torch.float32))
    # The official code averages over the padded length.
    scores = importance(received, received.shape[-1])
    same(scores, official["abs_scores"])
    stays = important_tokens(scores, real, threshold, "absolute", real.sum(dim=1))
    assert torch.equal(~stays, _dropped(official, "abs_mask"))


def test_ltp_prunes_under_the_official_share_of_the_largest_importance(ltp):
    official, params, received, real = ltp
    (name,) = [name for name in official.files if re.fullmatch(r"thr[\d.]+_mask", name)]
    threshold = params["threshold"]
    assert float(name.removeprefix("thr").removesuffix("_mask")) == threshold
    scores = importance(received, received.shape[-1])
    stays = important_tokens(scores, real, threshold, "relative", real.sum(dim=1))
    assert torch.equal(~stays, _dropped(official, name))


def test_ltp_keeps_the_official_top_share(ltp):
    official, params, received, real = ltp
    layer, final, layers = _numbers(params["topk"])
    share = top_share(final, int(layer), int(layers))
    assert share == pytest.approx(official.number("topk_keep_rate"))
    scores = importance(received, received.shape[-1])
    stays = important_tokens(scores, real, share, "top", real.sum(dim=1))
    assert torch.equal(~stays, _dropped(official, "topk_mask"))


def test_ltp_as_a_whole_keeps_the_official_tokens(ltp):
    official, params, _, real = ltp
    attention, count = official["attn"], official["attn"].shape[-1]
    # Keys that are unit vectors make the queries the logarithm of the attention.
    heads = {
        "queries": attention.clamp(min=1e-30).log() * count**0.5,
        "keys": torch.eye(count).expand_as(attention),
    }
    layer, layers, final = _numbers(params["absolute"])
    rising = LTP(threshold=final, official=True), int(layer), int(layers), "abs_mask"
    layer, final, layers = _numbers(params["topk"])
    share = LTP(threshold=final, rule="top", official=True), int(layer), int(layers), "topk_mask"
    for method, number, depth, name in (rising, share):
        context = Context(**heads, valid=real, layer=number, layers=depth)
        kept = method.reduce(torch.zeros(*real.shape, 1), context).kept
        assert torch.equal(~kept, _dropped(official, name))


def test_the_official_relative_pruner_with_a_rising_threshold_does_not_start(ltp):
    """Why there is no rule for it here: the official class cannot be made."""
    official, _, _, _ = ltp
    assert "TypeError" in official.text("rising_error") or "missing" in official.text("rising_error")


@pytest.mark.parametrize("rule", ["absolute", "relative", "top"])
def test_ltp_treats_padding_as_if_it_were_not_there(rule):
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(2, 20, 8, generator=generator)
    queries, keys = torch.randn(2, 2, 2, 20, 4, generator=generator) * 2
    valid = torch.arange(20) < torch.tensor([[20], [13]])
    method = LTP(threshold={"absolute": 0.2, "relative": 0.5, "top": 0.4}[rule], rule=rule)
    place = {"layer": 4, "layers": 6, "protected": 1}
    padded = method.reduce(tokens, Context(queries=queries, keys=keys, valid=valid, **place))
    alone = method.reduce(
        tokens[1:, :13], Context(queries=queries[1:, :, :13], keys=keys[1:, :, :13], **place)
    )
    count = alone.tokens.shape[1]
    assert 1 < count < 13
    assert int(padded.counts[1]) == count
    assert torch.equal(padded.position[1:, :count], alone.position)


def test_ltp_adds_what_was_learned_to_the_line_of_thresholds():
    generator = torch.Generator().manual_seed(0)
    tokens, heads = torch.randn(1, 20, 8, generator=generator), torch.randn(1, 2, 20, 4, generator=generator)
    context = Context(queries=heads, keys=heads, protected=1, layer=1, layers=2)
    assert LTP(threshold=0.0).reduce(tokens, context).tokens.shape[1] == 20
    everything = LTP(threshold=0.0, learned=(0.0, 1.0)).reduce(tokens, context)
    assert everything.position.tolist() == [[0]]
    with pytest.raises(ValueError, match="thresholds for 1"):
        LTP(learned=(0.0,)).reduce(tokens, context)
