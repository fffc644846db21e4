"""What `attach` must be told besides a method and a model: asked by attaching, without a run.

`fits.py` asks it of somebody's model, `supported.py` of small ones that it then runs: so both say the same.
"""

from __future__ import annotations

from typing import Any

import torch

from reference_impls.hosts import attach
from reference_impls.registry import Method

TOLD: dict[str, Any] = {
    "text": torch.ones(1, 2, 32),
    "steps": 4,
    "candidates": slice(4, 30),
    "frames": 1,
}
"""What `attach` may have to be told, in order; a value of each to ask and to try with."""


def made(method: Method) -> Any:
    """The method with its default settings; a learned one with random weights, of the small models' width."""
    build = method.implementation
    if not hasattr(build, "untrained"):
        return build()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build.untrained(TOLD["text"].shape[-1])


def told_to_attach(method: Method, model: Any) -> tuple[str, ...] | str:
    """The names of what `attach` must be told; where it refuses the method whatever it is told, why."""
    acting, needs = made(method), method.implementation.needs
    reason = ""
    needed = tuple(name for name in ("text", "steps") if name in needs)
    # Tokens that somebody names are taken for an image's or a word's, and not for a sound's.
    ways = ((),) if getattr(acting, "hears", False) else ((), ("candidates",), ("candidates", "frames"))
    for more in ways:
        told = (*needed, *more)
        try:
            with attach(acting, model, **{name: TOLD[name] for name in told}) as asked:
                asked.reached = True  # nothing is to be run here
                return told
        except ValueError as error:
            # The first says what is amiss with the model; the others may be about what it was told.
            reason = reason or str(error)
    return reason.replace(method.implementation.__name__, "it")
