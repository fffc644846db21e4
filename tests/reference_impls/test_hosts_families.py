"""Decoders of many families: what methods judge by is what each model itself attends with."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from reference_impls import attach, load_method
from reference_impls.context import Context
from reference_impls.criteria.attention import attention_rows
from reference_impls.hosts.decoders import text_model
from reference_impls.hosts.small_decoders import DECODERS, EIGHT, FULL, LAYERS, decoder, of_family
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.reduction import Reduction
from reference_impls.settings import Settings

IDS = torch.randint(3, 90, (1, 20), generator=torch.Generator().manual_seed(1))


@dataclass(frozen=True)
class _Looking(Settings):
    """Changes nothing, and remembers what it was shown."""

    judged_by: str = "previous layer"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys"})
    shown: ClassVar[dict[int, Context]] = {}

    def acts_on(self, layer, layers):
        return self.judged_by == "this layer" or layer > 0

    def reduce(self, tokens, context):
        self.shown[context.layer] = context
        return Reduction.identity(tokens)


@dataclass(frozen=True)
class _LookingAtPlain(_Looking):
    judged_by: str = "this layer"
    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "plain_queries", "plain_keys"})


@dataclass(frozen=True)
class _LookingAtNormalised(_Looking):
    needs: ClassVar[frozenset[str]] = frozenset({"normalised"})


@dataclass(frozen=True)
class _EverySecond(Settings):
    """Drops every second candidate before one layer, which has looked at the layer before."""

    layer: int = 1
    positions: str = "keep"

    needs: ClassVar[frozenset[str]] = frozenset({"queries", "keys", "candidates"})
    before_attention: ClassVar[bool] = True

    def acts_on(self, layer, layers):
        return layer == self.layer

    def reduce(self, tokens, context):
        return keep_mask(tokens, ~(context.candidates & (torch.arange(tokens.shape[1]) % 2 == 0)))


def _shown(model, method, stage):
    """The attention that criteria compute for each layer that a method looked at: {layer: (H, N, N)}."""
    method.shown.clear()
    where = {} if stage == "kv-cache" else {"candidates": slice(4, 14)}
    with attach(method, model, stage=stage, **where), torch.no_grad():
        model(IDS, use_cache=True)
    return {
        layer: attention_rows(context.queries, context.keys, causal_offset=0)[0]
        for layer, context in method.shown.items()
    }


@pytest.mark.parametrize("kind", DECODERS)
def test_methods_are_shown_what_the_model_attends_with(kind):
    model = of_family(kind)
    with torch.no_grad():
        own = [attention[0] for attention in model(IDS, output_attentions=True).attentions]
    at_cache = _shown(model, _Looking(), "kv-cache")
    before = _shown(model, _Looking(), "decoder-prefill")
    ahead = _shown(model, _Looking("this layer"), "decoder-prefill")
    assert (at_cache.keys(), before.keys()) == (set(range(LAYERS)), set(range(1, LAYERS)))
    assert ahead.keys() == at_cache.keys()
    for layer in range(LAYERS):
        torch.testing.assert_close(at_cache[layer], own[layer])
        torch.testing.assert_close(ahead[layer], own[layer])
        if layer:
            torch.testing.assert_close(before[layer], own[layer - 1])


@pytest.mark.parametrize("kind", ["Llama", "Granite", "Cohere", "SmolLM3"])
def test_sdpa_is_shown_as_eager_attention_is(kind):
    eager = _shown(of_family(kind), _Looking(), "kv-cache")
    for layer, attention in _shown(of_family(kind, "sdpa"), _Looking(), "kv-cache").items():
        torch.testing.assert_close(attention, eager[layer], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", DECODERS)
def test_a_prompt_shortened_within_reads_as_if_tokens_were_hidden_or_never_there(kind):
    model = of_family(kind)
    kept = torch.tensor([place for place in range(20) if not 4 <= place < 14 or place % 2])
    with torch.no_grad():
        with attach(_EverySecond(), model, stage="decoder-prefill", candidates=slice(4, 14)):
            within = model(IDS).logits
        with attach(_EverySecond(0, "renumber"), model, stage="decoder-prefill", candidates=slice(4, 14)):
            renumbered = model.generate(IDS, max_new_tokens=3, do_sample=False)[:, 20:]
            from_the_first = model(IDS).logits
        alone = model.generate(IDS[:, kept], max_new_tokens=3, do_sample=False)[:, kept.numel() :]
        torch.testing.assert_close(from_the_first, model(IDS[:, kept]).logits, rtol=1e-4, atol=1e-4)
        hidden = _logits_with_hidden(model, kept)
    assert torch.equal(renumbered, alone)
    torch.testing.assert_close(within, hidden[:, kept], rtol=1e-4, atol=1e-4)


def _logits_with_hidden(model, kept):
    """Slow and obvious: all tokens stay, and from layer 1 on nothing but the `kept` ones are seen."""
    stays = torch.zeros(20, dtype=torch.bool).index_fill(0, kept, True)
    visible = torch.ones(20, 20, dtype=torch.bool).tril() & (stays | torch.eye(20, dtype=torch.bool))
    mask = torch.zeros(1, 1, 20, 20).masked_fill(~visible, torch.finfo(torch.float).min)
    handles = [
        layer.register_forward_pre_hook(
            lambda _, args, kwargs: (args, {**kwargs, "attention_mask": mask}), with_kwargs=True
        )
        for layer in text_model(model).layers[1:]
    ]
    logits = model(IDS).logits
    for handle in handles:
        handle.remove()
    return logits


@pytest.mark.parametrize("kind", ["Llama", "Phi", "Nemotron", "Olmo2"])
def test_the_last_norm_is_found_whatever_a_family_calls_it(kind):
    model = decoder(kind)
    method = _LookingAtNormalised()
    with attach(method, model, stage="decoder-prefill", candidates=slice(2, 9)), torch.no_grad():
        states = model(IDS, output_hidden_states=True).hidden_states
    norm = getattr(model.model, "final_layernorm" if kind == "Phi" else "norm")
    torch.testing.assert_close(method.shown[2].normalised, norm(states[2]))


def test_plain_queries_and_keys_are_those_before_rotary_embedding():
    model, method = of_family("Llama"), _LookingAtPlain()
    _shown(model, method, "decoder-prefill")
    layer, context = model.model.layers[0], method.shown[0]
    with torch.no_grad():
        normed = layer.input_layernorm(model.model.embed_tokens(IDS))
        queries, keys = layer.self_attn.q_proj(normed), layer.self_attn.k_proj(normed)
    torch.testing.assert_close(context.plain_queries.transpose(1, 2).flatten(2), queries)
    torch.testing.assert_close(context.plain_keys.transpose(1, 2).flatten(2), keys)
    assert not torch.allclose(context.plain_keys, context.keys)


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("Gemma2", {**EIGHT, **FULL, "attn_logit_softcapping": 5.0}, "caps the products"),
        ("GptOss", {**EIGHT, **FULL}, "a learned sink"),
        ("DiffLlama", {}, "called its attention function 2 times"),
        ("Doge", {}, "a mask of its own"),
    ],
)
@pytest.mark.parametrize("name", ["h2o", "fastv", "pact"])
def test_attention_that_criteria_do_not_know_is_refused(kind, settings, said, name):
    model = decoder(kind, **{key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()})
    where = {} if name == "h2o" else {"candidates": slice(4, 14)}
    method = load_method(name).implementation(**({} if name == "h2o" else {"layer": 1}))
    with pytest.raises(ValueError, match=said), attach(method, model, **where), torch.no_grad():
        model(IDS, use_cache=True)
    with attach(load_method("streamingllm").implementation(keep=0.5), model) as attached:
        model.generate(IDS, max_new_tokens=2, do_sample=False)
    assert [reduction.tokens.shape[1] for _, reduction in attached.reductions] == [10] * LAYERS


@pytest.mark.parametrize("stage", ["kv-cache", "decoder-prefill"])
@pytest.mark.parametrize("judged_by", ["previous layer", "this layer"])
def test_a_model_that_attends_to_less_than_criteria_think_is_refused(stage, judged_by):
    model = of_family("Llama")

    def hide_the_first(_, args, kwargs):
        mask = kwargs["attention_mask"].clone()
        mask[..., 1:, :3] = torch.finfo(mask.dtype).min
        return args, {**kwargs, "attention_mask": mask}

    handle = model.model.layers[1].self_attn.register_forward_pre_hook(hide_the_first, with_kwargs=True)
    try:
        with pytest.raises(ValueError, match="attends otherwise than by the softmax"):
            _shown(model, _Looking(judged_by), stage)
    finally:
        handle.remove()


@pytest.mark.parametrize("name", ["h2o", "fastv", "pact"])
def test_a_model_that_overflows_is_told_from_one_that_attends_otherwise(name):
    model = of_family("Llama")
    where = {} if name == "h2o" else {"candidates": slice(4, 14)}
    method = load_method(name).implementation(**({} if name == "h2o" else {"layer": 1}))
    handle = model.model.embed_tokens.register_forward_hook(lambda *called: called[-1] * torch.inf)
    said = r"not finite \(NaN or infinity\).*dtype=torch\.bfloat16"
    try:
        with pytest.raises(ValueError, match=said), attach(method, model, **where), torch.no_grad():
            model(IDS, use_cache=True)
    finally:
        handle.remove()


def test_a_layer_is_as_it_was_afterwards_also_where_it_failed():
    model = of_family("Llama")
    configuration = model.model.layers[1].self_attn.config
    _shown(model, _Looking(), "kv-cache")
    assert model.model.layers[1].self_attn.config is configuration

    def fail(*_):
        raise RuntimeError("no memory")

    handle = model.model.layers[1].self_attn.q_proj.register_forward_hook(fail)
    with pytest.raises(RuntimeError, match="no memory"):
        _shown(model, _Looking(), "kv-cache")
    handle.remove()
    assert model.model.layers[1].self_attn.config is configuration


@pytest.mark.parametrize("name", ["streamingllm", "h2o", "fastv"])
@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        (
            "Lfm2",
            {"layer_types": ("full_attention", "conv") * 2},
            r"other kinds \(conv\)",
        ),
        ("MiniMax", {}, r"other kinds \(linear_attention\)"),
        ("Qwen3Next", {}, r"other kinds \(linear_attention\)"),
    ],
    ids=["Lfm2", "MiniMax", "Qwen3Next"],
)
def test_decoders_with_layers_of_other_kinds_are_refused(kind, settings, said, name):
    where = {"candidates": slice(4, 14)} if name == "fastv" else {}
    with (
        pytest.raises(ValueError, match=said),
        attach(load_method(name).implementation(), decoder(kind, **settings), **where),
    ):
        pass


def test_a_decoder_with_rotary_positions_of_another_form_keeps_its_prompt():
    model = decoder("Llama4", layer_types=("full_attention",) * LAYERS, head_dim=8, intermediate_size_mlp=64)
    with (
        attach(_EverySecond(), model, stage="decoder-prefill", candidates=slice(4, 14)),
        torch.no_grad(),
        pytest.raises(ValueError, match="a table of cosines and one of sines"),
    ):
        model(IDS)


LATENT = {
    "q_lora_rank": None,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 16,
    "num_key_value_heads": 4,
}


@pytest.mark.parametrize("name", ["h2o", "key_norm"])
def test_a_cache_that_holds_no_keys_is_judged_by_places_alone(name):
    model = decoder("DeepseekV3", **LATENT)
    with (
        pytest.raises(ValueError, match="what its keys and values are made of"),
        attach(load_method(name).implementation(), model),
    ):
        pass
    with attach(load_method("streamingllm").implementation(keep=0.5), model) as attached:
        model.generate(IDS, max_new_tokens=2, do_sample=False)
    assert [reduction.tokens.shape[1] for _, reduction in attached.reductions] == [10] * LAYERS


def test_queries_and_keys_made_of_compressed_ones_are_shown_whole():
    model = decoder("DeepseekV3", **LATENT)
    with torch.no_grad():
        own = model(IDS, output_attentions=True).attentions
    for layer, attention in _shown(model, _Looking("this layer"), "decoder-prefill").items():
        torch.testing.assert_close(attention, own[layer][0])


def test_where_a_model_looks_back_alone_by_its_masks_a_shorter_prompt_has_one_too():
    model, method, other = decoder("Doge", "sdpa"), load_method("vtw").implementation(), IDS.clone()
    other[0, -1] = 5
    with attach(method, model, candidates=slice(4, 14)) as attached, torch.no_grad():
        one, another = model(IDS).logits, model(other).logits
    assert attached.total().kept.sum() == 10
    assert torch.equal(one[0, :-1], another[0, :-1])


@pytest.mark.parametrize("name", ["streamingllm", "value_norm"])
def test_what_all_heads_of_a_cache_hold_alike_is_masked_for_all_at_once(name):
    model, long = decoder("Doge", "sdpa"), torch.cat([IDS, IDS.flip(1)], dim=1)
    short = torch.nn.functional.pad(IDS, (20, 0))
    prompts = torch.cat([long, short])
    told = {"max_new_tokens": 3, "min_new_tokens": 3, "output_logits": True, "return_dict_in_generate": True}
    with attach(load_method(name).implementation(), model), torch.no_grad():
        together = model.generate(prompts, attention_mask=(prompts != 0).long(), do_sample=False, **told)
        alone = model.generate(IDS, attention_mask=torch.ones_like(IDS), do_sample=False, **told)
    for both, one in zip(together.logits, alone.logits, strict=True):
        assert torch.allclose(both[1], one[0], atol=1e-4)
