"""``catalog add`` of a paper that has a record: what it adds to that, and what it asks about or leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog import yaml_files
from tests.cli.conftest import PATH, Add
from tests.sources import answers
from tests.sources.replay import ReplayServer


def test_a_paper_that_is_here_already_gives_no_json(add: Add) -> None:
    outcome = add("--format", "json", "2403.06764")
    assert (outcome.code, outcome.out) == (1, "")
    assert "is in the catalogue already" in outcome.err


def test_the_same_paper_is_not_added_twice(add: Add, server: ReplayServer) -> None:
    add(answers.ARXIV)
    asked = len(server.requests)
    again = add(f"https://arxiv.org/pdf/{answers.ARXIV}v2.pdf")
    assert again.code == 1
    assert again.out == ""
    assert PATH in again.err
    assert len(server.requests) == asked


def test_an_entry_completes_a_record_that_lacks_what_it_says(add: Add, mini: Path) -> None:
    (path,) = mini.glob("papers/*/unknown-facts.yaml")
    entry = (
        "@inproceedings{m, title={A Paper of Which Little Is Known: Müller's Théorie}, "
        "author={Müller, Jo and Bo, Ada}, booktitle={ICLR}, year={2024}}"
    )
    dry = add("--offline", "--dry-run", "-", given=entry)
    assert (dry.code, path.read_text(encoding="utf-8") == dry.out) == (0, False)
    outcome = add("--offline", "-", given=entry)
    assert (outcome.code, outcome.out) == (0, f"{path.relative_to(mini)}\n"), outcome.err
    assert "which lacked venue, year and authors: taken from the entry" in outcome.err
    record = yaml_files.read(path)
    assert (record["authors"], record["venue"], record["year"]) == (["Jo Müller", "Ada Bo"], "ICLR", 2024)
    assert record["provenance"] == {"authors": "BibTeX", "venue": "BibTeX", "year": "BibTeX"}
    assert path.read_text(encoding="utf-8") == dry.out
    again = add("--offline", "-", given=entry.replace("Bo, Ada", "Bo, Other"))
    assert (again.code, again.out) == (1, "")
    assert "Nothing was written" in again.err


def test_a_record_in_braces_is_completed_on_lines_of_its_own(add: Add, mini: Path) -> None:
    (path,) = mini.glob("papers/*/unknown-facts.yaml")
    before = yaml_files.read(path)
    path.write_text(json.dumps(before, ensure_ascii=False), encoding="utf-8")
    entry = "@misc{m, title={A Paper of Which Little Is Known: Müller's Théorie}, year={2024}}"
    outcome = add("--offline", "-", given=entry)
    assert (outcome.code, outcome.out) == (0, f"{path.relative_to(mini)}\n"), outcome.err
    assert "year: 2024\n" in path.read_text(encoding="utf-8")
    assert yaml_files.read(path)["title"] == before["title"]


def test_a_completed_record_lies_in_the_folder_of_its_year(add: Add, mini: Path) -> None:
    (path,) = mini.glob("papers/2024/unknown-facts.yaml")
    entry = "@misc{m, title={A Paper of Which Little Is Known: Müller's Théorie}, year={2023}}"
    outcome = add("--offline", "-", given=entry)
    assert (outcome.code, outcome.out) == (0, "papers/2023/unknown-facts.yaml\n"), outcome.err
    assert "It has a record, papers/2024/unknown-facts.yaml, which lacked" in outcome.err
    assert "Where it belongs, by its date: papers/2023/unknown-facts.yaml\n" in outcome.err
    assert not path.exists()
    assert yaml_files.read(mini / "papers/2023/unknown-facts.yaml")["year"] == 2023


def test_an_entry_with_the_identifier_of_another_paper_completes_no_record(add: Add, mini: Path) -> None:
    (path,) = mini.glob("papers/*/toca.yaml")
    path.write_text(
        path.read_text().replace(
            "authors: [Chang Zou, Xuyang Liu, Ting Liu, Siteng Huang, Linfeng Zhang]", "authors: null"
        )
    )
    entry = "@misc{f, title={Fish and Chips}, author={Bo, Ada}, eprint={2410.05317}, archivePrefix={arXiv}}"
    outcome = add("--offline", "-", given=entry)
    assert outcome.code == 1
    assert "authors: null" in path.read_text()


PREPRINT = """\
@misc{{p, title={{{title}}}, author={{Bo, Ada and Da, Chen}}, eprint={{2401.01234}}, archivePrefix={{arXiv}},
  year={{2024}}}}
"""
PUBLISHED = """\
@inproceedings{{Bo_2025_CVPR, title={{{title}}}, author={{Bo, A. and Da, Chen and Ei, Fu}},
  booktitle={{Conference on Computer Vision and Pattern Recognition}}, year={{2025}}, pages={{1-9}}{more}}}
"""
FADE = "VidFade: Fading Frames of Long Videos Out"
FADE_FILE = "papers/2024/vidfade.yaml"


def test_the_published_entry_of_a_known_preprint_is_taken_and_shown(add: Add, mini: Path) -> None:
    assert add("--offline", PREPRINT.format(title=FADE)).out == f"{FADE_FILE}\n"
    published = PUBLISHED.format(title=FADE.lower(), more="")
    dry = add("--offline", "--dry-run", published)
    assert "venue: arXiv" in (mini / FADE_FILE).read_text(encoding="utf-8")
    outcome = add("--offline", published)
    assert (outcome.code, outcome.out) == (0, f"{FADE_FILE}\n"), outcome.err
    assert "It has a record, papers/2024/vidfade.yaml, which changes so:" in outcome.err
    for line in ("venue: 'arXiv' is now 'CVPR'", "year: 2024 is now 2025", "authors: 'Fu Ei' written"):
        assert f"  {line}\n" in outcome.err
    assert "catalog check: 0 errors" in outcome.err
    text = (mini / FADE_FILE).read_text(encoding="utf-8")
    assert text == dry.out
    record = yaml_files.parse(text)
    assert (record["venue"], record["year"], record["title"]) == ("CVPR", 2025, FADE)
    assert record["provenance"]["venue"] == "BibTeX of the published version"
    assert record["authors"] == ["Ada Bo", "Chen Da", "Fu Ei"]
    assert "@inproceedings{p," in record["bibtex"]
    assert "pages = {1--9}" in record["bibtex"]
    again = add("--offline", published)
    assert (again.code, again.out) == (1, "")


def test_a_publication_under_another_title_keeps_the_preprint_s(add: Add, mini: Path) -> None:
    add("--offline", PREPRINT.format(title=FADE))
    title = "Fading Out What Nobody Sees in Videos"
    more = ", eprint={2401.01234}, archivePrefix={arXiv}"
    outcome = add("--offline", PUBLISHED.format(title=title, more=more))
    assert outcome.code == 0, outcome.err
    record = yaml_files.read(mini / FADE_FILE)
    assert (record["title"], record["former_titles"]) == (title, [FADE])
    assert record["provenance"]["former_titles"] == "BibTeX"


def test_a_preprint_changes_nothing_of_a_publication(add: Add, mini: Path) -> None:
    add("--offline", PUBLISHED.format(title=FADE, more=", eprint={2401.01234}, archivePrefix={arXiv}"))
    (path,) = mini.glob("papers/*/vidfade.yaml")
    before = path.read_bytes()
    assert add("--offline", PREPRINT.format(title=FADE)).code == 1
    assert path.read_bytes() == before


def test_options_on_a_known_paper_fill_in_what_it_lacks_and_name_what_it_has(add: Add, mini: Path) -> None:
    add("--offline", PREPRINT.format(title=FADE), "--code", "https://github.com/a/b")
    options = ("--venue", "CVPR", "--year", "2025", "--mechanism", "pruning", "--summary", "Drops frames.")
    others = ("--code", "https://github.com/c/d", "--id", "fade")
    outcome = add("2401.01234", *options, *others)
    assert (outcome.code, outcome.out) == (0, f"{FADE_FILE}\n"), outcome.err
    record = yaml_files.read(mini / FADE_FILE)
    assert (record["venue"], record["year"], record["mechanism"]) == ("CVPR", 2025, ["pruning"])
    assert record["summary"] == "Drops frames."
    assert record["provenance"]["mechanism"] == "curator"
    assert record["links"]["code"] == ["https://github.com/a/b"]
    assert "--code is left out, because the record says https://github.com/a/b; if that" in outcome.err
    assert "catalog edit vidfade code=…" in outcome.err
    assert "--id is left out, because the record has an id, vidfade" in outcome.err
    assert "booktitle" in record["bibtex"]
    again = add("2401.01234", *options, *others)
    assert (again.code, again.out) == (1, "")
    assert "--code is left out" in again.err
    assert "--venue" not in again.err


def test_a_curated_tag_is_not_overwritten_by_an_option(add: Add, mini: Path) -> None:
    outcome = add("2403.06764", "--domain", "vision", "--venue", "CVPR")
    assert (outcome.code, outcome.out) == (1, "")
    assert "--domain is left out, because the record says multimodal" in outcome.err
    assert "--venue is left out, because the record says ECCV" in outcome.err
    assert "domain: [multimodal]" in (mini / "papers/2024/fastv.yaml").read_text(encoding="utf-8")


def test_programs_are_told_which_options_had_no_effect(add: Add) -> None:
    outcome = add("--format", "json", "2403.06764", "--venue", "CVPR", "--id", "x")
    assert "Nothing was written. --venue and --id had no effect." in outcome.err


RENAMED = "VidFade: What Nobody Sees May Go"


def test_a_namesake_by_the_same_first_author_is_asked_about_and_gets_no_second_record(
    add: Add, mini: Path
) -> None:
    add("--offline", PREPRINT.format(title=FADE))
    published = PUBLISHED.format(title=RENAMED, more="")
    outcome = add("--offline", "-y", published)
    assert (outcome.code, outcome.out) == (1, "")
    assert "the method's name and the first author are those of 'vidfade' (papers/2024/vidfade" in outcome.err
    assert "Is it the same paper, which has another title now?" in outcome.err
    assert "run: catalog edit vidfade 'title=…', and add it again" in outcome.err
    other = add("--offline", "--id", "vidfade-two", published)
    assert (other.code, other.out) == (0, "papers/2025/vidfade-two.yaml\n"), other.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Bo, A.", "Bo, Zoe"),
        ("year={2025}", "year={2019}"),
        ("pages={1-9}", "eprint={2502.00001}, archivePrefix={arXiv}"),
        ("VidFade:", "VidGone:"),
    ],
)
def test_another_author_year_arxiv_id_or_name_makes_no_namesake(
    add: Add, mini: Path, old: str, new: str
) -> None:
    add("--offline", PREPRINT.format(title=FADE))
    entry = PUBLISHED.format(title=RENAMED, more="")
    assert old in entry
    assert add("--offline", entry.replace(old, new)).code == 0


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1)])
def test_whoever_is_there_is_asked_about_a_namesake(
    add: Add, mini: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    add("--offline", PREPRINT.format(title=FADE))
    monkeypatch.setattr("catalog.cli.adding_dialogue.can_ask", lambda: True)
    outcome = add("--offline", PUBLISHED.format(title=RENAMED, more=""), given=answer + "\n" * 20)
    assert "Is it another paper?" in outcome.err
    assert "The method's name and the first author are those of 'vidfade'" in outcome.err
    assert (outcome.code, bool(outcome.out)) == (code, code == 0), outcome.err


UNKNOWN_FACTS = "A Paper of Which Little Is Known: Müller's Théorie"


@pytest.mark.parametrize(
    ("known", "fields", "said"),
    [
        (
            {"identifiers": {"doi": "10.1109/1.1"}},
            "author={Nobody, Zed}, doi={10.1145/1.2}",
            "but the DOI is 10.1145/1.2, in the record 10.1109/1.1. Is it another paper, or is one",
        ),
        (
            {"venue": "ICLR", "year": 2024},
            "author={Nobody, Zed}, booktitle={CVPR}, year={2011}",
            "but it appeared at CVPR 2011, in the record ICLR 2024. Is it another paper",
        ),
        ({"year": 2024}, "author={Nobody, Zed}, year={2011}", "but the year is 2011, in the record 2024. Is"),
        (
            {"authors": ["Ada Bo", "Cy Du", "Eve Fo"]},
            "author={Nobody, Zed}, doi={10.1145/1.2}",
            "but the authors are Zed Nobody, in the record Ada Bo, Cy Du and others. Is it another",
        ),
    ],
)
def test_an_entry_that_contradicts_the_record_of_its_title_changes_nothing(
    add: Add, mini: Path, known: dict[str, object], fields: str, said: str
) -> None:
    (path,) = mini.glob("papers/*/unknown-facts.yaml")
    path.write_text(json.dumps({**yaml_files.read(path), **known}, ensure_ascii=False), encoding="utf-8")
    before = path.read_bytes()
    outcome = add("--offline", f"@inproceedings{{m, title={{{UNKNOWN_FACTS}}}, {fields}}}")
    assert (outcome.code, outcome.out) == (1, "")
    assert "is not added: the title" in outcome.err
    assert "that of 'unknown-facts' (papers/2024/unknown-facts.yaml)" in outcome.err
    assert said in outcome.err
    assert "Nothing was written. Correct what was given if it is wrong" in outcome.err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("known", "fields"),
    [
        ({"venue": "ICLR", "year": 2024}, "journal={arXiv preprint arXiv:2312.00001}, year={2023}"),
        (
            {"venue": "ICLR", "year": 2024, "identifiers": {"doi": "10.1145/1.2"}},
            "doi={10.48550/arXiv.2312.00001}",
        ),
        ({"identifiers": {"doi": "10.1109/Ab"}}, "doi={10.1109/AB}"),
        ({"year": 2024}, "year={2022}"),
    ],
)
def test_a_preprint_of_the_same_paper_contradicts_nothing(
    add: Add, mini: Path, known: dict[str, object], fields: str
) -> None:
    (path,) = mini.glob("papers/*/unknown-facts.yaml")
    path.write_text(json.dumps({**yaml_files.read(path), **known}, ensure_ascii=False), encoding="utf-8")
    entry = f"@misc{{m, title={{{UNKNOWN_FACTS}}}, author={{Bo, Ada}}, {fields}}}"
    outcome = add("--offline", entry)
    assert "taken from the entry" in outcome.err
    assert "authors: [Ada Bo]" in (mini / outcome.out.strip()).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            "title={Quite Another Paper}, author={Lovelace, Ada}, eprint={2403.06764}, archivePrefix={arXiv}",
            "the arXiv id 2403.06764 is that of 'fastv' (papers/2024/fastv.yaml): ",
        ),
        (
            "title={Quite Another Paper}, author={Lovelace, Ada}, eprint={2403.06764}, archivePrefix={arXiv}",
            'but the title given is "Quite Another Paper". Is the arXiv id wrong?',
        ),
        ("title={Quite Another Paper}, eprint={2403.06764}, archivePrefix={arXiv}", "Is the arXiv id wrong?"),
    ],
)
def test_an_entry_with_the_identifier_of_another_paper_is_asked_about(
    add: Add, fields: str, said: str
) -> None:
    outcome = add("--offline", f"@misc{{q, {fields}}}")
    assert (outcome.code, outcome.out) == (1, "")
    assert said in outcome.err
    assert "is in the catalogue already" not in outcome.err


ALL_OF_FASTV = (
    "Chen, Liang and Zhao, Haozhe and Liu, Tianyu and Bai, Shuai and Lin, Junyang and Zhou, Chang and "
    "Chang, Baobao"
)


@pytest.mark.parametrize("fields", ["title={FastV}", f"title={{A New Title}}, author={{{ALL_OF_FASTV}}}"])
def test_an_entry_by_the_method_s_name_or_with_a_new_title_is_of_the_same_paper(
    add: Add, fields: str
) -> None:
    outcome = add("--offline", f"@misc{{q, {fields}, eprint={{2403.06764}}, archivePrefix={{arXiv}}}}")
    assert "is in the catalogue already: the arXiv id 2403.06764 is that of 'fastv'" in outcome.err


def test_a_paper_that_has_a_record_is_told_by_which_key_it_is_cited(add: Add) -> None:
    outcome = add("--offline", "@misc{mine, title={FastV}, eprint={2403.06764}, archivePrefix={arXiv}}")
    assert "in the catalogue already" in outcome.err
    assert ", and not as 'mine'" in outcome.err
