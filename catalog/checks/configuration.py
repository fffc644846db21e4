"""Whether what papers/catalogue.yaml and requirements.txt name is there, and the BibTeX entry is one.

The form of its fields is checked while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from catalog import bibtex, engine, yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import advice_on_id, check
from catalog.findings import Finding
from catalog.texts import read_utf8

FILE = "papers/catalogue.yaml"
REQUIREMENTS = "requirements.txt"


@check("unknown-milestone")
def unknown_milestones(catalogue: Catalogue) -> Iterator[Finding]:
    """A milestone of the timeline that no record has as its id; pictures would leave it out."""
    unread = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    for position, name in enumerate(catalogue.config.milestones):
        if name not in catalogue.by_id and name not in unread:
            text = yaml_files.read_text(catalogue.root / FILE)
            line, column = yaml_files.locate(text, ("milestones", position))
            advice = advice_on_id(catalogue, name) or "milestones are ids of records; correct or delete it"
            message = f"no record '{name}'; {advice}"
            yield Finding(FILE, line, column, "unknown-milestone", "error", message)


@check("catalogue-citation")
def unusable_citation(catalogue: Catalogue) -> Iterator[Finding]:
    """The catalogue's own BibTeX entry, which pages offer to be copied, does not parse or is refused."""
    citation = catalogue.config.citation
    if citation is None:
        return
    try:
        bibtex.refuse_commands(bibtex.parse_entry(citation))
    except bibtex.BibtexError as error:
        text = yaml_files.read_text(catalogue.root / FILE)
        line, column = yaml_files.locate(text, ("citation",))
        rows = text.split("\n")
        in_block = bool(re.search(r":\s*[|>]", rows[line - 1]))
        within = line + error.line if in_block else line
        message = f"the BibTeX entry of the catalogue: {error.message}"
        yield Finding(FILE, min(within, len(rows)), column, "catalogue-citation", "error", message)


@check("private-engine")
def engines_on_this_machine(catalogue: Catalogue) -> Iterator[Finding]:
    """The engine is named where only this machine has it, though the catalogue is for others, too."""
    file = catalogue.root / REQUIREMENTS
    if catalogue.config.repository is None or not file.is_file():
        return
    for number, line in enumerate(read_utf8(file).splitlines(), 1):
        if line.startswith(engine.NAME) and not engine.is_public(line):
            message = (
                "names the engine on this machine, where neither others nor workflows get it; name a public "
                f"copy: {engine.NAME}[site] @ git+https://HOST/OWNER/REPOSITORY@COMMIT"
            )
            yield Finding(REQUIREMENTS, number, 1, "private-engine", "warning", message)
