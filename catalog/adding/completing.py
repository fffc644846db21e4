"""A paper that has a record: what an entry, or the person, knows of it, and the record does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog import bibtex, yaml_files
from catalog.adding import doubts
from catalog.adding.setting import contradicted, unknown_or_earlier, with_values
from catalog.catalogue import Catalogue
from catalog.draft import (
    Draft,
    Settled,
    are_one_paper,
    draft_of_paper,
    former_titles_after,
    is_spelling_of,
    settle,
)
from catalog.importers import completing
from catalog.provenance import CURATOR, joined_sources
from catalog.record import LAYOUT, Paper, value_of
from catalog.record_files import parse_record, place_after

PUBLISHED = "BibTeX of the published version"
"""The source of what a published entry says in place of the preprint."""


@dataclass(frozen=True)
class Completion:
    """A record with facts that it did not have.

    Attributes
    ----------
    path : below the catalogue's root
    before : its path until now, another one where the paper is now known to have appeared in another year
    old, text : its file's text until now, and then
    fields : those that were unknown, and that the entry knows
    left : field -> what the record says, of those that the person gave another value for
    """

    paper: Paper
    path: str
    before: str
    old: str
    text: str
    fields: tuple[str, ...]
    left: Mapping[str, Any]


def complete(
    paper: Paper, draft: Draft, catalogue: Catalogue, given: Mapping[str, Any] | None = None
) -> Completion:
    """The record with what *draft*, of an entry, and the person's own values add to it.

    Of an entry that is authors, venue, year, date and identifiers where the record has none, and title,
    authors, venue and year of the publication where it knows the preprint alone.  Its text is the old one
    where there is nothing to add, or the draft may be about another paper: the title alone is no proof where
    an identifier, the venue or the authors contradict it.

    Parameters
    ----------
    given : field or link -> value; they win over the draft's, and never over what the record says

    Raises
    ------
    AddingError : no record can hold one of the values
    """
    file, old = catalogue.files[paper.id], catalogue.text_of(paper)
    text, now, fields = old, paper, tuple[str, ...]()
    values = dict(given or {})
    taken = unknown_or_earlier(paper, values, catalogue)
    if draft["bibtex"] and _is_of(paper, draft, catalogue):
        settled = settle(draft, catalogue.vocabulary)
        changes = completing.appearance(paper, settled, catalogue) | completing.facts(paper, settled)
        published = _publication(paper, settled, catalogue)
        changes = {name: value for name, value in (changes | published).items() if name not in taken}
        if changes:
            text = completing.completed(paper, draft, settled, changes, catalogue)
            text = _with_sources(text, paper, [name for name in published if name in changes])
            now = parse_record(text, yaml_files.parse(text), file, catalogue.vocabulary.own)[0] or paper
            text = text if now is not paper else old
            fields = tuple(name for name in changes if value_of(paper, name) in (None, ()))
    if taken:
        text, now = with_values(text, now, file, taken, CURATOR, catalogue)
    left = contradicted(paper, {name: value for name, value in values.items() if name not in taken})
    return Completion(now, place_after(paper, now, file), file, old, text, fields, left)


def _is_of(paper: Paper, draft: Draft, catalogue: Catalogue) -> bool:
    """Whether nothing speaks against the draft's being about *paper*, which may have another title now."""
    known = draft_of_paper(paper)
    same = are_one_paper(draft, known)
    retitled = not draft.identifiers.isdisjoint(known.identifiers) and doubts.about_one_paper(known, draft)
    return (same or retitled) and not doubts.on_title(draft, paper, catalogue.vocabulary)


def _publication(paper: Paper, settled: Settled, catalogue: Catalogue) -> dict[str, Any]:
    """What a published entry says of a paper of which the record knows the preprint alone.

    Names and titles that differ in spelling alone stay as they are: a person may have mended them.
    """
    vocabulary = catalogue.vocabulary
    venue, year = settled.data.get("venue"), settled.data.get("year")
    if not vocabulary.is_preprint(paper.venue) or venue is None or vocabulary.is_preprint(venue):
        return {}
    if year is None or vocabulary.venue(venue) is None:
        return {}
    found: dict[str, Any] = {"venue": venue, "year": year}
    title = str(settled.data.get("title") or paper.title)
    if not is_spelling_of(paper.title, title):
        found |= {
            "title": title,
            "former_titles": former_titles_after(title, paper.former_titles, paper.title),
        }
    authors = settled.data.get("authors")
    if authors and paper.authors and not bibtex.same_authors(authors, paper.authors):
        found["authors"] = [_as_known(name, paper.authors) for name in authors]
    return found


def _as_known(name: str, known: Iterable[str]) -> str:
    """An author's name as the record has it, which may spell out what an entry shortens to an initial."""
    return next((each for each in known if bibtex.same_authors([name], [each])), name)


def _with_sources(text: str, paper: Paper, published: Collection[str]) -> str:
    """The record in *text* with the sources of what is as *published* now, and of the title before."""
    if not published:
        return text
    sources = dict(yaml_files.parse(text).get("provenance") or {})
    sources |= {name: PUBLISHED for name in published if name != "former_titles"}
    if "former_titles" in published and (source := paper.provenance.get("title")):
        sources["former_titles"] = joined_sources(paper.provenance.get("former_titles"), source)
    return yaml_files.edit(text, {"provenance": dict(sorted(sources.items()))}, LAYOUT)
