"""The loaded catalogue: its configuration, its vocabulary, its papers and their indexes.

``Catalogue.load`` is the only place that reads records.  A record that cannot be
read becomes findings and does not keep the others from being loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import (
    ValidationError,
)

from catalog import yaml_files
from catalog.acceptances import Acceptances
from catalog.config import Config
from catalog.counting import counted
from catalog.findings import CatalogError, Finding, ProgressCallback
from catalog.findings import Path as FieldPath
from catalog.parallel import map_chunks
from catalog.record import (
    FIELDS,
    KINDS,
    LAYOUT,
    SCHEMA_LINE,
    Identifiers,
    Paper,
    Training,
    first_year,
    year_of,
)
from catalog.refusals import Refusals
from catalog.root import LINK, own_place
from catalog.schema_messages import complaints, named, no_such_field
from catalog.vocabulary import Vocabulary
from catalog.yaml_files import YamlError

OTHER_FILES = frozenset({"catalogue.yaml", "refused.yaml", "accepted.yaml"})
"""YAML files in ``papers/`` that are not records."""
_OTHER_FOLDERS = frozenset({"vocabulary", "lists"})
"""Folders in ``papers/`` without records."""
EXTENSIONS = (".yaml", ".yml")
"""What the names of YAML files end with."""
FIXED_TERMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"kind": KINDS, "training": get_args(Training), "parametric": ("false", "true", "both")}
)
"""The fields whose values are part of the record's format; a catalogue says only what they mean to it."""


@dataclass(frozen=True)
class Catalogue:
    """All that was read from one folder.

    Attributes
    ----------
    root : the folder that holds ``papers/``
    papers : every record that could be read, sorted by id
    files : id -> path of the record's file, relative to *root*
    unreadable : findings on the records that could not be read
    refused : papers that are kept out, with the reason
    accepted : warnings that are right as they are, with the reason
    """

    root: Path
    config: Config
    vocabulary: Vocabulary
    papers: tuple[Paper, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[Finding, ...] = ()
    refused: Refusals = field(default_factory=Refusals)
    accepted: Acceptances = field(default_factory=Acceptances)

    @classmethod
    def load(cls, root: Path, progress: ProgressCallback | None = None) -> Catalogue:
        """Read ``papers/`` below *root*.

        Raises
        ------
        CatalogError : configuration or vocabulary is missing or wrong, ``papers/`` a link to elsewhere, or a
            folder in it not to be read
        """
        folder = own_place(root, "papers")
        config = Config.load(folder / "catalogue.yaml")
        vocabulary = _terms(folder, config)
        refused = Refusals.load(folder / "refused.yaml")
        accepted = Acceptances.load(folder / "accepted.yaml")
        paths = sorted(record_files(root))
        names = [(str(root), path, vocabulary.own) for path in paths]
        papers: list[Paper] = []
        files: dict[str, str] = {}
        findings: list[Finding] = []
        for path, (paper, wrong) in zip(
            paths, map_chunks(_read_records, names, progress=progress), strict=True
        ):
            findings.extend(wrong)
            if paper is None:
                continue
            if paper.id in files:
                findings.append(
                    Finding(
                        path,
                        1,
                        1,
                        "duplicate-id",
                        "error",
                        f"the id '{paper.id}' is also that of {files[paper.id]}; rename one of the files",
                    )
                )
                continue
            files[paper.id] = path
            papers.append(paper)
        papers.sort(key=lambda paper: paper.id)
        return cls(root, config, vocabulary, tuple(papers), files, tuple(findings), refused, accepted)

    def __len__(self) -> int:
        return len(self.papers)

    def __iter__(self) -> Iterator[Paper]:
        return iter(self.papers)

    def __getitem__(self, paper_id: str) -> Paper:
        return self.by_id[paper_id]

    def with_papers(self, papers: Iterable[Paper], files: Mapping[str, str] | None = None) -> Catalogue:
        """The same with *papers*, in place of those of their ids and beside all others, in their *files*."""
        known = {**self.by_id, **{paper.id: paper for paper in papers}}
        united = tuple(known[paper_id] for paper_id in sorted(known))
        return replace(self, papers=united, files={**self.files, **(files or {})})

    @property
    def left_out(self) -> str | None:
        """What a person is told where records could not be read; ``None`` where all could."""
        count = len({finding.file for finding in self.unreadable})
        said = counted(count, "record could not be read and is", "records could not be read and are")
        return f"{said} left out; see: catalog check" if count else None

    @cached_property
    def by_id(self) -> Mapping[str, Paper]:
        return {paper.id: paper for paper in self.papers}

    @cached_property
    def by_any_id(self) -> Mapping[str, Paper]:
        """Papers by their ids, and by their former ones."""
        former = ((alias, paper) for paper in self.papers for alias in paper.aliases)
        return {**self.by_id, **{alias: paper for alias, paper in former if alias not in self.by_id}}

    @cached_property
    def taken_ids(self) -> frozenset[str]:
        """The ids that no new record may have: of records, former ones, and of papers that were removed."""
        return frozenset([*self.by_any_id, *self.refused.by_id])

    @cached_property
    def by_identifier(self) -> Mapping[tuple[str, str], Sequence[Paper]]:
        """Papers by ``("arxiv", "2403.06764")``, and so for every identifier; values are lower-cased."""
        index: dict[tuple[str, str], list[Paper]] = {}
        for paper in self.papers:
            for name in Identifiers.model_fields:
                value = getattr(paper.identifiers, name)
                if value:
                    index.setdefault((name, value.lower()), []).append(paper)
        return index

    def place(self, paper: Paper, path: FieldPath = ()) -> tuple[str, int, int]:
        """File, line and column of a field of *paper*, for a finding."""
        line, column = yaml_files.locate(self.text_of(paper), path)
        return self.files[paper.id], line, column

    def text_of(self, paper: Paper) -> str:
        """The record's file as text.

        Raises
        ------
        CatalogError : somebody has changed it, since it was read, to what is no text
        """
        file = self.files[paper.id]
        try:
            return yaml_files.read_text(self.root / file)
        except YamlError as error:
            raise error.at(file) from None


def load_vocabulary(root: Path) -> Vocabulary:
    """The terms of the catalogue at *root*, its own fields' among them, without reading any record.

    Raises
    ------
    CatalogError : as for a catalogue
    """
    folder = own_place(root, "papers")
    return _terms(folder, Config.load(folder / "catalogue.yaml"))


def _terms(folder: Path, config: Config) -> Vocabulary:
    labels = config.labels
    return Vocabulary.load(folder / "vocabulary", FIXED_TERMS, labels.by_field(), labels.renamed())


def by_date(papers: Iterable[Paper]) -> list[Paper]:
    """Newest first by first public date, or else by year; undated papers last, equals by id."""
    ordered = sorted(papers, key=lambda paper: paper.id)
    return sorted(ordered, key=lambda paper: paper.published or str(paper.year or ""), reverse=True)


def by_year(papers: Iterable[Paper]) -> list[tuple[int | None, list[Paper]]]:
    """By the venue's year, the newest first and unknown ones last; of one year the latest published first."""
    by_title = sorted(papers, key=lambda paper: (paper.title.casefold(), paper.id))
    ordered = sorted(by_title, key=lambda paper: (year_of(paper) or 0, paper.published or ""), reverse=True)
    return [(year, list(group)) for year, group in groupby(ordered, key=year_of)]


def latest_added_first(papers: Iterable[Paper]) -> list[Paper]:
    """By the day on which they entered the catalogue; those of one day as :func:`by_date` has them."""
    return sorted(by_date(papers), key=lambda paper: paper.added or "", reverse=True)


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


def _read_records(
    names: Sequence[tuple[str, str, Sequence[str]]],
) -> list[tuple[Paper | None, list[Finding]]]:
    return [read_record(Path(root), path, own) for root, path, own in names]


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
