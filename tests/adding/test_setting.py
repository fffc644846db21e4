"""Values that a person gives for a record's fields: its BibTeX entry follows them."""

from __future__ import annotations

import pytest

from catalog.adding.setting import with_values
from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from tests.checks.checking import record
from tests.conftest import MakeCatalogue

WITHOUT_AUTHORS = """\
@inproceedings{2024pruning,
  title = {Pruning Tokens Early},
  key = {Pruning Tokens Early},
  booktitle = {European Conference on Computer Vision},
  year = {2024},
}
"""


@pytest.mark.parametrize(
    ("entry", "key"),
    [(WITHOUT_AUTHORS, "bo2025pruning"), (WITHOUT_AUTHORS.replace("2024pruning", "early"), "early")],
)
def test_a_key_from_before_the_authors_were_known_is_made_anew_with_the_entry_and_another_stays(
    make_catalogue: MakeCatalogue, entry: str, key: str
) -> None:
    catalogue = Catalogue.load(make_catalogue({"2024/a-paper.yaml": record(bibtex=entry)}))
    paper = catalogue["a-paper"]
    text, changed = with_values(
        catalogue.text_of(paper), paper, catalogue.files[paper.id], {"year": 2025}, "curator", catalogue
    )
    assert key_in(changed.bibtex or "") == key
    assert f"@inproceedings{{{key},\n" in text
    assert "author = {Bo, Ada and Da, Chen}" in text
