"""JSON: one array of the objects that the JSON Lines export writes, a paper on a line.

For programs that read a file at once; those that stream are better served by JSON Lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from catalog.catalogue import Catalogue
from catalog.exports.jsonl import as_dicts
from catalog.record import Paper

NAME = "json"
SUFFIX = ".json"
MEDIA_TYPE = "application/json"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the array while papers arrive."""
    stream.write("[")
    for number, row in enumerate(as_dicts(papers, catalogue)):
        stream.write(",\n" if number else "\n")
        stream.write(json.dumps(row, ensure_ascii=False))
    stream.write("\n]\n")
