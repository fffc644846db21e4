"""How something grew: a small bar for every step of time, for a term, a venue, an author or a year."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.charts.drawing import MUTED, Palette, Theme, element, picture, text_content, text_width

WIDTH = 480.0
HEIGHT = 92.0
TOP = 18.0
BOTTOM = HEIGHT - 20
WIDEST_BAR = 30.0
SMALL = 11
"""Font size of numbers and names."""


def growth_svg(name: str, title: str, counts: Mapping[str, int], theme: Theme = "auto") -> str:
    """A bar for each of *counts*, which are in order of time; an empty picture of nothing.

    Parameters
    ----------
    name : begins the ids inside; different for every picture of a page
    title : what is counted, for readers who do not see it
    """
    palette = Palette(theme)
    step = min(WIDTH / max(len(counts), 1), WIDEST_BAR * 1.6)
    bar = step * 0.68
    per_paper = (BOTTOM - TOP) / max([*counts.values(), 1])
    every = 1 + int(max((text_width(label, SMALL) for label in counts), default=0) // step)
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
    last = len(counts) - 1
    for position, (label, number) in enumerate(counts.items()):
        x, height = position * step + (step - bar) / 2, number * per_paper
        if number:
            parts.append(
                element("rect", x=x, y=BOTTOM - height, width=bar, height=height, fill=palette.series(0))
            )
            parts.append(_text(str(number), x + bar / 2, BOTTOM - height - 4, palette))
        if (last - position) % every == 0:
            parts.append(_text(label, x + bar / 2, BOTTOM + 14, palette))
    description = ", ".join(f"{label}: {number}" for label, number in counts.items()) or "None"
    return picture(name, title, description, max(step * len(counts), 1), HEIGHT, parts, palette)


def _text(text: str, x: float, y: float, palette: Palette) -> str:
    return element(
        "text",
        text_content(text),
        x=x,
        y=y,
        text_anchor="middle",
        font_size=SMALL,
        fill=palette.ink,
        fill_opacity=MUTED,
    )
