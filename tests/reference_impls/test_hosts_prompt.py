"""Prompts that are shortened before the model sees them, in real models."""

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.criteria.information import self_information
from reference_impls.hosts import small_models
from reference_impls.methods.llmlingua import LLMLingua
from reference_impls.methods.selective_context import SelectiveContext, percentile_count

NEW = 5
OPTIONS = {"max_new_tokens": NEW, "min_new_tokens": NEW, "do_sample": False}


def _ids(count, seed=0, rows=1):
    return torch.randint(3, 90, (rows, count), generator=torch.Generator().manual_seed(seed))


def _generate(model, ids, mask=None):
    mask = torch.ones_like(ids) if mask is None else mask
    return model.generate(ids, attention_mask=mask, **OPTIONS)


@pytest.mark.parametrize("build", [small_models.llama, small_models.qwen2])
def test_generation_goes_on_from_the_shorter_text_and_gives_back_the_whole_one(build):
    model, ids = build(), _ids(40)
    with attach(SelectiveContext(keep=0.4), model) as attached:
        found = _generate(model, ids)
    left = ids[:, attached.total().position[0]]
    assert left.shape[1] == 1 + 1 + int(0.4 * 38)
    assert torch.equal(found[:, :40], ids)
    assert torch.equal(found[:, 40:], _generate(model, left)[:, left.shape[1] :])


def test_a_plain_call_sees_the_shorter_text_too():
    model, ids = small_models.llama(), _ids(40)
    with attach(SelectiveContext(keep=0.4), model) as attached, torch.no_grad():
        found = model(ids).logits
        named = model(input_ids=ids, labels=ids)
    left = ids[:, attached.total().position[0]]
    with torch.no_grad():
        expected = model(left, labels=left)
    assert torch.allclose(found, expected.logits, atol=1e-5)
    assert torch.isclose(named.loss, expected.loss)


def test_keeping_everything_generates_the_untouched_models_tokens():
    model, ids = small_models.qwen2(), _ids(30)
    untouched = _generate(model, ids)
    with attach(SelectiveContext(keep=1), model):
        assert torch.equal(_generate(model, ids), untouched)
    assert torch.equal(_generate(model, ids), untouched)
    assert "generate" not in vars(model)


@pytest.mark.parametrize("method", [SelectiveContext(keep=0.5), LLMLingua(keep=0.5, segment=8)])
def test_prompts_of_different_lengths_are_shortened_each_for_itself(method):
    model = small_models.llama()
    long, short = _ids(40, seed=1), _ids(25, seed=2)
    ids = torch.cat([long, torch.nn.functional.pad(short, (15, 0))])
    mask = (torch.arange(40) >= torch.tensor([[0], [15]])).long()
    with attach(method, model):
        together = _generate(model, ids, mask)
        alone = [_generate(model, one) for one in (long, short)]
    for row, one in zip(together, alone, strict=True):
        assert torch.equal(row[-one.shape[1] :], one[0])


def test_padding_is_the_models_own_and_bears_no_loss():
    model = small_models.llama()
    model.config.pad_token_id = 7
    long, short = _ids(40, seed=1), _ids(25, seed=2)
    ids = torch.cat([long, torch.nn.functional.pad(short, (15, 0), value=11)])
    mask = (torch.arange(40) >= torch.tensor([[0], [15]])).long()
    seen = {}
    with attach(SelectiveContext(keep=0.5), model), torch.no_grad():
        hook = model.register_forward_pre_hook(lambda _, args, kwargs: seen.update(kwargs), with_kwargs=True)
        model(ids, mask, labels=ids)
    hook.remove()
    padding = seen["attention_mask"] == 0
    assert bool(padding[1].any())
    assert bool((seen["input_ids"][padding] == 7).all())
    assert bool((seen["labels"][padding] == -100).all())
    first = int(padding[1].sum())
    assert int(seen["labels"][1, first]) == -100  # which only padding foretells
    assert torch.equal(seen["labels"][1, first + 1 :], seen["input_ids"][1, first + 1 :])


@pytest.mark.parametrize("end", [2, [2, 5]])
def test_padding_that_no_mask_tells_is_what_generate_takes_for_it(end):
    model = small_models.llama()
    model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, end
    ids = torch.cat([_ids(40, seed=1), torch.nn.functional.pad(_ids(25, seed=2), (15, 0))])
    untouched = model.generate(ids, **OPTIONS)
    with attach(SelectiveContext(keep=1), model):
        assert torch.equal(model.generate(ids, **OPTIONS), untouched)
    with attach(SelectiveContext(keep=0.5), model) as attached:
        found = model.generate(ids, **OPTIONS)
        kept = attached.total().kept
        assert torch.equal(found, _generate(model, ids, (ids != 0).long()))
    assert not bool(kept[1, :15].any())


def test_padding_that_ends_a_text_as_well_is_none_without_a_mask():
    model = small_models.llama()
    model.generation_config.pad_token_id = model.generation_config.eos_token_id
    ids = torch.nn.functional.pad(_ids(25), (15, 0), value=model.generation_config.eos_token_id)
    untouched = model.generate(ids, **OPTIONS)
    with attach(SelectiveContext(keep=1), model) as attached:
        assert torch.equal(model.generate(ids, **OPTIONS), untouched)
    assert bool(attached.total().kept.all())


def test_arguments_by_position_count_too():
    model, ids = small_models.llama(), _ids(40)
    settings = transformers.GenerationConfig(max_new_tokens=3, min_new_tokens=3, do_sample=False)
    mask = (torch.arange(40) >= 15).long()[None]
    with attach(SelectiveContext(keep=0.5), model) as attached:
        found = model.generate(ids, settings, attention_mask=torch.ones_like(ids))
        assert found.shape[1] == 40 + 3
        assert attached.total().tokens.shape[1] == 1 + percentile_count(0.5, 39)
        with torch.no_grad():
            assert model(ids, mask).logits.shape[1] == 1 + percentile_count(0.5, 24)


def _gpt2():
    sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "vocab_size": 128}
    config = transformers.GPT2Config(**sizes, bos_token_id=1, eos_token_id=2)
    return small_models.build(lambda: transformers.GPT2LMHeadModel(config))


def test_positions_are_counted_without_padding_where_a_model_learned_them():
    model, scorer, short = small_models.llama(), _gpt2(), _ids(25, seed=2)
    padded = torch.nn.functional.pad(short, (15, 0))
    mask = (torch.arange(40) >= 15).long()[None]
    kept = []
    for ids, valid in ((short, torch.ones_like(short)), (padded, mask)):
        with attach(SelectiveContext(keep=0.4), model, scorer=scorer) as attached, torch.no_grad():
            model(input_ids=ids, attention_mask=valid)
        kept.append(ids[:, attached.total().position[0]])
    assert torch.equal(*kept)
    both = torch.cat([_ids(40, seed=3), padded])
    with attach(SelectiveContext(keep=0.4), scorer), torch.no_grad():
        alone = scorer(input_ids=short).logits
        together = scorer(input_ids=both, attention_mask=torch.cat([torch.ones_like(mask), mask])).logits
    assert torch.allclose(together[1, -alone.shape[1] :], alone[0], atol=1e-4)


def test_a_prompt_is_shortened_whole_or_not_at_all():
    model, ids = small_models.llama(), _ids(40)
    with torch.no_grad():
        cache = model(ids, use_cache=True).past_key_values
    with attach(SelectiveContext(), model):
        with pytest.raises(ValueError, match="shortened whole"):
            model(_ids(3), past_key_values=cache)
        with pytest.raises(ValueError, match="shortened whole"):
            model.generate(ids, past_key_values=cache, **OPTIONS)
        with pytest.raises(ValueError, match="one token at least"):
            model(ids[:, :0])


def test_what_cannot_judge_is_refused():
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=4, vocab_size=128
    )
    masked = small_models.build(lambda: transformers.BertForMaskedLM(config))
    model, ids = small_models.llama(), _ids(40)
    for method in (SelectiveContext(), LLMLingua()):
        with pytest.raises(ValueError, match="no causal language model"), attach(method, masked):
            pass
    with pytest.raises(ValueError, match="found 3"), attach(SelectiveContext(), model, candidates=3):
        pass
    with (
        attach(SelectiveContext(), model, units=ids[:, 1:]),
        pytest.raises(ValueError, match="units must be"),
    ):
        model(ids)


def test_words_that_part_two_images_stay():
    model = small_models.qwen2_vl()
    image = torch.full((1, 16), small_models.IMAGE_TOKEN)
    ids = torch.cat([_ids(6), image, _ids(1, seed=4), image, _ids(12, seed=5)], dim=1)
    inputs = {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": (ids == small_models.IMAGE_TOKEN).int(),
        "pixel_values": torch.randn(128, 96, generator=torch.Generator().manual_seed(0)),
        "image_grid_thw": torch.tensor([[1, 8, 8]] * 2),
    }
    with attach(RandomPruning(keep=2), model, stage="prompt") as attached:
        model.generate(**inputs, **OPTIONS)
    assert attached.total().tokens.shape[1] == 32 + 3 + 2


def test_another_model_may_judge_the_prompt():
    model, scorer, ids = small_models.llama(), small_models.qwen2(depth=1, width=16), _ids(40)
    with attach(SelectiveContext(keep=0.4), model, scorer=scorer) as attached:
        _generate(model, ids)
    with torch.no_grad():
        informs = self_information(scorer(ids).logits, ids)[0, 1:]
    best = 1 + informs.argsort(descending=True)[: percentile_count(0.4, 39)]
    assert attached.total().position[0].tolist() == [0, *sorted(best.tolist())]


@pytest.mark.parametrize("method", [SelectiveContext(), LLMLingua()])
def test_a_scorer_with_another_tokenizer_is_refused(method):
    scorer = small_models.llama()
    scorer.resize_token_embeddings(50)
    model = small_models.llama()
    with attach(method, model, scorer=scorer), pytest.raises(ValueError, match="the tokenizer"):
        _generate(model, _ids(40))


def test_only_candidates_go():
    model, ids = small_models.llama(), _ids(40)
    with attach(SelectiveContext(keep=2), model, candidates=slice(10, 30)) as attached:
        _generate(model, ids)
    kept = attached.total().kept[0]
    assert bool(kept[:10].all())
    assert bool(kept[30:].all())
    assert int(kept[10:30].sum()) == 2
    marks = torch.zeros(1, 39, dtype=torch.bool)
    with attach(SelectiveContext(), model, candidates=marks), pytest.raises(ValueError, match="candidates"):
        _generate(model, ids)


def test_placeholders_of_images_stay():
    model = small_models.llava()
    image = torch.full((1, 64), small_models.IMAGE_TOKEN)
    ids = torch.cat([_ids(10), image, _ids(20, seed=1)], dim=1)
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with attach(RandomPruning(keep=0.5), model, stage="prompt") as attached:
        found = model.generate(ids, pixel_values=pixels, attention_mask=torch.ones_like(ids), **OPTIONS)
    left = ids[:, attached.total().position[0]]
    assert left.shape[1] == 64 + 2 + 14  # the words beside the image stay as well
    alone = model.generate(left, pixel_values=pixels, attention_mask=torch.ones_like(left), **OPTIONS)
    assert torch.equal(found[:, -NEW:], alone[:, -NEW:])


def test_placeholders_are_no_candidates_whatever_the_caller_says():
    model = small_models.llava()
    image = torch.full((1, 64), small_models.IMAGE_TOKEN)
    ids = torch.cat([_ids(10), image, _ids(20, seed=1)], dim=1)
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with attach(SelectiveContext(keep=0.5), model, candidates=slice(1, -4)) as attached:
        model.generate(ids, pixel_values=pixels, attention_mask=torch.ones_like(ids), **OPTIONS)
    assert bool(attached.total().kept[ids == small_models.IMAGE_TOKEN].all())


def test_a_model_without_a_prompt_is_refused():
    model = small_models.llama()
    with attach(SelectiveContext(), model), pytest.raises(ValueError, match="input_ids"):
        model(inputs_embeds=torch.randn(1, 4, 32))
    with attach(SelectiveContext(), model), pytest.raises(ValueError, match="input_ids"):
        model.generate(inputs_embeds=torch.randn(1, 4, 32), **OPTIONS)
    with attach(SelectiveContext(), model), pytest.raises(ValueError, match="without inputs_embeds"):
        model.generate(_ids(4), inputs_embeds=torch.randn(1, 4, 32), **OPTIONS)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"candidates": torch.ones(1, 40)}, "one of torch.float32"),
        ({"candidates": torch.ones(1, 40).long()}, "one of torch.int64"),
        ({"candidates": torch.ones(40).bool()}, r"must be \(B, N\) = \(1, 40\), found \(40,\)"),
        ({"candidates": range(3, 9)}, r"found range\(3, 9\)"),
        ({"candidates": slice(100, 120)}, "selects none of the prompt's 40 tokens"),
        ({"units": [1] * 40}, "units must be a .* tensor of whole numbers"),
        ({"units": torch.zeros(1, 40)}, "whole numbers, found torch.float32"),
        ({"units": torch.zeros(1, 40).bool()}, "whole numbers, found torch.bool"),
        ({"units": torch.zeros(40).long()}, r"units must be \(B, N\) = \(1, 40\)"),
        ({"text": 1}, "takes no text; it takes scorer=, candidates=, units="),
    ],
)
def test_what_the_caller_says_of_the_prompt_is_checked(where, says):
    model = small_models.llama()
    with pytest.raises(ValueError, match=says), attach(LLMLingua(), model, **where):
        _generate(model, _ids(40))


@pytest.mark.parametrize("mask", [torch.zeros(1, 1, 40, 40), torch.ones(1, 39)])
def test_a_mask_that_says_more_than_padding_is_refused(mask):
    model = small_models.llama()
    with attach(LLMLingua(), model), pytest.raises(ValueError, match="attention_mask must be"):
        model(_ids(40), attention_mask=mask)


def test_arguments_without_names_are_refused():
    class Wrapper(torch.nn.Module):
        def __init__(self, base):
            super().__init__()
            self.base, self.config = base, base.config
            self.can_generate, self.get_input_embeddings = base.can_generate, base.get_input_embeddings

        def forward(self, *args, **kwargs):
            return self.base(*args, **kwargs)

    model, ids = Wrapper(small_models.llama()), _ids(40)
    with attach(LLMLingua(), model), torch.no_grad():
        with pytest.raises(ValueError, match="input_ids= by name"):
            model(ids)
        assert model(input_ids=ids).logits.shape[1] == 20
