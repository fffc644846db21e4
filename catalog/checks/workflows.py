"""Whether the workflows follow the branch that papers/catalogue.yaml names; others start nothing on GitHub.

What else a workflow does is its own business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check
from catalog.findings import Finding
from catalog.yaml_files import YamlError

FOLLOWERS = (".github/workflows/checks.yml", ".github/workflows/publish.yml")
"""The workflows that every commit on the branch starts."""

_REFERENCE = re.compile(r"(?<=refs/heads/)[\w./-]+")
_BRANCHES = ("on", "push", "branches")


@check("workflow-branch")
def other_branches(catalogue: Catalogue) -> Iterator[Finding]:
    """A workflow that waits for another branch: commits would be neither checked nor published, silently."""
    branch = catalogue.config.branch
    for file in FOLLOWERS:
        try:
            text = yaml_files.read_text(catalogue.root / file)
            data = yaml_files.parse(text)
        except (FileNotFoundError, YamlError):
            continue  # none, or one that is GitHub's to read
        for names, line, column in _branches(data, text):
            if not any(fnmatchcase(branch, name) for name in names):
                message = (
                    f"found the branch '{', '.join(names)}', expected '{branch}', the 'branch' of "
                    "papers/catalogue.yaml, whose commits would start nothing here; correct one of the two"
                )
                yield Finding(file, line, column, "workflow-branch", "error", message)


def _branches(data: Any, text: str) -> Iterator[tuple[list[str], int, int]]:
    """The branches, or patterns, that the workflow waits for, and each that it asks about, with the place."""
    for key in _BRANCHES:
        data = data.get(key) if isinstance(data, dict) else None
    if data:
        yield data if isinstance(data, list) else [data], *yaml_files.locate(text, _BRANCHES)
    for number, line in enumerate(text.splitlines(), 1):
        for match in _REFERENCE.finditer(line):
            yield [match[0]], number, match.start() + 1
