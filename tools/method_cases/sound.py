"""Methods for the tokens of sound."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from method_cases import Draw, Sides, case, rows_at
from reference_impls import Context
from reference_impls.methods.audio_topk import AudioTopK
from reference_impls.methods.fastadasp import FastAdaSP


@case(
    "fastadasp",
    "Qwen-7B with 30 seconds of sound: 750 of 820 tokens, 4096, 32 heads; half kept",
    "attention map summed, neighbours' cosine, topk, index_add",
    note="never holds the whole map, and makes it a few rows at a time",
)
def fastadasp(draw: Draw, small: bool) -> Sides:
    before, sound, after, heads, width = (3, 40, 5, 2, 16) if small else (20, 750, 50, 32, 4096)
    count = before + sound + after
    queries, keys = (draw(1, heads, count, width // heads) for _ in range(2))
    tokens = draw(1, count, width)
    end, merged = before + sound, sound // 2
    causal = torch.ones(count, count, dtype=torch.bool, device=draw.device).tril()

    def plain() -> Tensor:
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(width // heads)
        attention = scores.masked_fill(~causal, -torch.inf).softmax(dim=-1)
        weights = attention.sum(dim=(1, 2))[0, before:end, None]
        flat = keys[0, :, before:end].transpose(0, 1).flatten(1)
        best = cosine_similarity(flat[1:], flat[:-1], dim=-1).topk(merged).indices
        joins = torch.zeros(sound, dtype=torch.bool, device=draw.device).scatter(0, best + 1, True)
        slot = (~joins).long().cumsum(dim=0) - 1
        heard = tokens[0, before:end]
        total = heard.new_zeros(sound - merged, width).index_add(0, slot, heard * weights)
        share = heard.new_zeros(sound - merged, 1).index_add(0, slot, weights)
        return torch.cat([tokens[:, :before], (total / share).unsqueeze(0), tokens[:, end:]], dim=1)

    candidates = torch.zeros(1, count, dtype=torch.bool, device=draw.device)
    candidates[:, before:end] = True
    context = Context(queries=queries, keys=keys, candidates=candidates, layer=2, layers=32)
    method = FastAdaSP(keep=0.5)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "audio_topk",
    "AST-B on ten seconds: 2 + 512 x 768, 12 heads, batch 64; 70% kept",
    "one row of attention, topk, gather",
)
def audio_topk(draw: Draw, small: bool) -> Sides:
    batch, patches, heads, width = (2, 20, 2, 16) if small else (64, 512, 12, 768)
    shape = (batch, heads, 2 + patches, width // heads)
    queries, keys, tokens = draw(*shape), draw(*shape), draw(batch, 2 + patches, width)

    def plain() -> Tensor:
        row = queries[:, :, :1] @ keys.transpose(-1, -2) / math.sqrt(width // heads)
        score = row.softmax(dim=-1)[:, :, 0, 2:].mean(dim=1)
        kept = score.topk(math.ceil(0.7 * patches), dim=-1).indices
        return torch.cat([tokens[:, :2], rows_at(tokens[:, 2:], kept)], dim=1)

    method, context = AudioTopK(keep=0.7), Context(queries=queries, keys=keys, protected=2)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)
