"""Papers that were kept out stay out, and say why."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import checks, importers
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.refusals import Refusals

REFUSED = """\
refused:
  - title: "A Model of Everything"
    arxiv: "2501.00001"
    reason: "off topic: a general model"
"""

LIST = """\
## Vision
* [arXiv] A Model of everything [[Paper](https://arxiv.org/pdf/2501.00001)]
* [arXiv] Another Paper about Tokens [[Paper](https://arxiv.org/pdf/2501.00002)]
"""


def test_without_a_file_nothing_is_refused(tmp_path: Path) -> None:
    assert Refusals.load(tmp_path / "refused.yaml").papers == ()


@pytest.mark.parametrize("title", ["A Model of Everything", "a model of everything!"])
def test_a_refusal_is_found_by_its_title_whatever_the_case(mini: Path, title: str) -> None:
    (mini / "papers/refused.yaml").write_text(REFUSED)
    refusals = Catalogue.load(mini).refused
    found = refusals.find([title])
    assert found is not None
    assert found == refusals.find([], ["2501.00001"])
    assert refusals.find(["Something Else"], ["2501.99999"]) is None


def test_an_import_leaves_it_out_with_the_reason_and_takes_the_rest(mini: Path) -> None:
    (mini / "papers/refused.yaml").write_text(REFUSED)
    (mini / "list.md").write_text(LIST)
    report = importers.import_list(
        "venue-bold", mini / "list.md", Catalogue.load(mini), listed_in="first-list", added="2026-11-21"
    )
    outcomes = {row.title: (row.outcome, row.reason) for row in report.rows}
    assert outcomes["A Model of everything"][0] == "refused"
    assert "off topic: a general model" in (outcomes["A Model of everything"][1] or "")
    assert outcomes["Another Paper about Tokens"][0] == "taken"


def test_an_import_gives_no_record_the_id_of_a_paper_that_was_removed(mini: Path) -> None:
    (mini / "papers/refused.yaml").write_text(f"{REFUSED}    ids: [another-paper-about-tokens]\n")
    (mini / "list.md").write_text(LIST)
    report = importers.import_list(
        "venue-bold", mini / "list.md", Catalogue.load(mini), listed_in="first-list", added="2026-11-21"
    )
    records = {row.title: row.record for row in report.rows}
    assert records["Another Paper about Tokens"] == "another-paper-about-tokens-2025"


def test_a_record_of_a_refused_paper_is_an_error_that_names_both(mini: Path) -> None:
    text = REFUSED.replace("A Model of Everything", "Token Merging: Your ViT But Faster")
    (mini / "papers/refused.yaml").write_text(text)
    (found,) = checks.run(Catalogue.load(mini), rules=["refused-paper"])
    assert found.file == "papers/2022/tome.yaml"
    assert "papers/refused.yaml" in found.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("- a\n", r":1:1: "),
        ("refused:\n  - title: x\n", r":2:5: refused.0.reason"),
        ("refused:\n  - {title: x, reason: y, why: z}\n", r"refused.0.why"),
        ("refused: [\n", r"refused\.yaml:\d"),
        (f"{REFUSED}  - title: No reason: given\n", r"refused\.yaml:5:21: not YAML: a value that holds ': '"),
        ("refused:\n  - {title: x, reason: y, ids: [A B]}\n", r"refused.0.ids.0: 'A B' is not an id"),
        ("refused:\n  - {title: x, reason: y, ids: old}\n", r"refused.0.ids: found 'old', expected a list"),
        (
            "refused: false\n",
            r"refused\.yaml:1:1: refused: found true or false; expected 'refused:' and below",
        ),
        ("refused: {}\n", r"refused: found fields; expected 'refused:' and below it entries"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "refused.yaml"
    path.write_text(text)
    with pytest.raises(CatalogError, match=place):
        Refusals.load(path)


@pytest.mark.parametrize("text", ["", "# none yet\n", "refused:\n"])
def test_an_empty_file_refuses_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "refused.yaml"
    path.write_text(text)
    assert Refusals.load(path).papers == ()


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "refused.yaml"
    path.write_bytes(b"refused:\n  - {title: \xfc, reason: y}\n")
    with pytest.raises(
        CatalogError, match=r"refused\.yaml:2:13: byte 0xfc is not UTF-8; save the file as UTF-8"
    ):
        Refusals.load(path)


def test_a_folder_in_its_place_is_named_and_does_not_let_everything_in(tmp_path: Path) -> None:
    (tmp_path / "refused.yaml").mkdir()
    with pytest.raises(CatalogError, match="the file cannot be read: it is a folder"):
        Refusals.load(tmp_path / "refused.yaml")


def test_a_record_of_a_paper_that_a_long_file_refuses_is_told_the_line(mini: Path) -> None:
    text = REFUSED.replace("A Model of Everything", "Token Merging: Your ViT But Faster")
    (mini / "papers/refused.yaml").write_text("# looked at\n" * 6000 + text)
    (found,) = checks.run(Catalogue.load(mini), rules=["refused-paper"])
    assert [end.line for end in found.related] == [6002]


def test_a_record_with_the_beginning_of_a_refused_title_is_warned_of(mini: Path) -> None:
    text = REFUSED.replace("A Model of Everything", "Token Merging: Your ViT But Faster, and More of It")
    (mini / "papers/refused.yaml").write_text(text.replace('    arxiv: "2501.00001"\n', ""))
    (found,) = checks.run(Catalogue.load(mini), rules=["refused-paper"])
    assert (found.file, found.severity) == ("papers/2022/tome.yaml", "warning")
    assert "off topic: a general model; delete this record" in found.message


@pytest.mark.parametrize(
    ("again", "shared"),
    [
        ('{title: "Everything, Modelled", arxiv: "2501.00001", reason: agents}', "the arXiv id 2501.00001"),
        ('{title: "A model of everything!", reason: agents}', "the title"),
        ('{title: "A Model of Everything", arxiv: "2501.00001", reason: agents}', "the arXiv id 2501.00001"),
    ],
)
def test_a_paper_that_is_refused_twice_is_an_error_that_names_both_entries(
    mini: Path, again: str, shared: str
) -> None:
    (mini / "papers/refused.yaml").write_text(f"{REFUSED}  - {again}\n")
    (found,) = checks.run(Catalogue.load(mini), rules=["duplicate-refusal"])
    assert (found.file, found.line, found.severity) == ("papers/refused.yaml", 5, "error")
    assert found.message.startswith(f"{shared} of ")
    assert "is also that of 'A Model of Everything' in line 2; if they are one paper, leave" in found.message


def test_two_papers_of_one_title_may_both_be_refused(mini: Path) -> None:
    other = '  - {title: "A Model of Everything", arxiv: "2501.00002", reason: agents}\n'
    (mini / "papers/refused.yaml").write_text(REFUSED + other)
    assert checks.run(Catalogue.load(mini), rules=["duplicate-refusal"]) == []
