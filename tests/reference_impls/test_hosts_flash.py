"""Flash attention takes one row of a mask for each prompt: so are the masks that shortened prompts get.

The package needs a GPU; in its place stands a function that is called as it is.
"""

import pytest
import torch
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers import AttentionInterface

from reference_impls import attach, load_method
from reference_impls.hosts import small_models
from reference_impls.methods.ada_kv import AdaKV
from reference_impls.methods.dycoke import DyCokeCache
from reference_impls.methods.h2o import H2O
from reference_impls.methods.pact import PACT

IDS = torch.randint(3, 90, (1, 20), generator=torch.Generator().manual_seed(1))
NEW = {"max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False}


def _flash(module, query, key, value, attention_mask, *, scaling, **_):
    """Flash attention as `transformers` calls it: by the version in a configuration."""
    assert module.config._attn_implementation == "flash_attention_2"
    assert attention_mask is None or attention_mask.ndim == 2
    rows, count = query.shape[2], key.shape[2]
    visible = torch.ones(rows, count, dtype=torch.bool).tril(count - rows)
    if attention_mask is not None:
        visible = visible & attention_mask[:, None, None, :].bool()
    keys, values = (
        states.repeat_interleave(query.shape[1] // states.shape[1], dim=1) for states in (key, value)
    )
    output = scaled_dot_product_attention(query, keys, values, attn_mask=visible, scale=scaling)
    return output.nan_to_num().transpose(1, 2), None


def _llama(attention):
    model = small_models.llama(depth=3)
    # Set behind the check for the package, which a machine without a GPU has not.
    model.config._attn_implementation_internal = attention
    return model


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("h2o", {"keep": 0.5}),
        ("fastv", {"layer": 1}),
        ("pact", {"layer": 1, "proportional_attention": False}),
    ],
    ids=["h2o", "fastv", "pact"],
)
@pytest.mark.parametrize("padding", [0, 5])
def test_flash_attention_keeps_its_version_and_its_masks(name, settings, padding, monkeypatch):
    where = {} if name == "h2o" else {"candidates": slice(7, 17)}
    method = load_method(name).implementation(**settings)
    mask = torch.ones_like(IDS).index_fill(1, torch.arange(padding), 0)
    kept = []
    monkeypatch.setitem(AttentionInterface._global_mapping, "flash_attention_2", _flash)
    for attention in ("sdpa", "flash_attention_2"):
        model = _llama(attention)
        with attach(method, model, **where) as attached:
            model.generate(IDS, attention_mask=mask, max_new_tokens=2, do_sample=False)
        kept.append([reduction.kept for _, reduction in attached.reductions])
    assert all(torch.equal(one, other) for one, other in zip(*kept, strict=True))


def _answers(method, ids, mask, monkeypatch, **where):
    """What a model generates with SDPA, and with flash attention."""
    monkeypatch.setitem(AttentionInterface._global_mapping, "flash_attention_2", _flash)
    found = []
    for attention in ("sdpa", "flash_attention_2"):
        model = _llama(attention)
        with attach(method, model, **where):
            found.append(model.generate(ids, attention_mask=mask, **NEW))
    return found


def _two_prompts(short):
    """Prompts of 60 tokens and of `short`, padded on the left, and which tokens of each may go."""
    ids = torch.randint(3, 90, (2, 60), generator=torch.Generator().manual_seed(0))
    place = torch.arange(60)
    mask = torch.stack([torch.ones(60), place >= 60 - short]).long()
    return ids * mask, mask, torch.stack([(place >= 5) & (place < 40), (place >= 35) & (place < 50)])


@pytest.mark.parametrize("short", [45, 60], ids=["padded", "of one length"])
@pytest.mark.parametrize(
    "method", [PACT(layer=1, proportional_attention=False), DyCokeCache(layer=1)], ids=["pact", "dycoke"]
)
def test_prompts_that_keep_different_numbers_of_tokens_generate_as_with_sdpa(method, short, monkeypatch):
    ids, mask, candidates = _two_prompts(short)
    found = _answers(method, ids, mask, monkeypatch, candidates=candidates)
    assert torch.equal(*found)


def test_a_cache_of_padded_prompts_generates_as_with_sdpa(monkeypatch):
    ids, mask, _ = _two_prompts(45)
    assert torch.equal(*_answers(H2O(keep=0.5), ids, mask, monkeypatch))


def test_several_tokens_behind_a_shortened_cache_generate_as_with_sdpa(monkeypatch):
    monkeypatch.setitem(AttentionInterface._global_mapping, "flash_attention_2", _flash)
    found = []
    for attention in ("sdpa", "flash_attention_2"):
        model = _llama(attention)
        with attach(H2O(keep=0.5), model):
            first = model.generate(IDS, **NEW, return_dict_in_generate=True)
            longer = pad(first.sequences, (0, 3), value=7)
            found.append(model.generate(longer, past_key_values=first.past_key_values, **NEW))
    assert torch.equal(*found)


def test_heads_that_hold_different_numbers_of_entries_are_refused(monkeypatch):
    ids, mask, _ = _two_prompts(60)
    with pytest.raises(ValueError, match=r"one mask for all heads.*load the model with sdpa"):
        _answers(AdaKV(keep=0.3, window=4), ids, mask, monkeypatch)
