"""The page of pictures, and the numbers behind every picture of the site as CSV.

One file holds the numbers of all pages of a kind: a term's page links to the file of all terms.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from catalog.catalogue import Catalogue, by_date
from catalog.charts import (
    Bar,
    count_pairs,
    matrix_svg,
    matrix_table,
    milestones,
    papers_per_year_svg,
    papers_per_year_table,
    pinned_matrix_svgs,
    ranking_svg,
    step_of,
    timeline_svg,
)
from catalog.exports.csv_table import harmless
from catalog.record import Paper, first_year, year_of
from catalog.site.addresses import BROWSE, CHARTS, paper_page, term_page, to_root
from catalog.site.pages import File, Maker
from catalog.site.people import Authors
from catalog.site.views import TermIndex, TermView
from catalog.vocabulary import NONE, UNKNOWN

MATRIX = ("criterion", "mechanism")
"""Fields of the matrix: rows and columns."""
VENUES_SHOWN = 20
TERMS_CSV = f"{CHARTS}terms-by-year.csv"
AUTHORS_CSV = f"{CHARTS}authors-by-year.csv"
YEARS_CSV = f"{CHARTS}papers-by-year.csv"
PAPERS_CSV = f"{CHARTS}papers-by-year-and-domain.csv"
MATRIX_CSV = f"{CHARTS}{'-by-'.join(MATRIX)}.csv"
TIMELINE_CSV = f"{CHARTS}milestones.csv"
VENUES_CSV = f"{CHARTS}venues.csv"

Row = Sequence[str | int]


def chart_files(catalogue: Catalogue, maker: Maker, index: TermIndex, authors: Authors) -> Iterator[File]:
    """The page of pictures, and every CSV file."""
    root = to_root(CHARTS)
    venues = [view for view in index.views("venue") if view.count]
    pairs = count_pairs(catalogue, *MATRIX).counts

    def cell(row: str, column: str) -> str:
        return f"{root}{BROWSE}?{urlencode({MATRIX[0]: row, MATRIX[1]: column})}"

    def venue(key: str) -> str | None:
        address = term_page(catalogue.vocabulary, "venue", key)
        return f"{root}{address}" if address else None

    yield maker.page(
        CHARTS,
        "charts",
        "charts.html.j2",
        total=len(catalogue),
        has_domains=catalogue.vocabulary.has_field("domain"),
        timeline=timeline(catalogue, root) if milestones(catalogue) else None,
        timeline_step=step_of(catalogue),
        per_year=in_both_forms(lambda narrow: papers_per_year_svg(catalogue, narrow=narrow)),
        per_year_table=papers_per_year_table(catalogue),
        matrix=Markup(matrix_svg(catalogue, *MATRIX, link=cell)) if pairs else None,
        pinned_matrix=[Markup(part) for part in pinned_matrix_svgs(catalogue, *MATRIX, link=cell)],
        matrix_table=matrix_table(catalogue, *MATRIX, link=cell),
        venues=in_both_forms(lambda narrow: _venues(venues, venue, narrow)) if venues else None,
        venues_left_out=max(0, len(venues) - VENUES_SHOWN),
    )
    yield TERMS_CSV, _csv(("field", "term", "year", "papers"), _term_rows(index))
    yield AUTHORS_CSV, _csv(("author", "year", "papers"), _author_rows(authors))
    yield YEARS_CSV, _csv(("year", "papers"), _counted(map(year_of, catalogue.papers)))
    yield PAPERS_CSV, _csv(("year", "domain", "papers"), _paper_rows(catalogue))
    yield MATRIX_CSV, _csv((*MATRIX, "papers"), _matrix_rows(catalogue))
    yield TIMELINE_CSV, _csv(("id", "name", "title", "domain", "published"), _milestone_rows(catalogue))
    yield VENUES_CSV, _csv(("venue", "papers"), ((view.label, view.count) for view in venues))


def in_both_forms(draw: Callable[[bool], str]) -> tuple[Markup, Markup]:
    """A picture as it is and as it is on a phone, by a function that is told whether to draw narrowly."""
    return Markup(draw(False)), Markup(draw(True))


def timeline(catalogue: Catalogue, root: str) -> tuple[Markup, Markup]:
    """The milestones in both forms, on a page from which *root* leads to the site's root."""
    return in_both_forms(
        lambda narrow: timeline_svg(catalogue, link=lambda paper: root + paper_page(paper.id), narrow=narrow)
    )


def _venues(venues: Sequence[TermView], link: Callable[[str], str | None], narrow: bool) -> str:
    bars = [Bar(view.key, view.label, view.count) for view in venues[:VENUES_SHOWN]]
    name = "venues-narrow" if narrow else "venues"
    return ranking_svg(name, "Venues with most papers", bars, link=link, narrow=narrow)


def _csv(header: Row, rows: Iterable[Row]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([harmless(value) if isinstance(value, str) else value for value in row] for row in rows)
    return stream.getvalue().encode()


def _counted(years: Iterable[int | None]) -> list[tuple[str | int, int]]:
    """How often each year is there, in order; how often none is comes last."""
    counts = Counter(years)
    ordered = sorted(counts, key=lambda year: (year is None, year or 0))
    return [("" if year is None else year, counts[year]) for year in ordered]


def _term_rows(index: TermIndex) -> Iterator[Row]:
    for field in index.catalogue.vocabulary.fields:
        for key in index.catalogue.vocabulary[field]:
            for year, papers in _counted(map(year_of, index.papers.get((field, key), ()))):
                yield field, key, year, papers


def _author_rows(authors: Authors) -> Iterator[Row]:
    for author in authors.by_slug.values():
        for year, papers in _counted(map(year_of, author.papers)):
            yield author.name, year, papers


def _paper_rows(catalogue: Catalogue) -> Iterator[Row]:
    """As in the picture: by year of first publication; a paper of several domains counts once, under all."""
    groups: dict[str, list[Paper]] = {}
    for paper in catalogue.papers:
        none = UNKNOWN if paper.domain is None else NONE
        groups.setdefault(" + ".join(paper.domain or (none,)), []).append(paper)
    for domain in sorted(groups):
        for year, papers in _counted(map(first_year, groups[domain])):
            yield year, domain, papers


def _matrix_rows(catalogue: Catalogue) -> Iterator[Row]:
    matrix = count_pairs(catalogue, *MATRIX)
    for row in matrix.rows:
        for column in matrix.columns:
            yield row, column, matrix.counts.get((row, column), 0)


def _milestone_rows(catalogue: Catalogue) -> Iterator[Row]:
    chosen = {paper_id for paper_id in catalogue.config.milestones if paper_id in catalogue.by_id}
    for paper in reversed(by_date([catalogue.by_id[paper_id] for paper_id in sorted(chosen)])):
        yield paper.id, paper.name or "", paper.title, "; ".join(paper.domain or ()), paper.published or ""
