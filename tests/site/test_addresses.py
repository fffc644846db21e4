"""Addresses: promises that hold, and that every file system can keep."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from catalog.site.addresses import slug, term_page, to_root
from catalog.vocabulary import Venue, Vocabulary


def _venues(*keys: str) -> Vocabulary:
    venues = {
        key: Venue(key=key, label=key, definition="A venue of papers.", type="conference") for key in keys
    }
    return Vocabulary({"venue": venues})


def test_a_venue_with_spaces_gets_a_plain_address() -> None:
    assert term_page(_venues("Findings of ACL"), "venue", "Findings of ACL") == "terms/venue/findings-of-acl/"


def test_venues_that_differ_only_in_case_or_signs_get_addresses_of_their_own() -> None:
    vocabulary = _venues("MM", "mm", "M&M", "M M")
    addresses = [term_page(vocabulary, "venue", key) for key in vocabulary["venue"]]
    assert addresses == ["terms/venue/mm/", "terms/venue/mm-2/", "terms/venue/m-m/", "terms/venue/m-m-2/"]


def test_a_term_that_the_vocabulary_lacks_has_no_page() -> None:
    assert term_page(_venues("MM"), "venue", "Unheard Of") is None


@given(st.text())
def test_any_text_becomes_a_folder_name_that_needs_no_quoting(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


def test_names_too_long_for_a_file_system_get_folders_of_their_own_that_it_takes() -> None:
    folders = {slug("word " * 80), slug("word " * 81), slug("x" * 300)}
    assert len(folders) == 3
    assert max(map(len, folders)) < 120
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder) for folder in folders)


@given(st.lists(st.sampled_from("abc"), max_size=5))
def test_the_way_to_the_root_undoes_every_folder(folders: list[str]) -> None:
    address = "".join(f"{folder}/" for folder in folders)
    assert to_root(address).count("../") == len(folders)
