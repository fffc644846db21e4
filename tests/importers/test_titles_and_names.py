"""Titles and names that somebody wrote carelessly, or to keep the reader busy."""

from __future__ import annotations

import pytest

from catalog.importers.text import Authors, bibtex_authors, clean_name, clean_title, parse_authors

LONG = 100_000
"""At this size, reading that takes the square of the length would take minutes."""


@pytest.mark.parametrize("begins", ["$", "x$y$z$", "$_", "<sup>1", "x", "&#36;"])
@pytest.mark.parametrize("goes_on", [" ", "*", "-", "; ", ","])
def test_what_is_opened_and_never_closed_is_read_in_a_moment(begins: str, goes_on: str) -> None:
    text = begins + goes_on * LONG
    assert len(clean_title(text)) <= len(text)
    assert len(clean_name(text)) <= len(text)
    assert isinstance(parse_authors(text), Authors)
    assert isinstance(bibtex_authors(text), Authors)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Top-$\n k $ Attention", "Top-k Attention"),
        ("$L_1$ and $ L_2 $", "L₁ and L₂"),
    ],
)
def test_a_formula_stands_between_two_dollar_signs(title: str, text: str) -> None:
    assert clean_title(title) == text


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Bo, Ada ;  and Da, Chen;", ("Ada Bo", "Chen Da")),
        ("{A; B Group}; Da, Chen", ("A; B Group", "Chen Da")),
        ("Bo, Ada and M&uuml;ller, Eva", ("Ada Bo", "Eva M&uuml;ller")),
    ],
)
def test_semicolons_outside_of_braces_divide_names(value: str, names: tuple[str, ...]) -> None:
    assert bibtex_authors(value).names == names
