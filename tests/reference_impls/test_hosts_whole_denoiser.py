"""Methods around a denoiser as a whole: its latents and its prediction, whatever its blocks are."""

import inspect
from typing import ClassVar

import diffusers
import pytest
import torch

from reference_impls import attach, fitting
from reference_impls.hosts import small_models
from reference_impls.methods.fora import FORA
from reference_impls.methods.magcache import MagCache
from reference_impls.methods.t_gate import TGATE

TIMESTEPS = (900, 700, 500, 300)
HEADS = {"num_attention_heads": 2, "num_layers": 2, "in_channels": 4}


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _words():
    return {"encoder_hidden_states": _random(1, 7, 32, seed=1)}


def _wan():
    return small_models.wan(), {"hidden_states": _random(1, 4, 3, 8, 8), **_words()}


def _wan_from_an_image():
    """It is given 10 channels, of which the first 4 are the latents."""
    shape = {
        **HEADS,
        "attention_head_dim": 12,
        "out_channels": 4,
        "text_dim": 32,
        "freq_dim": 16,
        "ffn_dim": 64,
    }
    model = small_models.build(lambda: diffusers.WanTransformer3DModel(**{**shape, "in_channels": 10}))
    return model, {"hidden_states": _random(1, 10, 3, 8, 8), **_words()}


def _cogvideox():
    shape = {**HEADS, "attention_head_dim": 8, "out_channels": 4, "time_embed_dim": 8, "text_embed_dim": 32}
    sizes = {"sample_width": 8, "sample_height": 8, "sample_frames": 5, "max_text_seq_length": 7}
    model = small_models.build(lambda: diffusers.CogVideoXTransformer3DModel(**shape, **sizes))
    return model, {"hidden_states": _random(1, 2, 4, 8, 8), **_words()}


def _flux():
    shape = {
        **HEADS,
        "attention_head_dim": 16,
        "num_single_layers": 1,
        "joint_attention_dim": 32,
        "patch_size": 1,
    }
    model = small_models.build(
        lambda: diffusers.FluxTransformer2DModel(**shape, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8))
    )
    places = {"img_ids": torch.zeros(16, 3), "txt_ids": torch.zeros(7, 3)}
    return model, {
        "hidden_states": _random(1, 16, 4),
        **_words(),
        "pooled_projections": _random(1, 32),
        **places,
    }


def _sd3():
    shape = {**HEADS, "attention_head_dim": 8, "sample_size": 8, "joint_attention_dim": 32, "out_channels": 4}
    model = small_models.build(
        lambda: diffusers.SD3Transformer2DModel(**shape, caption_projection_dim=16, pooled_projection_dim=32)
    )
    return model, {
        "hidden_states": _random(1, 4, 8, 8),
        **_words(),
        "pooled_projections": _random(1, 32),
    }


DENOISERS = {
    "Wan": _wan,
    "Wan from an image": _wan_from_an_image,
    "CogVideoX": _cogvideox,
    "Flux": _flux,
    "SD3": _sd3,
}


def _at(inputs, timestep):
    """The latents of a step, which change a little from one to the next, and all else."""
    return {
        **inputs,
        "hidden_states": inputs["hidden_states"] + timestep / 1000,
        "timestep": torch.tensor([timestep]),
    }


def _run(model, inputs, **more):
    with torch.no_grad():
        return [model(**_at(inputs, timestep), **more) for timestep in TIMESTEPS]


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_a_method_around_the_whole_runs_whatever_the_blocks_are(denoiser):
    model, inputs = DENOISERS[denoiser]()
    untouched = [output.sample for output in _run(model, inputs)]
    assert "magcache" in {fit.module for fit in fitting(model).fits}
    with attach(MagCache(most=1, keep_first=0), model, steps=len(TIMESTEPS)) as attached:
        found = [output.sample for output in _run(model, inputs)]
    assert [bool(done) for *_, done, _ in attached.computed] == [True, False, True, False]
    assert all(torch.equal(found[step], untouched[step]) for step in (0, 2))
    for step in (1, 3):  # the latents are .2 smaller than in the step before
        torch.testing.assert_close(found[step], untouched[step - 1] - 0.2)
    places = attached.computed[0][-1]
    assert f"{2 * places} of {4 * places} tokens computed" in f"{attached}"
    assert all(
        torch.equal(one.sample, other) for one, other in zip(_run(model, inputs), untouched, strict=True)
    )


@pytest.mark.parametrize("denoiser", DENOISERS)
def test_a_prediction_that_is_not_computed_comes_in_the_models_own_form(denoiser):
    model, inputs = DENOISERS[denoiser]()
    with attach(MagCache(), model, steps=len(TIMESTEPS)):
        kinds = {type(output) for output in _run(model, inputs)}
        tuples = _run(model, inputs, return_dict=False)
    assert kinds == {type(_run(model, inputs)[0])}
    assert all(type(output) is tuple and len(output) == 1 for output in tuples)


def test_the_form_stays_the_same_in_a_run():
    model, inputs = _wan()
    with attach(MagCache(), model, steps=len(TIMESTEPS)), torch.no_grad():
        model(**_at(inputs, 900))
        with pytest.raises(ValueError, match="return_dict is False for the first time"):
            model(**_at(inputs, 700), return_dict=False)


def test_the_latents_may_be_given_by_their_place_and_the_signature_stays():
    model, inputs = _wan()
    signature = inspect.signature(model.forward)
    with attach(MagCache(), model, steps=len(TIMESTEPS)), torch.no_grad():
        assert inspect.signature(model.forward) == signature
        by_place = [
            model(inputs["hidden_states"], torch.tensor([timestep]), inputs["encoder_hidden_states"]).sample
            for timestep in TIMESTEPS
        ]
        by_name = [model(**{**inputs, "timestep": torch.tensor([timestep])}).sample for timestep in TIMESTEPS]
    assert all(map(torch.equal, by_place, by_name))
    assert "forward" not in vars(model)


@pytest.mark.parametrize("build", [small_models.vit, small_models.llama, small_models.bert])
def test_what_is_no_denoiser_is_told_so(build):
    with pytest.raises(ValueError, match="is no denoiser: the forward of those of diffusers takes latents"):
        attach(MagCache(), build(), steps=3).__enter__()


def test_a_denoiser_that_gives_more_than_a_prediction_is_refused():
    shape = {
        "block_out_channels": (16, 32),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "attention_head_dim": 4,
    }
    model = small_models.build(
        lambda: diffusers.ControlNetModel(
            **shape,
            cross_attention_dim=32,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        )
    )
    inputs = {
        "sample": _random(1, 4, 16, 16),
        "timestep": 3,
        **_words(),
        "controlnet_cond": _random(1, 3, 128, 128),
    }
    with (
        attach(MagCache(), model, steps=3),
        torch.no_grad(),
        pytest.raises(ValueError, match=r"ControlNetOutput of down_block_res_samples.* one prediction"),
    ):
        model(**inputs)


class _Around:
    needs: ClassVar[frozenset[str]] = frozenset()
    modules = ("denoiser",)

    def __init__(self, answer):
        self.around = lambda compute, latents, context: answer(compute, latents)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda compute, latents: latents, "computed nothing at a run's first step"),
        (
            lambda compute, latents: compute(latents)[:, :2],
            r"around gave \(1, 2, 3, 8, 8\), and .* \(1, 4, 3, 8",
        ),
        (lambda compute, latents: (compute(latents),), "around gave a tuple"),
    ],
)
def test_what_is_no_prediction_is_refused(answer, said):
    model, inputs = _wan()
    with (
        attach(_Around(answer), model, stage="diffusion-step"),
        torch.no_grad(),
        pytest.raises(ValueError, match=said),
    ):
        model(**_at(inputs, 900))


def test_a_method_may_change_the_latents_that_are_computed():
    model, inputs = _wan()
    twice = _Around(lambda compute, latents: compute(latents * 2))
    with attach(twice, model, stage="diffusion-step"), torch.no_grad():
        found = model(**inputs, timestep=torch.tensor([3])).sample
    doubled = {**inputs, "hidden_states": inputs["hidden_states"] * 2}
    with torch.no_grad():
        assert torch.equal(found, model(**doubled, timestep=torch.tensor([3])).sample)


@pytest.mark.parametrize("whole_first", [True, False])
def test_a_method_inside_the_blocks_acts_where_the_one_around_them_computes(whole_first):
    model, latents = small_models.dit(), _random(1, 4, 16, 16)
    whole = attach(MagCache(most=1, keep_first=0), model, steps=len(TIMESTEPS))
    inside = attach(TGATE(gate=8, interval=2, warm_up=0), model)
    with whole if whole_first else inside, inside if whole_first else whole:
        pass  # both come out again
    whole = attach(MagCache(most=1, keep_first=0), model, steps=len(TIMESTEPS))
    inside = attach(TGATE(gate=8, interval=2, warm_up=0), model)
    first, second = (whole, inside) if whole_first else (inside, whole)
    with first as one, second as other, torch.no_grad():
        for timestep in TIMESTEPS:
            model(latents, timestep=torch.tensor([timestep]), class_labels=torch.tensor([1]))
    around, within = (one, other) if whole_first else (other, one)
    assert [step for step, _, done, _ in around.computed if done] == [0, 2]
    assert {step for step, *_ in within.computed} == {0, 2}
    assert "forward" not in vars(model)


def test_two_methods_around_the_whole_are_refused():
    model = small_models.dit()
    with (
        attach(MagCache(), model, steps=4),
        pytest.raises(ValueError, match="MagCache is attached to this DiTTransformer2DModel"),
        attach(MagCache(), model, steps=4),
    ):
        pass


def test_parts_of_a_denoiser_and_the_whole_are_told_together():
    with (
        pytest.raises(ValueError, match=r"unknown modules head; there are attention, .*, block, denoiser"),
        attach(FORA(modules=("head",)), small_models.dit()),
    ):
        pass
