"""Whether every id of the last commit still leads somewhere; without version control nothing is known."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from catalog.catalogue import Catalogue
from catalog.checks.registry import check
from catalog.findings import Finding

_RECORD_FILE = re.compile(r"papers/\d{4}/[^/]+\.yaml")


@check("lost-id")
def lost_ids(catalogue: Catalogue) -> Iterator[Finding]:
    """A record that the last commit has is gone, and no other has its id as alias: old links would break."""
    kept = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    kept.update(alias for paper in catalogue for alias in paper.aliases)
    for path in _committed(catalogue.root):
        record = PurePosixPath(path).stem
        if record not in catalogue.by_id and record not in kept:
            message = (
                f"the last commit has the record '{record}', which is gone, so that links to its page break; "
                f"if it has another id now, write aliases: [{record}] in that record; "
                "if it left on purpose, commit that, with the reason in papers/refused.yaml"
            )
            yield Finding(path, 1, 1, "lost-id", "warning", message)


def _committed(root: Path) -> list[str]:
    """The records' files in the last commit, from the root on; none where there is no git or no commit."""
    command = ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD", "--", "papers"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=False).stdout
    except OSError:
        return []
    paths = listed.decode("utf-8", "replace").split("\0")
    return [path for path in paths if _RECORD_FILE.fullmatch(path)]
