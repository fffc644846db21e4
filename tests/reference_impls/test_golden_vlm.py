"""Methods between vision encoder and language model: what the official code computes, computed here."""

import re

import torch
from transformers.models.llava_next.modeling_llava_next import get_anyres_image_grid_shape

from reference_impls import Context
from reference_impls.context import Crops
from reference_impls.criteria import clip_space
from reference_impls.criteria.attention import mean_products
from reference_impls.criteria.diversity import determinantal
from reference_impls.criteria.outliers import outliers
from reference_impls.criteria.similarity import strongest_first
from reference_impls.mechanisms.pool import window_of
from reference_impls.mechanisms.prune import gather_tokens, top
from reference_impls.methods.cdpruner import CDPruner, conditional_kernel
from reference_impls.methods.deco import DeCo
from reference_impls.methods.divprune import diverse_tokens
from reference_impls.methods.fastervlm import FasterVLM, attended, without_duplicates
from reference_impls.methods.ficoco_v import FiCoCoV, penalise_neighbours, redundancy
from reference_impls.methods.globalcom2 import GlobalCom2, guided_scores, relative_scales
from reference_impls.methods.hired import HiRED
from reference_impls.methods.holov import HoloV
from reference_impls.methods.mobilevlm_v2 import MobileVLMV2
from reference_impls.methods.mustdrop import MustDrop
from reference_impls.methods.prumerge import PruMerge, one_head_attention
from reference_impls.methods.trim import TRIM, relevance
from tests.reference_impls.situations import situation


def _cases(official, ending):
    """The beginnings of the file's names that end so."""
    return [name.removesuffix(ending) for name in official.files if name.endswith(ending)]


def _square(count):
    side = round(count**0.5)
    assert side * side == count
    return side, side


def test_fastervlm_keeps_the_same_patches(golden, same):
    official = golden("fastervlm")
    features, attention = official["features"], official["cls_attn"]
    same(attended(attention), official["score"])
    method = FasterVLM(keep=official.params()["visual_token_num"])
    reduction = method.reduce(features, Context(class_attention=attention))
    same(reduction.kept, official["mask"])
    same(reduction.tokens, official["kept"])


def test_prumerge_attends_and_counts_outliers_as_the_official_code(golden, same):
    official = golden("prumerge")
    attention = one_head_attention(_class_logits(official))
    same(attention, official["cls_attn"])
    assert outliers(attention[0]) / attention.shape[1] == official.number("outlier_ratio")


def _class_logits(official):
    """The class token's products, of the one head that the official code makes of all."""
    keys = official["key"]
    return official["query_cls"].unsqueeze(1) @ keys.transpose(1, 2) * keys.shape[-1] ** -0.5


def test_prumerge_and_plus_merge_into_the_same_tokens(golden, same):
    official = golden("prumerge")
    keys = official["key"][:, 1:].unsqueeze(1)
    cases = _cases(official, "_out")
    assert cases
    for case in cases:
        params = official.params(f"{case}_params")
        keep = None if params["if_adaptive"] else params["reduction_ratio"]
        method = PruMerge(keep=keep, plus=case.startswith("plus"), official=True)
        context = Context(class_logits=_class_logits(official), keys=keys)
        same(method.reduce(official["features"], context).tokens, official[f"{case}_out"])


def test_hired_spends_the_same_budgets_on_the_same_patches(golden, same):
    official = golden("hired")
    params = official.params()
    shapes = [
        get_anyres_image_grid_shape(size, params["pinpoints"], params["vit_image_size"])
        for size in params["image_sizes_HW"]
    ]
    crops = tuple(Crops(*shape, *size) for shape, size in zip(shapes, params["image_sizes_HW"], strict=True))
    assert [image.count for image in crops] == params["num_patches"]
    context = Context(
        class_attention=official["bottom_cls_attn"][..., 1:],
        early_class_attention=official["top_cls_attn"][..., 1:],
        crops=crops,
        grid=_square(params["num_vision_tokens"]),
    )
    tokens = torch.zeros(sum(params["num_patches"]), params["num_vision_tokens"], 1)
    for case, (keep, overview) in params["cases"].items():
        method = HiRED(keep=keep, overview=overview, official=True)
        kept = method.reduce(tokens, context).kept.split(params["num_patches"])
        for number, mask in enumerate(kept):
            same(mask, official[f"{case}_mask{number}"])


def _trim_cases(official):
    """The file's settings, by the names of its arrays: the fraction that stays; -1 lets the scores decide."""
    names = [name.removeprefix("dims_k") for name in official.files if name.startswith("dims_k")]
    assert names
    for name in names:
        keep = float(name)
        yield name, None if keep < 0 else keep


def test_trim_scores_keeps_and_averages_the_same_patches(golden, same):
    official = golden("trim")
    tokens, question, projection = official["x"], official["text"], official["proj"]

    def embed(patches):
        return torch.nn.functional.layer_norm(patches, patches.shape[-1:]) @ projection.T

    same(relevance(embed(tokens), question, official=True), official["score"])
    for name, keep in _trim_cases(official):
        expected, counts = official[f"out_k{name}_f16"], official[f"dims_k{name}"]
        method = TRIM(keep=keep, embed=embed, official=True)
        batch = expected.shape[0]
        reduction = method.reduce(tokens[:batch], Context(text=question[:batch].unsqueeze(1)))
        same(reduction.counts, counts)
        same(reduction.tokens, expected, tolerance=2e-3)


def test_cdpruner_selects_the_same_patches_in_the_same_order(golden, same):
    official = golden("cdpruner")
    for case in official.cases("(.+)_params"):
        params = official.params(f"{case}_params")
        batch, count = params["batch"], params["visual_token_num"]
        projected, embeds = official["projected"][:batch], official["embeds"][:batch]
        texts = official["texts"][: params["texts"]].unsqueeze(0)
        relevant = clip_space.relevance(embeds, texts)
        kernel = conditional_kernel(projected, relevant, official=True)
        same(kernel.diagonal(dim1=1, dim2=2).sqrt(), official[f"{case}_relevance"])
        selected = official[f"{case}_selected"]
        same(determinantal(kernel, count), selected)
        method = CDPruner(keep=count, embed=lambda patches: patches, official=True)
        reduction = method.reduce(embeds, Context(projected=projected, text=texts))
        same(reduction.position, selected.sort(dim=1).values)


def test_cdpruner_lets_every_image_of_a_batch_have_its_own_range_of_relevance(golden):
    official = golden("cdpruner")
    projected, embeds, texts = official["projected"], official["embeds"], official["texts"].unsqueeze(0)
    method = CDPruner(keep=24, embed=lambda patches: patches)
    whole = method.reduce(embeds, Context(projected=projected, text=texts)).position
    for row in range(embeds.shape[0]):
        context = Context(projected=projected[row : row + 1], text=texts)
        assert torch.equal(method.reduce(embeds[row : row + 1], context).position[0], whole[row])


def test_divprune_selects_the_same_patches_in_the_same_order(golden, same):
    official = golden("divprune")
    names = [name for name in official.files if name.startswith("sel_r")]
    assert names
    for name in names:
        keep = float(name.removeprefix("sel_r"))
        same(diverse_tokens(official["x"].unsqueeze(0), keep)[0], official[name])


def test_holov_cuts_shares_out_and_keeps_as_the_official_code(golden):
    official = golden("holov")
    for case in official.cases("([a-z]+)_kept"):
        attention, tokens = official[f"{case}_attention"], official[f"{case}_tokens"]
        params, expected = official.params(f"{case}_params"), official[f"{case}_kept"]
        keep, crops = params["new_image_token_num"], params["num_patches"]
        context = Context(class_attention=attention.unsqueeze(1), projected=tokens)
        kept = HoloV(keep=keep, crops=crops, official=True).reduce(tokens, context).position
        for row, wanted in zip(kept, expected, strict=True):
            assert row[row >= 0].tolist() == sorted(wanted[wanted >= 0].tolist())
        whole = HoloV(keep=keep, crops=crops).reduce(tokens, context)
        assert whole.tokens.shape[1] == keep
        assert whole.valid is None  # by the paper nothing is lost


def _ficoco(official):
    """Queries and keys (1, 1, N, d), and the factor on their products."""
    factor = float(re.fullmatch(r"att logits = ([\d.]+)\*\(q@k\)", official.text("att_note")).group(1))
    return official["q"][None, None], official["k"].T[None, None], factor


def test_ficoco_filters_the_same_patches_in_the_same_order(golden, same):
    official = golden("ficoco_v")
    params, (queries, keys, factor) = official.params(), _ficoco(official)
    with_class = mean_products(queries[:, :, :1], keys, factor)[:, 0]
    same(with_class[0], official["att_row0"])
    others = keys[:, :, 1:].mean(dim=2, keepdim=True)
    with_patches = mean_products(queries[:, :, 1:], others, factor).squeeze(-1)
    same(with_patches[0], official["att_patch_rowmean"])
    scores = redundancy(with_patches, with_class[:, 1:], params["beta"])
    window = window_of(_square(params["tokens"] - 1), (params["window"],) * 2)
    order = strongest_first(penalise_neighbours(scores, window.unsqueeze(0)))[0] + 1
    same(order[: params["reduction"]], official["merge_idx"])
    same(torch.cat([order[params["reduction"] :], torch.tensor([0])]), official["remain_idx"])


def test_ficoco_recycles_the_same_content(golden, same):
    official = golden("ficoco_v")
    params, (queries, keys, factor) = official.params(), _ficoco(official)
    patches = params["tokens"] - 1
    method = FiCoCoV(
        keep=patches - params["reduction"],
        blocks=(0,),
        balance=params["beta"],
        window=params["window"],
        quantile=params["quantile"],
        official=True,
    )
    # The method divides products by sqrt(d); the file's factor stands in for that.
    queries = queries * factor * queries.shape[-1] ** 0.5
    context = Context(queries=queries, keys=keys, protected=1, grid=_square(patches))
    reduction = method.reduce(official["x"], context)
    # The official tokens come in the order of their redundancy.
    same(reduction.position[0], official["remain_idx"].sort().values)
    slots = official["remain_idx"].argsort().argsort()
    same(reduction.tokens[:, slots], official["out"])
    same(reduction.size[:, slots].unsqueeze(-1), official["out_size"])


def test_ficoco_recycles_each_patch_into_the_remaining_ones_that_it_attends_to_most():
    """Slow and obvious: one discarded patch after the other."""
    tokens, context = situation("vit-block", batch=1)
    context = context.with_(layer=0, layers=1)
    quantile = 0.8
    reduction = FiCoCoV(keep=30, blocks=(0,), quantile=quantile).reduce(tokens, context)
    kept = reduction.position[0]
    products = (context.queries[0] @ context.keys[0].transpose(1, 2)).mean(dim=0) * 16**-0.5
    taken, weight = tokens[0, kept].clone(), torch.ones(31)
    for patch in (reduction.kept[0] == 0).nonzero().flatten():
        row = products[patch, kept[1:]]
        chosen = row >= torch.quantile(row, quantile)
        share = torch.where(chosen, row.exp(), 0.0) / row[chosen].exp().sum()
        taken[1:] += share.unsqueeze(1) * tokens[0, patch]
        weight[1:] += share
        assert int(reduction.source[0, patch]) == 1 + int(share.argmax())
    torch.testing.assert_close(reduction.tokens[0], taken / weight.unsqueeze(1))
    assert torch.equal(reduction.tokens[0, 0], tokens[0, 0])


def test_ficoco_discards_evenly_over_its_blocks_and_remembers_where_patches_were():
    tokens, context = situation("vit-block")
    method, whole = FiCoCoV(keep=10, blocks=(1, 2, 3)), None
    for layer, left in ((1, 27), (2, 18), (3, 10)):
        count = tokens.shape[1]
        heads = {name: getattr(context, name)[:, :, :count] for name in ("queries", "keys")}
        reduction = method.reduce(tokens, context.with_(layer=layer, layers=4, **heads))
        tokens, whole = reduction.tokens, whole.compose(reduction) if whole else reduction
        assert tokens.shape[1] == 1 + left
        _, places = context.memory["places"]
        assert torch.equal(places, whole.position[:, 1:] - 1)


def test_mustdrop_merges_the_same_windows(golden, same):
    official = golden("mustdrop_local", "mustdrop")
    threshold, side = re.match(r"threshold=([\d.]+), window (\d+)x\2, CLS first", official.text()).groups()
    method = MustDrop(threshold=float(threshold), side=int(side), official=True)
    tokens = official["x"]
    reduction = method.reduce(tokens, Context(protected=1, grid=_square(tokens.shape[1] - 1)))
    same(reduction.tokens, official["out"])
    same(reduction.size.unsqueeze(-1), official["size"])


def _globalcom2(official, case):
    """The method with the file's settings, how the image was cut, and the scores."""
    params = official.params(f"{case}_params")
    width, height = params["original_size_WH"]
    image = Crops(params["num_patch_height"], params["num_patch_width"], height, width)
    return (
        GlobalCom2(keep=params["retention"], temperature=params["temperature"], official=True),
        image,
        (params["side"],) * 2,
        official[f"{case}_cls_scores"],
    )


def test_globalcom2_shares_and_keeps_the_same_patches(golden, same):
    official = golden("globalcom2")
    cases = _cases(official, "_params")
    assert cases
    for case in cases:
        method, image, grid, scores = _globalcom2(official, case)
        scales = relative_scales(scores[0].view(grid), image.rows, image.columns, method.temperature)
        same(scales * method.keep, official[f"{case}_scales"])
        logits = torch.nn.functional.pad(scores, (1, 0)).unsqueeze(1)
        features = official[f"{case}_features"]
        kept = method.reduce(features, Context(class_logits=logits, crops=(image,), grid=grid)).kept
        same(top(scores[0], int(kept[0].sum())), official[f"{case}_thumb_idx"])
        assert torch.equal(kept[0].nonzero().squeeze(-1), official[f"{case}_thumb_idx"].sort().values)
        newline = official.params(f"{case}_params")["newline"]
        rows = _in_rows(features[1:], kept[1:], guided_scores(scores, image, grid)[1], image, grid, newline)
        same(rows, official[f"{case}_crops_out_f16"], tolerance=1e-3)


def _in_rows(features, kept, real, image, grid, newline):
    """Kept tokens row by row of the cut image, a newline after each.

    The official code counts a crop's tokens without padding, but in rows that are as wide as with it.
    """
    line = (real.long().cumsum(dim=1) - 1) // grid[1]
    rows = []
    for number in range(image.rows * grid[0]):
        above, inner = divmod(number, grid[0])
        for column in range(image.columns):
            crop = above * image.columns + column
            rows.append(features[crop, kept[crop] & (line[crop] == inner)])
        rows.append(torch.full((1, features.shape[-1]), newline))
    return torch.cat(rows)


def test_deco_pools_the_same_windows(golden, same):
    official = golden("deco")
    for case in official.cases("([a-z]+)_out"):
        features, count = official[f"{case}_features"], official.params(f"{case}_params")["query_num"]
        side = round(features.shape[1] ** 0.5)
        keep = count if count > 1 else 1 / features.shape[1]
        reduction = DeCo(keep=keep).reduce(features, Context(grid=(side, side)))
        same(reduction.tokens, official[f"{case}_out"])


def test_mobilevlm_v2_projects_pools_and_places_as_the_official_projector(golden, same):
    official = golden("mobilevlm_v2")
    for case in official.cases("([a-z]+)_out"):
        features, expected = official[f"{case}_features"], official[f"{case}_out"]
        count = official.params(f"{case}_params")["shape"] ** 2
        side = round(features.shape[1] ** 0.5)
        method = MobileVLMV2.untrained(features.shape[2], expected.shape[2], keep=count)
        names = [name for name in official.files if name.startswith(f"{case}.")]
        method.projector.load_state_dict({name.partition(".")[2]: official[name] for name in names})
        with torch.no_grad():
            same(method.reduce(features, Context(grid=(side, side))).tokens, expected)


def test_deco_shortens_both_sides_of_a_grid_alike_and_stands_in_the_middle_of_its_windows():
    tokens = torch.arange(6 * 9.0).view(1, 54, 1)
    reduction = DeCo(keep=6).reduce(tokens, Context(grid=(6, 9)))
    assert reduction.position.tolist() == [[10, 13, 16, 37, 40, 43]]
    assert torch.equal(reduction.tokens, tokens[:, reduction.position[0]])
    assert reduction.size.tolist() == [[9.0] * 6]


def test_vispruner_keeps_the_same_patches(golden, same):
    official = golden("vispruner", "fastervlm")
    features, attention = official["features"], official["cls_attn"]
    order = top(attended(attention), features.shape[1])
    for case in official.cases("(.+)_params"):
        params = official.params(f"{case}_params")
        count, important = params["visual_token_num"], official[f"{case}_important"]
        same(order[:, : important.shape[1]], important)
        method = FasterVLM(keep=count, important=params["important_ratio"])
        rest = order[:, important.shape[1] :]
        distinct = without_duplicates(
            gather_tokens(features, rest), count - important.shape[1], method.per_round
        )
        same(rest.gather(1, distinct), official[f"{case}_diverse"])
        kept = method.reduce(features, Context(class_attention=attention)).kept
        same(kept, official[f"{case}_mask"])


def test_vispruner_deals_an_odd_number_of_patches_too():
    tokens, context = situation("vision-output", batch=2, side=5)
    for keep in range(2, 25):
        reduction = FasterVLM(keep=keep, important=0.3).reduce(tokens, context)
        assert reduction.counts.tolist() == [keep, keep]


def test_vispruner_spends_the_budget_on_attended_and_on_different_patches():
    tokens = torch.eye(12).repeat_interleave(3, dim=0).unsqueeze(0)  # three of each kind
    context = Context(class_attention=torch.linspace(1, 0, 36).view(1, 1, 36))
    kinds = {}
    for important in (1.0, 0.5, 0.0):
        reduction = FasterVLM(keep=12, important=important, per_round=2).reduce(tokens, context)
        assert reduction.tokens.shape[1] == 12
        assert bool(reduction.kept[0, : int(12 * important)].all())
        kinds[important] = torch.unique(reduction.tokens[0], dim=0).shape[0]
    assert kinds[1.0] == 4  # the most attended twelve, three of each kind
    assert kinds[1.0] < kinds[0.5] < kinds[0.0]
