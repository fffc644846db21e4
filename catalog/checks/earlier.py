"""The records of an earlier commit, beside which changes are seen; without version control nothing is known.

By default that is the last commit.  A workflow that looks at a commit, and not at work that is still to be
committed, says in ``CATALOG_BASE`` what to compare with, such as ``HEAD^1``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.record_files import is_record, parse_record
from catalog.refusals import FILE as REFUSED
from catalog.version_control import changed_files, commit_named, committed_files, contents

BASE = "CATALOG_BASE"
"""The environment's variable that names the commit to compare with."""

_VOCABULARY = "papers/vocabulary/"


@dataclass(frozen=True)
class Earlier:
    """The records of an earlier commit.

    Attributes
    ----------
    ids : of all of them
    changed : path -> the record as it was, if it can be read, of each that is another one now, or none
    removed : the ids that papers/refused.yaml held for papers that were removed, if it is another file now
    terms : path -> the keys of each file of the vocabulary that is another one now
    name : what messages call the commit
    """

    ids: frozenset[str]
    changed: Mapping[str, Paper | None]
    removed: tuple[str, ...] = ()
    terms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    name: str = "the last commit"

    @classmethod
    def known(cls, root: Path) -> Earlier:
        """Those of the commit that the environment names, or else of the last one.

        Raises
        ------
        CatalogError : git does not know the commit that is named
        """
        named = os.environ.get(BASE)
        if not named:
            return cls.of(root, "HEAD")
        return replace(cls.of(root, commit_named(root, named)), name=f"the commit '{named}'")

    @classmethod
    def of(cls, root: Path, commit: str) -> Earlier:
        """Read those that have changed since."""
        listed = committed_files(root, "papers", commit)
        files = {path: name for path, name in listed.items() if is_record(path)}
        others = changed_files(root, "papers", commit)
        changed = sorted(files.keys() & others)
        refused = [listed[path] for path in (REFUSED,) if path in listed and path in others]
        terms = {path: listed[path] for path in listed.keys() & others if path.startswith(_VOCABULARY)}
        found = dict(contents(root, [*(files[path] for path in changed), *refused, *terms.values()]))
        return cls(
            frozenset(PurePosixPath(path).stem for path in files),
            {path: _record(found.get(files[path], b""), path) for path in changed},
            tuple(each for name in refused for each in _removed_ids(found.get(name, b""))),
            {path: _keys(found.get(name, b"")) for path, name in terms.items()},
        )

    def rewritten(self, catalogue: Catalogue) -> Iterator[tuple[Paper, Paper]]:
        """(record as it was, record as it is) of each that is another one now, under its id or a new one."""
        for before in self.changed.values():
            if before and (now := catalogue.by_any_id.get(before.id)):
                yield before, now


def _removed_ids(content: bytes) -> Iterator[str]:
    """The ids in a file of refusals, as far as it can be read."""
    entries = _fields(content).get("refused")
    for entry in entries if isinstance(entries, list) else ():
        ids = entry.get("ids") if isinstance(entry, dict) else None
        yield from (each for each in (ids if isinstance(ids, list) else ()) if isinstance(each, str))


def _keys(content: bytes) -> frozenset[str]:
    """The keys in a file of the vocabulary, as far as it can be read."""
    return frozenset(key for key in _fields(content) if isinstance(key, str))


def _fields(content: bytes) -> dict[str, Any]:
    """What stands in a file of fields; nothing where it cannot be read."""
    try:
        data = yaml_files.parse(content.decode("utf-8", "replace"))
    except yaml_files.YamlError:
        return {}
    return data if isinstance(data, dict) else {}


def _record(content: bytes, file: str) -> Paper | None:
    text = content.decode("utf-8", "replace")
    try:
        data = yaml_files.parse(text)
        # Its catalogue may have had other fields of its own then.
        return parse_record(text, data, file, tuple(data) if isinstance(data, dict) else ())[0]
    except yaml_files.YamlError:
        return None
