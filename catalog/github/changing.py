"""Setting fields of a record as a form names them: values read, result checked, entry kept in step.

Only a record that passes its checks stays; otherwise its file is as before, and the complaint is for
the person who filled in the form.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import bibtex, checks, formatting, yaml_files
from catalog.catalogue import Catalogue, parse_record
from catalog.findings import Finding
from catalog.github.forms import FormError
from catalog.github.values import FIELDS
from catalog.record import LAYOUT, Paper
from catalog.vocabulary import Vocabulary


def set_fields(root: Path, file: str, given: Mapping[str, str], source: str) -> None:
    """Set fields of a record as a form names them, check the result, and mend the BibTeX entry.

    Raises
    ------
    FormError : an answer is not understood, or the record would have errors; the file is as before
    """
    catalogue = Catalogue.load(root)
    before = yaml_files.read_text(root / file)
    data = yaml_files.parse(before)
    changes: dict[str, Any] = {}
    problems: list[str] = []
    for name, answer in given.items():
        try:
            value = FIELDS[name].value(answer, catalogue.vocabulary)
        except FormError as error:
            problems.append(f"{name}: {error}")
            continue
        _put(changes, data, FIELDS[name].path, value)
        changes.setdefault("provenance", dict(data.get("provenance") or {}))[FIELDS[name].path[0]] = source
    if problems:
        raise FormError("\n".join(problems))
    try:
        formatting.write_atomically(root / file, yaml_files.edit(before, changes, LAYOUT))
        _mend_and_check(root, file, changes.keys())
    except BaseException:
        formatting.write_atomically(root / file, before)
        raise


def _put(changes: dict[str, Any], data: Mapping[str, Any], path: Sequence[str], value: Any) -> None:
    if len(path) == 1:
        changes[path[0]] = value
        return
    part = {**(changes.get(path[0]) or data.get(path[0]) or {}), path[1]: value}
    changes[path[0]] = {key: each for key, each in part.items() if each not in (None, [])}


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
