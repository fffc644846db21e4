"""Which layers or blocks a method acts in, for a model of another depth than its paper's."""

from __future__ import annotations


def after_parts(layers: int, parts: int = 4) -> tuple[int, ...]:
    """The layers, counted from 0, that begin the second and later of `parts` equal parts of a model: by
    quarters of 12 the 4th, 7th and 10th.

    >>> after_parts(12), after_parts(8, 2)
    ((3, 6, 9), (4,))
    """
    return tuple(layers * part // parts for part in range(1, parts))
