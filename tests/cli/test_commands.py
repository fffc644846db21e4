"""The command line as a person meets it: what it prints, and how it exits."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from rich.console import Console

from catalog import cli
from catalog.cli import finding
from catalog.importers import DIALECTS
from tests.conftest import REPOSITORY


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def catalog(mini: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    """Run ``catalog`` on a copy of the small catalogue."""
    (mini / "site_templates").symlink_to(REPOSITORY / "site_templates")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, root: Path | None = mini) -> Outcome:
        options = ["--root", str(root)] if root else []
        monkeypatch.setattr(sys, "argv", ["catalog", *options, *arguments])
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def spoil(mini: Path, before: str, after: str, file: str = "2024/fastv.yaml") -> None:
    path = mini / "papers" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


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


def test_build_refuses_records_with_errors_and_leaves_what_was_built(catalog, mini: Path) -> None:
    catalog("build", "--only", "lists")
    readme = (mini / "README.md").read_bytes()
    spoil(mini, 'title: "', 'titel: "')
    outcome = catalog("build")
    assert outcome.code == 2
    assert "papers/2024/fastv.yaml:2:1" in outcome.err
    assert "did you mean 'title'?" in outcome.err
    assert (mini / "README.md").read_bytes() == readme


def test_find_lists_what_a_query_means_newest_first(catalog) -> None:
    outcome = catalog("find", "code:yes", "-mechanism:caching")
    assert (outcome.code, outcome.err) == (0, "")
    rows = [row.split("\t") for row in outcome.out.splitlines()]
    assert [row[:2] for row in rows] == [
        ["fastv", "ECCV 2024"],
        ["tome", "ICLR 2023"],
        ["dynamicvit", "NeurIPS 2021"],
    ]
    assert rows[1][2] == "Token Merging: Your ViT But Faster"


def test_find_names_the_files_for_other_programs(catalog, mini: Path) -> None:
    outcome = catalog("find", "--files", 'title:"token merging"')
    assert [Path(line).resolve() for line in outcome.out.splitlines()] == [
        mini.resolve() / "papers" / "2022" / "tome.yaml"
    ]


def test_find_says_what_is_wrong_with_a_query_and_where_none_is_meant(catalog) -> None:
    wrong = catalog("find", "traning:free")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean 'training'?" in wrong.err
    mistyped = catalog("find", "tokn", "mergng")
    assert "no paper has 'tokn'; did you mean 'token'?" in mistyped.err
    assert "no paper has 'mergng'; did you mean 'merging'?" in mistyped.err
    term = catalog("find", "VQA", "code:yes")
    assert "'VQA' is a term, too: catalog find task:visual-question-answering code:yes (1 paper)" in term.err
    none = catalog("find", "year:1900")
    assert (none.code, none.out) == (0, "")
    assert "0 papers: none of 6 is what 'year:1900' means" in none.err


def test_find_suggests_another_form_of_a_word_rather_than_a_word_of_like_letters(catalog, mini: Path) -> None:
    spoil(mini, "Token Merging: Your ViT", "Code for Decoding: Your ViT", "2022/tome.yaml")
    assert "no paper has 'decode'; did you mean 'decoding'?" in catalog("find", "decode").err


def test_find_takes_singular_and_plural_for_one_word(catalog) -> None:
    assert "fastv" in catalog("find", "images").out
    said = catalog("find", "images", "zebra").err
    assert "no paper has 'zebra'" in said
    assert "'images'" not in said


def test_find_names_the_terms_that_single_words_and_runs_of_words_are(catalog) -> None:
    alone = catalog("find", "real-time", "merging").err
    assert "no paper has 'real'" in alone
    assert "'merging' is a term, too: catalog find mechanism:merging (" in alone
    run = catalog("find", "token", "merging", "attention", "code:yes").err
    assert "'token merging' is a term, too: catalog find mechanism:merging " in run
    assert "'merging' is" not in run
    assert "'attention' is a term, too: catalog find criterion:attention " in run


def test_find_suggests_one_query_with_every_term_that_is_named(catalog, mini: Path) -> None:
    spoil(mini, "mechanism: [caching]", "mechanism: [caching]\nkeywords: [kv-cache, video]", "2024/toca.yaml")
    vocabulary = mini / "papers/vocabulary/mechanisms.yaml"
    text = vocabulary.read_text(encoding="utf-8").replace(
        "label: Caching,", "label: Caching, aliases: [KV cache reuse],"
    )
    vocabulary.write_text(text, encoding="utf-8")
    hint = "'KV-cache reuse' and 'video' are terms, too: catalog find mechanism:caching"
    for words in (["KV-cache", "reuse", "video", "-code:no"], ["KV-cache reuse video -code:no"]):
        outcome = catalog("find", *words)
        assert outcome.err.splitlines()[1:] == [f"{hint} keywords:video keywords:kv-cache -code:no (1 paper)"]
    own_name = catalog("find", "image-generation", "cachin").err  # of which no word is lost
    hint = "'image-generation' is a term, too: catalog find task:image-generation cachin (1 paper)"
    assert hint in own_name


@pytest.mark.parametrize("typed", ["video reuse", "Video caching"])
def test_find_adds_no_keyword_that_is_a_part_of_the_term_s_own_name(catalog, mini: Path, typed: str) -> None:
    spoil(mini, "mechanism: [caching]", "mechanism: [video-reuse]\nkeywords: [video]", "2024/toca.yaml")
    vocabulary = mini / "papers/vocabulary/mechanisms.yaml"
    text = vocabulary.read_text(encoding="utf-8")
    term = 'video-reuse: {label: Video caching, definition: "Caching, of videos."}\n'
    vocabulary.write_text(text + term, encoding="utf-8")
    hint = f"'{typed}' is a term, too: catalog find mechanism:video-reuse (1 paper)"
    assert hint in catalog("find", typed).err.splitlines()


def test_find_suggests_each_of_the_terms_that_one_word_names(catalog, mini: Path) -> None:
    spoil(mini, "domain: [vision]", "domain: [vision]\nkeywords: [video]", "2022/tome.yaml")
    vocabulary = mini / "papers/vocabulary/mechanisms.yaml"
    text = vocabulary.read_text(encoding="utf-8").replace(
        "label: Caching,", "label: Caching, aliases: [video],"
    )
    vocabulary.write_text(text, encoding="utf-8")
    hints = catalog("find", "video").err.splitlines()
    assert "'video' is a term, too: catalog find mechanism:caching (1 paper)" in hints
    assert "'video' is a term, too: catalog find keywords:video (1 paper)" in hints


def test_find_reads_a_colon_between_words_as_that_of_a_title(catalog, mini: Path) -> None:
    spoil(mini, "Token Merging: Your ViT But Faster", "Merging with Reference: Your ViT", "2022/tome.yaml")
    found = catalog("find", "Merging with Reference: Your ViT")
    assert (found.code, found.out.splitlines()[0].split()[0], found.err) == (0, "tome", "")
    asked = catalog("find", "domain: vision")
    assert asked.code == 0
    assert "'vision' is a term, too: catalog find domain:vision" in asked.err


def test_find_names_a_term_once_that_is_typed_twice(catalog, mini: Path) -> None:
    spoil(mini, "domain: [vision]", "domain: [vision]\nkeywords: [video]", "2022/tome.yaml")
    hint = "'video' is a term, too: catalog find keywords:video (1 paper)"
    assert hint in catalog("find", "video", "video").err.splitlines()


def test_find_speaks_of_terms_that_find_more_than_the_words_did_and_of_no_others(catalog) -> None:
    more = catalog("find", "code:yes", "merging")
    assert [row.split("\t")[0] for row in more.out.splitlines()] == ["tome"]
    assert more.err == ""
    more = catalog("find", "vision")
    found = len(more.out.splitlines())
    assert 0 < found < 4
    assert more.err == "'vision' is a term, too: catalog find domain:vision (4 papers)\n"
    assert catalog("find", "vision", "efficient").err == ""


def test_find_takes_the_address_of_a_paper(catalog) -> None:
    outcome = catalog("find", "https://arxiv.org/pdf/2403.06764v2")
    assert outcome.out.startswith("fastv\t")


def test_find_says_which_papers_have_the_words_in_their_summary(catalog, mini: Path) -> None:
    spoil(mini, "summary: null", "summary: Caches what changes little in the prefill.", "2024/toca.yaml")
    outcome = catalog("find", "prefill", "year:2024..")
    assert outcome.err.splitlines()[-1] == (
        "said in summaries: catalog find 'summary:prefill year:2024..' (1 paper)"
    )
    assert "said in summaries" not in catalog("find", "token").err, "no summary says more"
    assert "said in summaries" not in catalog("find", "(prefill)").err, "it takes no brackets"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (r"\cite{chen2024image, bolya2023token}", "citation keys: catalog find id:fastv,tome (2 papers)"),
        ("Chen2024image", "citation keys: catalog find id:fastv (1 paper)"),
        ("@bolya2023token; nobody2020x", "citation keys: catalog find id:tome (1 paper)"),
        ("2403.06764v2", "an identifier: catalog find arxiv:2403.06764 (1 paper)"),
        ("author:Liang Chen", "one author: catalog find 'author:\"liang chen\"' (1 paper)"),
        (
            "author:Xuyang Liu data code:no",
            "one author: catalog find 'author:\"xuyang liu\" data code:no' (1 paper)",
        ),
        ("pruning OR merging", "did you mean: catalog find mechanism:pruning,merging (3 papers)"),
        ("bolya OR rao", "did you mean: catalog find author:bolya,rao (2 papers)"),
        ("dynamic OR faster", "did you mean: catalog find title:dynamic,faster (2 papers)"),
        ("code:yes OR code:no", "did you mean: catalog find code:yes,no (6 papers)"),
        ("token AND NOT merging", "did you mean: catalog find 'token -merging' (3 papers)"),
    ],
)
def test_find_names_the_query_that_other_search_engines_write_so(catalog, line: str, hint: str) -> None:
    (said,) = [line for line in catalog("find", line).err.splitlines() if "0 papers:" not in line]
    assert said.endswith(hint)


@pytest.mark.parametrize("line", ["author:Liang zzz", "cvpr2024 token", "author:liu ting", "OR token"])
def test_find_names_no_other_query_where_that_finds_nothing(catalog, line: str) -> None:
    said = catalog("find", line).err
    assert not any(hint in said for hint in ("one author", "citation keys", "did you mean: "))


def test_find_gives_three_hints_at_most(catalog) -> None:
    outcome = catalog("find", "merging", "attention", "pruning", "caching", "vision", "zzzz")
    assert len(outcome.err.splitlines()) == 4, outcome.err


@pytest.mark.parametrize("words", [[""], [" ", ""]])
def test_find_asks_for_a_query_rather_than_listing_everything(catalog, words: list[str]) -> None:
    outcome = catalog("find", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert "the query is empty; give words or fields" in outcome.err


@pytest.mark.parametrize("word", ["-h", "--fiels", "--format", "-"])
def test_find_takes_no_mistyped_option_for_a_word(catalog, word: str) -> None:
    outcome = catalog("find", word, "fastv")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"there is no option '{word}'; there are --files and --help" in outcome.err


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_find_shows_whole_ids_and_titles_on_every_terminal(
    catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(finding, "console", Console(width=width, color_system=None))
    outcome = catalog("find", "code:yes", "-mechanism:caching")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == ["fastv", "tome", "dynamicvit"]
    assert "ECCV 2024" in outcome.out
    words = outcome.out.split()
    assert {"DynamicViT:", "Sparsification", "Plug-and-Play"} <= set(words)
    assert "3 papers; cite with: catalog export bibtex --where 'code:yes -mechanism:caching'" in outcome.err


def test_find_leaves_nothing_out_in_silence(catalog, mini: Path) -> None:
    spoil(mini, 'title: "', 'titel: "')
    outcome = catalog("find", "code:yes")
    assert outcome.code == 1
    assert "1 record could not be read and is left out; see: catalog check" in outcome.err


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


def test_nothing_but_data_is_printed_in_a_pipe(mini: Path) -> None:
    command = [sys.executable, "-m", "catalog", "--root", str(mini), "export", "jsonl"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert result.stderr == ""


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
