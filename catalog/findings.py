"""What is wrong, where, and what to do about it.

A :class:`Finding` is the one shape in which the reader, the schema and the
checks report.  It carries no behaviour beyond its optional fix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Severity = Literal["error", "warning"]

Path = tuple[str | int, ...]
"""The way to a value inside a YAML document, e.g. ``("links", "code", 0)``."""


@dataclass(frozen=True, slots=True)
class Fix:
    """New values for top-level fields of one record; those that then say nothing are left out."""

    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Related:
    """The other end of a finding about two files, in words for whoever looks at that file."""

    file: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint.

    Attributes
    ----------
    file : path relative to the catalogue's root, with forward slashes
    line, column : 1-based; 1, 1 where the whole file is meant
    rule : the check's name, e.g. ``unknown-term``
    message : what was found, what was expected, what to do
    fix : how to mend it without judgement, where that is safe
    related : the other files that it is about, so that it is told to whoever changed one of them
    """

    file: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    fix: Fix | None = field(default=None, compare=False)
    related: tuple[Related, ...] = ()

    def seen_from(self, is_wanted: Callable[[str], bool]) -> Finding | None:
        """The finding where it touches a wanted file; ``None`` where it touches none.

        Away from its own file it has no fix, which would change the other.
        """
        wanted = tuple(one for one in self.related if is_wanted(one.file))
        if is_wanted(self.file):
            return replace(self, related=wanted)
        if not wanted:
            return None
        first, *others = wanted
        return replace(
            self,
            file=first.file,
            line=first.line,
            column=first.column,
            message=first.message,
            fix=None,
            related=tuple(others),
        )

    @property
    def fixable(self) -> bool:
        return self.fix is not None

    def as_dict(self) -> dict[str, Any]:
        """The stable shape of ``catalog check --format json``."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
            "fixable": self.fixable,
        }


class CatalogError(Exception):
    """The command cannot go on; the message says what, where and what to do."""


def in_words(error: CatalogError | OSError) -> str:
    """What stopped a command, without what only Python knows of it."""
    if isinstance(error, CatalogError):
        return str(error)
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


ProgressCallback = Callable[[int, int], None]
"""Called with (done, total) while long work runs."""
