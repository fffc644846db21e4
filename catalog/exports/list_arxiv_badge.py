"""List with arXiv badges: a linked title, and a bracket of name, tags, venue and code.

The format of awesome-token-compress, as the importer ``arxiv-badge`` reads it::

    ## Multimodal
    ### 2025
    - <img alt="arXiv" src="https://img.shields.io/badge/arXiv-2412.01818-red?logo=arxiv" height="14" />
      [A Title](https://arxiv.org/abs/2412.01818). [FasterVLM;Video;ICCV 2025;[GitHub](https://…)]

A paper that is not on arXiv has the word OpenReview in the badge's place, as in that list, or a badge
"paper": without either, readers of the list could not tell an entry from other links.

It carries :data:`CARRIES`; of several repositories the first, and a name where it is plain and no
word for a term or venue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.list_entries import (
    Words,
    by_domain_and_year,
    is_said_by_its_id,
    literal,
    paper_link,
    plain_name,
    target,
    venue_words,
)
from catalog.links import identifiers_in
from catalog.record import Paper, canonical_link
from catalog.values import ARXIV_NUMBER
from catalog.vocabulary import Vocabulary

NAME = "list-arxiv-badge"
SUFFIX = ".md"
MEDIA_TYPE = "text/markdown; charset=utf-8"

CARRIES = frozenset("title name venue year arxiv paper code kind domain keywords".split())
"""Fields of a record that come back from such a list; ``paper`` is the one link that it gives."""

WORDS_OF_A_NAME = 3
"""A longer name would be taken for a remark."""

_OTHER_BADGE = '<img alt="paper" src="https://img.shields.io/badge/paper-blue" height="14" />'
_BADGE = '<img alt="arXiv" src="https://img.shields.io/badge/arXiv-{}-red?logo=arxiv" height="14" />'


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the list's one page."""
    words = Words(catalogue.vocabulary)
    for heading, group in by_domain_and_year(papers, catalogue, "###"):
        stream.write(f"{heading}\n")
        stream.writelines(f"{_entry(paper, words)}\n\n" for paper in group)


def _entry(paper: Paper, words: Words) -> str:
    arxiv = paper.identifiers.arxiv
    has_badge = arxiv is not None and re.fullmatch(ARXIV_NUMBER, arxiv) is not None
    link = _link(paper, has_badge) or ""
    badge = _BADGE.format(arxiv) if has_badge else "OpenReview" if _is_openreview(link) else _OTHER_BADGE
    bracket: list[str] = [literal(word, also=";:") for word in _bracket(paper, words)]
    if paper.links.code:
        bracket.append(f"[GitHub]({target(paper.links.code[0])})")
    title = f"- {badge} [{literal(paper.title)}]({target(link)})."
    return f"{title} [{';'.join(bracket)}]" if bracket else title


def _link(paper: Paper, has_badge: bool) -> str | None:
    """Where the title leads: somewhere else than the badge, if the paper is elsewhere too."""
    others = paper.identifiers.model_copy(update={"arxiv": None})
    return (canonical_link(others) if has_badge else None) or paper_link(paper)


def _is_openreview(link: str) -> bool:
    return "openreview" in identifiers_in(link)


def _bracket(paper: Paper, words: Words) -> Iterator[str]:
    name = bracketed_name(paper, words.vocabulary)
    if name:
        yield name
    for _, tag in words.tags(paper, ("kind", "keywords")):
        yield tag.replace("--", "-").replace("_", " ").strip()
    venue = venue_words(paper, words.vocabulary)
    if venue and not (paper.venue == "arXiv" and is_said_by_its_id(paper, words.vocabulary)):
        yield f"{venue} {paper.year}" if paper.year else venue


def bracketed_name(paper: Paper, vocabulary: Vocabulary) -> str | None:
    """The method's name, where it can stand in a bracket: plain, short, and no other word."""
    name = plain_name(paper)
    is_one = name and len(name.split()) <= WORDS_OF_A_NAME and not _is_a_word(name, vocabulary)
    return name if is_one else None


def _is_a_word(name: str, vocabulary: Vocabulary) -> bool:
    """Whether *name*, with or without a year or workshop behind it, names a term or venue."""
    first = re.split(r"[-\s]|(?<=[A-Za-z])(?=\d)", name)[0]
    return any(vocabulary.fields_of(name)) or vocabulary.resolve("venue", first.rstrip("w")) is not None
