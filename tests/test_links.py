"""Links: one spelling each, and the identifiers that they name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.links import read_doi as doi_in_text
from catalog.links import (
    doi_in,
    identifiers_in,
    is_account,
    is_paper_page,
    place_in_proceedings,
    same_address,
    tidy,
)
from catalog.record import IDENTIFIERS, Identifiers
from catalog.values import check_link

CASES = json.loads((Path(__file__).parent / "link_cases.json").read_text(encoding="utf-8"))["links"]


@pytest.mark.parametrize(("link", "named"), CASES.items())
def test_a_link_names_its_identifier(link: str, named: list[str] | None) -> None:
    assert identifiers_in(link) == (dict([named]) if named else {})


PLACES = ["doi.org/10.1234/", "dl.acm.org/doi/10.1145/", "openreview.net/forum?id=", "arxiv.org/abs/2403."]
ENDS = st.lists(st.sampled_from(["%00", "%EF%BB%BF", "%E2%80%AE", "%20", "06764", "\u0660", "a", ".", "/"]))


@given(st.sampled_from(PLACES), ENDS)
def test_what_a_link_names_may_stand_in_a_record(place: str, end: list[str]) -> None:
    link = f"https://{place}{''.join(end)}"
    assert Identifiers.model_validate(identifiers_in(link))
    assert Identifiers.model_validate(doi_in_text(link))
    assert check_link(tidy(link))


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("http://arxiv.org/pdf/2403.06764v3", "https://arxiv.org/abs/2403.06764"),
        ("https://openreview.net/pdf?id=JroZRaRw7Eu", "https://openreview.net/forum?id=JroZRaRw7Eu"),
        ("https://aclanthology.org/2024.acl-long.12.pdf", "https://aclanthology.org/2024.acl-long.12/"),
        ("http://GitHub.com/A/b.git/#readme", "https://github.com/A/b"),
        ("https://www.github.com/A/b?tab=readme-ov-file", "https://github.com/A/b"),
        ("https://github.com/A/b/tree/main/method", "https://github.com/A/b/tree/main/method"),
        ("http://codeberg.org/A/b.git", "https://codeberg.org/A/b"),
        ("http://lab.github.io/page/", "https://lab.github.io/page/"),
        ("http://people.example.org/~a/", "http://people.example.org/~a/"),
        ("http://github.com:8080/a/b", "http://github.com:8080/a/b"),
    ],
)
def test_a_link_has_one_spelling(link: str, expected: str) -> None:
    assert tidy(link) == expected
    assert tidy(expected) == expected
    assert same_address(link) == same_address(expected)


@pytest.mark.parametrize(
    "link",
    ["http://[foo", "https://arxiv.org\uff0fabs/2403.06764", "https://[zz]/", "https://github.com:port/a/b"],
)
def test_what_cannot_be_parsed_names_nothing_and_stays_as_it_is(link: str) -> None:
    assert identifiers_in(link) == {}
    assert tidy(link) == link
    assert not is_paper_page(link)
    assert not is_account(link)
    assert place_in_proceedings(link) is None
    assert doi_in(link) is None


@given(st.text(max_size=30) | st.text("a.[]:/\uff0f@#%", max_size=20).map("https://".__add__))
def test_any_text_is_looked_at_for_identifiers(text: str) -> None:
    assert set(identifiers_in(text)) <= set(IDENTIFIERS)
    same_address(text)


def test_a_paper_page_is_no_code() -> None:
    assert is_paper_page("https://arxiv.org/list/cs.CV/recent")
    assert is_paper_page("https://doi.org/10.1145/3633781")
    assert not is_paper_page("https://github.com/a/arxiv.org")


@pytest.mark.parametrize("end", ["a%7Cb", "a%20b", "%22", "a%3Fb", ""])
@pytest.mark.parametrize("start", ["https://doi.org/10.1145/", "https://dl.acm.org/doi/10.1145/"])
def test_what_stands_in_a_doi_s_place_and_is_none_names_nothing(start: str, end: str) -> None:
    assert identifiers_in(f"{start}{end}") == {}
    assert tidy(f"{start}{end}") == f"{start}{end}"


def accepted(link: str) -> bool:
    try:
        check_link(link)
    except ValueError:
        return False
    return True


HOSTS = st.sampled_from(
    [
        *("arxiv.org", "www.arxiv.org", "alphaxiv.org", "github.com", "openreview.net", "doi.org"),
        *("dl.acm.org", "link.springer.com", "a.example"),
    ]
)
DOI_TAILS = st.text("ab1./?#=&%:v-7CEF", min_size=1, max_size=12)
PATHS = (
    st.text("ab1./?#=&%:v-", max_size=25)
    | st.sampled_from(["abs/2403.06764v1", "pdf/2403.06764.pdf"])
    | st.builds("{}/10.1145/{}".format, st.sampled_from(["doi", "doi/pdf", "chapter"]), DOI_TAILS)
)


@given(
    st.builds(
        lambda scheme, host, path: f"{scheme}://{host}/{path}",
        st.sampled_from(["http", "https"]),
        HOSTS,
        PATHS,
    )
)
def test_tidying_twice_changes_nothing_more_and_gives_a_link_that_records_accept(link: str) -> None:
    if accepted(link):
        assert tidy(tidy(link)) == tidy(link)
        assert accepted(tidy(link))
