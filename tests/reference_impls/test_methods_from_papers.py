"""Methods without official vectors: small cases by hand, slow versions that are plainly right, real hosts."""

import math

import pytest
import torch

from reference_impls import Context, attach
from reference_impls.baselines.attention_score import AttentionScore
from reference_impls.hosts import small_models
from reference_impls.methods.dense_tuning import SparseTuningTokens


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _question(batch=2, seed=5):
    text = torch.randint(3, 90, (batch, 12), generator=torch.Generator().manual_seed(seed))
    image = torch.full((batch, 64), small_models.IMAGE_TOKEN)
    pixels = _random(batch, 3, 32, 32, seed=seed)
    return {"input_ids": torch.cat([text[:, :4], image, text[:, 4:]], dim=1), "pixel_values": pixels}


def test_sparse_tuning_keeps_attended_patches_and_sums_the_rest():
    tokens, queries, keys = _random(2, 10, 6), _random(2, 3, 10, 2, seed=1), _random(2, 3, 10, 2, seed=2)
    context = Context(queries=queries, keys=keys, protected=1)
    reduction = SparseTuningTokens(keep=0.5).reduce(tokens, context)
    assert reduction.tokens.shape[1] == 1 + 5 + 1
    for row in range(2):
        attention = torch.zeros(10)
        for head in range(3):
            attention += (keys[row, head] @ queries[row, head, 0] / math.sqrt(2)).softmax(dim=0) / 3
        order = sorted(range(1, 10), key=lambda token: -float(attention[token]))
        assert reduction.position[row].tolist() == [0, *order[:5], -1]
        fused = sum(attention[token] * tokens[row, token] for token in order[5:])
        torch.testing.assert_close(reduction.tokens[row, -1], fused)
        torch.testing.assert_close(reduction.tokens[row, 1:-1], tokens[row, order[:5]])


def test_the_attention_score_follows_the_class_token_or_the_prompts_end():
    tokens, queries, keys = _random(2, 9, 6), _random(2, 2, 9, 4, seed=1), _random(2, 2, 9, 4, seed=2)
    attention = (queries @ keys.transpose(-1, -2) / 2).softmax(dim=-1).mean(dim=1)
    in_encoder = AttentionScore(keep=3).reduce(tokens, Context(queries=queries, keys=keys, protected=1))
    candidates = torch.zeros(2, 9, dtype=torch.bool)
    candidates[:, 2:7] = True
    in_decoder = AttentionScore(keep=3).reduce(
        tokens, Context(queries=queries, keys=keys, candidates=candidates)
    )
    for row in range(2):
        best = attention[row, 0, 1:].argsort(descending=True)[:3] + 1
        assert in_encoder.position[row].tolist() == [0, *sorted(best.tolist())]
        best = attention[row, -1, 2:7].argsort(descending=True)[:3] + 2
        assert in_decoder.position[row].tolist() == [0, 1, *sorted(best.tolist()), 7, 8]


def test_the_attention_score_acts_in_encoders_and_decoders():
    method, pixels = AttentionScore(keep=0.5, layer=1), _random(2, 3, 32, 32)
    question = _question()
    for stage, model, inputs in (
        ("vit-block", small_models.vit(), {"pixel_values": pixels}),
        ("vit-block", small_models.clip(), {"pixel_values": pixels}),
        ("encoder-layer", small_models.bert(), {"input_ids": question["input_ids"]}),
        ("decoder-prefill", small_models.llava(), question),
    ):
        with attach(method, model, stage=stage) as attached, torch.no_grad():
            model(**inputs)
        _, reduction = attached.reductions[0]
        assert reduction.tokens.shape[1] < reduction.source.shape[1]
    without = small_models.siglip()
    with attach(method, without, stage="vit-block"), pytest.raises(ValueError, match="class token"):
        without(pixel_values=pixels)
