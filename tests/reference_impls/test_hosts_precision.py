"""Half precision and autocast: sound models are shown to methods that judge by attention, whatever rounds."""

import pytest
import torch
import transformers

from reference_impls import attach, load_method
from reference_impls.hosts import small_models
from reference_impls.methods.ats import ATS
from reference_impls.methods.fastv import FastV
from reference_impls.methods.h2o import H2O
from reference_impls.methods.snapkv import SnapKV

IDS = torch.randint(3, 90, (1, 300), generator=torch.Generator().manual_seed(0))
IMAGE = torch.full((1, 64), small_models.IMAGE_TOKEN)
PROMPT = {
    "input_ids": torch.cat([IDS[:, :4], IMAGE, IDS[:, 4:20]], dim=1),
    "pixel_values": torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)),
}


def _large_biases(seed, attention, dtype):
    """A Qwen2 whose keys have large biases, as the published ones have."""
    config = transformers.Qwen2Config(
        hidden_size=512,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=100,
    )
    config._attn_implementation = attention
    model = small_models.build(lambda: transformers.Qwen2ForCausalLM(config), seed)
    generator = torch.Generator().manual_seed(seed)
    for layer in model.model.layers:
        for projection, spread in ((layer.self_attn.k_proj, 30), (layer.self_attn.q_proj, 3)):
            bias = torch.randn(projection.bias.shape, generator=generator) * spread
            projection.bias.data.copy_(bias)
    return model.to(dtype)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=["bfloat16", "float32"])
def test_large_biases_of_keys_are_no_reason_to_refuse_a_model(seed, attention, dtype):
    model = _large_biases(seed, attention, dtype)
    with attach(SnapKV(keep=0.5), model) as attached, torch.no_grad():
        model.generate(IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=2)
    assert [len(reduction.position[0]) for _, reduction in attached.reductions] == [150, 150]


def test_images_that_keep_different_numbers_of_tokens_run_in_double_precision():
    model = small_models.vit().double()
    pixels = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0)).double()
    with attach(ATS(), model) as attached, torch.no_grad():
        together = model(pixel_values=pixels).last_hidden_state
        valid = attached.total().valid
        alone = model(pixel_values=pixels[:1]).last_hidden_state
    assert not bool(valid.all())
    torch.testing.assert_close(together[:1][valid[:1]], alone[0], atol=1e-5, rtol=0)


@pytest.mark.parametrize("rounds", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
@pytest.mark.parametrize("method", [FastV(), SnapKV(), H2O()], ids=["FastV", "SnapKV", "H2O"])
def test_methods_that_judge_by_attention_act_inside_autocast(method, rounds):
    model = small_models.llava()
    with attach(method, model) as attached, torch.autocast("cpu", dtype=rounds), torch.no_grad():
        model.generate(**PROMPT, max_new_tokens=2)
        model(**PROMPT)
    assert attached.reductions


@pytest.mark.parametrize("name", ["fastv", "tome", "visionzip"])
def test_a_method_may_be_attached_inside_autocast(name):
    model = small_models.vit() if name == "tome" else small_models.llava()
    inputs = {"pixel_values": PROMPT["pixel_values"]} if name == "tome" else PROMPT
    with torch.autocast("cpu", dtype=torch.bfloat16), attach(load_method(name).implementation(), model) as it:
        model(**inputs)
    assert it.reductions


def test_fastv_trains_inside_autocast():
    model = small_models.llava().train()
    with attach(FastV(), model) as attached, torch.autocast("cpu", dtype=torch.bfloat16):
        model(**PROMPT, labels=PROMPT["input_ids"]).loss.backward()
    assert attached.reductions
    assert bool(model.lm_head.weight.grad.isfinite().all())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=["bfloat16", "float32"])
def test_attention_of_another_kind_is_refused_in_half_precision_as_well(dtype):
    model = _large_biases(0, "eager", dtype)
    functions = transformers.AttentionInterface()
    plain = functions["sdpa"]
    transformers.AttentionInterface.register(
        "sdpa", lambda module, query, *rest, **more: plain(module, query * 0.99, *rest, **more)
    )
    model.set_attn_implementation("sdpa")
    try:
        with (
            attach(SnapKV(), model),
            torch.no_grad(),
            pytest.raises(ValueError, match="otherwise than by the softmax"),
        ):
            model(IDS)
    finally:
        transformers.AttentionInterface.register("sdpa", plain)
