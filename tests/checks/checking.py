"""Records made to order for the tests of the checks, and what the checks say about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog import checks
from catalog.bibtex import render
from catalog.catalogue import Catalogue
from catalog.findings import Finding
from catalog.formatting import apply_fixes
from catalog.record import Paper, to_data
from catalog.record_files import render_record
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI

VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")

SOUND: dict[str, Any] = {
    "title": "Pruning Tokens Early",
    "authors": ["Ada Bo", "Chen Da"],
    "venue": "ECCV",
    "year": 2024,
    "published": "2024-03",
    "identifiers": {"arxiv": "2403.06764"},
    "domain": ["vision"],
}

ELSEWHERE = {"openreview": "aBcDeFgHiJ"}
"""Identifiers of a record beside the sound one, and of one whose dates no arXiv id contradicts."""

ENTRY = """\
@inproceedings{mine2024,
  title = {Pruning Tokens Early},
  author = {Bo, Ada and Da, Chen},
  booktitle = {European Conference on Computer Vision},
  year = {2024},
  pages = {1--9},
}
"""
"""A BibTeX entry that somebody wrote by hand for the sound record."""


def record(paper_id: str = "a-paper", **fields: Any) -> str:
    """A record's file without complaint, but for what *fields* bring in."""
    paper = Paper.model_validate({"id": paper_id, **SOUND, **fields})
    if "provenance" not in fields:
        known = [name for name, value in to_data(paper).items() if value is not None and name != "bibtex"]
        sources = dict.fromkeys([*known, "former_titles", "identifiers", "links"], "paper")
        paper = paper.model_copy(update={"provenance": sources})
    if "bibtex" not in fields:
        paper = paper.model_copy(update={"bibtex": render(paper, VOCABULARY)})
    return render_record(to_data(paper))


def findings(root: Path, *rules: str) -> list[Finding]:
    """What the checks say about the catalogue in *root*."""
    return checks.run(Catalogue.load(root), rules=rules)


def places(root: Path, *rules: str) -> list[str]:
    """The same as ``file:line: rule``."""
    return [f"{one.file.removeprefix('papers/')}:{one.line}: {one.rule}" for one in findings(root, *rules)]


def mend(root: Path) -> list[str]:
    """Apply every fix; the changed files."""
    catalogue = Catalogue.load(root)
    return apply_fixes(catalogue, checks.run(catalogue))
