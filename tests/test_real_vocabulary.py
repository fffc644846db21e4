"""The vocabulary in ``papers/``: every term is defined, every tag has one meaning."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import get_args

import pytest

from catalog.catalogue import load_vocabulary
from catalog.record import Kind, Training
from catalog.vocabulary import PublishedList, Term, Venue, Vocabulary, fold
from tests.conftest import REPOSITORY

TAGS = [
    # What published lists write, whatever colour they give it, and what it means.
    ("Token_Merging", "mechanism", "merging"),
    ("Purning", "mechanism", "pruning"),
    ("Drop--and--Restore", "mechanism", "restoration"),
    ("Early_Existing", "mechanism", "skipping"),
    ("Similarity--based", "criterion", "similarity"),
    ("Attention_Based", "criterion", "attention"),
    ("Most--used", "criterion", "attention"),
    ("Learnable_Mechanism", "criterion", "learned-predictor"),
    ("Matrix_Entropy", "criterion", "entropy"),
    ("Self--Information", "criterion", "perplexity"),
    ("VQA", "task", "visual-question-answering"),
    ("Marchine_Reading_Comprehension", "task", "question-answering"),
    ("Sequence--leval_Classification", "task", "text-classification"),
    ("Text2Image", "task", "text-to-image"),
    ("Training_Free", "training", "free"),
    ("W./W.o._Training", "training", "both"),
    ("Parametric", "parametric", "true"),
    ("Non_parametric", "parametric", "false"),
    ("Generation", "setting", "generation"),
    ("KV_Caching_Compression", "keywords", "kv-cache"),
    ("KV_Cache_Compression", "keywords", "kv-cache"),
    ("Token_Recycling", "keywords", "speculative-decoding"),
    ("Survey", "kind", "survey"),
    ("NIPS", "venue", "NeurIPS"),
    ("Fingdings of ACL", "venue", "Findings of ACL"),
    ("NeurIPSw", "venue", "NeurIPSW"),
    ("ES-FoMo-II", "venue", "ICMLW"),
    ("SUSTAINLP", "venue", "SustaiNLP"),
    ("TCASI", "venue", "TCAS-I"),
]

HEADINGS_OF_TWO_FIELDS = {
    "Vit": ["domain", "setting"],
    "VLM": ["domain", "setting"],
    "Vision-Language Model": ["domain", "setting"],
}
"""Headings of lists that say something of two fields; a new one is a decision, not an accident."""

NOT_TERMS = [
    "Token_Reduction",
    "Token_Compression",
    "Downstream_Application",
    "Importance_Based",
    "Policy",
    "Exploration",
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(REPOSITORY)


def every_term(vocabulary: Vocabulary) -> Iterator[tuple[str, Term]]:
    for name in vocabulary.fields:
        for term in vocabulary[name].values():
            yield name, term


def test_every_definition_is_one_sentence(vocabulary: Vocabulary) -> None:
    sentence = re.compile(r"[A-Z0-9][^.!?]*(?:\.\d[^.!?]*)*\.")
    wrong = [
        f"{name}: {term.key}: {term.definition}"
        for name, term in every_term(vocabulary)
        if name != "venue" and not sentence.fullmatch(term.definition)
    ]
    assert wrong == []


def test_a_venue_is_defined_by_its_full_name(vocabulary: Vocabulary) -> None:
    wrong = [key for key, venue in vocabulary["venue"].items() if venue.definition.endswith((".", ","))]
    assert wrong == []


def test_no_tag_of_a_list_means_terms_of_two_fields_by_accident(vocabulary: Vocabulary) -> None:
    fields: dict[str, list[str]] = defaultdict(list)
    for name, term in every_term(vocabulary):
        for tag in term.tags:
            fields[tag].append(name)
    assert {tag: names for tag, names in fields.items() if len(names) > 1} == HEADINGS_OF_TWO_FIELDS


def test_no_name_of_a_term_is_a_name_of_a_term_of_another_field(vocabulary: Vocabulary) -> None:
    """Who types it means one of them; "both" answers two questions. The tags of lists may be wider."""
    meanings: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, term in every_term(vocabulary):
        for word in (term.key, term.label, *term.aliases):
            meanings[fold(word).removesuffix("s")].add((name, term.key))
    clashes = {word: terms for word, terms in meanings.items() if len(terms) > 1}
    assert clashes == {"both": {("training", "both"), ("parametric", "both")}}


def test_no_example_is_a_name_of_a_term(vocabulary: Vocabulary) -> None:
    names = {
        fold(word) for _, term in every_term(vocabulary) for word in (term.key, term.label, *term.aliases)
    }
    for _, term in every_term(vocabulary):
        assert len({fold(one) for one in term.examples}) == len(term.examples), term.key
        assert not names & {fold(one) for one in term.examples}, term.key


def test_no_alias_is_written_twice(vocabulary: Vocabulary) -> None:
    """Hyphens and case make no new alias; a space does, for titles are searched for phrases."""
    for _, term in every_term(vocabulary):
        words = [" ".join(re.findall(r"\w+", word.lower())) for word in (term.label, *term.aliases)]
        assert len(set(words)) == len(words), term.key


@pytest.mark.parametrize(("tag", "name", "key"), TAGS)
def test_a_tag_of_a_published_list_means_its_term(
    vocabulary: Vocabulary, tag: str, name: str, key: str
) -> None:
    assert list(vocabulary.fields_of(tag)) == [(name, key)]


@pytest.mark.parametrize("tag", NOT_TERMS)
def test_a_tag_that_says_nothing_is_no_term(vocabulary: Vocabulary, tag: str) -> None:
    assert list(vocabulary.fields_of(tag)) == []


def test_the_record_and_the_vocabulary_name_the_same_choices(vocabulary: Vocabulary) -> None:
    assert tuple(vocabulary["kind"]) == get_args(Kind)
    assert tuple(vocabulary["training"]) == get_args(Training)
    assert list(vocabulary["parametric"]) == ["true", "false", "both"]
    assert list(vocabulary["setting"]) == ["understanding", "generation"]


def test_findings_and_workshops_are_not_their_main_conference(vocabulary: Vocabulary) -> None:
    for key, venue in vocabulary["venue"].items():
        assert isinstance(venue, Venue)
        assert (venue.type == "findings") == ("Findings" in key), key
        assert (venue.type == "workshop") == ("Workshop" in venue.definition), key


def test_every_list_says_which_importer_reads_it(vocabulary: Vocabulary) -> None:
    for published in vocabulary["listed_in"].values():
        assert isinstance(published, PublishedList)
        assert published.dialect, published.key


@pytest.mark.parametrize(
    ("field", "word", "near"),
    [
        ("venue", "Foo", None),
        ("venue", "Nature", None),
        ("venue", "SIGGRAPH", None),
        ("keywords", "mergin", None),
        ("venue", "CVRP", "CVPR"),
        ("venue", "ECV", "ECCV"),
        ("criterion", "attn", "attention"),
        ("mechanism", "prunning", "pruning"),
        ("task", "segmentaton", "semantic-segmentation"),
    ],
)
def test_a_term_is_suggested_only_where_it_is_near(
    vocabulary: Vocabulary, field: str, word: str, near: str | None
) -> None:
    assert vocabulary.nearest(field, word) == near
