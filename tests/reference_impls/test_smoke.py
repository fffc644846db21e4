"""Every method on a small model of its host's real class: on the CPU always, on CUDA where there is one."""

import pytest
import torch

from reference_impls import attach, load_method, load_methods, picture
from reference_impls.demo import make
from reference_impls.demo_cases import TIMESTEPS, case_of, where_of
from reference_impls.hosts import small_models
from reference_impls.methods.fastv import FastV
from reference_impls.methods.tomesd import ToMeSD

METHODS = load_methods()
TRAINED = [
    name
    for name, method in METHODS.items()
    # The words of a prompt have no gradient: what is trained there is the model that judges them.
    if method.training != "free" and method.stage not in ("kv-cache", "diffusion-step", "prompt")
]
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
    ),
]


def _ready(name, device):
    """A method and a model, both on the device."""
    method = load_method(name)
    acting = make(method)
    if hasattr(acting, "to"):
        acting = acting.to(device)
    return method, acting, case_of(method, acting, device, picture.drawn_image(64))


def _numbers_of(output):
    """The floating-point tensors that a model gave back."""
    if isinstance(output, torch.Tensor):
        return [output] if output.is_floating_point() else []
    values = (
        output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else ()
    )
    return [tensor for value in values for tensor in _numbers_of(value)]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", METHODS)
def test_a_method_runs_inside_its_host(name, device):
    method, acting, case = _ready(name, device)
    with attach(acting, case.model, stage=method.stage, **where_of(acting)) as attached, torch.no_grad():
        output = case.run()
    assert all(bool(tensor.isfinite().all()) for tensor in _numbers_of(output))
    assert attached.reductions or len({step for step, *_ in attached.computed}) == len(TIMESTEPS)
    for _, reduction in attached.reductions:
        assert reduction.tokens.device.type == device
        assert bool(reduction.tokens.isfinite().all())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", TRAINED)
def test_gradients_pass_through_a_method_that_is_meant_to_be_trained(name, device):
    method, acting, case = _ready(name, device)
    with attach(acting, case.model, stage=method.stage, **where_of(acting)):
        sum(tensor.float().pow(2).mean() for tensor in _numbers_of(case.run())).backward()
    gradients = [weight.grad for weight in case.model.parameters() if weight.grad is not None]
    assert gradients
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


@pytest.mark.parametrize("device", DEVICES)
def test_keeping_everything_generates_what_the_untouched_model_does(device):
    model = small_models.llava().to(device)
    image = torch.full((1, 64), small_models.IMAGE_TOKEN)
    ids = torch.cat([torch.tensor([[5, 6, 7]]), image, torch.tensor([[8, 9, 10]])], dim=1).to(device)
    pixels = picture.pixels_of(picture.drawn_image(64), 32).to(device)
    options = {"attention_mask": torch.ones_like(ids), "max_new_tokens": 6, "do_sample": False}
    untouched = model.generate(ids, pixel_values=pixels, **options)
    with attach(FastV(keep=1), model):
        touched = model.generate(ids, pixel_values=pixels, **options)
    with attach(FastV(keep=0.25), model):
        shorter = model.generate(ids, pixel_values=pixels, **options)
    assert torch.equal(untouched, touched)
    assert shorter.shape[1] > ids.shape[1]


@pytest.mark.parametrize("device", DEVICES)
def test_a_u_net_with_merged_tokens_gives_a_whole_image(device):
    model = small_models.unet().to(device)
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(1, 4, 16, 16, generator=generator).to(device)
    text = torch.randn(1, 7, 32, generator=generator).to(device)
    with attach(ToMeSD(keep=0.5), model), torch.no_grad():
        image = model(latents, torch.tensor(5, device=device), encoder_hidden_states=text).sample
    assert image.shape == latents.shape
    assert bool(image.isfinite().all())
