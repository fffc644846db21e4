"""Export formats are found by being there."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.record import Paper


def test_formats_are_known_by_name_in_alphabetical_order() -> None:
    known = exports.formats()
    assert list(known) == sorted(known)
    assert {"bibtex", "jsonl"} <= set(known)
    assert known["bibtex"].suffix == ".bib"
    assert all(
        export.media_type and export.description.endswith((".", ",", ":")) for export in known.values()
    )


def test_an_unknown_format_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(
        CatalogError, match=r"no export format 'bibtx'; did you mean 'bibtex'\? Known are: .*jsonl"
    ):
        exports.get("bibtx")


@pytest.mark.parametrize("name", exports.formats())
def test_every_format_takes_no_papers_and_gives_the_same_text_twice(
    name: str, mini_catalogue: Catalogue
) -> None:
    export = exports.get(name)
    assert export.text(mini_catalogue, mini_catalogue) == export.text(mini_catalogue, mini_catalogue)
    export.write([], mini_catalogue, io.StringIO())


def test_jsonl_is_written_while_papers_arrive(mini_catalogue: Catalogue) -> None:
    stream = io.StringIO()

    def papers() -> Iterator[Paper]:
        for number, paper in enumerate(mini_catalogue):
            assert stream.getvalue().count("\n") == number
            yield paper

    exports.get("jsonl").write(papers(), mini_catalogue, stream)
