"""The Python API: one import, and papers that can be narrowed down and taken along."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from catalog import load
from catalog.api import Papers
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.query import parse
from tests.conftest import REPOSITORY


def ids(papers: Papers) -> list[str]:
    return [paper.id for paper in papers]


def test_papers_are_counted_walked_and_found_by_id(mini: Path) -> None:
    papers = load(mini)
    assert len(papers) == len(ids(papers)) == 6
    assert papers["fastv"].name == "FastV"
    assert "fastv" in papers
    assert papers["tome"] in papers
    assert "nobody" not in papers
    assert repr(papers) == "<6 papers of Mini>"
    assert repr(papers.where("id:tome")) == "<1 paper of Mini>"
    with pytest.raises(KeyError):
        papers["nobody"]


def test_papers_are_a_sequence_in_the_order_of_their_ids(mini: Path) -> None:
    papers = load(mini)
    assert papers[0] is next(iter(papers))
    assert papers[-1] is list(papers)[5]
    assert ids(papers[1:3]) == ids(papers)[1:3]
    assert ids(papers[::-1]) == [paper.id for paper in reversed(papers)]
    assert papers[:2].where("id:fastv").bibtex() == ""
    assert papers.index(papers["tome"]) == ids(papers).index("tome")
    assert len(random.sample(papers, 3)) == 3


@pytest.mark.parametrize(
    ("key", "error", "said"),
    [
        ("fastw", KeyError, "no paper has the id 'fastw'; did you mean 'fastv'?"),
        ("FastV", KeyError, "did you mean 'fastv'?"),
        ("token merging", KeyError, "papers.where('some words')"),
        ("dynamicvit", KeyError, "'dynamicvit' is in the catalogue, but not among these 2 papers"),
        (2, IndexError, "there is no papers[2] among 2 papers; the first is papers[0]"),
        (-3, IndexError, "there is no papers[-3]"),
        (None, TypeError, "by id, as in papers['an-id'], or by place, as in papers[0] or papers[:10]"),
        (["fastv"], TypeError, "found ['fastv']"),
        (1.5, TypeError, "found 1.5"),
    ],
)
def test_what_stands_for_no_paper_is_refused_with_what_would(
    mini: Path, key: Any, error: type[Exception], said: str
) -> None:
    papers = load(mini).where("id:fastv,tome")
    with pytest.raises(error) as raised:
        papers[key]
    assert said in raised.value.args[0]


def test_papers_stand_in_sets_and_as_keys(mini: Path) -> None:
    papers, again = load(mini), load(mini)
    assert papers["tome"] is not again["tome"]
    assert {papers["tome"], again["tome"]} == {papers["tome"]}
    other = papers["tome"].model_copy(update={"summary": "Another"})
    assert len({papers["tome"], other, papers["fastv"]}) == 3
    assert set(papers) & set(again.where("code:yes")) == set(papers.where("code:yes"))


def test_a_former_id_finds_the_paper(mini: Path) -> None:
    path = mini / "papers/2022/tome.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "aliases: [token-merging]\n", encoding="utf-8")
    papers = load(mini)
    assert papers["token-merging"].id == "tome"
    assert "token-merging" in papers


def test_a_query_may_be_a_line_named_values_both_or_ready_made(mini: Path) -> None:
    papers = load(mini)
    assert ids(papers.where("domain:multimodal training:free")) == ["fastv"]
    assert ids(papers.where(domain="multimodal", training="free")) == ["fastv"]
    assert ids(papers.where("domain:multimodal", kind="survey")) == ["data-centric-compression"]
    ready = parse("domain:multimodal -kind:survey", papers.catalogue.vocabulary)
    assert ids(papers.where(ready)) == ["fastv"]
    assert ids(papers.where("domain:vision").where(training="free")) == ["toca"]
    assert ids(papers.where()) == ids(papers)


def test_a_mistake_in_a_query_is_told_in_words(mini: Path) -> None:
    with pytest.raises(CatalogError, match="did you mean domain:vision"):
        load(mini).where("domain:visoin")
    with pytest.raises(CatalogError, match="there is no field 'domian'"):
        load(mini).where(domian="vision")
    with pytest.raises(
        CatalogError, match=r'others\. Words to search for come first: where\("some words"\)\.'
    ) as told:
        load(mini).where(foo=1)
    assert "quotes" not in str(told.value)
    with pytest.raises(CatalogError, match="at least one value, or leave the field out"):
        load(mini).where(year=[])


@pytest.mark.parametrize("line", [1, None, ["training:free"], {"training": "free"}])
def test_a_query_that_is_no_text_is_refused_with_what_would_be_one(mini: Path, line: Any) -> None:
    with pytest.raises(TypeError, match=r"where\('training:free'\), or fields by name") as told:
        load(mini).where(line)
    assert repr(line) in str(told.value)


def test_what_is_taken_along_agrees_with_the_exports(mini: Path) -> None:
    papers = load(mini).where("code:yes")
    lines = papers.export("jsonl")
    assert isinstance(lines, str)
    assert papers.to_dicts() == [json.loads(line) for line in lines.splitlines()]
    assert papers.bibtex().count("@inproceedings{") == 4
    assert isinstance(papers.export("xlsx"), bytes)
    assert [item["id"] for item in papers.to_dicts()] == ids(papers)


def test_a_table_has_the_columns_of_the_json_lines_and_whole_years(mini: Path) -> None:
    table = load(mini).to_dataframe()
    assert list(table.index) == ids(load(mini))
    assert table.loc["tome", "year"] == 2023
    assert str(table["year"].dtype) == "Int64"
    assert table["year"].isna()["unknown-facts"]
    assert table["mechanism"].explode().value_counts()["pruning"] == 2
    assert load(mini).where("id:nobody").to_dataframe().empty


def test_a_selection_is_saved_to_a_file(mini: Path, tmp_path: Path) -> None:
    path = tmp_path / "papers.ris"
    papers = load(mini).where("author:liu")
    papers.save("ris", path)
    assert path.read_text(encoding="utf-8") == papers.export("ris")
    with pytest.raises(CatalogError, match="no export format 'riss'; did you mean 'ris'"):
        papers.save("riss", path)


def test_a_selection_that_cannot_be_saved_leaves_the_file_as_it_is(
    mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_library(*_: object) -> None:
        raise ImportError("damaged")

    monkeypatch.setattr("catalog.optional.import_module", no_library)
    path = tmp_path / "papers.parquet"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(CatalogError, match="the export 'parquet' needs the library pyarrow"):
        load(mini).save("parquet", path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_catalogue_is_found_from_inside_or_by_the_environment(
    mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mini / "papers" / "2024")
    assert len(load()) == 6
    monkeypatch.chdir("/")
    monkeypatch.setenv("CATALOG_ROOT", str(mini))
    assert len(load()) == 6
    monkeypatch.delenv("CATALOG_ROOT")
    with pytest.raises(
        CatalogError, match=r'holds no papers/catalogue\.yaml; go to .* name it: load\("DIR"\)'
    ):
        load(tmp_path / "nowhere")


def test_a_tilde_is_the_home_folder(mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(mini.parent))
    assert len(load(f"~/{mini.name}")) == 6
    monkeypatch.setenv("CATALOG_ROOT", f"~/{mini.name}")
    assert len(load()) == 6


def test_records_that_cannot_be_read_are_left_out_loudly(mini: Path) -> None:
    (mini / "papers/2024/fastv.yaml").write_text("title: [", encoding="utf-8")
    with pytest.warns(UserWarning, match="^1 record could not be read and is left out"):
        papers = load(mini)
    assert len(papers) == 5


def test_importing_is_light() -> None:
    """Neither the engine's import nor the API's brings what only a site, a table or a command needs."""
    heavy = "mkdocs jinja2 typer pyarrow pandas numpy xlsxwriter citeproc lxml duckdb torch httpx"
    code = (
        "import sys, catalog; from catalog import CatalogError, __version__; "
        "assert 'pydantic' not in sys.modules; from catalog import load; "
        f"print([m for m in {heavy!r}.split() if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_what_scripts_name_is_in_the_package() -> None:
    import catalog
    from catalog.record import Paper

    assert (catalog.CatalogError, catalog.Paper, catalog.Papers) == (CatalogError, Paper, Papers)
    assert catalog.__version__ == version("fewer-tokens")


@pytest.mark.parametrize("package", ["catalog", "reference_impls"])
def test_type_checkers_of_others_read_the_types(package: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"][package]
    assert (REPOSITORY / package / "py.typed").is_file()


def test_there_is_nothing_else_in_the_package_by_that_way() -> None:
    import catalog

    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        catalog.lod  # noqa: B018


def test_papers_can_be_made_of_a_catalogue_at_hand(mini_catalogue: Catalogue) -> None:
    assert ids(Papers(mini_catalogue, mini_catalogue.papers[:2])) == [p.id for p in mini_catalogue.papers[:2]]
