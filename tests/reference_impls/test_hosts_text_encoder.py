"""Methods inside the layers of a text encoder."""

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.ltp import LTP


@pytest.mark.parametrize("build", ["bert", "bert with a head"])
def test_checkpoints_compute_the_same_gradients_in_a_text_encoder(build):
    ids = torch.randint(3, 90, (2, 40), generator=torch.Generator().manual_seed(0))
    mask = (torch.arange(40) < torch.tensor([[40], [31]])).long()
    gradients, shapes, counts = [], [], []
    for checkpoints in (False, True):
        model = small_models.bert()
        if build != "bert":
            config = model.config
            model = small_models.build(lambda config=config: transformers.BertForTokenClassification(config))
        if checkpoints:
            model.gradient_checkpointing_enable()
        model.train()  # with dropout, which both draw alike
        torch.manual_seed(1)
        with attach(LTP(), model) as attached:
            output = model(input_ids=ids, attention_mask=mask)[0]
            output.square().mean().backward()
            counts.append([(layer, reduction.counts.tolist()) for layer, reduction in attached.reductions])
        shapes.append(output.shape)
        gradients.append(
            torch.cat([weight.grad.flatten() for weight in model.parameters() if weight.grad is not None])
        )
    assert shapes[0][1] < 40
    assert shapes[0] == shapes[1]
    assert counts[0] == counts[1]
    assert torch.allclose(*gradients, atol=1e-5)


def test_a_second_method_in_a_text_encoder_is_refused():
    model = small_models.bert()
    with attach(LTP(), model), pytest.raises(ValueError, match="second method"), attach(LTP(), model):
        pass
    assert "followed_by" not in vars(model.encoder.layer)
