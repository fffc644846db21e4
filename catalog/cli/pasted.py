"""What somebody copied from a paper or a browser and pasted in place of a query.

The site's ``browse/pasted.js`` and ``titles.js`` do the same for its search box.
"""

from __future__ import annotations

import re

from catalog import query
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.links import identifiers_in, same_address, unwrapped
from catalog.record import LIKE_ARXIV_ID, Identifiers

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
_KEY = re.compile(r"[^\W\d_]*(?:[-'][^\W\d_]+)*(?:19|20)\d{2}[^\W\d_][\w:-]*")
_CITE = re.compile(r"\\[a-zA-Z]*cite[a-zA-Z]*\*?(?:\[[^\]]*\])*\{([^{}]*)\}")
_LEAST_OF_TITLE = 4
"""Words from which on a title is no phrase that other texts hold as well."""


def as_query(line: str, catalogue: Catalogue) -> str:
    """The query that what was pasted asks for; any other *line* as it is.

    That is an address of a paper or its code, the line on the margin of a preprint, a reference to one,
    ``Chen et al., 2024``, or, where it finds nothing otherwise, an identifier, citation keys that are all
    known, or a line that holds a paper's title.
    """
    typed = line.strip()
    for name, value in identifiers_in(_with_scheme(unwrapped(typed).strip("<>.,;"))).items():
        return f'{name}:"{value}"'
    if printed := _PRINTED.search(typed):
        return f'arxiv:"{printed[1]}"'
    if cited := _CITED.fullmatch(typed):
        return f'author:"{cited[1]}" year:{cited[2]}'
    if _ADDRESS.fullmatch(typed):
        ids = _at_address(typed, catalogue)
        return f"id:{','.join(ids)}" if ids else line
    if _finds(line, catalogue):
        return line
    titles = ",".join(_titles_in(typed, catalogue))
    title = f"title:{titles}" if titles else None
    return _identified(typed, catalogue) or of_keys(typed, catalogue, whole=True) or title or line


def of_keys(line: str, catalogue: Catalogue, whole: bool = False) -> str | None:
    """The papers whose citation keys the line is made of, by ids; if *whole*, only where all are known."""
    commands = _CITE.findall(line)
    keys = [key.removeprefix("@") for key in re.split(r"[\s,;\[\]]+", ",".join(commands) or line) if key]
    if not commands and not all(map(_KEY.fullmatch, keys)):
        return None
    known = {key.lower(): paper_id for paper_id, key in unique_keys(catalogue).items()}
    ids = dict.fromkeys(known[key.lower()] for key in keys if key.lower() in known)
    if not ids or (whole and any(key.lower() not in known for key in keys)):
        return None
    return f"id:{','.join(ids)}"


def _identified(line: str, catalogue: Catalogue) -> str | None:
    """The field for the one identifier that the line is."""
    for name in Identifiers.model_fields:
        known = re.sub(r"v\d+$", "", line) if name == "arxiv" else line
        if catalogue.by_identifier.get((name, known.lower())):
            return f'{name}:"{known}"' if re.search(r"[^\w.-]", known) else f"{name}:{known}"
    return None


def _at_address(address: str, catalogue: Catalogue) -> list[str]:
    """The ids of the papers whose link the address is, or lies below."""
    wanted = f"{same_address(_with_scheme(address))}/"
    return [
        paper.id
        for paper in catalogue
        if any(
            wanted.startswith(f"{same_address(link)}/")
            for link in (*paper.links.code, paper.links.paper)
            if link
        )
    ]


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"https://{address}"


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
