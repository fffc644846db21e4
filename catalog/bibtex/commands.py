"""Which commands of TeX an entry may hold: those that print letters, symbols, formulas and addresses.

An entry is compiled in the manuscript of whoever cites the paper.  Any other command could read and write
files there, or end the document, and most styles would not even show it.
"""

from __future__ import annotations

import re
from functools import cache

from pylatexenc.latexencode import get_builtin_uni2latex_dict

_MARKS = frozenset("\\" + mark for mark in "`'^\"~=.&%$#_{}-/,:;!|()[]\\@ \n")
"""Accents, characters that LaTeX needs escaped, spaces, formulas and line ends."""
_LETTERS = """
aa AA ae AE b c d dh DH dj DJ h H i j k l L ng NG o O oe OE ohorn OHORN r ss t textcommabelow th TH u uhorn
UHORN v
"""
_FONTS = """
bf bfseries em emph it itshape mbox rm rmfamily sc scshape sf sffamily sl slshape text textbf textit textmd
textnormal textrm textsc textsf textsl textsubscript textsuperscript texttt textup tt ttfamily underline
"""
_SYMBOLS = """
copyright dag ddag dots enquote enspace LaTeX ldots P pounds qquad quad S slash TeX textasciigrave textbar
textbraceleft textbraceright textdollar textgreater textless textquotedbl textquotesingle textunderscore
thinspace
"""
_SILENT = "relax"
"""What prints nothing itself: ``{\\relax Yu}ri`` tells BibTeX how many letters an initial has."""
_ADDRESSES = "href nolinkurl path url"
_FORMULAS = """
arg ast backslash bar big Big bigg Bigg bm boldsymbol breve check circ cos cosh dbinom dddot deg det dfrac
dim displaystyle dotsb dotsc exp frac gcd ge gets grave hat hslash inf ker langle lbrace lbrack le left
leftarrow lg lim liminf limsup ln log lVert lvert mathcal mathring mathrm mathsf mathtt max min mod ne neg
nonumber operatorname overbrace overline overrightarrow owns pmod pr Pr prime rangle rbrace rbrack right
rightarrow rVert rvert sec setminus sin sinh sup surd tan tanh tbinom textstyle tfrac tilde to top underbrace
uparrow downarrow vec Vert vert widehat widetilde
"""
_COMMAND = re.compile(r"\\(?:[A-Za-z@]+|(?!\^\^).)|\^\^", re.DOTALL)


def foreign_commands(latex: str) -> list[str]:
    r"""The commands in a field's value that do not just print, in order, each once.

    ``^^`` is one, behind which TeX reads the number of any character, a backslash among them.

    >>> foreign_commands(r"M{\"u}ller's \emph{Fast} $\alpha$-Tokens \& \input{/etc/passwd}^^5cendinput")
    ['\\input', '^^']
    """
    if "\\" not in latex and "^^" not in latex:
        return []
    return [command for command in dict.fromkeys(_COMMAND.findall(latex)) if command not in _known()]


@cache
def _known() -> frozenset[str]:
    """All those above, and whatever stands for a character in the entries that this package writes."""
    words = " ".join([_LETTERS, _FONTS, _SYMBOLS, _SILENT, _ADDRESSES, _FORMULAS]).split()
    written = _COMMAND.findall(" ".join(get_builtin_uni2latex_dict().values()))
    return _MARKS | {f"\\{word}" for word in words} | set(written)
