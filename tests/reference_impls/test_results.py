"""What the site shows of the methods is what they are: the files that `make demos` renews."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from reference_impls import demo, load_methods, results
from reference_impls.__main__ import main
from reference_impls.registry import PLACES
from reference_impls.results import FOLDER, description

ROOT = Path(__file__).parents[2]
METHODS = load_methods()
KEPT = FOLDER
MEND = "run `make demos`"


def _kept(name):
    return json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", METHODS)
def test_the_kept_description_is_that_of_the_method(name):
    assert (KEPT / f"{name}.json").is_file(), MEND
    kept, now = _kept(name), description(METHODS[name])
    assert {key: kept.get(key) for key in now} == json.loads(json.dumps(now)), MEND
    assert kept["demo"]["settings"] == demo.settings_of(demo.make(METHODS[name])), MEND


@pytest.mark.parametrize("name", METHODS)
def test_the_kept_picture_is_small_and_as_large_as_the_page_is_told(name):
    path = KEPT / f"{name}.png"
    assert path.stat().st_size < 30_000
    with Image.open(path) as drawn:
        assert [drawn.width, drawn.height] == [_kept(name)["demo"][side] for side in ("width", "height")]


def test_nothing_is_kept_of_methods_that_are_no_more():
    assert {path.stem for path in KEPT.iterdir()} == set(METHODS), MEND


def test_the_state_of_the_golden_tests_is_that_of_tests_that_there_are():
    kept = json.loads((KEPT.parent / "golden.json").read_text(encoding="utf-8"))
    assert set(kept) <= set(METHODS), MEND
    files = {entry["file"] for entries in kept.values() for entry in entries}
    assert all((ROOT / file).is_file() for file in files), MEND
    for entries in kept.values():
        for test in (test for entry in entries for test in entry["tests"]):
            file, function = test["test"].split("::")
            assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), MEND
            assert test["passed"] == test["cases"]


def test_every_golden_file_is_compared_with():
    kept = json.loads((KEPT.parent / "golden.json").read_text(encoding="utf-8"))
    files = {entry["file"] for entries in kept.values() for entry in entries}
    assert files == {f"tests/golden/{path.name}" for path in (ROOT / "tests" / "golden").glob("*.npz")}, MEND


def test_every_place_is_said_in_words():
    assert {method.stage for method in METHODS.values()} <= set(PLACES)
    assert all(words[0].isupper() for words in PLACES.values())


def test_two_runs_differ_in_nothing_but_what_is_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "RUNS", 1)
    runs = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        assert main(["demos", "fastv", "tome", "--output", str(folder)]) == 0
        records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
        for record in records:
            record["demo"]["rows"] = [row for row in record["demo"]["rows"] if not row["measured"]]
        runs.append((records, [path.read_bytes() for path in sorted(folder.glob("*.png"))]))
    assert runs[0] == runs[1]
    assert "2 demos" in capsys.readouterr().out


def test_a_demo_of_an_unknown_method_is_refused(tmp_path, capsys):
    assert main(["demos", "fastvv", "--output", str(tmp_path)]) == 2
    assert "no method 'fastvv'" in capsys.readouterr().err


def _with_old_files(folder, monkeypatch):
    """A folder with files of a method that is no more and of its owner, after all demos, of which there is
    one.
    """
    monkeypatch.setattr(demo, "RUNS", 1)
    monkeypatch.setattr(results, "load_methods", lambda: {"fastv": METHODS["fastv"]})
    for name in ("gone.json", "gone.png", "thesis.txt"):
        (folder / name).write_text("x", encoding="utf-8")
    (folder / "notes").mkdir()
    assert main(["demos", "--output", str(folder)]) == 0
    return {path.name for path in folder.iterdir()}


def test_all_demos_delete_nothing_in_a_folder_of_somebodys_own(tmp_path, monkeypatch):
    left = _with_old_files(tmp_path, monkeypatch)
    assert left == {"fastv.json", "fastv.png", "gone.json", "gone.png", "thesis.txt", "notes"}


def test_all_demos_delete_the_files_of_methods_that_are_no_more_in_the_packages_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert _with_old_files(tmp_path, monkeypatch) == {"fastv.json", "fastv.png", "thesis.txt", "notes"}


@pytest.mark.parametrize("at", ["a file", "a file/below", "/proc/none"])
def test_a_folder_that_cannot_be_is_named_before_anything_runs(at, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(results, "demonstrate", lambda *_: pytest.fail("a demo ran"))
    (tmp_path / "a file").write_text("x", encoding="utf-8")
    assert main(["demos", "fastv", "--output", str(tmp_path / at)]) == 2
    assert f"{tmp_path / at} cannot be written" in capsys.readouterr().err


def test_who_asks_what_testing_on_a_gpu_does_is_told_and_nothing_is_tested():
    command = [sys.executable, ROOT / "tools" / "test_gpu.py", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "keep the result under the hardware's name" in done.stdout


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_testing_on_a_gpu_says_that_there_is_none():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "test_gpu.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no CUDA device" in done.stderr
