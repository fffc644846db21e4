"""A layout, and data as records hold it, for the tests of reading, writing and editing."""

from __future__ import annotations

from hypothesis import strategies as st

from catalog.yaml_files import Layout

LAYOUT = Layout(
    order=("title", "name", "authors", "year", "identifiers", "links", "bibtex"),
    quoted=frozenset({"title", "identifiers"}),
    literal=frozenset({"bibtex"}),
    width=60,
)
HEADER = "# yaml-language-server: $schema=../paper.schema.json"

# What a record may hold: see record.py, which refuses control characters, line separators and the like.
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
LINKS = st.text("ab09._~/?=&%+@:;()!$*-#',[]", max_size=20).map("https://example.org/".__add__)
TEXTS = st.text(LETTERS, max_size=40) | LINKS
DATA = st.fixed_dictionaries(
    {"title": TEXTS},
    optional={
        "name": TEXTS | st.none(),
        "authors": st.lists(TEXTS, max_size=6),
        "year": st.integers(0, 10**17),
        "parametric": st.booleans(),
        "identifiers": st.dictionaries(st.sampled_from(["arxiv", "doi"]), TEXTS),
        "links": st.fixed_dictionaries({"code": st.lists(TEXTS, max_size=4)}),
    },
)

COMMENTED = """\
# yaml-language-server: $schema=../paper.schema.json
# about the whole
title: "A Paper"  # the published one
# about the authors
authors: [Ada Bo, Chen Da]
links:
  # the authors' own
  code: [https://github.com/a/b]
year: 2024  # of the conference
bibtex: |
  @misc{a,
    title = {# no comment},
  }
# at the end
"""
