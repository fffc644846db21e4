"""What holds for every method, whichever paper it comes from."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impls import attach, picture
from reference_impls.demo_cases import case_of
from reference_impls.reduction import AtMost
from reference_impls.registry import load_method, load_methods
from tests.reference_impls.situations import batch_element, instance, reducing_methods, situation, with_keep

NAMES = reducing_methods()
SHARED = [name for name in NAMES if hasattr(load_method(name).implementation, "shared")]
SIDES = st.integers(4, 8)
SEEDS = st.integers(0, 2**31)


def _reduce(name, keep=None, **changes):
    method = load_method(name)
    acting = instance(method)
    if keep is not None:
        acting = with_keep(acting, keep)
        if acting is None:
            pytest.skip(f"{name} has no budget")
    tokens, context = situation(method.stage, needs=method.implementation.needs, **changes)
    return tokens, context, acting, acting.reduce(tokens, context)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, deadline=None)
@given(side=SIDES, seed=SEEDS, batch=st.integers(1, 3))
def test_source_and_position_agree(name, side, seed, batch):
    tokens, _, _, reduction = _reduce(name, side=side, seed=seed, batch=batch)
    slots = reduction.tokens.shape[1]
    assert reduction.source.shape == tokens.shape[:2]
    assert int(reduction.source.min()) >= -1
    assert int(reduction.source.max()) < slots
    assert int(reduction.position.max()) < tokens.shape[1]
    # A slot that stands at a token holds that token.
    stands = reduction.position >= 0
    at = reduction.source.gather(1, reduction.position.clamp(min=0))
    expected = torch.arange(slots).expand_as(at)
    assert torch.equal(at[stands], expected[stands])
    # Every slot that is no padding was fed by some token.
    for row, valid in enumerate(reduction.counts):
        fed = torch.unique(reduction.source[row][reduction.source[row] >= 0]).numel()
        assert fed == int(valid)


PROJECTING = [name for name in NAMES if getattr(load_method(name).implementation, "projects", False)]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PROJECTING])
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_keeping_everything_changes_nothing(name, seed):
    tokens, _, _, reduction = _reduce(name, keep=1, seed=seed)
    assert torch.equal(reduction.tokens, tokens)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SHARED])
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS, count=st.integers(20, 30))
def test_a_budget_of_tokens_is_what_remains(name, seed, count):
    tokens, context, acting, reduction = _reduce(name, keep=count, seed=seed)
    candidates = tokens.shape[1] if context.candidates is None else int(context.candidates[0].sum())
    others = tokens.shape[1] - candidates
    # An image that is cut has one budget for all its crops.
    held = reduction.counts.view(len(context.crops), -1).sum(dim=1) if context.crops else reduction.counts
    spared = held - others - count
    # Class tokens and the one token that stands for all dropped ones may come on top. Where the image decides
    # how many remain, the budget is the most that may.
    assert int(spared.min()) >= 0 or getattr(acting, "adaptive", False)
    assert int(spared.max()) <= context.protected + 1


def _of_all_layers(acting, tokens, context):
    """What each layer keeps of the same tokens; where it revises, after all of them have been read."""
    layers = [context.with_(layer=layer, memory={}) for layer in range(context.layers)]
    kept = [acting.reduce(tokens, layer) for layer in layers]
    if getattr(acting, "revises", False):
        again = [acting.reduce(first.tokens, layer) for first, layer in zip(kept, layers, strict=True)]
        kept = [first.compose(later) for first, later in zip(kept, again, strict=True)]
    return kept


@pytest.mark.parametrize("name", SHARED)
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, count=st.integers(2, 36))
def test_a_budget_that_layers_or_heads_share_is_what_they_keep_in_the_mean(name, seed, count):
    tokens, context, acting, _ = _reduce(name, keep=count, seed=seed)
    layers = _of_all_layers(acting, tokens, context.with_(run_memory={}))
    batch = context.keys.shape[0]
    kept = torch.stack([layer.counts.view(batch, -1) for layer in layers])
    over = {"layers": 0, "heads": 2}[acting.shared]
    assert float((kept.float().mean(dim=over) - count).abs().max()) <= 0.5  # each is rounded


@pytest.mark.parametrize("name", NAMES)
def test_each_element_of_a_batch_decides_for_itself(name):
    tokens, context, acting, whole = _reduce(name, batch=3, seed=5)
    batch = context.keys.shape[0]
    order = torch.tensor([2, 0, 1])
    per = tokens.shape[0] // order.numel()  # key heads of one cache, or crops of one image
    rows = (order.unsqueeze(1) * per + torch.arange(per)).flatten()
    chosen = rows if batch == tokens.shape[0] else order
    moved = acting.reduce(tokens[rows], batch_element(context, chosen, batch))
    assert torch.equal(moved.source, whole.source[rows])
    torch.testing.assert_close(moved.tokens, whole.tokens[rows])


@pytest.mark.parametrize("name", NAMES)
def test_inputs_and_global_random_state_are_left_alone(name):
    method = load_method(name)
    tokens, context = situation(method.stage, needs=method.implementation.needs)
    before = tokens.clone(), {k: v.clone() for k, v in vars(context).items() if isinstance(v, torch.Tensor)}
    state = torch.get_rng_state()
    acting = instance(method)
    first, second = acting.reduce(tokens, context), acting.reduce(tokens, context.with_(memory={}))
    assert torch.equal(tokens, before[0])
    assert all(torch.equal(getattr(context, name), value) for name, value in before[1].items())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first.tokens, second.tokens)


@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.float64], ids=["bfloat16", "float16", "float64"]
)
@pytest.mark.parametrize("name", NAMES)
def test_a_precision_stays_what_it_is_and_finite(name, dtype):
    tokens, _, _, reduction = _reduce(name, dtype=dtype)
    assert reduction.tokens.dtype == tokens.dtype
    assert bool(reduction.tokens.isfinite().all())


def _runs_a_network(name):
    """Of its own, or a language model's, which autocast rounds as it rounds any other."""
    build = load_method(name).implementation
    return hasattr(build, "untrained") or "reader" in build.needs


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", [name for name in NAMES if not _runs_a_network(name)])
def test_autocast_changes_nothing(name, dtype):
    for seed in range(4):
        _, _, _, outside = _reduce(name, side=12, seed=seed, dtype=dtype)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            _, _, _, inside = _reduce(name, side=12, seed=seed, dtype=dtype)
        assert torch.equal(inside.source, outside.source)
        assert torch.equal(inside.tokens, outside.tokens)


MERGING = [
    name
    for name in NAMES
    if load_method(name).mechanism in (("merging",), ("merging", "restoration"))
    and name != "fastadasp"  # whose means are weighted by attention
]


@pytest.mark.parametrize("name", MERGING)
def test_merging_keeps_the_size_weighted_mean(name):
    tokens, _, _, reduction = _reduce(name)
    mean = (reduction.tokens * reduction.size.unsqueeze(-1)).sum(dim=1) / reduction.size.sum(
        dim=1, keepdim=True
    )
    torch.testing.assert_close(mean, tokens.mean(dim=1))
    assert torch.allclose(reduction.size.sum(dim=1), torch.tensor(float(tokens.shape[1])))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keep", [0, -0.5, float("nan"), True])
def test_a_senseless_budget_is_refused_clearly(name, keep):
    with pytest.raises(ValueError, match="keep"):
        _reduce(name, keep=keep)


OF_TEXT = ("kv-cache", "prompt")


@pytest.mark.parametrize("keep", [2, 0.01, AtMost(3)])
@pytest.mark.parametrize("name", ["tome", "pitome", "tomesd", "dycoke"])
def test_a_budget_that_a_method_cannot_hold_is_refused_with_the_least_that_it_can(name, keep):
    method = load_method(name)
    case = case_of(method, method.implementation(), "cpu", picture.drawn_image(64))

    def run(budget):
        with attach(method.implementation(keep=budget), case.model), torch.no_grad():
            case.run()

    with pytest.raises(ValueError, match=r"raise it, to 0\.\d+ or more$") as refused:
        run(keep)
    run(float(str(refused.value).split()[-3]))


@pytest.mark.parametrize("name", NAMES)
def test_a_count_is_the_most_that_remains_of_text_and_no_more_than_there_is_of_all_else(name):
    if load_method(name).stage in OF_TEXT:
        tokens, _, _, reduction = _reduce(name, keep=10_000)
        assert torch.equal(reduction.tokens, tokens)
    else:
        with pytest.raises(ValueError, match="keep = 10000 tokens, but there are only"):
            _reduce(name, keep=10_000)


@pytest.mark.parametrize("name", NAMES)
def test_at_most_a_count_leaves_what_is_shorter_whole_and_is_that_count_of_all_else(name):
    whole, everything = _reduce(name, keep=AtMost(10_000))[-1], _reduce(name, keep=1)[-1]
    assert torch.equal(whole.tokens, everything.tokens)
    assert torch.equal(whole.source, everything.source)
    shortened, counted = _reduce(name, keep=AtMost(24))[-1], _reduce(name, keep=24)[-1]
    assert torch.equal(shortened.tokens, counted.tokens)
    assert torch.equal(shortened.source, counted.source)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", NAMES)
def test_cuda_keeps_the_tokens_that_the_cpu_keeps(name):
    _, _, _, here = _reduce(name)
    method = load_method(name)
    tokens, context = situation(method.stage, needs=method.implementation.needs, device="cuda")
    acting = instance(method)
    there = (acting.to("cuda") if hasattr(acting, "to") else acting).reduce(tokens, context)
    assert torch.equal(here.source, there.source.cpu())


@pytest.mark.parametrize("name", load_methods())
def test_methods_describe_themselves_in_the_catalogues_terms(name):
    method = load_method(name)
    assert method.citation
    assert set(method.domain) <= {"vision", "language", "multimodal", "audio-speech"}
    # Outputs that are reused by a schedule, and windows of a grid, ask no token how much it matters.
    assert method.criterion or set(method.mechanism) <= {"caching", "pooling", "projection"}
    assert method.mechanism
    assert method.implementation.__doc__
