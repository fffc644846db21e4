"""The most frequent of something, such as venues: a bar for each, longest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from catalog.colours import Colours
from catalog.counting import numeral

WIDTH = 720.0
ROW = 24.0
WIDEST_NAME = 200.0
NARROW_ROW = 28.0
NARROW_NAME = 122.0


@dataclass(frozen=True)
class Bar:
    """One line: *key* says where it leads, *label* is shown."""

    key: str
    label: str
    count: int


def ranking_svg(
    name: str,
    title: str,
    bars: Sequence[Bar],
    colours: Colours | None = None,
    link: Callable[[str], str | None] | None = None,
    *,
    narrow: bool = False,
) -> str:
    """A bar for each of *bars*, in their order.

    Parameters
    ----------
    name : begins the ids inside; different for every picture of a page
    link : where a key leads to, or ``None``; without it nothing in the picture is a link
    narrow : for a phone: shorter bars after shorter names, lines that a thumb can tell apart
    """
    palette = Palette(colours)
    width, row, widest = (NARROW_WIDTH, NARROW_ROW, NARROW_NAME) if narrow else (WIDTH, ROW, WIDEST_NAME)
    left = min(max((text_width(bar.label) for bar in bars), default=0.0), widest) + 12
    room = width - left - 44
    highest = max((bar.count for bar in bars), default=1)
    parts = []
    for number, bar in enumerate(bars):
        y, length = number * row, room * bar.count / highest
        baseline = y + row / 2 + 4
        line = (
            element("title", text_content(f"{bar.label}: {bar.count:,}"))
            + element(
                "text",
                text_content(shortened(bar.label, widest)),
                x=left - 10,
                y=baseline,
                text_anchor="end",
                fill=palette.ink,
            )
            + element("rect", x=left, y=y + 4, width=length, height=row - 8, rx=2, fill=palette.series(0))
            + element(
                "text",
                numeral(bar.count),
                x=left + length + 8,
                y=baseline,
                fill=palette.ink,
                fill_opacity=MUTED,
            )
        )
        target = link(bar.key) if link else None
        parts.append(element("a", line, href=target) if target else element("g", line))
    description = ", ".join(f"{bar.label}: {bar.count:,}" for bar in bars) or "None"
    role = "group" if link else "img"
    return picture(name, title, description, width, max(len(bars), 1) * row, parts, palette, role=role)
