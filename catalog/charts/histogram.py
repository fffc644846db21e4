"""Bars along a line of time: how many papers appeared in each quarter, or in each year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from catalog.catalogue import Catalogue
from catalog.charts.drawing import MUTED, Palette, element, text_width
from catalog.charts.series import Series, count, stacked_bar
from catalog.charts.time_axis import LINE, Layout, Scale, Step, first_public
from catalog.counting import numeral
from catalog.record import Paper, first_year

BARS = 74.0
"""Height of the highest bar."""
WIDEST_BAR = 64.0
MONTHS_KNOWN = 0.9
"""Of how many papers that have a year the month must be known, for bars to count quarters: bibliographies say
the year alone, and a picture that leaves most papers out says little."""


def step_of(catalogue: Catalogue) -> Step:
    """What a bar below the milestones counts: as exact as what is known of nearly all papers."""
    dated = [paper for paper in catalogue.papers if first_year(paper) is not None]
    exact = sum(_has_month(paper) for paper in dated)
    return "quarter" if exact >= MONTHS_KNOWN * len(dated) else "year"


def _has_month(paper: Paper) -> bool:
    return re.match(r"\d{4}-", paper.published or "") is not None


def histogram(
    catalogue: Catalogue, scale: Scale, series: Sequence[Series], bottom: float, palette: Palette, step: Step
) -> Iterator[str]:
    """Bars of the papers by quarter of first publication, of those whose month is known, or else by year."""
    per_year = 1 if step == "year" else 4
    bars = count(
        (paper, int(when * per_year))
        for paper in catalogue.papers
        if (step == "year" or _has_month(paper))
        and (when := first_public(paper)) is not None
        and when >= scale.first
    )
    highest = max((sum(counts.values()) for counts in bars.values()), default=1)
    counted = sum(sum(counts.values()) for counts in bars.values())
    half, taken = text_width(f"{numeral(highest)} ") / 2, 0.0
    for number, counts in sorted(bars.items()):
        left, right = scale.x(number / per_year), scale.x((number + 1) / per_year)
        width = min(right - left - 2 * min(1.0, (right - left) / 6), WIDEST_BAR)
        yield from stacked_bar(counts, series, (left + right - width) / 2, width, bottom, BARS / highest)
        middle = (left + right) / 2
        # Of bars side by side that are as high, the first: "3" and "3" would be read as 33.
        if sum(counts.values()) == highest and taken <= middle - half:
            taken = middle + half
            yield element(
                "text",
                numeral(highest),
                x=middle,
                y=bottom - BARS - 4,
                text_anchor="middle",
                fill=palette.ink,
                fill_opacity=MUTED,
            )
    of_all = f"{counted:,} of {len(catalogue):,}" if counted < len(catalogue) else ""
    yield from _counted(step, of_all, bottom, scale.layout, palette)


def _counted(step: Step, of_all: str, bottom: float, layout: Layout, palette: Palette) -> Iterator[str]:
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
