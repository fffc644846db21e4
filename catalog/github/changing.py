"""Setting fields of a record as a form names them: values read, result checked, entry kept in step.

Only a record that passes its checks stays; otherwise its file is as before, and the complaint is for
the person who filled in the form.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import bibtex, checks, formatting, yaml_files
from catalog.adding.setting import keep_title, set_value
from catalog.catalogue import Catalogue
from catalog.findings import Finding
from catalog.github.forms import FormError, short
from catalog.github.values import BIBTEX, YEAR, fields_of
from catalog.record import LAYOUT, Paper, fields_of_records, may_be_none, to_data
from catalog.record_files import parse_record, place_after
from catalog.sources.asking import year_in
from catalog.texts import check_block, check_text
from catalog.vocabulary import Vocabulary


def set_fields(root: Path, file: str, given: Mapping[str, str], source: str) -> tuple[list[str], str]:
    """Set fields of a record as a form names them, check the result, and mend the BibTeX entry.

    What the record says already stays, and so does its source.  A BibTeX entry that is given adds its facts
    to the record's own.  Returns the names of the fields that say something else than before, and where the
    record is now: elsewhere than *file*, if the paper first appeared in another year.

    Raises
    ------
    FormError : an answer is not understood, or the record would have errors; the file is as before
    """
    catalogue = Catalogue.load(root)
    fields = fields_of(catalogue.config.labels)
    values, problems = read_values(given, catalogue)
    if unseen := [f"source: {problem}" for problem in _unseen_in(source, check_text)]:
        problems += unseen
        source = "?"
    before = yaml_files.read_text(root / file)
    own = catalogue.vocabulary.own
    known = to_data(_read(root, file, own))
    data = copy.deepcopy(known)
    lists = may_be_none(catalogue.vocabulary)
    entries = [values.pop(BIBTEX)] if BIBTEX in values else []
    changed = [
        name for name, value in values.items() if set_value(data, fields[name].path, value, source, lists)
    ]
    keep_title(data, known)
    changes = {
        name: data.get(name)
        for name in fields_of_records(catalogue.vocabulary)
        if data.get(name) != known.get(name)
    }
    text = formatting.edited(before, changes)
    paper, wrong = parse_record(text, yaml_files.parse(text), file, own)
    place = place_after(_read(root, file, own), paper, file) if paper else file
    problems += [one.message for one in wrong]
    if not wrong and (problem := formatting.unreadable(file, text)):
        problems.append(problem)
    if problems:
        raise FormError("\n".join(problems))
    if changed:
        formatting.write_moved(root, file, place, text)
    try:
        if changed:
            _mend(root, place, catalogue)
        changed += [BIBTEX for entry in entries if _take_facts(root, place, entry)]
        if changed:
            _refuse_errors(root, place)
    except BaseException:
        formatting.write_moved(root, place, file, before)
        raise
    return changed, place


def read_values(given: Mapping[str, str], catalogue: Catalogue) -> tuple[dict[str, Any], list[str]]:
    """The values of the answers that are understood, and what is wrong with the others."""
    labels = catalogue.config.labels
    values: dict[str, Any] = {}
    problems: list[str] = []
    if year := year_in(given.get(labels.venue, "")):  # "ECCV 2024"
        given = {YEAR: str(year), **given}
    for name, answer in given.items():
        try:
            value = fields_of(labels)[name].value(answer, catalogue.vocabulary)
        except FormError as error:
            problems.append(f"{name}: {error}")
            continue
        if wrong := list(_unseen_in(value, check_block if name == BIBTEX else check_text)):
            problems += [f"{name}: {problem}" for problem in wrong]
        else:
            values[name] = value
    return values, problems


def _unseen_in(value: Any, look: Callable[[str], str]) -> Iterator[str]:
    """What a text, or one of a list, holds that no file may, such as a character that nobody sees."""
    for text in value if isinstance(value, list) else [value]:
        try:
            if isinstance(text, str):
                look(text)
        except ValueError as error:
            seen = "".join(character if character.isprintable() else "\ufffd" for character in text)
            yield f"'{short(seen)}' {error}."


def _mend(root: Path, file: str, before: Catalogue) -> None:
    """Mend what needs no judgement, and then the entry, so that it is made from the record as it stays.

    Parameters
    ----------
    before : the catalogue as it was until now
    """
    findings = findings_on(root, file)
    if any(one.fixable for one in findings):
        formatting.apply_fixes(Catalogue.load(root), findings)
        findings = findings_on(root, file)
    paper = _read(root, file, before.vocabulary.own)
    if any(one.rule == "bibtex-disagrees" for one in findings) or _says_what_was(paper, before):
        _write_entry(root, file, formatting.entry_anew(paper, before))


def _says_what_was(paper: Paper, before: Catalogue) -> bool:
    """Whether the entry still names the venue, an id or the address that the record had, and has no more.

    The checks cannot tell: of a record that lacks them, the entry may know one that nobody has written there.
    """
    try:
        entry = bibtex.parse_entry(paper.bibtex or "")
    except bibtex.BibtexError:
        return False  # which is a finding of its own, if there is an entry
    former = before[paper.id]
    if bibtex.fields_of_former(entry, former, paper):
        return True
    if former.venue is None or paper.venue is not None:
        return False
    return bibtex.names_venue(entry, former.venue, before.vocabulary)


def _take_facts(root: Path, file: str, given: str | None) -> bool:
    """Add the facts of a *given* entry to the record's own, or leave those alone that fields hold.

    Pages, publisher and so on are taken, and the record's entry stays what it is otherwise: its key, and an
    address that the given one may lack.  Returns whether that changes it.

    Raises
    ------
    FormError : the given entry is none, or contradicts the record
    """
    catalogue = Catalogue.load(root)
    paper = _read(root, file, catalogue.vocabulary.own)
    facts = {}
    if given is not None:
        try:
            entry = bibtex.parse_entry(given)
            bibtex.refuse_commands(entry)
        except bibtex.BibtexError as error:
            raise FormError(f"{BIBTEX}, line {error.line}: {error.message}.") from None
        _refuse_contradictions(entry, paper, catalogue.vocabulary)
        facts = bibtex.facts_in(paper.bibtex) | bibtex.facts_beyond_record(entry)
    made = formatting.entry_of(paper, facts, catalogue)
    if made == paper.bibtex:
        return False
    _write_entry(root, file, made)
    return True


def _refuse_contradictions(entry: bibtex.Entry, paper: Paper, vocabulary: Vocabulary) -> None:
    """Refuse an entry of another paper, or another version; what it does not say contradicts nothing."""
    lacks = {"authors": not entry.authors, "year": entry.year is None, "venue": entry.venue_text is None}
    problems = [
        f"{BIBTEX}: the {one.field} is {one.in_bibtex}, and in the record {one.in_record}. If the record is "
        "wrong, please correct it there, too."
        for one in bibtex.disagreements(entry, paper, vocabulary)
        if not lacks.get(one.field)
    ]
    if problems:
        raise FormError("\n".join(problems))


def _write_entry(root: Path, file: str, entry: str) -> None:
    text = yaml_files.edit(yaml_files.read_text(root / file), {"bibtex": entry}, LAYOUT)
    formatting.write_own(root, file, text)


def _refuse_errors(root: Path, file: str) -> None:
    errors = [one.message for one in findings_on(root, file) if one.severity == "error"]
    if errors:
        raise FormError("\n".join(errors))


def _read(root: Path, file: str, own: Sequence[str]) -> Paper:
    text = yaml_files.read_text(root / file)
    paper, wrong = parse_record(text, yaml_files.parse(text), file, own)
    if paper is None:
        raise FormError("\n".join(one.message for one in wrong))
    return paper


def findings_on(root: Path, file: str) -> list[Finding]:
    """What the checks say about one record, which they compare with all others."""
    return checks.seen_from(checks.run(Catalogue.load(root)), lambda name: name == file)
