"""The milestones on a line of time, a lane for each domain, above all papers by quarter, or else by year."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from catalog.catalogue import Catalogue
from catalog.charts.drawing import (
    MUTED,
    NARROW_WIDTH,
    Palette,
    element,
    picture,
    shortened,
    text_content,
    text_width,
)
from catalog.charts.series import (
    UNKNOWN,
    Series,
    count,
    legend,
    legend_height,
    series_of,
    stacked_bar,
    unknown_series,
)
from catalog.colours import Colours
from catalog.record import Paper, first_year

LINE = 15.0
LANE_PADDING = 9.0
GAP = 6.0
DOT = 4.5
LABEL_GAP = DOT + 5
BETWEEN = 14.0
"""What lies at least between a milestone and the next one of its row."""
SIDES: tuple[Literal["start", "end"], ...] = ("start", "end")
BARS = 74.0
"""Height of the highest bar."""
WIDEST_BAR = 64.0
BETWEEN_YEARS = 5.0
HALF_OF_A_YEAR = 8.0
"""At least, for each year to have a line."""
MONTHS_KNOWN = 0.9
"""Of how many papers that have a year the month must be known, for bars to count quarters: bibliographies say
the year alone, and a picture that leaves most papers out says little."""


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


def milestones(catalogue: Catalogue) -> list[Paper]:
    """The papers that the picture names: those of the configuration that have a record and a date."""
    return [paper for paper, _ in _dated(catalogue)]


def _dated(catalogue: Catalogue) -> list[tuple[Paper, float]]:
    papers = (catalogue.by_id[key] for key in catalogue.config.milestones if key in catalogue.by_id)
    return [(paper, when) for paper in papers if (when := _when(paper)) is not None]


def _when(paper: Paper) -> float | None:
    """When it was first public, by its venue's year where no date is known."""
    return moment(paper.published or (str(paper.year) if paper.year else None))


def step_of(catalogue: Catalogue) -> Literal["quarter", "year"]:
    """What a bar below the milestones counts: as exact as what is known of nearly all papers."""
    dated = [paper for paper in catalogue.papers if first_year(paper) is not None]
    exact = sum(_has_month(paper) for paper in dated)
    return "quarter" if exact >= MONTHS_KNOWN * len(dated) else "year"


def _has_month(paper: Paper) -> bool:
    return re.match(r"\d{4}-", paper.published or "") is not None


def timeline_svg(
    catalogue: Catalogue,
    colours: Colours | None = None,
    link: Callable[[Paper], str] | None = None,
    *,
    narrow: bool = False,
) -> str:
    """The milestones of the catalogue's configuration; those without a record or date are left out.

    Parameters
    ----------
    link : where a milestone's label leads to; without it nothing in the picture is a link
    narrow : for a phone: a lane's name is above its milestones
    """
    palette, layout = Palette(colours), NARROW if narrow else WIDE
    dated = _dated(catalogue)
    scale = _Scale.over(catalogue, dated, layout)
    y = 8.0
    lanes: list[str] = []
    for lane in _lanes(catalogue, dated, scale, palette):
        lanes += _draw_lane(lane, y, palette, link)
        y += lane.height + GAP
    bottom = y + 14 + layout.heading + BARS
    series = series_of(catalogue, palette)
    legend_left, legend_width = (0.0, layout.width) if narrow else (layout.left, layout.right - layout.left)
    parts = [
        *_grid(scale, bottom, palette),
        *lanes,
        *_histogram(catalogue, scale, series, bottom, palette),
        *legend(series, palette, legend_left, bottom + 44, legend_width),
    ]
    return picture(
        layout.name,
        f"Milestones of {catalogue.config.topic}",
        _description(dated, len(catalogue), step_of(catalogue)),
        layout.width,
        bottom + 54 + legend_height(series, legend_width),
        parts,
        palette,
        role="group" if link else "img",
    )


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
class _Scale:
    """Time, in years with fractions, to the picture's x."""

    first: float
    last: float
    layout: Layout

    @classmethod
    def over(cls, catalogue: Catalogue, dated: Sequence[tuple[Paper, float]], layout: Layout) -> _Scale:
        """From the year of the first milestone to the half-year of the last paper, or to that year's end."""
        per_year = 1 if step_of(catalogue) == "year" else 2
        moments = [when for paper in catalogue.papers if (when := _when(paper)) is not None]
        first = min((when for _, when in dated), default=min(moments, default=2000.0))
        last = max(moments, default=first)
        return cls(int(first), max((int(last * per_year) + 1) / per_year, int(first) + 1), layout)

    def x(self, when: float) -> float:
        length = self.layout.right - self.layout.left
        return self.layout.left + length * (when - self.first) / (self.last - self.first)


@dataclass(frozen=True)
class _Mark:
    """A milestone's dot, at *x*, and its label, on one side of the dot."""

    paper: Paper
    label: str
    x: float
    side: Literal["start", "end"]
    row: int
    """Counted from the top of its lane."""

    @property
    def text_x(self) -> float:
        return self.x + (LABEL_GAP if self.side == "start" else -LABEL_GAP)

    @property
    def extent(self) -> tuple[float, float]:
        """From where to where the dot and the label reach."""
        width = text_width(self.label)
        if self.side == "start":
            return self.x - DOT, self.text_x + width
        return self.text_x - width, self.x + DOT


@dataclass
class _Lane:
    series: Series
    layout: Layout
    marks: list[_Mark] = field(default_factory=list)

    @property
    def height(self) -> float:
        rows = max((mark.row for mark in self.marks), default=0) + 1
        beside = 0 if self.layout.names_above else len(self.name) * LINE
        return self.layout.heading + max(rows * self.layout.row, beside) + 2 * LANE_PADDING

    @property
    def name(self) -> list[str]:
        """What the lane shows above it on one line, or at its left on one line or on two."""
        label = self.series.label
        width = (self.layout.width if self.layout.names_above else self.layout.left) - 14 - 8
        first, _, rest = label.partition(" ")
        if not rest or text_width(label, bold=True) <= width:
            return [shortened(label, width, bold=True)]
        return [shortened(first, width, bold=True), shortened(rest, width, bold=True)]

    def add(self, paper: Paper, x: float) -> None:
        """Put the milestone into the first row that has room, its label after the dot if possible."""
        label = shortened(paper.name or paper.title, self.layout.longest_label)
        row = 0
        while True:
            for side in SIDES:
                mark = _Mark(paper, label, x, side, row)
                if self._has_room(mark):
                    self.marks.append(mark)
                    return
            row += 1

    def middle(self, mark: _Mark, top: float) -> float:
        """The milestone's y in a lane whose upper edge is at *top*."""
        return top + self.layout.heading + LANE_PADDING + self.layout.row * (mark.row + 0.5)

    def _has_room(self, mark: _Mark) -> bool:
        start, end = mark.extent
        others = [other.extent for other in self.marks if other.row == mark.row]
        inside = start >= self.layout.left - LABEL_GAP and end <= self.layout.width - 2
        return inside and all(end + BETWEEN <= left or right + BETWEEN <= start for left, right in others)


def _lanes(
    catalogue: Catalogue, dated: Sequence[tuple[Paper, float]], scale: _Scale, palette: Palette
) -> list[_Lane]:
    """A lane for every domain with a milestone, in the vocabulary's order."""
    order = {key: number for number, key in enumerate(catalogue.vocabulary["domain"])}
    lanes: dict[str, _Lane] = {}
    for paper, when in sorted(dated, key=lambda pair: (pair[1], pair[0].id)):
        key = min(paper.domain or (UNKNOWN,), key=lambda key: (order.get(key, len(order)), key))
        series = _series(key, order, catalogue, palette)
        lanes.setdefault(key, _Lane(series, scale.layout)).add(paper, scale.x(when))
    return [lanes[key] for key in sorted(lanes, key=lambda key: (order.get(key, len(order)), key))]


def _series(key: str, order: Mapping[str, int], catalogue: Catalogue, palette: Palette) -> Series:
    if key == UNKNOWN:
        return unknown_series(catalogue, palette)
    colour = palette.series(order[key]) if key in order else palette.unknown
    return Series(key, catalogue.vocabulary.label("domain", key), colour)


def _draw_lane(
    lane: _Lane, top: float, palette: Palette, link: Callable[[Paper], str] | None
) -> Iterator[str]:
    width, height = lane.layout.width, lane.height
    yield element("rect", x=0, y=top, width=width, height=height, rx=6, fill=palette.ink, fill_opacity=".045")
    yield element("rect", x=0, y=top, width=4, height=height, rx=2, fill=lane.series.colour)
    middle = top + (LANE_PADDING + LINE / 2 if lane.layout.names_above else height / 2)
    for number, line in enumerate(lane.name):
        y = middle + LINE * (number - (len(lane.name) - 1) / 2) + 4
        yield element("text", text_content(line), x=14, y=y, font_weight="600", fill=palette.ink)
    for mark in lane.marks:
        yield _draw_mark(mark, lane.middle(mark, top), lane, palette, link)


def _draw_mark(
    mark: _Mark, y: float, lane: _Lane, palette: Palette, link: Callable[[Paper], str] | None
) -> str:
    paper = mark.paper
    # What is spoken begins with what is seen.
    name = None if paper.title.startswith(paper.name or "") else paper.name
    hint = ", ".join(str(part) for part in (name, paper.title, paper.venue, paper.year) if part)
    content = (
        element("title", text_content(hint))
        + element("circle", cx=mark.x, cy=y, r=DOT, fill=lane.series.colour)
        + element(
            "text",
            text_content(mark.label),
            x=mark.text_x,
            y=y + 4,
            text_anchor=mark.side,
            fill=palette.ink,
        )
    )
    if not link:
        return element("g", content)
    # Between dot and label, and up to the next row, is a link too: thumbs are wide.
    (left, right), row = mark.extent, lane.layout.row
    target = element(
        "rect", x=left, y=y - row / 2, width=right - left, height=row, fill="none", pointer_events="all"
    )
    return element("a", content + target, href=link(paper))


def _grid(scale: _Scale, bottom: float, palette: Palette) -> Iterator[str]:
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


def _histogram(
    catalogue: Catalogue, scale: _Scale, series: Sequence[Series], bottom: float, palette: Palette
) -> Iterator[str]:
    """Bars of the papers by quarter of first publication, of those whose month is known, or else by year."""
    step = step_of(catalogue)
    per_year = 1 if step == "year" else 4
    bars = count(
        (paper, int(when * per_year))
        for paper in catalogue.papers
        if (step == "year" or _has_month(paper))
        and (when := _when(paper)) is not None
        and when >= scale.first
    )
    highest = max((sum(counts.values()) for counts in bars.values()), default=1)
    counted = sum(sum(counts.values()) for counts in bars.values())
    for number, counts in sorted(bars.items()):
        left, right = scale.x(number / per_year), scale.x((number + 1) / per_year)
        width = min(right - left - 2 * min(1.0, (right - left) / 6), WIDEST_BAR)
        yield from stacked_bar(counts, series, (left + right - width) / 2, width, bottom, BARS / highest)
        if sum(counts.values()) == highest:
            yield element(
                "text",
                str(highest),
                x=(left + right) / 2,
                y=bottom - BARS - 4,
                text_anchor="middle",
                fill=palette.ink,
                fill_opacity=MUTED,
            )
    of_all = f"{counted} of {len(catalogue)}" if counted < len(catalogue) else ""
    yield from _counted(step, of_all, bottom, scale.layout, palette)


def _counted(step: str, of_all: str, bottom: float, layout: Layout, palette: Palette) -> Iterator[str]:
    """What the bars count, and *of_all* papers how many, where they leave some out."""
    if layout.names_above:
        y = bottom - BARS - layout.heading
        yield element("text", f"Papers per {step}", x=14, y=y, fill=palette.ink, font_weight="600")
        if of_all:
            yield element(
                "text",
                of_all,
                x=layout.right,
                y=y,
                text_anchor="end",
                fill=palette.ink,
                fill_opacity=MUTED,
            )
        return
    y = bottom - BARS / 2 + 4
    yield element("text", "Papers", x=14, y=y - LINE, fill=palette.ink, font_weight="600")
    yield element("text", f"per {step}", x=14, y=y, fill=palette.ink, font_weight="600")
    if of_all:
        yield element("text", of_all, x=14, y=y + LINE, fill=palette.ink, fill_opacity=MUTED)


def _description(dated: Sequence[tuple[Paper, float]], papers: int, step: str) -> str:
    ordered = sorted(dated, key=lambda pair: (pair[1], pair[0].id))
    named = "; ".join(f"{int(when)}: {paper.name or paper.title}" for paper, when in ordered)
    return f"{named or 'None'}. Below, the {papers} papers of the catalogue by {step} of first publication."
