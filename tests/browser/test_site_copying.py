"""What a reader takes from a paper's page: citations, the entry and the command for its record."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from watching import NewContext

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("button", "beginning"),
    [("Copy as plain text", "Liang Chen, Haozhe Zhao"), ("Copy as markdown", "Liang Chen, Haozhe Zhao")],
)
def test_a_citation_is_copied_as_it_is_shown(
    new_context: NewContext, site_url: str, button: str, beginning: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site_url}papers/fastv/")
    page.get_by_role("button", name=button).click()
    page.get_by_text("Copied").first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(beginning)
    assert ("**" in copied) == ("markdown" in button)


def test_a_paper_names_the_file_of_its_record_and_the_command_that_changes_it(
    new_context: NewContext, site_url: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site_url}papers/fastv/")
    expect(page.locator(".paper__foot")).to_contain_text("This record is the file papers/2024/fastv.yaml.")
    page.get_by_role("button", name="Copy the command that changes this record").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == "catalog edit fastv FIELD=VALUE"


def test_an_entry_is_copied_as_it_stands_in_its_file(new_context: NewContext, site_url: str) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{site_url}papers/fastv/")
    page.get_by_role("button", name="Copy BibTeX").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    heard = page.get_by_role("status").filter(has_text="Copied")
    expect(heard).to_have_count(1)
    expect(heard).to_have_count(0)  # its button's own words come back unheard
    expect(page.get_by_role("button", name="Copy BibTeX")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    file = page.request.get(f"{site_url}papers/fastv/fastv.bib").text()
    assert copied == file.rstrip("\n")


def test_where_copying_is_not_allowed_the_entry_is_selected_and_the_button_says_so_until_it_is_copied(
    own_page: Page, site_url: str
) -> None:
    own_page.clock.install()
    own_page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    own_page.goto(f"{site_url}papers/fastv/")
    own_page.get_by_role("button", name="Copy BibTeX").click()
    assert own_page.evaluate("String(getSelection())").startswith("@inproceedings{")
    own_page.clock.run_for(60_000)
    expect(own_page.get_by_role("button", name="Selected: press Ctrl+C")).to_be_visible()
    own_page.keyboard.press("Control+c")
    expect(own_page.get_by_role("button", name="Copy BibTeX")).to_be_visible()


def test_an_entry_is_downloaded_without_scripts(new_context: NewContext, site_url: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{site_url}papers/fastv/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download fastv.bib").click()
    assert download.value.path().read_text(encoding="utf-8").startswith("@inproceedings{")


def test_without_scripts_there_is_no_button_that_only_a_script_could_answer(
    new_context: NewContext, site_url: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{site_url}papers/fastv/")
    buttons = page.locator("main button.button")
    assert buttons.count()
    for button in buttons.all():
        expect(button).to_be_hidden()
        assert button.bounding_box() is None


def test_no_button_moves_the_page_when_its_script_comes(new_context: NewContext, site_url: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    heights = []
    for script in ("**/site.js", "nothing"):
        page.route(script, lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.goto(f"{site_url}papers/fastv/")
        heights.append(page.evaluate("document.documentElement.scrollHeight"))
        page.unroute(script)
    assert heights[0] == heights[1]
