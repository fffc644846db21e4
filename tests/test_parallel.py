"""Work spread over processes comes back complete and in order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from catalog import parallel
from catalog.parallel import chunks_behind, map_chunks


def double(numbers: Sequence[int]) -> list[int]:
    return [2 * number for number in numbers]


def refuse(numbers: Sequence[int]) -> list[int]:
    raise ValueError(f"{len(numbers)} numbers")


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("worth_a_pool", [0, 1_000_000])
@pytest.mark.parametrize("size", [0, 1, 499, 500, 1_234])
def test_results_come_in_the_order_of_the_items(
    size: int, worth_a_pool: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "get_start_method", lambda: method)
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
