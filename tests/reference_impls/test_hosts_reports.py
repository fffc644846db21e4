"""What an attachment reports: where each token went, and no more memory than that takes."""

import gc

import pytest
import torch

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.memory import LiveBytes
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.tome import ToMe

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
