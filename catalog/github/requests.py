"""What a filled form asks for, done: a paper added, or fields of a record corrected.

The records are changed on disk, as a person would change them; whoever calls looks at the outcome
and throws the changes away or keeps them.  Sources are asked by ``catalog add`` alone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.github.changing import findings_on, set_fields
from catalog.github.difference import as_markdown, changed_facts, folded
from catalog.github.fields import fields_given
from catalog.github.forms import Form, FormError, load_forms, read_answers, recognise, short
from catalog.github.outcome import MAX_ANSWER, MAX_TITLE, Outcome
from catalog.github.records import find_record
from catalog.record import Paper, to_fill_in
from catalog.templating import markdown_code, markdown_text

ADD, CORRECT = "add-paper", "correct-record"
"""The forms that are understood."""

Adder = Callable[[Path, str], list[dict[str, Any]]]
"""From the root and what ``catalog add`` takes to its JSON of each new record; raises FormError where it adds
nothing.
"""

MAX_NOTES = 4_000
"""Characters of a form's notes that reviewers are shown; the issue has them all."""

MAX_SHOWN = 20_000
"""Characters that are shown of a record, and of what sources said."""

TIMEOUT = 600
"""Seconds for ``catalog add``; sources may be slow."""

_REFERENCE = re.compile(
    r"""
      (arxiv:\s*)? ( \d{4}\.\d{4,5} | [a-z-]+(\.[A-Z]{2})?/\d{7} ) (v\d+)?   # arXiv
    | (doi:\s*)? 10\.\d{4,9}/\S+                                            # DOI
    | [A-Z]\d{2}-\d{4} | \d{4}\.[\w-]+\.\d+                                 # ACL Anthology
    | [\w][\w-]{5,19}                                                       # OpenReview
    | https?://\S+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def handle(text: str, issue: int, root: Path, add: Adder | None = None) -> Outcome | None:
    """Do what the form in an issue's *text* asks for; ``None`` where the text is no form.

    Parameters
    ----------
    issue : its number, which stands in the provenance of what its author says
    add : replaces ``catalog add``, for tests

    Raises
    ------
    CatalogError : the catalogue or its forms cannot be read
    """
    form = recognise(text, load_forms(root))
    if form is None or form.name not in (ADD, CORRECT):
        return None
    try:
        answers = read_answers(text, form)
        if form.name == ADD:
            changed = _add(answers, form, issue, root, add or add_with_command)
        else:
            changed = _correct(answers, form, root)
    except FormError as error:
        return Outcome(form.name, _refusal(error))
    return _accepted(form, changed, answers.get("notes", ""), root)


# ------------------------------------------------------------------------------------- adding


def _add(answers: Mapping[str, str], form: Form, issue: int, root: Path, add: Adder) -> dict[str, Any]:
    """What ``catalog add`` gives of the new record, which now holds the form's answers."""
    if "bibtex" in answers and "paper" not in answers:
        with tempfile.TemporaryDirectory() as folder:
            entry = Path(folder, "entry.bib")
            entry.write_text(answers["bibtex"] + "\n", encoding="utf-8")
            added = add(root, str(entry))
    else:
        added = add(root, _reference(answers.get("paper", "")))
    if len(added) != 1:
        raise FormError(f"Expected one new paper, found {len(added)}. Please open one issue for each paper.")
    set_fields(root, added[0]["file"], fields_given(answers, form), f"curator: issue {issue}")
    return {**added[0], "before": {}}


def _reference(answer: str) -> str:
    text = " ".join(answer.split())
    if not text:
        raise FormError(
            "Which paper? Fill in its arXiv id, such as 2403.06764; where it has none, paste its BibTeX."
        )
    if len(text) > 300 or not _REFERENCE.fullmatch(text):
        raise FormError(
            f"'{short(text)}' is not understood. Expected one arXiv id (2403.06764), DOI (10.1234/abc), "
            "OpenReview or ACL Anthology id, or the link of the paper's page (https://…)."
        )
    return text


def add_with_command(root: Path, reference: str) -> list[dict[str, Any]]:
    """Run ``catalog add``; what it gives of each new record.

    Raises
    ------
    FormError : it added nothing; with what it said
    """
    command = [sys.executable, "-m", "catalog", "--root", str(root), "add", "--format=json", "--", reference]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise FormError(
            f"The sources did not answer within {TIMEOUT // 60} minutes. Please try later."
        ) from None
    if done.returncode:
        raise FormError(f"The paper could not be added.\n{done.stderr.strip().replace(f'{root}/', '')}")
    return [json.loads(line) for line in done.stdout.split("\n") if line]  # other line ends stand in texts


# --------------------------------------------------------------------------------- correcting


def _correct(answers: Mapping[str, str], form: Form, root: Path) -> dict[str, Any]:
    """The changed record's file, what its data were before, and nothing that a source told."""
    for key in ("record", "source"):
        if key not in answers:
            raise FormError(f"'{form.labels[key]}' is empty. Please edit the issue and fill it in.")
    given = fields_given(answers, form)
    if not given:
        raise FormError("What is wrong? Please fill in at least one field with what is right.")
    catalogue = Catalogue.load(root)
    paper = find_record(answers["record"], catalogue)
    file = catalogue.files[paper.id]
    before = yaml_files.read(root / file)
    if not set_fields(root, file, given, " ".join(answers["source"].split())):
        raise FormError(f"The record {paper.id} says so already; there is nothing to change.")
    return {"file": file, "before": before, "told": [], "proposed": []}


# -------------------------------------------------------------------------------------- answers


def _refusal(error: FormError) -> str:
    problems = "\n".join(f"- {markdown_text(line)}" for line in str(error).splitlines() if line.strip())
    return (
        "Thank you. Something in the form is not right yet:\n\n"
        f"{problems}\n\n"
        "Edit this issue's text (**…** at its top right, then **Edit**), and it is looked at again.\n"
    )[:MAX_ANSWER]


def _accepted(form: Form, changed: Mapping[str, Any], notes: str, root: Path) -> Outcome:
    file, catalogue = changed["file"], Catalogue.load(root)
    text = yaml_files.read_text(root / file)
    paper = catalogue.by_id.get(Path(file).stem)
    if paper is None:
        raise CatalogError(f"{file}: the record cannot be read after it was written; run: catalog check")
    now = yaml_files.parse(text)
    difference = as_markdown(changed["before"], now)
    record = folded(f"<code>{file}</code>", markdown_code(text[:MAX_SHOWN], "yaml"))
    shown = difference if changed["before"] else record
    asked = to_fill_in(catalogue.vocabulary) if form.name == ADD else ()
    unknown = [name for name in asked if getattr(paper, name) is None]
    remarks = [*_remarks([one.message for one in findings_on(root, file)])]
    if said := "\n".join(_learned(changed, paper)):
        remarks.append(
            folded("What the sources said, and tags that they suggest", markdown_code(said[:MAX_SHOWN]))
        )
    answer = _joined([_thanks(form), shown, *_open_questions(unknown, form), *remarks])
    changes = _joined([difference, *_open_questions(unknown), *remarks, *_quoted(notes)])
    return Outcome(form.name, answer, {file: text}, paper.domain or (), _title(changed, paper, now), changes)


def _joined(parts: Iterable[str]) -> str:
    return ("\n\n".join(parts) + "\n")[:MAX_ANSWER]


def _title(changed: Mapping[str, Any], paper: Paper, now: Mapping[str, Any]) -> str:
    """What the pull request is called."""
    if not changed["before"]:
        return f"Add {paper.id}"[:MAX_TITLE]
    names = [fact.name for fact in changed_facts(changed["before"], now)] or ["bibtex"]
    return f"Correct {paper.id}: {', '.join(names)}"[:MAX_TITLE]


def _quoted(notes: str) -> Iterator[str]:
    """What the form's author wrote for reviewers."""
    if notes:
        lines = notes[:MAX_NOTES].split("\n")
        yield "\n".join(["Notes:", "", *(f"> {markdown_text(line)}" for line in lines)])


def _learned(added: Mapping[str, Any], paper: Paper) -> Iterator[str]:
    """What was found, and the tags that it suggests for fields which the form has not filled in."""
    yield from added["told"]
    open_fields = [each for each in added["proposed"] if getattr(paper, each["field"]) in (None, ())]
    if open_fields:
        yield "Proposed tags, not written:"
    for each in open_fields:
        yield f"  {each['field']}: {each['term']}   {each['reason']}"


def _thanks(form: Form) -> str:
    done = "made this record from it" if form.name == ADD else "changed the record as it says"
    return f"Thank you for the form. We {done}, and it passes all checks:"


def _open_questions(unknown: Sequence[str], form: Form | None = None) -> Iterator[str]:
    """What is not known yet of a new record, and where its author writes it in the *form*."""
    if unknown:
        advice = f" If you know, edit this issue's text; {_where(unknown, form)}" if form else ""
        yield f"Not known yet: {', '.join(unknown)}.{advice}"


def _remarks(warnings: Iterable[str]) -> Iterator[str]:
    """What the checks warn of."""
    notes = "\n".join(f"- {markdown_text(message)}" for message in warnings)
    if notes:
        yield f"A reviewer will look at:\n\n{notes}"


def _where(unknown: Iterable[str], form: Form) -> str:
    """Where in the issue to write what is unknown: the form has no field for all of it."""
    elsewhere = [name for name in unknown if name not in form.labels]
    if not elsewhere:
        return "the record follows."
    return (
        f"the record follows. There is no field for {' and '.join(elsewhere)}: "
        f"write that below '{form.labels['notes']}', for the reviewer."
    )
