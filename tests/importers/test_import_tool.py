"""tools/import_lists.py: all lists, verified metadata and decisions in one run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from catalog.catalogue import Catalogue
from tests.conftest import REPOSITORY

PAGE = """\
- **[1] FlexDiT: Dynamic Token Density Control for Diffusion Transformer**, arXiv 2024.
  [[Paper](https://arxiv.org/abs/2412.06028)] ![](https://img.shields.io/badge/FlexDiT-blue)

- **[2] TURBO: A Paper That Nobody Wrote**, arXiv 2024.
"""
OLDER = """\
# ‚≠ê Bold list
## Vision
* [arXiv] FlexDiT: Dynamic Token Density Control for Diffusion Transformer
"""
VERIFIED = {
    "title": "SparseDiT: Token Sparsification for Efficient Diffusion Transformer",
    "list_titles": ["FlexDiT: Dynamic Token Density Control for Diffusion Transformer"],
    "authors": ["Shuning Chang", "Pichao Wang"],
    "venue": "NeurIPS",
    "year": 2025,
    "arxiv": "2412.06028",
    "doi": None,
    "openreview": None,
    "anthology": None,
    "code": None,
    "training": "training-free?",
    "sources": ["b/awesome-tokens:README.md", "a/proceedings:neurips2025.json", "repo:c/SparseDiT:README.md"],
}
DECISIONS = """\
decisions:
  - {paper: "TURBO: A Paper That Nobody Wrote", refuse: true, reason: "no source has it"}
  - paper: "FORA: Fast-Forward Caching in Diffusion Transformer Acceleration"
    add: true
    source: reference lists of other papers
    set: {name: FORA, venue: arXiv, year: 2024, arxiv: "2407.01425", listed_in: a-talk}
    reason: "cited in a table"
"""


def run(root: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    options = {
        "--lists": folder / "lists",
        "--seeds": folder / "seeds",
        "--verified": folder / "verified.jsonl",
        "--decisions": folder / "decisions.yaml",
        "--root": root,
        "--report": folder / "report.json",
    }
    arguments = [str(part) for option in options.items() for part in option]
    command = [sys.executable, str(REPOSITORY / "tools" / "import_lists.py"), *arguments, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def prepare(folder: Path) -> None:
    (folder / "lists" / "badges-list").mkdir(parents=True)
    (folder / "lists" / "badges-list" / "README.md").write_text(PAGE, encoding="utf-8")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "0.txt").write_text(OLDER, encoding="utf-8")
    (folder / "verified.jsonl").write_text(json.dumps(VERIFIED) + "\n", encoding="utf-8")
    (folder / "decisions.yaml").write_text(DECISIONS, encoding="utf-8")


def test_lists_older_copies_metadata_and_decisions_become_records(empty: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    done = run(empty, tmp_path)
    assert done.returncode == 0, done.stderr
    catalogue = Catalogue.load(empty)
    assert [paper.id for paper in catalogue] == ["fora", "sparsedit"]
    paper = catalogue["sparsedit"]
    assert (paper.venue, paper.year, paper.training) == ("NeurIPS", 2025, None)
    assert paper.former_titles == ("FlexDiT: Dynamic Token Density Control for Diffusion Transformer",)
    assert paper.listed_in == ("badges-list", "bold-list")
    assert paper.provenance["venue"] == "verified: a/proceedings, c/SparseDiT"
    assert catalogue["fora"].provenance["identifiers"] == "reference lists of other papers"


def test_every_row_is_in_the_report_and_what_was_refused_says_why(empty: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    run(empty, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["totals"] == {"entries": 4, "taken": 2, "merged": 1, "refused": 1}
    assert [row["reason"] for row in report["rows"] if row["outcome"] == "refused"] == ["no source has it"]


def test_new_records_bear_the_day_of_the_run_or_the_one_that_is_named(empty: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    shutil.copytree(empty, tmp_path / "second")
    days = [datetime.now(UTC).date().isoformat()]
    assert run(empty, tmp_path).returncode == 0
    days.append(datetime.now(UTC).date().isoformat())  # of a run at midnight
    assert {paper.added for paper in Catalogue.load(empty)} <= set(days)
    assert run(tmp_path / "second", tmp_path, "--added", "2024-02-29").returncode == 0
    assert {paper.added for paper in Catalogue.load(tmp_path / "second")} == {"2024-02-29"}


def test_running_it_again_changes_nothing(empty: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    run(empty, tmp_path)
    before = {path: path.read_bytes() for path in empty.rglob("*.yaml")}
    assert "0 records written" in run(empty, tmp_path).stdout
    assert {path: path.read_bytes() for path in empty.rglob("*.yaml")} == before


def test_a_copy_of_no_known_list_is_refused_with_its_name(empty: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "seeds" / "1.txt").write_text("# Something else\n", encoding="utf-8")
    done = run(empty, tmp_path)
    assert done.returncode == 2
    assert "1.txt: its first line names no list" in done.stderr
    assert "Traceback" not in done.stderr
