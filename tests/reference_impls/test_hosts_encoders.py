"""Every encoder of images, videos and sound in transformers: what is not known to be run right is refused."""

from functools import wraps

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.hosts.projections import find_layers
from reference_impls.methods.tome import ToMe

SETTINGS = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "image_size": 32,
    "crop_size": 32,
    "patch_size": 4,
    "num_frames": 8,
    "tubelet_size": 2,
    "frames_per_clip": 4,
    "max_length": 32,
    "num_mel_bins": 32,
    "time_stride": 4,
    "frequency_stride": 4,
    "mlp_ratio": 2,
    "layerscale_value": 0.5,
    "layer_scale_init_value": 0.5,
    "use_relative_position_bias": True,
    "encoder_stride": 4,
    "decoder_hidden_size": 32,
    "decoder_num_hidden_layers": 1,
    "decoder_num_attention_heads": 4,
    "decoder_intermediate_size": 64,
    "pred_hidden_size": 32,
    "pred_num_attention_heads": 4,
    "pred_num_hidden_layers": 1,
    "num_detection_tokens": 5,
    "vocab_size": 64,
}
SHORTENED = (
    "ASTForAudioClassification",
    "ASTModel",
    "AltCLIPVisionModel",
    "Blip2VisionModel",
    "BlipVisionModel",
    "CLIPForImageClassification",
    "CLIPSegVisionModel",
    "CLIPVisionModel",
    "ChineseCLIPVisionModel",
    "DPTModel",
    "DeiTForImageClassification",
    "DeiTForImageClassificationWithTeacher",
    "DeiTModel",
    "Dinov2ForImageClassification",
    "Dinov2Model",
    "Dinov2WithRegistersForImageClassification",
    "Dinov2WithRegistersModel",
    "GitVisionModel",
    "IJepaForImageClassification",
    "IJepaModel",
    "Idefics3VisionTransformer",
    "InstructBlipVideoVisionModel",
    "InstructBlipVisionModel",
    "JanusVisionModel",
    "MetaClip2VisionModel",
    "OwlViTVisionModel",
    "Owlv2VisionModel",
    "SiglipForImageClassification",
    "SiglipVisionModel",
    "SmolVLMVisionTransformer",
    "ViTForImageClassification",
    "ViTMSNForImageClassification",
    "ViTMSNModel",
    "ViTModel",
    "VideoMAEForVideoClassification",
    "VideoMAEModel",
    "VivitForVideoClassification",
    "VivitModel",
)
REFUSED = {
    "Aimv2VisionModel": "no block",
    "BeitBackbone": "as an image",
    "BeitForImageClassification": "it also has relative_position_bias, lambda_1",
    "BeitModel": "it also has relative_position_bias, lambda_1",
    "DINOv3ViTModel": "rotate positions",
    "Data2VecVisionForImageClassification": "it also has lambda_1",
    "Data2VecVisionModel": "it also has lambda_1",
    "DeiTForMaskedImageModeling": "a Conv2d behind its encoder",
    "Dinov2Backbone": "as an image",
    "Dinov2WithRegistersBackbone": "as an image",
    "FlavaImageModel": "it gives a tuple",
    "GroupViTVisionModel": "no block",
    "InternVLVisionModel": "it also has lambda_1",
    "MLCDVisionModel": "rotate positions",
    "MgpstrModel": "no block",
    "PixtralVisionModel": "no block",
    "RadioModel": "has cls_register_token",
    "SamVisionModel": "no block|as an image",
    "SegformerModel": "no block",
    "SwinModel": "no block",
    "VJEPA2Model": "further layers|gives a tuple",
    "ViTForMaskedImageModeling": "a Conv2d behind its encoder",
    "ViTMAEForPreTraining": "further layers",
    "ViTMAEModel": "gives its blocks 17 tokens, and known here are 64 patches and 1 ",
    "VideoMAEForPreTraining": "further layers",
    "XCLIPVisionModel": "it also has message_fc",
    "YolosForObjectDetection": "has detection_tokens",
    "YolosModel": "has detection_tokens",
}


def _built(name):
    """A small model of this class whose every weight matters."""
    kind = getattr(transformers, name, None)
    if kind is None:
        pytest.skip(f"this transformers has no {name}")
    config = _config(kind.config_class())
    model = small_models.build(lambda: kind(config))
    noise = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=noise) * 0.05)
    return model


def _config(standard):
    """The same kind of configuration, small."""
    told = {}
    for name, value in SETTINGS.items():
        there = getattr(standard, name, None)
        if isinstance(there, list | tuple):
            told[name] = [2, 4, 4] if name == "tubelet_size" else [value] * len(there)
        elif there is not None:
            told[name] = type(there)(value)
    if hasattr(standard, "vision_config"):
        told["vision_config"] = _config(standard.vision_config).to_dict()
    return type(standard)(**told)


def _inputs(model):
    config, name = model.config, model.main_input_name
    frames = getattr(config, "num_frames", None) or getattr(config, "frames_per_clip", None)
    generator = torch.Generator().manual_seed(1)
    if name == "input_values":
        return {name: torch.randn(2, 32, 32, generator=generator)}
    if "pixel_values" not in name:
        name = "pixel_values"  # the default, which some encoders of images leave as it is
    per_video = frames is not None and not type(model).__name__.startswith("XCLIP")
    shape = (1, frames, 3, 32, 32) if per_video else (frames or 2, 3, 32, 32)
    return {name: torch.randn(shape, generator=generator)}


def _given(model, inputs):
    """All numbers that the model gives."""
    torch.manual_seed(0)  # of masks
    with torch.no_grad():
        output = model(**inputs)
    return [value for value in output.to_tuple() if isinstance(value, torch.Tensor)]


@pytest.mark.parametrize("name", SHORTENED)
def test_an_encoder_that_is_shortened_is_the_same_while_nothing_goes(name):
    model = _built(name)
    inputs = _inputs(model)
    with torch.random.fork_rng(devices=[]):
        untouched = _given(model, inputs)
        with attach(RandomPruning(keep=1.0), model, stage="vit-block"):
            same = _given(model, inputs)
        with attach(RandomPruning(keep=0.3, layer=1), model, stage="vit-block") as attached:
            shorter = _given(model, inputs)
        after = _given(model, inputs)
    assert len(same) == len(untouched) == len(after)
    for value, expected, later in zip(same, untouched, after, strict=True):
        assert torch.equal(value, expected)
        assert torch.equal(later, expected)
    assert int(attached.total().counts.max()) < attached.total().source.shape[1]
    assert all(bool(value.isfinite().all()) for value in shorter)


@pytest.mark.parametrize("name", REFUSED)
def test_an_encoder_of_another_make_is_refused_in_words(name):
    model = _built(name)
    with (
        pytest.raises(ValueError, match=REFUSED[name]),
        attach(RandomPruning(keep=1.0), model, stage="vit-block"),
        torch.random.fork_rng(devices=[]),
    ):
        _given(model, _inputs(model))


@pytest.mark.parametrize("name", ["ViTModel", "CLIPVisionModel", "BlipVisionModel", "VideoMAEModel"])
def test_a_layer_that_does_something_else_is_noticed_by_what_it_does(name):
    model = _built(name)
    layers = find_layers(model)
    kind = type(layers[2])

    class Other(kind):
        @wraps(kind.forward)
        def forward(self, *args, **kwargs):
            return 1.001 * super().forward(*args, **kwargs)

    layers[2].__class__ = Other
    with (
        pytest.raises(ValueError, match="Other is no block that is known here: attention and MLP"),
        attach(RandomPruning(keep=1.0), model, stage="vit-block"),
    ):
        pass
    assert all("forward" not in vars(layer) for layer in layers)


def test_an_attention_that_knows_places_is_noticed():
    model = small_models.vit()
    attention = model.layers[1].attention
    plain = attention.forward
    attention.forward = lambda hidden, *args, **kwargs: plain(
        hidden + torch.linspace(0, 1, hidden.shape[1])[:, None], *args, **kwargs
    )
    with pytest.raises(ValueError, match="place in the sequence"), attach(ToMe(), model):
        pass


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_a_block_in_another_precision_is_known_all_the_same(dtype):
    model = small_models.dinov2().to(dtype).train()
    with attach(ToMe(r=4), model) as attached, torch.no_grad():
        model(pixel_values=torch.randn(2, 3, 32, 32, dtype=dtype))
    assert attached.reductions
    assert model.training


def test_a_layer_that_adds_almost_nothing_is_known_all_the_same():
    model = small_models.dinov2()
    with torch.no_grad():
        for layer in find_layers(model):
            layer.layer_scale1.lambda1.fill_(1e-6)
            layer.layer_scale2.lambda1.fill_(1e-6)
    with attach(ToMe(r=4), model):
        model(pixel_values=torch.randn(2, 3, 32, 32))


def test_keys_that_are_formed_otherwise_are_not_taken_for_the_tokens():
    model = _built("JanusVisionModel")
    with attach(ToMe(), model), torch.no_grad(), pytest.raises(ValueError, match="forms its keys as"):
        model(**_inputs(model))


@pytest.mark.parametrize("name", ["DPTModel", "VideoMAEModel", "BlipVisionModel"])
def test_where_attention_takes_no_mask_a_method_that_counts_by_one_says_how_to_do_without(name):
    model = _built(name)
    inputs = _inputs(model)
    with (
        pytest.raises(ValueError, match=r"takes no mask: ToMe\(proportional_attention=False\) does without"),
        attach(ToMe(), model),
    ):
        pass
    with attach(ToMe(r=4, proportional_attention=False), model) as attached:
        _given(model, inputs)
    assert len(attached.reductions) == 4


def test_of_a_model_that_hears_it_is_said_that_its_blocks_are_not_known():
    sizes = {"hidden_size": 32, "intermediate_size": 64, "vocab_size": 64}
    for side in ("encoder", "decoder"):
        sizes |= {f"{side}_num_hidden_layers": 2, f"{side}_num_attention_heads": 4}
    config = transformers.MoonshineConfig(**sizes)
    model = small_models.build(lambda: transformers.MoonshineForConditionalGeneration(config))
    for part in (model, model.model, model.model.encoder):
        with (
            pytest.raises(
                ValueError, match=r"MoonshineEncoderLayer is no block that is known here.*for sound, AST"
            ),
            attach(ToMe(), part),
        ):
            pass
