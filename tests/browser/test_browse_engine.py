"""The engine finds, counts and sorts as the slow and obvious way does, whatever is asked."""

from __future__ import annotations

import random
from typing import Any

import pytest
from expected import counts, found, held, is_relaxed, named_by, ordered, whole_names
from held_by_papers import FIELDS, keys, singular_or_plural, words
from named_by_words import plain_words, telling_words
from playwright.sync_api import Page

from catalog.catalogue import Catalogue

pytestmark = pytest.mark.browser


SORTS = ("best", "best", "newest", "added", "venue", "title", "name")

RUN = """async ([index, engine, queries]) => {
  const { Engine } = await import(engine);
  const { complete } = await import(new URL("details.js", engine));
  const data = await (await fetch(index)).json();
  const one = new Engine(data);
  complete(one, await (await fetch(new URL("details.json", index))).json());
  const terms = Object.fromEntries(data.facets.map(({ field, terms }) => [field, terms.map(([key]) => key)]));
  return {
    terms,
    answers: queries.map((query) => ({
      ...one.search(query, 0, 20),
      next: one.search(query, 20, 20).results.map((result) => result.id),
      ids: one.entries(query).map((entry) => entry.id),
    })),
  };
}"""


def run(page: Page, url: str, queries: list[dict[str, Any]]) -> dict[str, Any]:
    page.goto(f"{url}about/")  # a small page of the site: the engine needs nothing of Browse
    result: dict[str, Any] = page.evaluate(
        RUN, [f"{url}browse/index.json", f"{url}assets/catalogue/browse/engine.js", queries]
    )
    return result


def random_queries(catalogue: Catalogue, number: int, seed: int) -> list[dict[str, Any]]:
    rng, around = random.Random(seed), random.Random(seed + 1)
    every = {field: sorted({key for paper in catalogue for key in keys(paper, field)}) for field in FIELDS}
    queries = []
    for _ in range(number):
        paper = rng.choice(catalogue.papers)
        has = " ".join((paper.title, *(paper.authors or ()), paper.name or "")).split()
        typed = [rng.choice(has) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        typed = [word[: rng.randint(1, len(word))] for word in typed]
        if rng.random() < 0.3:
            typed.append(rng.choice(sorted(singular_or_plural(rng.choice(words(paper.title))))))
        if (
            rng.random() < 0.3
        ):  # as a reader says it: a name together or apart, a whole author, where and when
            name, venue = paper.name or "", catalogue.vocabulary.label("venue", paper.venue or "")
            apart = rng.randint(0, len(name))
            parts = f"{name[:apart]} {name[apart:].lstrip('-')}"  # with a hyphen, the word would be excluded
            ways = (name.replace("-", ""), parts, f"{venue} {paper.year or ''}")
            typed = [rng.choice((*ways, *(paper.authors or ())))]
        if around.random() < 0.1:
            typed = [around.choice(("papers", "the", "what is")), *typed, around.choice(("paper", "method"))]
        fields = rng.sample(FIELDS, rng.choice((0, 1, 1, 2, 3)))
        queries.append(
            {
                "text": " ".join(typed) + rng.choice(("", " ", " zzz")) * (rng.random() < 0.2),
                "filters": {f: rng.sample(every[f], min(len(every[f]), rng.randint(1, 3))) for f in fields},
                "excluded": {},
                "all": [f for f in fields if rng.random() < 0.3],
                "ids": None,
                "sort": rng.choice(SORTS),
            }
        )
    return queries


@pytest.mark.parametrize("seed", [7, 107, 4007])
def test_random_queries_find_count_and_sort_as_brute_force_does(
    page: Page, many: Catalogue, many_url: str, seed: int
) -> None:
    queries = random_queries(many, 150, seed)
    result = run(page, many_url, queries)

    for query, answer in zip(queries, result["answers"], strict=True):
        text, filters, every = query["text"], query["filters"], query["all"]
        meant = found(many, text, filters, every)
        typed, named = plain_words(many, text), named_by(many, text)
        relaxed = is_relaxed(many, text, filters, every)
        beside = held(many, text, relaxed=relaxed)
        telling = telling_words(many, text)
        whole = whole_names(many, text)
        expected = ordered(meant, query["sort"], many.vocabulary, typed, named, telling, beside, whole)
        assert answer["ids"] == expected, query
        assert answer["total"] == len(expected), query
        assert [one["id"] for one in answer["results"]] == expected[:20], query
        assert answer["next"] == expected[20:40], query
        for field, terms in result["terms"].items():
            expected_counts = counts(many, text, filters, field, every)
            assert answer["counts"][field] == [expected_counts[key] for key in terms], (query, field)


def test_every_value_of_every_paper_can_be_ticked(page: Page, many: Catalogue, many_url: str) -> None:
    terms = run(page, many_url, [])["terms"]

    for field in FIELDS:
        assert set(terms[field]) >= {key for paper in many for key in keys(paper, field)}


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("muller", "Müller's Ansatz"),
        ("MÜLLER", "Muller's Ansatz"),
        ("strasse", "Straße"),
        ("lodz", "Łódź"),
        ("iared2", "no such word"),
        ("ia red2", "IA-RED² again"),
        ("angstrom", "A\u030angstro\u0308m"),
        ("fine tun", "ﬁne-tuning"),
        ("视觉", "视觉 模型"),
        ("模型 小明", "视觉模型 王小明"),
        ("熟成", "チーズの熟成"),
        ("ελλην", "Ελληνικά"),
        ("delta dit", "Δ-DiT"),
        ("Δ-DiT", "Delta-DiT"),
        ("𝛾", "Gamma"),
        ("omega", "ω"),
    ],
)
def test_case_accents_and_ligatures_do_not_matter(page: Page, many_url: str, typed: str, title: str) -> None:
    page.goto(f"{many_url}browse/")
    matches = page.evaluate(
        """async ([module, typed, title]) => {
          const { words } = await import(`${module}words.js`);
          const { TextIndex } = await import(`${module}text_index.js`);
          const index = new TextIndex(1, () => [title]);
          return words(typed).every((word) => index.begins(word)[0] === 1);
        }""",
        [f"{many_url}assets/catalogue/browse/", typed, title],
    )

    assert matches is (title != "no such word")


@pytest.mark.parametrize("rows", [1, 31, 32, 33, 64, 100])
def test_sets_of_rows_hold_at_the_edges_of_their_words(page: Page, many_url: str, rows: int) -> None:
    page.goto(f"{many_url}browse/")
    sizes = page.evaluate(
        """async ([module, rows]) => {
          const bits = await import(module);
          const last = bits.none(rows);
          bits.add(last, rows - 1);
          const every = bits.all(rows);
          return [bits.size(bits.none(rows)), bits.size(every), bits.size(last),
                  bits.sizeOfBoth(every, last), bits.has(last, rows - 1), bits.has(every, rows),
                  bits.first(every, Infinity), bits.first(every, 2), bits.first(last, 2)];
        }""",
        [f"{many_url}assets/catalogue/browse/bits.js", rows],
    )

    assert sizes[:6] == [0, rows, 1, 1, True, False]
    assert sizes[6:] == [[*range(rows)], [*range(min(2, rows))], [rows - 1]]
