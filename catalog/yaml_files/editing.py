"""Changing some fields of a document and leaving every other line as it is.

That needs each field on lines of its own, from the margin on.  Where YAML was written otherwise, as in
braces, the whole document is brought into canonical form.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from catalog.yaml_files.comments import comments_of
from catalog.yaml_files.places import are_lines_of_fields, blocks
from catalog.yaml_files.reading import BYTE_ORDER_MARK, YamlError, parse
from catalog.yaml_files.writing import Layout, render, scalar


def edit(text: str, changes: Mapping[str, Any], layout: Layout) -> str:
    """*text* with some top-level fields set to new values and every other line left as it is.

    A field that is not there yet is put where the layout's order has it; comments are kept, a byte-order
    mark is not.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    if changes:
        text = _in_lines(text, layout)
    for key, value in changes.items():
        rows = text.rstrip("\n").split("\n")
        standing = blocks(text)
        start, end = standing.get(key, (0, 0))
        old = "\n".join(rows[start:end])
        new = render({key: value}, layout, old_text=old).rstrip("\n").split("\n")
        if key in standing:
            rows[start:end] = new
        else:
            later = [standing[name][0] for name in standing if layout.rank(name) > layout.rank(key)]
            at = min(later, default=len(rows))
            while at > 1 and rows[at - 1].startswith("#"):
                at -= 1
            rows[at:at] = new
        text = "\n".join(rows) + "\n"
    return text


def without(text: str, keys: Collection[str], layout: Layout) -> str:
    """*text* without some top-level fields; comments within them stay, at the margin."""
    if keys:
        text = _in_lines(text, layout)
    for key in keys:
        rows = text.rstrip("\n").split("\n")
        start, end = blocks(text).get(key, (0, 0))
        comments = comments_of("\n".join(rows[start:end]) + "\n")
        kept = [row for each in comments.leading.values() for row in each]
        rows[start:end] = [*kept, *comments.inline.values(), *comments.trailing]
        text = "\n".join(rows) + "\n"
    return text


def _in_lines(text: str, layout: Layout) -> str:
    """*text* itself, or in canonical form where its fields do not have lines of their own."""
    if are_lines_of_fields(text):
        return text
    first_row = text.partition("\n")[0]
    header = first_row if first_row.startswith("#") else ""  # such as the schema's, which is first or nothing
    return render(parse(text), layout, header=header, old_text=text)


def in_quotes(text: str, fields: Collection[str], layout: Layout) -> str:
    """*text* with quotes around what stands behind top-level *fields* and, by ``: `` in it, is not YAML.

    Only where that alone can be meant: the text is one line, holds no comment, and no other field begins
    within it.  What can be read is left as it is.
    """
    try:
        parse(text)
        return text
    except YamlError:
        pass
    rows = text.split("\n")
    others = re.compile(rf"(?:^|\s)(?:{'|'.join(map(re.escape, layout.order))}):\s")
    for number, row in enumerate(rows):
        match = _UNQUOTED.fullmatch(row.rstrip())
        following = next((later for later in rows[number + 1 :] if later.strip()), "")
        if not match or match["key"] not in fields or following[:1].isspace():
            continue
        value = match["value"]
        if ": " in value and " #" not in value and not others.search(value):
            rows[number] = f"{match['key']}: {scalar(value, quoted=True)}"
    return "\n".join(rows)


_UNQUOTED = re.compile(r"(?P<key>[a-z_]+): +(?P<value>[^\s\"'\[\]{}|>&*!%@`#,?:-].*)")
"""A row of a top-level field with plain text."""
