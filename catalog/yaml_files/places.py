"""Where in a document the value of a path stands; worked out only when something is to be said or changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import yaml

from catalog.findings import Path
from catalog.yaml_files.reading import YamlError, compose


def locate(text: str, path: Path) -> tuple[int, int]:
    """Line and column (1-based) of the value at *path*, or of its nearest existing parent's key."""
    places = _places(text)
    steps = tuple(map(str, path))
    return next((places[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in places), (1, 1))


@lru_cache(maxsize=4)
def _places(text: str) -> Mapping[tuple[str, ...], tuple[int, int]]:
    """Every path in the document with its place; kept, because one file has one complaint or thousands.

    Of a node that stands in several places, by aliases, the first is looked into.
    """
    try:
        root = compose(text)
    except YamlError:
        return {}
    places: dict[tuple[str, ...], tuple[int, int]] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((), root)]
    seen: set[int] = set()
    while waiting:
        above, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        children: Iterable[tuple[str, Any, Any]] = ()
        if isinstance(node, yaml.MappingNode):
            children = (
                (key.value, key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
            )
        elif isinstance(node, yaml.SequenceNode):
            children = ((str(position), value, value) for position, value in enumerate(node.value))
        for step, marked, value in children:
            path = (*above, step)
            mark = marked.start_mark
            places.setdefault(path, (mark.line + 1, mark.column + 1))
            waiting.append((path, value))
    return places


def is_one_row(text: str, path: Path) -> bool:
    """Whether the value at *path* begins and ends in the row of its key."""
    node: Any = compose(text)
    row = 0
    for step in path:
        node, mark = _step(node, step)
        if mark is None:
            return False
        row = mark.line
    return bool(node.start_mark.line == node.end_mark.line == row)


def _step(node: Any, step: str | int) -> tuple[Any, Any]:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == str(step):
                return value_node, key_node.start_mark
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark
    return None, None


_DOCUMENT_END = re.compile(r"^\.\.\.(?:\s|$)", re.MULTILINE)


def are_lines_of_fields(text: str) -> bool:
    """Whether each top-level field begins a line at the margin, and another one may stand below the last."""
    node = compose(text)
    if not isinstance(node, yaml.MappingNode):
        return True  # and there are none
    at_margin = all(key.start_mark.column == 0 for key, _ in node.value)
    return not node.flow_style and at_margin and not _DOCUMENT_END.search(text)


def blocks(text: str) -> dict[str, tuple[int, int]]:
    """First line and line after the last one of every top-level field, without the comments around it."""
    node = compose(text)
    if not isinstance(node, yaml.MappingNode):
        return {}
    rows = text.rstrip("\n").split("\n")
    starts = [(key.value, key.start_mark.line) for key, _ in node.value]
    blocks: dict[str, tuple[int, int]] = {}
    for position, (key, start) in enumerate(starts):
        end = starts[position + 1][1] if position + 1 < len(starts) else len(rows)
        while end > start + 1 and (not rows[end - 1].strip() or rows[end - 1].startswith("#")):
            end -= 1
        blocks[key] = (start, end)
    return blocks
