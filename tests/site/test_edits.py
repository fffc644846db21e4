"""What a commit changed inside a record, read from patches that git itself wrote."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from catalog.site.edits import Edit, Edits, read_patches

RECORD = """\
# yaml-language-server: $schema=../paper.schema.json
title: "An Image is Worth 1/2 Tokens"
name: FastV
former_titles:
  - "Half a Title: Of Old"
authors: [Liang Chen, Haozhe Zhao, Tianyu Liu]
venue: arXiv
year: 2024
published: 2024-03
identifiers:
  arxiv: "2403.06764"
links:
  code: [https://github.com/pkunlp-icler/FastV]
domain: [multimodal]
criterion: [attention]
mechanism: null
training: free
summary: "Ranks tokens."
provenance:
  authors: list
  venue: list
bibtex: |
  @misc{chen2024image,
    title = {An Image},
  }
"""


def _edits(tmp_path: Path, after: str, before: str = RECORD) -> Edits:
    """What git's patch from *before* to *after* says of the record."""
    for name, text in (("a", before), ("b", after)):
        folder = tmp_path / name / "papers"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "fastv.yaml").write_text(text, encoding="utf-8")
    command = ["git", "diff", "--no-index", "--no-color", "--unified=0", "--no-prefix", "a", "b"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    patch = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, check=False, text=True
    )
    ((path, edits),) = read_patches(patch.stdout)
    assert path == "papers/fastv.yaml"
    return edits


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("venue: arXiv", "venue: ECCV", Edit("venue", ("arXiv",), ("ECCV",)), id="a word"),
        pytest.param(
            'Worth 1/2 Tokens"',
            'Worth 1/2 Tokens: # \\"Half\\" of Them"',
            Edit(
                "title",
                ("An Image is Worth 1/2 Tokens",),
                ('An Image is Worth 1/2 Tokens: # "Half" of Them',),
            ),
            id="quotation marks and a number sign",
        ),
        pytest.param(
            "Haozhe Zhao, Tianyu",
            "Haozhe Zhou, Tianyu",
            Edit("authors", ("Haozhe Zhao",), ("Haozhe Zhou",)),
            id="one of many",
        ),
        pytest.param(
            "Haozhe Zhao, Tianyu Liu", "Tianyu Liu, Haozhe Zhao", Edit("authors", reordered=True), id="order"
        ),
        pytest.param(
            "criterion: [attention]",
            "criterion: [attention, similarity]",
            Edit("criterion", (), ("similarity",)),
            id="a term more",
        ),
        pytest.param(
            "criterion: [attention]", "criterion: []", Edit("criterion", ("attention",)), id="a term less"
        ),
        pytest.param(
            "mechanism: null", "mechanism: [pruning]", Edit("mechanism", (), ("pruning",)), id="known now"
        ),
        pytest.param("training: free", "training: null", Edit("training", ("free",)), id="unknown now"),
        pytest.param(
            "training: free",
            "training: both  # see Sec. 3",
            Edit("training", ("free",), ("both",)),
            id="comment",
        ),
        pytest.param(
            '  arxiv: "2403.06764"',
            '  arxiv: "2403.06764"\n  doi: 10.1/2',
            Edit("doi", (), ("10.1/2",)),
            id="below a key",
        ),
        pytest.param(
            'identifiers:\n  arxiv: "2403.06764"\n',
            "",
            Edit("arxiv", ("2403.06764",)),
            id="a key with all below it",
        ),
        pytest.param(
            'Old"\n', 'Old"\n  - Another\n', Edit("former_titles", (), ("Another",)), id="a line of a list"
        ),
        pytest.param(
            'former_titles:\n  - "Half a Title: Of Old"\n',
            "",
            Edit("former_titles", ("Half a Title: Of Old",)),
            id="a whole list of lines",
        ),
        pytest.param(
            'summary: "Ranks tokens."',
            "summary: >\n  Ranks\n  tokens.",
            Edit("summary", ("Ranks tokens.",)),
            id="folded text is not read",
        ),
    ],
)
def test_an_edit_names_the_fact_and_what_went_and_came(
    tmp_path: Path, old: str, new: str, expected: Edit
) -> None:
    assert old in RECORD
    assert _edits(tmp_path, RECORD.replace(old, new)) == Edits((expected,), 0)


def test_sources_are_counted_once_each_and_the_entry_is_not_a_fact(tmp_path: Path) -> None:
    after = RECORD.replace("authors: list", "authors: arXiv:1").replace(
        "venue: list", "venue: CVF\n  year: CVF"
    )
    assert _edits(tmp_path, after.replace("{An Image}", "{An Image is}")) == Edits((), 3)


def test_a_list_written_in_lines_instead_of_brackets_has_not_changed(tmp_path: Path) -> None:
    lines = "authors:\n  - Liang Chen\n  - Haozhe Zhao\n  - Tianyu Liu\n"
    after = RECORD.replace("authors: [Liang Chen, Haozhe Zhao, Tianyu Liu]\n", lines)
    assert _edits(tmp_path, after) == Edits()
    moved = after.replace("  - Haozhe Zhao\n  - Tianyu Liu\n", "  - Tianyu Liu\n  - Haozhe Zhao\n")
    assert _edits(tmp_path, moved, before=after) == Edits((Edit("authors", reordered=True),))


def test_text_that_goes_on_in_further_lines_is_written_anew(tmp_path: Path) -> None:
    before = RECORD.replace('"Ranks tokens."', ">\n  Ranks\n  tokens.")
    assert _edits(tmp_path, before.replace("  tokens.", "  patches."), before) == Edits((Edit("summary"),))


def test_facts_stand_in_the_order_of_the_record(tmp_path: Path) -> None:
    after = RECORD.replace("2024\n", "2025\n").replace("venue: arXiv", "venue: ICLR").replace("free", "both")
    assert [edit.field for edit in _edits(tmp_path, after).facts] == ["venue", "year", "training"]
