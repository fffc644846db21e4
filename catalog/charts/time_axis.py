"""The line of time of a picture: the forms that the picture has, where a moment is on it, and its years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.catalogue import Catalogue
from catalog.charts.drawing import MUTED, NARROW_WIDTH, Palette, element, text_width
from catalog.record import Paper

Step = Literal["quarter", "year"]
"""How long a stretch of time is of which the papers are counted."""

LINE = 15.0
BETWEEN_YEARS = 5.0
HALF_OF_A_YEAR = 8.0
"""At least, for each year to have a line."""


@dataclass(frozen=True)
class Layout:
    """Where things are in one form of the picture.

    Attributes
    ----------
    name : begins the ids inside
    left, right : where time begins and ends
    row : height of a row of milestones; at the form's smallest scale, a thumb's 24 px
    longest_label : of a milestone; less than half of the time's width, so that one side has room
    names_above : whether a lane's name is above its milestones, and not before time's beginning
    """

    name: str
    width: float
    left: float
    right: float
    row: float
    longest_label: float
    names_above: bool

    @property
    def heading(self) -> float:
        """Height of a name that stands above."""
        return LINE + 4 if self.names_above else 0.0


WIDE = Layout("timeline", 800.0, 112.0, 786.0, 28.0, 170.0, names_above=False)
NARROW = Layout("timeline-narrow", NARROW_WIDTH, 10.0, NARROW_WIDTH - 8, 26.0, 110.0, names_above=True)


def first_public(paper: Paper) -> float | None:
    """When it was first public, by its venue's year where no date is known."""
    return moment(paper.published or (str(paper.year) if paper.year else None))


def moment(date: str | None) -> float | None:
    """A date as a year with a fraction, the middle of what is known; ``None`` without a date.

    >>> moment("2024"), moment("2024-07"), moment(None)
    (2024.5, 2024.5417, None)
    """
    if date is None:
        return None
    year, month, day = [*(float(part) for part in date.split("-")), 0, 0][:3]
    if not month:
        return year + 0.5
    return round(year + (month - 1) / 12 + ((day or 16) - 0.5) / 31 / 12, 4)


@dataclass(frozen=True)
class Scale:
    """Time, in years with fractions, to the picture's x."""

    first: float
    last: float
    layout: Layout

    @classmethod
    def over(
        cls, catalogue: Catalogue, dated: Sequence[tuple[Paper, float]], layout: Layout, step: Step
    ) -> Scale:
        """From the year of the first milestone to the half-year of the last paper, or to that year's end."""
        per_year = 1 if step == "year" else 2
        moments = [when for paper in catalogue.papers if (when := first_public(paper)) is not None]
        first = min((when for _, when in dated), default=min(moments, default=2000.0))
        last = max(moments, default=first)
        return cls(int(first), max((int(last * per_year) + 1) / per_year, int(first) + 1), layout)

    def x(self, when: float) -> float:
        length = self.layout.right - self.layout.left
        return self.layout.left + length * (when - self.first) / (self.last - self.first)


def grid(scale: Scale, bottom: float, palette: Palette) -> Iterator[str]:
    """A line where each year begins, and the year in the middle of its stretch where there is room.

    Of many years only those that are named have lines: the others' would be a grey field.
    """
    layout, taken = scale.layout, 0.0
    for year in range(int(scale.first), int(scale.last) + 1):
        if year >= scale.last:
            break
        left, middle = scale.x(year), scale.x((year + min(year + 1, scale.last)) / 2)
        half = text_width(str(year)) / 2
        has_room = taken <= middle - half and middle + half <= layout.width
        if has_room or middle - left >= HALF_OF_A_YEAR:
            yield element(
                "line", x1=left, x2=left, y1=8, y2=bottom + 4, stroke=palette.ink, stroke_opacity=".1"
            )
        if has_room:
            taken = middle + half + BETWEEN_YEARS
            yield element(
                "text",
                str(year),
                x=middle,
                y=bottom + 18,
                text_anchor="middle",
                fill=palette.ink,
                fill_opacity=MUTED,
            )
    yield element(
        "line",
        x1=layout.left,
        x2=layout.right,
        y1=bottom,
        y2=bottom,
        stroke=palette.ink,
        stroke_opacity=".35",
    )
