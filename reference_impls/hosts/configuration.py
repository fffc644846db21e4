"""The configuration of a model, by which those of `transformers` and `diffusers` say what they consist of."""

from __future__ import annotations

from typing import Any

from torch import nn

VISUAL = ("image_token_id", "video_token_id")
HEARD = "audio_token_id"


def config_of(model: nn.Module, *needed: str) -> Any:
    """The model's configuration, with all that is `needed` in it.

    Raises ValueError where there is none, as in a module of somebody's own, and names the model inside it
    that has one.
    """
    config = getattr(model, "config", None)
    if _says(config, needed):
        return config
    inside = part_with(model, *needed)
    advice = f"attach to model.{inside}, which has" if inside else "only models that have one are supported"
    lacks = f"configuration with {' and '.join(needed)}" if needed else "configuration"
    raise ValueError(f"{type(model).__name__} has no {lacks}: {advice}")


def part_with(model: nn.Module, *needed: str) -> str | None:
    """Where in `model` the outermost part is whose configuration has what is `needed`; None for none."""
    parts = (path for path, part in model.named_modules() if path and _says_of(part, needed))
    return next(parts, None)


def placeholders(model: nn.Module) -> list[int]:
    """The tokens of the model's prompts that stand for images, videos and sound, as far as a configuration
    names them.
    """
    return _named(model, *VISUAL, HEARD)


def removable_placeholders(method: Any, model: nn.Module, advice: str) -> list[int]:
    """Those that `method` takes away: of images and videos, of sound where the model only hears, and of sound
    alone where the method `hears`.

    Raises ValueError where nobody says which tokens these are; `advice` says how the caller may.
    """
    hears = getattr(method, "hears", False)
    found = _named(model, HEARD) if hears else _named(model, *VISUAL) or _named(model, HEARD)
    if found:
        return found
    inside = part_with(model, HEARD) if hears else part_with(model, VISUAL[0]) or part_with(model, HEARD)
    attach = "" if inside is None else f"attach to model.{inside}, which has, or "
    kinds = "sound" if hears else "images, videos or sound"
    raise ValueError(f"{type(model).__name__} names no tokens of {kinds}: {attach}{advice}")


def _named(model: nn.Module, *names: str) -> list[int]:
    config = getattr(model, "config", None)
    return [token for name in names if (token := getattr(config, name, None)) is not None]


def _says_of(part: nn.Module, needed: tuple[str, ...]) -> bool:
    return _says(getattr(part, "config", None), needed)


def _says(config: Any, needed: tuple[str, ...]) -> bool:
    return config is not None and all(getattr(config, name, None) is not None for name in needed)
