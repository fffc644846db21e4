"""Bibliographies of the small catalogue, made of files that a test lays out."""

from __future__ import annotations

from pathlib import Path

import bibtexparser
import pytest

from catalog.catalogue import Catalogue
from catalog.cite import Bibliography, bibliography

TOME = (
    "@article{mine, title = {Token Merging: Your {ViT} But Faster}, journal = {arXiv preprint}, year = 2022}"
)
"""An author's entry of a preprint, which the catalogue knows as published."""


@pytest.fixture
def cite(mini: Path, tmp_path: Path):
    """Make the bibliography of files given by name and text."""

    def make(out: Path | None = None, **files: str) -> Bibliography:
        paths = []
        for name, text in files.items():
            path = tmp_path / name.replace("_", ".")
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return bibliography(paths, Catalogue.load(mini), out)

    return make


def entries(made: Bibliography) -> dict[str, dict[str, str]]:
    """The fields of every entry, by its key."""
    library = bibtexparser.parse_string(made.text)
    assert not library.failed_blocks
    return {entry.key: {field.key: field.value for field in entry.fields} for entry in library.entries}
