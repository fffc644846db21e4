"""A denoiser as a whole: latents go in, a prediction comes out, and both have several names and forms in
diffusers.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

LATENTS = ("sample", "hidden_states")


def latents_of(model: nn.Module) -> str:
    """What `model` calls the latents that its forward takes.

    Raises ValueError where it is no denoiser.
    """
    takes = inspect.signature(model.forward).parameters
    found = next((name for name in LATENTS if name in takes), None)
    if found is None or "timestep" not in takes:
        raise ValueError(
            f"{type(model).__name__} is no denoiser: the forward of those of diffusers takes latents, as "
            f"{' or '.join(LATENTS)}, and a timestep, and this one takes {', '.join(takes)}"
        )
    return found


class Forms:
    """In which form a denoiser gives its prediction, so that one that was not computed comes in the same."""

    def __init__(self) -> None:
        self._form: dict[bool, Callable[[Tensor], Any]] = {}

    def taken(self, output: Any, as_dict: bool) -> Tensor:
        """The prediction in what the model gave.

        Raises ValueError where it gave more, or something else.
        """
        if isinstance(output, tuple) and len(output) == 1 and isinstance(output[0], Tensor):
            self._form[as_dict] = lambda prediction: (prediction,)
            return output[0]
        if isinstance(output, dict) and list(output) == ["sample"]:
            kind = type(output)
            self._form[as_dict] = lambda prediction: kind(sample=prediction)
            found: Tensor = output["sample"]
            return found
        parts = f" of {', '.join(output)}" if isinstance(output, dict) else ""
        raise ValueError(
            f"the model gave a {type(output).__name__}{parts}, and a method around a whole denoiser goes on "
            "with one prediction, its sample, alone"
        )

    def given(self, prediction: Tensor, as_dict: bool) -> Any:
        """The prediction in the form that the model gave the latest computed one in.

        Raises ValueError where none was computed in it.
        """
        if as_dict not in self._form:
            raise ValueError(
                f"return_dict is {as_dict} for the first time at a step that is not computed: let it be the "
                "same at all steps of a run"
            )
        return self._form[as_dict](prediction)
