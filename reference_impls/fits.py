"""Which methods fit a model that somebody has: each is attached to it and taken out again, so that the host
of its stage says what the model cannot show. Of the model only a block or a head runs that a host tries.

What only a run can tell, such as an image that the model shrinks, is refused there. `supported.py` asks the
other way round, and runs a method in small models of all families.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reference_impls import families
from reference_impls.asking import told_to_attach
from reference_impls.hosts import refuse_outside
from reference_impls.hosts.attachment import attachments_of
from reference_impls.registry import Method, load_methods


@dataclass(frozen=True)
class Fit:
    """A method that fits a model.

    Parameters
    ----------
    module : its name on the command line.
    method : what it is.
    told : what `attach` must be given besides, such as `candidates`.
    """

    module: str
    method: Method
    told: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before it is attached, in words."""
        make = self.method.implementation
        at_output = self.method.stage == "vision-output"
        videos = ("of videos",) if at_output and "frames" in make.needs else ()
        learned = ("with trained weights",) if hasattr(make, "untrained") else ()
        return (*videos, *learned, *(f"give {name}=" for name in self.told))

    def __str__(self) -> str:
        return f"{self.module} ({', '.join(self.notes)})" if self.notes else self.module


@dataclass(frozen=True)
class Fitting:
    """What fits a model: `fits`, and why the others are `refused`, by their names on the command line."""

    model: str
    fits: tuple[Fit, ...]
    refused: Mapping[str, str]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.model}: {len(self.fits)} of {len(self.fits) + len(self.refused)} methods fit"
        for stage in dict.fromkeys(fit.method.stage for fit in self.fits):
            at_stage = [str(fit) for fit in self.fits if fit.method.stage == stage]
            yield f"at {stage}: {', '.join(at_stage)}"
        alike: dict[str, list[str]] = {}
        for module, reason in self.refused.items():
            alike.setdefault(reason, []).append(module)
        for reason, modules in alike.items():
            yield f"not {', '.join(modules)}: {reason}"


def fitting(model: Any) -> Fitting:
    """Which methods fit `model`, each with its default settings at its own stage; `print` shows it.

    `model` is one of `transformers`, `diffusers` or `timm`, with weights or without (`torch.device("meta")`);
    it is left as it was. Without weights, whether a vision block gives the numbers that its parts give is not
    known, and taken for granted. Raises ValueError for what is no model, and inside a `with attach(…)` block.
    """
    refuse_outside(model, "fitting(model)")
    if inside := attachments_of(model):
        raise ValueError(f"{inside[0].method} is attached to this model: ask outside its with block")
    fits, refused = [], {}
    for module, method in load_methods().items():
        found = told_to_attach(method, model)
        if isinstance(found, str):
            refused[module] = found
        else:
            fits.append(Fit(module, method, found))
    return Fitting(type(model).__name__, tuple(fits), refused)


def of_families(said: str) -> list[Fitting]:
    """What fits the models that are called so: families whose names begin so, each asked in a small model,
    once for images and videos; or a checkpoint, by its configuration or by its name (`families.py`).

    Raises ValueError where nothing is known by this name.
    """
    return [replace(fitting(build()), model=name) for name, build in families.named(said)]
