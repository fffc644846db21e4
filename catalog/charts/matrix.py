"""Two fields against each other: how many papers carry both terms, as a table of shaded numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.catalogue import Catalogue
from catalog.charts.drawing import (
    Palette,
    Theme,
    element,
    picture,
    shortened,
    text_content,
    text_width,
)
from catalog.record import Paper

CELL_WIDTH = 46.0
CELL_HEIGHT = 27.0
GAP = 2.0
WIDEST_NAME = 190.0
SLANT = math.radians(40)
"""How much the columns' names lean."""
DARKEST = 0.5
"""Opacity behind the largest number, so that the number stays readable on it."""

Link = Callable[[str, str], str]
"""Where the cell of a row's and a column's term leads to."""


@dataclass(frozen=True)
class Matrix:
    """How many papers carry each pair of terms.

    Attributes
    ----------
    rows, columns : terms that some paper carries together with one of the other field, in the
        vocabulary's order
    counts : (row, column) -> papers
    """

    rows: Sequence[str]
    columns: Sequence[str]
    counts: Mapping[tuple[str, str], int]


def count_pairs(catalogue: Catalogue, row_field: str, column_field: str) -> Matrix:
    """Count the papers of every pair of terms of two fields."""
    counts: dict[tuple[str, str], int] = {}
    for paper in catalogue.papers:
        for row in _terms(paper, row_field):
            for column in _terms(paper, column_field):
                counts[row, column] = counts.get((row, column), 0) + 1
    rows = _ordered({row for row, _ in counts}, catalogue, row_field)
    columns = _ordered({column for _, column in counts}, catalogue, column_field)
    return Matrix(rows, columns, counts)


def _terms(paper: Paper, field: str) -> Sequence[str]:
    terms: Sequence[str] | None = getattr(paper, field)
    return terms or ()


def _ordered(keys: set[str], catalogue: Catalogue, field: str) -> list[str]:
    known = [key for key in catalogue.vocabulary[field] if key in keys]
    return known + sorted(keys.difference(known))


def matrix_svg(
    catalogue: Catalogue, row_field: str, column_field: str, theme: Theme = "auto", link: Link | None = None
) -> str:
    """Rows and columns are terms, a cell's number is how many papers carry both, its shade follows it.

    Parameters
    ----------
    link : where a cell leads to; without it nothing in the picture is a link
    """
    palette = Palette(theme)
    matrix = count_pairs(catalogue, row_field, column_field)
    rows = {key: catalogue.vocabulary.label(row_field, key) for key in matrix.rows}
    columns = {key: catalogue.vocabulary.label(column_field, key) for key in matrix.columns}
    left = _widest(rows.values()) + 10
    top = _widest(columns.values()) * math.sin(SLANT) + 18
    highest = max(matrix.counts.values(), default=1)
    parts = list(_column_names(columns.values(), left, top, palette))
    for row_number, (row, label) in enumerate(rows.items()):
        y = top + row_number * CELL_HEIGHT
        name = text_content(shortened(label, WIDEST_NAME))
        parts.append(element("text", name, x=left - 10, y=y + 17, text_anchor="end", fill=palette.ink))
        for column_number, (column, column_label) in enumerate(columns.items()):
            count = matrix.counts.get((row, column), 0)
            cell = "".join(_cell(left + column_number * CELL_WIDTH, y, count, highest, palette))
            if count and link:
                hint = element("title", text_content(f"{label} and {column_label}: {_papers(count)}"))
                cell = element("a", hint + cell, href=link(row, column))
            parts.append(cell)
    return picture(
        f"{row_field}-by-{column_field}",
        f"Papers by {row_field} and {column_field}",
        _description(matrix, rows, columns),
        left + len(columns) * CELL_WIDTH + _overhang(list(columns.values())) + 4,
        top + len(rows) * CELL_HEIGHT + 4,
        parts,
        palette,
        role="group" if link else "img",
    )


def _column_names(labels: Iterable[str], left: float, top: float, palette: Palette) -> Iterator[str]:
    for number, label in enumerate(labels):
        x = left + (number + 0.5) * CELL_WIDTH
        place = f"translate({x:.1f} {top - 8:.1f}) rotate({-math.degrees(SLANT):.0f})"
        name = text_content(shortened(label, WIDEST_NAME))
        yield element("text", name, transform=place, fill=palette.ink)


def _overhang(labels: Sequence[str]) -> float:
    """How far the columns' slanting names reach beyond the last column."""
    ends = (
        (number + 0.5 - len(labels)) * CELL_WIDTH + min(text_width(label), WIDEST_NAME) * math.cos(SLANT)
        for number, label in enumerate(labels)
    )
    return max([0.0, *ends])


def _widest(labels: Iterable[str]) -> float:
    return max((min(text_width(label), WIDEST_NAME) for label in labels), default=0.0)


def _cell(x: float, y: float, count: int, highest: int, palette: Palette) -> Iterator[str]:
    width, height = CELL_WIDTH - GAP, CELL_HEIGHT - GAP
    fill, shade = palette.ink, 0.04
    if count:
        fill, shade = palette.series(0), 0.08 + (DARKEST - 0.08) * math.sqrt(count / highest)
    opacity = f"{shade:.2f}"
    yield element("rect", x=x, y=y, width=width, height=height, rx=2, fill=fill, fill_opacity=opacity)
    if count:
        middle = x + width / 2
        yield element("text", str(count), x=middle, y=y + 17, text_anchor="middle", fill=palette.ink)


def _papers(count: int) -> str:
    return f"{count} paper" if count == 1 else f"{count} papers"


def _description(matrix: Matrix, rows: Mapping[str, str], columns: Mapping[str, str]) -> str:
    most = sorted(matrix.counts.items(), key=lambda item: (-item[1], item[0]))[:5]
    named = "; ".join(f"{rows[row]} and {columns[column]}: {count}" for (row, column), count in most)
    return f"The most frequent pairs are: {named}." if named else "None."
