"""Whether a paper that was kept out has come in after all."""

from __future__ import annotations

from collections.abc import Iterator

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding, named
from catalog.draft import Draft, draft_of_paper, draft_of_refusal, may_be_cut_short
from catalog.entries import read_text
from catalog.findings import Finding, Related
from catalog.record import Paper
from catalog.refusals import FILE, Refusal, Refusals
from catalog.vocabulary import fold


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
                f"{FILE} keeps '{refusal.title}' out: {refusal.reason}; delete this record or that entry",
                related=[_entry(catalogue, refusal, named(catalogue, paper))],
            )
        elif refusal := _beginning_of(paper, catalogue.refused):
            yield finding(
                catalogue,
                paper,
                ("title",),
                "refused-paper",
                f"the title begins as '{refusal.title}' does, which {FILE} keeps out: {refusal.reason}; "
                "delete this record, or, if it is another paper, write its whole title",
                severity="warning",
                related=[_entry(catalogue, refusal, named(catalogue, paper))],
            )


def _beginning_of(paper: Paper, refused: Refusals) -> Refusal | None:
    """The refusal of whose title the paper's may be the beginning."""
    title = fold(paper.title)
    longer = [refusal for folded, refusal in refused.by_title.items() if folded.startswith(title)]
    own = draft_of_paper(paper, dated=True) if longer else Draft()
    return next((each for each in longer if may_be_cut_short(own, draft_of_refusal(each))), None)


def _entry(catalogue: Catalogue, refusal: Refusal, record: str) -> Related:
    text = read_text(catalogue.root / FILE)
    path = ("refused", catalogue.refused.papers.index(refusal))
    message = f"'{refusal.title}' is kept out here, but has a record, {record}; delete that or this entry"
    return Related(FILE, *yaml_files.locate(text, path), message)
