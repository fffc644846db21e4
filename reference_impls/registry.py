"""Finds the methods: every module in `methods/` or `baselines/` that describes itself in `METHOD`.

Adding a method is adding a file; no list of methods is kept anywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from dataclasses import dataclass
from typing import Any, Literal

from reference_impls.naming import advice, folded

Stage = Literal[
    "vit-block",
    "vision-output",
    "decoder-prefill",
    "kv-cache",
    "diffusion-step",
    "encoder-layer",
    "prompt",
    "audio-encoder",
    "projector",
]
Training = Literal["free", "based", "both"]

PLACES: dict[Stage, str] = {
    "vit-block": "In the blocks of a vision transformer",
    "vision-output": "Between vision encoder and language model",
    "decoder-prefill": "In the language model, while it reads the prompt",
    "kv-cache": "In the KV cache of a language model",
    "diffusion-step": "In the denoising steps of a diffusion model",
    "encoder-layer": "In the layers of a text encoder",
    "prompt": "In the prompt, before any model",
    "audio-encoder": "In an audio encoder",
    "projector": "In a learned projector before the language model",
}
"""Each stage in words."""
BEFORE_DECODER: tuple[Stage, ...] = ("vision-output", "projector")
"""Where what a model sees is shortened before a language model reads it."""


@dataclass(frozen=True)
class Method:
    """What a method is, in the catalogue's terms.

    Parameters
    ----------
    name : the name that the paper gives it.
    paper : the id of its record in the catalogue, None where there is no record.
    citation : the published work, for a reader without the catalogue.
    domain, criterion, mechanism, training : keys of the catalogue's vocabularies.
    stage : where in a model it acts; `hosts/` has one host per stage.
    implementation : the dataclass that holds the settings and does the work.
    inside : that of the paper's second stage, inside the decoder behind the first, where there is one.
    """

    name: str
    paper: str | None
    citation: str
    domain: tuple[str, ...]
    stage: Stage
    criterion: tuple[str, ...]
    mechanism: tuple[str, ...]
    training: Training
    implementation: type[Any]
    inside: type[Any] | None = None

    def as_record(self) -> dict[str, Any]:
        """The stable JSON form that `list --format json` prints, which adds the `module`."""
        return {
            "name": self.name,
            "paper": self.paper,
            "domain": list(self.domain),
            "stage": self.stage,
            "criterion": list(self.criterion),
            "mechanism": list(self.mechanism),
            "training": self.training,
        }


FOLDERS = ("methods", "baselines")


def _modules() -> dict[str, str]:
    """Each method's name and the module that holds it."""
    found = {}
    for folder in FOLDERS:
        package = importlib.import_module(f"reference_impls.{folder}")
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                found[module.name] = f"reference_impls.{folder}.{module.name}"
    return dict(sorted(found.items()))


def method_names() -> list[str]:
    """The names on the command line, which are those of the files."""
    return list(_modules())


def module_named(said: str) -> str:
    """The file of the method that somebody calls by the file's name, its own, or its record's."""
    modules = _modules()
    if said in modules:
        return said
    called: dict[str, str] = {}
    for module, method in load_methods().items():
        for name in filter(None, (module, method.name, method.paper)):
            called.setdefault(folded(name), module)
    if folded(said) not in called:
        raise ValueError(f"no method '{said}'; {advice(said, called)}")
    return called[folded(said)]


def load_method(name: str) -> Method:
    """The description of the method of this name: its file's, its own, or its record's."""
    return _described_in(_modules()[module_named(name)])


def load_methods() -> dict[str, Method]:
    """All methods, by module name."""
    return {name: _described_in(module) for name, module in _modules().items()}


def _described_in(module: str) -> Method:
    described = getattr(importlib.import_module(module), "METHOD", None)
    if not isinstance(described, Method):
        raise ValueError(f"{module} does not describe itself in METHOD")
    return described


def describe(method: object) -> Method | None:
    """The description of a method's instance, or of the method that its class was made from; None for a
    method that lives outside this package.
    """
    for kind in type(method).__mro__:
        # A module that was loaded from a path may be known under no name.
        described = getattr(sys.modules.get(kind.__module__), "METHOD", None)
        if isinstance(described, Method):
            return described
    return None
