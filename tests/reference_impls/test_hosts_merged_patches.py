"""Methods in Qwen2-VL, Qwen2.5-VL and Qwen3-VL, which merge patches: batches, beams, images and videos."""

import pytest
import torch

from reference_impls import attach, load_method
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.divprune import DivPrune, diverse_tokens
from reference_impls.methods.fastv import FastV
from reference_impls.methods.framefusion import FrameFusion
from reference_impls.methods.visionzip import VisionZip
from tests.reference_impls.merged_patches import (
    NEW,
    QWENS,
    VIDEO,
    generate,
    tiles,
    video_prompt,
    visual_prompt,
)
from tests.reference_impls.situations import instance, seeing, with_keep

PREFILL = seeing("decoder-prefill")


@pytest.fixture(params=QWENS, ids=lambda build: build.__name__)
def qwen(request):
    """Makes a small model of one of the families."""
    return request.param


def _row(inputs, row, sizes):
    """The prompt of one row alone, without its padding."""
    start = int((inputs["attention_mask"][row] == 0).sum())
    counts = [t * h * w for t, h, w in sizes]
    alone = {}
    for name, value in inputs.items():
        if name.startswith("pixel"):
            alone[name] = value[sum(counts[:row]) : sum(counts[: row + 1])]
        else:
            alone[name] = value[row : row + 1] if name.endswith("thw") else value[row : row + 1, start:]
    return alone


@pytest.mark.parametrize("name", PREFILL)
def test_keeping_everything_generates_the_untouched_models_tokens(qwen, name):
    method = with_keep(instance(load_method(name)), 1.0)
    if method is None:
        pytest.skip("no budget")
    model = qwen()
    inputs = visual_prompt([(1, 8, 8), (1, 12, 4)])
    untouched = generate(model, inputs)
    with attach(method, model):
        assert torch.equal(generate(model, inputs), untouched)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", [*PREFILL, "vision-output"])
def test_a_batch_of_different_images_generates_what_its_prompts_generate_alone(qwen, name, attention):
    model = qwen(depth=5, attention=attention)
    sizes = [(1, 8, 8), (1, 4, 12), (1, 8, 12)]
    inputs = visual_prompt(sizes)
    if name == "vision-output":
        method, stage = RandomPruning(keep=0.5), name
    else:
        whole = instance(load_method(name))
        method, stage = with_keep(whole, 0.5) or whole, None
    with attach(method, model, stage=stage):
        together = generate(model, inputs)
    for row in range(len(sizes)):
        with attach(method, model, stage=stage):
            alone = generate(model, _row(inputs, row, sizes))
        assert torch.equal(alone[0], together[row, : alone.shape[1]])


def test_image_methods_see_the_frames_of_a_video_as_images(qwen):
    model = qwen()
    inputs = video_prompt(qwen, [(3, 8, 4)])
    with attach(RandomPruning(keep=4), model, stage="vision-output") as attached:
        generate(model, inputs)
    assert attached.total().tokens.shape[:2] == (3, 4)


def test_images_and_videos_in_one_prompt_are_both_shortened(qwen):
    model = qwen()
    image, video = visual_prompt([(1, 8, 8)]), video_prompt(qwen, [(2, 4, 8)], seed=6)
    both = {**image, **video}
    for name in ("input_ids", "attention_mask", "mm_token_type_ids"):
        both[name] = torch.cat([image[name], video[name]], dim=1)
    untouched = generate(model, both)
    with attach(RandomPruning(keep=1), model, stage="vision-output"):
        assert torch.equal(generate(model, both), untouched)
    with attach(RandomPruning(keep=0.5), model, stage="vision-output") as attached, torch.no_grad():
        out = model(**both, use_cache=True)
    assert [reduction.tokens.shape[1] for _, reduction in attached.reductions] == [8, 4]
    held = out.past_key_values.layers[0].keys.shape[2]
    assert held == both["input_ids"].shape[1] - 8 - 2 * 4


def test_framefusion_merges_frames_that_repeat(qwen):
    model = qwen()
    inputs = video_prompt(qwen, [(3, 8, 8)])
    still = inputs["pixel_values_videos"][:64]
    inputs["pixel_values_videos"] = still.repeat(3, 1)
    with attach(FrameFusion(keep=0.6), model) as attached:
        generate(model, inputs)
    first = attached.reductions[0][1]
    visual = (inputs["input_ids"][0] == VIDEO).nonzero().squeeze(1).view(3, -1)
    # A repeated frame's tokens go into the first frame's, place by place, as far as the budget wants it.
    merged = first.merged[0, visual]
    assert not bool(merged[0].any())
    assert bool(merged[1:].any())
    assert torch.equal(
        first.source[0, visual[1:]][merged[1:]], first.source[0, visual[:1]].expand(2, -1)[merged[1:]]
    )


def test_text_without_images_generates_as_before(qwen):
    model = qwen()
    ids = torch.randint(3, 90, (1, 12), generator=torch.Generator().manual_seed(0))
    untouched = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False)
    for stage in ("vision-output", "decoder-prefill"):
        with attach(RandomPruning(keep=0.5, layer=1), model, stage=stage):
            out = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False
            )
        assert torch.equal(out, untouched)


@pytest.mark.parametrize("build", [*QWENS, small_models.internvl], ids=lambda build: build.__name__)
def test_divprune_compares_the_very_tokens_that_the_language_model_gets(build):
    model = build()
    inputs = tiles(1) if build is small_models.internvl else visual_prompt([(1, 8, 8)])
    seen = {name: value for name, value in inputs.items() if "pixel" in name or name.endswith("thw")}
    with torch.no_grad():
        tokens = model.model.get_image_features(**seen).pooler_output[0][None]
    with attach(DivPrune(keep=0.25), model) as attached, torch.no_grad():
        model(**inputs)
    assert torch.equal(attached.total().position, diverse_tokens(tokens, 0.25).sort(dim=1).values)


@pytest.mark.parametrize("build", [*QWENS, small_models.internvl], ids=lambda build: build.__name__)
@pytest.mark.parametrize("options", [{"num_beams": 3}, {"num_return_sequences": 2, "num_beams": 2}])
def test_images_encoded_once_are_shortened_for_every_beam(build, options):
    model = build()
    inputs = tiles(2) if build is small_models.internvl else visual_prompt([(1, 8, 8), (1, 12, 4)])
    options = {"max_new_tokens": NEW, "do_sample": False, **options}
    untouched = model.generate(**inputs, **options)
    with attach(RandomPruning(keep=1.0), model, stage="vision-output"):
        assert torch.equal(model.generate(**inputs, **options), untouched)
    with attach(RandomPruning(keep=0.25), model, stage="vision-output"):
        assert model.generate(**inputs, **options).shape[0] == untouched.shape[0]


def test_each_prompt_of_a_batch_has_its_own_image_shortened_in_all_its_beams(qwen):
    model, sizes = qwen(), [(1, 8, 8), (1, 12, 4), (1, 8, 12)]
    inputs, options = visual_prompt(sizes), {"max_new_tokens": NEW, "do_sample": False, "num_beams": 3}
    length = inputs["input_ids"].shape[1]
    with attach(RandomPruning(keep=0.5), model, stage="vision-output"):
        together = model.generate(**inputs, **options)[:, length:]
        for row in range(len(sizes)):
            one = _row(inputs, row, sizes)
            alone = model.generate(**one, **options)[:, one["input_ids"].shape[1] :]
            assert torch.equal(alone[0], together[row, : alone.shape[1]])


def test_the_grid_has_rows_before_columns():
    model, seen = small_models.qwen2_vl(), []
    looking = type("Looking", (RandomPruning,), {"reduce": _remembering(seen)})(keep=0.5)
    with attach(looking, model, stage="vision-output"), torch.no_grad():
        model(**visual_prompt([(1, 4, 12)]))
    assert seen == [(2, 6)]


def _remembering(seen):
    def reduce(self, tokens, context):
        seen.append(context.grid)
        return RandomPruning.reduce(self, tokens, context)

    return reduce


def test_what_merged_patches_do_not_have_is_said(qwen):
    model = qwen()
    with pytest.raises(ValueError, match="class token"), attach(VisionZip(), model):
        pass


def test_nothing_is_left_behind(qwen):
    model = qwen()
    inputs = visual_prompt([(1, 8, 8)])
    untouched = generate(model, inputs)
    before = {name: set(vars(module)) for name, module in model.named_modules()}
    for method, stage in ((FastV(), None), (RandomPruning(), "vision-output")):
        with attach(method, model, stage=stage):
            generate(model, inputs)
    assert torch.equal(generate(model, inputs), untouched)
    for name, module in model.named_modules():
        assert set(vars(module)) == before[name]
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
