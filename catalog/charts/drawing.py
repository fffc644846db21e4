"""What all pictures share: SVG elements with safe text, colours, and how wide a text will be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from catalog.colours import SERIES, Colours

FONT_SIZE = 12

NARROW_WIDTH = 288.0
"""Of a picture for a phone: what the smallest screen leaves a page, so that text keeps its size."""

MUTED = ".75"
"""Opacity of text that comes second."""

FONTS = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of a picture: its own, or those of the page that it is part of."""

    own: Colours | None = None

    @property
    def ink(self) -> str:
        """Of text and lines."""
        return self.own["ink"] if self.own else "currentColor"

    @property
    def several(self) -> str:
        """Of what belongs to several series."""
        return self._colour("chart-several")

    @property
    def unknown(self) -> str:
        """Of what belongs to no known series."""
        return self._colour("chart-unknown")

    def series(self, number: int) -> str:
        """Of the series with this number, counted from 0; they repeat after the last."""
        return self._colour(f"chart-{number % SERIES + 1}")

    def _colour(self, name: str) -> str:
        return self.own[name] if self.own else f"var(--{name})"


def element(name: str, content: str = "", **attributes: str | float) -> str:
    """An SVG element; *content* is markup, attributes are plain text.

    ``_`` in an attribute's name stands for ``-``; one at its end is dropped.

    >>> element("text", text_content("a < b"), x=1.50, text_anchor="end")
    '<text x="1.5" text-anchor="end">a &lt; b</text>'
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{shown}>{content}</{name}>" if content else f"<{name}{shown}/>"


def text_content(text: str) -> str:
    """*text* for use between tags."""
    return escape(" ".join(text.split()), quote=False)


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def picture(
    name: str,
    title: str,
    description: str,
    width: float,
    height: float,
    parts: Iterable[str],
    palette: Palette,
    *,
    role: str = "img",
    scales: bool = True,
    widest: str = "100%",
) -> str:
    """The whole picture, which scales to the width that it is given.

    Parameters
    ----------
    name : begins the ids inside; different for every picture of a page
    role : ``img``, or ``group`` where it holds links
    scales : whether a picture in a page becomes as wide as its place
    widest : its width then, in CSS, unless its place is narrower
    """
    size: dict[str, str | float] = {"width": width, "height": height}
    if palette.own:
        size["font_family"] = FONTS
    elif scales:
        size = {"width": widest}
    body = [
        element("title", text_content(title), id=f"{name}-title"),
        element("desc", text_content(description), id=f"{name}-description"),
        *parts,
    ]
    return (
        element(
            "svg",
            "\n" + "\n".join(body) + "\n",
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {_plain(width)} {_plain(height)}",
            **size,
            role=role,
            aria_labelledby=f"{name}-title {name}-description",
            font_size=FONT_SIZE,
        )
        + "\n"
    )


# Advance widths of Helvetica in thousandths of the font's size, by character.
_WIDTHS = {
    character: width
    for width, characters in {
        222: "ijl'",
        278: " .,:;!/|\\[]ftI",
        333: "-()r`{}",
        389: "*",
        500: "ckvxyszJ",
        556: "abdeghnopqu0123456789?$#_L",
        611: "FTZ",
        667: "ABEKPSVXY&",
        722: "CDHNRUw",
        778: "GOQ",
        833: "mM",
        889: "%",
        944: "W",
    }.items()
    for character in characters
}
_OTHERS = 620
_WIDE = 1000
_OTHER_FONTS = 1.12  # the widest of the usual system fonts against Helvetica
_BOLD = 1.07


def text_width(text: str, *, bold: bool = False) -> float:
    """About how wide *text* will be at most, whichever of the usual system fonts shows it."""
    units = sum(_WIDTHS.get(c, _WIDE if unicodedata.east_asian_width(c) in "WF" else _OTHERS) for c in text)
    return units / 1000 * FONT_SIZE * _OTHER_FONTS * (_BOLD if bold else 1)


def shortened(text: str, width: float, *, bold: bool = False) -> str:
    """*text*, cut off with an ellipsis where it is wider than *width*."""
    if text_width(text, bold=bold) <= width:
        return text
    while text and text_width(text + "…", bold=bold) > width:
        text = text[:-1].rstrip()
    return text + "…"
