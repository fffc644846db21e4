"""Plainly worded questions: what their words are read as, and how well real ones find what is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import pytest

from catalog.catalogue import Catalogue
from catalog.query import parse, select
from catalog.query.joining import JOINING
from catalog.query.parser import joins, sides_without_brackets
from catalog.query.reading import Answer, answer, nearest_answer
from tests.conftest import REPOSITORY
from tests.query.asked import (
    CASES,
    FREELY_WORDED,
    JARGON,
    NAMING,
    PARAPHRASING,
    PASSING,
    QUESTIONS,
    VARIOUS,
    asked_catalogue,
)

ASKED = asked_catalogue()


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["asked"][:40])
def test_a_question_finds_these_papers_and_says_what_it_requires(case: Mapping[str, Any]) -> None:
    found = nearest_answer(case["asked"], ASKED)
    assert [paper.id for paper in found.papers] == case["ids"]
    assert [one.word for one in found.left if one.required] == case.get("required", [])
    assert [one.word for one in found.left if not one.required] == case.get("not_required", [])
    assert found.deep is case.get("deep", False)
    assert found.nearly is case.get("nearly", False)
    if "normal" in case:
        assert str(found.query) == case["normal"]
    again = nearest_answer(str(found.query), ASKED)
    assert (again.papers, again.query) == (found.papers, found.query)


def test_a_filter_and_words_in_quotes_mean_what_they_mean_in_the_query_language() -> None:
    for line in ("training:free", '"visual tokens" year:2024..', 'mechanism:pruning -title:"visual"', ""):
        strict = select(ASKED, parse(line, ASKED.vocabulary))
        assert [paper.id for paper in answer(line, ASKED).papers] == [paper.id for paper in strict]


@pytest.mark.parametrize(
    ("questions", "least"),
    [
        (QUESTIONS, (0.9, 0.9, 0.88)),
        (FREELY_WORDED, (0.89, 0.8, 0.81)),
        (NAMING, (0.82, 0.64, 0.66)),
        (VARIOUS, (0.86, 0.78, 0.77)),
        (JARGON, (0.79, 0.75, 0.73)),
        (PASSING, (0.86, 0.8, 0.79)),
        (PARAPHRASING, (0.8, 0.75, 0.72)),
    ],
    ids=[
        "in the terms of the field",
        "freely worded",
        "naming models and benchmarks",
        "not, or and slips",
        "in other words than the terms have",
        "in passing",
        "paraphrasing what terms mean",
    ],
)
def test_real_questions_find_what_is_meant(
    questions: Sequence[Mapping[str, str]], least: tuple[float, float, float]
) -> None:
    """Recall, precision, and the harmonic mean of both are on average at least this."""
    catalogue = Catalogue.load(REPOSITORY)
    rows = [_measured(one["asked"], one["meant"], catalogue) for one in questions]
    told = "\n".join(
        f"{row[0]:.2f} {row[1]:.2f} {one['asked']}" for row, one in zip(rows, questions, strict=True)
    )
    for average, enough in zip(map(fmean, zip(*rows, strict=True)), least, strict=True):
        assert average >= enough, told


def _measured(asked: str, fields: str, catalogue: Catalogue) -> tuple[float, float, float]:
    """Which part of what is meant is found, which part of what is found is meant, and their harmonic mean."""
    meant = {paper.id for paper in select(catalogue, parse(fields, catalogue.vocabulary))}
    assert meant, f"no paper is meant by {fields}"
    found = {paper.id for paper in nearest_answer(asked, catalogue).papers}
    both = len(found & meant)
    return both / len(meant), both / max(1, len(found)), 2 * both / (len(found) + len(meant))


def test_a_word_that_leaves_few_papers_by_chance_keeps_none_out() -> None:
    pruning = next(paper for paper in ASKED if paper.mechanism == ("pruning",))
    others = [
        pruning.model_copy(update={"id": f"p{n}", "name": None, "title": "Of Words"}) for n in range(1000)
    ]

    def asked(title: str, papers: int) -> Answer:
        titled = [one.model_copy(update={"title": title}) for one in others[:papers]]
        return answer("pruning zebra", ASKED.with_papers([*titled, *others[papers:]]))

    few, enough, called_so = asked("Of a Zebra", 4), asked("Of a Zebra", 5), asked("Pruning a Zebra", 1)
    assert len(few.papers) >= len(others)
    assert [one.required for one in few.left] == [False]
    assert [paper.id for paper in enough.papers] == ["p0", "p1", "p2", "p3", "p4"]
    assert [paper.id for paper in called_so.papers] == ["p0"], "it has all of the words"


def test_several_words_that_leave_few_papers_are_asked_for_where_they_are_an_author_s_name() -> None:
    pruning = next(paper for paper in ASKED if paper.mechanism == ("pruning",))
    others = [
        pruning.model_copy(update={"id": f"p{n}", "name": None, "title": "Of Words", "authors": ("Eve Oak",)})
        for n in range(1000)
    ]

    def asked(text: str, **update: object) -> Answer:
        return answer(text, ASKED.with_papers([others[0].model_copy(update=update), *others[1:]]))

    chance = asked("pruning with zebra lovel", title="Of a Zebra", authors=("Ada Lovelace",))
    assert len(chance.papers) >= len(others)
    assert [one.required for one in chance.left] == [False, False]
    author = asked("pruning by ada lovel", authors=("Ada Lovelace",))
    assert [paper.id for paper in author.papers] == ["p0"]
    assert [one.required for one in author.left] == [True, True]
    two = asked("pruning by ada lovel", authors=("Ada Oak", "Eve Lovelace"))
    assert len(two.papers) >= len(others), "of two people"


def test_the_site_passes_over_the_same_words() -> None:
    script = REPOSITORY / "site_templates" / "assets" / "browse" / "joining.js"
    listed = script.read_text(encoding="utf-8").partition("new Set(")[2]
    assert set(" ".join(re.findall('"([^"]+)"', listed)).split()) == JOINING


def test_operators_of_a_title_are_words_if_enough_of_it_is_typed() -> None:
    title = "Do NOT Prune Or Merge Tokens and Caches"
    papers = [paper.model_copy(update={"title": title}) for paper in ASKED if paper.id == "speech"]
    asked = ASKED.with_papers([*(paper for paper in ASKED if paper.id != "speech"), *papers])
    for text in (title, title.upper(), "NOT PRUNE OR MERGE TOKENS AND CAC"):
        assert [paper.id for paper in answer(text, asked).papers] == ["speech"], text
    for text, normal in (
        ("tokens AND caches", "tokens caches"),
        ("NOT prune OR merge tokens", "(-prune OR merge tokens)"),
        ("do NOT prune AND merge tokens OR caches", "(do -prune merge tokens OR caches)"),
    ):
        assert str(answer(text, asked).query) == normal


def test_what_a_title_leaves_out_is_words_if_enough_of_it_is_typed() -> None:
    title = "Efficient Video Transformers by Pruning without Attention"
    papers = [paper.model_copy(update={"title": title}) for paper in ASKED if paper.id == "cache"]
    asked = ASKED.with_papers([*(paper for paper in ASKED if paper.id != "cache"), *papers])
    assert "attention" in papers[0].criterion
    for text in (title, "video transformers by pruning without attention"):
        assert [paper.id for paper in answer(text, asked).papers] == ["cache"], text
    assert "cache" not in [paper.id for paper in answer("pruning without attention", asked).papers]
    papers = [paper.model_copy(update={"title": "Token Pooling or Merging"}) for paper in papers]
    asked = ASKED.with_papers([*(paper for paper in ASKED if paper.id != "cache"), *papers])
    assert [paper.id for paper in answer("Token Pooling or Merging", asked).papers] == ["cache"]


def test_an_or_in_small_letters_leaves_no_doubt_about_brackets() -> None:
    for text, sides in (("token pruning or merging", 0), ("token pruning OR merging", 2)):
        assert len(sides_without_brackets(text, parse(text, ASKED.vocabulary))) == sides


def test_every_title_finds_its_paper_first_to_last_word_and_with_a_word_too_many() -> None:
    catalogue = Catalogue.load(REPOSITORY)
    # With operators, all of them; of the others, which take their time, some.
    for paper in [one for n, one in enumerate(catalogue) if n % 5 == 0 or joins(one.title)]:
        title = paper.title.replace('"', " ").replace(": ", " ").rstrip(":").replace(" -", " ")
        assert paper in answer(title, catalogue).papers, title
