"""What is new of one paper, once the sources have answered: a publication, a title, code, a withdrawal.

What a curator or a better source established stays, but for what publication changes.  A
paper that was withdrawn or retracted is for a person to decide about, and only named.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any

from catalog import bibtex, yaml_files
from catalog.adding.lookup import Found
from catalog.adding.setting import keep_title
from catalog.catalogue import Catalogue
from catalog.draft import RECORD, Authority, Draft, Settled, settle
from catalog.formatting import edited, entry_of
from catalog.links import same_address
from catalog.names import family_key
from catalog.provenance import provenance_after
from catalog.record import IDENTIFIERS, Paper, to_data
from catalog.record_files import parse_record, place_after
from catalog.vocabulary import Vocabulary, fold

_ALARMING = frozenset({"arXiv", "Crossref"})
"""Sources whose notes say that a paper was withdrawn or retracted."""

_NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True)
class News:
    """What is new of one paper.

    Attributes
    ----------
    file : the record's path below the catalogue's root
    place : the same after the change, which moves a record when only its venue's year says when it appeared
    old, new : the record's text before and after; the same where only a person can do something
    what : each change in words
    alarms : that it was withdrawn or retracted
    notes : what else a person should know
    """

    paper: Paper
    file: str
    old: str
    new: str
    place: str
    what: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def diff(self) -> str:
        """The change as ``git apply`` takes it."""
        before, after = f"a/{self.file}", f"b/{self.place}"
        lines = difflib.unified_diff(
            self.old.splitlines(keepends=True), self.new.splitlines(keepends=True), before, after
        )
        change = "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n" for line in lines)
        if self.place == self.file:
            return change
        moved = f"rename from {self.file}\nrename to {self.place}\n"
        return f"diff --git {before} {after}\n{moved}{change}"


def is_unpublished(paper: Paper, vocabulary: Vocabulary) -> bool:
    """Whether no publication of *paper* is known."""
    return paper.venue is None or vocabulary.is_preprint(paper.venue)


def news_of(paper: Paper, found: Found, catalogue: Catalogue) -> News:
    """What the sources have *found* that the record does not say."""
    said = _said(found.draft)
    changes = _Changes(notes=list(found.notes))
    if is_unpublished(paper, catalogue.vocabulary):
        _publication(paper, said, changes, catalogue)
        if "venue" not in changes.fields:
            _new_preprint_title(paper, said, changes)
    _code(paper, said, changes)
    replies = [reply for reply in found.replies if reply.answer]
    alarms = [n for r in replies if r.answer and r.source in _ALARMING for n in r.answer.notes]
    alarms = list(dict.fromkeys(alarms))
    notes = [note for note in dict.fromkeys(changes.notes) if note not in alarms]
    file, old = catalogue.files[paper.id], catalogue.text_of(paper)
    new = _text(paper, old, said, changes, catalogue)
    if new is None:
        notes.append(f"sources say that it was {', '.join(changes.what)}, but that makes no valid record")
        return News(paper, file, old, old, file, (), tuple(alarms), tuple(notes))
    changed, _ = parse_record(new, yaml_files.parse(new), file, catalogue.vocabulary.own)
    place = place_after(paper, changed, file) if changed else file
    if place != file:
        changes.what.append(f"first appeared in another year than was known; moves to {place}")
    return News(paper, file, old, new, place, tuple(changes.what), tuple(alarms), tuple(notes))


@dataclass
class _Changes:
    """Fields to set, where their values come from, and what happened, in words."""

    fields: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    what: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, name: str, value: Any, source: str, what: str | None = None) -> None:
        """Set the field."""
        self.fields[name] = value
        self.sources[name] = source
        if what:
            self.what.append(what)


def _said(draft: Draft) -> Draft:
    """What the sources claim, without what the record did."""
    kept = {name: tuple(c for c in claims if c.source != RECORD) for name, claims in draft.claims.items()}
    return Draft({name: claims for name, claims in kept.items() if claims})


def _publication(paper: Paper, said: Draft, changes: _Changes, catalogue: Catalogue) -> None:
    """Venue, year, title, authors and identifiers, once the paper counts as published."""
    vocabulary = catalogue.vocabulary
    printed = [c for c in said["appearance"] if not vocabulary.is_preprint(c.value[0])]
    if not printed or not said["title"]:
        return
    settled = settle(Draft({**said.claims, "appearance": tuple(printed)}), vocabulary)
    venue, year = settled.data.get("venue"), settled.data.get("year")
    claims = ", ".join(
        sorted({f"{c.value[0]} {c.value[1] or ''}".strip() + f" ({c.source})" for c in printed})
    )
    if venue is None or year is None:
        changes.notes.append(f"sources do not agree where it was published: {claims}")
        return
    supporters = {c.source for c in printed if c.value[0] == venue}
    if min(c.authority for c in printed) > Authority.IDENTIFIER and len(supporters) < 2:
        changes.notes.append(f"published, if one source alone is right: {claims}")
        return
    source = settled.provenance["venue"]
    changes.take("venue", venue, source, f"published: {vocabulary.label('venue', venue)} {year}")
    changes.take("year", year, settled.provenance.get("year", source))
    _identifiers(paper, settled, changes, catalogue)
    published = [c for c in said["title"] if c.authority <= Authority.IDENTIFIER]
    if published:
        _title(paper, str(settled.data["title"]), settled.provenance["title"], changes)
    best = [c for c in said["authors"] if c.authority <= Authority.IDENTIFIER]
    authors = settled.data.get("authors")
    if best and authors and list(map(family_key, authors)) != list(map(family_key, paper.authors or ())):
        changes.take("authors", authors, settled.provenance["authors"], "other authors")


def _identifiers(paper: Paper, settled: Settled, changes: _Changes, catalogue: Catalogue) -> None:
    """Identifiers that the record does not have; one that another record has is a duplicate to look at."""
    known = {name: value for name, value in paper.identifiers if value}
    added = {}
    for name, value in settled.data.get("identifiers", {}).items():
        owners = [p.id for p in catalogue.by_identifier.get((name, value.lower()), ()) if p.id != paper.id]
        if owners:
            changes.notes.append(f"its {name} {value} is in the record '{owners[0]}': are the two one paper?")
        elif name not in known:
            added[name] = value
    if added:
        merged = {name: (known | added)[name] for name in IDENTIFIERS if name in known | added}
        source = settled.provenance["identifiers"]
        changes.take("identifiers", merged, source, ", ".join(f"{name} {added[name]}" for name in added))


def _new_preprint_title(paper: Paper, said: Draft, changes: _Changes) -> None:
    """The title that arXiv shows today, for a paper that is nowhere else yet."""
    own = [c for c in said["title"] if c.source == f"arXiv:{paper.identifiers.arxiv}"]
    if own:
        _title(paper, str(own[0].value), own[0].source, changes)


def _title(paper: Paper, title: str, source: str, changes: _Changes) -> None:
    if fold(title) != fold(paper.title):
        changes.take("title", title, source, f'retitled: "{title}"')


def _code(paper: Paper, said: Draft, changes: _Changes) -> None:
    """Code for a record that has none: what the authors name on arXiv, or what names the paper itself."""
    claims = [
        c
        for c in said["code"]
        if c.authority <= Authority.IDENTIFIER or c.source == f"arXiv:{paper.identifiers.arxiv}"
    ]
    links = {same_address(str(c.value)): c for c in sorted(claims, key=lambda c: c.rank, reverse=True)}
    known = {same_address(link) for link in paper.links.code}
    new = [links[address] for address in sorted(links) if address not in known]
    if not new:
        return
    if paper.links.code or len(new) > 1:
        changes.notes.append(f"also named as its code: {', '.join(str(c.value) for c in new)}")
        return
    data = paper.links.model_dump(mode="json", exclude_defaults=True)
    address = str(new[0].value)
    ordered = {
        name: value for name, value in (("paper", data.pop("paper", None)), ("code", [address])) if value
    }
    changes.take("links", {**ordered, **data}, new[0].source, f"code: {address}")


# ------------------------------------------------------------------------------- the record


def _text(paper: Paper, old: str, said: Draft, changes: _Changes, catalogue: Catalogue) -> str | None:
    """The record's text after *changes*; ``None`` where they make no valid record."""
    if not changes.fields:
        return old
    known = to_data(paper)
    sources = provenance_after(paper.provenance, changes.sources)
    data = {**known, **changes.fields, "provenance": sources}
    keep_title(data, known)
    file = catalogue.files[paper.id]
    changed, _ = parse_record(old, data, file, catalogue.vocabulary.own)
    if changed is None:
        return None
    fields = {name: data[name] for name in changes.fields}
    fields["provenance"] = dict(sorted(data["provenance"].items()))
    if data.get("former_titles") != known.get("former_titles"):
        fields["former_titles"] = data["former_titles"]
    if paper.bibtex is not None:
        fields["bibtex"] = _entry(paper, changed, said, catalogue)
    return edited(old, fields)


def _entry(paper: Paper, changed: Paper, said: Draft, catalogue: Catalogue) -> str:
    """The entry of the changed record."""
    facts = bibtex.facts_in(paper.bibtex)
    if changed.venue != paper.venue:  # the preprint's facts, such as its month, are not the publication's
        agreeing = {c.source for c in said["appearance"] if c.value == (changed.venue, changed.year)}
        found = next((dict(c.value) for c in said["facts"] if c.source in agreeing), {})
        facts = bibtex.facts_of_persons(facts) | found
    return entry_of(changed, facts, catalogue)
