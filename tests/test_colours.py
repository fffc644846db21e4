"""The style sheet's colours, as pictures read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.colours import SHEET, read_colours
from catalog.findings import CatalogError
from catalog.lists import render_all
from tests.conftest import REPOSITORY

TEMPLATES = REPOSITORY / "site_templates"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Templates of one's own: all the same but for the colours, which are a copy."""
    for path in TEMPLATES.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "assets").unlink()
    (tmp_path / "assets").mkdir()
    (tmp_path / SHEET).write_text((TEMPLATES / SHEET).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def change(templates: Path, old: str, new: str) -> None:
    sheet = templates / SHEET
    text = sheet.read_text(encoding="utf-8")
    assert old in text
    sheet.write_text(text.replace(old, new), encoding="utf-8")


def test_the_two_themes_have_their_own(templates: Path) -> None:
    change(templates, "--accent: light-dark(#0b5c60, #7ccac6)", "--accent: light-dark( #AA0000 ,#ff8888 )")
    assert (read_colours(templates, "light")["accent"], read_colours(templates, "dark")["accent"]) == (
        "#AA0000",
        "#ff8888",
    )


def test_the_readme_s_pictures_follow_the_style_sheet(templates: Path, mini_catalogue: Catalogue) -> None:
    change(templates, "--chart-1: light-dark(#0b7378, #4fb3b0)", "--chart-1: light-dark(#aa0001, #ff8889)")
    outputs = render_all(mini_catalogue, templates)
    assert "#aa0001" in outputs["papers/lists/timeline-light.svg"]
    assert "#ff8889" in outputs["papers/lists/timeline-dark.svg"]


def test_a_colour_that_pictures_lack_is_named_with_its_form(templates: Path) -> None:
    change(templates, "--ink: light-dark(#16201e, #e6ebe8)", "--ink: black")
    with pytest.raises(
        CatalogError, match=r"colours\.css: found no --ink .* --ink: light-dark\(#0b5c60, #7ccac6\)"
    ):
        read_colours(templates, "light")
    (templates / SHEET).unlink()
    with pytest.raises(CatalogError, match="cannot be read"):
        read_colours(templates, "light")
