"""The command line as a person meets it: what it prints, and how it exits."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.cli.console import say
from catalog.importers import DIALECTS
from catalog.record import to_data
from catalog.record_files import render_record
from tests.cli.conftest import spoil
from tests.thousands import PAPERS, bare_numbers, thousands


def test_a_clean_catalogue_passes_its_check(catalog) -> None:
    outcome = catalog("check")
    assert outcome.code == 0, outcome.out
    assert "no errors" in outcome.err


def test_one_record_or_one_folder_is_checked_alone(catalog, mini: Path) -> None:
    spoil(mini, "criterion: [attention]", "criterion: [atention]")
    papers = mini / "papers"
    assert catalog("check", str(papers / "2024" / "fastv.yaml")).out.startswith("papers/2024/fastv.yaml:")
    assert catalog("check", str(papers / "2024")).code == 1
    assert catalog("check", str(papers / "2022")).code == 0
    assert "did you mean papers/2024/fastv.yaml?" in catalog("check", "papers/2024/fasttv.yaml").err
    assert "is not part of the catalogue" in catalog("check", __file__).err


def test_a_record_may_be_named_from_the_root_on_wherever_the_command_is_called(
    catalog, mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(mini, "criterion: [attention]", "criterion: [atention]")
    monkeypatch.chdir(tmp_path)
    outcome = catalog("check", "papers/2024/fastv.yaml")
    assert outcome.code == 1
    assert outcome.out.startswith("papers/2024/fastv.yaml:")
    assert "1 of 6 records: 1 error" in outcome.err


def test_findings_are_named_with_file_and_line_and_exit_with_1(catalog, mini: Path) -> None:
    spoil(mini, "criterion: [attention]", "criterion: [atention]")
    outcome = catalog("check")
    assert outcome.code == 1
    assert "unknown-term" in outcome.out
    assert "attention" in outcome.out


def test_json_findings_have_the_stable_keys(catalog, mini: Path) -> None:
    spoil(mini, "venue: ECCV", "venue: ECVC")
    outcome = catalog("check", "--format", "json")
    findings = json.loads(outcome.out)
    keys = {"file", "line", "column", "rule", "severity", "message", "fixable"}
    assert findings
    assert all(set(finding) == keys for finding in findings)
    assert {f["file"] for f in findings if f["severity"] == "error"} == {"papers/2024/fastv.yaml"}


def test_github_findings_are_annotations(catalog, mini: Path) -> None:
    spoil(mini, "training: free", "training: fre")
    outcome = catalog("check", "--format", "github")
    assert "::error file=papers/2024/fastv.yaml,line=" in outcome.out


def test_fix_mends_what_needs_no_judgement_and_keeps_comments(catalog, mini: Path) -> None:
    spoil(mini, "criterion: [attention]", "# why: see Sec. 4\ncriterion: [Attention-based]")
    outcome = catalog("check", "--fix")
    assert outcome.code == 0
    why = "'Attention-based' is another name of 'attention'"
    done = f"papers/2024/fastv.yaml: criterion: 'Attention-based' is now 'attention': {why}"
    assert done in outcome.err.splitlines()
    assert "mended 6 files" in outcome.err
    text = (mini / "papers/2024/fastv.yaml").read_text(encoding="utf-8")
    assert "# why: see Sec. 4\ncriterion: [attention]" in text


@pytest.mark.parametrize("end", ["", "...\n"])
@pytest.mark.parametrize("indent", ["", "  "])
def test_what_is_said_to_be_mended_by_fix_is_mended_however_the_yaml_is_written(
    catalog, mini: Path, indent: str, end: str
) -> None:
    path = mini / "papers/2024/fastv.yaml"
    text = path.read_text(encoding="utf-8").replace("criterion: [attention]", "criterion: [Attention-based]")
    path.write_text("".join(f"{indent}{row}\n" for row in text.splitlines()) + end, encoding="utf-8")
    assert "[fixable]" in catalog("check", "fastv").out
    outcome = catalog("check", "--fix", "fastv")
    assert (outcome.code, "[fixable]" in outcome.out) == (0, False), outcome.err
    assert "catalog check --fix" not in outcome.err
    mended = path.read_text(encoding="utf-8")
    assert "\ncriterion: [attention]\n" in mended
    assert "\nbibtex: |\n" in mended


def test_accepted_warnings_are_counted_and_neither_listed_nor_failed_for(catalog, mini: Path) -> None:
    spoil(mini, "github.com/facebookresearch/ToMe", "github.com/pkunlp-icler/FastV", "2022/tome.yaml")
    assert catalog("check", "--strict", "--rule", "shared-code").code == 1
    entry = "accepted:\n  - {rule: shared-code, records: [fastv, tome], why: one repository holds both}\n"
    (mini / "papers" / "accepted.yaml").write_text(entry, encoding="utf-8")
    outcome = catalog("check", "--strict", "--rule", "shared-code")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "6 records: no errors, 0 warnings (1 accepted)\n"
    assert catalog("check", "--format", "json", "--rule", "shared-code").out == "[]\n"
    one = catalog("check", "--rule", "shared-code", str(mini / "papers" / "2024"))
    assert one.err == "3 of 6 records: no errors, 0 warnings (1 accepted)\n"
    two = catalog("check", "--rule", "shared-code", str(mini / "papers" / "2021"))
    assert "accepted" not in two.err


def test_fix_says_what_it_mended_of_a_record_that_could_not_be_read(catalog, mini: Path) -> None:
    spoil(mini, "criterion: [attention]", "criterion: attention")
    assert "1 error, " in catalog("check", "--rule", "schema").err
    outcome = catalog("check", "--fix", "--rule", "schema")
    assert outcome.code == 0
    assert "mended 1 file" in outcome.err
    assert "criterion: [attention]" in (mini / "papers/2024/fastv.yaml").read_text(encoding="utf-8")


def test_fmt_says_what_it_would_change_then_changes_it_once(catalog, mini: Path) -> None:
    spoil(mini, "venue: ECCV\nyear: 2024", "year:   2024\nvenue:   ECCV")
    would = catalog("fmt", "--check")
    assert would.code == 1
    assert "papers/2024/fastv.yaml" in would.out
    assert catalog("fmt").code == 0
    assert catalog("fmt", "--check").code == 0
    assert catalog("fmt").out == ""


@pytest.mark.parametrize("named", ["papers/2024/fastv.yaml", "papers/2024", "fastv", "former-fastv"])
def test_fmt_takes_files_folders_and_ids(
    catalog, mini: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(mini)
    spoil(mini, "venue: ECCV\nyear: 2024", "aliases: [former-fastv]\nyear:   2024\nvenue:   ECCV")
    spoil(mini, "year: 2023", "year:   2023", "2022/tome.yaml")
    spoil(mini, "venue: NeurIPS", "venue:NeurIPS", "2021/dynamicvit.yaml")
    other = (mini / "papers/2022/tome.yaml").read_bytes()
    assert catalog("fmt", "--check", named).code == 1
    outcome = catalog("fmt", named)
    assert outcome.code == 0, outcome.err
    assert "papers/2024/fastv.yaml" in outcome.out.splitlines()
    assert "could not be read" not in outcome.err
    assert (mini / "papers/2022/tome.yaml").read_bytes() == other
    assert catalog("fmt", "--check", "fastv").code == 0
    assert "papers/2022/tome.yaml" in catalog("fmt", "--check", "tome", "fastv").out.splitlines()


def test_a_record_of_which_nothing_can_be_read_has_an_id_as_well(catalog, mini: Path) -> None:
    spoil(mini, "venue: ECCV", "venue:ECCV")
    for command in ("fmt", "check"):
        outcome = catalog(command, "fastv")
        assert outcome.code == 1
        assert "write: venue: ECCV" in outcome.out + outcome.err


@pytest.mark.parametrize("command", ["fmt", "check"])
@pytest.mark.parametrize(
    ("named", "advice"),
    [
        ("fasttv", "did you mean fastv?"),
        ("papers/2024/fasttv.yaml", "did you mean papers/2024/fastv.yaml?"),
        ("papers/2023/fastv.yaml", "did you mean papers/2024/fastv.yaml?"),
        ("papers/2024/sparsevlm.yaml", "give a record's file or id, or a folder of records"),
        ("papers/2044", "give a record's file or id, or a folder of records"),
    ],
)
def test_of_a_name_that_is_not_there_only_what_is_near_is_suggested(
    catalog, mini: Path, monkeypatch: pytest.MonkeyPatch, command: str, named: str, advice: str
) -> None:
    monkeypatch.chdir(mini)
    outcome = catalog(command, named)
    assert outcome.code == 2
    assert f"there is no file or record {named}; {advice}" in outcome.err


def test_fmt_refuses_a_folder_without_records(catalog, mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mini)
    outcome = catalog("fmt", "papers/vocabulary")
    assert outcome.code == 2
    assert "there is no record in papers/vocabulary; give a record's file or id" in outcome.err


def test_fmt_names_the_files_that_it_could_not_read_and_why(catalog, mini: Path) -> None:
    spoil(mini, "venue: ECCV", "venue:ECCV")
    outcome = catalog("fmt")
    assert outcome.code == 1
    first, reason, last = outcome.err.splitlines()
    assert first.endswith("of 5 files changed")
    assert reason.startswith("papers/2024/fastv.yaml:")
    assert "write: venue: ECCV" in reason
    assert last == "1 file could not be read and stayed as found: mend the above"


def test_the_help_of_import_shows_how_the_rows_of_each_dialect_begin(
    catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said = catalog("import", "--help").out
    for dialect in DIALECTS.values():
        assert f"{dialect.name}: {dialect.description}, as in {dialect.row}" in said


def test_a_list_that_is_no_longer_rendered_is_counted_as_deleted(catalog, mini: Path) -> None:
    old = mini / "papers" / "lists" / "old.md"
    old.parent.mkdir(exist_ok=True)
    old.write_text("# Old\n", encoding="utf-8")
    said = catalog("build", "--only", "lists").err
    assert re.search(r"(\d+) files, \1 changed, 1 more deleted", said)
    assert not old.exists()
    assert re.search(r"files, 0 changed$", catalog("build", "--only", "lists").err.strip())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--check --only site", "drop --only site"),
        ("--check --out preview", "--check writes nothing"),
        ("--only lists --out preview", "which --only lists leaves out"),
    ],
)
def test_build_refuses_options_that_mean_nothing_together(
    catalog, mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(mini.rglob("*"))
    outcome = catalog("build", *options.split())
    assert outcome.code == 2
    assert said in outcome.err
    assert sorted(mini.rglob("*")) == before
    assert not (tmp_path / "preview").exists()


def test_build_renders_once_and_then_nothing_is_stale(catalog) -> None:
    assert catalog("build", "--check").code == 1
    assert catalog("build", "--only", "lists").code == 0
    assert catalog("build", "--check").code == 0


def test_build_writes_issue_forms_anew_whatever_stands_there(catalog, mini: Path) -> None:
    form = mini / ".github" / "ISSUE_TEMPLATE" / "add-paper.yml"
    form.parent.mkdir(parents=True)
    form.write_text("body: [\n")
    assert catalog("build", "--only", "lists").code == 0
    assert "Vision" in form.read_text()
    assert catalog("build", "--check").code == 0
    form.write_text(form.read_text().replace("Vision", "Television"))
    check = catalog("build", "--check")
    assert (check.code, check.out) == (1, ".github/ISSUE_TEMPLATE/add-paper.yml\n")
    assert check.err == "1 rendered file is stale; run: catalog build --only lists\n"


def test_build_refuses_records_with_errors_and_leaves_what_was_built(catalog, mini: Path) -> None:
    catalog("build", "--only", "lists")
    readme = (mini / "README.md").read_bytes()
    spoil(mini, 'title: "', 'titel: "')
    outcome = catalog("build")
    assert outcome.code == 2
    assert "papers/2024/fastv.yaml:2:1" in outcome.err
    assert "did you mean 'title'?" in outcome.err
    assert (mini / "README.md").read_bytes() == readme


def test_a_site_that_cannot_be_built_leaves_the_lists_as_they_were(
    catalog, mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(36, "File name too long", "site/papers/x")

    monkeypatch.setattr("catalog.site.build_site", fail)
    outcome = catalog("build", "--out", str(tmp_path / "out"))
    assert outcome.code == 2
    assert "site/papers/x: File name too long" in outcome.err
    assert not (mini / "README.md").exists()
    assert not (mini / "papers" / "lists").exists()


@pytest.mark.parametrize("name", ["jsonl", "bibtex"])
def test_export_prints_every_paper_or_writes_a_file(catalog, mini: Path, tmp_path: Path, name: str) -> None:
    printed = catalog("export", name)
    written = catalog("export", name, "-o", str(tmp_path / "out"))
    assert printed.code == written.code == 0
    assert (tmp_path / "out").read_text(encoding="utf-8") == printed.out
    assert "DynamicViT" in printed.out


def test_an_unknown_format_names_the_known_ones(catalog) -> None:
    outcome = catalog("export", "bibtx")
    assert outcome.code == 2
    assert "did you mean 'bibtex'?" in outcome.err


def test_stats_count_known_and_unknown(catalog) -> None:
    counts = json.loads(catalog("stats", "--format", "json").out)
    title = next(field for field in counts["fields"] if field["field"] == "title")
    assert (counts["papers"], title["known"], title["unknown"]) == (6, 6, 0)
    assert "criterion" in catalog("stats").out


def test_stats_of_one_paper_speak_of_one(catalog, mini: Path) -> None:
    for path in (mini / "papers").glob("20*/*.yaml"):
        if path.stem != "tome":
            path.unlink()
    assert "Mini: 1 paper\n" in "\n".join(row.rstrip() for row in catalog("stats").out.splitlines())


def test_more_than_a_thousand_papers_are_counted_with_commas(catalog, mini: Path) -> None:
    for paper in thousands(Catalogue.load(mini)):
        path = mini / "papers" / str(paper.year) / f"{paper.id}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(render_record(to_data(paper)), encoding="utf-8")
    papers = PAPERS + 6
    shown = catalog("stats").out
    assert f"Mini: {papers:,} papers" in shown
    assert bare_numbers(shown.splitlines()) == []
    assert json.loads(catalog("stats", "--format", "json").out)["papers"] == papers
    assert f"none of {papers:,} match 'zzz'" in catalog("find", "zzz").err
    assert f"{papers:,} records: " in catalog("check", "--rule", "yaml").err


@pytest.mark.parametrize("output", ["text", "json"])
def test_stats_leave_nothing_out_in_silence(catalog, mini: Path, output: str) -> None:
    spoil(mini, 'title: "', 'titel: "')
    outcome = catalog("stats", "--format", output)
    assert outcome.code == 1
    assert ("Mini: 5 papers" if output == "text" else '"papers": 5') in outcome.out
    assert "1 record could not be read and is left out; see: catalog check" in outcome.err


def test_the_version_is_that_of_the_engine(catalog) -> None:
    outcome = catalog("--version", root=None)
    assert (outcome.code, outcome.out) == (0, f"{version('fewer-tokens')}\n")


def test_outside_a_catalogue_the_message_says_where_to_go(catalog, tmp_path: Path) -> None:
    outcome = catalog("check", root=tmp_path)
    assert outcome.code == 2
    assert "papers/catalogue.yaml" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("odd", [r"\[/frac{a}]", r"\[bold]x", "[/]", "[red]x", ":key:", "a\tb", "\\"])
def test_whatever_a_message_repeats_is_repeated_as_it_stands(catalog, odd: str) -> None:
    outcome = catalog("cite", f"no such {odd}")
    assert outcome.code == 2
    assert outcome.err.startswith("catalog: ")
    assert f"no such {odd}" in outcome.err


def test_a_title_of_a_catalogue_is_no_markup(catalog, mini: Path) -> None:
    spoil(mini, "title: ", "title: '[red]A[/x] :key:' #", "catalogue.yaml")
    assert "[red]A[/x] :key:: 6 papers" in catalog("stats").out


def test_nothing_but_data_is_printed_in_a_pipe(mini: Path) -> None:
    command = [sys.executable, "-m", "catalog", "--root", str(mini), "export", "jsonl"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert result.stderr == ""


def test_paragraphs_of_help_are_wrapped_where_the_terminal_ends(
    catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "64")
    said = catalog("add", "--help", root=None).out
    paragraph = said[said.index("Prints the path") : said.index("catalog edit.")].splitlines()
    assert all(len(line.rstrip()) > 45 for line in paragraph[:-1]), said


def test_help_shows_examples(catalog) -> None:
    assert "catalog check --fix" in catalog("check", "--help", root=None).out


def test_a_duplicate_is_told_in_whichever_of_the_two_files_is_asked_for(catalog, mini: Path) -> None:
    spoil(mini, "identifiers:\n", 'identifiers:\n  openreview: "JroZRaRw7Eu"\n')  # which is ToMe's
    whole = catalog("check", "--rule", "duplicate-openreview")
    assert whole.out.count("duplicate-openreview") == 1
    for file in ("2024/fastv.yaml", "2022/tome.yaml"):
        outcome = catalog("check", "--rule", "duplicate-openreview", str(mini / "papers" / file))
        assert outcome.code == 1
        assert outcome.out.startswith(f"papers/{file}:")
        assert "1 of 6 records: 1 error" in outcome.err
    annotations = catalog("check", "--format", "github", "--rule", "duplicate-openreview").out.splitlines()
    assert len(annotations) == 2


def test_a_record_with_several_errors_is_one_record(catalog, mini: Path) -> None:
    spoil(mini, "training: free", "training: fre")
    spoil(mini, "year: 2024", "year: soon")
    spoil(mini, "kind: method", "kind: methd")
    assert "6 records: 3 errors" in catalog("check", "--rule", "schema").err


def test_a_file_in_which_nothing_is_checked_is_refused_and_beside_others_named(catalog, mini: Path) -> None:
    (mini / "README.md").write_text("# Mini\n", encoding="utf-8")
    (mini / "papers" / "lists").mkdir(exist_ok=True)
    for name in ("README.md", "papers/lists"):
        outcome = catalog("check", str(mini / name))
        assert outcome.code == 2
        assert f"nothing is checked in {name}; give a record's file" in outcome.err
    outcome = catalog("check", str(mini / "README.md"), str(mini / "papers/2024"))
    assert outcome.code == 0
    assert "nothing is checked in README.md" in outcome.err
    assert catalog("check", str(mini / "papers" / "catalogue.yaml")).code == 0


def test_what_a_command_says_is_printed_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"[bold]a[/] [/nothing] \\[/x] :key: :x:\ta\tb {'long ' * 60}papers/[x].yaml:1"
    say(text)
    say("no end", end="")
    assert capsys.readouterr().err == f"{text}\nno end"
