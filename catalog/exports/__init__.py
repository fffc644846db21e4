"""The catalogue in other formats: one module per format, found by being in this folder.

A format is a module with four names, and nothing else has to be touched to add one:

- ``NAME`` : what the user types, e.g. ``"bibtex"``
- ``SUFFIX`` : of a file that holds it, e.g. ``".bib"``
- ``MEDIA_TYPE`` : for a server that hands it out
- ``write(papers, catalogue, stream)`` : writes the papers one after the other, never all at once

A format that is not text says so with a fifth, ``BINARY = True``; its stream takes bytes.  A library
that only one format needs is imported when it writes, so that others do not wait for it.

The module's first sentence is its help text.  Which papers are written is the caller's business.
"""

from __future__ import annotations

import io
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, BinaryIO, Protocol, cast

from rapidfuzz import fuzz, process

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.record import Paper


class Writer(Protocol):
    """How a format writes papers."""

    def __call__(self, papers: Iterable[Paper], catalogue: Catalogue, stream: Any, /) -> None:
        """Write *papers*, which are among those of *catalogue*, to a stream of text or, if binary, bytes."""


@dataclass(frozen=True)
class Export:
    """One format.

    Attributes
    ----------
    name : what the user types
    suffix : of a file that holds it, with the dot
    media_type : e.g. ``application/jsonl``
    description : one sentence
    write : writes papers to a text stream, or to a binary one where the format is binary
    binary : whether it is bytes and no text
    """

    name: str
    suffix: str
    media_type: str
    description: str
    write: Writer
    binary: bool = False

    def text(self, papers: Iterable[Paper], catalogue: Catalogue) -> str:
        """What :attr:`write` writes, as one text; for few papers.

        Raises
        ------
        CatalogError : the format is binary
        """
        if self.binary:
            raise CatalogError(f"'{self.name}' is no text format; ask for its bytes, or save it to a file")
        stream = io.StringIO(newline="")
        self.write(papers, catalogue, stream)
        return stream.getvalue()

    def bytes(self, papers: Iterable[Paper], catalogue: Catalogue) -> bytes:
        """The format's file; for few papers."""
        stream = io.BytesIO()
        self.save(papers, catalogue, stream)
        return stream.getvalue()

    def save(self, papers: Iterable[Paper], catalogue: Catalogue, stream: BinaryIO) -> None:
        """Write to a stream of bytes, text as UTF-8 with the line ends that the format writes."""
        if self.binary:
            self.write(papers, catalogue, stream)
            return
        text = io.TextIOWrapper(cast(Any, stream), encoding="utf-8", newline="")
        try:
            self.write(papers, catalogue, text)
        finally:
            text.detach()  # flushes, and leaves the caller's stream open


@cache
def formats() -> Mapping[str, Export]:
    """Every format by its name, in alphabetical order."""
    found = []
    for info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        if hasattr(module, "NAME"):
            summary = (module.__doc__ or "").strip().partition("\n")[0]
            binary = getattr(module, "BINARY", False)
            found.append(Export(module.NAME, module.SUFFIX, module.MEDIA_TYPE, summary, module.write, binary))
    return MappingProxyType({export.name: export for export in sorted(found, key=lambda e: e.name)})


def get(name: str) -> Export:
    """The format of that name.

    Raises
    ------
    CatalogError : there is none; the message names those that there are
    """
    known = formats()
    if name in known:
        return known[name]
    raise unknown_format(name, list(known))


def unknown_format(name: str, known: Sequence[str]) -> CatalogError:
    """That *name* is none of the *known* formats, and which may be meant."""
    dialects = [each for each in known if each.startswith(f"{name.lower()}-")]
    near = process.extractOne(name.lower(), known, scorer=fuzz.ratio, score_cutoff=50)
    meant = dialects or ([near[0]] if near else [])
    hint = f"; did you mean {' or '.join(map(repr, meant))}?" if meant else "."
    return CatalogError(f"there is no export format '{name}'{hint} Known are: {', '.join(known)}.")
