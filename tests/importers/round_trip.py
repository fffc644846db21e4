"""Records written in a list's own format and read again, as plain values to compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog import exports, yaml_files
from catalog.catalogue import Catalogue
from catalog.exports import list_arxiv_badge, list_badges, list_venue_bold
from catalog.exports.list_entries import paper_link, plain_name
from catalog.importers import Report, plan, read_list
from catalog.record import Paper
from catalog.record_files import parse_record
from catalog.refusals import Refusals
from catalog.templating import markdown_link
from catalog.vocabulary import Vocabulary

FORMATS = {
    "badges": list_badges,
    "venue-bold": list_venue_bold,
    "arxiv-badge": list_arxiv_badge,
}


def read_back(
    dialect: str, papers: Iterable[Paper], catalogue: Catalogue, folder: Path
) -> tuple[list[Paper], Report]:
    """The records that the export of *papers* becomes in a catalogue without any."""
    path = folder / f"{dialect}.md"
    path.write_bytes(exports.get(f"list-{dialect}").bytes(papers, catalogue))
    empty = replace(catalogue, papers=(), files={}, refused=Refusals())
    source = next(iter(catalogue.vocabulary["listed_in"]))
    made = plan(read_list(dialect, path, catalogue.vocabulary, source), empty, added="2026-11-21")
    own = catalogue.vocabulary.own
    found = [parse_record(text, yaml_files.parse(text), name, own) for name, text in made.texts.items()]
    assert not [finding for _, findings in found for finding in findings]
    return [paper for paper, _ in found if paper], made.report


def carried(paper: Paper, dialect: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """What the format of *dialect* carries of a record; what nobody knows is left out."""
    values = {name: _value(paper, name, dialect, vocabulary) for name in FORMATS[dialect].CARRIES}
    if paper.kind == "method":
        values.pop("kind", None)  # what no list says, because it goes without saying
    return {name: value for name, value in values.items() if value not in (None, (), [], "")}


def differences(paper: Paper, again: Paper, dialect: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Field -> (what the record says, what was read), where the two are not the same.

    Where a list says nothing, its reader takes what the title says; that contradicts nobody.
    """
    want, got = (carried(each, dialect, vocabulary) for each in (paper, again))
    fields = [name for name in (want | got) if name in want or not _is_inferred(again, name)]
    return {name: (want.get(name), got.get(name)) for name in fields if want.get(name) != got.get(name)}


def _is_inferred(paper: Paper, name: str) -> bool:
    """Whether the value was taken from the title, or a preprint's venue from its id."""
    return paper.provenance.get(name) == "title" or (name in ("venue", "year") and paper.venue == "arXiv")


def _value(paper: Paper, name: str, dialect: str, vocabulary: Vocabulary) -> Any:
    match name:
        case "paper":
            return _link(paper_link(paper))
        case "code":
            return _link(paper.links.code[0]) if paper.links.code else None
        case "project" | "video":
            return _link(getattr(paper.links, name))
        case "arxiv":
            return paper.identifiers.arxiv
        case "name":
            if dialect == "arxiv-badge":
                return list_arxiv_badge.bracketed_name(paper, vocabulary)
            return plain_name(paper)
        case "year":
            return paper.year if paper.venue else None
        case _:
            value = getattr(paper, name)
            return sorted(value) if isinstance(value, tuple) and name != "authors" else value


def _link(link: str | None) -> str | None:
    return markdown_link(link) if link else None
