"""How many papers appeared in each year, by domain."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalogue import Catalogue
from catalog.charts.drawing import MUTED, NARROW_WIDTH, Palette, element, picture
from catalog.charts.series import count, legend, legend_height, series_of, stacked_bar
from catalog.charts.table import Table
from catalog.colours import Colours
from catalog.counting import numeral
from catalog.record import Paper, first_year

WIDTH = 720.0
HEIGHT = 260.0
TOP = 24.0
BOTTOM = HEIGHT - 52
WIDEST_BAR = 64.0
MOST_BARS = 12
"""Earlier years are counted in the first bar."""
MOST_NARROW_BARS = 6


def papers_per_year_svg(catalogue: Catalogue, colours: Colours | None = None, *, narrow: bool = False) -> str:
    """A bar for every year of first publication, its parts the domains; papers without date are left out.

    Parameters
    ----------
    narrow : for a phone: fewer bars, of which the first holds more years
    """
    palette = Palette(colours)
    picture_width, most = (NARROW_WIDTH, MOST_NARROW_BARS) if narrow else (WIDTH, MOST_BARS)
    series = series_of(catalogue, palette)
    dated = _dated(catalogue)
    last = max((year for _, year in dated), default=0)
    first = max(min((year for _, year in dated), default=0), last - most + 1)
    years = count((paper, max(year, first)) for paper, year in dated)
    numbers = {year: sum(counts.values()) for year, counts in sorted(years.items())}
    names = {year: str(year) for year in range(first, last + 1)}
    if any(year < first for _, year in dated):
        names[first] = f"≤ {first}"
    step = picture_width / len(names)
    width = min(step * 0.72, WIDEST_BAR)
    per_paper = (BOTTOM - TOP) / max(numbers.values(), default=1)
    parts: list[str] = []
    for position, year in enumerate(names if dated else ()):
        middle = (position + 0.5) * step
        parts += stacked_bar(years.get(year, {}), series, middle - width / 2, width, BOTTOM, per_paper)
        parts += _labels(names[year], numbers.get(year, 0), middle, per_paper, palette)
    parts.append(
        element(
            "line", x1=0, x2=picture_width, y1=BOTTOM, y2=BOTTOM, stroke=palette.ink, stroke_opacity=".35"
        )
    )
    parts += legend(series, palette, 0, HEIGHT - 8, picture_width)
    height = HEIGHT + legend_height(series, picture_width)
    description = ", ".join(f"{names[year]}: {number:,}" for year, number in numbers.items()) or "None"
    title = f"Papers on {catalogue.config.topic} by year"
    name = "papers-per-year-narrow" if narrow else "papers-per-year"
    return picture(name, title, description, picture_width, height, parts, palette)


def papers_per_year_table(catalogue: Catalogue) -> Table:
    """The picture's numbers, of every year that has papers."""
    series, years = series_of(catalogue, Palette()), count(_dated(catalogue))
    return Table(
        [one.label for one in series],
        [(str(year), [(counts[one.key], None) for one in series]) for year, counts in sorted(years.items())],
    )


def _dated(catalogue: Catalogue) -> list[tuple[Paper, int]]:
    return [(paper, year) for paper in catalogue.papers if (year := first_year(paper)) is not None]


def _labels(name: str, number: int, middle: float, per_paper: float, palette: Palette) -> Iterator[str]:
    if number:
        top = BOTTOM - number * per_paper - 6
        yield element("text", numeral(number), x=middle, y=top, text_anchor="middle", fill=palette.ink)
    yield element(
        "text", name, x=middle, y=BOTTOM + 18, text_anchor="middle", fill=palette.ink, fill_opacity=MUTED
    )
