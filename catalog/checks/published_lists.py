"""Whether the lists that papers were taken from are where the vocabulary says."""

from __future__ import annotations

from collections.abc import Iterator

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check
from catalog.findings import Finding
from catalog.values import check_link
from catalog.vocabulary import PublishedList


@check("list-link")
def links_of_lists(catalogue: Catalogue) -> Iterator[Finding]:
    """An address of a list that a page of the site should not lead to."""
    file = f"papers/vocabulary/{catalogue.vocabulary.file_of('listed_in')}"
    for key, each in catalogue.vocabulary["listed_in"].items():
        if not isinstance(each, PublishedList) or each.url is None:
            continue
        try:
            check_link(each.url)
        except ValueError as error:
            line, column = yaml_files.locate(yaml_files.read_text(catalogue.root / file), (key, "url"))
            yield Finding(file, line, column, "list-link", "error", str(error))
