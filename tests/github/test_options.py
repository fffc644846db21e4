"""What issue forms offer: the vocabulary's labels, put into the text that somebody wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from catalog.findings import CatalogError
from catalog.github.options import forms_offering
from catalog.vocabulary import Vocabulary
from tests.conftest import REPOSITORY

FORM = """\
# A note on the form.
name: Add a paper
body:
  - type: markdown
    attributes: {value: "Hello"}
  - {id: paper, type: input, attributes: {label: Paper}}
  - type: dropdown
    id: domain
    attributes:
      label: Domain  # whose tokens
      options:
        - Old
        - "Another: old one"   # a note that goes with what it is about
      multiple: true
  - {type: dropdown, id: training, attributes: {label: Training, options: [Old, "Older, too"]}}
  - type: dropdown
    id: task
    attributes: {label: Task, options: []}
  - type: dropdown
    id: mechanism
    attributes:
      label: Mechanism
      options:
  - type: textarea
    id: criterion
    attributes: {label: Criterion}
"""


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary.load(REPOSITORY / "tests" / "mini" / "papers" / "vocabulary")


def offered(tmp_path: Path, text: str, vocabulary: Vocabulary) -> str | None:
    """The form as it is renewed; ``None`` where it is left alone."""
    folder = tmp_path / ".github" / "ISSUE_TEMPLATE"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "add.yml").write_bytes(text.encode())
    return forms_offering(tmp_path, vocabulary).get(".github/ISSUE_TEMPLATE/add.yml")


def labels(vocabulary: Vocabulary, field: str) -> list[str]:
    return [term.label for term in vocabulary[field].values()]


def expected(vocabulary: Vocabulary) -> str:
    domains = "\n".join(f"        - {label}" for label in labels(vocabulary, "domain"))
    old = '        - Old\n        - "Another: old one"   # a note that goes with what it is about'
    flow = {field: f"[{', '.join(labels(vocabulary, field))}]" for field in ("training", "task", "mechanism")}
    text = FORM.replace(old, domains).replace('[Old, "Older, too"]', flow["training"])
    text = text.replace("options: []", f"options: {flow['task']}")
    return text.replace("options:\n  - type", f"options: {flow['mechanism']}\n  - type")


def test_options_are_renewed_and_nothing_else(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = offered(tmp_path, FORM, vocabulary)
    assert text == expected(vocabulary)
    assert offered(tmp_path, text, vocabulary) == text


def test_line_ends_stay_what_they_are(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = offered(tmp_path, FORM.replace("\n", "\r\n"), vocabulary)
    assert text == expected(vocabulary).replace("\n", "\r\n")


def test_labels_that_mean_something_in_yaml_are_quoted(tmp_path: Path, vocabulary: Vocabulary) -> None:
    odd = ["yes", "3", "a: b", "#c", '"d"', "é, f", "[g]", "- h", "'"]
    terms = vocabulary["domain"]
    first = next(iter(terms.values()))
    vocabulary.terms["domain"] = {  # type: ignore[index]
        str(number): first.model_copy(update={"label": label}) for number, label in enumerate(odd)
    }
    text = offered(tmp_path, FORM, vocabulary)
    assert text
    (menu,) = (part for part in yaml.safe_load(text)["body"] if part.get("id") == "domain")
    assert menu["attributes"]["options"] == odd
    assert menu["attributes"]["multiple"] is True


def test_a_vocabulary_without_terms_leaves_a_menu_that_is_filled_later(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    terms = dict(vocabulary["domain"])
    vocabulary.terms["domain"] = {}  # type: ignore[index]
    empty = offered(tmp_path, FORM, vocabulary)
    assert empty
    assert yaml.safe_load(empty)["body"][2]["attributes"]["options"] == []
    vocabulary.terms["domain"] = terms  # type: ignore[index]
    again = offered(tmp_path, empty, vocabulary)
    assert again
    assert yaml.safe_load(again)["body"][2]["attributes"]["options"] == labels(vocabulary, "domain")


WITHOUT_ID = """\
  - type: textarea
    attributes: {label: What happened}
"""
CHECKBOXES = """\
  - type: checkboxes
    id: domain
    attributes:
      label: Domain
      options:
        - label: Vision
          required: true
    validations: {required: true}
"""
BLOCK_SCALAR = """\
  - type: dropdown
    id: domain
    attributes:
      label: Domain
      options:
        - >-
          Old
      multiple: true
"""
ANCHOR = "  - {type: dropdown, id: other, attributes: &a {label: Other, options: [x]}}\n"
WITHOUT_OPTIONS = "  - {type: dropdown, id: domain, attributes: {label: Domain}}\n"


@pytest.mark.parametrize("part", [WITHOUT_ID, CHECKBOXES, BLOCK_SCALAR, ANCHOR, WITHOUT_OPTIONS])
def test_other_forms_and_other_parts_are_nobodys_business(
    tmp_path: Path, vocabulary: Vocabulary, part: str
) -> None:
    assert offered(tmp_path, f"name: Bug\nbody:\n{part}", vocabulary) is None


@pytest.mark.parametrize("text", ["", "name: Bug\n", "- a\n", "body: nothing\n", "body:\n  - just text\n"])
def test_what_is_no_form_is_left_alone(tmp_path: Path, vocabulary: Vocabulary, text: str) -> None:
    assert offered(tmp_path, text, vocabulary) is None


def test_what_is_no_yaml_is_named_with_its_place(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(CatalogError, match=r"add\.yml:2:7: the \[ that opens here is never closed"):
        offered(tmp_path, "name: Add\nbody: [\n", vocabulary)
