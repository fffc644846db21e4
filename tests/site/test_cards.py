"""Cards: one for each paper while they are few, the same bytes each time, never boxes for letters."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.site import cards
from catalog.site.cards import HEIGHT, LONGEST, SITE_CARD, WIDTH, Card, card_files, cut_to_width, draw

TEMPLATES = Path(__file__).parents[2] / "site_templates"
LONG = "An Uncommonly Long Title That No Card Can Hold in Its Largest Size, " * 5


def _card(**fields: str) -> Card:
    return Card(**{"path": "", "over": "", "title": "T", "first": "", "second": "", "site": "", **fields})


@pytest.mark.parametrize("title", ["T", "Token Merging: Your ViT But Faster", LONG, "x" * 400])
def test_a_card_has_the_size_that_is_promised_and_a_margin(title: str) -> None:
    picture = Image.open(io.BytesIO(draw(_card(title=title, site="Mini"), TEMPLATES / "assets")))
    assert picture.size == (WIDTH, HEIGHT)
    grey = picture.convert("L")
    darkest, _ = grey.crop((WIDTH - 40, 0, WIDTH, HEIGHT)).getextrema()
    written, _ = grey.crop((60, 0, WIDTH, HEIGHT)).getextrema()
    assert darkest > 240 or title.startswith("xxx"), "one word without end may reach the edge"
    assert written < 60, "something is written"


class _Typewriter:
    """A typeface whose letters are one wide; it counts how much it has measured."""

    def __init__(self) -> None:
        self.measured = 0

    def getlength(self, text: str) -> int:
        self.measured += len(text)
        return len(text)


@given(st.text("ab ", max_size=40), st.integers(1, 40))
def test_a_text_that_is_too_wide_is_cut_where_the_room_ends(text: str, width: int) -> None:
    cut = cut_to_width(text, _Typewriter(), width)
    if len(text) <= width:
        assert cut == text
    else:
        assert len(cut) <= width
        assert cut == f"{text[: width - 1].rstrip()}…"


def test_a_text_without_end_is_not_measured_to_its_end() -> None:
    once, twice = _Typewriter(), _Typewriter()
    assert cut_to_width("Word " * 10_000, once, 50) == cut_to_width("Word " * 20_000, twice, 50)
    assert once.measured == twice.measured < 50 * LONGEST


def test_a_title_without_end_is_drawn_as_its_beginning() -> None:
    endless, long = (draw(_card(title="Word " * n), TEMPLATES / "assets") for n in (20_000, 200))
    assert endless == long
    assert endless != draw(_card(title="Word " * 20), TEMPLATES / "assets")


def test_a_name_without_end_keeps_off_the_margin() -> None:
    picture = Image.open(io.BytesIO(draw(_card(over="Name " * 50), TEMPLATES / "assets"))).convert("L")
    darkest, _ = picture.crop((WIDTH - 40, 0, WIDTH, HEIGHT)).getextrema()
    assert darkest > 240


def test_the_same_card_is_the_same_bytes() -> None:
    card = _card(title="Été", over="Name", first="A · B", second="C › D", site="Mini")
    assert draw(card, TEMPLATES / "assets") == draw(card, TEMPLATES / "assets")


def test_every_paper_has_a_card_and_so_has_the_site(mini_catalogue: Catalogue, tmp_path: Path) -> None:
    addresses, files = card_files(mini_catalogue, TEMPLATES, tmp_path)
    assert addresses["fastv"] == "cards/fastv.png"
    assert addresses[""] == SITE_CARD
    assert set(files) == set(addresses.values())


def test_a_damaged_pillow_is_told_in_words(
    mini_catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(_: str) -> None:
        raise ImportError("libjpeg.so: cannot open shared object file")

    monkeypatch.setattr("catalog.optional.import_module", damaged)
    with pytest.raises(
        CatalogError, match=r"the site needs the library PIL, which cannot be imported \(libjpeg"
    ):
        card_files(mini_catalogue, TEMPLATES, tmp_path)


def test_cards_are_drawn_once_and_kept(
    mini_catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before = card_files(mini_catalogue, TEMPLATES, tmp_path)
    drawn: list[str] = []
    monkeypatch.setattr(cards, "draw", lambda card, _: drawn.append(card.title) or b"new")
    changed = mini_catalogue["fastv"].model_copy(update={"title": "Changed"})
    papers = tuple(changed if paper.id == "fastv" else paper for paper in mini_catalogue.papers)
    _, after = card_files(replace(mini_catalogue, papers=papers), TEMPLATES, tmp_path)
    assert drawn == ["Changed"]
    assert after == {**before, "cards/fastv.png": b"new"}


def test_a_picture_that_another_build_takes_away_meanwhile_is_no_error(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")  # is listed, and not there when it is looked at
    _, files = card_files(mini_catalogue, TEMPLATES, tmp_path)
    assert "cards/fastv.png" in files


def test_of_many_papers_none_has_a_card_of_its_own(
    mini_catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "MOST", 3)
    addresses, _ = card_files(mini_catalogue, TEMPLATES, tmp_path)
    assert addresses == {"": SITE_CARD}


def test_a_title_in_letters_that_the_typeface_lacks_gets_the_site_s_card(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    papers = (mini_catalogue["fastv"].model_copy(update={"title": "视觉"}),)
    addresses, _ = card_files(replace(mini_catalogue, papers=papers), TEMPLATES, tmp_path)
    assert "fastv" not in addresses


def test_without_a_published_address_there_are_no_cards(mini_catalogue: Catalogue, tmp_path: Path) -> None:
    config = mini_catalogue.config.model_copy(update={"base_url": None})
    assert card_files(replace(mini_catalogue, config=config), TEMPLATES, tmp_path) == ({}, {})


def test_pages_name_their_cards_by_whole_addresses(mini_site: Path) -> None:
    paper = (mini_site / "papers" / "fastv" / "index.html").read_text(encoding="utf-8")
    terms = (mini_site / "terms" / "index.html").read_text(encoding="utf-8")
    assert '<meta property="og:image" content="https://example.org/mini/cards/fastv.png">' in paper
    assert '<meta property="og:image" content="https://example.org/mini/cards/site.png">' in terms
    assert (mini_site / "cards" / "fastv.png").read_bytes().startswith(b"\x89PNG")


def test_a_card_has_the_colours_of_the_style_sheet_and_the_catalogue_s_own_mark(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for path in (TEMPLATES / "assets").iterdir():
        (assets / path.name).symlink_to(path)
    (assets / "colours.css").unlink()
    sheet = (TEMPLATES / "assets" / "colours.css").read_text(encoding="utf-8")
    (assets / "colours.css").write_text(
        sheet.replace("--accent: light-dark(#0b5c60", "--accent: light-dark(#ff0000")
    )
    (assets / "mark.png").unlink()
    Image.new("RGBA", (10, 10), (0, 0, 255, 255)).save(assets / "mark.png")
    before = Image.open(io.BytesIO(draw(_card(site="Mini"), TEMPLATES / "assets"))).convert("RGB")
    after = Image.open(io.BytesIO(draw(_card(site="Mini"), assets))).convert("RGB")
    assert (before.getpixel((5, 5)), after.getpixel((5, 5))) == ((11, 92, 96), (255, 0, 0))
    assert {colour: count for count, colour in after.getcolors()}[255, 0, 0] == 16 * HEIGHT + 34 * 34
