"""Pictures that are shown where a paper's page is shared: title, authors, venue and the two stages.

Drawn at build time with the site's own typeface, about 7 ms each, and kept between builds under a
digest of all that they show.  Pages name them by their whole address, so that there are none for a
site without one.  Above :data:`MOST` papers every page shows the site's card: 20,000 of their own
would cost more than everything else together.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.bibtex import appeared
from catalog.catalogue import Catalogue
from catalog.colours import Colours, read_colours
from catalog.optional import needed
from catalog.parallel import map_chunks
from catalog.record import Paper
from catalog.site.caching import oldest_first
from catalog.site.views import first_authors

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

MOST = 2_000
"""Papers up to which each has a card of its own."""
KEPT = 10_000
"""Cards that the cache holds; of more, the oldest are deleted."""
SITE_CARD = "cards/site.png"

WIDTH, HEIGHT, MARGIN = 1200, 630, 76
TITLE_SIZES = (70, 62, 54, 47, 41)
TITLE_LINES = 4
TEXT_SIZE = 32
LONGEST = 400
"""Characters of a text that are measured; no card has room for more."""
_SERIF = "fonts/source-serif-4-latin-wght-normal.woff2"
_SANS = "fonts/source-sans-3-latin-wght-normal.woff2"

_MARK = "mark.png"
_MARK_SIZE = 34
_FIRST_SHADE = 16
"""Entry of the palette at which shades of ink begin, for text; before it are those of the accent."""


@dataclass(frozen=True)
class Card:
    """What one card says; empty lines are left out."""

    path: str
    over: str
    title: str
    first: str
    second: str
    site: str


def card_files(
    catalogue: Catalogue, templates: Path, folder: Path
) -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    """Addresses of cards by paper's id, that of the site under ``""``, and the files.

    Parameters
    ----------
    folder : where cards are kept between builds

    Raises
    ------
    CatalogError : Pillow is not installed, or damaged
    """
    if not catalogue.config.base_url:
        return {}, {}
    needed("PIL.Image", "the site", "site")
    papers = catalogue.papers if len(catalogue) <= MOST else ()
    cards = {paper.id: card for paper in papers if _has_letters(card := _card_of(paper, catalogue))}
    config = catalogue.config
    cards[""] = Card(SITE_CARD, "", config.title, config.tagline, "", "")
    pictures = _from_cache(list(cards.values()), templates / "assets", folder)
    return {key: card.path for key, card in cards.items()}, pictures


def _card_of(paper: Paper, catalogue: Catalogue) -> Card:
    vocabulary = catalogue.vocabulary
    stages = [
        ", ".join(vocabulary.label(field, key) for key in getattr(paper, field) or ())
        for field in ("criterion", "mechanism")
    ]
    return Card(
        path=f"cards/{paper.id}.png",
        over=paper.name or "",
        title=paper.title,
        first=" · ".join(
            part for part in (first_authors(paper.authors), appeared(paper, vocabulary)) if part
        ),
        second=" › ".join(stage for stage in stages if stage),
        site=catalogue.config.title,
    )


def _has_letters(card: Card) -> bool:
    """Whether the typeface has all letters of the card; the site's card is better than boxes."""
    return all(ord(c) < 0x100 or c in "–—‘’“”•…›ŒœŠšŽž" for c in "".join(astuple(card)))


# --------------------------------------------------------------------------------- between builds


@dataclass(frozen=True)
class _Job:
    card: Card
    assets: Path
    kept: Path


def _from_cache(cards: Sequence[Card], assets: Path, folder: Path) -> dict[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    kind = _kind(assets)
    jobs = [_Job(card, assets, folder / f"{_digest(kind, card)}.png") for card in cards]
    missing = [job for job in jobs if not job.kept.is_file()]
    map_chunks(_draw_all, missing, worth_a_pool=200)
    pictures = {job.card.path: job.kept.read_bytes() for job in jobs}
    _forget_old(folder)
    return pictures


def _kind(assets: Path) -> bytes:
    """Of everything but the text that a picture depends on."""
    import PIL

    digest = hashlib.blake2b(PIL.__version__.encode() + Path(__file__).read_bytes(), digest_size=16)
    for name in (_SERIF, _SANS, _MARK):
        digest.update((assets / name).read_bytes())
    digest.update(repr(sorted(read_colours(assets.parent, "light").items())).encode())
    return digest.digest()


def _digest(kind: bytes, card: Card) -> str:
    return hashlib.blake2b(kind + "\0".join(astuple(card)).encode(), digest_size=16).hexdigest()


def _draw_all(jobs: Sequence[_Job]) -> list[None]:
    for job in jobs:
        # In one step, so that a build that is killed leaves no half picture behind.
        unfinished = job.kept.with_suffix(f".{secrets.token_hex(4)}")
        unfinished.write_bytes(draw(job.card, job.assets))
        unfinished.replace(job.kept)
    return [None] * len(jobs)


def _forget_old(folder: Path) -> None:
    for path in oldest_first(folder.iterdir())[:-KEPT]:
        path.unlink(missing_ok=True)


# ---------------------------------------------------------------------------------------- drawing


def draw(card: Card, assets: Path) -> bytes:
    """The card as a PNG."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 15, HEIGHT), fill=0)
    right = WIDTH - MARGIN
    y: float = MARGIN - 6
    if card.over:
        large = _font(assets, _SANS, 40, 650)
        y = _line(pen, cut_to_width(card.over, large, right - MARGIN), y, large) + 10
    font, lines = _fitted(_shortened(card.title), right - MARGIN, assets)
    for line in lines:
        y = _line(pen, line, y, font)
    bottom: float = HEIGHT - MARGIN - 2 * TEXT_SIZE * 1.4 + 14
    small = _font(assets, _SANS, TEXT_SIZE, 430)
    room = right - MARGIN - 230 * bool(card.site)
    for text in (card.first, card.second):
        if text:
            bottom = _line(pen, cut_to_width(text, small, room), bottom, small)
    if card.site:
        _sign(picture, card.site, assets)
    picture = picture.convert("P")
    picture.putpalette(_palette(read_colours(assets.parent, "light")))
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def _palette(colours: Colours) -> list[int]:
    ground, ink, accent = (_rgb(colours[name]) for name in ("ground", "ink", "accent"))
    return [*_shades(accent, ground, _FIRST_SHADE), *_shades(ink, ground, 256 - _FIRST_SHADE)]


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _shades(colour: Sequence[int], ground: Sequence[int], count: int) -> Iterator[int]:
    """Red, green and blue of *count* colours from the one to the other."""
    for step in range(count):
        for own, other in zip(colour, ground, strict=True):
            yield round(own + (other - own) * step / (count - 1))


@cache
def _font(assets: Path, name: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    # The plain layout gives the same picture whether or not a shaping library is installed.
    font = ImageFont.truetype(assets / name, size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def _line(pen: ImageDraw.ImageDraw, text: str, y: float, font: Any) -> float:
    """Write a line; where the next one begins."""
    pen.text((MARGIN, y), text, font=font, fill=_FIRST_SHADE)
    return y + float(font.size) * 1.24


def _fitted(title: str, width: float, assets: Path) -> tuple[Any, list[str]]:
    """The largest size in which the title fits, and its lines; in the smallest it is cut off."""
    for size in TITLE_SIZES:
        font = _font(assets, _SERIF, size, 650)
        lines = list(_wrapped(title, font, width))
        if len(lines) <= TITLE_LINES:
            return font, lines
    return font, [*lines[: TITLE_LINES - 1], cut_to_width(" ".join(lines[TITLE_LINES - 1 :]), font, width)]


def _wrapped(text: str, font: Any, width: float) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def cut_to_width(text: str, font: Any, width: float) -> str:
    """*text*, or as much of its beginning as *font* writes within *width* together with an ellipsis.

    No more than :data:`LONGEST` characters are looked at.
    """
    text = _shortened(text)
    if font.getlength(text) <= width:
        return text
    cut = [f"{text[:length].rstrip()}…" for length in range(len(text))]
    fitting = bisect_right(cut, width, key=font.getlength)
    return cut[max(0, fitting - 1)]


def _sign(picture: Image.Image, site: str, assets: Path) -> None:
    """The catalogue's mark, in the accent's colour, and name, at the lower right."""
    from PIL import Image, ImageDraw

    font = _font(assets, _SERIF, 26, 650)
    left, top = round(WIDTH - MARGIN - font.getlength(site)), HEIGHT - MARGIN - 26
    ImageDraw.Draw(picture).text((left, top - 4), site, font=font, fill=_FIRST_SHADE)
    with Image.open(assets / _MARK) as mark:
        drawn = mark.convert("RGBA").getchannel("A").resize((_MARK_SIZE, _MARK_SIZE))
    shades = drawn.point([round((_FIRST_SHADE - 1) * (1 - level / 255)) for level in range(256)])
    picture.paste(shades, (left - _MARK_SIZE - 12, top), drawn.point([0] + [255] * 255))
