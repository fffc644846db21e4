"""What ``catalog add`` says and asks: what was found and by whom, proposals, and questions on a terminal.

Everything goes to standard error, so that standard output holds paths or records only.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from typing import Any

from rich.markup import escape
from rich.prompt import Confirm, Prompt

from catalog.adding import Candidate, Choices, Completion, Found, Obstacle, Proposal, Query
from catalog.adding.known import holder_of
from catalog.adding.making import given_key
from catalog.adding.telling import contradictions, failures
from catalog.adding.telling import in_words as facts_in_words
from catalog.adding.unknown_venues import UnknownVenue, as_yaml, counts
from catalog.adding.values import field_value
from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from catalog.cli.console import error_console, say
from catalog.counting import listed
from catalog.draft import Draft
from catalog.findings import CatalogError
from catalog.importers.ids import slug
from catalog.record import tag_lists, to_data
from catalog.repairs import in_words
from catalog.vocabulary import Vocabulary
from catalog.wording import capitalised

_SHOWN = (
    "title",
    "former_titles",
    "name",
    "authors",
    "venue",
    "year",
    "published",
    "identifiers",
    "links",
    "kind",
)
_WIDEST = max(map(len, _SHOWN))
_ASKED = ("domain", "setting", "task", "criterion", "mechanism", "training", "parametric", "keywords")


def can_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and error_console.is_terminal


def fail(text: str) -> None:
    """What could not be done."""
    error_console.print(f"[bold red]catalog add:[/] {escape(text)}", soft_wrap=True)


def refuse(query: Query, obstacle: Obstacle, key: str | None, options: Sequence[str] = ()) -> None:
    """Why a paper gets no record, and which *options* were therefore given in vain.

    Parameters
    ----------
    key : by which the paper that has one is cited
    """
    in_vain = f" {listed(options)} had no effect." if options else ""
    if obstacle.doubt:
        said = escape(f"is not added: {obstacle.reason}, but {obstacle.doubt}")
        error_console.print(f"[bold]{escape(query.text)}[/] {said}", soft_wrap=True)
        if obstacle.namesake and obstacle.paper:
            say(
                f"Nothing was written.{in_vain} If it is, run: catalog edit {obstacle.paper.id} 'title=…', "
                "and add it again; if it is another paper, add it alone, with an id of its own: --id"
            )
            return
        say(
            f"Nothing was written.{in_vain} Correct what was given if it is wrong; if the record is, or its "
            "paper has another title now, edit that file, then run: catalog check"
        )
        return
    what = "is in the catalogue already" if obstacle.paper else "is kept out"
    error_console.print(f"[bold]{escape(query.text)}[/] {what}: {escape(obstacle.reason)}", soft_wrap=True)
    if obstacle.paper:
        _print(_on_key(query.draft, key))
        say(
            f"Nothing was written.{in_vain} To complete or correct the record, edit that file, then run: "
            "catalog check"
        )


def is_another(obstacle: Obstacle) -> bool:
    """Whether a paper is another one than its namesake, which the person is asked."""
    said = escape(f"{capitalised(obstacle.reason)}, but the title is another.")
    error_console.print(said, soft_wrap=True)
    return Confirm.ask("Is it another paper?", default=False, console=error_console)


def completed(completion: Completion, *, dry_run: bool) -> None:
    """What a record that is there has gained, a line for each value."""
    said = "would be taken" if dry_run else "taken"
    lacked = f"which lacked {listed(completion.fields)}: {said} from the entry"
    say(f"It has a record, {completion.before}, {lacked if completion.fields else 'which changes so:'}")
    for line in in_words(completion.old, completion.text, ()):
        if not line.startswith("provenance"):
            say(f"  {line}")
    if completion.path != completion.before:
        say(f"Where it belongs, by its date: {completion.path}")


def left_out(completion: Completion, wanted: str | None, tags: bool) -> None:
    """Which values, and the id *wanted*, the record has others for, and what sets the values all the same.

    Parameters
    ----------
    tags : whether proposed tags were to be taken, which are made for new records alone
    """
    paper = completion.paper.id
    if tags:
        say(
            "--accept-tags is for a new record; give this one its tags by name: "
            f"catalog edit {paper} FIELD=TERM"
        )
    if wanted not in (None, paper):
        say(f"--id is left out, because the record has an id, {paper}, to which links lead")
    for name, value in completion.left.items():
        say(
            f"--{name} is left out, because the record says {facts_in_words(value)}; if that is wrong: "
            f"catalog edit {paper} {name}=…"
        )


def rule(number: int, total: int, text: str) -> None:
    """A heading between papers."""
    say(f"\n[{number:,}/{total:,}] {text}".rstrip())


@contextmanager
def asking() -> Iterator[Callable[[str], None]]:
    """A line that says who is being asked, on a terminal."""
    with error_console.status("Asking the sources") as status:
        yield lambda names: status.update(f"Asking {escape(names)}")


def show(found: Found, candidate: Candidate) -> None:
    """What was found, on the terminal."""
    _print(told(found, candidate))


def show_notes(found: Found) -> None:
    """Sources that failed, and what else a person should know, on the terminal."""
    _print(_notes(found))


def told(found: Found, candidate: Candidate) -> Iterator[str]:
    """The record's facts, each with its source; notes; what the sources contradict each other in.

    Lines with rich's markup.
    """
    data = to_data(candidate.paper)
    for name in _SHOWN:
        if data.get(name) is not None:
            source = candidate.paper.provenance.get(name)
            said = f"  [dim]({escape(source)})[/]" if source else ""
            yield f"[bold]{name:<{_WIDEST}}[/]  {escape(facts_in_words(data[name]))}{said}"
    yield from _on_key(found.draft, key_in(candidate.paper.bibtex or ""))
    yield from _notes(found)
    for conflict, text in contradictions(candidate):
        advice = f"; look it up and give --{conflict.field}" if conflict.taken is None else ""
        yield escape(f"{text}{advice}")


def _on_key(draft: Draft, key: str | None) -> Iterator[str]:
    """What a manuscript has to cite, where it is not the key of the entry that was given."""
    given = given_key(draft)
    if given and key and given != key:
        yield escape(f"It is cited as '{key}' here, and not as '{given}'")


def unknown_venues(venues: Sequence[UnknownVenue], again: str) -> None:
    """The venues that the entries named in vain, all together, and how the records get them.

    Parameters
    ----------
    again : what is to be done then
    """
    if not venues:
        return
    named = counts(venues)
    it_is, what = ("it is", "the venue") if len(named) == 1 else ("they are", "the venues")
    say(
        f"\nNot in papers/vocabulary/venues.yaml: {', '.join(f'{key} ×{number}' for key, number in named)}. "
        f"Where {it_is} not there under another name, add {what} to papers/vocabulary/venues.yaml, with keys "
        "and labels as short as people say them, for example so:\n"
    )
    say(as_yaml(venues))
    say(f"Then {again}")


def _notes(found: Found) -> Iterator[str]:
    for source, problem in failures(found):
        yield f"[yellow]{source}[/] is left out: {escape(problem)}"
    for note in found.notes:
        yield f"[yellow]note:[/] {escape(note)}"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        error_console.print(line, soft_wrap=True)


def show_proposals(proposals: Sequence[Proposal], accepted: bool, written: str | None) -> None:
    """Proposed tags with their reasons, and how to take them.

    Parameters
    ----------
    written : id of the record that is written without them; none is, where nothing is to be written
    """
    if not proposals:
        return
    how = "" if written else " (take all with --accept-tags)"
    say("Tags taken as proposed:" if accepted else f"Proposed tags, not written{how}:")
    for proposal in proposals:
        own = proposal.field not in _ASKED
        option = f"--tag {proposal.field}:{proposal.key}" if own else f"--{proposal.field} {proposal.key}"
        say(f"  {option}   {proposal.reason}")
    if written and not accepted:
        keys: dict[str, list[str]] = {}
        for proposal in proposals:
            keys.setdefault(proposal.field, []).append(proposal.key)
        values = (f"{name}={','.join(terms)}" for name, terms in keys.items())
        say(f"  Take those that are right: {shlex.join(['catalog', 'edit', written, *values])}")


def still_to_fill_in(candidate: Candidate, vocabulary: Vocabulary) -> None:
    """Which fields nobody has established, and where their terms are explained."""
    if not candidate.unknown:
        say("Every field is filled in.")
        return
    say(f"Still to fill in, in {candidate.path}: {', '.join(candidate.unknown)}")
    files = [vocabulary.file_of(name) for name in candidate.unknown if name in vocabulary.terms]
    if files:
        say(f"  What the terms mean: papers/vocabulary/ ({', '.join(files)}). Null is right for the unknown.")


# ----------------------------------------------------------------------------------- questions


def confirm(
    found: Found, candidate: Candidate, proposals: Sequence[Proposal], choices: Choices, catalogue: Catalogue
) -> Choices | None:
    """The choices after the person was asked; ``None`` where the paper is not to be added."""
    if not Confirm.ask("Is this the paper?", default=True, console=error_console):
        return None
    fields = dict(choices.fields)
    title = _ask("Title", candidate.paper.title)
    if title != candidate.paper.title:
        fields["title"] = title
    name = _ask("Name of the method, - for none", candidate.paper.name or "-")
    if name not in ("-", candidate.paper.name):
        fields["name"] = name
    elif name == "-" and candidate.paper.name:
        fields["name"] = None
    record_id = choices.id or _ask_id(candidate, fields, catalogue)
    say("Tags: Enter takes the proposal, - leaves the field unknown, ? lists the terms; commas in between.")
    asked = catalogue.vocabulary.with_own(_ASKED)
    accepted = [proposal for proposal in proposals if proposal.field not in asked]
    for field in asked:
        if field not in fields:
            own = [proposal for proposal in proposals if proposal.field == field]
            value = _ask_tags(field, own, catalogue)
            if value == [proposal.key for proposal in own]:
                accepted += own
            elif value is not None:
                fields[field] = value
    return replace(choices, id=record_id, fields=fields, accepted=accepted, confirmed=True)


def _ask(question: str, default: str) -> str:
    return Prompt.ask(escape(question), default=default, console=error_console).strip() or default


def _ask_id(candidate: Candidate, fields: dict[str, Any], catalogue: Catalogue) -> str:
    default = candidate.paper.id
    if fields.get("name"):
        proposed = slug(str(fields["name"]))
        default = default if holder_of(proposed, catalogue) else proposed or default
    while True:
        wanted = slug(_ask("Id, the file's name", default))
        holder = holder_of(wanted, catalogue)
        if holder is None and wanted:
            return wanted
        say(f"that id is taken by {holder}" if holder else "an id needs letters or digits")


def _ask_tags(field: str, proposals: Sequence[Proposal], catalogue: Catalogue) -> Any:
    """The field's value, or the keys of the proposals where these are taken; ``None`` for unknown."""
    for _, same in groupby(proposals, key=lambda proposal: proposal.reason):
        each = list(same)
        say(f"  {', '.join(proposal.key for proposal in each)}: {each[0].reason}")
    keys = [proposal.key for proposal in proposals]
    while True:
        answer = _ask(field, ", ".join(keys) or "-")
        if answer == "-":
            return None
        if answer == "?":
            for term in catalogue.vocabulary[field].values():
                say(f"  {term.key}: {term.definition}")
            continue
        if answer == ", ".join(keys):
            return keys
        try:
            return field_value(
                field, [answer] if field in tag_lists(catalogue.vocabulary) else answer, catalogue.vocabulary
            )
        except CatalogError as error:
            say(str(error).removeprefix("--"))
