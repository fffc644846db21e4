"""Whether a BibTeX entry and a record speak of the same published version.

Titles are compared without markup, case and punctuation; authors by family name
and an initial, in order; venues through the vocabulary, where Findings and
workshops are not the main conference; addresses by the paper that they name.
What either side does not know cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from catalog.bibtex.entry import Entry
from catalog.bibtex.names import OTHERS, split_names
from catalog.bibtex.venues import resolve_venue
from catalog.counting import counted
from catalog.links import doi_in, identifiers_in, place_in_proceedings
from catalog.names import family_name, family_parts, is_in_characters
from catalog.record import Paper, link_of
from catalog.values import check_link, is_arxiv_doi
from catalog.vocabulary import Vocabulary, fold


class Disagreement(NamedTuple):
    """A fact on which entry and record differ; both values as a reader should see them."""

    field: str
    in_bibtex: str
    in_record: str


def disagreements(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> list[Disagreement]:
    """Every difference in title, authors, year, venue, arXiv id, DOI and addresses."""
    return list(_differences(entry, paper, vocabulary))


def _differences(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> Iterator[Disagreement]:
    title = entry.title or ""
    if fold(title) != fold(paper.title):
        yield Disagreement("title", title or "nothing", paper.title)
    if paper.authors is not None:
        yield from _author_difference(entry, paper.authors)
    if paper.year is not None and entry.year != paper.year:
        yield Disagreement("year", str(entry.year or "nothing"), str(paper.year))
    if paper.venue in vocabulary["venue"]:  # of an unknown one nothing can be said
        text = entry.venue_text
        if text is None or resolve_venue(text, vocabulary) != paper.venue:
            yield Disagreement("venue", text or "nothing", str(paper.venue))
    known = paper.identifiers
    if entry.eprint and known.arxiv and entry.eprint != known.arxiv:
        yield Disagreement("arxiv", entry.eprint, known.arxiv)
    doi = published_doi(entry)
    if doi and known.doi and doi.lower() != known.doi.lower():
        yield Disagreement("doi", doi, known.doi)
    if entry.fields.get("url") == paper.paper_link and "howpublished" not in entry.fields:
        return  # as in nearly every entry
    for field, address in addresses_in(entry):
        own = own_address(address, paper)
        if own:
            yield Disagreement(field, address, own)


def _author_difference(entry: Entry, authors: tuple[str, ...]) -> Iterator[Disagreement]:
    found = split_names(entry.fields.get("author", ""))
    if found[-1:] == [OTHERS]:
        yield Disagreement(
            "authors", f"{', '.join(found[:-1][:3])} and others", f"all {len(authors)} of them"
        )
        return
    if len(found) != len(authors):
        missing = _only_in(authors, found)
        extra = _only_in(found, authors)
        yield Disagreement(
            "authors",
            counted(len(found), "author") + (f", among them {extra}" if extra else ""),
            counted(len(authors), "author") + (f", among them {missing}" if missing else ""),
        )
        return
    for position, (one, other) in enumerate(zip(found, authors, strict=True), 1):
        if not _same_person(one, other):
            yield Disagreement("authors", f"{one} as author {position}", f"{other} as author {position}")
            return


def same_authors(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists name the same people in the same order, each as it may be written.

    >>> same_authors(["J. Müller", "Ada Bo"], ["Jörg Muller", "Ada Bo"]), same_authors(["Ada Bo"], [])
    (True, False)
    """
    return len(some) == len(others) and all(map(_same_person, some, others))


def names_first(entry: Entry, authors: Sequence[str]) -> bool:
    """Whether the entry names the first of *authors*, and leaves the rest to "and others"."""
    named = entry.authors
    return (
        entry.authors_truncated
        and len(named) <= len(authors)
        and all(_same_person(one, other) for one, other in zip(named, authors, strict=False))
    )


def _only_in(names: Iterable[str], others: Iterable[str]) -> str | None:
    known = {fold(family_name(name)) for name in others}
    return next((name for name in names if fold(family_name(name)) not in known), None)


def _same_person(one: str, other: str) -> bool:
    """Equal family names and an initial in common; given names may be initials, and the two swapped.

    *one*, of an entry, has a comma where braces keep "Family, Given" from being read as such.
    """
    if one == other:
        return True
    if "," in one:
        return False
    whole_one, whole_other = fold(one), fold(other)
    if whole_one == whole_other or sorted(map(fold, one.split())) == sorted(map(fold, other.split())):
        return True
    if is_in_characters(one) and is_in_characters(other):  # family name first or last, as it may be
        return sorted(whole_one) == sorted(whole_other)
    first, second = fold(family_name(one)), fold(family_name(other))
    same_family = (
        first == second
        or (len(first) > 2 and whole_other.endswith(first))
        or (len(second) > 2 and whole_one.endswith(second))
    )
    initials, others = _initials(one), _initials(other)
    return same_family and (not initials or not others or not initials.isdisjoint(others))


def _initials(name: str) -> set[str]:
    """First letters of the given names; none of a group or a single name."""
    words = re.split(r"[\s.-]+", family_parts(name)[0])
    return {folded[0] for word in words if (folded := fold(word))}


def published_doi(entry: Entry) -> str | None:
    """The published version's DOI, without resolver; arXiv's own DOIs name the preprint."""
    doi = entry.doi_in("doi")
    return doi if doi and not is_arxiv_doi(doi) else None


# --------------------------------------------------------------------------------------- addresses


def addresses_in(entry: Entry) -> Iterator[tuple[str, str]]:
    """(field, address) of what the entry says about where the paper is read."""
    for field in ("url", "howpublished"):
        value = entry.fields.get(field, "")
        for address in re.findall(r"https?://[^\s{}]+", re.sub(r"\\([_%&#])", r"\1", value)):
            try:
                yield field, check_link(address)
            except ValueError:
                continue


def own_address(address: str, paper: Paper) -> str | None:
    """Where the record says that *paper* is read, if *address* is that of another paper.

    ``None`` where they agree, or where the record has nothing of that kind to compare it with.
    """
    if address == paper.paper_link:
        return None
    for name, value in identifiers_in(address).items():
        known = getattr(paper.identifiers, name)
        if known and known.lower() != value.lower():
            return link_of(name, known)
    doi, known_doi = doi_in(address), paper.identifiers.doi
    if doi and known_doi and not _begins_with(doi, known_doi) and not is_arxiv_doi(doi):
        return link_of("doi", known_doi)
    there, here = place_in_proceedings(address), place_in_proceedings(paper.links.paper or "")
    if there and here and there[0] == here[0] and there != here:
        return paper.links.paper
    return None


def _begins_with(doi: str, known: str) -> bool:
    """Publishers put the file, or its form, behind the DOI in their addresses."""
    return re.match(rf"{re.escape(known)}(?!\w)", doi, re.IGNORECASE) is not None
