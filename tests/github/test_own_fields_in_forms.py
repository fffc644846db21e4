"""A form sets fields that only one catalogue has, and speaks of fields as the catalogue does."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.github.outcome import Outcome
from catalog.github.rendering import render_forms
from catalog.github.requests import handle
from tests.conftest import REPOSITORY
from tests.github.conftest import filled, form_named
from tests.test_own_fields import with_own_field

FASTV = "papers/2024/fastv.yaml"


@pytest.fixture
def own(root: Path) -> Path:
    """The catalogue with a field of its own and with its criterion renamed, and its forms."""
    with (with_own_field(root) / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write("labels: {criterion: GPU signal}\n")
    for name, text in render_forms(Catalogue.load(root), REPOSITORY / "site_templates").items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def correct(root: Path, **answers: str) -> Outcome:
    form = form_named("correct-record", root)
    given = {"record": "fastv", "source": "the paper", **answers}
    outcome = handle(filled(form, **given), 12, root)
    assert outcome is not None
    return outcome


def test_a_correction_sets_a_field_of_the_catalogue_s_own(own: Path) -> None:
    outcome = correct(own, field="Noise model", value="circuit noise, Code capacity")
    rows = outcome.files[FASTV].splitlines()
    assert "noise_model: [circuit-level, code-capacity]" in rows
    assert "  noise_model: the paper" in rows
    assert "| noise model | circuit-level | circuit-level, code-capacity | the paper |" in outcome.answer
    assert outcome.title == "Correct fastv: noise model"
    assert Catalogue.load(own)["fastv"].own == {"noise_model": ("circuit-level", "code-capacity")}


def test_a_correction_may_say_that_there_is_none_or_that_nobody_knows(own: Path) -> None:
    assert "noise_model: []" in correct(own, value="Noise model: none").files[FASTV].splitlines()
    assert "noise_model: null" in correct(own, value="noise_model: unknown").files[FASTV].splitlines()


def test_what_a_term_brings_in_another_field_comes_with_it_and_is_told(own: Path) -> None:
    vocabulary = own / "papers" / "vocabulary" / "keywords.yaml"
    text = vocabulary.read_text(encoding="utf-8")
    brings = "kv-cache: {brings: {noise_model: [code-capacity, none]}, "
    vocabulary.write_text(text.replace("kv-cache: {", brings), encoding="utf-8")
    outcome = correct(own, field="Keywords", value="KV cache")
    assert "noise_model: [circuit-level, code-capacity]" in outcome.files[FASTV].splitlines()
    assert "| noise model | circuit-level | circuit-level, code-capacity |" in outcome.answer


def test_a_term_that_there_is_not_is_refused_by_the_field_s_label(own: Path) -> None:
    said = correct(own, field="Noise model", value="circuit-levl").answer
    assert "is not a known term for the field noise model" in said.replace("\\", "")
    assert "Did you mean 'circuit-level'?" in said.replace("\\", "")


def test_the_table_calls_a_renamed_field_by_its_label(own: Path) -> None:
    outcome = correct(own, field="GPU signal", value="Similarity")
    assert "| GPU signal | attention | similarity | the paper |" in outcome.answer
    assert "\n| criterion |" not in outcome.answer
