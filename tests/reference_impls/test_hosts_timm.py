"""Methods inside timm's vision transformers: they do there what they do in the same model of transformers.

Runs where timm can be imported, which needs a torchvision that fits the installed torch.
"""

from functools import partial

import pytest
import torch
from torch import nn

from reference_impls import attach, load_method, load_methods
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.ats import ATS
from reference_impls.methods.evit import EViT
from reference_impls.methods.tome import ToMe
from tests.reference_impls.situations import instance, with_keep

timm = pytest.importorskip("timm", reason="timm is not installed: its adapter is not tested")

BLOCK = [
    name
    for name, method in load_methods().items()
    if method.stage == "vit-block" and not {"pixels", "frames"} & method.implementation.needs
]


def _timm(**changes):
    """The size of `small_models.vit`, with random weights."""
    settings = {
        "img_size": 32,
        "patch_size": 4,
        "embed_dim": 32,
        "depth": 4,
        "num_heads": 4,
        "mlp_ratio": 2.0,
        "num_classes": 5,
        "norm_layer": partial(nn.LayerNorm, eps=1e-12),
    }
    return small_models.build(lambda: timm.models.VisionTransformer(**{**settings, **changes}))


def _twins():
    """A ViT of transformers and timm's with the same weights."""
    theirs, ours = small_models.vit(), _timm()
    given = theirs.state_dict()
    weights = {
        "cls_token": given["embeddings.cls_token"],
        "pos_embed": given["embeddings.position_embeddings"],
        "norm.weight": given["layernorm.weight"],
        "norm.bias": given["layernorm.bias"],
    }
    for end in ("weight", "bias"):
        weights[f"patch_embed.proj.{end}"] = given[f"embeddings.patch_embeddings.projection.{end}"]
        weights[f"head.{end}"] = ours.state_dict()[f"head.{end}"]
        for number in range(len(ours.blocks)):
            layer, block = f"layers.{number}", f"blocks.{number}"
            projections = [given[f"{layer}.attention.{kind}_proj.{end}"] for kind in "qkv"]
            weights[f"{block}.attn.qkv.{end}"] = torch.cat(projections)
            for here, there in (
                ("norm1", "layernorm_before"),
                ("attn.proj", "attention.o_proj"),
                ("norm2", "layernorm_after"),
                ("mlp.fc1", "mlp.fc1"),
                ("mlp.fc2", "mlp.fc2"),
            ):
                weights[f"{block}.{here}.{end}"] = given[f"{layer}.{there}.{end}"]
    ours.load_state_dict(weights)
    return theirs, ours


def _pixels(batch=2):
    return torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def _acting(name):
    return instance(load_method(name), width=32)


@pytest.mark.parametrize("name", BLOCK)
def test_a_method_does_in_timm_what_it_does_in_transformers(name):
    theirs, ours = _twins()
    acting = _acting(name)
    with torch.no_grad():
        with attach(acting, theirs) as attached:
            expected = theirs(pixel_values=_pixels()).last_hidden_state
        with attach(acting, ours) as attached_here:
            found = ours.forward_features(_pixels())
    assert len(attached_here.reductions) == len(attached.reductions)
    for (layer, here), (layer_there, there) in zip(
        attached_here.reductions, attached.reductions, strict=True
    ):
        assert layer == layer_there
        assert torch.equal(here.source, there.source)
        assert torch.equal(here.position, there.position)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", BLOCK)
def test_keeping_everything_leaves_timm_as_it_was(name):
    method = with_keep(_acting(name), 1.0)
    if method is None:
        pytest.skip("no budget")
    _, model = _twins()
    with torch.no_grad():
        untouched = model(_pixels())
        with attach(method, model):
            assert torch.allclose(model(_pixels()), untouched, atol=1e-5)
        assert torch.equal(model(_pixels()), untouched)
    assert all("forward" not in vars(block) for block in model.blocks)


@pytest.mark.parametrize("name", BLOCK)
def test_block_methods_train_in_timm(name):
    model = _timm(init_values=0.1, drop_path_rate=0.1, qk_norm=True).train()
    with attach(_acting(name), model) as attached, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model(_pixels()).square().sum().backward()
    gradient = model.patch_embed.proj.weight.grad
    assert bool(gradient.isfinite().all())
    assert float(gradient.abs().sum()) > 0
    assert attached.reductions


def test_queries_and_keys_are_those_after_timms_normalisation():
    model = _timm(qk_norm=True)
    seen = {}

    class Looks(EViT):
        def reduce(self, tokens, context):
            seen[context.layer] = context.queries, context.keys
            return super().reduce(tokens, context)

    with attach(Looks(blocks=(0,)), model, stage="vit-block"), torch.no_grad():
        model(_pixels())
    for states in seen[0]:
        assert states.shape == (2, 4, 65, 8)
        torch.testing.assert_close(states.mean(dim=-1), torch.zeros(2, 4, 65), atol=1e-5, rtol=0)


def test_padding_is_hidden_from_timms_attention_and_proportional_attention_reaches_it():
    _, model = _twins()
    with attach(ATS(), model) as attached, torch.no_grad():
        together = model(_pixels(4))
        counts = attached.reductions[-1][1].counts
        alone = torch.cat([model(_pixels(4)[row : row + 1]) for row in range(4)])
    assert int(counts.min()) < int(counts.max())
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
    with torch.no_grad():
        with attach(ToMe(r=10), model):
            proportional = model(_pixels())
        with attach(ToMe(r=10, proportional_attention=False), model):
            assert not torch.allclose(model(_pixels()), proportional, atol=1e-4)


def test_a_model_without_class_token_shortens_too_and_one_that_averages_refuses_padding():
    model = _timm(class_token=False, global_pool="avg")
    with attach(ToMe(r=5), model), torch.no_grad():
        assert model.forward_features(_pixels()).shape == (2, 64 - 4 * 5, 32)
    with pytest.raises(ValueError, match="class token"), attach(EViT(), model):
        pass
    _, twin = _twins()
    twin.global_pool = "avg"
    with attach(ATS(), twin), torch.no_grad(), pytest.raises(ValueError, match="one by one"):
        twin(_pixels())


def test_timm_models_that_the_host_does_not_know_are_refused():
    with pytest.raises(ValueError, match="register"), attach(ToMe(), _timm(reg_tokens=2)):
        pass
    parallel = _timm(block_fn=timm.models.vision_transformer.ParallelThingsBlock)
    with pytest.raises(ValueError, match="no block that is known"), attach(ToMe(), parallel):
        pass
    with attach(RandomPruning(keep=0.5, layer=1), _timm(), stage="vit-block"):
        pass
    model = _timm()
    with attach(ToMe(), model), torch.no_grad(), pytest.raises(ValueError, match="mask"):
        model.forward_features(_pixels(), attn_mask=torch.ones(65, 65, dtype=torch.bool))


def test_blocks_whose_attention_knows_places_and_models_that_lay_tokens_out_again_are_refused():
    small = {"img_size": 32, "patch_size": 4, "embed_dim": 32, "depth": 2, "num_heads": 4}
    relative = timm.models.VisionTransformerRelPos(**small)
    with pytest.raises(ValueError, match="RelPosBlock is no block that is known"), attach(ToMe(), relative):
        pass
    segments = timm.models.VisionTransformerSAM(**small)
    with pytest.raises(ValueError, match="a Conv2d behind its encoder"), attach(ToMe(), segments):
        pass
