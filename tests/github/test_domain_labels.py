"""Labels of pull requests: read from their records as data, and only domains that this catalogue knows."""

from __future__ import annotations

import base64
import json

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.github.labels import label_pull_requests
from tests.github.conftest import FakeGh

SHA = "0123456789" * 4


def answers(record: str, labels: list[str], filename: str = "papers/2024/x.yaml") -> dict[str, str | None]:
    start = "api --paginate --slurp repos/{owner}/{repo}/pulls"
    blob = {"encoding": "base64", "size": len(record), "content": base64.b64encode(record.encode()).decode()}
    return {
        f"{start}?": json.dumps([[{"number": 7, "labels": [{"name": name} for name in labels]}]]),
        f"{start}/7/files": json.dumps([[{"filename": filename, "status": "added", "sha": SHA}]]),
        f"api repos/{{owner}}/{{repo}}/git/blobs/{SHA}": json.dumps(blob),
    }


def labelled(gh: FakeGh) -> list[list[str]]:
    return [words for words in gh.asked if words[:2] == ["pr", "edit"]]


def test_a_pull_request_gets_the_domains_of_its_records(mini_catalogue: Catalogue, gh: FakeGh) -> None:
    gh.answer(answers("title: X\ndomain: [vision, language]\n", ["domain: vision"]))
    assert label_pull_requests(mini_catalogue.vocabulary) == {7: ["domain: language"]}
    assert labelled(gh) == [["pr", "edit", "7", "--add-label", "domain: language"]]


@pytest.mark.parametrize(
    ("record", "filename"),
    [
        ("domain: [vision]", "papers/2024/x.txt"),
        ("domain: [vision]", "tests/papers/2024/x.yaml"),
        ("domain: [approved, '$(id)', 7]", "papers/2024/x.yaml"),
        ("domain: vision", "papers/2024/x.yaml"),
        ("domain: [", "papers/2024/x.yaml"),
        ("- vision", "papers/2024/x.yaml"),
        ("domain: [vision] #" + "x" * 70_000, "papers/2024/x.yaml"),
    ],
)
def test_nothing_else_becomes_a_label(
    mini_catalogue: Catalogue, gh: FakeGh, record: str, filename: str
) -> None:
    gh.answer(answers(record, [], filename))
    assert label_pull_requests(mini_catalogue.vocabulary) == {}
    assert labelled(gh) == []


def test_without_pull_requests_there_is_nothing_to_do(mini_catalogue: Catalogue, gh: FakeGh) -> None:
    gh.answer({"api": "[[]]"})
    assert label_pull_requests(mini_catalogue.vocabulary) == {}


def test_a_failure_of_the_forge_is_said(mini_catalogue: Catalogue, gh: FakeGh) -> None:
    gh.answer({"api": None})
    with pytest.raises(CatalogError, match=r"gh api .* failed"):
        label_pull_requests(mini_catalogue.vocabulary)
