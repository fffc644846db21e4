"""Methods inside decoders: greedy generation with shortened prompts and caches is what it should be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_impls import attach, load_method, load_methods
from reference_impls.hosts import small_models
from reference_impls.hosts.views import ShortenedLayer, padding_first
from reference_impls.methods.fastv import FastV
from reference_impls.methods.pyramiddrop import PyramidDrop
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.streamingllm import StreamingLLM
from reference_impls.methods.tome import ToMe
from reference_impls.reduction import Reduction
from tests.reference_impls.situations import instance, seeing, with_keep

PREFILL = seeing("decoder-prefill")
CACHE = [name for name, method in load_methods().items() if method.stage == "kv-cache"]
GREEDY = {"max_new_tokens": 6, "do_sample": False}


def _prompts(lengths, image=(4, 28)):
    """Left-padded prompts of different lengths, and which tokens are the image's."""
    generator = torch.Generator().manual_seed(3)
    longest = max(lengths)
    ids = torch.zeros(len(lengths), longest, dtype=torch.long)
    mask, candidates = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for row, length in enumerate(lengths):
        ids[row, longest - length :] = torch.randint(3, 90, (length,), generator=generator)
        mask[row, longest - length :] = 1
        candidates[row, longest - length + image[0] : longest - length + image[1] - row] = True
    return {"input_ids": ids, "attention_mask": mask}, candidates


def _generate(model, inputs):
    return model.generate(**inputs, **GREEDY)[:, inputs["input_ids"].shape[1] :]


def _masked_generation(model, ids, layer, dropped):
    """Slow and obvious: run everything from the start for each token, hiding the dropped keys from `layer`
    on.
    """
    generated = ids
    for _ in range(GREEDY["max_new_tokens"]):
        count = generated.shape[1]
        visible = torch.ones(count, count, dtype=torch.bool).tril()
        hidden = visible.clone()
        hidden[:, dropped] = False
        hidden |= torch.eye(count, dtype=torch.bool)
        handles = [
            block.register_forward_pre_hook(
                lambda _, args, kwargs, mask=hidden if number >= layer else visible: (
                    args,
                    {**kwargs, "attention_mask": mask[None, None]},
                ),
                with_kwargs=True,
            )
            for number, block in enumerate(model.model.layers)
        ]
        with torch.no_grad():
            logits = model(generated, use_cache=False).logits
        for handle in handles:
            handle.remove()
        generated = torch.cat([generated, logits[:, -1:].argmax(dim=-1)], dim=1)
        if int(generated[0, -1]) == model.config.eos_token_id:
            break
    return generated[:, ids.shape[1] :]


@pytest.mark.parametrize("make", [small_models.llama, small_models.qwen2], ids=["llama", "qwen2"])
@pytest.mark.parametrize("keep", [0.2, 0.5])
def test_dropping_equals_masking(make, keep):
    model = make()
    inputs, candidates = _prompts([40])
    with attach(FastV(keep=keep, layer=2), model, candidates=candidates) as attached:
        generated = _generate(model, inputs)
    dropped = attached.total().dropped[0].nonzero().squeeze(-1)
    assert dropped.numel() == 24 - round(24 * keep)
    slow = _masked_generation(model, inputs["input_ids"], 2, dropped)
    assert torch.equal(generated[:, : slow.shape[1]], slow)


@pytest.mark.parametrize("name", PREFILL)
def test_keeping_everything_generates_the_untouched_models_tokens(name):
    method = with_keep(instance(load_method(name)), 1.0)
    if method is None:
        pytest.skip("no budget")
    model = small_models.llama(depth=5)
    inputs, candidates = _prompts([40, 33])
    untouched = _generate(model, inputs)
    with attach(method, model, candidates=candidates):
        assert torch.equal(_generate(model, inputs), untouched)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", PREFILL)
def test_a_batch_of_different_lengths_generates_what_its_prompts_generate_alone(name, attention):
    model = small_models.llama(depth=5, attention=attention)
    inputs, candidates = _prompts([40, 33, 37])
    method = with_keep(instance(load_method(name)), 0.5) or instance(load_method(name))
    with attach(method, model, candidates=candidates):
        together = _generate(model, inputs)
    for row in range(3):
        start = int((inputs["attention_mask"][row] == 0).sum())
        alone = {key: value[row : row + 1, start:] for key, value in inputs.items()}
        with attach(method, model, candidates=candidates[row : row + 1, start:]):
            assert torch.equal(_generate(model, alone)[0], together[row, : _generate(model, alone).shape[1]])


@pytest.mark.parametrize("name", PREFILL)
def test_the_report_of_a_padded_batch_is_that_of_its_prompts(name):
    model, method = small_models.llama(depth=5), instance(load_method(name))
    inputs, candidates = _prompts([40, 33, 37])
    positions = (inputs["attention_mask"].cumsum(dim=1) - 1).clamp(min=0)
    with torch.no_grad():
        with attach(method, model, candidates=candidates) as attached:
            model(**inputs, position_ids=positions)
            together = attached.total()
        for row, start in enumerate((0, 7, 3)):
            with attach(method, model, candidates=candidates[row : row + 1, start:]) as attached:
                model(inputs["input_ids"][row : row + 1, start:])
            alone = attached.total()
            assert torch.equal(together.kept[row, start:], alone.kept[0])
            assert not bool(together.kept[row, :start].any())
            padding = together.tokens.shape[1] - alone.tokens.shape[1]
            moved = torch.where(alone.source[0] < 0, -1, alone.source[0] + padding)
            assert torch.equal(together.source[row, start:], moved)


@given(
    valid=st.lists(st.lists(st.booleans(), min_size=5, max_size=5).filter(any), min_size=1, max_size=3),
    seed=st.integers(0, 9),
)
def test_padding_moves_to_the_front_and_every_token_with_its_slot(valid, seed):
    marks, generator = torch.tensor(valid), torch.Generator().manual_seed(seed)
    tokens = torch.randn(len(valid), 7, 3, generator=generator)
    slots = torch.randint(0, 5, marks.shape, generator=generator)
    position = slots.masked_fill(~marks, -1)
    source = torch.randint(-1, 5, tokens.shape[:2], generator=generator)
    held = tokens[:, :5].masked_fill(~marks.unsqueeze(-1), 0.0)
    given_one = Reduction(held, source, torch.rand(marks.shape), position, marks)
    found = padding_first(given_one)
    assert torch.equal(found.unmerge(), given_one.unmerge())
    assert torch.equal(found.kept, given_one.kept)
    assert found.valid.tolist() == [sorted(row) for row in valid]
    for row in range(len(valid)):
        assert torch.equal(found.tokens[row, found.valid[row]], held[row, marks[row]])
        assert torch.equal(found.size[row, found.valid[row]], given_one.size[row, marks[row]])


@pytest.mark.parametrize("name", PREFILL)
def test_prefill_methods_act_on_a_vision_language_model(name):
    model = small_models.llava()
    inputs = _with_image(2)
    method = instance(load_method(name))
    with attach(method, model) as attached:
        generated = _generate(model, inputs)
    assert generated.shape[0] == 2
    total = attached.total()
    assert total.tokens.shape[1] < inputs["input_ids"].shape[1]
    text = inputs["input_ids"] != small_models.IMAGE_TOKEN
    assert bool(total.kept[text].all())


def _with_image(batch):
    generator = torch.Generator().manual_seed(5)
    text = torch.randint(3, 90, (batch, 12), generator=generator)
    image = torch.full((batch, 64), small_models.IMAGE_TOKEN)
    ids = torch.cat([text[:, :4], image, text[:, 4:]], dim=1)
    return {"input_ids": ids, "pixel_values": torch.randn(batch, 3, 32, 32, generator=generator)}


def test_layers_before_the_cut_hold_the_full_cache_and_later_ones_the_short_one():
    model = small_models.llama()
    inputs, candidates = _prompts([40])
    with attach(FastV(keep=6, layer=2), model, candidates=candidates):
        out = model.generate(**inputs, **GREEDY, return_dict_in_generate=True)
    new = out.sequences.shape[1] - 40 - 1
    held = [layer.keys.shape[2] for layer in out.past_key_values.layers]
    assert held == [40 + new, 40 + new, 22 + new, 22 + new]
    assert [layer.get_seq_length() for layer in out.past_key_values.layers] == [40 + new] * 4


def test_kept_positions_are_the_originals_and_renumbered_ones_count_from_zero():
    model = small_models.llama()
    inputs, candidates = _prompts([40])
    seen = {}

    def look(_, __, kwargs):
        seen["cosine"] = kwargs["position_embeddings"][0]

    for positions in ("keep", "renumber"):
        with (
            attach(FastV(keep=6, positions=positions), model, candidates=candidates) as attached,
            torch.no_grad(),
        ):
            handle = model.model.layers[3].register_forward_pre_hook(look, with_kwargs=True)
            model(**inputs)
            handle.remove()
        expected = attached.total().position if positions == "keep" else torch.arange(22)[None]
        cosine, _ = model.model.rotary_emb(torch.zeros(1, 1, 1), expected)
        assert torch.allclose(seen["cosine"], cosine)


@pytest.mark.parametrize("method", [FastV(keep=0.5), PyramidDrop(keep=0.5)], ids=["kept", "renumbered"])
def test_generating_with_a_cache_equals_generating_in_one_pass_per_token(method):
    """Teacher forcing: the logits of a token do not depend on whether the prompt's end was cached."""
    model = small_models.llama(depth=5)
    inputs, candidates = _prompts([40])
    with attach(method, model, candidates=candidates), torch.no_grad():
        out = model(**inputs, use_cache=True)
        steps = [out.logits[:, -1]]
        for token in (7, 8, 9):
            out = model(torch.tensor([[token]]), past_key_values=out.past_key_values, use_cache=True)
            steps.append(out.logits[:, -1])
        out = model(**inputs, use_cache=True)
        at_once = model(torch.tensor([[7, 8, 9]]), past_key_values=out.past_key_values, use_cache=True).logits
    assert torch.allclose(torch.stack(steps[1:], dim=1), at_once, atol=1e-4)


@pytest.mark.parametrize("name", CACHE)
def test_a_full_cache_generates_the_untouched_models_tokens(name):
    model = small_models.llama()
    inputs, _ = _prompts([40, 33])
    untouched = _generate(model, inputs)
    with attach(with_keep(instance(load_method(name)), 1), model):
        assert torch.equal(_generate(model, inputs), untouched)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", CACHE)
def test_caches_of_different_lengths_generate_what_they_generate_alone(name, attention):
    model = small_models.llama(attention=attention)
    inputs, _ = _prompts([40, 34])
    method = with_keep(instance(load_method(name)), 0.5)
    with attach(method, model):
        together = _generate(model, inputs)
    for row, start in enumerate((0, 6)):
        alone = {key: value[row : row + 1, start:] for key, value in inputs.items()}
        with attach(method, model):
            generated = _generate(model, alone)[0]
        assert torch.equal(generated, together[row, : generated.numel()])


def test_a_compressed_cache_is_smaller_and_still_counts_the_whole_sequence():
    model = small_models.llama()
    inputs, _ = _prompts([40])
    with attach(SnapKV(keep=12, window=4), model):
        out = model.generate(**inputs, **GREEDY, return_dict_in_generate=True)
    new = out.sequences.shape[1] - 40 - 1
    for layer in out.past_key_values.layers:
        assert isinstance(layer, ShortenedLayer)
        assert layer.keys.shape == (1, 2, 12 + new, 8)
        assert layer.get_seq_length() == 40 + new


def test_a_compressed_cache_equals_a_full_one_whose_other_entries_are_masked():
    model = small_models.llama()
    inputs, _ = _prompts([40])
    ids = inputs["input_ids"]
    with attach(StreamingLLM(keep=12), model), torch.no_grad():
        out = model(ids, use_cache=True)
        short = model(torch.tensor([[7]]), past_key_values=out.past_key_values).logits
    visible = torch.ones(1, 1, 1, 41, dtype=torch.bool)
    visible[..., 4:32] = False
    with torch.no_grad():
        out = model(ids, use_cache=True)
        full = model(torch.tensor([[7]]), past_key_values=out.past_key_values, attention_mask=visible).logits
    assert torch.allclose(short, full, atol=1e-5)


def test_beam_search_runs_on_a_shortened_prompt():
    model = small_models.llama()
    inputs, candidates = _prompts([40, 33])
    untouched = model.generate(**inputs, **GREEDY, num_beams=2)
    with attach(FastV(keep=1), model, candidates=candidates.repeat_interleave(2, dim=0)):
        assert torch.equal(model.generate(**inputs, **GREEDY, num_beams=2), untouched)


@pytest.mark.parametrize("name", ["fastv", "snapkv"])
def test_prompts_padded_on_the_right_are_refused_by_judges_at_their_end(name):
    inputs, candidates = _prompts([40, 36])
    inputs = {key: value.flip(1) for key, value in inputs.items()}
    where = {"candidates": candidates.flip(1)} if name in PREFILL else {}
    model = small_models.llama()
    with attach(instance(load_method(name)), model, **where), pytest.raises(ValueError, match="on the left"):
        model(**inputs)


RIGHT = [name for name in PREFILL if "queries" not in instance(load_method(name)).needs]
"""Methods that judge by no prompt's end, and so take prompts that are padded on the right."""


@pytest.mark.parametrize("name", RIGHT)
def test_a_prompt_padded_on_the_right_keeps_what_it_keeps_alone(name):
    model, method = small_models.llama(depth=5), instance(load_method(name))
    method = with_keep(method, 0.5) or method
    inputs, candidates = _prompts([34, 64], image=(4, 28))
    real = inputs["attention_mask"][0].bool()
    inputs["input_ids"][0, ~real] = torch.arange(3, 33)  # whatever stands there
    with torch.no_grad():
        with attach(method, model, candidates=candidates[:1, real]) as attached:
            alone = model(inputs["input_ids"][:1, real]).logits[0]
            kept = attached.total().kept[0]
        order = torch.cat([real.nonzero(), (~real).nonzero()]).squeeze(-1)
        for name, value in inputs.items():
            inputs[name] = torch.stack([value[0, order], value[1]])
        candidates = torch.stack([candidates[0, order], candidates[1]])
        with attach(method, model, candidates=candidates) as attached:
            together = model(**inputs).logits[0]
            total = attached.total()
    assert torch.equal(total.kept[0, : kept.numel()], kept)
    there = slice(None) if total.valid is None else total.valid[0]
    torch.testing.assert_close(together[there], alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("name", PREFILL)
def test_generation_goes_on_from_the_prompts_last_token_though_it_is_an_images(name, padded):
    """Withdrawing the whole image, too, leaves that one."""
    model, method = small_models.llama(depth=8), instance(load_method(name))
    method = with_keep(method, 0.25) or method
    inputs, _ = _prompts([40, 33] if padded else [40])
    ends = torch.ones_like(inputs["input_ids"], dtype=torch.bool)
    ends[:, :15] = False
    with attach(method, model, candidates=ends) as attached:
        model.generate(**inputs, **GREEDY)
    total = attached.total()
    assert bool(total.kept[:, -1].all())
    assert int(total.counts.max()) < 40


def test_nothing_is_left_behind():
    model = small_models.llama()
    inputs, candidates = _prompts([40])
    before = {name: dict(vars(module)) for name, module in model.named_modules()}
    untouched = _generate(model, inputs)
    with attach(FastV(), model, candidates=candidates):
        _generate(model, inputs)
    with pytest.raises(ZeroDivisionError), attach(SnapKV(), model):
        raise ZeroDivisionError
    assert torch.equal(_generate(model, inputs), untouched)
    for name, module in model.named_modules():
        assert vars(module).keys() == before[name].keys()
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert "forward" not in vars(module)


def test_gradients_flow_through_a_shortened_prompt():
    model = small_models.llama()
    inputs, candidates = _prompts([40])
    with attach(FastV(), model, candidates=candidates):
        model(**inputs, use_cache=False).logits[:, -1].sum().backward()
    gradient = model.model.embed_tokens.weight.grad
    assert bool(gradient.isfinite().all())
    assert float(gradient.abs().sum()) > 0


def test_a_method_that_does_not_fit_the_place_is_refused():
    model = small_models.llama()
    with pytest.raises(ValueError, match="names no tokens of images"), attach(FastV(), model):
        pass
    with (
        pytest.raises(ValueError, match="acts on none"),
        attach(FastV(layer=9), model, candidates=slice(2, 9)),
    ):
        pass
    with pytest.raises(ValueError, match="candidates"), attach(FastV(), model, stage="kv-cache"):
        pass
    with pytest.raises(ValueError, match="no decoder"), attach(FastV(), small_models.vit()):
        pass
    with pytest.raises(ValueError, match="nothing can be attached"), attach(ToMe(), model, stage="decoding"):
        pass
    of_ones_own = type("Own", (), {"reduce": lambda self, tokens, context: tokens})()
    with pytest.raises(ValueError, match="Own describes no stage"), attach(of_ones_own, model):
        pass
