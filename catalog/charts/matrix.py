"""Two fields against each other: how many papers carry both terms, as a table of shaded numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog.catalogue import Catalogue
from catalog.charts.drawing import (
    FONT_SIZE,
    Palette,
    element,
    picture,
    shortened,
    text_content,
    text_width,
)
from catalog.charts.table import Cell, Table
from catalog.colours import Colours
from catalog.counting import counted, numeral
from catalog.facts import terms_of
from catalog.wording import in_sentence

CELL_WIDTH = 46.0
CELL_HEIGHT = 27.0
GAP = 2.0
WIDEST_NAME = 190.0
NAME_GAP = 10.0
NARROW_CELL_WIDTH = 32.0
NARROW_WIDEST = 140.0
WIDEST_SCALE = 0.0575
"""Up to how many rem a unit of the picture grows: as much as in the other pictures of a wide page."""
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
        for row in terms_of(paper, row_field) or ():
            for column in terms_of(paper, column_field) or ():
                counts[row, column] = counts.get((row, column), 0) + 1
    rows = _ordered({row for row, _ in counts}, catalogue, row_field)
    columns = _ordered({column for _, column in counts}, catalogue, column_field)
    return Matrix(rows, columns, counts)


def _ordered(keys: set[str], catalogue: Catalogue, field: str) -> list[str]:
    known = [key for key in catalogue.vocabulary[field] if key in keys]
    return known + sorted(keys.difference(known))


def matrix_table(catalogue: Catalogue, row_field: str, column_field: str, link: Link) -> Table:
    """The picture's numbers; one that is not 0 leads to its papers."""
    matrix, label = count_pairs(catalogue, row_field, column_field), catalogue.vocabulary.label

    def cell(row: str, column: str) -> Cell:
        count = matrix.counts.get((row, column), 0)
        return count, link(row, column) if count else None

    return Table(
        [label(column_field, column) for column in matrix.columns],
        [(label(row_field, row), [cell(row, column) for column in matrix.columns]) for row in matrix.rows],
    )


def matrix_svg(
    catalogue: Catalogue,
    row_field: str,
    column_field: str,
    colours: Colours | None = None,
    link: Link | None = None,
) -> str:
    """Rows and columns are terms, a cell's number is how many papers carry both, its shade follows it.

    Parameters
    ----------
    link : where a cell leads to; without it nothing in the picture is a link
    """
    drawn = _Drawing(catalogue, row_field, column_field, Palette(colours), link)
    left = _widest(drawn.rows.values()) + NAME_GAP
    parts = [*drawn.row_names(left), *drawn.cells(left)]
    return drawn.picture(drawn.name, left, parts)


def pinned_matrix_svgs(
    catalogue: Catalogue, row_field: str, column_field: str, link: Link | None = None
) -> tuple[str, str]:
    """The same for a phone, in a page: the rows' names, and beside them the cells, which scroll.

    Both are as high, and keep their size whatever room there is.  The names are for the eye only: a cell
    that leads somewhere says what it counts.
    """
    drawn = _Drawing(catalogue, row_field, column_field, Palette(), link, NARROW_WIDEST, NARROW_CELL_WIDTH)
    left = _widest(drawn.rows.values(), NARROW_WIDEST) + NAME_GAP
    names = element(
        "svg",
        "".join(drawn.row_names(left)),
        width=left,
        height=drawn.height,
        viewBox=f"0 0 {left:.1f} {drawn.height:.1f}",
        font_size=FONT_SIZE,
        aria_hidden="true",
    )
    return names, drawn.picture(f"{drawn.name}-narrow", 0.0, drawn.cells(0.0), scales=False)


@dataclass(frozen=True)
class _Drawing:
    """What both forms of the picture show; they differ in where the cells begin."""

    catalogue: Catalogue
    row_field: str
    column_field: str
    palette: Palette
    link: Link | None
    widest: float = WIDEST_NAME
    cell_width: float = CELL_WIDTH

    @property
    def name(self) -> str:
        return f"{self.row_field}-by-{self.column_field}"

    @cached_property
    def matrix(self) -> Matrix:
        return count_pairs(self.catalogue, self.row_field, self.column_field)

    @cached_property
    def rows(self) -> Mapping[str, str]:
        return {key: self.catalogue.vocabulary.label(self.row_field, key) for key in self.matrix.rows}

    @cached_property
    def columns(self) -> Mapping[str, str]:
        return {key: self.catalogue.vocabulary.label(self.column_field, key) for key in self.matrix.columns}

    @cached_property
    def top(self) -> float:
        """Where the first row begins, below the columns' names."""
        return _widest(self.columns.values()) * math.sin(SLANT) + 18

    @property
    def height(self) -> float:
        return self.top + len(self.rows) * CELL_HEIGHT + 4

    def row_names(self, left: float) -> Iterator[str]:
        """Before the cells, which begin at *left*."""
        for number, label in enumerate(self.rows.values()):
            x, y = left - NAME_GAP, self.top + number * CELL_HEIGHT + 17
            name = text_content(shortened(label, self.widest))
            yield element("text", name, x=x, y=y, text_anchor="end", fill=self.palette.ink)

    def cells(self, left: float) -> Iterator[str]:
        """The columns' names, and the cells from *left* on."""
        yield from _column_names(self.columns.values(), left, self.top, self.cell_width, self.palette)
        highest = max(self.matrix.counts.values(), default=1)
        for row_number, (row, label) in enumerate(self.rows.items()):
            y = self.top + row_number * CELL_HEIGHT
            for column_number, (column, column_label) in enumerate(self.columns.items()):
                x = left + column_number * self.cell_width
                count = self.matrix.counts.get((row, column), 0)
                cell = "".join(_cell(x, y, self.cell_width, count, highest, self.palette))
                if count and self.link:
                    hint = element(
                        "title", text_content(f"{counted(count, 'paper')}: {label} and {column_label}")
                    )
                    # So many stops of the Tab key would bar the way; the table has the same links.
                    cell = element("a", hint + cell, href=self.link(row, column), tabindex="-1")
                yield cell

    def picture(self, name: str, left: float, parts: Iterable[str], *, scales: bool = True) -> str:
        """The whole of *parts*, of which the cells begin at *left*."""
        overhang = _overhang(list(self.columns.values()), self.cell_width)
        width = left + len(self.columns) * self.cell_width + overhang + 4
        labels = self.catalogue.config.labels
        rows, columns = (in_sentence(labels.of(field)) for field in (self.row_field, self.column_field))
        return picture(
            name,
            f"Papers by {rows} and {columns}",
            _description(self.matrix, self.rows, self.columns),
            width,
            self.height,
            parts,
            self.palette,
            role="group" if self.link else "img",
            scales=scales,
            widest=f"{width * WIDEST_SCALE:.1f}rem",
        )


def _column_names(
    labels: Iterable[str], left: float, top: float, cell_width: float, palette: Palette
) -> Iterator[str]:
    for number, label in enumerate(labels):
        x = left + (number + 0.5) * cell_width
        place = f"translate({x:.1f} {top - 8:.1f}) rotate({-math.degrees(SLANT):.0f})"
        name = text_content(shortened(label, WIDEST_NAME))
        yield element("text", name, transform=place, fill=palette.ink)


def _overhang(labels: Sequence[str], cell_width: float) -> float:
    """How far the columns' slanting names reach beyond the last column."""
    ends = (
        (number + 0.5 - len(labels)) * cell_width + min(text_width(label), WIDEST_NAME) * math.cos(SLANT)
        for number, label in enumerate(labels)
    )
    return max([0.0, *ends])


def _widest(labels: Iterable[str], most: float = WIDEST_NAME) -> float:
    return max((min(text_width(label), most) for label in labels), default=0.0)


def _cell(x: float, y: float, cell_width: float, count: int, highest: int, palette: Palette) -> Iterator[str]:
    width, height = cell_width - GAP, CELL_HEIGHT - GAP
    fill, shade = palette.ink, 0.04
    if count:
        fill, shade = palette.series(0), 0.08 + (DARKEST - 0.08) * math.sqrt(count / highest)
    opacity = f"{shade:.2f}"
    yield element("rect", x=x, y=y, width=width, height=height, rx=2, fill=fill, fill_opacity=opacity)
    if count:
        middle = x + width / 2
        yield element("text", numeral(count), x=middle, y=y + 17, text_anchor="middle", fill=palette.ink)


def _description(matrix: Matrix, rows: Mapping[str, str], columns: Mapping[str, str]) -> str:
    most = sorted(matrix.counts.items(), key=lambda item: (-item[1], item[0]))[:5]
    named = "; ".join(f"{rows[row]} and {columns[column]}: {count:,}" for (row, column), count in most)
    return f"The most frequent pairs are: {named}." if named else "None."
