"""Methods that choose anew from the KV cache as text is written."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.ada_kv import AdaKV
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.lagkv import LagKV
from reference_impls.methods.r_kv import RKV
from reference_impls.methods.snapkv import SnapKV
from reference_impls.reduction import Reduction

METHOD = RKV(keep=20, buffer=6, window=4)
PROMPT = 31


def _prompts(*lengths):
    """Left-padded prompts of different lengths."""
    generator, longest = torch.Generator().manual_seed(3), max(lengths)
    ids = torch.zeros(len(lengths), longest, dtype=torch.long)
    for row, length in enumerate(lengths):
        ids[row, longest - length :] = torch.randint(3, 90, (length,), generator=generator)
    return {"input_ids": ids, "attention_mask": (ids > 0).long()}


def _written(count, rows=1, seed=5):
    return torch.randint(3, 90, (rows, count), generator=torch.Generator().manual_seed(seed))


def _options(count, **more):
    return {"max_new_tokens": count, "min_new_tokens": count, "do_sample": False, **more}


def _write(model, tokens, out, attached=None, mask=None):
    """The logits of each of the tokens, written one by one, and what was kept in each layer before it."""
    logits, kept = [], []
    for step in range(tokens.shape[1]):
        if attached is not None:
            kept.append([reduction.kept for _, reduction in attached.reductions])
        told = {}
        if mask is not None:
            mask = torch.cat([mask, mask.new_ones(mask.shape[0], 1)], dim=1)
            told = {"attention_mask": mask}
        cache = out.past_key_values
        out = model(tokens[:, step : step + 1], past_key_values=cache, use_cache=True, **told)
        logits.append(out.logits[:, -1])
    return torch.stack(logits, dim=1), kept, out


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_keeping_everything_generates_the_untouched_models_tokens(attention):
    model, inputs = small_models.llama(attention=attention), _prompts(40, 33)
    untouched = model.generate(**inputs, **_options(20))
    with attach(replace(METHOD, keep=1), model) as attached:
        assert torch.equal(model.generate(**inputs, **_options(20)), untouched)
    # The last of 20 tokens is no entry; of 19, three times 6 filled the buffer.
    assert all(reduction.source.shape[1] == 40 + 18 for _, reduction in attached.reductions)
    assert all(bool(reduction.kept[:2].all()) for _, reduction in attached.reductions)


def test_a_cache_never_holds_more_than_its_budget_and_the_buffer():
    model, inputs = small_models.llama(), _prompts(PROMPT)
    with attach(METHOD, model) as attached, torch.no_grad():
        out, lengths = model(**inputs, use_cache=True), []
        for token in _written(20)[0]:
            out = model(token[None, None], past_key_values=out.past_key_values, use_cache=True)
            layers = out.past_key_values.layers
            lengths.append({layer.keys.shape[2] for layer in layers})
            assert out.past_key_values.get_seq_length() == PROMPT + len(lengths)
    assert lengths == [{20 + step % 6} for step in range(1, 21)]
    for _, reduction in attached.reductions:
        assert reduction.source.shape[1] == PROMPT + 18
        assert reduction.counts.tolist() == [20, 20]
        assert bool(reduction.kept[:, -4:].all())


def test_a_short_prompt_stays_whole_until_it_and_what_is_written_exceed_the_budget():
    model, inputs = small_models.llama(), _prompts(9)
    with attach(METHOD, model), torch.no_grad():
        out, lengths = model(**inputs, use_cache=True), []
        for token in _written(20)[0]:
            out = model(token[None, None], past_key_values=out.past_key_values, use_cache=True)
            lengths.append(out.past_key_values.layers[1].keys.shape[2])
    assert lengths == [*range(10, 21), 20, *range(21, 26), 20, 21, 22]


def test_a_fraction_is_of_all_that_was_read_and_written():
    model, inputs = small_models.llama(), _prompts(40)
    with attach(replace(METHOD, keep=0.5), model) as attached:
        model.generate(**inputs, **_options(14))
    assert {tuple(reduction.counts.tolist()) for _, reduction in attached.reductions} == {(26, 26)}


@pytest.mark.parametrize("official", [False, True])
def test_what_was_forgotten_is_as_if_it_were_hidden_from_every_later_token(official):
    inputs, tokens = _prompts(PROMPT), _written(20)
    model = small_models.llama(attention="eager")
    with attach(replace(METHOD, official=official), model) as attached, torch.no_grad():
        found, kept, _ = _write(model, tokens, model(**inputs, use_cache=True), attached)
    assert len({tuple(step[1].flatten().tolist()) for step in kept}) == 4  # the prompt's, and three more
    heads = model.config.num_attention_heads // model.config.num_key_value_heads
    with torch.no_grad():
        out = model(**inputs, use_cache=True)
        for step in range(tokens.shape[1]):
            handles = []
            for layer, held in zip(model.model.layers, kept[step], strict=True):
                visible = torch.ones(model.config.num_key_value_heads, PROMPT + step + 1, dtype=torch.bool)
                visible[:, : held.shape[1]] = held
                hidden = torch.zeros(1, 4, 1, visible.shape[1])
                hidden[0, :, 0].masked_fill_(~visible.repeat_interleave(heads, dim=0), -1e30)
                handles.append(layer.register_forward_pre_hook(_masked(hidden), with_kwargs=True))
            out = model(tokens[:, step : step + 1], past_key_values=out.past_key_values, use_cache=True)
            for handle in handles:
                handle.remove()
            assert torch.allclose(out.logits[:, -1], found[:, step], atol=1e-4)


def _masked(hidden):
    return lambda _, args, kwargs: (args, {**kwargs, "attention_mask": hidden})


@dataclass(frozen=True)
class Shown(RKV):
    """Notes what it is shown."""

    seen: ClassVar[list] = []

    def reduce(self, tokens, context):
        self.seen.append(context)
        return super().reduce(tokens, context)


def test_the_queries_shown_are_those_of_the_latest_tokens():
    """The rows of attention that they make are the model's own."""
    model, inputs, tokens = small_models.llama(attention="eager"), _prompts(PROMPT), _written(6)
    Shown.seen.clear()
    with attach(Shown(keep=1, buffer=6, window=4), model), torch.no_grad():
        out, maps = model(**inputs, use_cache=True), []
        for step in range(6):
            cache, token = out.past_key_values, tokens[:, step : step + 1]
            out = model(token, past_key_values=cache, use_cache=True, output_attentions=True)
            maps.append(out.attentions)
    later = [context for context in Shown.seen if context.queries.shape[2] < PROMPT]
    assert [context.layer for context in later] == [0, 1, 2, 3]
    for context in later:
        assert context.given.tolist() == [PROMPT + 6]
        assert context.queries.shape[2] == 4
        keys = context.keys.repeat_interleave(2, dim=1)
        for row, step in enumerate(range(2, 6)):
            logits = context.queries[:, :, row, None] @ keys[:, :, : PROMPT + 1 + step].transpose(2, 3)
            expected = maps[step][context.layer]
            assert torch.allclose((logits / keys.shape[-1] ** 0.5).softmax(dim=-1), expected, atol=1e-5)


@dataclass(frozen=True)
class Standing(LagKV):
    """Notes what it is shown."""

    seen: ClassVar[list] = []

    def reduce(self, tokens, context):
        self.seen.append(context)
        return super().reduce(tokens, context)


def test_each_entry_says_where_it_stands_whatever_padding_is_before_it():
    model, both, tokens = small_models.llama(), _prompts(40, 26), _written(13, rows=2)
    Standing.seen.clear()
    with attach(Standing(keep=0.5, lag=5, sinks=3, buffer=6), model) as attached, torch.no_grad():
        _, kept, _ = _write(model, tokens, model(**both, use_cache=True), attached, both["attention_mask"])
    after_prompt, again = Standing.seen[0], Standing.seen[4]
    assert after_prompt.stands is None
    assert again.given.tolist() == [46, 32]
    for row, (padding, length) in enumerate(((0, 40), (14, 26))):
        for head in range(2):
            own = kept[0][0].unflatten(0, (2, 2))[row, head, padding:].nonzero().squeeze(-1).tolist()
            stands = again.stands[row, head]
            assert stands[stands >= 0].tolist() == [*own, *range(length, length + 6)]
            assert torch.equal(stands >= 0, again.valid[row])


@pytest.mark.parametrize("keep", [20, 0.4])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_prompts_of_a_batch_are_written_on_as_if_each_stood_alone(attention, keep):
    model = small_models.llama(attention=attention)
    both, tokens = _prompts(40, 26), _written(20, rows=2)
    method = replace(METHOD, keep=keep)

    def write(rows, start):
        inputs = {name: value[rows, start:] for name, value in both.items()}
        with attach(method, model) as attached, torch.no_grad():
            out = model(**inputs, use_cache=True)
            logits = _write(model, tokens[rows], out, mask=inputs["attention_mask"])[0]
        return logits, attached.reductions

    together, reductions = write(slice(None), 0)
    for row, start in ((0, 0), (1, 14)):
        alone, own = write(slice(row, row + 1), start)
        assert torch.allclose(alone[0], together[row], atol=1e-4)
        for (_, whole), (_, one) in zip(reductions, own, strict=True):
            real = (whole.kept & (torch.arange(whole.kept.shape[1]) >= start))[2 * row : 2 * row + 2]
            assert torch.equal(real[:, start:], one.kept)


@pytest.mark.parametrize("keep", [20, 0.4])
def test_what_looks_at_keys_alone_answers_a_batch_as_it_answers_each_prompt(keep):
    """By `generate`, which gives a token the position in its own prompt: channels of keys turn with it."""
    model, both = small_models.llama(), _prompts(40, 26)

    def answer(rows, start):
        inputs = {name: value[rows, start:] for name, value in both.items()}
        with attach(LagKV(keep=keep, lag=5, sinks=3, buffer=6), model) as attached:
            answer = model.generate(**inputs, **_options(20))[:, -20:]
        return answer, attached.reductions

    together, reductions = answer(slice(None), 0)
    for row, start in ((0, 0), (1, 14)):
        alone, own = answer(slice(row, row + 1), start)
        assert torch.equal(alone[0], together[row])
        for (_, whole), (_, one) in zip(reductions, own, strict=True):
            assert torch.equal(whole.kept[2 * row : 2 * row + 2, start:], one.kept)
            assert not bool(whole.kept[2 * row : 2 * row + 2, :start].any())


def test_a_beam_takes_along_what_its_sequence_held():
    model, tokens = small_models.llama(), _written(20, rows=2)
    inputs = {name: value.expand(2, -1) for name, value in _prompts(PROMPT).items()}
    swapped = torch.tensor([1, 0])

    def write(at):
        with attach(METHOD, model) as attached, torch.no_grad():
            first = _write(model, tokens[:, :at], model(**inputs, use_cache=True))[2]
            first.past_key_values.reorder_cache(swapped)
            logits = _write(model, tokens[swapped][:, at:], first)[0]
        return logits, attached.reductions

    with attach(METHOD, model) as attached, torch.no_grad():
        expected = _write(model, tokens, model(**inputs, use_cache=True))[0]
    for at in (5, 9, 12):
        found, reductions = write(at)
        assert torch.allclose(found[swapped], expected[:, at:], atol=1e-5)
        for (_, one), (_, other) in zip(reductions, attached.reductions, strict=True):
            assert torch.equal(one.kept.view(2, 2, -1)[swapped], other.kept.view(2, 2, -1))


@pytest.mark.parametrize("options", [{"num_beams": 3}, {"guidance_scale": 2.0}, {"num_return_sequences": 2}])
def test_generate_writes_on_with_beams_guidance_and_several_answers(options):
    model, inputs = small_models.llama(), _prompts(PROMPT)
    options = {**_options(20), **options}
    if "num_return_sequences" in options:
        options["do_sample"] = True
    with attach(METHOD, model) as attached:
        output = model.generate(**inputs, **options)
    assert output.shape[1] == PROMPT + 20
    assert all(set(reduction.counts.tolist()) == {20} for _, reduction in attached.reductions)
    assert len(attached.reductions) == len(model.model.layers)


def test_a_later_turn_fills_the_buffer_and_is_chosen_from_as_its_answer_is_written():
    model, inputs = small_models.llama(), _prompts(PROMPT)
    with attach(METHOD, model), torch.no_grad():
        cache = model.generate(**inputs, **_options(3), return_dict_in_generate=True).past_key_values
        assert {layer.keys.shape[2] for layer in cache.layers} == {22}
        turn = torch.cat([inputs["input_ids"], _written(3), _written(8, seed=6)], dim=1)
        output = model.generate(turn, past_key_values=cache, **_options(2))
        assert {layer.keys.shape[2] for layer in cache.layers} == {20}
    assert output.shape[1] == PROMPT + 13


def test_the_cost_is_that_of_the_latest_choice():
    model, inputs = small_models.llama(), _prompts(PROMPT)
    with attach(METHOD, model) as attached:
        model.generate(**inputs, **_options(1))
        before = attached.cost()
        model.generate(**inputs, **_options(20))
        cost = attached.cost()
        assert "49 -> 20 entries" in repr(attached)
    bytes_of_one = before["KV cache (bytes)"].before / PROMPT
    assert before["KV cache (bytes)"].after == bytes_of_one * 20
    assert cost["KV cache (bytes)"].before == bytes_of_one * (PROMPT + 18)
    assert cost["KV cache (bytes)"].after == bytes_of_one * 20
    assert cost["MACs of the prompt"] == before["MACs of the prompt"]
    with attach(METHOD, model) as attached:
        model.generate(**inputs, **_options(20))
        model.generate(**inputs, **_options(1))
        assert attached.cost() == before


def test_behind_a_prompt_that_was_shortened_before_it_places_count_what_was_left():
    model = small_models.llava()
    ids = torch.randint(3, 90, (1, 90), generator=torch.Generator().manual_seed(1))
    ids[:, 4:68] = small_models.IMAGE_TOKEN
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": pixels}
    with attach(DivPrune(keep=10), model), attach(METHOD, model) as attached:
        model.generate(**inputs, **_options(20))
    for _, reduction in attached.reductions:
        assert reduction.source.shape[1] == 90 - 54 + 18
        assert set(reduction.counts.tolist()) == {20}


def test_a_report_holds_tokens_where_it_is_asked_to():
    model, inputs = small_models.llama(), _prompts(PROMPT)
    with attach(METHOD, model, report_tokens=True) as attached, torch.no_grad():
        out = _write(model, _written(6), model(**inputs, use_cache=True))[2]
    for number, reduction in attached.reductions:
        assert isinstance(reduction, Reduction)
        layer = out.past_key_values.layers[number]
        entries = torch.cat([layer.keys, layer.values], dim=-1).flatten(0, 1)
        assert torch.equal(reduction.tokens, entries)
        assert torch.equal(reduction.source.gather(1, reduction.position), torch.arange(20).expand(2, -1))


@dataclass(frozen=True)
class AdaKVAgain(AdaKV):
    """Heads that keep different numbers, with a buffer."""

    buffer: int = 16


@dataclass(frozen=True)
class SnapKVAgain(SnapKV):
    """A method of others, which need not check its settings as R-KV does."""

    buffer: int | float | bool = 32


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (AdaKVAgain(), "its heads keep different numbers of entries"),
        (SnapKVAgain(buffer=8), "a window of 16 tokens, and its buffer holds only 8"),
        (SnapKVAgain(buffer=2.5), "has buffer = 2.5 and window = 16"),
        (SnapKVAgain(buffer=True), "has buffer = True"),
    ],
)
def test_a_buffer_that_makes_no_sense_is_refused(method, said):
    with pytest.raises(ValueError, match=said):
        attach(method, small_models.llama(), stage="kv-cache").__enter__()


def test_a_method_of_ones_own_may_have_a_buffer():
    model, inputs = small_models.llama(), _prompts(PROMPT)
    with attach(SnapKVAgain(keep=20, window=4, buffer=6), model, stage="kv-cache") as attached:
        model.generate(**inputs, **_options(20))
    for _, reduction in attached.reductions:
        assert reduction.source.shape[1] == PROMPT + 18
        assert reduction.counts.tolist() == [20, 20]
        assert bool(reduction.kept[:, -4:].all())


def test_a_window_beyond_the_buffer_and_a_cache_that_was_cut_are_refused():
    with pytest.raises(ValueError, match="window = 8 is more than buffer = 4"):
        RKV(buffer=4)
    model, inputs = small_models.llama(), _prompts(PROMPT)
    with attach(METHOD, model), torch.no_grad():
        out = _write(model, _written(8), model(**inputs, use_cache=True))[2]
        for layer in out.past_key_values.layers:
            layer.keys, layer.values = layer.keys[:, :, :19], layer.values[:, :, :19]
        with pytest.raises(ValueError, match="into those that RKV had chosen"):
            _write(model, _written(1), out)
