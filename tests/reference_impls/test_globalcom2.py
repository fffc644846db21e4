"""GlobalCom2 where the encoder has no class token, beside a slow version of what the paper says.

With one it is compared with the official code (`test_golden_vlm.py`).
"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impls import Context
from reference_impls.context import Crops
from reference_impls.methods.globalcom2 import GlobalCom2


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _cosine(left, right):
    product = sum(a * b for a, b in zip(left, right, strict=True))
    return product / math.sqrt(sum(a * a for a in left) * sum(b * b for b in right))


def _unlike_the_mean(view):
    """s_i = -cos(x_i, g), g the mean of all tokens of the view."""
    view = view.double().tolist()
    mean = [sum(channel) / len(view) for channel in zip(*view, strict=True)]
    return [-_cosine(token, mean) for token in view]


def _bilinear(square, side, row, column, shape):
    """The value of a square of scores at a place of a larger raster that shows the same."""

    def between(at, length):
        at = min(max((at + 0.5) * side / length - 0.5, 0), side - 1)
        low = int(at)
        return low, min(low + 1, side - 1), at - low

    (top, bottom, down), (left, right, across) = between(row, shape[0]), between(column, shape[1])
    upper = square[top * side + left] * (1 - across) + square[top * side + right] * across
    lower = square[bottom * side + left] * (1 - across) + square[bottom * side + right] * across
    return upper * (1 - down) + lower * down


def _globalcom2_by_the_paper(tokens, image, side, keep):
    """The share of each crop, and each crop's shown tokens, best first; one token and one crop at a time."""
    thumbnail, *crops = map(_unlike_the_mean, tokens)
    high, wide = side // image.rows, side // image.columns
    sums = [
        sum(thumbnail[(y + row * high) * side + x + column * wide] for y in range(high) for x in range(wide))
        for row in range(image.rows)
        for column in range(image.columns)
    ]
    parts = [math.exp(value / 10) for value in sums]
    shares = [keep * (1 + part / sum(parts) - 1 / len(parts)) for part in parts]
    # The image as large as it fits, in the middle of the crops' raster.
    height, width = image.rows * side, image.columns * side
    scale = min(height / image.height, width / image.width)
    above = (height - int(round(image.height * scale, 7))) // 2
    beside = (width - int(round(image.width * scale, 7))) // 2
    shape = height - 2 * above, width - 2 * beside
    best = []
    for number, own in enumerate(crops):
        row, column = divmod(number, image.columns)
        told = {}
        for place in range(side * side):
            y, x = row * side + place // side - above, column * side + place % side - beside
            if 0 <= y < shape[0] and 0 <= x < shape[1]:
                told[place] = own[place], _bilinear(thumbnail, side, y, x, shape)
        lengths = [math.sqrt(sum(pair[which] ** 2 for pair in told.values())) for which in (0, 1)]
        total = {place: pair[0] / lengths[0] + pair[1] / lengths[1] for place, pair in told.items()}
        best.append(sorted(total, key=lambda place: -total[place]))
    return shares, [sorted(range(side * side), key=lambda place: -thumbnail[place]), *best]


@pytest.mark.parametrize("official", [False, True])
@pytest.mark.parametrize("side", [6, 9])
@pytest.mark.parametrize(
    "image", [Crops(2, 2, 64, 64), Crops(2, 2, 64, 50), Crops(2, 3, 50, 96), Crops(1, 2, 32, 60)], ids=str
)
def test_globalcom2_without_a_class_token_is_what_the_paper_says(image, side, official):
    # Views with a direction of their own, some of whose tokens go another way.
    tokens = _random(image.count, side * side, 8) + 2 * _random(image.count, 1, 8, seed=1)
    context = Context(crops=(image,), grid=(side, side))
    kept = GlobalCom2(keep=0.3, official=official).reduce(tokens, context).kept
    shares, best = _globalcom2_by_the_paper(tokens, image, side, 0.3)
    counts = kept.sum(dim=1).tolist()
    for crop, order, count in zip(kept, best, counts, strict=True):
        assert crop.nonzero().squeeze(-1).tolist() == sorted(order[:count])
    wishes = [share * len(order) for share, order in zip(shares, best[1:], strict=True)]
    if official:
        assert counts == [int(0.3 * side**2), *map(int, wishes)]
    else:
        assert counts[0] == round(0.3 * side**2)
        assert sum(counts) == int(0.3 * sum(map(len, best)))
        assert all(abs(count - wish) <= 1 for count, wish in zip(counts[1:], wishes, strict=True))


def test_globalcom2_keeps_what_is_unlike_and_more_of_the_crop_where_it_is():
    tokens = torch.ones(5, 64, 4) + 0.01 * _random(5, 64, 4)
    tokens[0, 4 * 8 + 5 : 4 * 8 + 8] *= torch.tensor([-1.0, 1, -1, 1])  # in the lower right quarter
    tokens[1:, 20] *= torch.tensor([1.0, -1, 1, -1])
    reduction = GlobalCom2(keep=0.25).reduce(tokens, Context(crops=(Crops(2, 2, 64, 64),), grid=(8, 8)))
    assert bool(reduction.kept[0, 37:40].all())
    assert bool(reduction.kept[1:, 20].all())
    assert reduction.counts.tolist()[:1] + sorted(reduction.counts.tolist()[1:]) == reduction.counts.tolist()
    assert int(reduction.counts[4]) > int(reduction.counts[1])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), powers=st.lists(st.integers(-6, 6), min_size=5, max_size=5))
def test_to_globalcom2_only_the_directions_of_a_views_tokens_count(seed, powers):
    tokens, context = _random(5, 36, 8, seed=seed), Context(crops=(Crops(2, 2, 64, 50),), grid=(6, 6))
    scales = torch.tensor([2.0**power for power in powers]).view(5, 1, 1)
    kept = GlobalCom2().reduce(tokens, context).kept
    assert torch.equal(GlobalCom2().reduce(tokens * scales, context).kept, kept)
    assert int(kept.sum()) == GlobalCom2().keep * (36 + 12 * (12 - 2))


def test_images_that_globalcom2_sees_together_are_judged_one_by_one():
    images = [Crops(2, 2, 64, 50), Crops(0, 0, 40, 40), Crops(1, 2, 32, 60)]
    parts = [_random(image.count, 36, 8, seed=seed) for seed, image in enumerate(images)]
    together = GlobalCom2().reduce(torch.cat(parts), Context(crops=tuple(images), grid=(6, 6)))
    alone = [
        GlobalCom2().reduce(part, Context(crops=(image,), grid=(6, 6))).kept
        for part, image in zip(parts, images, strict=True)
    ]
    assert torch.equal(together.kept, torch.cat(alone))
    # What is not cut is a thumbnail alone.
    unlike = _unlike_the_mean(parts[1][0])
    best = sorted(range(36), key=lambda place: -unlike[place])[:9]
    assert alone[1][0].nonzero().squeeze(-1).tolist() == sorted(best)
    assert torch.equal(GlobalCom2().reduce(parts[1], Context()).kept, alone[1])


def test_where_there_is_a_class_token_it_alone_tells_globalcom2():
    context = Context(class_logits=_random(5, 2, 37), crops=(Crops(2, 2, 64, 50),), grid=(6, 6))
    first, second = (GlobalCom2().reduce(_random(5, 36, 8, seed=seed), context).kept for seed in (1, 2))
    assert torch.equal(first, second)
    without = GlobalCom2().reduce(_random(5, 36, 8, seed=1), context.with_(class_logits=None)).kept
    assert not torch.equal(first, without)
