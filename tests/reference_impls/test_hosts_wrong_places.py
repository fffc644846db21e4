"""Places that look right and are not: what is said names the place that is."""

import functools

import diffusers
import pytest
import torch
import transformers

from reference_impls import attach, load_methods
from reference_impls.hosts import small_models
from reference_impls.hosts.decoders import text_model
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.dycoke import DyCokeCache
from reference_impls.methods.fastv import FastV
from reference_impls.methods.fora import FORA
from reference_impls.methods.framefusion import FrameFusion
from reference_impls.methods.llmlingua import LLMLingua
from reference_impls.methods.ltp import LTP
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tomesd import ToMeSD
from reference_impls.methods.vidcom2 import VidCom2

SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4}
WORDS = {**SIZES, "vocab_size": 128, "max_position_embeddings": 64}
SEEN = {**SIZES, "image_size": 32, "patch_size": 4}
BESIDE_TEXT = {
    "siglip": (transformers.SiglipModel, transformers.SiglipConfig),
    "clip": (transformers.CLIPModel, transformers.CLIPConfig),
    "blip": (transformers.BlipForConditionalGeneration, transformers.BlipConfig),
}


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _beside_text(name):
    model, config = BESIDE_TEXT[name]
    return small_models.build(lambda: model(config(text_config=WORDS, vision_config=SEEN)))


@pytest.mark.parametrize("name", BESIDE_TEXT)
def test_of_a_model_with_a_text_tower_the_part_that_sees_is_named(name):
    model = _beside_text(name)
    with pytest.raises(ValueError, match=r"attach to the part that sees, model\.vision_model"):
        attach(ToMe(r=4), model).__enter__()


@pytest.mark.parametrize("name", ["siglip", "clip"])
def test_the_part_that_sees_is_shortened_within_the_whole_model(name):
    model, pixels = _beside_text(name), _random(1, 3, 32, 32)
    with torch.no_grad():
        whole = model.get_image_features(pixel_values=pixels).pooler_output
        with attach(ToMe(r=4), model.vision_model) as attached:
            shorter = model.get_image_features(pixel_values=pixels).pooler_output
    assert len(attached.reductions) == 4
    assert not torch.allclose(whole, shorter)


@pytest.mark.parametrize("build", [lambda: _beside_text("siglip").text_model, small_models.bert])
def test_an_encoder_of_text_is_no_place_for_a_vision_transformers_method(build):
    with pytest.raises(ValueError, match="reads text"):
        attach(ToMe(r=4), build()).__enter__()


@pytest.mark.parametrize(
    ("build", "method", "where"),
    [
        (small_models.llama, SnapKV(keep=0.2), {}),
        (small_models.llama, FastV(keep=0.5), {"candidates": slice(4, 20)}),
        (small_models.llama, LLMLingua(keep=0.5), {}),
        (small_models.llava, DivPrune(), {}),
    ],
    ids=["cache", "prefill", "prompt", "image"],
)
def test_continuous_batching_is_refused(build, method, where):
    model = build()
    settings = transformers.GenerationConfig(max_new_tokens=3, eos_token_id=2, pad_token_id=0)
    with attach(method, model, **where):
        with pytest.raises(ValueError, match="continuous batching"):
            model.generate_batch(inputs=[[5, 6, 7, 8]], generation_config=settings)
        with pytest.raises(ValueError, match="continuous batching"):
            model.init_continuous_batching(generation_config=settings)
    assert "generate_batch" not in vars(model)


CACHE = [name for name, method in load_methods().items() if method.stage == "kv-cache"]


@pytest.mark.parametrize("name", CACHE)
def test_a_compressed_cache_takes_no_candidates(name):
    method, model = load_methods()[name].implementation(), small_models.llama()
    with pytest.raises(ValueError, match="takes no candidates"):
        attach(method, model, candidates=slice(4, 20)).__enter__()


def test_a_cache_of_which_part_is_read_takes_candidates():
    model, ids = small_models.llama(), torch.randint(3, 90, (1, 40))
    with attach(DyCokeCache(layer=1), model, stage="kv-cache", candidates=slice(4, 20)) as attached:
        model.generate(ids, max_new_tokens=3, min_new_tokens=3)
    assert attached.reductions


def test_of_a_pipeline_the_model_in_it_is_named():
    from diffusers import DiTPipeline

    pipeline = DiTPipeline(small_models.dit(), vae=torch.nn.Identity(), scheduler=None)
    with pytest.raises(ValueError, match="give the model in it, its transformer"):
        attach(FORA(), pipeline).__enter__()
    with pytest.raises(ValueError, match=r"write attach\(method, model\)"):
        attach(FORA(), "a model").__enter__()


def _hooked(module):
    """Replace a module's forward by another's, as accelerate does, and say how to take it off."""
    seen, own = [], module.forward

    @functools.wraps(own)
    def forward(*args, **kwargs):
        seen.append(args)
        return own(*args, **kwargs)

    module.forward = forward
    return seen, own


def test_what_else_replaced_a_blocks_forward_is_named():
    model = small_models.vit()
    _, own = _hooked(model.layers[1])
    with pytest.raises(
        ValueError, match=r"forward of this ViTLayer was replaced by .*wrong_places.*take it off"
    ):
        attach(ToMe(r=4), model).__enter__()
    # Afterwards accelerate leaves the class's own function on the module.
    model.layers[1].forward = own
    with attach(ToMe(r=4), model) as attached, torch.no_grad():
        model(pixel_values=_random(1, 3, 32, 32))
    assert len(attached.reductions) == 4
    assert vars(model.layers[1])["forward"] == own


def test_accelerates_hooks_are_called_so():
    model = small_models.vit()
    _hooked(model.layers[1])
    model.layers[1]._hf_hook = type("AlignDevicesHook", (), {})()
    with pytest.raises(ValueError, match="replaced by accelerate's AlignDevicesHook"):
        attach(ToMe(r=4), model).__enter__()


def test_in_a_denoiser_what_else_replaced_a_forward_is_called_by_the_methods():
    model = small_models.unet()
    seen, _ = _hooked(next(module.attn1 for module in model.modules() if hasattr(module, "attn1")))
    with attach(ToMeSD(), model), torch.no_grad():
        model(_random(1, 4, 16, 16), 500, encoder_hidden_states=_random(1, 7, 32))
    assert [args[0].shape[1] for args in seen] == [128]
    with (
        attach(ToMeSD(), model),
        pytest.raises(ValueError, match=r"ToMeSD is attached to this \w+, and"),
        attach(ToMeSD(), model),
    ):
        pass


def test_a_denoiser_whose_blocks_read_text_and_image_together_is_refused_as_such():
    sizes = {"sample_size": 8, "num_layers": 1, "attention_head_dim": 8, "num_attention_heads": 2}
    widths = {"joint_attention_dim": 16, "caption_projection_dim": 16, "pooled_projection_dim": 16}
    model = diffusers.SD3Transformer2DModel(**sizes, **widths)
    with pytest.raises(
        ValueError, match=r"SD3Transformer2DModel has no transformer blocks of the kind .* Flux"
    ):
        attach(FORA(), model).__enter__()


class Own(torch.nn.Module):
    """Somebody's own module around a model."""

    def __init__(self, inner):
        super().__init__()
        self.backbone = inner

    def forward(self, *args, **kwargs):
        return self.backbone(*args, **kwargs)


@pytest.mark.parametrize(
    ("build", "method"),
    [
        (small_models.bert, LTP()),
        (small_models.llava, DivPrune()),
        (small_models.qwen2_vl, DivPrune()),
        (small_models.llava_onevision, VidCom2()),
        (small_models.llava, FastV()),
        (small_models.llava_onevision, FrameFusion()),
        (small_models.llava, DyCokeCache(layer=1)),
        (small_models.dit, FORA()),
    ],
)
def test_in_a_module_of_ones_own_the_model_inside_is_named(build, method):
    with pytest.raises(ValueError, match=r"Own .*: attach to model\.backbone, which has"):
        attach(method, Own(build())).__enter__()


def test_a_module_of_ones_own_without_a_configuration_takes_what_needs_none():
    llama, ids = Own(small_models.llama()), torch.randint(3, 90, (1, 40))
    for method, told, module in (
        (SnapKV(), {}, llama),
        (FastV(), {"candidates": slice(4, 20)}, llama),
        (ToMe(), {}, Own(small_models.vit())),
    ):
        with attach(method, module, **told) as attached, torch.no_grad():
            module(ids if module is llama else _random(1, 3, 32, 32))
        assert attached.reductions


def test_a_denoiser_without_a_timestep_is_told_so():
    model = small_models.dit()
    with attach(FORA(), model), pytest.raises(ValueError, match="without a timestep, by which FORA"):
        model(_random(1, 4, 16, 16), class_labels=torch.tensor([1]))


@pytest.mark.parametrize("kind", ["Kimi_K25", "MiniMaxM3Sparse", "Step3p7"])
def test_an_encoder_of_images_that_turns_by_positions_is_not_taken_for_the_decoder(kind):
    make = getattr(transformers, f"{kind}ForConditionalGeneration", None)
    if make is None:
        pytest.skip(f"this transformers has no {kind}")
    with torch.device("meta"):
        model = make(make.config_class())
    assert text_model(model) is model.model.language_model


@pytest.mark.parametrize("kind", ["Moonshine", "Dia"])
@pytest.mark.parametrize("method", [SnapKV(), FastV()], ids=["cache", "prefill"])
def test_a_model_of_an_encoder_and_a_decoder_is_refused_as_such(kind, method):
    make = getattr(transformers, f"{kind}ForConditionalGeneration")
    with torch.device("meta"):
        model = make(make.config_class())
    with pytest.raises(ValueError, match=f"{kind}.* reads a prompt with an encoder"):
        attach(method, model).__enter__()


@pytest.mark.parametrize("method", [SnapKV(), FastV()], ids=["cache", "prefill"])
def test_a_decoder_that_looks_at_images_beside_the_prompt_is_refused_as_such(method):
    with torch.device("meta"):
        model = transformers.MllamaForConditionalGeneration(transformers.MllamaConfig())
    with pytest.raises(ValueError, match="attend to an image beside the prompt"):
        attach(method, model).__enter__()
