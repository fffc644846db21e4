"""Strict reading of YAML with line and column.

Duplicate keys, anchors, aliases and tags are refused, and only ``null``, ``true``/``false`` and plain
integers are anything but text, so that ``1905.00760`` stays an identifier, ``no`` a word and
``2024-03-11`` what it looks like.  An item that is indented too far is refused, too: YAML takes it, dash and
all, for more text of the item above.

Speed (one core): a record of 40 lines reads at about 4,000/s through libyaml.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, AnyStr

import yaml

from catalog.findings import CatalogError
from catalog.yaml_files.advice import find_slip
from catalog.yaml_files.slips import wrong_indent

MAX_BYTES = 64 * 1024
MAX_DEPTH = 50
BYTE_ORDER_MARK = "\ufeff"
"""What some editors put before the first character; read over there, and left out of what is written."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# An anchor, alias or tag needs one of these before it; most files have none and skip the slow scan.
_SUSPECT = re.compile(r"(?:^|[\s\[{,:])[&*!]\S", re.MULTILINE)

# No document is deeper than the marks that can open a level, and its indentation, allow.  The reader
# recurses, in C first: 32,000 brackets, which 64 KiB can hold, end the whole process.
_OPENING = ("[", "{", "?", "- ", "-\t", "-\n", "-\r")
_INDENTED = " " * 24


# To YAML they end a line, and to whoever counts lines they do not: what is edited there would be another one.
_LINE_BREAK = re.compile("[\x85\u2028\u2029]")


class YamlError(CatalogError):
    """A file that cannot be read as strict YAML; *line* and *column* are 1-based."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column

    def at(self, file: object) -> CatalogError:
        """The same as it is told of *file*, a path as readers know it."""
        return CatalogError(f"{file}:{self.line}:{self.column}: {self.message}")


class _DuplicateKeyError(Exception):
    def __init__(self, key: Any, mark: Any) -> None:
        super().__init__(key)
        self.key, self.mark = key, mark


class _StrictLoader(LOADER):  # type: ignore[misc]
    """libyaml's loader without YAML's implicit dates, floats and odd booleans."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def construct_sequence(self, node: Any, deep: bool = False) -> list[Any]:
        for item in () if node.flow_style else node.value:
            if item.end_mark.line > item.start_mark.line and isinstance(item, yaml.ScalarNode):
                self._refuse_swallowed_item(node.start_mark.column, item)
        return super().construct_sequence(node, deep)  # type: ignore[no-any-return]

    def _refuse_swallowed_item(self, column: int, item: Any) -> None:
        """Refuse text that goes on with a dash, as an item of the list at *column* does."""
        if item.style:  # in quotes, or below a bar
            return
        rows = self.text.split("\n")
        for number in range(item.start_mark.line + 1, item.end_mark.line + 1):
            row = rows[number] if number < len(rows) else ""
            indent = len(row) - len(row.lstrip())
            if indent > column and re.match(r"-(?:\s|$)", row[indent:]):
                message = f"{wrong_indent(indent, '-', column)}; as it is, it goes on with the item above"
                raise YamlError(message, number + 1, indent + 1)

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
    YamlError : no file but a folder, a pipe or a device; larger than *most* bytes; or not UTF-8, with line
        and column
    """
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for without end
        raise YamlError(
            "the file cannot be read: it is a folder, or something else that is no file; move or delete it"
        )
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise YamlError(f"the file is larger than {most // 1024} KiB, which is all that is read; shorten it")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise YamlError(message, *_place(raw, error.start, b"\n")) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(text: AnyStr, at: int, line_end: AnyStr) -> tuple[int, int]:
    return text.count(line_end, 0, at) + 1, at - text.rfind(line_end, 0, at)


def parse(text: str) -> Any:
    """The document's value: dicts, lists, str, int, bool and None only.

    Raises
    ------
    YamlError : syntax, duplicate key, anchor, alias, tag, a second document, more than 50 levels, a line
        break other than a newline, or a byte-order mark that is not at the beginning, with line and column
    """
    if not text.isascii():
        _refuse_unseen(text)
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


def _refuse_unseen(text: str) -> None:
    if found := _LINE_BREAK.search(text):
        message = f"the invisible line break U+{ord(found[0]):04X} is refused; delete it"
        raise YamlError(message, *_place(text, found.start(), "\n"))
    inside = text.find(BYTE_ORDER_MARK, 1)
    if inside > 0:
        message = "a byte-order mark (U+FEFF, invisible) stands inside the file; delete it"
        raise YamlError(message, *_place(text, inside, "\n"))


def compose(text: str) -> Any:
    """The document's node, with the place of everything in it; ``None`` where there is nothing.

    Raises
    ------
    YamlError : syntax, with line and column
    """
    try:
        return yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise _syntax_error(error, text) from None


def tokens(text: str) -> Iterator[Any]:
    """The document's tokens.

    Raises
    ------
    YamlError : syntax, with line and column
    """
    try:
        yield from yaml.scan(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise _syntax_error(error, text) from None


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
        for event in yaml.parse(text, Loader=LOADER):
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
