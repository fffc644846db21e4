"""The author's own .bib file: preprints in it are upgraded, and everything else stays, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.cite import bibliography
from catalog.findings import CatalogError
from tests.cite.conftest import TOME, entries


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


@pytest.mark.parametrize("place", ["preprints", 'server # ":2210.09461"'])
def test_a_preprint_whose_server_is_named_by_a_string_is_upgraded(cite, place: str) -> None:
    own = (
        '@string{server = "arXiv"}\n@string{Preprints = server # " e-prints"}\n'
        f"@article{{mine, title = {{Token Merging: Your ViT But Faster}}, journal = {place}, year = 2022}}"
    )
    made = cite(own_bib=own)
    assert entries(made)["mine"]["year"] == "2023"
    assert made.text.startswith(own.partition("@article")[0])


@pytest.mark.parametrize(
    "note",
    [
        *("arXiv:2210.09461", "arXiv preprint", "CoRR abs/2210.09461", "under review"),
        *("arXiv:2210.09461v3 [cs.CV]", "arXiv:2210.09461 [cs, stat] version: 2"),
    ],
)
def test_a_note_that_the_paper_is_a_preprint_goes_with_the_preprint(cite, note: str) -> None:
    made = cite(own_bib=TOME.replace("year = 2022", f"year = 2022, note = {{{note}}}"))
    assert "note" not in entries(made)["mine"]


def test_what_programs_write_of_the_preprint_goes_with_it(cite) -> None:
    made = cite(
        own_bib=TOME.replace(
            "year =",
            "eid = {arXiv:2210.09461}, arxivId = {2210.09461}, type = {Preprint}, pubstate = {prepublished}, "
            "copyright = {arXiv.org perpetual}, adsurl = {https://ui.adsabs.harvard.edu/abs/2022arXiv}, "
            "adsnote = {Provided by the SAO/NASA}, keywords = {mine}, year =",
        )
    )
    written = {"title", "author", "booktitle", "year", "url"}
    assert entries(made)["mine"].keys() == written | {"keywords"}


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
    [
        ("https://mine.org/tome.pdf", True),
        ("https://arxiv.org/pdf/2210.09461v1", False),
        ("https://api.semanticscholar.org/CorpusID:252968113", False),
    ],
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


def test_an_own_entry_with_a_field_twice_is_an_entry_of_which_the_first_field_holds(cite) -> None:
    own = "@misc{fastv, title = {First}, note = {a}, Title = {Second}, note = {b}}\n"
    made = cite(own_bib=own, paper_tex="\\cite{fastv}")
    assert (made.text, made.kept, made.unknown) == (own, ("fastv",), ())
    twice = TOME.replace("year =", "keywords = {a}, keywords = {b}, year =")
    assert entries(cite(own_bib=twice))["mine"]["keywords"] == "a"


def test_an_entry_without_a_key_is_nobodys(cite) -> None:
    own = "@misc{\n}\n@misc{a, title = {A}}\n"
    made = cite(own_bib=own)
    assert (made.text, made.kept) == (own, ("a",))


def test_keys_that_the_authors_file_has_are_not_looked_up(cite) -> None:
    made = cite(
        paper_tex="\\cite{mine,nobody2019,fastv}", own_bib=TOME + "\n@misc{nobody2019, title = {N}}\n"
    )
    assert list(entries(made)) == ["mine", "nobody2019", "fastv"]
    assert not made.unknown
    assert made.added == {"fastv": "fastv"}


def test_doing_it_again_changes_nothing(cite) -> None:
    first = cite(paper_tex="\\cite{mine,fastv}", own_bib=TOME)
    second = cite(paper_tex="\\cite{mine,fastv}", own_bib=first.text)
    assert second.text == first.text
    assert not second.upgraded
    assert not second.added
