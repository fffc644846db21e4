"""Methods inside the layers of text encoders."""

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.avit import AViT
from reference_impls.methods.ltp import LTP


@pytest.mark.parametrize("mask", [None, "padded"])
def test_text_encoders_shorten_after_attention(mask):
    model = small_models.bert()
    ids = torch.randint(3, 90, (2, 20), generator=torch.Generator().manual_seed(0))
    given = torch.ones_like(ids)
    if mask:
        given[1, 14:] = 0
    with torch.no_grad():
        untouched = model(input_ids=ids, attention_mask=given).last_hidden_state
        with attach(RandomPruning(keep=1, layer=1), model, stage="encoder-layer"):
            same = model(input_ids=ids, attention_mask=given).last_hidden_state
        with attach(RandomPruning(keep=0.5, layer=1), model, stage="encoder-layer") as attached:
            shorter = model(input_ids=ids, attention_mask=given).last_hidden_state
    real = given.bool() if mask else torch.ones_like(ids, dtype=torch.bool)
    assert torch.allclose(same[:, 0], untouched[:, 0], atol=1e-5)
    assert shorter.shape[1] < 20
    assert bool(attached.total().dropped[~real].all())


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "Electra", "LayoutLM"])
def test_dropping_from_a_text_encoder_equals_masking(kind):
    settings = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4}
    config = getattr(transformers, f"{kind}Config")(**settings, vocab_size=128, initializer_range=0.2)
    model = small_models.build(lambda: getattr(transformers, f"{kind}Model")(config))
    ids = torch.randint(3, 90, (1, 40), generator=torch.Generator().manual_seed(0))
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with torch.no_grad():
        with attach(RandomPruning(keep=0.5, layer=1), model, stage="encoder-layer") as attached:
            shorter = model(**given).last_hidden_state
        kept = attached.total().kept[0]
        hidden = torch.zeros(1, 1, 1, 40).masked_fill(~kept, torch.finfo(torch.float32).min)
        for layer in model.encoder.layer[2:]:
            layer.register_forward_pre_hook(
                lambda _, args, kwargs: ((args[0], hidden, *args[2:]), kwargs), with_kwargs=True
            )
        assert torch.allclose(model(**given).last_hidden_state[:, kept], shorter, atol=1e-5)


def test_a_text_encoder_refuses_methods_that_act_before_or_after_a_layer():
    with (
        pytest.raises(ValueError, match="acts after block"),
        attach(AViT(), small_models.bert(), stage="encoder-layer"),
    ):
        pass


def test_an_encoder_that_attends_within_windows_is_refused_as_such():
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.LongformerConfig(**sizes, vocab_size=128, attention_window=8)
    model = small_models.build(lambda: transformers.LongformerModel(config))
    with (
        pytest.raises(ValueError, match="LongformerModel attends within windows"),
        attach(LTP(), model),
    ):
        pass
