"""Whether every id of an earlier commit still leads somewhere; without version control nothing is known.

By default that is the last commit.  A workflow that looks at a commit, and not at work that is still to be
committed, says in ``CATALOG_BASE`` what to compare with, such as ``HEAD^1``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from catalog import yaml_files
from catalog.catalogue import Catalogue, parse_record
from catalog.checks.registry import check
from catalog.findings import Finding
from catalog.record import Paper
from catalog.refusals import Refusal, Refusals
from catalog.version_control import changed_files, commit_named, committed_files, contents

BASE = "CATALOG_BASE"
"""The environment's variable that names the commit to compare with."""

_RECORD_FILE = re.compile(r"papers/\d{4}/[^/]+\.yaml")


@dataclass(frozen=True)
class GoneId:
    """An id that a record had in an earlier commit, and none has now.

    Attributes
    ----------
    file : where the record was
    before : the record as it was, if it can be read; *id* may be one of its aliases
    heir : the record that has the id as an alias now
    """

    id: str
    file: str
    before: Paper | None
    heir: Paper | None

    def refusal(self, refused: Refusals) -> Refusal | None:
        """The entry that says why its paper left."""
        if self.before is None:
            return None
        arxiv = self.before.identifiers.arxiv
        titles = (self.before.title, *self.before.former_titles)
        return refused.find(titles, [arxiv] if arxiv else [])


@check("lost-id")
def lost_ids(catalogue: Catalogue) -> Iterator[Finding]:
    """An id of an earlier commit that no record has, not even as an alias: links to its page would break."""
    name = os.environ.get(BASE)
    commit = commit_named(catalogue.root, name) if name else "HEAD"
    where = f"the commit '{name}'" if name else "the last commit"
    for gone in gone_ids(catalogue, commit):
        if gone.heir is None and gone.refusal(catalogue.refused) is None:
            message = (
                f"{where} has the id '{gone.id}', which is gone, so that links to its page break; "
                f"if the record has another id now, write aliases: [{gone.id}] in it; "
                "if the paper left on purpose, put its title and the reason into papers/refused.yaml"
            )
            yield Finding(gone.file, 1, 1, "lost-id", "warning", message)


def gone_ids(catalogue: Catalogue, commit: str) -> Iterator[GoneId]:
    """The ids of records in an earlier *commit*, aliases among them, that no record has as its id now."""
    unread = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    heirs = {alias: paper for paper in catalogue for alias in paper.aliases}
    for file, before in _changed_versions(catalogue.root, commit):
        name = PurePosixPath(file).stem
        if name in unread:  # Nobody knows which aliases it has.
            continue
        # An alias was never the id of a record of its own: only if it is lost is there something to tell.
        former = [alias for alias in (before.aliases if before else ()) if alias not in heirs]
        for each in (name, *former):
            if each not in catalogue.by_id:
                yield GoneId(each, file, before, heirs.get(each))


def _changed_versions(root: Path, commit: str) -> Iterator[tuple[str, Paper | None]]:
    """Path and record, as far as it can be read, of each record of *commit* that is another one now."""
    files = committed_files(root, "papers", commit)
    changed = sorted(path for path in changed_files(root, "papers", commit) if _RECORD_FILE.fullmatch(path))
    before = {path: files[path] for path in changed if path in files}
    found = dict(contents(root, list(before.values())))
    for path, each in before.items():
        yield path, _record(found.get(each, b""), path)


def _record(content: bytes, file: str) -> Paper | None:
    text = content.decode("utf-8", "replace")
    try:
        return parse_record(text, yaml_files.parse(text), file)[0]
    except yaml_files.YamlError:
        return None
