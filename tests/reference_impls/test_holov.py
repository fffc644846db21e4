"""HoloV's crops: what each is given of the budget, and what it keeps."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from reference_impls.methods.holov import HoloV, quotas, variety


@given(st.lists(st.tuples(st.floats(0.01, 1), st.integers(1, 40)), min_size=1, max_size=20), st.data())
def test_holovs_crops_spend_the_whole_budget_and_none_more_than_it_has(crops, data):
    sizes = [size for _, size in crops]
    shares = [share / sum(share for share, _ in crops) for share, _ in crops]
    total = data.draw(st.integers(1, sum(sizes)))
    spent = quotas(shares, total, sizes, official=False)
    assert sum(spent) == total
    assert all(0 <= number <= size for number, size in zip(spent, sizes, strict=True))
    lost = quotas(shares, total, sizes, official=True)
    assert all(less <= number for less, number in zip(lost, spent, strict=True))


def test_holov_gives_like_crops_like_shares_and_keeps_what_is_like_some_of_its_crop_and_unlike_others():
    tokens = torch.eye(10).repeat(4, 1).unsqueeze(0)
    for one, other in ((3, 5), (12, 17), (23, 24), (30, 38)):  # a pair in each crop of ten
        tokens[0, one] = tokens[0, other]
    attention = torch.full((1, 40), 0.025)
    kept = HoloV(keep=8, crops=4).chosen(attention, tokens)
    assert kept[0].nonzero().squeeze(1).tolist() == [3, 5, 12, 17, 23, 24, 30, 38]
    attention[0, 30:] *= 3  # the crop that is looked at more gets more
    held = HoloV(keep=12, crops=4).chosen(attention, tokens).unflatten(1, (4, -1)).sum(dim=2)[0].tolist()
    assert held == [2, 2, 2, 6]
    assert HoloV(keep=12, crops=4, sharpness=3.0).chosen(attention, tokens)[0, 30:].all()


def test_a_token_that_is_alone_in_its_crop_has_no_variety():
    assert variety(torch.ones(1, 1, 8)).tolist() == [[0.0]]
    assert HoloV(keep=3, crops=40).chosen(torch.arange(10.0).unsqueeze(0), torch.ones(1, 10, 4))[0].sum() == 3
