"""A domain of one's own survives that the site is published again: the file CNAME is part of the site."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.site.extras import own_domain
from tests.site.conftest import Build


@pytest.mark.parametrize("address", ["https://papers.example.org/", "https://example.org"])
def test_a_domain_of_one_s_own_is_named(address: str) -> None:
    ((name, content),) = own_domain(address)
    assert (name, content.decode()) == ("CNAME", f"{address.split('/')[2]}\n")


@pytest.mark.parametrize(
    "address",
    [
        None,
        "https://lab.github.io/",
        "https://lab.github.io/papers/",
        "https://example.org/papers/",  # whose domain is another site's
        "http://127.0.0.1/",
        "http://localhost:8000/",
    ],
)
def test_other_addresses_have_none(address: str | None) -> None:
    assert list(own_domain(address)) == []


def test_the_site_has_the_file(mini_catalogue: Catalogue, mini_site: Path, build: Build) -> None:
    config = mini_catalogue.config.model_copy(update={"base_url": "https://papers.example.org/"})
    assert (build(replace(mini_catalogue, config=config)) / "CNAME").read_text() == "papers.example.org\n"
    assert not (mini_site / "CNAME").exists()
