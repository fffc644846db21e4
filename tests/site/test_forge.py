"""Links into the forge: each forge's own addresses, and text that stays text."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.site.forge import Forge

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


@given(st.text(), st.text())
def test_title_and_body_of_a_report_arrive_as_they_are(title: str, body: str) -> None:
    link = urlsplit(Forge("https://github.com/o/r", "main").report(title, body, "record"))
    fields = parse_qs(link.query, keep_blank_values=True)
    assert link.fragment == ""
    assert fields.get("title", [""]) == [title]
    assert fields.get("body", [""]) == [body]
    assert fields["labels"] == ["record"]
