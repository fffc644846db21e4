"""Models that PEFT or accelerate put something around; both are imitated here, so that neither is needed."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from reference_impls import attach, load_method
from reference_impls.hosts import small_models

IDS = torch.randint(3, 90, (1, 40), generator=torch.Generator().manual_seed(0))
GREEDY = {"attention_mask": torch.ones_like(IDS), "max_new_tokens": 3, "do_sample": False}


def _offload(model):
    """Keep every weight on "meta" but for the time in which its module computes, as accelerate does."""

    def of(module, there):
        for name, (kept, elsewhere) in weights[module].items():
            module._parameters[name] = kept if there else elsewhere

    weights = {}
    for module in model.modules():
        own = {name: weight for name, weight in module._parameters.items() if weight is not None}
        weights[module] = {name: (weight, nn.Parameter(weight.to("meta"))) for name, weight in own.items()}
        of(module, there=False)
        module.register_forward_pre_hook(lambda module, _: of(module, there=True))
        module.register_forward_hook(lambda module, *_: of(module, there=False))
    return model


@pytest.mark.parametrize("name", ["llmlingua", "selective_context", "h2o", "fastv", "pact"])
def test_weights_that_are_kept_elsewhere_change_nothing(name):
    model, method = small_models.qwen2(), load_method(name).implementation
    where = {"candidates": slice(2, 30)} if name in ("fastv", "pact") else {}
    method = method(layer=1) if where else method(keep=0.5)
    with attach(method, model, **where):
        expected = model.generate(IDS, **GREEDY)
    _offload(model)
    with attach(method, model, **where):
        assert torch.equal(model.generate(IDS, **GREEDY), expected)


@pytest.mark.parametrize("name", ["llmlingua", "selective_context"])
def test_a_scorer_may_be_kept_elsewhere(name):
    model, method = small_models.qwen2(), load_method(name).implementation(keep=0.5)
    with attach(method, model, scorer=small_models.llama()):
        expected = model.generate(IDS, **GREEDY)
    with attach(method, model, scorer=_offload(small_models.llama())):
        assert torch.equal(model.generate(IDS, **GREEDY), expected)


def _learned(kind, virtual):
    model = small_models.llama()
    model.active_peft_config = SimpleNamespace(is_prompt_learning=virtual, peft_type=kind)
    return model


@pytest.mark.parametrize("name", ["llmlingua", "selective_context", "h2o", "snapkv", "fastv"])
@pytest.mark.parametrize("kind", ["PROMPT_TUNING", "PREFIX_TUNING"])
def test_virtual_tokens_before_a_prompt_are_refused(name, kind):
    where = {"candidates": slice(2, 30)} if name == "fastv" else {}
    said = f"virtual tokens of {kind.lower().replace('_', ' ')} before every prompt"
    with (
        pytest.raises(ValueError, match=said),
        attach(load_method(name).implementation(), _learned(kind, virtual=True), **where),
    ):
        pass


def test_adapters_that_change_weights_stay():
    model = _learned("LORA", virtual=False)
    with attach(load_method("h2o").implementation(keep=0.5), model) as attached:
        model.generate(IDS, **GREEDY)
    assert attached.reductions
