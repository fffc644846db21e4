"""Loading a catalogue: what is read, what is refused, and how the refusal reads."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue, by_year, latest_added_first
from catalog.config import Config
from catalog.findings import CatalogError
from catalog.record import Paper, to_data
from catalog.record_files import parse_record, record_path, render_record
from catalog.yaml_files import parse
from tests.conftest import MINI, MakeCatalogue

GOOD = 'title: "A Good Paper"\n'


def messages(catalogue: Catalogue) -> list[str]:
    return [f"{f.file}:{f.line}:{f.column}: {f.message}" for f in catalogue.unreadable]


def ids(papers: list[Paper]) -> list[str]:
    return [paper.id for paper in papers]


def test_papers_come_sorted_by_id_whatever_their_folder(mini_catalogue: Catalogue) -> None:
    ids = [paper.id for paper in mini_catalogue]
    assert ids == sorted(ids)
    assert mini_catalogue["fastv"].name == "FastV"
    assert mini_catalogue.files["fastv"] == "papers/2024/fastv.yaml"


def test_the_latest_added_come_first_and_of_one_day_the_latest_published() -> None:
    papers = [
        Paper(id="undated", title="t"),
        Paper(id="old", title="t", added="2026-01-01", published="2026"),
        Paper(id="new-early", title="t", added="2026-02-01", published="2020-01"),
        Paper(id="new-late-b", title="t", added="2026-02-01", published="2021"),
        Paper(id="new-late-a", title="t", added="2026-02-01", published="2021"),
        Paper(id="new-of-a-year", title="t", added="2026-02-01", year=2022),
    ]
    found = ids(latest_added_first(papers))
    assert found == ["new-of-a-year", "new-late-a", "new-late-b", "new-early", "old", "undated"]


def test_years_are_the_venue_s_or_else_of_the_first_public_date_and_unknown_ones_last() -> None:
    papers = [
        Paper(id="unknown", title="t"),
        Paper(id="preprint", title="t", published="2024-01"),
        Paper(id="at-a-venue", title="t", year=2024, published="2023-11"),
        Paper(id="next-year", title="t", year=2025, published="2024-06"),
    ]
    found = [(year, ids(group)) for year, group in by_year(papers)]
    assert found == [(2025, ["next-year"]), (2024, ["preprint", "at-a-venue"]), (None, ["unknown"])]


def test_a_record_belongs_in_the_folder_of_the_year_of_first_appearance() -> None:
    assert record_path(Paper(id="a", title="t", published="2023-11", year=2024)) == "papers/2023/a.yaml"
    assert record_path(Paper(id="a", title="t", year=2024)) == "papers/2024/a.yaml"
    assert record_path(Paper(id="a", title="t", added="2026-01-01")) is None


def test_one_broken_record_does_not_keep_the_others_from_being_read(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/good.yaml": GOOD, "2024/bad.yaml": "title: [\n"})
    catalogue = Catalogue.load(root)
    assert [paper.id for paper in catalogue] == ["good"]
    assert [finding.file for finding in catalogue.unreadable] == ["papers/2024/bad.yaml"]


@pytest.mark.parametrize(
    ("line", "place", "expected"),
    [
        ("auhtors: [A B]", "2:1", "there is no such field; did you mean 'authors'?"),
        ("links: {cod: [https://x.org/y]}", "2:9", "did you mean 'code'?"),
        ("year: next", "2:1", "found 'next', expected a whole number"),
        ("year: 20255", "2:1", "found 20255, expected at most 2100"),
        ("authors: Ada Bo", "2:1", "expected a list"),
        ("authors: [3]", "2:11", "expected text"),
        ("training: fre", "2:1", "did you mean free?"),
        ("published: 2024-13", "2:1", "expected 2024, 2024-03 or 2024-03-11"),
        ("published: 2023-02-29", "2:1", "is not a date"),
        ("id: other", "2:1", "the file's name without .yaml is the id"),
        ("identifiers: {arxiv: '2403.06764v2'}", "2:15", "expected 1706.03762, without version"),
        ("title: x", "2:1", "there twice"),
        ("name: *alias", "2:7", "the alias *alias is refused"),
        ("name: &anchor x", "2:7", "the anchor &anchor is refused"),
        ("name: !!str x", "2:7", "the tag"),
        ("links: {paper: 'javascript:alert(1)'}", "2:9", "does not begin with https://"),
        ("links: {paper: 'arxiv.org/abs/2403.06764'}", "2:9", "write https://arxiv.org/abs/2403.06764"),
        ("links: {code: ['https://user:secret@x.org/y']}", "2:16", "holds credentials"),
        ('name: "a\\u202eb"', "2:1", "invisible direction mark U+202E"),
        ('name: "a\\u0007b"', "2:1", "control character U+0007"),
        ("task: [qa, qa]", "2:1", "'qa' is there twice"),
    ],
)
def test_a_wrong_line_is_named_with_its_place_and_what_to_write(
    make_catalogue: MakeCatalogue, line: str, place: str, expected: str
) -> None:
    catalogue = Catalogue.load(make_catalogue({"2024/bad.yaml": f"{GOOD}{line}\n"}))
    assert len(catalogue) == 0
    (message,) = messages(catalogue)
    assert message.startswith(f"papers/2024/bad.yaml:{place}: ")
    assert expected in message


def test_every_complaint_about_one_record_is_reported_at_once(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/bad.yaml": "titel: x\nyear: 3000\ntraining: no\n"})
    found = {message.split(": ")[1] for message in messages(Catalogue.load(root))}
    assert found == {"titel", "year", "training", "title"}


def test_a_file_that_is_too_large_or_not_utf8_is_refused_with_its_line(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/large.yaml": f"{GOOD}summary: {'x' * 70_000}\n"})
    (root / "papers/2024/latin.yaml").write_bytes(b'title: "A"\nname: M\xfcller\n')
    large, latin = messages(Catalogue.load(root))
    assert "larger than 64 KiB" in large
    assert latin.startswith("papers/2024/latin.yaml:2:8: byte 0xfc is not UTF-8")


def test_two_files_with_one_id_are_refused_and_both_are_named(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/same.yaml": GOOD, "2025/same.yaml": GOOD})
    (message,) = messages(Catalogue.load(root))
    assert "papers/2025/same.yaml" in message
    assert "papers/2024/same.yaml" in message


def test_a_folder_that_may_not_be_read_is_named_and_its_records_are_not_left_out_in_silence(
    mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scandir(path: str | os.PathLike[str]) -> object:
        if Path(path).name == "2024":  # as for anybody but root, who runs tests in containers
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path)

    opened = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(CatalogError, match=r"papers/2024: the folder cannot be read \(Permission denied\)"):
        Catalogue.load(mini)


def test_a_file_name_that_is_no_id_is_refused(make_catalogue: MakeCatalogue) -> None:
    (message,) = messages(Catalogue.load(make_catalogue({"2024/Fast V.yaml": GOOD})))
    assert "rename the file" in message


@pytest.mark.parametrize("name", ["con", "prn", "aux", "nul", "com1", "lpt9"])
def test_a_file_name_that_windows_keeps_for_a_device_is_refused(
    name: str, make_catalogue: MakeCatalogue
) -> None:
    catalogue = Catalogue.load(make_catalogue({f"2024/{name}.yaml": GOOD, f"2024/{name}-paper.yaml": GOOD}))
    (finding,) = catalogue.unreadable
    assert (finding.file, finding.rule) == (f"papers/2024/{name}.yaml", "file-name")
    assert finding.message.endswith(f"write e.g. {name}-paper; rename the file")
    assert list(catalogue.by_id) == [f"{name}-paper"]


def test_a_folder_without_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="--root"):
        Catalogue.load(tmp_path)


def test_a_wrong_configuration_is_named_with_its_line(mini: Path) -> None:
    path = mini / "papers" / "catalogue.yaml"
    path.write_text(path.read_text().replace("base_url: https://", "base_url: ftp://"))
    with pytest.raises(CatalogError, match=r"catalogue\.yaml:5:1: base_url: .*https://"):
        Catalogue.load(mini)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("tagline:", "tag:", "tag: there is no such field; did you mean 'tagline'?"),
        ("title:", "titles:", "titles: there is no such field; did you mean 'title'?"),
        ("topic:", "# topic:", "topic: is missing; every catalogue needs it"),
        ("topic:", "wording: {domian: their field}\ntopic:", "wording.domian: there is no such field; did"),
        ("topic:", "milestones: fastv\ntopic:", "milestones: found 'fastv', expected a list; write [fastv]"),
    ],
)
def test_a_wrong_key_of_the_configuration_is_named_itself_not_the_one_that_is_missing_for_it(
    mini: Path, before: str, after: str, complaint: str
) -> None:
    path = mini / "papers" / "catalogue.yaml"
    rows = [row for row in path.read_text().splitlines() if not row.startswith(("milestones:", "  - ", "- "))]
    text = "\n".join(rows).replace(before, after, 1)
    path.write_text(f"{text}\n")
    line = 1 if "missing" in complaint else text[: text.index(after)].count("\n") + 1
    with pytest.raises(CatalogError) as caught:
        Catalogue.load(mini)
    place, _, message = str(caught.value).partition(": ")
    assert place.rpartition(":")[0] == f"papers/catalogue.yaml:{line}"
    assert message.startswith(complaint)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ('title: ""', "title: is empty; every catalogue needs it"),
        ('branch: ""', "branch: is empty; delete the line, and it is 'main'"),
        ("branch: null", "branch: found null, expected text; delete the line, and it is 'main'"),
        ("license: MIT or so", "license: 'MIT or so' is no SPDX identifier, expected one such as CC0-1.0"),
        ("labels: {criterion: null}", "labels.criterion: found null, expected text; delete the line"),
        ("labels: {criteria: Goal}", "labels.criteria: there is no such field; did you mean 'criterion'?"),
        ("labels: {task: setting}", "labels: setting and task are both called 'setting'; call one"),
        ('labels: {task: "A: b"}', "labels: task is called 'A: b'; leave out the colon"),
        ("feed_ids: My Title", "feed_ids: 'My Title' is not an id; expected lower-case words joined by"),
        ('topic: " "', "topic: is empty; every catalogue needs it"),
        ('description: ""', "description: is empty; every catalogue needs it"),
        ('maintainers: [""]', "maintainers.0: is empty; delete it"),
        ("base_url: https://a.org/?b", "base_url: 'https://a.org/?b' has a '?' or '#', expected a folder's"),
        (
            "repository: https://github.com/a/",
            "repository: 'https://github.com/a' leads to an account, expected a repository, e.g. https",
        ),
    ],
)
def test_what_would_break_pages_is_refused_in_the_configuration(mini: Path, row: str, complaint: str) -> None:
    path = mini / "papers" / "catalogue.yaml"
    name = row.partition(":")[0]
    rows = [each for each in path.read_text().splitlines() if not each.startswith(f"{name}:")] + [row]
    path.write_text("\n".join(rows))
    with pytest.raises(CatalogError) as caught:
        Catalogue.load(mini)
    place, _, message = str(caught.value).partition(": ")
    assert place.rpartition(":")[0] == f"papers/catalogue.yaml:{rows.index(row) + 1}"
    assert message.startswith(complaint)


@pytest.mark.parametrize("address", ["https://github.com/ab/qec.git", "https://git.example.org/ab/qec/"])
def test_the_repository_is_the_page_below_which_all_others_are(mini: Path, address: str) -> None:
    path = mini / "papers" / "catalogue.yaml"
    path.write_text(path.read_text().replace("https://github.com/example/mini", address))
    assert Catalogue.load(mini).config.repository == address.rstrip("/").removesuffix(".git")


@pytest.mark.parametrize("address", ["https://example.org/ab", "https://example.org/ab//"])
def test_the_site_s_address_is_one_that_pages_can_be_appended_to(mini: Path, address: str) -> None:
    path = mini / "papers" / "catalogue.yaml"
    path.write_text(path.read_text().replace("https://example.org/mini/", address))
    assert Catalogue.load(mini).config.base_url == "https://example.org/ab/"


@pytest.mark.parametrize(
    ("file", "before", "after", "complaint"),
    [
        (
            "kinds.yaml",
            "survey:",
            "dataset: {label: Dataset, definition: Publishes data.}\nsurvey:",
            "term 'dataset': 'kind' is part of the record's format, which knows method, survey, benchmark, ",
        ),
        ("training.yaml", "free:", "none-needed:", "term 'none-needed': 'training' is part of the record's"),
    ],
)
def test_terms_that_the_record_s_format_does_not_know_are_refused(
    mini: Path, file: str, before: str, after: str, complaint: str
) -> None:
    path = mini / "papers" / "vocabulary" / file
    path.write_text(path.read_text().replace(before, after, 1))
    line = path.read_text()[: path.read_text().index(after)].count("\n") + 1
    with pytest.raises(CatalogError) as caught:
        Catalogue.load(mini)
    assert str(caught.value).startswith(f"papers/vocabulary/{file}:{line}: {complaint}")


def test_terms_that_the_record_s_format_needs_are_not_left_out(mini: Path) -> None:
    path = mini / "papers" / "vocabulary" / "training.yaml"
    path.write_text("free: {label: Free, definition: Needs no training.}\n")
    with pytest.raises(CatalogError) as caught:
        Catalogue.load(mini)
    assert str(caught.value) == (
        "papers/vocabulary/training.yaml:1: the term 'based' is missing, which is a value of 'training' in "
        "records; add it with its label and definition"
    )


@pytest.mark.parametrize(("text", "found"), [("", "nothing"), ("- a\n", "a list"), ("a\n", "text")])
def test_a_configuration_without_fields_says_what_it_is(mini: Path, text: str, found: str) -> None:
    (mini / "papers" / "catalogue.yaml").write_text(text)
    with pytest.raises(
        CatalogError, match=rf"^papers/catalogue\.yaml:1: expected 'title: .*, found {found}$"
    ):
        Catalogue.load(mini)


def test_the_environment_names_the_repository_that_ci_runs_in(
    mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_REPOSITORY", "https://github.com/some/fork")
    assert Config.load(mini / "papers" / "catalogue.yaml").repository == "https://github.com/some/fork"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "CATALOG_REPOSITORY",
            "not a url",
            "'not a url' holds a space or a character that links cannot hold",
        ),
        (
            "CATALOG_REPOSITORY",
            "https://github.com/some",
            "expected a repository, e.g. https://github.com/some/NAME",
        ),
        ("CATALOG_BASE_URL", "example.org", "write https://example.org"),
        ("CATALOG_DEFAULT_BASE_URL", "example.org", "write https://example.org"),
    ],
)
def test_what_the_environment_says_wrong_is_said_of_the_environment(
    mini: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    config = mini / "papers" / "catalogue.yaml"
    if "DEFAULT" in variable:  # which is not looked at where the catalogue names its address
        config.write_text(re.sub(r"(?m)^base_url: .*\n", "", config.read_text(encoding="utf-8")))
    monkeypatch.setenv(variable, value)
    with pytest.raises(CatalogError) as caught:
        Config.load(mini / "papers" / "catalogue.yaml")
    message = str(caught.value)
    assert message.startswith(f"{variable} in the environment: ")
    assert said in message
    assert message.endswith(", or unset the variable")
    assert "catalogue.yaml" not in message


def test_a_mistake_in_the_file_is_said_of_the_file_whatever_the_environment_says(
    mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_REPOSITORY", "https://github.com/some/fork")
    path = mini / "papers" / "catalogue.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("title:", "titel:"), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"^papers/catalogue\.yaml:1:1: titel: "):
        Config.load(path)


def test_a_record_written_and_read_again_is_the_same() -> None:
    for paper in Catalogue.load(MINI):
        text = render_record(to_data(paper))
        again, findings = parse_record(text, parse(text), f"papers/2024/{paper.id}.yaml")
        assert findings == []
        assert again == paper
