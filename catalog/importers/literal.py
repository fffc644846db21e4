"""Characters that a list means literally: those that it writes as character references.

They are put out of the way while markup is read and wording is tidied, and put back at the end, so that
``&#42;`` is an asterisk and ``*`` is emphasis.
"""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"&#(\d{1,7});|&(lt|gt|amp);")
_ISOLATED = re.compile(r"<span>((?:&#\d{1,7};|&(?:lt|gt|amp);|[^<&])*)</span>")
_NAMED = {"lt": "<", "gt": ">", "amp": "&"}
_HIDDEN = 0xF0000
_PUT_AWAY = re.compile("[\U000f0000-\U000ffffd]")


def put_away(text: str) -> str:
    """*text* with every reference as a character that no rule knows.

    A ``<span>`` is what keeps a forge from understanding what stands in it.

    >>> put_back(put_away("a &#42;b&#42; <span>&#64;</span>c") + " *")
    'a *b* @c *'
    """
    if not text.isascii():  # what stands for itself there is no character of any language
        text = _PUT_AWAY.sub("\N{REPLACEMENT CHARACTER}", text)
    if "&" not in text and "<span>" not in text:
        return text
    return _REFERENCE.sub(_hidden, _ISOLATED.sub(r"\1", text))


def put_back(text: str) -> str:
    """*text* with the characters that :func:`put_away` has put away."""
    return text if text.isascii() else _PUT_AWAY.sub(lambda match: chr(ord(match[0]) - _HIDDEN), text)


def plain(text: str) -> str:
    """*text* with its references as characters."""
    return put_back(put_away(text))


def _hidden(match: re.Match[str]) -> str:
    number = int(match[1]) if match[1] else ord(_NAMED[match[2]])
    if not 32 <= number < 0xFFFE or 0xD800 <= number < 0xE000:
        return match[0]
    return " " if chr(number).isspace() else chr(_HIDDEN + number)
