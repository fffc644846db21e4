"""Methods inside image and video transformers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from method_cases import Draw, Sides, case, class_row, padded, rows_at
from reference_impls import Context
from reference_impls.methods.ats import ATS
from reference_impls.methods.avit import AViT
from reference_impls.methods.diffrate import DiffRate
from reference_impls.methods.dynamicvit import DynamicViT
from reference_impls.methods.evit import EViT
from reference_impls.methods.ltp import LTP
from reference_impls.methods.pitome import PiToMe
from reference_impls.methods.rlt import RLT
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tps import TPS

SMALL = "DeiT-S at 224: 197 x 384, 6 heads, batch 64"


def block(draw: Draw, small: bool, heads: int, width: int) -> tuple[Tensor, Context]:
    """What a block of a ViT shows: 197 tokens, a batch of 64."""
    batch, side, heads, width = (2, 5, 2, 16) if small else (64, 14, heads, width)
    shape = (batch, heads, side * side + 1, width // heads)
    queries, keys, values = draw(*shape), draw(*shape), draw(*shape)
    tokens = draw(batch, side * side + 1, width)
    common = {"queries": queries, "keys": keys, "values": values, "layer": 3, "layers": 12}
    return tokens, Context(protected=1, grid=(side, side), **common)


@case(
    "tome",
    "ViT-L/16 at 224: 197 x 1024, 16 heads, batch 64, r = 8",
    "sets, best partner, argsort, scatter_add",
)
def tome(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 16, 1024)
    keys, r = context.keys, 8

    def plain() -> Tensor:
        metric = normalize(keys.mean(dim=1), dim=-1)
        scores = metric[:, ::2] @ metric[:, 1::2].transpose(1, 2)
        scores[:, 0] = -torch.inf
        closeness, partner = scores.max(dim=-1)
        order = closeness.argsort(dim=-1, descending=True)
        moved, stay = order[:, :r], order[:, r:].sort(dim=-1).values
        a, b = tokens[:, ::2], tokens[:, 1::2]
        index = partner.gather(1, moved)
        total = b.scatter_add(1, index.unsqueeze(-1).expand(-1, -1, b.shape[-1]), rows_at(a, moved))
        size = b.new_ones(b.shape[:2]).scatter_add(1, index, torch.ones_like(index, dtype=b.dtype))
        return torch.cat([rows_at(a, stay), total / size.unsqueeze(-1)], dim=1)

    method = ToMe(r=r)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "pitome",
    "ViT-L/16 at 224: 197 x 1024, 16 heads, batch 64, 90% kept",
    "all similarities, argsort, scatter_add",
)
def pitome(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 16, 1024)
    keys, margin = context.keys, 0.9 - 0.9 * 3 / 12
    patches = tokens.shape[1] - 1
    r = patches - -(-patches * 9 // 10)

    def plain() -> Tensor:
        metric = normalize(keys.mean(dim=1), dim=-1)
        patch = metric[:, 1:]
        alike = patch @ patch.transpose(1, 2)
        energy = torch.where(alike >= margin, alike, torch.expm1(alike - margin)).mean(dim=-1)
        order = energy.argsort(dim=-1, descending=True) + 1
        pool, safe = order[:, : 2 * r], order[:, 2 * r :]
        a, b = pool[:, ::2], pool[:, 1::2]
        closeness, partner = (rows_at(metric, a) @ rows_at(metric, b).transpose(1, 2)).max(dim=-1)
        ranking = closeness.argsort(dim=-1, descending=True)
        index = partner.gather(1, ranking)
        target = rows_at(tokens, b)
        moved = rows_at(tokens, a.gather(1, ranking))
        total = target.scatter_add(1, index.unsqueeze(-1).expand(-1, -1, target.shape[-1]), moved)
        size = target.new_ones(target.shape[:2]).scatter_add(
            1, index, torch.ones_like(index, dtype=total.dtype)
        )
        return torch.cat([tokens[:, :1], rows_at(tokens, safe), total / size.unsqueeze(-1)], dim=1)

    method = PiToMe(keep=0.9)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("evit", f"{SMALL}, 70% kept", "class row, topk, one weighted sum")
def evit(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 6, 384)
    count = -(-(tokens.shape[1] - 1) * 7 // 10)

    def plain() -> Tensor:
        attention = class_row(context.queries, context.keys)
        kept = attention.topk(count, dim=-1).indices
        rest = attention.scatter(1, kept, 0.0)
        fused = rest.unsqueeze(1) @ tokens[:, 1:]
        return torch.cat([tokens[:, :1], rows_at(tokens, kept + 1), fused], dim=1)

    method = EViT(keep=0.7)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("dynamicvit", f"{SMALL}, 70% kept", "the same predictor, topk, gather")
def dynamicvit(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 6, 384)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        method = DynamicViT.untrained(tokens.shape[-1], keep=0.7).to(draw.device)
    count = (tokens.shape[1] - 1) * 7 // 10

    def plain() -> Tensor:
        scores = method.predictors[0](tokens[:, 1:])[:, :, 0]
        kept = scores.sort(dim=-1, descending=True, stable=True).indices[:, :count] + 1  # there are ties
        return torch.cat([tokens[:, :1], rows_at(tokens, kept)], dim=1)

    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)


@case("ats", f"{SMALL}, as many samples as patches", "class row, cumsum, nearest step, a loop over the batch")
def ats(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 6, 384)
    samples = tokens.shape[1] - 1

    def plain() -> Tensor:
        logits = context.queries[:, :, :1] @ context.keys.transpose(-1, -2) * context.keys.shape[-1] ** -0.5
        scores = logits.softmax(dim=-1)[:, :, 0] * context.values.norm(dim=-1)
        scores = scores[:, :, 1:]
        scores = (scores / scores.sum(dim=-1, keepdim=True)).mean(dim=1)
        rising, order = scores.sort(dim=-1)
        steps = (torch.arange(samples, device=tokens.device) * 2 + 1) / (2 * samples)
        nearest = (steps[:, None] - rising.cumsum(dim=-1)[:, None, :]).abs().argmin(dim=-1)
        rows = []
        for row in range(tokens.shape[0]):
            chosen = order[row, nearest[row].unique()] + 1
            rows.append(torch.cat([tokens[row, :1], tokens[row, chosen]]))
        return padded(rows)

    method = ATS()
    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)


@case("avit", f"{SMALL}, one block", "sigmoid of one channel, a loop over the batch")
def avit(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 6, 384)
    context = context.with_(layer=0)
    method = AViT(scale=5.0, center=0.0)  # with random tokens, about a fifth halts at once

    def plain() -> Tensor:
        goes_on = torch.sigmoid(tokens[..., 0] * 5.0) < 1 - 0.01
        goes_on[:, 0] = True
        return padded([tokens[row, goes_on[row]] for row in range(tokens.shape[0])])

    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)


@case("tps", f"{SMALL}, 70% kept", "class row, topk, best host, scatter_add")
def tps(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 6, 384)
    count = -(-(tokens.shape[1] - 1) * 7 // 10)

    def plain() -> Tensor:
        order = class_row(context.queries, context.keys).argsort(dim=-1, descending=True) + 1
        kept, pruned = rows_at(tokens, order[:, :count]), rows_at(tokens, order[:, count:])
        closeness, host = (normalize(pruned, dim=-1) @ normalize(kept, dim=-1).transpose(1, 2)).max(dim=-1)
        weight = closeness.exp()
        spread = host.unsqueeze(-1).expand(-1, -1, kept.shape[-1])
        total = (kept * torch.e).scatter_add(1, spread, pruned * weight.unsqueeze(-1))
        weights = torch.full_like(kept[..., 0], torch.e).scatter_add(1, host, weight)
        return torch.cat([tokens[:, :1], total / weights.unsqueeze(-1)], dim=1)

    method = TPS(keep=0.7)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "diffrate",
    "DeiT-B at 224: 197 x 768, 12 heads, batch 64, 90% kept",
    "class row, argsort, best host, scatter_add",
)
def diffrate(draw: Draw, small: bool) -> Sides:
    tokens, context = block(draw, small, 12, 768)
    patches = tokens.shape[1] - 1
    left = -(-patches * 9 // 10)
    pruned_to = patches - (patches - left) // 2

    def plain() -> Tensor:
        order = class_row(context.queries, context.keys).argsort(dim=-1, descending=True) + 1
        kept, moved = rows_at(tokens, order[:, :left]), rows_at(tokens, order[:, left:pruned_to])
        host = (normalize(moved, dim=-1) @ normalize(kept, dim=-1).transpose(1, 2)).argmax(dim=-1)
        total = kept.scatter_add(1, host.unsqueeze(-1).expand_as(moved), moved)
        size = kept.new_ones(kept.shape[:2]).scatter_add(1, host, torch.ones_like(host, dtype=kept.dtype))
        return torch.cat([tokens[:, :1], total / size.unsqueeze(-1)], dim=1)

    method = DiffRate(keep=0.9)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "rlt",
    "ViT-B on video: 16 frames of 224, tubelets of 2 x 16 x 16, 1568 x 768, batch 8",
    "difference, mean per patch, mask",
)
def rlt(draw: Draw, small: bool) -> Sides:
    batch, frames, side, width = (2, 3, 4, 16) if small else (8, 8, 14, 768)
    pixels = draw(batch, 3, 1, side * 16, side * 16).expand(-1, -1, 2 * frames, -1, -1).clone()
    pixels[:, :, frames:, : side * 8] += draw(batch, 3, frames, side * 8, side * 16)  # the upper half changes
    tokens = draw(batch, frames * side * side, width)
    context = Context(pixels=pixels, frames=frames, grid=(side, side))

    def plain() -> Tensor:
        moved = (pixels[:, :, 3::2] - pixels[:, :, :-2:2]).abs().mean(dim=1)
        blocks = moved.reshape(batch, frames - 1, side, 16, side, 16).mean(dim=(3, 5))
        stays = torch.cat([torch.ones_like(blocks[:, :1], dtype=torch.bool), blocks > 0.1], dim=1).flatten(1)
        return padded([tokens[row, stays[row]] for row in range(batch)])

    method = RLT(threshold=0.1)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "ltp",
    "RoBERTa-base: 128 x 768, 12 heads, batch 32, layer 8",
    "the whole attention map, its mean over rows, mask",
)
def ltp(draw: Draw, small: bool) -> Sides:
    batch, count, heads, width = (2, 16, 2, 16) if small else (32, 128, 12, 768)
    queries, keys = (2 * draw(batch, heads, count, width // heads) for _ in range(2))
    tokens = draw(batch, count, width)
    context = Context(queries=queries, keys=keys, protected=1, layer=8, layers=12)
    method = LTP(threshold=1.5 / count)

    def plain() -> Tensor:
        attention = (queries @ keys.transpose(-1, -2) * keys.shape[-1] ** -0.5).softmax(dim=-1)
        stays = attention.mean(dim=(1, 2)) >= 1.5 / count * 8 / 12
        stays[:, 0] = True
        return padded([tokens[row, stays[row]] for row in range(batch)])

    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)
