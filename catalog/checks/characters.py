"""Characters that nobody sees, or that only look like others: by them, equal texts are not found to be equal.

Control and direction marks are refused when a record is read; these here are not dangerous, only wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.findings import Finding, Fix, Path
from catalog.record import Paper
from catalog.texts import joins

_FIELDS = ("title", "former_titles", "name", "authors", "summary")
_LOOK_UP = "it makes no letter with the one in front: look up how the paper writes the word"
_LOST = "\ufffd"
"""What stands for a letter that a program could not read; which it was, only a person can say."""
_ACCENTED = re.compile(r"([^\u0300-\u034e\u0350-\u036f]?)([\u0300-\u034e\u0350-\u036f]+)")
"""Accents that are characters of their own, and the one in front, with which they should be one."""
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0"
_WIDE = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
"""Digits and letters of full width; punctuation of that width belongs to Chinese and Japanese text."""


@check("odd-character")
def odd_characters(catalogue: Catalogue) -> Iterator[Finding]:
    """A space, letter or nothing at all that is another character than it looks like, or a letter lost.

    So are an accent that is a character of its own, behind its letter or behind none, and curly quotes around
    the whole text, which YAML takes for letters.
    """
    for paper in catalogue:
        for path, text in _texts(paper):
            found = list(_odd(text))
            if not found:
                if within := _within_quotes(text):
                    yield _quoted(catalogue, paper, path, text, within)
                continue
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            yield finding(
                catalogue,
                paper,
                path,
                "odd-character",
                f"{path[0]} holds {_described(text, found[0])}{more}",
                severity="warning",
                fix=_fix(paper, str(path[0])),
            )


def _texts(paper: Paper) -> Iterator[tuple[Path, str]]:
    """The way to each text that holds other characters than ASCII's, and the text."""
    for name in _FIELDS:
        value = getattr(paper, name)
        if isinstance(value, str):
            if not value.isascii():
                yield (name,), value
            continue
        for position, text in enumerate(value or ()):
            if not text.isascii():
                yield (name, position), text


_QUOTED = re.compile("“([^“”]+)”|‘([^‘’]+)’|„([^„“]+)“|«([^«»]+)»")


def _within_quotes(text: str) -> str | None:
    """What stands within curly quotes that are around all of *text*."""
    found = _QUOTED.fullmatch(text)
    return found[found.lastindex or 0].strip() or None if found else None


def _quoted(catalogue: Catalogue, paper: Paper, path: Path, text: str, within: str) -> Finding:
    marks = f"{text[0]} and {text[-1]}"
    message = f"{path[0]} is within {marks}, which are no quotes to YAML but letters; write {within}"
    value = getattr(paper, str(path[0]))
    texts = [_within_quotes(each) or each for each in ([value] if isinstance(value, str) else value)]
    fix = Fix({str(path[0]): texts[0] if isinstance(value, str) else texts})
    return finding(catalogue, paper, path, "odd-character", message, severity="warning", fix=fix)


def odd_in(text: str) -> dict[str, str]:
    """Each such character in *text*, and where the first of its kind stands and what to do about it."""
    if text.isascii():
        return {}
    return {text[position]: _described(text, position) for position in reversed(list(_odd(text)))}


def _odd(text: str) -> Iterator[int]:
    accents = {match.start(2) for match in _ACCENTED.finditer(text)}
    return (
        position
        for position, character in enumerate(text)
        if character == _LOST or position in accents or _meant(text, position) != character
    )


def _meant(text: str, position: int) -> str:
    """What the character at *position* should be: itself, a space, an ASCII letter, or nothing."""
    character = text[position]
    if character.isascii():
        return character
    if _WIDE.match(character):
        return unicodedata.normalize("NFKC", character)
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if joins(text, position):
        return character
    return "" if category == "Cf" or character in _BLANK_LETTERS else character


def _described(text: str, position: int) -> str:
    """The character at *position* by its name, its place, and what to write instead."""
    character, meant = text[position], _meant(text, position)
    name = unicodedata.name(character, "a character without name").lower()
    before = text[:position].split()
    place = f"behind '{before[-1]}'" if before else "at its beginning"
    if character == _LOST:
        advice = "write the letter that was lost"
    elif (accented := _ACCENTED.match(text, max(position - 1, 0))) and accented.start(2) == position:
        letter = _with_accents(accented)
        advice = f"write {letter}, one character" if len(letter) == 1 and accented[1] else _LOOK_UP
    else:
        advice = {"": "delete it", " ": "write a plain space"}.get(meant, f"write {meant}")
    return f"U+{ord(character):04X} ({name}) as character {position + 1}, {place}; {advice}"


def _fix(paper: Paper, name: str) -> Fix | None:
    """The field without such characters; ``None`` where nothing else is in a text, or a letter is lost."""
    value = getattr(paper, name)
    texts = [_plain(text) for text in ([value] if isinstance(value, str) else value)]
    if any(not text or _LOST in text or _ACCENTED.search(text) for text in texts):
        return None
    return Fix({name: texts[0] if isinstance(value, str) else texts})


def _plain(text: str) -> str:
    plain = "".join(_meant(text, position) for position in range(len(text)))
    return " ".join(_ACCENTED.sub(_with_accents, plain).split())


def _with_accents(accented: re.Match[str]) -> str:
    """A letter and the accents behind it as one character, where there is one."""
    return unicodedata.normalize("NFC", accented[0])
