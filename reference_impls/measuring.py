"""How long a run takes, and the most memory that it holds beyond what was there, on the CPU or on a GPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from reference_impls.memory import LiveBytes


def milliseconds(run: Callable[[], Any], device: str | torch.device) -> float:
    """How long one run takes, waited for."""
    cuda = torch.device(device).type == "cuda"
    if cuda:
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    run()
    if cuda:
        torch.cuda.synchronize(device)
    return (time.perf_counter() - start) * 1000


def median_milliseconds(
    run: Callable[[], Any], device: str | torch.device, runs: int, warm_up: int = 1
) -> float:
    """The median of as many `runs`, after those that warm up."""
    for _ in range(warm_up):
        run()
    return statistics.median(milliseconds(run, device) for _ in range(runs))


def peak_bytes(run: Callable[[], Any], device: str | torch.device) -> int:
    """The most bytes held in one run: on the CPU of tensors that PyTorch operations made, on a GPU what its
    allocator says.
    """
    if torch.device(device).type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        held = torch.cuda.memory_allocated(device)
        run()
        torch.cuda.synchronize(device)
        return int(torch.cuda.max_memory_allocated(device) - held)
    with LiveBytes() as live:
        run()
    return live.peak
