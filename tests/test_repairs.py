"""Whoever lets a record be mended is told what became of each value, and why."""

from __future__ import annotations

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.formatting import apply_fixes
from catalog.repairs import in_words
from tests.checks.checking import record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def told(make_catalogue: MakeCatalogue, text: str) -> tuple[list[str], str]:
    """What is said while the record is mended, without its path, and the file afterwards."""
    root = make_catalogue({FILE: text})
    catalogue = Catalogue.load(root)
    lines: list[str] = []
    apply_fixes(catalogue, checks.run(catalogue), lines.append)
    said = [line.removeprefix(f"papers/{FILE}: ") for line in lines]
    return said, (root / "papers" / FILE).read_text(encoding="utf-8")


def test_a_link_that_is_taken_out_is_named_with_the_reason_and_leaves_nothing_behind(
    make_catalogue: MakeCatalogue,
) -> None:
    link = "https://arxiv.org/abs/2403.06764"
    text = record(links={"code": [link]}).replace("\nlinks:\n", "\nlinks:  # ours\n  # see Sec. 5\n")
    said, after = told(make_catalogue, text)
    assert said == [f"links.code: '{link}' taken out: the code link '{link}' leads to a paper"]
    assert "\nlinks:" not in after
    assert "links: {" not in after
    assert "# see Sec. 5\n# ours\n" in after
    assert len(Catalogue.load(make_catalogue({FILE: after}))) == 1


def test_each_value_that_is_another_one_now_is_named(make_catalogue: MakeCatalogue) -> None:
    text = record(authors=["Bo, Ada", "Chen Da"], bibtex=None, summary="Drops")
    text = text.replace("domain: [vision]", "domain: [Vision]")
    said, _ = told(make_catalogue, text)
    assert said == [
        "authors: 'Bo, Ada' is now 'Ada Bo': found 'Bo, Ada', expected \"Given Family\"",
        "domain: 'Vision' is now 'vision': 'Vision' is another spelling of 'vision'",
        "summary: 'Drops' is now 'Drops.': the summary ends in 'Drops', without a full stop",
        "bibtex: entry made from the fields: there is no BibTeX entry",
    ]


def test_a_value_that_is_a_list_now_is_shown_as_one(make_catalogue: MakeCatalogue) -> None:
    text = record().replace("domain: [vision]", "domain: vision")
    assert "domain: vision\n" in text
    said, _ = told(make_catalogue, text)
    assert said == ["domain: 'vision' is now ['vision']: found 'vision', expected a list"]


def test_that_there_is_none_and_that_nobody_knows_are_told_apart() -> None:
    unknown, without = "criterion: null\n", "criterion: []\n"
    assert list(in_words(unknown, without, ())) == ["criterion: [] written"]
    assert list(in_words(without, unknown, ())) == ["criterion: null written"]


def test_what_kept_a_record_from_being_read_is_told_too(make_catalogue: MakeCatalogue) -> None:
    text = record(title="A: B").replace('title: "A: B"', "title: A: B").replace("year: 2024", 'year: "2024"')
    said, _ = told(make_catalogue, text)
    assert [line.partition(" written")[0] for line in said] == ["title: 'A: B'", "year: 2024"]


def test_a_schema_line_is_told(make_catalogue: MakeCatalogue) -> None:
    said, _ = told(make_catalogue, record().partition("\n")[2])
    assert said == ["first line written: by it, an editor completes and checks the record"]
