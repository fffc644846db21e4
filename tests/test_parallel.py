"""Work spread over processes comes back complete and in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing import active_children
from pathlib import Path

import pytest

from catalog import parallel
from catalog.findings import CatalogError
from catalog.parallel import chunks_behind, map_chunks
from tests.conftest import REPOSITORY


def double(numbers: Sequence[int]) -> list[int]:
    return [2 * number for number in numbers]


def refuse(numbers: Sequence[int]) -> list[int]:
    raise ValueError(f"{len(numbers)} numbers")


def touch(files: Sequence[Path]) -> list[None]:
    for file in files:
        file.touch()
        time.sleep(0.05)
    return [None] * len(files)


def fall(processes: Sequence[int]) -> list[int]:
    """End the process that works on this, unless it is the one that asked for it."""
    if os.getpid() not in processes:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(processes)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("worth_a_pool", [0, 1_000_000])
@pytest.mark.parametrize("size", [0, 1, 499, 500, 1_234])
def test_results_come_in_the_order_of_the_items(
    size: int, worth_a_pool: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "start_method", lambda: method)
    seen: list[tuple[int, int]] = []
    numbers = list(range(size))
    result = map_chunks(
        double, numbers, worth_a_pool=worth_a_pool, progress=lambda done, of: seen.append((done, of))
    )
    assert result == [2 * number for number in numbers]
    assert not size or seen[-1] == (size, size)


def test_work_goes_on_behind_and_a_second_pool_may_run_meanwhile() -> None:
    numbers = list(range(1_234))
    with chunks_behind(double, numbers, worth_a_pool=0, chunk=100) as results:
        other = map_chunks(double, numbers[::-1], worth_a_pool=0)
        assert results(None) == [2 * number for number in numbers]
    assert other == [2 * number for number in numbers[::-1]]


@pytest.mark.parametrize("worth_a_pool", [0, 1_000_000])
def test_what_goes_wrong_is_raised_where_the_results_are_asked_for(worth_a_pool: int) -> None:
    with (
        pytest.raises(ValueError, match="7 numbers"),
        chunks_behind(refuse, range(7), worth_a_pool=worth_a_pool) as results,
    ):
        results(None)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_an_error_meanwhile_does_not_wait_for_work_that_is_not_begun(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "start_method", lambda: method)
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    files = [tmp_path / str(number) for number in range(200)]
    with (
        pytest.raises(RuntimeError, match="meanwhile"),
        chunks_behind(touch, files, worth_a_pool=0, chunk=1),
    ):
        raise RuntimeError("meanwhile")
    assert len(list(tmp_path.iterdir())) < len(files)
    assert active_children() == [], "nobody is left who could do anything afterwards"


def test_a_process_that_is_ended_from_outside_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    with pytest.raises(CatalogError, match=r"was ended from outside, perhaps for want of memory; close"):
        map_chunks(fall, [os.getpid()] + [0] * 9, worth_a_pool=0, chunk=1)


INTERRUPTED = """
import signal
import sys
import time
from pathlib import Path
from catalog import parallel

def wait(files):
    print("begun", flush=True)
    while not files[0].exists():
        time.sleep(0.01)
    return files

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever runs in the background ignores it
    parallel.cores = lambda: 4
    try:
        parallel.map_chunks(wait, [Path(sys.argv[1])], worth_a_pool=0)
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_an_interruption_is_for_the_process_that_asked_and_the_others_end_without_a_word(
    tmp_path: Path,
) -> None:
    script, done = tmp_path / "interrupted.py", tmp_path / "done"
    script.write_text(INTERRUPTED, encoding="utf-8")
    command = subprocess.Popen(
        [sys.executable, str(script), str(done)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "begun\n"
    os.killpg(command.pid, signal.SIGINT)  # as a terminal does
    done.touch()
    out, errors = command.communicate()
    assert (out, errors, command.returncode) == ("interrupted\n", "", 0)


def test_where_signals_cannot_be_masked_work_is_spread_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask")  # as on Windows
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    assert map_chunks(double, range(8), worth_a_pool=1, chunk=2) == [2 * number for number in range(8)]
