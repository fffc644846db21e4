"""Papers that are not here yet: found, told from those that are, ranked with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fake_sources import FakeSources, entry, feed
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from catalog.adding import Offices
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.refusals import Refusal, Refusals
from catalog.upkeep import discover_report
from catalog.upkeep.arxiv_search import query
from catalog.upkeep.discover import Candidate, Discovered, discover

MakeCatalogue = Callable[[Mapping[str, str]], Path]
SINCE = date(2024, 3, 1)
FASTV = (
    "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-Play Inference Acceleration for Large "
    "Vision-Language Models"
)


@pytest.fixture
def catalogue(mini_catalogue: Catalogue) -> Catalogue:
    config = mini_catalogue.config.model_copy(update={"discover": ("token pruning", "token merging")})
    refused = Refusals((Refusal(title="Token Pruning of Bees", arxiv="2403.00009", reason="off topic"),))
    return replace(mini_catalogue, config=config, refused=refused)


def find(catalogue: Catalogue, offices: Offices | None, **options: object) -> Discovered:
    return discover(catalogue, offices, since=SINCE, **options)  # type: ignore[arg-type]


def test_the_best_fit_comes_first_and_says_why(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(
        entry("2403.00001", "On Something", abstract="It uses token pruning."),
        entry("2403.00002", "Adaptive Token-Pruning", abstract="With token merging."),
        entry("2403.00003", "Nothing That We Know", abstract="Pruned tokens."),
    )
    found = find(catalogue, offices)
    assert [(c.title, c.reasons) for c in found.candidates] == [
        ("Adaptive Token-Pruning", ("title: token pruning", "abstract: token merging")),
        ("On Something", ("abstract: token pruning",)),
        ("Nothing That We Know", ("found by arXiv's search",)),
    ]
    assert found.candidates[0].command == "catalog add 2403.00002"


def test_arxiv_is_asked_for_the_phrases_since_that_day(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv()
    find(catalogue, offices)
    [asked] = sources.parameters
    assert asked["search_query"] == (
        '(all:"token pruning" OR all:"token merging") AND submittedDate:[202403010000 TO 999912312359]'
    )


@given(st.lists(st.text(), min_size=1))
def test_no_phrase_breaks_out_of_its_quotes(phrases: list[str]) -> None:
    inside = query(phrases, SINCE).partition(") AND submittedDate")[0]
    assert inside.count('"') % 2 == 0
    assert all(part.replace(" ", "").isalnum() for part in inside.split('"')[1::2])


def test_many_papers_are_asked_for_in_pages(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    entries = [entry(f"2403.{number:05d}", f"Token Pruning {number}") for number in range(1, 251)]
    entries = [text for text in entries if "2403.00009" not in text]

    def page(parameters: dict[str, str]) -> str:
        start, size = int(parameters["start"]), int(parameters["max_results"])
        text = feed(*entries[start : start + size])
        shown = f"<opensearch:totalResults>{len(entries)}<"
        return text.replace(f"<opensearch:totalResults>{len(entries[start : start + size])}<", shown)

    sources.routes["/arxiv/query"] = page
    assert len(find(catalogue, offices).candidates) == 249
    assert sources.asked["/arxiv/query"] == 3


def test_what_is_known_or_refused_is_left_out(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(
        entry("2403.06764", "FastV, With Another Title"),
        entry("2499.00001", FASTV),
        entry("2403.00009", "Token Pruning of Bees, Second Edition"),
    )
    found = find(catalogue, offices)
    assert (found.candidates, found.known, found.refused) == ((), 2, 1)


def test_too_broad_phrases_are_named(catalogue: Catalogue, sources: FakeSources, offices: Offices) -> None:
    sources.routes["/arxiv/query"] = lambda _: feed().replace(">0<", ">50000<")
    with pytest.raises(CatalogError, match="fit 50,000 papers since 2024-03-01; write narrower ones"):
        find(catalogue, offices)


@pytest.mark.parametrize("body", ["<html>", "<feed/>", '<!DOCTYPE x [<!ENTITY a "b">]><feed/>', ""])
def test_a_broken_answer_is_a_problem_and_no_failure(
    catalogue: Catalogue, sources: FakeSources, offices: Offices, body: str
) -> None:
    sources.routes["/arxiv/query"] = lambda _: body
    found = find(catalogue, offices)
    assert found.candidates == ()
    assert found.problems[0].startswith("arXiv could not be searched: ")


def test_without_phrases_and_lists_there_is_nothing_to_look_for(
    mini_catalogue: Catalogue, offices: Offices
) -> None:
    with pytest.raises(CatalogError, match="nothing says what to look for"):
        find(mini_catalogue, offices)


# ------------------------------------------------------------------------------- lists


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A newer copy of a list, with a paper that is here and two that are not."""
    path = tmp_path / "README.md"
    path.write_text(
        f"## 2024\n* [**ECCV'24**] {FASTV} [[Paper](https://arxiv.org/pdf/2403.06764)]\n"
        "* [**CVPR'25**] Token Pruning for Lists [[Paper](https://arxiv.org/pdf/2503.00001)]\n"
        "* [**CVPR'25**] Another Paper of Theirs [[Paper](https://arxiv.org/pdf/2410.05317)]\n"
    )
    return path


def test_a_newer_copy_of_a_list_brings_what_is_not_here(catalogue: Catalogue, copy: Path) -> None:
    found = find(catalogue, None, lists=[("venue-bold", copy)])
    assert [c.title for c in found.candidates] == ["Token Pruning for Lists", "Another Paper of Theirs"]
    assert found.candidates[0].command == "catalog add 2503.00001"
    assert found.candidates[0].reasons == ("title: token pruning", "in venue-bold, README.md:3")
    assert found.known == 1


def test_a_list_of_which_nothing_can_be_read_is_noticed(catalogue: Catalogue, copy: Path) -> None:
    copy.write_text("# A list in another dialect\n")
    [problem] = find(catalogue, None, lists=[("venue-bold", copy)]).problems
    assert problem.endswith("no row could be read as venue-bold; is that the list's dialect?")


def test_an_id_that_a_list_took_from_another_paper_is_not_offered(catalogue: Catalogue, copy: Path) -> None:
    other = find(catalogue, None, lists=[("venue-bold", copy)]).candidates[1]
    assert other.command is None
    assert "its arxiv 2410.05317 there is that of 'toca'" in other.reasons


def test_a_paper_that_both_name_is_named_once(
    catalogue: Catalogue, sources: FakeSources, offices: Offices, copy: Path
) -> None:
    sources.arxiv(entry("2503.00001", "Token Pruning for Lists"))
    found = find(catalogue, offices, lists=[("venue-bold", copy)])
    assert [c.identifier for c in found.candidates] == ["2503.00001", None]


# ------------------------------------------------------------------------------- reports

HOSTILE = Candidate(
    "<script>x</script> @all ``` | [a](javascript:b)", 1, ("title: <b>",), None, "10.1000/$(rm);'x'"
)


def test_the_line_that_adds_a_paper_is_safe_to_paste() -> None:
    assert HOSTILE.command == """catalog add '10.1000/$(rm);'"'"'x'"'"''"""


def test_the_issue_obeys_nobody() -> None:
    text = discover_report.as_markdown(Discovered(SINCE, (HOSTILE,), problems=("@all <script>",)))
    html = MarkdownIt("commonmark").render(text)
    assert "<script>" not in html
    assert "@all" not in text
    assert text.startswith("1 paper may be worth adding; 0 that were found are here already, 0 were refused")
    assert "catalog add" in html


def test_the_json_holds_everything() -> None:
    data = json.loads(discover_report.as_json(Discovered(SINCE, (HOSTILE,), known=3)))
    assert (data["since"], data["known"], data["papers"][0]["score"]) == ("2024-03-01", 3, 1)


def test_the_text_shows_the_line_that_adds_a_paper() -> None:
    plain = Candidate("A Title", 3, ("title: token pruning",), None, "2403.00001")
    text = discover_report.as_text(Discovered(SINCE, (plain, replace(plain, identifier=None))))
    assert text.startswith("A Title\n  title: token pruning\n  catalog add 2403.00001\n")
    assert "no identifier is known" in text
