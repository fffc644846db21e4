"""Whether links to the terms of an earlier commit still lead somewhere; without git nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.earlier import Earlier
from catalog.checks.registry import check
from catalog.findings import Finding
from catalog.record import is_example, term_lists, value_of


@check("lost-term")
def lost_terms(catalogue: Catalogue) -> Iterator[Finding]:
    """A term that records had in an earlier commit, and whose page leads nowhere now."""
    earlier = Earlier.known(catalogue.root)
    for name in filter(catalogue.vocabulary.has_field, term_lists(catalogue.vocabulary)):
        file = f"papers/vocabulary/{catalogue.vocabulary.file_of(name)}"
        terms = catalogue.vocabulary[name]
        known = terms.keys() | {key for term in terms.values() for key in term.former_keys}
        gone = earlier.terms.get(file, frozenset()) - known
        for key in sorted(gone & _borne(catalogue, earlier, name)):
            yield _lost(catalogue, name, key, file, earlier.name)


def _borne(catalogue: Catalogue, earlier: Earlier, name: str) -> set[str]:
    """The terms that records have, or had, in the field *name*; nobody has linked to those of an example."""
    papers = chain(catalogue, (before for before in earlier.changed.values() if before))
    return {key for paper in papers if not is_example(paper) for key in value_of(paper, name) or ()}


def _lost(catalogue: Catalogue, name: str, key: str, file: str, where: str) -> Finding:
    """The finding on the term that is called *key* now by its label or a tag, or else on the whole file."""
    now = catalogue.vocabulary.resolve(name, key)
    place = (1, 1)
    if now:
        place = yaml_files.locate(yaml_files.read_text(catalogue.root / file), (now,))
        advice = f"it is '{now}' now: add {key} to the aliases there, and its page leads to the new one"
    else:
        advice = (
            f"if a term is called otherwise now, add {key} to its aliases, and its page leads there; if the "
            "term is gone on purpose, leave it so, and the warning goes with the next commit"
        )
    message = f"{where} has the term '{key}' of '{name}', which is gone, so that links to its page break; "
    return Finding(file, *place, "lost-term", "warning", message + advice)
