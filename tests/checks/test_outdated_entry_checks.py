"""A record that somebody corrects: its entry follows under the same key, and nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.formatting import format_all
from catalog.record import Paper
from tests.checks.checking import findings, mend, record
from tests.checks.test_lost_name_checks import PAPER, committed_with, rewrite
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"
TITLE = 'title: "Pruning Tokens Early"'
RETITLED = 'title: "DropIt: Fewer Tokens for Everybody"'
BY_HAND = """\
@inproceedings{mine2024,
  author = {Ada Bo and Chen Da},
  title = "Pruning Tokens Early",
  booktitle = {European Conference on Computer Vision},
  year = {2024},
  pages = {1--9},
}
"""


def paper(root: Path) -> Paper:
    return Catalogue.load(root)["a-paper"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (TITLE, RETITLED, "title = {{DropIt}: Fewer Tokens for Everybody}"),
        ("year: 2024", "year: 2025", "year = {2025}"),
        ("venue: ECCV", "venue: NeurIPS", "booktitle = {Advances in Neural Information Processing Systems"),
        ("[Ada Bo, Chen Da]", "[Ada Bo, Ei Fu, Chen Da]", "author = {Bo, Ada and Fu, Ei and Da, Chen}"),
    ],
)
def test_the_entry_of_a_record_that_was_corrected_is_made_anew_under_its_key(
    make_catalogue: MakeCatalogue, old: str, new: str, said: str
) -> None:
    root = make_catalogue({FILE: record()})
    rewrite(root, PAPER, old, new)
    (finding,) = findings(root, "bibtex-disagrees")
    assert finding.fixable
    assert (
        "the entry is out of date: 'catalog check --fix' makes it anew and keeps its key" in finding.message
    )
    mend(root)
    assert findings(root, "bibtex-disagrees") == []
    entry = paper(root).bibtex or ""
    assert said in entry
    assert "{bo2024pruning," in entry


def test_pages_stay_with_a_corrected_title_and_not_with_another_venue(make_catalogue: MakeCatalogue) -> None:
    text = record()
    with_pages = text.replace("    year = {2024},\n", "    year = {2024},\n    pages = {1--9},\n")
    assert with_pages != text
    for old, new, pages in ((TITLE, RETITLED, True), ("venue: ECCV", "venue: NeurIPS", False)):
        root = make_catalogue({FILE: with_pages})
        rewrite(root, PAPER, old, new)
        mend(root)
        assert ("pages = {1" in (paper(root).bibtex or "")) is pages


def test_an_entry_of_somebody_s_own_is_made_anew_where_only_the_record_was_changed(
    make_catalogue: MakeCatalogue,
) -> None:
    root = committed_with(make_catalogue, a_paper=record(bibtex=BY_HAND))
    rewrite(root, PAPER, TITLE, RETITLED)
    (finding,) = findings(root, "bibtex-disagrees")
    assert finding.fixable
    mend(root)
    entry = paper(root).bibtex or ""
    assert "{mine2024," in entry
    assert "DropIt" in entry
    assert "pages = {1" in entry


def test_of_an_entry_that_was_changed_alone_a_person_decides(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, "title = {Pruning Tokens Early}", "title = {Dropping All of Them}")
    (finding,) = findings(root, "bibtex-disagrees")
    assert not finding.fixable
    assert (
        "the entry was changed, and the record was not: correct the record, or the entry" in finding.message
    )


def test_of_an_entry_of_somebody_s_own_a_person_decides_as_long_as_nothing_is_committed(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({FILE: record(bibtex=BY_HAND)})
    rewrite(root, PAPER, TITLE, RETITLED)
    (finding,) = findings(root, "bibtex-disagrees")
    assert not finding.fixable
    assert "if the entry is out of date, correct its line 'title' and leave the rest" in finding.message


@pytest.mark.parametrize("mending", [mend, lambda root: format_all(Catalogue.load(root))])
def test_an_entry_that_was_deleted_is_made_again_under_its_key(
    make_catalogue: MakeCatalogue, mending: object
) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    text = (root / PAPER).read_text(encoding="utf-8").replace("year: 2024", "year: 2025")
    (root / PAPER).write_text(text[: text.index("bibtex:")], encoding="utf-8")
    assert callable(mending)
    mending(root)
    assert "{bo2024pruning," in (paper(root).bibtex or "")
    assert findings(root, "lost-key", "bibtex-disagrees") == []


def test_a_renamed_record_s_deleted_entry_is_made_again_under_its_key(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    text = (root / PAPER).read_text(encoding="utf-8").replace("year: 2024", "year: 2025")
    (root / PAPER).unlink()
    renamed = f"{text[: text.index('bibtex:')]}aliases: [a-paper]\n"
    (root / "papers/2024/early.yaml").write_text(renamed, encoding="utf-8")
    mend(root)
    assert "{bo2024pruning," in (Catalogue.load(root)["early"].bibtex or "")


def test_a_deleted_entry_keeps_its_key_if_the_record_is_called_as_a_file_of_the_vocabulary(
    make_catalogue: MakeCatalogue,
) -> None:
    root = committed_with(make_catalogue, tasks=record())
    file = root / "papers/2024/tasks.yaml"
    text = file.read_text(encoding="utf-8").replace("year: 2024", "year: 2025")
    file.write_text(text[: text.index("bibtex:")], encoding="utf-8")
    mend(root)
    assert "{bo2024pruning," in (Catalogue.load(root)["tasks"].bibtex or "")
