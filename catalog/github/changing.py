"""Setting fields of a record as a form names them: values read, result checked, entry kept in step.

Only a record that passes its checks stays; otherwise its file is as before, and the complaint is for
the person who filled in the form.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import bibtex, checks, formatting, yaml_files
from catalog.catalogue import Catalogue, parse_record
from catalog.findings import Finding
from catalog.github.forms import FormError
from catalog.github.values import FIELDS
from catalog.record import FIELDS as FIELDS_OF_RECORD
from catalog.record import LAYOUT, MAY_BE_NONE, Paper, to_data
from catalog.sources.asking import year_in
from catalog.vocabulary import Vocabulary


def set_fields(root: Path, file: str, given: Mapping[str, str], source: str) -> list[str]:
    """Set fields of a record as a form names them, check the result, and mend the BibTeX entry.

    What the record says already stays, and so does its source.  Returns the names of the other fields.

    Raises
    ------
    FormError : an answer is not understood, or the record would have errors; the file is as before
    """
    values = _values(given, Catalogue.load(root).vocabulary)
    before = yaml_files.read_text(root / file)
    known = to_data(_read(root, file))
    data = copy.deepcopy(known)
    changed = [name for name, value in values.items() if _set(data, FIELDS[name].path, value, source)]
    if not changed:
        return []
    changes = {name: data.get(name) for name in FIELDS_OF_RECORD if data.get(name) != known.get(name)}
    try:
        formatting.write_atomically(root / file, formatting.edited(before, changes))
        _mend_and_check(root, file, changes.keys())
    except BaseException:
        formatting.write_atomically(root / file, before)
        raise
    return changed


def _values(given: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, Any]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    if year := year_in(given.get("Venue", "")):  # "ECCV 2024"
        given = {"Year of the venue": str(year), **given}
    for name, answer in given.items():
        try:
            values[name] = FIELDS[name].value(answer, vocabulary)
        except FormError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise FormError("\n".join(problems))
    return values


def _set(data: dict[str, Any], path: Sequence[str], value: Any, source: str) -> bool:
    """Set a field of a record with its source, which goes where the value does; whether that changes it."""
    *part, name = path
    place = data.setdefault(part[0], {}) if part else data
    if value == [] and name not in MAY_BE_NONE:
        value = None
    if value == place.get(name):
        return False
    place[name] = value
    sources = data.setdefault("provenance", {})
    for each in (name, ".".join(path)):
        sources.pop(each, None)
    if part and not any(place.values()):
        sources.pop(part[0], None)
    if value is not None:
        sources[name] = source
    elif part:
        del place[name]
    return True


def _mend_and_check(root: Path, file: str, changed: Collection[str]) -> None:
    _read(root, file)
    findings = findings_on(root, file)
    if any(one.fixable for one in findings):
        formatting.apply_fixes(Catalogue.load(root), findings)
        findings = findings_on(root, file)
    # Behind the repairs, so that the entry is made from the record as it stays.
    if "bibtex" not in changed and any(one.rule == "bibtex-disagrees" for one in findings):
        entry = _renewed_entry(_read(root, file), Catalogue.load(root).vocabulary, changed)
        text = yaml_files.edit(yaml_files.read_text(root / file), {"bibtex": entry}, LAYOUT)
        formatting.write_atomically(root / file, text)
        findings = findings_on(root, file)
    errors = [one.message for one in findings if one.severity == "error"]
    if errors:
        raise FormError("\n".join(errors))


def _read(root: Path, file: str) -> Paper:
    text = yaml_files.read_text(root / file)
    paper, wrong = parse_record(text, yaml_files.parse(text), file)
    if paper is None:
        raise FormError("\n".join(one.message for one in wrong))
    return paper


def _renewed_entry(paper: Paper, vocabulary: Vocabulary, changed: Collection[str]) -> str:
    """The entry for what the record says now, with volume, pages and so on where they still hold."""
    old = bibtex.parse_entry(paper.bibtex or "")
    moved = {"venue", "year"} & set(changed)
    extra = bibtex.carry_over(old, paper, vocabulary) if moved else bibtex.facts_beyond_record(old)
    return bibtex.render(paper, vocabulary, extra, key=bibtex.key_in(paper.bibtex or ""))


def findings_on(root: Path, file: str) -> list[Finding]:
    """What the checks say about one record, which they compare with all others."""
    return checks.seen_from(checks.run(Catalogue.load(root)), lambda name: name == file)
