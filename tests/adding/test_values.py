"""What a person writes on the command line for a field becomes what a record holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.adding.values import field_value
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.record import MAY_BE_NONE


@pytest.mark.parametrize("field", MAY_BE_NONE)
def test_none_is_an_empty_list_where_a_record_tells_it_from_unknown(
    mini_catalogue: Catalogue, field: str
) -> None:
    assert field_value(field, ["none"], mini_catalogue.vocabulary) == []


@pytest.mark.parametrize("field", ["keywords", "training", "venue"])
def test_none_is_no_term_of_other_fields(mini_catalogue: Catalogue, field: str) -> None:
    with pytest.raises(CatalogError, match=f"^--{field}: there is no 'none'"):
        field_value(field, "none", mini_catalogue.vocabulary)


@pytest.mark.parametrize(
    ("field", "written"), [("criterion", ["attention"]), ("criterion", ["none"]), ("training", "free")]
)
def test_a_field_that_the_topic_does_without_has_no_value(
    mini: Path, field: str, written: str | list[str]
) -> None:
    vocabulary = Catalogue.load(mini).vocabulary
    file = mini / "papers" / "vocabulary" / vocabulary.file_of(field)
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=f"^--{field}: the topic does without it, as {file.name} is empty"):
        field_value(field, written, Catalogue.load(mini).vocabulary)
