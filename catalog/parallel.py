"""Spread pure work on lists of items over the machine's cores, in order.

Below a few thousand items starting processes costs more than it saves, so
small inputs run in this process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_POOL = 2_000
CHUNK = 500


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_chunks(
    function: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    *,
    worth_a_pool: int = WORTH_A_POOL,
    chunk: int = CHUNK,
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """Apply *function* to consecutive chunks of *items* and join the results in order.

    *function* must be importable (a module's function) and must not depend on
    state that this process changed after import.  Smaller chunks share few items
    out more evenly, larger ones cost less to hand over.
    """
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    results: list[Result] = []
    if len(items) < worth_a_pool or cores() == 1:
        for some in chunks:
            results.extend(function(some))
            if progress:
                progress(len(results), len(items))
        return results
    with ProcessPoolExecutor(max_workers=cores()) as pool:
        for part in pool.map(function, chunks):
            results.extend(part)
            if progress:
                progress(len(results), len(items))
    return results
