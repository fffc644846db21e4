"""DOIs that carry what stood around them, or that name a preprint: they lead nowhere, or not to publication.

What an identifier may hold at all is checked while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding
from catalog.findings import Finding, Fix
from catalog.links import arxiv_in_doi
from catalog.record import Identifiers, Paper


@check("doi-form")
def untidy_dois(catalogue: Catalogue) -> Iterator[Finding]:
    """A DOI with the punctuation or query of where it was copied from, or arXiv's own of a preprint."""
    for paper in catalogue:
        doi = paper.identifiers.doi
        if doi is None:
            continue
        if arxiv := arxiv_in_doi(doi):
            advice = f"expected that of the published version; write it as arxiv: '{arxiv}', or delete it"
            yield _on_doi(catalogue, paper, f"'{doi}' is arXiv's own DOI of a preprint, {advice}", arxiv)
        elif (bare := _bare(doi)) != doi:
            yield _on_doi(
                catalogue, paper, f"found '{doi}', expected the DOI alone; write {bare}", None, bare
            )


def _bare(doi: str) -> str:
    """*doi* without a query and the punctuation of the sentence that it stood in."""
    return re.split(r"[?#]", doi)[0].rstrip(".,;:")


def _on_doi(
    catalogue: Catalogue, paper: Paper, message: str, arxiv: str | None, doi: str | None = None
) -> Finding:
    known = {name: value for name, value in paper.identifiers if value and name != "doi"}
    new = {"arxiv": arxiv, **known} if arxiv else {**known, "doi": doi}
    certain = new.get("arxiv") == arxiv if arxiv else not doi or not doi.endswith("/")
    fix = Fix({"identifiers": _in_order(new)}) if certain else None
    path = ("identifiers", "doi")
    return finding(catalogue, paper, path, "doi-form", message, severity="warning", fix=fix)


def _in_order(identifiers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: identifiers[name] for name in Identifiers.model_fields if identifiers.get(name)}
