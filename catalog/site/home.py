"""The front page: what this is, where to begin, what is new, what can be run."""

from __future__ import annotations

from collections.abc import Sequence

from catalog import exports
from catalog.catalogue import Catalogue, latest_added_first
from catalog.site.addresses import to_root
from catalog.site.api import PARQUET, has_parquet
from catalog.site.chart_pages import timeline
from catalog.site.export_files import FILES
from catalog.site.history import History
from catalog.site.implementations import models_file
from catalog.site.index_pages import WORTH_A_CHART
from catalog.site.method_pages import method_views
from catalog.site.pages import File, Maker, absolute
from catalog.site.structured import dataset
from catalog.site.views import TermIndex, TermView, entry_view
from catalog.wording import in_sentence

NEWEST = 6
"""Papers on the front page."""
FREQUENT = 7
"""Terms of a field on the front page: those with most papers."""


def front_page(catalogue: Catalogue, maker: Maker, index: TermIndex, history: History) -> File:
    """The page at the site's root."""
    papers = catalogue.papers
    base = maker.config.base_url or "./"
    files = {**FILES, "parquet": PARQUET} if has_parquet() else FILES
    downloads = {absolute(base, address): exports.get(name).media_type for name, address in files.items()}
    has_training = catalogue.vocabulary.has_field("training")
    modified = history.steps[0].commit.date if history.steps else None
    return maker.page(
        "",
        "home",
        "home.html.j2",
        head="home_head.html.j2",
        feed=maker.config.title,
        total=len(papers),
        with_code=sum(bool(paper.links.code) for paper in papers),
        training_free=has_training and sum(paper.training in ("free", "both") for paper in papers),
        training_free_label=catalogue.vocabulary.label("training", "free"),
        training_known=sum(paper.training is not None for paper in papers),
        domains=[view for view in index.views("domain") if view.count],
        beginnings=_beginnings(catalogue, index),
        newest=[entry_view(paper, catalogue.vocabulary) for paper in latest_added_first(papers)[:NEWEST]],
        runnable=[(view.name, view.address) for view in method_views(catalogue)],
        models=models_file(catalogue),
        timeline=timeline(catalogue, to_root("")) if len(papers) >= WORTH_A_CHART else None,
        lists_link=maker.forge.file("tree", "papers/lists") if maker.forge else None,
        json_ld=dataset(maker.config, base, downloads, modified),
    )


def _beginnings(catalogue: Catalogue, index: TermIndex) -> list[tuple[str, list[TermView]]]:
    """What else a reader may begin with: criteria, mechanisms, fields of the catalogue's own, if in use."""
    wording, own = catalogue.config.wording, catalogue.vocabulary.own
    rows = {"criterion": wording.criterion, "mechanism": wording.mechanism}
    rows |= {name: in_sentence(catalogue.vocabulary.labels[name]) for name in own}
    frequent = ((heading, _frequent(index.views(field))) for field, heading in rows.items())
    return [(heading, terms) for heading, terms in frequent if terms]


def _frequent(views: Sequence[TermView]) -> list[TermView]:
    used = [view for view in views if view.count]
    return sorted(used, key=lambda view: -view.count)[:FREQUENT]
