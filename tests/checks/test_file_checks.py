"""Files: in the folder of the first year, named by their id, with the line that editors need."""

from __future__ import annotations

from tests.checks.checking import findings, mend, places, record
from tests.conftest import MakeCatalogue


def test_a_record_in_another_years_folder_is_told_where_to_go(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({"2023/a-paper.yaml": record()}))
    assert finding.rule == "file-folder"
    assert finding.message == (
        "found in papers/2023/, expected papers/2024/, because 'published' is 2024-03; correct the date, or "
        "move the file: git mv papers/2023/a-paper.yaml papers/2024/a-paper.yaml"
    )


def test_the_venues_year_counts_where_the_first_date_is_unknown(make_catalogue: MakeCatalogue) -> None:
    text = record(published=None, year=2025, identifiers={})
    assert findings(make_catalogue({"2025/a-paper.yaml": text})) == []
    assert "'year' is 2025" in findings(make_catalogue({"2024/a-paper.yaml": text}))[0].message


def test_a_record_without_any_date_may_lie_in_any_years_folder(make_catalogue: MakeCatalogue) -> None:
    text = record(published=None, year=None, identifiers={})
    assert findings(make_catalogue({"2024/a-paper.yaml": text})) == []
    assert places(make_catalogue({"a-paper.yaml": text})) == ["a-paper.yaml:1: file-folder"]


def test_a_record_beside_the_year_folders_or_deeper_is_reported(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue(
        {"a-paper.yaml": record(), "2024/more/b.yaml": record("b", title="B", identifiers={})}
    )
    assert places(root) == ["2024/more/b.yaml:6: file-folder", "a-paper.yaml:6: file-folder"]


def test_the_extension_yml_is_refused_also_of_a_record_that_cannot_be_read(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yml": record(), "2024/b.yml": "title: [\n"})
    found = findings(root, "file-name")
    assert [one.file for one in found] == ["papers/2024/a-paper.yml", "papers/2024/b.yml"]
    assert "git mv papers/2024/b.yml papers/2024/b.yaml" in found[1].message


def test_a_missing_schema_line_is_added_and_nothing_else_changes(make_catalogue: MakeCatalogue) -> None:
    text = record()
    root = make_catalogue({"2024/a-paper.yaml": text.split("\n", 1)[1]})
    assert places(root) == ["2024/a-paper.yaml:1: schema-line"]
    mend(root)
    assert findings(root) == []
    assert (root / "papers/2024/a-paper.yaml").read_text() == text
