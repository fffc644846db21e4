"""The two ends between records and reference implementations: each names an existing other."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.findings import Finding

METHODS = "reference_impls/methods"


@check("reference-impl")
def broken_references(catalogue: Catalogue) -> Iterator[Finding]:
    """A record names a module that is not there, two records name one, or no record names a module."""
    folder = catalogue.root / METHODS
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    named: dict[str, str] = {}
    for paper in catalogue:
        module = paper.reference_impl
        if module is None:
            continue
        message = None
        if module not in modules:
            near = process.extractOne(module, sorted(modules), scorer=fuzz.ratio, score_cutoff=60)
            hint = f"did you mean '{near[0]}'?" if near else "delete the line, or add that file"
            message = f"there is no {METHODS}/{module}.py; {hint}"
        elif module in named:
            message = (
                f"{METHODS}/{module}.py is also named by '{named[module]}' "
                f"({catalogue.files[named[module]]}); "
                "an implementation is of one paper: delete one of the two lines"
            )
        named.setdefault(module, paper.id)
        if message:
            yield finding(catalogue, paper, ("reference_impl",), "reference-impl", message)
    for module in sorted(modules - set(named)):
        file = f"{METHODS}/{module}.py"
        message = f"no record names this implementation; add 'reference_impl: {module}' to its paper's record"
        yield Finding(file, 1, 1, "reference-impl", "error", message)
