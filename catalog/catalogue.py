"""The loaded catalogue: its configuration, its vocabulary, its papers and their indexes.

``Catalogue.load`` is the only place that reads records.  A record that cannot be
read becomes findings and does not keep the others from being loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from catalog import yaml_files
from catalog.acceptances import Acceptances
from catalog.config import Config
from catalog.counting import counted
from catalog.findings import Finding, ProgressCallback
from catalog.findings import Path as FieldPath
from catalog.parallel import map_chunks
from catalog.record import KINDS, Identifiers, Paper, Training, year_of
from catalog.record_files import read_record, record_files
from catalog.refusals import Refusals
from catalog.root import own_place
from catalog.vocabulary import Vocabulary
from catalog.yaml_files import YamlError

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


def _read_records(
    names: Sequence[tuple[str, str, Sequence[str]]],
) -> list[tuple[Paper | None, list[Finding]]]:
    return [read_record(Path(root), path, own) for root, path, own in names]
