"""Methods that act inside or before the blocks of a vision transformer (ViT, DeiT, DINOv2, CLIP and SigLIP
encoders; ViViT and VideoMAE for videos; the Audio Spectrogram Transformer for sound).

A pre-norm block adds its attention to its input before the MLP sees the sum, and a hook cannot change that
sum; so the block's forward is replaced, for the length of the attachment, by the same parts in the same order
with the method in between.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.projections import Projections, find_layers
from reference_impls.hosts.timm_block import TimmBlock, check_model, is_timm_block

OFFERS = frozenset(
    {"queries", "keys", "values", "size", "valid", "grid", "frames", "pixels", "layer", "memory"}
)


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
    if getattr(getattr(model, "config", None), "image_token_id", None) is not None:
        raise ValueError(
            f"{type(model).__name__} expects a token for each placeholder of its prompt, and a method inside "
            "its encoder leaves fewer: attach one of stage vision-output, which acts at the encoder's output"
        )
    _refuse_text(model)
    layers = find_layers(model)
    if layers is None:
        raise ValueError(f"{type(model).__name__} has no attention layers")
    Blocks(attachment, method, model, layers, frames)


class Block:
    """The parts of a pre-norm block, under the names that each family gives them."""

    def __init__(self, layer: nn.Module) -> None:
        self.norm_before = _first(layer, "layernorm_before", "layer_norm1", "norm1")
        self.attention = _first(layer, "attention", "self_attn", "attn")
        self.norm_after = _first(layer, "layernorm_after", "layer_norm2", "norm2")
        self.mlp: Any = getattr(layer, "mlp", None)
        self.dropout: Any = getattr(layer, "dropout", nn.Identity())
        self.scale_before: Any = getattr(layer, "layer_scale1", nn.Identity())
        self.scale_after: Any = getattr(layer, "layer_scale2", nn.Identity())
        self.drop_path: Any = getattr(layer, "drop_path", nn.Identity())
        if self.mlp is None:
            self.intermediate, self.output = _first(layer, "intermediate"), _first(layer, "output")

    def attend(self, hidden: Tensor, mask: Tensor | None, kwargs: dict[str, Any]) -> Tensor:
        """Attention and its residual."""
        if mask is not None:
            if "attention_mask" not in inspect.signature(self.attention.forward).parameters:
                raise ValueError(
                    f"{type(self.attention).__name__} takes no mask, so that one batch cannot keep different "
                    "numbers of tokens in this model: run its elements one by one"
                )
            kwargs = {**kwargs, "attention_mask": mask}
        if kwargs.get("position_embeddings") is not None:
            raise ValueError("an image encoder whose blocks rotate positions is not supported")
        attended = self.attention(self.norm_before(hidden), **kwargs)
        attended = self.dropout(attended[0] if isinstance(attended, tuple) else attended)
        return hidden + self.drop_path(self.scale_before(attended))

    def feed_forward(self, hidden: Tensor) -> Tensor:
        """MLP and its residual."""
        if self.mlp is None:
            return self.output(self.intermediate(self.norm_after(hidden)), hidden)
        return hidden + self.drop_path(self.scale_after(self.dropout(self.mlp(self.norm_after(hidden)))))


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
        self.protected = int(_has_any(model, "cls_token", "class_embedding")) + int(
            _has_any(model, "distillation_token", "dist_token")
        )
        registers = [module for module in model.modules() if hasattr(module, "register_tokens")]
        self.protected += sum(int(module.register_tokens.shape[1]) for module in registers)
        self.averages = _averages(model)
        self.size: Tensor | None = None
        self.valid: Tensor | None = None
        self.memory: dict[Any, Any] = {}
        self.reduced = False
        kinds = frozenset(method.needs) & {"queries", "keys", "values"}
        if self.place != "inside block" and kinds:
            raise ValueError(
                f"{type(method).__name__} acts {self.place}, where there are no {', '.join(sorted(kinds))}"
            )
        self.pixels: Tensor | None = None
        if "pixels" in method.needs:
            attachment.before(model, self._remember_pixels)
        self.patches: tuple[int, int, int] | None = None
        cuts = next((part for part in model.modules() if isinstance(part, nn.Conv2d | nn.Conv3d)), None)
        if cuts is not None:
            attachment.after(cuts, self._remember_patches)
        acting = [number for number in range(len(layers)) if method.acts_on(number, len(layers))]
        if not acting:
            raise ValueError(f"{type(method).__name__} acts on none of this model's {len(layers)} blocks")
        for number in range(len(layers)):
            acts = number in acting
            listener = Projections(attachment, layers[number], kinds) if acts else None
            layer: Any = layers[number]
            block = TimmBlock(layer) if is_timm_block(layer) else Block(layer)
            forward = self._forward(number, block, listener, acts)
            attachment.replace(layer, "forward", forward)
            attachment.compute_once(layer)

    def _forward(
        self, number: int, block: Block | TimmBlock, listener: Projections | None, acts: bool
    ) -> Callable[..., Tensor]:
        def forward(hidden_states: Tensor, attention_mask: Tensor | None = None, **kwargs: Any) -> Tensor:
            mask = kwargs.pop("attn_mask", attention_mask)  # timm's name
            if number == 0:
                self._start(mask, kwargs.get("is_causal", False))
            if acts and self.place == "before block":
                hidden_states = self._act(number, hidden_states, {})
            hidden_states = block.attend(hidden_states, self._mask(hidden_states), kwargs)
            if acts and self.place == "inside block":
                hidden_states = self._act(number, hidden_states, listener.take() if listener else {})
            hidden_states = block.feed_forward(hidden_states)
            if acts and self.place == "after block":
                hidden_states = self._act(number, hidden_states, {})
            return hidden_states

        return forward

    def _remember_pixels(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        pixels = kwargs.get("pixel_values", args[0] if args else None)
        if pixels is None:
            raise ValueError("the model was called without pixel_values, which the method judges by")
        # An image is a video of one frame; models take (B, T, C, H, W).
        self.pixels = pixels.unsqueeze(2) if pixels.ndim == 4 else pixels.transpose(1, 2)

    def _remember_patches(self, _: nn.Module, __: Any, ___: Any, output: Tensor) -> None:
        """The convolution that cuts images into patches, or videos into tubes, shows how many there are."""
        frames = output.shape[2] if output.ndim == 5 else 1
        self.patches = frames, output.shape[-2], output.shape[-1]

    def _layout(self, count: int) -> tuple[int | None, tuple[int, int] | None]:
        """Frames of tokens and the grid of each, for `count` tokens that nothing was taken from yet."""
        if self.reduced or self.patches is None or math.prod(self.patches) != count:
            return self.frames, None
        frames, height, width = self.patches
        return frames, (height, width)

    def _start(self, mask: Tensor | None, causal: bool) -> None:
        if mask is not None or causal:
            raise ValueError("an image encoder called with an attention mask is not supported")
        self.size, self.valid, self.memory, self.reduced = None, None, {}, False
        self.attachment.reductions.clear()

    def _act(self, number: int, hidden: Tensor, caught: dict[str, Tensor]) -> Tensor:
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
                "this model averages its tokens, or pools them, and would count padding: run its images one "
                "by one"
            )
        self.size, self.valid, self.reduced = reduction.size, reduction.valid, True
        tokens: Tensor = reduction.tokens
        return tokens

    def _mask(self, hidden: Tensor) -> Tensor | None:
        """An additive mask (B, 1, 1, N): log size where attention is proportional, and padding hidden."""
        if self.valid is None and (self.size is None or not self.proportional):
            return None
        mask = torch.zeros(hidden.shape[:2], device=hidden.device)
        if self.proportional and self.size is not None:
            mask = self.size.float().clamp(min=torch.finfo(torch.float32).tiny).log()
        if self.valid is not None:
            mask = mask.masked_fill(~self.valid, torch.finfo(hidden.dtype).min)
        return mask.to(hidden.dtype)[:, None, None, :]


def _refuse_text(model: nn.Module) -> None:
    """Raise ValueError for models that read text, alone or beside images: its blocks look like an image's."""
    named = [(path, getattr(part, "main_input_name", None)) for path, part in model.named_modules()]
    if not any(name == "input_ids" for _, name in named):
        return
    inside = next((path for path, name in named if path and name not in (None, "input_ids")), None)
    if inside is None:
        raise ValueError(
            f"{type(model).__name__} reads text, and a method of stage vit-block acts in encoders of images, "
            "videos and sound"
        )
    raise ValueError(
        f"{type(model).__name__} reads text as well as images: attach to the part that sees, model.{inside}"
    )


def _first(layer: nn.Module, *names: str) -> Any:
    for name in names:
        if hasattr(layer, name):
            return getattr(layer, name)
    raise ValueError(
        f"{type(layer).__name__} is no block that is known here: it has none of {', '.join(names)}"
    )


def _averages(model: nn.Module) -> bool:
    """Whether all tokens, and not the class token alone, decide what the model says."""
    name = type(model).__name__
    classifies = "For" in name and "Classification" in name
    return (
        getattr(model, "global_pool", "token") not in ("", "token", "map")  # timm's
        or getattr(model, "fc_norm", None) is not None  # of VideoMAE's classifier
        or (classifies and not name.startswith(READ_CLASS_TOKEN))
        or any(type(module).__name__.endswith("AttentionPoolingHead") for module in model.modules())
    )


def _has_any(model: nn.Module, *names: str) -> bool:
    return any(getattr(module, name, None) is not None for module in model.modules() for name in names)
