"""What a commit changed inside a record, read from the commit's patch.

A patch without context holds only the lines that went and came, and above them the last line
that starts at the margin, which in a record is the key that they stand below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.yaml_files import YamlError, parse

_LINE = re.compile(
    r"^(?:@@ [^@]* @@ ?(?:(?P<head>[a-z_]+):)?"
    r"|(?P<sign>[-+])(?: +- (?P<item>.+)|(?P<indent> *)(?P<key>[a-z_]+):(?: (?P<value>.+))?| +(?P<more>\S)))",
    re.MULTILINE,
)
_PLAIN = re.compile(r"[^\"'\\#\[\]{}]*")
_OF_FIELDS = frozenset(["identifiers", "links"])
"""Keys whose own keys are the facts."""
_SOURCES = "provenance"
_NOTHING = frozenset(["null", "|", ">"])
_DERIVED = frozenset([_SOURCES, "bibtex"])


@dataclass(frozen=True)
class Edit:
    """How one fact changed.

    Attributes
    ----------
    field : the record's key; below ``identifiers`` and ``links`` the inner one, such as ``doi``
    gone, come : the values that went and came as text; both empty where only the order or a long text changed
    reordered : whether the same values stand in another order
    """

    field: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    reordered: bool = False


@dataclass(frozen=True)
class Edits:
    """What one commit changed in one record.

    Attributes
    ----------
    facts : in the order of the record
    sources : of how many facts the source changed
    """

    facts: tuple[Edit, ...] = ()
    sources: int = 0


class _Side:
    """The lines of one record that went, or those that came."""

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}
        self.listed: set[str] = set()
        self.sources: set[str] = set()
        self.below: str | None = None

    def read(self, line: re.Match[str]) -> None:
        if key := line["key"]:
            if not line["indent"]:
                self.below = key
                if key not in _DERIVED:
                    self._keep(key, line["value"])
            elif self.below == _SOURCES:
                self.sources.add(key)
            elif self.below in _OF_FIELDS:
                self._keep(key, line["value"])
        elif self.below and self.below not in _DERIVED:
            self.listed |= {self.below} if line["item"] else set()
            self._keep(self.below, line["item"])

    def _keep(self, field: str, text: str | None) -> None:
        kept = self.values.setdefault(field, [])
        if text:
            kept += _items(text)


def read_patches(patches: str) -> Iterator[tuple[str, Edits]]:
    """The records of one commit with what changed in each, from its *patches* (``git log -p -U0``)."""
    for patch in patches.split("diff --git ")[1:]:
        head, start, body = patch.partition("\n@@")
        path = head.rpartition("\n+++ b/")[2]
        gone, come = _Side(), _Side()
        for line in _LINE.finditer(start + body):
            if not line["sign"]:
                gone.below = come.below = line["head"]
            else:
                (gone if line["sign"] == "-" else come).read(line)
        yield path, _compared(gone, come)


def _compared(gone: _Side, come: _Side) -> Edits:
    facts = (
        _edit(field, gone.values, come.values, moved=field in gone.listed & come.listed)
        for field in dict.fromkeys([*gone.values, *come.values])
        if field not in _OF_FIELDS
    )
    return Edits(tuple(edit for edit in facts if edit), len(gone.sources | come.sources))


def _edit(
    field: str, gone: Mapping[str, list[str]], come: Mapping[str, list[str]], moved: bool
) -> Edit | None:
    before, after = gone.get(field, []), come.get(field, [])
    if before == after:
        written_anew = not before and field in gone and field in come
        return Edit(field, reordered=moved) if moved or written_anew else None
    left = tuple(value for value in before if value not in after)
    new = tuple(value for value in after if value not in before)
    return Edit(field, left, new, reordered=not left and not new)


def _items(text: str) -> list[str]:
    """The values that the text behind a key or a dash holds; none where it goes on in the next line."""
    first, inner = text[0], text[1:-1]
    if first not in "[\"'" and " #" not in text:
        return [] if text in _NOTHING else [text]
    if first != "'" and text[-1] in ']"' and _PLAIN.fullmatch(inner):
        return inner.split(", ") if first == "[" and inner else [inner] if inner else []
    try:
        value = parse(text)
    except YamlError:
        return []
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each is not None]
