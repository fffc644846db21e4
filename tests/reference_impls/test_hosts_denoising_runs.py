"""Where one run of a denoiser ends and the next begins: nothing of one image gets into another."""

import warnings
import weakref

import pytest
import torch

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.fora import FORA
from reference_impls.methods.t_gate import TGATE
from reference_impls.methods.tomesd import ToMeSD

WRAPPED = 12  # modules of the small U-Net that FORA is around


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _step(model, timestep, image=0, words=0, rows=1, side=16):
    with torch.no_grad():
        latents, text = _random(rows, 4, side, side, seed=image), _random(rows, 7, 32, seed=words)
        return model(latents, timestep, encoder_hidden_states=text).sample


def _run(model, image=0, words=0, timesteps=(981, 961, 941, 921)):
    return [_step(model, timestep, image, words) for timestep in timesteps]


@pytest.mark.parametrize(
    "other", [{"words": 6}, {"rows": 2}, {"side": 24}], ids=["text", "batch", "size of the image"]
)
def test_another_image_at_a_lower_timestep_is_a_new_run(other):
    """As when a run is interrupted and the next one starts from an image and not from noise."""
    model = small_models.unet()
    alone = _step(model, 601, image=5, **other)
    with attach(FORA(), model) as attached:
        _run(model)
        assert torch.equal(_step(model, 601, image=5, **other), alone)
    assert [step for step, *_ in attached.computed] == [0] * WRAPPED


def test_a_new_run_can_be_said_where_it_cannot_be_seen():
    model = small_models.unet()
    alone = _step(model, 601, image=5)
    with attach(FORA(), model) as attached:
        _run(model)
        attached.new_run()
        assert not attached.computed
        assert torch.equal(_step(model, 601, image=5), alone)


def test_a_run_that_begins_anew_at_its_first_timestep_remembers_nothing():
    model = small_models.unet()
    with attach(FORA(), model):
        alone = _run(model, image=1)
    with attach(FORA(), model):
        _step(model, 981, image=0)
        assert all(map(torch.equal, _run(model, image=1), alone))


def test_runs_of_one_step_each_are_reported_one_by_one():
    model = small_models.unet()
    with attach(FORA(), model) as attached:
        for image in range(5):
            _step(model, 999, image)
            assert len(attached.computed) == WRAPPED


def test_guidance_in_two_calls_remembers_each_by_its_text_in_any_order():
    model = small_models.unet()
    with attach(FORA(), model):
        with_text = _run(model, words=1)
    with attach(FORA(), model):
        without = _run(model, words=2)
    with attach(FORA(), model) as attached:
        for number, timestep in enumerate((981, 961, 941, 921)):
            for words, alone in ((1, with_text), (2, without))[:: 1 if number % 2 else -1]:
                assert torch.equal(_step(model, timestep, words=words), alone[number])
    assert {step for step, *_ in attached.computed} == {0, 1, 2, 3}


def test_guidance_that_ends_early_goes_on_with_the_half_that_is_left():
    model = small_models.unet()
    with attach(FORA(), model):
        alone = _run(model, words=2)
    with attach(FORA(), model):
        for number, timestep in enumerate((981, 961, 941, 921)):
            if number < 2:
                _step(model, timestep, words=1)
            assert torch.equal(_step(model, timestep, words=2), alone[number])


def test_a_sampler_with_two_evaluations_a_step_is_in_one_run():
    """Heun's timesteps after the first come twice, and the second call has other latents."""
    model, interval = small_models.unet(), 3
    with attach(FORA(interval), model) as attached:
        for number, timestep in enumerate((981, 961, 961, 941, 941, 921, 921)):
            _step(model, timestep, image=number)
    assert {step for step, *_ in attached.computed} == {0, 1, 2, 3}


def test_tgate_goes_on_with_one_half_of_a_guided_batch_and_others_begin_anew():
    model = small_models.unet()
    latents, words = _random(1, 4, 16, 16), _random(2, 7, 32)
    for method, steps in ((TGATE(gate=2, guided=True), {0, 1, 2, 3}), (FORA(), {0, 1})):
        with attach(method, model) as attached, torch.no_grad():
            for number, timestep in enumerate((981, 961, 941, 921)):
                rows = slice(None) if number < 2 else slice(1, None)
                given = latents.expand(len(words[rows]), -1, -1, -1)
                made = model(given, timestep, encoder_hidden_states=words[rows]).sample
                assert made.shape == given.shape
        assert {step for step, *_ in attached.computed} == steps


def test_a_changed_buffer_is_seen_although_it_is_the_same_tensor():
    model = small_models.unet()
    latents, words = _random(1, 4, 16, 16), _random(1, 7, 32)
    with attach(FORA(), model) as attached, torch.no_grad():
        model(latents, 981, encoder_hidden_states=words)
        words.copy_(_random(1, 7, 32, seed=3))
        model(latents, 961, encoder_hidden_states=words)
    assert {step for step, *_ in attached.computed} == {0}


def test_classes_tell_runs_apart_as_text_does():
    model, latents = small_models.dit(), _random(1, 4, 16, 16)
    with attach(FORA(), model) as attached, torch.no_grad():
        for timestep, label in ((900, 1), (800, 1), (700, 2)):
            model(latents, timestep=torch.tensor([timestep]), class_labels=torch.tensor([label]))
    assert {step for step, *_ in attached.computed} == {0}


def test_what_went_into_a_block_is_let_go_when_the_block_is_done():
    model, given = small_models.unet(), []
    for module in model.modules():
        if hasattr(module, "attn1"):
            module.register_forward_pre_hook(lambda _, args: given.append(weakref.ref(args[0])))
    with attach(ToMeSD(), model):
        _step(model, 500)
        assert given
        assert not any(reference() is not None for reference in given)


def test_a_sampler_whose_timestep_rises_is_warned_of_once():
    """As KDPM2AncestralDiscreteScheduler's does, after which what was remembered is lost."""
    model = small_models.unet()
    with (
        attach(FORA(), model),
        pytest.warns(RuntimeWarning, match=r"rose from 554 to 555.*remembers") as said,
    ):
        _run(model, timesteps=(999, 777, 554, 555, 444, 445))
    assert len(said) == 1


@pytest.mark.parametrize(
    "later",
    [{"timesteps": (999, 777)}, {"timesteps": (600, 400), "words": 4}, {"timesteps": (500, 400)}],
    ids=["from the start", "another text", "falling on"],
)
def test_a_plain_new_run_is_not_warned_of(later):
    model = small_models.unet()
    with attach(FORA(), model), warnings.catch_warnings():
        warnings.simplefilter("error")
        _run(model, timesteps=(999, 777, 554))
        _run(model, **later)


def test_methods_that_remember_nothing_and_runs_that_are_said_to_be_new_are_not_warned_of():
    model = small_models.unet()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with attach(ToMeSD(), model):
            _run(model, timesteps=(999, 554, 555))
        with attach(FORA(), model) as attached:
            _run(model, timesteps=(999, 554))
            attached.new_run()
            _run(model, timesteps=(777, 600))
