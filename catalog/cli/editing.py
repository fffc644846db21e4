"""``catalog edit``: fields of a record set as a form sets them, so that nothing beside them is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

import typer
from rapidfuzz import fuzz, process

from catalog import repairs, yaml_files
from catalog.checks import report
from catalog.cli.console import say
from catalog.cli.records import load
from catalog.findings import CatalogError
from catalog.provenance import CURATOR
from catalog.query.fields import field_of
from catalog.vocabulary import Vocabulary

_NEEDED = frozenset({"title", "kind"})
"""Fields that are never unknown."""


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("edit")(edit)


def edit(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(help="Its id, file or page, or the paper's arXiv id, DOI, name or title.")
    ],
    values: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE", help="E.g. venue=NeurIPS; for several terms, commas between."),
    ],
    source: Annotated[
        str, typer.Option(help="Where the values come from, for the record's provenance.")
    ] = CURATOR,
) -> None:
    """Set fields of a record: what follows from them is done, too, and a record with errors stays as it was.

    The BibTeX entry is made anew under its old key, another title is kept among the former ones, each value
    has its source, and the file moves if the paper first appeared in another year. Prints the file's path.

    [dim]catalog edit transformer venue=NeurIPS year=2017 --source "the published version"[/]

    [dim]catalog edit 1706.03762 'title=A Title as Published' 'authors=Ada Bo, Chen Da' doi=unknown[/]
    """
    # These bring the forms with them, which no other command at a terminal needs.
    from catalog.github.changing import findings_on, set_fields
    from catalog.github.forms import FormError
    from catalog.github.records import find_record
    from catalog.github.values import fields_of

    catalogue = load(context)
    names = {
        name: label
        for label, field in fields_of(catalogue.config.labels).items()
        for name in (field.path[-1], ".".join(field.path))
    }
    given = _given(values, names, catalogue.vocabulary)
    try:
        paper = find_record(record, catalogue)
        file = catalogue.files[paper.id]
        old = yaml_files.read_text(catalogue.root / file)
    except FormError as error:
        raise CatalogError(str(error)) from None
    try:
        changed, place = set_fields(catalogue.root, file, given, source)
    except FormError as error:
        raise CatalogError(f"{file} stays as it was:\n{error}") from None
    if not changed:
        say(f"{file} says so already; nothing was written")
        return
    print(place)
    for line in repairs.in_words(old, yaml_files.read_text(catalogue.root / place), ()):
        say(f"  {line}")
    if found := findings_on(catalogue.root, place):
        say(report.as_text(found).rstrip())


def _given(values: Sequence[str], names: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, str]:
    """What a form calls a field -> what is to stand there.

    Raises
    ------
    CatalogError : a value names no field, or one that another value names as well
    """
    given: dict[str, str] = {}
    for each in values:
        name, equals, value = each.partition("=")
        name = name.strip().removeprefix("--")
        if not equals:
            raise CatalogError(f"'{each}' is no FIELD=VALUE; write e.g. venue=NeurIPS")
        if name == "id":
            raise CatalogError(
                "the id is the file's name; rename the file, then run: catalog check --fix, which keeps the "
                "old id as an alias"
            )
        if name not in names:
            raise CatalogError(f"there is no field '{name}' to set; {_hint(name, names, vocabulary)}")
        if names[name] in given:
            raise CatalogError(f"'{name}' is given twice; keep one")
        if not value.strip():
            advice = (
                "every record needs one" if name in _NEEDED else f"write {name}=unknown where it is not known"
            )
            raise CatalogError(f"'{name}' has no value; {advice}")
        given[names[name]] = value
    return given


def _hint(name: str, names: Collection[str], vocabulary: Vocabulary) -> str:
    """What may be meant by *name*: the field of that label, or one of those that the topic uses."""
    labelled = field_of(name, vocabulary)
    if labelled in names:
        return f"did you mean '{labelled}'?"
    used = [each for each in names if vocabulary.has_field(each.rpartition(".")[2])]
    near = process.extractOne(name.lower(), used, scorer=fuzz.ratio, score_cutoff=60)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(used)}"
