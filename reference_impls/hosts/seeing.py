"""Whether a model is one that sees, or hears, and goes on with fewer tokens as with all: what can be known
before it runs. Not here: what its blocks are made of (`rebuilt.py`).
"""

from __future__ import annotations

import inspect
from itertools import dropwhile
from typing import Any

from torch import nn
from transformers.backbone_utils import BackboneMixin

from reference_impls.hosts.configuration import HEARD
from reference_impls.hosts.projections import find_layers, find_projection
from reference_impls.hosts.rebuilt import block_of, check_rebuilt

SEEN = frozenset({"pixel_values", "pixel_values_videos"})
"""What transformers' encoders of images and videos call their input."""
HEARD_AS = frozenset({"input_values", "input_features"})
"""What those of sound call it."""
LAID_OUT = (
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
    nn.PixelShuffle,
    nn.Upsample,
    nn.Fold,
)
"""Modules that need an image again, with every token at its place."""
IN_TIME = (nn.AvgPool1d,)
"""Those that need a sound again."""


def refuse_placeholders(model: nn.Module) -> None:
    """Raise ValueError for models that lay images or sound into a prompt."""
    config = getattr(model, "config", None)
    stages = {
        "image_token_id": "of stage vision-output, which acts at the encoder's output",
        HEARD: "of stage decoder-prefill, which acts behind it",
    }
    for name, stage in stages.items():
        if getattr(config, name, None) is not None:
            raise ValueError(
                f"{type(model).__name__} expects a token for each placeholder of its prompt, and a method "
                f"inside its encoder leaves fewer: attach one {stage}"
            )


def refuse_text(model: nn.Module) -> None:
    """Raise ValueError for models that read text, alone or beside images: its blocks look like an image's."""
    if not _reads_text(model):
        return
    name = type(model).__name__
    parts = [
        (path, part, find_layers(part))
        for path, part in model.named_modules()
        if path
        and _takes(part) & (SEEN | HEARD_AS)
        and not _reads_text(part)
        and find_layers(part) is not None
    ]
    if not parts:
        raise ValueError(
            f"{name} reads text, and a method of this stage acts in encoders of images, videos and sound"
        )
    unknown = [_unknown(layers) for _, _, layers in parts]
    for (path, part, _), why in zip(parts, unknown, strict=True):
        if why is None:
            beside, senses = ("images", "sees") if _takes(part) & SEEN else ("sound", "hears")
            raise ValueError(
                f"{name} reads text as well as {beside}: attach to the part that {senses}, model.{path}"
            )
    raise ValueError(
        f"{name} reads text, and in the part of it that sees or hears, model.{parts[0][0]}, {unknown[0]}"
    )


def _unknown(layers: Any) -> str | None:
    """Why no method can act in these layers, if so."""
    try:
        check_rebuilt(layers[0], block_of(layers[0]), layers[0].forward)
    except ValueError as error:
        return str(error)
    return None


def refuse_readers_of_places(model: nn.Module, layers: nn.Module) -> None:
    """Raise ValueError where something behind the `layers` expects a token at every place.

    Behind them is what a model makes after them: transformers and timm make the parts of a model in the order
    in which they run.
    """
    name, needed = type(model).__name__, "and a method of this stage leaves fewer tokens than places"
    if any(isinstance(module, BackboneMixin) for module in model.modules()):
        raise ValueError(f"{name} lays its tokens out as an image, {needed}")
    inside = set(layers.modules())
    for module in dropwhile(lambda module: module is not layers, model.modules()):
        if module in inside:
            continue
        if isinstance(module, (*LAID_OUT, *IN_TIME)):
            kind = "an image" if isinstance(module, LAID_OUT) else "a sound"
            raise ValueError(
                f"{name} has a {type(module).__name__} behind its encoder, for tokens laid out as {kind}, "
                f"{needed}"
            )
        if isinstance(module, nn.ModuleList) and len(module) and find_projection(module[0], "queries"):
            raise ValueError(
                f"{name} has further layers behind its encoder, of {type(module[0]).__name__}, {needed}"
            )


def refuse_further_tokens(model: nn.Module, layers: nn.Module, known: set[str]) -> None:
    """Raise ValueError where a model has tokens of its own that are none of the `known` ones."""
    inside = set(layers.parameters())
    for path, weight in model.named_parameters():
        name = path.rpartition(".")[2]
        if "token" in name and name not in known and weight not in inside:
            raise ValueError(
                f"{type(model).__name__} has {name} of {tuple(weight.shape)}, and methods of this stage "
                "know of class, distillation and register tokens only: they could remove these"
            )


def hears(model: nn.Module) -> bool:
    """Whether the model is given sound."""
    return bool(_takes(model) & HEARD_AS)


def _takes(module: nn.Module) -> frozenset[str]:
    return frozenset(inspect.signature(module.forward).parameters)


def _reads_text(model: nn.Module) -> bool:
    return any("input_ids" in _takes(module) for module in model.modules())
