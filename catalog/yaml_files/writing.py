"""Canonical writing of YAML that keeps comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.findings import Path
from catalog.yaml_files.comments import comments_of


@dataclass(frozen=True)
class Layout:
    """How one kind of document is written canonically.

    Attributes
    ----------
    order : top-level keys, in the order in which they stand
    others_before : the key before which others stand, in the order given; without it they come last
    quoted : keys whose text is always in double quotes
    literal : keys whose text is a literal block
    width : a list longer than this many columns is written one item a line
    """

    order: tuple[str, ...]
    quoted: frozenset[str] = frozenset()
    literal: frozenset[str] = frozenset()
    others_before: str | None = None
    width: int = 110

    def rank(self, key: str) -> float:
        """The place of *key* among all keys; all that are not in the order have the same."""
        if key in self.order:
            return self.order.index(key)
        return self.order.index(self.others_before) - 0.5 if self.others_before else len(self.order)


_PLAIN = re.compile(r"[A-Za-z0-9/(][^\x00-\x1f\x7f\ufeff\"'#:{}\[\],&*!|>%@`\\]*")
# A colon is plain before a letter, digit or slash only: elsewhere it may end a key, also within brackets.
_URL = re.compile(r"https?://(?:[A-Za-z0-9._~/?=&%+@;()!$*-]|:(?=[A-Za-z0-9/]))+")
_NUMBER = re.compile(r"[-+.]?[0-9][0-9_,.:eExXoO+-]*")
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"])


def scalar(value: Any, quoted: bool = False) -> str:
    """One value as it stands in a line; text in quotes where it must be, or if *quoted*."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if not quoted and text == text.strip() and text.lower() not in _WORDS:
        if _PLAIN.fullmatch(text) and not _NUMBER.fullmatch(text):
            return text
        if _URL.fullmatch(text):
            return text
        if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
            return text
    return json.dumps(text, ensure_ascii=False).replace("\ufeff", r"\ufeff")  # which no file holds as it is


Line = tuple[Path, int, str]  # the path that the line shows, its indentation, its text without indentation


def _lines(key: str, value: Any, path: Path, indent: int, layout: Layout) -> Iterator[Line]:
    quoted = path[0] in layout.quoted
    if isinstance(value, Mapping):
        if not value:
            yield path, indent, f"{key}: {{}}"
            return
        yield path, indent, f"{key}:"
        for name, item in value.items():
            yield from _lines(scalar(name), item, (*path, name), indent + 2, layout)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        flow = f"{key}: [{', '.join(scalar(item, quoted) for item in value)}]"
        if indent + len(flow) <= layout.width:
            yield path, indent, flow
            return
        yield path, indent, f"{key}:"
        for position, item in enumerate(value):
            yield (*path, position), indent + 2, f"- {scalar(item, quoted)}"
    elif isinstance(value, str) and path[0] in layout.literal and value.strip():
        rows = [row.rstrip() for row in value.rstrip().split("\n")]
        # A first row that is empty or begins with a space would hide where the block's indentation ends.
        yield path, indent, f"{key}: |" if rows[0].lstrip() == rows[0] != "" else f"{key}: |2"
        for row in rows:
            yield path, (indent + 2 if row else 0), row
    else:
        yield path, indent, f"{key}: {scalar(value, quoted)}"


def _ordered(data: Mapping[str, Any], layout: Layout) -> list[str]:
    return sorted(data, key=layout.rank)


def render(data: Mapping[str, Any], layout: Layout, *, header: str = "", old_text: str = "") -> str:
    """*data* as canonical YAML text; every comment of *old_text* is kept beside what it stood at.

    *header* is a comment line that always comes first.  Rendering what was just
    rendered gives the same text.
    """
    comments = comments_of(old_text, header)
    lines: list[Line] = []
    for key in _ordered(data, layout):
        lines.extend(_lines(key, data[key], (key,), 0, layout))
    shown = {path for path, _, _ in lines}
    comments.move_home(shown)

    out = [header] if header else []
    seen: set[Path] = set()
    for path, indent, text in lines:
        pad = " " * indent
        if path not in seen:
            seen.add(path)
            out.extend(pad + comment for comment in comments.leading.get(path, ()))
            if path in comments.inline:
                text = f"{text}  {comments.inline[path]}"
        out.append(pad + text)
    out.extend(comments.trailing)
    return "\n".join(out) + "\n"
