"""Methods inside denoisers: the whole image at every step."""

import pytest
import torch

from reference_impls import attach, load_method, load_methods
from reference_impls.hosts import small_models
from reference_impls.methods.tomesd import ToMeSD
from tests.reference_impls.situations import instance

STEP = [name for name, method in load_methods().items() if method.stage == "diffusion-step"]


def _latents():
    return torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(4))


def _denoise(model, timestep=5):
    with torch.no_grad():
        if hasattr(model, "pos_embed"):
            classes = torch.tensor([1, 2])
            return model(_latents(), timestep=torch.tensor([timestep]), class_labels=classes).sample
        words = torch.randn(2, 7, 32, generator=torch.Generator().manual_seed(6))
        return model(_latents(), timestep, encoder_hidden_states=words).sample


DENOISERS = {"dit": small_models.dit, "unet": small_models.unet}


@pytest.mark.parametrize("denoiser", DENOISERS)
@pytest.mark.parametrize("name", STEP)
def test_denoising_methods_return_full_images_at_every_step(denoiser, name):
    model = DENOISERS[denoiser]()
    with attach(instance(load_method(name), width=32), model, steps=4):
        for timestep in (9, 7, 5, 3):
            image = _denoise(model, timestep)
            assert image.shape == (2, 4, 16, 16)
            assert bool(image.isfinite().all())
    untouched = _denoise(model)
    assert torch.equal(_denoise(model), untouched)


@pytest.mark.parametrize("name", STEP)
def test_blocks_without_self_attention_are_refused_to_methods_that_act_by_it(name):
    model = small_models.unet(self_attention=False)
    method = instance(load_method(name), width=32)
    if name in ("toca", "todo"):
        with pytest.raises(ValueError, match="only_cross_attention=True"), attach(method, model):
            pass
        return
    with attach(method, model, steps=4):
        assert _denoise(model).shape == (2, 4, 16, 16)


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_tomesd_merges_only_at_the_finest_resolution_and_nothing_at_keep_one(denoiser):
    model = DENOISERS[denoiser]()
    untouched = _denoise(model)
    with attach(ToMeSD(keep=1), model):
        assert torch.allclose(_denoise(model), untouched, atol=1e-5)
    with attach(ToMeSD(keep=0.5), model) as attached:
        _denoise(model)
    finest = 64 if denoiser == "dit" else 256
    assert {reduction.tokens.shape[1] for _, reduction in attached.reductions} == {finest // 2}


def test_tomesd_draws_new_destinations_at_every_step_and_the_same_in_every_run():
    model = small_models.dit()

    def positions():
        seen = []
        with attach(ToMeSD(), model) as attached:
            for timestep in (9, 5):
                _denoise(model, timestep)
                seen.append(attached.reductions[0][1].position)
        return seen

    first, second = positions()
    assert not torch.equal(first, second)
    assert torch.equal(first, positions()[0])
