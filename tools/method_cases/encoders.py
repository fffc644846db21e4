"""Methods between a vision encoder and a language model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import (
    adaptive_avg_pool2d,
    conv2d,
    gelu,
    interpolate,
    layer_norm,
    linear,
    normalize,
)

from method_cases import Draw, Sides, case, padded, rows_at
from reference_impls import Context
from reference_impls.context import Crops
from reference_impls.methods.cdpruner import CDPruner
from reference_impls.methods.deco import DeCo
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.fastervlm import FasterVLM
from reference_impls.methods.ficoco_v import FiCoCoV
from reference_impls.methods.globalcom2 import GlobalCom2
from reference_impls.methods.hired import HiRED
from reference_impls.methods.holov import HoloV
from reference_impls.methods.mobilevlm_v2 import MobileVLMV2
from reference_impls.methods.mustdrop import MustDrop
from reference_impls.methods.prumerge import PruMerge
from reference_impls.methods.trim import TRIM
from reference_impls.methods.visionzip import VisionZip

CLIP = "LLaVA-1.5's CLIP ViT-L/14 at 336: 576 x 1024, 16 heads, batch 8"
CROPS = "LLaVA-NeXT's CLIP ViT-L/14 at 336: an overview and 2 x 2 crops of 576 x 1024, 16 heads"


def encoded(draw: Draw, small: bool, batch: int = 8, leading: int = 0, **more: Any) -> tuple[Tensor, Context]:
    """What CLIP's last layers show of a batch of images, the class token in front where `leading` is 1."""
    batch, side, heads, width = (min(batch, 5), 8, 2, 16) if small else (batch, 24, 16, 1024)
    count = leading + side * side
    tokens = draw(batch, count, width)
    shape = (batch, heads, count, width // heads)
    shown = {
        "queries": draw(*shape),
        "keys": draw(*shape),
        "class_attention": draw.attention(batch, heads, count),
    }
    return tokens, Context(grid=(side, side), protected=leading, **shown, **more)


def lost_and_found(total: int, wishes: list[float]) -> list[int]:
    """Whole numbers near `wishes` that add up to `total`, by largest remainder."""
    counts = [int(wish) for wish in wishes]
    order = sorted(range(len(wishes)), key=lambda part: (counts[part] - wishes[part], part))
    for part in order[: total - sum(counts)]:
        counts[part] += 1
    return counts


@case("fastervlm", f"{CLIP}; 64 kept", "mean over heads, topk, gather")
def fastervlm(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small)
    count = round(tokens.shape[1] / 9)

    def plain() -> Tensor:
        kept = context.class_attention.mean(dim=1).topk(count, dim=-1).indices
        return rows_at(tokens, kept.sort(dim=-1).values)

    method = FasterVLM(keep=count)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("visionzip", f"{CLIP}; 54 dominant and 10 contextual", "topk, best target, one-hot product")
def visionzip(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, leading=1)
    dominant, contextual = (6, 2) if small else (54, 10)

    def plain() -> Tensor:
        chosen = (
            context.class_attention.sum(dim=1)[:, 1:].topk(dominant, dim=-1).indices.sort(dim=-1).values + 1
        )
        stays = torch.zeros(tokens.shape[:2], dtype=torch.bool, device=tokens.device).scatter(1, chosen, True)
        stays[:, 0] = True
        rest = tokens[~stays].view(tokens.shape[0], -1, tokens.shape[-1])
        metric = normalize(context.keys.mean(dim=1), dim=-1)[~stays].view(*rest.shape[:2], -1)
        step = rest.shape[1] // contextual
        at = torch.arange(0, rest.shape[1], step, device=rest.device)[:contextual]
        slot = (metric @ metric[:, at].transpose(1, 2)).argmax(dim=-1)
        member = torch.nn.functional.one_hot(slot, contextual).to(rest.dtype)
        member[:, at] = 0
        mean = (member.transpose(1, 2) @ rest) / member.sum(dim=1).clamp(min=1).unsqueeze(-1)
        return torch.cat([tokens[:, :1], rows_at(tokens, chosen), rest[:, at] + mean], dim=1)

    method = VisionZip(keep=dominant + contextual, contextual=contextual / (dominant + contextual))
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "prumerge",
    f"{CLIP}; outliers kept, 32 neighbours",
    "quartiles, topk, a loop over the batch and the kept tokens",
)
def prumerge(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small)
    neighbours = 4 if small else 32

    def plain() -> Tensor:
        rows = []
        for row in range(tokens.shape[0]):
            attention = context.class_attention[row].mean(dim=0)
            low, high = attention.quantile(0.25), attention.quantile(0.75)
            kept = (attention > high + 1.5 * (high - low)).nonzero().squeeze(-1)
            unit = normalize(context.keys[row].transpose(0, 1).flatten(1), dim=-1)
            merged = []
            for token in kept:
                alike = unit @ unit[token]
                alike[token] = -torch.inf
                near = alike.topk(neighbours).indices
                merged.append(tokens[row, token] + attention[near] @ tokens[row, near])
            rows.append(torch.stack(merged))
        return padded(rows)

    method = PruMerge(neighbours=neighbours)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "hired",
    f"{CROPS}; 20% kept",
    "topk of the overview, bincount, topk per crop",
    "both are one copy of what stays; 0.2 ms go into source, size, position and valid, and into stable order",
)
def hired(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, batch=5)
    heads, count = context.class_attention.shape[1:]
    early = draw.attention(5, heads, count)
    context = context.with_(early_class_attention=early, crops=(Crops(2, 2, 672, 672),))
    total = int(0.2 * count * 5)

    def plain() -> Tensor:
        seen = early[0].mean(dim=0).topk(count // 2).indices
        content = torch.bincount(seen * 4 // count, minlength=4)  # strips, as in the official code
        counts = [total // 2, *(content / content.sum() * (total - total // 2)).int().tolist()]
        late = context.class_attention.mean(dim=1)
        kept = [late[crop].topk(number).indices.sort().values for crop, number in enumerate(counts)]
        return padded([tokens[crop, index] for crop, index in enumerate(kept)])

    method = HiRED(keep=0.2, official=True)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("trim", f"{CLIP}; outliers kept", "similarity to the question, quartiles, a loop over the batch")
def trim(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small)
    question = draw(tokens.shape[0], 1, tokens.shape[-1]) / 8
    context = context.with_(text=question)

    def plain() -> Tensor:
        similarity = (layer_norm(tokens, tokens.shape[-1:]) @ question.transpose(1, 2)).squeeze(-1)
        scores, rows = similarity.softmax(dim=-1), []
        for row in range(tokens.shape[0]):
            low, high = scores[row].quantile(0.25), scores[row].quantile(0.75)
            stays = scores[row] > high + 1.5 * (high - low)
            rows.append(torch.cat([tokens[row, stays], tokens[row, ~stays].mean(dim=0, keepdim=True)]))
        return padded(rows)

    method = TRIM()
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "divprune",
    "LLaVA-1.5-7B: 576 x 4096 after the projector, 56 kept",
    "all cosine distances, a loop over the kept tokens",
)
def divprune(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, batch=1)
    projected = draw(1, tokens.shape[1], 4 * tokens.shape[2])
    context = context.with_(projected=projected)
    count = round(0.098 * tokens.shape[1])

    def plain() -> Tensor:
        unit = normalize(projected[0], dim=-1)
        distance = 1 - unit @ unit.T
        distance.fill_diagonal_(torch.inf)
        chosen = [int(distance.min(dim=1).values.argmax())]
        while len(chosen) < count:
            nearest = distance[chosen].min(dim=0).values
            nearest[chosen] = -torch.inf
            chosen.append(int(nearest.argmax()))
        return tokens[:, sorted(chosen)]

    method = DivPrune(keep=0.098)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "holov",
    "LLaVA-1.5-7B: 576 x 4096 after the projector, 64 kept of 16 crops",
    "in each crop all cosines, their variance beside attention, topk",
)
def holov(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, batch=1)
    count, crops = tokens.shape[1], 16
    projected, total = draw(1, count, 4 * tokens.shape[2]), count // 9
    context = context.with_(projected=projected)
    attention = context.require("class_attention").mean(dim=1)[0]
    method = HoloV(keep=total, crops=crops)

    def plain() -> Tensor:
        unit = normalize(projected[0], dim=-1).unflatten(0, (crops, -1))
        alike = unit @ unit.transpose(1, 2)
        alike.diagonal(dim1=1, dim2=2).zero_()
        varied = (alike - alike.mean(dim=2, keepdim=True)).square().mean(dim=2)
        attended = attention.unflatten(0, (crops, -1))
        scores = attended + varied * attended.mean(dim=1, keepdim=True) / varied.mean(dim=1, keepdim=True)
        shares = scores.mean(dim=1)
        counts = (shares / shares.sum() * total).floor().int()
        counts[shares.topk(total - int(counts.sum())).indices] += 1
        length = count // crops
        best = [
            crop * length + scores[crop].topk(min(int(n), length)).indices for crop, n in enumerate(counts)
        ]
        return tokens[:, torch.cat(best).sort().values]

    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "cdpruner",
    "LLaVA-1.5-7B: 576 x 4096 after the projector, 64 kept",
    "all cosines weighted by relevance, a Cholesky factor that grows by a row a token",
)
def cdpruner(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, batch=1)
    projected, question = draw(1, tokens.shape[1], 4 * tokens.shape[2]), draw(1, 1, tokens.shape[2])
    context = context.with_(projected=projected, text=question)
    count = max(2, tokens.shape[1] // 9)

    def plain() -> Tensor:
        patches = normalize(layer_norm(tokens, tokens.shape[-1:])[0], dim=-1)
        relevant = patches @ normalize(question[0, 0], dim=-1)
        weight = (relevant - relevant.min() + 1e-6) / (relevant.max() - relevant.min())
        unit = normalize(projected[0], dim=-1)
        kernel = weight[:, None] * (unit @ unit.T) * weight
        gain, rows, chosen = kernel.diagonal().clone(), kernel.new_empty(0, kernel.shape[0]), []
        while len(chosen) < count:
            best = int(gain.argmax())
            row = (kernel[best] - rows[:, best] @ rows) / gain[best].sqrt()
            rows = torch.cat([rows, row[None]])
            gain -= row.square()
            gain[best] = -torch.inf
            chosen.append(best)
        return tokens[:, sorted(chosen)]

    method = CDPruner(keep=count)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "ficoco_v",
    f"{CLIP}, one of 12 layers that leave 64",
    "mean products, window maximum, quantile, softmax, one product",
)
def ficoco_v(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, leading=1)
    context = context.with_(layer=12, layers=24)
    batch, side = tokens.shape[0], context.grid[0]
    patches = side * side
    goes = -(-(patches - round(patches / 9)) // 12)
    scale = context.keys.shape[-1] ** -0.5

    def plain() -> Tensor:
        queries, keys = context.queries[:, :, 1:], context.keys[:, :, 1:]
        alone = (queries * keys.mean(dim=2, keepdim=True)).sum(dim=-1).mean(dim=1)
        by_class = (context.queries[:, :, :1] * keys).sum(dim=-1).mean(dim=1)
        scores = 0.65 * normalize(alone, dim=-1) - 0.35 * normalize(by_class, dim=-1)
        window = scores.view(batch, side // 2, 2, side // 2, 2)
        lower = torch.where(window > 0, window * 0.5, window * 2)
        scores = torch.where(window == window.amax(dim=(2, 4), keepdim=True), window, lower).view(batch, -1)
        order = scores.argsort(dim=-1, descending=True)
        removed, left = order[:, :goes], order[:, goes:].sort(dim=-1).values
        asked = queries.gather(
            2, removed[:, None, :, None].expand(-1, queries.shape[1], -1, queries.shape[-1])
        )
        rows = (asked @ keys.transpose(-1, -2)).mean(dim=1) * scale
        rows = rows.gather(2, left.unsqueeze(1).expand(-1, goes, -1))
        shares = rows.masked_fill(rows < rows.quantile(0.998, dim=-1, keepdim=True), -torch.inf).softmax(
            dim=-1
        )
        taken = shares.transpose(1, 2) @ rows_at(tokens[:, 1:], removed)
        mean = (rows_at(tokens[:, 1:], left) + taken) / (1 + shares.sum(dim=1).unsqueeze(-1))
        return torch.cat([tokens[:, :1], mean], dim=1)

    method = FiCoCoV()
    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)


@case(
    "mustdrop",
    f"{CLIP}; half of the 2 x 2 windows are alike",
    "similarities within each window, a loop over the batch",
)
def mustdrop(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small)
    batch, side, width = tokens.shape[0], context.grid[0], tokens.shape[-1]
    flat = draw(batch, side // 4, 1, side // 2, 1, width).expand(-1, -1, 2, -1, 2, -1)
    tokens = tokens.view(batch, side, side, width).clone()
    tokens[:, : side // 2] = flat.reshape(batch, side // 2, side, width) + 0.1 * tokens[:, : side // 2]
    tokens = tokens.view(batch, side * side, width)

    def plain() -> Tensor:
        windows = tokens.view(batch, side // 2, 2, side // 2, 2, width).transpose(2, 3).flatten(3, 4)
        unit = normalize(windows, dim=-1)
        alike = (unit @ unit.transpose(-1, -2)).sum(dim=(-1, -2)).sub(4).div(12) > 0.7
        rows = []
        for row in range(batch):
            values = windows[row].clone()
            values[alike[row], 0] = windows[row][alike[row]].mean(dim=1)
            stays = torch.ones(*values.shape[:3], dtype=torch.bool, device=values.device)
            stays[..., 1:] = ~alike[row].unsqueeze(-1)
            raster = (
                values.view(side // 2, side // 2, 2, 2, width).transpose(1, 2).reshape(side * side, width)
            )
            rows.append(raster[stays.view(side // 2, side // 2, 2, 2).transpose(1, 2).reshape(-1)])
        return padded(rows)

    method = MustDrop()
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("globalcom2", f"{CROPS}; 25% kept", "softmax over crops, enlarged scores, topk per crop")
def globalcom2(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small, batch=5)
    side, count = context.grid[0], tokens.shape[1]
    logits = draw(5, context.keys.shape[1], 1 + count)
    context = context.with_(class_logits=logits, crops=(Crops(2, 2, 672, 672),))

    def plain() -> Tensor:
        scores = logits.mean(dim=1)[:, 1:]
        areas = scores[0].double().view(2, side // 2, 2, side // 2).sum(dim=(1, 3)).flatten()
        told = (areas / 10).softmax(dim=0)
        counts = [count // 4, *((1 + told - 0.25) * 0.25 * count).clamp(max=count).int().tolist()]
        enlarged = interpolate(scores[:1].view(1, 1, side, side), scale_factor=2, mode="bilinear")[0, 0]
        command = enlarged.view(2, side, 2, side).transpose(1, 2).reshape(4, count)
        guided = torch.cat([scores[:1], normalize(scores[1:], dim=-1) + normalize(command, dim=-1)])
        kept = [guided[crop].topk(number).indices.sort().values for crop, number in enumerate(counts)]
        return padded([tokens[crop, index] for crop, index in enumerate(kept)])

    method = GlobalCom2(official=True)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("deco", f"{CLIP}; a quarter kept", "adaptive_avg_pool2d", note="says where each patch went, too")
def deco(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small)
    side = context.grid[0] if context.grid else 0

    def plain() -> Tensor:
        image = tokens.transpose(1, 2).unflatten(2, (side, side))
        return adaptive_avg_pool2d(image, (side // 2, side // 2)).flatten(2).transpose(1, 2)

    return Sides(lambda: DeCo(keep=0.25).reduce(tokens, context).tokens, plain)


@case("mobilevlm_v2", f"{CLIP}, to 2048; a quarter kept", "two linear layers, adaptive_avg_pool2d, conv2d")
def mobilevlm_v2(draw: Draw, small: bool) -> Sides:
    tokens, context = encoded(draw, small)
    side, width = context.grid[0] if context.grid else 0, tokens.shape[2]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        method = MobileVLMV2.untrained(width, 2 * width, keep=0.25).to(draw.device)
    weights = dict(method.projector.requires_grad_(False).named_parameters())
    first, second = ((weights[f"mlp.mlp.{n}.weight"], weights[f"mlp.mlp.{n}.bias"]) for n in (0, 2))
    places = weights["peg.peg.0.weight"], weights["peg.peg.0.bias"]

    def plain() -> Tensor:
        projected = linear(gelu(linear(tokens, *first)), *second)
        image = projected.transpose(1, 2).unflatten(2, (side, side))
        pooled = adaptive_avg_pool2d(image, (side // 2, side // 2))
        placed = pooled + conv2d(pooled, *places, padding=1, groups=pooled.shape[1])
        return placed.flatten(2).transpose(1, 2)

    return Sides(lambda: method.reduce(tokens, context).tokens, plain)
