"""The small models that demos run on: for each stage a real class with random weights, and what it is given.

Nothing is measured or drawn here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image

from reference_impls import picture
from reference_impls.cost import LayerShape
from reference_impls.hosts import small_audio_models, small_models
from reference_impls.registry import Method

SIDE = 64  # pixels; 16 x 16 patches of 4
GRID = (16, 16)
DEPTH = 6
WIDTH = 64
TEXT_BEFORE, TEXT_AFTER = 4, 12
NEW_TOKENS = 8
TIMESTEPS = (900, 750, 600, 450, 300, 150)
SCORER_DEPTH, SCORER_SHAPE = 1, LayerShape(WIDTH // 2, WIDTH, 3, WIDTH // 4)
SCORER = f"a scorer of {SCORER_DEPTH} layer, {SCORER_SHAPE.width} wide"
"""The smaller model that judges a prompt."""


@dataclass
class Case:
    """A model, how to run it once, and what the table and the picture need to know; `image` are the tokens of
    what is `shown`.
    """

    model: Any
    run: Callable[[], Any]
    tokens: int
    image: slice | None
    shape: LayerShape
    depth: int
    grid: tuple[int, int] = GRID
    picture: Any = None
    shown: str = "image"

    @property
    def decoder_layers(self) -> Any:
        """The layers of the language model behind a vision encoder; None where there is none."""
        behind = getattr(getattr(self.model, "model", None), "language_model", None)
        return getattr(behind, "layers", None)


def case_of(method: Method, acting: Any, device: str, image: Any) -> Case:
    """The model of the method's stage that shows what the method looks at."""
    for stage, need, build in SHOWING:
        if method.stage == stage and need in acting.needs:
            return build(device, image)
    if getattr(acting, "hears", False):
        return _sound_prompt(device, image)
    if method.stage == "kv-cache" and hasattr(acting, "buffer"):
        # Parts of a text are chosen from where there are several besides the end.
        prompt = 5 * acting.lag if hasattr(acting, "lag") else 128
        return _cache(device, image, prompt=prompt, written=acting.buffer)
    if "denoiser" in getattr(acting, "modules", ()):
        return _denoiser(device, image, sampled=True)
    return CASES[method.stage](device, image)


def hears(method: Method) -> bool:
    """Whether the method is for sound, so that a spectrogram shows what it does."""
    return method.stage == "audio-encoder" or getattr(method.implementation, "hears", False)


def where_of(acting: Any) -> dict[str, Any]:
    """What `attach` must be told: a question where the method judges by one, the number of steps where it
    follows a schedule, a smaller model where one judges the prompt.
    """
    needs = getattr(acting, "needs", ())
    told: dict[str, Any] = {}
    if "text" in needs:
        told["text"] = torch.randn(1, 4, WIDTH, generator=torch.Generator().manual_seed(1))
    if "steps" in needs:
        told["steps"] = len(TIMESTEPS)
    if {"logits", "reader"} & set(needs):
        told["scorer"] = small_models.llama(depth=SCORER_DEPTH, width=SCORER_SHAPE.width)
    return told


def _encoder(device: str, image: Any) -> Case:
    model = small_models.vit(depth=DEPTH, width=WIDTH, image=SIDE).to(device)
    pixels = picture.pixels_of(image, SIDE).to(device)
    count = GRID[0] * GRID[1]
    shape = LayerShape(WIDTH, WIDTH * 2)
    return Case(model, lambda: model(pixel_values=pixels), count + 1, slice(1, count + 1), shape, DEPTH)


def _sound_encoder(device: str, image: Any) -> Case:
    """The Audio Spectrogram Transformer; the image is taken for a spectrogram."""
    model = small_audio_models.audio_spectrogram(DEPTH, WIDTH, frames=SIDE, bins=SIDE).to(device)
    sound = picture.pixels_of(image, SIDE).mean(dim=1).transpose(1, 2).to(device)
    count = GRID[0] * GRID[1]
    shape, where = LayerShape(WIDTH, WIDTH * 2), slice(2, count + 2)
    return Case(model, lambda: model(input_values=sound), count + 2, where, shape, DEPTH, shown="spectrogram")


def _text_encoder(device: str, image: Any) -> Case:
    model = small_models.bert(depth=DEPTH, width=WIDTH).to(device)
    ids = _words(128).to(device)
    return Case(model, lambda: model(input_ids=ids), 128, None, LayerShape(WIDTH, WIDTH * 2), DEPTH)


def _decoder(device: str, image: Any) -> Case:
    model = small_models.llava(depth=DEPTH, width=WIDTH, image=SIDE).to(device)
    count = GRID[0] * GRID[1]
    ids = _prompt(small_models.IMAGE_TOKEN, count).to(device)
    pixels = picture.pixels_of(image, SIDE).to(device)
    where = slice(TEXT_BEFORE, TEXT_BEFORE + count)
    run = lambda: model(input_ids=ids, pixel_values=pixels, use_cache=True, logits_to_keep=1)  # noqa: E731
    return Case(model, run, ids.shape[1], where, LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2), DEPTH)


def _cache(device: str, image: Any, prompt: int = 256, written: int = 0) -> Case:
    """Words, and of what is `written` behind them as many as a method chooses from, too."""
    model = small_models.llama(depth=DEPTH, width=WIDTH).to(device)
    ids = _words(prompt).to(device)
    ones = torch.ones_like(ids)
    new = written + 1 if written else NEW_TOKENS  # the last one is no entry
    model.config.max_position_embeddings = max(model.config.max_position_embeddings, prompt + new)
    options = {"max_new_tokens": new, "min_new_tokens": new, "do_sample": False}
    run = lambda: model.generate(ids, attention_mask=ones, **options)  # noqa: E731
    return Case(model, run, prompt + written, None, LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2), DEPTH)


def _denoiser(device: str, image: Any, sampled: bool = False) -> Case:
    """The same latents at every step; or such as become the picture, as a sampler's do."""
    model = small_models.dit(depth=DEPTH, width=WIDTH, sample=GRID[0] * 2).to(device)
    pixels = picture.pixels_of(image, GRID[0] * 2)
    latents = torch.cat([pixels, pixels.mean(dim=1, keepdim=True)], dim=1).to(device)
    label = torch.zeros(1, dtype=torch.long, device=device)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(0)).to(device)

    def run() -> Any:
        for timestep in TIMESTEPS:
            given = torch.lerp(latents, noise, timestep / 1000 * sampled)
            out = model(given, timestep=torch.tensor([timestep], device=device), class_labels=label)
        return out

    count = GRID[0] * GRID[1]
    return Case(model, run, count, slice(0, count), LayerShape(WIDTH, WIDTH * 4), DEPTH)


def _cut(device: str, image: Any) -> Case:
    """LLaVA-NeXT: an overview and four crops; the picture shows the overview."""
    model = small_models.llava_next(depth=DEPTH, width=WIDTH).to(device)
    whole = picture.pixels_of(image, SIDE)
    half = SIDE // 2
    crops = [whole[..., y : y + half, x : x + half] for y in (0, half) for x in (0, half)]
    pixels = torch.stack([picture.pixels_of(image, half), *crops], dim=1).to(device)
    sizes = torch.tensor([[SIDE, SIDE]], device=device)
    with torch.no_grad():
        places = model.model.get_image_features(pixels, sizes).pooler_output[0].shape[0]
    ids = _prompt(small_models.IMAGE_TOKEN, places).to(device)
    run = lambda: model(input_ids=ids, pixel_values=pixels, image_sizes=sizes, logits_to_keep=1)  # noqa: E731
    shape = LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2)
    return Case(model, run, ids.shape[1], slice(0, 64), shape, DEPTH, grid=(8, 8))


def _video(device: str, image: Any) -> Case:
    """LLaVA-OneVision: four frames that pan over the picture, one above the other."""
    model = small_models.llava_onevision(depth=DEPTH, width=WIDTH).to(device)
    wide = image.convert("RGB").resize((384, 256))
    frames = [wide.crop((40 * number, 0, 40 * number + 256, 256)) for number in range(4)]
    pixels = torch.stack([picture.pixels_of(frame, 32) for frame in frames], dim=1).to(device)
    stacked = Image.new("RGB", (256, 4 * 256))
    for number, frame in enumerate(frames):
        stacked.paste(frame, (0, 256 * number))
    ids = _prompt(small_models.VIDEO_TOKEN, 4 * 16 + 1).to(device)
    run = lambda: model(input_ids=ids, pixel_values_videos=pixels, logits_to_keep=1)  # noqa: E731
    shape = LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2)
    return Case(model, run, ids.shape[1], slice(0, 64), shape, DEPTH, grid=(16, 4), picture=stacked)


def _video_prompt(device: str, image: Any) -> Case:
    """The same, where the method sees the whole prompt."""
    return replace(_video(device, image), image=slice(TEXT_BEFORE, TEXT_BEFORE + 64))


def _sound_prompt(device: str, image: Any) -> Case:
    """Qwen2-Audio: the image is taken for a spectrogram, of which four frames make a token."""
    count = 128
    model = small_audio_models.qwen2_audio(depth=DEPTH, width=WIDTH, frames=4 * count).to(device)
    wide = image.convert("L").resize((4 * count, 16), Image.Resampling.BICUBIC)
    values = torch.frombuffer(bytearray(wide.tobytes()), dtype=torch.uint8).view(1, 16, 4 * count)
    heard = {
        "input_ids": _prompt(small_audio_models.AUDIO_TOKEN, count).to(device),
        "input_features": (values.float() / 127.5 - 1).to(device),
        "feature_attention_mask": torch.ones(1, 4 * count, dtype=torch.long, device=device),
    }
    run = lambda: model(**heard, use_cache=True)  # noqa: E731
    shape, where = LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2), slice(TEXT_BEFORE, TEXT_BEFORE + count)
    tokens = heard["input_ids"].shape[1]
    return Case(model, run, tokens, where, shape, DEPTH, grid=(1, count), shown="spectrogram")


def _video_encoder(device: str, image: Any) -> Case:
    """ViViT: four pairs of frames, of which only the lower right quarter moves, one above the other."""
    model = small_models.vivit(depth=DEPTH, width=WIDTH, image=32).to(device)
    still, stacked, frames = image.convert("RGB").resize((256, 256)), Image.new("RGB", (256, 4 * 256)), []
    for number in range(4):
        frame = still.copy()
        frame.paste(still.crop((30 * number, 0, 30 * number + 128, 128)), (128, 128))
        stacked.paste(frame, (0, 256 * number))
        frames += [picture.pixels_of(frame, 32)] * 2
    pixels = torch.stack(frames, dim=1).to(device)
    run = lambda: model(pixel_values=pixels)  # noqa: E731
    shape, count = LayerShape(WIDTH, WIDTH * 2), 4 * 64
    return Case(model, run, count + 1, slice(1, count + 1), shape, DEPTH, grid=(32, 8), picture=stacked)


def _prompt(placeholder: int, count: int) -> torch.Tensor:
    text = _words(TEXT_BEFORE + TEXT_AFTER)
    return torch.cat(
        [text[:, :TEXT_BEFORE], torch.full((1, count), placeholder), text[:, TEXT_BEFORE:]], dim=1
    )


CASES: dict[str, Callable[[str, Any], Case]] = {
    "vit-block": _encoder,
    "audio-encoder": _sound_encoder,
    "encoder-layer": _text_encoder,
    "vision-output": _decoder,
    "projector": _decoder,
    "decoder-prefill": _decoder,
    "kv-cache": _cache,
    "prompt": _cache,
    "diffusion-step": _denoiser,
}


# By what its paper sets for fifty steps, a method may do nothing in six that lie far apart.
SHOWN: dict[str, dict[str, Any]] = {"easycache": {"threshold": 0.3, "warm_up": 2}}

# What a method looks at may need another model than its stage's.
SHOWING: tuple[tuple[str, str, Callable[[str, Any], Case]], ...] = (
    ("vision-output", "frames", _video),
    ("vision-output", "crops", _cut),
    ("decoder-prefill", "places", _video_prompt),
    ("vit-block", "pixels", _video_encoder),
)


def _words(count: int) -> torch.Tensor:
    return torch.randint(3, 90, (1, count), generator=torch.Generator().manual_seed(0))
