"""The series of a chart by domain: how many papers each has in a stretch of time, its bars and its legend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.catalogue import Catalogue
from catalog.charts.drawing import MUTED, Palette, element, text_content, text_width
from catalog.record import Paper
from catalog.wording import in_sentence

SEVERAL = "*"
UNKNOWN = ""
"""Keys of series that are of no one domain."""
LEGEND_LINE = 18.0


@dataclass(frozen=True)
class Series:
    """One colour of a chart: a domain, or the papers of several or of none."""

    key: str
    label: str
    colour: str


def series_of(catalogue: Catalogue, palette: Palette) -> Sequence[Series]:
    """A series for every domain that some paper has alone, in the vocabulary's order, then the rest.

    A catalogue without domains has one series.
    """
    if not catalogue.vocabulary.has_field("domain"):
        return [Series(UNKNOWN, "Papers", palette.series(0))]
    keys = {series_key(paper) for paper in catalogue.papers}
    domains = catalogue.vocabulary["domain"]
    series = [
        Series(key, term.label, palette.series(number))
        for number, (key, term) in enumerate(domains.items())
        if key in keys
    ]
    others = sorted(keys - {SEVERAL, UNKNOWN} - set(domains))  # terms that the vocabulary lacks
    series += [Series(key, key, palette.unknown) for key in others]
    several = f"More than one {in_sentence(catalogue.config.labels.domain)}"
    rest = (Series(SEVERAL, several, palette.several), unknown_series(catalogue, palette))
    return series + [each for each in rest if each.key in keys]


def unknown_series(catalogue: Catalogue, palette: Palette) -> Series:
    """Of papers whose domain nobody has established, or that have none."""
    return Series(UNKNOWN, f"No {in_sentence(catalogue.config.labels.domain)} known", palette.unknown)


def series_key(paper: Paper) -> str:
    """The paper's domain, if it has exactly one."""
    if not paper.domain:
        return UNKNOWN
    return paper.domain[0] if len(paper.domain) == 1 else SEVERAL


def count(papers: Iterable[tuple[Paper, int]]) -> Mapping[int, Counter[str]]:
    """Stretch of time -> series -> how many papers."""
    counts: dict[int, Counter[str]] = {}
    for paper, when in papers:
        counts.setdefault(when, Counter())[series_key(paper)] += 1
    return counts


def stacked_bar(
    counts: Mapping[str, int],
    series: Sequence[Series],
    x: float,
    width: float,
    bottom: float,
    per_paper: float,
) -> list[str]:
    """One bar, its parts in the order of *series* from the bottom up; *per_paper* is a paper's height."""
    parts = []
    for one in series:
        height = counts.get(one.key, 0) * per_paper
        if height:
            bottom -= height
            parts.append(element("rect", x=x, y=bottom, width=width, height=height, fill=one.colour))
    return parts


def legend(series: Sequence[Series], palette: Palette, x: float, y: float, width: float) -> list[str]:
    """Lines that name the series, from *x* on and not wider than *width*; the first is at *y*."""
    parts = []
    for number, line in enumerate(_legend_lines(series, width)):
        left, baseline = x, y + number * LEGEND_LINE
        for one in line:
            parts.append(element("rect", x=left, y=baseline - 8, width=9, height=9, rx=2, fill=one.colour))
            name = text_content(one.label)
            parts.append(element("text", name, x=left + 13, y=baseline, fill=palette.ink, fill_opacity=MUTED))
            left += _legend_width(one)
    return parts


def legend_height(series: Sequence[Series], width: float) -> float:
    """How far the last line of the legend lies below its first."""
    return max(0, len(_legend_lines(series, width)) - 1) * LEGEND_LINE


def _legend_lines(series: Sequence[Series], width: float) -> list[list[Series]]:
    lines: list[list[Series]] = []
    taken = 0.0
    for one in series:
        if not lines or taken + _legend_width(one) > width:
            lines.append([])
            taken = 0.0
        lines[-1].append(one)
        taken += _legend_width(one)
    return lines


def _legend_width(series: Series) -> float:
    return 13 + text_width(series.label) + 12
