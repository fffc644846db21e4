"""Prompts behind earlier ones: whose cache it is, what a later turn may bring, and whose report is kept."""

import copy

import pytest
import torch
import transformers

from reference_impls import attach, load_method
from reference_impls.hosts import small_models
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.dycoke import DyCokeCache
from reference_impls.methods.fastv import FastV
from reference_impls.methods.pyramiddrop import PyramidDrop
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.vidcom2 import VidCom2
from reference_impls.supported import FAMILIES
from tests.reference_impls.situations import instance, seeing

GREEDY = {"max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False}
IMAGE = small_models.IMAGE_TOKEN
OF_IMAGES = {family.name: family for family in FAMILIES["vision-output"]}
FOLLOWED = ("decoder-prefill", "kv-cache", "vision-output")


def _ids(count, seed=0):
    return torch.randint(3, 90, (1, count), generator=torch.Generator().manual_seed(seed))


def _with_image():
    ids = torch.cat([_ids(4), torch.full((1, 64), IMAGE), _ids(6, seed=1)], dim=1)
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    return {"input_ids": ids, "pixel_values": pixels}


# ------------------------------------------------------------------------------------ images in later turns


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (DivPrune(keep=0.25), "LLaVA"),
        (DivPrune(keep=0.25), "LLaVA-NeXT"),
        (DivPrune(keep=0.25), "Qwen2.5-VL with images"),
        (DivPrune(keep=0.25), "InternVL"),
        (VidCom2(keep=0.5), "LLaVA-OneVision with videos"),
        (VidCom2(keep=0.5), "Qwen2-VL with videos"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_comes_behind_a_cache_is_not_shortened_before_the_decoder(method, name):
    model, inputs = OF_IMAGES[name].build(), OF_IMAGES[name].inputs()
    behind = {key: value for key, value in inputs.items() if key != "attention_mask"}
    with attach(method, model) as attached, torch.no_grad():
        cache = model(_ids(12, seed=5), use_cache=True).past_key_values
        with pytest.raises(ValueError, match="pass the whole conversation"):
            model(**behind, past_key_values=cache)
        assert not attached.reductions
        # Nothing of it is left for a later turn of words, or for a prompt of its own.
        model(_ids(3), past_key_values=cache)
        expected = model(**inputs).logits
        assert attached.reductions
    with attach(method, model), torch.no_grad():
        assert torch.equal(model(**inputs).logits, expected)


def test_nor_does_generate_take_it():
    model, inputs = small_models.llava(), _with_image()
    words = _ids(12, seed=5)
    inputs["input_ids"] = torch.cat([words, inputs["input_ids"]], dim=1)
    with attach(DivPrune(keep=0.25), model), torch.no_grad():
        cache = model(words, use_cache=True).past_key_values
        with pytest.raises(ValueError, match="with all its images and videos without them"):
            model.generate(**inputs, past_key_values=cache, **GREEDY)


@pytest.mark.parametrize("method", [DivPrune(keep=0.25), FastV(keep=0.25), PyramidDrop(), SnapKV(keep=0.25)])
def test_words_of_a_later_turn_are_read_whole_behind_what_is_left(method):
    model, inputs = small_models.llava(), _with_image()
    words = _ids(5, seed=7)
    with attach(method, model), torch.no_grad():
        cache = model(**inputs, use_cache=True).past_key_values
        at_once = model(words, past_key_values=cache).logits
        cache = model(**inputs, use_cache=True).past_key_values
        one_by_one = [model(word, past_key_values=cache).logits for word in words.split(1, dim=1)]
    assert torch.allclose(at_once, torch.cat(one_by_one, dim=1), atol=1e-4)


# ------------------------------------------------------------------------------------------- unknown caches


@pytest.mark.parametrize("name", [name for stage in FOLLOWED for name in seeing(stage)])
def test_a_cache_of_another_block_or_a_copy_is_refused(name):
    method = load_method(name)
    needs = method.implementation.needs
    of_videos = "LLaVA-OneVision with videos" if {"frames", "places"} & needs else "LLaVA"
    kind = "LLaVA-NeXT" if "crops" in needs else of_videos
    model, inputs = OF_IMAGES[kind].build(), OF_IMAGES[kind].inputs()
    told = {"text": torch.ones(1, 2, 32)} if "text" in needs else {}
    words = _ids(3)
    with torch.no_grad():
        before = model(_ids(12, seed=5), use_cache=True).past_key_values
    with attach(instance(method, 32), model, **told), torch.no_grad():
        inside = model(**inputs, use_cache=True).past_key_values
        copied = copy.deepcopy(inside)
        for cache in (before, copied):
            with pytest.raises(ValueError, match="were not filled inside this block, or are a copy"):
                model(words, past_key_values=cache)
        model(words, past_key_values=inside)
    with (
        attach(instance(method, 32), model, **told),
        pytest.raises(ValueError, match="not filled inside this block"),
    ):
        model(words, past_key_values=inside)


def test_generate_refuses_it_too():
    model, words = small_models.llama(), _ids(12, seed=5)
    with torch.no_grad():
        cache = model(words, use_cache=True).past_key_values
    with (
        attach(SnapKV(keep=0.25), model),
        pytest.raises(ValueError, match="pass the whole prompt without them"),
    ):
        model.generate(torch.cat([words, _ids(40)], dim=1), past_key_values=cache, **GREEDY)


def test_a_cache_cut_into_its_prompt_is_refused():
    model = small_models.llama()
    with attach(FastV(keep=0.5), model, candidates=slice(4, 34)), torch.no_grad():
        cache = model(_ids(40), use_cache=True).past_key_values
        cache.layers[0].keys, cache.layers[0].values = (
            states[:, :, :30] for states in (cache.layers[0].keys, cache.layers[0].values)
        )
        with pytest.raises(ValueError, match="cut to 30 tokens, into their prompt of 40"):
            model(_ids(1), past_key_values=cache)


@pytest.mark.parametrize("method", [SnapKV(), DyCokeCache(layer=1)], ids=["kept", "read"])
def test_a_method_for_caches_says_where_there_is_none(method):
    model = small_models.llama()
    where = {} if isinstance(method, SnapKV) else {"candidates": slice(4, 34)}
    with attach(method, model, stage="kv-cache", **where), torch.no_grad():
        with pytest.raises(ValueError, match="there is none: pass use_cache=True"):
            model(_ids(40), use_cache=False)
        model(_ids(40))


# ------------------------------------------------------------------------------------- the decoder inside


@pytest.mark.parametrize("options", [{"prefill_chunk_size": 8}, {"prompt_lookup_num_tokens": 2}], ids=str)
@pytest.mark.parametrize("method", [SnapKV(keep=0.25), FastV(keep=0.25)], ids=["snapkv", "fastv"])
def test_inside_a_model_that_generates_pieces_of_a_prompt_are_refused(method, options):
    model = small_models.llama()
    where = {"candidates": slice(2, 7)} if isinstance(method, FastV) else {}
    ids = _ids(10).repeat(1, 4)  # so that there are drafts to be found
    with (
        attach(method, model.model, **where),
        pytest.raises(ValueError, match="attach to the model that generates"),
    ):
        model.generate(ids, **{**GREEDY, **options})


def test_inside_a_model_that_generates_a_cache_is_missed():
    model = small_models.llama()
    with attach(SnapKV(keep=0.25), model.model), pytest.raises(ValueError, match="pass use_cache=True"):
        model.generate(_ids(40), use_cache=False, **GREEDY)


def test_inside_a_model_that_generates_word_after_word_is_as_ever():
    model, ids = small_models.llama(), _ids(40)
    with attach(SnapKV(keep=0.25), model):
        expected = model.generate(ids, **GREEDY)
    with attach(SnapKV(keep=0.25), model.model):
        assert torch.equal(model.generate(ids, **GREEDY), expected)


# -------------------------------------------------------------------------------------------- whose report


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (DivPrune(keep=0.25), "LLaVA"),
        (DivPrune(keep=0.25), "LLaVA-NeXT"),
        (DivPrune(keep=0.25), "Qwen3-VL with images"),
        (VidCom2(keep=0.5), "LLaVA-OneVision with videos"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_prompt_of_words_has_no_report_of_an_earlier_ones_image(method, name):
    model, inputs = OF_IMAGES[name].build(), OF_IMAGES[name].inputs()
    with attach(method, model) as attached:
        model.generate(**inputs, **GREEDY)
        assert attached.reductions
        model.generate(_ids(20), **GREEDY)
        assert not attached.reductions
        with pytest.raises(ValueError, match="shortened nothing of the latest prompt: 20 tokens"):
            attached.total()


@pytest.mark.parametrize("method", [DivPrune(keep=0.25), FastV(keep=0.25), PyramidDrop(), SnapKV(keep=0.25)])
def test_with_guidance_the_report_is_the_guided_prompts(method):
    model, inputs = small_models.llava(), _with_image()
    with attach(method, model) as attached:
        model.generate(**inputs, **GREEDY)
        expected = [(layer, reduction.source) for layer, reduction in attached.reductions]
        model.generate(**inputs, guidance_scale=1.5, **GREEDY)
        found = [(layer, reduction.source) for layer, reduction in attached.reductions]
        assert [layer for layer, _ in found] == [layer for layer, _ in expected]
        assert all(torch.equal(one, other) for (_, one), (_, other) in zip(found, expected, strict=True))
        model.generate(_ids(20), **GREEDY)
        assert all(reduction.source.shape[1] <= 20 for _, reduction in attached.reductions)


# ------------------------------------------------------------------------------------------------- heads


def test_labels_are_those_of_the_tokens_that_stay():
    model, inputs = small_models.llava(), _with_image()
    labels = inputs["input_ids"].masked_fill(inputs["input_ids"] == IMAGE, -100)
    for method in (DivPrune(keep=0.25), FastV(keep=0.25), PyramidDrop()):
        with attach(method, model) as attached:
            out = model(**inputs, labels=labels)
        place = torch.arange(74)
        if attached.stage == "vision-output":
            image = 4 + attached.total().position.sort(dim=1).values[0]
            place = torch.cat([place[:4], image, place[-6:]])
        else:
            place = attached.total().position[0]
        expected = torch.nn.functional.cross_entropy(out.logits[0, :-1], labels[0, place][1:])
        assert torch.allclose(out.loss, expected)
        out.loss.backward()
    assert "_loss_function" not in vars(model)


def test_the_loss_of_a_padded_batch_is_that_of_its_prompts():
    model = small_models.llama()
    ids, marks = _ids(40).repeat(2, 1), torch.zeros(2, 40, dtype=torch.bool)
    marks[0, 4:28], marks[1, 10:28] = True, True
    mask = (torch.arange(40) >= torch.tensor([[0], [6]])).long()
    labels = ids.masked_fill(mask == 0, -100)
    given = {"attention_mask": mask, "position_ids": (mask.cumsum(dim=1) - 1).clamp(min=0)}
    with attach(FastV(keep=0.25), model, candidates=marks):
        together = model(ids, labels=labels, **given).loss
    losses, counts = [], []
    for row, start in enumerate((0, 6)):
        with attach(FastV(keep=0.25), model, candidates=marks[row : row + 1, start:]):
            out = model(ids[row : row + 1, start:], labels=labels[row : row + 1, start:])
        losses.append(out.loss)
        counts.append(out.logits.shape[1] - 1)
    alone = sum(loss * count for loss, count in zip(losses, counts, strict=True)) / sum(counts)
    assert torch.allclose(together, alone, atol=1e-4)


def test_a_loss_of_ones_own_is_given_the_same_labels_and_stays():
    model, seen = small_models.llama(), []

    def own(logits, labels, **_):
        seen.append((logits.shape[1], labels.shape[1]))
        return logits.sum()

    model.loss_function = own
    with attach(FastV(keep=0.25), model, candidates=slice(4, 34)):
        model(_ids(40), labels=_ids(40))
    model(_ids(40), labels=_ids(40))
    assert seen == [(18, 18), (40, 40)]
    assert model.loss_function is own


@pytest.mark.parametrize("kind", ["LlamaForSequenceClassification", "LlamaForTokenClassification"])
def test_heads_that_know_places_of_the_whole_prompt_are_refused(kind):
    make = getattr(transformers, kind)
    model = small_models.build(lambda: make(small_models.llama().config))
    with (
        pytest.raises(ValueError, match=f"{kind} looks for its answer .* or to the decoder inside"),
        attach(FastV(), model, candidates=slice(4, 34)),
    ):
        pass
    with attach(FastV(keep=0.25), model.model, candidates=slice(4, 34)), torch.no_grad():
        assert model.model(_ids(40)).last_hidden_state.shape[1] == 18
