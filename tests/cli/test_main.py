"""What stops a command is said in words, whatever it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog import cli, exports
from catalog.cli import commands
from catalog.findings import CatalogError
from tests.conftest import REPOSITORY


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CatalogError("papers/[a].yaml: is wrong"), "catalog: papers/[a].yaml: is wrong\n"),
        (MemoryError(), "catalog: there is not enough memory; close other programs and try again\n"),
        (OSError(28, "No space left on device", "a.yaml"), "catalog: a.yaml: No space left on device\n"),
    ],
)
def test_what_stops_a_command_is_said_in_one_line(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app() -> None:
        raise error

    monkeypatch.setattr(commands, "app", app)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    captured = capsys.readouterr()
    assert (stop.value.code, captured.out, captured.err) == (2, "", words)


def in_shell(line: str, mini: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which ``catalog`` is the command, on the small catalogue."""
    command = f"{sys.executable} -m catalog --root {mini}"
    line = f"set -o pipefail; {line.replace('catalog', command, 1)}"
    settings = {**os.environ, **environment}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=settings, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("catalog add --offline - <&-", "catalog: standard input is closed; pipe something into it"),
        ("catalog find tokens >&-", "catalog: standard output is closed; leave '>&-' out\n"),
        ("catalog export jsonl >&-", "catalog: standard output is closed"),
        ("catalog check --format json >&-", "catalog: standard output is closed"),
    ],
)
def test_a_closed_stream_is_named(mini: Path, line: str, said: str) -> None:
    done = in_shell(line, mini)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_closed_stream_is_no_matter_to_who_does_not_use_it(mini: Path, tmp_path: Path) -> None:
    done = in_shell(f"catalog export jsonl -o {tmp_path / 'out'} <&- >&- 2>&-", mini)
    assert done.returncode == 0
    assert (tmp_path / "out").read_text(encoding="utf-8").count("\n") == 6


@pytest.mark.parametrize("encoding", ["ascii", "ascii:surrogateescape"])  # the second in the locale C
def test_what_a_stream_cannot_write_is_spelt_out(mini: Path, encoding: str) -> None:
    path = mini / "papers/2022/tome.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Token Merging", "Token² Merging"), encoding="utf-8"
    )
    done = in_shell("catalog find id:tome", mini, PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert r"Token\xb2 Merging" in done.stdout


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("catalog --help", 0),
        ("catalog add --help", 0),
        ("catalog check", 1),
        ("catalog check 2>&1", 1),
        ("catalog check nosuch 2>&1", 2),
        ("catalog check --nosuch 2>&1", 2),
    ],
)
def test_a_reader_who_has_had_enough_changes_no_exit_code(mini: Path, line: str, code: int) -> None:
    for path in (mini / "papers").glob("2*/*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("kind: ", "kind: un"), encoding="utf-8")
    done = in_shell(f"{line} | true", mini)
    assert done.returncode == code


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("catalog fmt --check", 1),
        ("catalog build --check", 1),
        ("catalog check --format json", 0),
        ("catalog find token", 0),
        ("catalog stats", 0),
        ("catalog stats --format json", 0),
        ("catalog export bibtex", 0),
        ("catalog export xlsx", 0),
        ("catalog cite {mini}/paper.md", 1),
        ("catalog discover --offline --format markdown --list venue-bold={mini}/list.md", 1),
    ],
)
def test_nor_that_of_any_command_which_prints_and_goes_on(
    mini: Path, line: str, code: int, unbuffered: str
) -> None:
    (mini / "site_templates").symlink_to(REPOSITORY / "site_templates")
    (mini / "paper.md").write_text("As was shown [@nobody2020nothing].\n", encoding="utf-8")
    (mini / "list.md").write_text(
        "## Vision\n* [arXiv] Another Paper about Tokens [[Paper](https://a.org/b)]\n"
    )
    done = in_shell(f"{line.format(mini=mini)} | true", mini, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == code, done.stderr


def test_every_paper_is_added_and_checked_though_the_reader_left(mini: Path) -> None:
    entries = "".join(f"@misc{{k{n}, title={{Tokens in Town {n}}}, year={{2024}}}}\n" for n in (1, 2, 3))
    (mini / "many.bib").write_text(entries, encoding="utf-8")
    done = in_shell(f"catalog add --offline {mini / 'many.bib'} | true", mini)
    assert done.returncode == 0, done.stderr
    assert len(list((mini / "papers" / "2024").glob("tokens-town*.yaml"))) == 3
    assert "3 of 3 papers added" in done.stderr
    assert "catalog check: 0 errors" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("line", ["catalog fmt --check", "catalog stats", "catalog export xlsx"])
def test_a_full_disk_is_said_once(mini: Path, line: str, unbuffered: str) -> None:
    done = in_shell(f"{line} > /dev/full", mini, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr) == (2, "catalog: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("name", exports.formats())
def test_whatever_is_exported_to_a_full_disk_that_is_said(mini: Path, name: str) -> None:
    done = in_shell(f"catalog export {name} -o /dev/full", mini)
    assert (done.returncode, done.stderr) == (2, "catalog: /dev/full: No space left on device\n")


def test_what_is_said_stands_behind_what_it_is_about(mini: Path) -> None:
    done = in_shell("catalog fmt --check 2>&1", mini)
    assert done.stdout.splitlines()[-1] == "6 of 6 files would change"


@pytest.mark.parametrize("module", ["typer", "rapidfuzz", "catalog.catalogue", "catalog.cli.streams"])
def test_an_interruption_while_the_command_still_begins_ends_it_in_silence(module: str) -> None:
    script = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from catalog.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_an_import_writes_its_report_though_the_reader_left(mini: Path, tmp_path: Path) -> None:
    path, report = tmp_path / "list.md", tmp_path / "r.json"
    path.write_text("## Vision\n* [arXiv] Another Paper about Tokens [[Paper](https://a.org/b)]\n" * 50)
    line = f"catalog import venue-bold {path} --listed-in first-list --dry-run --report {report} | true"
    assert in_shell(line, mini).returncode == 0
    assert '"entries": 50' in report.read_text(encoding="utf-8")


def test_in_a_pipe_no_line_is_broken(mini: Path) -> None:
    done = in_shell("catalog check --rule bibtex-missing", mini, COLUMNS="20")
    assert done.stderr == ("6 records: no errors, 6 warnings; 6 of them go away with catalog check --fix\n")
