"""Files: in the folder of the first year, named by their id, with the line that editors need."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.checks import report
from catalog.formatting import format_all
from catalog.record_files import is_record, record_files
from tests.checks.checking import ELSEWHERE, findings, mend, places, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def test_a_record_in_another_years_folder_is_told_where_to_go(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({"2023/a-paper.yaml": record()}))
    assert finding.rule == "file-folder"
    assert finding.message == (
        "found in papers/2023/, expected papers/2024/, because 'published' is 2024-03; correct the date, or "
        "move the file: mkdir -p papers/2024 && mv papers/2023/a-paper.yaml papers/2024/a-paper.yaml"
    )


def test_the_advice_to_move_a_file_works_where_neither_git_nor_the_folder_knows_of_it(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2023/a-paper.yaml": record()})
    advice = findings(root)[0].message.partition("move the file: ")[2]
    subprocess.run(advice, shell=True, cwd=root, check=True)
    assert findings(root) == []


def test_the_advice_to_rename_a_file_works_though_its_name_has_a_space(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/My Paper.yml": record()})
    finding = next(one for one in findings(root, "file-name") if "extension" in one.message)
    subprocess.run(finding.message.partition("rename the file: ")[2], shell=True, cwd=root, check=True)
    assert (root / "papers/2024/My Paper.yaml").is_file()


def test_a_record_of_a_year_to_come_is_told_that_and_not_to_move(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(published="2099-05", year=2099, identifiers=ELSEWHERE)})
    assert places(root) == ["2024/a-paper.yaml:6: future-date"]


def test_the_venues_year_counts_where_the_first_date_is_unknown(make_catalogue: MakeCatalogue) -> None:
    text = record(published=None, year=2025, identifiers=ELSEWHERE)
    assert findings(make_catalogue({"2025/a-paper.yaml": text})) == []
    assert "'year' is 2025" in findings(make_catalogue({"2024/a-paper.yaml": text}))[0].message


def test_a_record_without_any_date_may_lie_in_any_years_folder(make_catalogue: MakeCatalogue) -> None:
    text = record(published=None, year=None, identifiers=ELSEWHERE)
    assert findings(make_catalogue({"2024/a-paper.yaml": text})) == []
    assert places(make_catalogue({"a-paper.yaml": text})) == ["a-paper.yaml:1: file-folder"]


def test_a_record_beside_the_year_folders_or_deeper_is_reported(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue(
        {"a-paper.yaml": record(), "2024/more/b.yaml": record("b", title="B", identifiers=ELSEWHERE)}
    )
    assert places(root) == ["2024/more/b.yaml:6: file-folder", "a-paper.yaml:6: file-folder"]


def test_the_extension_yml_is_refused_also_of_a_record_that_cannot_be_read(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yml": record(), "2024/b.yml": "title: [\n"})
    found = findings(root, "file-name")
    assert [one.file for one in found] == ["papers/2024/a-paper.yml", "papers/2024/b.yml"]
    assert found[1].message.endswith("rename the file: mv papers/2024/b.yml papers/2024/b.yaml")


def test_a_byte_order_mark_is_named_and_taken_away_and_nothing_else_changes(
    make_catalogue: MakeCatalogue,
) -> None:
    text = record()
    root = make_catalogue({"2024/a-paper.yaml": f"\ufeff{text}"})
    (finding,) = findings(root, "schema-line")
    assert "a byte-order mark (U+FEFF, invisible) begins the file" in finding.message
    assert mend(root) == ["papers/2024/a-paper.yaml"]
    assert findings(root, "schema-line") == []
    assert (root / "papers/2024/a-paper.yaml").read_bytes() == text.encode()


@pytest.mark.parametrize("name", [b"papers/2024/\xff.yaml", b"papers/\xff/b.yml"])
def test_a_path_that_is_not_utf_8_is_reported_with_the_byte_spelt_out(
    name: bytes, make_catalogue: MakeCatalogue
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": record()})
    path = root / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    try:
        path.write_text(record("b"), encoding="utf-8")
    except OSError:
        pytest.skip("this file system has no such names")
    found = findings(root)
    assert [(one.file, one.rule) for one in found] == [
        (name.decode("utf-8", "backslashreplace"), "file-name")
    ]
    for shown in (report.as_text(found), report.as_json(found), report.as_github(found)):
        assert "xff" in shown.encode().decode()
    assert format_all(Catalogue.load(root)) == []


def test_a_file_s_name_steers_no_terminal(make_catalogue: MakeCatalogue) -> None:
    found = findings(make_catalogue({"2024/\x1b[31m.yaml": record()}))
    assert [one.rule for one in found] == ["file-name"]
    for shown in (report.as_text(found), report.as_json(found), report.as_github(found)):
        assert "\x1b" not in shown


def test_a_link_is_refused_wherever_it_stands_and_leads(
    make_catalogue: MakeCatalogue, tmp_path: Path
) -> None:
    root = make_catalogue({FILE: record()})
    (root / "papers/vocabulary/tasks.yaml").rename(tmp_path / "tasks.yaml")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.yaml").write_text(record("b"), encoding="utf-8")
    links = {
        "2023": tmp_path / "elsewhere",
        "2024/b.yaml": tmp_path / "elsewhere" / "b.yaml",
        "2024/c.yaml": "a-paper.yaml",
        "2024/d.yaml": "nowhere.yaml",
        "2024/notes": "nowhere",
        "lists": tmp_path / "elsewhere",
        "vocabulary/tasks.yaml": tmp_path / "tasks.yaml",
    }
    for name, target in links.items():
        (root / "papers" / name).symlink_to(target)
    assert places(root) == [f"{name}:1: symbolic-link" for name in sorted(links)]
    assert Catalogue.load(root).by_id.keys() == {"a-paper"}


def test_a_folder_or_pipe_with_a_record_s_name_is_named_and_not_waited_for(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({FILE: record()})
    (root / "papers/2024/b.yaml").mkdir()
    os.mkfifo(root / "papers/2024/c.yaml")
    found = findings(root)
    assert [(one.file, one.rule) for one in found] == [(f"papers/2024/{name}.yaml", "yaml") for name in "bc"]
    assert all("it is a folder, or something else that is no file" in one.message for one in found)


def test_a_missing_schema_line_is_added_and_nothing_else_changes(make_catalogue: MakeCatalogue) -> None:
    text = record()
    root = make_catalogue({"2024/a-paper.yaml": text.split("\n", 1)[1]})
    assert places(root) == ["2024/a-paper.yaml:1: schema-line"]
    mend(root)
    assert findings(root) == []
    assert (root / "papers/2024/a-paper.yaml").read_text() == text


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("2024/a-paper.YAML", "mv papers/2024/a-paper.YAML papers/2024/a-paper.yaml"),
        ("2024/a-paper.yaml.txt", "mv papers/2024/a-paper.yaml.txt papers/2024/a-paper.yaml"),
        ("2024/A Paper.Yml", "mv 'papers/2024/A Paper.Yml' papers/2024/a-paper.yaml"),
        ("lists/stray.yaml", "move it into the folder of its year"),
    ],
)
def test_a_file_that_looks_like_a_record_and_is_not_read_is_named(
    make_catalogue: MakeCatalogue, file: str, advice: str
) -> None:
    (found,) = findings(make_catalogue({FILE: record(), file: record("b", title="B")}), "file-name")
    assert (found.file, found.severity) == (f"papers/{file}", "error")
    assert "looks like a record and is not read" in found.message
    assert advice in found.message


def test_files_that_are_no_records_stand_beside_them(make_catalogue: MakeCatalogue) -> None:
    others = dict.fromkeys(("lists/README.md", "2024/.a-paper.yaml.swp", "README.md", "a.json"), "x\n")
    assert findings(make_catalogue({FILE: record(), **others})) == []


def test_line_ends_of_windows_are_named_and_taken_away_and_nothing_else_changes(
    make_catalogue: MakeCatalogue,
) -> None:
    text = record()
    root = make_catalogue({FILE: text})
    path = root / "papers" / FILE
    path.write_bytes(text.replace("\n", "\r\n").encode())
    (found,) = findings(root, "line-ends")
    assert (found.severity, found.fixable) == ("warning", True)
    assert format_all(Catalogue.load(root), write=False) == [f"papers/{FILE}"]
    mend(root)
    assert path.read_bytes() == text.encode()
    assert findings(root) == []


def test_what_editors_and_systems_leave_hidden_beside_a_record_is_no_record(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({})
    before = places(root)
    records = root / "papers" / "2024"
    records.mkdir(exist_ok=True)
    (records / ".#toca.yaml").symlink_to("somebody@a.machine.1234:1")  # Emacs, while a file is open
    (records / "._toca.yaml").write_bytes(b"\x00\x05\x16\x07")  # macOS, on a disk of another kind
    copies = records / ".ipynb_checkpoints"
    copies.mkdir()
    (copies / "toca-checkpoint.yaml").write_text("title: A Copy")
    (copies / "toca.yaml.txt").write_text("title: A Copy")
    assert places(root) == before
    assert not [path for path in record_files(root) if "/." in path]
    assert not any(map(is_record, ("papers/2024/.#toca.yaml", "papers/.old/toca.yaml")))
