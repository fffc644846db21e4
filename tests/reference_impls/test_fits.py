"""Which methods fit a model: asked without running it, and borne out by running it."""

import subprocess
import sys

import pytest
import torch
import transformers
from transformers import LlavaConfig, LlavaForConditionalGeneration

from reference_impls import attach, fitting, load_methods
from reference_impls.fits import of_families
from reference_impls.hosts import small_models
from reference_impls.methods.fastv import FastV
from reference_impls.supported import FAMILIES, models_of, told_in

ASKED = [
    ("vit-block", "ViT"),
    ("vit-block", "SigLIP"),
    ("vit-block", "VideoMAE"),
    ("vit-block", "Audio Spectrogram Transformer"),
    ("encoder-layer", "BERT"),
    ("vision-output", "LLaVA"),
    ("vision-output", "LLaVA-NeXT"),
    ("vision-output", "InternVL"),
    ("vision-output", "LLaVA-OneVision with images"),
    ("decoder-prefill", "LLaVA"),
    ("decoder-prefill", "Llama"),
    ("decoder-prefill", "Qwen2"),
    ("kv-cache", "Llama"),
    ("kv-cache", "LLaVA-OneVision with images"),
    ("prompt", "Llama"),
    ("diffusion-step", "DiT"),
    ("diffusion-step", "Latte"),
    ("diffusion-step", "Wan 2.1"),
]


def _names(found):
    return {fit.module for fit in found.fits}


@pytest.mark.parametrize(("stage", "name"), ASKED)
def test_what_fits_a_model_runs_in_it_and_nothing_else_does(stage, name):
    family = next(family for family in FAMILIES[stage] if family.name == name)
    of_stage = {name: method for name, method in load_methods().items() if method.stage == stage}
    run = {name for name, method in of_stage.items() if family.name in models_of(method, family.name)}
    fits = [fit for fit in fitting(family.build()).fits if fit.method.stage == stage]
    of_videos = {fit.module for fit in fits if "of videos" in fit.notes}
    assert {fit.module for fit in fits} - (of_videos if "images" in name else set()) == run
    for fit in fits:
        assert fit.told == told_in(fit.method, family.name)


def test_a_method_in_a_decoder_runs_in_the_same_models_whichever_way_they_are_asked_for():
    for module in ("fastv", "snapkv", "dart", "llmlingua"):
        method = load_methods()[module]
        found = models_of(method)
        assert {"LLaVA-OneVision with images", "Llama", "Qwen2"} <= set(found)
        told = ("candidates",) if method.stage == "decoder-prefill" else ()
        assert (told_in(method, "Llama"), told_in(method, "LLaVA-OneVision with images")) == (told, ())


def test_every_method_fits_or_is_refused_with_a_reason():
    found = fitting(small_models.llava())
    assert _names(found) | found.refused.keys() == load_methods().keys()
    assert not _names(found) & found.refused.keys()
    assert "expects a token for each placeholder" in found.refused["tome"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("Gemma2", "caps the products"), ("GptOss", "a learned sink")],
    ids=["Gemma2", "GptOss"],
)
def test_attention_that_criteria_do_not_know_is_known_before_a_run(kind, said):
    full = {"layer_types": ["full_attention"] * 4, "num_hidden_layers": 4}
    sizes = {"hidden_size": 64, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
    with torch.device("meta"):
        config = getattr(transformers, f"{kind}Config")(**sizes, **full, head_dim=16, vocab_size=64)
        found = fitting(getattr(transformers, f"{kind}ForCausalLM")(config))
    assert "streamingllm" in _names(found)
    assert said in found.refused["h2o"]
    assert said in found.refused["fastv"]


def test_what_attach_must_be_told_and_what_must_be_trained_is_said():
    notes = {fit.module: fit.notes for fit in fitting(small_models.llama()).fits}
    assert notes["fastv"] == ("give candidates=",)
    assert notes["h2o"] == ()
    videos = {fit.module: str(fit) for fit in fitting(small_models.llava_onevision()).fits}
    assert videos["vidcom2"] == "vidcom2 (of videos)"
    assert "dynamicvit (with trained weights)" in str(fitting(small_models.vit()))


def test_a_model_without_weights_is_asked_and_left_as_it_was():
    with torch.device("meta"):
        model = LlavaForConditionalGeneration(LlavaConfig())
    before = [(name, set(vars(module))) for name, module in model.named_modules()]
    assert {"fastv", "visionzip", "snapkv"} <= _names(fitting(model))
    assert [(name, set(vars(module))) for name, module in model.named_modules()] == before
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("name", ["vit", "siglip", "bert", "llama"])
def test_a_model_fits_as_many_methods_without_its_weights(name):
    model = getattr(small_models, name)()
    with torch.device("meta"):
        bare = type(model)(model.config).eval()
    assert _names(fitting(bare)) == _names(fitting(model))


@pytest.mark.parametrize(
    ("kind", "judges"),
    [
        ("GPTNeoXForCausalLM", True),
        ("BertLMHeadModel", False),
        ("RobertaForCausalLM", False),
        ("BigBirdForCausalLM", False),
    ],
)
def test_whether_a_model_may_judge_is_known_without_its_weights(kind, judges):
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    make = getattr(transformers, kind)
    with torch.device("meta"):
        bare = make(make.config_class(**shape, vocab_size=128)).eval()
    loaded = small_models.build(lambda: make(make.config_class(**shape, vocab_size=128)))
    assert fitting(bare).refused.keys() == fitting(loaded).refused.keys()
    assert ("llmlingua" not in fitting(bare).refused) == judges


def test_a_model_of_several_tables_of_words_is_no_judge():
    config = transformers.MusicgenDecoderConfig(
        hidden_size=32, ffn_dim=64, num_hidden_layers=2, num_attention_heads=4, vocab_size=64
    )
    refused = fitting(small_models.build(lambda: transformers.MusicgenForCausalLM(config))).refused
    assert "no one table of words" in refused["llmlingua"]


def test_a_model_of_several_parts_that_does_not_say_how_words_are_embedded_has_no_prompt():
    config = transformers.Qwen2_5OmniConfig()
    config.thinker_config.text_config.num_hidden_layers = 1
    with torch.device("meta"):
        model = transformers.Qwen2_5OmniForConditionalGeneration(config).eval()
    assert "no input embeddings, and so no prompt" in fitting(model).refused["llmlingua"]


def test_a_model_whose_part_that_sees_was_left_out_takes_no_videos():
    with torch.device("meta"):
        model = transformers.Gemma4ForConditionalGeneration(transformers.Gemma4Config())
    assert "does not take videos" in fitting(model).refused["holitom"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("Xcodec2Model", "no decoder with rotary positions"), ("NeoMMEModel", "sliding-window attention")],
)
def test_a_decoder_whose_configuration_is_elsewhere_or_differs_from_layer_to_layer_is_refused(kind, said):
    make = getattr(transformers, kind, None)
    if make is None:
        pytest.skip(f"this transformers has no {kind}")
    with torch.device("meta"):
        model = make(make.config_class())
    assert said in fitting(model).refused["fastv"]


def test_what_is_no_model_and_a_model_inside_a_block_are_refused():
    said = r"str is no PyTorch model; load it first, and write fitting\(model\); `python -m reference_impls"
    with pytest.raises(ValueError, match=said):
        fitting("vit")
    model = small_models.llava()
    with (
        attach(FastV(), model),
        pytest.raises(ValueError, match="FastV is attached to this model: ask outside"),
    ):
        fitting(model)


def test_a_module_of_ones_own_fits_what_its_parts_do():
    assert not fitting(torch.nn.Linear(3, 3)).fits
    around = torch.nn.Module()
    around.encoder = small_models.vit()
    assert [fit.module for fit in fitting(around).fits] == [
        fit.module for fit in fitting(around.encoder).fits
    ]


def test_families_are_found_by_how_they_begin_and_asked_once():
    assert [found.model for found in of_families("llava")] == ["LLaVA", "LLaVA-NeXT", "LLaVA-OneVision"]
    with pytest.raises(ValueError, match="no family of models begins with 'gpt'; there are ViT, DeiT"):
        of_families("gpt")


def test_the_command_prints_what_fits_a_family():
    command = [sys.executable, "-m", "reference_impls", "methods", "bert"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("BERT: 1 of ")
    assert "at encoder-layer: ltp" in done.stdout
    assert "divprune, " in done.stdout


def test_a_denoiser_that_is_built_like_a_decoder_is_none():
    import diffusers

    make = getattr(diffusers, "Ideogram4Transformer2DModel", None)
    if make is None:
        pytest.skip("this diffusers has no Ideogram 4")
    with torch.device("meta"):
        model = make().eval()
    assert "has no decoder with rotary positions" in fitting(model).refused["fastv"]
