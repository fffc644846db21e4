"""The record as a JSON Schema, with which an editor completes and checks what somebody types.

What a record may hold is decided in :mod:`catalog.record`; here the same is said as that
standard says it, with the terms of one catalogue and their definitions.
"""

from __future__ import annotations

import json
from typing import Any

from catalog.record import Paper, term_lists
from catalog.vocabulary import Vocabulary


def json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema of a record's file, with the vocabulary's terms and their definitions for editors."""
    schema = Paper.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Paper record"
    schema["description"] = "One paper of the catalogue; the file's stem is its id."
    properties: dict[str, Any] = schema["properties"]
    del properties["id"]
    schema["required"] = [key for key in schema.get("required", []) if key != "id"]
    schema["additionalProperties"] = False
    for name in vocabulary.own:
        properties[name] = {
            **json.loads(json.dumps(properties["task"])),
            "title": vocabulary.labels[name],
            "description": f"{vocabulary.labels[name]}. An empty list: there is none.",
        }
    for name in term_lists(vocabulary):
        _set_items(properties[name], _choices(vocabulary, name))
    properties["venue"]["anyOf"] = [_choices(vocabulary, "venue"), {"type": "null"}]
    for name in ("published", "added"):
        properties[name]["anyOf"] = [
            {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"},
            {"type": "integer"},
            {"type": "null"},
        ]
    return schema


def _choices(vocabulary: Vocabulary, name: str) -> dict[str, Any]:
    terms = vocabulary[name].values()
    return {
        "enum": [term.key for term in terms],
        "markdownEnumDescriptions": [term.definition for term in terms],
    }


def _set_items(schema: dict[str, Any], items: dict[str, Any]) -> None:
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("type") == "array":
            part["items"] = items
