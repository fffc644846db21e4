"""A catalogue that knows the four lists, and a way to import text into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.importers import Report, import_list
from catalog.vocabulary import PublishedList

LISTS = """
badges-list: {label: Badges, definition: "A list of pages with badges.", dialect: badges}
bold-list: {label: Bold, definition: "A list with venues in bold.", dialect: venue-bold}
arxiv-list: {label: Arxiv, definition: "A list with arXiv badges.", dialect: arxiv-badge}
a-talk: {label: Talk, definition: "A talk that cites papers.", dialect: talk}
"""

Import = Callable[..., Report]


@pytest.fixture
def empty(mini: Path) -> Path:
    """The root of a catalogue without records, whose vocabulary names a list of every dialect."""
    for record in mini.glob("papers/2*/*.yaml"):
        record.unlink()
    lists = mini / "papers" / "vocabulary" / "lists.yaml"
    lists.write_text(lists.read_text(encoding="utf-8") + LISTS, encoding="utf-8")
    return mini


@pytest.fixture
def importing(empty: Path, tmp_path: Path) -> Import:
    """Import a text in a dialect: ``importing("badges", text)``; a mapping of page to text makes a folder."""

    def run(dialect: str, text: str | dict[str, str], **options: object) -> Report:
        path = tmp_path / f"{dialect}-list.md"
        if isinstance(text, str):
            path.write_text(text, encoding="utf-8")
        else:
            path = tmp_path / f"{dialect}-folder"
            for name, page in text.items():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_text(page, encoding="utf-8")
        catalogue = Catalogue.load(empty)
        options.setdefault("listed_in", _list_of(dialect, catalogue))
        options.setdefault("added", "2026-11-21")
        return import_list(dialect, path, catalogue, **options)  # type: ignore[arg-type]

    return run


def _list_of(dialect: str, catalogue: Catalogue) -> str | None:
    lists = catalogue.vocabulary["listed_in"].items()
    of_dialect = (key for key, each in lists if isinstance(each, PublishedList) and each.dialect == dialect)
    return next(of_dialect, None)
