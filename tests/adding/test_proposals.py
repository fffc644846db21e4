"""Tags are proposed for what authors say of their own work, each with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.adding import propose
from catalog.adding.proposals import own_part, sentences
from catalog.catalogue import Catalogue, load_vocabulary
from catalog.draft import Claim, Draft
from catalog.record import Paper
from tests.conftest import REPOSITORY

VOCABULARY = load_vocabulary(REPOSITORY)


def proposed(title: str = "", abstract: str = "") -> set[tuple[str, str]]:
    values = {"title": title, "abstract": abstract}
    draft = Draft({name: (Claim(text, "test"),) for name, text in values.items() if text})
    return {(proposal.field, proposal.key) for proposal in propose(draft, VOCABULARY)}


def test_a_title_that_names_its_mechanism_is_taken_at_its_word() -> None:
    assert ("mechanism", "pruning") in proposed("Training-Free Token Pruning for Vision-Language Models")
    assert ("training", "free") in proposed("Training-Free Token Pruning for Vision-Language Models")


@pytest.mark.parametrize(
    ("title", "term"),
    [
        ("Fast Diffusion Transformers", ("keywords", "diffusion-model")),
        ("Compressing Long Contexts", ("keywords", "long-context")),
        ("Fast State-Space Models", ("keywords", "state-space-model")),
        ("Fast VLMs", ("domain", "multimodal")),
        ("Faster Mamba", ("keywords", "state-space-model")),
        ("Patch-Wise Clustering of Image Tokens", ("mechanism", "clustering")),
        ("Clustering-Based Image Tokens", ("mechanism", "clustering")),
    ],
)
def test_a_title_suggests_plurals_and_names_of_one_word(title: str, term: tuple[str, str]) -> None:
    assert term in proposed(title)


@pytest.mark.parametrize(
    ("title", "term"),
    [
        ("Weight Pruning for Fast Inference", ("mechanism", "pruning")),
        ("Retrieval-Augmented Generation with Fewer Tokens", ("mechanism", "retrieval")),
        ("Memory-Efficient Inference", ("keywords", "memory")),
        ("Fast Vision Transformers", ("domain", "vision")),
        ("Pruning and Merging Image Patches", ("mechanism", "merging")),
        ("Is Pruning Enough?", ("mechanism", "pruning")),
    ],
)
def test_a_word_that_is_part_of_another_name_suggests_nothing(title: str, term: tuple[str, str]) -> None:
    assert term not in proposed(title)


@pytest.mark.parametrize(
    ("abstract", "term"),
    [
        ("It keeps the accuracy of LLaVA-1.5-7B with fewer tokens.", ("domain", "multimodal")),
        (
            "Existing methods fail. On MMBench and Video-MME ours does not.",
            ("task", "visual-question-answering"),
        ),
        (
            "Existing methods fail. On MMBench and Video-MME ours does not.",
            ("task", "video-question-answering"),
        ),
        ("Tested with DeiT-S on ImageNet-1K.", ("keywords", "vision-transformer")),
        ("Tested with LLaMA3 and GSM8k.", ("task", "mathematical-reasoning")),
        ("It speeds up PixArt-α.", ("keywords", "diffusion-model")),
        ("It speeds up PixArt-Alpha and U Net.", ("keywords", "diffusion-model")),
        ("It speeds up π0 and GR00T.", ("keywords", "vision-language-action")),
    ],
)
def test_models_and_benchmarks_that_an_abstract_names_suggest_what_covers_them(
    abstract: str, term: tuple[str, str]
) -> None:
    assert term in proposed("A Title", abstract)


@pytest.mark.parametrize(
    "abstract",
    [
        "In a latte of flux, the phone is mixtral.",  # words, and names without capitals
        "Tested on COCO.",  # which several tasks are tested on
        "Tested with MyLLaVA and my-DeiT.",
    ],
)
def test_what_may_be_no_name_or_that_of_several_terms_suggests_nothing(abstract: str) -> None:
    assert proposed("A Title", abstract) == set()


def test_what_is_suggested_for_the_records_here_is_mostly_what_they_say() -> None:
    """Measured with the titles of this catalogue, whose terms people chose: 1250 of 1306 were right."""
    suggested = [
        (name, key) in said
        for paper in Catalogue.load(REPOSITORY)
        if (said := terms_said_by(paper))
        for name, key in proposed(paper.title)
    ]
    assert len(suggested) > 1000
    assert sum(suggested) / len(suggested) > 0.94


def terms_said_by(paper: Paper) -> set[tuple[str, str]]:
    """The terms of a record's fields that a title may suggest; both kinds of training are either."""
    fields = ("domain", "setting", "mechanism", "keywords")
    training = {"both": ("free", "based")}.get(paper.training or "", (paper.training,))
    listed = {(name, key) for name in fields for key in getattr(paper, name) or ()}
    return listed | {("training", key) for key in training if key}


@pytest.mark.parametrize(
    "sentence",
    [
        "We propose a training-free token pruning method.",
        "In this paper, token pruning is made training-free.",
        "Our method performs training-free token pruning, unlike token merging.",
    ],
)
def test_what_authors_say_of_their_own_work_is_proposed(sentence: str) -> None:
    assert {("mechanism", "pruning"), ("training", "free")} <= proposed(abstract=sentence)
    assert ("mechanism", "merging") not in proposed(abstract=sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Existing methods use token pruning.",
        "Recent work has proposed token pruning.",
        "We compare our method with existing token pruning methods.",
        "We do without token pruning.",
        "We show that it works better than token pruning.",
        "Token pruning has been studied widely.",
        "Our approach is orthogonal to token pruning.",
    ],
)
def test_what_they_say_of_others_is_not(sentence: str) -> None:
    assert ("mechanism", "pruning") not in proposed(abstract=sentence)


@pytest.mark.parametrize("task", ["Video Editing", "Video Understanding", "Video Captioning"])
def test_a_task_of_videos_says_that_the_paper_is_about_videos(task: str) -> None:
    assert ("keywords", "video") in proposed(f"Fewer Tokens for {task}")


def test_each_proposal_shows_the_words_that_speak_for_it() -> None:
    abstract = f"{'Filler. ' * 20}We propose {'very ' * 40}simple token pruning {'and ' * 40}so on."
    draft = Draft({"abstract": (Claim(abstract, "test"),)})
    (proposal,) = [each for each in propose(draft, VOCABULARY) if each.field == "mechanism"]
    assert "token pruning" in proposal.reason
    assert len(proposal.reason) < 120
    said = "from 'token pruning' in the abstract"
    assert proposal.provenance(confirmed=True) == f"curator: confirmed {said}"
    assert proposal.provenance(confirmed=False) == f"curator: proposed {said}, taken unseen"


@given(st.text())
def test_sentences_lose_no_word(text: str) -> None:
    assert " ".join(" ".join(sentences(text)).split()) == " ".join(text.split())


@given(st.text())
def test_what_is_said_of_the_own_work_is_the_beginning_of_the_sentence(text: str) -> None:
    assert text.startswith(own_part(text))
