"""Whether a BibTeX entry and a record speak of the same published version.

Titles are compared without markup, case and punctuation; authors by family name
and an initial, in order; venues through the vocabulary, where Findings and
workshops are not the main conference; addresses by the paper that they name.
What either side does not know cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

from catalog.bibtex.entry import MONTHS, Entry
from catalog.bibtex.latex import latex_to_text
from catalog.bibtex.names import OTHERS, family_name, family_parts, split_names
from catalog.links import doi_in, identifiers_in, place_in_proceedings
from catalog.record import Identifiers, Paper, canonical_link, check_link
from catalog.vocabulary import Venue, Vocabulary, fold

_SAME_TITLE = 90


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
    doi = _doi(entry)
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
            _count(found) + (f", among them {extra}" if extra else ""),
            _count(authors) + (f", among them {missing}" if missing else ""),
        )
        return
    for position, (one, other) in enumerate(zip(found, authors, strict=True), 1):
        if not _same_person(one, other):
            yield Disagreement("authors", f"{one} as author {position}", f"{other} as author {position}")
            return


def _count(authors: Sequence[str]) -> str:
    return "1 author" if len(authors) == 1 else f"{len(authors)} authors"


def _only_in(names: Iterable[str], others: Iterable[str]) -> str | None:
    known = {fold(family_name(name)) for name in others}
    return next((name for name in names if fold(family_name(name)) not in known), None)


def _same_person(one: str, other: str) -> bool:
    """Equal family names and an initial in common; given names may be initials, and the two swapped."""
    if one == other:
        return True
    whole_one, whole_other = fold(one), fold(other)
    if whole_one == whole_other or sorted(map(fold, one.split())) == sorted(map(fold, other.split())):
        return True
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


def _doi(entry: Entry) -> str | None:
    """The published version's DOI, without resolver; arXiv's own DOIs name the preprint."""
    match = re.search(r"10\.\d{4,9}/[^\s{}]+", entry.fields.get("doi", "").replace("\\_", "_"))
    return match[0] if match and not match[0].lower().startswith("10.48550/") else None


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
            return canonical_link(Identifiers.model_validate({name: known}))
    doi, known_doi = doi_in(address), paper.identifiers.doi
    if doi and known_doi and not _begins_with(doi, known_doi) and not _begins_with(doi, "10.48550"):
        return f"https://doi.org/{known_doi}"
    there, here = place_in_proceedings(address), place_in_proceedings(paper.links.paper or "")
    if there and here and there[0] == here[0] and there != here:
        return paper.links.paper
    return None


def _begins_with(doi: str, known: str) -> bool:
    """Publishers put the file, or its form, behind the DOI in their addresses."""
    return re.match(rf"{re.escape(known)}(?!\w)", doi, re.IGNORECASE) is not None


# ------------------------------------------------------------------------------------------ venues


def resolve_venue(text: str, vocabulary: Vocabulary) -> str | None:
    """The key of the venue that *text*, a booktitle or journal, names; ``None`` where it is none or unclear.

    Text that speaks of Findings or of a workshop never resolves to the main conference.
    """
    return _matcher(vocabulary).resolve(text)


@lru_cache(maxsize=4)
def _matcher(vocabulary: Vocabulary) -> _VenueMatcher:
    return _VenueMatcher(v for v in vocabulary["venue"].values() if isinstance(v, Venue))


_SMALL_WORDS = frozenset(["the", "of", "on", "in", "for", "and", "a", "at", "to", "ieee", "cvf", "annual"])
_APART = ("workshop", "findings")
"""Words that tell a side event from the conference which it is named after."""

_ELSEWHERE = {"arxiv": ("CoRR",)}
"""What DBLP calls arXiv, which every catalogue's preprints need."""


def _words(text: str) -> list[str]:
    """The words that matter, lower case, singular where it matters, without years, ordinals and diacritics.

    >>> _words("Proceedings of the 41st Workshops @ ICML2024")
    ['proceedings', 'workshop', 'icml']
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = []
    for word in re.findall(r"[^\W_]+", plain):
        word = re.sub(r"^([a-z]{2,})\d{2,4}$", r"\1", word)
        if word in _SMALL_WORDS or re.fullmatch(r"\d+(st|nd|rd|th)?", word):
            continue
        words.append("workshop" if word == "workshops" else word)
    return words


class _VenueMatcher:
    """Finds the venue of a vocabulary that a booktitle or journal names: the longest name in it wins."""

    def __init__(self, venues: Iterable[Venue]) -> None:
        self._names: list[tuple[str, Venue]] = []
        for venue in venues:
            texts = (venue.key, venue.label, venue.definition, *venue.aliases, *venue.tags)
            texts += _ELSEWHERE.get(venue.key.lower(), ())
            for name in dict.fromkeys(" ".join(_words(text)) for text in texts):
                if name:
                    self._names.append((f" {name} ", venue))
        self._names.sort(key=lambda item: -len(item[0]))
        self._answers: dict[str, str | None] = {}

    def resolve(self, text: str) -> str | None:
        if text not in self._answers:
            if len(self._answers) > 10_000:
                self._answers.clear()
            self._answers[text] = self._resolve(text)
        return self._answers[text]

    def _resolve(self, text: str) -> str | None:
        line = f" {' '.join(_words(text))} "
        apart = [word for word in _APART if f" {word} " in line]
        matches = [(name, venue) for name, venue in self._names if name in line]
        named = [(n, v) for n, v in matches if all(v.type == word or f" {word} " in n for word in apart)]
        if apart and not (named and "workshop" in apart):
            named = self._named_apart(line, apart, matches)
        return named[0][1].key if named else None

    def _named_apart(
        self, line: str, apart: list[str], matches: list[tuple[str, Venue]]
    ) -> list[tuple[str, Venue]]:
        """Workshops or Findings named with their conference in any order, e.g. "Workshop on X @ ICML".

        The one whose name ends last comes first: "Findings of the ACL: EMNLP" is of EMNLP.
        """
        words = line.split()
        place = {word: position for position, word in enumerate(words)}
        for _, venue in matches:
            for word in _words(venue.label):
                place.setdefault(word, -1)
        found = [
            (name, venue)
            for name, venue in self._names
            if (venue.type in apart or any(f" {word} " in name for word in apart))
            and all(word in place for word in name.split())
            and (name in line or " " in name.strip())
        ]
        return sorted(found, key=lambda item: -max(place[word] for word in item[0].split()))


# -------------------------------------------------------------------------------------- carry over

CARRIED = ("doi", "volume", "number", "pages", "series", "publisher", "editor", "address", "month")
"""Facts of a published entry that a record has no field for, and the DOI."""


def carry_over(entry: Entry, paper: Paper, vocabulary: Vocabulary) -> dict[str, str]:
    """The facts in somebody else's *entry* that the record has no field for, as Unicode text.

    Empty unless the entry describes the record's published version: a similar title, and the same
    venue, which is no preprint server, and year.
    """
    venue = vocabulary.venue(paper.venue)
    if not venue or venue.type == "preprint" or entry.year != paper.year:
        return {}
    if fuzz.ratio(fold(entry.title or ""), fold(paper.title)) < _SAME_TITLE:
        return {}
    if not entry.venue_text or resolve_venue(entry.venue_text, vocabulary) != venue.key:
        return {}
    return facts_beyond_record(entry)


def facts_beyond_record(entry: Entry) -> dict[str, str]:
    """Volume, pages and so on as Unicode text; editors as "Given Family and Given Family".

    It is what :func:`catalog.bibtex.render` takes as *extra*.
    """
    facts = {name: text for name in CARRIED if (text := entry.text(name))}
    facts.pop("doi", None)
    if doi := _doi(entry):
        facts["doi"] = doi
    if "editor" in facts:
        editors = [name for name in split_names(entry.fields["editor"]) if name != OTHERS]
        facts["editor"] = " and ".join(editors)
    if "month" in facts and facts["month"][:3].lower() in MONTHS and facts["month"].isalpha():
        facts["month"] = facts["month"][:3].lower()
    if "pages" in facts:
        facts["pages"] = re.sub(r"\s*[-–—]+\s*", "–", latex_to_text(entry.fields["pages"]))
    return facts
