"""Spread pure work on lists of items over the machine's cores, in order.

Below a few thousand items starting processes costs more than it saves, so
small inputs run in this process.

On Linux new processes begin as copies of this one, whatever Python's default is (from 3.14 on, another),
and find their items in that copy: handing them over would copy them a second time, and touch, and thereby
copy, what both could have shared.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import count, repeat
from multiprocessing import get_context
from typing import Any, TypeVar

from catalog.findings import CatalogError, ProgressCallback

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_POOL = 2_000
CHUNK = 500

_inherited: dict[int, tuple[Callable[[Any], list[Any]], list[Any]]] = {}
"""The work of each running pool, a function and its chunks, for processes that are copies of this one."""
_keys = count()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_method() -> str | None:
    """How processes begin here; ``None`` for Python's default."""
    return "fork" if sys.platform == "linux" else None


def map_chunks(
    function: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    *,
    worth_a_pool: int = WORTH_A_POOL,
    chunk: int = CHUNK,
    progress: ProgressCallback | None = None,
) -> list[Result]:
    """Apply *function* to consecutive chunks of *items* and join the results in order.

    *function* must be importable (a module's function) and must not depend on
    state that this process changed after import.  Smaller chunks share few items
    out more evenly, larger ones cost less to hand over.

    Raises
    ------
    CatalogError : a process was ended from outside; what *function* raises is raised here, too
    """
    with chunks_behind(function, items, worth_a_pool=worth_a_pool, chunk=chunk) as results:
        return results(progress)


@contextmanager
def chunks_behind(
    function: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    *,
    worth_a_pool: int = WORTH_A_POOL,
    chunk: int = CHUNK,
) -> Iterator[Callable[[ProgressCallback | None], list[Result]]]:
    """:func:`map_chunks` behind this process's back: it works on, and asks for the results in the end.

    A small input waits until it is asked for.  Whoever leaves the block with an error waits for the chunks
    that are being worked on, so that nothing is written after it, and for no others.
    """
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    if len(items) < worth_a_pool or cores() == 1:
        yield partial(_joined, map(function, chunks), len(items))
        return
    try:
        with (
            ProcessPoolExecutor(max_workers=cores(), mp_context=get_context(start_method())) as pool,
            _started(pool, function, chunks) as parts,
        ):

            def results(progress: ProgressCallback | None) -> list[Result]:
                joined = _joined(parts, len(items), progress)
                pool.shutdown()  # Idle processes would keep what this one gives up.
                return joined

            yield results
    except BrokenProcessPool as error:
        raise CatalogError(
            "a process that did a part of the work was ended from outside, perhaps for want of memory; "
            "close other programs and try again"
        ) from error


@contextmanager
def _started(
    pool: ProcessPoolExecutor,
    function: Callable[[Sequence[Item]], list[Result]],
    chunks: list[Sequence[Item]],
) -> Iterator[Iterator[list[Result]]]:
    """The results of the chunks as they come; an error in the block cancels those that are not begun."""
    key = next(_keys)
    try:
        with _deaf_to_interrupts():
            if start_method() == "fork":
                _inherited[key] = function, chunks
                parts = pool.map(_inherited_chunk, repeat(key, len(chunks)), range(len(chunks)))
            else:
                parts = pool.map(function, chunks)
        yield parts
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        _inherited.pop(key, None)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that begin in here never see an interruption; this one does, and stops them.

    A terminal sends Ctrl-C to every process, and each would print where it was.  Windows has no such mask.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _inherited_chunk(key: int, number: int) -> list[Any]:
    function, chunks = _inherited[key]
    return function(chunks[number])


def _joined(parts: Iterable[list[Result]], size: int, progress: ProgressCallback | None) -> list[Result]:
    results: list[Result] = []
    for part in parts:
        results.extend(part)
        if progress:
            progress(len(results), size)
    return results
