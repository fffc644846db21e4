"""Names of people as BibTeX writes them, and back."""

from __future__ import annotations

import pytest
from hypothesis import given

from catalog.bibtex import join_names, split_names
from tests.bibtex.papers import NAMES


@pytest.mark.parametrize(
    ("name", "bibtex"),
    [
        ("Liang Chen", "Chen, Liang"),
        ("Cheng-Yang Fu", "Fu, Cheng-Yang"),
        ("Hyunwoo J. Kim", "Kim, Hyunwoo J."),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Benjamin Van Durme", "Van Durme, Benjamin"),
        ("Cecilia De La Parra", "De La Parra, Cecilia"),
        ("Anh Van Nguyen", "Nguyen, Anh Van"),
        ("Van Nguyen", "Nguyen, Van"),
        ("Sammy Davis Jr.", "Davis, Jr., Sammy"),
        ("Jörg Šimek", '{\\v{S}}imek, J{\\"o}rg'),
        ("Xavier Giró-i-Nieto", "Gir{\\'o}-{i}-Nieto, Xavier"),
        ("Mark Hasegawa-Johnson", "Hasegawa-Johnson, Mark"),
        ("OpenAI", "{OpenAI}"),
        ("陈亮", "{陈亮}"),
        ("Qwen Team", "{Qwen Team}"),
        ("Google Research", "{Google Research}"),
        ("Mistral AI", "{Mistral AI}"),
        ("Simon and Schuster", "{Simon and Schuster}"),
    ],
)
def test_a_name_is_written_family_first_and_comes_back(name: str, bibtex: str) -> None:
    assert join_names([name]) == bibtex
    assert split_names(bibtex) == [name]


def test_a_suffix_may_stand_behind_either_comma() -> None:
    assert split_names("Davis, Jr., Sammy and Davis, Sammy, Jr.") == ["Sammy Davis Jr."] * 2


def test_names_are_split_at_and_outside_of_braces_only() -> None:
    assert split_names("A B and\n  {C and D} and E, F and others") == ["A B", "C and D", "F E", "others"]
    assert split_names("Alexander Brandt and Roland And") == ["Alexander Brandt", "Roland And"]


@given(NAMES)
def test_any_names_survive_the_way_through_bibtex(names: list[str]) -> None:
    assert split_names(join_names(names)) == names
