"""The edits of past commits, kept between builds, since reading all versions of all records takes long.

Commits never change, so what is kept stays right until the code that compares does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from catalog.replacing import replaced
from catalog.site import edits as comparing
from catalog.site.edits import Edit, Edits
from catalog.yaml_files import reading


def load_edits(file: Path) -> dict[str, Edits]:
    """What was kept in *file*; nothing where other code kept it, or where it cannot be read."""
    try:
        kept = json.loads(file.read_bytes())
        if kept["code"] != _code():
            return {}
        return {key: _edits(facts, int(sources)) for key, (facts, sources) in kept["edits"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def keep_edits(file: Path, edits: Mapping[str, Edits]) -> None:
    """Keep *edits* in *file*, and nothing else."""
    shapes = {
        key: [[[edit.field, edit.gone, edit.come, edit.reordered] for edit in of.facts], of.sources]
        for key, of in edits.items()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with replaced(file) as stream:
        stream.write(json.dumps({"code": _code(), "edits": shapes}, separators=(",", ":")).encode())


def _edits(facts: Iterable[tuple[str, list[str], list[str], bool]], sources: int) -> Edits:
    return Edits(
        tuple(Edit(field, tuple(gone), tuple(come), moved) for field, gone, come, moved in facts), sources
    )


def _code() -> str:
    """A digest of what decides how versions are read and compared."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (comparing, reading))
    return hashlib.sha256(b"".join(sources)).hexdigest()
