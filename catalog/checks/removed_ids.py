"""Whether ids of papers that were removed stay theirs: the pages at them say that the paper is gone."""

from __future__ import annotations

from collections.abc import Iterator

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding, named
from catalog.entries import read_text
from catalog.findings import Finding, Related
from catalog.record import Paper
from catalog.refusals import FILE, Refusal


@check("removed-id")
def removed_ids(catalogue: Catalogue) -> Iterator[Finding]:
    """An id of a removed paper in papers/refused.yaml that a record has or had, or that is there twice."""
    for number, refusal in enumerate(catalogue.refused.papers):
        for position, gone in enumerate(refusal.ids):
            place = ("refused", number, "ids", position)
            if paper := catalogue.by_any_id.get(gone):
                yield _in_use(catalogue, gone, paper, refusal, place)
            elif catalogue.refused.by_id[gone] is not refusal or gone in refusal.ids[:position]:
                message = f"the id '{gone}' stands here twice; delete it where it was another paper's"
                yield Finding(FILE, *_where(catalogue, place), "removed-id", "error", message)


def _in_use(
    catalogue: Catalogue, gone: str, paper: Paper, refusal: Refusal, place: tuple[str | int, ...]
) -> Finding:
    """The finding on *paper*, which has, or had, the id that *refusal* claims at *place* of its file."""
    its_own = paper.id == gone
    what = "the id" if its_own else f"the former id '{gone}'"
    end = Related(
        FILE,
        *_where(catalogue, place),
        f"the id '{gone}' is {'that' if its_own else 'a former one'} of {named(catalogue, paper)}, but "
        f"stands here as that of '{refusal.title}', which was removed; delete it here, or there",
    )
    return finding(
        catalogue,
        paper,
        () if its_own else ("aliases", paper.aliases.index(gone)),
        "removed-id",
        f"{what} of {named(catalogue, paper)} is in {FILE} that of '{refusal.title}', which was removed; "
        f"{'rename this file' if its_own else 'delete it here'}, or delete the id there",
        related=[end],
    )


def _where(catalogue: Catalogue, place: tuple[str | int, ...]) -> tuple[int, int]:
    return yaml_files.locate(read_text(catalogue.root / FILE), place)
