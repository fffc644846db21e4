"""Methods that act inside or before the blocks of an encoder: a vision transformer (ViT, DeiT, DINOv2, CLIP
and SigLIP; ViViT and VideoMAE for videos), or one that hears (the Audio Spectrogram Transformer, Whisper,
the large HuBERT and Wav2Vec2).

A pre-norm block adds its attention to its input before the MLP sees the sum, and a hook cannot change that
sum; so the block's forward is replaced, for the length of the attachment, by the same parts in the same order
with the method in between.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from types import NoneType
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.contract import acting_layers, reduction_of
from reference_impls.hosts.generation import named
from reference_impls.hosts.projections import Projections, check_caught, find_layers, module_path
from reference_impls.hosts.rebuilt import MASKS, Block, block_of, check_rebuilt
from reference_impls.hosts.seeing import (
    hears,
    refuse_further_tokens,
    refuse_placeholders,
    refuse_readers_of_places,
    refuse_text,
)
from reference_impls.hosts.timm_block import check_model

OFFERS = frozenset(
    {"queries", "keys", "values", "size", "valid", "protected", "grid", "frames", "pixels", "layer", "memory"}
)


SINGLE_TOKENS = (("cls_token", "class_embedding"), ("distillation_token", "dist_token"))
"""What transformers and timm call a class token and a distillation token."""
REGISTERS = "register_tokens"
PIXELS = "pixel_values"
"""What transformers call images and videos that a model is given."""

READ_CLASS_TOKEN = ("ViTFor", "DeiTFor", "VivitFor", "ASTFor", "VideoMAEFor")
"""Classifiers of which a class token decides, or for which it is known otherwise."""


def install(attachment: Attachment, method: Any, model: nn.Module, *, frames: int | None = None) -> None:
    """Attach to every block that the method acts on.

    A method may set `place = "before block"` or `"after block"`; otherwise it acts between attention and MLP
    and is shown that attention's projections. `proportional_attention = True` adds log(size) to later
    attention. `frames` says how many frames the tokens of a video model make, where the model is given tokens
    and not pixels that it cuts itself.
    """
    check_model(model)
    refuse_placeholders(model)
    refuse_text(model)
    layers = find_layers(model)
    if layers is None:
        raise ValueError(f"{type(model).__name__} has no attention layers")
    refuse_readers_of_places(model, layers)
    refuse_further_tokens(model, layers, {*chain.from_iterable(SINGLE_TOKENS), REGISTERS, "mask_token"})
    Blocks(attachment, method, model, layers, frames)


class Blocks:
    """Follows the tokens of one forward pass through the blocks."""

    def __init__(
        self,
        attachment: Attachment,
        method: Any,
        model: nn.Module,
        layers: nn.ModuleList | nn.Sequential,
        frames: int | None,
    ) -> None:
        self.attachment, self.method, self.frames, self.count = attachment, method, frames, len(layers)
        self.place = getattr(method, "place", "inside block")
        self.proportional = bool(getattr(method, "proportional_attention", False))
        self.protected = sum(int(_has_any(model, *names)) for names in SINGLE_TOKENS)
        registers = [module for module in model.modules() if hasattr(module, REGISTERS)]
        self.protected += sum(int(module.register_tokens.shape[1]) for module in registers)
        self.averages = _averages(model) or (self.protected == 0 and hears(model))
        self.size: Tensor | None = None
        self.valid: Tensor | None = None
        self.memory: dict[Any, Any] = {}
        self.reduced = False
        kinds = frozenset(method.needs) & {"queries", "keys", "values"}
        if self.place != "inside block" and kinds:
            raise ValueError(
                f"{type(method).__name__} acts {self.place}, where there are no {', '.join(sorted(kinds))}"
            )
        self.owner, self.model = _encoder_of(model, layers), type(model).__name__
        if "protected" in method.needs and not self.protected:
            raise ValueError(f"{type(method).__name__} looks at the class token, and {self.model} has none")
        self.pixels: Tensor | None = None
        if "pixels" in method.needs:
            if getattr(model, "main_input_name", PIXELS) != PIXELS:
                raise ValueError(
                    f"{type(method).__name__} looks at {PIXELS}, which {self.model} is not given: attach to "
                    "a model that cuts images or videos itself"
                )
            attachment.before(model, self._remember_pixels)
        self.patches: tuple[int, int, int] | None = None
        self.cut: tuple[int, int, int] | None = None
        inside = set(layers.modules())
        for part in model.modules():
            if isinstance(part, nn.Conv2d | nn.Conv3d) and part not in inside:
                attachment.after(part, self._remember_patches)
        acting = acting_layers(method, len(layers), "blocks")
        for number in range(len(layers)):
            acts = number in acting
            listener = Projections(attachment, layers[number], kinds) if acts else None
            layer: Any = layers[number]
            block, original = block_of(layer), layer.forward
            forward = self._forward(number, block, original, listener, acts)
            attachment.replace(layer, "forward", forward)
            check_rebuilt(layer, block, original)
            self._refuse_maskless(block)
            attachment.compute_once(layer)

    def _refuse_maskless(self, block: Block) -> None:
        if self.proportional and not block.takes_mask:
            name = type(self.method).__name__
            raise ValueError(
                f"{name} tells attention by a mask how many tokens each one stands for, and "
                f"{type(block.attention).__name__} takes no mask: {name}(proportional_attention=False) does "
                "without"
            )

    def _forward(
        self,
        number: int,
        block: Block,
        original: Callable[..., Any],
        listener: Projections | None,
        acts: bool,
    ) -> Callable[..., Tensor]:
        def forward(*args: Any, **kwargs: Any) -> Tensor:
            (_, hidden), *others = named(original, args, kwargs).items()
            further = dict(others)
            masks = [further.pop(name, None) for name in MASKS]
            _refuse_facts_of_tokens(block, further)
            if block.attention.training:
                self._refuse_skipped_blocks()
            if number == 0:
                given = any(mask is not None for mask in masks) or further.get("is_causal", False)
                self._start(hidden.shape[1], given)
            if acts and self.place == "before block":
                hidden = self._act(number, hidden, {})
            hidden = block.attend(hidden, self._mask(hidden, block), further)
            if acts and self.place == "inside block":
                hidden = self._act(number, hidden, listener.take() if listener else {})
            hidden = block.feed_forward(hidden)
            if acts and self.place == "after block":
                hidden = self._act(number, hidden, {})
            return hidden

        return forward

    def _remember_pixels(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        pixels = kwargs.get(PIXELS, args[0] if args else None)
        if pixels is None:
            raise ValueError(f"the model was called without {PIXELS}, which the method judges by")
        # An image is a video of one frame; models take (B, T, C, H, W).
        self.pixels = pixels.unsqueeze(2) if pixels.ndim == 4 else pixels.transpose(1, 2)

    def _remember_patches(self, _: nn.Module, __: Any, ___: Any, output: Tensor) -> None:
        """The last convolution before the blocks cuts images into patches, videos into tubes: so many."""
        frames = output.shape[2] if output.ndim == 5 else 1
        self.cut = frames, output.shape[-2], output.shape[-1]

    def _layout(self, count: int) -> tuple[int | None, tuple[int, int] | None]:
        """Frames of tokens and the grid of each, for `count` tokens that nothing was taken from yet."""
        if self.reduced or self.patches is None or math.prod(self.patches) != count:
            return self.frames, None
        frames, height, width = self.patches
        return frames, (height, width)

    def _refuse_skipped_blocks(self) -> None:
        """Raise ValueError where the model leaves out whole blocks by chance, and what acts in them."""
        rates = (
            getattr(part, "layerdrop", 0.0) for part in (self.owner, getattr(self.owner, "config", None))
        )
        rate = next((rate for rate in rates if isinstance(rate, float) and rate), 0.0)
        if rate:
            raise ValueError(
                f"{self.model} leaves out blocks by chance while it is trained, and what acts in them with "
                f"them: set its layerdrop, which is {rate:g}, to 0"
            )

    def _start(self, count: int, masked: bool) -> None:
        if masked:
            raise ValueError(
                "an encoder called with an attention mask is not supported: run its inputs one by one"
            )
        self.patches, self.cut = self.cut, None
        if self.patches is not None and count != self.protected + math.prod(self.patches):
            raise ValueError(
                f"{self.model} gives its blocks {count} tokens, and known here are {math.prod(self.patches)} "
                f"patches and {self.protected} tokens before them, for classes and the like: models with "
                "further tokens, such as YOLOS, or without some patches, such as ViTMAE, are not supported"
            )
        self.size, self.valid, self.memory, self.reduced = None, None, {}, False
        self.attachment.reductions.clear()

    def _act(self, number: int, hidden: Tensor, caught: dict[str, Tensor]) -> Tensor:
        check_caught(hidden, caught)
        frames, grid = self._layout(hidden.shape[1] - self.protected)
        context = Context(
            pixels=self.pixels,
            size=self.size,
            valid=self.valid,
            protected=self.protected,
            grid=grid,
            frames=frames,
            layer=number,
            layers=self.count,
            memory=self.memory,
            **caught,
        )
        reduction = reduction_of(self.method, hidden, context)
        self.attachment.record(number, reduction)
        if self.averages and reduction.valid is not None:
            raise ValueError(
                "this model averages its tokens, or pools them, or hands on all of them, and would count "
                "padding: run its inputs one by one"
            )
        self.size, self.valid, self.reduced = reduction.size, reduction.valid, True
        tokens: Tensor = reduction.tokens
        return tokens

    def _mask(self, hidden: Tensor, block: Block) -> Tensor | None:
        """An additive mask (B, 1, 1, N): log size where attention is proportional, and padding hidden."""
        if self.valid is None and (self.size is None or not self.proportional):
            return None
        if not block.takes_mask:
            if self.valid is None or bool(self.valid.all()):
                return None
            raise ValueError(
                f"{type(block.attention).__name__} takes no mask, so that one batch cannot keep different "
                "numbers of tokens in this model: run its elements one by one"
            )
        exact = torch.promote_types(hidden.dtype, torch.float32)
        mask = torch.zeros(hidden.shape[:2], dtype=exact, device=hidden.device)
        if self.proportional and self.size is not None:
            mask = self.size.to(exact).clamp(min=torch.finfo(torch.float32).tiny).log()
        if self.valid is not None:
            mask = mask.masked_fill(~self.valid, torch.finfo(hidden.dtype).min)
        return mask.to(hidden.dtype)[:, None, None, :]


def _refuse_facts_of_tokens(block: Block, further: dict[str, Any]) -> None:
    """Raise ValueError where a block is given more about its tokens than the tokens, such as their places."""
    for name, fact in further.items():
        if isinstance(fact, Tensor) or (isinstance(fact, tuple | list) and any(map(torch.is_tensor, fact))):
            raise ValueError(
                f"{type(block.attention).__name__} is given {name} beside its tokens, which would still be "
                "about those that are gone: such image encoders are not supported"
            )


def _encoder_of(model: nn.Module, layers: nn.Module) -> nn.Module:
    """The innermost module with these layers, which goes through them."""
    return [part for part in module_path(model, layers) if part is not layers][-1]


def _averages(model: nn.Module) -> bool:
    """Whether all tokens, and not the class token alone, decide what the model says."""
    name = type(model).__name__
    classifies = "For" in name and "Classification" in name
    return (
        getattr(model, "global_pool", "token") not in ("", "token", "map")  # timm's
        or not isinstance(getattr(model, "fc_norm", None), NoneType | nn.Identity)  # of VideoMAE's classifier
        or (classifies and not name.startswith(READ_CLASS_TOKEN))
        or any(type(module).__name__.endswith("AttentionPoolingHead") for module in model.modules())
    )


def _has_any(model: nn.Module, *names: str) -> bool:
    return any(getattr(module, name, None) is not None for module in model.modules() for name in names)
