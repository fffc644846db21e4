"""What a curator should look at next: facts that rest on published lists alone, and known kinds of damage.

    tools/audit.py [--root DIR] [--rows]

Rules that every record must pass are in ``catalog check``; here are questions whose answer may be "it is
right as it is".  Each kind of damage that the lists were found to have is asked for again, so that the
next import's damage is found by rule and not by luck.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.record import Paper
from catalog.stats import source_kind
from catalog.vocabulary import fold

BIBLIOGRAPHY = ("title", "authors", "venue", "year")
CHECKED = ("duplicate-link", "shared-code", "foreign-code", "year-order", "near-title", "link-identifier")
"""Rules of ``catalog check`` that find a kind of damage by themselves."""

_PARTICLES = frozenset("al bin da de del della den der di do dos du el ibn la le van von y".split())

_STEM = 4
"""Letters of a term that a title has to hold, so that "merged" is found by "merging"."""

Row = tuple[str, str]
"""A record's id, and what to look at."""


def unconfirmed(catalogue: Catalogue) -> Iterator[Row]:
    """Bibliography that no source but a published list confirms."""
    lists = frozenset(catalogue.vocabulary["listed_in"])
    for paper in catalogue:
        alone = [f for f in BIBLIOGRAPHY if source_kind(paper.provenance.get(f), lists) == "list"]
        if alone:
            yield paper.id, ", ".join(alone)


def replaced_words(catalogue: Catalogue) -> Iterator[Row]:
    """A word that a global replacement left where another stood: "Caching" for "Cache", "brown" for "red"."""
    pattern = re.compile(r"\bKV[- ]Caching\b|\w+Caching\b(?<!\bCaching)|brown", re.IGNORECASE)
    for paper in catalogue:
        for text in (paper.title, paper.name or "", *paper.links.code):
            found = pattern.search(text)
            if found:
                yield paper.id, f"'{found[0]}' in {text}"
                break


def bibliography_case(catalogue: Catalogue) -> Iterator[Row]:
    """A title in a bibliography's lower case, or in capitals, instead of the paper's own spelling."""
    for paper in catalogue:
        words = re.findall(r"[^\W\d_]{4,}", paper.title.partition(":")[2] or paper.title)
        capitals = sum(word[0].isupper() for word in words)
        if len(words) > 4 and (capitals <= 1 or all(word.isupper() for word in words)):
            yield paper.id, paper.title


def name_case(catalogue: Catalogue) -> Iterator[Row]:
    """An author in a profile's spelling, as "hai zhao" or "Keda TAO", particles and initials apart."""
    for paper in catalogue:
        for author in paper.authors or ():
            words = [re.sub(r"[^\W\d_]+\.", "", word).strip("-") for word in author.split()]
            small = [w for w in words if w.islower() and w not in _PARTICLES]
            if small or any(len(word) > 2 and word.isupper() for word in words):
                yield paper.id, author


def numbers_in_summaries(catalogue: Catalogue) -> Iterator[Row]:
    """A summary with a result in it, where it should say what is done."""
    for paper in catalogue:
        found = re.search(r"\d+(?:\.\d+)?\s*(?:%|x\b|×|percent|times\b)", paper.summary or "")
        if found:
            yield paper.id, f"'{found[0]}' in: {paper.summary}"


def not_in_title(catalogue: Catalogue) -> Iterator[Row]:
    """A tag whose source is the title, though no title says it."""
    vocabulary = catalogue.vocabulary
    for paper in catalogue:
        titles = fold(" ".join([paper.title, *paper.former_titles]))
        for field in ("criterion", "mechanism"):
            if paper.provenance.get(field) != "title":
                continue
            for key in getattr(paper, field) or ():
                term = vocabulary[field].get(key)
                names = (key, term.label, *term.aliases) if term else (key,)
                if not any(fold(name)[:_STEM] in titles for name in names):
                    yield paper.id, f"{field} {key}: {paper.title}"


def preprints_of_age(catalogue: Catalogue) -> Iterator[Row]:
    """Preprints older than two years before the newest paper: many have been published since."""
    newest = max((paper.published or "" for paper in catalogue), default="")[:4]
    for paper in catalogue:
        if not (catalogue.vocabulary.is_preprint(paper.venue) and paper.published):
            continue
        if int(newest) - int(paper.published[:4]) >= 2 and _only_listed(paper, catalogue):
            yield paper.id, f"{paper.venue} {paper.year}"


def _only_listed(paper: Paper, catalogue: Catalogue) -> bool:
    lists = frozenset(catalogue.vocabulary["listed_in"])
    return source_kind(paper.provenance.get("venue"), lists) in ("list", "identifier")


def untagged(catalogue: Catalogue) -> Iterator[Row]:
    """Methods without a domain, setting, task, criterion, mechanism, training, parametric or summary."""
    for paper in catalogue:
        if paper.kind in ("method", "system"):
            fields = "domain setting task criterion mechanism training parametric summary".split()
            missing = [field for field in fields if getattr(paper, field) is None]
            if missing:
                yield paper.id, ", ".join(missing)


def judgements(catalogue: Catalogue) -> Iterator[Row]:
    """Facts that are a curator's judgement, to be confirmed by somebody else."""
    for paper in catalogue:
        fields = [field for field, source in paper.provenance.items() if source.startswith("curator")]
        if fields:
            yield paper.id, ", ".join(fields)


def tags_of_no_method(catalogue: Catalogue) -> Iterator[Row]:
    """Surveys, benchmarks and analyses with a criterion, mechanism or training: of a method of their own?"""
    for paper in catalogue:
        if paper.kind in ("survey", "benchmark", "analysis"):
            fields = [field for field in ("criterion", "mechanism", "training") if getattr(paper, field)]
            if fields:
                yield paper.id, f"{paper.kind} with {', '.join(fields)}"


def two_spellings(catalogue: Catalogue) -> Iterator[Row]:
    """Authors whose names differ in accents, hyphens or capitals only: the same person, misspelt once?"""
    spellings: dict[str, dict[str, str]] = {}
    for paper in catalogue:
        for name in paper.authors or ():
            spellings.setdefault(re.sub(r"[\W_]", "", fold(name)), {}).setdefault(name, paper.id)
    for found in spellings.values():
        if len(found) > 1:
            yield ", ".join(found.values()), " · ".join(found)


AUDITS: tuple[Callable[[Catalogue], Iterator[Row]], ...] = (
    unconfirmed,
    replaced_words,
    bibliography_case,
    name_case,
    numbers_in_summaries,
    two_spellings,
    not_in_title,
    tags_of_no_method,
    preprints_of_age,
    untagged,
    judgements,
)


def main() -> int:
    """Print every audit's count, and with ``--rows`` its records; 1 where records cannot be read."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    parser.add_argument("--rows", action="store_true", help="print the records too")
    options = parser.parse_args()
    try:
        catalogue = Catalogue.load(options.root)
    except CatalogError as error:
        print(f"audit: {error}", file=sys.stderr)
        return 1
    _show(catalogue, rows_too=options.rows)
    if catalogue.left_out:
        print(f"audit: {catalogue.left_out}", file=sys.stderr)
    return 1 if catalogue.left_out else 0


def _show(catalogue: Catalogue, *, rows_too: bool) -> None:
    # Titles and summaries are text, and hold brackets: no markup.
    console = Console(width=None if Console().is_terminal else 150, markup=False, emoji=False)
    summary = Table(
        "audit", "records", "what it finds", title=f"{len(catalogue):,} records", title_justify="left"
    )
    for audit in AUDITS:
        rows = list(audit(catalogue))
        name = audit.__name__.replace("_", " ")
        summary.add_row(name, f"{len(rows):,}", (audit.__doc__ or "").strip())
        if rows_too and rows:
            console.print(_table(name, rows))
    for rule in CHECKED:
        found = checks.run(catalogue, rules=[rule])
        summary.add_row(rule, f"{len(found):,}", f"see: catalog check --rule {rule}")
    console.print(summary)


def _table(title: str, rows: list[Row]) -> Table:
    table = Table("record", "what to look at", title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table


if __name__ == "__main__":
    sys.exit(main())
