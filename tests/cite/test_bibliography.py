"""The bibliography of a manuscript: complete, upgraded, and in the author's own keys."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.cite import Unknown, bibliography
from catalog.findings import CatalogError
from catalog.released import SNAPSHOT
from tests.cite.conftest import TOME, entries
from tests.exports.conftest import latex_is_here


@pytest.mark.parametrize(
    "key",
    [
        "chen2024image",
        "Chen2024Image",
        "fastv",
        "FastV",
        "2403.06764",
        "arXiv:2403.06764",
        "arxiv.2403.06764",
        "10.48550/arXiv.2403.06764",
        "DBLP:journals/corr/abs-2403-06764",
        "arxiv:2403.06764v3",
    ],
)
def test_a_paper_is_found_by_key_id_or_arxiv_id_and_the_authors_key_stays(cite, key: str) -> None:
    made = cite(paper_tex=f"\\cite{{{key}}}")
    assert made.added == {key: "fastv"}
    assert list(entries(made)) == [key]
    assert entries(made)[key]["booktitle"] == "European Conference on Computer Vision"
    assert not made.unknown


@pytest.mark.parametrize(
    "command",
    ["\\bibliography{nothing, refs}", "\\addbibresource[location=local]{refs.bib}", "\\input{end}"],
)
def test_what_a_named_bib_file_has_is_known_and_stays_there(cite, tmp_path: Path, command: str) -> None:
    (tmp_path / "refs.bib").write_text("@misc{nobody2019, title = {Nothing}}\n", encoding="utf-8")
    (tmp_path / "end.tex").write_text("\\bibliography{refs}", encoding="utf-8")
    made = cite(paper_tex=f"\\cite{{fastv,nobody2019,other}} {command}")
    assert [one.what for one in made.unknown] == ["other"]
    assert made.kept == ("nobody2019",)
    assert list(entries(made)) == ["fastv"]


def test_an_outdated_entry_that_stays_and_one_that_the_catalogue_lacks_are_told_apart(
    cite, tmp_path: Path
) -> None:
    own = f"{TOME}\n@misc{{nobody2019, title = {{Nothing}}}}\n@misc{{fastv, title={{{FASTV}}}}}\n"
    (tmp_path / "mine.bib").write_text(own, encoding="utf-8")
    made = cite(paper_tex="\\cite{mine, fastv, nobody2019} \\bibliography{mine}")
    assert made.kept == ("mine", "fastv", "nobody2019")
    assert [(one.key, one.line, one.venue) for one in made.outdated] == [
        ("mine", 1, "ICLR 2023"),
        ("fastv", 3, "ECCV 2024"),
    ]
    assert made.strange == ("nobody2019",)
    upgraded = cite(paper_tex="\\cite{mine} \\bibliography{mine}", mine_bib=own)
    assert (len(upgraded.upgraded), upgraded.outdated, upgraded.strange) == (2, (), ("nobody2019",))


def test_the_bib_files_of_an_aux_file_are_read_and_commented_ones_are_not(cite, tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@misc{nobody2019, title = {Nothing}}\n", encoding="utf-8")
    assert not cite(paper_aux="\\citation{nobody2019}\n\\bibdata{refs}\n").unknown
    assert cite(paper_tex="\\cite{nobody2019}\n% \\bibliography{refs}\n").unknown


def test_own_keys_in_a_bib_file_that_markdown_names_are_known_and_stay_there(cite, tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text("@misc{nobody2019, title = {Nothing}}\n", encoding="utf-8")
    made = cite(paper_qmd="---\nbibliography: refs.bib\n---\n[@fastv; @nobody2019; @other]\n")
    assert [one.what for one in made.unknown] == ["other"]
    assert made.kept == ("nobody2019",)
    assert list(entries(made)) == ["fastv"]


def test_what_markdown_calls_figures_and_the_like_is_no_unknown_citation(cite, mini: Path) -> None:
    (mini / "papers/2022/tome.yaml").rename(mini / "papers/2022/tip-tome.yaml")
    made = cite(
        paper_md="@fig-one, @Tbl-x, [@eq-a; @sec-b], @lst-c, @alg-d, @fig:e, @Sec:f [@tip-tome; @figs]"
    )
    assert [one.what for one in made.unknown] == ["figs"]
    assert made.added == {"tip-tome": "tip-tome"}
    assert [one.what for one in cite(paper_tex="\\cite{fig:e}").unknown] == ["fig:e"]


OTHER_PAPER = "@article{chen2024image, title={A completely different paper}}\n"
FASTV = (
    "An Image is Worth {1/2} Tokens after Layer 2: Plug-and-Play Inference Acceleration for Large "
    "Vision-Language Models"
)
NAMING = {
    "paper_tex": "\\cite{chen2024image} \\bibliography{refs}",
    "paper_aux": "\\citation{chen2024image}\n\\bibdata{refs}",
    "paper_md": "---\nbibliography: refs.bib\n---\n[@chen2024image]",
    "paper_typ": '@chen2024image #bibliography("refs.bib")',
}


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize(
    ("own", "same"),
    [
        (OTHER_PAPER, False),
        ("@misc{chen2024image, title={Own words}, eprint={2403.06764}}", True),
        ("@misc{chen2024image, title={Own words}, doi={10.48550/arXiv.2403.06764}}", True),
        (f"@misc{{chen2024image, title={{{FASTV}}}}}", True),
        ("@misc{chen2024image, title={Token Merging: Your ViT But Faster}}", False),
    ],
)
def test_the_author_s_own_entry_comes_first_and_is_told_if_the_catalogue_means_another_paper(
    cite, tmp_path: Path, name: str, own: str, same: bool
) -> None:
    refs = tmp_path / "refs.bib"
    refs.write_text(f"% mine\n{own}", encoding="utf-8")
    made = cite(out=tmp_path / "new.bib", **{name: NAMING[name]})
    assert (made.text, made.added, made.unknown) == ("", {}, ())
    assert made.kept == ("chen2024image",)
    told = [(one.key, one.file, one.line, one.paper.id) for one in made.namesakes]
    assert told == ([] if same else [("chen2024image", str(refs), 2, "fastv")])


def test_an_own_entry_of_another_paper_is_told_wherever_it_stands_but_only_if_it_is_cited(
    cite, tmp_path: Path
) -> None:
    refs = tmp_path / "refs.bib"
    refs.write_text(OTHER_PAPER, encoding="utf-8")
    onto_itself = cite(out=refs, paper_tex=NAMING["paper_tex"])
    assert onto_itself.text == OTHER_PAPER
    assert [one.key for one in onto_itself.namesakes] == ["chen2024image"]
    given = cite(paper_tex="\\cite{chen2024image}", other_tex="\\cite{chen2024image}", own_bib=OTHER_PAPER)
    assert [one.key for one in given.namesakes] == ["chen2024image"]
    assert cite(own_bib=OTHER_PAPER).namesakes == ()


def test_a_paper_that_only_the_text_names_takes_no_key_that_the_author_uses_for_another(
    cite, tmp_path: Path
) -> None:
    refs = tmp_path / "refs.bib"
    text = "arXiv:2403.06764 \\bibliography{refs}"
    refs.write_text(OTHER_PAPER, encoding="utf-8")
    assert cite(paper_tex=text).added == {"chen2024image-fastv": "fastv"}
    assert list(entries(cite(out=refs, paper_tex=text))) == ["chen2024image", "chen2024image-fastv"]
    refs.write_text("@misc{chen2024image, eprint={2403.06764}}", encoding="utf-8")
    assert cite(paper_tex=text).added == {}


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("paper_tex", r"\cite{fastv,MyOwn}\bibliographystyle{plain}\bibliography{own}", True),
        ("paper_aux", r"\citation{fastv,MyOwn}\bibdata{own}", True),
        ("paper_tex", r"\usepackage{biblatex}\bibliography{own}\cite{fastv,MyOwn}", False),
        ("paper_aux", r"\abx@aux@cite{0}{fastv}\abx@aux@cite{0}{MyOwn}", False),
    ],
)
def test_an_own_entry_is_the_same_in_capitals_for_bibtex_alone(
    cite, tmp_path: Path, name: str, text: str, known: bool
) -> None:
    own = TOME.replace("mine", "FastV") + "\n@misc{myown, title = {x}}\n"
    (tmp_path / "own.bib").write_text(own, encoding="utf-8")
    made = cite(**{name: text})
    assert (made.kept, list(made.added)) == ((("FastV", "myown"), []) if known else ((), ["fastv"]))
    assert [one.what for one in made.unknown] == ([] if known else ["MyOwn"])
    assert [one.key for one in made.namesakes] == (["FastV"] if known else [])
    given = cite(own_bib=own, **{name: text})
    assert [one.key for one in given.upgraded] == ["FastV"]
    out = tmp_path / "refs.bib"
    out.write_text(own, encoding="utf-8")
    written = cite(out=out, **{name: text})
    assert list(entries(written)) == ["FastV", "myown", *([] if known else ["fastv"])]
    assert [one.key for one in written.upgraded] == (["FastV"] if known else [])


def test_of_two_files_that_are_named_the_first_has_the_entry(cite, tmp_path: Path) -> None:
    (tmp_path / "one.bib").write_text(OTHER_PAPER, encoding="utf-8")
    (tmp_path / "two.bib").write_text("@misc{chen2024image, eprint={2403.06764}}", encoding="utf-8")
    made = cite(paper_tex="\\cite{chen2024image} \\bibliography{one, two}")
    assert [Path(one.file).name for one in made.namesakes] == ["one.bib"]
    assert not cite(paper_tex="\\cite{chen2024image} \\bibliography{two, one}").namesakes


def test_a_bib_file_that_is_named_and_given_is_kept_whole_once(cite, tmp_path: Path) -> None:
    made = cite(refs_bib=TOME.replace("mine", "tm"), paper_tex="\\cite{tm} \\bibliography{refs}")
    assert list(entries(made)) == ["tm"]
    assert not made.kept
    assert [one.key for one in made.upgraded] == ["tm"]


def test_a_paper_is_found_by_former_id_released_key_and_doi(cite, mini: Path) -> None:
    path = mini / "papers/2024/toca.yaml"
    text = path.read_text(encoding="utf-8").replace('arxiv: "2410.05317"', 'doi: "10.1000/ToCa.1"')
    path.write_text(text + "aliases: [old-toca]\n", encoding="utf-8")
    (mini / SNAPSHOT).write_text(json.dumps({"old-toca": "zou2024toca"}), encoding="utf-8")
    keys = [
        "old-toca",
        "zou2024toca",
        "10.1000/toca.1",
        "doi:10.1000/ToCa.1",
        "https://doi.org/10.1000/toca.1",
    ]
    made = cite(paper_tex=f"\\cite{{{','.join(keys)}}}")
    assert made.added == dict.fromkeys(keys, "toca")
    assert made.twice == (tuple(keys),)


def test_typst_which_sets_no_latex_formulas_gets_their_characters(cite, mini: Path) -> None:
    path = mini / "papers/2024/toca.yaml"
    text = path.read_text(encoding="utf-8").replace("Accelerating Diffusion", "Δ-DiT² at 50% and $5:")
    path.write_text(text, encoding="utf-8")
    as_characters = "{Δ}-{DiT²} at 50\\% and \\$5: Transformers"
    own = "@misc{mine, title = {x}, eprint = {2410.05317}}"
    made = cite(paper_typ="@toca @mine", own_bib=own)
    assert [entry["title"].partition(" with")[0] for entry in entries(made).values()] == [as_characters] * 2
    for name in ("paper_tex", "paper_md"):
        assert r"\ensuremath{\Delta}" in cite(**{name: "\\cite{toca}", "other_typ": "@toca"}).text


def test_what_is_not_known_is_reported_with_its_place_and_a_suggestion(cite, tmp_path: Path) -> None:
    made = cite(paper_tex="\\cite{fastv}\n\\cite{nobody2019,chen2024imag}\narXiv:1706.03762")
    file = str(tmp_path / "paper.tex")
    assert made.unknown == (
        Unknown("nobody2019", file, 2, None),
        Unknown("chen2024imag", file, 2, "chen2024image"),
        Unknown("arXiv:1706.03762", file, 3, None),
    )
    assert list(entries(made)) == ["fastv"]


def test_an_arxiv_id_in_the_text_gets_the_catalogues_key_once(cite) -> None:
    assert list(entries(cite(paper_md="see arXiv:2403.06764"))) == ["chen2024image"]
    assert list(entries(cite(paper_md="[@fastv], arXiv:2403.06764"))) == ["fastv"]


def test_entries_come_in_the_order_of_citation(cite) -> None:
    assert list(entries(cite(paper_tex="\\cite{tome} \\cite{fastv,toca} \\cite{tome}"))) == [
        "tome",
        "fastv",
        "toca",
    ]


def test_one_paper_under_two_keys_is_reported(cite) -> None:
    assert cite(paper_tex="\\cite{tome,mine}", own_bib=TOME).twice == (("mine", "tome"),)


def test_nothing_to_read_is_refused(mini_catalogue: Catalogue) -> None:
    with pytest.raises(CatalogError, match="name at least one"):
        bibliography([], mini_catalogue)


@pytest.mark.latex
@pytest.mark.skipif(not latex_is_here("pdflatex", "bibtex"), reason="needs pdflatex and bibtex")
def test_a_manuscript_compiles_with_its_bibliography(cite, tmp_path: Path) -> None:
    manuscript = (
        "\\documentclass{article}\\begin{document}\\cite{fastv} \\cite{2210.09461,mine}"
        "\\bibliographystyle{plain}\\bibliography{refs}\\end{document}"
    )
    own = "@misc{mine, author = {Me}, title = {Mine}, year = 2024}"
    (tmp_path / "refs.bib").write_text(cite(paper_tex=manuscript, own_bib=own).text, encoding="utf-8")
    latex = ["pdflatex", "-interaction=nonstopmode", "paper"]
    for command in (latex, ["bibtex", "paper"], latex, latex):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert command[0] != "bibtex" or "Warning" not in run.stdout, run.stdout
    assert "undefined" not in (tmp_path / "paper.log").read_text(encoding="utf-8", errors="replace")
