"""Writing records back: one canonical form, repairs that touch nothing else, files replaced in one step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import checks, formatting
from catalog.catalogue import Catalogue
from catalog.findings import Finding, Fix
from catalog.formatting import apply_fixes, format_all, format_record, write_atomically
from catalog.record import SCHEMA_LINE
from catalog.vocabulary import Vocabulary
from tests.conftest import MakeCatalogue

MESSY = """\
# kept: who wrote this
year: 2024   # kept: of the conference
title: Pruning Tokens Early
authors: ["Ada Bo",
   Chen Da]
venue:   ECCV
published: '2024-03'
# kept: checked by hand
domain: [ vision ]
aliases: []
"""

CANONICAL = f"""\
{SCHEMA_LINE}
title: "Pruning Tokens Early"
authors: [Ada Bo, Chen Da]
venue: ECCV
# kept: who wrote this
year: 2024  # kept: of the conference
published: 2024-03
kind: method
# kept: checked by hand
domain: [vision]
setting: null
task: null
criterion: null
mechanism: null
training: null
parametric: null
summary: null
bibtex: |
  @inproceedings{{bo2024pruning,
    title = {{Pruning Tokens Early}},
    author = {{Bo, Ada and Da, Chen}},
    booktitle = {{European Conference on Computer Vision}},
    year = {{2024}},
  }}
"""


def test_a_record_is_written_in_canonical_form_with_its_comments_and_an_entry(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    assert format_all(Catalogue.load(root)) == ["papers/2024/a-paper.yaml"]
    assert (root / "papers/2024/a-paper.yaml").read_text() == CANONICAL


def test_formatting_twice_changes_nothing_more(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": CANONICAL})
    path = root / "papers/2024/a-paper.yaml"
    before = path.stat().st_mtime_ns
    assert format_all(Catalogue.load(root)) == []
    assert path.stat().st_mtime_ns == before


def test_the_small_catalogue_is_sound_after_formatting(mini: Path) -> None:
    assert len(format_all(Catalogue.load(mini))) == 6
    assert format_all(Catalogue.load(mini)) == []
    assert checks.run(Catalogue.load(mini)) == []


def test_asking_what_would_change_writes_nothing(mini: Path) -> None:
    before = {path: path.read_bytes() for path in mini.rglob("*.yaml")}
    assert len(format_all(Catalogue.load(mini), write=False)) == 6
    assert {path: path.read_bytes() for path in mini.rglob("*.yaml")} == before


def test_entries_made_together_get_different_keys(make_catalogue: MakeCatalogue) -> None:
    files = {f"2024/{name}.yaml": MESSY.replace("Early", name) for name in ("one", "two")}
    root = make_catalogue(files)
    format_all(Catalogue.load(root))
    keys = [line for line in (root / "papers/2024/two.yaml").read_text().splitlines() if "@" in line]
    assert keys == ["  @inproceedings{bo2024pruninga,"]


def test_a_record_that_cannot_be_read_is_left_alone(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/bad.yaml": "title: [\n", "2024/worse.yaml": "titel: x\n"})
    assert format_all(Catalogue.load(root)) == []
    vocabulary = Vocabulary.load(root / "papers/vocabulary")
    assert format_record("title: [\n", "papers/2024/bad.yaml", vocabulary) is None
    assert format_record("titel: x\n", "papers/2024/bad.yaml", vocabulary) is None


COMMENTS = st.lists(st.integers(0, MESSY.count("\n") - 1), max_size=4, unique=True)


@given(COMMENTS)
def test_no_comment_is_lost_wherever_it_stands(rows: list[int]) -> None:
    lines = MESSY.splitlines()
    for row in sorted(rows, reverse=True):
        indent = " " * (len(lines[row]) - len(lines[row].lstrip()))
        lines.insert(row, f"{indent}# extra {row}")
    written = format_record("\n".join(lines) + "\n", "papers/2024/a-paper.yaml", VOCABULARY)
    assert written is not None
    assert [written.count(f"# extra {row}\n") for row in rows] == [1] * len(rows)
    assert format_record(written, "papers/2024/a-paper.yaml", VOCABULARY) == written


VOCABULARY = Vocabulary.load(Path(__file__).parent / "mini" / "papers" / "vocabulary")


# --------------------------------------------------------------------------------------------- repairs


def fix(file: str, **changes: object) -> Finding:
    return Finding(file, 1, 1, "some-rule", "error", "", Fix(changes))


FILE = "papers/2024/a-paper.yaml"


def test_a_repair_changes_its_own_lines_only(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": CANONICAL.replace("[vision]", "[ 'vision' ]  # odd")})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, venue="ICLR")]) == [FILE]
    expected = CANONICAL.replace("[vision]", "[ 'vision' ]  # odd").replace("venue: ECCV", "venue: ICLR")
    assert (root / FILE).read_text() == expected


def test_several_repairs_of_one_record_are_made_together_and_the_entry_knows_of_them(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    entry = "@misc{mine, title = {Pruning Tokens Early}, pages = {1--9}}"
    found = [fix(FILE, title="Other Title"), fix(FILE, venue="TPAMI"), fix(FILE, bibtex=entry), fix(FILE)]
    assert apply_fixes(Catalogue.load(root), found) == [FILE]
    text = (root / FILE).read_text()
    assert text.startswith(SCHEMA_LINE + "\n# kept: who wrote this\n")
    assert "  @article{mine,\n    title = {Other Title},\n" in text
    assert "    pages = {1--9},\n" in text
    assert Catalogue.load(root)["a-paper"].venue == "TPAMI"


def test_findings_without_repair_change_nothing(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    assert apply_fixes(Catalogue.load(root), [Finding(FILE, 1, 1, "r", "error", "m")]) == []
    assert (root / FILE).read_text() == MESSY


def test_a_repair_that_would_make_the_record_unreadable_is_not_written(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, authors=[])]) == []
    assert (root / FILE).read_text() == MESSY


# --------------------------------------------------------------------------------------------- writing


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]


def test_an_interruption_before_the_replacement_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(formatting.Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
    assert path.read_text() == "old"
