"""Entries in one style, which agree with their record and compile."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.bibtex import compile_warnings, disagreements, keys_for, parse_entry, render
from catalog.catalogue import Catalogue
from tests.bibtex.papers import NAMES, TITLES, VOCABULARY, paper
from tests.conftest import MINI


def test_a_conference_paper_is_rendered_in_the_one_style() -> None:
    assert render(paper(identifiers={"doi": "10.1007/978-3-031-73004-7_2"}), VOCABULARY) == (
        "@inproceedings{bo2024token,\n"
        "  title = {Token Pruning for {LLMs}},\n"
        "  author = {Bo, Ada and van der Maaten, Laurens},\n"
        "  booktitle = {European Conference on Computer Vision},\n"
        "  year = {2024},\n"
        "  doi = {10.1007/978-3-031-73004-7_2},\n"
        "  url = {https://doi.org/10.1007/978-3-031-73004-7_2},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("fields", "entry_type", "expected"),
    [
        ({"venue": "Findings of ACL"}, "inproceedings", "booktitle"),
        ({"venue": "TPAMI"}, "article", "journal"),
        ({"venue": "arXiv", "identifiers": {"arxiv": "2403.06764"}}, "misc", "eprint"),
        ({"venue": None, "identifiers": {"arxiv": "2403.06764"}}, "misc", "eprint"),
        ({"venue": "arXiv"}, "misc", "howpublished"),
        ({"authors": None}, "misc", "howpublished"),
        ({"year": None}, "misc", "howpublished"),
        ({"authors": None, "year": None, "venue": None}, "misc", "key"),
    ],
)
def test_the_type_follows_the_venue_and_what_is_known(
    fields: dict[str, Any], entry_type: str, expected: str
) -> None:
    record = paper(**fields)
    entry = parse_entry(render(record, VOCABULARY))
    assert entry.type == entry_type
    assert expected in entry.fields
    assert disagreements(entry, record, VOCABULARY) == []
    assert compile_warnings(entry) == []


@pytest.mark.parametrize(
    ("title", "name", "latex"),
    [
        ("FastV: An Image is Worth 1/2 Tokens", None, "{FastV}: An Image is Worth {1/2} Tokens"),
        (
            "A ViT and GPT-4o for LLM-based 3D Top-K",
            None,
            "A {ViT} and {GPT}-4o for {LLM}-based {3D} Top-{K}",
        ),
        ("Flash: Why Layer 2 (of LLMs) Matters", "Flash", "{Flash}: Why Layer 2 (of {LLMs}) Matters"),
        ("LLaVA-Mini: Not a VLM-Mini", "LLaVA-Mini", "{LLaVA-Mini}: Not a {VLM}-Mini"),
        ("Tokens by V-Skip, not Non-V-Skip", "V-Skip", "Tokens by {V-Skip}, not Non-{V}-Skip"),
        ("p-MoD and MovieChat+", "MovieChat+", "p-{MoD} and {MovieChat+}"),
        ("Prompt Cache: Fast-XL", "Prompt Cache", "Prompt Cache: Fast-{XL}"),
        ("A Q&A, A/B and A* for A Plan A", None, "A {Q}\\&{A}, {A/B} and {A}* for A Plan {A}"),
        ("F³-Pruning in 2 Steps", "F³-Pruning", "{F$^{3}$-Pruning} in 2 Steps"),
        ("F³-Pruning in 2 Steps", None, "{F$^{3}$}-Pruning in 2 Steps"),
        (
            '"ViT", "good", and ("more"): a "Top-K"',
            None,
            "``{ViT}'', ``good'', and (``more''): a ``Top-{K}''",
        ),
        ("TOKENS IN CAPITALS", None, "TOKENS IN CAPITALS"),
        ("Ünder Über & Co", None, '{\\"U}nder {\\"U}ber \\& Co'),
    ],
)
def test_words_that_a_style_must_not_put_into_lower_case_stand_in_braces(
    title: str, name: str | None, latex: str
) -> None:
    entry = parse_entry(render(paper(title=title, name=name), VOCABULARY))
    assert entry.fields["title"] == latex


@given(
    title=TITLES.filter(lambda text: bool(text.strip())),
    authors=st.none() | NAMES,
    venue=st.none() | st.sampled_from(sorted(VOCABULARY["venue"])),
    year=st.none() | st.integers(1990, 2030),
    arxiv=st.none() | st.just("2403.06764"),
)
def test_whatever_is_rendered_parses_agrees_and_compiles_without_warning(
    title: str, authors: list[str] | None, venue: str | None, year: int | None, arxiv: str | None
) -> None:
    record = paper(title=title, authors=authors, venue=venue, year=year, identifiers={"arxiv": arxiv})
    extra = {"number": "3", "month": "jun", "pages": "1–10", "editor": "Ada Bo and Chen Da"}
    for facts in (None, extra, {**extra, "volume": "2"}):
        entry = parse_entry(render(record, VOCABULARY, facts))
        assert disagreements(entry, record, VOCABULARY) == []
        assert compile_warnings(entry) == []


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"title": "An Image is Worth 1/2 Tokens"}, "bo2024image"),
        ({"title": "FastV: Faster"}, "bo2024fastv"),
        ({"authors": ["Jörg van der Müller-Šimek"]}, "vandermullersimek2024token"),
        ({"authors": ["Øyvind Łukasz Bjørnæs"]}, "bjornaes2024token"),
        ({"authors": ["陈亮"]}, "2024token"),
        ({"authors": None, "year": None, "published": "2023-05"}, "2023token"),
        ({"title": "中文", "authors": None, "year": None}, "a-paper"),
        ({"title": "中文", "authors": ["陈亮"]}, "a-paper"),
    ],
)
def test_a_citation_key_is_family_name_year_and_first_significant_word(
    fields: dict[str, Any], key: str
) -> None:
    record = paper(**fields)
    assert keys_for([record]) == {"a-paper": key}
    assert parse_entry(render(record, VOCABULARY)).key == key


def test_every_paper_gets_its_own_key_and_a_written_key_never_changes() -> None:
    written = "@misc{Bo2024Token, title = {A}}"
    papers = [paper(id="c"), paper(id="a"), paper(id="z", bibtex=written), paper(id="b", title="Other")]
    expected = {"a": "bo2024tokena", "b": "bo2024other", "c": "bo2024tokenb", "z": "Bo2024Token"}
    assert keys_for(papers) == expected
    assert keys_for(reversed(papers)) == expected


@pytest.mark.latex
@pytest.mark.skipif(not shutil.which("bibtex"), reason="bibtex is not installed")
def test_real_bibtex_compiles_every_rendered_entry_without_a_warning(tmp_path: Path) -> None:
    titles = ["50% of $5 & {x}} #1_2 ~^\\input{x} @article{", "Ünïcödé – “q” α ≤ ² <script>", "A"]
    venues = [None, *VOCABULARY["venue"]]
    authors: list[list[str] | None] = [["OpenAI"], ["Ada Bo", "Sammy Davis Jr."], None]
    records = [
        paper(id=f"p{n}-{m}-{k}", title=title, venue=venue, authors=names, year=None if n == m else 2024)
        for n, title in enumerate(titles)
        for m, venue in enumerate(venues)
        for k, names in enumerate(authors)
    ]
    keys = keys_for(records)
    extra = {"volume": "1", "number": "2", "month": "jan", "pages": "1–9", "editor": "Ada Bo", "series": "S"}
    entries = [render(one, VOCABULARY, extra, key=keys[one.id]) for one in records]
    (tmp_path / "all.bib").write_text("\n".join(entries), encoding="utf-8")
    for style in ("plain", "alpha"):
        (tmp_path / "all.aux").write_text(f"\\citation{{*}}\n\\bibstyle{{{style}}}\n\\bibdata{{all}}\n")
        done = subprocess.run(["bibtex", "all"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "warning" not in done.stdout.lower(), done.stdout
        assert done.returncode == 0, done.stdout


def test_every_paper_of_the_small_catalogue_has_an_entry_that_agrees() -> None:
    for record in Catalogue.load(MINI):
        entry = parse_entry(render(record, VOCABULARY))
        assert disagreements(entry, record, VOCABULARY) == []
