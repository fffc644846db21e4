"""``catalog add`` as a newcomer meets it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalog import cli, yaml_files
from catalog.bibtex import key_in
from tests.sources import answers
from tests.sources.replay import ReplayServer

PATH = "papers/2024/thrifty-patches.yaml"


@dataclass(frozen=True)
class Outcome:
    """How the command ended and what it printed."""

    code: int
    out: str
    err: str


Add = Callable[..., Outcome]


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server that answers all about one made-up paper."""
    replay = ReplayServer()
    replay.answers |= answers.all_answers()
    yield replay
    replay.close()


@pytest.fixture
def add(
    mini: Path, server: ReplayServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Add:
    """Run ``catalog add`` on a copy of the small catalogue, with the server as every source."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CATALOG_SOURCES", server.url)

    def run(*arguments: str, given: str = "", encoding: str = "utf-8") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["catalog", "--root", str(mini), "add", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode(encoding))))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(int(stop.value.code or 0), captured.out, captured.err)

    return run


def test_programs_get_a_line_of_json_of_each_new_record(add: Add, mini: Path) -> None:
    outcome = add("--format", "json", answers.ARXIV)
    assert outcome.code == 0, outcome.err
    made = json.loads(outcome.out)
    assert list(made) == ["file", "text", "told", "proposed", "unknown"]
    assert made["file"] == PATH
    assert made["text"] == (mini / PATH).read_text(encoding="utf-8")
    assert any(line.startswith("venue") and "ECCV" in line for line in made["told"])
    assert not any("[bold]" in line for line in made["told"])
    assert {"field", "term", "reason"} == set(made["proposed"][0])
    assert "mechanism" in made["unknown"]
    assert "Proposed tags" not in outcome.err


def test_a_dry_run_in_json_writes_nothing(add: Add, mini: Path) -> None:
    outcome = add("--format", "json", "--dry-run", answers.ARXIV)
    assert json.loads(outcome.out)["file"] == PATH
    assert not (mini / PATH).exists()


def test_a_paper_that_is_here_already_gives_no_json(add: Add) -> None:
    outcome = add("--format", "json", "2403.06764")
    assert (outcome.code, outcome.out) == (1, "")
    assert "is in the catalogue already" in outcome.err


def test_an_arxiv_id_becomes_a_checked_record(add: Add, mini: Path) -> None:
    outcome = add(answers.ARXIV)
    assert outcome.code == 0, outcome.err
    assert outcome.out == f"{PATH}\n"
    assert "catalog check: 0 errors" in outcome.err
    assert "Still to fill in" in outcome.err
    text = (mini / PATH).read_text(encoding="utf-8")
    assert "mechanism: null" in text
    assert "venue: ECCV" in text


def test_tags_are_proposed_and_only_written_when_accepted(add: Add, mini: Path) -> None:
    outcome = add(answers.ARXIV, "--dry-run")
    assert "--training free" in outcome.err
    assert "training: null" in outcome.out
    assert not (mini / PATH).exists()
    add(answers.ARXIV, "--accept-tags", "--mechanism", "merging")
    text = (mini / PATH).read_text(encoding="utf-8")
    assert "training: free" in text
    assert "mechanism: [merging]" in text
    assert "mechanism: curator\n" in text
    assert "training: \"curator: proposed from 'training free' in the title, taken unseen\"" in text


def test_the_same_paper_is_not_added_twice(add: Add, server: ReplayServer) -> None:
    add(answers.ARXIV)
    asked = len(server.requests)
    again = add(f"https://arxiv.org/pdf/{answers.ARXIV}v2.pdf")
    assert again.code == 1
    assert again.out == ""
    assert PATH in again.err
    assert len(server.requests) == asked


def test_a_refused_paper_is_kept_out_with_its_reason(add: Add, mini: Path) -> None:
    refused = (
        f'refused:\n  - title: "Other"\n    arxiv: "{answers.ARXIV}"\n    reason: "off topic: about fish"\n'
    )
    (mini / "papers" / "refused.yaml").write_text(refused, encoding="utf-8")
    outcome = add(answers.ARXIV)
    assert outcome.code == 1
    assert "off topic: about fish" in outcome.err


def test_an_entry_is_enough_offline(add: Add, mini: Path, server: ReplayServer) -> None:
    outcome = add("--offline", "-", given=answers.bib())
    assert outcome.code == 0, outcome.err
    assert "Findings of ACL" in (mini / PATH).read_text(encoding="utf-8")
    assert server.requests == []


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


def test_an_entry_in_another_encoding_is_refused_rather_than_guessed_at(add: Add, mini: Path) -> None:
    before = sorted(mini.rglob("*.yaml"))
    entry = "@misc{a, title={Tokens, Too},\n author={Müller, Jo}, year={2024}}"
    outcome = add("--offline", "-", given=entry, encoding="latin-1")
    assert outcome.code == 2
    assert outcome.err == "catalog: standard input, line 2: not UTF-8; save it as UTF-8\n"
    assert sorted(mini.rglob("*.yaml")) == before


def test_of_many_entries_the_good_ones_are_added(add: Add, mini: Path, tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    fastv = "@misc{f, title={FastV}, eprint={2403.06764}, archivePrefix={arXiv}}"
    file.write_text(f"{answers.bib()}\n@article{{broken, title = {{T}}\n\n{fastv}\n", encoding="utf-8")
    outcome = add("--offline", str(file))
    assert outcome.code == 1
    assert outcome.out == f"{PATH}\n"
    assert "1 of 3 papers added" in outcome.err
    assert "[2/3] cannot be read\n" in outcome.err
    assert "never closed" in outcome.err
    assert "is that of 'fastv'" in outcome.err


def test_an_entry_without_year_is_told_its_place_and_no_year_changes_the_others(
    add: Add, mini: Path, tmp_path: Path
) -> None:
    file = tmp_path / "y.bib"
    file.write_text(
        "% mine\n@misc{a, title={Tokens Without a Year}}\n\n@misc{b, title={Tokens of 2019}, year={2019}}\n",
        encoding="utf-8",
    )
    refused = add("--offline", "--year", "2024", str(file))
    assert (refused.code, refused.out) == (2, "")
    assert "--year can hold for one paper only, and 2 are given; add it alone, or write it" in refused.err
    outcome = add("--offline", str(file))
    assert f"no source says when it appeared; add year = {{…}} at {file}:2\n" in outcome.err
    assert "--year" not in outcome.err
    assert outcome.out == "papers/2019/tokens-2019.yaml\n"
    assert yaml_files.read(mini / outcome.out.strip())["year"] == 2019


def test_two_ways_to_one_paper_in_one_call_make_one_record(add: Add) -> None:
    outcome = add(answers.ARXIV, f"https://arxiv.org/abs/{answers.ARXIV}")
    assert outcome.code == 1
    assert outcome.out == f"{PATH}\n"


def test_dead_sources_are_named_and_the_rest_is_kept(add: Add, server: ReplayServer) -> None:
    server.answers["/dblp/search/publ/api"] = answers.as_text("<html>", "text/html")
    outcome = add(answers.ARXIV)
    assert outcome.code == 0
    assert "DBLP is left out: 127.0.0.1 answered with text/html" in outcome.err


def test_where_sources_contradict_each_other_both_are_shown(add: Add, server: ReplayServer) -> None:
    info = answers.eccv_hit() | {"venue": "CVPR"}
    server.answers["/dblp/search/publ/api"] = answers.as_json(answers.hits(info))
    outcome = add(answers.ARXIV)
    assert "Crossref says ECCV, 2024" in outcome.err
    assert "DBLP says CVPR, 2024" in outcome.err
    assert "--venue" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2405.1234"], "such as 1706.03762"),
        (["--mechanism", "prunning"], "did you mean 'pruning'?"),
        (["--domain", "vison"], "did you mean 'vision'?"),
        (["--code", "github.com/a/b"], "write https://github.com/a/b"),
        (["--venue", "ECVC"], "did you mean 'ECCV'?"),
        (["--id", "Thrifty Patches"], "write thrifty-patches"),
        (["--id", "con"], "write con-paper"),
        (["--id", "fastv"], "is taken by 'fastv' (papers/2024/fastv.yaml)"),
        (["tome", "--id", "x"], "2 are given"),
        (["tome", "--year", "2024"], "--year can hold for one paper only, and 2 are given; add it alone"),
        (["tome", "--venue", "ECCV", "--year", "2024"], "--venue and --year can hold for one paper only"),
        (["--year", "20"], "--year"),
        (["--criterion", "none,attention"], "there is no 'none'"),
    ],
)
def test_mistakes_are_answered_with_what_to_write(
    add: Add, mini: Path, arguments: list[str], message: str
) -> None:
    query = [] if arguments[0][0] == "2" else [answers.ARXIV]
    outcome = add(*query, *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert not (mini / PATH).exists()


def test_the_id_of_a_paper_that_was_removed_is_taken(add: Add, mini: Path) -> None:
    name = PATH.rpartition("/")[2].removesuffix(".yaml")
    removed = f'refused:\n  - {{title: "Gone", reason: off topic, ids: [{name}, thrifty]}}\n'
    (mini / "papers" / "refused.yaml").write_text(removed, encoding="utf-8")
    outcome = add(answers.ARXIV, "--id", "thrifty")
    assert outcome.code == 2
    message = "the id 'thrifty' is taken by a paper that was removed, \"Gone\" (papers/refused.yaml)"
    assert message in outcome.err
    assert add(answers.ARXIV).out == f"papers/2024/{name}-2024.yaml\n"


def test_nothing_and_nonsense_on_standard_input_are_said(add: Add) -> None:
    assert "found nothing" in add("-").err
    assert add("-", given="hello").code == 2
    assert add("-", given="\x00\ufffd@{").code == 2


def test_a_preprint_of_an_unknown_venue_can_still_be_added(add: Add, mini: Path) -> None:
    entry = "@article{a, title={Some Made Up Tokens}, journal={Journal of Nothing}, year={2023}}"
    outcome = add("--offline", entry)
    assert outcome.code == 0, outcome.err
    assert "Journal of Nothing" in outcome.err
    assert "add the venue to papers/vocabulary/venues.yaml" in outcome.err.lower()
    assert "venue: null" in (mini / outcome.out.strip()).read_text(encoding="utf-8")


def test_the_entry_of_an_unknown_venue_keeps_its_journal_volume_and_pages(add: Add, mini: Path) -> None:
    entry = (
        "@article{a, title={Some Made Up Tokens}, author={Bo, Ada}, journal={Journal of Nothing}, "
        "volume={3}, number={2}, pages={1--9}, year={2023}}"
    )
    outcome = add("--offline", entry)
    text = (mini / outcome.out.strip()).read_text(encoding="utf-8")
    assert "catalog check: 0 errors" in outcome.err
    for line in ("@article{", "journal = {Journal of Nothing},", "volume = {3},", "number = {2},", "{1--9}"):
        assert line in text


FILE = """@string{q = "Quantum"}
@article{gidney2021stim, title={Stim: a Fast Simulator}, author={Gidney, C}, journal=q, volume={5}, year=2021}
@article{dup2021, title={Almost-linear Decoding}, author={Delfosse, N and others}, journal=q, year=2021}
@article{Dup2021, title={Decoding Surface Codes}, author={Doe, J}, journal={Nature: Methods}, year=2021}
@inproceedings{das2022afs, title={AFS: Fast Decoding}, author={Das, P}, year=2022, booktitle={2022 IEEE
  International Symposium on High-Performance Computer Architecture (HPCA)}}
@phdthesis{gottesman1997stabilizer, title={Stabilizer Codes}, author={Gottesman, D}, school={ETH}, year=1997}
"""


def test_keys_of_one_s_own_stay_and_of_those_that_are_taken_the_new_one_is_said(
    add: Add, mini: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my.bib"
    file.write_text(FILE, encoding="utf-8")
    outcome = add("--offline", str(file))
    assert "catalog check: 0 errors" in outcome.err
    paths = outcome.out.split()
    keys = [key_in(str(yaml_files.read(mini / path)["bibtex"])) for path in paths]
    assert keys == ["gidney2021stim", "dup2021", "doe2021decoding", "das2022afs", "gottesman1997stabilizer"]
    assert "It is cited as 'doe2021decoding' here, and not as 'Dup2021'" in outcome.err
    assert outcome.err.count("It is cited as") == 1


def test_a_paper_that_has_a_record_is_told_by_which_key_it_is_cited(add: Add) -> None:
    outcome = add("--offline", "@misc{mine, title={FastV}, eprint={2403.06764}, archivePrefix={arXiv}}")
    assert "in the catalogue already" in outcome.err
    assert ", and not as 'mine'" in outcome.err


def test_unknown_venues_are_summed_up_as_terms_with_which_the_records_are_completed(
    add: Add, mini: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my.bib"
    file.write_text(FILE, encoding="utf-8")
    outcome = add("--offline", str(file))
    assert "Not in papers/vocabulary/venues.yaml: Quantum ×2, HPCA ×1, Nature ×1. " in outcome.err
    assert f"Then run it again: catalog add --offline {file}. The records are completed" in outcome.err
    told = outcome.err.split("for example so:\n\n")[1].split("\nThen run it again")[0]
    vocabulary = mini / "papers" / "vocabulary" / "venues.yaml"
    vocabulary.write_text(f"{vocabulary.read_text(encoding='utf-8')}\n{told}", encoding="utf-8")
    again = add("--offline", str(file))
    assert "0 of 5 papers added, 4 completed" in again.err
    assert "catalog check: 0 errors, 0 warnings" in again.err
    assert "Not in papers/vocabulary/venues.yaml" not in again.err
    venues = [yaml_files.read(mini / path)["venue"] for path in outcome.out.split()]
    assert venues == ["Quantum", "Quantum", "Nature", "HPCA", None]
    entry = str(yaml_files.read(mini / outcome.out.split()[0])["bibtex"])
    assert entry.startswith("@article{gidney2021stim,")
    assert "volume = {5}," in entry


def test_hostile_answers_stay_inert(add: Add, mini: Path, server: ReplayServer) -> None:
    title = "[bold]Tokens[/bold] &lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} \u202eevil"
    server.answers = {"/arxiv/query": answers.as_text(answers.atom(title=title, doi=""), answers.ATOM_TYPE)}
    outcome = add(answers.ARXIV, "--id", "hostile")
    assert outcome.code == 0, outcome.err
    text = (mini / outcome.out.strip()).read_text(encoding="utf-8")
    assert "[bold]Tokens[/bold]" in outcome.err
    assert "[bold]Tokens[/bold]" in text
    assert not {"<script", "\u202e"} & {part for part in ("<script", "\u202e") if part in outcome.err + text}


def test_on_a_terminal_each_decision_is_asked_for(
    add: Add, mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["y", "", "Thrift", "fastv", "", "", "?", "understandng", "understanding"]
    answering = iter(said)
    monkeypatch.setattr("catalog.cli.adding_dialogue.can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", lambda *_: next(answering, ""))
    outcome = add(answers.ARXIV)
    assert outcome.code == 0, outcome.err
    assert outcome.out == "papers/2024/thrift.yaml\n"
    assert "that id is taken by 'fastv'" in outcome.err
    assert "did you mean 'understanding'?" in outcome.err
    text = (mini / "papers/2024/thrift.yaml").read_text(encoding="utf-8")
    assert "name: Thrift\n" in text
    assert "setting: [understanding]" in text
    assert "mechanism: [pruning]" in text
    assert "mechanism: \"curator: confirmed from '" in text
    assert "task: null" in text


def test_whoever_says_no_or_goes_away_leaves_nothing_behind(
    add: Add, mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.cli.adding_dialogue.can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", lambda *_: "n")
    assert add(answers.ARXIV).code == 1

    def gone(*_: object) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", gone)
    assert add(answers.ARXIV).code == 1
    assert not (mini / PATH).exists()


def test_records_that_cannot_be_read_are_mentioned_and_do_not_stop_it(add: Add, mini: Path) -> None:
    (mini / "papers/2024/fastv.yaml").write_text("title: [", encoding="utf-8")
    outcome = add(answers.ARXIV)
    assert outcome.code == 0
    assert "not compared with papers/2024/fastv.yaml, which cannot be read" in outcome.err


def test_an_id_alone_is_not_enough_offline(add: Add) -> None:
    outcome = add("--offline", answers.ARXIV)
    assert outcome.code == 2
    assert "leave --offline out" in outcome.err


def test_a_wrong_mirror_is_said(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_SOURCES", "nonsense")
    outcome = add(answers.ARXIV)
    assert outcome.code == 2
    assert "CATALOG_SOURCES" in outcome.err


def test_a_record_with_an_error_is_written_and_its_one_error_counted(add: Add, mini: Path) -> None:
    entry = "@misc{a, title={Tokens of Several}, author={{Ada Bo & Chen Da}}, year={2024}}"
    outcome = add("--offline", entry)
    assert outcome.code == 1
    assert (mini / outcome.out.strip()).exists()
    assert "catalog check: 1 error, 0 warnings" in outcome.err
