"""``catalog export`` and ``catalog cite`` as a person meets them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from catalog import cli


@pytest.fixture
def catalog(mini: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]):
    """Run ``catalog`` on a copy of the small catalogue: exit code, output, and what was said about it."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "argv", ["catalog", "--root", str(mini), *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsysbinary.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err.decode()

    return run


def test_a_query_chooses_what_is_exported(catalog) -> None:
    code, out, _ = catalog("export", "jsonl", "--where", "domain:multimodal training:free year:2024..")
    assert code == 0
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["fastv"]


def test_without_a_query_every_paper_is_exported(catalog) -> None:
    _, out, _ = catalog("export", "csv")
    assert len(list(csv.DictReader(io.StringIO(out.decode(), newline="")))) == 6
    assert out.count(b"\r\n") == 7


def test_a_query_that_means_nothing_leaves_the_file_as_it_is(catalog, tmp_path: Path) -> None:
    path = tmp_path / "papers.csv"
    path.write_text("mine", encoding="utf-8")
    code, out, said = catalog("export", "csv", "--where", "year:1900", "-o", str(path))
    assert (code, out) == (0, b"")
    assert f"0 papers: none of 6 match 'year:1900'; nothing was written to {path}" in said
    assert path.read_text(encoding="utf-8") == "mine"
    catalog("export", "csv", "--where", "year:1900", "-o", str(tmp_path / "new.csv"))
    assert list(tmp_path.glob("*.csv")) == [path]


def test_an_export_that_fails_half_way_leaves_the_file_as_it_is(
    catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "papers.parquet"
    path.write_text("mine", encoding="utf-8")

    def no_library(*_: object) -> None:
        raise ImportError("libarrow.so: cannot open shared object file")

    monkeypatch.setattr("catalog.optional.import_module", no_library)
    code, _, said = catalog("export", "parquet", "-o", str(path))
    assert code == 2
    assert "pyarrow, which cannot be imported (libarrow.so: cannot open shared object file)" in said
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_mistake_in_the_query_is_shown_where_it_is_and_nothing_is_written(catalog, tmp_path: Path) -> None:
    code, out, said = catalog("export", "ris", "--where", "domain:visoin", "-o", str(tmp_path / "x.ris"))
    assert (code, out) == (2, b"")
    assert "did you mean domain:vision?" in said
    assert "\n  domain:visoin\n         ^" in said
    assert not (tmp_path / "x.ris").exists()


def test_a_binary_format_goes_to_a_file_or_a_pipe(catalog, tmp_path: Path) -> None:
    path = tmp_path / "papers.xlsx"
    code, out, said = catalog("export", "xlsx", "--where", "code:yes", "-o", str(path))
    assert (code, out) == (0, b"")
    assert "4 papers written" in said
    _, piped, _ = catalog("export", "xlsx", "--where", "code:yes")
    assert piped == path.read_bytes()
    assert openpyxl.load_workbook(io.BytesIO(piped)).active.max_row == 5


def test_a_binary_format_is_not_poured_into_a_terminal(catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, said = catalog("export", "parquet")
    assert (code, out) == (2, b"")
    assert "parquet -o papers.parquet" in said


def test_citing_writes_the_bibliography_and_exits_with_1_where_something_is_unknown(
    catalog, tmp_path: Path
) -> None:
    paper, refs = tmp_path / "paper.tex", tmp_path / "refs.bib"
    paper.write_text("\\cite{fastv}", encoding="utf-8")
    assert catalog("cite", str(paper), "-o", str(refs))[0] == 0
    assert "@inproceedings{fastv," in refs.read_text(encoding="utf-8")
    paper.write_text("\\cite{fastv}\n\\cite{fastw}", encoding="utf-8")
    code, _, said = catalog("cite", str(paper), "-o", str(refs))
    assert code == 1
    assert f"{paper}:2: 'fastw' is not known; did you mean 'fastv'?" in said
    assert "0 entries from the catalogue, 0 upgraded, 1 of your own kept, 1 not known" in said


@pytest.mark.parametrize(
    ("name", "text", "looked_for"),
    [
        ("paper.tex", "A text.", r"\cite{key}"),
        ("paper.aux", r"\relax", r"\citation{key}"),
        ("paper.md", "As in @fig-one.", "@key"),
        ("paper.typ", "As in @fig. <fig>", "#cite(<key>)"),
    ],
)
def test_a_manuscript_that_cites_nothing_is_named_with_what_was_looked_for(
    catalog, tmp_path: Path, name: str, text: str, looked_for: str
) -> None:
    silent, other = tmp_path / name, tmp_path / "other.tex"
    silent.write_text(text, encoding="utf-8")
    other.write_text("\\cite{fastv}", encoding="utf-8")
    code, _, said = catalog("cite", str(silent), str(other))
    assert code == 0
    assert f"{silent}: no citation was found; looked for " in said
    assert looked_for in said
    assert f"{other}: no citation" not in said


def test_what_upgrades_an_entry_in_a_file_that_is_only_named_is_said_and_where_the_new_file_is_named(
    catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paper.tex").write_text("\\cite{mine, fastv}\n\\bibliography{mine}", encoding="utf-8")
    tome = "@misc{mine, title={Token Merging: Your ViT But Faster}, eprint={2210.09461}}\n"
    Path("mine.bib").write_text(tome, encoding="utf-8")
    code, _, said = catalog("cite", "paper.tex", "-o", "refs.bib")
    assert code == 0
    assert "mine.bib:1: your entry mine stays; it cites a preprint, now ICLR 2023\n" in said
    assert "To upgrade them, run: catalog cite paper.tex mine.bib -o refs.bib\n" in said
    assert "paper.tex: takes its bibliography from mine.bib; name refs.bib there as well\n" in said
    _, _, again = catalog("cite", "paper.tex", "mine.bib", "-o", "refs.bib")
    assert "mine.bib:1: mine cited a preprint, now ICLR 2023" in again
    assert "name refs.bib there in place of mine.bib, which it holds whole\n" in again
    Path("paper.tex").write_text("\\cite{mine, tome}\n\\bibliography{refs}", encoding="utf-8")
    _, _, named = catalog("cite", "paper.tex", "-o", "refs.bib")
    assert "takes its bibliography" not in named


def test_own_entries_that_the_catalogue_lacks_are_named_if_they_are_few(catalog, tmp_path: Path) -> None:
    mine = tmp_path / "mine.bib"
    for number, said_so in ((2, "does not have 2 papers: m0, m1\n"), (9, "does not have 9 papers\n")):
        rows = [f"@misc{{m{n}, title={{Nothing {n}}}}}\n" for n in range(number)]
        mine.write_text("".join(rows), encoding="utf-8")
        assert f"of your own, the catalogue {said_so}" in catalog("cite", str(mine))[2]


def test_citing_keeps_what_the_output_file_holds_already(catalog, tmp_path: Path) -> None:
    paper, refs = tmp_path / "paper.tex", tmp_path / "refs.bib"
    paper.write_text("\\cite{fastv, mine, tm}", encoding="utf-8")
    refs.write_text(
        "% mine\n@misc{mine, title = {Mine}}\n@misc{tm, eprint = {2210.09461}}\n", encoding="utf-8"
    )
    code, _, said = catalog("cite", str(paper), "-o", str(refs))
    text = refs.read_text(encoding="utf-8")
    assert code == 0
    assert text.startswith("% mine\n@misc{mine, title = {Mine}}\n@inproceedings{tm,")
    assert f"{refs}:3: tm cited a preprint, now ICLR 2023" in said
    assert "1 entry from the catalogue, 1 upgraded" in said


def test_citing_leaves_an_own_entry_where_it_is_and_says_whose_key_it_has(catalog, tmp_path: Path) -> None:
    paper, refs, new = (tmp_path / name for name in ("paper.tex", "refs.bib", "new.bib"))
    paper.write_text("\\cite{chen2024image}\n\\bibliography{refs}", encoding="utf-8")
    refs.write_text("@article{chen2024image, title={A completely different paper}}\n", encoding="utf-8")
    code, _, said = catalog("cite", str(paper), "-o", str(new))
    assert code == 0
    assert new.read_text(encoding="utf-8") == ""
    assert f"{refs}:1: your entry chen2024image stays; in the catalogue this is the key of FastV" in said


def test_citing_writes_line_ends_and_encoding_as_they_were(catalog, tmp_path: Path) -> None:
    paper, refs = tmp_path / "paper.tex", tmp_path / "refs.bib"
    paper.write_text("\\cite{fastv}", encoding="utf-8")
    own = "% für mich\r\n@misc{mine, title = {Mine}}\r\n".encode("utf-8-sig")
    refs.write_bytes(own)
    assert catalog("cite", str(paper), "-o", str(refs))[0] == 0
    written = refs.read_bytes()
    assert written.startswith(own)
    assert written.count(b"\n") == written.count(b"\r\n") > 5


def test_citing_writes_where_a_link_leads_and_leaves_its_permissions_and_other_files(
    catalog, tmp_path: Path
) -> None:
    paper, refs, shared = (tmp_path / name for name in ("paper.tex", "refs.bib", "shared.bib"))
    paper.write_text("\\cite{fastv}", encoding="utf-8")
    shared.write_text("% mine\n", encoding="utf-8")
    shared.chmod(0o600)
    refs.symlink_to(shared.name)
    (tmp_path / "refs.bib.part").write_text("mine, too", encoding="utf-8")
    assert catalog("cite", str(paper), "-o", str(refs))[0] == 0
    assert refs.is_symlink()
    assert shared.read_text(encoding="utf-8").startswith("% mine\n")
    assert "@inproceedings{fastv," in shared.read_text(encoding="utf-8")
    assert shared.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "refs.bib.part").read_text(encoding="utf-8") == "mine, too"


@pytest.mark.parametrize("name", ["main.tex", "q.md", "own.bib", "link.bib", "refs", "refs.txt"])
def test_citing_overwrites_no_manuscript_and_writes_bib_files_alone(
    catalog, tmp_path: Path, name: str
) -> None:
    texts = {"main.tex": "\\cite{fastv}", "q.md": "[@fastv]", "own.bib": "@misc{a, title = {b}}\n"}
    for file, text in texts.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "link.bib").symlink_to(tmp_path / "main.tex")
    code, out, said = catalog("cite", *(str(tmp_path / file) for file in texts), "-o", str(tmp_path / name))
    assert (code, out) == (2, b"")
    assert ("is one of the files to read" if name in ("own.bib", "link.bib") else "ends in .bib") in said
    assert {file: (tmp_path / file).read_text(encoding="utf-8") for file in texts} == texts
    assert not (tmp_path / "refs").exists()


def test_citing_onto_a_file_with_an_entry_that_is_never_closed_writes_nothing(
    catalog, tmp_path: Path
) -> None:
    paper, refs = tmp_path / "paper.tex", tmp_path / "refs.bib"
    paper.write_text("\\cite{fastv}", encoding="utf-8")
    refs.write_text("% mine\n@misc{a, title = {b}\n", encoding="utf-8")
    code, _, said = catalog("cite", str(paper), "-o", str(refs))
    assert code == 2
    assert f"{refs}:2: the entry's last brace is never closed" in said
    assert refs.read_text(encoding="utf-8") == "% mine\n@misc{a, title = {b}\n"


def test_citing_prints_where_no_file_is_named(catalog, tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text("[@tome]", encoding="utf-8")
    code, out, _ = catalog("cite", str(paper))
    assert code == 0
    assert b"@inproceedings{tome," in out


def test_a_missing_manuscript_is_named(catalog, tmp_path: Path) -> None:
    code, _, said = catalog("cite", str(tmp_path / "no.tex"))
    assert code == 2
    assert "no.tex: No such file" in said.replace("\n", "")


def test_a_list_is_written_in_the_dialect_that_is_asked_for(catalog) -> None:
    code, out, _ = catalog("export", "list", "--dialect", "venue-bold", "--where", "domain:multimodal")
    assert code == 0
    assert b"* [**ECCV'24**] An Image is Worth 1/2 Tokens" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["list"], "choose one with --dialect: arxiv-badge, badges, venue-bold"),
        (["list", "--dialect", "bold"], "there is no dialect 'bold' to write; known are arxiv-badge"),
        (["csv", "--dialect", "badges"], "--dialect is for 'list' alone"),
    ],
)
def test_a_dialect_and_a_list_belong_together(catalog, arguments: list[str], reason: str) -> None:
    code, out, said = catalog("export", *arguments)
    assert (code, out) == (2, b"")
    assert reason in said


def test_an_unknown_format_is_answered_with_the_names_that_the_help_gives(catalog) -> None:
    code, out, said = catalog("export", "bibtx")
    assert (code, out) == (2, b"")
    assert "did you mean 'bibtex'?" in said
    assert "ris, xlsx, list." in said
    assert "list-badges" not in said
    _, shown, _ = catalog("export", "--help")
    assert b"ris, xlsx, list" in b" ".join(shown.replace(b"\xe2\x94\x82", b" ").split())


def test_a_list_s_full_name_is_taken_too(catalog) -> None:
    assert catalog("export", "list-badges")[1] == catalog("export", "list", "--dialect", "badges")[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "the catalogue has no records yet; add some"),
        ("title: [", "the catalogue has no record that can be"),
    ],
)
def test_a_catalogue_without_papers_says_whether_it_has_records(
    catalog, mini: Path, text: str | None, said: str
) -> None:
    for record in mini.glob("papers/2*/*.yaml"):
        record.write_text(text, encoding="utf-8") if text else record.unlink()
    code, _, told = catalog("export", "bibtex")
    assert f"0 papers: {said}" in told
    assert code == (1 if text else 0)


def test_a_query_that_finds_nothing_says_so_beside_the_empty_table(catalog) -> None:
    code, out, said = catalog("export", "csv", "--where", "year:1900")
    assert code == 0
    assert out.count(b"\n") == 1
    assert "0 papers: none of 6 match 'year:1900'" in said
    assert "0 papers" not in catalog("export", "csv")[2]


@pytest.mark.parametrize("wanted", ["export xlsx", "export parquet", "export bibtex", "find code:yes"])
def test_a_reader_that_closes_the_pipe_early_gets_no_complaint(mini: Path, wanted: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "catalog", "--root", str(mini), *wanted.split()]
    try:
        done = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")
