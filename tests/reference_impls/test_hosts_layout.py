"""The frames and the grid that a method inside a vision transformer is told of are those of its pixels."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
import torch
import transformers

from reference_impls import Context, Reduction, attach
from reference_impls.hosts import small_models
from reference_impls.methods.ficoco_v import FiCoCoV, penalise_neighbours, redundancy
from reference_impls.supported import FAMILIES

INPUTS = {
    family.name: family.inputs
    for family in FAMILIES["vit-block"]
    if family.name not in ("Whisper", "HuBERT large")  # whose tokens stand in a row
}


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@dataclass
class Looking:
    """Notes what it is told and changes nothing."""

    told: list[Any] = field(default_factory=list)
    needs: ClassVar[frozenset[str]] = frozenset()

    def acts_on(self, layer, layers):
        return layer == 0

    def reduce(self, tokens, context):
        self.told.append((context.frames, context.grid, tokens.shape[1] - context.protected))
        return Reduction.identity(tokens, context.size)


def _told(model, inputs, **how):
    looking = Looking()
    with attach(looking, model, stage="vit-block"), torch.no_grad():
        model(**inputs, **how)
    return looking.told


@pytest.mark.parametrize("shape", [(32, 32), (16, 64), (32, 48), (24, 20)])
def test_images_of_any_shape_have_their_own_grid(shape):
    model = small_models.vit()
    (told,) = _told(model, {"pixel_values": _random(1, 3, *shape)}, interpolate_pos_encoding=True)
    assert told == (1, (shape[0] // 4, shape[1] // 4), shape[0] * shape[1] // 16)


@pytest.mark.parametrize("name", INPUTS)
def test_every_familys_grid_holds_its_tokens(name):
    model = next(family.build() for family in FAMILIES["vit-block"] if family.name == name)
    ((frames, (height, width), count),) = _told(model, INPUTS[name]())
    assert frames * height * width == count
    assert (frames > 1) == (name in ("ViViT", "VideoMAE"))


def test_a_spectrogram_whose_patches_overlap_has_frequencies_by_times():
    shape = {"max_length": 24, "num_mel_bins": 16, "frequency_stride": 2, "time_stride": 4, "patch_size": 4}
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    config = transformers.ASTConfig(**shape, **sizes)
    model = small_models.build(lambda: transformers.ASTModel(config))
    assert _told(model, {"input_values": _random(1, 24, 16)}) == [(1, (7, 6), 42)]


@pytest.mark.parametrize("shape", [(1, 3, 16, 64), (1, 3, 32, 48), (2, 3, 32, 32)])
def test_ficoco_penalises_neighbours_in_the_images_own_windows(shape):
    model = small_models.vit()
    height, width = shape[2] // 4, shape[3] // 4
    windows = (torch.arange(height)[:, None] // 2) * (width // 2) + torch.arange(width)[None] // 2
    _same_choice(model, {"pixel_values": _random(*shape)}, windows.flatten(), interpolate_pos_encoding=True)


def test_ficocos_windows_lie_within_the_frames_of_a_video():
    model, video = small_models.vivit(), INPUTS["ViViT"]()
    ((frames, (height, width), _),) = _told(model, video)
    window = (torch.arange(height)[:, None] // 2) * (width // 2) + torch.arange(width)[None] // 2
    windows = torch.cat([window.flatten() + frame * (int(window.max()) + 1) for frame in range(frames)])
    _same_choice(model, video, windows)


def _same_choice(model, inputs, windows, **how):
    """What stays of the patches is what the formula leaves with these windows."""
    seen = []

    class Seeing(FiCoCoV):
        def scores(self, queries, keys, lead, context):
            patches = keys[:, :, lead:].float()
            agree = (queries[:, :, lead:].float() @ patches.transpose(-1, -2)).mean(dim=(1, 3))
            with_class = (queries[:, :, :1].float() @ patches.transpose(-1, -2)).mean(dim=1)[:, 0]
            scores = redundancy(agree, with_class, self.balance)
            seen.append(penalise_neighbours(scores, windows.expand_as(scores)))
            return super().scores(queries, keys, lead, context)

    with attach(Seeing(keep=0.5, blocks=(1,)), model, stage="vit-block") as attached, torch.no_grad():
        model(**inputs, **how)
    kept = attached.total().kept[:, 1:]
    assert kept.shape[1] == windows.numel()
    left = seen[0].argsort(dim=1)[:, : windows.numel() // 2].sort(dim=1).values
    for row in range(len(kept)):
        assert kept[row].nonzero().squeeze(-1).tolist() == left[row].tolist()


def test_ficoco_says_that_it_misses_the_grid():
    tokens, heads = _random(1, 13, 32), _random(1, 4, 13, 8)
    context = Context(queries=heads, keys=heads, protected=1)
    with pytest.raises(ValueError, match="window=1"):
        FiCoCoV(keep=0.5).reduce(tokens, context)
    assert FiCoCoV(keep=0.5, window=1).reduce(tokens, context).counts.tolist() == [7]


def test_a_grid_is_not_that_of_an_earlier_image():
    model, looking = small_models.vit(), Looking()
    with attach(looking, model, stage="vit-block"), torch.no_grad():
        for shape in ((32, 32), (16, 64)):
            model(pixel_values=_random(1, 3, *shape), interpolate_pos_encoding=True)
    assert looking.told == [(1, (8, 8), 64), (1, (4, 16), 64)]
