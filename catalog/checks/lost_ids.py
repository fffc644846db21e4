"""Whether every id of the last commit still leads somewhere; without version control nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from catalog.catalogue import Catalogue
from catalog.checks.registry import check
from catalog.findings import Finding
from catalog.version_control import committed_files

_RECORD_FILE = re.compile(r"papers/\d{4}/[^/]+\.yaml")


@check("lost-id")
def lost_ids(catalogue: Catalogue) -> Iterator[Finding]:
    """A record that the last commit has is gone, and no other has its id as alias: old links would break."""
    kept = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    kept.update(alias for paper in catalogue for alias in paper.aliases)
    for path in filter(_RECORD_FILE.fullmatch, committed_files(catalogue.root, "papers")):
        record = PurePosixPath(path).stem
        if record not in catalogue.by_id and record not in kept:
            message = (
                f"the last commit has the record '{record}', which is gone, so that links to its page break; "
                f"if it has another id now, write aliases: [{record}] in that record; "
                "if it left on purpose, commit that, with the reason in papers/refused.yaml"
            )
            yield Finding(path, 1, 1, "lost-id", "warning", message)
