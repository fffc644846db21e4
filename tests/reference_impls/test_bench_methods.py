"""The benchmark of the methods' cores: both sides give the same, and no method is left out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTHING_TO_TIME = {"pab"}


def _bench(*arguments):
    command = [sys.executable, ROOT / "tools" / "bench_methods.py", "--device", "cpu", "--threads", "1"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


def test_plain_pytorch_gives_the_same_tokens_for_every_golden_method(tmp_path):
    kept = tmp_path / "figures.json"
    done = _bench("--size", "small", "--repeat", "1", "--json", kept)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(kept.read_text(encoding="utf-8"))
    golden = json.loads((ROOT / "reference_impls" / "results" / "golden.json").read_text(encoding="utf-8"))
    assert set(golden) - NOTHING_TO_TIME <= {row.get("method") for row in figures}
    prefills = [row["prefill"] for row in figures if "prefill" in row]
    assert prefills == ["plain SDPA", "FastV", "DART", "SparseVLM", "PyramidDrop"]


def test_one_method_is_chosen_by_its_name():
    done = _bench("--size", "small", "--repeat", "1", "fastv", "pab")
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if line]
    assert [line.split()[0] for line in lines[2:]] == ["fastv", "pab"]
    assert "no tensor operation" in lines[3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "nosuch"], "--device nosuch: PyTorch cannot use it here: "),
        (["--repeat", "0"], "--repeat and --threads are whole numbers, 1 or more"),
        (["--json", "no/such/folder.json"], "--json no/such/folder.json cannot be written; name a file"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_timed(arguments, said):
    done = _bench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {said}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_method_is_refused():
    done = _bench("fastvv")
    assert done.returncode == 2
    assert "no case 'fastvv'" in done.stderr
