"""`demo METHOD`: the method on a small model of its host's real class, with a picture and a table of costs.

The weights are random, so the picture shows the mechanism and not what a trained model would look at. Times
are of this small model too; the benchmark measures the papers' sizes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from reference_impls import picture
from reference_impls.cost import LayerShape, cache_bytes, layer_macs
from reference_impls.hosts import attach, small_models
from reference_impls.hosts.attachment import Attachment
from reference_impls.memory import LiveBytes
from reference_impls.registry import Method, load_method

SIDE = 64  # pixels; 16 x 16 patches of 4
GRID = (16, 16)
DEPTH = 6
WIDTH = 64
RUNS = 5
TEXT_BEFORE, TEXT_AFTER = 4, 12
NEW_TOKENS = 8
TIMESTEPS = (9, 8, 7, 6, 5, 4)


@dataclass
class Case:
    """A model, how to run it once, and what the table and the picture need to know."""

    model: Any
    run: Callable[[], Any]
    tokens: int
    image: slice | None
    shape: LayerShape
    depth: int
    grid: tuple[int, int] = GRID
    picture: Any = None


def run_demo(name: str, device: str, image: Path | None, keep: float | None, output: Path | None) -> int:
    """Run the demo of one method; prints to the terminal and writes a PNG."""
    method = load_method(name)
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("there is no CUDA device here; leave --device out to use the CPU")
    if image is not None and not image.is_file():
        raise ValueError(f"there is no picture {image}")
    shown = picture.drawn_image() if image is None else Image.open(image)
    acting = make(method, keep)
    case = _case(method, acting, device, shown)
    before = measure(case, device)
    with attach(acting, case.model, stage=method.stage, **_where(acting)) as attachment:
        after = measure(case, device)
    path = output or Path(f"{name}.png")
    print(f"{method.name}: {method.citation}")
    print(f"criterion: {', '.join(method.criterion)}; mechanism: {', '.join(method.mechanism)}; {acting}\n")
    print(draw(case, method, attachment, shown, path))
    print("\n" + table(case, method, acting, attachment, before, after))
    print(f"\npicture: {path}   (random weights: the mechanism is real, the choice is not a trained model's)")
    return 0


def make(method: Method, keep: float | None) -> Any:
    """The method with its default settings, or another budget."""
    build = method.implementation
    acting = build.untrained(WIDTH) if hasattr(build, "untrained") else build()
    if keep is None:
        return acting
    if "keep" not in {field.name for field in fields(acting)}:
        raise ValueError(f"{method.name} has no budget to be set with --keep")
    return replace(acting, keep=int(keep) if keep > 1 else keep)


def _encoder(device: str, image: Any) -> Case:
    model = small_models.vit(depth=DEPTH, width=WIDTH, image=SIDE).to(device)
    pixels = picture.pixels_of(image, SIDE).to(device)
    count = GRID[0] * GRID[1]
    shape = LayerShape(WIDTH, WIDTH * 2)
    return Case(model, lambda: model(pixel_values=pixels), count + 1, slice(1, count + 1), shape, DEPTH)


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


def _cache(device: str, image: Any) -> Case:
    model = small_models.llama(depth=DEPTH, width=WIDTH).to(device)
    ids = _words(256).to(device)
    ones = torch.ones_like(ids)
    options = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS, "do_sample": False}
    run = lambda: model.generate(ids, attention_mask=ones, **options)  # noqa: E731
    return Case(model, run, 256, None, LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2), DEPTH)


def _denoiser(device: str, image: Any) -> Case:
    model = small_models.dit(depth=DEPTH, width=WIDTH, sample=GRID[0] * 2).to(device)
    pixels = picture.pixels_of(image, GRID[0] * 2)
    latents = torch.cat([pixels, pixels.mean(dim=1, keepdim=True)], dim=1).to(device)
    label = torch.zeros(1, dtype=torch.long, device=device)

    def run() -> Any:
        for timestep in TIMESTEPS:
            out = model(latents, timestep=torch.tensor([timestep], device=device), class_labels=label)
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
    wide = image.convert("RGB").resize((48, 32))
    frames = [wide.crop((5 * number, 0, 5 * number + 32, 32)) for number in range(4)]
    pixels = torch.stack([picture.pixels_of(frame, 32) for frame in frames], dim=1).to(device)
    stacked = Image.new("RGB", (32, 128))
    for number, frame in enumerate(frames):
        stacked.paste(frame, (0, 32 * number))
    ids = _prompt(small_models.VIDEO_TOKEN, 4 * 16 + 1).to(device)
    run = lambda: model(input_ids=ids, pixel_values_videos=pixels, logits_to_keep=1)  # noqa: E731
    shape = LayerShape(WIDTH, WIDTH * 2, 3, WIDTH // 2)
    return Case(model, run, ids.shape[1], slice(0, 64), shape, DEPTH, grid=(16, 4), picture=stacked)


def _prompt(placeholder: int, count: int) -> torch.Tensor:
    text = _words(TEXT_BEFORE + TEXT_AFTER)
    return torch.cat(
        [text[:, :TEXT_BEFORE], torch.full((1, count), placeholder), text[:, TEXT_BEFORE:]], dim=1
    )


def _case(method: Method, acting: Any, device: str, image: Any) -> Case:
    """The model of the method's stage that shows what the method looks at."""
    if method.stage == "vision-output":
        for need, build in (("frames", _video), ("crops", _cut)):
            if need in acting.needs:
                return build(device, image)
    return CASES[method.stage](device, image)


def _where(acting: Any) -> dict[str, Any]:
    """What `attach` must be told: a question where the method judges by one."""
    if "text" not in getattr(acting, "needs", ()):
        return {}
    return {"text": torch.randn(1, 4, WIDTH, generator=torch.Generator().manual_seed(1))}


CASES: dict[str, Callable[[str, Any], Case]] = {
    "vit-block": _encoder,
    "encoder-layer": _text_encoder,
    "vision-output": _decoder,
    "decoder-prefill": _decoder,
    "kv-cache": _cache,
    "diffusion-step": _denoiser,
}


def _words(count: int) -> torch.Tensor:
    return torch.randint(3, 90, (1, count), generator=torch.Generator().manual_seed(0))


def measure(case: Case, device: str) -> tuple[float, int]:
    """Median milliseconds of some runs after a warm-up, synchronised, and the peak bytes of one more run."""
    cuda = device.startswith("cuda")
    wait = torch.cuda.synchronize if cuda else lambda: None
    durations = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more threads only cost such small models time
    with torch.no_grad():
        for run in range(RUNS + 2):
            wait()
            start = time.perf_counter()
            case.run()
            wait()
            if run >= 2:
                durations.append((time.perf_counter() - start) * 1000)
        peak = _peak_on_gpu(case) if cuda else _peak_on_cpu(case)
    torch.set_num_threads(threads)
    return statistics.median(durations), peak


def _peak_on_gpu(case: Case) -> int:
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated()
    case.run()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated() - held)


def _peak_on_cpu(case: Case) -> int:
    with LiveBytes() as live:
        case.run()
    return live.peak


def draw(case: Case, method: Method, attachment: Attachment, image: Any, path: Path) -> str:
    """Write the PNG and return the picture for the terminal."""
    if method.stage == "kv-cache":
        held = torch.cat([reduction.kept.float() for _, reduction in attachment.reductions]).cpu()
        shares = held.view(held.shape[0], -1, 4).mean(dim=-1)
        picture.strips(shares).save(path)
        return (
            "cache entries kept, one line per layer and key head, four tokens per cell\n"
            + picture.strips_as_text(shares)
        )
    if not attachment.reductions:
        shares = _computed(case, attachment)
        picture.strips(shares).save(path)
        return "computed anew, one line per step, one cell per layer\n" + picture.strips_as_text(shares)
    total = attachment.reductions[0][1] if method.stage == "diffusion-step" else attachment.total()
    count = total.source.shape[1]
    where = case.image or slice(0, count)
    if method.stage == "vision-output":
        where = slice(count - case.grid[0] * case.grid[1], count)
    marks = picture.states(total, where)
    legend = f"{picture.KEPT} kept  {picture.MERGED} merged into another  {picture.DROPPED} dropped\n"
    if case.image is None:
        picture.strips(total.kept[0].float().view(-1, 16).cpu()).save(path)
    else:
        picture.compare(case.picture or image, total, where, case.grid).save(path)
    return legend + picture.as_text(marks, case.grid[1])


def _computed(case: Case, attachment: Attachment) -> torch.Tensor:
    """(steps, layers): which share of the tokens each block computed, averaged over the modules that were
    wrapped.
    """
    shares = torch.zeros(len(TIMESTEPS), case.depth)
    calls = torch.zeros(len(TIMESTEPS), case.depth)
    for step, layer, done, tokens in attachment.computed:
        calls[step, layer] += 1
        shares[step, layer] += done / tokens
    return shares / calls.clamp(min=1)


def layer_tokens(
    case: Case, method: Method, acting: Any, attachment: Attachment
) -> list[tuple[int, int, int]]:
    """For each layer (queries, keys, tokens in the MLP) of one forward pass with the method."""
    done = {layer: int(reduction.counts.max()) for layer, reduction in attachment.reductions}
    if method.stage == "kv-cache":
        return [(1, done.get(layer, case.tokens), 1) for layer in range(case.depth)]
    if method.stage == "diffusion-step":
        if done:
            held = [done.get(layer, case.tokens) for layer in range(case.depth)]
            return [(count, count, case.tokens) for count in held]
        shares = _computed(case, attachment).mean(dim=0).tolist()
        return [(round(share * case.tokens), case.tokens, round(share * case.tokens)) for share in shares]
    before = method.stage == "decoder-prefill" or getattr(acting, "place", "") == "before block"
    counts, now = [], case.tokens
    if method.stage == "vision-output":
        # Crops keep their newlines; each gives up what the overview, shown here, gives up.
        _, reduction = attachment.reductions[0]
        now -= int((~reduction.kept).sum()) if case.grid != GRID else GRID[0] * GRID[1] - done[0]
        return [(now, now, now)] * case.depth
    for layer in range(case.depth):
        after = done.get(layer, now)
        counts.append((after, after, after) if before else (now, now, after))
        now = after
    return counts


def table(
    case: Case,
    method: Method,
    acting: Any,
    attachment: Attachment,
    before: tuple[float, int],
    after: tuple[float, int],
) -> str:
    """Tokens, MACs by formula, time and memory, before and after."""
    full = [(1 if method.stage == "kv-cache" else case.tokens, case.tokens, case.tokens)] * case.depth
    if method.stage == "kv-cache":
        full = [(1, case.tokens, 1)] * case.depth
    shorter = layer_tokens(case, method, acting, attachment)
    macs = [sum(layer_macs(case.shape, *layer) for layer in layers) / 1e6 for layers in (full, shorter)]
    what = "MACs of one decoded token (M)" if method.stage == "kv-cache" else "MACs of all layers (M)"
    rows = [
        ("", "before", "after"),
        ("tokens in the last layer", str(full[-1][1]), str(shorter[-1][1])),
        (what, f"{macs[0]:.2f}", f"{macs[1]:.2f}"),
        (f"time (ms, median of {RUNS})", f"{before[0]:.2f}", f"{after[0]:.2f}"),
        ("peak memory (MB)", f"{before[1] / 1e6:.2f}", f"{after[1] / 1e6:.2f}"),
    ]
    if method.stage in ("kv-cache", "decoder-prefill", "vision-output"):
        held = [cache_bytes([keys for _, keys, _ in layers], 2, WIDTH // 4, 4) for layers in (full, shorter)]
        rows.append(("KV cache (kB)", f"{held[0] / 1e3:.1f}", f"{held[1] / 1e3:.1f}"))
    lines = [f"{label:<30}{first:>12}{second:>12}" for label, first, second in rows]
    return "\n".join([*lines, case.shape.formula])
