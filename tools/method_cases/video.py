"""Methods for the tokens of a video."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from method_cases import Draw, Sides, case
from method_cases.encoders import lost_and_found
from reference_impls import Context
from reference_impls.methods.dycoke import DyCoke
from reference_impls.methods.framefusion import FrameFusion
from reference_impls.methods.holitom import HoliTom
from reference_impls.methods.vidcom2 import VidCom2

ONEVISION = "LLaVA-OneVision-7B: 32 frames of 196 tokens, width 3584"


def video(draw: Draw, small: bool) -> tuple[Tensor, int, int]:
    """(F, P, D) in scenes of eight frames, in which half of the places stand still; frames, places."""
    frames, places, width = (16, 12, 16) if small else (32, 196, 3584)
    moving = draw(frames, places, width)
    scenes = draw(frames // 8, places, width).repeat_interleave(8, dim=0)
    still = torch.arange(places, device=draw.device) % 2 == 0
    return torch.where(still[None, :, None], scenes + 0.1 * moving, moving), frames, places


@case("vidcom2", f"{ONEVISION}; 25% kept", "steady channels, Gaussian kernels, topk per frame")
def vidcom2(draw: Draw, small: bool) -> Sides:
    shown, frames, places = video(draw, small)
    tokens = shown.flatten(0, 1).unsqueeze(0)

    def plain() -> Tensor:
        flat = tokens[0]
        channels = flat.var(dim=0).topk(flat.shape[1] // 2, largest=False).indices
        values = normalize(flat[:, channels], dim=-1).view(frames, places, -1)
        scores = []
        for centre in (values.mean(dim=(0, 1)), values.mean(dim=1, keepdim=True)):
            distance = ((values - centre) ** 2).sum(dim=-1)
            scores.append(sum(torch.exp(-distance / (2 * alpha)) for alpha in (0.125, 0.25, 0.5, 1.0, 2.0)))
        weight = (-scores[0].mean(dim=1) / 0.01).softmax(dim=0)
        wishes = 0.25 * (1 + weight - weight.mean()) * places
        kept = []
        for frame in range(frames):
            count = max(1, min(places, int(wishes[frame])))
            order = (scores[0][frame] + scores[1][frame]).topk(count, largest=False).indices
            kept.append(order.sort().values + frame * places)
        return tokens[:, torch.cat(kept)]

    method = VidCom2(official=True)
    context = Context(frames=frames)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "dycoke",
    f"{ONEVISION}; 70% of compared frames go",
    "cosine similarity of frame pairs, topk in a loop over frames",
)
def dycoke(draw: Draw, small: bool) -> Sides:
    shown, frames, places = video(draw, small)
    tokens = shown.flatten(0, 1).unsqueeze(0)
    count = int((1 - 0.7) * places)

    def plain() -> Tensor:
        kept = []
        for frame in range(frames):
            if frame % 4 == 0:
                kept.append(torch.arange(places, device=tokens.device) + frame * places)
                continue
            before = frame - 1 if frame % 2 else frame - 2
            alike = cosine_similarity(shown[before], shown[frame], dim=-1)
            kept.append(alike.topk(count, largest=False).indices.sort().values + frame * places)
        return tokens[:, torch.cat(kept)]

    method = DyCoke()
    context = Context(frames=frames)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "framefusion",
    f"{ONEVISION} and 64 of text; first layer",
    "cosine similarity of neighbouring frames, a loop over frames, index_add",
)
def framefusion(draw: Draw, small: bool) -> Sides:
    shown, frames, places = video(draw, small)
    before, after = draw(1, 35, shown.shape[-1]), draw(1, 29, shown.shape[-1])
    tokens = torch.cat([before, shown.flatten(0, 1).unsqueeze(0), after], dim=1)
    where = torch.full((1, tokens.shape[1]), -1, device=tokens.device)
    where[0, 35:-29] = torch.arange(frames * places, device=tokens.device) % places
    context = Context(places=where, candidates=where >= 0, layer=0, layers=28)

    def plain() -> Tensor:
        alike = cosine_similarity(shown[1:], shown[:-1], dim=-1) >= 0.6
        number = torch.arange(frames * places, device=tokens.device).view(frames, places)
        heads = [number[0]]
        for frame in range(1, frames):
            heads.append(torch.where(alike[frame - 1], heads[-1], number[frame]))
        head = torch.stack(heads).flatten()
        flat = shown.flatten(0, 1)
        total = torch.zeros_like(flat).index_add(0, head, flat)
        size = torch.bincount(head, minlength=flat.shape[0])
        stays = size > 0
        return torch.cat([before, (total[stays] / size[stays].unsqueeze(-1)).unsqueeze(0), after], dim=1)

    method = FrameFusion()
    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)


def _segments(alike: Tensor) -> list[tuple[int, int]]:
    """HoliTom's cut, by trying every last segment of every beginning: first and last frame of each."""
    frames = alike.shape[0] + 1
    best: list[tuple[int, list[tuple[int, int]]]] = [(0, [])]
    for end in range(1, frames + 1):
        options = []
        for first in range(end - 1, -1, -1):
            steps = end - 1 - first
            saved = int(alike[first : end - 1].all(dim=0).sum()) * steps if steps else 0
            options.append((best[first][0] + saved, -first))
        saved, negative = max(options)
        best.append((saved, [*best[-negative][1], (-negative, end - 1)]))
    return best[frames][1]


@case(
    "holitom",
    f"{ONEVISION}; 20% kept",
    "the best cut by trying all, means of still places, cdist and topk per group",
)
def holitom(draw: Draw, small: bool) -> Sides:
    shown, frames, places = video(draw, small)
    tokens = shown.flatten(0, 1).unsqueeze(0)
    attention = draw.attention(1, frames * places)
    wanted = frames * places // 5

    def thinned(
        values: Tensor, scores: Tensor, numbers: Tensor, count: int, still: bool
    ) -> tuple[Tensor, Tensor]:
        if count == numbers.numel():
            return numbers, values
        if not still:
            kept = scores.topk(count).indices
            return numbers[kept], values[kept]
        distance = torch.cdist(values, values) / values.shape[-1] ** 0.5
        density = (-(distance.topk(min(7, numbers.numel()), largest=False).values ** 2).mean(dim=-1)).exp()
        noise = torch.rand(numbers.numel(), generator=torch.Generator().manual_seed(0)) * 1e-6
        density = density + noise.to(density.device)
        denser = density[None, :] > density[:, None]
        peak = torch.where(denser, distance, distance.max()).amin(dim=-1) * density
        centres = peak.topk(count).indices.sort().values
        group = distance[centres].argmin(dim=0)
        merged = []
        for slot, centre in enumerate(centres):
            members = group == slot
            members[centre] = False
            others = values[members & ~torch.isin(torch.arange(len(values), device=values.device), centres)]
            mixed = 0.6 * values[centre] + 0.4 * others.mean(dim=0) if len(others) else values[centre]
            merged.append(mixed)
        return numbers[centres], torch.stack(merged)

    def plain() -> Tensor:
        alike = cosine_similarity(shown[1:], shown[:-1], dim=-1) > 0.8
        number = torch.arange(frames * places, device=tokens.device).view(frames, places)
        groups = []
        for first, last in _segments(alike):
            still = alike[first:last].all(dim=0) if last > first else torch.zeros_like(alike[0])
            groups.append((number[first, still], shown[first : last + 1, still].mean(dim=0), True))
            groups += [(number[f, ~still], shown[f, ~still], False) for f in range(first, last + 1)]
        groups = [group for group in groups if group[0].numel()]
        total = sum(group[0].numel() for group in groups)
        counts = lost_and_found(wanted, [wanted * group[0].numel() / total for group in groups])
        left = [
            thinned(values, attention[0, numbers], numbers, count, still)
            for (numbers, values, still), count in zip(groups, counts, strict=True)
            if count
        ]
        order = torch.cat([numbers for numbers, _ in left]).argsort()
        return torch.cat([values for _, values in left])[order].unsqueeze(0)

    method = HoliTom()
    context = Context(frames=frames, received_attention=attention)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)
