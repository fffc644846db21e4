"""Export formats are found by being there."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.record import Paper

TEXT = [name for name, export in exports.formats().items() if not export.binary]
BINARY = [name for name, export in exports.formats().items() if export.binary]
STREAMING = ["csv", "json", "jsonl", "markdown", "ris", "csl-json"]


def test_formats_are_known_by_name_in_alphabetical_order() -> None:
    known = exports.formats()
    assert list(known) == sorted(known)
    promised = "apa biblatex bibtex csl-json csv ieee json jsonl markdown parquet ris xlsx"
    assert set(promised.split()) <= set(known)
    assert known["bibtex"].suffix == ".bib"
    assert all(
        export.media_type and export.description.endswith((".", ",", ":")) for export in known.values()
    )


def test_an_unknown_format_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(
        CatalogError, match=r"no export format 'bibtx'; did you mean 'bibtex'\? Known are: .*jsonl"
    ):
        exports.get("bibtx")
    with pytest.raises(CatalogError, match=r"no export format 'pdf'\. Known are: .*jsonl"):
        exports.get("pdf")


def test_a_list_without_its_dialect_is_answered_with_the_dialects() -> None:
    with pytest.raises(
        CatalogError, match="did you mean 'list-arxiv-badge' or 'list-badges' or 'list-venue-"
    ):
        exports.get("list")


@pytest.mark.parametrize("name", exports.formats())
def test_every_format_gives_the_same_bytes_twice(name: str, rich_catalogue: Catalogue) -> None:
    export = exports.get(name)
    first = export.bytes(rich_catalogue, rich_catalogue)
    assert first
    assert export.bytes(rich_catalogue, rich_catalogue) == first


@pytest.mark.parametrize("name", exports.formats())
def test_every_format_takes_no_papers(name: str, mini_catalogue: Catalogue) -> None:
    stream = io.BytesIO()
    exports.get(name).save([], mini_catalogue, stream)
    assert all(paper.title.encode() not in stream.getvalue() for paper in mini_catalogue)


@pytest.mark.parametrize("name", exports.formats())
def test_saving_leaves_the_callers_stream_open(name: str, mini_catalogue: Catalogue) -> None:
    stream = io.BytesIO()
    exports.get(name).save(mini_catalogue, mini_catalogue, stream)
    assert not stream.closed


@pytest.mark.parametrize("name", TEXT)
def test_a_text_format_is_saved_as_utf_8(name: str, rich_catalogue: Catalogue) -> None:
    export = exports.get(name)
    text = export.text(rich_catalogue, rich_catalogue)
    assert export.bytes(rich_catalogue, rich_catalogue).decode("utf-8") == text


@pytest.mark.parametrize("name", BINARY)
def test_a_binary_format_is_no_text(name: str, mini_catalogue: Catalogue) -> None:
    with pytest.raises(CatalogError, match=f"'{name}' is no text format"):
        exports.get(name).text(mini_catalogue, mini_catalogue)


@pytest.mark.parametrize("name", STREAMING)
def test_a_paper_is_written_before_the_next_one_is_asked_for(name: str, mini_catalogue: Catalogue) -> None:
    stream = io.StringIO()

    def papers() -> Iterator[Paper]:
        titles: list[str] = []
        for paper in mini_catalogue:
            # Markdown has its own way to write some characters; the words between them are enough.
            assert all(title in stream.getvalue() for title in titles)
            yield paper
            titles.append(paper.title.split(":")[0])

    exports.get(name).write(papers(), mini_catalogue, stream)


@pytest.mark.parametrize("missing", [("parquet", "pyarrow"), ("dataframe", "pandas")])
def test_a_library_that_is_not_installed_is_named_with_what_to_do(
    missing: tuple[str, str], mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.api import Papers

    extra, library = missing
    monkeypatch.setitem(__import__("sys").modules, library, None)
    papers = Papers(mini_catalogue, mini_catalogue)
    with pytest.raises(
        CatalogError, match=rf"needs the library {library}.*pip install --editable '.*\[{extra}\]'"
    ):
        papers.export("parquet") if extra == "parquet" else papers.to_dataframe()
