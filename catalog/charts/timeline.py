"""The milestones on a line of time, a lane for each domain, above all papers counted by quarter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from catalog.catalogue import Catalogue
from catalog.charts.counting import UNKNOWN, Series, count, legend, series_of, stacked_bar
from catalog.charts.drawing import (
    MUTED,
    Palette,
    Theme,
    element,
    picture,
    shortened,
    text_content,
    text_width,
)
from catalog.record import Paper

WIDTH = 800.0
LEFT = 112.0
"""Where time begins; the lanes' names stand before it."""
RIGHT = WIDTH - 14
ROW = 22.0
LINE = 15.0
LANE_PADDING = 9.0
GAP = 6.0
DOT = 4.5
LABEL_GAP = DOT + 5
BETWEEN = 14.0
"""What lies at least between a milestone and the next one of its row."""
SIDES: tuple[Literal["start", "end"], ...] = ("start", "end")
LONGEST_LABEL = 170.0
BARS = 74.0
"""Height of the highest bar."""


def timeline_svg(
    catalogue: Catalogue, theme: Theme = "auto", link: Callable[[Paper], str] | None = None
) -> str:
    """The milestones of the catalogue's configuration; those without a record or date are left out.

    Parameters
    ----------
    link : where a milestone's label leads to; without it nothing in the picture is a link
    """
    palette = Palette(theme)
    papers = [catalogue.by_id[key] for key in catalogue.config.milestones if key in catalogue.by_id]
    dated = [(paper, when) for paper in papers if (when := moment(paper.published)) is not None]
    scale = _Scale.over(catalogue, dated)
    lanes = _lanes(catalogue, dated, scale, palette)
    parts: list[str] = []
    y = 8.0
    drawn_lanes: list[str] = []
    for lane in lanes:
        drawn_lanes += _draw_lane(lane, y, palette, link)
        y += lane.height + GAP
    bottom = y + 14 + BARS
    series = series_of(catalogue, palette)
    parts += _grid(scale, bottom, palette)
    parts += drawn_lanes
    parts += _histogram(catalogue, scale, series, bottom, palette)
    parts += legend(series, palette, LEFT, bottom + 44)
    return picture(
        "timeline",
        f"Milestones of {catalogue.config.topic}",
        _description(dated, len(catalogue)),
        WIDTH,
        bottom + 54,
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

    @classmethod
    def over(cls, catalogue: Catalogue, dated: Sequence[tuple[Paper, float]]) -> _Scale:
        """From the year of the first milestone to the half-year of the last paper."""
        moments = [when for paper in catalogue.papers if (when := moment(paper.published)) is not None]
        first = min((when for _, when in dated), default=min(moments, default=2000.0))
        last = max(moments, default=first)
        return cls(int(first), max((int(last * 2) + 1) / 2, int(first) + 1))

    def x(self, when: float) -> float:
        return LEFT + (RIGHT - LEFT) * (when - self.first) / (self.last - self.first)


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
    marks: list[_Mark] = field(default_factory=list)

    @property
    def height(self) -> float:
        rows = max((mark.row for mark in self.marks), default=0) + 1
        return max(rows * ROW, len(self.name) * LINE) + 2 * LANE_PADDING

    @property
    def name(self) -> list[str]:
        """What the lane shows at its left, on one line or on two."""
        label, width = self.series.label, LEFT - 14 - 8
        first, _, rest = label.partition(" ")
        if not rest or text_width(label, bold=True) <= width:
            return [shortened(label, width, bold=True)]
        return [shortened(first, width, bold=True), shortened(rest, width, bold=True)]

    def add(self, paper: Paper, x: float) -> None:
        """Put the milestone into the first row that has room, its label after the dot if possible."""
        label = shortened(paper.name or paper.title, LONGEST_LABEL)
        row = 0
        while True:
            for side in SIDES:
                mark = _Mark(paper, label, x, side, row)
                if self._has_room(mark):
                    self.marks.append(mark)
                    return
            row += 1

    def _has_room(self, mark: _Mark) -> bool:
        start, end = mark.extent
        others = [other.extent for other in self.marks if other.row == mark.row]
        inside = start >= LEFT - LABEL_GAP and end <= WIDTH - 2
        return inside and all(end + BETWEEN <= left or right + BETWEEN <= start for left, right in others)


def _lanes(
    catalogue: Catalogue, dated: Sequence[tuple[Paper, float]], scale: _Scale, palette: Palette
) -> list[_Lane]:
    """A lane for every domain with a milestone, in the vocabulary's order."""
    order = {key: number for number, key in enumerate(catalogue.vocabulary["domain"])}
    lanes: dict[str, _Lane] = {}
    for paper, when in sorted(dated, key=lambda pair: (pair[1], pair[0].id)):
        key = min(paper.domain or (UNKNOWN,), key=lambda key: (order.get(key, len(order)), key))
        colour = palette.series(order[key]) if key in order else palette.unknown
        label = catalogue.vocabulary.label("domain", key)
        lanes.setdefault(key, _Lane(Series(key, label, colour))).add(paper, scale.x(when))
    return [lanes[key] for key in sorted(lanes, key=lambda key: (order.get(key, len(order)), key))]


def _draw_lane(
    lane: _Lane, top: float, palette: Palette, link: Callable[[Paper], str] | None
) -> Iterator[str]:
    yield element(
        "rect", x=0, y=top, width=WIDTH, height=lane.height, rx=6, fill=palette.ink, fill_opacity=".045"
    )
    yield element("rect", x=0, y=top, width=4, height=lane.height, rx=2, fill=lane.series.colour)
    middle = top + lane.height / 2
    for number, line in enumerate(lane.name):
        y = middle + LINE * (number - (len(lane.name) - 1) / 2) + 4
        yield element("text", text_content(line), x=14, y=y, font_weight="600", fill=palette.ink)
    for mark in lane.marks:
        yield _draw_mark(mark, top + LANE_PADDING + ROW * (mark.row + 0.5), lane.series.colour, palette, link)


def _draw_mark(
    mark: _Mark, y: float, colour: str, palette: Palette, link: Callable[[Paper], str] | None
) -> str:
    paper = mark.paper
    hint = ", ".join(str(part) for part in (paper.title, paper.venue, paper.year) if part)
    content = (
        element("title", text_content(hint))
        + element("circle", cx=mark.x, cy=y, r=DOT, fill=colour)
        + element(
            "text",
            text_content(mark.label),
            x=mark.text_x,
            y=y + 4,
            text_anchor=mark.side,
            fill=palette.ink,
        )
    )
    return element("a", content, href=link(paper)) if link else element("g", content)


def _grid(scale: _Scale, bottom: float, palette: Palette) -> Iterator[str]:
    """A line where each year begins, and the year in the middle of its stretch."""
    for year in range(int(scale.first), int(scale.last) + 1):
        if year >= scale.last:
            break
        left, right = scale.x(year), scale.x(min(year + 1, scale.last))
        yield element("line", x1=left, x2=left, y1=8, y2=bottom + 4, stroke=palette.ink, stroke_opacity=".1")
        if right - left >= text_width(str(year)):
            yield element(
                "text",
                str(year),
                x=(left + right) / 2,
                y=bottom + 18,
                text_anchor="middle",
                fill=palette.ink,
                fill_opacity=MUTED,
            )
    yield element("line", x1=LEFT, x2=RIGHT, y1=bottom, y2=bottom, stroke=palette.ink, stroke_opacity=".35")


def _histogram(
    catalogue: Catalogue, scale: _Scale, series: Sequence[Series], bottom: float, palette: Palette
) -> Iterator[str]:
    """Bars of the papers whose month is known, by quarter of first publication."""
    quarters = count(
        (paper, int(when * 4))
        for paper in catalogue.papers
        if re.match(r"\d{4}-", paper.published or "")
        and (when := moment(paper.published)) is not None
        and when >= scale.first
    )
    highest = max((sum(counts.values()) for counts in quarters.values()), default=1)
    counted = sum(sum(counts.values()) for counts in quarters.values())
    for quarter, counts in sorted(quarters.items()):
        left, right = scale.x(quarter / 4), scale.x((quarter + 1) / 4)
        yield from stacked_bar(counts, series, left + 1, right - left - 2, bottom, BARS / highest)
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
    lines = ["Papers", "per quarter"]
    if counted < len(catalogue):
        lines.append(f"{counted} of {len(catalogue)}")
    for number, line in enumerate(lines):
        emphasis = {"font_weight": "600"} if number < 2 else {"fill_opacity": MUTED}
        y = bottom - BARS / 2 + LINE * (number - 1) + 4
        yield element("text", line, x=14, y=y, fill=palette.ink, **emphasis)


def _description(dated: Sequence[tuple[Paper, float]], papers: int) -> str:
    ordered = sorted(dated, key=lambda pair: (pair[1], pair[0].id))
    named = "; ".join(f"{int(when)}: {paper.name or paper.title}" for paper, when in ordered)
    return f"{named or 'None'}. Below, the {papers} papers of the catalogue by quarter of first publication."
