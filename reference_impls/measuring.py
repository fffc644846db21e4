"""How long a run takes, and the most memory that it holds beyond what was there, on the CPU or on a GPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from reference_impls.memory import LiveBytes


def median_milliseconds(
    run: Callable[[], Any], device: str | torch.device, runs: int, warm_up: int = 1
) -> float:
    """The median of as many `runs`, each waited for, after those that warm up."""
    cuda = torch.device(device).type == "cuda"
    for _ in range(warm_up):
        run()
    durations = []
    for _ in range(runs):
        if cuda:
            torch.cuda.synchronize(device)
        start = time.perf_counter()
        run()
        if cuda:
            torch.cuda.synchronize(device)
        durations.append((time.perf_counter() - start) * 1000)
    return statistics.median(durations)


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
