"""The milestones on a line of time, a lane for each domain, above all papers by quarter, or else by year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from catalog.catalogue import Catalogue
from catalog.charts.drawing import Palette, element, picture, shortened, text_content, text_width
from catalog.charts.histogram import BARS, histogram, step_of
from catalog.charts.series import UNKNOWN, Series, legend, legend_height, series_of, unknown_series
from catalog.charts.time_axis import LINE, NARROW, WIDE, Layout, Scale, Step, first_public, grid
from catalog.colours import Colours
from catalog.record import Paper

LANE_PADDING = 9.0
GAP = 6.0
DOT = 4.5
LABEL_GAP = DOT + 5
BETWEEN = 14.0
"""What lies at least between a milestone and the next one of its row."""
SIDES: tuple[Literal["start", "end"], ...] = ("start", "end")


def milestones(catalogue: Catalogue) -> list[Paper]:
    """The papers that the picture names: those of the configuration that have a record and a date."""
    return [paper for paper, _ in _dated(catalogue)]


def _dated(catalogue: Catalogue) -> list[tuple[Paper, float]]:
    papers = (catalogue.by_id[key] for key in catalogue.config.milestones if key in catalogue.by_id)
    return [(paper, when) for paper in papers if (when := first_public(paper)) is not None]


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
    step = step_of(catalogue)
    scale = Scale.over(catalogue, dated, layout, step)
    y = 8.0
    lanes: list[str] = []
    for lane in _lanes(catalogue, dated, scale, palette):
        lanes += _draw_lane(lane, y, palette, link)
        y += lane.height + GAP
    bottom = y + 14 + layout.heading + BARS
    series = series_of(catalogue, palette)
    legend_left, legend_width = (0.0, layout.width) if narrow else (layout.left, layout.right - layout.left)
    parts = [
        *grid(scale, bottom, palette),
        *lanes,
        *histogram(catalogue, scale, series, bottom, palette, step),
        *legend(series, palette, legend_left, bottom + 44, legend_width),
    ]
    return picture(
        layout.name,
        f"Milestones of {catalogue.config.topic}",
        _description(dated, len(catalogue), step),
        layout.width,
        bottom + 54 + legend_height(series, legend_width),
        parts,
        palette,
        role="group" if link else "img",
    )


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
    catalogue: Catalogue, dated: Sequence[tuple[Paper, float]], scale: Scale, palette: Palette
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


def _description(dated: Sequence[tuple[Paper, float]], papers: int, step: Step) -> str:
    ordered = sorted(dated, key=lambda pair: (pair[1], pair[0].id))
    named = "; ".join(f"{int(when)}: {paper.name or paper.title}" for paper, when in ordered)
    return f"{named or 'None'}. Below, the {papers:,} papers of the catalogue by {step} of first publication."
