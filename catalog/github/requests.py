"""What a filled form asks for, done: a paper added, or fields of a record corrected.

The records are changed on disk, as a person would change them; whoever calls looks at the outcome
and throws the changes away or keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.counting import listed
from catalog.facts import unknown_facts
from catalog.findings import CatalogError
from catalog.github.additions import Addition, add, query_in
from catalog.github.answers import DeclinedError, refused, unchanged
from catalog.github.changing import findings_on, read_values, set_fields
from catalog.github.difference import as_markdown, changed_facts, folded
from catalog.github.fields import fields_given
from catalog.github.forms import Form, FormError, load_forms, read_answers, recognise
from catalog.github.outcome import MAX_ANSWER, MAX_TITLE, Outcome
from catalog.github.records import find_record
from catalog.record import Paper, value_of
from catalog.templating import markdown_code, markdown_text
from catalog.wording import Labels

ADD, CORRECT = "add-paper", "correct-record"
"""The forms that are understood."""

MAX_NOTES = 4_000
"""Characters of a form's notes that reviewers are shown; the issue has them all."""

MAX_SHOWN = 20_000
"""Characters that are shown of a record, and of what sources said."""


@dataclass(frozen=True)
class _Done:
    """A record that was made or changed.

    Attributes
    ----------
    file : below the catalogue's root
    before : its data as they were; none of a new one
    left : where it was until now, if that is elsewhere
    addition : how a new one came about
    source : where a correction says that one can read it
    """

    file: str
    before: Mapping[str, Any]
    left: str | None = None
    addition: Addition | None = None
    source: str | None = None


def handle(text: str, issue: int, root: Path) -> Outcome | None:
    """Do what the form in an issue's *text* asks for; ``None`` where the text is no form.

    Parameters
    ----------
    issue : its number, which stands in the provenance of what its author says

    Raises
    ------
    CatalogError : the catalogue or its forms cannot be read
    """
    form = recognise(text, load_forms(root))
    if form is None or form.name not in (ADD, CORRECT):
        return None
    try:
        answers = read_answers(text, form)
        done = _add(answers, form, issue, root) if form.name == ADD else _correct(answers, form, root)
    except FormError as error:
        return Outcome(form.name, refused(str(error).splitlines())[:MAX_ANSWER])
    except DeclinedError as declined:
        return Outcome(form.name, str(declined)[:MAX_ANSWER])
    except CatalogError as error:
        Catalogue.load(root)  # which raises where the fault is the catalogue's, and not the form's
        return Outcome(form.name, refused(str(error).splitlines())[:MAX_ANSWER])
    return _accepted(form, done, answers.get("notes", ""), root)


# ------------------------------------------------------------------------------------- adding


def _add(answers: Mapping[str, str], form: Form, issue: int, root: Path) -> _Done:
    """The record that was made of a paper, which now holds the form's answers."""
    catalogue = Catalogue.load(root)
    given = fields_given(answers, form, catalogue.config.labels)
    _, problems = read_values(given, catalogue)
    try:
        query = query_in(answers, catalogue)
    except FormError as error:
        raise FormError("\n".join([str(error), *problems])) from None
    if problems:  # which are told before anybody is asked
        raise FormError("\n".join(problems))
    addition = add(query, catalogue)
    _, file = set_fields(root, addition.file, given, f"curator: issue {issue}")
    return _Done(file, {}, addition=addition)


# --------------------------------------------------------------------------------- correcting


def _correct(answers: Mapping[str, str], form: Form, root: Path) -> _Done:
    """The record that now holds the form's answers."""
    for key in ("record", "source"):
        if key not in answers:
            raise FormError(f"'{form.labels[key]}' is empty. Please edit the issue and fill it in.")
    catalogue = Catalogue.load(root)
    given = fields_given(answers, form, catalogue.config.labels)
    if not given:
        raise FormError("What is wrong? Please fill in at least one field with what is right.")
    paper = find_record(answers["record"], catalogue)
    file = catalogue.files[paper.id]
    before = yaml_files.read(root / file)
    source = " ".join(answers["source"].split())
    changed, place = set_fields(root, file, given, source)
    if not changed:
        raise DeclinedError(unchanged(paper, catalogue))
    return _Done(place, before, left=file if place != file else None, source=source)


# -------------------------------------------------------------------------------------- answers


def _accepted(form: Form, done: _Done, notes: str, root: Path) -> Outcome:
    file, catalogue = done.file, Catalogue.load(root)
    text = yaml_files.read_text(root / file)
    paper = catalogue.by_id.get(Path(file).stem)
    if paper is None:
        raise CatalogError(f"{file}: the record cannot be read after it was written; run: catalog check")
    now = yaml_files.parse(text)
    labels = catalogue.config.labels
    difference = as_markdown(done.before, now, labels, done.source)
    record = folded(f"<code>{file}</code>", markdown_code(text[:MAX_SHOWN], "yaml"))
    shown = difference if done.before else record
    unknown = unknown_facts(paper, catalogue.vocabulary) if form.name == ADD else ()
    warnings = [one.message for one in findings_on(root, file)]
    remarks = [*_remarks(warnings)]
    if done.addition and (said := "\n".join(_learned(done.addition, paper, labels))):
        whole_lines = said if len(said) <= MAX_SHOWN else said[:MAX_SHOWN].rpartition("\n")[0]
        remarks.append(folded("What the sources said, and tags that they suggest", whole_lines))
    answer = _joined(
        [_thanks(form, bool(warnings)), shown, *_open_questions(unknown, labels, form), *remarks]
    )
    changes = _joined([difference, *_open_questions(unknown, labels), *remarks, *_quoted(notes)])
    files = {file: text, **({done.left: None} if done.left else {})}
    return Outcome(form.name, answer, files, paper.domain or (), _title(done, paper, now, labels), changes)


def _joined(parts: Iterable[str]) -> str:
    return ("\n\n".join(parts) + "\n")[:MAX_ANSWER]


def _title(done: _Done, paper: Paper, now: Mapping[str, Any], labels: Labels) -> str:
    """What the pull request is called."""
    if not done.before:
        return f"Add {paper.id}"[:MAX_TITLE]
    names = [labels.said(fact.name) for fact in changed_facts(done.before, now)] or ["bibtex"]
    return f"Correct {paper.id}: {', '.join(names)}"[:MAX_TITLE]


def _quoted(notes: str) -> Iterator[str]:
    """What the form's author wrote for reviewers."""
    if notes:
        lines = notes[:MAX_NOTES].split("\n")
        yield "\n".join(["Notes:", "", *(f"> {markdown_text(line)}" for line in lines)])


def _learned(addition: Addition, paper: Paper, labels: Labels) -> Iterator[str]:
    """What was found, and the tags that it suggests for fields which the form has not filled in."""
    yield from (f"- {markdown_text(line)}" for line in addition.told)
    for field, term, reason in addition.proposed:
        if value_of(paper, field) in (None, ()):
            tag = markdown_text(f"{labels.said(field)}: {term}")
            yield f"- Proposed, not written: {tag}, from the {markdown_text(reason)}"


def _thanks(form: Form, warned: bool) -> str:
    done = "made this record from it" if form.name == ADD else "changed the record as it says"
    passed = "it passes all checks" if not warned else "no check finds an error in it"
    return f"Thank you for the form. We {done}, and {passed}:"


def _open_questions(unknown: Sequence[str], labels: Labels, form: Form | None = None) -> Iterator[str]:
    """What is not known yet of a new record, and where its author writes it in the *form*."""
    if unknown:
        advice = f" If you know, edit this issue's text; {_where(unknown, labels, form)}" if form else ""
        yield f"Not known yet: {', '.join(map(labels.said, unknown))}.{advice}"


def _remarks(warnings: Iterable[str]) -> Iterator[str]:
    """What the checks warn of."""
    notes = "\n".join(f"- {markdown_text(message)}" for message in warnings)
    if notes:
        yield f"A reviewer will look at:\n\n{notes}"


def _where(unknown: Iterable[str], labels: Labels, form: Form) -> str:
    """Where in the issue to write what is unknown: the form has no field for all of it."""
    elsewhere = [labels.said(name) for name in unknown if name not in form.labels]
    if not elsewhere:
        return "the record follows."
    return (
        f"the record follows. There is no field for {listed(elsewhere)}: "
        f"write that below '{form.labels['notes']}', for the reviewer."
    )
