"""What somebody copied from a paper or a browser and pasted in place of a query.

The site's ``browse/pasted.js`` and ``titles.js`` do the same for its search box.
"""

from __future__ import annotations

import re

from catalog import query
from catalog.catalogue import Catalogue
from catalog.links import identifiers_in, same_address
from catalog.record import LIKE_ARXIV_ID

_PRINTED = re.compile(
    rf"(?:^arxiv:\s*(?={LIKE_ARXIV_ID}(?:v\d+)?\s*\[[a-z.-]+\])"
    rf"|\barxiv (?:e-?|pre)prints?,? arxiv:\s*|\bcorr,? abs/)({LIKE_ARXIV_ID})",
    re.IGNORECASE,
)
"""What arXiv prints on a paper's margin, and how references name preprints."""
_CITED = re.compile(
    r"[\W_]*((?:[^\W\d_]|['’-])+(?: (?:[^\W\d_]|['’-])+)?) et al\.?,? ?[(\[]?((?:19|20)\d{2})[a-z]?[\W_]*",
    re.IGNORECASE,
)
"""A citation in running text: the first author's family name and the year."""
_ADDRESS = re.compile(r"https?://\S+|(?:www\.)?(?:github|gitlab)\.com/\S+", re.IGNORECASE)
_LEAST_OF_TITLE = 4
"""Words from which on a title is no phrase that other texts hold as well."""


def as_query(line: str, catalogue: Catalogue) -> str:
    """The query that what was pasted asks for; any other *line* as it is.

    That is an address of a paper or its code, the line on the margin of a preprint, a reference to one,
    ``Chen et al., 2024``, or a line that holds a paper's title and finds nothing otherwise.
    """
    typed = line.strip()
    for name, value in identifiers_in(typed).items():
        return f'{name}:"{value}"'
    if printed := _PRINTED.search(typed):
        return f'arxiv:"{printed[1]}"'
    if cited := _CITED.fullmatch(typed):
        return f'author:"{cited[1]}" year:{cited[2]}'
    if _ADDRESS.fullmatch(typed):
        ids = _at_address(typed, catalogue)
        return f"id:{','.join(ids)}" if ids else line
    titles = _titles_in(typed, catalogue)
    return f"title:{','.join(titles)}" if titles and not _finds(line, catalogue) else line


def _at_address(address: str, catalogue: Catalogue) -> list[str]:
    """The ids of the papers whose link the address is, or lies below."""
    address = address if "://" in address else f"https://{address}"
    wanted = f"{same_address(address)}/"
    return [
        paper.id
        for paper in catalogue
        if any(
            wanted.startswith(f"{same_address(link)}/")
            for link in (*paper.links.code, paper.links.paper)
            if link
        )
    ]


def _titles_in(typed: str, catalogue: Catalogue) -> list[str]:
    """The titles that the text holds as a part of it, folded and in quotes."""
    said = query.words(typed)
    if len(said) <= _LEAST_OF_TITLE:
        return []
    held = f" {' '.join(said)} "
    titles = [query.words(title) for paper in catalogue for title in (paper.title, *paper.former_titles)]
    whole = (" ".join(title) for title in titles if len(title) >= _LEAST_OF_TITLE)
    return [f'"{title}"' for title in dict.fromkeys(whole) if f" {title} " in held]


def _finds(line: str, catalogue: Catalogue) -> bool:
    try:
        asked = query.parse(line, catalogue.vocabulary)
    except query.QueryError:
        return False
    return any(True for _ in query.select(catalogue, asked))
