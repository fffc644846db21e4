"""LaTeX markup to Unicode text and back, for titles, names and venues.

Not a LaTeX interpreter: formulas come out as readable text.  Most values hold no
markup but braces, so both ways have a path that does without pylatexenc (0.15 ms
a value against 1 µs).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from pylatexenc import latexwalker, macrospec
from pylatexenc.latex2text import (
    EnvironmentTextSpec,
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)
from pylatexenc.latexencode import UnicodeToLatexEncoder

from catalog.texts import GREEK

_MAX_NESTING = 60

_LIGATURES = (
    ("---", "—"),
    ("--", "–"),
    ("``", "“"),
    ("''", "”"),
    ("~", " "),
)
_SUPERSCRIPT = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPT = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_SCRIPT = r"([\^_])\s*(?:\{([0-9+=()n-]+)\}|([0-9n]))"
_SCRIPT_ALONE = re.compile(rf"(?<!\\)\$\s*{_SCRIPT}\s*\$")
_SCRIPT_IN_TEXT = re.compile(r"\\text(super|sub)script\s*\{([0-9+=()n-]+)()\}")
_FORMULA = re.compile(r"(?<!\\)\$(?:[^$\\]|\\.)*\$", re.DOTALL)
_SCRIPT_IN_FORMULA = re.compile(_SCRIPT)
_FUNCTION = re.compile(
    r"(?<=[A-Za-z0-9)}])\s*\\(?=(?:arg|cos|det|dim|exp|gcd|inf|lg|lim|ln|log|max|min|Pr|sin|sup|tan)(?![A-Za-z]))"
)
"""A function's name behind something else: in a formula TeX leaves a space there."""
_DEGREE = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z])\s*)")
_BRACED_LETTER = re.compile(r"\{\\[^{}]{1,3}(?:\{\\?[a-zA-Z]\})?\}")
_ESCAPED = re.compile(r"\\([&%#_$])")

_NAMED_CHARACTERS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textasciigrave": "`",
}


_SHOWN = ("title", "author", "date", "mbox", "textmd", "textsf", "texttt", "textup", "verb")
"""Commands that stand for what they are given; pylatexenc leaves it out."""
_INVISIBLE = ("today", "maketitle", "input", "include")
"""Commands that would show the day of the run, or another file."""
_MATRICES = ("array", "pmatrix", "bmatrix", "smallmatrix", "psmallmatrix", "bsmallmatrix")

_LEVEL = re.compile(r"\\(?:begin|end)(?![a-zA-Z])|\\.|[{}\[\]]", re.DOTALL)
_OPENING = {"{": "}", "[": "]", "\\(": "\\)", "\\[": "\\]", "\\begin": "\\end"}
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}


def latex_to_text(latex: str) -> str:
    r"""The text that *latex* stands for, on one line; what is not LaTeX comes out as written, without braces.

    >>> latex_to_text(r"{FastV}: M{\"u}ller \& S{\o}n -- IA-RED$^2$")
    'FastV: Müller & Søn – IA-RED²'
    """
    if "{\\" in latex:
        letters = _letters()
        # In braces still: behind a command without any, as in \d{\^e}, the letter would join its name.
        latex = _BRACED_LETTER.sub(
            lambda match: f"{{{letters[match[0]]}}}" if match[0] in letters else match[0], latex
        )
    if "script" in latex:
        latex = _SCRIPT_IN_TEXT.sub(_raise, latex)
    if "$" in latex:
        latex = _FORMULA.sub(_plainer, _SCRIPT_ALONE.sub(_raise, latex))
    if "\\" not in latex and "$" not in latex:
        return " ".join(_plain(latex).split())
    if "$" not in latex and "\\" not in _ESCAPED.sub("", latex):
        pieces = _ESCAPED.split(latex)
        pieces[::2] = [_plain(piece) for piece in pieces[::2]]
        return " ".join("".join(pieces).split())
    if _nesting(latex) > _MAX_NESTING:
        return " ".join(_plain(_ESCAPED.sub(r"\1", latex)).split())
    # An unescaped % or & is a slip in somebody's entry, not a comment or a table.
    latex = re.sub(r"(?<!\\)([%&])", r"\\\1", latex)
    try:
        text = _decoder().latex_to_text(latex)
    except Exception:
        # pylatexenc has no one error for a command without its arguments, but nearly every kind there is.
        text = _plain(_ESCAPED.sub(r"\1", latex))
    return " ".join(unicodedata.normalize("NFC", str(text)).split())


def text_to_latex(text: str) -> str:
    r"""*text* as LaTeX that BibTeX can hold in braces: every special character escaped, braces balanced.

    >>> text_to_latex("Müller & Søn: 50% {x}_1")
    'M{\\"u}ller \\& S{\\o}n: 50\\% \\textbraceleft{}x\\textbraceright{}\\_1'
    """
    if _HARMLESS.fullmatch(text) and "--" not in text and "''" not in text:
        return text
    text = open_quotes(unicodedata.normalize("NFC", text))
    stays = _GREEK if _IN_GREEK.search(text) else _NOTHING
    return "".join(piece if stays.fullmatch(piece) else _encode(piece) for piece in _PIECES.findall(text))


def without_formulas(latex: str) -> str:
    r"""*latex* of :func:`text_to_latex` with the characters that it writes as formulas as themselves.

    >>> without_formulas(r"{{\ensuremath{\Delta}}-DiT} and {D$^{2}$Pruner}: 5\$ of 50\%")
    '{Δ-DiT} and {D²Pruner}: 5\\$ of 50\\%'
    """
    return _CHARACTER_AS_FORMULA.sub(lambda match: latex_to_text(match[0]), latex)


_CHARACTER_AS_FORMULA = re.compile(r"\{\\ensuremath\{\\[A-Za-z]+\}\}|(?<!\\)\$[\^_]\{[^{}$]*\}\$")


def open_quotes(text: str) -> str:
    """*text* with the straight quotation marks that open a quotation as “; the others close one.

    >>> open_quotes('"Less" is ("more")')
    '“Less" is (“more")'
    """
    return _OPENING_QUOTE.sub("“", text)


_AS_LATEX = {
    **{character: f"\\{name}{{}}" for name, character in _NAMED_CHARACTERS.items()},
    **{character: f"\\{character}" for character in "&%#_$"},
    **{chr(raised): f"$^{{{chr(plain)}}}$" for plain, raised in _SUPERSCRIPT.items()},
    **{chr(lowered): f"$_{{{chr(plain)}}}$" for plain, lowered in _SUBSCRIPT.items()},
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    '"': "''",
    "’": "'",
    "‘": "`",
    "\u00a0": "~",
}
_HARMLESS = re.compile(r"[A-Za-z0-9 .,:;!?()\[\]/+*=@'-]*")
_OPENING_QUOTE = re.compile(r'(?<![^\s(\[])"(?=\S)')
# Dashes and quotes beside each other would join to another character; they are taken as one piece.
_PIECES = re.compile(r"[-–—]+|['\"’”]+|[‘“]+|[A-Za-z0-9 .,:;!?()\[\]/+*=@]+|.", re.DOTALL)
_GREEK = re.compile(f"[{GREEK}]")
_GREEK_SIGNS = "αβγδεζηθικλμνξπρςστυφχψωΓΔΘΛΞΠΣΥΦΨΩϑϕϖϰϱϵ"
_IN_GREEK = re.compile(f"[{GREEK}]{{4}}|(?![{_GREEK_SIGNS}])[{GREEK}]")
"""A word in Greek, or a letter of one that formulas have no sign for and that looks like a Latin letter."""
_NOTHING = re.compile("(?!)")
_DOTLESS = re.compile(r"(\{\\[^A-Za-z])\\i\}")
"""An accent on an i without its dot: pandoc and biber make two characters of it, LaTeX one of either i."""
_ACCENTS = dict(
    zip(
        map(chr, (0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x30B, 0x30C)),
        ["`", "'", "^", "~", "=", "u", ".", '"', "r", "H", "v"],
        strict=True,
    )
) | {"\u0323": "d", "\u0327": "c", "\u0328": "k", "\u0331": "b"}
"""Marks above and below a letter, and the commands for them that LaTeX has in every encoding of fonts."""
_LETTERS = frozenset("AA aa AE ae OE oe O o L l ss TH th DH dh DJ dj NG ng IJ ij i j".split())
"""Commands that LaTeX has for Latin letters; others that pylatexenc takes are of packages, or Greek."""
_JOINING = frozenset("-–—'\"’”‘“")


def _encode(piece: str) -> str:
    if len(piece) > 1 and piece[0] in _JOINING:
        return "{}".join(_AS_LATEX.get(character, character) for character in piece)
    if piece in _AS_LATEX:
        return _AS_LATEX[piece]
    if piece.isascii():
        return piece
    latex = str(_encoder().unicode_to_latex(piece))
    if latex == piece:
        return _accented(piece)
    if _is_latin(piece) and not {*re.findall(r"\\([A-Za-z]+)", latex)} <= _LETTERS.union(_ACCENTS.values()):
        return piece
    # Cyrillic letters stay: LaTeX takes them wherever it has their commands, and people can read them.
    return piece if re.search(r"\\(?:cyr|CYR)", latex) else _DOTLESS.sub(r"\1i}", latex)


def _is_latin(piece: str) -> bool:
    return unicodedata.category(piece) in ("Lu", "Ll") and "LATIN" in unicodedata.name(piece)


def _accented(letter: str) -> str:
    r"""A Latin letter with marks as accents around it, those above inside those below; as it is where LaTeX
    has no command for one of the marks without another encoding of fonts.

    >>> _accented("ệ"), _accented("ữ"), _accented("ß")
    ('{\\d{\\^{e}}}', 'ữ', 'ß')
    """
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    if not (marks and base.isascii() and all(mark in _ACCENTS for mark in marks)):
        return letter
    latex = base
    for mark in sorted(marks, key=unicodedata.combining, reverse=True):
        latex = f"\\{_ACCENTS[mark]}{{{latex}}}"
    return f"{{{latex}}}"


def _plain(latex: str) -> str:
    for markup, text in _LIGATURES:
        latex = latex.replace(markup, text)
    return latex.replace("{", "").replace("}", "")


def _plainer(formula: re.Match[str]) -> str:
    """A formula with degrees, raised and lowered digits as characters, a space before a function's name."""
    return _FUNCTION.sub(r"\\ \\", _SCRIPT_IN_FORMULA.sub(_raise, _DEGREE.sub("°", formula[0])))


def _raise(match: re.Match[str]) -> str:
    digits = match[2] or match[3]
    if match[1] in ("^", "super"):
        return digits.translate(_SUPERSCRIPT)
    return match[0] if "n" in digits else digits.translate(_SUBSCRIPT)


def _nesting(latex: str) -> int:
    """How deep groups, options, formulas and environments can stand in each other at most."""
    depth: Counter[str] = Counter()
    deepest: Counter[str] = Counter()
    for mark in _LEVEL.findall(latex):
        if mark in _OPENING:
            depth[mark] += 1
            deepest[mark] = max(deepest[mark], depth[mark])
        elif mark in _CLOSING:
            depth[_CLOSING[mark]] = max(0, depth[_CLOSING[mark]] - 1)
    return deepest.total()


@cache
def _letters() -> dict[str, str]:
    """Latin letters by the LaTeX that this module and most bibliographies write for them."""
    letters = [chr(code) for code in range(0xC0, 0x180) if chr(code).isalpha()]
    table = {_encode(letter): letter for letter in letters}
    return table | {latex.replace("i}", "\\i}"): letter for latex, letter in table.items() if len(latex) > 4}


_OTHER_ACCENTS = {"\u0309": "h", "\u0326": "textcommabelow"}
"""Of Vietnamese and Romanian, which pylatexenc leaves out."""
_HORNED = {"OHORN": "Ơ", "ohorn": "ơ", "UHORN": "Ư", "uhorn": "ư"}


_FIRST_LETTER = re.compile("(.?)([\u0300-\u036f]*)(.*)", re.DOTALL)
_WITH_DOT = {"ı": "i", "ȷ": "j"}


def _marking(mark: str) -> Callable[[Any, Any], str]:
    """What shows a command for an accent: what it is given, with the accent on its first letter."""

    def show(node: Any, l2tobj: Any) -> str:
        given = str(l2tobj.nodelist_to_text(node.nodeargd.argnlist)).strip()
        first, marks, rest = _FIRST_LETTER.findall(unicodedata.normalize("NFD", given))[0]
        return f"{_WITH_DOT.get(first, first)}{marks}{mark}{rest}" if first else ""

    return show


@cache
def _decoder() -> Any:
    context = get_default_latex_context_db()
    # pylatexenc does not read back every symbol that it writes.
    written = [
        (chr(code), re.fullmatch(r"\{\\([a-zA-Z]+)\}", _encode(chr(code)))) for code in range(0xA1, 0xC0)
    ]
    named = _NAMED_CHARACTERS | _HORNED | {match[1]: symbol for symbol, match in written if match}
    macros = [
        *(MacroTextSpec(name, _marking(mark)) for mark, name in (_ACCENTS | _OTHER_ACCENTS).items()),
        *(MacroTextSpec(name, character) for name, character in named.items()),
        *(MacroTextSpec(name, discard=False) for name in _SHOWN),
        *(MacroTextSpec(name, discard=True) for name in _INVISIBLE),
        MacroTextSpec("href", "%(2)s"),
    ]
    # On one line a matrix needs no columns, whose padding can be larger than memory.
    matrices = [EnvironmentTextSpec(name, discard=False) for name in _MATRICES]
    context.add_context_category("our own", prepend=True, macros=macros, environments=matrices)
    return _Decoder(latex_context=context, math_mode="text", keep_braced_groups=False)


class _Walker(latexwalker.LatexWalker):  # type: ignore[misc]
    """pylatexenc's, which reads what follows a command again wherever its arguments have no end: 2ⁿ times."""

    def __init__(self, latex: str) -> None:
        super().__init__(latex, latex_context=_walker_context(), tolerant_parsing=True)
        # Well-formed LaTeX takes 1.5 tokens a character at most.
        self.tokens_left = 4 * len(latex) + 100

    def get_token(self, *position: Any, **options: Any) -> Any:
        self.tokens_left -= 1
        if self.tokens_left < 0:
            raise ValueError("the same tokens are read again and again")
        return super().get_token(*position, **options)


class _Decoder(LatexNodes2Text):  # type: ignore[misc]
    """pylatexenc's, with ``{}`` after a named character read as LaTeX reads it: as nothing.

    And a command that lacks arguments, which pylatexenc shows as ``%s``, is an error, as is one whose text
    is far longer than its markup.
    """

    def latex_to_text(self, latex: str) -> str:
        nodes, _, _ = _Walker(latex).get_latex_nodes()
        return str(self.nodelist_to_text(nodes))

    def apply_simplify_repl(self, node: Any, simplify_repl: Any, what: str) -> str:
        if isinstance(simplify_repl, str) and node.isNodeType(latexwalker.LatexMacroNode):
            expected = simplify_repl.count("%s")
            arguments = node.nodeargd.argnlist if node.nodeargd else ()
            if expected and expected != len(arguments):
                raise ValueError(f"{what} has {len(arguments)} arguments, expected {expected}")
        text = str(super().apply_simplify_repl(node, simplify_repl, what))
        if len(text) > 2 * node.len + 20:  # accents on accents double what they stand on
            raise ValueError(f"{what} grows beyond its markup")
        return text


@cache
def _walker_context() -> Any:
    context = latexwalker.get_default_latex_context_db()
    macros = [macrospec.std_macro(name, False, 0) for name in (*_NAMED_CHARACTERS, *_HORNED)]
    macros += [macrospec.std_macro(name, False, 1) for name in _OTHER_ACCENTS.values()]
    macros.append(macrospec.std_macro("href", False, 2))
    context.add_context_category("our own", prepend=True, macros=macros)
    return context


@cache
def _encoder() -> Any:
    return UnicodeToLatexEncoder(
        replacement_latex_protection="braces-all",
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )
