"""Where a text names several papers: the items that it is made of.

These are the lines of a list, the entries of a BibTeX file, the references of a paper or the keys of a
``\\cite``.  Only the text is looked at: which paper an item names is the business of
:mod:`catalog.cli.pasted.lists`.  The site's ``browse/items.js`` cuts a text alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

from catalog.cli.pasted.forms import LETTER, cited, is_entry, is_named
from catalog.cli.pasted.keys import cited_keys, is_key
from catalog.query.fields import field_of, fields
from catalog.vocabulary import Vocabulary


class Sure(IntEnum):
    """How sure it is that a text is a list of papers, and no search."""

    PERHAPS = 1
    """It is one if each of its items is a paper's, or if as a query it finds nothing and most are."""
    LIKELY = 2
    """It is one if each of its items is a paper's, or if as a query it finds nothing and one is."""
    PLAINLY = 3
    """It is one, whatever its items are."""


@dataclass(frozen=True)
class Item:
    """What names one of the papers.

    Attributes
    ----------
    text : what it says
    label : what it is called: its text, and the number of a reference before it
    cited : whether it stands in a ``\\cite``: a citation key, whatever it looks like
    """

    text: str
    label: str
    cited: bool = False


@dataclass(frozen=True)
class Cut:
    """A text as the items that it is made of."""

    items: tuple[Item, ...]
    sure: Sure


_BREAKS = re.compile(r"[\r\n\v\f\u2028\u2029↵]+")
"""Ends of lines, and the sign that stands for them in the site's search box, which has one line only."""
_ENTRY = re.compile(r"@([a-z]+)\s*\{", re.IGNORECASE)
_NEXT_ENTRY = re.compile(r"\s@[a-z]+\s*\{\s*[^\s,{}]+\s*,", re.IGNORECASE)
_NO_ENTRIES = frozenset({"comment", "preamble", "string"})
"""What BibTeX files hold besides entries."""
_BULLET = re.compile(r"(?:[-*•‣▪◦–—]\s+|\(?\d{1,3}[.)]\s+)")
_NUMBER = re.compile(r"\[\d{1,3}\]\s*")
_HEADING = re.compile(r"(?:references|bibliography|works cited)\W*", re.IGNORECASE)
_CONJUNCTION = re.compile(r"and|or|&|\+", re.IGNORECASE)
"""Between identifiers of a list."""
_AUTHOR = re.compile(rf"(?!_)[^\W\d_a-z](?:{LETTER}|['’-])+, (?:[A-Z]\.?[ -]?)+")
_LIKE_OPENREVIEW = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{10}", re.ASCII)
"""An id of OpenReview, which mixes digits and letters large and small."""
_NAMING = frozenset({"arxiv", "doi"})
"""Fields whose clauses are identifiers as they are copied, too: "doi: 10.1145/3580305"."""
_LEAST_OF_COLUMN = 40
"""Letters from which on a line of prose may have been too long for its column."""


def items_in(text: str, vocabulary: Vocabulary) -> Cut | None:
    """The items of *text*; ``None`` where it is one text, which is a search or names one paper.

    Parameters
    ----------
    vocabulary : tells what a query may ask for
    """
    lines = _lines_of(text)
    if not lines:
        return None
    if any(map(is_entry, lines)) or _NEXT_ENTRY.search(text):
        return _cut(_of_entries("\n".join(lines)), Sure.PLAINLY)
    if any(cited_keys(line)[0] for line in lines):
        return _of_commands(lines)
    if _has_filter(text, vocabulary):
        return None
    whole = lines[1:] if _HEADING.fullmatch(lines[0]) else lines
    if numbered := _references(" ".join(whole)):
        return _cut(numbered, Sure.PLAINLY)
    plain = [_BULLET.sub("", line) if _BULLET.match(line) else line for line in _unwrapped(whole)]
    return _of_lines(plain) if len(plain) > 1 else _of_line("".join(plain))


def words_of(line: str) -> list[str]:
    """The words of *line* without the punctuation around them.

    >>> words_of("(2404.14469), [FastV](https://arxiv.org/abs/2403.06764) and doi: 10.1145/3580305.")
    ['2404.14469', 'https://arxiv.org/abs/2403.06764', 'and', 'doi:10.1145/3580305']
    """
    line = re.sub(r"\[[^\[\]]*\]\(<?([^\s()<>]+)>?\)", r"\1", line)
    line = re.sub(r"\b(arxiv|doi):\s+", r"\1:", line, flags=re.IGNORECASE)
    words = (re.sub(r"^[@(\[<\"'“]+|[>\"'”.:]+$", "", word) for word in re.split(r"[\s,;]+", line))
    return [word for word in (_without_bracket(word) for word in words) if word]


def _without_bracket(word: str) -> str:
    """*word* without brackets behind it that were opened before it."""
    return re.sub(r"^([^()]*)\)+$|^([^\[\]]*)\]+$", lambda found: found[1] or found[2] or "", word)


def _lines_of(text: str) -> list[str]:
    return [line for line in (line.strip() for line in _BREAKS.split(text)) if line]


def _cut(texts: Iterable[str], sure: Sure, keys: Collection[str] = ()) -> Cut | None:
    items = tuple(
        Item(_without_number(text), text.strip(), text in keys)
        for text in texts
        if re.search(r"[^\W_]", text)
    )
    return Cut(items, sure) if items else None


def _without_number(text: str) -> str:
    found = _NUMBER.match(text.strip())
    return text.strip()[found.end() if found else 0 :].strip()


def _of_entries(text: str) -> Iterator[str]:
    """The entries of BibTeX, and perhaps lines of something else."""
    start = 0
    for begin in _ENTRY.finditer(text):
        if begin.start() < start:
            continue
        end = _end_of_entry(text, begin.end())
        yield from _others(text[start : begin.start()])
        if begin[1].lower() not in _NO_ENTRIES:
            yield text[begin.start() : end].replace("\n", " ")
        start = end
    yield from _others(text[start:])


def _others(text: str) -> Iterator[str]:
    """Items beside entries; a line of BibTeX's comments is none."""
    for line in _lines_of(text):
        if not line.startswith("%"):
            yield from _names_in(line) or [line]


def _end_of_entry(text: str, start: int) -> int:
    """The place behind the last brace of an entry, or where the next one begins."""
    following = _NEXT_ENTRY.search(text, start)
    end = following.start() if following else len(text)
    depth = 1
    for at in range(start, end):
        depth += (text[at] == "{") - (text[at] == "}")
        if not depth:
            return at + 1
    return end


def _of_commands(lines: Sequence[str]) -> Cut | None:
    """What is cited; with the other lines, if the commands do not stand in prose."""
    commands = [cited_keys(line) for line in lines]
    told = [[word for word in words_of(rest) if is_named(word)] for _, rest in commands]
    is_prose = any(
        keys and len(words_of(rest)) > len(named) for (keys, rest), named in zip(commands, told, strict=True)
    )
    items: list[str] = []
    for (keys, rest), named in zip(commands, told, strict=True):
        items += [*keys, *named] if keys or is_prose else _names_in(rest) or [rest]
    return _cut(dict.fromkeys(items), Sure.PLAINLY, {key for keys, _ in commands for key in keys})


def _has_filter(text: str, vocabulary: Vocabulary) -> bool:
    """Whether it asks for a field that is none of those of identifiers, and so is a query."""
    named = re.findall(r"(?:^|\s)-?([A-Za-z][A-Za-z_-]*):(?=\S)", text)
    asked = (field_of(name, vocabulary) for name in named)
    return any(field in fields(vocabulary) and field not in _NAMING for field in asked)


def _references(text: str) -> list[str]:
    """What stands behind "[1]", "[2]" and so on, or behind "1.", "2."; empty where there are not several."""
    first = re.match(r"\[\d{1,3}\]|\(?\d{1,3}[.)]\s", text)
    if not first:
        return []
    in_brackets = first[0].startswith("[")
    begins: list[int] = []
    last = 0
    for mark in re.finditer(
        r"(?<!\S)\[(\d{1,3})\]" if in_brackets else r"(?<!\S)\(?(\d{1,3})[.)](?=\s)", text
    ):
        number = int(mark[1])
        # A reader may have left some out; a number with a full stop may also end a sentence.
        if begins and not (number > last if in_brackets else number == last + 1):
            continue
        begins.append(mark.start())
        last = number
    if len(begins) < 2:
        return []
    ends = [*begins[1:], len(text)]
    return [
        _BULLET.sub("", text[start:end].strip(), count=1) if not in_brackets else text[start:end].strip()
        for start, end in zip(begins, ends, strict=True)
    ]


def _unwrapped(lines: Sequence[str]) -> list[str]:
    """The lines with those together that were one before a column was too narrow for it."""
    go_on = [at > 0 and _goes_on(lines[at - 1], line) for at, line in enumerate(lines)]
    if not any(go_on) or lines[0][:1].islower():
        return list(lines)
    whole: list[str] = []
    for at, line in enumerate(lines):
        if not go_on[at] and (not at or _ends(lines[at - 1]) or _names_in(line)):
            whole.append(line)
        else:
            whole[-1] = f"{whole[-1]} {line}"
    return whole


def _ends(line: str) -> bool:
    """Whether what begins behind *line* is not of the same sentence."""
    return line[-1] in ".?!]}" or len(line) < _LEAST_OF_COLUMN or bool(_names_in(line))


def _goes_on(before: str, line: str) -> bool:
    """Whether *line* begins in the middle of a sentence or of a word."""
    if re.search(rf"{LETTER}-$", before) and re.match(LETTER, line):
        return True
    word = re.match(rf"{LETTER}+(?=[\s,.;:)])", line)
    return len(before) >= _LEAST_OF_COLUMN and not before.endswith(".") and bool(word and word[0].islower())


def _of_lines(lines: Sequence[str]) -> Cut | None:
    items = (_names_in(line) or _parts_of(line, among_lines=True) or [line] for line in lines)
    plainly = any(is_named(word) for line in lines for word in words_of(line)) or all(map(cited, lines))
    return _cut(chain.from_iterable(items), Sure.PLAINLY if plainly else Sure.LIKELY)


def _of_line(line: str) -> Cut | None:
    if names := _names_in(line):
        return _cut(names, Sure.PLAINLY if any(map(is_named, names)) else Sure.LIKELY)
    if parts := _parts_of(line, among_lines=False):
        plainly = any(map(is_named, parts)) or all(map(cited, parts))
        return _cut(parts, Sure.PLAINLY if plainly else Sure.LIKELY)
    told = [word for word in words_of(line) if is_named(word)]
    between = [part for part in re.split(r"\s*,\s*", line) if part]
    named = [part for part in between if _names_in(part)]
    items = [item for part in between for item in _names_in(part) or [part]]
    if len(told) > 1:
        return _cut(items if 2 * len(named) >= len(between) else told, Sure.PLAINLY)
    if any("://" in name for name in told):
        return _cut([line], Sure.PLAINLY)
    return _cut(items, Sure.PERHAPS) if named and len(between) > 1 else None


def _parts_of(line: str, *, among_lines: bool) -> list[str]:
    """What stands between semicolons, where these divide papers and no authors."""
    parts = [part for part in re.split(r"\s*;\s*", line) if part]
    if len(parts) < 2 or any(map(_AUTHOR.fullmatch, parts)):
        return []
    told = [part for part in parts if _names_in(part) or cited(part)]
    if among_lines and 2 * len(told) < len(parts):
        return []
    return [item for part in parts for item in _names_in(part) or [part]]


def _names_in(line: str) -> list[str]:
    """The identifiers, addresses and citation keys that *line* is made of; empty where it has other words."""
    names = [word for word in words_of(line) if not _CONJUNCTION.fullmatch(word)]
    are_all = all(is_named(name) or is_key(name) or _LIKE_OPENREVIEW.fullmatch(name) for name in names)
    return names if are_all else []
