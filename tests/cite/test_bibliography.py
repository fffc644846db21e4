"""The bibliography of a manuscript: complete, upgraded, and in the author's own keys."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import bibtexparser
import pytest

from catalog.catalogue import Catalogue
from catalog.cite import Bibliography, Unknown, bibliography
from catalog.findings import CatalogError
from catalog.released import SNAPSHOT
from tests.exports.conftest import latex_is_here

TOME = (
    "@article{mine, title = {Token Merging: Your {ViT} But Faster}, journal = {arXiv preprint}, year = 2022}"
)


@pytest.fixture
def cite(mini: Path, tmp_path: Path):
    """Make the bibliography of files given by name and text."""

    def make(out: Path | None = None, **files: str) -> Bibliography:
        paths = []
        for name, text in files.items():
            path = tmp_path / name.replace("_", ".")
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return bibliography(paths, Catalogue.load(mini), out)

    return make


def entries(made: Bibliography) -> dict[str, dict[str, str]]:
    library = bibtexparser.parse_string(made.text)
    assert not library.failed_blocks
    return {entry.key: {field.key: field.value for field in entry.fields} for entry in library.entries}


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


# ------------------------------------------------------------------------------ the author's own .bib


@pytest.mark.parametrize(
    "fields",
    [
        "title = {Token Merging: Your {ViT} But Faster}, journal = {arXiv preprint arXiv:2210.09461}",
        "title = {Other words}, eprint = {2210.09461}, archivePrefix = {arXiv}",
        "title = {Other words}, url = {https://arxiv.org/abs/2210.09461v2}",
        "title = {Other words}, doi = {10.48550/arXiv.2210.09461}",
        'title = "token merging -- your vit but faster", journal = "CoRR"',
        "title = {Token Merging: Your ViT But Faster}",
    ],
)
def test_a_preprint_is_upgraded_under_the_authors_key(cite, fields: str) -> None:
    made = cite(own_bib=f"@article{{My:Key_1, author = {{X}}, {fields}, year = 2022}}")
    assert [(upgrade.key, upgrade.venue) for upgrade in made.upgraded] == [("My:Key_1", "ICLR 2023")]
    entry = entries(made)["My:Key_1"]
    assert entry["booktitle"] == "International Conference on Learning Representations"
    assert entry["year"] == "2023"


def test_an_entry_that_cites_a_published_version_stays_as_it_is(cite) -> None:
    own = "@inproceedings{mine,title={Token Merging: Your ViT But Faster},booktitle={Proc. ICLR},year=2023}"
    made = cite(own_bib=own)
    assert made.text == own + "\n"
    assert (made.kept, made.upgraded) == (("mine",), ())


def test_a_preprint_that_the_catalogue_knows_as_a_preprint_stays(cite) -> None:
    own = "@misc{mine, title = {Elsewhere}, eprint = {2505.19147}, archivePrefix = {arXiv}}"
    assert cite(own_bib=own).text == own + "\n"


def test_comments_strings_and_unknown_entries_of_the_author_stay(cite) -> None:
    own = '% my notes\n@string{x = "y"}\n@misc{other, title = {Something Else}, note = x}\n\n'
    made = cite(own_bib=own + TOME + "\n\n@misc{last, title = {Last}}\n")
    before, after = made.text.split("@inproceedings{mine,")
    assert before == own
    assert after.endswith("\n\n@misc{last, title = {Last}}\n")
    assert made.kept == ("other", "last")


def test_what_only_the_author_can_have_written_stays_in_an_entry_that_is_upgraded(cite) -> None:
    own = (
        '@string{seen = "read"}\n@article{mine, title = {Token Merging: Your ViT But Faster},\n'
        "  journal = {arXiv preprint arXiv:2210.09461}, eprint = {2210.09461}, year = 2022, pages = {1--9},\n"
        "  Note = {see Sec. 3, {not} 4}, file = {:tome.pdf:PDF}, "
        'keywords = "merging, vit", annote = seen # { twice}}'
    )
    made = cite(own_bib=own)
    fields = entries(made)["mine"]
    assert fields["booktitle"].startswith("International Conference on Learning Representations")
    assert not {"journal", "eprint", "pages"} & fields.keys()
    assert "  Note = {see Sec. 3, {not} 4},\n  file = {:tome.pdf:PDF},\n" in made.text
    assert '  keywords = "merging, vit",\n  annote = seen # { twice},\n}' in made.text


@pytest.mark.parametrize(
    "note", ["arXiv:2210.09461", "arXiv preprint", "CoRR abs/2210.09461", "under review"]
)
def test_a_note_that_the_paper_is_a_preprint_goes_with_the_preprint(cite, note: str) -> None:
    made = cite(own_bib=TOME.replace("year = 2022", f"year = 2022, note = {{{note}}}"))
    assert "note" not in entries(made)["mine"]


def test_an_entry_whose_venue_stands_in_another_entry_is_no_preprint(cite) -> None:
    own = "@inproceedings{mine, title = {Token Merging: Your ViT But Faster}, crossref = {iclr}}\n"
    assert cite(own_bib=own).text == own


def test_of_the_file_that_is_written_to_only_what_is_cited_is_upgraded(cite, tmp_path: Path) -> None:
    refs = tmp_path / "refs.bib"
    uncited = "@misc{other, title = {x}, eprint = {2210.09461}, note = {mine}}\n"
    refs.write_text(
        uncited + "@misc{tm, title = {x}, eprint = {2210.09461}, note = {mine}}\n", encoding="utf-8"
    )
    made = cite(out=refs, paper_tex="\\cite{tm}")
    assert made.text.startswith(uncited)
    assert [upgrade.key for upgrade in made.upgraded] == ["tm"]
    assert entries(made)["tm"]["note"] == "mine"
    assert cite(out=refs, own_bib="@misc{a, title = {b}}\n").text.endswith(refs.read_text(encoding="utf-8"))


def test_only_the_entry_itself_is_replaced_and_not_a_copy_of_it_in_a_comment(cite) -> None:
    made = cite(own_bib=f"@comment{{{TOME}}}\n{TOME}\n")
    assert made.text.startswith(f"@comment{{{TOME}}}\n@inproceedings{{mine,")


def test_comments_between_the_fields_of_an_entry_that_is_upgraded_come_before_it(cite) -> None:
    own = (
        "@misc{mine, title = {x}, % mail a@b\n  eprint = {2210.09461}, % a = {b}\n  note = {mine} % last\n}\n"
    )
    made = cite(own_bib=own)
    assert made.text.startswith("% mail a(at)b\n% a = {b}\n% last\n@inproceedings{mine,")
    assert entries(made)["mine"]["note"] == "mine"
    assert cite(own_bib=made.text).text == made.text


@pytest.mark.parametrize(
    ("address", "kept"),
    [("https://mine.org/tome.pdf", True), ("https://arxiv.org/pdf/2210.09461v1", False)],
)
def test_a_page_of_the_authors_choice_and_a_sort_key_stay(cite, address: str, kept: bool) -> None:
    made = cite(
        own_bib=TOME.replace("year =", f"url = {{{address}}}, urldate = {{2026-01-01}}, key = {{T}}, year =")
    )
    entry = entries(made)["mine"]
    assert (entry["url"] == address, "urldate" in entry, entry["key"]) == (kept, kept, "T")


def test_doing_it_again_onto_the_same_file_writes_no_entry_twice(cite, tmp_path: Path) -> None:
    own = (
        '% my notes\n@string{x = "y"}\n@misc{other, title = {Else}, % why\n note = x}\n\n'
        + TOME
        + "\n% end\n"
    )
    refs = tmp_path / "refs.bib"
    files = {"paper_tex": "\\cite{fastv,mine}", "old_bib": own}
    first = cite(out=refs, **files)
    refs.write_text(first.text, encoding="utf-8")
    assert cite(out=refs, **files).text == first.text
    files["old_bib"] = own.replace("{Else}", "{Other}")
    again = cite(out=refs, **files)
    assert sorted(entries(again)) == ["fastv", "mine", "other"]
    assert entries(again)["other"]["title"] == "Other"


def test_an_entry_that_names_two_papers_is_nobodys(cite) -> None:
    own = "@misc{mine, title = {x}, eprint = {2210.09461}, url = {https://arxiv.org/abs/2403.06764}}"
    assert cite(own_bib=own).upgraded == ()


# ---------------------------------------------------------------------- line ends and encodings

BEFORE = '% für mich\n@string{x = "y"}\n@misc{other, % why\n title = {Else,\n twice},\n note = x\n}\n\n'
PREPRINT = "@misc{tm,\n eprint = {2210.09461},\n note = {my\n own}\n}"


@pytest.mark.parametrize("line_ends", ["\n", "\r\n", "mixed"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_the_file_that_is_written_to_keeps_its_line_ends_and_its_encoding(
    cite, tmp_path: Path, line_ends: str, encoding: str
) -> None:
    if line_ends == "mixed":
        before, preprint, after = BEFORE, PREPRINT.replace("\n", "\r\n"), "\r\n% end\r\n" * 4
    else:
        before, preprint, after = (text.replace("\n", line_ends) for text in (BEFORE, PREPRINT, "\n% end\n"))
    refs, line_end = tmp_path / "refs.bib", "\n" if line_ends == "\n" else "\r\n"
    refs.write_bytes((before + preprint + after).encode(encoding))
    made = cite(out=refs, paper_tex="\\cite{fastv,tm}")
    assert list(entries(made)) == ["other", "tm", "fastv"]
    written = made.text.encode(made.encoding)
    assert written.startswith(before.encode(encoding))
    upgraded, _, added = made.text.removeprefix(before).partition(after)
    assert upgraded.startswith("@inproceedings{tm,")
    assert "note = {my" in upgraded
    for new in (upgraded, added):
        assert new.count("\n") == new.count(line_end) > 2
        assert ("\r" in new) == ("\r" in line_end)
    refs.write_bytes(written)
    again = cite(out=refs, paper_tex="\\cite{fastv,tm}")
    assert again.text.encode(again.encoding) == written


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_new_file_has_the_line_ends_of_the_one_that_is_given(cite, tmp_path: Path, line_end: str) -> None:
    own = tmp_path / "own.bib"
    own.write_bytes(f"% mine\n{TOME}\n".replace("\n", line_end).encode("utf-8-sig"))
    (tmp_path / "paper.tex").write_text("\\cite{fastv,mine}", encoding="utf-8")
    made = bibliography([tmp_path / "paper.tex", own], Catalogue.load(tmp_path / "mini"))
    assert made.text.startswith(f"% mine{line_end}@inproceedings{{mine,{line_end}")
    assert made.text.replace("\r\n", "").count("\n") == (0 if line_end == "\r\n" else made.text.count("\n"))
    assert made.encoding == "utf-8"


def test_a_file_that_cannot_hold_a_new_entry_is_named_with_what_to_do(
    cite, mini: Path, tmp_path: Path
) -> None:
    record = mini / "papers/2024/fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8").replace("Liang Chen", "Liang 陈"), encoding="utf-8")
    refs = tmp_path / "refs.bib"
    refs.write_bytes("% für mich\n".encode("latin-1"))
    with pytest.raises(CatalogError, match=r"refs\.bib: is not UTF-8, and cannot hold '陈' .* save the file"):
        cite(out=refs, paper_tex="\\cite{fastv}")


@pytest.mark.parametrize(
    ("own", "line", "what"),
    [
        ("% mine\n@misc{a, title = {x}\n@article{b, title = {y}}\n", 2, "last brace is never closed"),
        ("@misc{b, title = {y}}\n@misc{a,\n  title = {x,\n  year = 2024\n}\n", 3, "of 'title' are never"),
        ("@misc{a, title = {x}\n@@@ {{{\n@article{b", 1, "last brace is never closed"),
    ],
)
def test_a_file_of_the_author_with_an_entry_that_is_never_closed_is_refused_with_its_place(
    cite, tmp_path: Path, own: str, line: int, what: str
) -> None:
    with pytest.raises(CatalogError, match=rf"own\.bib:{line}: .*{what}"):
        cite(own_bib=own)
    (tmp_path / "refs.bib").write_text(own, encoding="utf-8")
    with pytest.raises(CatalogError, match=rf"refs\.bib:{line}: .*{what}"):
        cite(out=tmp_path / "refs.bib", paper_tex="\\cite{fastv}")


def test_a_damaged_entry_of_the_author_stays_as_it_is(cite) -> None:
    own = "@misc{a title = {x}}\n\n@comment{ never closed\n\n@misc{b, title = {y}}\n"
    assert cite(own_bib=own).text == own


def test_keys_that_the_authors_file_has_are_not_looked_up(cite) -> None:
    made = cite(
        paper_tex="\\cite{mine,nobody2019,fastv}", own_bib=TOME + "\n@misc{nobody2019, title = {N}}\n"
    )
    assert list(entries(made)) == ["mine", "nobody2019", "fastv"]
    assert not made.unknown
    assert made.added == {"fastv": "fastv"}


def test_one_paper_under_two_keys_is_reported(cite) -> None:
    assert cite(paper_tex="\\cite{tome,mine}", own_bib=TOME).twice == (("mine", "tome"),)


def test_doing_it_again_changes_nothing(cite) -> None:
    first = cite(paper_tex="\\cite{mine,fastv}", own_bib=TOME)
    second = cite(paper_tex="\\cite{mine,fastv}", own_bib=first.text)
    assert second.text == first.text
    assert not second.upgraded
    assert not second.added


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
