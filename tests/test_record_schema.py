"""The schema of a record: editors know what its fields may hold, and mark what would be refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalog.record import FIELDS
from catalog.record_files import parse_record
from catalog.record_schema import json_schema
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI


def test_the_schema_knows_every_field_and_every_term_with_its_definition() -> None:
    schema = json_schema(Vocabulary.load(MINI / "papers" / "vocabulary"))
    properties = schema["properties"]
    assert set(properties) == set(FIELDS)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["title"]
    (terms,) = [part["items"] for part in properties["mechanism"]["anyOf"] if part["type"] == "array"]
    assert terms["enum"] == ["pruning", "merging", "caching"]
    assert terms["markdownEnumDescriptions"][0] == "Tokens are dropped."
    json.dumps(schema)


@pytest.mark.parametrize(
    ("fields", "is_taken"),
    [
        ({"identifiers": {"arxiv": "2403.06764", "doi": "10.1109/CVPR52733.2024.1"}}, True),
        ({"identifiers": {"arxiv": "2403.06764v2"}}, False),
        ({"identifiers": {"doi": "https://doi.org/10.1109/CVPR52733.2024.1"}}, False),
        ({"identifiers": {"openreview": "a b"}}, False),
        ({"identifiers": {"anthology": "P18"}}, False),
        ({"links": {"paper": "https://a.org/x", "code": ["http://a.org"]}}, True),
        ({"links": {"paper": "a.org/x"}}, False),
        ({"links": {"code": ["https://a.org/ b"]}}, False),
        ({"aliases": ["fast-v"]}, True),
        ({"aliases": ["Fast V"]}, False),
        ({"aliases": ["a" * 101]}, False),
        ({"reference_impl": "fast_v"}, True),
        ({"reference_impl": "fast-v"}, False),
    ],
)
def test_an_editor_marks_what_would_be_refused(fields: dict[str, Any], is_taken: bool) -> None:
    schema = json_schema(Vocabulary.load(MINI / "papers" / "vocabulary"))
    assert Draft202012Validator(schema).is_valid({"title": "A Paper", **fields}) is is_taken
    assert (parse_record("", {"title": "A Paper", **fields}, "papers/a.yaml")[0] is not None) is is_taken


def test_every_field_has_a_description_for_the_editor() -> None:
    properties = json_schema(Vocabulary.load(MINI / "papers" / "vocabulary"))["properties"]
    assert [name for name in FIELDS if not properties[name].get("description")] == []
