"""How many papers appeared in each year, by domain."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalogue import Catalogue
from catalog.charts.counting import count, legend, series_of, stacked_bar
from catalog.charts.drawing import MUTED, Palette, Theme, element, picture
from catalog.record import Paper

WIDTH = 720.0
HEIGHT = 260.0
TOP = 24.0
BOTTOM = HEIGHT - 52
WIDEST_BAR = 64.0


def papers_per_year_svg(catalogue: Catalogue, theme: Theme = "auto") -> str:
    """A bar for every year of first publication, its parts the domains; papers without date are left out."""
    palette = Palette(theme)
    series = series_of(catalogue, palette)
    dated = [(paper, year) for paper in catalogue.papers if (year := _first_year(paper)) is not None]
    years = count(dated)
    numbers = {year: sum(counts.values()) for year, counts in years.items()}
    parts: list[str] = []
    if years:
        span = range(min(years), max(years) + 1)
        step = WIDTH / len(span)
        width = min(step * 0.72, WIDEST_BAR)
        per_paper = (BOTTOM - TOP) / max(numbers.values())
        for position, year in enumerate(span):
            middle = (position + 0.5) * step
            parts += stacked_bar(years.get(year, {}), series, middle - width / 2, width, BOTTOM, per_paper)
            parts += _labels(year, numbers.get(year, 0), middle, per_paper, palette)
    parts.append(
        element("line", x1=0, x2=WIDTH, y1=BOTTOM, y2=BOTTOM, stroke=palette.ink, stroke_opacity=".35")
    )
    parts += legend(series, palette, 0, HEIGHT - 8)
    description = ", ".join(f"{year}: {numbers[year]}" for year in sorted(numbers)) or "None"
    title = f"Papers on {catalogue.config.topic} by year"
    return picture("papers-per-year", title, description, WIDTH, HEIGHT, parts, palette)


def _first_year(paper: Paper) -> int | None:
    return int(paper.published[:4]) if paper.published else paper.year


def _labels(year: int, number: int, middle: float, per_paper: float, palette: Palette) -> Iterator[str]:
    if number:
        top = BOTTOM - number * per_paper - 6
        yield element("text", str(number), x=middle, y=top, text_anchor="middle", fill=palette.ink)
    yield element(
        "text", str(year), x=middle, y=BOTTOM + 18, text_anchor="middle", fill=palette.ink, fill_opacity=MUTED
    )
