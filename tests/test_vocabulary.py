"""Terms: resolved by any of their words, suggested when misspelt, refused when ambiguous."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from catalog.draft import plain_words
from catalog.findings import CatalogError
from catalog.importers.ids import slug
from catalog.query.words import words
from catalog.vocabulary import Vocabulary, fold
from tests.conftest import MINI


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load(MINI / "papers" / "vocabulary")


@pytest.mark.parametrize(
    "word", ["attention", "Attention", "Attention-based", "Attention--based", "attention_based"]
)
def test_a_term_answers_to_its_key_label_aliases_and_list_tags(vocabulary: Vocabulary, word: str) -> None:
    assert vocabulary.resolve("criterion", word) == "attention"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Søgaard", "Sogaard"),
        ("Łukasz", "Lukasz"),
        ("Đorđe", "Dorde"),
        ("Æsir", "Aesir"),
        ("STRAẞE", "strasse"),
    ],
)
def test_letters_that_unicode_does_not_decompose_are_compared_as_people_write_them(
    one: str, other: str
) -> None:
    assert fold(one) == fold(other) == "".join(words(other))
    assert words(one) == words(other)
    assert plain_words(one) == plain_words(other)
    assert slug(one) == slug(other) == other.lower()


def test_a_word_may_name_terms_of_several_fields(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.fields_of("both")) == {("training", "both"), ("parametric", "both")}


@pytest.mark.parametrize(
    ("word", "nearest"), [("atention", "attention"), ("NIPS", "NeurIPS"), ("zzzzzzz", None)]
)
def test_the_nearest_term_is_suggested(vocabulary: Vocabulary, word: str, nearest: str | None) -> None:
    field = "venue" if word == "NIPS" else "criterion"
    assert vocabulary.nearest(field, word) == nearest


def test_an_example_is_no_name_of_its_term_and_suggests_it(mini: Path) -> None:
    file = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    text = file.read_text(encoding="utf-8").replace("pruning: {", "pruning: {examples: [Fast-V], ")
    file.write_text(text.replace("merging: {", "merging: {examples: [FastV, ToMe], "), encoding="utf-8")
    vocabulary = Vocabulary.load(mini / "papers" / "vocabulary")
    assert vocabulary.resolve("mechanism", "FastV") is None
    assert [vocabulary.nearest("mechanism", word) for word in ("fastv", "ToMe")] == ["pruning", "merging"]


def test_a_question_names_a_term_by_what_people_ask_with_and_a_record_does_not(mini: Path) -> None:
    file = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    text = file.read_text(encoding="utf-8").replace("pruning: {", "pruning: {asked: [Throw out], ")
    file.write_text(text, encoding="utf-8")
    vocabulary = Vocabulary.load(mini / "papers" / "vocabulary")
    assert vocabulary.resolve("mechanism", "throw out") is None
    assert vocabulary.called("mechanism", "throw out") == "pruning"
    assert vocabulary.nearest("mechanism", "throw-out") == "pruning"


def test_venues_know_what_publishing_there_means(vocabulary: Vocabulary) -> None:
    venue = vocabulary.venue("Findings of ACL")
    assert venue is not None
    assert venue.type == "findings"
    assert vocabulary.venue("nowhere") is None


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("label: Pruning, ", "", "label: is missing; every term needs it"),
        ("definition: ", "defintion: ", "defintion: there is no such field; did you mean 'definition'"),
        (
            "tags: [Token_Pruning, Pruning]",
            "tags: Token_Pruning",
            r"expected a list; write \[Token_Pruning\]",
        ),
        ("tags: [Token_Pruning, Pruning]", "tags: [Token_Merging]", "names both"),
        ("label: Merging", "label: PRUNING", "'PRUNING' names both 'pruning' and 'merging'; leave it with"),
        ("pruning: {", "none: {", "in queries mechanism:none asks for records without a term; give the term"),
        ("pruning: {", "unknown: {", "in queries mechanism:unknown asks for records without a term"),
        ("pruning: {", "Pru ning: {", "lower-case words"),
        ("pruning: {", "pruning: {colour: red, ", "colour"),
        ("label: Pruning", "label: ''", "label: is empty; every term needs it"),
        ("label: Pruning", r'label: "Token\nPruning"', "label: holds a line break; write it in one row"),
        ("label: Pruning", r'label: "\u202ePruning"', r"label: holds the invisible direction mark U\+202E"),
        ("tags: [Token_Pruning, Pruning]", "tags: [Token_Pruning, '']", "tags.1: is empty; delete it"),
        ("tags: [Token_Pruning, Pruning]", "tags: ['--']", "found '--', expected a word with a letter or"),
        ("pruning: {", "pruning: {examples: [FastV, Merging], ", "it is one of 'merging'; delete it here"),
        ("pruning: {", "pruning: {examples: ['--'], ", "examples: found '--', expected a word with a letter"),
        ("pruning: {", "pruning: {asked: [Merging], ", "asked: found 'Merging', expected no name of a term"),
        (
            "caching: {",
            "caching: {asked: [Token merging], ",
            "which is a tag of 'merging'; delete it here, and",
        ),
        (
            "pruning: {",
            "pruning: {broader: cutting, ",
            "broader: found 'cutting', expected another term of",
        ),
        (
            "pruning: {",
            "pruning: {broader: pruning, ",
            "broader: found 'pruning', expected another term of",
        ),
    ],
)
def test_a_wrong_term_is_named_with_file_and_line(
    mini: Path, before: str, after: str, complaint: str
) -> None:
    path = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(CatalogError, match=rf"mechanisms\.yaml:\d+: .*{complaint}"):
        Vocabulary.load(path.parent)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'  '", "is empty; every term needs it"),
        ("|\n    Tokens go.\n    Others stay.", "holds a line break"),
    ],
)
def test_a_definition_is_a_text_of_one_row_however_the_file_folds_it(
    mini: Path, text: str, said: str
) -> None:
    path = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    path.write_text(f"pruning:\n  label: Pruning\n  definition: {text}\n")
    with pytest.raises(CatalogError, match=rf"mechanisms\.yaml:3: term 'pruning': definition: {said}"):
        Vocabulary.load(path.parent)
    path.write_text("pruning:\n  label: Pruning\n  definition: >\n    Tokens go,\n    and stay away.\n")
    assert Vocabulary.load(path.parent)["mechanism"]["pruning"].definition == "Tokens go, and stay away."


@pytest.mark.parametrize(
    ("broader", "circle"),
    [
        ({"a": "b", "b": "a"}, "a < b < a"),
        ({"d": "a", "a": "b", "b": "c", "c": "a"}, "a < b < c < a"),
    ],
)
def test_no_term_is_broader_than_itself(mini: Path, broader: Mapping[str, str], circle: str) -> None:
    path = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    rows = [f"{key}: {{label: {key}, definition: A term., broader: {wide}}}" for key, wide in broader.items()]
    path.write_text("\n".join(rows))
    with pytest.raises(CatalogError, match=rf"mechanisms\.yaml:1: .* goes round in a circle \({circle}\)"):
        Vocabulary.load(path.parent)


@pytest.mark.parametrize(
    ("brings", "complaint"),
    [
        ("{criterion: attenton}", "2: .*: 'attenton' is no term of 'criterion'; did you mean 'attention'"),
        ("{task: zzz}", "2: .*: 'zzz' is no term of 'task'; its terms are in papers/vocabulary/tasks.yaml"),
        ("{tasks: zzz}", "2: .*: 'tasks' is no field with terms; did you mean 'task'"),
        ("{title: zzz}", "2: .*: 'title' is no field with terms; fields with terms are kind, domain, "),
        (
            "{mechanism: merging}",
            "2: .*: 'mechanism' is the field of the term itself; write broader: merging",
        ),
        ("{kind: none}", "2: .*: found 'none', but every record has a kind; name its terms"),
        ("{task: []}", "2: .*: brings.task: names no term; write one, or"),
        ("{task: {a: b}}", "2: .*: brings.task: names no term; write one, or"),
        ("[task]", "2: .*: brings: names no field; write {field: term}"),
        ("{}", "2: .*: brings: names no field; write {field: term}"),
    ],
)
@pytest.mark.parametrize("key", ["pruning", "none"])
def test_what_a_term_brings_is_a_term_of_another_field(
    mini: Path, key: str, brings: str, complaint: str
) -> None:
    path = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    says = "" if key == "none" else ", label: Pruning, definition: Tokens go."
    path.write_text(f"# Mechanisms\n{key}: {{brings: {brings}{says}}}\n")
    with pytest.raises(CatalogError, match=rf"mechanisms\.yaml:{complaint}"):
        Vocabulary.load(path.parent)


def test_a_field_that_no_record_is_without_says_nothing_of_records_without_a_term(mini: Path) -> None:
    path = mini / "papers" / "vocabulary" / "venues.yaml"
    with path.open("a", encoding="utf-8") as venues:
        venues.write("none: {brings: {task: none}}\n")
    with pytest.raises(CatalogError, match=r"venues\.yaml:\d+: .*give the term another key"):
        Vocabulary.load(path.parent)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- pruning\n", "1: found a list, expected 'a-term:' with its label and definition below"),
        ("pruning: Pruning\n", "1: term 'pruning': found text, expected label, definition and so on"),
        ("pruning: {label: 'Pruning}\n", "1:18: the quote that opens here is never closed; add '"),
    ],
)
def test_a_file_that_holds_no_terms_says_what_it_holds_and_what_was_expected(
    mini: Path, text: str, complaint: str
) -> None:
    path = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    path.write_text(text)
    with pytest.raises(CatalogError) as caught:
        Vocabulary.load(path.parent)
    assert str(caught.value).startswith(f"papers/vocabulary/mechanisms.yaml:{complaint}")


def test_a_missing_file_is_named(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "tasks.yaml").unlink()
    with pytest.raises(CatalogError, match=r"tasks\.yaml: not found"):
        Vocabulary.load(mini / "papers" / "vocabulary")


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("codes.yaml", "terms are in criteria.yaml, domains.yaml, "),
        ("task.yaml", "did you mean tasks.yaml? Rename, move or delete it"),
        ("criteria.yml", "did you mean criteria.yaml? "),
    ],
)
def test_a_file_of_no_field_is_refused_and_not_ignored(mini: Path, file: str, advice: str) -> None:
    (mini / "papers" / "vocabulary" / file).write_text("a-term: {label: A, definition: A term.}\n")
    with pytest.raises(CatalogError) as caught:
        Vocabulary.load(mini / "papers" / "vocabulary")
    start = f"papers/vocabulary/{file}:1: no field of a record has its terms in this file; {advice}"
    assert str(caught.value).startswith(start)


def test_folding_keeps_letters_and_digits_of_every_script() -> None:
    assert fold("Δ-DiT: Größe ½") == "δditgrosse12"
