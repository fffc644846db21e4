"""Whether a paper that was kept out has come in after all, and whether each is kept out once."""

from __future__ import annotations

from collections import defaultdict
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


@check("duplicate-refusal")
def papers_refused_twice(catalogue: Catalogue) -> Iterator[Finding]:
    """A paper that papers/refused.yaml keeps out twice, so that the reason of one entry is told to nobody."""
    earlier: dict[str, list[int]] = defaultdict(list)
    for number, refusal in enumerate(catalogue.refused.papers):
        marks = [fold(refusal.title), *([refusal.arxiv] if refusal.arxiv else [])]
        alike = sorted({at for mark in marks for at in earlier[mark]})
        first = next((at for at in alike if _are_one_paper(catalogue.refused.papers[at], refusal)), None)
        if first is not None:
            yield _twice(catalogue, first, number)
        for mark in marks:
            earlier[mark].append(number)


def _are_one_paper(one: Refusal, other: Refusal) -> bool:
    """Whether they have one arXiv id, or one title, whatever its case, where no two ids speak against it."""
    if one.arxiv and other.arxiv:
        return one.arxiv == other.arxiv
    return fold(one.title) == fold(other.title)


def _twice(catalogue: Catalogue, first: int, second: int) -> Finding:
    """The finding on the second of two entries, which names the first one."""
    text = read_text(catalogue.root / FILE)
    one, other = catalogue.refused.papers[first], catalogue.refused.papers[second]
    line, _ = yaml_files.locate(text, ("refused", first))
    shared = f"the arXiv id {other.arxiv}" if one.arxiv and other.arxiv else "the title"
    message = (
        f"{shared} of '{other.title}' is also that of '{one.title}' in line {line}; "
        "if they are one paper, leave one entry, with the ids of both, else correct the one that is wrong"
    )
    place = yaml_files.locate(text, ("refused", second))
    return Finding(FILE, *place, "duplicate-refusal", "error", message)
