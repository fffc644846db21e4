"""``catalog add`` as a newcomer meets it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from catalog import yaml_files
from catalog.bibtex import key_in
from tests.cli.conftest import PATH, Add
from tests.sources import answers
from tests.sources.replay import ReplayServer


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


def test_an_entry_in_another_encoding_is_refused_rather_than_guessed_at(add: Add, mini: Path) -> None:
    before = sorted(mini.rglob("*.yaml"))
    entry = "@misc{a, title={Tokens, Too},\n author={Müller, Jo}, year={2024}, url={https://lab.org/a}}"
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
@article{gidney2021stim, title={Stim: a Fast Simulator}, author={Gidney, C},
  url={https://lab.org/stim}, journal=q, volume={5}, year=2021}
@article{dup2021, title={Almost-linear Decoding}, author={Delfosse, N and others},
  url={https://lab.org/almost}, journal=q, year=2021}
@article{Dup2021, title={Decoding Surface Codes}, author={Doe, J},
  url={https://lab.org/doe}, journal={Nature: Methods}, year=2021}
@inproceedings{das2022afs, title={AFS: Fast Decoding}, author={Das, P},
  url={https://lab.org/afs}, year=2022, booktitle={2022 IEEE
  International Symposium on High-Performance Computer Architecture (HPCA)}}
@phdthesis{gottesman1997stabilizer, title={Stabilizer Codes}, author={Gottesman, D},
  url={https://lab.org/codes}, school={ETH}, year=1997}
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


def test_unknown_venues_are_summed_up_as_terms_with_which_the_records_are_completed(
    add: Add, mini: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my.bib"
    file.write_text(FILE, encoding="utf-8")
    outcome = add("--offline", str(file))
    assert "Not in papers/vocabulary/venues.yaml: Quantum ×2, HPCA ×1, Nature: Methods ×1. " in outcome.err
    assert f"Then run it again: catalog add --offline {file}. The records are completed" in outcome.err
    told = outcome.err.split("for example so:\n\n")[1].split("\nThen run it again")[0]
    vocabulary = mini / "papers" / "vocabulary" / "venues.yaml"
    vocabulary.write_text(f"{vocabulary.read_text(encoding='utf-8')}\n{told}", encoding="utf-8")
    again = add("--offline", str(file))
    assert "0 of 5 papers added, 4 completed" in again.err
    assert "catalog check: 0 errors, 0 warnings" in again.err
    assert "Not in papers/vocabulary/venues.yaml" not in again.err
    venues = [yaml_files.read(mini / path)["venue"] for path in outcome.out.split()]
    assert venues == ["Quantum", "Quantum", "Nature: Methods", "HPCA", None]
    entry = str(yaml_files.read(mini / outcome.out.split()[0])["bibtex"])
    assert entry.startswith("@article{gidney2021stim,")
    assert "volume = {5}," in entry


JOURNALS = """
@article{a, title={On Reefs}, author={Bo, A}, journal={Limnology and Oceanography}, year=2021}
@article{b, title={On Corals}, author={Bo, A}, journal={Limnology and Oceanography: Methods}, year=2021}
@article{c, title={On Fishes}, author={Bo, A}, journal={Proceedings of the Royal Society B}, year=2021}
@article{d, title={On Algae}, author={Bo, A}, journal={Annual Review of Marine Science}, year=2021}
"""


def test_proposed_tags_can_be_taken_once_the_record_is_written(add: Add, catalog, mini: Path) -> None:
    assert "(take all with --accept-tags)" in add(answers.ARXIV, "--dry-run").err
    said = add(answers.ARXIV).err
    assert "--accept-tags" not in said
    command = said.partition("Take those that are right: ")[2].splitlines()[0]
    assert command.startswith("catalog edit thrifty-patches ")
    assert "--accept-tags is for a new record" in add(answers.ARXIV, "--accept-tags").err
    assert catalog(*shlex.split(command)[1:]).code == 0
    assert "mechanism: [pruning]" in (mini / PATH).read_text(encoding="utf-8")


def test_journals_are_proposed_under_their_whole_names(add: Add, mini: Path, tmp_path: Path) -> None:
    file = tmp_path / "my.bib"
    file.write_text(JOURNALS, encoding="utf-8")
    outcome = add("--offline", str(file))
    told = outcome.err.split("for example so:\n\n")[1].split("\nThen run it again")[0]
    vocabulary = mini / "papers" / "vocabulary" / "venues.yaml"
    vocabulary.write_text(f"{vocabulary.read_text(encoding='utf-8')}\n{told}", encoding="utf-8")
    add("--offline", str(file))
    names = re.findall("journal={(.*?)}", JOURNALS)
    records = [yaml_files.read(mini / path) for path in outcome.out.split()]
    assert [record["venue"] for record in records] == names
    assert [re.search("journal = {(.*?)}", str(record["bibtex"]))[1] for record in records] == names


def test_a_paper_whose_title_has_no_latin_letters_gets_its_key_as_id(add: Add) -> None:
    entry = "@article{%s, title={Мониторинг рифов%s}, author={Иванов, Пётр}, journal={Океан}, year={2011}}"
    assert add("--offline", entry % ("ivanov2011", "")).out == "papers/2011/ivanov2011.yaml\n"
    assert add("--offline", entry % ("petrov2011", " II of TiO2")).out == "papers/2011/ii-tio2.yaml\n"


def test_a_paper_in_greek_gets_its_key_as_id_and_an_entry_that_says_what_its_record_does(
    add: Add, mini: Path
) -> None:
    entry = "@article{pap2021, title={Μελέτη του τυριού}, author={Παπαδόπουλος, Γιώργος}, year={2021}}"
    outcome = add("--offline", entry)
    assert outcome.out == "papers/2021/pap2021.yaml\n"
    assert "catalog check: 0 errors" in outcome.err
    record = yaml_files.read(mini / outcome.out.strip())
    assert "title = {Μελέτη του τυριού},\n  author = {Παπαδόπουλος, Γιώργος}," in str(record["bibtex"])


def test_a_doi_of_an_unknown_journal_keeps_journal_volume_and_number_and_its_venue_is_proposed(
    add: Add, mini: Path, server: ReplayServer
) -> None:
    day = {"date-parts": [[2018, 5, 2]]}
    work = {
        "DOI": "10.1007/s00338-018-1699-5",
        "type": "journal-article",
        "title": ["On <i>Porites</i>"],
        "author": [{"given": "Ada", "family": "Bo"}],
        "container-title": ["Coral Reefs"],
        "volume": "37",
        "issue": "3",
        "article-number": "C17",
        "publisher": "Springer",
        "published-online": day,
    }
    server.answers = {"/crossref/works/10.1007/s00338-018-1699-5": answers.as_json({"message": work})}
    outcome = add("10.1007/s00338-018-1699-5")
    record = yaml_files.read(mini / outcome.out.strip())
    assert (record["title"], record["venue"], record["year"]) == ("On Porites", None, 2018)
    for line in ("@article{bo2018porites,", "journal = {Coral Reefs}", "volume = {37}", "pages = {C17}"):
        assert line in str(record["bibtex"])
    assert "the venue 'Coral Reefs' is not in papers/vocabulary/venues.yaml" in outcome.err
    assert "Coral Reefs:\n  label: Coral Reefs\n" in outcome.err
    assert "Then give each record its venue: catalog edit ID venue=KEY" in outcome.err


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
    entry = "@misc{a, title={Tokens of Several}, author={{Ada Bo & Chen Da}}, year={2024}, url={https://lab.org/a}}"
    outcome = add("--offline", entry)
    assert outcome.code == 1
    assert (mini / outcome.out.strip()).exists()
    assert "catalog check: 1 error, 0 warnings" in outcome.err
