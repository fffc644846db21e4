"""What the benchmarks are asked for and cannot do is said in words, before they begin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


def run(folder: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / "tools" / tool), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("synthesize.py -5 made", "argument count: found '-5', expected a whole number, 1 or more"),
        ("bench.py --large 0", "argument --large: found '0', expected"),
        ("bench.py --only nothing", "there is no 'nothing'; --only takes start-up, check, lists or site"),
        ("bench_exports.py --repeat 0", "argument --repeat: found '0', expected"),
        ("bench_exports.py --only docx", "there is no format 'docx'; expected a part of one of: apa, "),
        ("bench_links.py --hosts 0", "argument --hosts: found '0', expected"),
    ],
)
def test_what_cannot_be_measured_is_refused(tmp_path: Path, command: str, said: str) -> None:
    done = run(tmp_path, *command.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {said}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_catalogue_is_made_like_one_that_is_there(tmp_path: Path) -> None:
    done = run(tmp_path, "synthesize.py", "3", "made", "--like", str(tmp_path))
    assert done.returncode == 2
    assert f"{tmp_path} holds no papers/vocabulary; name the folder of a catalogue" in done.stderr
    assert list(tmp_path.iterdir()) == []
