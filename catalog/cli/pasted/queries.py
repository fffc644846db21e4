"""What a pasted text asks for: the papers of a list, or the query that names one paper."""

from __future__ import annotations

from catalog import query
from catalog.catalogue import Catalogue
from catalog.cli.pasted import forms
from catalog.cli.pasted.lists import Listed, Lists
from catalog.cli.pasted.titles import unbroken
from catalog.links import identifiers_in, unwrapped


def list_in(line: str, catalogue: Catalogue) -> Listed | None:
    """The list that *line* is, if only of one item; ``None`` where it is a query."""
    listed = Lists(catalogue).of(line)
    return listed if listed and (listed.sure or not _finds(line, catalogue)) else None


def as_query(line: str, catalogue: Catalogue) -> str:
    """The query that what was pasted asks for; any other *line* as it is.

    That is an address of a paper, the line on the margin of a preprint, a reference to one, ``Chen et al.,
    2024``, or, where it finds nothing otherwise, an identifier or a text that holds a paper's title.
    """
    typed = line.strip()
    for name, value in identifiers_in(forms.with_scheme(unwrapped(typed).strip("<>.,;"))).items():
        return f'{name}:"{value}"'
    if printed := forms.printed(typed):
        return f'{printed[0]}:"{printed[1]}"'
    if cited := forms.cited(typed):
        return f'author:"{cited[0]}" year:{cited[1]}'
    if _finds(line, catalogue):
        return line
    if named := Lists(catalogue).named(typed):
        return query_of(named)
    whole = unbroken(line)
    return whole if whole != line and _finds(whole, catalogue) else line


def query_of(listed: Listed) -> str:
    """The query that asks for the papers of a list, of which there is one at least."""
    return f"id:{','.join(paper.id for paper in listed.papers)}"


def _finds(line: str, catalogue: Catalogue) -> bool:
    try:
        asked = query.parse(line, catalogue.vocabulary)
    except query.QueryError:
        return False
    return any(True for _ in query.select(catalogue, asked))
