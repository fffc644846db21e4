"""What a method saves in one's own model: `attached.cost()`, what an attachment prints, and `measure`."""

import pytest
import torch

from reference_impls import attach, load_method, measure
from reference_impls.hosts import small_models
from reference_impls.hosts.attachment import attachments_of
from reference_impls.methods.dycoke import DyCokeCache
from reference_impls.supported import FAMILIES

OF = {family.name: family for families in FAMILIES.values() for family in families}


def _ran(name, family):
    model, inputs = OF[family].build(), OF[family].inputs()
    with attach(load_method(name).implementation(), model) as attached, torch.no_grad():
        assert repr(attached).endswith(": nothing yet>")
        with pytest.raises(ValueError, match="has not acted yet"):
            attached.cost()
        generates = getattr(model, "can_generate", bool)()
        model.generate(**inputs, max_new_tokens=2) if generates else model(**inputs)
    return attached, model


def test_fastv_costs_all_tokens_in_two_layers_and_the_kept_ones_in_the_others():
    attached, model = _ran("fastv", "LLaVA")
    assert repr(attached) == "<FastV at decoder-prefill: layer 2, 104 -> 72 tokens>"
    cost, layers = attached.cost(), model.model.language_model.layers
    held = [104, 104, *[72] * (len(layers) - 2)]
    weights = sum(part.weight.numel() for part in layers[0].modules() if isinstance(part, torch.nn.Linear))
    width = layers[0].self_attn.q_proj.out_features
    entry = 4 * 2 * layers[0].self_attn.k_proj.out_features
    expected = sum(count * weights + 2 * count**2 * width for count in held)
    assert (cost["tokens in the last layer"].before, cost["tokens in the last layer"].after) == (104, 72)
    assert cost["MACs of the prompt"].after == expected
    assert cost["MACs of the prompt"].before == len(layers) * (104 * weights + 2 * 104**2 * width)
    assert cost["MACs of the next token"].after == sum(weights + 2 * count * width for count in held)
    assert cost["KV cache (bytes)"].after == entry * sum(held)
    assert "MACs per layer = " in str(cost)


@pytest.mark.parametrize(
    ("name", "family", "cached"),
    [("divprune", "LLaVA", "fewer"), ("snapkv", "LLaVA", "fewer"), ("streamingllm", "Llama", "fewer")],
)
def test_what_the_cache_holds_is_what_is_counted(name, family, cached):
    attached, _ = _ran(name, family)
    cost = attached.cost()
    row, read = cost["KV cache (bytes)"], cost["MACs of the prompt"]
    assert row.after < row.before
    assert (read.after < read.before) == (name == "divprune")  # a cache is shortened once all was read


def test_what_later_layers_leave_unread_is_counted_for_the_next_token_and_stays_in_the_cache():
    family = OF["LLaVA-OneVision with videos"]
    model, inputs = family.build(), family.inputs()
    video = int((inputs["input_ids"] == model.config.video_token_id).sum())
    with attach(DyCokeCache(keep=0.25, layer=2), model) as attached, torch.no_grad():
        model(**inputs, use_cache=True)
        assert (
            attached.cost()["MACs of the next token"].after
            == attached.cost()["MACs of the next token"].before
        )
        model.generate(**inputs, max_new_tokens=3, min_new_tokens=3)
    cost, width = attached.cost(), 32
    unread = video - video // 4
    assert (
        cost["MACs of the next token"].before - cost["MACs of the next token"].after == 2 * 2 * unread * width
    )
    assert cost["MACs of the prompt"].after == cost["MACs of the prompt"].before
    assert cost["KV cache (bytes)"].after == cost["KV cache (bytes)"].before


def test_an_encoder_has_layers_and_no_cache():
    attached, _ = _ran("tome", "ViT")
    cost = attached.cost()
    assert [row.what for row in cost.rows] == ["tokens in the last layer", "MACs of all layers"]
    assert all(row.after < row.before for row in cost.rows)


def test_measure_adds_time_and_memory_and_leaves_the_model_as_it_was():
    model, inputs = OF["LLaVA"].build(), OF["LLaVA"].inputs()
    cost = measure(load_method("fastv").implementation(keep=0.25), model, inputs, new_tokens=1, runs=1)
    assert cost["tokens in the last layer"].after == 56
    assert all(row.before > 0 < row.after for row in cost.rows)
    assert "time to the first token (ms)" in str(cost)
    assert not attachments_of(model)
    with pytest.raises(KeyError, match="no row 'speed'; there are tokens in the last layer"):
        cost["speed"]


def test_a_run_is_a_function_where_a_model_is_not_called_by_name():
    model, inputs = small_models.vit(), OF["ViT"].inputs()
    cost = measure(load_method("tome").implementation(), model, lambda: model(**inputs), runs=1)
    assert [row.what for row in cost.rows][-2:] == ["time (ms)", "peak memory (bytes)"]


def test_what_goes_before_the_first_block_counts_as_saved():
    attached, _ = _ran("rlt", "ViViT")
    assert repr(attached) == "<RLT at vit-block: layer 0, 65 -> 41 tokens>"
    row, macs = attached.cost().rows
    assert (row.before, row.after) == (65, 41)
    assert macs.before == _ran("tome", "ViViT")[0].cost()["MACs of all layers"].before > macs.after


def test_a_prompt_without_what_a_method_shortens_is_not_taken_for_no_run():
    attached, _ = _ran("vidcom2", "Qwen2-VL with images")
    assert repr(attached) == "<VidCom2 at vision-output: nothing of a prompt of 56 tokens>"
    with pytest.raises(ValueError, match="VidCom2 shortened nothing of the latest prompt"):
        attached.total()
    assert attached.cost()["tokens in the last layer"].after == 56


def test_of_a_denoiser_that_attends_to_fewer_keys_these_are_counted():
    model, inputs = OF["DiT"].build(), OF["DiT"].inputs()
    with attach(load_method("todo").implementation(), model) as attached, torch.no_grad():
        for timestep in (900, 500):
            model(**inputs, timestep=torch.tensor([timestep]))
    assert repr(attached) == "<ToDo at diffusion-step: layers 0, 1, 2, 3, 64 -> 16 keys>"
    (row,) = attached.cost().rows
    assert (row.what, row.before, row.after) == ("keys attended to in a step", 4 * 64, 4 * 16)


def test_measuring_the_prompt_alone_writes_one_token():
    model, inputs = OF["LLaVA"].build(), OF["LLaVA"].inputs()
    cost = measure(load_method("fastv").implementation(), model, inputs, new_tokens=0, runs=1)
    assert [row.what for row in cost.rows if "time" in row.what] == ["time to the first token (ms)"]


def test_one_call_of_a_denoiser_is_a_run_however_often_it_is_measured():
    model, inputs = OF["DiT"].build(), OF["DiT"].inputs()
    cost = measure(
        load_method("tomesd").implementation(), model, {**inputs, "timestep": torch.tensor([500])}, runs=2
    )
    row = cost["tokens that its modules computed"]
    assert (row.before, row.after) == (4 * 64, 4 * 32)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"new_tokens": -1}, "new_tokens= is a whole number of 0 or more, found -1"),
        ({"new_tokens": "16"}, "new_tokens= is a whole number of 0 or more, found '16'"),
        ({"runs": 0}, "runs= is a whole number of 1 or more, found 0"),
        ({"inputs": [1, 2]}, "or a function that runs it once; found a list"),
        ({"inputs": torch.ones(1, 4)}, "or a function that runs it once; found a Tensor"),
        (
            {"inputs": {"input_ids": None, "max_new_tokens": 4}},
            "inputs say max_new_tokens, .* give new_tokens=",
        ),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_runs(wrong, said):
    given = {"inputs": OF["Llama"].inputs(), **wrong}
    with pytest.raises(ValueError, match=said):
        measure(load_method("snapkv").implementation(), OF["Llama"].build(), **given)
