"""Where a record's file lies, what it is called, and its first line."""

from __future__ import annotations

import os
import re
import shlex
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.checks.facts import is_to_come
from catalog.checks.registry import check, finding
from catalog.findings import Finding, Fix
from catalog.record import SCHEMA_LINE, first_year
from catalog.record_files import OTHER_FILES, is_record, printable, record_files
from catalog.root import LINK

_PLACE = re.compile(r"papers/(\d{4})/[^/]+\.ya?ml")


@check("file-folder")
def wrong_folders(catalogue: Catalogue) -> Iterator[Finding]:
    """Records lie in the folder of the year in which the paper first appeared.

    Of a first date that is yet to come, that is wrong, and said by another check.
    """
    for paper in catalogue:
        if paper.published and is_to_come(paper.published):
            continue
        file = catalogue.files[paper.id]
        place = _PLACE.fullmatch(file)
        year = first_year(paper)
        if place and year in (None, int(place[1])):
            continue
        field = "published" if paper.published else "year"
        why = f"because '{field}' is {getattr(paper, field)}" if year else "any year that is known"
        folder = f"papers/{year or 'YEAR'}"
        yield finding(
            catalogue,
            paper,
            (field,) if year else (),
            "file-folder",
            f"found in {Path(file).parent.as_posix()}/, expected {folder}/, {why}; "
            f"correct the date, or move the file: mkdir -p {folder} && "
            f"mv {shlex.quote(file)} {folder}/{paper.id}.yaml",
        )


@check("file-name")
def wrong_extensions(catalogue: Catalogue) -> Iterator[Finding]:
    """One extension, so that a file is found by its id."""
    for file in sorted(record_files(catalogue.root)):
        if file.endswith(".yml") and _is_utf8(file):
            target = file.removesuffix("yml") + "yaml"
            command = f"mv {shlex.quote(file)} {shlex.quote(target)}"
            message = f"found the extension .yml, expected .yaml; rename the file: {command}"
            yield Finding(file, 1, 1, "file-name", "error", message)


@check("file-name")
def files_that_are_not_read(catalogue: Catalogue) -> Iterator[Finding]:
    """Files that look like records and are none by their name or place: nobody would miss what they say."""
    root = catalogue.root
    for directory, folders, files in os.walk(root / "papers"):
        here = Path(directory).relative_to(root)
        # In the vocabulary other files are refused already.
        passed = {"vocabulary"} if here.as_posix() == "papers" else set()
        folders[:] = [name for name in folders if name not in passed and not name.startswith(".")]
        for file in (here / name for name in files if not name.startswith(".") and name not in OTHER_FILES):
            shown = file.as_posix()
            if not _LIKE_RECORD.search(file.name.lower()) or is_record(shown):
                continue
            advice = "move it into the folder of its year" if here.name == "lists" else _renamed(file)
            message = f"the file looks like a record and is not read; {advice}, or delete it"
            yield Finding(printable(shown), 1, 1, "file-name", "error", message)


_LIKE_RECORD = re.compile(r"\.ya?ml(?:\.txt)?$")


def _renamed(file: Path) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", _LIKE_RECORD.sub("", file.name.lower())).strip("-") or "ID"
    return f"rename it: mv {shlex.quote(printable(file.as_posix()))} {file.parent.as_posix()}/{stem}.yaml"


@check("symbolic-link")
def symbolic_links(catalogue: Catalogue) -> Iterator[Finding]:
    """What is written through a link could end up anywhere; of records that are links, the reader says it."""
    root = catalogue.root
    read = set(record_files(root))
    for directory, folders, files in os.walk(root / "papers"):
        # An editor in which a record is open leaves a hidden link beside it.
        seen = [name for name in (*folders, *files) if not name.startswith(".")]
        links = (path for name in seen if (path := Path(directory, name)).is_symlink())
        for file in (path.relative_to(root).as_posix() for path in links):
            if file not in read:
                yield Finding(printable(file), 1, 1, "symbolic-link", "error", LINK)


def _is_utf8(file: str) -> bool:
    """Whether the path is text at all; of another, the reader says that it has to be renamed."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return False
    return True


@check("schema-line", "line-ends")
def missing_schema_lines(catalogue: Catalogue) -> Iterator[Finding]:
    """Without its first line, an editor neither completes nor checks the record.

    With line ends of Windows, the first repair would change every line.
    """
    expected = SCHEMA_LINE.encode()
    for paper in catalogue:
        with (catalogue.root / catalogue.files[paper.id]).open("rb") as file:
            text = file.read()
        if b"\r" in text:
            message = "the lines end as on Windows or an old Mac, expected one character, LF; save it so"
            yield finding(catalogue, paper, (), "line-ends", message, severity="warning", fix=Fix({}))
        beginning = text[: len(expected)]
        if beginning == expected:
            continue
        if beginning.startswith(BOM_UTF8):
            message = "a byte-order mark (U+FEFF, invisible) begins the file; save it as UTF-8 without one"
        else:
            message = (
                f"the first line is not '{SCHEMA_LINE}', by which an editor completes and checks; add it"
            )
        yield finding(catalogue, paper, (), "schema-line", message, severity="warning", fix=Fix({}))
