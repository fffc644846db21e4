"""Training while a method is attached: gradient checkpointing, and stochastic depth."""

import pytest
import torch
import transformers

from reference_impls import attach, load_method, load_methods
from reference_impls.hosts import small_models
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.dynamicvit import DynamicViT
from reference_impls.methods.evit import EViT
from reference_impls.methods.fastv import FastV
from reference_impls.methods.ltp import LTP
from reference_impls.methods.rlt import RLT
from reference_impls.methods.tome import ToMe
from reference_impls.methods.tomesd import ToMeSD
from reference_impls.supported import FAMILIES, models_of
from tests.reference_impls.situations import instance

OF_NAME = {family.name: family for families in FAMILIES.values() for family in families}
TIMESTEPS = (900, 600, 300)
STEP = [name for name, method in load_methods().items() if method.stage == "diffusion-step"]


def _texts():
    ids = torch.randint(3, 90, (2, 40), generator=torch.Generator().manual_seed(0))
    return {"input_ids": ids, "attention_mask": (torch.arange(40) < torch.tensor([[40], [31]])).long()}


def _classifier():
    config = small_models.bert().config
    return small_models.build(lambda: transformers.BertForSequenceClassification(config))


def _trained(model, method, calls, checkpoints, **where):
    """Outputs, gradients and reports of one backward pass through all calls."""
    if checkpoints:
        enable = getattr(model, "gradient_checkpointing_enable", None) or model.enable_gradient_checkpointing
        enable()
    model.train()  # with dropout, which is drawn alike
    torch.manual_seed(1)
    outputs, reports = [], []
    with attach(method, model, **where) as attached:
        for inputs in calls:
            outputs.append(model(**inputs)[0])
            reports.append(_reported(attached))
        sum(output.square().mean() for output in outputs).backward()
        reports.append(_reported(attached))
    return outputs, _gradients(model), reports


def _gradients(model):
    return torch.cat([weight.grad.flatten() for weight in model.parameters() if weight.grad is not None])


def _reported(attached):
    reductions = [(layer, reduction.source.tolist()) for layer, reduction in attached.reductions]
    return reductions, list(attached.computed)


def _same_with_checkpoints(build, method, calls, **where):
    plain, checkpointed = (_trained(build(), method, calls, again, **where) for again in (False, True))
    for before, after in zip(plain[0], checkpointed[0], strict=True):
        torch.testing.assert_close(after, before)
    torch.testing.assert_close(checkpointed[1], plain[1], rtol=1e-4, atol=1e-5)
    assert checkpointed[2] == plain[2]
    assert any(any(report) for report in plain[2])
    assert plain[2][-1] == plain[2][-2]  # the backward pass adds nothing


@pytest.mark.parametrize(
    ("denoiser", "name"),
    [(denoiser, name) for name in STEP for denoiser in models_of(load_method(name))],
)
def test_checkpoints_change_nothing_in_a_denoiser(denoiser, name):
    family, method = OF_NAME[denoiser], instance(load_method(name), 32)
    calls = [{**family.inputs(), "timestep": torch.tensor([timestep])} for timestep in TIMESTEPS]
    where = {"steps": len(TIMESTEPS)} if "steps" in method.needs else {}
    _same_with_checkpoints(family.build, method, calls, **where)


def test_checkpoints_are_a_denoisers_own_again_afterwards():
    model = small_models.unet()
    model.enable_gradient_checkpointing()
    before = [vars(module).get("_gradient_checkpointing_func") for module in model.modules()]
    with attach(ToMeSD(), model):
        pass
    assert [vars(module).get("_gradient_checkpointing_func") for module in model.modules()] == before


@pytest.mark.parametrize("encoder", [family.name for family in FAMILIES["vit-block"]])
def test_checkpoints_change_nothing_in_an_image_encoder(encoder):
    family = OF_NAME[encoder]
    method = ToMe(r=2, proportional_attention=encoder != "VideoMAE")  # whose attention takes no mask
    _same_with_checkpoints(family.build, method, [family.inputs()])


@pytest.mark.parametrize(
    ("build", "method", "inputs", "where"),
    [
        (small_models.vit, EViT(), OF_NAME["ViT"].inputs, {}),
        (small_models.bert, LTP(), _texts, {}),
        (_classifier, LTP(), _texts, {}),
        (small_models.llama, FastV(keep=0.3), OF_NAME["Llama"].inputs, {"candidates": slice(4, 34)}),
        (small_models.llava, FastV(keep=0.3), OF_NAME["LLaVA"].inputs, {}),
        (small_models.llava, DivPrune(keep=0.3), OF_NAME["LLaVA"].inputs, {}),
        (small_models.qwen3_vl, FastV(keep=0.3), OF_NAME["Qwen3-VL with images"].inputs, {}),
    ],
    ids=["vit", "bert", "bert with a head", "llama", "llava", "llava's images", "qwen3_vl"],
)
def test_checkpoints_change_nothing_where_later_layers_are_given_less(build, method, inputs, where):
    _same_with_checkpoints(build, method, [inputs()], **where)


def test_checkpoints_of_a_decoder_are_on_again_afterwards():
    model = small_models.llama()
    model.gradient_checkpointing_enable()
    with attach(FastV(), model, candidates=slice(4, 34)):
        pass
    assert all(layer.gradient_checkpointing for layer in model.model.layers)


@pytest.mark.parametrize("method", [ToMe(r=0), EViT(keep=1)], ids=["tome", "evit"])
def test_stochastic_depth_drops_the_same_branches_with_a_method_that_keeps_everything(method):
    model = small_models.dinov2()
    model.config.drop_path_rate = 0.5
    model = small_models.build(lambda: transformers.Dinov2Model(model.config)).train()
    pixels = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(1))

    def trained():
        model.zero_grad()
        torch.manual_seed(2)
        features = model(pixel_values=pixels).pooler_output
        features.square().mean().backward()
        return features, _gradients(model)

    expected = trained()
    with attach(method, model):
        found = trained()
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)
    with torch.no_grad():
        assert not torch.allclose(
            model.eval()(pixel_values=pixels).pooler_output, expected[0]
        )  # some were dropped


def test_learned_weights_are_taken_from_a_checkpoint_and_get_no_gradients_here():
    model, inputs = small_models.vit(), OF_NAME["ViT"].inputs()
    trained, method = DynamicViT.untrained(32), DynamicViT.untrained(32)
    checkpoint = {
        f"score_predictor.{name}": weight for name, weight in trained.predictors.state_dict().items()
    }
    own = {name.removeprefix("score_predictor."): weight for name, weight in checkpoint.items()}
    method.predictors.load_state_dict(own)
    features = []
    for acting in (trained, method):
        with attach(acting, model):
            features.append(model(**inputs).last_hidden_state)
            features[-1].sum().backward()
        assert all(weight.grad is None for weight in acting.predictors.parameters())
    assert torch.equal(*features)
    held = {id(weight) for weight in model.parameters()}
    assert not held & {id(weight) for weight in method.predictors.parameters()}


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (
            DynamicViT.untrained(64),
            r"made for tokens of width 64, and this model's have 32: .*untrained\(32\)",
        ),
        (RLT(length_encoding=torch.zeros(8, 64)), r"\(L, D\) with D = 32, .* found \(8, 64\)"),
        (RLT(length_encoding=torch.zeros(32)), r"found \(32,\)"),
    ],
)
def test_learned_weights_of_another_width_are_told_with_the_models(method, says):
    model = small_models.vit()
    with pytest.raises(ValueError, match=says), attach(method, model), torch.no_grad():
        model(**OF_NAME["ViT"].inputs())


def test_a_cache_that_checkpoints_switched_off_is_not_asked_for_again():
    model = small_models.llama().train()
    model.gradient_checkpointing_enable()
    inputs = {"input_ids": _texts()["input_ids"], "use_cache": True}
    with attach(load_method("h2o").implementation(), model):
        with pytest.raises(ValueError, match="train this method without gradient checkpointing"):
            model(**inputs)
        model.eval()
        with torch.no_grad():
            model(**inputs)
