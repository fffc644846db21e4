"""How something grew: a small bar for every step of time, for a term, a venue, an author or a year.

It is small enough for a phone as it is, so that thousands of pages need it in one form only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.charts.drawing import (
    MUTED,
    NARROW_WIDTH,
    Palette,
    element,
    picture,
    text_content,
    text_width,
)
from catalog.colours import Colours
from catalog.counting import numeral

HEIGHT = 92.0
TOP = 18.0
BOTTOM = HEIGHT - 20
WIDEST_BAR = 30.0


def growth_svg(name: str, title: str, counts: Mapping[str, int], colours: Colours | None = None) -> str:
    """A bar for each of *counts*, which are in order of time; an empty picture of nothing.

    Parameters
    ----------
    name : begins the ids inside; different for every picture of a page
    title : what is counted, for readers who do not see it
    """
    palette = Palette(colours)
    step = min(NARROW_WIDTH / max(len(counts), 1), WIDEST_BAR * 1.6)
    bar = step * 0.68
    per_paper = (BOTTOM - TOP) / max([*counts.values(), 1])
    named = _with_room(list(counts), step)
    numbered = _with_room([numeral(number) for number in counts.values()], step)
    parts = [
        element(
            "line",
            x1=0,
            x2=step * len(counts),
            y1=BOTTOM,
            y2=BOTTOM,
            stroke=palette.ink,
            stroke_opacity=".35",
        )
    ]
    for position, (label, number) in enumerate(counts.items()):
        x, height = position * step + (step - bar) / 2, number * per_paper
        if number:
            parts.append(
                element("rect", x=x, y=BOTTOM - height, width=bar, height=height, fill=palette.series(0))
            )
            if position in numbered:
                parts.append(_text(numeral(number), x + bar / 2, BOTTOM - height - 4, palette))
        if position in named:
            parts.append(_text(label, x + bar / 2, BOTTOM + 14, palette))
    description = ", ".join(f"{label}: {number:,}" for label, number in counts.items()) or "None"
    return picture(name, title, description, NARROW_WIDTH, HEIGHT, parts, palette)


def _with_room(texts: Sequence[str], step: float) -> range:
    """Which of *texts*, each in the middle of its step, do not touch: the last, and every so many before."""
    every = 1 + int(max(map(text_width, texts), default=0) // step)
    return range(len(texts) - 1, -1, -every)


def _text(text: str, x: float, y: float, palette: Palette) -> str:
    half = text_width(text) / 2
    return element(
        "text",
        text_content(text),
        x=min(max(x, half), NARROW_WIDTH - half),
        y=y,
        text_anchor="middle",
        fill=palette.ink,
        fill_opacity=MUTED,
    )
