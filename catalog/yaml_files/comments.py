"""The comments of a document, and what each of them stands at."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from catalog.findings import Path
from catalog.yaml_files.reading import compose, tokens


@dataclass
class Comments:
    """Comments of a document, by the path that they belong to."""

    leading: dict[Path, list[str]] = field(default_factory=dict)
    inline: dict[Path, str] = field(default_factory=dict)
    trailing: list[str] = field(default_factory=list)

    def move_home(self, shown: Collection[Path]) -> None:
        """Move comments whose line is no longer written to the nearest parent that is, else to the end."""
        for path in [p for p in self.inline if p not in shown]:
            self.leading.setdefault(path, []).append(self.inline.pop(path))
        for path in [p for p in self.leading if p not in shown]:
            texts = self.leading.pop(path)
            parent = path[:-1]
            while parent and parent not in shown:
                parent = parent[:-1]
            if parent:
                self.leading.setdefault(parent, []).extend(texts)
            else:
                self.trailing.extend(texts)


def comments_of(text: str, header: str = "") -> Comments:
    """The comments of *text*, but for the line *header*."""
    comments = Comments()
    if not re.search(r"(?:^|\s)#", text, re.MULTILINE):
        return comments
    text = text.removesuffix("\n") + "\n"  # without which the last row of a block is told from none below it
    rows = text.split("\n")
    code_end, scalar_rows = _code_extent(text)
    path_of_line = dict(reversed(list(_path_lines(compose(text)))))
    starts = sorted(path_of_line)
    for number, row in enumerate(rows):
        if number in scalar_rows:
            continue
        rest = row[code_end.get(number, 0) :]
        comment = rest.strip()
        if not comment.startswith("#") or comment == header.strip():
            continue
        before = bisect_right(starts, number) - 1
        if number in code_end and before >= 0:
            path = path_of_line[starts[before]]
            if path in comments.inline:
                comments.leading.setdefault(path, []).append(comment)
            else:
                comments.inline[path] = comment
        else:
            after = bisect_left(starts, number)
            if after < len(starts):
                comments.leading.setdefault(path_of_line[starts[after]], []).append(comment)
            else:
                comments.trailing.append(comment)
    return comments


def _code_extent(text: str) -> tuple[dict[int, int], set[int]]:
    """For each line the column where its last token ends; and the lines inside multi-line scalars."""
    ends: dict[int, int] = {}
    inside: set[int] = set()
    for token in tokens(text):
        start, end = token.start_mark, token.end_mark
        if isinstance(token, yaml.ScalarToken) and end.line > start.line:
            last = end.line if end.column else end.line - 1
            if token.style in ("|", ">"):
                first_row = text.split("\n")[start.line]
                ends[start.line] = max(
                    ends.get(start.line, 0),
                    start.column + len(re.split(r"\s#", first_row[start.column :])[0]),
                )
                inside.update(range(start.line + 1, end.line if end.column == 0 else last))
            else:
                inside.update(range(start.line, last))
                ends[end.line] = max(ends.get(end.line, 0), end.column)
        elif end.index > start.index:
            ends[end.line] = max(ends.get(end.line, 0), end.column)
    return ends, inside


def _path_lines(node: Any, path: Path = ()) -> Iterator[tuple[int, Path]]:
    """(line, path) of every key and list item, outermost first."""
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            here = (*path, key_node.value)
            yield key_node.start_mark.line, here
            yield from _path_lines(value_node, here)
    elif isinstance(node, yaml.SequenceNode):
        for position, child in enumerate(node.value):
            yield child.start_mark.line, (*path, position)
            yield from _path_lines(child, (*path, position))
