"""The issue forms of a new catalogue: those of the one that it is made from, with its own terms to choose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from catalog import yaml_files
from catalog.vocabulary import TERM_FILES, Vocabulary

_HEADER = """\
# The fields are read by "catalog github form", by their headings; "catalog build" renews the options,
# which are labels of papers/vocabulary.
"""
_ON_A_TOPIC = (*TERM_FILES, "summary")
"""Fields whose descriptions speak of the other catalogue's topic."""


def form_for(form: Path, vocabulary: Vocabulary) -> str:
    """The text of *form* for a catalogue with this *vocabulary*.

    Raises
    ------
    YamlError : the form cannot be read
    """
    content: dict[str, Any] = yaml_files.read(form)
    for part in content["body"]:
        if part.get("id") not in _ON_A_TOPIC:
            continue
        part["attributes"].pop("description", None)
        if part["type"] == "dropdown":
            part["attributes"]["options"] = [term.label for term in vocabulary[part["id"]].values()]
    return _HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
