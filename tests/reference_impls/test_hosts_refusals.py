"""Models that look like supported ones and are not: refused in words, not silently computed wrongly."""

from functools import partial

import pytest
import torch
import transformers

from reference_impls import attach, load_method
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_audio_models, small_models
from reference_impls.methods.dycoke import DyCoke
from reference_impls.methods.fastv import FastV
from reference_impls.methods.h2o import H2O
from reference_impls.methods.holitom import HoliTom
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.tova import TOVA
from reference_impls.methods.vidcom2 import VidCom2
from reference_impls.reduction import Reduction

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


class _Shown:
    """Keeps what it is shown of each layer, and every entry."""

    needs = frozenset({"queries", "keys"})

    def __init__(self):
        self.contexts = []

    def reduce(self, tokens, context):
        self.contexts.append(context)
        return Reduction.identity(tokens)


def _per_key_head(attention):
    return attention.unflatten(1, (TEXT["num_key_value_heads"], -1)).mean(dim=2)


@pytest.mark.parametrize("padded", [0, 5])
@pytest.mark.parametrize("suffix", [0, 4])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_what_judges_its_cache_sees_the_attention_that_the_model_pays(attention, suffix, padded):
    model, given = _paligemma(), _prompt(64)
    ids = torch.cat([given["input_ids"], torch.arange(10, 16)[None]], dim=1)
    mask = torch.ones_like(ids)
    ids = torch.nn.functional.pad(ids, (padded, 0))
    mask = torch.nn.functional.pad(mask, (padded, 0))
    kinds = (torch.arange(ids.shape[1]) >= ids.shape[1] - suffix).long()[None]  # 0: part of the prefix
    given = {**given, "input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    model.set_attn_implementation(attention)
    with attach(shown := _Shown(), model, stage="kv-cache"), torch.no_grad():
        model(**given, use_cache=True)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        maps = model(**given, output_attentions=True).attentions
    for context, paid in zip(shown.contexts, maps, strict=True):
        facts = (context.queries, context.keys, context.valid, context.seen)
        real = paid * mask[:, None, :, None]
        received, times = real.sum(dim=2), (real > 0).sum(dim=2).clamp(min=1)
        close = partial(torch.testing.assert_close, atol=1e-5, rtol=1e-4)
        close(H2O().heavy_hitters(*facts), _per_key_head(received))
        close(H2O(average=True).heavy_hitters(*facts), _per_key_head(received / times))
        votes = SnapKV(window=8, kernel=1).scores(*facts)[..., :-8]
        close(votes, _per_key_head(paid[:, :, -8:, :-8].mean(dim=2)))
        last = paid[:, :, -1, :-1].mean(dim=1, keepdim=True)
        close(TOVA().scores(*facts[:3])[:, :1, :-1], last)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("padded", [0, 3])
def test_a_causal_prompt_is_shown_without_a_map_of_who_sees_whom(attention, padded):
    model = small_models.llama()
    model.set_attn_implementation(attention)
    mask = (torch.arange(30) >= padded).long()[None]
    with attach(shown := _Shown(), model, stage="kv-cache"), torch.no_grad():
        model(torch.randint(3, 90, (1, 30)), attention_mask=mask, use_cache=True)
    assert [context.seen for context in shown.contexts] == [None] * len(shown.contexts)
    assert shown.contexts


def test_a_decoder_that_attends_both_ways_without_a_mask_is_seen_to_do_so():
    # PaliGemma's decoder without token_type_ids, for which SDPA is told neither a mask nor to be causal.
    model, given = _paligemma(), _prompt(64)
    with attach(shown := _Shown(), model, stage="kv-cache"), torch.no_grad():
        model(**given, use_cache=True)
    assert all(bool(context.seen.all()) for context in shown.contexts)
    with attach(FastV(), model), torch.no_grad(), pytest.raises(ValueError, match="only causal decoders"):
        model(**given)


def test_padding_of_a_prompt_whose_mask_a_model_makes_around_its_decoder_leaves_the_cache():
    model, given = _paligemma(), _prompt(64)
    kinds = torch.zeros_like(given["input_ids"])
    alone = {**given, "token_type_ids": kinds, "attention_mask": torch.ones_like(kinds)}
    padded = {name: value if value.ndim == 4 else _four_in_front(value) for name, value in alone.items()}
    kept = []
    for inputs in (alone, padded):
        with attach(load_method("streamingllm").implementation(keep=40), model) as attached:
            model.generate(**inputs, max_new_tokens=2, do_sample=False)
        kept.append(attached.reductions[0][1].kept)
    assert torch.equal(kept[1], torch.nn.functional.pad(kept[0], (4, 0)))


def _four_in_front(row):
    return torch.nn.functional.pad(row, (4, 0))


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
        small_audio_models.audio_spectrogram,
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


def test_an_encoder_of_several_rows_of_layers_is_not_shortened_in_the_first_alone():
    model = transformers.CanineModel(transformers.CanineConfig(**TEXT))
    with (
        pytest.raises(
            ValueError, match=r"several rows of layers, initial_char_encoder\.layer, encoder\.layer"
        ),
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


def _llava_with_pixtral():
    vision = {**SIZES, "image_size": 32, "patch_size": 4}
    config = transformers.LlavaConfig(
        vision_config=transformers.PixtralVisionConfig(**vision),
        text_config=transformers.LlamaConfig(**SIZES, vocab_size=128),
        image_token_id=small_models.IMAGE_TOKEN,
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
    )
    return small_models.build(lambda: transformers.LlavaForConditionalGeneration(config))


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
        (_llava_with_pixtral, "encodes all images of a call in one row of tokens"),
    ],
    ids=["paligemma", "aya", "mistral3", "qwen2-audio", "pixtral"],
)
def test_image_features_that_are_made_otherwise_are_not_shortened_before_the_projector(build, said):
    with pytest.raises(ValueError, match=said), attach(RandomPruning(), build(), stage="vision-output"):
        pass


@pytest.mark.parametrize("method", [DyCoke(), HoliTom(), VidCom2()], ids=["dycoke", "holitom", "vidcom2"])
def test_videos_that_are_pooled_otherwise_are_not_shortened_before_the_decoder(method):
    config = transformers.LlavaNextVideoConfig(
        vision_config=transformers.CLIPVisionConfig(**SIZES, image_size=32, patch_size=4),
        text_config=transformers.LlamaConfig(**SIZES, vocab_size=128),
    )
    model = small_models.build(lambda: transformers.LlavaNextVideoForConditionalGeneration(config))
    with pytest.raises(ValueError, match="does not take videos as LLaVA-OneVision"), attach(method, model):
        pass
