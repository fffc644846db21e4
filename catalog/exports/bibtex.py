"""BibTeX: every paper's entry, sorted by id, ready for ``\\bibliography``.

A record's own entry is written as it stands; where a record has none, one is
rendered from its fields.  What an entry holds is :mod:`catalog.bibtex`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.record import Paper

NAME = "bibtex"
SUFFIX = ".bib"
MEDIA_TYPE = "application/x-bibtex"

_KEY = re.compile(r"@\s*\w+\s*[{(]\s*([^\s,{}()=\"#%'\\]*)")


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write a comment that says what the file is, then the entries, a blank line before each."""
    stream.write(_header(catalogue))
    for entry in entries(papers, catalogue):
        stream.write(f"\n{entry}\n")


def entries(papers: Iterable[Paper], catalogue: Catalogue) -> Iterator[str]:
    """The papers' entries, sorted by id, each under a key that no other paper of the catalogue has.

    A key depends on the catalogue alone, not on which papers are asked for.
    """
    new_keys = _new_keys(catalogue)
    for paper in sorted(papers, key=lambda paper: paper.id):
        text = _entry(paper, catalogue)
        yield _with_key(text, new_keys[paper.id]) if paper.id in new_keys else text


def _header(catalogue: Catalogue) -> str:
    config = catalogue.config
    lines = [f"{config.title}: {config.tagline}"]
    if config.base_url:
        lines.append(config.base_url)
    lines.append("Written by 'catalog export bibtex'; changes made here are lost, so mend the records.")
    # BibTeX skips what stands outside an entry, but an @ would begin one.
    return "".join(f"% {line.replace('@', '(at)')}\n" for line in lines)


def _entry(paper: Paper, catalogue: Catalogue) -> str:
    return (paper.bibtex or bibtex.render(paper, catalogue.vocabulary)).strip()


def _with_key(text: str, key: str) -> str:
    match = _KEY.match(text)
    return text if match is None else text[: match.start(1)] + key + text[match.end(1) :]


def _new_keys(catalogue: Catalogue) -> Mapping[str, str]:
    """Id -> key, for papers whose own key an earlier one has: the id is put behind it."""
    taken: set[str] = set()
    new: dict[str, str] = {}
    for paper in catalogue.papers:
        match = _KEY.match(_entry(paper, catalogue))
        key = match[1] if match else ""
        if not key or key.casefold() in taken:
            key = new[paper.id] = f"{key}-{paper.id}" if key else paper.id
        taken.add(key.casefold())  # BibTeX does not tell Liu2024 from liu2024
    return new
