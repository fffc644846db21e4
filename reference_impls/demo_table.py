"""The demo's table: how many tokens each layer gets, and what that costs by formula.

Times and memory are measured elsewhere (`measuring.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from reference_impls.cost import cache_bytes, layer_macs
from reference_impls.demo_cases import SCORER, SCORER_DEPTH, SCORER_SHAPE, TIMESTEPS, WIDTH, Case
from reference_impls.hosts.attachment import Attachment
from reference_impls.registry import BEFORE_DECODER, Method


@dataclass(frozen=True)
class Row:
    """A line of the table: a quantity before and after. `measured` is what another run gives otherwise."""

    what: str
    before: float
    after: float
    decimals: int = 0
    measured: bool = False

    def cells(self) -> tuple[str, str, str]:
        """The line as text."""
        return self.what, f"{self.before:.{self.decimals}f}", f"{self.after:.{self.decimals}f}"


def scorer_reads(scorer: Any, case: Case) -> list[tuple[int, int, int]]:
    """What the model that judges a prompt reads in one run: queries, keys and tokens in the MLP, per call."""
    seen: list[tuple[int, int, int]] = []

    def notice(_: Any, __: Any, given: dict[str, Any]) -> None:
        new, cache = given["input_ids"].shape[1], given.get("past_key_values")
        seen.append((new, new + (0 if cache is None else cache.get_seq_length()), new))

    hook = scorer.register_forward_pre_hook(notice, with_kwargs=True)
    try:
        with torch.no_grad():
            case.run()
    finally:
        hook.remove()
    return seen


def decoder_lengths(case: Case) -> list[int]:
    """How many tokens each layer of the language model behind a vision encoder gets in one run."""
    if case.decoder_layers is None:
        return []
    seen: list[int] = []
    hooks = [
        layer.register_forward_pre_hook(lambda module, args: seen.append(int(args[0].shape[1])))
        for layer in case.decoder_layers
    ]
    try:
        with torch.no_grad():
            case.run()
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def computed_shares(case: Case, attachment: Attachment) -> torch.Tensor:
    """(steps, layers): which share of the tokens each block computed, averaged over the modules that were
    wrapped.
    """
    shares = torch.zeros(len(TIMESTEPS), case.depth)
    calls = torch.zeros(len(TIMESTEPS), case.depth)
    for step, layer, done, tokens in attachment.computed:
        calls[step, layer] += 1
        shares[step, layer] += done / tokens
    shares = shares / calls.clamp(min=1)
    around_all = bool(calls[:, 0].any()) and not calls[:, 1:].any()
    return shares[:, :1].expand_as(shares) if around_all else shares


def layer_tokens(
    case: Case, method: Method, acting: Any, attachment: Attachment, lengths: list[int]
) -> list[tuple[int, int, int]]:
    """For each layer (queries, keys, tokens in the MLP) of one forward pass with the method."""
    done = {layer: int(reduction.counts.max()) for layer, reduction in attachment.reductions}
    if method.stage == "kv-cache":
        return [(1, done.get(layer, case.tokens), 1) for layer in range(case.depth)]
    if method.stage == "diffusion-step":
        if done:
            held = [done.get(layer, case.tokens) for layer in range(case.depth)]
            keys_only = getattr(acting, "shortens", "tokens") == "keys"
            return [(case.tokens if keys_only else count, count, case.tokens) for count in held]
        shares = [
            round(share * case.tokens) for share in computed_shares(case, attachment).mean(dim=0).tolist()
        ]
        reused = {"attention", "feed-forward"}
        if not {"block", "denoiser"} & set(acting.modules):
            reused &= set(acting.modules)
        return [
            (
                count if "attention" in reused else case.tokens,
                case.tokens,
                count if "feed-forward" in reused else case.tokens,
            )
            for count in shares
        ]
    if method.stage in BEFORE_DECODER:
        return [(count, count, count) for count in lengths]
    earlier = method.stage in ("decoder-prefill", "prompt")
    place = "before block" if earlier else getattr(acting, "place", "inside block")
    counts, now = [], case.tokens
    for layer in range(case.depth):
        after = done.get(layer, now)
        attended = after if place == "before block" else now
        counts.append((attended, attended, now if place == "after block" else after))
        now = after
    return counts


def table(
    case: Case,
    method: Method,
    shorter: list[tuple[int, int, int]],
    scored: list[tuple[int, int, int]],
    before: tuple[float, int],
    after: tuple[float, int],
    runs: int,
) -> tuple[Row, ...]:
    """Tokens, MACs by formula, the time as the median of so many `runs`, and memory, before and after."""
    cached = method.stage == "kv-cache"
    full = [(1 if cached else case.tokens, case.tokens, 1 if cached else case.tokens)] * case.depth
    macs = [sum(layer_macs(case.shape, *layer) for layer in layers) / 1e6 for layers in (full, shorter)]
    what = "MACs of one decoded token (M)" if cached else "MACs of all layers (M)"
    counted = [Row(what, macs[0], macs[1], decimals=2)]
    if method.stage == "prompt":
        # How much is read does not hang on who reads it.
        judges = {
            f"with {SCORER}": (SCORER_DEPTH, SCORER_SHAPE),
            "the model its own scorer": (case.depth, case.shape),
        }
        counted = [
            Row(
                f"MACs of all layers, {told} (M)",
                macs[0],
                macs[1] + depth * sum(layer_macs(shape, *read) for read in scored) / 1e6,
                decimals=2,
            )
            for told, (depth, shape) in judges.items()
        ]
    if cached:  # layers may share a budget unevenly
        mean = [round(sum(keys for _, keys, _ in layers) / case.depth) for layers in (full, shorter)]
        shortened = Row("cache entries, mean of all layers", mean[0], mean[1])
    else:
        shortened = Row("tokens in the last layer", full[-1][1], shorter[-1][1])
    rows = [
        shortened,
        *counted,
        Row(f"time (ms, median of {runs})", before[0], after[0], decimals=2, measured=True),
        Row("peak memory (MB)", before[1] / 1e6, after[1] / 1e6, decimals=2, measured=True),
    ]
    if method.stage in (*BEFORE_DECODER, "kv-cache", "decoder-prefill", "prompt"):
        held = [cache_bytes([keys for _, keys, _ in layers], 2, WIDTH // 4, 4) for layers in (full, shorter)]
        rows.insert(-2, Row("KV cache (kB)", held[0] / 1e3, held[1] / 1e3, decimals=1))
    return tuple(rows)
