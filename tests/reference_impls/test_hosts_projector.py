"""Methods that take the place of the projector between a vision encoder and a language model."""

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.mobilevlm_v2 import MobileVLMV2
from reference_impls.supported import FAMILIES

GREEDY = {"max_new_tokens": 5, "min_new_tokens": 5, "do_sample": False}
PROJECTED = {family.name: family for family in FAMILIES["projector"]}


def _unlike():
    """LLaVA whose language model is wider than its encoder."""
    small = small_models.llava().config
    text = transformers.LlamaConfig(**small_models.decoder_settings(2, 48, 2))
    settings = {"vision_config": small.vision_config, "text_config": text}
    config = transformers.LlavaConfig(**settings, image_token_id=small_models.IMAGE_TOKEN)
    return small_models.build(lambda: transformers.LlavaForConditionalGeneration(config))


def test_the_language_model_reads_what_the_methods_projector_makes():
    model, inputs = _unlike(), PROJECTED["LLaVA"].inputs()
    method = MobileVLMV2.untrained(32, 48, keep=16)
    with attach(method, model, report_tokens=True) as attached, torch.no_grad():
        found = model(**inputs).logits[:, -1]
    image = attached.total().tokens
    assert image.shape == (1, 16, 48)
    words = model.get_input_embeddings()(inputs["input_ids"])
    by_hand = torch.cat([words[:, :4], image, words[:, 68:]], dim=1)
    with torch.no_grad():
        expected = model.lm_head(model.model.language_model(inputs_embeds=by_hand).last_hidden_state[:, -1])
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", PROJECTED)
def test_the_models_projector_is_its_own_again(name):
    model, inputs = PROJECTED[name].build(), PROJECTED[name].inputs()
    options = {key: value for key, value in inputs.items() if not key.startswith("pixel_values_videos")}
    before = model.generate(**options, **GREEDY)
    with attach(MobileVLMV2.untrained(32), model) as attached:
        shorter = model.generate(**options, **GREEDY)
    assert torch.equal(model.generate(**options, **GREEDY), before)
    assert not torch.equal(shorter, before)
    for _, reduction in attached.reductions:
        assert reduction.tokens.shape[1] * 4 == reduction.source.shape[1]


def test_its_weights_are_trained_with_the_model():
    model, method = _unlike().train(), MobileVLMV2.untrained(32, 48)
    with attach(method, model):
        model(**PROJECTED["LLaVA"].inputs()).logits.square().mean().backward()
    assert all(float(weight.grad.abs().sum()) > 0 for weight in method.projector.parameters())
    own = model.model.multi_modal_projector.parameters()
    assert all(weight.grad is None for weight in own)


def test_tokens_of_another_width_than_the_language_models_are_refused():
    model = _unlike()
    said = "makes tokens of width 32, and the language model of this LlavaModel takes 48"
    with attach(MobileVLMV2.untrained(32), model), pytest.raises(ValueError, match=said):
        model(**PROJECTED["LLaVA"].inputs())


def test_patches_of_another_width_than_the_projector_is_made_for_are_refused():
    model = _unlike()
    said = r"made for patches of width 24, and this model's have 32: .* untrained\(32, …\)"
    with attach(MobileVLMV2.untrained(24, 48), model), pytest.raises(ValueError, match=said):
        model(**PROJECTED["LLaVA"].inputs())


def test_a_model_that_merges_patches_has_no_projector_to_take_the_place_of():
    said = "only models with a multi_modal_projector, such as LLaVA, have one"
    with pytest.raises(ValueError, match=said), attach(MobileVLMV2.untrained(32), small_models.qwen2_vl()):
        pass


def test_a_class_token_has_no_place_in_a_grid():
    model = small_models.llava()
    model.config.vision_feature_select_strategy = "full"
    inputs = PROJECTED["LLaVA"].inputs()
    ids = inputs["input_ids"]
    image = torch.full((1, 1), small_models.IMAGE_TOKEN)
    longer = {"input_ids": torch.cat([ids[:, :4], image, ids[:, 4:]], dim=1)}
    said = "pools a grid of patches, and here a class token stands before them"
    with attach(MobileVLMV2.untrained(32), model), pytest.raises(ValueError, match=said):
        model(**longer, pixel_values=inputs["pixel_values"])
