"""An entry of a paper that has a record: the facts that the entry knows, and the record does not."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import yaml_files
from catalog.adding import doubts
from catalog.catalogue import Catalogue, parse_record, place_after
from catalog.draft import Draft, draft_of_paper, group, settle
from catalog.importers import completing
from catalog.record import Paper


@dataclass(frozen=True)
class Completion:
    """A record with facts that it did not have.

    Attributes
    ----------
    path : below the catalogue's root
    before : its path until now, another one where the paper is now known to have appeared in another year
    fields : those that were unknown
    """

    paper: Paper
    path: str
    before: str
    text: str
    fields: tuple[str, ...]


def complete(paper: Paper, draft: Draft, catalogue: Catalogue) -> Completion | None:
    """The record with authors, venue, year, date and identifiers of *draft* where it has none.

    ``None`` where there is nothing to add, or the draft may be about another paper: the title alone is no
    proof where an identifier, the venue or the authors contradict it.
    """
    if len(group([draft, draft_of_paper(paper)], new=1)) > 1:
        return None
    if doubts.on_title(draft, paper, catalogue.vocabulary):
        return None
    settled = settle(draft, catalogue.vocabulary)
    changes = completing.appearance(paper, settled, catalogue) | completing.facts(paper, settled)
    if not changes:
        return None
    file = catalogue.files[paper.id]
    text = completing.completed(paper, draft, settled, changes, catalogue)
    completed, _ = parse_record(text, yaml_files.parse(text), file)
    if completed is None:
        return None
    return Completion(completed, place_after(paper, completed, file), file, text, tuple(changes))
