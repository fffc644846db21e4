"""Facts that cannot all be true, and names and titles that are written in a way that hides them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"published": "2024-05"}, "first public on 2024-05, but arXiv 2403.06764 is of 2024-03"),
        ({"published": "2024-04-01"}, "'published' is the earlier one"),
        ({"year": 2023, "published": None}, "at its venue in 2023, but arXiv 2403.06764 is of 2024-03"),
        ({"year": 2023}, "first public in 2024, but at its venue in 2023"),
        (
            {"venue": "arXiv", "year": 2025},
            "the year of the preprint is 2025, but arXiv 2403.06764 is of 2024-03",
        ),
        ({"added": "2024-02-29"}, "added on 2024-02-29, but first public on 2024-03; correct one of them"),
        (
            {"added": "2024-03-10", "published": "2024-03-11"},
            "added on 2024-03-10, but first public on 2024-03-11",
        ),
        ({"added": "2023"}, "added on 2023, but first public on 2024-03"),
    ],
)
def test_dates_that_contradict_each_other_are_pointed_out(
    make_catalogue: MakeCatalogue, fields: dict[str, Any], expected: str
) -> None:
    (finding,) = findings(make_catalogue({FILE: record(**fields)}), "year-order")
    assert finding.severity == "warning"
    assert expected in finding.message


@pytest.mark.parametrize(
    ("years", "wrong"), [("even", []), ("odd", ["there was no ECCV in 2024"]), (None, [])]
)
def test_a_venue_of_every_second_year_has_no_papers_between(
    make_catalogue: MakeCatalogue, years: str | None, wrong: list[str]
) -> None:
    root = make_catalogue({FILE: record()})
    venues = root / "papers" / "vocabulary" / "venues.yaml"
    held = f", years: {years}}}" if years else "}"
    venues.write_text(re.sub(r"(?m)^(ECCV: .*)\}$", rf"\1{held}", venues.read_text("utf-8")), "utf-8")
    assert [one.message.partition(",")[0] for one in findings(root)] == wrong


@pytest.mark.parametrize("published", ["2024", "2024-03", "2024-03-31", "2024-01"])
def test_a_first_date_as_exact_as_known_fits_the_arxiv_id(
    make_catalogue: MakeCatalogue, published: str
) -> None:
    assert findings(make_catalogue({FILE: record(published=published)})) == []


@pytest.mark.parametrize(
    ("published", "added"),
    [
        ("2024-03-11", "2024-03-11"),
        ("2024-03-11", "2024-03"),
        ("2024-03-11", "2024"),
        ("2024-03", "2024-03-01"),
        ("2024", "2024-01-01"),
        ("2024-03-11", "2026-11-21"),
        (None, "2023-01-01"),
    ],
)
def test_a_paper_is_added_when_it_is_public_as_far_as_both_days_are_known(
    make_catalogue: MakeCatalogue, published: str | None, added: str
) -> None:
    root = make_catalogue({FILE: record(published=published, added=added)})
    assert findings(root, "year-order") == []


def test_an_arxiv_preprint_without_id_is_pointed_out(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(venue="arXiv", identifiers={})}))
    assert finding.rule == "arxiv-id-missing"


def test_a_paper_that_nothing_leads_to_is_pointed_out(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(identifiers={})}))
    assert (finding.rule, finding.severity) == ("no-paper-link", "warning")
    assert finding.message.endswith(
        "add an identifier (arxiv, doi, openreview, anthology), or its address as links.paper: "
        "catalog edit a-paper paper=https://…"
    )
    by_address = record(identifiers={}, links={"paper": "https://lab.org/tokens.pdf"})
    assert findings(make_catalogue({FILE: by_address})) == []


def test_a_former_title_that_is_the_title_is_deleted(make_catalogue: MakeCatalogue) -> None:
    titles = ["Pruning Tokens", "Pruning Tokens Early", "Pruning Tokens"]
    root = make_catalogue({FILE: record(former_titles=titles)})
    assert [one.rule for one in findings(root)] == ["former-title", "former-title"]
    mend(root)
    assert findings(root) == []
    assert Catalogue.load(root)["a-paper"].former_titles == ("Pruning Tokens",)


def test_latex_in_a_title_becomes_text_and_the_entry_still_agrees(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(title=r"IA-RED$^2$ for M{\"u}ller", bibtex=None)})
    mend(root)
    assert findings(root) == []
    paper = Catalogue.load(root)["a-paper"]
    assert paper.title == "IA-RED² for Müller"
    assert r"title = {{IA}-{RED$^{2}$} for M{\"u}ller}" in (paper.bibtex or "")


@pytest.mark.parametrize("behind", ["[ICML 2023]", "(NeurIPS'23 Oral)", "[Findings of ACL 2024]"])
def test_a_venue_behind_a_title_is_no_part_of_it(make_catalogue: MakeCatalogue, behind: str) -> None:
    root = make_catalogue({FILE: record(title=f"Pruning [CLS] Tokens {behind}", bibtex=None)})
    (finding,) = findings(root, "title-venue")
    assert f"ends in '{behind}'" in finding.message
    assert finding.message.endswith("and as title: Pruning [CLS] Tokens")


@pytest.mark.parametrize(
    "title", ["Attention to [CLS]", "Tokens at CVPR 2024", "Pruning (in 2024)", "BERT (2024)"]
)
def test_other_brackets_behind_a_title_are_left(make_catalogue: MakeCatalogue, title: str) -> None:
    assert findings(make_catalogue({FILE: record(title=title, bibtex=None)}), "title-venue") == []


@pytest.mark.parametrize(
    "title", ["PRUNING TOKENS EARLY", "TOKEN MERGING: YOUR VIT BUT 2× FASTER", "PRUNING TOKENS OF LLMs EARLY"]
)
def test_a_title_in_capitals_throughout_is_pointed_out(make_catalogue: MakeCatalogue, title: str) -> None:
    (finding,) = findings(make_catalogue({FILE: record(title=title)}))
    assert (finding.rule, finding.severity, finding.line) == ("title-capitals", "warning", 2)
    assert "the title is all capitals; write it as published" in finding.message


@pytest.mark.parametrize(
    "title",
    [
        "FASTVLM",
        "KV-CACHE",
        "TOKEN MERGING",
        "BERT, VIT & SAM",
        "GPT-4 V2 3D",
        "视觉标记剪枝 BERT VIT LLAVA SAM",
    ],
)
def test_a_title_of_acronyms_or_few_words_may_have_capitals_alone(
    make_catalogue: MakeCatalogue, title: str
) -> None:
    assert findings(make_catalogue({FILE: record(title=title)})) == []


@pytest.mark.parametrize(
    ("authors", "mended"),
    [
        (["Bo, Ada", "Chen Da"], ("Ada Bo", "Chen Da")),
        (["Ada Bo*", "Chen Da†‡", "Ei Fu 1,2"], ("Ada Bo", "Chen Da", "Ei Fu")),
    ],
)
def test_names_in_another_form_are_mended(
    make_catalogue: MakeCatalogue, authors: list[str], mended: tuple[str, ...]
) -> None:
    root = make_catalogue({FILE: record(authors=authors, bibtex=None)})
    assert {(one.rule, one.fixable) for one in findings(root, "author-form")} == {("author-form", True)}
    mend(root)
    assert findings(root) == []
    assert Catalogue.load(root)["a-paper"].authors == mended


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        (
            ["Ada Bo", "others"],
            "found 'others', expected the names of all authors; write them, or authors: null",
        ),
        (["Ada Bo et al."], "expected the names of all authors"),
        (["Ada Bo", "Chen Da and others"], "expected the names of all authors"),
        (["Ada Bo and Chen Da"], "seems to be several names"),
    ],
)
def test_incomplete_or_joined_names_are_refused_and_left_to_a_person(
    make_catalogue: MakeCatalogue, authors: list[str], expected: str
) -> None:
    (finding,) = findings(make_catalogue({FILE: record(authors=authors)}), "author-form")
    assert (finding.severity, finding.fixable) == ("error", False)
    assert expected in finding.message


def days_from_now(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("name", ["published", "added"])
@pytest.mark.parametrize("found", [days_from_now(3), days_from_now(40)[:7], "2099"])
def test_a_date_that_is_yet_to_come_is_refused(make_catalogue: MakeCatalogue, name: str, found: str) -> None:
    (finding,) = findings(make_catalogue({FILE: record(**{name: found})}), "future-date")
    assert finding.severity == "error"
    assert finding.message == f"{name} is {found}, which is yet to come; correct it"


@pytest.mark.parametrize("found", [days_from_now(0), days_from_now(1), days_from_now(0)[:7], "2024"])
def test_today_and_tomorrow_may_be_today_elsewhere(make_catalogue: MakeCatalogue, found: str) -> None:
    assert findings(make_catalogue({FILE: record(added=found)}), "future-date") == []


def test_a_venue_may_be_of_the_next_year_and_of_none_after_it(make_catalogue: MakeCatalogue) -> None:
    this = datetime.now(UTC).year
    assert findings(make_catalogue({FILE: record(year=this + 1)}), "future-date") == []
    (finding,) = findings(make_catalogue({FILE: record(year=this + 2)}), "future-date")
    assert finding.severity == "error"
    assert finding.message == f"the year is {this + 2}, expected {this + 1} at the latest; correct it"


def test_an_arxiv_id_that_is_yet_to_come_is_refused(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(identifiers={"arxiv": "4501.00001"})}), "future-date")
    assert "arXiv 4501.00001 is of 2045-01, which is yet to come" in finding.message
