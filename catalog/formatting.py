"""Writing records back: canonical form for ``catalog fmt``, small repairs for ``catalog check --fix``.

Nothing is decided here: what may be mended comes as a finding's fix.  A file is
replaced in one step, so that whoever is interrupted finds the old one whole.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog import bibtex, yaml_files
from catalog.catalogue import Catalogue, parse_record, render_record
from catalog.findings import Finding, ProgressCallback
from catalog.record import LAYOUT, SCHEMA_LINE, to_data
from catalog.vocabulary import Vocabulary


def format_record(text: str, file: str, vocabulary: Vocabulary, key: str | None = None) -> str | None:
    """The record in *text* in canonical form, with its comments; ``None`` where it cannot be read.

    Parameters
    ----------
    file : the record's path, which gives its id
    key : citation key for a missing BibTeX entry
    """
    try:
        data = yaml_files.parse(text)
    except yaml_files.YamlError:
        return None
    paper, _ = parse_record(text, data, file)
    if paper is None:
        return None
    if paper.bibtex is None:
        paper = paper.model_copy(update={"bibtex": bibtex.render(paper, vocabulary, key=key)})
    return render_record(to_data(paper), text)


def format_all(
    catalogue: Catalogue, write: bool = True, progress: ProgressCallback | None = None
) -> list[str]:
    """Paths of the records that are not in canonical form, after writing them so if *write*."""
    keys = bibtex.keys_for(catalogue.papers)
    changed = []
    for number, paper in enumerate(catalogue, 1):
        file = catalogue.files[paper.id]
        old = catalogue.text_of(paper)
        new = format_record(old, file, catalogue.vocabulary, keys[paper.id])
        if new is not None and new != old:
            changed.append(file)
            if write:
                write_atomically(catalogue.root / file, new)
        if progress:
            progress(number, len(catalogue))
    return sorted(changed)


def apply_fixes(catalogue: Catalogue, findings: Iterable[Finding]) -> list[str]:
    """Mend what the findings can mend, leaving every other line as it is; paths of the changed files."""
    changes: dict[str, dict[str, Any]] = defaultdict(dict)
    for finding in findings:
        if finding.fix is not None:
            fields = changes[finding.file]
            fields.update({k: v for k, v in finding.fix.changes.items() if k not in fields})
    changed = []
    for file in sorted(changes):
        path = catalogue.root / file
        old = yaml_files.read_text(path)
        new = _mend(old, file, changes[file], catalogue.vocabulary)
        if new != old:
            write_atomically(path, new)
            changed.append(file)
    return changed


def _mend(text: str, file: str, changes: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    others = {field: value for field, value in changes.items() if field != "bibtex"}
    mended = yaml_files.edit(text, others, LAYOUT)
    if not mended.startswith(SCHEMA_LINE):
        mended = f"{SCHEMA_LINE}\n{mended}"
    paper, _ = parse_record(mended, yaml_files.parse(mended), file)
    if paper is None:  # two repairs that do not go together; a person has to look
        return text
    entry = changes.get("bibtex")
    if entry is None:
        return mended
    if others:  # the entry was rendered from facts that have changed since
        extra = bibtex.facts_beyond_record(bibtex.parse_entry(entry))
        entry = bibtex.render(paper, vocabulary, extra, key=bibtex.key_in(entry))
    return yaml_files.edit(mended, {"bibtex": entry}, LAYOUT)


def write_atomically(path: Path, text: str) -> None:
    """Replace the file's content in one step; its permissions stay."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
