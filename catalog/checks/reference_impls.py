"""The two ends between records and reference implementations: each names an existing other."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding, named, related
from catalog.findings import Finding, Related
from catalog.record import Paper

METHODS = "reference_impls/methods"


@check("reference-impl")
def broken_references(catalogue: Catalogue) -> Iterator[Finding]:
    """A record names a module that is not there, two records name one, or no record names a module.

    The last is left unsaid while a record cannot be read, for that may be the one which names it.
    """
    folder = catalogue.root / METHODS
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    owners: dict[str, Paper] = {}
    for paper in catalogue:
        module = paper.reference_impl
        if module is None:
            continue
        message = None
        ends: list[Related] = []
        if module not in modules:
            near = process.extractOne(module, sorted(modules), scorer=fuzz.ratio, score_cutoff=60)
            hint = f"did you mean '{near[0]}'?" if near else "delete the line, or add that file"
            message = f"there is no {METHODS}/{module}.py; {hint}"
        elif module in owners:
            first = owners[module]
            message = _named_by_two(module, named(catalogue, first))
            other_message = _named_by_two(module, named(catalogue, paper))
            ends = [related(catalogue, first, ("reference_impl",), other_message)]
        owners.setdefault(module, paper)
        if message:
            yield finding(catalogue, paper, ("reference_impl",), "reference-impl", message, related=ends)
    if catalogue.unreadable:
        return
    for module in sorted(modules - set(owners)):
        file = f"{METHODS}/{module}.py"
        message = f"no record names this implementation; add 'reference_impl: {module}' to its paper's record"
        yield Finding(file, 1, 1, "reference-impl", "error", message)


def _named_by_two(module: str, other: str) -> str:
    return (
        f"{METHODS}/{module}.py is also named by {other}; "
        "an implementation is of one paper: delete one of the two lines"
    )
