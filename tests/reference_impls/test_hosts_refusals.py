"""Models that look like supported ones and are not: refused in words, not silently computed wrongly."""

import pytest
import torch
import transformers

from reference_impls import attach, load_method
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.fastv import FastV

VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 4,
    "model_type": "siglip_vision_model",
}
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
}
IMAGE = small_models.IMAGE_TOKEN


def _paligemma():
    config = transformers.PaliGemmaConfig(
        vision_config={**VISION, "projection_dim": 32},
        text_config={**TEXT, "model_type": "gemma", "head_dim": 8},
        image_token_id=IMAGE,
        projection_dim=32,
    )
    return small_models.build(lambda: transformers.PaliGemmaForConditionalGeneration(config))


def _aya():
    config = transformers.AyaVisionConfig(
        vision_config=VISION, text_config=transformers.LlamaConfig(**TEXT), image_token_id=IMAGE
    )
    return small_models.build(lambda: transformers.AyaVisionForConditionalGeneration(config))


def _prompt(visual):
    ids = torch.full((1, visual + 8), 5)
    ids[:, 2 : 2 + visual] = IMAGE
    return {"input_ids": ids, "pixel_values": torch.randn(1, 3, 32, 32)}


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_prompt_whose_tokens_see_later_ones_is_not_shortened_inside_the_decoder(attention):
    model = _paligemma()
    model.set_attn_implementation(attention)
    inputs = _prompt(64)
    whole = {**inputs, "token_type_ids": torch.zeros_like(inputs["input_ids"])}  # all of it is a prefix
    with attach(FastV(), model), torch.no_grad(), pytest.raises(ValueError, match="only causal decoders"):
        model(**whole)


def test_its_cache_may_be_shortened_all_the_same():
    model = _paligemma()
    inputs = _prompt(64)
    whole = {**inputs, "token_type_ids": torch.zeros_like(inputs["input_ids"])}
    with attach(load_method("snapkv").implementation(), model) as attached:
        model.generate(**whole, max_new_tokens=2, do_sample=False)
    assert attached.reductions[0][1].tokens.shape[1] < inputs["input_ids"].shape[1]


def _decoder(kind, **settings):
    config = getattr(transformers, f"{kind}Config")(**{**TEXT, "pad_token_id": 0, **settings})
    return small_models.build(lambda: getattr(transformers, f"{kind}ForCausalLM")(config))


@pytest.mark.parametrize("name", ["snapkv", "streamingllm", "fastv"])
@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("Mistral", {}, "sliding-window attention.* load the model with sliding_window=None"),
        ("Gemma2", {}, "sliding-window attention"),
        ("Phi3", {}, "one matrix for all three, as Phi-3's, is not supported"),
        ("Llama", {"attn_implementation": "flex_attention"}, "load the model with sdpa attention"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_decoders_whose_layers_cannot_be_followed_are_refused(name, kind, settings, said):
    where = {"candidates": slice(4, 30)} if name == "fastv" else {}
    with (
        pytest.raises(ValueError, match=said),
        attach(load_method(name).implementation(), _decoder(kind, **settings), **where),
    ):
        pass


def test_mistral_without_a_window_is_followed():
    model, ids = _decoder("Mistral", sliding_window=None), torch.randint(3, 90, (1, 40))
    with attach(load_method("snapkv").implementation(keep=0.5), model) as attached:
        model.generate(ids, max_new_tokens=2, do_sample=False)
    assert [reduction.tokens.shape[1] for _, reduction in attached.reductions] == [20] * 4


@pytest.mark.parametrize(
    ("name", "build", "told", "said"),
    [
        ("divprune", small_models.llava, {"text": torch.ones(1, 2, 32)}, "no question: leave out text="),
        ("divprune", small_models.qwen2_vl, {"text": torch.ones(1, 2, 32)}, "no question: leave out text="),
        ("vidcom2", small_models.llava_onevision, {"text": torch.ones(1, 2, 32)}, "leave out text="),
        ("fastv", small_models.llava, {"frames": 4}, "no frames: leave out frames="),
    ],
)
def test_what_a_method_does_not_look_at_is_not_taken(name, build, told, said):
    with pytest.raises(ValueError, match=said), attach(load_method(name).implementation(), build(), **told):
        pass


@pytest.mark.parametrize(
    "build",
    [
        small_models.vit,
        small_models.deit,
        small_models.dinov2,
        small_models.audio_spectrogram,
        small_models.vivit,
        small_models.videomae,
        small_models.internvl,
        small_models.llama,
    ],
)
def test_only_text_encoders_are_shortened_inside_their_layers(build):
    with (
        pytest.raises(ValueError, match="has no BERT layers, which normalise after each residual"),
        attach(load_method("ltp").implementation(), build()),
    ):
        pass


@pytest.mark.parametrize("name", ["MobileBert", "Lilt"])
def test_encoders_with_further_parts_in_their_layers_are_not_shortened_inside_them(name):
    model = getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**TEXT))
    with (
        pytest.raises(ValueError, match=f"the layers of {name}Model also have"),
        attach(RandomPruning(), model, stage="encoder-layer"),
    ):
        pass


def test_places_that_an_encoder_gives_every_layer_are_not_followed():
    model = small_models.build(lambda: transformers.RoFormerModel(transformers.RoFormerConfig(**TEXT)))
    with (
        attach(RandomPruning(layer=0), model, stage="encoder-layer"),
        pytest.raises(ValueError, match="RoFormerLayer is given more than a mask for each of the 12 tokens"),
    ):
        model(torch.randint(3, 90, (1, 12)))


def test_encoders_of_two_rows_of_tokens_are_not_shortened_inside_their_layers():
    model = transformers.LukeModel(transformers.LukeConfig(**TEXT))
    with (
        pytest.raises(ValueError, match="take word_hidden_states and entity_hidden_states"),
        attach(RandomPruning(), model, stage="encoder-layer"),
    ):
        pass


@pytest.mark.parametrize("padded", [0, 3])
@pytest.mark.parametrize("name", ["Yoso", "Nystromformer", "ConvBert", "BigBird"])
def test_encoders_of_other_kinds_of_attention_are_shortened_inside_their_layers(name, padded):
    config = getattr(transformers, f"{name}Config")(**TEXT)
    model = small_models.build(lambda: getattr(transformers, f"{name}Model")(config))
    mask = (torch.arange(12) < torch.tensor([[12], [12 - padded]])).long()
    with attach(RandomPruning(layer=0), model, stage="encoder-layer"):
        output = model(torch.randint(3, 90, (2, 12)), attention_mask=mask)
    assert output.last_hidden_state.shape[1] == 7


def test_a_bert_that_reads_from_left_to_right_is_not_shortened_inside_its_layers():
    config = transformers.BertConfig(**TEXT, is_decoder=True)
    model = small_models.build(lambda: transformers.BertLMHeadModel(config))
    with (
        pytest.raises(ValueError, match="reads from left to right"),
        attach(RandomPruning(), model, stage="encoder-layer"),
    ):
        pass


SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def _mistral3():
    vision = {**SIZES, "image_size": 32, "patch_size": 4}
    config = transformers.Mistral3Config(
        vision_config=transformers.PixtralVisionConfig(**vision),
        text_config=transformers.MistralConfig(**SIZES, vocab_size=128, sliding_window=None),
        image_token_id=small_models.IMAGE_TOKEN,
    )
    return small_models.build(lambda: transformers.Mistral3ForConditionalGeneration(config))


def _qwen2_audio():
    hears = {"d_model": 32, "encoder_layers": 2, "encoder_attention_heads": 4, "encoder_ffn_dim": 64}
    text = transformers.Qwen2Config(**SIZES, vocab_size=128).to_dict()
    config = transformers.Qwen2AudioConfig(audio_config=hears, text_config=text)
    return small_models.build(lambda: transformers.Qwen2AudioForConditionalGeneration(config))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (_paligemma, "one layer of the encoder"),
        (_aya, "merges patches in its projector"),
        (_mistral3, "does not say by vision_feature_select_strategy"),
        (_qwen2_audio, "has no vision_tower"),
    ],
    ids=["paligemma", "aya", "mistral3", "qwen2-audio"],
)
def test_image_features_that_are_made_otherwise_are_not_shortened_before_the_projector(build, said):
    with pytest.raises(ValueError, match=said), attach(RandomPruning(), build(), stage="vision-output"):
        pass
