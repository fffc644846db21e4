"""Methods in the blocks of vision transformers and the layers of text encoders: settings that do not fit a
model, and batches whose elements differ.
"""

import pytest
import torch

from reference_impls import attach
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.ats import ATS
from reference_impls.methods.diffrate import DiffRate
from reference_impls.methods.dynamicvit import DynamicViT
from reference_impls.methods.evit import EViT
from reference_impls.methods.ficoco_v import FiCoCoV


@pytest.mark.parametrize("official", [False, True])
@pytest.mark.parametrize("keep", [None, 0.5, 0.95, 1.0])
def test_ats_keeps_of_a_text_what_it_keeps_alone(keep, official):
    model, method = small_models.bert(), ATS(keep=keep, official=official)
    ids = torch.randint(3, 90, (2, 40), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[0, 9:] = 0  # of 8 patches, 0.95 are all, and of 39 two less
    with torch.no_grad(), attach(method, model, stage="encoder-layer") as attached:
        alone = model(input_ids=ids[:1, :9], attention_mask=mask[:1, :9]).last_hidden_state
        kept = attached.total().kept[0]
        together = model(input_ids=ids, attention_mask=mask).last_hidden_state
        beside = attached.total().kept[0]
    assert torch.equal(beside[:9], kept)
    assert not bool(beside[9:].any())
    torch.testing.assert_close(together[0, 0], alone[0, 0], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("build", "protected"), [(small_models.vit, 1), (small_models.deit, 2)])
def test_diffrate_leaves_one_patch_at_least_for_others_to_merge_into(build, protected):
    model, pixels = build(), torch.randn(1, 3, 32, 32)
    fewest = DiffRate(pruned_to=(9,) * 4, merged_to=(protected + 1,) * 4)
    with torch.no_grad(), attach(fewest, model) as attached:
        model(pixels)
        assert attached.total().counts.tolist() == [protected + 1]
    none = DiffRate(pruned_to=(9,) * 4, merged_to=(protected,) * 4)
    said = f"to leave {protected} tokens in block 0, of which {protected} stand for no patch"
    with torch.no_grad(), attach(none, model), pytest.raises(ValueError, match=said):
        model(pixels)


@pytest.mark.parametrize("stage", ["vit-block", "encoder-layer"])
@pytest.mark.parametrize("method", [EViT, FiCoCoV, ATS])
def test_blocks_that_a_model_lacks_are_named(method, stage):
    model = small_models.vit() if stage == "vit-block" else small_models.bert()
    said = "is to act in .* 4, 8, and this model has 4, counted from 0 to 3"
    with pytest.raises(ValueError, match=said), attach(method(blocks=(3, 4, 8)), model, stage=stage):
        pass


def test_a_text_encoder_refuses_a_method_that_acts_on_none_of_its_layers():
    with (
        pytest.raises(ValueError, match="RandomPruning acts on none of this model's 4 layers"),
        attach(RandomPruning(layer=9), small_models.bert(), stage="encoder-layer"),
    ):
        pass


def test_more_stages_than_a_model_has_blocks_are_refused():
    model = small_models.vit()
    said = "6 stages, each before another block, and this model has 4 blocks"
    with pytest.raises(ValueError, match=said), attach(DynamicViT.untrained(32, stages=6), model):
        pass
    with attach(DynamicViT.untrained(32, stages=4), model) as attached, torch.no_grad():
        model(torch.randn(1, 3, 32, 32))
    assert [layer for layer, _ in attached.reductions] == [0, 1, 2, 3]
