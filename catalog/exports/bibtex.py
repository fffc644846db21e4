"""BibTeX: every paper's entry, sorted by id, ready for ``\\bibliography``.

A record's own entry is written as it stands; where a record has none, or one that would spoil what follows
it, one is rendered from its fields.  What an entry holds is :mod:`catalog.bibtex`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.record import Paper

NAME = "bibtex"
SUFFIX = ".bib"
MEDIA_TYPE = "application/x-bibtex"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write a comment that says what the file is, then the entries, a blank line before each."""
    stream.write(header(catalogue, NAME))
    for entry in entries(papers, catalogue):
        stream.write(f"\n{entry}\n")


def entries(papers: Iterable[Paper], catalogue: Catalogue) -> Iterator[str]:
    """The papers' entries, sorted by id, each under a key that no other paper of *catalogue* has.

    A key depends on the catalogue alone, not on which papers are asked for.
    """
    keys = unique_keys(catalogue)
    for paper in sorted(papers, key=lambda paper: paper.id):
        yield entry_of(paper, catalogue, keys[paper.id])


def entry_of(paper: Paper, catalogue: Catalogue, key: str) -> str:
    """The paper's entry under *key*, without a line end behind it."""
    if not paper.bibtex or spoils_others(paper.bibtex):
        return bibtex.render(paper, catalogue.vocabulary, key=key).strip()
    return _KEY.sub(lambda match: f"{match[1]}{key}", paper.bibtex.strip(), count=1)


def spoils_others(entry: str) -> bool:
    """Whether *entry* does not parse, and its braces would take in what follows it in a .bib file."""
    if bibtex.key_in(entry) and entry.count("{") == entry.count("}"):
        return False  # without parsing, which takes longer than all the rest
    try:
        bibtex.parse_entry(entry)
    except bibtex.BibtexError:
        return True
    return False


_KEY = re.compile(r"(@\s*\w+\s*[{(]\s*)[^\s,{}()]+(?=\s*,)")


def unique_keys(catalogue: Catalogue) -> dict[str, str]:
    """Id -> citation key.  Where two records' own entries have one key, the later id stands behind its."""
    taken: set[str] = set()
    keys = bibtex.keys_for(catalogue.papers)
    for paper_id, key in keys.items():
        if key.lower() in taken:
            key = keys[paper_id] = f"{key}-{paper_id}"
        taken.add(key.lower())  # BibTeX does not tell Liu2024 from liu2024
    return keys


def header(catalogue: Catalogue, name: str) -> str:
    """Lines of comment that say what the file is and which export wrote it."""
    config = catalogue.config
    lines = [f"{config.title}: {config.tagline}"]
    if config.base_url:
        lines.append(config.base_url)
    lines.append(f"Written by 'catalog export {name}'. Changes made here are lost: mend the records instead.")
    # BibTeX skips what stands outside an entry, but an @ would begin one.
    return "".join(f"% {line.replace('@', '(at)')}\n" for line in lines)
