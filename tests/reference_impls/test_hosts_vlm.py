"""Methods between vision encoder and language model inside LLaVA and LLaVA-NeXT, whose images are cut."""

import pytest
import torch
import transformers

from reference_impls import Context, attach, load_method, load_methods
from reference_impls.hosts import small_models
from reference_impls.methods.cdpruner import CDPruner
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.globalcom2 import GlobalCom2
from reference_impls.methods.hired import HiRED
from reference_impls.methods.prumerge import PruMerge, one_head_attention
from reference_impls.methods.trim import TRIM
from tests.reference_impls.situations import instance, with_keep

GREEDY = {"max_new_tokens": 4, "do_sample": False}
IMAGES = [
    name
    for name, method in load_methods().items()
    if method.stage == "vision-output" and not {"frames", "text"} & method.implementation.needs
]


def _random(*shape, seed=2):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _cut(model, size=(64, 50)):
    """A prompt with one image, an overview and four crops, whose size in pixels says what is padding."""
    pixels, sizes = _random(1, 5, 3, 32, 32), torch.tensor([size])
    with torch.no_grad():
        places = model.model.get_image_features(pixels, sizes).pooler_output[0].shape[0]
    text = torch.randint(3, 90, (1, 12), generator=torch.Generator().manual_seed(5))
    image = torch.full((1, places), small_models.IMAGE_TOKEN)
    ids = torch.cat([text[:, :4], image, text[:, 4:]], dim=1)
    return {"input_ids": ids, "pixel_values": pixels, "image_sizes": sizes}


@pytest.mark.parametrize("name", IMAGES)
def test_keeping_every_crop_whole_generates_the_untouched_models_tokens(name):
    method = with_keep(instance(load_method(name)), 1.0)
    if method is None:
        pytest.skip("no budget")
    model = small_models.llava_next()
    inputs = _cut(model)
    untouched = model.generate(**inputs, **GREEDY)
    with attach(method, model):
        assert torch.equal(model.generate(**inputs, **GREEDY), untouched)


@pytest.mark.parametrize("size", [(64, 50), (40, 64), (64, 64)])
def test_globalcom2_spends_its_budget_on_what_the_model_does_not_cut_off(size):
    model = small_models.llava_next()
    inputs = _cut(model, size)
    with torch.no_grad():
        image = model.model.get_image_features(inputs["pixel_values"], inputs["image_sizes"]).pooler_output[0]
        newlines = int((image == model.model.image_newline).all(dim=-1).sum())
    with attach(GlobalCom2(keep=40), model) as attached:
        out = model.generate(**inputs, **GREEDY, return_dict_in_generate=True)
    assert int(attached.total().counts.sum()) == 40
    held = out.past_key_values.layers[0].keys.shape[2]
    later = out.sequences.shape[1] - inputs["input_ids"].shape[1] - 1  # the last one is not in the cache
    assert held == 12 + 40 + newlines + later


@pytest.mark.parametrize("official", [False, True])
def test_hired_has_one_budget_for_all_crops_of_an_image(official):
    model = small_models.llava_next()
    inputs = _cut(model, (64, 64))
    with attach(HiRED(keep=0.2, official=official), model) as attached:
        model.generate(**inputs, **GREEDY)
    counts = attached.total().counts
    assert int(counts[0]) == 32
    assert 64 - 5 <= int(counts.sum()) <= 64
    assert official or int(counts.sum()) == 64


def test_hired_spends_the_whole_budget_on_an_image_that_is_not_cut():
    model = small_models.llava()
    with attach(HiRED(keep=0.25), model) as attached, torch.no_grad():
        model.model.get_image_features(_random(2, 3, 32, 32))
    assert attached.total().counts.tolist() == [16, 16]


class _Looks:
    """A stand-in that only remembers what it was shown."""

    def __init__(self, judged_by):
        self.judged_by = judged_by
        self.needs = frozenset({"class_attention", "class_logits", "early_class_attention", "projected"})

    def reduce(self, tokens, context):
        self.tokens, self.context = tokens, context
        return DivPrune(keep=1).reduce(tokens, context)


@pytest.mark.parametrize(("judged_by", "layer"), [("this layer", 1), ("next layer", 2)])
def test_the_class_tokens_products_are_those_of_the_asked_layer(judged_by, layer):
    model, pixels, looks = small_models.llava(attention="eager"), _random(2, 3, 32, 32), _Looks(judged_by)
    with attach(looks, model, stage="vision-output"), torch.no_grad():
        features = model.model.get_image_features(pixels)
    with torch.no_grad():
        maps = model.model.vision_tower(pixels, output_attentions=True).attentions
    context = looks.context
    torch.testing.assert_close(context.class_logits.softmax(dim=-1)[..., 1:], context.class_attention)
    torch.testing.assert_close(context.class_attention, maps[layer][:, :, 0, 1:])
    torch.testing.assert_close(context.early_class_attention, maps[0][:, :, 0, 1:])
    torch.testing.assert_close(context.projected, torch.stack(list(features.pooler_output)))


def test_one_head_of_full_width_attends_as_the_joined_queries_and_keys():
    queries, keys = _random(2, 4, 1, 8), _random(2, 4, 10, 8, seed=3)
    logits = (queries @ keys.transpose(-1, -2)).squeeze(2) * 8**-0.5
    wide = (queries.transpose(1, 2).flatten(2) @ keys.transpose(1, 2).flatten(2).transpose(1, 2)) * 32**-0.5
    torch.testing.assert_close(one_head_attention(logits), wide.softmax(dim=-1)[:, 0, 1:])


@pytest.mark.parametrize("plus", [False, True])
def test_prumerge_gives_images_of_one_batch_their_own_numbers_of_tokens(plus):
    tokens, attention = _random(2, 64, 8), torch.full((2, 1, 64), 0.01)
    attention[0, 0, 5], attention[1, 0, 20:24] = 0.5, 0.2
    context = Context(class_attention=attention, keys=tokens.unsqueeze(1))
    reduction = PruMerge(plus=plus).reduce(tokens, context)
    # Outliers at 5, and at 20 to 23; the raster has a step of 64 / 3, and of 64 / 4 / 3, between patches.
    raster = [set(range(0, 64, step)) if plus else set() for step in (21, 5)]
    for row, outliers in enumerate(({5}, {20, 21, 22, 23})):
        assert reduction.kept[row].nonzero().squeeze(-1).tolist() == sorted(outliers | raster[row])
    # The first kept patch is itself and its 32 neighbours.
    if not plus:
        alike = torch.nn.functional.cosine_similarity(tokens[0, 5], tokens[0], dim=-1)
        near = alike.argsort(descending=True)[1:33]
        merged = tokens[0, 5] + 0.01 * tokens[0, near].sum(dim=0)
        torch.testing.assert_close(reduction.tokens[0, 0], merged)


def _clip():
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.CLIPConfig(
        text_config={**sizes, "vocab_size": 99, "eos_token_id": 2},
        vision_config={**sizes, "image_size": 32, "patch_size": 4},
        projection_dim=24,
    )
    return small_models.build(lambda: transformers.CLIPModel(config))


def test_trim_takes_norm_and_projection_from_a_clip_model():
    clip = _clip()
    words = torch.tensor([[3, 4, 5, 2]])
    model = small_models.llava()
    with torch.no_grad():
        question = clip.get_text_features(words).pooler_output.unsqueeze(1)
        method = TRIM.from_clip(clip, keep=10)
        with attach(method, model, report_tokens=True, text=question) as attached:
            model.model.get_image_features(_random(2, 3, 32, 32))
    assert attached.total().tokens.shape == (2, 11, 32)


JUDGES = [TRIM, CDPruner]
"""Methods that judge by a question."""


@pytest.mark.parametrize("method", JUDGES)
def test_a_clip_of_another_precision_than_the_models_embeds_in_its_own(method):
    clip, model = _clip(), small_models.llava().to(torch.bfloat16)
    with torch.no_grad(), attach(method.from_clip(clip, keep=10), model, text=_random(1, 1, 24)) as attached:
        model.model.get_image_features(_random(2, 3, 32, 32).bfloat16())
    assert attached.total().counts.tolist() == [11 if method is TRIM else 10] * 2


@pytest.mark.parametrize("method", JUDGES)
@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"text": "what?"}, r"floating-point tensor \(B, T, E\) .* found 'what\?'"),
        ({"text": [1, 2]}, r"found \[1, 2\]"),
        ({"text": _random(1, 32)}, r"found one of torch.float32 of \(1, 32\), .* unsqueeze\(1\)"),
        ({"text": torch.ones(1, 4, 32, dtype=torch.long)}, "found one of torch.int64"),
        ({"text": _random(1, 0, 32)}, r"of \(1, 0, 32\)"),
        ({"text": _random(1, 4, 32), "text_valid": torch.ones(1, 4)}, r"a bool tensor \(B, T\) = \(1, 4\)"),
        ({"text": _random(1, 4, 32), "text_valid": torch.zeros(1, 4) > 0}, "a question without any part"),
        ({"text_valid": torch.ones(1, 4) > 0}, "marks the padding of text="),
    ],
)
def test_a_question_that_is_no_embedding_is_refused_before_the_model_runs(method, told, says):
    with pytest.raises(ValueError, match=says), attach(method(), small_models.llava(), **told):
        pass


@pytest.mark.parametrize("method", JUDGES)
def test_a_question_of_another_width_than_the_patches_is_named(method):
    model = small_models.llava()
    said = "embeddings of width 17, and the patches are compared in 32"
    with attach(method(), model, text=_random(1, 4, 17)), pytest.raises(ValueError, match=said):
        model.model.get_image_features(_random(1, 3, 32, 32))


@pytest.mark.parametrize("method", JUDGES)
def test_questions_of_different_lengths_judge_as_they_do_alone(method):
    model, pixels = small_models.llava(), _random(2, 3, 32, 32)
    short, long = _random(1, 2, 32, seed=1), _random(1, 5, 32, seed=2)
    alone = []
    with torch.no_grad():
        for row, question in enumerate((short, long)):
            with attach(method(keep=0.25), model, text=question) as attached:
                model.model.get_image_features(pixels[row : row + 1])
            alone.append(attached.total().kept)
        both = torch.cat([torch.cat([short, _random(1, 3, 32, seed=3)], dim=1), long])
        real = torch.arange(5) < torch.tensor([[2], [5]])
        with attach(method(keep=0.25), model, text=both, text_valid=real) as attached:
            model.model.get_image_features(pixels)
    assert torch.equal(attached.total().kept, torch.cat(alone))
