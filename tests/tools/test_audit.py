"""tools/audit.py: what it shows of records as they are, and what it says where it cannot look."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY


def audit(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / "tools" / "audit.py"), "--root", str(root), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def test_brackets_and_colons_of_a_record_are_shown_as_they_are(mini: Path) -> None:
    file = mini / "papers" / "2024" / "fastv.yaml"
    record = file.read_text(encoding="utf-8")
    summary = 'summary: "Keeps 50% [/b] of [red] :key: tokens."'
    file.write_text(record.replace("summary: null", summary), encoding="utf-8")
    done = audit(mini, "--rows")
    assert (done.returncode, done.stderr) == (0, "")
    assert "'50%' in: Keeps 50% [/b] of [red] :key: tokens." in done.stdout


def test_records_that_cannot_be_read_are_not_left_out_without_a_word(mini: Path) -> None:
    (mini / "papers" / "2024" / "fastv.yaml").write_text("title: [\n", encoding="utf-8")
    done = audit(mini)
    assert done.returncode == 1
    assert done.stderr == "audit: 1 record could not be read and is left out; see: catalog check\n"
    assert "what it finds" in done.stdout


def test_a_folder_without_a_catalogue_is_told_in_words(tmp_path: Path) -> None:
    done = audit(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"audit: {tmp_path / 'papers' / 'catalogue.yaml'}: not found; ")
    assert done.stderr.count("\n") == 1
