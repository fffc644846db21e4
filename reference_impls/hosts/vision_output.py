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
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.criteria.attention import class_attention
from reference_impls.criteria.products import products
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.configuration import config_of
from reference_impls.hosts.contract import reduction_of
from reference_impls.hosts.image_layout import InCrops, layout_of
from reference_impls.hosts.merged_output import MergedOutput, merges_patches
from reference_impls.hosts.placeholders import Placeholders
from reference_impls.hosts.projections import Projections, feature_layer, find_layers
from reference_impls.hosts.question import Question
from reference_impls.hosts.video_output import VideoOutput
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

    A method with `projects = True` takes the place of the model's projector: its tokens are as wide as the
    language model.

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
        if getattr(method, "projects", False):
            raise ValueError(
                f"{type(method).__name__} takes the place of a projector, and {type(model).__name__} merges "
                "patches in its encoder: only models with a multi_modal_projector, such as LLaVA, have one"
            )
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
        strategy = getattr(config_of(model, "image_token_id"), "vision_feature_select_strategy", None)
        number = feature_layer(layers, model)
        if strategy not in ("default", "full"):
            raise ValueError(
                f"the configuration of {type(model).__name__} does not say by vision_feature_select_strategy "
                "whether its projector is given the class token: only models that hand on their encoder's "
                "tokens as they are, such as LLaVA, are supported, and not those that merge patches then"
            )
        if "image_sizes" in inspect.signature(self.tower.forward).parameters:
            raise ValueError(
                f"{type(self.tower).__name__} encodes all images of a call in one row of tokens, whatever "
                "their shapes, so that a method would take them for one square image: methods of stage "
                "vision-output need an encoder with a row for each image, such as CLIP's"
            )
        self.layer = layers[number]
        later = getattr(method, "judged_by", "this layer") == "next layer"
        judge = layers[min(number + later, len(layers) - 1)]
        self.layout = layout_of(attachment, method, self.owner, lambda flags: self.placeholders.drop(flags))
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
        attachment.after(self.layer, self._remember_hidden)
        if getattr(method, "projects", False):
            attachment.replace(self.owner.multi_modal_projector, "forward", _handed_on)
        attachment.before(self.owner.multi_modal_projector, self._shorten)
        attachment.after(self.owner.multi_modal_projector, self._pad)
        if isinstance(self.layout, InCrops):
            self.layout.install()
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
        if leading and getattr(self.method, "with_class_token", False) and not self.layout.by_place:
            tokens, protected = hidden, leading
        offset = tokens.shape[1] - hidden.shape[1]  # minus the leading tokens that the method is not shown
        context = Context(
            protected=protected,
            crops=self.layout.crops,
            class_attention=_attention_of_class(caught, offset) if has_class else None,
            class_logits=_logits_of_class(caught) if has_class else None,
            early_class_attention=_attention_of_class(early, offset) if has_class else None,
            grid=_square(features.shape[1] - int(has_class and not self.cropped)),
            **{kind: states[:, :, -offset:] if offset else states for kind, states in caught.items()},
        )
        if self.question is not None:
            crops = self.layout.crops
            counts = [image.count for image in crops] if crops else [1] * features.shape[0]
            context = context.with_(**self.question.for_rows(counts, features.device))
        if "projected" in self.method.needs:
            # `forward` itself, past the hooks, whose place is before and after the model's own call.
            projected = self.owner.multi_modal_projector.forward(tokens, *args[1:], **kwargs)
            context = context.with_(projected=projected)
        self._places = features.shape[1]
        reduction = reduction_of(self.method, tokens, context)
        if getattr(self.method, "projects", False):
            self._refuse_width(reduction)
        self._reduction = self._fitting(reduction, tokens.shape[1])
        self.attachment.reductions.clear()
        self.attachment.record(0, _without_leading(self._reduction, tokens.shape[1] - features.shape[1]))
        self._hidden = None
        return (self._reduction.tokens, *args[1:]), kwargs

    def _refuse_width(self, reduction: Reduction) -> None:
        """Raise ValueError where the language model takes tokens of another width."""
        width, wanted = reduction.tokens.shape[2], self.owner.config.text_config.hidden_size
        if width != wanted:
            raise ValueError(
                f"{type(self.method).__name__} makes tokens of width {width}, and the language model of this "
                f"{type(self.owner).__name__} takes {wanted}"
            )

    def _fitting(self, reduction: Reduction, given: int) -> Reduction:
        """The reduction, if its tokens have places. A class token that has none left does without."""
        if given > self._places and reduction.tokens.shape[1] > self._places:
            patches = reduction.position >= given - self._places
            reduction = reduction.compose(keep_mask(reduction.tokens, patches, size=reduction.size))
        if reduction.tokens.shape[1] > self._places:
            raise ValueError(f"{reduction.tokens.shape[1]} tokens do not fit {self._places} placeholders")
        self.layout.check(reduction)
        return reduction

    def _pad(self, _: nn.Module, __: Any, kwargs: Any, projected: Tensor) -> Tensor:
        reduction = self._reduction
        if reduction is None:
            return projected
        self._reduction = None
        batch, _, width = projected.shape
        places, place = self._places, self.layout.places(reduction).to(projected.device)
        if reduction.valid is not None:
            place = torch.where(reduction.valid, place, places)
        padded = projected.new_zeros(batch, places + 1, width)
        padded = padded.scatter(1, place.unsqueeze(-1).expand_as(projected), projected)
        dropped = torch.ones(batch, places + 1, dtype=torch.bool, device=projected.device).scatter(
            1, place, False
        )
        self.layout.leave_empty(dropped[:, :places])
        return padded[:, :places]


def _handed_on(tokens: Tensor, *_: Any, **__: Any) -> Tensor:
    """In place of a projector, where a method's tokens are projected already."""
    return tokens


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
