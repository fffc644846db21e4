"""Denoisers whose blocks are other than DiT's: what fits them runs, and what does not is refused in words."""

import diffusers
import pytest
import torch

from reference_impls import attach, fitting, load_method
from reference_impls.hosts import small_models
from reference_impls.methods.fora import FORA
from reference_impls.methods.teacache import TeaCache
from reference_impls.methods.toca import ToCa
from reference_impls.methods.todo import ToDo
from reference_impls.methods.tomesd import ToMeSD

HEADS = {
    "num_attention_heads": 4,
    "attention_head_dim": 8,
    "in_channels": 4,
    "out_channels": 4,
    "num_layers": 2,
}
COGVIDEO = {**HEADS, "time_embed_dim": 8, "text_embed_dim": 32, "sample_width": 8, "sample_height": 8}
JOINT = {
    "CogVideoXTransformer3DModel": {**COGVIDEO, "sample_frames": 5, "max_text_seq_length": 8},
    "MochiTransformer3DModel": {
        "num_attention_heads": 2,
        "attention_head_dim": 8,
        "num_layers": 2,
        "in_channels": 4,
        "pooled_projection_dim": 16,
        "text_embed_dim": 32,
        "time_embed_dim": 8,
    },
}
AROUND_ALL = {"easycache", "magcache"}
"""What looks at no block."""


def _random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def _ltx():
    model = small_models.build(
        lambda: diffusers.LTXVideoTransformer3DModel(**HEADS, cross_attention_dim=32, caption_channels=32)
    )
    words = {"encoder_hidden_states": _random(1, 7, 32), "encoder_attention_mask": torch.ones(1, 7)}
    return model, {"hidden_states": _random(1, 32, 4), **words, "num_frames": 2, "height": 4, "width": 4}


def _allegro():
    model = small_models.build(
        lambda: diffusers.AllegroTransformer3DModel(
            **{**HEADS, "num_attention_heads": 2, "attention_head_dim": 24},
            cross_attention_dim=48,
            caption_channels=32,
            sample_height=16,
            sample_width=16,
            sample_frames=2,
        )
    )
    return model, {"hidden_states": _random(1, 4, 2, 16, 16), "encoder_hidden_states": _random(1, 7, 32)}


def _sana():
    model = small_models.build(
        lambda: diffusers.SanaTransformer2DModel(
            **HEADS,
            num_cross_attention_heads=4,
            cross_attention_head_dim=8,
            cross_attention_dim=32,
            caption_channels=32,
            sample_size=16,
        )
    )
    return model, {"hidden_states": _random(1, 4, 16, 16), "encoder_hidden_states": _random(1, 7, 32)}


def _latte(frames):
    model = small_models.latte(frames=frames)
    return model, {"hidden_states": _random(1, 4, frames, 8, 8), "encoder_hidden_states": _random(1, 7, 32)}


def _run(model, inputs):
    with torch.no_grad():
        return [model(**inputs, timestep=torch.tensor([timestep])).sample for timestep in (900, 600, 300)]


@pytest.mark.parametrize("name", JOINT)
def test_blocks_that_read_text_and_image_in_one_sequence_are_refused_before_a_run(name):
    model = small_models.build(lambda: getattr(diffusers, name)(**JOINT[name]))
    assert {fit.module for fit in fitting(model).fits} == AROUND_ALL
    with pytest.raises(ValueError, match="read text and image together"), attach(FORA(), model):
        pass


def test_of_a_denoiser_whose_patches_have_a_depth_it_is_said_that_its_blocks_are_not_known():
    assert "no transformer blocks" in fitting(small_models.wan()).refused["toca"]


@pytest.mark.parametrize("build", [_ltx, _allegro])
def test_attention_that_is_told_all_places_is_not_given_fewer_tokens(build):
    model, _ = build()
    for method in (ToMeSD(), ToDo()):
        with pytest.raises(ValueError, match="told the places of all \\(image_rotary_emb\\)"):
            attach(method, model).__enter__()
    assert {"fora", "t_gate", "teacache", "taylorseer"} <= {fit.module for fit in fitting(model).fits}


@pytest.mark.parametrize("build", [_ltx, _allegro, _sana])
def test_a_method_that_asks_where_tokens_stand_is_refused_where_they_are_no_image(build):
    model, inputs = build()
    with pytest.raises(ValueError, match="looks at where tokens stand in an image"), attach(ToCa(), model):
        _run(model, inputs)


@pytest.mark.parametrize(
    ("always", "once"),
    [(FORA(interval=1), FORA(interval=3)), (TeaCache(threshold=0), TeaCache(threshold=100))],
    ids=["FORA", "TeaCache"],
)
@pytest.mark.parametrize("build", [_ltx, _allegro, _sana])
def test_a_method_that_does_not_ask_runs_there(build, always, once):
    model, inputs = build()
    untouched = _run(model, inputs)
    with attach(always, model):
        for found, expected in zip(_run(model, inputs), untouched, strict=True):
            assert torch.equal(found, expected)
    with attach(once, model) as attached:
        _run(model, inputs)
    assert sum(done for _, _, done, _ in attached.computed) * 3 == sum(of for *_, of in attached.computed)


@pytest.mark.parametrize("frames", [2, 5, 16])
def test_frames_stand_in_a_line_however_many_they_are(frames):
    seen = {}

    class Looking(ToCa):
        def around(self, compute, tokens, context):
            seen.setdefault(tokens.shape[1], set()).add(context.grid)
            return super().around(compute, tokens, context)

    model, inputs = _latte(frames)
    with attach(Looking(), model):
        _run(model, inputs)
    assert seen[frames] == ({(1, frames)} if frames != 16 else {(1, 16), (4, 4)})
    assert (4, 4) in seen[16]


def test_what_merges_an_image_leaves_the_frames_of_a_place_alone():
    model, inputs = _latte(16)  # as many frames as an image has tokens
    with attach(ToMeSD(modules=("feed-forward",)), model) as attached:
        _run(model, inputs)
    images = {number for number, (name, _) in enumerate(_blocks(model)) if "temporal" not in name}
    assert {layer for layer, _ in attached.reductions} == images


def _blocks(model):
    return [(name, block) for name, block in model.named_modules() if hasattr(block, "attn1")]


def test_every_method_that_fits_a_video_denoiser_with_blocks_over_frames_runs_in_it():
    shape = {"sample_size": 16, "block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 4}
    model = small_models.build(
        lambda: diffusers.UNet3DConditionModel(
            **shape,
            down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
            up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
            cross_attention_dim=32,
            attention_head_dim=4,
        )
    )
    inputs = {"sample": _random(1, 4, 5, 16, 16), "encoder_hidden_states": _random(1, 7, 32)}
    fits = fitting(model).fits
    assert len(fits) == 9 + len(AROUND_ALL)
    for fit in fits:
        method = load_method(fit.module).implementation()
        with attach(method, model, **dict.fromkeys(fit.told, 3)):
            assert _run(model, inputs)[-1].shape == (1, 4, 5, 16, 16)
