"""ToMe, EViT, ToMeSD: what the official code computes, computed here."""

import re

import pytest
import torch
from torch import nn

from reference_impls import Context
from reference_impls.criteria.attention import class_attention
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens
from reference_impls.methods.evit import EViT
from reference_impls.methods.tome import ToMe, bipartite_soft_matching, merges_per_layer
from reference_impls.methods.tomesd import ToMeSD, destinations, match_to_destinations


def _cases(official):
    """The names of the file's cases, each of which has settings of its own."""
    cases = [name.removesuffix("_params") for name in official.files if name.endswith("_params")]
    assert cases
    return cases


def test_tome_merges_the_same_tokens_into_the_same_means(golden, same):
    official = golden("tome")
    for case in _cases(official):
        params = official.params(f"{case}_params")
        source, position = bipartite_soft_matching(official["metric"], **params)
        merged = merge(official["x"], source, position, size=official["size"].squeeze(-1))
        same(source, official[f"{case}_assign"])
        same(merged.tokens, official[f"{case}_y"])
        same(merged.size.unsqueeze(-1), official[f"{case}_size"])
        # The official unmerging forgets that the distillation token was moved to the front.
        unmoved, _ = bipartite_soft_matching(official["metric"], **params, move_distill_token=False)
        index = unmoved.unsqueeze(-1).expand(-1, -1, merged.tokens.shape[-1])
        same(merged.tokens.gather(1, index), official[f"{case}_unmerged"])
        # The settings come to the same as the functions that they are made of.
        protected = int(params["class_token"]) + int(params["distill_token"])
        size = official["size"].squeeze(-1)
        context = Context(keys=official["metric"].unsqueeze(1), size=size, protected=protected)
        whole = ToMe(r=params["r"]).reduce(official["x"], context)
        assert torch.equal(whole.source, source)
        assert torch.equal(whole.tokens, merged.tokens)


def test_methods_that_merge_pairs_refuse_to_keep_less_than_they_can():
    keys, image = torch.ones(1, 1, 10, 4), torch.zeros(1, 16, 4)
    with pytest.raises(ValueError, match=r"pairs, and leaves at least 5 of these 10 tokens"):
        ToMe(keep=0.4).reduce(torch.zeros(1, 10, 4), Context(keys=keys))
    with pytest.raises(ValueError, match=r"windows of 2 x 2, and leaves at least 4 of these 16 tokens"):
        ToMeSD(keep=0.15).reduce(image, Context(grid=(4, 4)))
    assert ToMeSD(keep=0.25).reduce(image, Context(grid=(4, 4))).tokens.shape[1] == 4


def test_tomesd_rounds_the_number_of_merged_tokens_down():
    image = torch.randn(1, 35, 4, generator=torch.Generator().manual_seed(0))
    assert ToMeSD(keep=0.5).reduce(image, Context(grid=(5, 7))).tokens.shape[1] == 35 - 17


def test_tome_spreads_merges_over_layers_as_the_official_schedule(golden):
    official = golden("tome")
    names = [name for name in official.files if name.startswith("parse_r_")]
    assert names
    for name in names:
        # "parse_r", the number of layers, r, and "dec" where the schedule falls.
        layers, r, falls = re.fullmatch(r"parse_r_(\d+)_(\d+)(_dec)?", name).groups()
        setting = (int(r), -1.0) if falls else int(r)
        assert merges_per_layer(int(layers), setting) == official[name].tolist()


def test_tomes_schedule_starts_at_a_whole_number():
    # Half of 7 is 3.5, of which the official code takes 3, and so ends at 11 to merge 7 on average.
    assert merges_per_layer(5, (7, 0.5)) == [3, 5, 7, 9, 11]


def test_evit_block_gives_the_official_output(golden, same):
    official = golden("evit")
    params, tokens = official.params(), official["x"]
    block = _Block(official, params)
    attended, queries, keys = block.attend(tokens)
    same(class_attention(queries, keys).mean(dim=1)[:, 1:], official["cls_attn"])
    for name, fuse in (("y_fuse", True), ("y_nofuse", False)):
        method = EViT(keep=params["keep_rate"], fuse=fuse)
        reduction = method.reduce(tokens + attended, Context(queries=queries, keys=keys, protected=1))
        kept = reduction.position[:, 1 : 1 + official.number("left_tokens")] - 1
        same(kept, official["kept_idx"])
        same(block.feed_forward(reduction.tokens), official[name])


class _Block:
    """A plain pre-norm block with the file's weights."""

    def __init__(self, official, params):
        self.weights, self.params = official, params

    def _linear(self, name, tokens):
        return nn.functional.linear(tokens, self.weights[f"w.{name}.weight"], self.weights[f"w.{name}.bias"])

    def _norm(self, name, tokens):
        weight, bias = self.weights[f"w.{name}.weight"], self.weights[f"w.{name}.bias"]
        # timm's blocks, on which the official code builds, use 1e-6 in ViTs and 1e-5 in bare blocks.
        epsilon = self.params.get("norm_eps", 1e-5)
        return nn.functional.layer_norm(tokens, weight.shape, weight, bias, epsilon)

    def attend(self, tokens):
        batch, count, width = tokens.shape
        qkv = self._linear("attn.qkv", self._norm("norm1", tokens))
        qkv = qkv.view(batch, count, 3, self.params["heads"], -1).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(*qkv)
        return self._linear("attn.proj", mixed.transpose(1, 2).reshape(batch, count, width)), qkv[0], qkv[1]

    def feed_forward(self, tokens):
        activation = getattr(nn, self.params["act"])()
        hidden = activation(self._linear("mlp.fc1", self._norm("norm2", tokens)))
        return tokens + self._linear("mlp.fc2", hidden)


def test_tomesd_merges_and_unmerges_as_the_official_code(golden, same):
    official = golden("tomesd")
    for case in _cases(official):
        params = official.params(f"{case}_params")
        seed = official.seed(f"{case}_params")
        generator = None if params["no_rand"] else torch.Generator().manual_seed(seed)
        chosen = destinations((params["h"], params["w"]), (params["sy"], params["sx"]), generator)
        source, position = match_to_destinations(official["metric"], chosen, params["r"])
        merged = merge(official["x"], source, position)
        # The official slots follow an unstable sort; which tokens share a slot does not, nor what it holds.
        same(merged.unmerge(), official[f"{case}_unmerged"])
        theirs = official[f"{case}_assign"]
        assert torch.equal(source[:, :, None] == source[:, None], theirs[:, :, None] == theirs[:, None])
        slots = theirs.gather(1, position)
        same(gather_tokens(official[f"{case}_y"], slots), merged.tokens)
