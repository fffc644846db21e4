"""PiToMe, ATS, TPS, DiffRate, DynamicViT, A-ViT: what the official code computes, computed here."""

import re

import pytest
import torch
from torch import nn

from reference_impls import Context
from reference_impls.baselines.attention_score import AttentionScore
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens
from reference_impls.methods.ats import ATS, sample, significance
from reference_impls.methods.avit import AViT, Halting, halting_probability
from reference_impls.methods.diffrate import DiffRate, prune_and_merge
from reference_impls.methods.dynamicvit import DynamicViT
from reference_impls.methods.evit import EViT
from reference_impls.methods.pitome import PiToMe, energy, match_by_energy, text_energy
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tps import TPS, LearnedTPS, squeeze
from reference_impls.reduction import budget
from tests.reference_impls.situations import situation


def _cases(official, ending):
    """The beginnings of the file's names that end so."""
    return [name.removesuffix(ending) for name in official.files if name.endswith(ending)]


class _Blocks:
    """A plain pre-norm vision transformer with the file's weights, kept under `prefix`."""

    def __init__(self, official, params, prefix, norm_epsilon):
        self.weights, self.prefix = official, prefix
        self.heads = params["heads"]
        self.epsilon = params.get("norm_eps", norm_epsilon)

    def linear(self, name, tokens):
        weights = self.weights
        return nn.functional.linear(tokens, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(self, name, tokens):
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return nn.functional.layer_norm(tokens, weight.shape, weight, bias, self.epsilon)

    def __call__(self, number, tokens, visible=None):
        name, (batch, count, _) = f"{self.prefix}{number}", tokens.shape
        qkv = self.linear(f"{name}.attn.qkv", self.norm(f"{name}.norm1", tokens))
        queries, keys, values = qkv.view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mask = None if visible is None else visible[:, None, None].expand(-1, 1, count, -1)
        mixed = nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        tokens = tokens + self.linear(f"{name}.attn.proj", mixed.transpose(1, 2).flatten(2))
        hidden = self.linear(f"{name}.mlp.fc1", self.norm(f"{name}.norm2", tokens))
        return tokens + self.linear(f"{name}.mlp.fc2", nn.functional.gelu(hidden))


def test_pitome_energy_is_the_official_one(golden, same):
    official = golden("pitome")
    cases = _cases(official, "_energy")
    assert cases
    for case in cases:
        params = official.params(f"{case}_params")
        patches = official["metric"][:, int(params["class_token"]) :]
        same(energy(patches, params["margin"], official=True), official[f"{case}_energy"])


def test_pitome_merges_the_same_tokens_into_the_same_means(golden, same):
    official = golden("pitome")
    metric = official["metric"]
    cases = _cases(official, "_params")
    assert cases
    for case in cases:
        params = official.params(f"{case}_params")
        protected, text = int(params["class_token"]), case.startswith("text")
        patches = metric.shape[1] - protected
        r = patches - budget(params["ratio"], patches, "ceil")
        judged = metric[:, protected:]
        scores = (
            text_energy(judged, params["margin"]) if text else energy(judged, params["margin"], official=True)
        )
        protect = not params.get("use_bsm_pitome", False)
        source, position = match_by_energy(
            metric, scores, r, protected=protected, protect=protect, halves=text
        )
        merged = merge(official["x"], source, position)
        same(merged.tokens, official[f"{case}_y"])
        same(merged.size.unsqueeze(-1), official[f"{case}_size"])
        if f"{case}_assign" in official:
            same(source, official[f"{case}_assign"])
        if protect:
            # The settings come to the same as the functions that they are made of.
            method = PiToMe(keep=params["ratio"], margin=params["margin"], text=text, official=True)
            context = Context(keys=metric.unsqueeze(1), protected=protected)
            assert torch.equal(method.reduce(official["x"], context).source, source)


@pytest.mark.parametrize("make", [ToMe, PiToMe, EViT, TPS, DiffRate, AttentionScore, RandomPruning])
def test_padding_is_treated_as_if_it_were_not_there(make):
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(2, 20, 8, generator=generator)
    queries, keys = torch.randn(2, 2, 2, 20, 4, generator=generator)
    valid = torch.arange(20) < torch.tensor([[20], [13]])
    method = make(keep=0.75)
    padded = method.reduce(tokens, Context(queries=queries, keys=keys, valid=valid, protected=1))
    for row, length in enumerate(valid.sum(dim=1).tolist()):
        own, heads = slice(row, row + 1), (slice(row, row + 1), slice(None), slice(length))
        context = Context(queries=queries[heads], keys=keys[heads], protected=1)
        alone = method.reduce(tokens[own, :length], context)
        count = alone.tokens.shape[1]
        assert int(padded.counts[row]) == count < length
        torch.testing.assert_close(padded.tokens[own, :count], alone.tokens)
        assert torch.equal(padded.position[own, :count], alone.position)
        assert torch.equal(padded.size[own, :count], alone.size)
        assert torch.equal(padded.source[own, :length], alone.source)
        assert bool((padded.source[row, length:] == -1).all())


def test_random_pruning_leaves_out_padding_in_every_head_of_a_cache():
    valid = torch.arange(20) >= torch.tensor([[0], [7]])
    entries = torch.randn(4, 20, 8, generator=torch.Generator().manual_seed(0))
    reduction = RandomPruning(keep=0.5).reduce(entries, Context(valid=valid))
    assert reduction.counts.tolist() == [10, 10, 6, 6]
    assert bool(reduction.dropped[2:, :7].all())


def test_pitomes_margin_falls_from_layer_to_layer():
    tokens, context = situation("vit-block")
    for layer, margin in ((0, 0.9), (2, 0.45), (3, 0.225)):
        here = context.with_(layer=layer, layers=4)
        falling, fixed = PiToMe().reduce(tokens, here), PiToMe(margin=margin).reduce(tokens, here)
        assert torch.equal(falling.source, fixed.source)
    narrow, wide = (energy(context.keys.mean(dim=1), margin) for margin in (0.9, 0.225))
    assert not torch.equal(narrow.argsort(dim=1), wide.argsort(dim=1))


def test_pitome_refuses_to_merge_more_than_pairs():
    with pytest.raises(ValueError, match="at least 5 of these 10 tokens"):
        PiToMe(keep=0.3).reduce(torch.zeros(1, 10, 4), Context(keys=torch.ones(1, 1, 10, 4)))


def test_ats_scores_are_the_official_ones(golden, same):
    official = golden("ats")
    scores = significance(official["attn"][:, :, 0], official["v"], official=True)
    rising = torch.sort(scores, dim=1, stable=True)
    same(rising.values, official["sorted_scores"])
    same(rising.indices, official["sorted_indices"])


def test_ats_samples_the_official_tokens(golden, same):
    official = golden("ats")
    tokens = official["raw_x"]
    scores = significance(official["attn"][:, :, 0], official["v"], official=True)
    cases = _cases(official, "_kept_idx")
    assert cases
    for case in cases:
        _, references = official[f"{case}_n"].tolist()
        index, sampled = sample(scores, references - 1, official=True)
        # The official code counts the class token and leaves as many slots as it was told to.
        slots = official[f"{case}_kept_idx"].shape[1] - 1
        first = torch.zeros_like(index[:, :1])
        kept = torch.cat([first, torch.where(sampled, index + 1, -1)[:, :slots]], dim=1)
        same(kept, official[f"{case}_kept_idx"])
        same((kept >= 0).unsqueeze(-1), official[f"{case}_policy"])
        chosen = gather_tokens(tokens, kept.clamp(min=0)).masked_fill((kept < 0).unsqueeze(-1), 0.0)
        same(chosen, official[f"{case}_selected_x"])


def test_ats_as_a_whole_leaves_the_official_tokens(golden, same):
    official = golden("ats")
    attention, count = official["attn"], official["attn"].shape[-1]
    # Keys that are unit vectors make the queries the logarithm of the attention.
    queries, keys = attention.log() * count**0.5, torch.eye(count).expand_as(attention)
    for case in _cases(official, "_kept_idx"):
        _, references = official[f"{case}_n"].tolist()
        context = Context(
            queries=queries,
            keys=keys,
            values=official["v"],
            protected=1,
            memory={"patches": references - 1},  # as many as the first block that samples was given
        )
        reduction = ATS(official=True).reduce(official["raw_x"], context)
        slots = reduction.position.shape[1]
        same(reduction.position, official[f"{case}_kept_idx"][:, :slots])
        same(reduction.tokens, official[f"{case}_selected_x"][:, :slots])
        assert bool((official[f"{case}_kept_idx"][:, slots:] == -1).all())


def test_ats_scores_each_head_alone():
    # In the first head only token 1 has a value, in the second, whose values are short, only token 2.
    attention = torch.tensor([[[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]])
    values = torch.tensor([[[[9.0], [8.0], [0.0]], [[9.0], [0.0], [0.1]]]])
    torch.testing.assert_close(significance(attention, values), torch.tensor([[0.5, 0.5]]))


def test_ats_samples_as_often_in_every_block_as_in_the_first():
    tokens, context = situation("vit-block")
    memory = {}
    ATS(keep=0.5).reduce(tokens, context.with_(memory=memory))
    fewer = context.with_(
        memory=memory, **{name: getattr(context, name)[:, :, :21] for name in ("queries", "keys", "values")}
    )
    reduction = ATS(keep=0.5).reduce(tokens[:, :21], fewer)
    once = ATS(keep=18).reduce(tokens[:, :21], fewer.with_(memory={}))
    assert torch.equal(reduction.source, once.source)


def test_ats_samples_at_even_steps_and_keeps_repeated_samples_once():
    scores = torch.tensor([[0.05, 0.6, 0.1, 0.25]])
    index, sampled = sample(scores, 4)
    # Shares add up to 0.05, 0.15, 0.4 and 1 by rising score; the steps are 0.125, 0.375, 0.625 and 0.875.
    assert index[0, sampled[0]].tolist() == [2, 3, 1]


def test_tps_squeezes_as_the_official_module(golden, same):
    official = golden("tps")
    params = dict(re.findall(r"(\w+)=([\w.]+)", official.text()))
    assert params["l2_norm"] == "True"
    kept, pruned = official["keep"], official["pruned"]
    index = torch.arange(kept.shape[1]).expand(kept.shape[0], -1)
    both = torch.cat([kept, pruned], dim=1)
    squeezed = squeeze(both, index, temperature=float(params["temperature"]))
    same(squeezed.tokens, official["out"])
    assert torch.equal(squeezed.size.sum(dim=1), torch.full(both.shape[:1], float(both.shape[1])))


def test_tps_squeezes_into_the_patches_that_evit_keeps():
    tokens, context = situation("vit-block")
    squeezed = TPS(keep=0.7).reduce(tokens, context)
    kept = EViT(keep=0.7, fuse=False).reduce(tokens, context)
    assert kept.position.shape[1] == 1 + 26  # 0.7 * 36 = 25.2
    assert torch.equal(squeezed.position, kept.position)
    whole = squeeze(tokens, kept.position, protected=1)
    assert torch.equal(squeezed.source, whole.source)
    assert torch.equal(squeezed.tokens, whole.tokens)


def test_learned_tps_squeezes_where_dynamicvit_drops():
    tokens, context = situation("vit-block")
    dropping, squeezing = (make.untrained(64, keep=0.5) for make in (DynamicViT, LearnedTPS))
    squeezing.predictors.load_state_dict(dropping.predictors.state_dict())
    dropped = dropping.reduce(tokens, context.with_(memory={}))
    squeezed = squeezing.reduce(tokens, context.with_(memory={}))
    assert torch.equal(dropped.position, squeezed.position)
    assert int((squeezed.source < 0).sum()) == 0
    assert torch.equal(squeezed.tokens[:, 0], dropped.tokens[:, 0])
    assert not torch.equal(squeezed.tokens, dropped.tokens)
    everything = LearnedTPS.untrained(64, keep=1).reduce(tokens, context.with_(memory={}))
    assert everything.tokens is tokens


def test_diffrate_merges_the_least_attended_as_the_official_code(golden, same):
    official = golden("diffrate")
    params = dict(re.findall(r"(\w+)=(\w+)", official.text()))
    tokens = official["x"]
    order = torch.arange(tokens.shape[1]).expand(tokens.shape[0], -1)
    reduction, closeness = prune_and_merge(
        tokens,
        order,
        pruned_to=tokens.shape[1],
        merged_to=int(params["kept_number"]),
        protected=int(params["class_token"] == "True"),
        size=official["size"].squeeze(-1),
    )
    same(reduction.tokens, official["out"])
    same(reduction.size.unsqueeze(-1), official["out_size"])
    same(closeness, official["node_max"])


def test_diffrate_takes_its_numbers_from_learned_logits():
    prune = torch.zeros(2, 4).requires_grad_()
    merge_logits = torch.tensor([[0.0, 0.0, 99.0, 0.0], [0.0, 0.0, 0.0, 99.0]])
    method = DiffRate.learned(prune, merge_logits, patches=16)
    # Even logits mean 3/8 of the image; the others choose one rate, 1/2 and 3/4.
    assert (method.pruned_to, method.merged_to) == ((11, 11), (9, 5))
    generator = torch.Generator().manual_seed(0)
    tokens, heads = torch.randn(1, 17, 8, generator=generator), torch.randn(1, 2, 17, 4, generator=generator)
    reduction = method.reduce(tokens, Context(queries=heads, keys=heads, protected=1, layer=0, layers=2))
    assert reduction.tokens.shape[1] == 9
    assert int(reduction.dropped.sum()) == 17 - 11
    # What is left of the image is rounded up: 1/4 and 3/4 by turns are 1/2 of 5 patches.
    halves = torch.tensor([[0.0, 0.0, -99.0, -99.0]]), torch.tensor([[-99.0, 0.0, -99.0, 0.0]])
    rounded = DiffRate.learned(*halves, patches=5)
    assert (rounded.pruned_to, rounded.merged_to) == ((6,), (4,))
    with pytest.raises(ValueError, match="2 blocks"):
        method.reduce(tokens, Context(queries=heads, keys=heads, protected=1, layer=2, layers=3))


def test_diffrate_prunes_half_of_what_goes_where_nothing_was_learned():
    tokens, context = situation("vit-block")
    reduction = DiffRate(keep=0.7).reduce(tokens, context)
    # 26 of 36 patches stay, and of the 10 others 5 are pruned.
    assert reduction.dropped.sum(dim=1).tolist() == [5, 5]
    assert reduction.merged.sum(dim=1).tolist() == [5, 5]
    attended = EViT(keep=31, fuse=False).reduce(tokens, context)
    assert torch.equal(attended.kept, ~reduction.dropped)


def test_dynamicvit_leaves_a_power_of_its_share_at_each_stage():
    tokens, context = situation("vit-block")
    method, memory = DynamicViT.untrained(tokens.shape[2], keep=0.7), {}
    for layer, left in ((1, 25), (2, 17), (3, 12)):  # 0.7, 0.49 and 0.343 of 36, rounded down
        tokens = method.reduce(tokens, context.with_(layer=layer, layers=4, memory=memory)).tokens
        assert tokens.shape[1] == 1 + left


def test_dynamicvit_drops_the_official_tokens_and_classifies_as_the_official_model(golden, same):
    official = golden("dynamicvit")
    params = official.params()
    blocks = _Blocks(official, params, "w.blocks.", norm_epsilon=1e-6)
    places, width = params["pruning_loc"], params["embed_dim"]
    method = DynamicViT.untrained(
        width, stages=len(places), ratios=tuple(params["token_ratio"]), blocks=tuple(places)
    )
    start = "w.score_predictor."
    names = [name for name in official.files if name.startswith(start)]
    method.predictors.load_state_dict({name.removeprefix(start): official[name] for name in names})
    patches = official["x_tokens"]
    tokens = torch.cat([official["w.cls_token"].expand(len(patches), -1, -1), patches], dim=1)
    tokens, memory = tokens + official["w.pos_embed"], {}
    assert patches.shape[1] == params["init_n"]
    with torch.no_grad():
        for layer in range(params["depth"]):
            if layer in places:
                stage = places.index(layer)
                context = Context(protected=1, layer=layer, layers=params["depth"], memory=memory)
                same(method.predictors[stage](tokens[:, 1:]), official[f"stage{stage}_logprob"])
                reduction = method.reduce(tokens, context)
                same(reduction.position, official[f"stage{stage}_now_policy"])
                same(reduction.position[:, 1:] - 1, official[f"stage{stage}_keep"])
                tokens = reduction.tokens
            tokens = blocks(layer, tokens)
        same(blocks.linear("w.head", blocks.norm("w.norm", tokens)[:, 0]), official["logits"])


@pytest.fixture
def avit(golden):
    """The file, its settings, its blocks, the tokens before the first one, and the method."""
    official = golden("avit")
    params = official.params()
    blocks = _Blocks(official, params, "w.", norm_epsilon=1e-5)
    patches = official["x"]
    tokens = torch.cat([official["cls"].expand(len(patches), -1, -1), patches], dim=1)
    method = AViT(scale=params["gate_scale"], center=params["gate_center"], epsilon=params["eps"])
    return official, params, blocks, tokens, method


def test_avit_halts_each_token_after_the_official_number_of_blocks(avit, same):
    official, params, blocks, tokens, method = avit
    state, read_out = Halting.start(tokens), torch.zeros_like(tokens)
    for layer in range(params["depth"]):
        tokens = blocks(layer, tokens, state.active)
        probability = halting_probability(tokens, method.scale, method.center)
        if layer == params["depth"] - 1:
            probability = torch.ones_like(probability)
        state, weight = state.step(probability, method.epsilon)
        read_out = read_out + tokens * weight.unsqueeze(-1)
    same(read_out[:, 0], official["out"])
    same(state.layers, official["counter"])
    same(state.ponder, official["rho"])


def test_avit_reads_out_the_same_class_token_where_halted_tokens_are_dropped(avit, same):
    official, params, blocks, tokens, method = avit
    memory, valid = {}, None
    for layer in range(params["depth"]):
        context = Context(protected=1, layer=layer, layers=params["depth"], valid=valid, memory=memory)
        reduction = method.reduce(blocks(layer, tokens, valid), context)
        tokens, valid = reduction.tokens, reduction.valid
    same(tokens[:, 0], official["out"])
    # What is left before the last block is what the official code still computes there.
    computed = (official["counter"] == params["depth"]).float()
    computed[:, 0] = 1.0
    assert torch.equal(reduction.counts, computed.sum(dim=1).long())


def test_a_class_token_that_has_halted_stays():
    tokens = torch.zeros(1, 5, 4)
    tokens[0, 0, 0], tokens[0, 2, 0] = 100.0, 100.0
    reduction = AViT().reduce(tokens, Context(protected=1, layer=0, layers=3))
    assert reduction.position.tolist() == [[0, 1, 3, 4]]


@pytest.mark.parametrize(
    "make",
    [ToMe, EViT, PiToMe, ATS, TPS, DiffRate, AViT, lambda: DynamicViT.untrained(64)],
)
def test_a_distillation_token_stays_beside_the_class_token(make):
    tokens, context = situation("vit-block")
    reduction = make().reduce(tokens, context.with_(protected=2))
    assert reduction.position[:, :2].tolist() == [[0, 1]] * len(tokens)
    assert torch.equal(reduction.tokens[:, :2], tokens[:, :2])
