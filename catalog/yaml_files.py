"""Strict reading of YAML with line and column, and canonical writing that keeps comments.

Reading is strict where YAML surprises people: duplicate keys, anchors, aliases
and tags are refused, and only ``null``, ``true``/``false`` and plain integers
are anything but text, so that ``1905.00760`` stays an identifier, ``no`` a word
and ``2024-03-11`` what it looks like.  What the fields mean is not known here.

Speed (one core): a record of 40 lines reads at about 4,000/s through libyaml.
Positions are worked out only when something has to be reported.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, AnyStr

import yaml

from catalog.findings import Path
from catalog.yaml_advice import find_slip

MAX_BYTES = 64 * 1024
MAX_DEPTH = 50
BYTE_ORDER_MARK = "\ufeff"
"""What some editors put before the first character; read over there, and left out of what is written."""

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# An anchor, alias or tag needs one of these before it; most files have none and skip the slow scan.
_SUSPECT = re.compile(r"(?:^|[\s\[{,:])[&*!]\S", re.MULTILINE)

# No document is deeper than the marks that can open a level, and its indentation, allow.  The reader
# recurses, in C first: 32,000 brackets, which 64 KiB can hold, end the whole process.
_OPENING = ("[", "{", "?", "- ", "-\t", "-\n", "-\r")
_INDENTED = " " * 24


class YamlError(Exception):
    """A file that cannot be read as strict YAML; *line* and *column* are 1-based."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class _DuplicateKeyError(Exception):
    def __init__(self, key: Any, mark: Any) -> None:
        super().__init__(key)
        self.key, self.mark = key, mark


class _StrictLoader(_Base):  # type: ignore[misc]
    """libyaml's loader without YAML's implicit dates, floats and odd booleans."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise YamlError(
                    f"found {key!r} as a key; keys are words",
                    key_node.start_mark.line + 1,
                    key_node.start_mark.column + 1,
                )
            if key in mapping:
                raise _DuplicateKeyError(key, key_node.start_mark)
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping


def _construct_mapping(loader: Any, node: Any) -> dict[Any, Any]:
    return loader.construct_mapping(node)  # type: ignore[no-any-return]


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:0|[1-9][0-9]{0,17})$"), list("0123456789")
)


def read_text(path: FilePath, most: int = MAX_BYTES) -> str:
    """The file as text.

    Raises
    ------
    YamlError : larger than *most* bytes, not UTF-8, or with a byte-order mark that is not at its beginning,
        with line and column
    """
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise YamlError(f"the file is larger than {most // 1024} KiB, which is all that is read; shorten it")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise YamlError(message, *_place(raw, error.start, b"\n")) from None
    inside = text.find(BYTE_ORDER_MARK, 1)
    if inside > 0:
        message = "a byte-order mark (U+FEFF, invisible) stands inside the file; delete it"
        raise YamlError(message, *_place(text, inside, "\n"))
    return text.replace("\r\n", "\n")


def _place(text: AnyStr, at: int, line_end: AnyStr) -> tuple[int, int]:
    return text.count(line_end, 0, at) + 1, at - text.rfind(line_end, 0, at)


def parse(text: str) -> Any:
    """The document's value: dicts, lists, str, int, bool and None only.

    Raises
    ------
    YamlError : syntax, duplicate key, anchor, alias, tag, a second document, or more than 50 levels,
        with line and column
    """
    may_be_deep = _INDENTED in text or sum(map(text.count, _OPENING)) > 2 * MAX_DEPTH
    if may_be_deep or _SUSPECT.search(text):
        _refuse_hostile(text)
    loader = _StrictLoader(text)
    try:
        return loader.get_single_data()
    except _DuplicateKeyError as error:
        raise YamlError(
            f"the key '{error.key}' is there twice; keep one of them",
            error.mark.line + 1,
            error.mark.column + 1,
        ) from None
    except yaml.constructor.ConstructorError as error:
        raise _at(error.problem_mark, f"a value that plain YAML cannot hold here ({error.problem})") from None
    except yaml.YAMLError as error:
        raise _syntax_error(error, text) from None
    finally:
        loader.dispose()


def read(path: FilePath) -> Any:
    """:func:`read_text`, then :func:`parse`."""
    return parse(read_text(path))


def _syntax_error(error: yaml.YAMLError, text: str) -> YamlError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    slip = find_slip(text, problem, line, column)
    return YamlError(slip.message, slip.line, slip.column)


def _at(mark: Any, message: str) -> YamlError:
    return YamlError(message, mark.line + 1, mark.column + 1) if mark else YamlError(message)


def _refuse_hostile(text: str) -> None:
    """Refuse anchors, aliases, tags and depth.  Events come one after the other, whatever the depth."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Base):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _at(event.start_mark, f"nested more than {MAX_DEPTH} levels deep; write it flatter")
            anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
            if isinstance(event, yaml.AliasEvent):
                found = f"the alias *{anchor}"
            elif anchor:
                found = f"the anchor &{anchor}"
            elif tag:
                found = f"the tag {tag}"
            else:
                continue
            hint = "write the value out, in quotes if it is meant as text"
            raise _at(event.start_mark, f"{found} is refused; {hint}")
    except yaml.YAMLError as error:
        raise _syntax_error(error, text) from None


def locate(text: str, path: Path) -> tuple[int, int]:
    """Line and column (1-based) of the value at *path*, or of its nearest existing parent's key."""
    try:
        node = yaml.compose(text, Loader=_Base)
    except yaml.YAMLError:
        return 1, 1
    mark = None
    for step in path:
        child, child_mark = _step(node, step)
        if child_mark is None:
            break
        node, mark = child, child_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def is_one_row(text: str, path: Path) -> bool:
    """Whether the value at *path* begins and ends in the row of its key."""
    node: Any = yaml.compose(text, Loader=_Base)
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


# ---------------------------------------------------------------------------------------- writing


@dataclass(frozen=True)
class Layout:
    """How one kind of document is written canonically.

    Attributes
    ----------
    order : top-level keys, in the order in which they stand; others follow in the order given
    quoted : keys whose text is always in double quotes
    literal : keys whose text is a literal block
    width : a list longer than this many columns is written one item a line
    """

    order: tuple[str, ...]
    quoted: frozenset[str] = frozenset()
    literal: frozenset[str] = frozenset()
    width: int = 110


_PLAIN = re.compile(r"[A-Za-z0-9/(][^\x00-\x1f\x7f\"'#:{}\[\],&*!|>%@`\\]*")
_URL = re.compile(r"https?://[A-Za-z0-9._~/?=&%+:@;()!$*-]+")
_NUMBER = re.compile(r"[-+.]?[0-9][0-9_,.:eExXoO+-]*")
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"])


def _scalar(value: Any, quoted: bool = False) -> str:
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
        if _URL.fullmatch(text) and ": " not in text:
            return text
        if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
            return text
    return json.dumps(text, ensure_ascii=False)


Line = tuple[Path, int, str]  # the path that the line shows, its indentation, its text without indentation


def _lines(key: str, value: Any, path: Path, indent: int, layout: Layout) -> Iterator[Line]:
    quoted = path[0] in layout.quoted
    if isinstance(value, Mapping):
        if not value:
            yield path, indent, f"{key}: {{}}"
            return
        yield path, indent, f"{key}:"
        for name, item in value.items():
            yield from _lines(_scalar(name), item, (*path, name), indent + 2, layout)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        flow = f"{key}: [{', '.join(_scalar(item, quoted) for item in value)}]"
        if indent + len(flow) <= layout.width:
            yield path, indent, flow
            return
        yield path, indent, f"{key}:"
        for position, item in enumerate(value):
            yield (*path, position), indent + 2, f"- {_scalar(item, quoted)}"
    elif isinstance(value, str) and path[0] in layout.literal and value.strip():
        rows = [row.rstrip() for row in value.rstrip().split("\n")]
        # A first row that is empty or begins with a space would hide where the block's indentation ends.
        yield path, indent, f"{key}: |" if rows[0].lstrip() == rows[0] != "" else f"{key}: |2"
        for row in rows:
            yield path, (indent + 2 if row else 0), row
    else:
        yield path, indent, f"{key}: {_scalar(value, quoted)}"


def _ordered(data: Mapping[str, Any], layout: Layout) -> list[str]:
    known = [key for key in layout.order if key in data]
    return known + [key for key in data if key not in layout.order]


@dataclass
class _Comments:
    """Comments of a document, by the path that they belong to."""

    leading: dict[Path, list[str]] = field(default_factory=dict)
    inline: dict[Path, str] = field(default_factory=dict)
    trailing: list[str] = field(default_factory=list)


def render(data: Mapping[str, Any], layout: Layout, *, header: str = "", old_text: str = "") -> str:
    """*data* as canonical YAML text; every comment of *old_text* is kept beside what it stood at.

    *header* is a comment line that always comes first.  Rendering what was just
    rendered gives the same text.
    """
    comments = _collect_comments(old_text, header)
    lines: list[Line] = []
    for key in _ordered(data, layout):
        lines.extend(_lines(key, data[key], (key,), 0, layout))
    shown = {path for path, _, _ in lines}
    _rehome(comments, shown, lines)

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


def _rehome(comments: _Comments, shown: set[Path], lines: list[Line]) -> None:
    """Move comments whose line is no longer written to the nearest parent that is, else to the end."""
    for path in [p for p in comments.inline if p not in shown]:
        comments.leading.setdefault(path, []).append(comments.inline.pop(path))
    for path in [p for p in comments.leading if p not in shown]:
        texts = comments.leading.pop(path)
        parent = path[:-1]
        while parent and parent not in shown:
            parent = parent[:-1]
        if parent:
            comments.leading.setdefault(parent, []).extend(texts)
        else:
            comments.trailing.extend(texts)


def _collect_comments(text: str, header: str) -> _Comments:
    comments = _Comments()
    if not re.search(r"(?:^|\s)#", text, re.MULTILINE):
        return comments
    rows = text.split("\n")
    code_end, scalar_rows = _code_extent(text)
    path_of_line = dict(reversed(list(_path_lines(yaml.compose(text, Loader=_Base)))))
    starts = sorted(path_of_line)
    for number, row in enumerate(rows):
        if number in scalar_rows:
            continue
        rest = row[code_end.get(number, 0) :]
        comment = rest.strip()
        if not comment.startswith("#") or comment == header.strip():
            continue
        if number in code_end:
            before = bisect_right(starts, number) - 1
            if before >= 0:
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
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
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


def edit(text: str, changes: Mapping[str, Any], layout: Layout) -> str:
    """*text* with some top-level fields set to new values and every other line left as it is.

    A field that is not there yet is put where the layout's order has it; comments are kept, a byte-order
    mark is not.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    for key, value in changes.items():
        rows = text.rstrip("\n").split("\n")
        blocks = _blocks(text)
        start, end = blocks.get(key, (0, 0))
        old = "\n".join(rows[start:end])
        new = render({key: value}, layout, old_text=old).rstrip("\n").split("\n")
        if key in blocks:
            rows[start:end] = new
        else:
            rank = {name: number for number, name in enumerate(layout.order)}
            later = [blocks[name][0] for name in blocks if rank.get(name, 0) > rank.get(key, len(rank))]
            at = min(later, default=len(rows))
            while at > 1 and rows[at - 1].startswith("#"):
                at -= 1
            rows[at:at] = new
        text = "\n".join(rows) + "\n"
    return text


def without(text: str, keys: Collection[str]) -> str:
    """*text* without some top-level fields; comments within them stay, at the margin."""
    for key in keys:
        rows = text.rstrip("\n").split("\n")
        start, end = _blocks(text).get(key, (0, 0))
        comments = _collect_comments("\n".join(rows[start:end]) + "\n", "")
        kept = [row for each in comments.leading.values() for row in each]
        rows[start:end] = [*kept, *comments.inline.values(), *comments.trailing]
        text = "\n".join(rows) + "\n"
    return text


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
            rows[number] = f"{match['key']}: {_scalar(value, quoted=True)}"
    return "\n".join(rows)


_UNQUOTED = re.compile(r"(?P<key>[a-z_]+): +(?P<value>[^\s\"'\[\]{}|>&*!%@`#,?:-].*)")
"""A row of a top-level field with plain text."""


def _blocks(text: str) -> dict[str, tuple[int, int]]:
    """First line and line after the last one of every top-level field, without the comments around it."""
    node = yaml.compose(text, Loader=_Base)
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
