"""The query language: what a query means, what it says of a mistake, and that it means what it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue import Catalogue
from catalog.query import Query, QueryError, from_fields, parse, select, without_marks, words
from catalog.query.fields import OTHER_NAMES, fields
from catalog.query.words import other_number
from catalog.record import Paper

CASES = json.loads((Path(__file__).parents[1] / "query_cases.json").read_text(encoding="utf-8"))
MINI = Catalogue.load(Path(__file__).parents[1] / "mini")
SUMMED_UP = [
    paper.model_copy(update={"summary": CASES["summaries"].get(paper.id, paper.summary)}) for paper in MINI
]
VOCABULARY = MINI.vocabulary
MakeCatalogue = Callable[[Mapping[str, str]], Path]


def ids(query: str | Query) -> list[str]:
    parsed = parse(query, VOCABULARY) if isinstance(query, str) else query
    return [paper.id for paper in select(MINI, parsed)]


def test_the_table_is_about_the_small_catalogue() -> None:
    assert [paper.id for paper in MINI] == CASES["papers"]


@pytest.mark.parametrize("case", CASES["meant"], ids=lambda case: case["query"] or "nothing")
def test_a_query_means_these_papers(case: Mapping[str, Any]) -> None:
    query = parse(case["query"], VOCABULARY)
    assert [paper.id for paper in select(SUMMED_UP, query)] == case["ids"]
    assert str(query) == case.get("normal", case["query"])
    assert parse(str(query), VOCABULARY) == query


def test_every_other_name_of_a_field_is_in_the_table_that_both_languages_pass() -> None:
    asked = " ".join(case["query"].lower() for case in CASES["meant"])
    assert not [name for name in OTHER_NAMES if not re.search(rf"(?<![a-z_-]){name}:", asked)]
    assert not set(OTHER_NAMES) & set(fields(VOCABULARY)), "a field's own name comes first"


@pytest.mark.parametrize("name", [*fields(VOCABULARY), *OTHER_NAMES])
def test_no_field_is_meant_by_a_name_before_a_colon_and_more_words(name: str) -> None:
    meant = parse(f"Inference with {name.title()}: Lossless Acceleration", VOCABULARY)
    assert [clause.field for clause in meant.clauses] == [None] * 5
    with pytest.raises(QueryError):
        parse(f"Inference with {name.title()}: ", VOCABULARY)


@pytest.mark.parametrize("paper", list(MINI), ids=lambda paper: paper.id)
def test_every_title_finds_its_paper(paper: Paper) -> None:
    for title in (paper.title, *paper.former_titles):
        assert paper.id in ids(title)


def test_a_named_value_may_be_called_in_the_plural_too() -> None:
    assert from_fields({"criteria": "attention"}, VOCABULARY) == parse("criterion:attention", VOCABULARY)


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["query"])
def test_a_mistake_is_shown_where_it_is(case: Mapping[str, Any]) -> None:
    with pytest.raises(QueryError) as caught:
        parse(case["query"], VOCABULARY)
    assert caught.value.position == case["position"]
    message, line, caret = str(caught.value).split("\n")
    assert case["says"] in message
    assert line == f"  {case['query']}"
    assert caret == f"{' ' * (case['position'] + 1)}^"


@pytest.mark.parametrize("case", CASES["long"], ids=lambda case: "-".join(map(str, case["query"])))
def test_a_query_has_an_end_and_of_a_long_one_the_place_of_the_mistake_is_shown(
    case: Mapping[str, Any],
) -> None:
    before, repeated, times, behind = case["query"]
    query = before + repeated * times + behind
    if "position" not in case:
        assert ids(query) == ids(repeated)
        return
    with pytest.raises(QueryError) as caught:
        parse(query, VOCABULARY)
    assert caught.value.position == case["position"]
    message, line, caret = str(caught.value).split("\n")
    assert case["says"] in message
    assert len(message) + len(line) < 1000
    assert line[caret.index("^")] == query[case["position"] - 1]


def test_every_term_of_the_vocabulary_finds_the_papers_that_have_it() -> None:
    for field, terms in VOCABULARY.terms.items():
        for key, term in terms.items():
            for word in (key, term.label, *term.aliases):
                for paper in select(MINI, parse(f'{field}:"{word}"', VOCABULARY)):
                    value = getattr(paper, field)
                    has = value if isinstance(value, tuple) else (str(value).lower(), str(value))
                    assert key in has


def test_former_ids_are_found(make_catalogue: MakeCatalogue) -> None:
    text = (MINI.root / MINI.files["tome"]).read_text(encoding="utf-8") + "aliases: [token-merging]\n"
    catalogue = Catalogue.load(make_catalogue({"2022/tome.yaml": text}))
    assert [p.id for p in select(catalogue, parse("id:token-merging", catalogue.vocabulary))] == ["tome"]


def test_a_year_that_no_venue_gives_is_that_of_the_first_public_date() -> None:
    paper = MINI["toca"].model_copy(update={"year": None})
    assert parse("year:2024", VOCABULARY).matches(paper)
    assert not parse("year:2025", VOCABULARY).matches(paper)


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        ({"domain": "multimodal", "training": "free"}, "domain:multimodal training:free"),
        ({"criterion": ["attention", "similarity"]}, "criterion:attention,similarity"),
        ({"criterion": {"similarity", "attention"}}, "criterion:attention,similarity"),
        ({"year": 2024, "code": True, "reference": False}, "year:2024 code:yes reference:no"),
        ({"year": "2024..", "parametric": False}, "year:2024.. parametric:false"),
        ({"venue": None, "title": "token merging"}, 'venue:unknown title:"token merging"'),
        ({}, ""),
    ],
)
def test_named_values_say_the_same_as_a_line(wanted: Mapping[str, object], query: str) -> None:
    assert from_fields(wanted, VOCABULARY) == parse(query, VOCABULARY)


@pytest.mark.parametrize("wanted", [{"domian": "vision"}, {"domain": "visoin"}, {"domain": []}, {"code": 1}])
def test_a_wrong_named_value_is_refused(wanted: Mapping[str, object]) -> None:
    with pytest.raises(QueryError, match=next(iter(wanted))):
        from_fields(wanted, VOCABULARY)


def test_two_queries_together_mean_what_both_mean() -> None:
    both = parse("domain:vision", VOCABULARY) & parse("-criterion:attention", VOCABULARY)
    assert ids(both) == ids("domain:vision -criterion:attention")


# ------------------------------------------------------------------------------------- properties

PIECES = st.sampled_from(
    """
    domain: year: 2024 .. 2024-10 , " - vision unknown none author: liu published: token Müller code:yes
    venue: Findings name: ACL id: x/y ſ ß title: AND OR NOT ( )
    """.split(" ")
)
ANY_TEXT = st.text(max_size=40) | st.lists(PIECES, max_size=8).map("".join)


@given(ANY_TEXT)
def test_parsing_fails_only_in_words_and_a_query_prints_itself(text: str) -> None:
    try:
        query = parse(text, VOCABULARY)
    except QueryError as error:
        position = error.position
    else:
        position = None
    if position is not None:
        assert 1 <= position <= len(text) + 1
        return
    again = parse(str(query), VOCABULARY)
    assert again == query
    assert str(again) == str(query)
    assert ids(again) == ids(query)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = without_marks(text)
    assert without_marks(once) == once
    assert words(" ".join(words(text))) == words(text)


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("熟成", True),
        ("チーズ 研究", True),
        ("太郎", True),
        ("author:太郎", True),
        ('"熟成に"', True),
        ("成年", False),
        ('"成熟"', False),
        ("author:研究", False),
        ("GNNの", True),
    ],
)
def test_words_are_found_where_no_space_is_written_between_them(query: str, held: bool) -> None:
    paper = next(iter(MINI)).model_copy(
        update={"title": "チーズの熟成に関する研究 とGNNの", "authors": ["山田太郎"]}
    )
    assert bool(list(select([paper], parse(query, VOCABULARY)))) is held


def holds(clause: Mapping[str, Any], paper: Paper) -> bool:
    """The meaning of one generated clause, said a second time and as plainly as can be."""
    value = getattr(paper, clause["field"])
    if clause["field"] == "training" and paper.kind not in ("method", "system"):
        return clause["negated"]  # a survey trains nothing, which is no gap
    have = [None] if value is None else list(value) if isinstance(value, tuple) else [value]
    return any(wanted in have for wanted in clause["values"]) != clause["negated"]


TERM_CLAUSES = st.sampled_from(["domain", "setting", "criterion", "mechanism", "training", "venue"]).flatmap(
    lambda field: st.fixed_dictionaries(
        {
            "field": st.just(field),
            "values": st.lists(st.sampled_from([None, *VOCABULARY[field]]), min_size=1, max_size=3),
            "negated": st.booleans(),
        }
    )
)


def written(clause: Mapping[str, Any]) -> str:
    values = ",".join("unknown" if value is None else f'"{value}"' for value in clause["values"])
    return f"{'-' * clause['negated']}{clause['field']}:{values}"


@given(st.lists(TERM_CLAUSES, max_size=4))
def test_filters_agree_with_looking_at_every_paper(clauses: list[Mapping[str, Any]]) -> None:
    expected = [paper.id for paper in MINI if all(holds(clause, paper) for clause in clauses)]
    assert ids(" ".join(map(written, clauses))) == expected


@given(st.integers(2019, 2027), st.integers(0, 4), st.sampled_from(["year", "published"]))
def test_ranges_agree_with_counting(first: int, length: int, field: str) -> None:
    def year(paper: Paper) -> int | None:
        return paper.year if field == "year" else paper.published and int(paper.published[:4])

    expected = [p.id for p in MINI if (y := year(p)) is not None and first <= y <= first + length]
    assert ids(f"{field}:{first}..{first + length}") == expected


@given(st.sampled_from(sorted({w for p in MINI for w in words(p.title)})), st.integers(1, 20))
def test_the_beginning_of_any_word_of_a_title_finds_it(word: str, length: int) -> None:
    expected = {p.id for p in MINI if any(w.startswith(word[:length]) for w in words(p.title))}
    assert expected <= set(ids(word[:length]))


LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12)


@given(LETTERS.filter(lambda word: not re.search("[^s]s$", word)))
def test_a_word_is_the_singular_of_its_plural(word: str) -> None:
    (plural,) = other_number(word)
    assert word in other_number(plural)


@given(st.text(max_size=12))
def test_the_other_number_is_another_word_of_three_letters_or_more(text: str) -> None:
    for word in words(text):
        for other in other_number(word):
            assert other != word
            assert words(other) == (other,)
            assert len(other) >= 3


@given(st.sampled_from(sorted({word for p in MINI for word in words(p.title) if len(word) > 2})))
def test_either_number_finds_a_word_of_a_title_and_quotes_find_what_they_hold(word: str) -> None:
    held = {p.id for p in MINI for title in (p.title, *p.former_titles) if word in words(title)}
    for other in other_number(word):
        assert held <= set(ids(other)) & set(ids(f"title:{other}"))
        assert held.isdisjoint(ids(f"-{other}"))
        exact = {
            p.id for p in MINI if other in words(" ".join((p.title, *p.former_titles, *(p.authors or ()))))
        }
        assert set(ids(f'"{other}"')) == exact


MEANT = st.sampled_from([case for case in CASES["meant"] if case.get("normal", case["query"])])


@given(MEANT, MEANT, MEANT)
def test_operators_join_queries_as_sets_are_joined(
    one: Mapping[str, Any], other: Mapping[str, Any], third: Mapping[str, Any]
) -> None:
    def asked(query: str) -> set[str]:
        return {paper.id for paper in select(SUMMED_UP, parse(query, VOCABULARY))}

    (a, b, c), (in_a, in_b, in_c) = zip(
        *((case["query"], set(case["ids"])) for case in (one, other, third)), strict=True
    )
    assert asked(f"({a}) OR ({b})") == in_a | in_b
    assert asked(f"({a}) AND ({b} )") == in_a & in_b
    assert asked(f"NOT ({a})") == set(CASES["papers"]) - in_a
    assert asked(f"({a}) OR ({b}) AND ({c})") == in_a | (in_b & in_c)
    assert asked(f"(({a}) OR ({b})) NOT ({c})") == (in_a | in_b) - in_c
