"""What an attachment reports: where each token went, and no more memory than that takes."""

import gc

import pytest
import torch
from PIL import Image

from reference_impls import AtMost, Reduction, attach
from reference_impls.hosts import small_models
from reference_impls.memory import LiveBytes
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.fastv import FastV
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.tome import ToMe
from reference_impls.picture import compare

IMAGE = small_models.IMAGE_TOKEN


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _ids(count, seed=0):
    return torch.randint(3, 90, (1, count), generator=torch.Generator().manual_seed(seed))


def _two_images(*sizes):
    """A prompt of Qwen2.5-VL with two images of these (frames, height, width) in patches."""
    tokens = [height * width // 4 for _, height, width in sizes]
    images = [torch.full((1, count), IMAGE) for count in tokens]
    ids = torch.cat([_ids(4), images[0], _ids(3, 1), images[1], _ids(5, 2)], dim=1)
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": (ids == IMAGE).int(),
        "pixel_values": _random(4 * sum(tokens), 96),
        "image_grid_thw": torch.tensor(sizes),
    }


def _in_two_prompts(ids):
    """The prompt of two images of 16 and 24 tokens as two prompts of one, the first padded on the left."""
    first, second = ids[:, :22], ids[:, 22:]
    ids = torch.cat([torch.nn.functional.pad(first, (second.shape[1] - first.shape[1], 0)), second])
    return {
        "input_ids": ids,
        "attention_mask": (ids != 0).long(),
        "mm_token_type_ids": (ids == IMAGE).int(),
    }


@pytest.mark.parametrize("sizes", [[(1, 8, 8), (1, 12, 8)], [(1, 8, 12), (1, 8, 12)]], ids=["two", "one"])
def test_what_is_kept_is_read_image_by_image_as_the_guide_says(sizes):
    inputs, model = _two_images(*sizes), small_models.qwen2_5_vl()
    images = [Image.new("RGB", (96, 96), colour) for colour in ("red", "blue")]
    with attach(DivPrune(keep=AtMost(20)), model) as attached, torch.no_grad():
        model.generate(**inputs, max_new_tokens=2)
    merged = model.config.vision_config.spatial_merge_size
    rows = [(reduction, row) for _, reduction in attached.reductions for row in range(len(reduction.kept))]
    grids = [(height // merged, width // merged) for _, height, width in inputs["image_grid_thw"].tolist()]
    counts = [rows * columns for rows, columns in grids]
    assert [int(reduction.kept[row].sum()) for reduction, row in rows] == [min(20, count) for count in counts]
    assert [reduction.kept.shape[1] for reduction, _ in rows] == counts
    for number, (reduction, row) in enumerate(rows):
        drawn = compare(images[number], reduction, slice(0, counts[number]), grids[number], 96, row)
        across, down = 96 // max(grids[number]), grids[number][1]
        for place, stays in enumerate(reduction.kept[row].tolist()):
            middle = ((place % down) * across + across // 2, (place // down) * across + across // 2)
            of_left = drawn.getpixel(middle)
            of_right = drawn.getpixel((middle[0] + down * across + 16, middle[1]))
            assert (of_left == of_right) is stays


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"grid": (4, 3)}, r"tokens= are 16 patches, and grid= of 4 x 3 has 12: .* of 16 tokens"),
        ({"tokens": slice(1, 99)}, r"tokens= are 15 patches, and grid= of 4 x 4 has 16"),
        ({"row": 2}, r"row= is one of 2 in the reduction, counted from 0, found 2"),
    ],
)
def test_a_picture_of_patches_that_are_not_there_is_refused(wrong, says):
    reduction = Reduction.identity(torch.zeros(2, 16, 4))
    given = {"tokens": slice(0, 16), "grid": (4, 4), **wrong}
    with pytest.raises(ValueError, match=says):
        compare(Image.new("RGB", (64, 64)), reduction, **given)


@pytest.mark.parametrize("prompts", [1, 2])
def test_what_is_kept_of_each_image_inside_the_decoder_is_read_by_its_placeholders(prompts):
    inputs, model = _two_images((1, 8, 8), (1, 12, 8)), small_models.qwen2_5_vl()
    if prompts == 2:
        inputs |= _in_two_prompts(inputs["input_ids"])
    with attach(FastV(keep=0.5), model) as attached, torch.no_grad():
        model.generate(**inputs, max_new_tokens=2)
    kept = attached.total().kept
    of_images = inputs["input_ids"] == model.config.image_token_id
    merged = model.config.vision_config.spatial_merge_size
    per_image = kept[of_images].split((inputs["image_grid_thw"].prod(dim=1) // merged**2).tolist())
    assert [len(image) for image in per_image] == [16, 24]
    left = [int(image.sum()) for image in per_image]
    assert sum(left) == 20
    assert prompts == 1 or left == [8, 12]
    assert bool(kept[inputs["attention_mask"].bool() & ~of_images].all())


def test_a_row_of_the_cache_is_a_key_head_of_a_prompt():
    model, ids = small_models.llama(), torch.cat([_ids(30), _ids(30, 1)])
    with attach(SnapKV(keep=0.5), model) as attached:
        model.generate(ids, max_new_tokens=2, do_sample=False)
    for _, reduction in attached.reductions:
        kept = reduction.kept.view(2, model.config.num_key_value_heads, 30)
        assert kept.sum(dim=-1).unique().tolist() == [15]


def test_images_of_different_sizes_have_no_total():
    model = small_models.qwen2_5_vl()
    with attach(DivPrune(keep=0.5), model) as attached, torch.no_grad():
        model(**_two_images((1, 8, 8), (1, 4, 8)))
    assert [int(reduction.kept.sum()) for _, reduction in attached.reductions] == [8, 4]
    with pytest.raises(ValueError, match="2 images or videos one by one"):
        attached.total()


def test_images_of_one_size_are_one_batch_with_a_total():
    model = small_models.qwen2_5_vl()
    with attach(DivPrune(keep=0.5), model) as attached, torch.no_grad():
        model(**_two_images((1, 8, 8), (1, 8, 8)))
    assert attached.total().kept.sum(dim=1).tolist() == [8, 8]


def test_reports_are_the_same_with_tokens_and_without():
    model, pixels = small_models.vit(), _random(2, 3, 32, 32)
    totals = []
    for report_tokens in (False, True):
        with attach(ToMe(r=5), model, report_tokens=report_tokens) as attached, torch.no_grad():
            model(pixel_values=pixels)
        totals.append(attached.total())
    bare, whole = totals
    assert bare.tokens.shape == (*whole.tokens.shape[:2], 0)
    for name in ("source", "size", "position", "kept", "merged", "counts"):
        assert torch.equal(getattr(bare, name), getattr(whole, name)), name
    assert torch.equal(bare.unmerge(whole.tokens), whole.unmerge())
    with pytest.raises(ValueError, match="report_tokens=True"):
        bare.unmerge()


def test_a_shorter_cache_takes_less_memory_than_a_whole_one():
    model, ids = small_models.llama(), _ids(1500)

    def held(keep, **how):
        with attach(SnapKV(keep=keep), model, **how), torch.no_grad(), LiveBytes() as live:
            cache = model(ids, use_cache=True, logits_to_keep=1).past_key_values
            gc.collect()
            return live.held, sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)

    whole, short, with_tokens = held(1.0), held(0.5), held(0.5, report_tokens=True)
    assert short[1] * 2 == whole[1]
    assert short[0] < whole[1]
    assert with_tokens[0] >= short[0] + short[1]


def test_merging_in_every_block_holds_no_blocks_tokens_afterwards():
    model, pixels = small_models.vit(depth=12), _random(4, 3, 32, 32)
    one_blocks = 4 * 65 * 32 * 4

    def held(**how):
        with attach(ToMe(r=0), model, **how), torch.no_grad(), LiveBytes() as live:
            model(pixel_values=pixels)
            gc.collect()
            return live.held

    assert held() < one_blocks < held(report_tokens=True)
