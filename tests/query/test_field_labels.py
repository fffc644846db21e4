"""A field is asked for by its label, too, and messages call it so where the catalogue named it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.query import QueryError, from_fields, parse
from catalog.query.fields import shown_name
from catalog.vocabulary import Vocabulary


def labelled(mini: Path, labels: str) -> Vocabulary:
    with (mini / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write(f"labels: {{{labels}}}\n")
    return Catalogue.load(mini).vocabulary


@pytest.mark.parametrize(
    "typed", ["noise-model", "Noise_Model", "noisemodel", "noise-models", "criterion", "criteria"]
)
def test_a_label_is_read_as_the_field_s_name(mini: Path, typed: str) -> None:
    vocabulary = labelled(mini, "criterion: Noise model")
    assert str(parse(f"-{typed}:attention", vocabulary)) == "-criterion:attention"
    assert from_fields({typed: "attention"}, vocabulary) == parse("criterion:attention", vocabulary)


def test_a_label_may_have_other_letters_and_no_other_word_with_such_is_taken_for_a_field(mini: Path) -> None:
    vocabulary = labelled(mini, "criterion: Critère")
    for typed in ("critère", "Critere", "CRITÈRES"):
        assert str(parse(f"{typed}:attention", vocabulary)) == "criterion:attention"
    assert str(parse("étude:attention", vocabulary)) == "etude-attention"


def test_the_engine_s_own_labels_are_read_as_well(mini: Path) -> None:
    vocabulary = Catalogue.load(mini).vocabulary
    assert str(parse("learned-weights:yes kind-of-paper:survey", vocabulary)) == (
        "parametric:true kind:survey"
    )
    assert str(from_fields({"learned_weights": False}, vocabulary)) == "parametric:false"
    assert shown_name("parametric", vocabulary) == "parametric"


def test_a_field_s_own_name_goes_before_the_label_of_another(mini: Path) -> None:
    vocabulary = labelled(mini, "criterion: Task, task: Work")
    assert str(parse("task:vqa", vocabulary)) == "task:visual-question-answering"
    assert shown_name("criterion", vocabulary) == "criterion", "task:attention would be the other field"
    (mini / "papers" / "vocabulary" / "tasks.yaml").write_text("")
    assert str(parse("task:attention", Catalogue.load(mini).vocabulary)) == "criterion:attention"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("criterion:atention", "'atention' is no noise-model; did you mean noise-model:attention?"),
        ("noise-modle:x", "there is no field 'noise-modle'; did you mean 'noise-model'?"),
        ("criterio:x", "there is no field 'criterio'; did you mean 'noise-model'?"),
        ("zzz:x", "Fields are author, domain, gpu-layer, venue, year and others."),
    ],
)
def test_messages_call_a_field_as_the_catalogue_does(mini: Path, query: str, says: str) -> None:
    vocabulary = labelled(mini, "criterion: Noise model, mechanism: GPU layer")
    with pytest.raises(QueryError) as caught:
        parse(query, vocabulary)
    assert says in str(caught.value)


def test_a_field_without_terms_is_no_field(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "training.yaml").write_text("")
    with pytest.raises(QueryError, match="there is no field 'training'"):
        parse("training:free", Catalogue.load(mini).vocabulary)
