"""A field of terms that only one catalogue has is one like the others in the search; so is a renamed one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest
from accessibility import assert_accessible
from playwright.sync_api import Page, expect
from reader import expect_total, in_table, open_browse, shown
from test_browse_query import CASES, ask

from catalog.catalogue import Catalogue
from catalog.query import Query, QueryError, parse, select
from tests.conftest import MINI
from tests.test_own_fields import with_own_field

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The small catalogue with the field "Noise model" of its own, its criterion called "GPU signal"."""
    root = tmp_path_factory.mktemp("own") / "catalogue"
    shutil.copytree(MINI, root)
    with_own_field(root)
    with (root / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write("labels: {criterion: GPU signal, mechanism: Mécanisme}\n")
    (root / "papers" / "vocabulary" / "parametric.yaml").write_text("{}\n", encoding="utf-8")
    return Catalogue.load(root)


@pytest.fixture(scope="module")
def own_url(serve: Callable[[Catalogue], str], own: Catalogue) -> str:
    return serve(own)


def understood(query: str, catalogue: Catalogue) -> tuple[Query | None, str]:
    """What Python makes of it, or what it says is wrong with it."""
    try:
        return parse(query, catalogue.vocabulary), ""
    except QueryError as error:
        return None, str(error)


def test_queries_of_it_mean_the_same_as_in_python(page: Page, own: Catalogue, own_url: str) -> None:
    queries = [
        *("noise_model:circuit-level", 'Noise-Models:"Circuit noise"', "noisemodel:none"),
        *("noise-model:unknown", "-noise-model:code-capacity", "gpu-signal:attention", "gpu_signals:none"),
        *("criteria:attention", "noise-model:circut", "noise-modle:x", "gpu-signl:x", "gpu-signal:atention"),
        *("parametric:true", "learned-weights:yes", "zzz:x", "noise-model:"),
        *("Mécanismes:pruning", "mecanisme:merging", "mécanisme:prunning", "étude:x", "-étude:x"),
        *(case["query"] for case in CASES["meant"] if "parametric" not in case["query"].lower()),
    ]
    answers = ask(page, own_url, queries)
    for query, answer in zip(queries, answers, strict=True):
        problems = [one["message"] for one in answer["problems"]]
        meant, mistake = understood(query, own)
        if meant is None:
            assert [message in mistake for message in problems] == [True], (query, problems, mistake)
            continue
        assert (problems, answer["normal"]) == ([], str(meant)), query
        if query not in {case["query"] for case in CASES["meant"]}:  # which are asked with other summaries
            assert answer["ids"] == [paper.id for paper in select(own, meant)], query


def test_it_is_a_filter_a_chip_and_a_part_of_the_address(page: Page, own_url: str) -> None:
    open_browse(page, own_url)
    facet = page.locator("details[data-field=noise_model]")
    expect(facet.locator("summary")).to_have_text("Noise model")
    facet.get_by_role("checkbox", name="Circuit-level noise").check()
    expect_total(page, 2, 6)
    assert page.url.endswith("?noise_model=circuit-level")
    assert shown(page) == ["fastv", "tome"]
    chip = page.locator("#browse-list [data-id=tome]").get_by_role("link", name="Code capacity")
    chip.click()
    expect_total(page, 2, 6)
    facet.get_by_role("button", name="all").click()
    expect_total(page, 1, 6)
    assert "all=noise_model" in page.url
    open_browse(page, own_url, "?noise-model=none")
    assert shown(page) == ["dynamicvit"]


def test_its_terms_are_found_by_plain_words(page: Page, own_url: str) -> None:
    open_browse(page, own_url, "?q=circuit+noise")
    expect_total(page, 2, 6)
    expect(page.locator("#browse-notes")).to_contain_text("Noise model: Circuit-level noise")


def test_help_and_mistakes_call_fields_as_the_catalogue_does(page: Page, own_url: str) -> None:
    open_browse(page, own_url, "?q=noise-model:circut-level")
    page.get_by_role("button", name="noise-model:circuit-level").click()
    expect_total(page, 2, 6)
    page.get_by_role("button", name="Help on searching and keys").click()
    fields = page.get_by_role("dialog").get_by_text("a field: author,")
    expect(fields).to_contain_text("task, gpu-signal, mecanisme, training, noise-model, code")


def test_the_table_has_a_column_of_it(page: Page, own_url: str) -> None:
    open_browse(page, own_url, "?view=table&sort=title")
    heads = [one.inner_text() for one in page.locator("#browse-table th[scope=col]").all()]
    assert "Noise model" in heads
    assert "Learned weights" not in heads, "the topic does without"
    page.get_by_role("columnheader", name="Noise model").get_by_role("button", name="Noise model").click()
    expect(page.get_by_label("Sort by")).to_have_value("noise_model")
    assert in_table(page)[:2] == ["fastv", "tome"]
    page.reload()
    expect(page.locator("#browse-rows tr").nth(1)).to_have_attribute("data-id", "tome")
    row = page.locator("#browse-rows [data-id=tome]")
    cells = row.locator("td, th").all()
    at = page.locator("#browse-table thead tr > *").evaluate_all(
        "heads => heads.findIndex(one => one.dataset.column === 'noise_model')"
    )
    assert cells[at].inner_text() == "Circuit-level noise, Code capacity"


def test_papers_side_by_side_have_a_row_of_it(page: Page, own_url: str) -> None:
    open_browse(page, own_url, "?ids=tome,fastv,toca&view=compare")
    expect(page.locator("#browse-compare tbody tr")).not_to_have_count(0)
    row = page.get_by_role("row", name="Noise model").get_by_role("cell")
    expect(row).to_have_text(["Not known", "Circuit-level noise", "Circuit-level noise, Code capacity"])
    expect(page.get_by_role("row", name="Learned weights")).to_have_count(0)
    assert_accessible(page)


def test_its_terms_have_pages_that_lead_to_their_papers(page: Page, own_url: str) -> None:
    page.goto(f"{own_url}papers/tome/")
    page.get_by_role("link", name="Code capacity").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Code capacity")
    page.goto(f"{own_url}terms/noise_model/circuit-level/")
    expect(page.get_by_role("link", name="Token Merging: Your ViT But Faster")).to_be_visible()
    page.get_by_role("link", name="Filter these papers further").click()
    expect(page).to_have_url(f"{own_url}browse/?noise_model=circuit-level")
    expect(page.get_by_role("checkbox", name="Circuit-level noise")).to_be_checked()


def test_the_data_say_what_fields_are_called(own_url: str, page: Page) -> None:
    names = json.loads(page.request.get(f"{own_url}browse/details.json").text())["names"]
    assert names["noise_model"] == ["noise-model", "noisemodel", "noisemodels"]
    assert names["criterion"][0] == "gpu-signal"
    assert "parametric" not in names
