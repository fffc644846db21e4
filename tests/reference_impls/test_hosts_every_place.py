"""What `attach` takes wherever a method acts."""

import pytest
import torch

from reference_impls import attach, load_method
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_models
from reference_impls.methods.evit import EViT


def _pixels(batch=2):
    return torch.randn(batch, 3, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("method", ["evit", EViT, None])
def test_what_is_no_method_is_refused_with_how_to_write_one(method):
    with pytest.raises(ValueError, match=r"give an instance: FastV\(keep=0\.5\)"), attach(method, None):
        pass


def test_a_model_that_is_given_first_is_not_taken_for_a_method():
    said = r"^ViTModel is no method, and attach takes the method first: attach\(method, model\)$"
    with pytest.raises(ValueError, match=said), attach(small_models.vit(), EViT()):
        pass


def test_of_what_describes_a_method_the_class_that_acts_is_named():
    said = "describes EViT, .*: from reference_impls.methods.evit import EViT$"
    with pytest.raises(ValueError, match=said), attach(load_method("evit"), small_models.vit()):
        pass


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match="str is no PyTorch model"), attach(EViT(), "vit"):
        pass


def _question(batch, places):
    text = torch.randint(3, 90, (batch, 12), generator=torch.Generator().manual_seed(5))
    image = torch.full((batch, places), small_models.IMAGE_TOKEN)
    return torch.cat([text[:, :4], image, text[:, 4:]], dim=1)


def test_a_method_that_looks_at_nothing_acts_at_every_place():
    method, pixels, ids = RandomPruning(keep=0.5, layer=1), _pixels(), _question(2, 64)
    llava = small_models.llava()
    with torch.no_grad():
        for stage, model, inputs in (
            ("vit-block", small_models.vit(), {"pixel_values": pixels}),
            ("encoder-layer", small_models.bert(), {"input_ids": ids}),
            ("vision-output", llava, {"input_ids": ids, "pixel_values": pixels}),
            ("decoder-prefill", llava, {"input_ids": ids, "pixel_values": pixels}),
            ("kv-cache", llava, {"input_ids": ids, "pixel_values": pixels, "use_cache": True}),
        ):
            with attach(method, model, stage=stage) as attached:
                model(**inputs)
            _, first = attached.reductions[0]
            assert first.tokens.shape[1] < first.source.shape[1]
