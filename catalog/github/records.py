"""Which record a person means: whatever they have at hand of it, as long as it names one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from rapidfuzz import fuzz, process, utils

from catalog.adding.queries import recognise
from catalog.catalogue import Catalogue
from catalog.counting import listed
from catalog.findings import CatalogError, Finding
from catalog.github.forms import FormError, short
from catalog.importers.links import with_scheme
from catalog.links import same_address
from catalog.record import Paper
from catalog.values import check_link
from catalog.vocabulary import fold

_PAGE_OR_FILE = re.compile(
    r"(?:\S*/)?papers/(?:\d{4}/)?([\w-]+)(?:\.yaml|/)?(?:[/?#]\S*)?|([\w-]+)(?:\.yaml)?"
)


def find_record(answer: str, catalogue: Catalogue) -> Paper:
    """The record with this id, earlier id, page, file, name or title, or identifier or address of its paper.

    Raises
    ------
    FormError : there is none, or more than one, or it cannot be read
    """
    text = " ".join(answer.split())
    for papers in _meant(text, catalogue):
        found = {paper.id: paper for paper in papers}
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise FormError(f"'{short(text)}' may be {listed(found, 'or')}. Please write which of them.")
    if unread := _unread(text, catalogue):
        where = f"{unread.file}:{unread.line}:{unread.column}"
        raise FormError(f"{where}: {unread.message}\nUntil that is mended, the record cannot be changed.")
    near = _near(text, catalogue)
    hint = f" Did you mean {listed(near, 'or')}?" if near else ""
    left_out = f"\n{catalogue.left_out}" if catalogue.left_out else ""
    raise FormError(
        f"There is no record '{short(text)}'.{hint} A record's id is the last part of its page's address."
        f"{left_out}"
    )


def _meant(text: str, catalogue: Catalogue) -> Iterator[Iterable[Paper]]:
    """The papers that *text* names in one way after another."""
    found = _PAGE_OR_FILE.fullmatch(text)
    owner = catalogue.by_any_id.get(found[1] or found[2]) if found else None
    yield [owner] if owner else []
    yield _by_identifier(text, catalogue)
    yield _by_address(text, catalogue)
    words = fold(text)
    if words:
        yield (paper for paper in catalogue if words in map(fold, (paper.id, paper.name or "")))
        yield (paper for paper in catalogue if words in map(fold, (paper.title, *paper.former_titles)))


def _unread(text: str, catalogue: Catalogue) -> Finding | None:
    """What keeps the record of this id, page or file from being read."""
    found = _PAGE_OR_FILE.fullmatch(text)
    stem = (found[1] or found[2]) if found else None
    return next((one for one in catalogue.unreadable if PurePosixPath(one.file).stem == stem), None)


def _by_identifier(text: str, catalogue: Catalogue) -> Iterator[Paper]:
    try:
        identifiers = recognise(text).draft.identifiers
    except CatalogError:
        return
    for identifier in identifiers:
        yield from catalogue.by_identifier.get(identifier, ())


def _by_address(text: str, catalogue: Catalogue) -> list[Paper]:
    try:
        address = same_address(check_link(with_scheme(text)))
    except ValueError:
        return []
    return [paper for paper in catalogue if paper.paper_link and same_address(paper.paper_link) == address]


def _near(text: str, catalogue: Catalogue) -> list[str]:
    """Ids of records whose id or name looks like *text*, or like the end of an address."""
    word = text.rstrip("/").rpartition("/")[2]
    names = {paper.id: paper.id for paper in catalogue}
    names |= {f"{paper.id} ": paper.name for paper in catalogue if paper.name}
    match = process.extract(
        word, names, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=50, limit=6
    )
    return list(dict.fromkeys(key.strip() for _, _, key in match))[:3]
