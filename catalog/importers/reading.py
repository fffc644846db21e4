"""From an entry to a draft: every statement of a list's row as a claim, repaired where that is certain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalog import bibtex
from catalog.draft import Authority, Claim, Draft, titles_compatible
from catalog.importers import damage, links, tags, text
from catalog.importers.author_fields import bibtex_authors
from catalog.importers.damaged_bibtex import read_damaged
from catalog.importers.entry import Entry, Tag
from catalog.importers.venues import read_venue
from catalog.record import IDENTIFIERS
from catalog.texts import is_all_capitals
from catalog.values import arxiv_month, check_link
from catalog.vocabulary import Vocabulary

_MAX_NAME_WORDS = 3
_OF_ONE_VALUE = ("kind", "training", "parametric")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader of the report should know about a row.

    ``kind`` is one of: repaired, doubtful, unknown-heading, unknown-tag, unknown-venue, unknown-link,
    unusable-link, bibtex.
    """

    kind: str
    place: str
    text: str


@dataclass
class Reading:
    """What one entry gave: a draft, or the reason for refusing it; and notes."""

    entry: Entry
    source: str
    draft: Draft
    notes: list[Note] = field(default_factory=list)
    refused: str | None = None


class EntryReader:
    """Reads the entries of one list.

    Parameters
    ----------
    source : the list's key, as ``listed_in`` and provenance hold it
    replaced : names of the pages in which "Cache" was replaced throughout
    """

    def __init__(self, vocabulary: Vocabulary, source: str, replaced: frozenset[str] = frozenset()) -> None:
        self.vocabulary, self.source, self.replaced = vocabulary, source, replaced

    def read(self, entry: Entry) -> Reading:
        """The entry's claims."""
        reading = Reading(entry, self.source, Draft(), refused=entry.refused)
        if reading.refused:
            return reading
        title = self._title(entry.title, reading)
        if len(re.findall(r"[^\W\d_]", title)) < 3:
            reading.refused = "no title could be read"
            return reading
        claims: dict[str, list[Claim]] = {}
        for name, value in self._values(entry, title, reading):
            claim = Claim(value, self.source, place=_place(entry))
            if claim not in claims.setdefault(name, []):
                claims[name].append(claim)
        for name, value in tags.terms_of_title(title, self.vocabulary):
            claims.setdefault(name, []).append(Claim(value, "title", Authority.TITLE, _place(entry)))
        self._add_identifier_claims(claims, reading)
        if _leads_elsewhere_only(entry, claims):
            reading.refused = _NO_PAPER
            return reading
        reading.draft = Draft({name: tuple(each) for name, each in claims.items()})
        return reading

    # ----------------------------------------------------------------------- titles and names

    def _title(self, raw: str, reading: Reading) -> str:
        if (broken := _BROKEN_LINK.search(raw)) and broken.start():
            said = f"no link can be read in '{broken[0]}'; mend the row, or write the address into the record"
            reading.notes.append(Note("unusable-link", _place(reading.entry), said))
            raw = raw[: broken.start()].rstrip()
        cleaned = text.without_emoji(text.clean_title(raw))
        repaired = damage.repair_title(cleaned, self._is_replaced(reading.entry))
        if repaired.text != cleaned:
            reading.notes.append(
                Note("repaired", _place(reading.entry), f"title '{cleaned}' -> '{repaired.text}'")
            )
        if not repaired.certain:
            reading.notes.append(
                Note(
                    "doubtful", _place(reading.entry), f"'Caching' may have been 'Cache' in '{repaired.text}'"
                )
            )
        if is_all_capitals(repaired.text):
            said = f"the title is all capitals, look how it was published: '{repaired.text}'"
            reading.notes.append(Note("doubtful", _place(reading.entry), said))
        if text.has_stray_mark(raw):
            said = f"the title has an asterisk that no other one closes, look at it: '{repaired.text}'"
            reading.notes.append(Note("doubtful", _place(reading.entry), said))
        return repaired.text

    def _is_replaced(self, entry: Entry) -> bool:
        return entry.file in self.replaced

    def _values(self, entry: Entry, title: str, reading: Reading) -> Iterator[tuple[str, object]]:
        yield "title", title
        yield "listed_in", self.source
        if entry.name:
            yield "name", damage.repair_title(text.clean_name(entry.name), self._is_replaced(entry)).text
        if entry.authors:
            yield from self._authors(entry.authors, entry, reading)
        yield from self._venue(entry, reading)
        yield from self._links(entry, reading)
        yield from self._tags(entry, reading)
        yield from self._bibtex(entry, title, reading)

    def _authors(self, line: str, entry: Entry, reading: Reading) -> Iterator[tuple[str, object]]:
        authors = text.parse_authors(line)
        if authors.doubtful:
            reading.notes.append(Note("doubtful", _place(entry), f"{_TWO_WAYS}: {line.strip(' .*_')}"))
        elif authors.complete:
            reading.notes += _on_braces(authors, entry)
            yield "authors", authors.names

    # ----------------------------------------------------------------------- venue and links

    def _venue(self, entry: Entry, reading: Reading) -> Iterator[tuple[str, object]]:
        if not entry.venue:
            return
        found = read_venue(entry.venue, self.vocabulary)
        if found.key:
            yield "appearance", (found.key, found.year)
        elif found.words:
            reading.notes.append(Note("unknown-venue", _place(entry), entry.venue.strip(" ,.*_")))
        if found.year and not found.key:
            yield "year", found.year

    def _links(self, entry: Entry, reading: Reading) -> Iterator[tuple[str, object]]:
        reading.notes += [Note("unknown-link", _place(entry), link) for link in entry.unknown_links]
        for link in entry.links:
            written = link.url.strip(" []()").replace("&amp;", "&")
            url = damage.repair_link(written, self._is_replaced(entry))
            if url != written:
                reading.notes.append(Note("repaired", _place(entry), f"link {written} -> {url}"))
            try:
                yield from self._read_link(link.kind, check_link(links.with_scheme(url)))
            except ValueError as error:
                reading.notes.append(Note("unusable-link", _place(entry), str(error)))

    def _read_link(self, kind: str, url: str) -> Iterator[tuple[str, object]]:
        if kind in ("paper", "title"):
            paper = links.read_paper_link(url)
            yield from paper.identifiers.items()
            if paper.url:
                yield "paper", paper.url
        elif kind == "code":
            found, address = links.read_code_link(url)
            if found == "none":
                raise ValueError(f"no code there: {url}")
            yield found, address
        else:
            yield kind, url

    # ----------------------------------------------------------------------- tags

    def _tags(self, entry: Entry, reading: Reading) -> Iterator[tuple[str, object]]:
        under = [tags.terms_of_heading(heading, self.vocabulary) for heading in entry.headings]
        yield from (term for terms in under for term in terms if term[0] not in _OF_ONE_VALUE)
        self._note_heading(entry, reading)
        values: dict[str, list[str]] = {}
        names: list[str] = []
        for tag in entry.tags:
            found = tags.terms_of_tag(tag, self.vocabulary)
            for name, key in found:
                values.setdefault(name, []).append(key)
            if not found:
                yield from self._untermed(tag, entry, names, reading)
        # What the row says, and then the heading next to it, is closer to the paper than those further up.
        for name, key in (term for terms in reversed(under) for term in terms):
            if name in _OF_ONE_VALUE:
                values.setdefault(name, [key])
        for name, keys in values.items():
            if name == "training":
                yield name, "both" if len(set(keys)) > 1 else keys[0]
            elif name == "parametric":
                yield name, "both" if len(set(keys)) > 1 or keys[0] == "both" else keys[0] == "true"
            elif name == "kind":
                yield name, keys[0]
            else:
                yield from ((name, key) for key in dict.fromkeys(keys))

    def _note_heading(self, entry: Entry, reading: Reading) -> None:
        """Say of the heading next to a row that it names no term, or several."""
        section = next((text for text in reversed(entry.headings) if re.search(r"[^\W\d_]", text)), "")
        if section in entry.file or tags.terms_of_heading(section, self.vocabulary):
            return
        several = [f"{name} '{key}'" for name, key in tags.terms_named_by(section, self.vocabulary)]
        which = f" (names {' and '.join(several)}; nothing tells which)" if several else ""
        reading.notes.append(Note("unknown-heading", _place(entry), section + which))

    def _untermed(
        self, tag: Tag, entry: Entry, names: list[str], reading: Reading
    ) -> Iterator[tuple[str, object]]:
        """A tag that is no term: a venue, the method's name where none is badged as such, or unknown."""
        venue = read_venue(tag.text, self.vocabulary) if tag.colour is None else None
        if venue and venue.key:
            yield "appearance", (venue.key, venue.year)
            return
        name = text.clean_name(tag.text)
        if (
            tag.colour is None
            and not names
            and len(name.split()) <= _MAX_NAME_WORDS
            and name not in _COMPANIES
        ):
            names.append(name)
            yield "name", name
            return
        colour = f" ({tag.colour})" if tag.colour else ""
        reading.notes.append(Note("unknown-tag", _place(entry), f"{tag.text}{colour}"))

    # ----------------------------------------------------------------------- BibTeX and identifiers

    def _bibtex(self, entry: Entry, title: str, reading: Reading) -> Iterator[tuple[str, object]]:
        if not entry.bibtex:
            return
        parsed = read_damaged(entry.bibtex)
        if parsed is None:
            reading.notes.append(Note("bibtex", _place(entry), "the entry's BibTeX cannot be read"))
            return
        try:
            bibtex.refuse_commands(parsed)
        except bibtex.BibtexError as error:
            reading.notes.append(Note("bibtex", _place(entry), f"the BibTeX is left out: {error.message}"))
            return
        # LaTeX writes quotes and dashes in its own way: that is not another spelling.
        same = text.letters(parsed.title or "") == text.letters(title)
        own = title if same else self._title(parsed.title or "", reading)
        if not titles_compatible(own, title):
            reading.notes.append(Note("bibtex", _place(entry), f"the BibTeX is titled '{own}'"))
            return
        yield "bibtex", entry.bibtex
        yield "title", own
        if parsed.authors and not parsed.authors_truncated:
            authors = bibtex_authors(parsed.fields["author"])
            reading.notes += [Note("doubtful", _place(entry), remark) for remark in authors.remarks]
            if authors.complete:
                reading.notes += _on_braces(authors, entry)
                yield "authors", authors.names
        if parsed.eprint:
            yield "arxiv", parsed.eprint
        yield from links.read_doi(bibtex.latex_to_text(parsed.fields.get("doi", ""))).items()
        url = links.read_paper_link(parsed.fields["url"]).identifiers if parsed.fields.get("url") else {}
        yield from ((name, value) for name, value in url.items() if name != "doi")

    def _add_identifier_claims(self, claims: dict[str, list[Claim]], reading: Reading) -> None:
        """What identifiers and proceedings' addresses say about where the paper appeared.

        That it is on arXiv says so only of a paper of which no other venue is named, known or not.
        """
        for claim in claims.get("anthology", ()):
            self._add_appearance(
                claims, links.venue_of_anthology(claim.value), "identifier: ACL Anthology", claim.place
            )
        for claim in claims.get("paper", ()):
            self._add_appearance(
                claims, links.venue_of_proceedings(claim.value), "identifier: proceedings", claim.place
            )
        if not claims.get("appearance") and not any(note.kind == "unknown-venue" for note in reading.notes):
            for claim in claims.get("arxiv", ())[:1]:
                month = arxiv_month(claim.value)
                year = int(month[:4]) if month else None
                claims["appearance"] = [Claim(("arXiv", year), self.source, place=_place(reading.entry))]

    def _add_appearance(
        self, claims: dict[str, list[Claim]], found: tuple[str, int] | None, source: str, place: str
    ) -> None:
        key = self.vocabulary.resolve("venue", found[0]) if found else None
        if found and key:
            claim = Claim((key, found[1]), source, Authority.IDENTIFIER, place)
            claims.setdefault("appearance", []).append(claim)


_TWO_WAYS = (
    "commas divide these authors, or family from given names, and nothing tells which; they are not taken"
)


def _on_braces(authors: text.Authors, entry: Entry) -> list[Note]:
    return [Note("doubtful", _place(entry), text.on_braces(name)) for name in authors.undivided]


def _leads_elsewhere_only(entry: Entry, claims: Mapping[str, Sequence[Claim]]) -> bool:
    """Whether a row is a title and a link to what may be a website, a tool or a post, and nothing more."""
    leads_elsewhere = bool(entry.unknown_links) or any(link.kind == "title" for link in entry.links)
    return (
        leads_elsewhere
        and claims.keys().isdisjoint((*IDENTIFIERS, "appearance", "year", "authors", "bibtex"))
        and not any(link.kind == "paper" for link in entry.links)
        and not any(links.leads_to_paper(claim.value) for claim in claims.get("paper", ()))
    )


_NO_PAPER = (
    "nothing there says that it is a paper: no venue or year, no authors, and no link that is called one or "
    "leads to where papers are; if it is one, put its venue and year there"
)
_BROKEN_LINK = re.compile(
    r"\[{1,2} ?(?:paper|pdf|arxiv|code|github|project(?: page)?|page|website|video|demo) ?\]{1,2}"
    r" ?(?:\(.*)?$",
    re.IGNORECASE,
)
"""What is left behind a title of a link without address, or without one of its brackets."""
_COMPANIES = frozenset({"Apple", "NVIDIA", "DeepMind", "Google", "Meta", "Microsoft", "ByteDance", "Alibaba"})


def _place(entry: Entry) -> str:
    return f"{entry.file}:{entry.line}"
