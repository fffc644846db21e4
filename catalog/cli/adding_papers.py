"""Adding the papers of one call, one after another: what is given, asked, shown, written and checked."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from catalog import adding, checks
from catalog.adding import Candidate, Choices, Found, Obstacle, Offices, Proposal, Query
from catalog.adding.bibliographies import queries_in, read_file, read_stream
from catalog.adding.unknown_venues import UnknownVenue
from catalog.adding.values import field_values
from catalog.bibtex import keys_for
from catalog.catalogue import Catalogue
from catalog.checks import report
from catalog.cli import adding_dialogue as dialogue
from catalog.cli.console import say
from catalog.counting import counted, listed
from catalog.findings import CatalogError
from catalog.formatting import write_moved
from catalog.record import Paper
from catalog.sources.environment import client_for, mirror_address


@dataclass(frozen=True)
class Wishes:
    """What the options say, for every paper of this call.

    Attributes
    ----------
    fields : field -> what was written for it
    ask : whether questions are welcome
    as_json : each new record is printed as a line of JSON, and nothing of it is said besides
    """

    fields: Mapping[str, Any]
    id: str | None = None
    accept_tags: bool = False
    ask: bool = True
    dry_run: bool = False
    offline: bool = False
    as_json: bool = False


def add_papers(texts: Sequence[str], catalogue: Catalogue, wishes: Wishes) -> int:
    """Add the papers; 0 where all were added, 1 where some were not, 2 where none could be looked at.

    Raises
    ------
    CatalogError : an option's value is none that its field can hold, or is given for several papers
    """
    fields = field_values(wishes.fields, catalogue.vocabulary)
    asked = list(_queries(texts, catalogue))
    _refuse_options_for_several(asked, {**fields, **({"id": wishes.id} if wishes.id else {})})
    _warn_of_unreadable(catalogue)
    wishes = replace(wishes, fields=fields, ask=wishes.ask and dialogue.can_ask())
    if wishes.offline:
        return _Adding(catalogue, wishes, None).all(asked, texts)
    with client_for(catalogue, "catalog add") as http:
        return _Adding(catalogue, wishes, Offices(http, mirror_address())).all(asked, texts)


# --------------------------------------------------------------------------------- what is asked for


_STDIN = "standard input"
"""What messages call it."""


def _queries(texts: Sequence[str], catalogue: Catalogue) -> Iterator[Query | CatalogError]:
    for text in texts:
        if text == "-":
            yield from queries_in(_pasted(), _STDIN, catalogue.vocabulary)
        elif text.lstrip().startswith("@"):
            yield from queries_in(text, "the entry", catalogue.vocabulary)
        elif text.endswith(".bib") and Path(text).is_file():
            yield from queries_in(read_file(Path(text)), text, catalogue.vocabulary)
        else:
            try:
                yield Query(text) if text in catalogue.by_any_id else adding.recognise(text)
            except CatalogError as error:
                yield error


def _pasted() -> str:
    if sys.stdin.isatty():
        say("Paste the BibTeX, then press Enter and Ctrl-D:")
    return read_stream(sys.stdin.buffer, _STDIN)


def _refuse_options_for_several(asked: Sequence[object], fields: dict[str, Any]) -> None:
    of_one = [name for name in _OF_ONE if name in fields]
    if len(asked) > 1 and of_one:
        options = listed(f"--{name}" for name in of_one)
        in_entry = set(of_one) <= {"title", "venue", "year"} and any(map(_is_entry, asked))
        advice = "add it alone, or write it into its BibTeX entry" if in_entry else "add it alone"
        raise CatalogError(f"{options} can hold for one paper only, and {len(asked)} are given; {advice}")


_OF_ONE = ("id", "title", "name", "venue", "year", "summary", "code", "project", "video")
"""Options that say what is true of one paper; of several they would change what is known."""


def _is_entry(query: object) -> bool:
    return isinstance(query, Query) and bool(query.draft["bibtex"])


def _warn_of_unreadable(catalogue: Catalogue) -> None:
    files = sorted({finding.file for finding in catalogue.unreadable})
    if files:
        named = ", ".join(files[:3]) + (" and others" if len(files) > 3 else "")
        say(f"not compared with {named}, which cannot be read; see: catalog check")


# --------------------------------------------------------------------------------- one after another


class _Adding:
    """Adds papers one after another; each is compared with those before it."""

    def __init__(self, catalogue: Catalogue, wishes: Wishes, offices: Offices | None) -> None:
        self.known, self.wishes, self.offices = adding.KnownPapers(catalogue), wishes, offices
        self.written: set[str] = set()
        self.completed = 0
        self.venues: list[UnknownVenue] = []

    @property
    def catalogue(self) -> Catalogue:
        """With what was added so far."""
        return self.known.catalogue

    def all(self, asked: Sequence[Query | CatalogError], texts: Sequence[str]) -> int:
        """Add them; the exit code of the command.

        Parameters
        ----------
        texts : as they were given, for whoever is to give them again
        """
        codes = []
        for number, query in enumerate(asked, 1):
            if len(asked) > 1:
                text = query.text if isinstance(query, Query) else "cannot be read"
                dialogue.rule(number, len(asked), text)
            codes.append(self._one(query))
        if len(asked) > 1:
            say(f"\n{self._in_all(codes)}")
        if not self.wishes.as_json:
            dialogue.unknown_venues(self.venues, _again(texts, self.wishes))
        errors = self._check() if self.written else 0
        if not any(codes):
            return 1 if errors else 0
        return 2 if all(code == 2 for code in codes) else 1

    def _in_all(self, codes: Sequence[int]) -> str:
        would_be = "would be " if self.wishes.dry_run else ""
        completed = f", {self.completed:,} completed" if self.completed else ""
        return f"{codes.count(0) - self.completed:,} of {len(codes):,} papers {would_be}added{completed}"

    def _one(self, query: Query | CatalogError) -> int:
        try:
            if isinstance(query, CatalogError):
                raise query
            return self._add(query.with_code(self.wishes.fields.get("code")))
        except CatalogError as error:
            dialogue.fail(str(error))
            return 2

    def _add(self, query: Query) -> int:
        found = self._find_out(query, namesakes=not self.wishes.id)
        if isinstance(found, Obstacle) and found.namesake and self.wishes.ask and dialogue.is_another(found):
            found = self._find_out(query, namesakes=False)
        if isinstance(found, Obstacle):
            return self._known(query, found)
        proposals = _open_proposals(adding.propose(found.draft, self.catalogue.vocabulary), self.wishes)
        candidate = self._candidate(found, proposals)
        if candidate is None:
            say("Nothing was written.")
            return 1
        self._note_venue(found.query, candidate.paper)
        if not self.wishes.dry_run:
            adding.write(candidate, self.catalogue.root)
            self._remember(candidate.paper, candidate.path)
        if self.wishes.as_json:
            print(json.dumps(_described(found, candidate, proposals), ensure_ascii=False), flush=True)
            return 0
        print(candidate.text if self.wishes.dry_run else f"{candidate.path}\n", end="", flush=True)
        dialogue.still_to_fill_in(candidate, self.catalogue.vocabulary)
        if self.wishes.dry_run:
            say(f"Nothing was written, as asked; it would be {candidate.path}")
        return 0

    def _known(self, query: Query, obstacle: Obstacle) -> int:
        """Add to the paper's record what a BibTeX entry knows, or the options say, and the record does not.

        A program that asks for JSON gets new records, and changes none that is there.
        """
        paper, given = obstacle.paper, {**self.wishes.fields}
        if paper is None or obstacle.doubt or self.wishes.as_json:
            dialogue.refuse(query, obstacle, self._key_of(paper), self._options(given))
            return 1
        completion = adding.complete(paper, query.draft, self.catalogue, given)
        if completion.text == completion.old:
            dialogue.refuse(query, obstacle, self._key_of(paper))
            self._note_venue(query, paper)
            dialogue.left_out(completion, self.wishes.id, self.wishes.accept_tags)
            return 1
        if not self.wishes.dry_run:
            write_moved(self.catalogue.root, completion.before, completion.path, completion.text)
            self._remember(completion.paper, completion.path)
        self.completed += 1
        self._note_venue(query, completion.paper)
        print(completion.text if self.wishes.dry_run else f"{completion.path}\n", end="", flush=True)
        dialogue.completed(completion, dry_run=self.wishes.dry_run)
        dialogue.left_out(completion, self.wishes.id, self.wishes.accept_tags)
        return 0

    def _options(self, given: Mapping[str, Any]) -> list[str]:
        """The options that a record was to be made with, as they are written."""
        return [f"--{name}" for name in (*given, *(["id"] if self.wishes.id else []))]

    def _find_out(self, query: Query, *, namesakes: bool) -> Found | Obstacle:
        """Of a paper that gets an id of its own, somebody has looked whether it is its namesake."""
        if self.offices is None:
            return adding.find_out(query, self.known, None, namesakes=namesakes)
        with dialogue.asking() as saying:
            return adding.find_out(query, self.known, self.offices, saying, namesakes=namesakes)

    def _candidate(self, found: Found, proposals: Sequence[Proposal]) -> Candidate | None:
        choices = Choices(
            self.wishes.id,
            {name: value for name, value in self.wishes.fields.items() if name != "code"},
            tuple(proposals) if self.wishes.accept_tags else (),
            datetime.now(UTC).date().isoformat(),
        )
        try:
            candidate = adding.make(found, self.catalogue, choices)
        except CatalogError:
            if found.title:  # without one, the error itself says what each source answered
                dialogue.show_notes(found)
            raise
        if self.wishes.as_json:
            return candidate
        dialogue.show(found, candidate)
        if not self.wishes.ask:
            written = None if self.wishes.dry_run else candidate.paper.id
            dialogue.show_proposals(proposals, self.wishes.accept_tags, written)
            return candidate
        chosen = dialogue.confirm(found, candidate, proposals, choices, self.catalogue)
        return adding.make(found, self.catalogue, chosen) if chosen else None

    def _key_of(self, paper: Paper | None) -> str | None:
        return keys_for(self.catalogue.papers)[paper.id] if paper else None

    def _note_venue(self, query: Query, paper: Paper | None) -> None:
        """Remember the venue that the query names, where the record lacks it because nobody knows it here."""
        if query.venue and paper and paper.venue is None:
            self.venues.append(query.venue)

    def _remember(self, paper: Paper, path: str) -> None:
        """Compare the papers behind it with this one, and check it in the end."""
        self.known.remember(paper, path)
        self.written.add(path)

    def _check(self) -> int:
        """Check the new records, beside all others; how many errors there are in them."""
        findings = checks.seen_from(checks.run(self.catalogue), self.written.__contains__)
        if findings:
            say(report.as_text(findings).rstrip())
        errors = sum(finding.severity == "error" for finding in findings)
        warnings = len(findings) - errors
        say(f"catalog check: {counted(errors, 'error')}, {counted(warnings, 'warning')}")
        return errors


def _again(texts: Sequence[str], wishes: Wishes) -> str:
    """What brings the records their venues, once these are there."""
    if not any(text.endswith(".bib") or text == "-" or "@" in text for text in texts):
        return "give each record its venue: catalog edit ID venue=KEY"
    command = shlex.join(["catalog", "add", *(["--offline"] if wishes.offline else []), *texts])
    of_files = all(text.endswith(".bib") for text in texts)
    how = f"run it again: {command}" if of_files else "add the same entries again"
    return f"{how}. The records are completed with their venue, and are not added twice."


def _described(found: Found, candidate: Candidate, proposals: Sequence[Proposal]) -> dict[str, Any]:
    """A new record for programs: ``file``, ``text``, ``told``, ``proposed`` and ``unknown``."""
    return {
        "file": candidate.path,
        "text": candidate.text,
        "told": [Text.from_markup(line).plain for line in dialogue.told(found, candidate)],
        "proposed": [{"field": each.field, "term": each.key, "reason": each.reason} for each in proposals],
        "unknown": list(candidate.unknown),
    }


def _open_proposals(proposals: Sequence[Proposal], wishes: Wishes) -> list[Proposal]:
    """Those for fields that the person has not decided already."""
    return [proposal for proposal in proposals if proposal.field not in wishes.fields]
