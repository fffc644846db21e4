"""Whether a paper that was kept out has come in after all."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.findings import Finding


@check("refused-paper")
def refused_papers(catalogue: Catalogue) -> Iterator[Finding]:
    """A record of a paper that papers/refused.yaml keeps out; one of the two is wrong."""
    for paper in catalogue:
        arxiv = [paper.identifiers.arxiv] if paper.identifiers.arxiv else []
        refusal = catalogue.refused.find((paper.title, *paper.former_titles), arxiv)
        if refusal:
            yield finding(
                catalogue,
                paper,
                ("title",),
                "refused-paper",
                f"papers/refused.yaml keeps '{refusal.title}' out: {refusal.reason}; "
                "delete this record or that entry",
            )
