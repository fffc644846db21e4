"""Heads around a text encoder: those that give a result for each token's place are refused, known or not."""

import pytest
import torch
import transformers
from torch import nn

from reference_impls import attach, fitting
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": 100,
    "pad_token_id": 0,
}
REFUSED = (
    r"the head of {} gives a result for each token's place, and .* use the encoder without that head, {}"
)


def _model(name, kind=None):
    config = getattr(transformers, f"{kind or name.split('For')[0]}Config")(**SIZES)
    return small_models.build(lambda: getattr(transformers, name)(config))


def _ids(*shape):
    return torch.randint(5, 90, shape, generator=torch.Generator().manual_seed(0))


def _shortened(model):
    return attach(RandomPruning(keep=0.5, layer=1), model, stage="encoder-layer")


@pytest.mark.parametrize(
    ("model", "encoder"),
    [
        ("BertForQuestionAnswering", "bert"),
        ("BertForTokenClassification", "bert"),
        ("BertForMaskedLM", "bert"),
        ("BertForPreTraining", "bert"),
        ("BertLMHeadModel", "bert"),
        ("RobertaForTokenClassification", "roberta"),
        ("ElectraForPreTraining", "electra"),
        ("BigBirdForQuestionAnswering", "bert"),
        ("DPRReader", "span_predictor.encoder.bert_model"),
    ],
)
def test_heads_that_give_a_result_for_each_place_are_refused_when_attached(model, encoder):
    kind = {"BertLMHeadModel": "Bert", "DPRReader": "DPR"}.get(model)
    with (
        pytest.raises(ValueError, match=REFUSED.format(model, rf"model\.{encoder}, or")),
        _shortened(_model(model, kind)),
    ):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "BertForSequenceClassification",
        "BertForNextSentencePrediction",
        "RobertaForSequenceClassification",
        "ElectraForSequenceClassification",
        "DPRQuestionEncoder",
        "BertModel",
    ],
)
def test_heads_for_the_text_as_a_whole_and_bare_encoders_are_shortened(name):
    kind = {"DPRQuestionEncoder": "DPR", "BertModel": "Bert"}.get(name)
    model, ids = _model(name, kind), _ids(2, 30)
    with _shortened(model) as attached, torch.no_grad():
        output = model(ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
    assert attached.total().tokens.shape[1] < 30
    assert all(
        bool(result.isfinite().all()) for result in output.values() if isinstance(result, torch.Tensor)
    )


def test_a_classifier_of_as_many_classes_as_tokens_stay_is_shortened():
    config = transformers.BertConfig(**SIZES, num_labels=15)
    model = small_models.build(lambda: transformers.BertForSequenceClassification(config))
    with _shortened(model) as attached, torch.no_grad():
        assert model(_ids(2, 30), labels=torch.tensor([3, 4])).logits.shape == (2, 15)
    assert attached.total().tokens.shape[1] == 15


def test_a_head_that_reads_several_texts_at_once_is_tried_with_the_first_runs_inputs():
    model = _model("BertForMultipleChoice")
    with _shortened(model), torch.no_grad():
        assert model(_ids(2, 3, 30)).logits.shape == (2, 3)


def test_a_head_that_looks_for_its_answer_at_a_place_is_refused_before_its_first_run():
    model, ids = _model("VisualBertForQuestionAnswering"), _ids(2, 30)
    with (
        _shortened(model),
        pytest.raises(ValueError, match=REFUSED.format(type(model).__name__, r"model\.visual_bert, or")),
    ):
        model(input_ids=ids, attention_mask=torch.ones_like(ids))


class _Tagger(transformers.BertPreTrainedModel):
    """A head that nobody listed, which also needs something else than token ids."""

    def __init__(self, config):
        super().__init__(config)
        self.inside, self.tags = transformers.BertModel(config), nn.Linear(config.hidden_size, 3)
        self.pooled = False
        self.post_init()

    def forward(self, words, scale, labels=None):
        tokens = self.inside(words).last_hidden_state * scale
        logits = self.tags(tokens.mean(dim=1) if self.pooled else tokens)
        loss = (
            None if labels is None else nn.functional.cross_entropy(logits.flatten(0, -2), labels.flatten())
        )
        return logits if loss is None else (loss, logits)


@pytest.mark.parametrize("labels", [None, torch.zeros(2, 30, dtype=torch.long)], ids=["logits", "loss"])
def test_an_unknown_head_of_places_is_refused_before_its_first_run(labels):
    model = small_models.build(lambda: _Tagger(transformers.BertConfig(**SIZES)))
    with _shortened(model), torch.no_grad():
        for _ in range(2):
            with pytest.raises(ValueError, match=REFUSED.format("_Tagger", r"model\.inside, or")):
                model(_ids(2, 30), 2.0, labels)


def test_an_unknown_head_for_the_text_as_a_whole_is_shortened():
    model = small_models.build(lambda: _Tagger(transformers.BertConfig(**SIZES)))
    model.pooled = True
    with _shortened(model) as attached, torch.no_grad():
        assert model(_ids(2, 30), 2.0).shape == (2, 3)
    assert attached.total().tokens.shape[1] == 15


def test_inputs_that_a_head_cannot_be_tried_with_are_named_with_what_went_wrong():
    model = small_models.build(lambda: _Tagger(transformers.BertConfig(**SIZES)))
    with (
        _shortened(model),
        pytest.raises(ValueError, match=r"could not be tried .*missing .*'scale'.*inside"),
    ):
        model(_ids(2, 30))


def test_trying_a_head_leaves_the_model_as_it_was():
    model = _model("BertForSequenceClassification").train()
    model.classifier.eval()
    before = [(name, set(vars(module)), module.training) for name, module in model.named_modules()]
    state = torch.get_rng_state()
    with _shortened(model):
        pass
    assert [(name, set(vars(module)), module.training) for name, module in model.named_modules()] == before
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_what_fits_a_model_follows_its_head(device):
    with torch.device(device):
        tagger = transformers.BertForTokenClassification(transformers.BertConfig(**SIZES))
        classifier = transformers.BertForSequenceClassification(transformers.BertConfig(**SIZES))
    assert "a result for each token's place, and it leaves fewer" in fitting(tagger).refused["ltp"]
    assert "ltp" in {fit.module for fit in fitting(classifier).fits}


def test_the_encoder_inside_a_head_may_be_shortened_by_itself():
    model, ids = _model("BertForTokenClassification"), _ids(1, 30)
    with _shortened(model.bert), torch.no_grad():
        assert model.bert(ids).last_hidden_state.shape[1] == 15
