"""Methods inside vision transformers, text encoders, vision-language projectors and denoisers."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
import transformers

from reference_impls import attach, load_method, load_methods
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.context import Context
from reference_impls.hosts import small_models
from reference_impls.mechanisms.prune import keep_index, keep_mask
from reference_impls.methods.avit import AViT
from reference_impls.methods.cdpruner import CDPruner
from reference_impls.methods.evit import EViT
from reference_impls.methods.mustdrop import MustDrop
from reference_impls.methods.rlt import RLT
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tomesd import ToMeSD
from reference_impls.methods.visionzip import VisionZip
from tests.reference_impls.situations import instance, with_keep

BLOCK = [name for name, method in load_methods().items() if method.stage == "vit-block"]
OUTPUT = [
    name
    for name, method in load_methods().items()
    if method.stage == "vision-output" and not {"frames", "crops", "text"} & method.implementation.needs
]
STEP = [name for name, method in load_methods().items() if method.stage == "diffusion-step"]
GREEDY = {"max_new_tokens": 5, "do_sample": False}


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
        return model(pixel_values=_pixels()).pooler_output


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("name", BLOCK)
def test_keeping_everything_leaves_an_encoder_as_it_was(encoder, name):
    method = with_keep(instance(load_method(name), width=32), 1.0)
    if method is None:
        pytest.skip("no budget")
    model = ENCODERS[encoder]()
    with torch.no_grad():
        untouched = model(pixel_values=_pixels()).pooler_output
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
    assert torch.allclose(touched, untouched, atol=1e-5)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_class_tokens_and_registers_are_protected(encoder):
    model = ENCODERS[encoder]()
    with attach(RandomPruning(keep=2, layer=1), model, stage="vit-block") as attached, torch.no_grad():
        model(pixel_values=_pixels())
    kept = attached.total().kept
    protected = PROTECTED.get(encoder, 1)
    assert bool(kept[:, :protected].all())
    assert kept.sum(dim=1).tolist() == [protected + 2] * 2


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
    model = small_models.audio_spectrogram()
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


@pytest.mark.parametrize("method", ["evit", EViT, None])
def test_what_is_no_method_is_refused_with_how_to_write_one(method):
    with pytest.raises(ValueError, match=r"give an instance: FastV\(keep=0\.5\)"), attach(method, None):
        pass


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match="str is no PyTorch model"), attach(EViT(), "vit"):
        pass


def test_evit_refuses_an_encoder_without_a_class_token():
    said = "EViT looks at the class token, and SiglipVisionModel has none"
    with pytest.raises(ValueError, match=said), attach(EViT(), small_models.siglip()):
        pass


def test_what_looks_at_pixels_is_refused_where_there_are_none():
    said = r"RLT looks at pixel_values, which AST\w+ is not given"
    with pytest.raises(ValueError, match=said), attach(RLT(), small_models.audio_spectrogram()):
        pass


@pytest.mark.parametrize("mask", [None, "padded"])
def test_text_encoders_shorten_after_attention(mask):
    model = small_models.bert()
    ids = torch.randint(3, 90, (2, 20), generator=torch.Generator().manual_seed(0))
    given = torch.ones_like(ids)
    if mask:
        given[1, 14:] = 0
    with torch.no_grad():
        untouched = model(input_ids=ids, attention_mask=given).last_hidden_state
        with attach(RandomPruning(keep=1, layer=1), model, stage="encoder-layer"):
            same = model(input_ids=ids, attention_mask=given).last_hidden_state
        with attach(RandomPruning(keep=0.5, layer=1), model, stage="encoder-layer") as attached:
            shorter = model(input_ids=ids, attention_mask=given).last_hidden_state
    real = given.bool() if mask else torch.ones_like(ids, dtype=torch.bool)
    assert torch.allclose(same[:, 0], untouched[:, 0], atol=1e-5)
    assert shorter.shape[1] < 20
    assert bool(attached.total().dropped[~real].all())


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "Electra", "LayoutLM"])
def test_dropping_from_a_text_encoder_equals_masking(kind):
    settings = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4}
    config = getattr(transformers, f"{kind}Config")(**settings, vocab_size=128, initializer_range=0.2)
    model = small_models.build(lambda: getattr(transformers, f"{kind}Model")(config))
    ids = torch.randint(3, 90, (1, 40), generator=torch.Generator().manual_seed(0))
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    with torch.no_grad():
        with attach(RandomPruning(keep=0.5, layer=1), model, stage="encoder-layer") as attached:
            shorter = model(**given).last_hidden_state
        kept = attached.total().kept[0]
        hidden = torch.zeros(1, 1, 1, 40).masked_fill(~kept, torch.finfo(torch.float32).min)
        for layer in model.encoder.layer[2:]:
            layer.register_forward_pre_hook(
                lambda _, args, kwargs: ((args[0], hidden, *args[2:]), kwargs), with_kwargs=True
            )
        assert torch.allclose(model(**given).last_hidden_state[:, kept], shorter, atol=1e-5)


def test_a_text_encoder_refuses_methods_that_act_before_or_after_a_layer():
    with (
        pytest.raises(ValueError, match="acts after block"),
        attach(AViT(), small_models.bert(), stage="encoder-layer"),
    ):
        pass


def _question(batch, places):
    text = torch.randint(3, 90, (batch, 12), generator=torch.Generator().manual_seed(5))
    image = torch.full((batch, places), small_models.IMAGE_TOKEN)
    return torch.cat([text[:, :4], image, text[:, 4:]], dim=1)


@pytest.mark.parametrize("name", OUTPUT)
def test_a_shorter_image_generates_what_a_prompt_built_by_hand_generates(name):
    model = small_models.llava()
    # Each 2 x 2 patches show the same, for methods that merge what is alike.
    pixels = torch.nn.functional.interpolate(_pixels()[..., ::8, ::8], size=32)
    ids = _question(2, 64)
    method = instance(load_method(name))
    with attach(method, model, report_tokens=True) as attached:
        generated = model.generate(input_ids=ids, pixel_values=pixels, **GREEDY)[:, ids.shape[1] :]
    reduction = attached.total()
    assert reduction.tokens.shape[1] < 64
    with torch.no_grad():
        image = model.model.multi_modal_projector(reduction.tokens)
        words = model.get_input_embeddings()(ids)
    for row in range(2):
        kept = image[row] if reduction.valid is None else image[row, reduction.valid[row]]
        by_hand = torch.cat([words[row, :4], kept, words[row, 68:]])[None]
        alone = model.language_model if hasattr(model, "language_model") else model.model.language_model
        expected = _greedy(model, alone, by_hand)
        assert torch.equal(generated[row, : len(expected)], torch.tensor(expected))


def _greedy(model, decoder, embeddings):
    tokens = []
    with torch.no_grad():
        for _ in range(GREEDY["max_new_tokens"]):
            hidden = decoder(inputs_embeds=embeddings, use_cache=False).last_hidden_state
            tokens.append(int(model.lm_head(hidden[:, -1]).argmax()))
            if tokens[-1] == model.config.text_config.eos_token_id:
                break
            embeddings = torch.cat(
                [embeddings, model.get_input_embeddings()(torch.tensor([[tokens[-1]]]))], dim=1
            )
    return tokens


@pytest.mark.parametrize("name", OUTPUT)
def test_keeping_the_whole_image_generates_the_untouched_models_tokens(name):
    method = with_keep(instance(load_method(name)), 1.0)
    if method is None:
        pytest.skip("no budget")
    model, inputs = small_models.llava(), {"input_ids": _question(2, 64), "pixel_values": _pixels()}
    untouched = model.generate(**inputs, **GREEDY)
    with attach(method, model):
        assert torch.equal(model.generate(**inputs, **GREEDY), untouched)


def test_crops_of_llava_next_keep_their_layout():
    model = small_models.llava_next()
    pixels, sizes = (
        torch.randn(1, 5, 3, 32, 32, generator=torch.Generator().manual_seed(2)),
        torch.tensor([[64, 50]]),
    )
    with torch.no_grad():
        places = model.model.get_image_features(pixels, sizes).pooler_output[0].shape[0]
    inputs = {"input_ids": _question(1, places), "pixel_values": pixels, "image_sizes": sizes}
    untouched = model.generate(**inputs, **GREEDY)
    with attach(VisionZip(keep=1), model):
        assert torch.equal(model.generate(**inputs, **GREEDY), untouched)
    with attach(VisionZip(keep=16), model) as attached:
        out = model.generate(**inputs, **GREEDY, return_dict_in_generate=True)
    assert attached.total().tokens.shape[:2] == (5, 16)
    held = out.past_key_values.layers[0].keys.shape[2]
    assert held < places
    assert (
        out.past_key_values.get_seq_length()
        == inputs["input_ids"].shape[1] + out.sequences.shape[1] - 1 - places - 12
    )


def test_a_class_token_that_goes_along_is_not_counted_among_the_patches():
    model, ids, given = small_models.llava(), _question(2, 64), []
    model.model.multi_modal_projector.linear_1.register_forward_pre_hook(
        lambda _, args: given.append(args[0])
    )
    with attach(VisionZip(keep=8), model, report_tokens=True) as attached:
        out = model.generate(ids, pixel_values=_pixels(), **GREEDY, return_dict_in_generate=True)
    reduction, new = attached.total(), out.sequences.shape[1] - ids.shape[1] - 1
    assert reduction.source.shape == (2, 64)
    assert out.past_key_values.layers[0].keys.shape[2] == 12 + reduction.tokens.shape[1] + new
    # What stands at no patch is the class token; the others' sources are the slots that stand at them.
    assert reduction.position[:, 0].tolist() == [-1, -1]
    assert reduction.kept.sum(dim=1).tolist() == [8, 8]
    for row in range(2):
        for slot in range(1, 9):
            assert int(reduction.source[row, reduction.position[row, slot]]) == slot
    with torch.no_grad():
        hidden = model.model.vision_tower(_pixels(), output_hidden_states=True).hidden_states[-2]
    dominant = reduction.size == 1
    dominant[:, 0] = False
    patches = hidden[:, 1:].gather(1, reduction.position.clamp(min=0).unsqueeze(-1).expand(-1, -1, 32))
    assert int(dominant.sum()) > 0
    assert torch.allclose(given[0][dominant], patches[dominant], atol=1e-5)


def _llava_with_siglip():
    config = small_models.llava().config
    config.vision_config = small_models.siglip(depth=3).config
    config.vision_feature_select_strategy = "full"
    return small_models.build(lambda: transformers.LlavaForConditionalGeneration(config))


OF_CLASS = {"class_attention", "class_logits", "early_class_attention"}


@pytest.mark.parametrize("name", OUTPUT)
def test_what_an_encoder_lacks_is_said_before_it_runs(name):
    model, method = _llava_with_siglip(), instance(load_method(name))
    if OF_CLASS & set(method.needs):
        with (
            pytest.raises(ValueError, match=r"looks at .*class.*, encoded by SiglipVisionModel"),
            attach(method, model),
        ):
            pass
        return
    with attach(method, model) as attached:
        model.generate(_question(1, 64), pixel_values=_pixels(1), **GREEDY)
    assert attached.reductions


@pytest.mark.parametrize("name", ["divprune", "mustdrop", "globalcom2"])
def test_a_video_is_refused_by_what_shortens_images(name):
    model = small_models.llava_onevision()
    ids = _question(1, 4 * 16 + 1)
    ids[ids == small_models.IMAGE_TOKEN] = small_models.VIDEO_TOKEN
    video = torch.randn(1, 4, 3, 32, 32, generator=torch.Generator().manual_seed(8))
    with attach(instance(load_method(name)), model) as attached:
        with pytest.raises(ValueError, match="attach a method that looks at frames"):
            model.generate(ids, pixel_values_videos=video, **GREEDY)
        assert not attached.reductions
    assert model.generate(ids, pixel_values_videos=video, **GREEDY).shape[1] > ids.shape[1]


@dataclass(frozen=True)
class EveryOtherFrame:
    """A stand-in for video methods: drops the odd frames."""

    needs: ClassVar[frozenset[str]] = frozenset({"frames"})

    def reduce(self, tokens, context):
        frame = torch.arange(tokens.shape[1]) // (tokens.shape[1] // context.require("frames"))
        return keep_mask(tokens, (frame % 2 == 0).expand(tokens.shape[0], -1))


def test_a_shorter_video_generates_what_a_prompt_built_by_hand_generates():
    model = small_models.llava_onevision()
    video = torch.randn(2, 4, 3, 32, 32, generator=torch.Generator().manual_seed(8))
    ids = _question(2, 4 * 16 + 1)
    ids[ids == small_models.IMAGE_TOKEN] = small_models.VIDEO_TOKEN
    with torch.no_grad():
        features = model.model.get_video_features(video).pooler_output
        words = model.get_input_embeddings()(ids)
    with attach(EveryOtherFrame(), model, stage="vision-output"):
        generated = model.generate(input_ids=ids, pixel_values_videos=video, **GREEDY)[:, ids.shape[1] :]
    for row in range(2):
        kept = torch.cat([features[row, :16], features[row, 32:48], features[row, -1:]])
        by_hand = torch.cat([words[row, :4], kept, words[row, 69:]])[None]
        expected = _greedy(model, model.model.language_model, by_hand)
        assert torch.equal(generated[row, : len(expected)], torch.tensor(expected))


@dataclass(frozen=True)
class SeesCrops:
    """A stand-in for methods that spread their budget over crops."""

    needs: ClassVar[frozenset[str]] = frozenset({"crops"})

    def reduce(self, tokens, context):
        (crops,) = context.require("crops")
        assert (crops.rows, crops.columns, crops.height, crops.width) == (2, 2, 64, 50)
        assert tokens.shape[0] == crops.count
        return keep_index(tokens, torch.arange(9).expand(tokens.shape[0], -1))


def test_methods_are_told_how_an_image_was_cut():
    model = small_models.llava_next()
    pixels, sizes = torch.zeros(1, 5, 3, 32, 32), torch.tensor([[64, 50]])
    with attach(SeesCrops(), model, stage="vision-output") as attached, torch.no_grad():
        model.model.get_image_features(pixels, sizes)
    assert attached.total().tokens.shape[1] == 9


def test_a_question_is_shown_beside_every_crop_of_its_image():
    model = small_models.llava_next()
    pixels, sizes = torch.randn(2, 5, 3, 32, 32), torch.tensor([[64, 50], [64, 50]])
    questions = torch.randn(2, 3, 32)

    def kept(pixels, sizes, questions):
        with attach(CDPruner(keep=9), model, text=questions) as attached, torch.no_grad():
            model.model.get_image_features(pixels, sizes)
        return attached.total().position

    both = kept(pixels, sizes, questions)
    for image in (0, 1):
        one = slice(image, image + 1)
        assert torch.equal(both[5 * image : 5 * image + 5], kept(pixels[one], sizes[one], questions[one]))
    same = kept(pixels, sizes, questions[:1])
    assert torch.equal(same[:5], both[:5])
    assert not torch.equal(same[5:], both[5:])
    with pytest.raises(ValueError, match="text= has 3 questions, and there are 2 images"):
        kept(pixels, sizes, torch.randn(3, 3, 32))


def test_a_method_that_looks_at_nothing_acts_at_every_place():
    method, pixels, ids = RandomPruning(keep=0.5, layer=1), _pixels(), _question(2, 64)
    llava = small_models.llava()
    with torch.no_grad():
        for stage, model, inputs in (
            ("vit-block", small_models.vit(), {"pixel_values": pixels}),
            ("encoder-layer", small_models.bert(), {"input_ids": ids}),
            ("vision-output", llava, {"input_ids": ids, "pixel_values": pixels}),
            ("decoder-prefill", llava, {"input_ids": ids, "pixel_values": pixels}),
            ("kv-cache", llava, {"input_ids": ids, "pixel_values": pixels, "use_cache": True}),
        ):
            with attach(method, model, stage=stage) as attached:
                model(**inputs)
            _, first = attached.reductions[0]
            assert first.tokens.shape[1] < first.source.shape[1]


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
