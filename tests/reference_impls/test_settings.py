"""Settings are checked when a method is made: no wrong one is taken for another, and none waits for a run."""

import copy
import pickle
import sys
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Annotated, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_impls import attach
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.ats import ATS
from reference_impls.methods.dart import DART
from reference_impls.methods.diffrate import DiffRate
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.dynamicvit import DynamicViT
from reference_impls.methods.evit import EViT
from reference_impls.methods.fastv import FastV
from reference_impls.methods.ficoco_v import FiCoCoV
from reference_impls.methods.fora import FORA
from reference_impls.methods.h2o import H2O
from reference_impls.methods.hired import HiRED
from reference_impls.methods.ltp import LTP
from reference_impls.methods.pab import PAB, Broadcast
from reference_impls.methods.pitome import PiToMe
from reference_impls.methods.pyramiddrop import PyramidDrop
from reference_impls.methods.pyramidkv import PyramidKV
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.sparsevlm import SparseVLM
from reference_impls.methods.streamingllm import StreamingLLM
from reference_impls.methods.toca import ToCa
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tomesd import ToMeSD
from reference_impls.methods.trim import TRIM
from reference_impls.reduction import AtMost, budget, is_budget
from reference_impls.registry import load_methods
from reference_impls.settings import Keep, Rule, Settings, Share
from tests.reference_impls.situations import instance

METHODS = load_methods()


@pytest.mark.parametrize("name", METHODS)
def test_every_methods_settings_are_checked_one_by_one(name):
    acting = instance(METHODS[name])
    assert isinstance(acting, Settings)
    assert replace(acting) == acting
    for field in fields(acting):
        with pytest.raises(
            ValueError, match=f"{type(acting).__name__}: {field.name} must be .*found <object"
        ):
            replace(acting, **{field.name: object()})


@pytest.mark.parametrize(
    ("make", "wrong", "says"),
    [
        (SnapKV, {"pooling": "avg"}, "SnapKV: pooling must be 'average' or 'max', found 'avg'"),
        (FastV, {"attention_from": "mean"}, "attention_from must be 'last' or 'all', found 'mean'"),
        (FastV, {"positions": "reset"}, "positions must be 'keep' or 'renumber', found 'reset'"),
        (FastV, {"layer": 0}, "layer must be a whole number of 1 or more, found 0"),
        (FastV, {"official": 1}, "official must be True or False, found 1"),
        (ToMe, {"r": -3}, "r must be a whole number of 0 or more or a tuple of 2"),
        (ToMe, {"r": (8, -2)}, "a number between -1 and 1, found"),
        (SnapKV, {"window": 0}, "window must be a whole number of 1 or more, found 0"),
        (SnapKV, {"kernel": 4}, "kernel must be an odd number, found 4"),
        (SnapKV, {"keep": 0}, r"keep must be a fraction in \(0, 1\] or a count of 2 or more, found 0"),
        (SnapKV, {"keep": 1.5}, "found 1.5"),
        (SnapKV, {"keep": float("inf")}, "found inf"),
        (SnapKV, {"keep": True}, "found True"),
        (SnapKV, {"keep": "half"}, "found 'half'"),
        (H2O, {"recent": 1.5}, "a share up to 1 or a count, found 1.5"),
        (H2O, {"recent": float("inf")}, "found inf"),
        (StreamingLLM, {"sinks": -1}, "sinks must be a whole number of 0 or more"),
        (PyramidDrop, {"stages": 0}, "stages must be a whole number of 1 or more"),
        (HiRED, {"overview": 1}, "overview must be a share between 0 and 1 and neither of them"),
        (ToMeSD, {"stride": (2, 2, 2)}, "stride must be a tuple of 2"),
        (ToMeSD, {"stride": 2}, "stride must be a tuple of 2"),
        (FORA, {"modules": "attention"}, "modules must be a tuple, each part"),
        (ToCa, {"official": "ddim"}, "official must be 'ddim50' or 'ddpm250' or None"),
        (TRIM, {"embed": 3}, "embed must be a function or None"),
        (RandomPruning, {"seed": 0.5}, "seed must be a whole number"),
        (LTP, {"threshold": float("nan")}, "threshold must be a number of 0 or more"),
        (PAB, {"spatial": 2}, "spatial must be a Broadcast or None"),
        (SparseVLM, {"keep": (0.5, 0.5)}, "2 budgets for 3 layers"),
        (EViT, {"blocks": (9, 6, 3)}, "blocks must be numbers of blocks from 0 on, ascending and each once"),
        (FiCoCoV, {"blocks": (3, 3)}, r"ascending and each once or None, found \(3, 3\)"),
        (ATS, {"blocks": (-1,)}, r"blocks must be .*, found \(-1,\)"),
        (DiffRate, {"pruned_to": (5,) * 12}, "learned together, two numbers for each block, found 12 and 0"),
        (DiffRate, {"merged_to": (5,) * 12}, r"learned together, .* found 0 and 12"),
        (LTP, {"rule": "top", "threshold": 1.5}, "threshold is a share between 0 and 1, found 1.5"),
        (LTP, {"rule": "relative", "threshold": 2}, "threshold is a share between 0 and 1, found 2"),
        (PiToMe, {"text": True, "margin": 1.0}, "margin must be below 1, found 1.0"),
        (DART, {"image_pivots": 0, "text_pivots": 0}, "cannot both be 0"),
        (PyramidKV, {"window": 0}, "window must be a whole number of 1 or more, found 0"),
    ],
)
def test_wrong_settings_are_named_with_what_they_may_be(make, wrong, says):
    with pytest.raises(ValueError, match=says):
        make(**wrong)


def test_a_setting_that_a_method_has_not_is_told_with_those_that_it_has():
    said = r"^SnapKV has no setting ratio; it has keep, window, kernel, pooling$"
    with pytest.raises(TypeError, match=said):
        SnapKV(ratio=0.5)
    with pytest.raises(TypeError, match=said):
        replace(SnapKV(), ratio=0.5)
    assert pickle.loads(pickle.dumps(SnapKV(keep=9))) == copy.deepcopy(SnapKV(keep=9)) == SnapKV(keep=9)


def test_a_broadcast_needs_its_range():
    with pytest.raises(ValueError, match="reach must be"):
        Broadcast(0, 100, 800)
    for low, high in ((800, 100), (100, 100)):
        with pytest.raises(ValueError, match=r"low must be below high, .* found"):
            Broadcast(2, low, high)


def test_learned_stages_need_a_predictor_and_a_ratio_each():
    assert DynamicViT.untrained(32, blocks=(2,)).blocks == (2,)
    with pytest.raises(ValueError, match="predictors are 3, stages 4"):
        DynamicViT.untrained(32, blocks=(1, 2, 3, 4))
    with pytest.raises(ValueError, match="ratios are 2, stages 3"):
        DynamicViT.untrained(32, ratios=(0.7, 0.5))


@pytest.mark.parametrize("blocks", [(3, 2, 1), (1, 1, 3)])
def test_every_stage_has_a_block_of_its_own_in_order(blocks):
    with pytest.raises(ValueError, match="ascending and each once"):
        DynamicViT.untrained(32, blocks=blocks)


def test_more_stages_than_layers_are_refused_before_a_run():
    with (
        pytest.raises(ValueError, match="cannot cut 4 layers into 40 stages"),
        attach(PyramidDrop(stages=40), small_models.llava()),
    ):
        pass


def test_numbers_of_other_libraries_become_pythons_and_lists_tuples():
    method = SnapKV(keep=np.float32(0.5), window=np.int64(8))
    assert (method.keep, type(method.keep)) == (0.5, float)
    assert (method.window, type(method.window)) == (8, int)
    sparse = SparseVLM(keep=[np.float64(0.5), 0.25, 8], layers=[1, 2, 3])
    assert (sparse.keep, sparse.layers) == ((0.5, 0.25, 8), (1, 2, 3))
    hash(sparse)


def test_settings_stay_frozen():
    with pytest.raises(FrozenInstanceError):
        SnapKV().keep = 0.2


@dataclass(frozen=True)
class _Some(Settings):
    keep: Keep = 0.5
    share: Share = 0.5
    name: Literal["a", "b", 1] = "a"
    pairs: tuple[tuple[int, float], ...] = ()
    weight: torch.Tensor | None = None
    even: Annotated[int, Rule(lambda value: value % 2 == 0, "an even number")] = 0


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=2), st.just(float("nan"))
)


@given(ANYTHING)
def test_a_budget_is_accepted_where_it_can_be_counted(value):
    def count():
        return budget(value, 10, at_most=True)

    if is_budget(value):
        assert 1 <= count() <= 10
        assert _Some(keep=value).keep == value
    else:
        for refused in (count, lambda: _Some(keep=value)):
            with pytest.raises(ValueError, match="keep must be"):
                refused()


@given(ANYTHING)
def test_a_share_is_a_number_between_0_and_1(value):
    if type(value) in (int, float) and 0 <= value <= 1:
        assert _Some(share=value).share == value
    else:
        with pytest.raises(ValueError, match="share must be a share between 0 and 1"):
            _Some(share=value)


def test_literals_tuples_classes_and_rules_mean_what_they_say():
    assert _Some(name=1, pairs=[[1, 2.5]], weight=torch.ones(2), even=4).pairs == ((1, 2.5),)
    for wrong in ({"name": True}, {"name": 1.0}, {"pairs": ((1,),)}, {"pairs": ((1.5, 1),)}):
        with pytest.raises(ValueError, match="must be"):
            _Some(**wrong)
    for wrong in ({"weight": 1}, {"even": 3}, {"even": 2.0}, {"pairs": 1}):
        with pytest.raises(ValueError, match="must be"):
            _Some(**wrong)


@given(st.integers(2, sys.maxsize), st.integers(1, 5000))
def test_a_count_is_refused_or_all_where_there_are_fewer(keep, total):
    assert budget(keep, total, at_most=True) == min(keep, total)
    if keep > total:
        with pytest.raises(ValueError, match="a fraction fits any number"):
            budget(keep, total)


@given(st.integers(2, sys.maxsize), st.integers(1, 5000))
def test_at_most_a_count_is_said_with_the_setting(keep, total):
    assert budget(AtMost(keep), total) == min(keep, total)
    assert repr(FastV(keep=AtMost(keep))).startswith(f"FastV(keep=AtMost({keep}),")
    assert isinstance(replace(FastV(keep=AtMost(keep)), layer=3).keep, AtMost)
    assert copy.deepcopy(AtMost(keep)) == pickle.loads(pickle.dumps(AtMost(keep))) == keep
    assert isinstance(SparseVLM(keep=(AtMost(keep), 0.5, 0.5)).keep[0], AtMost)


@pytest.mark.parametrize("wrong", [1, 0, -3, 0.5, 50.0, True, "50"])
def test_at_most_takes_a_count_alone(wrong):
    with pytest.raises(ValueError, match="AtMost is given a whole number of 2 or more, found"):
        AtMost(wrong)


def test_images_of_different_sizes_are_kept_up_to_one_count():
    model = small_models.qwen2_vl()
    grids = torch.tensor([[1, 4, 4], [1, 8, 8], [1, 12, 8]])  # 4, 16 and 24 merged patches
    patches = grids.prod(dim=1).tolist()
    spans = [torch.tensor([3, *[small_models.IMAGE_TOKEN] * (count // 4)]) for count in patches]
    ids = torch.cat([*spans, torch.tensor([5, 6, 7])])[None]
    inputs = {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": (ids == small_models.IMAGE_TOKEN).int(),
        "pixel_values": torch.randn(sum(patches), 96, generator=torch.Generator().manual_seed(0)),
        "image_grid_thw": grids,
    }
    with attach(DivPrune(keep=AtMost(10)), model) as attached, torch.no_grad():
        model(**inputs)
    assert [int(one.counts) for _, one in attached.reductions] == [4, 10, 10]
    with (
        attach(DivPrune(keep=10), model),
        pytest.raises(ValueError, match=r"there are only 4: .* AtMost\(10\)"),
        torch.no_grad(),
    ):
        model(**inputs)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.stage == "kv-cache"])
def test_a_short_prompts_cache_stays_whole_in_a_batch_with_a_longer_one(name):
    model, method = small_models.llama(), METHODS[name].implementation(keep=24)
    ids = torch.randint(3, 90, (2, 40), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    ids[1, :22], mask[1, :22] = 0, 0
    with attach(method, model) as attached:
        model.generate(ids, attention_mask=mask, max_new_tokens=3, min_new_tokens=3, do_sample=False)
    counts = torch.stack([reduction.counts.view(2, -1) for _, reduction in attached.reductions])
    long, short = counts[:, 0], counts[:, 1]
    assert short.unique().tolist() == [18]
    # A budget that layers or heads share is what these keep in the mean.
    assert long.float().mean() == 24 if hasattr(method, "shared") else long.unique().tolist() == [24]
