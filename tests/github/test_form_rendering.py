"""Issue forms as they are rendered: they offer what the catalogue has, and are YAML whatever it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.github.rendering import render_forms
from catalog.github.values import fields_of
from catalog.vocabulary import TERM_FILES
from catalog.wording import Labels
from tests.conftest import REPOSITORY

TEMPLATES = REPOSITORY / "site_templates"
FIELDS = fields_of(Labels())
MENUS = ("domain", "setting", "task", "criterion", "mechanism", "training")

Forms = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture
def forms(mini: Path) -> Forms:
    """What the forms of the small catalogue hold, as it is by then: by name."""
    (mini / ".github").mkdir()

    def load() -> dict[str, dict[str, Any]]:
        rendered = render_forms(Catalogue.load(mini), TEMPLATES)
        return {Path(name).stem: yaml.safe_load(text) for name, text in rendered.items()}

    return load


def options(form: dict[str, Any]) -> dict[str, list[str]]:
    """What each menu of the form offers, by the field's id."""
    return {part["id"]: part["attributes"]["options"] for part in form["body"] if part["type"] == "dropdown"}


def settable(form: dict[str, Any]) -> set[str]:
    """What the form has a place of its own for, and what its menu of fields offers."""
    own = {part["attributes"].get("label") for part in form["body"]}
    assert not own & set(options(form)["field"])
    return own | set(options(form)["field"])


def test_a_correction_may_be_of_any_field(forms: Forms) -> None:
    assert set(FIELDS) <= settable(forms()["correct-record"])


def test_a_form_offers_the_terms_of_the_vocabulary(forms: Forms, mini: Path) -> None:
    vocabulary = Catalogue.load(mini).vocabulary
    assert options(forms()["add-paper"]) == {
        field: [term.label for term in vocabulary[field].values()] for field in MENUS
    }


def test_a_form_calls_fields_as_the_catalogue_does(forms: Forms, mini: Path) -> None:
    with (mini / "papers" / "catalogue.yaml").open("a") as config:
        config.write("labels: {criterion: Objective, venue: Published at, kind: Sort}\n")
    add, correct = forms()["add-paper"], forms()["correct-record"]
    label = {part.get("id"): part["attributes"].get("label") for part in [*add["body"], *correct["body"]]}
    assert (label["criterion"], label["venue"]) == ("Objective", "Published at")
    assert {"Objective", "Sort"} <= set(options(correct)["field"])
    assert not {"Criterion", "Venue"} & settable(correct)


@pytest.mark.parametrize("field", [field for field in MENUS if field != "training"])
def test_a_field_without_terms_is_left_out_until_it_has_some(forms: Forms, mini: Path, field: str) -> None:
    file = mini / "papers" / "vocabulary" / TERM_FILES[field]
    terms = file.read_text()
    before = forms()
    file.write_text("{}\n")
    without = forms()
    assert options(without["add-paper"]).keys() == set(MENUS) - {field}
    assert set(FIELDS) - settable(without["correct-record"]) == {
        name for name in FIELDS if FIELDS[name].path == (field,)
    }
    file.write_text(terms)
    assert forms() == before


def test_whatever_terms_are_called_they_are_offered_as_text(forms: Forms, mini: Path) -> None:
    odd = ["yes", "3", "a: b", "#c", '"d"', "é {{ f }}", "[g]", "- h", "'i", "🧠 j", "\\k"]
    terms = {f"term-{number}": {"label": label, "definition": "Odd."} for number, label in enumerate(odd)}
    (mini / "papers" / "vocabulary" / "settings.yaml").write_text(yaml.safe_dump(terms, sort_keys=False))
    assert options(forms()["add-paper"])["setting"] == odd


def test_examples_are_the_catalogue_s_own(forms: Forms) -> None:
    (record, *_), (paper, *_) = (forms()[name]["body"] for name in ("correct-record", "add-paper"))
    assert record["attributes"]["placeholder"] == "fastv"
    assert paper["attributes"]["placeholder"] == "2403.06764"


def test_a_catalogue_that_is_not_on_github_has_no_forms(mini_catalogue: Catalogue) -> None:
    assert render_forms(mini_catalogue, TEMPLATES) == {}


def test_a_template_that_gives_no_yaml_is_named_and_the_line_of_what_it_gave(
    mini: Path, tmp_path: Path
) -> None:
    (mini / ".github").mkdir()
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "bug.yml.j2").write_text("name: Bug\nbody: [\n")
    with pytest.raises(CatalogError, match=r"forms/bug\.yml\.j2: line 2 of the form .* is never closed"):
        render_forms(Catalogue.load(mini), tmp_path)
