"""What a commit changed inside a record: its versions before and after, compared fact by fact.

Both versions are read as YAML, so that only what they say counts, not how it is written.
What git knows about them is the history's business.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.provenance import IN_PARTS
from catalog.yaml_files import MAX_BYTES, YamlError, parse

LONGEST = 400
"""Characters that an edit holds of one value; it is for reading, not for restoring."""

_SOURCES = "provenance"
_DERIVED = frozenset([_SOURCES, "bibtex"])
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")

Version = Mapping[str, Any] | None
"""A record's fields as one commit left them; ``None`` where they cannot be read."""


@dataclass(frozen=True, slots=True)
class Edit:
    """How one fact changed.

    Attributes
    ----------
    field : the record's key; below ``identifiers`` and ``links`` the inner one, such as ``doi``
    gone, come : the values that went and came as text; both empty where only the order or no value changed
    reordered : whether the same values stand in another order
    """

    field: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    reordered: bool = False


@dataclass(frozen=True, slots=True)
class Edits:
    """What one commit changed in one record.

    Attributes
    ----------
    facts : in the order of the record
    sources : of how many facts the source changed
    """

    facts: tuple[Edit, ...] = ()
    sources: int = 0


UNREADABLE = Edits((Edit("whole record"),))
"""Where a version cannot be read."""


def read_version(content: bytes) -> Version:
    """The fields that a file's *content* holds, or ``None`` where it is not a record."""
    if len(content) > MAX_BYTES:
        return None
    try:
        record = parse(content.decode("utf-8").replace("\r\n", "\n"))
    except (UnicodeDecodeError, YamlError):
        return None
    return record if isinstance(record, dict) else None


def edits_between(before: Sequence[Version], after: Version) -> Edits:
    """What a commit changed itself: how *after* differs from each version *before* it.

    There is one version before, and of a merge one for each parent: a fact that the merge took from
    one of them did not change in it.  What went is told as the first parent had it.
    """
    facts = [dict(_facts_between(one, after)) for one in before]
    sources = [_sources_between(one, after) for one in before]
    own = (edit for key, edit in facts[0].items() if all(key in others for others in facts))
    return Edits(tuple(own), len(set.intersection(*sources)))


def printable(text: str) -> str:
    """*text* in one line, without characters that no page can show."""
    return _UNSEEN.sub(" ", text).strip()


def _facts_between(before: Version, after: Version) -> Iterator[tuple[tuple[str, ...], Edit]]:
    """(path, edit) of every fact that differs."""
    if before is None or after is None:
        yield (), UNREADABLE.facts[0]
        return
    old, new = _facts(before), _facts(after)
    for path in dict.fromkeys([*old, *new]):
        if old.get(path) != new.get(path) and (edit := _edit(path, old, new)):
            yield path, edit


def _facts(version: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    facts: dict[tuple[str, ...], Any] = {}
    for key, value in version.items():
        if key in IN_PARTS and isinstance(value, dict):
            facts |= {(key, inner): each for inner, each in value.items()}
        elif key not in _DERIVED:
            facts[key,] = value
    return facts


def _edit(
    path: tuple[str, ...], old: Mapping[tuple[str, ...], Any], new: Mapping[tuple[str, ...], Any]
) -> Edit | None:
    """How the fact at *path* changed; ``None`` where only the way it is written did."""
    field = _shown(path[-1])
    before, after = list(_texts(old.get(path))), list(_texts(new.get(path)))
    if before == after:
        anew = not before and path in old and path in new  # Such as from unknown to none.
        return Edit(field) if anew else None
    gone, come = _without(before, after), _without(after, before)
    return Edit(field, gone, come, reordered=not gone and not come)


def _sources_between(before: Version, after: Version) -> set[str]:
    """The fields whose source differs; none where a version cannot be read."""
    if before is None or after is None:
        return set()
    old, new = ({} if not isinstance(of, dict) else of for of in (before.get(_SOURCES), after.get(_SOURCES)))
    return {field for field in {*old, *new} if old.get(field) != new.get(field)}


def _texts(value: Any) -> Iterator[str]:
    """The values that a field holds, as text."""
    for each in value if isinstance(value, list) else [value]:
        text = printable(each if isinstance(each, str) else json.dumps(each, ensure_ascii=False))
        if text and each is not None:
            yield text


def _without(texts: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Those of *texts* that *others* lack; what stands there twice counts twice."""
    left = Counter(others)
    found = []
    for text in texts:
        if left[text]:
            left[text] -= 1
        else:
            found.append(_shown(text))
    return tuple(found)


def _shown(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
