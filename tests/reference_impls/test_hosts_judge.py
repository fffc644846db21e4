"""The language model that judges a prompt: it reads as if nothing else had been done with it."""

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.criteria.information import self_information
from reference_impls.hosts import small_models
from reference_impls.hosts.attachment import attachments_of
from reference_impls.hosts.reading import ReadingModel
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.fastv import FastV
from reference_impls.methods.llmlingua import LLMLingua
from reference_impls.methods.selective_context import SelectiveContext
from reference_impls.methods.snapkv import SnapKV
from reference_impls.supported import FAMILIES

GREEDY = {"max_new_tokens": 5, "min_new_tokens": 5, "do_sample": False}
METHODS = [LLMLingua(keep=0.5, segment=13), SelectiveContext(keep=0.5)]
TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "vocab_size": 128}
WITH_IMAGES = [
    family for family in FAMILIES["prompt"] if family.build not in (small_models.llama, small_models.qwen2)
]


def _ids(count, seed=0, rows=1):
    return torch.randint(3, 90, (rows, count), generator=torch.Generator().manual_seed(seed))


def _kept(model, method, inputs, **where):
    with attach(method, model, **where) as attached:
        output = model.generate(**inputs, **GREEDY)
    return attached.total().kept, output


def _gpt2(**settings):
    config = transformers.GPT2Config(
        n_embd=32, n_layer=2, n_head=4, n_positions=64, vocab_size=128, initializer_range=0.2, **settings
    )
    return small_models.build(lambda: transformers.GPT2LMHeadModel(config))


# ------------------------------------------------------------------------------- what was read before


@pytest.mark.parametrize("family", WITH_IMAGES, ids=lambda family: family.name)
@pytest.mark.parametrize("method", METHODS)
def test_a_model_with_images_judges_the_same_whatever_it_read_before(method, family):
    model, inputs = family.build(), family.inputs()
    fresh, answer = _kept(model, method, inputs)
    assert not bool(fresh.all())
    twice = {name: torch.cat([value, value]) for name, value in inputs.items()}
    for before in ({"input_ids": _ids(30)}, inputs, twice):
        model.generate(**before, **GREEDY)
        kept, again = _kept(model, method, inputs)
        assert torch.equal(kept, fresh)
        assert torch.equal(again, answer)
    kept, again = _kept(model, method, twice)
    assert torch.equal(kept, fresh.expand(2, -1))
    assert torch.equal(again, answer.expand(2, -1))


@pytest.mark.parametrize("build", [small_models.qwen2_vl, small_models.qwen2_5_vl, small_models.qwen3_vl])
def test_pieces_are_as_surprising_to_a_model_with_images_as_a_text_read_at_once(build):
    model, family = build(), next(one for one in WITH_IMAGES if one.build is build)
    with torch.no_grad():
        model.generate(**family.inputs(), **GREEDY)
        ids = family.inputs()["input_ids"]
        expected = self_information(build()(input_ids=ids).logits, ids)[0]
    reading = ReadingModel(model)
    found = torch.cat([reading.read(piece) for piece in ids[0].split(17)])
    assert torch.allclose(found, expected, atol=1e-4, equal_nan=True)


@pytest.mark.parametrize("method", METHODS)
def test_judging_leaves_no_trace_in_the_scorer(method):
    scorer, model = small_models.qwen2_5_vl(), small_models.llama()
    family = next(one for one in WITH_IMAGES if one.build is small_models.qwen2_5_vl)
    scorer.generate(**family.inputs(), **GREEDY)
    before = scorer.model.rope_deltas.clone()
    assert bool((before != 0).any())
    scorer.model.visual.train()  # modes differ from module to module
    modes = [module.training for module in scorer.modules()]
    kept, _ = _kept(model, method, {"input_ids": _ids(40)}, scorer=scorer)
    fresh, _ = _kept(model, method, {"input_ids": _ids(40)}, scorer=small_models.qwen2_5_vl())
    assert torch.equal(kept, fresh)
    assert torch.equal(scorer.model.rope_deltas, before)
    assert [module.training for module in scorer.modules()] == modes


def test_what_was_stored_comes_back_after_an_error_too():
    model, ids = small_models.llama().train(), torch.full((1, 40), 200)
    with attach(LLMLingua(), model), pytest.raises(ValueError, match="the tokenizer"):
        model(input_ids=ids)
    broken = type("Broken", (LLMLingua,), {"reduce": lambda *_: 1 / 0})
    with attach(broken(), model, stage="prompt") as attached:
        with pytest.raises(ZeroDivisionError):
            model(input_ids=_ids(40))
        assert attachments_of(model) == [attached]
        assert not attached.paused
    assert all(module.training for module in model.modules())


# ----------------------------------------------------------------------------- what it does besides


@pytest.mark.parametrize("method", METHODS)
def test_dropout_judges_nothing(method):
    model, inputs = _gpt2(), {"input_ids": _ids(40)}
    expected, _ = _kept(model, method, inputs)
    model.train()
    with attach(method, model) as attached:
        for _ in range(2):
            model(**inputs)
            assert torch.equal(attached.total().kept, expected)
    assert model.training


def test_checkpoints_do_not_keep_a_model_from_judging():
    model, ids = small_models.llama(), _ids(40)
    expected, _ = _kept(model, METHODS[0], {"input_ids": ids})
    model.gradient_checkpointing_enable()
    model.train()
    with attach(METHODS[0], model) as attached:
        model(input_ids=ids, labels=ids).loss.backward()
    assert torch.equal(attached.total().kept, expected)
    assert float(model.model.embed_tokens.weight.grad.abs().sum()) > 0


@pytest.mark.parametrize("first", ["prompt", "other"])
@pytest.mark.parametrize("other", [SnapKV(keep=0.3), FastV(keep=0.2), DivPrune(keep=0.3)])
@pytest.mark.parametrize("method", METHODS)
def test_a_model_judges_without_what_else_is_attached_to_it(method, other, first):
    family = FAMILIES["decoder-prefill"][0]
    model, inputs = family.build(), family.inputs()
    expected, _ = _kept(model, method, inputs)
    both = [attach(method, model), attach(other, model)]
    one, two = both if first == "prompt" else both[::-1]
    with one as outer, two as inner:
        found = model.generate(**inputs, **GREEDY)
    prompt, within = (outer, inner) if first == "prompt" else (inner, outer)
    assert torch.equal(prompt.reductions[0][1].kept, expected)
    shorter = {
        name: value[expected][None] if value.shape == expected.shape else value
        for name, value in inputs.items()
    }
    with attach(other, model) as alone:
        left = model.generate(**shorter, **GREEDY)
    assert torch.equal(found[:, -5:], left[:, -5:])
    assert torch.equal(within.reductions[0][1].source, alone.reductions[0][1].source)


# ------------------------------------------------------------------------------------- who cannot


_HYBRID = {**TEXT, "num_hidden_layers": 2, "num_key_value_heads": 2}
HYBRIDS = [
    (
        transformers.MambaForCausalLM,
        transformers.MambaConfig(vocab_size=128, hidden_size=32, num_hidden_layers=1, state_size=4),
    ),
    (
        transformers.Lfm2ForCausalLM,
        transformers.Lfm2Config(**_HYBRID, block_ff_dim=64, layer_types=["conv", "full_attention"]),
    ),
    (
        transformers.FalconH1ForCausalLM,
        transformers.FalconH1Config(
            **_HYBRID, mamba_d_ssm=32, mamba_n_heads=4, mamba_d_head=8, mamba_d_state=8
        ),
    ),
]


@pytest.mark.parametrize(("kind", "config"), HYBRIDS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_model_that_cannot_go_back_reads_no_pieces(kind, config):
    scorer, model, ids = small_models.build(lambda: kind(config)), small_models.llama(), _ids(40)
    with (
        pytest.raises(ValueError, match=f"{kind.__name__} keeps no cache of keys and values in every layer"),
        attach(LLMLingua(), model, scorer=scorer),
    ):
        pass
    kept, _ = _kept(model, SelectiveContext(keep=0.5), {"input_ids": ids}, scorer=scorer)
    assert int(kept.sum()) < 40


ENCODERS = [
    (
        transformers.T5ForConditionalGeneration,
        transformers.T5Config(d_model=32, d_kv=8, d_ff=64, num_layers=1, num_heads=4, vocab_size=128),
    ),
    (transformers.BertLMHeadModel, transformers.BertConfig(**TEXT, num_hidden_layers=1)),
]


@pytest.mark.parametrize(("kind", "config"), ENCODERS, ids=lambda one: getattr(one, "__name__", ""))
@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_sees_what_comes_after_judges_nothing(method, kind, config):
    scorer = small_models.build(lambda: kind(config))
    with (
        pytest.raises(ValueError, match=f"{kind.__name__} is no causal language model: "),
        attach(method, small_models.llama(), scorer=scorer),
    ):
        pass


def test_bert_as_a_decoder_judges():
    config = transformers.BertConfig(**TEXT, num_hidden_layers=1, is_decoder=True)
    scorer = small_models.build(lambda: transformers.BertLMHeadModel(config))
    kept, _ = _kept(small_models.llama(), METHODS[0], {"input_ids": _ids(40)}, scorer=scorer)
    assert int(kept.sum()) == 20


@pytest.mark.parametrize("method", METHODS)
def test_pythia_judges_though_its_configuration_says_it_is_no_decoder(method):
    config = transformers.GPTNeoXConfig(**TEXT, num_hidden_layers=2)
    assert config.is_decoder is False
    scorer = small_models.build(lambda: transformers.GPTNeoXForCausalLM(config)).train()
    kept, _ = _kept(small_models.llama(), method, {"input_ids": _ids(40)}, scorer=scorer)
    assert 15 < int(kept.sum()) < 25
    assert scorer.training


def _scorer_of_words():
    known = min(small_models.IMAGE_TOKEN, small_models.VIDEO_TOKEN)
    config = transformers.LlamaConfig(**{**TEXT, "vocab_size": known}, num_hidden_layers=1)
    return small_models.build(lambda: transformers.LlamaForCausalLM(config))


@pytest.mark.parametrize("family", WITH_IMAGES, ids=lambda family: family.name)
@pytest.mark.parametrize("method", METHODS)
def test_a_scorer_of_words_need_not_know_placeholders(method, family):
    model, inputs = family.build(), family.inputs()
    kept, _ = _kept(model, method, inputs, scorer=_scorer_of_words())
    visual = inputs["input_ids"] >= _scorer_of_words().config.vocab_size
    assert bool(kept[visual].all())
    assert not bool(kept[~visual].all())


@pytest.mark.parametrize("method", METHODS)
def test_a_scorer_of_words_need_not_know_padding_but_all_words(method):
    model, scorer, ids = small_models.llama(), _scorer_of_words(), _ids(40)
    padded = torch.cat([torch.full((1, 6), 120), ids], dim=1)
    mask = (torch.arange(46) >= 6).long()[None]
    kept, _ = _kept(model, method, {"input_ids": padded, "attention_mask": mask}, scorer=scorer)
    alone, _ = _kept(model, method, {"input_ids": ids}, scorer=scorer)
    assert torch.equal(kept[:, 6:], alone)
    with pytest.raises(ValueError, match="knows 98 tokens, and the prompt has one of number 120"):
        _kept(model, method, {"input_ids": padded}, scorer=scorer)


def test_a_prompt_longer_than_the_scorers_positions_is_refused_by_its_number():
    model, inputs = small_models.llama(), {"input_ids": _ids(200)}
    opt = transformers.OPTConfig(
        hidden_size=32,
        ffn_dim=64,
        num_hidden_layers=1,
        num_attention_heads=4,
        vocab_size=128,
        max_position_embeddings=64,
        word_embed_proj_dim=32,
    )
    for scorer in (_gpt2(), small_models.build(lambda: transformers.OPTForCausalLM(opt))):
        with pytest.raises(ValueError, match="positions for 64 tokens and should read 200"):
            _kept(model, SelectiveContext(keep=0.2), inputs, scorer=scorer)
        with pytest.raises(ValueError, match="positions for 64 tokens and should read"):
            _kept(model, LLMLingua(keep=0.5), inputs, scorer=scorer)
        kept, _ = _kept(
            model, LLMLingua(keep=0.2, segment=13), inputs, scorer=scorer
        )  # 13 beside what is left
        assert int(kept.sum()) == 40
    padded = torch.nn.functional.pad(_ids(60), (20, 0))
    mask = (torch.arange(80) >= 20).long()[None]
    kept, _ = _kept(model, METHODS[1], {"input_ids": padded, "attention_mask": mask}, scorer=_gpt2())
    assert int(kept.sum()) < 60


def test_rotary_positions_have_no_such_limit():
    scorer = small_models.llama(depth=1)
    scorer.config.max_position_embeddings = 64
    kept, _ = _kept(small_models.llama(), METHODS[1], {"input_ids": _ids(200)}, scorer=scorer)
    assert int(kept.sum()) < 200


@pytest.mark.parametrize("first_out", [0, 1])
def test_two_methods_end_in_any_order_and_leave_the_model_as_it_was(first_out):
    model, ids = small_models.llama(), _ids(40)
    untouched = model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY)
    blocks = [attach(LLMLingua(keep=0.5), model), attach(SnapKV(keep=20, window=4), model)]
    for block in blocks:
        block.__enter__()
    blocks.pop(first_out).__exit__(None, None, None)
    model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY)
    blocks.pop().__exit__(None, None, None)
    assert "generate" not in vars(model)
    assert torch.equal(model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY), untouched)
