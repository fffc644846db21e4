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
BibTeX entry is rendered anew when what it says has changed, under the key that it has, with the facts
that only it holds (pages, volume) while the venue is the same.  Nothing is written while any record has,
or would have, an error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any

import yaml

from catalog import bibtex, yaml_files
from catalog.bibtex import BibtexError
from catalog.catalogue import Catalogue
from catalog.checks.terms import terms_not_in, what_to_write
from catalog.findings import CatalogError
from catalog.formatting import entry_of, write_own
from catalog.provenance import IN_PARTS
from catalog.record import FIELDS, Paper, to_data
from catalog.record_files import parse_record, record_path, render_record
from catalog.root import own_place
from catalog.yaml_files import YamlError

CITED = ("title", "name", "authors", "venue", "year", "identifiers", "links")
"""Fields that a BibTeX entry is rendered from."""

_SETTABLE = frozenset(FIELDS) - {"provenance"}
_KEYS = frozenset({"id", "new", "set", "source", "sources"})


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
        own = catalogue.vocabulary.own
        facts = [fact for file in options.files for fact in read_facts(file, own)]
        texts = apply(catalogue, facts, options.added)
        if not options.dry_run:
            _write(options.root, texts)
    except (CatalogError, YamlError, OSError) as error:
        print(f"curate: {error}", file=sys.stderr)
        return 1
    changed = sum(text is not None for text in texts.values())
    print(f"{len(facts):,} sets of facts, {changed:,} records changed", file=sys.stderr)
    return 0


def _write(root: Path, texts: Mapping[str, str | None]) -> None:
    for path, text in texts.items():
        if text is None:
            own_place(root, path).unlink()
        else:
            write_own(root, path, text)


def _options() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--added", help="the day that new records bear, e.g. 2026-11-21")
    parser.add_argument("--dry-run", action="store_true")
    return parser.parse_args()


def read_facts(path: Path, own: Collection[str]) -> Iterator[Facts]:
    """The facts in one file.

    Parameters
    ----------
    own : the fields that only this catalogue's records have

    Raises
    ------
    CatalogError : the file is not a list of facts, or a fact has no source
    """
    text = _text_of(path)
    try:
        items = yaml_files.parse(text)
    except YamlError as error:
        raise error.at(path) from None
    if not isinstance(items, list):
        raise CatalogError(f"{path}:1: expected a list of '- id: …', found {_kind(items)}")
    for item, line in zip(items, _lines_of_items(text), strict=True):
        yield _facts_in(item, f"{path}:{line}", own)


def _text_of(path: Path) -> str:
    """The file as text, however large: a file of facts is no record."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise CatalogError(f"{path}:{line}: {found}; save the file as UTF-8") from None


def _lines_of_items(text: str) -> list[int]:
    """Where the items of a list begin, all at once: to locate one is to read the whole file."""
    node: Any = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [item.start_mark.line + 1 for item in node.value]


def _facts_in(item: Any, place: str, own: Collection[str]) -> Facts:
    if not isinstance(item, dict):
        raise CatalogError(f"{place}: expected 'id: …' and 'set: …', found {_kind(item)}")
    if unknown := sorted(item.keys() - _KEYS):
        raise CatalogError(f"{place}: expected id, new, set, source, sources; found {', '.join(unknown)}")
    for name, kind, default, expected in (
        ("id", str, None, "the record's id, a text"),
        ("new", bool, False, "true or false"),
        ("set", dict, None, "'field: …', one a line"),
        ("source", (str, NoneType), None, "a text"),
        ("sources", dict, {}, "'field: source', one a line"),
    ):
        if not isinstance(value := item.get(name, default), kind):
            raise CatalogError(f"{place}: '{name}' is {_kind(value)}; expected {expected}")
    values: dict[str, Any] = item["set"]
    if astray := sorted(item.get("sources", {}).keys() - values.keys()):
        there = ", ".join(values) or "none"
        raise CatalogError(
            f"{place}: 'sources' names {', '.join(astray)}; expected fields that 'set' names: {there}"
        )
    sources = {**dict.fromkeys(values, item.get("source")), **item.get("sources", {})}
    for field, value in values.items():
        _refuse_field(field, values, place, own)
        _refuse_source(field, value, sources[field], place)
    return Facts(item["id"], item.get("new", False), values, sources, place)


def _kind(value: Any) -> str:
    names = {NoneType: "nothing", str: "a text", dict: "'field: …'", list: "a list", bool: "true or false"}
    return names.get(type(value), "a number")


def _refuse_field(field: str, values: Mapping[str, Any], place: str, own: Collection[str]) -> None:
    top, dot, _ = field.partition(".")
    if top == "provenance":
        raise CatalogError(f"{place}: 'provenance' is written from the sources; give 'source' or 'sources'")
    if top not in _SETTABLE and top not in own:
        raise CatalogError(f"{place}: there is no field '{field}'")
    if dot and top not in IN_PARTS:
        raise CatalogError(
            f"{place}: '{field}': a dot leads into {' and '.join(sorted(IN_PARTS))} only; "
            f"set '{top}' as a whole"
        )
    if dot and top in values:
        raise CatalogError(f"{place}: '{top}' is set as a whole and '{field}' as a part; keep one of them")


def _refuse_source(field: str, value: Any, source: Any, place: str) -> None:
    if source is not None and not isinstance(source, str):
        raise CatalogError(f"{place}: the source of '{field}' is {_kind(source)}; expected a text")
    if not source and value is not None:
        raise CatalogError(f"{place}: '{field}' has no source; say where it comes from, or 'curator'")


def apply(catalogue: Catalogue, facts: Iterable[Facts], added: str | None) -> dict[str, str | None]:
    """The files that change, as path -> text; without text where the record moves to another year.

    Raises
    ------
    CatalogError : a record is or would be wrong; every such record is named
    """
    _refuse_unreadable(catalogue)
    papers = dict(catalogue.by_id)
    changed: dict[str, None] = {}
    wrong: list[str] = []
    for fact in facts:
        try:
            papers[fact.id] = _applied(fact, papers, catalogue, added)
        except CatalogError as error:
            wrong.append(str(error))
        else:
            changed[fact.id] = None
    if wrong:
        raise CatalogError("\n".join(wrong))
    return dict(_files(catalogue, [papers[paper_id] for paper_id in changed]))


def _refuse_unreadable(catalogue: Catalogue) -> None:
    """A record that cannot be read may be the one that a new record would replace."""
    if catalogue.unreadable:
        wrong = [f"{found.file}:{found.line}: {found.message}" for found in catalogue.unreadable]
        raise CatalogError("\n".join([*wrong, "mend these records first; nothing was written"]))


def _applied(fact: Facts, papers: Mapping[str, Paper], catalogue: Catalogue, added: str | None) -> Paper:
    """The record with its new facts and an entry that agrees with them."""
    before = papers.get(fact.id)
    if fact.new == (before is not None):
        known = f"is the record '{before.title}' already" if before else "is no record"
        raise CatalogError(f"{fact.place}: {fact.id} {known}; choose another id, or correct 'new'")
    data = _with_facts(before, fact, added)
    paper, findings = parse_record(json.dumps(data), data, f"{fact.id}.yaml", catalogue.vocabulary.own)
    if paper is None:
        raise CatalogError("\n".join(f"{fact.place}: {fact.id}: {found.message}" for found in findings))
    if paper.id != fact.id:
        raise CatalogError(f"{fact.place}: '{fact.id}' is no id; write '{paper.id}'")
    strange = terms_not_in(catalogue.vocabulary, paper)
    said = [what_to_write(catalogue.vocabulary, name, term) for name, _, term in strange if name in fact.set]
    if said:
        raise CatalogError("\n".join(f"{fact.place}: {fact.id}: {each}" for each in said))
    try:
        return _cited_anew(before, paper, papers, catalogue)
    except BibtexError as error:
        mend = "correct it" if "bibtex" in fact.set else "mend the record first, or set 'bibtex' too"
        raise CatalogError(
            f"{fact.place}: {fact.id}: the BibTeX entry, line {error.line}: {error.message}; {mend}"
        ) from None


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
    """*after* with a BibTeX entry that agrees with it.

    Raises
    ------
    BibtexError : the entry is new, or has to be rendered anew, and cannot be read
    """
    as_before = before is not None and all(getattr(before, f) == getattr(after, f) for f in CITED)
    if before and as_before and after.bibtex and after.bibtex == before.bibtex:
        return after
    extra: dict[str, str] = {}
    if after.bibtex:
        entry = bibtex.parse_entry(after.bibtex)
        if as_before:
            return after
        extra = bibtex.carry_over(entry, after, catalogue.vocabulary)
    under_its_key = after.model_copy(update={"bibtex": before.bibtex if before else None})
    text = entry_of(under_its_key, extra, catalogue.with_papers(papers.values()))
    return after.model_copy(update={"bibtex": text})


def _files(catalogue: Catalogue, papers: Iterable[Paper]) -> Iterator[tuple[str, str | None]]:
    for paper in papers:
        file = catalogue.files.get(paper.id)
        old = catalogue.text_of(paper) if file else ""
        place = record_path(paper)
        if place is None:
            raise CatalogError(f"{paper.id}: neither published nor year is known, so it has no folder")
        text = render_record(to_data(paper, catalogue.vocabulary), old)
        if place != file and ((catalogue.root / place).exists() or (catalogue.root / place).is_symlink()):
            raise CatalogError(f"{place}: is there already, and is not the record {paper.id}; move it away")
        if text != old or file != place:
            yield place, text
        if file and file != place:
            yield file, None


if __name__ == "__main__":
    sys.exit(main())
