"""List with badges: numbered bold titles, authors, coloured badges, and a folded BibTeX entry.

The format of awesome-token-level-model-compression, as the importer ``badges`` reads it; its folder of
pages is one page here, with a heading for each domain, setting and year::

    - **[1] ToMe: Your ViT But Faster**, ICLR 2023.

      *Daniel Bolya and Judy Hoffman.*

      [[Paper](https://arxiv.org/abs/2210.09461)] [Code] ![](https://img.shields.io/badge/ToMe-blue)

It carries :data:`CARRIES`; of several repositories the first, a year together with its venue, a preprint's
year as its arXiv id says it, and a name where it is plain and spelt as in the title.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO
from urllib.parse import quote

from catalog.catalogue import Catalogue
from catalog.exports.bibtex import entry_of, unique_keys
from catalog.exports.list_entries import (
    Words,
    bracketed_links,
    literal,
    paper_link,
    plain_name,
    sections,
    venue_words,
)
from catalog.record import Paper
from catalog.templating import markdown_code

NAME = "list-badges"
SUFFIX = ".md"
MEDIA_TYPE = "text/markdown; charset=utf-8"

CARRIES = frozenset(
    "title name authors venue year paper code project video kind domain setting task criterion mechanism "
    "training parametric keywords".split()
)
"""Fields of a record that come back from such a list; ``paper`` is the one link that it gives."""

COLOURS = {
    "task": "green",
    "training": "brown",
    "parametric": "brown",
    "criterion": "purple",
    "mechanism": "orange",
    "keywords": "yellow",
    "kind": "yellow",
}
"""Field -> its badges' colour, in the order in which the badges stand."""
OWN = "lightblue"
"""That of fields which only the catalogue has."""


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the list's one page."""
    words = Words(catalogue.vocabulary)
    keys = unique_keys(catalogue)
    stream.write(f"# {literal(catalogue.config.title)}\n")
    above: str | None = ""
    for section in sections(papers, catalogue.vocabulary, ("domain", "setting")):
        domain, setting = section.keys
        if domain != above:
            stream.write(f"\n## {literal(words.heading('domain', domain, ' Domain'))}\n")
            above = domain
        stream.write(f"\n### {literal(words.heading('setting', setting))}\n")
        for year, group in section.years:
            stream.write(f"\n#### {year or 'Year not known'}\n")
            for number, paper in enumerate(group, 1):
                entry = entry_of(paper, catalogue, keys[paper.id])
                stream.write(f"\n{_first_line(paper, catalogue, number)}\n")
                stream.writelines(f"\n{part}\n" for part in _parts(paper, words, entry))


def _first_line(paper: Paper, catalogue: Catalogue, number: int) -> str:
    venue = venue_words(paper, catalogue.vocabulary)
    where = " ".join(filter(None, (literal(venue) if venue else "", str(paper.year or ""))))
    return f"- **[{number}] {literal(paper.title)}**" + (f", {where}." if where else "")


def _parts(paper: Paper, words: Words, entry: str) -> Iterator[str]:
    if paper.authors:
        yield f"  *{_authors(paper.authors)}*"
    links = list(bracketed_links(paper))
    if not paper_link(paper):
        links.insert(0, "[Paper]")
    if not paper.links.code:
        links.insert(1, "[Code]")
    yield f"  {' '.join([*links, *_badges(paper, words)])}"
    code = "\n".join(f"  {line}".rstrip() for line in markdown_code(entry, "text").split("\n"))
    yield f"  <details> <summary>BibTex</summary>\n\n{code}\n  </details>"


def _authors(names: Iterable[str]) -> str:
    """The names with a full stop, but for one that would be read as that of "Jr"."""
    row = " and ".join(map(_author, names))
    return row if row.endswith(("Jr", "Sr")) else f"{row}."


def _author(name: str) -> str:
    """A name in a row that "and" divides."""
    return literal(name, also=",();†‡").replace(" and ", " &#97;nd ")


def _badges(paper: Paper, words: Words) -> Iterator[str]:
    name = plain_name(paper)
    if name:
        yield _badge(name.replace("-", "--").replace(" ", "_"), "blue")
    for field, tag in words.tags(paper, words.vocabulary.with_own(tuple(COLOURS))):
        spelt = tag if "_" in tag or "--" in tag else tag.replace("-", "--").replace(" ", "_")
        yield _badge(spelt, COLOURS.get(field, OWN))


def _badge(message: str, colour: str) -> str:
    return f"![](https://img.shields.io/badge/{quote(message, safe='')}-{colour})"
