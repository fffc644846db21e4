"""The most frequent of something, such as venues: a bar for each, longest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

WIDTH = 720.0
ROW = 24.0
WIDEST_NAME = 200.0


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
    theme: Theme = "auto",
    link: Callable[[str], str | None] | None = None,
) -> str:
    """A bar for each of *bars*, in their order.

    Parameters
    ----------
    name : begins the ids inside; different for every picture of a page
    link : where a key leads to, or ``None``; without it nothing in the picture is a link
    """
    palette = Palette(theme)
    left = min(max((text_width(bar.label) for bar in bars), default=0.0), WIDEST_NAME) + 12
    room = WIDTH - left - 44
    highest = max((bar.count for bar in bars), default=1)
    parts = []
    for number, bar in enumerate(bars):
        y, length = number * ROW, room * bar.count / highest
        line = (
            element("title", text_content(f"{bar.label}: {bar.count}"))
            + element(
                "text",
                text_content(shortened(bar.label, WIDEST_NAME)),
                x=left - 10,
                y=y + 16,
                text_anchor="end",
                fill=palette.ink,
            )
            + element("rect", x=left, y=y + 4, width=length, height=ROW - 8, rx=2, fill=palette.series(0))
            + element(
                "text", str(bar.count), x=left + length + 8, y=y + 16, fill=palette.ink, fill_opacity=MUTED
            )
        )
        target = link(bar.key) if link else None
        parts.append(element("a", line, href=target) if target else element("g", line))
    description = ", ".join(f"{bar.label}: {bar.count}" for bar in bars) or "None"
    role = "group" if link else "img"
    return picture(name, title, description, WIDTH, max(len(bars), 1) * ROW, parts, palette, role=role)
