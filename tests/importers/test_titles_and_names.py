"""Titles and names that somebody wrote carelessly, or to keep the reader busy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.author_fields import bibtex_authors
from catalog.importers.text import (
    Authors,
    clean_name,
    clean_title,
    on_braces,
    parse_authors,
)
from catalog.names import family_name, is_group

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
        ("Token\tPruning\u200b of \ufeffModels\u200c", "Token Pruning of Models"),
        ("کاهش توکن\u200cها", "کاهش توکن\u200cها"),
        ("क्\u200dष: {Tokens} \\& 👩\u200d💻", "क्\u200dष: Tokens & 👩\u200d💻"),
    ],
)
def test_a_formula_stands_between_two_dollar_signs(title: str, text: str) -> None:
    assert clean_title(title) == text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("<i>Acropora</i>-dominated reefs (<em>A. palmata</em>)", "Acropora-dominated reefs (A. palmata)"),
        ("<jats:italic>p</jats:italic>CO<sub>2</sub> and pH<sub>T</sub>", "pCO₂ and pHT"),
        ("One<br>Two <a href='x'>Three</a>", "One Two Three"),
        ("Depths < 30 m and > 10 m", "Depths < 30 m and > 10 m"),
        (r"$\delta^{13}$C at $10^{-3}$ and 5$^\circ$C: $x_{12}$", "δ¹³C at 10⁻³ and 5°C: x₁₂"),
    ],
)
def test_tags_leave_words_whole_and_what_is_no_tag_stays(title: str, text: str) -> None:
    assert clean_title(title) == text


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Davis, Jr., Sammy and Chen, Liang", ("Sammy Davis Jr.", "Liang Chen")),
        ("Davis, Sammy, Jr. and Chen, Liang", ("Sammy Davis Jr.", "Liang Chen")),
        ("Sammy Davis, Jr., Liang Chen and Bo Li.", ("Sammy Davis Jr.", "Liang Chen", "Bo Li")),
        ("Liang Chen and Sammy Davis Jr.", ("Liang Chen", "Sammy Davis Jr.")),
        ("Chen, Liang and Google Research", ("Liang Chen", "Google Research")),
        ("Chen, Liang and OpenAI", ("Liang Chen", "OpenAI")),
        ("Chen, Liang and {Simon and Schuster}", ("Liang Chen", "Simon and Schuster")),
        ("Chen, Liang and Bo Li", ("Liang Chen", "Bo Li")),
        ("王, 小明 and Chen, Liang", ("王小明", "Liang Chen")),
        ("王小明, 李 四", ("王小明", "李 四")),
        ("王小明, 李四, 山田太郎", ("王小明", "李四", "山田太郎")),
        ("王小明，李四、山田太郎", ("王小明", "李四", "山田太郎")),
        ("محمد علي، أحمد حسن", ("محمد علي", "أحمد حسن")),
        ("van der Maaten, Laurens J. and Qwen Team", ("Laurens J. van der Maaten", "Qwen Team")),
        ("{van der Maaten}, Laurens J. and Bo, Ada", ("Laurens J. van der Maaten", "Ada Bo")),
        ("Yuang Li, Yu Wu and Qwen Team", ("Yuang Li", "Yu Wu", "Qwen Team")),
        ("Ada Bo, Xuefeng, Chen Da and Eva Fu", ("Ada Bo", "Xuefeng", "Chen Da", "Eva Fu")),
    ],
)
def test_each_part_of_a_line_is_read_as_it_is_written(line: str, names: tuple[str, ...]) -> None:
    authors = parse_authors(line)
    assert (authors.names, authors.complete, authors.doubtful) == (names, True, False)


@pytest.mark.parametrize(
    "line",
    [
        "Xuefeng, Ada Bo and Chen Da",
        "王小明, 李四",
        "山田, 太郎",
        "Chen, L., Wu, B., Xu, Y.",
        "Kim, H. W., Chen, L. Q.",
        "Ada Bo, Chen Da, Eva Fu and Chen, Liang",
        "Chen, Yilong and Wang, Guoxia and Liu, Tingwen an Wang, Shuohuan and Wu, Hua",
        "Di Wu, Bo Li",
    ],
)
def test_a_line_that_may_name_others_is_doubtful(line: str) -> None:
    assert parse_authors(line).doubtful


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ben Smith, Anna Li", ("Ben Smith", "Anna Li")),
        ("Di Wu, Bo Li and Al Gore", ("Di Wu", "Bo Li", "Al Gore")),
        ("Di Carlo, Maria", ("Maria Di Carlo",)),
        ("Ben Salah, M. Ali", ("M. Ali Ben Salah",)),
        ("Bo, Ada and Di Carlo, Maria Rosa", ("Ada Bo", "Maria Rosa Di Carlo")),
        ("Van Gogh, Vincent Willem", ("Vincent Willem Van Gogh",)),
    ],
)
def test_a_particle_that_is_a_given_name_too_begins_the_first_of_two_names(
    line: str, names: tuple[str, ...]
) -> None:
    assert parse_authors(line).names == names


def may_be_given(word: str) -> bool:
    """Whether it is neither a group's last word nor a particle."""
    return not is_group(f"X {word}") and family_name(f"X {word} Y") == "Y"


WORDS = st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True).filter(may_be_given)
PEOPLE = st.lists(
    st.tuples(WORDS, WORDS, st.sampled_from(["", "", "Jr.", "III"])), min_size=2, max_size=6, unique=True
)


@given(PEOPLE)
def test_names_are_the_same_whichever_way_round_they_are_written(people: list[tuple[str, str, str]]) -> None:
    names = tuple(" ".join(filter(None, person)) for person in people)
    inverted = (", ".join(filter(None, (family, suffix, given))) for given, family, suffix in people)
    assert parse_authors(" and ".join(inverted)).names == names
    assert parse_authors(", ".join(names)).names == names
    assert parse_authors(f"{', '.join(names[:-1])} and {names[-1]}").names == names
    assert not parse_authors(", ".join(names)).doubtful


@pytest.mark.parametrize("read", [parse_authors, bibtex_authors])
def test_of_a_name_that_only_braces_hold_together_it_is_said(read: Callable[[str], Authors]) -> None:
    authors = read("{Google DeepMind} and {Qwen Team} and {OpenAI} and {van der Maaten}, Laurens")
    assert authors.names == ("Google DeepMind", "Qwen Team", "OpenAI", "Laurens van der Maaten")
    assert authors.undivided == ("Google DeepMind",)
    assert "'Google DeepMind'" in on_braces("Google DeepMind")
    assert "'DeepMind, Google'" in on_braces("Google DeepMind")
