"""Methods between the vision encoder and the language model: a prompt with fewer visual tokens."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
import transformers

from reference_impls import attach, load_method, load_methods
from reference_impls.hosts import small_models
from reference_impls.mechanisms.prune import keep_index, keep_mask
from reference_impls.methods.cdpruner import CDPruner
from reference_impls.methods.visionzip import VisionZip
from tests.reference_impls.situations import instance, with_keep

OUTPUT = [
    name
    for name, method in load_methods().items()
    if method.stage == "vision-output" and not {"frames", "crops", "text"} & method.implementation.needs
]
GREEDY = {"max_new_tokens": 5, "do_sample": False}


def _pixels(batch=2):
    return torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(1))


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
