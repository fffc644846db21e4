"""Methods inside the blocks of vision transformers, of images and of sound."""

import pytest
import torch
import transformers

from reference_impls import attach, load_method, load_methods
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.context import Context
from reference_impls.hosts import small_audio_models, small_models
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.methods.evit import EViT
from reference_impls.methods.mustdrop import MustDrop
from reference_impls.methods.rlt import RLT
from reference_impls.methods.tome import ToMe
from tests.reference_impls.situations import instance, with_keep

BLOCK = [name for name, method in load_methods().items() if method.stage == "vit-block"]


def _pixels(batch=2):
    return torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(1))


ENCODERS = {
    "vit": small_models.vit,
    "deit": small_models.deit,
    "dinov2": small_models.dinov2,
    "dinov2-registers": lambda: small_models.dinov2(registers=4),
    "clip": small_models.clip,
    "siglip": small_models.siglip,
}
PROTECTED = {"siglip": 0, "deit": 2, "dinov2-registers": 5}


@pytest.mark.parametrize("encoder", ENCODERS)
def test_tome_shortens_every_block_of_every_encoder(encoder):
    model = ENCODERS[encoder]()
    with attach(ToMe(r=5), model) as attached, torch.no_grad():
        hidden = model(pixel_values=_pixels()).last_hidden_state
    before = 64 + PROTECTED.get(encoder, 1)
    assert hidden.shape[1] == before - 4 * 5
    assert bool(hidden.isfinite().all())
    total = attached.total()
    assert torch.allclose(total.size.sum(dim=1), torch.tensor(float(before)))
    assert bool((total.source >= 0).all())


def _encode(model, method):
    with attach(method, model), torch.no_grad():
        return model(pixel_values=_pixels())


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("name", BLOCK)
def test_keeping_everything_leaves_an_encoder_as_it_was(encoder, name):
    method = with_keep(instance(load_method(name), width=32), 1.0)
    if method is None:
        pytest.skip("no budget")
    model = ENCODERS[encoder]()
    with torch.no_grad():
        untouched = model(pixel_values=_pixels())
    complaint = ""
    try:
        touched = _encode(model, method)
    except ValueError as error:
        complaint = str(error)
    if complaint:
        # A method that judges by the class token says so where there is none, instead of guessing.
        assert encoder == "siglip", complaint
        assert "class token" in complaint
        return
    for output in ("last_hidden_state", "pooler_output"):
        assert torch.allclose(touched[output], untouched[output], atol=1e-5)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_class_tokens_and_registers_are_protected(encoder):
    model = ENCODERS[encoder]()
    with attach(RandomPruning(keep=2, layer=1), model, stage="vit-block") as attached, torch.no_grad():
        model(pixel_values=_pixels())
    kept = attached.total().kept
    protected = PROTECTED.get(encoder, 1)
    assert bool(kept[:, :protected].all())
    assert kept.sum(dim=1).tolist() == [protected + 2] * 2


@pytest.mark.parametrize("name", BLOCK)
def test_registers_stay_where_the_model_looks_for_patches_behind_them(name):
    model = ENCODERS["dinov2-registers"]()
    with attach(instance(load_method(name), width=32), model) as attached, torch.no_grad():
        model(pixel_values=_pixels())
    total, first = attached.total(), torch.arange(5).expand(2, -1)
    assert torch.equal(total.position[:, :5], first)
    assert torch.equal(total.source[:, :5], first)
    assert bool((total.size[:, :5] == 1).all())


def test_mustdrop_merges_behind_the_first_block_where_that_is_asked_for():
    model, method = small_models.clip(), MustDrop(threshold=0.0)
    taken = []
    with torch.no_grad():
        handle = model.encoder.layers[0].register_forward_hook(
            lambda module, args, output: taken.append(output if torch.is_tensor(output) else output[0])
        )
        model(pixel_values=_pixels(1))
        handle.remove()
        side = int((taken[0].shape[1] - 1) ** 0.5)
        merged = method.reduce(taken[0], Context(protected=1, grid=(side, side))).tokens
        for layer in model.encoder.layers[1:]:
            merged = layer(merged, None)
            merged = merged if torch.is_tensor(merged) else merged[0]
        with attach(method, model, stage="vit-block") as attached:
            hidden = model(pixel_values=_pixels(1)).last_hidden_state
    assert attached.total().counts.tolist() == [merged.shape[1]]
    assert 1 + side**2 // 4 <= merged.shape[1] < 1 + side**2
    torch.testing.assert_close(hidden, merged)


def test_sound_is_shortened_as_a_picture_of_it():
    model = small_audio_models.audio_spectrogram()
    sound = torch.randn(2, 32, 32, generator=torch.Generator().manual_seed(0))
    with attach(ToMe(r=5), model) as attached, torch.no_grad():
        hidden = model(input_values=sound).last_hidden_state
    assert hidden.shape[1] == 66 - 4 * 5
    assert bool(attached.total().kept[:, :2].all())


AVERAGING = {
    "Dinov2ForImageClassification": small_models.dinov2,
    "Dinov2WithRegistersForImageClassification": ENCODERS["dinov2-registers"],
    "VideoMAEForVideoClassification": small_models.videomae,
    "CLIPForImageClassification": small_models.clip,
    "SiglipForImageClassification": small_models.siglip,
    "SiglipVisionModel": small_models.siglip,
}


@pytest.mark.parametrize("kind", AVERAGING)
def test_a_head_that_averages_is_not_given_padding(kind):
    config = AVERAGING[kind]().config
    if kind == "CLIPForImageClassification":
        config = transformers.CLIPConfig(vision_config=config.to_dict())
    elif kind == "SiglipForImageClassification":
        config = transformers.SiglipConfig(vision_config=config.to_dict())
    model = small_models.build(lambda: getattr(transformers, kind)(config))
    uneven = type("Uneven", (RandomPruning,), {"reduce": _first_row_keeps_one_more})()
    pixels = torch.randn(2, 8, 3, 16, 16) if kind.startswith("Video") else _pixels()
    with attach(uneven, model, stage="vit-block"), pytest.raises(ValueError, match="averages its tokens"):
        model(pixel_values=pixels)


def _first_row_keeps_one_more(self, tokens, context):
    stays = torch.ones(tokens.shape[:2], dtype=torch.bool)
    stays[1:, -1] = False
    return keep_mask(tokens, stays)


def test_an_encoder_that_rotates_positions_is_refused():
    settings = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.DINOv3ViTConfig(**settings, image_size=32, patch_size=4)
    model = small_models.build(lambda: transformers.DINOv3ViTModel(config))
    with pytest.raises(ValueError, match="rotate positions"), attach(ToMe(), model):
        pass


@pytest.mark.parametrize("name", BLOCK)
def test_block_methods_train(name):
    model = small_models.vit().train()
    acting = instance(load_method(name), width=32)
    with attach(acting, model) as attached:
        model(pixel_values=_pixels()).pooler_output.square().sum().backward()
    gradient = model.embeddings.patch_embeddings.projection.weight.grad
    assert bool(gradient.isfinite().all())
    assert float(gradient.abs().sum()) > 0
    assert attached.reductions


def test_proportional_attention_counts_merged_tokens_as_many():
    """Merging equal tokens changes nothing, because attention is told how many each one stands for."""
    model = small_models.vit(depth=1)
    equal = torch.ones(1, 3, 32, 32)
    with torch.no_grad():
        model.embeddings.position_embeddings.zero_()
        untouched = model(pixel_values=equal).last_hidden_state[:, 0]
        with attach(ToMe(r=20), model):
            assert torch.allclose(model(pixel_values=equal).last_hidden_state[:, 0], untouched, atol=1e-5)
    deep = small_models.vit(depth=3)
    with torch.no_grad():
        deep.embeddings.position_embeddings.zero_()
        untouched = deep(pixel_values=equal).last_hidden_state[:, 0]
        with attach(ToMe(r=20), deep):
            assert torch.allclose(deep(pixel_values=equal).last_hidden_state[:, 0], untouched, atol=1e-4)
        with attach(ToMe(r=20, proportional_attention=False), deep):
            assert not torch.allclose(deep(pixel_values=equal).last_hidden_state[:, 0], untouched, atol=1e-4)


def test_evit_refuses_an_encoder_without_a_class_token():
    said = "EViT looks at the class token, and SiglipVisionModel has none"
    with pytest.raises(ValueError, match=said), attach(EViT(), small_models.siglip()):
        pass


def test_what_looks_at_pixels_is_refused_where_there_are_none():
    said = r"RLT looks at pixel_values, which AST\w+ is not given"
    with pytest.raises(ValueError, match=said), attach(RLT(), small_audio_models.audio_spectrogram()):
        pass
