"""Authors' names between "Given Family" text and BibTeX's "Family, Given", and what is no name.

Which part of a name is the family name is :mod:`catalog.names`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from catalog.bibtex.latex import latex_to_text, text_to_latex
from catalog.names import (
    COMMAS_OF_SCRIPTS,
    family_parts,
    is_in_characters,
    is_suffix,
    is_undivided,
)

OTHERS = "others"


def join_names(names: Sequence[str], written: Mapping[str, str] = MappingProxyType({})) -> str:
    """Names as the value of BibTeX's author or editor field; "others" behind them stands for the rest.

    Parameters
    ----------
    written : name -> how an entry divides it, as :func:`names_written` gives it

    Examples
    --------
    >>> join_names(["Liang Chen", "Laurens van der Maaten", "Sammy Davis Jr.", "Qwen Team", "others"])
    'Chen, Liang and van der Maaten, Laurens and Davis, Jr., Sammy and {Qwen Team} and others'
    >>> join_names(["Google DeepMind", "Ana Paz Sol"], names_written("{Google DeepMind} and Paz Sol, Ana"))
    '{Google DeepMind} and Paz Sol, Ana'
    """
    cut = list(names[-1:]) == [OTHERS] and len(names) > 1
    whole = names[:-1] if cut else names
    return " and ".join([*(_as_bibtex(name, written) for name in whole), *([OTHERS] if cut else [])])


def names_as_text(names: Iterable[str]) -> str:
    """Names as one text from which :func:`names_in_text` gets them back.

    >>> names_as_text(["Ada Bo", "Rock and Roll Group"]), names_in_text("Ada Bo and {Rock and Roll Group}")
    ('Ada Bo and {Rock and Roll Group}', ['Ada Bo', 'Rock and Roll Group'])
    """
    return " and ".join(f"{{{name}}}" if _AND.search(name) else name for name in names)


_AND = re.compile(r"\sand\s", re.IGNORECASE)


def names_in_text(text: str) -> list[str]:
    """The names that :func:`names_as_text` made one text of."""
    return [name.strip("{}") for name in split_outside_braces(text, _AND) if name]


def names_written(text: str) -> dict[str, str]:
    """Name -> how it is divided, of names in braces or as "Family, Given" in one text.

    >>> names_written("{Google DeepMind} and Paz Sol, Ana")
    {'Google DeepMind': '{Google DeepMind}', 'Ana Paz Sol': 'Paz Sol, Ana'}
    """
    pieces = [piece for piece in split_outside_braces(text, _AND) if piece]
    return {
        piece[1:-1] if piece[0] == "{" else " ".join(reversed(piece.split(", "))): piece for piece in pieces
    }


def own_divisions(latex: str) -> Iterator[str]:
    """Names of an author or editor field that :func:`join_names` would divide, or divide too late, as text.

    >>> list(own_divisions("{Google DeepMind} and {Qwen Team} and Paz Sol, Ana and Gool, Luc Van"))
    ['{Google DeepMind}', 'Paz Sol, Ana']
    """
    held = set(only_in_braces(latex))
    for written in divided_names(latex):
        parts = [latex_to_text(part) for part in split_outside_braces(written, re.compile(","))]
        if len(parts) == 1 and parts[0] in held:
            yield f"{{{parts[0]}}}"
        elif len(parts) == 2 and all(parts) and not _AND.search(f" {' '.join(parts)} "):
            family, given = parts
            name = f"{given} {family}"
            usual = family_parts(name)[1]
            if not is_undivided(name) and len(family.split()) > len(usual.split()):
                yield f"{family}, {given}"


_STANDS_FOR_OTHERS = re.compile(r"(and )?others|et\.? al\.?|\.\.\.|…", re.IGNORECASE)
_ET_AL = re.compile(r"(?<=\s)et\.? al(?=\.|\s|,|$)", re.IGNORECASE)
_ANONYMOUS = re.compile(r"\(?anon(?:ymous|\.)?(?:[ -]+authors?(?:\(s\))?)?\)?[ .\d]*", re.IGNORECASE)
"""What stands for the authors while a paper is under review."""
FOOTNOTE_MARKS = "*†‡§¶∗⁎✉♠♣♦♥#0123456789⁰¹²³⁴⁵⁶⁷⁸⁹"


def stands_for_others(name: str) -> bool:
    """Whether *name* is, ends in, or holds what stands for further authors.

    >>> [stands_for_others(name) for name in ("others", "Ada Bo et al.", "Ada Bo et al. Chen Da", "Al Bo")]
    [True, True, True, False]
    """
    return (
        bool(_STANDS_FOR_OTHERS.fullmatch(name))
        or _ET_AL.search(name) is not None
        or name.lower().endswith(" and others")
    )


def is_anonymous(name: str) -> bool:
    """Whether *name* hides the authors, as in a paper under review."""
    return _ANONYMOUS.fullmatch(name) is not None


def has_footnote_mark(name: str) -> bool:
    """Whether a mark ends *name*; the figure in AI21, one word, is part of the name."""
    return name[-1] in FOOTNOTE_MARKS and not (name[-1].isascii() and name[-1].isdigit() and " " not in name)


_BEHIND_DASH = re.compile(r" [–—-] (\S)")


def seems_several(name: str) -> bool:
    """Whether *name* is joined of several.

    >>> [seems_several(name) for name in ("Ada Bo and Chen Da", "Ada Bo - Chen Da", "Jean-Paul Bo")]
    [True, True, False]
    >>> seems_several("王小明、李四")
    True
    """
    begins_name = (letter.isalpha() and not letter.islower() for letter in _BEHIND_DASH.findall(name))
    return re.search(rf" and | & |[;{COMMAS_OF_SCRIPTS}]", name) is not None or any(begins_name)


_LEFT_OVER = re.compile(r"^(?:and|AND|[&–—-])(?= |$)|(?<= )(?:and|AND|[&–—-])$")
"""At the beginning or the end of a name; And, with one capital, is a family name."""


def left_over(name: str) -> str | None:
    """What stands between two names, at the beginning or end of *name*; ``None`` where there is none.

    >>> [left_over(name) for name in ("Ada Bo and", "and Ada Bo", "- Ada Bo", "Roland And", "Ada Bo")]
    ['and', 'and', '-', None, None]
    """
    found = _LEFT_OVER.search(name)
    return found[0] if found else None


def is_one_name(name: str) -> bool:
    """Whether *name* can be that of one author as "Given Family", or of one group.

    >>> [is_one_name(name) for name in ("Ada Bo", "Qwen Team", "Bo, Ada", "Ada Bo and Chen Da", "et al.")]
    [True, True, False, False, False]
    """
    wrong = (stands_for_others, is_anonymous, has_footnote_mark, seems_several, left_over)
    return "," not in name and any(map(str.isalpha, name)) and not any(is_so(name) for is_so in wrong)


def may_be_group(name: str) -> bool:
    """Whether *name*, with an "and", can be that of a group: what it joins is not only whole names of people.

    >>> [may_be_group(name) for name in ("Quantum AI and Collaborators", "Ada Bo and Chen Da", "Bo Team")]
    [True, False, False]
    """
    parts = name.split(" and ")
    if len(parts) < 2 or not is_one_name(" ".join(parts)) or stands_for_others(name):
        return False
    return any(" " not in part.strip() or is_undivided(part) for part in parts)


def _as_bibtex(name: str, written: Mapping[str, str]) -> str:
    own = written.get(name, "")
    if own and own[0] != "{":
        return ", ".join(map(text_to_latex, own.split(", ")))
    if own or is_undivided(name):
        return f"{{{text_to_latex(name)}}}"
    given, family, suffix = family_parts(name)
    family = _ONE_LETTER.sub(r"{\1}", text_to_latex(family))
    return ", ".join([family, *(text_to_latex(part) for part in (suffix, given) if part)])


_ONE_LETTER = re.compile(r"(?<=-)([A-Za-z])(?=-[^-\s]+$)")
"""The i of Giró-i-Nieto, behind which BibTeX's styles would set a space and no hyphen."""


def split_names(latex: str) -> list[str]:
    """The names in an author or editor field as "Given Family" text; "and others" gives ``others``.

    >>> split_names(r"Chen, Liang and {Qwen Team} and Davis, Jr., Sammy and J{\\"o}rg van Dam and others")
    ['Liang Chen', 'Qwen Team', 'Sammy Davis Jr.', 'Jörg van Dam', 'others']
    >>> split_names("王, 小明")
    ['王小明']
    """
    names = []
    for name in divided_names(latex):
        parts = [latex_to_text(part) for part in split_outside_braces(name, re.compile(","))]
        if len(parts) == 2 and is_in_characters("".join(parts)):
            parts = ["".join(parts)]  # which are written family name first, and without a space
        elif len(parts) == 2:
            parts = [parts[1], parts[0]]
        elif len(parts) == 3 and is_suffix(parts[2]):
            parts = [parts[1], parts[0], parts[2]]
        elif len(parts) > 2:
            parts = [" ".join(parts[2:]), parts[0], parts[1]]
        joined = " ".join(" ".join(parts).split())
        if joined:
            names.append(joined)
    return names


def only_in_braces(latex: str) -> list[str]:
    """The names of several words of which only braces around all of them say that they are not divided.

    >>> only_in_braces("{Google DeepMind} and {Qwen Team} and {OpenAI} and {van Dam}, Jo and {A} B")
    ['Google DeepMind']
    """
    return [name for name in held_by_braces(latex) if not is_undivided(name)]


def held_by_braces(latex: str) -> list[str]:
    """The names of several words in an author or editor field that braces hold together.

    >>> held_by_braces("{Google DeepMind} and {Rock and Roll Team} and {OpenAI} and {van Dam}, Jo")
    ['Google DeepMind', 'Rock and Roll Team']
    """
    if "{" not in latex:
        return []
    whole = (name for name in divided_names(latex) if len(split_outside_braces(name, _BETWEEN_PARTS)) == 1)
    return [name for name in map(latex_to_text, whole) if " " in name]


_BETWEEN_PARTS = re.compile(r"[\s,~]")


def divided_names(latex: str) -> list[str]:
    """The names in an author or editor field as LaTeX."""
    pieces = split_outside_braces(" ".join(latex.split()), re.compile(r"\sand(?=\s)", re.IGNORECASE))
    return [piece.strip() for piece in pieces]


def split_outside_braces(text: str, separator: re.Pattern[str]) -> list[str]:
    """*text* divided at each *separator* that stands in no group.

    >>> split_outside_braces("a; {b; c}; d", re.compile("; "))
    ['a', '{b; c}', 'd']
    """
    if "{" not in text:
        return separator.split(text)
    depth, blank = 0, []
    for character in text:
        depth -= character == "}"
        blank.append("\0" if depth > 0 or character in "{}" else character)
        depth += character == "{"
    pieces, start = [], 0
    for match in separator.finditer("".join(blank)):
        pieces.append(text[start : match.start()])
        start = match.end()
    return [*pieces, text[start:]]
