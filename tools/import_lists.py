"""Import all published lists at once: their newest copies, older copies, verified metadata, decisions.

    tools/import_lists.py --lists DIR --seeds DIR --verified FILE.jsonl [--verified FILE.jsonl]

``--lists`` holds a folder for each list, named by its key in papers/vocabulary/lists.yaml;
``--seeds`` holds older copies, each recognised by its first line.  Run on an empty papers/
it makes every record; run again, or with newer copies, it adds what is new and leaves the
rest alone.  The outcome is printed, and kept as tools/import_report.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.draft import Authority, Claim, Draft
from catalog.findings import CatalogError
from catalog.importers import DIALECTS, Entry, Reading, plan, read_list
from catalog.importers.links import read_code_link
from catalog.importers.mojibake import repair
from catalog.importers.text import clean_title
from catalog.record import IDENTIFIERS
from catalog.vocabulary import PublishedList, Vocabulary, fold

TRAINING = {"training-free": "free", "training-based": "based"}
_LISTS_OF_OTHERS = re.compile(
    r"awesome|collection|token-(?:reduction|compress)|paper-?list(?!s)", re.IGNORECASE
)


def main() -> int:
    """Run the import; 0, or 2 where it could not run."""
    arguments = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        catalogue = Catalogue.load(arguments.root)
        readings = list(_read_all(arguments, catalogue.vocabulary))
        decisions = Decisions.load(arguments.decisions, catalogue.vocabulary)
        authorities = [*read_verified(arguments.verified, catalogue.vocabulary), *decisions.drafts]
        made = plan(
            [*decisions.refuse(readings), *decisions.additions],
            catalogue,
            authorities=authorities,
            added=arguments.added,
        )
    except (CatalogError, yaml_files.YamlError) as error:
        print(error, file=sys.stderr)
        return 2
    if not arguments.dry_run:
        made.write(catalogue.root)
        arguments.report.write_text(made.report.as_json(), encoding="utf-8")
    made.report.print(console, rows=arguments.rows)
    console.print(f"{len(made.texts):,} records written, {len(made.report.conflicts):,} disagreements")
    return 0


def _arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lists", type=Path, required=True, help="folder of the newest copies")
    parser.add_argument("--seeds", type=Path, help="folder of older copies")
    parser.add_argument(
        "--verified", type=Path, action="append", default=[], help="verified metadata, JSON lines"
    )
    parser.add_argument(
        "--decisions", type=Path, default=here / "decisions.yaml", help="what a curator decided"
    )
    parser.add_argument("--root", type=Path, default=here.parent, help="the folder that holds papers/")
    parser.add_argument("--report", type=Path, default=here / "import_report.json")
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--added", default=today, help="the day that new records bear; without it, today")
    parser.add_argument("--rows", action="store_true", help="print the outcome of every row")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    return parser.parse_args()


# ------------------------------------------------------------------------------------ the lists


def _read_all(arguments: argparse.Namespace, vocabulary: Vocabulary) -> Iterator[Reading]:
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        for path, key in [*_newest(arguments.lists, vocabulary), *_older(arguments.seeds, vocabulary)]:
            task = progress.add_task(key)

            def advance(done: int, total: int, task: Any = task) -> None:
                progress.update(task, completed=done, total=total)

            yield from read_list(_dialect(key, vocabulary), path, vocabulary, key, advance)


def _dialect(key: str, vocabulary: Vocabulary) -> str:
    term = vocabulary["listed_in"].get(key)
    if not isinstance(term, PublishedList) or not term.dialect:
        raise CatalogError(f"papers/vocabulary/lists.yaml: '{key}' is missing, or has no 'dialect:'; add it")
    return term.dialect


def _newest(folder: Path, vocabulary: Vocabulary) -> Iterator[tuple[Path, str]]:
    if not folder.is_dir():
        raise CatalogError(f"{folder}: not found; name the folder that holds a folder for each list")
    for path in sorted(each for each in folder.iterdir() if each.is_dir()):
        pages = DIALECTS[_dialect(path.name, vocabulary)].folder
        yield (path if pages else path / "README.md"), path.name


def _older(folder: Path | None, vocabulary: Vocabulary) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.iterdir()) if folder else ():
        if path.is_file():
            yield path, _recognise(path, vocabulary)


def _recognise(path: Path, vocabulary: Vocabulary) -> str:
    """The list of which a file is a copy, by its first line of text."""
    lines = repair(path.read_text(encoding="utf-8")).splitlines()
    first = next((fold(line) for line in lines if fold(line) and not line.startswith("<")), "")
    for key, term in vocabulary["listed_in"].items():
        for name in (key, term.label, *term.aliases):
            if fold(name) == first or fold(name.partition(":")[2]) == first:
                return key
            if first.startswith(fold(name)) and "http" in first:  # a heading with badges behind it
                return key
    raise CatalogError(f"{path}: its first line names no list of papers/vocabulary/lists.yaml")


# ------------------------------------------------------------------------------------ metadata


def read_verified(paths: Iterable[Path], vocabulary: Vocabulary) -> Iterator[Draft]:
    """A draft for each line of the files of verified metadata."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield _verified_draft(json.loads(line), f"{path.name}:{number}", vocabulary)


def _verified_draft(row: dict[str, Any], place: str, vocabulary: Vocabulary) -> Draft:
    source = f"verified: {', '.join(_short_sources(row['sources']))}"
    values: dict[str, list[Any]] = {
        "title": [clean_title(row["title"])],
        "former_titles": [clean_title(title) for title in row["list_titles"]],
        "authors": [tuple(" ".join(name.split()) for name in row["authors"])],
        **{name: [row[name]] for name in IDENTIFIERS if row[name]},
    }
    venue = vocabulary.resolve("venue", row["venue"])
    if venue:
        values["appearance"] = [(venue, row["year"])]
    if row["training"] in TRAINING:
        values["training"] = [TRAINING[row["training"]]]
    if row["code"]:
        kind, address = read_code_link(row["code"])
        if kind != "none":
            values[kind] = [address]
    return Draft(
        {
            name: tuple(Claim(value, source, Authority.VERIFIED, place) for value in each)
            for name, each in values.items()
        }
    )


def _short_sources(sources: list[str]) -> list[str]:
    """The first two sources by name, those that are no list of papers first."""
    names = dict.fromkeys(_short_source(source) for source in sources)
    return sorted(names, key=lambda name: bool(_LISTS_OF_OTHERS.search(name)))[:2]


def _short_source(source: str) -> str:
    name = source.removeprefix("repo:").partition(" (")[0]
    return re.sub(r"^([\w.-]+/[\w.-]+?)(?:@[\w.-]+)?:.*$", r"\1", name)


# ------------------------------------------------------------------------------------ decisions


class Decisions:
    """What a curator decided on rows that no rule can decide: decisions.yaml.

    Each names a paper by one of its titles and gives a reason.  ``set`` holds fields
    of the record, ``also`` other titles of the same paper, ``refuse: true`` keeps the
    paper out, ``add: true`` makes a record that no list has.
    """

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.additions: list[Reading] = []
        self.refused: dict[str, str] = {}

    @classmethod
    def load(cls, path: Path, vocabulary: Vocabulary) -> Decisions:
        """Read the file; an absent file decides nothing."""
        decisions = cls()
        if path.exists():
            data = yaml_files.parse(path.read_text(encoding="utf-8"))
            for number, each in enumerate(data["decisions"], 1):
                decisions._add(each, f"{path.name}: decision {number}", vocabulary)
        return decisions

    def _add(self, each: dict[str, Any], place: str, vocabulary: Vocabulary) -> None:
        unknown = set(each) - {"paper", "reason", "set", "also", "refuse", "add", "source"}
        if unknown or not each.get("paper") or not each.get("reason"):
            raise CatalogError(
                f"{place}: expected paper, reason and set, also, refuse or add; found {sorted(each)}"
            )
        if each.get("refuse"):
            self.refused[fold(each["paper"])] = each["reason"]
            return
        source = each.get("source") or f"curator: {each['reason']}"
        claims = {
            name: tuple(Claim(value, source, Authority.CURATOR, place) for value in values)
            for name, values in _as_claims(each.get("set", {}), place, vocabulary)
        }
        claims["former_titles"] = tuple(
            Claim(title, source, Authority.CURATOR, place) for title in (each["paper"], *each.get("also", ()))
        )
        draft = Draft(claims)
        if each.get("add"):
            title = Claim(each["paper"], source, Authority.CURATOR, place)
            draft = Draft({**claims, "title": claims.get("title", (title,))})
            entry = Entry(place.partition(":")[0], int(place.rsplit(" ", 1)[1]), "", each["paper"])
            self.additions.append(Reading(entry, "decisions", draft))
        else:
            self.drafts.append(draft)

    def refuse(self, readings: Iterable[Reading]) -> list[Reading]:
        """The readings, those that were decided against with the reason."""
        readings = list(readings)
        for reading in readings:
            for title in reading.draft.values("title"):
                reading.refused = reading.refused or self.refused.get(fold(title))
        return readings


def _as_claims(fields: dict[str, Any], place: str, vocabulary: Vocabulary) -> Iterator[tuple[str, list[Any]]]:
    if "venue" in fields:
        if fields["venue"] not in vocabulary["venue"]:
            raise CatalogError(
                f"{place}: there is no venue '{fields['venue']}' in papers/vocabulary/venues.yaml"
            )
        yield "appearance", [(fields["venue"], fields.get("year"))]
    for name, value in fields.items():
        if name == "authors":
            yield name, [tuple(value)]
        elif name not in ("venue", "year"):
            yield name, value if isinstance(value, list) else [value]


if __name__ == "__main__":
    sys.exit(main())
