"""Titles, names and authors as lists write them, put into the record's form."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from catalog.bibtex import latex_to_text, only_in_braces, split_outside_braces
from catalog.importers import literal
from catalog.names import (
    COMMAS_OF_SCRIPTS,
    are_two_in_characters,
    family_name,
    family_parts,
    is_group,
    is_in_characters,
    is_suffix,
)
from catalog.texts import without_unseen

_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
OTHERS_AT_END = re.compile(r"(?:,|\band\b)?\s*\b(?:others|et\.? al)\b\.?,?\s*$", re.IGNORECASE)
_REFERENCE = re.compile(r"&#?\w+;")
"""A character reference; without its semicolon, as in "AT&LT", it is what it looks like."""


_EMPHASIS = re.compile(
    r"(?<![\w\\])\*(?=[^\s*])([^*]+)(?<=[^\s*\\])\*(?!\w)|(?<![\w\\])_+(?=[^\s_])([^_]+)(?<=[^\s_\\])_+(?!\w)"
)
"""Words between two marks of emphasis: there are none in "A* and B*" or in "n*m by k*m"."""
_STRAY_MARK = re.compile(r"(?<![A-Z])\*")


_OF_TEXT = "(?:jats:)?(?:i|b|u|em|strong|italic|bold|sc|scp|small|span|sub|sup|tt)"
_FORMATTING = re.compile(rf"</?{_OF_TEXT}(?:\s[^<>]{{0,40}})?>", re.IGNORECASE)
"""Tags of HTML around a part of a word, such as a species or an index."""
_LESS = r"(?:<|&lt;|\$<\$|\{\\textless\}|\\textless(?:\{\}|\s+))"
_MORE = r"(?:>|&gt;|\$>\$|\{\\textgreater\}|\\textgreater(?:\{\}|\s*))"
_FORMATTING_IN_LATEX = re.compile(rf"{_LESS}(/?{_OF_TEXT}){_MORE}", re.IGNORECASE)


def without_formatting(latex: str) -> str:
    r"""A BibTeX value without HTML's tags, which reference managers write as if they were to be printed.

    >>> without_formatting(r"{\textless}i{\textgreater}Acropora{\textless}/i{\textgreater} in CO<sub>2</sub>")
    'Acropora in CO\\textsubscript{2}'
    """
    text = _FORMATTING_IN_LATEX.sub(r"<\1>", latex)
    text = re.sub(r"<sub>([^<>]*)</sub>", r"\\textsubscript{\1}", text)
    text = re.sub(r"<sup>([^<>]*)</sup>", r"\\textsuperscript{\1}", text)
    return _FORMATTING.sub("", text)


def clean_title(title: str) -> str:
    """A title without markup: raised digits as characters, LaTeX as text, one space after a colon.

    >>> clean_title("F<sup>3</sup>-Pruning:A  Strategy"), clean_title("Top-$ k $ Attention.")
    ('F³-Pruning: A Strategy', 'Top-k Attention')
    >>> clean_title("CO<sub>2</sub> in <i>Porites</i>-like Corals"), clean_title("At x < 3 and y > 4")
    ('CO₂ in Porites-like Corals', 'At x < 3 and y > 4')
    >>> clean_title("**On *Which* Tokens** to _Keep_ with A*"), clean_title("_Keep_: A*-Search and D*")
    ('On Which Tokens to Keep with A*', 'Keep: A*-Search and D*')
    """
    return literal.put_back(_without_markup(title))


def has_stray_mark(title: str) -> bool:
    """Whether the cleaned *title* has an asterisk that is neither meant literally nor an algorithm's, as A*.

    >>> [has_stray_mark(title) for title in ("Bo, *Fast Decoding", "*Fast* Decoding with A*", "a&#42;")]
    [True, False, False]
    """
    return "*" in title and _STRAY_MARK.search(_without_markup(title)) is not None


def _without_markup(title: str) -> str:
    """The clean title, but with what is meant literally still put away."""
    text = literal.put_away(without_unseen(title))
    text = _REFERENCE.sub(lambda match: html.unescape(match[0]), text)
    text = re.sub(r"<sup>\s*([0-9+n-]+)\s*</sup>", lambda m: m[1].translate(_RAISED), text)
    text = re.sub(r"<sub>\s*([0-9+-]+)\s*</sub>", lambda m: m[1].translate(_LOWERED), text)
    text = _FORMATTING.sub("", text)
    text = re.sub(r"</?[A-Za-z!][^<>]{0,40}>|\*{2,}", " ", text)
    text = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"\1", text)
    text = re.sub(r"(?<=\w)\^(\d)(?!\d)", lambda m: m[1].translate(_RAISED), text)
    text = re.sub(r"\$([^$]*)\$", _formula, text)
    text = _EMPHASIS.sub(lambda match: match[1] or match[2], text)
    if text.count("{") != text.count("}"):
        text = text.replace("{", "").replace("}", "")
    if any(c in text for c in "\\${") or "``" in text:
        text = latex_to_text(text)
    text = _typewritten(text.replace("：", ": "))
    text = re.sub(r"\s+:", ":", " ".join(text.split()))
    text = re.sub(r"(?<=[^\W\d]):(?=[A-Z])|(?<=\d):(?=[A-Z])", ": ", text)
    text = re.sub(r"(?<=[A-Za-z])- (?=[A-Z]{3})", "", text) if text.upper().count("- ") > 1 else text
    text = re.sub(r"(?<=\w)' s\b", "'s", text)
    return " ".join(text.split()).strip(" .,;")


_DECORATION = re.compile("[\\s\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f\u200d]")


def without_emoji(title: str) -> str:
    """A title without the emoji at its ends, by which lists point to it.

    >>> without_emoji("🔥 ⭐️ Fast 🚀 Tokens 🎉"), without_emoji("🔥")
    ('Fast 🚀 Tokens', '🔥')
    """
    words = [n for n, character in enumerate(title) if not _DECORATION.match(character)]
    return title[words[0] : words[-1] + 1] if words else title


def letters(title: str) -> str:
    """The letters and digits alone, as they are.

    >>> letters("The ``X-ray'' Effect") == letters("The “X-ray” effect")
    False
    """
    return "".join(filter(str.isalnum, title))


def _formula(match: re.Match[str]) -> str:
    r"""A formula of letters and raised or lowered digits as characters; any other as it is.

    >>> clean_title(r"$\text{D}_{2}\text{O}$: Norm $L_2$")
    'D₂O: Norm L₂'
    >>> clean_title(r"$\delta^{13}$C at 5 $^{\circ}$C")
    'δ¹³C at 5 °C'
    """
    inner = re.sub(r"\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}", r"\1", match[1].strip())
    inner = inner.replace(r"\^{}", "^")
    inner = re.sub(r"_(\d|\{\d+\})", lambda m: m[1].strip("{}").translate(_LOWERED), inner)
    inner = re.sub(r"\^\s*(\d|\{\d+\})", lambda m: m[1].strip("{}").translate(_RAISED), inner)
    return inner if re.fullmatch(r"[\w\s+*/=.-]*", inner) else f"${inner}$"


def clean_name(badge: str) -> str:
    """A method's name as badges write it.

    >>> clean_name("PoWER--BERT"), clean_name("Patch_Slimming"), clean_name("Skim--RNN_")
    ('PoWER-BERT', 'Patch Slimming', 'Skim-RNN')
    """
    return clean_title(" ".join(badge.replace("--", "-").replace("_", " ").split()).strip(" -"))


# ------------------------------------------------------------------------------------ authors


@dataclass(frozen=True, slots=True)
class Authors:
    """Names as "Given Family", and what is known of the line that they were read from.

    Attributes
    ----------
    complete : whether these are all
    doubtful : whether other names may be meant by the same line
    undivided : those of which only braces say that they are one name, as a group's is
    remarks : what a person should know of how they were read
    """

    names: tuple[str, ...]
    complete: bool
    doubtful: bool = False
    undivided: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def parse_authors(line: str) -> Authors:
    """An authors' line, whichever way round its names are written.

    >>> parse_authors("Zhao, Gangming and Wang, Jingdong and others.").names
    ('Gangming Zhao', 'Jingdong Wang')
    >>> parse_authors("Yuang Li, Yu Wu").names, parse_authors("Zhu, Wentao.").names
    (('Yuang Li', 'Yu Wu'), ('Wentao Zhu',))
    >>> parse_authors("Davis, Jr., Sammy and Qwen Team").names
    ('Sammy Davis Jr.', 'Qwen Team')
    """
    text = re.sub(r"\^\{?\*\}?|[*†‡]", "", literal.put_away(line))
    text = _stripped(" ".join(text.split()))
    cut = OTHERS_AT_END.search(text)
    if cut:
        text = text[: cut.start()].strip(" ,")
    parts = [pieces for part in split_outside_braces(text, _BETWEEN) if (pieces := pieces_of(part))]
    are_inverted, doubtful = _way_round(parts)
    names = [name for pieces in parts for name in (_turned(pieces) if are_inverted else map(joined, pieces))]
    plain = tuple(filter(None, map(plain_name, names)))
    return Authors(plain, cut is None and bool(plain), doubtful, tuple(only_in_braces(" and ".join(names))))


_BETWEEN = re.compile(rf"\s+and\s+|\s*[;{COMMAS_OF_SCRIPTS}]\s*|\s+&\s+")
_COMMA, _SPACE = re.compile(","), re.compile(" ")

Piece = tuple[str, str]
"""What stands between two commas, and the suffix behind it, such as Jr."""


def _stripped(text: str) -> str:
    """*text* without the marks at its ends, but for the full stop of a suffix."""
    stripped = text.strip(" .,")
    return f"{stripped}." if re.search(r"\b[JS]r$", stripped) and f"{stripped}." in text else stripped


def pieces_of(part: str) -> list[Piece]:
    """What commas divide in a *part* between two "and"; a suffix belongs to the name before it."""
    pieces: list[Piece] = []
    for text in filter(None, (text.strip() for text in split_outside_braces(part, _COMMA))):
        if pieces and is_suffix(text):
            pieces[-1] = pieces[-1][0], text
        else:
            pieces.append((text, ""))
    return pieces


def joined(piece: Piece) -> str:
    """The name with its suffix."""
    return " ".join(filter(None, piece))


def _turned(pieces: list[Piece]) -> list[str]:
    """ "Given Family" of "Family, Given", with a suffix behind either; a name alone as it is.

    In characters the family name stays first, without a space.
    """
    if len(pieces) == 1:
        return [joined(pieces[0])]
    (family, suffix), (given, other_suffix) = pieces
    if is_in_characters(f"{family}{given}"):
        return [f"{family}{given}"]
    return [" ".join(filter(None, (given, family, suffix, other_suffix)))]


def _way_round(parts: list[list[Piece]]) -> tuple[bool, bool]:
    """Whether the parts between "and" are "Family, Given", and not lists of "Given Family"; whether in doubt.

    One part of two may be either: what decides is whether it reads as a family name and its given names, and
    what the other parts are.
    """
    pairs = [pieces for pieces in parts if len(pieces) == 2]
    if any(len(pieces) > 2 for pieces in parts):
        names = [name for pieces in parts for name, _ in pieces]
        short = sum(is_word(name) and not is_in_characters(name) for name in names)
        return False, 1 < short >= len(names) / 2 or any(map(_are_words, pairs))
    inverted = list(filter(seems_inverted, pairs))
    if not inverted:
        return False, len(pairs) > 1 or any(are_two_in_characters(a, b) is None for (a, _), (b, _) in pairs)
    if all(map(_may_be_two_people, inverted)):
        return False, True
    alone = [pieces[0][0] for pieces in parts if len(pieces) == 1]
    beside_names = any(not is_word(name) and not is_group(name) for name in alone)
    return True, beside_names and len(pairs) == 1 and not _are_words(pairs[0])


def seems_inverted(pair: list[Piece]) -> bool:
    """Whether two pieces may be family and given names: either is one word, or the first has particles."""
    (family, _), (given, _) = pair
    if is_group(family) or is_group(given) or are_two_in_characters(family, given) is not False:
        return False
    return is_word(family) or is_word(given) or family_name(f"X {family}") == family


_ALSO_GIVEN = frozenset(["Al", "Ben", "Del", "Di"])
"""Particles that are given names more often, as in "Ben Smith, Anna Li" and "Di Wu, Bo Li"."""


def _may_be_two_people(pair: list[Piece]) -> bool:
    """Whether an inverted name with a particle may be two names, since neither piece is short for one."""
    (family, _), (given, _) = pair
    words = [*family.split(), *given.split()]
    in_full = all(len(word) > 1 and not word.endswith(".") for word in words)
    return words[0] in _ALSO_GIVEN and in_full and not is_word(given)


def _are_words(pair: list[Piece]) -> bool:
    """Whether both pieces are one word, as two authors' names hardly ever are."""
    return all(is_word(name) for name, _ in pair)


def is_word(name: str) -> bool:
    """Whether *name* is one word, or braces make it one."""
    return len(split_outside_braces(name, _SPACE)) == 1


def plain_name(name: str) -> str:
    """A name without markup and parentheses."""
    text = re.sub(r"\(([^()]*)\)", r"\1", name.replace("\ufeff", ""))  # of a file that was put together
    text = latex_to_text(text) if "\\" in text or "{" in text else text
    return " ".join(literal.put_back(_typewritten(text)).split())


def _typewritten(text: str) -> str:
    return text.replace("’", "'").replace("“", '"').replace("”", '"')


def on_braces(name: str) -> str:
    """What is to be said of a name of which only braces say that it is one."""
    given, family, _ = family_parts(name)
    return (
        f"the braces around '{name}' say that it is one name, which its own BibTeX entry keeps. A record "
        "tells a group by its last word, such as Team, Group, Lab, Research or Institute; so elsewhere this "
        f"one is cited as '{family}, {given}'. If it is a group, let its name end in such a word, here or "
        "under 'authors' in the record"
    )
