"""Two methods attached at once: each pair works in either order, or is refused with what to do instead."""

from itertools import product

import pytest
import torch

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.dycoke import DyCoke, DyCokeCache
from reference_impls.methods.fastv import FastV
from reference_impls.methods.fora import FORA
from reference_impls.methods.holitom import HoliTom, HoliTomInner
from reference_impls.methods.ltp import LTP
from reference_impls.methods.selective_context import SelectiveContext
from reference_impls.methods.snapkv import SnapKV
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tomesd import ToMeSD
from reference_impls.methods.vidcom2 import VidCom2
from reference_impls.supported import FAMILIES

OF_STAGE = {
    "vision-output": DivPrune(keep=0.5),
    "decoder-prefill": FastV(keep=0.5),
    "kv-cache": SnapKV(keep=0.5),
    "prompt": SelectiveContext(keep=0.5),
}
PAIRS = list(product(OF_STAGE, repeat=2))
SEEING = [
    family
    for family in FAMILIES["decoder-prefill"]
    if any(name.startswith("pixel_values") for name in family.inputs())
]
"""Families with an image encoder before the language model, so that a stage of each is there."""
GREEDY = {"max_new_tokens": 3, "min_new_tokens": 3, "do_sample": False}


def _one_at_a_time(one, other):
    kinds = (type(method).__name__ for method in (one, other))
    return r"^{} is attached to this \w+, and {} would .*: end its with block first".format(*kinds)


def _together(one, other):
    behind = one == "vision-output" and other in ("decoder-prefill", "kv-cache")
    return behind or (one == "prompt") != (other == "prompt")


def _of(stage, family):
    videos = stage == "vision-output" and "videos" in family.name
    return VidCom2(keep=0.5) if videos else OF_STAGE[stage]


@pytest.mark.parametrize("stages", [pair for pair in PAIRS if _together(*pair)], ids=" + ".join)
@pytest.mark.parametrize("family", SEEING, ids=lambda family: family.name)
def test_a_shorter_prompt_is_shortened_again_in_the_model(family, stages):
    model = family.build()
    one, other = (_of(stage, family) for stage in stages)
    with attach(one, model) as first, attach(other, model) as second:
        model.generate(**family.inputs(), **GREEDY)
    for _, reduction in (first.reductions[0], second.reductions[0]):
        assert reduction.tokens.shape[1] < reduction.source.shape[1]
    assert not {"generate", "shortened_by"} & set(vars(model))


@pytest.mark.parametrize("stages", [pair for pair in PAIRS if not _together(*pair)], ids=" + ".join)
@pytest.mark.parametrize("family", SEEING, ids=lambda family: family.name)
def test_a_second_method_in_the_same_place_is_refused(family, stages):
    model = family.build()
    one, other = (_of(stage, family) for stage in stages)
    with attach(one, model) as attached:
        with pytest.raises(ValueError, match=_one_at_a_time(one, other)), attach(other, model):
            pass
        model.generate(**family.inputs(), **GREEDY)
    assert attached.reductions


@pytest.mark.parametrize(
    ("build", "one", "other"),
    [
        (small_models.vit, ToMe(), ToMe()),
        (small_models.bert, LTP(), LTP()),
        (small_models.dit, ToMeSD(), FORA()),
    ],
    ids=["vit", "bert", "dit"],
)
def test_a_second_method_in_the_same_modules_is_refused(build, one, other):
    model = build()
    before = [set(vars(module)) for module in model.modules()]
    with (
        attach(one, model),
        pytest.raises(ValueError, match=_one_at_a_time(one, other)),
        attach(other, model),
    ):
        pass
    assert [set(vars(module)) for module in model.modules()] == before


def test_two_methods_in_different_parts_of_a_denoisers_blocks_both_act():
    model, inputs = small_models.dit(), FAMILIES["diffusion-step"][0].inputs()
    parts = [attach(ToMeSD(modules=(part,)), model) for part in ("attention", "feed-forward")]
    with parts[0] as attention, parts[1] as feed_forward, torch.no_grad():
        model(**inputs, timestep=torch.tensor([500]))
    assert len(attention.reductions) == len(feed_forward.reductions) == 4


@pytest.mark.parametrize("prompt_first", [True, False])
def test_a_text_encoder_is_shortened_inside_a_shorter_prompt(prompt_first):
    model, inputs = small_models.bert(), FAMILIES["encoder-layer"][0].inputs()
    shortening = attach(SelectiveContext(keep=0.5), model, scorer=small_models.llama())
    acting = attach(LTP(), model)
    both = (shortening, acting) if prompt_first else (acting, shortening)
    with both[0] as one, both[1] as other, torch.no_grad():
        found = model(**inputs).last_hidden_state
    prompt = one if prompt_first else other
    kept = prompt.total().kept
    with attach(LTP(), model), torch.no_grad():
        expected = model(**{name: value[kept][None] for name, value in inputs.items()}).last_hidden_state
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("method", [FastV(keep=0.5), DyCokeCache(layer=1)], ids=["prefill", "reading"])
def test_tokens_that_a_caller_named_are_not_looked_for_in_a_shorter_prompt(method):
    model, inputs = small_models.llama(), FAMILIES["prompt"][0].inputs()
    with attach(method, model, stage=_stage(method), candidates=slice(4, 20)):
        with (
            attach(SelectiveContext(keep=0.5), model),
            pytest.raises(ValueError, match="attach one of the two methods alone"),
        ):
            model.generate(**inputs, **GREEDY)
        model.generate(**inputs, **GREEDY)


def _stage(method):
    return "decoder-prefill" if isinstance(method, FastV) else "kv-cache"


@pytest.mark.parametrize("family", FAMILIES["vision-output"], ids=lambda family: family.name)
def test_an_encoder_whose_tokens_a_prompt_counts_is_shortened_at_its_output(family):
    with pytest.raises(ValueError, match="stage vision-output"), attach(ToMe(), family.build()):
        pass


@pytest.mark.parametrize(
    ("one", "other", "stage"),
    [(HoliTom(), HoliTomInner(), "decoder-prefill"), (DyCoke(), DyCokeCache(), "kv-cache")],
    ids=["HoliTom", "DyCoke"],
)
def test_of_two_stages_of_one_paper_the_first_is_attached_first(one, other, stage):
    of_videos = "LLaVA-OneVision with videos"
    family = next(family for family in FAMILIES["decoder-prefill"] if family.name == of_videos)
    model = family.build()
    with attach(one, model) as before, attach(other, model) as inside:
        model.generate(**family.inputs(), **GREEDY)
    assert inside.stage == stage
    left = before.reductions[0][1].tokens.shape[1]
    beside = family.inputs()["input_ids"].shape[1] - before.reductions[0][1].source.shape[1]
    decoded = GREEDY["max_new_tokens"] - 1 if stage == "kv-cache" else 0  # they are entries, too
    assert inside.reductions[0][1].source.shape[1] == left + beside + decoded
    said = "attach the one before it first"
    with attach(other, model), pytest.raises(ValueError, match=said), attach(one, model):
        pass
