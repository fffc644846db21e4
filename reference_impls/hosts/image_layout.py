"""How a model lays the tokens of its images out in the prompt, once a method has taken some away."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from math import isqrt
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from transformers.models.llava_next.modeling_llava_next import get_anyres_image_grid_shape

from reference_impls.context import Crops
from reference_impls.hosts.attachment import Attachment
from reference_impls.mechanisms.crops import not_padding
from reference_impls.reduction import Reduction

Drop = Callable[[Tensor], None]
"""Is told which placeholders of the coming prompt are empty: one flag for each, in a row."""


class InOrder:
    """LLaVA: an image's M tokens fill its first M placeholders in the method's order."""

    by_place = False
    crops: tuple[Crops, ...] | None = None

    def __init__(self, drop: Drop) -> None:
        self._drop = drop

    def check(self, reduction: Reduction) -> None:
        """Any token has a place."""

    def places(self, reduction: Reduction) -> Tensor:
        """(B, M): which of its image's placeholders each token takes."""
        count = reduction.position.shape[1]
        return torch.arange(count, device=reduction.position.device).expand_as(reduction.position)

    def leave_empty(self, dropped: Tensor) -> None:
        """(B, N) bool: the placeholders that no token took."""
        self._drop(dropped.flatten())


class InCrops:
    """LLaVA-NeXT and LLaVA-OneVision: each token stays at its place in its crop, because the model then
    unpads crops and adds a newline per row. `crops` says how the latest images were cut.
    """

    by_place = True

    def __init__(self, attachment: Attachment, method: Any, owner: Any, drop: Drop) -> None:
        self.attachment, self.method, self.owner, self._drop = attachment, method, owner, drop
        if getattr(method, "appends", False):
            self._refuse_placeless()
        self.crops: tuple[Crops, ...] | None = None
        self._dropped: list[Tensor] = []
        self._pack = owner.pack_image_features

    def install(self) -> None:
        """Follow the model in cutting images and in laying them out."""
        self.attachment.replace(self.owner, "pack_image_features", self._pack_with_marks)
        noticing = self._noticing_sizes(self.owner.get_image_features)
        self.attachment.replace(self.owner, "get_image_features", noticing)

    def check(self, reduction: Reduction) -> None:
        """Raise ValueError where a token stands nowhere."""
        position = reduction.position if reduction.valid is None else reduction.position[reduction.valid]
        if int(position.min()) < 0:
            self._refuse_placeless()

    def places(self, reduction: Reduction) -> Tensor:
        """(B, M): which place of its crop each token has."""
        return reduction.position

    def leave_empty(self, dropped: Tensor) -> None:
        """(B, N) bool: the places of crops that no token has; the model's layout decides what that leaves."""
        self._dropped = list(dropped)

    def _refuse_placeless(self) -> NoReturn:
        raise ValueError(
            f"{type(self.method).__name__} appends a token that stands nowhere in its crop, and "
            f"{type(self.owner).__name__} lays tokens out by their places: models that do not, such as "
            "LLaVA, can be given it"
        )

    def _noticing_sizes(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """How the images are cut follows from their sizes, which the projector does not see."""

        @wraps(original)  # `generate` looks at the signature
        def get_image_features(*args: Any, **kwargs: Any) -> Any:
            given = inspect.signature(original).bind(*args, **kwargs).arguments
            sizes, of_prompts = given["image_sizes"].tolist(), given.get("batch_num_images")
            # LLaVA-OneVision cuts no image of a prompt that has several.
            beside = [1] * len(sizes) if of_prompts is None else [n for n in of_prompts for _ in range(n)]
            self.crops = tuple(
                self._crops_of(size, count == 1) for size, count in zip(sizes, beside, strict=True)
            )
            return original(*args, **kwargs)

        return get_image_features

    def _crops_of(self, size: list[int], cut: bool) -> Crops:
        if not cut:
            return Crops(0, 0, *size)
        config = self.owner.config
        side = config.vision_config.image_size
        rows, columns = get_anyres_image_grid_shape(size, config.image_grid_pinpoints, side)
        return Crops(rows, columns, *size)

    def _pack_with_marks(self, image_features: Any, image_sizes: Any, *args: Any, **kwargs: Any) -> Any:
        """Let the model lay out a mark per token as it lays out the tokens, and so learn which placeholders
        are empty.
        """
        lengths = [feature.shape[0] for feature in image_features]
        marks = torch.stack(self._dropped).unsqueeze(-1).to(image_features[0].dtype).split(lengths)
        newline = kwargs.get("image_newline", args[1] if len(args) > 1 else None)
        changed = dict(kwargs)
        if newline is not None:
            changed["image_newline"] = newline.new_zeros(1)
        packed, _ = self._pack(marks, image_sizes, *args[:1], **changed)
        if any(bool(dropped.any()) for dropped in self._dropped):
            self._refuse_shrunk(packed, newline is not None)
        self._drop(torch.cat(packed).squeeze(-1) > 0.5)
        return self._pack(image_features, image_sizes, *args, **kwargs)

    def _refuse_shrunk(self, packed: Sequence[Tensor], newline: bool) -> None:
        """Raise ValueError where the model lays an image out in fewer tokens than it shows of its crops."""
        places = self._dropped[0].numel()
        side = isqrt(places)
        for image, tokens in zip(self.crops or (), packed, strict=True):
            if image.count == 1:
                continue
            rows, columns = (shown.stop - shown.start for shown in not_padding(image, (side, side)))
            if tokens.shape[0] < places + rows * (columns + newline):
                self.attachment.reductions.clear()
                raise ValueError(
                    f"{type(self.owner).__name__} shrinks the {image.rows} x {image.columns} crops of an "
                    f"image of {image.height} x {image.width} pixels to mixtures of their tokens, of which "
                    f"{type(self.method).__name__} can drop none alone: let it cut fewer crops, by leaving "
                    "the largest out of image_grid_pinpoints in the processor's image_processor and in "
                    "model.config alike"
                )


def layout_of(attachment: Attachment, method: Any, owner: nn.Module, drop: Drop) -> InOrder | InCrops:
    """That of the module that encodes a model's images.

    Raises ValueError where the method appends a token that has no place in it.
    """
    if hasattr(owner, "pack_image_features"):
        return InCrops(attachment, method, owner, drop)
    return InOrder(drop)
