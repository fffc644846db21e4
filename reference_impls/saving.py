"""What a method saves in a model that somebody has: what its run cost (`run_cost.py`), and time and memory
from runs without and with it.

`demo.py` shows the same of small models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from typing import Any

import torch

from reference_impls.hosts import attach
from reference_impls.measuring import milliseconds, peak_bytes
from reference_impls.run_cost import Cost, Row

SAID = frozenset({"max_new_tokens", "min_new_tokens", "do_sample"})
"""What `generate` is told here, and inputs cannot tell it as well."""


def measure(
    method: Any,
    model: Any,
    inputs: Mapping[str, Any] | Callable[[], Any],
    *,
    new_tokens: int = 16,
    runs: int = 3,
    **told: Any,
) -> Cost:
    """What a method saves in your model, for your inputs: `print(measure(FastV(), model, inputs))`.

    Parameters
    ----------
    method, model : as for `attach`, and `told` is whatever else `attach` takes.
    inputs : what the model, or its `generate`, is given; or a function that runs the model once.
    new_tokens : how many tokens a model that generates writes after its first.
    runs : of each kind, after a warm-up, those without the method both before and behind those with it; the
        time is their median.

    Time and memory are those of this machine, the method's own cost included. Memory is the most that a run
    held beyond what was there; on the CPU of tensors that PyTorch operations made.

    Raises ValueError for what cannot be run or counted, before anything runs.
    """
    for name, number, least in (("new_tokens", new_tokens, 0), ("runs", runs, 1)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"{name}= is a whole number of {least} or more, found {number!r}")
    kinds = _runs(model, inputs, new_tokens)
    device = next(model.parameters()).device
    before, memory = _times(kinds, device, runs), _peak(kinds, device)
    with attach(method, model, **told) as attached:
        # Of a denoiser that is called once, the next call would be one of the same run.
        anew = {what: partial(_after, attached.new_run, run) for what, run in kinds.items()}
        after, less = _times(anew, device, runs), _peak(anew, device)
    again = _times(kinds, device, runs)  # so that a machine that grows busier does not speak for one side
    rows = [Row(what, median(before[what] + again[what]), median(after[what])) for what in kinds]
    rows.append(Row("peak memory (bytes)", memory, less))
    cost = attached.cost()
    return Cost((*cost.rows, *rows), cost.formula)


def _after(begin: Callable[[], None], run: Callable[[], Any]) -> None:
    begin()
    run()


def _runs(
    model: Any, inputs: Mapping[str, Any] | Callable[[], Any], new_tokens: int
) -> dict[str, Callable[[], Any]]:
    """What is timed, by its name."""
    if not isinstance(inputs, Mapping):
        if not callable(inputs):
            raise ValueError(
                "inputs are what the model is given by name, as {'pixel_values': …}, or a function that "
                f"runs it once; found a {type(inputs).__name__}"
            )
        return {"time (ms)": inputs}
    if not (hasattr(model, "can_generate") and model.can_generate()):
        return {"time (ms)": lambda: model(**inputs)}

    if said := sorted(set(inputs) & SAID):
        raise ValueError(f"inputs say {', '.join(said)}, which measure says to generate: give new_tokens=")

    def generating(count: int) -> Callable[[], Any]:
        return lambda: model.generate(**inputs, max_new_tokens=count, min_new_tokens=count, do_sample=False)

    kinds = {"time to the first token (ms)": generating(1)}
    if new_tokens:
        kinds[f"time of {1 + new_tokens} tokens (ms)"] = generating(1 + new_tokens)
    return kinds


def _times(kinds: Mapping[str, Callable[[], Any]], device: torch.device, runs: int) -> dict[str, list[float]]:
    """Milliseconds of each kind's runs, behind one that warms up."""
    with torch.no_grad():
        return {what: [milliseconds(run, device) for _ in range(1 + runs)][1:] for what, run in kinds.items()}


def _peak(kinds: Mapping[str, Callable[[], Any]], device: torch.device) -> int:
    """Of the longest kind of run."""
    with torch.no_grad():
        return peak_bytes(list(kinds.values())[-1], device)
