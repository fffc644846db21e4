"""Work spread over processes comes back complete and in order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from catalog.parallel import map_chunks


def double(numbers: Sequence[int]) -> list[int]:
    return [2 * number for number in numbers]


@pytest.mark.parametrize("worth_a_pool", [0, 1_000_000])
@pytest.mark.parametrize("size", [0, 1, 499, 500, 1_234])
def test_results_come_in_the_order_of_the_items(size: int, worth_a_pool: int) -> None:
    seen: list[tuple[int, int]] = []
    numbers = list(range(size))
    result = map_chunks(
        double, numbers, worth_a_pool=worth_a_pool, progress=lambda done, of: seen.append((done, of))
    )
    assert result == [2 * number for number in numbers]
    assert not size or seen[-1] == (size, size)
