"""LLaVA-OneVision's images: crops that an encoder without a class token sees, laid out without padding."""

import pytest
import torch
from torch.nn.functional import pad
from transformers.models.llava_onevision.modeling_llava_onevision import unpad_image

from reference_impls import Context, Reduction, attach, load_method, load_methods
from reference_impls.context import Crops
from reference_impls.hosts import small_models
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.globalcom2 import GlobalCom2
from tests.reference_impls.situations import instance, with_keep

GREEDY = {"max_new_tokens": 5, "do_sample": False}
IMAGE = small_models.IMAGE_TOKEN
OF_CLASS = {"class_attention", "class_logits", "early_class_attention"}
SHORTENING = [
    name
    for name, method in load_methods().items()
    if method.stage == "vision-output" and not ({"frames", "text"} | OF_CLASS) & method.implementation.needs
]
# Height and width in pixels, and in how many rows and columns of crops that is cut.
CUT = {(32, 60): (1, 2), (64, 50): (2, 2), (40, 64): (2, 2), (64, 32): (2, 1)}
ONE, ALL = [(64, 50)], list(CUT)
PROMPTS = pytest.mark.parametrize(
    ("sizes", "several"), [(ONE, [1]), (ALL, [1] * 4), (ALL, [2, 1, 1])], ids=["one", "batch", "several"]
)


def _images(sizes, several):
    """Pixels as the processor stacks them: all images with as many crops as the one with most."""
    pixels = torch.randn(len(sizes), 5, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    beside = {} if set(several) == {1} else {"batch_num_images": torch.tensor(several)}
    return {"pixel_values": pixels, "image_sizes": torch.tensor(sizes), **beside}


def _inputs(model, sizes, several):
    """Prompts with as many images each as `several` says, words beside them, padded on the left."""
    images = _images(sizes, several)
    with torch.no_grad():
        counts = [part.shape[0] for part in model.model.get_image_features(**images).pooler_output]
    words = iter(torch.randint(3, 90, (99,), generator=torch.Generator().manual_seed(5)).tolist())
    rows = []
    for number in several:
        row = [next(words), next(words)]
        for _ in range(number):
            row += [*[IMAGE] * counts.pop(0), next(words)]
        rows.append([*row, next(words), next(words)])
    longest = max(map(len, rows))
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in rows])
    return {"input_ids": ids, "attention_mask": (ids != 0).long(), **images}


def _answer(model, inputs, **options):
    return model.generate(**inputs, **GREEDY, **options)[:, inputs["input_ids"].shape[1] :]


def _left(kept, sizes, several):
    """Which of the placeholders are left, (P,) bool, where the crops keep (crops, 64) bool: newlines are."""
    crops, left = iter(kept), []
    alone = [number == 1 for number in several for _ in range(number)]
    for size, cut in zip(sizes, alone, strict=True):
        left.append(next(crops))
        if not cut:
            left.append(torch.tensor([True]))
            continue
        rows, columns = CUT[size]
        raster = torch.cat(
            [torch.cat([next(crops).view(8, 8) for _ in range(columns)], dim=1) for _ in range(rows)]
        )
        left.append(pad(unpad_image(raster[None], size)[0], (0, 1), value=True).flatten())
    assert next(crops, None) is None
    return torch.cat(left)


# --------------------------------------------------------------------------------- what the model then reads


@PROMPTS
@pytest.mark.parametrize("name", SHORTENING)
def test_keeping_every_crop_whole_generates_the_untouched_models_tokens(name, sizes, several):
    method = with_keep(instance(load_method(name)), 1.0)
    if method is None:
        pytest.skip("no budget")
    model = small_models.llava_onevision()
    inputs = _inputs(model, sizes, several)
    untouched = _answer(model, inputs)
    with attach(method, model):
        assert torch.equal(_answer(model, inputs), untouched)


@PROMPTS
@pytest.mark.parametrize("method", [GlobalCom2(keep=0.3), DivPrune(keep=0.3)], ids=["globalcom2", "divprune"])
def test_a_shorter_image_generates_what_a_prompt_built_by_hand_generates(method, sizes, several):
    model = small_models.llava_onevision()
    inputs = _inputs(model, sizes, several)
    with attach(method, model) as attached:
        found = _answer(model, inputs)
    left = _left(attached.total().kept, sizes, several).tolist()
    assert not all(left)
    with torch.no_grad():
        visual = torch.cat(model.model.get_image_features(**_images(sizes, several)).pooler_output)
        embedded = model.get_input_embeddings()(inputs["input_ids"])
    assert len(left) == visual.shape[0]
    at_place = iter(zip(left, visual, strict=True))
    for row, ids in enumerate(inputs["input_ids"].tolist()):
        tokens = [
            next(at_place) if token == IMAGE else (token, embedded[row, at]) for at, token in enumerate(ids)
        ]
        expected = _greedy(model, torch.stack([vector for stays, vector in tokens if stays])[None])
        assert found[row, : len(expected)].tolist() == expected


def _greedy(model, embedded):
    tokens = []
    with torch.no_grad():
        while len(tokens) < GREEDY["max_new_tokens"]:
            hidden = model.model.language_model(inputs_embeds=embedded, use_cache=False).last_hidden_state
            tokens.append(int(model.lm_head(hidden[:, -1]).argmax()))
            if tokens[-1] == model.config.text_config.eos_token_id:
                break
            word = model.get_input_embeddings()(torch.tensor([[tokens[-1]]]))
            embedded = torch.cat([embedded, word], dim=1)
    return tokens


@pytest.mark.parametrize(
    "options", [{"num_beams": 2}, {"do_sample": True, "top_k": 1, "num_return_sequences": 2}], ids=str
)
def test_every_copy_of_a_prompt_has_the_same_shorter_images(options):
    model = small_models.llava_onevision()
    inputs = _inputs(model, ALL, [2, 1, 1])
    with attach(GlobalCom2(keep=0.3), model) as attached:
        once = _answer(model, inputs)
        kept = attached.total().kept
        found = model.generate(**inputs, **{**GREEDY, **options})[:, inputs["input_ids"].shape[1] :]
        assert torch.equal(attached.total().kept, kept)
    if "num_beams" not in options:
        assert torch.equal(found, once.repeat_interleave(2, dim=0))


@pytest.mark.parametrize("size", CUT)
def test_globalcom2_spends_its_budget_on_what_the_model_does_not_cut_off(size):
    model = small_models.llava_onevision()
    inputs = _inputs(model, [size], [1])
    with attach(GlobalCom2(keep=40), model) as attached:
        out = model.generate(**inputs, **GREEDY, return_dict_in_generate=True)
    reduction = attached.total()
    assert int(reduction.counts.sum()) == 40
    # All that was kept is laid out, and a newline behind each row.
    newlines = _left(torch.zeros_like(reduction.kept), [size], [1]).sum()
    assert int(_left(reduction.kept, [size], [1]).sum()) == 40 + newlines
    words = int((inputs["input_ids"] != IMAGE).sum())
    later = out.sequences.shape[1] - inputs["input_ids"].shape[1] - 1  # the last one is not in the cache
    assert out.past_key_values.layers[0].keys.shape[2] == words + 40 + newlines + later


# ------------------------------------------------------------------------------------- what a method is shown


class Looking:
    """A stand-in that remembers what it was shown."""

    needs = frozenset({"crops", "grid"})
    prefers = frozenset({"class_logits"})

    def reduce(self, tokens, context):
        self.tokens, self.context = tokens, context
        return Reduction.identity(tokens)


@PROMPTS
def test_a_method_is_shown_the_encoders_output_and_how_it_was_cut(sizes, several):
    model, looking = small_models.llava_onevision(), Looking()
    images = _images(sizes, several)
    crops = [
        Crops(*(CUT[size] if number == 1 else (0, 0)), *size)
        for size, number in zip(sizes, [number for number in several for _ in range(number)], strict=True)
    ]
    seen = [pixels[: image.count] for pixels, image in zip(images["pixel_values"], crops, strict=True)]
    with attach(looking, model, stage="vision-output"), torch.no_grad():
        model.model.get_image_features(**images)
        encoded = model.model.vision_tower(torch.cat(seen), output_hidden_states=True).hidden_states[-1]
    assert torch.allclose(looking.tokens, encoded, atol=1e-5)
    assert looking.context.crops == tuple(crops)
    assert looking.context.grid == (8, 8)
    assert looking.context.class_logits is None
    # And GlobalCom2 decides by just that.
    with attach(GlobalCom2(), model) as attached, torch.no_grad():
        model.model.get_image_features(**images)
    context = Context(crops=tuple(crops), grid=(8, 8))
    assert torch.equal(attached.total().kept, GlobalCom2().reduce(encoded, context).kept)


def test_what_a_method_prefers_it_is_shown_where_the_encoder_has_it():
    looking, cut = Looking(), _images(ONE, [1])
    model = small_models.llava_next()
    with attach(looking, model, stage="vision-output"), torch.no_grad():
        model.model.get_image_features(**cut)
    assert looking.context.class_logits.shape == (5, 4, 65)


# -------------------------------------------------------------------------------------------- what is refused


def test_an_image_that_the_model_shrinks_is_refused_where_tokens_would_go():
    model = small_models.llava_onevision()
    model.config.vision_aspect_ratio = "anyres_max_2"
    large, small = _inputs(model, [(64, 64)], [1]), _inputs(model, [(32, 60)], [1])
    untouched = _answer(model, large)
    with attach(GlobalCom2(), model) as attached:
        with pytest.raises(ValueError, match=r"shrinks the 2 x 2 crops .* leaving the largest out of image_"):
            _answer(model, large)
        assert not attached.reductions
        _answer(model, small)
        assert attached.total().counts.shape == (3,)
    with attach(GlobalCom2(keep=1), model):
        assert torch.equal(_answer(model, large), untouched)


def test_with_fewer_crops_to_choose_from_an_image_is_not_shrunk():
    model = small_models.llava_onevision()
    model.config.vision_aspect_ratio = "anyres_max_2"
    sizes = [size for size in model.config.image_grid_pinpoints if size[0] * size[1] <= 2 * 32**2]
    model.config.image_grid_pinpoints = sizes
    inputs = _inputs(model, [(64, 64)], [1])
    with attach(GlobalCom2(keep=0.25), model) as attached:
        _answer(model, inputs)
    assert attached.total().counts.shape == (3,)
    assert int(attached.total().counts.sum()) == 0.25 * (64 + 64)  # of two crops, half is padding


@pytest.mark.parametrize(
    "build", [small_models.qwen2_vl, small_models.qwen2_5_vl, small_models.qwen3_vl, small_models.internvl]
)
def test_globalcom2_is_refused_where_images_are_not_cut_so(build):
    with pytest.raises(ValueError, match="looks at crops, not shown"), attach(GlobalCom2(), build()):
        pass
