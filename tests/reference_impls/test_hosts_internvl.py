"""Methods in InternVL, which cuts an image into tiles and whose tokens have one position each."""

import pytest
import torch

from reference_impls import attach, load_method
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.vidcom2 import VidCom2
from tests.reference_impls.merged_patches import IMAGE, generate, prompt_tokens, tiles
from tests.reference_impls.situations import instance, seeing, with_keep

PREFILL = seeing("decoder-prefill")


@pytest.mark.parametrize("name", [*PREFILL, "vision-output"])
def test_internvl_generates_the_untouched_models_tokens_where_everything_is_kept(name):
    method = RandomPruning(keep=1) if name == "vision-output" else with_keep(instance(load_method(name)), 1.0)
    if method is None:
        pytest.skip("no budget")
    model, inputs = small_models.internvl(), tiles(3)
    untouched = generate(model, inputs)
    with attach(method, model, stage="vision-output" if name == "vision-output" else None):
        assert torch.equal(generate(model, inputs), untouched)


def test_a_shorter_image_in_internvl_equals_a_prompt_without_the_tokens_that_went():
    model, inputs = small_models.internvl(), tiles(3)
    method = RandomPruning(keep=0.25, positions="renumber")
    with attach(method, model, stage="vision-output") as attached, torch.no_grad():
        found = model(**inputs).logits
    reduction = attached.total()
    assert reduction.tokens.shape[:2] == (3, 4)
    position = (reduction.position + 16 * torch.arange(3)[:, None]).flatten()
    kept = prompt_tokens(inputs, position, IMAGE)
    with torch.no_grad():
        embedded = model.get_input_embeddings()(inputs["input_ids"])
        seen = model.model.get_image_features(inputs["pixel_values"]).pooler_output
        embedded[inputs["input_ids"] == IMAGE] = seen.flatten(0, 1)
        alone = model.lm_head(model.model.language_model(inputs_embeds=embedded[:, kept]).last_hidden_state)
    assert torch.allclose(found, alone, atol=1e-4)


def test_frames_of_a_video_are_images_to_internvl():
    with pytest.raises(ValueError, match="as images"), attach(VidCom2(), small_models.internvl()):
        pass
