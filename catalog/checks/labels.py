"""Whether terms are called such that people can pick several of them.

What else is wrong with a vocabulary is refused where it is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.checks.registry import check
from catalog.findings import Finding
from catalog.record import tag_lists


@check("label-comma")
def labels_with_commas(catalogue: Catalogue) -> Iterator[Finding]:
    """A label that is taken apart where several terms stand with commas between: GitHub joins answers so."""
    for name in tag_lists(catalogue.vocabulary):
        file = f"papers/vocabulary/{catalogue.vocabulary.file_of(name)}"
        for key, term in catalogue.vocabulary[name].items():
            if "," in term.label:
                text = yaml_files.read_text(catalogue.root / file)
                message = (
                    f"'{term.label}' is read as several terms: those of a form's answer have commas "
                    "between them; write the label without"
                )
                yield Finding(file, *yaml_files.locate(text, (key, "label")), "label-comma", "error", message)
