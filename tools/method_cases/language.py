"""Methods inside decoders: while the prompt is read, and in the KV cache."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, max_pool1d, normalize
from torch.nn.utils.rnn import pad_sequence

from method_cases import Draw, Sides, case, rows_at
from reference_impls import Context
from reference_impls.baselines.value_norm import ValueNorm
from reference_impls.methods.ada_kv import AdaKV
from reference_impls.methods.cake import CAKE
from reference_impls.methods.dart import DART
from reference_impls.methods.expected_attention import ExpectedAttention
from reference_impls.methods.fastv import FastV
from reference_impls.methods.h2o import H2O
from reference_impls.methods.key_norm import KeyNorm
from reference_impls.methods.keydiff import KeyDiff
from reference_impls.methods.lagkv import LagKV
from reference_impls.methods.pact import PACT
from reference_impls.methods.pyramiddrop import PyramidDrop
from reference_impls.methods.pyramidkv import PyramidKV
from reference_impls.methods.r_kv import RKV
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.sparsevlm import SparseVLM
from reference_impls.methods.streamingllm import StreamingLLM
from reference_impls.methods.tova import TOVA

BEFORE, AFTER = 35, 29
NEXT = "LLaVA-NeXT-7B: 2880 image tokens and 64 of text, width 4096, 32 heads"
LLAVA = "LLaVA-1.5-7B: 576 image tokens and 64 of text, width 4096, 32 heads"
CACHE = "Llama-2-7B: one layer's cache of 4096 entries, 32 heads of 128, half kept"


def prompt(draw: Draw, small: bool, image: int) -> tuple[Tensor, Context, slice]:
    """What a decoder layer shows of one prompt, and where the image is in it."""
    image, heads, head = (48, 4, 8) if small else (image, 32, 128)
    count = BEFORE + image + AFTER
    queries, keys = draw(1, heads, count, head), draw(1, heads, count, head)
    tokens = draw(1, count, heads * head)
    where = slice(BEFORE, BEFORE + image)
    candidates = torch.zeros(1, count, dtype=torch.bool, device=draw.device)
    candidates[:, where] = True
    shown: dict[str, Any] = {"normalised": tokens, "embeddings": tokens, "layer": 2, "layers": 32}
    context = Context(queries=queries, keys=keys, candidates=candidates, **shown)
    return tokens, context.with_(plain_queries=queries, plain_keys=keys), where


def last_row(context: Context) -> Tensor:
    """The last token's attention, averaged over heads: (B, N)."""
    logits = context.queries[:, :, -1:] @ context.keys.transpose(-1, -2) * context.keys.shape[-1] ** -0.5
    return logits.softmax(dim=-1)[:, :, 0].mean(dim=1)


def with_text(tokens: Tensor, where: slice, kept: Tensor) -> Tensor:
    """The text around the image tokens at `kept` (K,), which count from the image's first."""
    image = tokens[:, where][:, kept.sort().values]
    return torch.cat([tokens[:, : where.start], image, tokens[:, where.stop :]], dim=1)


@case("fastv", f"{NEXT}; 320 kept", "last row of attention, topk, gather")
def fastv(draw: Draw, small: bool) -> Sides:
    tokens, context, where = prompt(draw, small, 2880)
    count = 12 if small else 320

    def plain() -> Tensor:
        return with_text(tokens, where, last_row(context)[0, where].topk(count).indices)

    method = FastV(keep=count)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case("pyramiddrop", f"{LLAVA}; half kept, first stage", "last row of attention, topk, gather")
def pyramiddrop(draw: Draw, small: bool) -> Sides:
    tokens, context, where = prompt(draw, small, 576)
    context = context.with_(layer=8)
    count = (where.stop - where.start) // 2

    def plain() -> Tensor:
        return with_text(tokens, where, last_row(context)[0, where].topk(count).indices)

    method = PyramidDrop(keep=0.5)
    return Sides(lambda: method.reduce(tokens, context.with_(memory={})).tokens, plain)


@case("dart", f"{NEXT}; 320 kept, 4 + 4 pivots", "key norms, similarity to each pivot in turn, topk, gather")
def dart(draw: Draw, small: bool) -> Sides:
    tokens, context, where = prompt(draw, small, 2880)
    count = 12 if small else 320

    def plain() -> Tensor:
        lengths = context.keys[0].abs().sum(dim=(0, 2))
        of_image = lengths[where].topk(4).indices + where.start
        of_text = lengths[where.stop :].topk(4).indices + where.stop
        each, rest = divmod(count - 4, 8)
        hidden = normalize(context.normalised[0], dim=-1)
        open_ = torch.zeros_like(lengths, dtype=torch.bool)
        open_[where] = True
        open_[of_image] = False
        chosen = [of_image]
        for number, pivot in enumerate(torch.cat([of_image, of_text])):
            alike = (hidden @ hidden[pivot]).masked_fill(~open_, torch.inf)
            added = alike.topk(each + (number < rest), largest=False).indices
            open_[added] = False
            chosen.append(added)
        return with_text(tokens, where, torch.cat(chosen) - where.start)

    method = DART(keep=count)
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "sparsevlm",
    f"{LLAVA}; 66 kept, the rest recycled",
    "rows of the raters, topk, cdist, density peaks, index_add",
    "nine tenths are three products that both compute; the rest goes into source, size and position",
)
def sparsevlm(draw: Draw, small: bool) -> Sides:
    tokens, context, where = prompt(draw, small, 576)
    tokens = tokens / 8  # so that the words' rating is no single word's
    context = context.with_(embeddings=tokens)
    count = 12 if small else 66

    def plain() -> Tensor:
        image, words = tokens[0, where], tokens[0, where.stop :]
        rating = (image @ words.T).softmax(dim=-1).mean(dim=0)
        raters = (rating >= rating.mean()).nonzero().squeeze(-1) + where.stop
        keys = context.keys[0]
        logits = context.queries[0, :, raters] @ keys.transpose(-1, -2) * keys.shape[-1] ** -0.5
        later = torch.arange(keys.shape[1], device=keys.device) > raters.unsqueeze(-1)
        rows = logits.masked_fill(later, -torch.inf).softmax(dim=-1)
        scores = rows.mean(dim=0).mean(dim=0)[where]
        stays = scores.topk(count).indices.sort().values
        pruned = torch.ones_like(scores, dtype=torch.bool).scatter(0, stays, False).nonzero().squeeze(-1)
        again = pruned[scores[pruned].topk(int(pruned.numel() * 0.3) + 1).indices]
        values = image[again]
        clusters = again.numel() // 10 + 1
        distance = torch.cdist(values, values) / values.shape[-1] ** 0.5
        density = (-(distance.topk(clusters, largest=False).values ** 2).mean(dim=-1)).exp()
        noise = torch.rand(1, again.numel(), generator=torch.Generator().manual_seed(0))[0] * 1e-6
        density = density + noise.to(density.device)
        denser = density[None, :] > density[:, None]
        peak = torch.where(denser, distance, distance.max()).amin(dim=-1) * density
        centres = peak.topk(clusters).indices
        group = distance[centres].argmin(dim=0)
        group[centres] = torch.arange(clusters, device=group.device)
        total = torch.zeros_like(values[:clusters]).index_add(0, group, values)
        mean = total / torch.bincount(group, minlength=clusters).unsqueeze(-1)
        return torch.cat([tokens[0, : where.start], image[stays], mean, tokens[0, where.stop :]]).unsqueeze(0)

    method = SparseVLM(keep=count, layers=(2,))
    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "pact",
    "LLaVA-OneVision-7B: 2304 image tokens and 64 of text, width 4096, 32 heads",
    "EUTI, all key distances, a loop over tokens, index_add",
)
def pact(draw: Draw, small: bool) -> Sides:
    tokens, context, where = prompt(draw, small, 2304)
    heads, count, head = context.keys.shape[1:]
    few = draw(1, heads, 12, head)  # twelve kinds of keys, so that there are clusters to find
    keys = few[:, :, torch.arange(count, device=few.device) % 12] + 0.3 * draw(1, heads, count, head)
    context = context.with_(keys=keys, layer=4)
    method = PACT()

    def plain() -> Tensor:
        hidden, flat = tokens[0, where], keys[0, :, where].transpose(0, 1).flatten(1)
        queries, before = context.plain_queries[0, :, where], context.plain_keys[0, :, where]
        answers = (before @ queries.mean(dim=1).unsqueeze(-1)).squeeze(-1).softmax(dim=-1)
        scores = answers.mean(dim=0) * hidden.norm(dim=-1)
        kept = scores.topk(round(0.55 * hidden.shape[0])).indices.sort().values
        unit = normalize(flat, dim=-1)
        distance = 1 - unit[kept] @ unit[kept].T
        density = torch.exp(-((distance.clamp(min=0) / 2) ** 2)).sum(dim=1)
        centres: list[int] = []
        near = (distance <= 0.21).cpu()
        for token in density.argsort(descending=True).tolist():
            if not near[token, centres].any():
                centres.append(token)
        chosen = kept[torch.tensor(sorted(centres), device=kept.device)]
        closest, group = (1 - unit @ unit[chosen].T).min(dim=1)
        group[chosen] = torch.arange(chosen.numel(), device=group.device)
        joins = closest <= 1.5 * 0.21
        joins[kept] = True
        total = torch.zeros_like(hidden[: chosen.numel()]).index_add(0, group[joins], hidden[joins])
        mean = total / torch.bincount(group[joins], minlength=chosen.numel()).unsqueeze(-1)
        return torch.cat([tokens[0, : where.start], mean, tokens[0, where.stop :]]).unsqueeze(0)

    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


def cache(draw: Draw, small: bool, length: int = 4096) -> tuple[Tensor, Context]:
    """One layer's cache: each entry is its key beside its value."""
    heads, length, head = (2, 40, 8) if small else (32, length, 128)
    queries, keys, values = (draw(1, heads, length, head) for _ in range(3))
    entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
    return entries, Context(queries=queries, keys=keys, values=values)


def best_entries(entries: Tensor, scores: Tensor, recent: int = 0) -> Tensor:
    """Half of each head's entries by (H, N) scores, the `recent` last ones among them, in order."""
    count = scores.shape[1] // 2 - recent
    kept = scores[:, : scores.shape[1] - recent].topk(count, dim=-1).indices.sort(dim=-1).values
    return torch.cat([rows_at(entries, kept), entries[:, entries.shape[1] - recent :]], dim=1)


def window_attention(context: Context, window: int) -> Tensor:
    """How much the last `window` queries attend to each earlier entry, in the mean: (1, H, N - window)."""
    keys = context.keys
    logits = context.queries[:, :, -window:] @ keys.transpose(-1, -2) * keys.shape[-1] ** -0.5
    seen = torch.ones_like(logits[..., -window:], dtype=torch.bool)
    logits[..., -window:].masked_fill_(seen.triu(1), -torch.inf)
    return logits.softmax(dim=-1)[..., :-window].mean(dim=2)


@case("snapkv", f"{CACHE}, window 16, kernel 5", "the window's rows, mean, pooling, topk, gather")
def snapkv(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)

    def plain() -> Tensor:
        votes = avg_pool1d(window_attention(context, 16), 5, 1, 2)[0]
        return best_entries(entries, torch.cat([votes, votes[:, -16:]], dim=1), 16)

    method = SnapKV()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case(
    "pyramidkv",
    f"{CACHE} in the mean of 32 layers, the 9th; window 8, kernel 5",
    "the window's rows, mean, pooling, topk, gather",
)
def pyramidkv(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    mean = entries.shape[1] // 2 - 8
    first, last = mean * 2 - mean / 20, mean / 20
    count = round(first - 8 * (first - last) / 31)

    def plain() -> Tensor:
        votes = avg_pool1d(window_attention(context, 8), 5, 1, 2)[0]
        kept = votes.topk(count, dim=-1).indices.sort(dim=-1).values
        return torch.cat([rows_at(entries, kept), entries[:, -8:]], dim=1)

    method, layer = PyramidKV(), context.with_(layer=8, layers=32)
    return Sides(lambda: method.reduce(entries, layer).tokens, plain)


@case(
    "ada_kv",
    f"{CACHE} in the mean of the heads; window 16, kernel 7",
    "the window's rows, mean, pooling, one ranking of all heads, a mask for each",
)
def ada_kv(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    mean = entries.shape[1] // 2 - 16

    def plain() -> Tensor:
        votes = max_pool1d(window_attention(context, 16), 7, 1, 3)[0]
        heads, length = votes.shape
        best = votes.flatten().sort(descending=True, stable=True).indices[: heads * mean] // length
        counts = (best.bincount(minlength=heads) * 0.8 + mean * 0.2).round().long().tolist()
        order = votes.sort(dim=-1, descending=True, stable=True).indices
        kept = [row[:count].sort().values for row, count in zip(order, counts, strict=True)]
        recent = torch.arange(length, length + 16, device=votes.device)
        return pad_sequence(
            [part[torch.cat([index, recent])] for part, index in zip(entries, kept, strict=True)],
            batch_first=True,
        )

    method = AdaKV()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case(
    "cake",
    f"{CACHE}; one layer's turn; window 32, kernel 5",
    "the window's rows, mean, variance, entropy, pooling, topk, gather",
)
def cake(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    window = 8 if small else 32
    method = CAKE(window=window)

    def plain() -> Tensor:
        keys = context.keys
        logits = context.queries[:, :, -window:] @ keys.transpose(-1, -2) * keys.shape[-1] ** -0.5
        seen = torch.ones_like(logits[..., -window:], dtype=torch.bool)
        logits[..., -window:].masked_fill_(seen.triu(1), -torch.inf)
        rows = logits.softmax(dim=-1)[..., :-window]
        variance = rows.var(dim=2)
        preference = -(rows * (rows + 1e-10).log()).sum() * variance.sum()
        scores = avg_pool1d(rows.mean(dim=2) + 200 * variance, 5, 1, 2)[0]
        scores = scores * (preference / preference)  # the only layer's share is all
        return best_entries(entries, torch.cat([scores, scores[:, -window:]], dim=1), window)

    return Sides(
        lambda: method.reduce(entries, context.with_(memory={}, run_memory={})).tokens,
        plain,
    )


@case(
    "expected_attention",
    f"{CACHE} in the mean of the heads; 4 sinks",
    "mean and covariance, their products with all keys, softmax, one ranking of all heads, a mask for each",
)
def expected_attention(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    context = context.with_(future_queries=context.queries)
    mean = entries.shape[1] // 2

    def plain() -> Tensor:
        queries, keys, values = context.queries[0, :, 4:], context.keys[0, :, 4:], context.values[0, :, 4:]
        width, middle = keys.shape[-1], queries.mean(dim=1, keepdim=True)
        spread = (queries - middle).transpose(1, 2) @ (queries - middle) / queries.shape[1]
        logits = (keys @ middle.transpose(1, 2)).squeeze(-1) * width**-0.5
        logits = logits + torch.einsum("hni,hij,hnj->hn", keys, spread, keys) / (2 * width)
        scores = (logits.softmax(dim=-1) + 0.02) * values.norm(dim=-1)
        heads = scores.shape[0]
        scores = torch.cat([torch.full_like(scores[:, :4], torch.inf), scores], dim=1)
        safe = scores.topk(int(mean * 0.2), dim=-1).indices
        flat = scores.scatter(1, safe, torch.inf).flatten()
        kept = torch.zeros_like(flat, dtype=torch.bool).index_fill(0, flat.topk(heads * mean).indices, True)
        return pad_sequence(
            [part[mask] for part, mask in zip(entries, kept.view(heads, -1), strict=True)], batch_first=True
        )

    method = ExpectedAttention()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case(
    "lagkv",
    f"{CACHE}; parts of 128, 16 sinks",
    "the parts' least and greatest, scaling, std, softmax, topk in each part, gather",
)
def lagkv(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    sinks, lag = (2, 8) if small else (16, 128)
    method = LagKV(sinks=sinks, lag=lag)
    length = entries.shape[1]
    parts = (length - sinks) // lag - 1
    end = sinks + parts * lag
    more = length // 2 - sinks - (length - end)  # what remains of all parts

    def score(states: Tensor) -> Tensor:
        cut = states[0, :, sinks : end + lag].unflatten(1, (-1, lag))
        least, most = cut[:, 1:].amin(dim=2, keepdim=True), cut[:, 1:].amax(dim=2, keepdim=True)
        return ((cut[:, :-1] - least) / (most - least)).std(dim=-1).softmax(dim=-1)

    def plain() -> Tensor:
        scores = score(context.keys) + score(context.values)
        kept = [
            scores[:, part].topk(more // parts + (part < more % parts), dim=-1).indices + sinks + part * lag
            for part in range(parts)
        ]
        index = torch.cat(kept, dim=1).sort(dim=-1).values
        return torch.cat([entries[:, :sinks], rows_at(entries, index), entries[:, end:]], dim=1)

    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case(
    "r_kv",
    f"{CACHE.replace('4096', '2048')}; window 8, kernel 7",
    "the window's rows, mean, pooling; the whole map of cosines, its latest, column means; topk, gather",
)
def r_kv(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small, 2048)

    def plain() -> Tensor:
        keys = context.keys
        logits = context.queries[:, :, -8:] @ keys[:, :, :-8].transpose(-1, -2) * keys.shape[-1] ** -0.5
        votes = max_pool1d(logits.softmax(dim=-1).mean(dim=2), 7, 1, 3)[0]
        unit = normalize(keys[0], dim=-1)
        alike = unit @ unit.transpose(-1, -2)
        index = torch.arange(alike.shape[-1], device=alike.device)
        alike[:, index, index] = 0.0
        latest = torch.where(alike > 0.5, index, -1).amax(dim=-1, keepdim=True)
        alike = torch.where(latest == index, 0.0, alike)
        scores = 0.1 * votes - 0.9 * alike.mean(dim=1).softmax(dim=-1)[:, :-8]
        return best_entries(entries, torch.cat([scores, scores[:, -8:]], dim=1), 8)

    method = RKV()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case("h2o", CACHE.replace("4096", "2048"), "the whole causal attention map, its column sums, topk, gather")
def h2o(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small, 2048)

    def plain() -> Tensor:
        logits = context.queries @ context.keys.transpose(-1, -2) * context.keys.shape[-1] ** -0.5
        hidden = torch.ones(logits.shape[-2:], dtype=torch.bool, device=logits.device).triu(1)
        received = logits.masked_fill_(hidden, -torch.inf).softmax(dim=-1).sum(dim=2)[0]
        return best_entries(entries, received, received.shape[1] // 4)

    method = H2O()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case("tova", CACHE, "the last row, mean over heads, topk, gather")
def tova(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)

    def plain() -> Tensor:
        return best_entries(entries, last_row(context).expand(entries.shape[0], -1), 1)

    method = TOVA()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case(
    "streamingllm",
    CACHE,
    "two slices",
    "both are one copy at the memory's speed; 0.1 ms go into source, size and position",
)
def streamingllm(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    half = entries.shape[1] // 2

    def plain() -> Tensor:
        return torch.cat([entries[:, :4], entries[:, half + 4 :]], dim=1)

    method = StreamingLLM()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)


@case("key_norm", CACHE, "norm, topk, gather")
def key_norm(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    method = KeyNorm()
    return Sides(
        lambda: method.reduce(entries, context).tokens,
        lambda: best_entries(entries, -context.keys[0].norm(dim=-1)),
    )


@case("value_norm", CACHE, "norm, topk, gather")
def value_norm(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)
    method = ValueNorm()
    return Sides(
        lambda: method.reduce(entries, context).tokens,
        lambda: best_entries(entries, context.values[0].norm(dim=-1)),
    )


@case("keydiff", CACHE, "mean direction, similarity to it, topk, gather")
def keydiff(draw: Draw, small: bool) -> Sides:
    entries, context = cache(draw, small)

    def plain() -> Tensor:
        unit = normalize(context.keys[0], dim=-1)
        anchor = normalize(unit.mean(dim=1, keepdim=True), dim=-1)
        return best_entries(entries, -(unit * anchor).sum(dim=-1))

    method = KeyDiff()
    return Sides(lambda: method.reduce(entries, context).tokens, plain)
