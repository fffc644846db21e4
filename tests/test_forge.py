"""Links into the forge: each forge's own addresses, and text that stays text."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.forge import FORM, Forge
from catalog.github.forms import FOLDER
from tests.github.conftest import form_named

PATH = "papers/2024/fastv.yaml"


@pytest.mark.parametrize(
    ("repository", "edit", "commit"),
    [
        ("https://github.com/o/r", f"/edit/main/{PATH}", "/commit/abc"),
        ("https://gitlab.example.org/g/r/", f"/-/edit/main/{PATH}", "/-/commit/abc"),
        ("https://codeberg.org/o/r.git", f"/_edit/main/{PATH}", "/commit/abc"),
    ],
)
def test_every_forge_has_addresses_of_its_own(repository: str, edit: str, commit: str) -> None:
    forge = Forge(repository, "main")
    base = repository.rstrip("/").removesuffix(".git")
    assert forge.file("edit", PATH) == base + edit
    assert forge.commit("abc") == base + commit


def test_a_branch_with_a_slash_stays_a_path() -> None:
    assert Forge("https://github.com/o/r", "feature/x y").file("tree", "papers") == (
        "https://github.com/o/r/tree/feature/x%20y/papers"
    )


def test_a_correction_is_the_form_that_the_repository_has() -> None:
    form = form_named("correct-record")
    assert Path(FORM) == FOLDER / f"{form.name}.yml"
    link = urlsplit(Forge("https://github.com/o/r", "main", has_form=True).correction("fast-v") or "")
    fields = parse_qs(link.query)
    assert fields.pop("template") == [Path(FORM).name]
    assert fields == {"title": ["Correct: fast-v"], "record": ["fast-v"]}
    assert "record" in form.labels


def test_a_paper_is_added_by_the_form_that_the_repository_has() -> None:
    link = urlsplit(Forge("https://github.com/o/r.git", "main", has_form=True).addition or "")
    assert link.path == "/o/r/issues/new"
    assert parse_qs(link.query) == {"template": [f"{form_named('add-paper').name}.yml"]}


@pytest.mark.parametrize(
    ("repository", "has_form"), [("https://gitlab.com/o/r", True), ("https://github.com/o/r", False)]
)
def test_elsewhere_there_is_no_form(repository: str, has_form: bool) -> None:
    forge = Forge(repository, "main", has_form)
    assert forge.correction("fast-v") is None
    assert forge.addition is None


@pytest.mark.parametrize(
    ("repository", "new"),
    [
        ("https://github.com/o/r", "/issues/new/choose"),
        ("https://gitlab.example.org/g/r", "/-/issues/new"),
        ("https://codeberg.org/o/r", "/issues/new"),
    ],
)
def test_an_issue_is_begun_where_the_forge_has_its_page_for_it(repository: str, new: str) -> None:
    assert Forge(repository, "main").new_issue == repository + new


@given(st.text(), st.text())
def test_title_and_body_of_a_report_arrive_as_they_are(title: str, body: str) -> None:
    link = urlsplit(Forge("https://github.com/o/r", "main").report(title, body, "record"))
    fields = parse_qs(link.query, keep_blank_values=True)
    assert link.fragment == ""
    assert fields.get("title", [""]) == [title]
    assert fields.get("body", [""]) == [body]
    assert fields["labels"] == ["record"]
