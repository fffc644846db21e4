"""The JSON export: the JSON Lines in one array."""

from __future__ import annotations

import json

from catalog import exports
from catalog.catalogue import Catalogue


def test_it_holds_the_same_objects_as_the_json_lines(rich_catalogue: Catalogue) -> None:
    lines = exports.get("jsonl").text(rich_catalogue, rich_catalogue).splitlines()
    array = json.loads(exports.get("json").text(rich_catalogue, rich_catalogue))
    assert array == [json.loads(line) for line in lines]


def test_no_papers_give_an_empty_array(mini_catalogue: Catalogue) -> None:
    assert json.loads(exports.get("json").text([], mini_catalogue)) == []
