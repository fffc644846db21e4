"""Which models a method runs in: found by running it in a small one of each family.

A family counts where the method attaches to it and does something there. What a method does in a model is not
judged here: that is the tests' business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from reference_impls import naming
from reference_impls.asking import TOLD, made, told_to_attach
from reference_impls.hosts import attach, small_audio_models, small_models
from reference_impls.registry import Method, Stage

_IMAGE, _VIDEO = small_models.IMAGE_TOKEN, small_models.VIDEO_TOKEN
_AUDIO = small_audio_models.AUDIO_TOKEN


@dataclass(frozen=True)
class Family:
    """Models that are built alike: their name, a small one with random weights, and what it is given."""

    name: str
    build: Callable[[], Any]
    inputs: Callable[[], dict[str, Any]]


def models_of(method: Method, begins: str = "") -> list[str]:
    """The names of the families that the method runs in at its own stage, in the order of `FAMILIES`; only
    those that begin so are tried.
    """
    return [
        family.name
        for family in FAMILIES.get(method.stage, ())
        if naming.begins(family.name, begins) and _runs(method, family)
    ]


def told_in(method: Method, name: str) -> tuple[str, ...]:
    """What `attach` must be told besides the method, in a model of the family of this name."""
    family = next(family for family in FAMILIES[method.stage] if family.name == name)
    found = _told(method, family)
    return () if isinstance(found, str) else found


@cache  # neither changes while a program runs, and pages ask for models and for programs
def _told(method: Method, family: Family) -> tuple[str, ...] | str:
    return told_to_attach(method, _model(family))


@cache
def _runs(method: Method, family: Family) -> bool:
    acting, model, inputs = made(method), _model(family), family.inputs()
    told = _told(method, family)
    if isinstance(told, str):
        return False
    try:
        with ExitStack() as stack, torch.no_grad():
            where = {name: TOLD[name] for name in told}
            attached = [stack.enter_context(attach(acting, model, stage=method.stage, **where))]
            if method.inside is not None:
                attached.append(stack.enter_context(attach(method.inside(), model)))
            if method.stage == "kv-cache" or method.inside is not None:
                model.generate(**inputs, max_new_tokens=2, min_new_tokens=2, do_sample=False)
            elif method.stage == "diffusion-step":
                for timestep in torch.linspace(900, 100, TOLD["steps"]):
                    model(**inputs, timestep=timestep.long()[None])
            else:
                model(**inputs)
            return all(one.reductions or one.computed for one in attached)
    except ValueError:  # how hosts refuse a model that does not show what the method looks at
        return False


@cache
def _model(family: Family) -> Any:
    return family.build()


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def _prompt(placeholder: int | None = None, count: int = 0) -> dict[str, Any]:
    ids = torch.randint(3, 90, (1, 40), generator=torch.Generator().manual_seed(0))
    visual = torch.full((1, count), placeholder or 0)
    ids = torch.cat([ids[:, :4], visual, ids[:, 4:]], dim=1)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def _image() -> dict[str, Any]:
    return {"pixel_values": _random(1, 3, 32, 32)}


def _sound() -> dict[str, Any]:
    return {"input_values": _random(1, 32, 32)}


def _whispers_sound() -> dict[str, Any]:
    return {"input_features": _random(1, 16, 64)}


def _waveform() -> dict[str, Any]:
    return {"input_values": _random(1, 400)}


def _sound_prompt() -> dict[str, Any]:
    heard = {"input_features": _random(1, 16, 128), "feature_attention_mask": torch.ones(1, 128).long()}
    return {**_prompt(_AUDIO, 32), **heard}


def _frames() -> dict[str, Any]:
    moving = _random(1, 8, 3, 16, 16)
    moving[:, :, :, :8] = moving[:, :1, :, :8]  # the upper half stands still
    return {"pixel_values": moving}


def _image_prompt() -> dict[str, Any]:
    return {**_prompt(_IMAGE, 64), **_image()}


def _cut_prompt() -> dict[str, Any]:
    # An overview of 8 x 8 tokens, and four crops that make 16 x 16 with a newline per row.
    crops = {"pixel_values": _random(1, 5, 3, 32, 32), "image_sizes": torch.tensor([[64, 64]])}
    return {**_prompt(_IMAGE, 64 + 16 * 17), **crops}


def _video_prompt() -> dict[str, Any]:
    return {**_prompt(_VIDEO, 4 * 16 + 1), "pixel_values_videos": _random(1, 4, 3, 32, 32)}


def _merged(token: int, name: str, grid: str, frames: int, words_between: int = 0) -> dict[str, Any]:
    between = torch.full((frames, words_between), 3)
    visual = torch.cat([between, torch.full((frames, 16), token)], dim=1).flatten()[words_between:]
    prompt = _prompt(0, visual.numel())
    prompt["input_ids"][0, 4 : 4 + visual.numel()] = visual
    kinds = (prompt["input_ids"] == token).int() * (1 if token == _IMAGE else 2)
    sizes = torch.tensor([[frames, 8, 8]])
    return {**prompt, "mm_token_type_ids": kinds, name: _random(frames * 64, 96), grid: sizes}


def _merged_image() -> dict[str, Any]:
    return _merged(_IMAGE, "pixel_values", "image_grid_thw", 1)


def _merged_video() -> dict[str, Any]:
    return _merged(_VIDEO, "pixel_values_videos", "video_grid_thw", 4)


def _merged_frames() -> dict[str, Any]:
    # A time is written before every frame.
    return _merged(_VIDEO, "pixel_values_videos", "video_grid_thw", 4, words_between=2)


def _tiles() -> dict[str, Any]:
    return {**_prompt(_IMAGE, 2 * 16), "pixel_values": _random(2, 3, 32, 32)}


def _latents() -> dict[str, Any]:
    return {"hidden_states": _random(1, 4, 16, 16), "class_labels": torch.zeros(1, dtype=torch.long)}


def _latents_and_text() -> dict[str, Any]:
    return {"sample": _random(1, 4, 16, 16), "encoder_hidden_states": _random(1, 7, 32)}


def _latent_video() -> dict[str, Any]:
    return {"hidden_states": _random(1, 4, 4, 8, 8), "encoder_hidden_states": _random(1, 7, 32)}


_IN_MODELS = (
    Family("LLaVA", small_models.llava, _image_prompt),
    Family("LLaVA-NeXT", small_models.llava_next, _cut_prompt),
    Family("LLaVA-OneVision with images", small_models.llava_onevision, _cut_prompt),
    Family("LLaVA-OneVision with videos", small_models.llava_onevision, _video_prompt),
    Family("Qwen2-VL with images", small_models.qwen2_vl, _merged_image),
    Family("Qwen2-VL with videos", small_models.qwen2_vl, _merged_video),
    Family("Qwen2.5-VL with images", small_models.qwen2_5_vl, _merged_image),
    Family("Qwen2.5-VL with videos", small_models.qwen2_5_vl, _merged_video),
    Family("Qwen3-VL with images", small_models.qwen3_vl, _merged_image),
    Family("Qwen3-VL with videos", small_models.qwen3_vl, _merged_frames),
    Family("InternVL", small_models.internvl, _tiles),
)
_SPECTROGRAM = Family("Audio Spectrogram Transformer", small_audio_models.audio_spectrogram, _sound)
_HEARING = (
    Family("Whisper", small_audio_models.whisper, _whispers_sound),
    Family("HuBERT large", small_audio_models.hubert, _waveform),
)
_HEARING_AND_READING = (Family("Qwen2-Audio", small_audio_models.qwen2_audio, _sound_prompt),)
_OF_WORDS = (
    Family("Llama", small_models.llama, _prompt),
    Family("Qwen2", small_models.qwen2, _prompt),
)
FAMILIES: Mapping[Stage, tuple[Family, ...]] = {
    "vit-block": (
        Family("ViT", small_models.vit, _image),
        Family("DeiT", small_models.deit, _image),
        Family("DINOv2", small_models.dinov2, _image),
        Family("CLIP", small_models.clip, _image),
        Family("SigLIP", small_models.siglip, _image),
        Family("ViViT", small_models.vivit, _frames),
        Family("VideoMAE", small_models.videomae, _frames),
        _SPECTROGRAM,
        *_HEARING,
    ),
    "audio-encoder": (_SPECTROGRAM, *_HEARING),
    "encoder-layer": (Family("BERT", small_models.bert, _prompt),),
    "vision-output": _IN_MODELS,
    "projector": _IN_MODELS[:3],
    # The last must be told which tokens may go.
    "decoder-prefill": (*_IN_MODELS, *_HEARING_AND_READING, *_OF_WORDS),
    "kv-cache": (*_OF_WORDS, *_IN_MODELS, *_HEARING_AND_READING),
    "prompt": (*_OF_WORDS, *_IN_MODELS, *_HEARING_AND_READING),
    "diffusion-step": (
        Family("DiT", small_models.dit, _latents),
        Family("Stable Diffusion's U-Net", small_models.unet, _latents_and_text),
        Family("Latte", small_models.latte, _latent_video),
        Family("Wan 2.1", small_models.wan, _latent_video),
    ),
}
"""The families that hosts know, by stage. `timm` is left out: it is optional."""
