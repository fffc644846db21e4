"""Denoisers whose attention is not at full resolution: methods made for large images say so instead of doing
nothing.
"""

import pytest
import torch

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.todo import ToDo
from reference_impls.methods.tomesd import ToMeSD


def _like_sdxl():
    """A U-Net whose first and last blocks are convolutions only."""
    return small_models.unet(attends=(False, True))


def _step(model):
    generator = torch.Generator().manual_seed(0)
    latents, text = torch.randn(1, 4, 16, 16, generator=generator), torch.randn(1, 7, 32, generator=generator)
    with torch.no_grad():
        return model(latents, 900, encoder_hidden_states=text).sample


@pytest.mark.parametrize("method", [ToMeSD, ToDo])
def test_a_method_for_large_images_refuses_a_model_that_attends_to_small_ones(method):
    model = _like_sdxl()
    advice = (
        rf"acts on none of this model's 4 blocks.*2 times smaller, as in SDXL; {method.__name__}\(max_downsam"
    )
    with attach(method(), model), pytest.raises(ValueError, match=advice):
        _step(model)
    untouched = _step(model)
    with attach(method(max_downsample=2), model) as attached:
        assert not torch.equal(_step(model), untouched)
    assert len(attached.reductions) == 4


@pytest.mark.parametrize("method", [ToMeSD, ToDo])
def test_a_model_that_attends_to_large_images_too_is_shortened_there_alone(method):
    model = small_models.unet()
    with attach(method(), model) as attached:
        _step(model)
    assert {reduction.source.shape[1] for _, reduction in attached.reductions} == {16 * 16}
