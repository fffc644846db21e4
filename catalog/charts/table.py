"""The numbers of a picture as rows and columns, for readers who take them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Cell = tuple[int, str | None]
"""A number, and where it leads to."""


@dataclass(frozen=True)
class Table:
    """Headings, and the cells of each row behind its heading."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
