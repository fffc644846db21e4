"""The source of reference implementations, highlighted for a page.

Read as text and never imported: the implementations need libraries that a site does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.record import Paper

FOLDER = "reference_impls/methods"


@dataclass(frozen=True)
class Implementation:
    """One module of reference implementations.

    Attributes
    ----------
    path : relative to the catalogue's root
    source : as it stands in the file
    """

    path: str
    source: str

    @property
    def html(self) -> str:
        """The source as HTML, its tokens in elements with the classes of Pygments."""
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer

        html: str = highlight(self.source, PythonLexer(), HtmlFormatter(nowrap=True))
        return html


def implementation_of(paper: Paper, root: Path) -> Implementation | None:
    """The paper's reference implementation, where the record names one and its file is there."""
    if not paper.reference_impl:
        return None
    path = f"{FOLDER}/{paper.reference_impl}.py"
    try:
        return Implementation(path, (root / path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def implemented(catalogue: Catalogue) -> list[Paper]:
    """The papers with a reference implementation, by name."""
    found = (paper for paper in catalogue.papers if implementation_of(paper, catalogue.root))
    return sorted(found, key=lambda paper: ((paper.name or paper.title).casefold(), paper.id))
