"""Methods in the denoising steps of diffusion models."""

from __future__ import annotations

from math import factorial

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from method_cases import Draw, Sides, case, rows_at
from reference_impls import Context
from reference_impls.methods.easycache import EasyCache
from reference_impls.methods.magcache import MagCache
from reference_impls.methods.taylorseer import TaylorSeer
from reference_impls.methods.teacache import LATTE, TeaCache
from reference_impls.methods.toca import ToCa
from reference_impls.methods.todo import ToDo
from reference_impls.methods.tomesd import ToMeSD


@case(
    "tomesd",
    "Stable Diffusion at 512: 64 x 64 tokens, width 320, batch 2, half kept, 2 x 2 windows",
    "sets by window, best partner, argsort, scatter_add",
)
def tomesd(draw: Draw, small: bool) -> Sides:
    batch, side, width = (2, 8, 16) if small else (2, 64, 320)
    tokens = draw(batch, side * side, width)
    r = side * side // 2

    def plain() -> Tensor:
        first = torch.zeros(side, side, dtype=torch.bool, device=tokens.device)
        first[::2, ::2] = True
        a, b = tokens[:, ~first.flatten()], tokens[:, first.flatten()]
        closeness, partner = (normalize(a, dim=-1) @ normalize(b, dim=-1).transpose(1, 2)).max(dim=-1)
        order = closeness.argsort(dim=-1, descending=True)
        index = partner.gather(1, order[:, :r])
        total = b.scatter_add(1, index.unsqueeze(-1).expand(-1, -1, width), rows_at(a, order[:, :r]))
        size = b.new_ones(b.shape[:2]).scatter_add(1, index, torch.ones_like(index, dtype=b.dtype))
        return torch.cat([rows_at(a, order[:, r:]), total / size.unsqueeze(-1)], dim=1)

    method = ToMeSD(keep=0.5, randomise=False)
    context = Context(grid=(side, side))
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "todo",
    "Stable Diffusion at 1024: 128 x 128 tokens, width 320, batch 2, factor 2",
    "interpolate to the nearest",
    "both are one copy at the memory's speed; 0.1 ms go into source, size and position",
)
def todo(draw: Draw, small: bool) -> Sides:
    batch, side, width = (2, 8, 16) if small else (2, 128, 320)
    tokens = draw(batch, side * side, width)

    def plain() -> Tensor:
        image = tokens.transpose(1, 2).unflatten(-1, (side, side))
        return interpolate(image, scale_factor=0.5, mode="nearest").flatten(2).transpose(1, 2)

    method = ToDo(factor=2)
    context = Context(grid=(side, side))
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "toca",
    "DiT-XL/2 at 256: 256 x 1152, MLP of 4608, batch 8, 7% computed",
    "scores, window maximum, topk, the MLP on what was chosen, scatter",
)
def toca(draw: Draw, small: bool) -> Sides:
    batch, side, width = (2, 4, 16) if small else (8, 16, 1152)
    tokens, cached = draw(batch, side * side, width), draw(batch, side * side, width)
    influence = draw.attention(batch, side * side)
    stale = torch.ones(batch, side * side, dtype=torch.long, device=tokens.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))
    mlp = mlp.to(tokens.device)
    keep = 0.25 if small else 0.07
    count = int(keep * side * side)

    def plain() -> Tensor:
        scores = (normalize(influence, dim=-1) + 0.25 * stale / 3).view(batch, side // 2, 2, side // 2, 2)
        best = scores == scores.amax(dim=(2, 4), keepdim=True)
        chosen = torch.where(best, scores * 1.6, scores).view(batch, -1).topk(count, dim=-1).indices
        index = chosen.unsqueeze(-1).expand(-1, -1, width)
        return cached.scatter(1, index, mlp(rows_at(tokens, chosen)))

    method = ToCa(keep=keep)
    context = Context(step=2, steps=50, module="feed-forward", grid=(side, side))

    def reused() -> Tensor:
        memory = {"output": cached, "stale": stale}
        return method.around(mlp, tokens, context.with_(memory=memory, block_memory={"influence": influence}))

    return Sides(reused, plain)


@case(
    "teacache",
    "Latte: 16 frames of 32 x 32 tokens, width 1152; a step that does without the blocks",
    "the input's change, its mean over that of the input; one sum",
)
def teacache(draw: Draw, small: bool) -> Sides:
    frames, count, width = (2, 16, 8) if small else (16, 1024, 1152)
    tokens, change, before = (draw(frames, count, width) for _ in range(3))
    now = before + 0.03 * draw(frames, count, width)
    method = TeaCache(threshold=1e3, polynomial=LATTE)

    def step() -> Tensor:
        latest = {"modulated": before, "distance": torch.zeros(1, device=tokens.device), "begun with": 1}
        context = Context(step=1, memory={"change": change}, run_memory=latest, modulated=lambda: now)
        return method.around(lambda _: tokens, tokens, context)

    def plain() -> Tensor:
        distance = float((now - before).abs().mean() / before.abs().mean())
        value = sum(coefficient * distance**power for power, coefficient in enumerate(reversed(LATTE)))
        return tokens + change if value < 1e3 else tokens

    return Sides(step, plain)


@case(
    "taylorseer",
    "DiT-XL/2 at 256: 256 x 1152, batch 8, order 4; a step that forecasts what a module gives",
    "the series' five terms, one after the other",
)
def taylorseer(draw: Draw, small: bool) -> Sides:
    batch, count, width = (2, 16, 8) if small else (8, 256, 1152)
    tokens, held = draw(batch, count, width), tuple(draw(batch, count, width) for _ in range(5))
    method, ahead = TaylorSeer(), 2

    def step() -> Tensor:
        memory = {"derivatives": held, "step": 9}
        return method.around(lambda _: tokens, tokens, Context(step=9 + ahead, memory=memory))

    def plain() -> Tensor:
        value = torch.zeros_like(tokens)
        for power, derivative in enumerate(held):
            value = value + derivative * (ahead**power / factorial(power))
        return value

    return Sides(step, plain)


@case(
    "magcache",
    "Wan 2.1 at 480p: latents of 16 x 21 x 60 x 104, ratios of 50 steps; a step that does without the model",
    "whether to, by a loop over the steps up to this one; one sum",
)
def magcache(draw: Draw, small: bool) -> Sides:
    shape = (1, 4, 2, 4, 4) if small else (1, 16, 21, 60, 104)
    latents, change, steps = draw(*shape), draw(*shape), 50
    ratios = tuple(1 - 0.002 * step for step in range(steps))
    method, now = MagCache(ratios=ratios), 11

    def step() -> Tensor:
        context = Context(step=now, steps=steps, memory={"change": change})
        return method.around(lambda _: latents, latents, context)

    def plain() -> Tensor:
        ratio, error, skipped = 1.0, 0.0, 0
        for changes in ratios[10 : now + 1]:
            ratio, skipped = ratio * changes, skipped + 1
            error += 1 - ratio
            if error > 0.12 or skipped > 2:
                ratio, error, skipped = 1.0, 0.0, 0
        return latents + change if skipped else latents

    return Sides(step, plain)


@case(
    "easycache",
    "HunyuanVideo at 544 x 960: latents of 16 x 33 x 68 x 120; a step that does without the model",
    "how much the latents moved, what that says of the prediction; one sum",
)
def easycache(draw: Draw, small: bool) -> Sides:
    shape = (1, 4, 2, 4, 4) if small else (1, 16, 33, 68, 120)
    before, change, came = (draw(*shape) for _ in range(3))
    latents = before + 0.01 * draw(*shape)
    rate, size, total = (torch.full((1,), value, device=before.device) for value in (0.5, 0.8, 0.01))
    method = EasyCache()

    def step() -> Tensor:
        memory = {"begun with": 1, "before": before, "rate": rate, "size": size, "sum": total}
        memory |= {"change": change, "given": before, "came": came}
        return method.around(lambda _: latents, latents, Context(step=11, memory=memory))

    def plain() -> Tensor:
        guess = rate * (latents - before).abs().mean() / size
        kept = latents.clone()
        return kept + change if float(total + guess) < 0.025 else kept

    return Sides(step, plain)
