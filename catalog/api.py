"""The catalogue in Python: load it, narrow it down, take it along.

>>> from catalog import load
>>> papers = load("tests/mini")
>>> [paper.id for paper in papers.where(domain="vision", training="free")]
['toca']

This is the surface for notebooks and other programs, and what it offers stays.  What a query may say
is told in :mod:`catalog.query`; formats are the exports' business.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from rapidfuzz import fuzz, process

from catalog import exports, query
from catalog.catalogue import Catalogue
from catalog.counting import counted
from catalog.exports.bibtex import entries
from catalog.exports.jsonl import as_dicts, keys_of
from catalog.optional import needed
from catalog.query.reading import answer
from catalog.record import Paper
from catalog.replacing import replaced
from catalog.root import CATALOGUE_ROOT, find_root

if TYPE_CHECKING:
    from pandas import DataFrame


def load(root: str | os.PathLike[str] | None = None) -> Papers:
    """Every paper of a catalogue.

    Parameters
    ----------
    root : folder that holds ``papers/``, also as ``~/…``; without it, ``CATALOG_ROOT`` of the environment,
        or else this folder or the nearest one above

    Raises
    ------
    CatalogError : there is no catalogue, or its configuration or vocabulary is wrong

    Warns
    -----
    UserWarning : records that cannot be read are left out; ``catalog check`` says what is wrong

    Examples
    --------
    >>> load("tests/mini")
    <6 papers of Mini>
    """
    named = root or os.environ.get(CATALOGUE_ROOT)
    catalogue = Catalogue.load(find_root(Path(named).expanduser() if named else None, 'load("DIR")'))
    if said := catalogue.left_out:
        warnings.warn(said, stacklevel=2)
    return Papers(catalogue, catalogue.papers)


class Papers(Sequence[Paper]):
    """Papers of one catalogue, in the order of their ids; each is a :class:`catalog.record.Paper`.

    Examples
    --------
    >>> papers = load("tests/mini")
    >>> len(papers), papers["fastv"].title[:18], "tome" in papers
    (6, 'An Image is Worth ', True)
    >>> papers[0].id, papers[-2:]
    ('data-centric-compression', <2 papers of Mini>)
    """

    def __init__(self, catalogue: Catalogue, papers: Iterable[Paper]) -> None:
        self.catalogue = catalogue
        self._papers = tuple(papers)

    def where(self, line: str | query.Query = "", /, **fields: object) -> Papers:
        """Those of the papers that a query means.

        Parameters
        ----------
        line : a query as the command line and the site take it
        fields : field -> value: text, a number, ``True`` or ``False`` for yes or no, ``None`` for
            unknown, or a list of them, of which a paper must have one

        Raises
        ------
        CatalogError : an unknown field or term; the message says where, and what there is
        TypeError : *line* is no text

        Examples
        --------
        >>> papers = load("tests/mini")
        >>> [paper.id for paper in papers.where("year:2024.. code:yes")]
        ['fastv', 'toca']
        >>> [paper.id for paper in papers.where(criterion=["attention", "similarity"], year="..2024")]
        ['fastv', 'tome']
        """
        if not isinstance(line, (str, query.Query)):
            raise TypeError(
                "where() takes a query as text, such as where('training:free'), or fields by name, such as "
                f"where(training='free'); found {line!r}"
            )
        vocabulary = self.catalogue.vocabulary
        asked = query.from_fields(fields, vocabulary)
        if isinstance(line, query.Query):
            return Papers(self.catalogue, query.select(self._papers, line & asked))
        meant = {paper.id for paper in answer(line, self.catalogue).papers}
        papers = (paper for paper in self._papers if paper.id in meant)
        return Papers(self.catalogue, query.select(papers, asked))

    def __iter__(self) -> Iterator[Paper]:
        return iter(self._papers)

    def __len__(self) -> int:
        return len(self._papers)

    @overload
    def __getitem__(self, key: str | SupportsIndex) -> Paper: ...

    @overload
    def __getitem__(self, key: slice) -> Papers: ...

    def __getitem__(self, key: str | SupportsIndex | slice) -> Paper | Papers:
        """The paper of that id or former id, or at that place from 0; of a slice, the papers in it.

        Raises
        ------
        KeyError, IndexError, TypeError : there is no such id or place, or *key* is neither
        """
        if isinstance(key, str):
            if key in self._by_id:
                return self._by_id[key]
            raise KeyError(self._without(key))
        if isinstance(key, slice):
            return Papers(self.catalogue, self._papers[key])
        if not isinstance(key, SupportsIndex):
            raise TypeError(
                "papers are taken by id, as in papers['an-id'], or by place, as in papers[0] or papers[:10]; "
                f"found {key!r}"
            )
        try:
            return self._papers[key]
        except IndexError:
            has = counted(len(self), "paper")
            raise IndexError(f"there is no papers[{key!r}] among {has}; the first is papers[0]") from None

    def _without(self, paper_id: str) -> str:
        """What to say of an id that none of the papers has."""
        if paper_id in self.catalogue.by_any_id:
            return f"'{paper_id}' is in the catalogue, but not among these {counted(len(self), 'paper')}"
        near = process.extractOne(paper_id.lower(), list(self._by_id), scorer=fuzz.ratio, score_cutoff=70)
        hint = (
            f"did you mean '{near[0]}'?" if near else "to search for words, write papers.where('some words')"
        )
        return f"no paper has the id '{paper_id}'; {hint}"

    def __contains__(self, paper: object) -> bool:
        """Whether a paper, or an id or former id, is among them."""
        return paper in self._by_id if isinstance(paper, str) else paper in self._papers

    def __repr__(self) -> str:
        return f"<{counted(len(self), 'paper')} of {self.catalogue.config.title}>"

    @cached_property
    def _by_id(self) -> dict[str, Paper]:
        former = {alias: paper for paper in self._papers for alias in paper.aliases}
        return former | {paper.id: paper for paper in self._papers}

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dictionary per paper, with the keys of ``catalog export jsonl``.

        >>> load("tests/mini").where("id:tome").to_dicts()[0]["venue"]
        'ICLR'
        """
        return list(as_dicts(self._papers, self.catalogue))

    def to_dataframe(self) -> DataFrame:
        """A pandas table with the same columns, indexed by id; lists stay lists.

        Raises
        ------
        CatalogError : pandas is not installed

        Examples
        --------
        >>> table = load("tests/mini").where("year:2024..").to_dataframe()
        >>> table.loc["fastv", ["venue", "training"]].tolist()
        ['ECCV', 'free']
        """
        pandas = needed("pandas", "a table", "dataframe")
        frame: DataFrame = pandas.DataFrame.from_records(
            self.to_dicts(), columns=keys_of(self.catalogue), index="id"
        )
        # Unknown years would turn all others into floating-point numbers.
        return frame.astype({"year": "Int64"})

    def bibtex(self) -> str:
        """Their BibTeX entries, one after the other.

        >>> load("tests/mini").where(name="ToMe").bibtex().splitlines()[0]
        '@inproceedings{bolya2023token,'
        """
        return "\n".join(f"{entry}\n" for entry in entries(self._papers, self.catalogue))

    def export(self, name: str) -> str | bytes:
        """Them in one of the formats of ``catalog export``: text, or bytes where the format is binary.

        Raises
        ------
        CatalogError : there is no such format, or a library that it needs is not installed

        Examples
        --------
        >>> load("tests/mini").where("id:tome").export("ris").splitlines()[0]
        'TY  - CONF'
        """
        chosen = exports.get(name)
        write = chosen.bytes if chosen.binary else chosen.text
        return write(self._papers, self.catalogue)

    def save(self, name: str, path: str | os.PathLike[str]) -> None:
        """Write them to a file in one of the formats of ``catalog export``; if that fails, it stays as it is.

        Raises
        ------
        CatalogError : there is no such format, or a library that it needs is not installed
        """
        chosen = exports.get(name)
        with replaced(Path(path)) as stream:
            chosen.save(self._papers, self.catalogue, stream)
