"""Which part of a name is the family name, and by what two spellings of a name are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.names import family_key, family_name, family_parts, is_undivided

WORDS = st.from_regex(r"[A-Z][a-z]{3,8}", fullmatch=True).filter(lambda word: not is_undivided(f"X {word}"))


def test_a_family_name_has_its_particles_and_not_its_suffix() -> None:
    assert [family_name(n) for n in ("Ada van Bo", "Ada Bo III", "Bo")] == ["van Bo", "Bo", "Bo"]


@pytest.mark.parametrize("name", ["Qwen Team", "Google Research", "Meta AI", "Simon and Schuster", "OpenAI"])
def test_the_name_of_a_group_is_not_divided(name: str) -> None:
    assert family_parts(name) == ("", name, "")


@given(WORDS, WORDS, st.sampled_from(["Jr.", "Jr", "Sr.", "II", "III"]))
def test_a_suffix_makes_no_other_person(given_name: str, family: str, suffix: str) -> None:
    name = f"{given_name} {family}"
    assert family_key(f"{name} {suffix}") == family_key(name) == family.lower()


@pytest.mark.parametrize("name", ["Laurens van der Maaten", "L. Van Der Maaten", "Maaten", "Laurens MAATEN"])
def test_names_are_compared_without_particles_and_case(name: str) -> None:
    assert family_key(name) == "maaten"


def test_two_of_one_suffix_are_not_one_family() -> None:
    assert family_key("Robert Downey Jr.") != family_key("Sammy Davis Jr.")
    assert family_key("Qwen Team") != family_key("Gemma Team")
