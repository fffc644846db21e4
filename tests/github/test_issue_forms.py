"""Issue forms: whatever is filled in is read back as it is, and nothing else is taken for a form."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.github.forms import MAX_CHARACTERS, FormError, read_answers, recognise
from tests.github.conftest import filled, form_named

ADD = form_named("add-paper")
CORRECT = form_named("correct-record")
ANY_FORM = st.sampled_from([ADD, CORRECT])
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="#`~\r")).map(str.strip)


@given(ANY_FORM, st.data())
def test_what_is_filled_in_is_read_back(form, data) -> None:
    answers = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(form.labels, WORDS)))
    expected = {key: answer for key, answer in answers.items() if answer not in ("", "None")}
    assert read_answers(filled(form, **answers), form) == expected


@given(st.text(), ANY_FORM)
def test_no_text_does_more_than_be_refused(text, form) -> None:
    for whole in (text, filled(form, value=text, summary=text)):
        with suppress(FormError):
            assert set(read_answers(whole, form)) <= set(form.labels)


def test_a_form_is_recognised_by_its_first_heading() -> None:
    forms = [ADD, CORRECT]
    assert recognise(filled(ADD, paper="2403.06764"), forms) is ADD
    assert recognise("\r\n" + filled(CORRECT), forms) is CORRECT
    assert recognise("I like this list!", forms) is None
    assert recognise("", forms) is None


def test_lines_may_end_as_a_browser_sends_them() -> None:
    text = filled(ADD, paper="2403.06764").replace("\n", "\r\n")
    assert read_answers(text, ADD) == {"paper": "2403.06764"}


def test_the_fence_around_a_field_of_code_is_not_part_of_the_answer() -> None:
    text = filled(ADD, bibtex="```bibtex\n@misc{a, title={T}}\n```")
    assert read_answers(text, ADD) == {"bibtex": "@misc{a, title={T}}"}


def test_a_heading_inside_code_is_part_of_the_answer() -> None:
    text = filled(ADD, bibtex="```bibtex\n### Domain\n```", domain="Vision")
    assert read_answers(text, ADD) == {"bibtex": "### Domain", "domain": "Vision"}


def test_a_fence_that_is_never_closed_ends_with_its_answer() -> None:
    text = filled(CORRECT, record="fastv", value="```bibtex\n@misc{a, title={T}}", source="the paper")
    assert read_answers(text, CORRECT) == {
        "record": "fastv",
        "value": "@misc{a, title={T}}",
        "source": "the paper",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (filled(ADD).replace("### Domain\n", ""), "'### Domain' is missing"),
        (filled(ADD, summary="x\n### Domain\ny"), "'### Domain' is there twice"),
        ("### Setting\n\n" + filled(ADD).replace("### Setting\n", ""), "in another order"),
        ("### " + "x" * MAX_CHARACTERS, "longer than 65,536 characters"),
    ],
)
def test_a_form_whose_headings_were_changed_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(FormError, match=said):
        read_answers(text, ADD)
