"""The BibTeX export: one file that LaTeX compiles without a warning about an entry."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import bibtexparser
import pytest

from catalog import exports
from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import entries

REPOSITORY = Path(__file__).parents[2]
MakeCatalogue = Callable[[Mapping[str, str]], Path]

TOOLS = ("pdflatex", "bibtex")
needs_latex = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="needs pdflatex and bibtex (Debian: texlive-latex-base)"
)

RECORD = """\
title: "{title}"
authors: [Jürgen Müller]
venue: CVPR
year: 2024
kind: method
"""


def export(catalogue: Catalogue) -> str:
    return exports.get("bibtex").text(catalogue, catalogue)


def test_every_paper_has_an_entry_and_they_are_sorted_by_id(mini_catalogue: Catalogue) -> None:
    backwards = list(reversed(mini_catalogue.papers))
    written = list(entries(backwards, mini_catalogue))
    assert written == list(entries(mini_catalogue, mini_catalogue))
    assert len(written) == len(mini_catalogue)
    assert "DynamicViT" in written[1]


def test_the_header_says_what_the_file_is_and_begins_no_entry(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a.yaml": RECORD.format(title="A")})
    config = root / "papers" / "catalogue.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub("title: .*", 'title: "By @comment{x"', text, count=1), encoding="utf-8")
    header, *rest = export(Catalogue.load(root)).split("\n\n")
    assert header.startswith("% By (at)comment{x: ")
    assert all(line.startswith("%") for line in header.splitlines())
    assert len(rest) == 1


def test_a_records_own_entry_is_written_as_it_stands(make_catalogue: MakeCatalogue) -> None:
    own = "@misc{Own:Key_1,\n  title = {A},\n}"
    block = "bibtex: |\n" + "".join(f"  {line}\n" for line in own.splitlines())
    catalogue = Catalogue.load(make_catalogue({"2024/a.yaml": RECORD.format(title="A") + block}))
    assert list(entries(catalogue, catalogue)) == [own]


def test_an_entry_that_would_take_in_what_follows_is_made_from_the_fields(
    make_catalogue: MakeCatalogue,
) -> None:
    own = "bibtex: |\n  @misc{Own:Key_1,\n    title = {Broken {Zebra},\n  }\n"
    files = {"2024/a.yaml": RECORD.format(title="A Zebra") + own, "2024/b.yaml": RECORD.format(title="B")}
    written = export(Catalogue.load(make_catalogue(files)))
    library = bibtexparser.parse_string(written)
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == ["Own:Key_1", "muller2024b"]
    assert "A Zebra" in written


def test_no_key_is_there_twice_even_where_two_records_claim_it(make_catalogue: MakeCatalogue) -> None:
    own = "bibtex: |\n  @misc{{{key},\n    title = {{A}},\n  }}\n"
    files = {
        "2024/a.yaml": RECORD.format(title="Same Title One") + own.format(key="Same2024"),
        "2024/b.yaml": RECORD.format(title="Same Title Two") + own.format(key="same2024"),
        "2024/c.yaml": RECORD.format(title="Same Title Three"),
        "2024/d.yaml": RECORD.format(title="Same Title Four"),
    }
    catalogue = Catalogue.load(make_catalogue(files))
    keys = [key_in(entry) for entry in entries(catalogue, catalogue)]
    assert keys == ["Same2024", "same2024-b", "muller2024same", "muller2024samea"]


def test_a_key_is_the_same_whichever_papers_are_exported(make_catalogue: MakeCatalogue) -> None:
    files = {f"2024/{name}.yaml": RECORD.format(title="Same Title") for name in "abc"}
    catalogue = Catalogue.load(make_catalogue(files))
    together = list(entries(catalogue, catalogue))
    alone = [entry for paper in catalogue for entry in entries([paper], catalogue)]
    assert together == alone


def compile_with_latex(bib: str, folder: Path, style: str) -> Sequence[str]:
    """What BibTeX and LaTeX complain of when every entry of *bib* is cited."""
    (folder / "refs.bib").write_text(bib, encoding="utf-8")
    (folder / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage[utf8]{inputenc}\\usepackage[T1]{fontenc}\\usepackage{url}"
        "\\begin{document}x\\nocite{*}"
        f"\\bibliographystyle{{{style}}}\\bibliography{{refs}}\\end{{document}}",
        encoding="utf-8",
    )
    complaints: list[str] = []
    latex = ["pdflatex", "-interaction=nonstopmode", "paper"]
    for command in (latex, ["bibtex", "paper"], latex, latex):
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        output = run.stdout.decode(errors="replace")
        if command[0] == "bibtex":
            complaints += [
                line for line in output.splitlines() if re.match(r"Warning|I |.*---|.*error", line)
            ]
        if run.returncode:
            complaints += [f"{command[0]} exited with {run.returncode}", *output.splitlines()[-40:]]
    log = (folder / "paper.log").read_text(encoding="utf-8", errors="replace")
    complaints += re.findall(r"^(?:!|LaTeX Warning:|Missing character:).*", log, re.MULTILINE)
    return complaints


@pytest.mark.latex
@needs_latex
@pytest.mark.parametrize("style", ["plain", "alpha"])
def test_the_file_compiles_in_latex_without_a_complaint(
    mini_catalogue: Catalogue, tmp_path: Path, style: str
) -> None:
    assert compile_with_latex(export(mini_catalogue), tmp_path, style) == []


@pytest.mark.latex
@needs_latex
def test_the_whole_catalogue_compiles_in_latex_without_a_complaint(tmp_path: Path) -> None:
    assert compile_with_latex(export(Catalogue.load(REPOSITORY)), tmp_path, "plain") == []


@pytest.mark.latex
@needs_latex
def test_a_complaint_is_noticed(tmp_path: Path) -> None:
    broken = "@inproceedings{a,\n  title = {A & B},\n  year = {2024},\n}\n"
    assert any("empty author" in line for line in compile_with_latex(broken, tmp_path, "plain"))
