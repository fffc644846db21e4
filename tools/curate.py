"""Write curated facts into records: new values with where they come from, and whole new records.

    tools/curate.py FACTS.yaml [FACTS.yaml ...] [--root DIR] [--added 2026-11-21] [--dry-run]

A file of facts is a list:

    - id: fastv                              # the record; with 'new: true' one that is not there yet
      set:
        authors: [Liang Chen, Haozhe Zhao]
        identifiers.arxiv: "2403.06764"      # a dot leads into identifiers and links
        criterion: [attention]
        summary: "Ranks visual tokens by …"
      source: "arXiv:2403.06764"             # of every fact above that has none of its own
      sources: {criterion: "arXiv:2403.06764 abstract", summary: curator}

Each fact replaces what the record holds and its provenance; everything else, comments too, stays.  The
BibTeX entry is rendered anew when what it says has changed, with the facts that only it holds (pages,
volume) while the venue is the same.  Nothing is written while any record would have an error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog import bibtex, yaml_files
from catalog.catalogue import Catalogue, parse_record, render_record
from catalog.findings import CatalogError
from catalog.formatting import write_atomically
from catalog.record import FIELDS, Paper, to_data
from catalog.yaml_files import YamlError

CITED = ("title", "name", "authors", "venue", "year", "identifiers", "links")
"""Fields that a BibTeX entry is rendered from."""

_TOP = frozenset(FIELDS)


@dataclass(frozen=True)
class Facts:
    """New facts about one record, and where in which file they stand."""

    id: str
    new: bool
    set: Mapping[str, Any]
    sources: Mapping[str, str]
    place: str


def main() -> int:
    """Apply the files; 0, or 1 where a fact is wrong."""
    options = _options()
    try:
        catalogue = Catalogue.load(options.root)
        facts = [fact for file in options.files for fact in read_facts(file)]
        texts = apply(catalogue, facts, options.added)
    except (CatalogError, YamlError) as error:
        print(f"curate: {error}", file=sys.stderr)
        return 1
    if not options.dry_run:
        for path, text in texts.items():
            if text is None:
                (options.root / path).unlink()
            else:
                (options.root / path).parent.mkdir(parents=True, exist_ok=True)
                write_atomically(options.root / path, text)
    changed = sum(text is not None for text in texts.values())
    print(f"{len(facts)} sets of facts, {changed} records changed", file=sys.stderr)
    return 0


def _options() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--added", help="the day that new records bear, e.g. 2026-11-21")
    parser.add_argument("--dry-run", action="store_true")
    return parser.parse_args()


def read_facts(path: Path) -> Iterator[Facts]:
    """The facts in one file.

    Raises
    ------
    CatalogError : the file is not a list of facts, or a fact has no source
    """
    text = path.read_text(encoding="utf-8")
    try:
        items = yaml_files.parse(text)
    except YamlError as error:
        raise CatalogError(f"{path}:{error.line}:{error.column}: {error.message}") from None
    if not isinstance(items, list):
        raise CatalogError(f"{path}:1: expected a list of '- id: …', found {type(items).__name__}")
    for position, item in enumerate(items):
        line, _ = yaml_files.locate(text, (position,))
        place = f"{path}:{line}"
        unknown = (
            set(item) - {"id", "new", "set", "source", "sources"}
            if isinstance(item, dict)
            else {"no mapping"}
        )
        if unknown or not isinstance(item.get("set"), dict) or not isinstance(item.get("id"), str):
            raise CatalogError(f"{place}: expected id, new, set, source, sources; found {sorted(unknown)}")
        sources = {**dict.fromkeys(item["set"], item.get("source")), **item.get("sources", {})}
        _refuse_unsourced(item["set"], sources, place)
        yield Facts(item["id"], bool(item.get("new")), item["set"], sources, place)


def _refuse_unsourced(values: Mapping[str, Any], sources: Mapping[str, Any], place: str) -> None:
    for field in values:
        if field.partition(".")[0] not in _TOP:
            raise CatalogError(f"{place}: there is no field '{field}'")
        if not sources.get(field) and values[field] is not None:
            raise CatalogError(f"{place}: '{field}' has no source; say where it comes from, or 'curator'")


def apply(catalogue: Catalogue, facts: Iterable[Facts], added: str | None) -> dict[str, str | None]:
    """The files that change, as path -> text; without text where the record moves to another year.

    Raises
    ------
    CatalogError : a record would be wrong; every such record is named
    """
    papers = dict(catalogue.by_id)
    places: dict[str, str] = {}
    wrong: list[str] = []
    for fact in facts:
        if fact.new == (fact.id in papers):
            known = f"is the record '{papers[fact.id].title}' already" if fact.new else "is no record"
            wrong.append(f"{fact.place}: {fact.id} {known}; choose another id, or correct 'new'")
            continue
        data = _with_facts(papers.get(fact.id), fact, added)
        paper, findings = parse_record(json.dumps(data), data, f"{fact.id}.yaml")
        wrong += [f"{fact.place}: {fact.id}: {finding.message}" for finding in findings]
        if paper is not None:
            places[paper.id] = fact.place
            papers[paper.id] = _cited_anew(papers.get(fact.id), paper, papers, catalogue)
    if wrong:
        raise CatalogError("\n".join(wrong))
    return dict(_files(catalogue, [papers[paper_id] for paper_id in places]))


def _with_facts(paper: Paper | None, fact: Facts, added: str | None) -> dict[str, Any]:
    data: dict[str, Any] = to_data(paper) if paper else {"added": added} if added else {}
    provenance = dict(data.get("provenance", {}))
    for field, value in fact.set.items():
        top, _, below = field.partition(".")
        if below:
            data[top] = {**data.get(top, {}), below: value}
        else:
            data[top] = value
        name = below or top
        if value is None:
            provenance.pop(name, None)
        else:
            provenance[name] = fact.sources[field]
    data["provenance"] = provenance
    return {key: value for key, value in data.items() if value is not None or key in FIELDS}


def _cited_anew(
    before: Paper | None, after: Paper, papers: Mapping[str, Paper], catalogue: Catalogue
) -> Paper:
    """*after* with a BibTeX entry that agrees with it."""
    if before and after.bibtex and all(getattr(before, f) == getattr(after, f) for f in CITED):
        return after
    extra: dict[str, str] = {}
    if after.bibtex:
        extra = bibtex.carry_over(bibtex.parse_entry(after.bibtex), after, catalogue.vocabulary)
    bare = after.model_copy(update={"bibtex": None})
    key = bibtex.keys_for([*(p for p in papers.values() if p.id != after.id), bare])[after.id]
    entry = bibtex.render(bare, catalogue.vocabulary, extra, key=key)
    return after.model_copy(update={"bibtex": entry})


def _files(catalogue: Catalogue, papers: Iterable[Paper]) -> Iterator[tuple[str, str | None]]:
    for paper in papers:
        file = catalogue.files.get(paper.id)
        old = catalogue.text_of(paper) if file else ""
        first = (paper.published or str(paper.year or ""))[:4]
        if not first:
            raise CatalogError(f"{paper.id}: neither published nor year is known, so it has no folder")
        text = render_record(to_data(paper), old)
        place = f"papers/{first}/{paper.id}.yaml"
        if text != old or file != place:
            yield place, text
        if file and file != place:
            yield file, None


if __name__ == "__main__":
    sys.exit(main())
