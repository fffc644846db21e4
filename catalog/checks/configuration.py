"""Whether what papers/catalogue.yaml names is there; its form is checked while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from rapidfuzz import fuzz, process

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check
from catalog.findings import Finding

FILE = "papers/catalogue.yaml"


@check("unknown-milestone")
def unknown_milestones(catalogue: Catalogue) -> Iterator[Finding]:
    """A milestone of the timeline that no record has as its id; pictures would leave it out."""
    unread = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    for position, name in enumerate(catalogue.config.milestones):
        if name not in catalogue.by_id and name not in unread:
            text = yaml_files.read_text(catalogue.root / FILE)
            line, column = yaml_files.locate(text, ("milestones", position))
            message = f"no record '{name}'; {_advice(catalogue, name)}"
            yield Finding(FILE, line, column, "unknown-milestone", "error", message)


def _advice(catalogue: Catalogue, name: str) -> str:
    renamed = next((paper for paper in catalogue if name in paper.aliases), None)
    if renamed:
        return f"it is a former id of '{renamed.id}'; write {renamed.id}"
    near = process.extractOne(name, list(catalogue.by_id), scorer=fuzz.ratio, score_cutoff=60)
    return f"did you mean '{near[0]}'?" if near else "milestones are ids of records; correct or delete it"
