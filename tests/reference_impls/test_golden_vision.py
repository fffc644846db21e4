"""ToMe, EViT, ToMeSD: what the official code computes, computed here."""

import pytest
import torch
from torch import nn

from reference_impls import Context
from reference_impls.mechanisms.merge import merge
from reference_impls.methods.evit import EViT
from reference_impls.methods.tome import bipartite_soft_matching, merges_per_layer
from reference_impls.methods.tomesd import destinations, match_to_destinations


@pytest.mark.parametrize("case", ["a", "b", "c", "d"])
def test_tome_merges_the_same_tokens_into_the_same_means(golden, same, case):
    official = golden("tome")
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


@pytest.mark.parametrize("name", ["parse_r_12_8", "parse_r_12_8_dec", "parse_r_24_8_dec"])
def test_tome_spreads_merges_over_layers_as_the_official_schedule(golden, name):
    expected = golden("tome")[name].tolist()
    layers, r = (int(part) for part in name.split("_")[2:4])
    assert merges_per_layer(layers, (r, -1.0) if name.endswith("dec") else r) == expected


@pytest.mark.parametrize("fuse", [True, False], ids=["fused", "dropped"])
def test_evit_block_gives_the_official_output(golden, same, fuse):
    official = golden("evit")
    params, tokens = official.params(), official["x"]
    block = _Block(official, params)
    attended, queries, keys = block.attend(tokens)
    method = EViT(keep=params["keep_rate"], fuse=fuse)
    reduction = method.reduce(tokens + attended, Context(queries=queries, keys=keys, protected=1))
    kept = reduction.position[:, 1 : 1 + official.number("left_tokens")] - 1
    same(kept, official["kept_idx"])
    same(block.feed_forward(reduction.tokens), official["y_fuse" if fuse else "y_nofuse"])


class _Block:
    """A plain pre-norm block with the file's weights."""

    def __init__(self, official, params):
        self.weights, self.params = official, params

    def _linear(self, name, tokens):
        return nn.functional.linear(tokens, self.weights[f"w.{name}.weight"], self.weights[f"w.{name}.bias"])

    def _norm(self, name, tokens):
        weight, bias = self.weights[f"w.{name}.weight"], self.weights[f"w.{name}.bias"]
        # timm's blocks, on which the official code builds, use 1e-6 in ViTs and 1e-5 in bare blocks.
        return nn.functional.layer_norm(tokens, weight.shape, weight, bias, 1e-5)

    def attend(self, tokens):
        batch, count, width = tokens.shape
        qkv = self._linear("attn.qkv", self._norm("norm1", tokens))
        qkv = qkv.view(batch, count, 3, self.params["heads"], -1).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(*qkv)
        return self._linear("attn.proj", mixed.transpose(1, 2).reshape(batch, count, width)), qkv[0], qkv[1]

    def feed_forward(self, tokens):
        hidden = nn.functional.gelu(self._linear("mlp.fc1", self._norm("norm2", tokens)))
        return tokens + self._linear("mlp.fc2", hidden)


@pytest.mark.parametrize("case", ["norand", "rand", "odd"])
def test_tomesd_merges_and_unmerges_as_the_official_code(golden, same, case):
    official = golden("tomesd")
    params = official.params(f"{case}_params")
    generator = None if params["no_rand"] else torch.Generator().manual_seed(123)
    chosen = destinations((params["h"], params["w"]), (params["sy"], params["sx"]), generator)
    source, position = match_to_destinations(official["metric"], chosen, params["r"])
    merged = merge(official["x"], source, position)
    assert merged.tokens.shape == official[f"{case}_y"].shape
    # The official slots follow an unstable sort; which tokens share a slot does not.
    same(merged.unmerge(), official[f"{case}_unmerged"])
    theirs = official[f"{case}_assign"]
    assert torch.equal(source[:, :, None] == source[:, None], theirs[:, :, None] == theirs[:, None])
