"""Papers that were looked at and left out, with the reason, so that nobody has to look twice.

They stand in ``papers/refused.yaml``, also those that had a record once.  Whether an import's row is one of
them is asked here; what is done about it is the importer's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from catalog.entries import none_or_list, read_entries
from catalog.record import Slugs
from catalog.texts import Text
from catalog.values import ArxivId
from catalog.vocabulary import fold

FILE = "papers/refused.yaml"


class Refusal(BaseModel):
    """One paper that is kept out."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    title: Text
    """As the list or candidate gives it."""
    arxiv: ArxivId | None = None
    """Its arXiv id, where one is known."""
    reason: Text
    """Why, e.g. ``off topic: a general multimodal model``."""
    ids: Slugs = ()
    """Ids that its record had until it was removed: their pages say so, and no other record may have them."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refused: Annotated[list[Refusal], BeforeValidator(none_or_list)]


@dataclass(frozen=True)
class Refusals:
    """All refusals of a catalogue."""

    papers: tuple[Refusal, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Refusals:
        """Read the file; without one, nothing is refused.

        Raises
        ------
        CatalogError : the file is wrong, with its line
        """
        expected = (
            "'refused:' and below it entries with title, reason and, where there are any, arxiv and ids"
        )
        file = read_entries(path, _File, "refusal", expected)
        return cls(tuple(file.refused)) if file else cls()

    def find(self, titles: Iterable[str], arxiv: Iterable[str] = ()) -> Refusal | None:
        """The refusal of the paper with one of these titles, whatever their case, or arXiv ids."""
        for title in titles:
            if fold(title) in self.by_title:
                return self.by_title[fold(title)]
        return next((self._by_arxiv[number] for number in arxiv if number in self._by_arxiv), None)

    @cached_property
    def by_title(self) -> dict[str, Refusal]:
        """Folded title -> its refusal."""
        return {fold(refusal.title): refusal for refusal in self.papers}

    @cached_property
    def by_id(self) -> dict[str, Refusal]:
        """Id of a record that was removed -> its refusal."""
        return {each: refusal for refusal in self.papers for each in refusal.ids}

    @cached_property
    def _by_arxiv(self) -> dict[str, Refusal]:
        return {refusal.arxiv: refusal for refusal in self.papers if refusal.arxiv}
