"""Tables for a survey, and the command that cites their papers."""

from __future__ import annotations

import csv
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.query import parse, select
from catalog.site.views import paper_terms
from catalog.wording import Labels
from tests.conftest import MakeCatalogue
from tests.exports.conftest import latex_is_here
from tests.test_hostile import HOSTILE, hostile_record


@pytest.fixture
def hostile(make_catalogue: MakeCatalogue, mini_catalogue: Catalogue) -> Catalogue:
    vocabulary = mini_catalogue.vocabulary
    records = {f"2024/{name}.yaml": hostile_record(name, text, vocabulary) for name, text in HOSTILE.items()}
    return Catalogue.load(make_catalogue(records))


def cells(markdown: str) -> list[list[str]]:
    """The rows of a Markdown table as an independent renderer shows them."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close", "something stands behind the table"
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            shown = [
                child.content for child in token.children or () if child.type in ("text", "text_special")
            ]
            rows[-1].append("".join(shown))
    return rows


def test_a_latex_row_has_name_citation_venue_and_how_it_works(mini_catalogue: Catalogue) -> None:
    text = exports.get("latex-table").text([mini_catalogue["fastv"]], mini_catalogue)
    key = unique_keys(mini_catalogue)["fastv"]
    assert text.splitlines()[1:-2] == [
        r"\begin{tabular}{lllll}",
        r"\toprule",
        r"Paper & Venue & Criterion & Mechanism & Training \\",
        r"\midrule",
        rf"FastV~\cite{{{key}}} & ECCV 2024 & Attention & Pruning & Training-free \\",
    ]


def test_what_is_unknown_is_left_empty_and_what_there_is_none_of_is_a_dash(
    mini_catalogue: Catalogue,
) -> None:
    unknown = mini_catalogue["unknown-facts"]
    none = mini_catalogue["fastv"].model_copy(update={"criterion": ()})
    rows = cells(exports.get("markdown-table").text([unknown, none], mini_catalogue))
    assert rows[0] == ["Paper", "Venue", "Criterion", "Mechanism", "Training", "Code"]
    assert rows[1][2:5] == ["", "", ""]
    assert rows[2][2] == "–"


def test_columns_are_headed_as_the_catalogue_calls_their_fields(mini_catalogue: Catalogue) -> None:
    labels = Labels(venue="Where", criterion="Signal | 50%", mechanism="Operation")
    config = mini_catalogue.config.model_copy(update={"labels": labels})
    catalogue = replace(mini_catalogue, config=config)
    markdown = cells(exports.get("markdown-table").text(catalogue, catalogue))
    assert markdown[0] == ["Paper", "Where", "Signal | 50%", "Operation", "Training", "Code"]
    latex = exports.get("latex-table").text(catalogue, catalogue).splitlines()
    assert latex[3] == r"Paper & Where & Signal \textbar{} 50\% & Operation & Training \\"


def test_a_field_without_terms_has_no_column(mini: Path) -> None:
    for record in mini.glob("papers/2*/*.yaml"):
        record.write_text(re.sub(r"(?m)^ *criterion: .*\n", "", record.read_text("utf-8")), "utf-8")
    (mini / "papers" / "vocabulary" / "criteria.yaml").write_text("", encoding="utf-8")
    catalogue = Catalogue.load(mini)
    markdown = cells(exports.get("markdown-table").text(catalogue, catalogue))
    assert markdown[0] == ["Paper", "Venue", "Mechanism", "Training", "Code"]
    assert {len(row) for row in markdown} == {5}
    latex = exports.get("latex-table").text(catalogue, catalogue).splitlines()
    assert latex[1] == r"\begin{tabular}{llll}"
    assert {len(re.findall(r"(?<!\\)&", row)) for row in (latex[3], *latex[5:-2])} == {3}


def test_of_a_survey_tables_rows_search_and_its_page_say_that_there_is_no_training(
    mini_catalogue: Catalogue,
) -> None:
    survey, vocabulary = mini_catalogue["data-centric-compression"], mini_catalogue.vocabulary
    assert (survey.kind, survey.training, survey.parametric) == ("survey", None, None)
    table = cells(exports.get("markdown-table").text([survey], mini_catalogue))
    assert table[1][table[0].index("Training")] == "–"
    (row,) = csv.DictReader(exports.get("csv").text([survey], mini_catalogue).splitlines())
    for field in ("training", "parametric"):
        assert field not in row["unknown"].split("; ")
        assert survey in select(mini_catalogue, parse(f"{field}:none", vocabulary))
        assert survey not in select(mini_catalogue, parse(f"{field}:unknown", vocabulary))
        assert paper_terms(survey, vocabulary)[field] == ()


def test_every_row_of_a_markdown_table_has_all_its_columns(
    hostile: Catalogue, rich_catalogue: Catalogue
) -> None:
    for catalogue in (hostile, rich_catalogue):
        rows = cells(exports.get("markdown-table").text(catalogue, catalogue))
        assert len(rows) == 1 + len(catalogue)
        assert {len(row) for row in rows} == {6}
        for paper, row in zip(catalogue, rows[1:], strict=True):
            assert row[0].endswith(" ".join(paper.title.split()))


def test_every_row_of_a_latex_table_has_all_its_columns(
    hostile: Catalogue, rich_catalogue: Catalogue
) -> None:
    for catalogue in (hostile, rich_catalogue):
        rows = exports.get("latex-table").text(catalogue, catalogue).splitlines()[5:-2]
        assert len(rows) == len(catalogue)
        for row in rows:
            assert row.endswith(r" \\")
            assert len(re.findall(r"(?<!\\)&", row)) == 4
            assert not re.search(r"(?<!\\)[#%$]", row)


def test_one_command_cites_all_papers(mini_catalogue: Catalogue) -> None:
    papers = [mini_catalogue["tome"], mini_catalogue["fastv"]]
    keys = unique_keys(mini_catalogue)
    said = exports.get("cite").text(papers, mini_catalogue)
    assert said == f"\\cite{{{keys['tome']},{keys['fastv']}}}\n"
    assert exports.get("cite").text([], mini_catalogue) == ""


@pytest.mark.skipif(not latex_is_here("pdflatex"), reason="needs pdflatex")
def test_latex_sets_the_table(hostile: Catalogue, tmp_path: Path) -> None:
    table = exports.get("latex-table").text(hostile, hostile)
    for rule in ("top", "mid", "bottom"):
        table = table.replace(f"\\{rule}rule", "\\hline")  # booktabs is no part of every LaTeX
    document = f"\\documentclass{{article}}\n\\begin{{document}}\n{table}\\end{{document}}\n"
    (tmp_path / "survey.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "survey.tex"], cwd=tmp_path, capture_output=True, check=False
    )
    said = done.stdout.decode("utf-8", errors="replace")
    problems = [line for line in said.splitlines() if line.startswith("!")]
    assert not [line for line in problems if "Unicode character" not in line], said
