"""Plain-text citations through a CSL processor, for the exports that each name a style.

The processor (citeproc-py) and the styles (``styles/``, with their licence) decide what a citation
looks like.  Here papers are handed to them, on all cores where there are many, and the punctuation
is finished that the processor leaves open.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from catalog.bibtex import open_quotes
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.exports.csl_json import item
from catalog.parallel import map_chunks
from catalog.record import Paper

STYLES = Path(__file__).parent / "styles"

WORTH_PROCESSES = 1_000
"""Citations for which starting processes pays: about a second of work."""


BLOCK = 8_000
"""Citations that are held at once."""


class Job(NamedTuple):
    """One citation to render: the style's name, its number in the list, and the CSL item."""

    style: str
    number: int
    item: dict[str, Any]


def citations(style: str, papers: Iterable[Paper], catalogue: Catalogue) -> Iterator[str]:
    """The papers' citations in their order, numbered from 1 where the style numbers."""
    keys = unique_keys(catalogue)
    jobs = (
        Job(style, number, item(paper, catalogue.vocabulary, keys[paper.id]))
        for number, paper in enumerate(papers, 1)
    )
    _style(style)  # parsed here once, so that processes inherit it
    while block := list(islice(jobs, BLOCK)):
        # Processes share the catalogue's memory until somebody writes to it, and the garbage collector
        # writes to whatever it looks at: frozen, it does not look.  Measured at 20,000 papers: 690 MB
        # in five processes become 310 MB.
        gc.freeze()
        try:
            texts = map_chunks(_render, block, worth_a_pool=WORTH_PROCESSES)
        finally:
            gc.unfreeze()
        yield from texts


def _render(jobs: Sequence[Job]) -> list[str]:
    return [render(job) for job in jobs]


def render(job: Job) -> str:
    """One citation, on one line."""
    if job.style == "ieee":
        job = job._replace(item={**job.item, "title": _within_quotes(job.item["title"])})
    reference = _reference(job.item)
    texts = _style(job.style).render_bibliography([_Cited(reference, job.number)])
    text = " ".join("".join(map(str, texts)).split())
    return _finished(text, job)


_SINGLE = str.maketrans('“”"', "‘’’")


def _within_quotes(title: str) -> str:
    """*title* with single quotation marks, as within the double ones of a style that sets titles in these.

    >>> _within_quotes('The "Less" is “More”')
    'The ‘Less’ is ‘More’'
    """
    return open_quotes(title).translate(_SINGLE)


class _Reference(dict[str, Any]):
    """A reference as the processor asks for it: by attribute, by item and by ``in``."""

    def __init__(self, key: str, kind: str, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.key, self.type = key, kind

    def __missing__(self, name: str) -> Any:
        raise _variable_error()

    def __getattr__(self, name: str) -> Any:
        return self[name]


@cache
def _variable_error() -> type[Exception]:
    from citeproc.source import VariableError

    error: type[Exception] = VariableError
    return error


class _Cited:
    """A cited item, as the processor asks for it, without the look-ups of its own class."""

    has_locator = False

    def __init__(self, reference: Any, number: int) -> None:
        self.reference, self.key, self.number = reference, reference.key, number

    def __contains__(self, name: object) -> bool:
        return False  # no locator, prefix or suffix


@cache
def _style(name: str) -> Any:
    """The parsed style with every search in it remembered; for APA, 220 citations a second become 1,000.

    The processor walks the whole style for each citation, and searches for macros, terms and layouts by
    XPath again and again, although the tree never changes.  Cutting off the branches for types of works
    that no catalogue holds was tried and gave another tenth, which is not worth its code.

    lxml keeps what Python knows of an element as long as somebody holds it, hence the list of them all.
    """
    import citeproc
    from citeproc.formatter import plain

    style: Any = citeproc.CitationStylesStyle(str(STYLES / f"{name}.csl"), locale="en-US", validate=False)
    style.root.formatter = plain
    roots = {locale.getroottree().getroot() for locale in style.root.locales} | {style.root}
    style.elements = [(element, root) for root in roots for element in root.iter()]
    for element, root in style.elements:
        element.xpath_search = cache(element.xpath_search)
        element.get_root = cache(root.get_root)
        element.get_formatter = cache(element.get_formatter)
        if hasattr(type(element), "calls_variable"):
            element.calls_variable = cache(element.calls_variable)
    return style


def _reference(item: dict[str, Any]) -> Any:
    """The item in the processor's own classes.  Its JSON reader would take markup in a title for markup."""
    from citeproc import source, string

    fields: dict[str, Any] = {"language": "en-US"}  # as it would be assumed, by way of an exception
    for field, value in item.items():
        name = field.replace("-", "_")
        if field in ("author", "editor"):
            fields[name] = [source.Name(**_for_initials(person)) for person in value]
        elif field == "issued":
            parts = dict(zip(("year", "month", "day"), value["date-parts"][0], strict=False))
            fields[name] = source.Date(**parts)
        elif field in ("number", "container-title"):  # neither arXiv nor Revista de Biología takes capitals
            fields[name] = string.MixedString([string.NoCase(value)])
        elif field not in ("id", "type"):
            fields[name] = string.MixedString([string.String(value)])
    return _Reference(item["id"], item["type"], fields)


def _for_initials(person: dict[str, str]) -> dict[str, str]:
    """A name of whose given names the processor makes initials, which it only does of capitals.

    Nicknames in brackets are left out, and names in a script without capitals stay whole.

    >>> _for_initials({"given": "wei-lin (will)", "family": "liu"})
    {'given': 'Wei-Lin', 'family': 'liu'}
    >>> _for_initials({"given": "明", "family": "李"})
    {'literal': '明 李'}
    """
    if "given" not in person:
        return person
    letters = re.sub(r"\([^()]*\)|[^\w\s.'’-]", "", person["given"])
    given = re.sub(r"(?<![\w.'’])\w", lambda match: match[0].upper(), letters).strip()
    if not any(letter.isupper() for letter in given):
        return {"literal": f"{person['given']} {person['family']}"}
    return {**person, "given": given}


_EDITORS_AGAIN = re.compile(r" \([^()]+, eds?\.(\)|; )")
_NUMBER = re.compile(r"^\[[0-9]+\](?=\S)")


def _finished(text: str, job: Job) -> str:
    """What the processor leaves open: a title once, one mark behind it, and the comma inside its quotes."""
    title = " ".join(job.item["title"].split())
    if "author" not in job.item and text.startswith(title):
        # Without authors the title takes their place, and is not to come a second time.
        again = f" {title}" if title.endswith(".") else f" {title}."
        text = title + text[len(title) :].replace(again, "", 1)
    text = _NUMBER.sub(lambda match: f"{match[0]} ", text)
    has_mark = title.endswith(("?", "!"))
    if has_mark:
        text = text.replace(f"{title}.", title)
    if job.style == "apa":
        text = text.replace("(ed.)", "(Ed.)").replace("(eds.)", "(Eds.)")
        if "author" not in job.item:  # editors take their place, and are not to come a second time
            text = _EDITORS_AGAIN.sub(lambda match: " (" if match[1] == "; " else "", text)
    if job.style == "ieee":
        for mark in ",.":
            text = text.replace(f"“{title}”{mark}", f"“{title}{'' if has_mark else mark}”")
    return text
