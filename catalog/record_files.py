"""A record's file: which files are records, where one belongs, and how it is read and written.

A record that cannot be read becomes findings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog import yaml_files
from catalog.findings import CatalogError, Finding
from catalog.record import FIELDS, LAYOUT, SCHEMA_LINE, Paper, first_year
from catalog.root import LINK
from catalog.schema_messages import complaints, named, no_such_field
from catalog.yaml_files import YamlError

OTHER_FILES = frozenset({"catalogue.yaml", "refused.yaml", "accepted.yaml"})
"""YAML files in ``papers/`` that are not records."""
_OTHER_FOLDERS = frozenset({"vocabulary", "lists"})
"""Folders in ``papers/`` without records."""
EXTENSIONS = (".yaml", ".yml")
"""What the names of YAML files end with."""


def record_path(paper: Paper) -> str | None:
    """Where the record's file belongs: in the folder of the year in which the paper first appeared.

    ``None`` while nobody knows that year; any folder is right then.
    """
    year = first_year(paper)
    return f"papers/{year}/{paper.id}.yaml" if year else None


def place_after(before: Paper, after: Paper, file: str) -> str:
    """Where the record in *file* belongs after a change: there, unless it first appeared in another year."""
    return file if first_year(before) == first_year(after) else record_path(after) or file


def record_files(root: Path) -> Iterable[str]:
    """Every YAML file that is meant as a record, as paths relative to *root*.

    Files in a wrong place are included, so that they are reported and not ignored, and so are folders of such
    a name; hidden ones are not, which editors and systems leave beside files that are open or copied:
    ``.#fastv.yaml``, ``._fastv.yaml``.

    Raises
    ------
    CatalogError : a folder cannot be read, so that its records would be missed by nobody
    """
    folder = root / "papers"
    for directory, names, files in os.walk(folder, onerror=_refuse_unread):
        here = Path(directory)
        other = _OTHER_FOLDERS if here == folder else ()
        names[:] = [name for name in names if name not in other and not name.startswith(".")]
        paths = ((here / name).relative_to(root).as_posix() for name in [*files, *names])
        yield from filter(is_record, paths)


def _refuse_unread(error: OSError) -> None:
    raise CatalogError(
        f"{error.filename}: the folder cannot be read ({error.strerror}); change its permissions"
    )


def is_record(path: str) -> bool:
    """Whether a file at *path*, from the catalogue's root on, is meant as a record."""
    above, _, place = path.partition("/")
    is_hidden = any(part.startswith(".") for part in place.split("/"))
    is_other = is_hidden or place in OTHER_FILES or place.partition("/")[0] in _OTHER_FOLDERS
    return above == "papers" and place.endswith(EXTENSIONS) and not is_other


def read_record(root: Path, path: str, own: Sequence[str] = ()) -> tuple[Paper | None, list[Finding]]:
    """The record in one file, or what keeps it from being read; *own* are fields that its catalogue has."""
    if (shown := printable(path)) != path:
        message = "the file's name gives the id, and this path is not UTF-8; rename it"
        return None, [Finding(shown, 1, 1, "file-name", "error", message)]
    if (root / path).is_symlink():
        return None, [Finding(path, 1, 1, "symbolic-link", "error", LINK)]
    try:
        text = yaml_files.read_text(root / path)
        data = yaml_files.parse(text)
    except YamlError as error:
        return None, [Finding(path, error.line, error.column, "yaml", "error", error.message)]
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}; mend or delete it"
        return None, [Finding(path, 1, 1, "yaml", "error", message)]
    return parse_record(text, data, path, own)


def printable(path: str) -> str:
    r"""*path* as it can be printed: a byte that is not UTF-8 is written ``\xff``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def parse_record(
    text: str, data: Any, path: str, own: Sequence[str] = ()
) -> tuple[Paper | None, list[Finding]]:
    """The record that *data*, read from *text*, holds; *path* gives its id and names the file in findings.

    Parameters
    ----------
    own : the fields of terms that only its catalogue has
    """
    if not isinstance(data, dict):
        message = f"expected 'title: …' and so on, found {named(data)}"
        return None, [Finding(path, 1, 1, "schema", "error", message)]
    if "id" in data:
        line, column = yaml_files.locate(text, ("id",))
        message = "'id' is not written in the file: the file's name without .yaml is the id; delete this line"
        return None, [Finding(path, line, column, "schema", "error", message)]
    strange = [key for key in data if key not in Paper.model_fields and key not in own]
    wrong = list(_strange_fields(strange, text, path, own)) if strange else []
    known = {key: value for key, value in data.items() if key not in strange} if strange else data
    try:
        paper = Paper.model_validate({"id": Path(path).stem, **known})
    except ValidationError as error:
        return None, [*_schema_findings(error, text, path), *wrong]
    return (None, wrong) if wrong else (paper, [])


def sound_part(data: Any, path: str, own: Sequence[str] = ()) -> Paper | None:
    """What *data* says as a record without the fields that are wrong, a title to stand in where that is one.

    ``None`` where it is no record at all.
    """
    if not isinstance(data, dict) or "id" in data:
        return None
    known = {*Paper.model_fields, *own}
    given = {"id": Path(path).stem, **{key: value for key, value in data.items() if key in known}}
    try:
        return Paper.model_validate(given)
    except ValidationError as error:
        wrong = {one["loc"][0] for one in error.errors()}
    if "id" in wrong:
        return None
    return Paper.model_validate({"title": "?", **{key: given[key] for key in given if key not in wrong}})


def _strange_fields(names: Iterable[str], text: str, path: str, own: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        line, column = yaml_files.locate(text, (name,))
        message = f"{name}: {no_such_field(name, [*FIELDS, *own])}"
        yield Finding(path, line, column, "schema", "error", message)


def _schema_findings(error: ValidationError, text: str, path: str) -> Iterator[Finding]:
    for where, message in complaints(error, Paper, "record"):
        if where == ("id",):
            message = f"the file's name gives the id: {message}; rename the file"
            yield Finding(path, 1, 1, "file-name", "error", message)
            continue
        line, column = yaml_files.locate(text, where)
        yield Finding(path, line, column, "schema", "error", f"{'.'.join(map(str, where))}: {message}")


def render_record(data: Mapping[str, Any], old_text: str = "") -> str:
    """A record's file in canonical form, with the comments of *old_text*."""
    return yaml_files.render(data, LAYOUT, header=SCHEMA_LINE, old_text=old_text)
