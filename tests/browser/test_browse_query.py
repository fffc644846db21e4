"""The query language in the search box is the one of the command line: one table, and many random queries."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from made_up_papers import FAMILY, GIVEN, NAMES, WORDS
from playwright.sync_api import Page

from catalog.catalogue import Catalogue
from catalog.query import QueryError, parse, select, words
from catalog.query.words import other_number
from catalog.vocabulary import NEVER_NONE, TERM_FILES

pytestmark = pytest.mark.browser


CASES = json.loads((Path(__file__).parents[1] / "query_cases.json").read_text(encoding="utf-8"))

RUN = """async ([index, engine, texts, summaries]) => {
  const { Engine } = await import(engine);
  const { complete } = await import(new URL("details.js", engine));
  const load = async (name) => (await fetch(new URL(name, index))).json();
  const one = new Engine(await load("index.json"));
  complete(one, await load("details.json"));
  const { summary, ...others } = await load("summaries.json");
  const changed = one.papers.index.id.map((id, row) => summaries[id] ?? summary[row]);
  one.addSummaries({ ...others, summary: changed });
  return texts.map((text) => {
    const query = { text, filters: {}, excluded: {}, ids: null, sort: "newest", exact: true };
    return {
      normal: one.normal(text),
      problems: one.search(query, 0, 1).problems,
      ids: one.entries(query).map((entry) => entry.id).sort(),
    };
  });
}"""


def ask(
    page: Page, url: str, texts: list[str], summaries: Mapping[str, str] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """What the site's scripts make of each text, where papers have these summaries."""
    page.goto(f"{url}browse/")
    engine = f"{url}assets/catalogue/browse/engine.js"
    answers: list[dict[str, Any]] = page.evaluate(
        RUN, [f"{url}browse/index.json", engine, texts, dict(summaries)]
    )
    return answers


def test_a_query_means_the_same_as_in_python(page: Page, site_url: str) -> None:
    answers = ask(page, site_url, [case["query"] for case in CASES["meant"]], CASES["summaries"])
    for case, answer in zip(CASES["meant"], answers, strict=True):
        assert answer["problems"] == [], case
        assert answer["ids"] == case["ids"], case
        assert answer["normal"] == case.get("normal", case["query"]), case


def test_a_mistake_is_found_where_python_finds_it(page: Page, site_url: str) -> None:
    answers = ask(page, site_url, [case["query"] for case in CASES["refused"]])
    for case, answer in zip(CASES["refused"], answers, strict=True):
        first = answer["problems"][0]
        assert first["position"] == case["position"], case
        assert case["says"] in first["message"], case


def test_a_query_ends_where_it_ends_in_python(page: Page, site_url: str) -> None:
    texts = [
        before + part * times + behind for before, part, times, behind in (c["query"] for c in CASES["long"])
    ]
    for case, answer in zip(CASES["long"], ask(page, site_url, texts), strict=True):
        said = [(one["position"], case["says"] in one["message"]) for one in answer["problems"][:1]]
        assert said == ([(case["position"], True)] if "position" in case else []), case


def test_the_other_number_of_a_word_is_formed_as_in_python(page: Page, site_url: str) -> None:
    rng = random.Random(3)
    typed = [word for text in (*WORDS, *GIVEN, *FAMILY, *NAMES) for word in words(text)]
    typed += ["".join(rng.choices("aeosxzchsiy", k=rng.randint(1, 6))) for _ in range(500)]
    page.goto(f"{site_url}browse/")
    formed = page.evaluate(
        "async ([module, typed]) => typed.map((await import(module)).otherNumber)",
        [f"{site_url}assets/catalogue/browse/words.js", typed],
    )
    assert formed == [list(other_number(word)) for word in typed]


PIECES = (
    'domain: year: 2024 .. 2024-10 , , " - vision unknown none author: liu published: token Müller code:yes '
    "venue: Findings name: ACL id:paper-3 x/y ß title: 2023.. training:free criterion:attention,none added: "
    "2026-11-05 -mechanism:pruning keywords:unknown listed_in:none parametric:false arxiv:2401.00007 kind: "
    'reference:no -code:no setting:unknown 视觉 ½ "vision language" ﬁne Æon author:"ada chen" -author:wang '
    "𝔸𝔹 doi:unknown Domain:VLM yaer:2024 domain:visoin summary:number -summary:keep-every summary:unknown "
    "has:code 2023-2025 >2024 year:2024- ..2022 year<=2023 tokenizations caches summary:tokens title:pruners "
    '-mergings AND OR OR NOT ( ( ) ) -( venue:( title:( or [( )] tok* "vis*" title:"tok*" -"la*" “vision '
    "language” 'token ' （ ） “pruners” ‘caches’ and not || ”OR“ ’and‘ ANDNOT ↵ TITLE( W/3 token[tiab] [ti]"
).split(" ")


def random_texts(number: int) -> list[str]:
    rng = random.Random(4)
    plenty = [*PIECES, *WORDS, *GIVEN, *FAMILY, *NAMES]
    texts = []
    for _ in range(number):
        pieces = rng.choices(plenty, k=rng.randint(1, 5))
        texts.append("".join(piece + rng.choice(("", " ", " ", "\u3000")) for piece in pieces))
    return texts


def mistake(text: str, catalogue: Catalogue) -> tuple[int, str] | None:
    """Position and message of what Python refuses; ``None`` where it refuses nothing."""
    try:
        parse(text, catalogue.vocabulary)
    except QueryError as error:
        said = str(error).split("\n")[0].removeprefix(f"query, character {error.position}: ")
        return error.position, said
    return None


def test_none_is_a_value_of_the_same_fields_as_in_python(page: Page, site_url: str) -> None:
    answers = ask(page, site_url, [f"{field}:none" for field in TERM_FILES])
    takes_none = {field for field, answer in zip(TERM_FILES, answers, strict=True) if not answer["problems"]}
    assert takes_none == set(TERM_FILES) - set(NEVER_NONE)


def test_random_queries_mean_the_same_as_in_python(page: Page, many: Catalogue, many_url: str) -> None:
    texts = random_texts(600)
    refused = 0
    for text, answer in zip(texts, ask(page, many_url, texts), strict=True):
        expected = mistake(text, many)
        said = [(problem["position"], problem["message"]) for problem in answer["problems"]]
        assert said[:1] == ([expected] if expected else []), text
        refused += expected is not None
        if not expected:
            query = parse(text, many.vocabulary)
            assert answer["normal"] == str(query), text
            assert answer["ids"] == [paper.id for paper in select(many, query)], text
    assert 100 < refused < 500


def test_what_is_understood_beside_a_mistake_still_holds(page: Page, many: Catalogue, many_url: str) -> None:
    text = 'training:free domian:vision token "half a phrase'
    (answer,) = ask(page, many_url, [text])
    understood = parse("training:free token", many.vocabulary)
    assert answer["ids"] == [paper.id for paper in select(many, understood)]
    assert [problem["position"] for problem in answer["problems"]] == [15, 35]
    assert [text[problem["position"] - 1 : problem["end"]] for problem in answer["problems"]] == [
        "domian:vision",
        '"half a phrase',
    ]
