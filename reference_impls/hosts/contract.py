"""What hosts and methods owe each other: what a method must have to be attached, and which answers of its
`reduce` a host goes on with.

Methods of other people come through here too, so that a slip is named before a model gives wrong results.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.mechanisms.protect import real_tokens
from reference_impls.reduction import Reduction

CALLS = {
    "reduce": "reduce(tokens, context) -> Reduction",
    "acts_on": "acts_on(layer, layers) -> bool, whether it acts there; layers count from 0",
    "judges": "judges(layer, layers) -> bool, whether that layer's attention decides; layers count from 0",
}
"""What hosts call, as a method writes it."""

IN_LAYERS = ("vit-block", "audio-encoder", "encoder-layer", "decoder-prefill")
"""The stages at which a method chooses its layers."""

SWITCHES: dict[str, tuple[Any, ...]] = {
    "place": ("before block", "inside block", "after block"),
    "positions": ("keep", "renumber"),
    "judged_by": ("previous layer", "this layer", "next layer"),
    "shortens": ("tokens", "keys"),
}
"""The switches whose values are words, and these words."""


def check_method(method: Any, stage: str, offers: frozenset[str]) -> None:
    """Raise ValueError where a host of this stage, which shows what it `offers`, could not work with the
    method.
    """
    name = type(method).__name__
    needs = getattr(method, "needs", None)
    if not isinstance(needs, set | frozenset):
        raise ValueError(
            f"{name} does not say what it looks at: write needs: ClassVar[frozenset[str]] = frozenset(…), "
            "with fields of Context or empty"
        )
    missing = sorted(needs - offers)
    if missing:
        raise ValueError(
            f"{name} looks at {', '.join(missing)}, which a host for {stage} cannot show; it shows "
            f"{', '.join(sorted(offers))}"
        )
    for call in _called(method, stage):
        if not callable(getattr(method, call, None)):
            raise ValueError(f"{name} has no {call}, which a host for {stage} calls: write {CALLS[call]}")
    for switch, values in SWITCHES.items():
        found = getattr(method, switch, values[0])
        if found not in values:
            raise ValueError(f"{name} has {switch} = {found!r:.40}; there are {', '.join(map(repr, values))}")


def _called(method: Any, stage: str) -> tuple[str, ...]:
    """The functions of a method that a host calls."""
    if stage in IN_LAYERS:
        return "reduce", "acts_on"
    if stage == "kv-cache" and getattr(method, "every_step", False):
        return "reduce", "judges"
    return () if stage == "diffusion-step" else ("reduce",)


def acting_layers(method: Any, layers: int, called: str = "layers") -> list[int]:
    """Which of so many layers the method acts on, counted from 0; `called` is what the model calls them.

    Raises ValueError where there are none, or where the model lacks some of the method's own `blocks`.
    """
    name, blocks = type(method).__name__, getattr(method, "blocks", None)
    absent = [block for block in blocks if block >= layers] if isinstance(blocks, tuple) else []
    if absent:
        raise ValueError(
            f"{name} is to act in {called} {', '.join(map(str, absent))}, and this model has {layers}, "
            f"counted from 0 to {layers - 1}"
        )
    acting = [number for number in range(layers) if method.acts_on(number, layers)]
    if not acting:
        raise ValueError(f"{name} acts on none of this model's {layers} {called}")
    return acting


def reduction_of(method: Any, tokens: Tensor, context: Context) -> Reduction:
    """What `method.reduce` makes of (B, N, D) tokens, if a model can go on with it.

    Where the very same tokens come back, nothing was removed, and padding and sizes are the context's.

    Raises ValueError for what is no Reduction of these tokens, and where padding (`context.valid`) was kept
    or merged into what was kept: a prompt's result would depend on those beside it in the batch.
    """
    name, reduction = type(method).__name__, method.reduce(tokens, context)
    if not isinstance(reduction, Reduction):
        raise ValueError(
            f"{name}.reduce gave a {type(reduction).__name__}, and a host needs a Reduction, which also says "
            "where each token went: mechanisms such as prune.keep_mask and merge.merge make one"
        )
    if reduction.tokens is tokens and reduction.valid is None:
        return _unchanged(reduction, tokens, context)
    _check_shapes(name, reduction, tokens, projects=getattr(method, "projects", False))
    if context.valid is not None:
        _refuse_padding(name, reduction, real_tokens(tokens, context.valid))
    # Marking some as padding is a change too: only what is unchanged is the very same object.
    return replace(reduction, tokens=tokens.view_as(tokens)) if reduction.tokens is tokens else reduction


def check_output(method: Any, output: Any, tokens: Tensor) -> None:
    """Raise ValueError where what `method.around` gave for (B, N, D) tokens is no output for each of them."""
    if not isinstance(output, Tensor) or output.shape != tokens.shape:
        found = tuple(output.shape) if isinstance(output, Tensor) else f"a {type(output).__name__}"
        raise ValueError(
            f"{type(method).__name__}.around gave {found} for {tuple(tokens.shape)}: a denoiser goes on with "
            "an output for every token, computed or remembered"
        )


def check_prediction(method: Any, prediction: Any, shape: torch.Size | None) -> None:
    """Raise ValueError where what `method.around` gave for a denoiser's latents is no prediction of the
    `shape` that the denoiser's own latest has in this run; None where it has none yet.
    """
    name = type(method).__name__
    if shape is None:
        raise ValueError(f"{name}.around computed nothing at a run's first step, where nothing is remembered")
    if not isinstance(prediction, Tensor) or prediction.shape != shape:
        found = (
            tuple(prediction.shape) if isinstance(prediction, Tensor) else f"a {type(prediction).__name__}"
        )
        raise ValueError(
            f"{name}.around gave {found}, and the denoiser's own prediction is {tuple(shape)}: a sampler "
            "goes on with one like it, computed or remembered"
        )


def _unchanged(reduction: Reduction, tokens: Tensor, context: Context) -> Reduction:
    valid = None if context.valid is None else real_tokens(tokens, context.valid)
    size = reduction.size if context.size is None else context.size
    return replace(Reduction.identity(tokens, size), valid=valid)


def _check_shapes(name: str, reduction: Reduction, tokens: Tensor, *, projects: bool) -> None:
    """Raise ValueError where the reduction is not one of these tokens; their width may change where a method
    `projects`.
    """
    batch, count, width = tokens.shape
    slots = reduction.tokens.shape[1]
    if tuple(reduction.source.shape) != (batch, count):
        raise ValueError(
            f"{name}.reduce gave a source of {tuple(reduction.source.shape)}, and it says of each of the (B, "
            f"N) = {(batch, count)} tokens which slot it went to"
        )
    if slots > count or (reduction.tokens.shape[2] != width and not projects):
        raise ValueError(
            f"{name}.reduce gave tokens of {tuple(reduction.tokens.shape)} for {tuple(tokens.shape)}: a "
            "reduction has as many or fewer, of the same width"
        )
    source, position = reduction.source, reduction.position
    for what, found, wanted in (
        ("tokens", reduction.tokens.dtype, tokens.dtype),
        ("a source", source.dtype, torch.int64),
        ("a position", position.dtype, torch.int64),
    ):
        if found != wanted:
            raise ValueError(f"{name}.reduce gave {what} of {found}, and the model goes on with {wanted}")
    beyond = (source < -1).any() | (source >= slots).any() | (position < -1).any() | (position >= count).any()
    if bool(beyond):  # asked once, because the answer waits for the GPU
        raise ValueError(
            f"{name}.reduce gave {slots} slots of {count} tokens, with sources from {int(source.min())} to "
            f"{int(source.max())} and positions from {int(position.min())} to {int(position.max())}: a "
            "source is a slot's number, a position a token's, counted from 0, or -1 for none"
        )


def _refuse_padding(name: str, reduction: Reduction, real: Tensor) -> None:
    """Raise ValueError where what was kept stands at padding, or padding went into it: (B, N) is `real`."""
    position, source = reduction.position, reduction.source
    real = real.to(position.device)  # of a model on several devices, the mask stays on the first
    held = torch.ones_like(position, dtype=torch.bool) if reduction.valid is None else reduction.valid
    at_padding = held & (position >= 0) & ~real.gather(1, position.clamp(min=0))
    into_kept = ~real & (source >= 0) & held.gather(1, source.clamp(min=0))
    if bool(at_padding.any() | into_kept.any()):
        raise ValueError(
            f"{name} kept padding of a batch, or merged it into what it kept, so that a prompt would give "
            "another result than alone: where context.valid is given, drop the rest, as in keep_mask(tokens, "
            "keep & context.valid), or take it out first with mechanisms.rows.without_padding"
        )
