"""Methods for language and vision-language models, each beside a slow version of what its docstring says.

For what the golden files do not hold: settings other than theirs, roundings, and how a method's parts are
joined.
"""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import pad

from reference_impls import Context, attach, load_method
from reference_impls.context import Crops
from reference_impls.hosts import small_models
from reference_impls.mechanisms.crops import areas_in_overview
from reference_impls.methods.cake import CAKE, indicator, over_window, parts_of, preference
from reference_impls.methods.expected_attention import ExpectedAttention, expected_attention, shared_counts
from reference_impls.methods.framefusion import FrameFusion
from reference_impls.methods.globalcom2 import GlobalCom2
from reference_impls.methods.h2o import H2O
from reference_impls.methods.hired import HiRED
from reference_impls.methods.holitom import HoliTom, HoliTomInner
from reference_impls.methods.lagkv import LagKV, chosen_before, spread
from reference_impls.methods.mustdrop import MustDrop
from reference_impls.methods.pact import PACT, density_centres, importance
from reference_impls.methods.prumerge import PruMerge
from reference_impls.methods.pyramiddrop import PyramidDrop
from reference_impls.methods.r_kv import RKV, redundancy
from reference_impls.methods.r_kv import importance as attended
from reference_impls.methods.sparsevlm import SparseVLM, cluster, recycle
from reference_impls.methods.tomesd import ToMeSD
from reference_impls.methods.trim import TRIM
from reference_impls.methods.vidcom2 import VidCom2, frame_shares, likeness, steadiest_channels
from reference_impls.supported import FAMILIES
from tests.reference_impls.situations import instance, situation, with_keep

ROUNDING = {
    **dict.fromkeys(["fastv", "sparsevlm", "dart", "fastervlm", "visionzip", "divprune", "holov"], round),
    **dict.fromkeys(["framefusion"], round),
    **dict.fromkeys(["pyramiddrop", "prumerge", "trim", "hired", "globalcom2", "vidcom2"], math.floor),
    **dict.fromkeys(
        ["snapkv", "h2o", "streamingllm", "tova", "keydiff", "key_norm", "r_kv", "lagkv"], math.floor
    ),
}


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("part", [0.4, 0.6])
@pytest.mark.parametrize("name", ROUNDING)
def test_a_budget_is_rounded_as_in_the_official_code(name, part):
    method = load_method(name)
    tokens, context = situation(method.stage, needs=method.implementation.needs, batch=1)
    context = context.with_(layer=1) if name == "pyramiddrop" else context  # where its first stage ends
    given = int(context.candidates.sum()) if context.candidates is not None else tokens.shape[1]
    total = given * (tokens.shape[0] if context.crops else 1)
    wanted = total // 3 + part
    reduction = with_keep(instance(method), wanted / total).reduce(tokens, context)
    held = reduction.counts.sum() if context.crops else reduction.counts[0]
    spared = (tokens.shape[1] - given) + (name == "trim")  # the mean of the rest comes on top
    assert int(held) - spared == ROUNDING[name](wanted)


def test_sparsevlm_asks_the_raters_and_recycles_the_best_of_the_rest():
    tokens, context = situation("decoder-prefill", batch=1)
    image, words = range(4, 40), range(40, 45)
    embedded = context.embeddings[0]
    rating = (embedded[list(image)] @ embedded[list(words)].T).softmax(dim=-1).mean(dim=0)
    raters = [word for word, value in zip(words, rating, strict=True) if value >= rating.mean()]
    assert 0 < len(raters) < 5
    keys = context.keys.repeat_interleave(2, dim=1)
    rows = []
    for word in raters:
        logits = context.queries[0, :, word, None] @ keys[0, :, : word + 1].transpose(1, 2) / 4
        rows.append(logits.softmax(dim=-1)[:, 0, 4:40].mean(dim=0))
    scores = torch.stack(rows).mean(dim=0)
    order = scores.argsort(descending=True)
    stays = (order[:20].sort().values + 4).tolist()
    pruned = torch.ones(36, dtype=torch.bool).scatter(0, order[:20], False).nonzero().squeeze(-1)
    again = pruned[recycle(scores[pruned])] + 4
    groups, centres = cluster(tokens[0, again], seed=0)
    for combine in ("mean", "sum"):
        reduction = SparseVLM(keep=20, combine=combine).reduce(tokens, context)
        behind = len(range(4)) + 20
        assert reduction.position[0, 4:behind].tolist() == stays
        for slot in range(centres.numel()):
            members = tokens[0, again[groups == slot]]
            torch.testing.assert_close(reduction.tokens[0, behind + slot], getattr(members, combine)(dim=0))
        assert reduction.position[0, -5:].tolist() == list(words)


def test_sparsevlm_deletes_as_many_as_the_rank_leaves_over():
    tokens, context = situation("decoder-prefill", batch=1)
    for scale in (0.5, 1.0):
        reduction = SparseVLM(keep=None, recycle=False, scale=scale).reduce(tokens, context)
        kept = int(reduction.kept[0, 4:40].sum())
        ranks = {1, 2, 3, 4, 5}  # at most as many as there are raters
        assert 36 - kept in {int(scale * (36 - rank)) for rank in ranks}
    assert SparseVLM().positions == PyramidDrop().positions == "renumber"


def test_pyramiddrop_cuts_the_layers_in_equal_parts_and_asks_the_coming_layer():
    assert PyramidDrop().drops_before(32) == [8, 16, 24]
    model = small_models.llava(attention="eager")
    ids = torch.randint(3, 90, (1, 76), generator=torch.Generator().manual_seed(1))
    ids[:, 4:68] = small_models.IMAGE_TOKEN
    inputs = {"input_ids": ids, "pixel_values": _random(1, 3, 32, 32)}
    with torch.no_grad():
        maps = model(**inputs, output_attentions=True).attentions
        with attach(PyramidDrop(), model) as attached:
            model(**inputs)
    layer, reduction = attached.reductions[0]
    best = maps[layer][0, :, -1, 4:68].mean(dim=0).topk(32).indices + 4
    assert torch.equal(reduction.kept[0, 4:68].nonzero().squeeze(-1) + 4, best.sort().values)


def test_prumerges_official_raster_never_takes_the_last_patch():
    attention = torch.linspace(1, 0, 576)
    for official, taken in ((True, False), (False, True)):
        kept = PruMerge(keep=36, plus=True, official=official).kept(
            attention
        )  # a step of 5, and 575 = 5 * 115
        assert (575 in kept.tolist()) is taken
    assert PruMerge(official=True).judged_by == "next layer"
    assert PruMerge().judged_by == "this layer"


def test_hireds_crops_are_rectangles_of_the_overview():
    early = torch.zeros(5, 1, 36)
    early[0, 0, [3, 4, 5, 9, 10, 11, 15, 16, 17]] = 1.0  # the upper right quarter of 6 x 6
    context = Context(
        class_attention=_random(5, 1, 36).softmax(dim=-1),
        early_class_attention=early,
        crops=(Crops(2, 2, 64, 64),),
        grid=(6, 6),
    )
    counts = HiRED(keep=0.1, overview=0.75).reduce(_random(5, 36, 4), context).counts.tolist()
    assert counts == [13, 0, 5, 0, 0]  # int(0.75 * 18) for the overview, the rest where the content is


@pytest.mark.parametrize(("side", "rows", "columns"), [(24, 3, 1), (27, 4, 4), (16, 5, 1), (14, 1, 6)])
def test_every_crop_has_an_area_of_the_overview_whatever_the_grid(side, rows, columns):
    areas = areas_in_overview(Crops(rows, columns, 64, 64), (side, side))
    for token, area in enumerate(areas.tolist()):
        row, column = divmod(token, side)
        assert area == int(row / side * rows) * columns + int(column / side * columns)
    assert areas.unique().numel() == rows * columns
    count = side * side
    attention = _random(1 + rows * columns, 2, count).softmax(dim=-1)
    crops, grid = (Crops(rows, columns, 64, 64),), (side, side)
    context = Context(class_attention=attention, early_class_attention=attention, crops=crops, grid=grid)
    reduction = HiRED(keep=0.1).reduce(_random(1 + rows * columns, count, 4), context)
    assert int(reduction.counts.sum()) == int(0.1 * count * (1 + rows * columns))


def test_trim_keeps_what_fits_best_and_officially_what_fits_worst():
    tokens, question = _random(1, 12, 6), _random(1, 1, 6, seed=1)
    fits = torch.nn.functional.layer_norm(tokens[0], (6,)) @ question[0, 0]
    for official in (False, True):
        best = fits.topk(3, largest=not official).indices.sort().values
        reduction = TRIM(keep=3, official=official).reduce(tokens, Context(text=question))
        assert torch.equal(reduction.position[0, :3], best)
        rest = torch.ones(12, dtype=torch.bool).scatter(0, best, False)
        torch.testing.assert_close(reduction.tokens[0, 3], tokens[0, rest].mean(dim=0))


def test_mustdrop_lets_each_image_merge_as_much_as_it_has_alike_and_officially_the_least():
    tokens = _random(2, 16, 8)
    tokens[0, [0, 1, 4, 5]] = tokens[0, 0].clone()
    tokens[1, [0, 1, 4, 5]] = tokens[1, 0].clone()
    tokens[1, [2, 3, 6, 7]] = tokens[1, 2].clone()
    context = Context(grid=(4, 4))
    assert MustDrop().reduce(tokens, context).counts.tolist() == [13, 10]
    assert MustDrop(official=True).reduce(tokens, context).counts.tolist() == [13, 13]


def test_mustdrop_merges_nothing_in_an_image_that_no_window_fits_into():
    tokens = _random(2, 8, 8)
    for grid in ((1, 8), (8, 1)):
        reduction = MustDrop(threshold=0.0).reduce(tokens, Context(grid=grid))
        assert torch.equal(reduction.tokens, tokens)


def test_tomesd_names_windows_that_do_not_fit_into_a_blocks_image():
    for grid, stride in (((1, 16), (2, 2)), ((4, 4), (64, 64))):
        method, context = ToMeSD(stride=stride), Context(grid=grid)
        said = (
            f"windows of {stride[0]} x {stride[1]} do not fit into a block's image of {grid[0]} x {grid[1]}"
        )
        with pytest.raises(ValueError, match=said):
            method.reduce(_random(1, 16, 8), context)


def test_globalcom2s_thumbnail_keeps_its_share_to_the_nearest():
    tokens, context = situation("vision-output", needs=GlobalCom2.needs, batch=1)
    counts = GlobalCom2(keep=9.6 / 36).reduce(tokens, context).counts
    assert int(counts[0]) == 10
    official = GlobalCom2(keep=9.6 / 36, official=True).reduce(tokens, context).counts
    assert int(official[0]) == 9
    assert int(official.sum()) < int(counts.sum()) == 48


def test_vidcom2_rounds_each_frame_down_officially_and_otherwise_spends_the_budget():
    tokens, context = situation("vision-output", batch=1, side=8)
    video = steadiest_channels(tokens[0], 0.5).view(8, 8, -1)
    shares = frame_shares(likeness(video, video.mean(dim=(0, 1))), 0.25, 0.01) * 8
    assert any(share % 1 > 0.5 for share in shares.tolist())
    frames = VidCom2(keep=0.25, official=True).reduce(tokens, context).position[0] // 8
    assert frames.bincount().tolist() == [int(share) for share in shares.tolist()]
    for keep in (3, 9):  # even where that is fewer than there are frames
        assert VidCom2(keep=keep).reduce(tokens, context).tokens.shape[1] == keep


@pytest.mark.parametrize("keep", [40, 0.3])
def test_framefusion_leaves_a_prompt_without_a_video_as_it_is(keep):
    family = next(
        family for family in FAMILIES["decoder-prefill"] if family.name == "LLaVA-OneVision with videos"
    )
    model, video = family.build(), family.inputs()
    words = torch.randint(3, 90, (1, 20), generator=torch.Generator().manual_seed(0))
    alone = {"input_ids": words, "attention_mask": torch.ones_like(words)}
    with attach(FrameFusion(keep=keep), model) as attached, torch.no_grad():
        model(**alone)
        assert attached.total().counts.tolist() == [20]
        model(**video)
        expected = attached.total().kept
        missing = video["input_ids"].shape[1] - 20
        both = {
            "input_ids": torch.cat([pad(words, (missing, 0)), video["input_ids"]]),
            "attention_mask": torch.cat([pad(torch.ones_like(words), (missing, 0)), video["attention_mask"]]),
            "pixel_values_videos": video["pixel_values_videos"],
        }
        model(**both)
    assert attached.total().counts[0] == 20
    assert torch.equal(attached.total().kept[1], expected[0])


def _through_the_layers(method, tokens, places, layers):
    """Call FrameFusion before every layer, and say what it leaves in each."""
    memory, left, at = {}, [], torch.arange(tokens.shape[1])
    queries, keys = _random(1, 2, tokens.shape[1], 4, seed=1), _random(1, 2, tokens.shape[1], 4, seed=2)
    for layer in range(layers):
        shown = {} if layer == 0 else {"queries": queries[:, :, at], "keys": keys[:, :, at]}
        context = Context(
            candidates=places[None, at] >= 0,
            places=places[None, at],
            memory=memory,
            layer=layer,
            layers=layers,
        )
        reduction = method.reduce(tokens, context.with_(**shown))
        tokens, at = reduction.tokens, at[reduction.position[0]]
        left.append(int((places[at] >= 0).sum()))
    return left


def test_framefusion_holds_its_cost_on_average_over_the_layers():
    frames, per_frame, layers = 10, 20, 20
    video = _random(frames, per_frame, 8)
    video[1:4, :7] = video[0, :7].clone()  # of 200 tokens 21 repeat the frame before
    tokens = torch.cat([video.flatten(0, 1), _random(3, 8, seed=3)])[None]
    places = torch.cat([torch.arange(per_frame).repeat(frames), torch.full((3,), -1)])
    left = _through_the_layers(FrameFusion(keep=0.3, threshold=0.95), tokens, places, layers)
    assert left[0] == 179
    assert left[-1] < left[1] <= 179
    assert sum(left) / layers == pytest.approx(0.3 * 200, abs=0.5)
    # Where repetition alone meets the cost, only the most similar merge, and nothing is pruned.
    still = video[:1].expand(frames, -1, -1).flatten(0, 1)[None]
    left = _through_the_layers(FrameFusion(keep=0.33), still, places[:200], layers)
    assert left == [200 - int(0.67 * 200)] * layers
    # Without merging, the pruning makes up for the layers before it.
    left = _through_the_layers(FrameFusion(keep=0.3, merge=False), tokens, places, layers)
    assert left[0] == 200
    assert sum(left) / layers == pytest.approx(0.3 * 200, abs=0.5)


def test_holitom_averages_what_stands_still_and_keeps_the_most_attended_of_the_rest():
    still, other = _random(1, 1, 16), _random(3, 5, 16, seed=1)
    video = torch.cat([still + 0.01 * _random(3, 1, 16, seed=2), other], dim=1)  # 3 frames of 6
    tokens, attention = video.flatten(0, 1)[None], _random(1, 18, seed=3).softmax(dim=-1)
    reduction = HoliTom(keep=10).reduce(tokens, Context(frames=3, received_attention=attention))
    assert reduction.position[0, 0] == 0
    torch.testing.assert_close(reduction.tokens[0, 0], video[:, 0].mean(dim=0))
    assert reduction.size[0, 0] == 3
    for frame in range(3):
        kept = reduction.kept[0].view(3, 6)[frame, 1:]
        best = attention.view(3, 6)[frame, 1:].topk(int(kept.sum())).indices
        assert torch.equal(kept.nonzero().squeeze(-1), best.sort().values)


def test_holitoms_inner_merging_joins_the_most_similar():
    tokens, context = situation("decoder-prefill", batch=1)
    reduction = HoliTomInner(keep=12).reduce(tokens, context)
    kept = reduction.kept[0].nonzero().squeeze(-1)
    image = kept[(kept >= 4) & (kept < 40)]
    for token in reduction.merged[0].nonzero().squeeze(-1).tolist():
        alike = torch.cosine_similarity(tokens[0, token], tokens[0, image], dim=-1)
        assert reduction.position[0, reduction.source[0, token]] == image[alike.argmax()]


def test_pacts_importance_by_hand():
    queries, keys, hidden = _random(4, 7, 3), _random(2, 7, 3, seed=1), _random(7, 5, seed=2)
    expected = torch.zeros(7)
    for head in range(4):
        answers = keys[head // 2] @ queries[head].mean(dim=0)
        expected += answers.softmax(dim=0) / 4
    torch.testing.assert_close(importance(queries, keys, hidden), expected * hidden.norm(dim=-1))


def test_pacts_centres_are_farther_apart_than_the_cutoff():
    angles = torch.tensor([0.0, 0.5, 1.0, 0.5 + math.pi])
    keys = torch.stack([angles.cos(), angles.sin()], dim=-1)
    distance = 1 - math.cos(0.5)
    assert density_centres(keys, distance * 1.01).tolist() == [1, 3]  # the middle one of three covers both
    assert density_centres(keys, distance * 0.99).tolist() == [0, 1, 2, 3]
    assert PACT().proportional_attention


@pytest.mark.parametrize("recent", [1, 1.0])
def test_h2o_keeps_recent_entries_alone_where_they_are_all_of_the_budget(recent):
    entries, context = situation("kv-cache", batch=1)
    kept = H2O(keep=10, recent=recent).reduce(entries, context).kept
    assert bool(kept[:, -10:].all())


def test_h2os_budget_is_half_heavy_hitters_and_half_recent():
    entries, context = situation("kv-cache", batch=1)
    kept = H2O(keep=10).reduce(entries, context).kept
    scores = replace(H2O(), average=False).heavy_hitters(context.queries, context.keys)[0]
    for head in range(kept.shape[0]):
        assert bool(kept[head, -5:].all())
        heavy = scores[head, :-5].topk(5).indices.sort().values
        assert torch.equal(kept[head, :-5].nonzero().squeeze(-1), heavy)


def test_cakes_indicator_and_preference_are_those_of_the_windows_attention():
    rows = _random(2, 3, 6, 20).softmax(dim=-1)
    mean, variance = over_window(rows)
    scores = indicator(mean, variance, gamma=2.0, kernel=3)
    asked = preference(rows, variance, tau1=0.5, tau2=2.0)
    for prompt in range(2):
        entropy = -(rows[prompt] * rows[prompt].log()).sum()
        shift = sum(rows[prompt, head, :, key].var() for head in range(3) for key in range(20))
        torch.testing.assert_close(asked[prompt].float(), entropy**2 * shift**0.5)
        for head in range(3):
            plain = [float(row.mean() + 2 * row.var()) for row in rows[prompt, head].T]
            smooth = [sum(plain[max(0, at - 1) : at + 2]) / 3 for at in range(20)]
            torch.testing.assert_close(scores[prompt, head], torch.tensor(smooth))
    mean, variance = over_window(rows[:, :, :1])
    torch.testing.assert_close(indicator(mean, variance, gamma=2.0, kernel=1), rows[:, :, 0])
    assert preference(rows[:, :, :1], variance, tau1=1.0, tau2=1.0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("preferences", "total", "most", "ours", "official"),
    [
        ([1.0, 2.0, 1.0], 40, 100, [10, 20, 10], None),
        ([1.0, 1.0, 1.0], 41, 100, [14, 14, 13], None),  # what rounding leaves over
        ([8.0, 1.0, 1.0], 40, 20, [20, 10, 10], None),  # what one layer cannot use
        ([60.0, 36.0, 2.0, 2.0], 100, 40, [40, 40, 11, 9], [40, 40, 9, 8]),  # nor another then
        ([1.0, 1.0], 100, 30, [30, 30], None),
        ([0.0, 0.0], 10, 30, [5, 5], None),  # layers that ask for nothing
    ],
)
def test_cakes_parts_are_in_proportion_and_leave_nothing_over(preferences, total, most, ours, official):
    assert parts_of(preferences, total, most) == ours
    assert parts_of(preferences, total, most, official=True) == (official or ours)


def test_cake_officially_leaves_a_prompt_whole_that_is_a_window_longer_than_its_budget():
    asked = {0: 1.0, 1: 3.0}
    for official, length, counts in (
        (False, 24, {0: 12, 1: 24}),
        (True, 24, {0: 24, 1: 24}),
        (True, 25, {0: 12, 1: 24}),
    ):
        method = CAKE(window=6, official=official)
        assert method.counts(asked, 18, length, 2) == counts


def test_expected_attention_is_what_queries_drawn_from_the_gaussian_pay_on_average():
    queries, keys = 0.7 * _random(1, 2, 30, 8) + _random(1, 2, 1, 8, seed=1), _random(1, 2, 20, 8, seed=2)
    keys = torch.cat([keys, keys[:, :, :10]], dim=2)
    counted = (torch.arange(30) >= 3)[None]
    found = expected_attention(queries, keys, counted)
    for head in range(2):
        seen = queries[0, head, 3:].double()
        spread = torch.cov(seen.T, correction=0)
        drawn = torch.randn(200_000, 8, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
        drawn = drawn @ torch.linalg.cholesky(spread).T + seen.mean(dim=0)
        weights = (drawn @ keys[0, head, 3:].double().T / 8**0.5).exp().mean(dim=0)
        torch.testing.assert_close(found[0, head, 3:].double(), weights / weights.sum(), rtol=0.05, atol=0.0)
    assert not bool(found[:, :, :3].any())


def test_expected_attention_gives_every_head_its_safeguard_and_the_rest_to_the_best():
    scores = torch.tensor([[[9.0, 8, 7, 6, 5, 4], [3, 2, 1, 0.9, 0.8, 0.7]]])
    for safeguard, counts in ((0, [4, 0]), (0.5, [3, 1]), (0.9, [3, 1]), (1, [2, 2])):
        assert shared_counts(scores, torch.tensor([2]), safeguard).tolist() == [counts]


def test_expected_attention_weighs_queries_of_a_group_alike_and_keeps_the_sinks():
    tokens, context = situation("kv-cache", batch=1, seed=4)
    method = ExpectedAttention(keep=6, sinks=4, epsilon=0.0, safeguard=1)
    attention = expected_attention(context.queries, context.keys, (torch.arange(36) >= 4)[None])
    wanted = attention.view(1, 2, 2, 36).mean(dim=2) * context.values.norm(dim=-1)
    scores = method.scores(context.queries, context.keys, context.values)
    torch.testing.assert_close(scores[..., 4:], wanted[..., 4:])
    kept = method.reduce(tokens, context.with_(future_queries=context.queries)).position
    assert kept[:, :4].tolist() == [[0, 1, 2, 3]] * 2
    fewer = replace(method, keep=3).reduce(tokens, context.with_(future_queries=context.queries)).position
    assert fewer.tolist() == [[0, 1, 2]] * 2


def test_lagkvs_spread_is_over_channels_scaled_by_the_next_part():
    keys = _random(1, 2, 15, 4)
    keys[:, :, 5:10, 2] = 1.0  # a channel that does not vary, by which nothing can be scaled
    found = spread(keys, 5)
    assert found.shape == (1, 2, 10)
    for head in range(2):
        for part in range(2):
            here, following = keys[0, head, 5 * part :][:5], keys[0, head, 5 * part + 5 :][:5]
            least, most = following.min(dim=0).values, following.max(dim=0).values
            scaled = (here - least) / (most - least)
            scaled[:, most == least] = 0.0
            wanted = scaled.std(dim=-1).softmax(dim=0)
            torch.testing.assert_close(found[0, head, 5 * part :][:5], wanted)


def test_lagkv_keeps_sinks_and_end_and_of_each_part_between_as_much():
    keys, values = _random(1, 2, 50, 4), _random(1, 2, 50, 4, seed=1)
    context, entries = Context(keys=keys, values=values), torch.cat([keys, values], dim=-1).flatten(0, 1)
    for keep, counts in ((32, [4, 4, 4]), (30, [4, 3, 3]), (20, [0, 0, 0]), (12, [0, 0, 0])):
        kept = LagKV(keep=keep, lag=10, sinks=3).reduce(entries, context).kept
        ends = keep - sum(counts)  # three sinks, a part of ten and a rest of seven, or the newest of them
        assert bool(kept[:, :3].all())
        assert bool(kept[:, 53 - ends :].all())
        for part, count in enumerate(counts):
            assert kept[:, 3 + 10 * part :][:, :10].sum(dim=1).tolist() == [count] * 2


def test_lagkv_chooses_from_each_part_once():
    def before(*places):
        return chosen_before(torch.tensor(places), sinks=2, lag=4)

    assert before(*range(9)) == 2  # all is there: only the sinks are spoken for
    assert before(0, 1, 3, 5, *range(6, 13)) == 4  # of places 2 to 5 two are left
    assert before(0, 1, 2, 5, *range(6, 13)) == 4  # also where the last of them is
    assert before(0, 1, 3, 4, 8, *range(10, 15)) == 5
    assert before(0, 6, 7) == 1  # a sink is gone, and the next part is whole
    assert before(0, 1, 2, 3) == 2
    assert before(0) == 1


def _alike_keys(count, groups, seed=0):
    """Keys of two heads, (1, 2, N, 8), in groups whose members are much alike."""
    centres = _random(2, groups, 8, seed=seed)
    which = torch.arange(count) * 7 % groups
    return (centres[:, which] + 0.3 * _random(2, count, 8, seed=seed + 1))[None]


@pytest.mark.parametrize("spared", [0, 1, 3])
def test_r_kvs_redundancy_spares_the_latest_of_those_that_are_alike(spared):
    keys = _alike_keys(40, 13)  # groups of three or four
    keys[:, :, 5] = 0.0  # one key that is like no other
    found = redundancy(keys, 0.5, spared, chunk=7)
    for head in range(2):
        cosines = torch.cosine_similarity(keys[0, head, :, None], keys[0, head, None], dim=-1)
        for row in range(40):
            cosines[row, row] = 0.0
            alike = (cosines[row] > 0.5).nonzero().squeeze(-1).tolist()
            for column in alike[len(alike) - min(spared, len(alike)) :]:
                cosines[row, column] = 0.0
        torch.testing.assert_close(found[0, head], cosines.mean(dim=0).softmax(dim=0))
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(1, 2))


def test_r_kv_officially_takes_the_first_entry_for_the_likeness_of_what_has_none():
    keys = torch.eye(6)[None, None] + 0.1  # alike, but below the threshold
    ours, official = (redundancy(keys, 0.5, 1, official=how)[0, 0] for how in (False, True))
    torch.testing.assert_close(ours, torch.full((6,), 1 / 6))
    assert official[0] < official[1]
    torch.testing.assert_close(official[1:], official[1:2].expand(5))


def test_r_kvs_importance_joins_query_heads_by_their_greatest_product():
    queries, keys = _random(1, 4, 3, 8), _random(1, 2, 20, 8, seed=1)
    found = attended(queries, keys, 3, 5)
    for head in range(2):
        products = [queries[0, 2 * head + one] @ keys[0, head, :17].T / 8**0.5 for one in (0, 1)]
        votes = torch.maximum(*products).softmax(dim=-1).mean(dim=0)
        smooth = [float(votes[max(0, at - 2) : at + 3].max()) for at in range(17)]
        torch.testing.assert_close(found[0, head], torch.tensor(smooth))


def test_r_kvs_padding_neither_votes_nor_is_like_anything():
    keys, queries = _alike_keys(30, 9), _random(1, 4, 30, 8, seed=4)
    padded = torch.cat([keys[:, :, -6:], keys], dim=2)
    valid = (torch.arange(36) >= 6)[None]
    method = RKV(window=4)
    alone = method.scores(queries, keys)
    beside = method.scores(torch.cat([queries[:, :, :6], queries], dim=2), padded, valid)
    torch.testing.assert_close(beside[:, :, 6:], alone)


def test_r_kv_keeps_one_of_what_is_said_again_and_again():
    keys = _alike_keys(40, 1)  # one thing said forty times, ...
    keys[:, :, [3, 11, 20]] = _random(1, 2, 3, 8, seed=9)  # ... and three others
    queries = _random(1, 4, 40, 8, seed=5)
    context = Context(queries=queries, keys=keys)
    for balance, stay in ((0.0, True), (1.0, False)):
        method = RKV(keep=8, window=4, balance=balance)
        kept = method.reduce(keys.flatten(0, 1), context).kept
        assert bool(kept[:, [3, 11, 20]].all()) is stay
