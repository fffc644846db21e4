"""Titles, names and authors as lists write them, put into the record's form."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from catalog.bibtex import latex_to_text, split_names, split_outside_braces
from catalog.importers import literal

_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_OTHERS = re.compile(r"(?:,|\band\b)?\s*\b(?:others|et\.? al)\b\.?,?\s*$", re.IGNORECASE)
_REFERENCE = re.compile(r"&#?\w+;")
"""A character reference; without its semicolon, as in "AT&LT", it is what it looks like."""


def clean_title(title: str) -> str:
    """A title without markup: raised digits as characters, LaTeX as text, one space after a colon.

    >>> clean_title("F<sup>3</sup>-Pruning:A  Strategy"), clean_title("Top-$ k $ Attention.")
    ('F³-Pruning: A Strategy', 'Top-k Attention')
    """
    text = "".join(c for c in title if c == "\n" or unicodedata.category(c)[0] != "C")
    text = _REFERENCE.sub(lambda match: html.unescape(match[0]), literal.put_away(text))
    text = re.sub(r"<sup>\s*([0-9+n-]+)\s*</sup>", lambda m: m[1].translate(_RAISED), text)
    text = re.sub(r"<sub>\s*([0-9+-]+)\s*</sub>", lambda m: m[1].translate(_LOWERED), text)
    text = re.sub(r"<[^<>]{1,40}>|\*\*", " ", text)
    text = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"\1", text)
    text = re.sub(r"(?<=\w)\^(\d)(?!\d)", lambda m: m[1].translate(_RAISED), text)
    text = re.sub(r"\$([^$]*)\$", _formula, text)
    if text.count("{") != text.count("}"):
        text = text.replace("{", "").replace("}", "")
    if any(c in text for c in "\\${") or "``" in text:
        text = latex_to_text(text)
    text = _typewritten(text.replace("：", ": "))
    text = re.sub(r"\s+:", ":", " ".join(text.split()))
    text = re.sub(r"(?<=[^\W\d]):(?=[A-Z])|(?<=\d):(?=[A-Z])", ": ", text)
    text = re.sub(r"(?<=[A-Za-z])- (?=[A-Z]{3})", "", text) if text.upper().count("- ") > 1 else text
    text = re.sub(r"(?<=\w)' s\b", "'s", text)
    return literal.put_back(" ".join(text.split()).strip(" .,;"))


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
    """
    inner = re.sub(r"\\(?:text|mathrm|mathbf|textbf)\{([^{}]*)\}", r"\1", match[1].strip())
    inner = inner.replace(r"\^{}", "^")
    inner = re.sub(r"_\{?(\d)\}?", lambda m: m[1].translate(_LOWERED), inner)
    inner = re.sub(r"\^\s*\{?(\d)\}?", lambda m: m[1].translate(_RAISED), inner)
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
    """Names as "Given Family", and whether these are all."""

    names: tuple[str, ...]
    complete: bool


def parse_authors(line: str) -> Authors:
    """An authors' line, whichever way round its names are written.

    >>> parse_authors("Zhao, Gangming and Wang, Jingdong and others.")
    Authors(names=('Gangming Zhao', 'Jingdong Wang'), complete=False)
    >>> parse_authors("Yuang Li, Yu Wu").names, parse_authors("Zhu, Wentao.").names
    (('Yuang Li', 'Yu Wu'), ('Wentao Zhu',))
    """
    text = re.sub(r"\^\{?\*\}?|[*†‡]", "", literal.put_away(line))
    text = " ".join(text.split()).strip(" .,")
    cut = _OTHERS.search(text)
    if cut:
        text = text[: cut.start()].strip(" ,")
    parts = [part.strip(" ,") for part in re.split(r"\s+and\s+|\s*;\s*|\s+&\s+", text) if part.strip(" ,")]
    if _family_first(parts):
        names = [_given_first(part) for part in parts]
    else:
        names = [name.strip() for part in parts for name in part.split(",") if name.strip()]
    plain = tuple(filter(None, map(_plain_name, names)))
    return Authors(plain, complete=cut is None and bool(plain))


def _family_first(parts: list[str]) -> bool:
    """Whether the parts between "and" are "Family, Given", and not each a list of "Given Family"."""
    if any(part.count(",") > 1 or ("," not in part and " " in part) for part in parts):
        return False
    if len(parts) != 1:
        return True
    family, _, given = parts[0].partition(",")
    return " " not in family.strip() or " " not in given.strip()


def _given_first(part: str) -> str:
    family, _, given = part.partition(",")
    return f"{given.strip()} {family.strip()}".strip()


def _plain_name(name: str) -> str:
    text = re.sub(r"\(([^()]*)\)", r"\1", name)
    text = latex_to_text(text) if "\\" in text or "{" in text else text
    return " ".join(literal.put_back(_typewritten(text)).split())


def _typewritten(text: str) -> str:
    return text.replace("’", "'").replace("“", '"').replace("”", '"')


_SEMICOLON = re.compile(r";(?: ?and\b)?", re.IGNORECASE)


def bibtex_authors(value: str) -> Authors:
    """The names of a BibTeX author field; semicolons outside of braces divide them as "and" does.

    >>> bibtex_authors("Smith, John; Doe, Jane").names
    ('John Smith', 'Jane Doe')
    """
    if are_divided_by_semicolons(value):
        value = " and ".join(filter(str.strip, _at_semicolons(value)))
    names = split_names(value)
    complete = bool(names) and not any(name.lower() in ("others", "et al", "et al.") for name in names)
    return Authors(
        tuple(_plain_name(n) for n in names if n.lower() not in ("others", "et al", "et al.")), complete
    )


def are_divided_by_semicolons(value: str) -> bool:
    """Whether a BibTeX author field has semicolons between its names, where BibTeX has "and".

    >>> are_divided_by_semicolons("Smith, John; Doe, Jane"), are_divided_by_semicolons("{A; B and C} Group")
    (True, False)
    """
    return len(_at_semicolons(value)) > 1


def _at_semicolons(value: str) -> list[str]:
    return split_outside_braces(" ".join(html.unescape(value).split()), _SEMICOLON)
