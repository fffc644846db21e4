"""Methods that shorten an image between a vision encoder and the language model (LLaVA, LLaVA-NeXT,
LLaVA-OneVision).

The prompt keeps its placeholders: those whose image token is gone leave the sequence before the decoder's
first layer, so that `generate` needs no other inputs. In LLaVA the M tokens of an image fill its first M
placeholders in the method's order. In the other two each token stays at its place in its crop, because the
model then unpads crops and adds a newline per row; a token that stands nowhere in the crop cannot be used
there. LLaVA-OneVision shrinks what many crops make together, and its tokens are then mixtures of several:
such an image is refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from math import isqrt
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from transformers.models.llava_next.modeling_llava_next import get_anyres_image_grid_shape

from reference_impls.context import Context, Crops
from reference_impls.criteria.attention import class_attention
from reference_impls.criteria.products import products
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.merged_output import MergedOutput, merges_patches
from reference_impls.hosts.placeholders import Placeholders
from reference_impls.hosts.projections import Projections, feature_layer, find_layers
from reference_impls.hosts.question import Question
from reference_impls.hosts.video_output import VideoOutput
from reference_impls.mechanisms.crops import not_padding
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.reduction import Reduction

OFFERS = frozenset(
    {
        "queries",
        "keys",
        "values",
        "class_attention",
        "class_logits",
        "received_attention",
        "early_class_attention",
        "projected",
        "grid",
        "crops",
        "text",
        "frames",
    }
)


def install(
    attachment: Attachment,
    method: Any,
    model: nn.Module,
    *,
    text: Tensor | None = None,
    text_valid: Tensor | None = None,
) -> None:
    """Attach to a model with a `vision_tower` and a `multi_modal_projector`.

    A method with `with_class_token = True` is given the class token as token 0 where the encoder has one and
    the image is one crop; others are given patches only, and see the class token in the context. One with
    `appends = True` adds a token that stands nowhere, for which LLaVA alone has a place. A method that needs
    `frames` is attached to videos (`video_output.py`). What a method `prefers`, a set of fields as `needs`
    is, it is given where the encoder has it, and None elsewhere. `text` (B, T, E) is for methods that judge
    by the question in the encoder's own space, such as CLIP's text embedding; `text_valid` (B, T) bool is
    False for its padding.

    Qwen2-VL and its like, and InternVL, are served by `merged_output.py`.

    Attention, queries, keys and values are those of the layer that gave the features; with `judged_by = "next
    layer"`, those of the layer after it, which looks at these features and is the encoder's last in LLaVA.
    """
    if text is not None and "text" not in method.needs:
        raise ValueError(f"{type(method).__name__} judges by no question: leave out text=")
    if text is None and text_valid is not None:
        raise ValueError("text_valid= marks the padding of text=, which was not given")
    question = None if text is None else Question(text, text_valid)
    if merges_patches(model):
        MergedOutput(attachment, method, model)
    elif "frames" in method.needs:
        VideoOutput(attachment, method, model)
    else:
        VisionOutput(attachment, method, model, question)


def find_owner(model: nn.Module, name: str) -> Any:
    """The module inside `model` that has a submodule called `name`."""
    for module in model.modules():
        if isinstance(getattr(module, name, None), nn.Module):
            return module
    raise ValueError(f"{type(model).__name__} has no {name}")


class VisionOutput:
    """Shortens each image before the projector, and the prompt to match before the decoder."""

    def __init__(
        self, attachment: Attachment, method: Any, model: nn.Module, question: Question | None
    ) -> None:
        if "text" in method.needs and question is None:
            raise ValueError(
                f"{type(method).__name__} judges by the question: pass its embeddings (B, T, E) as text="
            )
        self.attachment, self.method, self.question = attachment, method, question
        self.owner = find_owner(model, "multi_modal_projector")
        if not isinstance(getattr(self.owner, "vision_tower", None), nn.Module):
            raise ValueError(
                f"{type(model).__name__} has no vision_tower before its projector: a method of stage "
                "vision-output shortens what an encoder of images made, in models such as LLaVA"
            )
        self.tower = self.owner.vision_tower
        layers = find_layers(self.tower)
        if layers is None:
            raise ValueError(f"{type(self.tower).__name__} has no attention layers")
        if any(hasattr(module, "pixel_shuffle") for module in self.owner.multi_modal_projector.modules()):
            raise ValueError(f"{type(model).__name__} merges patches in its projector: no stage is before it")
        number = feature_layer(layers, model)
        strategy = getattr(model.config, "vision_feature_select_strategy", None)
        if strategy not in ("default", "full"):
            raise ValueError(
                f"the configuration of {type(model).__name__} does not say by vision_feature_select_strategy "
                "whether its projector is given the class token: only models that hand on their encoder's "
                "tokens as they are, such as LLaVA, are supported, and not those that merge patches then"
            )
        self.layer = layers[number]
        later = getattr(method, "judged_by", "this layer") == "next layer"
        judge = layers[min(number + later, len(layers) - 1)]
        self.packs = hasattr(self.owner, "pack_image_features")
        if self.packs and getattr(method, "appends", False):
            self._refuse_placeless()
        absent = self._absent()
        self._refuse_unseen(absent)
        self.cropped = strategy == "default"
        wanted = set(method.needs) | (getattr(method, "prefers", frozenset()) - absent)
        if wanted & {"class_attention", "class_logits"}:
            wanted |= {"queries", "keys"}
        self.listener = Projections(attachment, judge, frozenset(wanted))
        first = {"queries", "keys"} if "early_class_attention" in wanted else set()
        self.first = Projections(attachment, layers[0], frozenset(first))
        self._hidden: Tensor | None = None
        self._reduction: Reduction | None = None
        self._places = 0
        self._dropped: list[Tensor] = []
        self._crops: tuple[Crops, ...] | None = None
        attachment.after(self.layer, self._remember_hidden)
        attachment.before(self.owner.multi_modal_projector, self._shorten)
        attachment.after(self.owner.multi_modal_projector, self._pad)
        if self.packs:
            self._pack = self.owner.pack_image_features
            attachment.replace(self.owner, "pack_image_features", self._pack_with_marks)
            attachment.replace(
                self.owner, "get_image_features", self._noticing_sizes(self.owner.get_image_features)
            )
        if hasattr(self.owner, "get_video_features"):
            attachment.replace(
                self.owner, "get_video_features", self._refusing(self.owner.get_video_features)
            )
        self.placeholders = Placeholders(attachment, method, model, model.config.image_token_id)

    def _absent(self) -> frozenset[str]:
        """What this model's images do not have."""
        of_class = {"class_attention", "class_logits", "early_class_attention"}
        return frozenset({"received_attention"} | (set() if _has_class_token(self.tower) else of_class))

    def _refuse_unseen(self, absent: frozenset[str]) -> None:
        """Raise ValueError where the method cannot do without what is absent."""
        unseen = sorted(absent & set(self.method.needs))
        if unseen:
            raise ValueError(
                f"{type(self.method).__name__} looks at {', '.join(unseen)}, and the images of this "
                f"{type(self.owner).__name__}, encoded by {type(self.tower).__name__}, have no such"
            )

    def _refusing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)  # `generate` looks at the signature
        def get_video_features(*_: Any, **__: Any) -> Any:
            raise ValueError(
                f"{type(self.method).__name__} shortens images, and a video is pooled behind the projector: "
                "give no videos, or attach a method that looks at frames"
            )

        return get_video_features

    def _noticing_sizes(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """How the images are cut follows from their sizes, which the projector does not see."""

        @wraps(original)  # `generate` looks at the signature
        def get_image_features(*args: Any, **kwargs: Any) -> Any:
            given = inspect.signature(original).bind(*args, **kwargs).arguments
            sizes, of_prompts = given["image_sizes"].tolist(), given.get("batch_num_images")
            # LLaVA-OneVision cuts no image of a prompt that has several.
            beside = [1] * len(sizes) if of_prompts is None else [n for n in of_prompts for _ in range(n)]
            self._crops = tuple(
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

    def _remember_hidden(self, _: nn.Module, __: Any, ___: Any, output: Any) -> None:
        self._hidden = output[0] if isinstance(output, tuple) else output

    def _shorten(
        self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        features, hidden = args[0], self._hidden
        if hidden is None:
            raise ValueError("the projector ran without the vision encoder")
        leading = hidden.shape[1] - features.shape[1] if self.cropped else 0
        has_class = leading > 0 or _has_class_token(self.tower)
        caught, early = self.listener.take(), self.first.take()
        tokens, protected = features, int(has_class and not self.cropped)
        if leading and getattr(self.method, "with_class_token", False) and not self.packs:
            tokens, protected = hidden, leading
        offset = tokens.shape[1] - hidden.shape[1]  # minus the leading tokens that the method is not shown
        context = Context(
            protected=protected,
            crops=self._crops,
            class_attention=_attention_of_class(caught, offset) if has_class else None,
            class_logits=_logits_of_class(caught) if has_class else None,
            early_class_attention=_attention_of_class(early, offset) if has_class else None,
            grid=_square(features.shape[1] - int(has_class and not self.cropped)),
            **{kind: states[:, :, -offset:] if offset else states for kind, states in caught.items()},
        )
        if self.question is not None:
            counts = [image.count for image in self._crops] if self._crops else [1] * features.shape[0]
            context = context.with_(**self.question.for_rows(counts, features.device))
        if "projected" in self.method.needs:
            # `forward` itself, past the hooks, whose place is before and after the model's own call.
            projected = self.owner.multi_modal_projector.forward(tokens, *args[1:], **kwargs)
            context = context.with_(projected=projected)
        self._places = features.shape[1]
        self._reduction = self._fitting(reduction_of(self.method, tokens, context), tokens.shape[1])
        self.attachment.reductions.clear()
        self.attachment.record(0, _without_leading(self._reduction, tokens.shape[1] - features.shape[1]))
        self._hidden = None
        return (self._reduction.tokens, *args[1:]), kwargs

    def _fitting(self, reduction: Reduction, given: int) -> Reduction:
        """The reduction, if its tokens have places. A class token that has none left does without."""
        if given > self._places and reduction.tokens.shape[1] > self._places:
            patches = reduction.position >= given - self._places
            reduction = reduction.compose(keep_mask(reduction.tokens, patches, size=reduction.size))
        if reduction.tokens.shape[1] > self._places:
            raise ValueError(f"{reduction.tokens.shape[1]} tokens do not fit {self._places} placeholders")
        position = reduction.position if reduction.valid is None else reduction.position[reduction.valid]
        if self.packs and int(position.min()) < 0:
            self._refuse_placeless()
        return reduction

    def _refuse_placeless(self) -> NoReturn:
        raise ValueError(
            f"{type(self.method).__name__} appends a token that stands nowhere in its crop, and "
            f"{type(self.owner).__name__} lays tokens out by their places: models that do not, such as "
            "LLaVA, can be given it"
        )

    def _pad(self, _: nn.Module, __: Any, kwargs: Any, projected: Tensor) -> Tensor:
        reduction = self._reduction
        if reduction is None:
            return projected
        self._reduction = None
        batch, slots, width = projected.shape
        places = self._places
        in_order = torch.arange(slots, device=projected.device).expand(batch, slots)
        place = reduction.position if self.packs else in_order
        if reduction.valid is not None:
            place = torch.where(reduction.valid, place, places)
        padded = projected.new_zeros(batch, places + 1, width)
        padded = padded.scatter(1, place.unsqueeze(-1).expand_as(projected), projected)
        dropped = torch.ones(batch, places + 1, dtype=torch.bool, device=projected.device).scatter(
            1, place, False
        )
        if self.packs:
            self._dropped = list(dropped[:, :places])
        else:
            self.placeholders.drop(dropped[:, :places].flatten())
        return padded[:, :places]

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
        self.placeholders.drop(torch.cat(packed).squeeze(-1) > 0.5)
        return self._pack(image_features, image_sizes, *args, **kwargs)

    def _refuse_shrunk(self, packed: Sequence[Tensor], newline: bool) -> None:
        """Raise ValueError where the model lays an image out in fewer tokens than it shows of its crops."""
        side = isqrt(self._places)
        for image, tokens in zip(self._crops or (), packed, strict=True):
            if image.count == 1:
                continue
            rows, columns = (shown.stop - shown.start for shown in not_padding(image, (side, side)))
            if tokens.shape[0] < self._places + rows * (columns + newline):
                self.attachment.reductions.clear()
                raise ValueError(
                    f"{type(self.owner).__name__} shrinks the {image.rows} x {image.columns} crops of an "
                    f"image of {image.height} x {image.width} pixels to mixtures of their tokens, of which "
                    f"{type(self.method).__name__} can drop none alone: let it cut fewer crops, by leaving "
                    "the largest out of image_grid_pinpoints in the processor's image_processor and in "
                    "model.config alike"
                )


def _without_leading(reduction: Reduction, count: int) -> Reduction:
    """The same as seen from the patches, which have placeholders, without `count` tokens before them."""
    if not count:
        return reduction
    position = (reduction.position - count).clamp(min=-1)
    source, valid = reduction.source[:, count:], reduction.valid
    return Reduction(reduction.tokens, source, reduction.size, position, valid)


def _has_class_token(tower: nn.Module) -> bool:
    return any(
        hasattr(module, "class_embedding") or hasattr(module, "cls_token") for module in tower.modules()
    )


def _attention_of_class(caught: dict[str, Tensor], offset: int) -> Tensor | None:
    if not {"queries", "keys"} <= caught.keys():
        return None
    attention = class_attention(caught["queries"], caught["keys"])
    return attention[..., -offset:] if offset else attention


def _logits_of_class(caught: dict[str, Tensor]) -> Tensor | None:
    if not {"queries", "keys"} <= caught.keys():
        return None
    queries, keys = caught["queries"], caught["keys"]
    return products(queries[:, :, :1], keys).squeeze(2) * queries.shape[-1] ** -0.5


def _square(count: int) -> tuple[int, int] | None:
    side = round(count**0.5)
    return (side, side) if side * side == count else None
