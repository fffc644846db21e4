"""`demo METHOD`: the method on a small model of its host's real class, with a picture and a table of costs.

The weights are random, so the picture shows the mechanism and not what a trained model would look at. Times
are of this small model too, where hooks cost more than short sequences save; `tools/bench_methods.py`
measures the papers' sizes.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from reference_impls import picture
from reference_impls.cost import cache_bytes, layer_macs
from reference_impls.demo_cases import (
    SCORER,
    SCORER_DEPTH,
    SCORER_SHAPE,
    TIMESTEPS,
    WIDTH,
    Case,
    case_of,
    where_of,
)
from reference_impls.hosts import attach
from reference_impls.hosts.attachment import Attachment
from reference_impls.memory import LiveBytes
from reference_impls.registry import Method, load_method

RUNS = 5


@dataclass(frozen=True)
class Row:
    """A line of the table: a quantity before and after. `measured` is what another run gives otherwise."""

    what: str
    before: float
    after: float
    decimals: int = 0
    measured: bool = False

    def cells(self) -> tuple[str, str, str]:
        """The line as text."""
        return self.what, f"{self.before:.{self.decimals}f}", f"{self.after:.{self.decimals}f}"


@dataclass(frozen=True)
class Demo:
    """What a demo showed.

    Parameters
    ----------
    settings : the method as it was made.
    host : the class of the model.
    picture, caption : for a page.
    marks, legend : the same for a terminal.
    formula : how the MACs in `rows` were counted.
    """

    method: Method
    settings: str
    host: str
    picture: Any
    caption: str
    legend: str
    marks: str
    rows: tuple[Row, ...]
    formula: str


def run_demo(name: str, device: str, image: Path | None, keep: float | None, output: Path | None) -> int:
    """Run the demo of one method; prints to the terminal and writes a PNG."""
    if image is not None and not image.is_file():
        raise ValueError(f"there is no picture {image}")
    path = output or Path(f"{name}.png")
    _check_output(path)
    shown = demonstrate(name, device, image, keep)
    try:
        shown.picture.save(path, optimize=True)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error})") from None
    method = shown.method
    print(f"{method.name}: {method.citation}")
    print(f"criterion: {', '.join(method.criterion) or 'none'}; mechanism: {', '.join(method.mechanism)}")
    print(f"{shown.settings} in {shown.host}\n")
    print(f"{shown.legend}\n{shown.marks}\n")
    widest = max(28, *(len(row.what) for row in shown.rows))
    for label, *values in [("", "before", "after"), *(row.cells() for row in shown.rows)]:
        print(f"{label:<{widest + 2}}{values[0]:>12}{values[1]:>12}")
    print(shown.formula)
    print(f"\npicture: {path}   (random weights: the mechanism is real, the choice is not a trained model's)")
    return 0


def demonstrate(name: str, device: str = "cpu", image: Path | None = None, keep: float | None = None) -> Demo:
    """Run the model of the method's stage without and with the method.

    Raises ValueError where there is no such method or device, or the method has no budget to be set.
    """
    method = load_method(name)
    _check_device(device)
    scene = picture.drawn_image() if image is None else _opened(image)
    acting = make(method, keep)
    if hasattr(acting, "to"):
        acting = acting.to(device)
    case = case_of(method, acting, device, scene)
    before = measure(case, device)
    where = where_of(acting)
    with attach(acting, case.model, stage=method.stage, **where) as attachment:
        after = measure(case, device)
        lengths = _decoder_lengths(case)
        scored = _reads(where["scorer"], case) if "scorer" in where else []
    drawn, caption, legend, marks = draw(case, method, attachment, scene)
    shorter = layer_tokens(case, method, acting, attachment, lengths)
    return Demo(
        method,
        settings_of(acting),
        type(case.model).__name__,
        drawn,
        caption,
        legend,
        marks,
        table(case, method, shorter, scored, before, after),
        case.shape.formula,
    )


def _check_device(device: str) -> None:
    if device.split(":")[0] not in ("cpu", "cuda"):
        raise ValueError(f"there is no device '{device}'; expected cpu, cuda or cuda:NUMBER")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("there is no CUDA device here; leave --device out to use the CPU")


def _check_output(path: Path) -> None:
    """Raise ValueError where no PNG can be written, before anything is run for it."""
    if path.suffix.lower() != ".png":
        raise ValueError(f"the picture is a PNG, with what is transparent in it: {path} should end in .png")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the picture in it")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent} to write {path.name} into")


def _opened(path: Path) -> Image.Image:
    """The picture, read to its end: a file that was cut off is found here, not in the middle of a run."""
    try:
        with Image.open(path) as opened:
            return opened.convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as a picture ({error}); give a PNG or JPEG file") from None


def make(method: Method, keep: float | None = None) -> Any:
    """The method with its default settings, or another budget; a learned one with random weights."""
    build = method.implementation
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        acting = build.untrained(WIDTH) if hasattr(build, "untrained") else build()
    if keep is None:
        return acting
    if "keep" not in {field.name for field in fields(acting)}:
        raise ValueError(f"{method.name} has no budget to be set with --keep")
    return replace(acting, keep=int(keep) if keep > 1 and float(keep).is_integer() else keep)


def settings_of(acting: Any) -> str:
    """The numbers and words that a method was made with; weights and the like are left out."""
    plain = (int, float, str, bool, tuple, type(None))
    shown = [
        f"{field.name}={value if not isinstance(value, float) else round(value, 4)!r}"
        for field in fields(acting)
        if isinstance(value := getattr(acting, field.name), plain)
        and (not isinstance(value, tuple) or all(isinstance(part, plain) for part in value))
    ]
    return f"{type(acting).__name__}({', '.join(shown)})"


def _reads(scorer: Any, case: Case) -> list[tuple[int, int, int]]:
    """What the model that judges a prompt reads in one run: queries, keys and tokens in the MLP, per call."""
    seen: list[tuple[int, int, int]] = []

    def notice(_: Any, __: Any, given: dict[str, Any]) -> None:
        new, cache = given["input_ids"].shape[1], given.get("past_key_values")
        seen.append((new, new + (0 if cache is None else cache.get_seq_length()), new))

    hook = scorer.register_forward_pre_hook(notice, with_kwargs=True)
    try:
        with torch.no_grad():
            case.run()
    finally:
        hook.remove()
    return seen


def _decoder_lengths(case: Case) -> list[int]:
    """How many tokens each layer of the language model behind a vision encoder gets in one run."""
    if case.decoder_layers is None:
        return []
    seen: list[int] = []
    hooks = [
        layer.register_forward_pre_hook(lambda module, args: seen.append(int(args[0].shape[1])))
        for layer in case.decoder_layers
    ]
    try:
        with torch.no_grad():
            case.run()
    finally:
        for hook in hooks:
            hook.remove()
    return seen


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


def draw(case: Case, method: Method, attachment: Attachment, scene: Any) -> tuple[Any, str, str, str]:
    """The picture, its caption, and the legend and marks for a terminal."""
    if method.stage == "kv-cache":
        held = torch.cat([reduction.kept.float() for _, reduction in attachment.reductions]).cpu()
        shares = held.view(held.shape[0], -1, 4).mean(dim=-1)
        legend = "cache entries kept, one line per layer and key head, four tokens per cell"
        caption = "Cache entries kept: one line per layer and key head, four tokens per cell, bright is kept."
        return picture.strips(shares), caption, legend, picture.strips_as_text(shares)
    if not attachment.reductions:
        shares = _computed(case, attachment)
        legend = "computed anew, one line per step, one cell per layer"
        caption = "Computed anew: one line per denoising step, one cell per layer; dark is reused."
        return picture.strips(shares, cell=28), caption, legend, picture.strips_as_text(shares)
    total = attachment.reductions[0][1] if method.stage == "diffusion-step" else attachment.total()
    count = total.source.shape[1]
    where = case.image or slice(0, count)
    if method.stage == "vision-output":
        where = slice(count - case.grid[0] * case.grid[1], count)
    marks = picture.as_text(picture.states(total, where), case.grid[1])
    legend = f"{picture.KEPT} kept  {picture.MERGED} merged into another  {picture.DROPPED} dropped"
    if case.image is None:
        cells = picture.strips(total.kept[0].float().view(-1, 16).cpu(), cell=24)
        caption = "Tokens in reading order, sixteen to a line; bright is kept."
        if method.stage == "prompt":
            caption += f" {SCORER[0].upper()}{SCORER[1:]}, judged them: time and memory include it."
        return cells, caption, legend, marks
    drawn = picture.compare(case.picture or scene, total, where, case.grid)
    return drawn, _what_happened(total.kept[0, where], total.merged[0, where]), legend, marks


def _what_happened(kept: torch.Tensor, merged: torch.Tensor) -> str:
    """A caption for the image beside what is left of it."""
    counts = int(kept.sum()), int(merged.sum()), int((~kept & ~merged).sum())
    said = [f"{counts[0]} of {kept.numel()} image tokens stay"]
    if counts[1]:
        said.append(f"{counts[1]} are merged into others, drawn in the mean colour of their group")
    if counts[2]:
        said.append(f"{counts[2]} are dropped, drawn dark")
    return f"Left the image, right what is left of it: {'; '.join(said)}."


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
    case: Case, method: Method, acting: Any, attachment: Attachment, lengths: list[int]
) -> list[tuple[int, int, int]]:
    """For each layer (queries, keys, tokens in the MLP) of one forward pass with the method."""
    done = {layer: int(reduction.counts.max()) for layer, reduction in attachment.reductions}
    if method.stage == "kv-cache":
        return [(1, done.get(layer, case.tokens), 1) for layer in range(case.depth)]
    if method.stage == "diffusion-step":
        if done:
            held = [done.get(layer, case.tokens) for layer in range(case.depth)]
            keys_only = getattr(acting, "shortens", "tokens") == "keys"
            return [(case.tokens if keys_only else count, count, case.tokens) for count in held]
        shares = [round(share * case.tokens) for share in _computed(case, attachment).mean(dim=0).tolist()]
        reused = acting.modules
        return [
            (
                count if "attention" in reused or "block" in reused else case.tokens,
                case.tokens,
                count if "feed-forward" in reused or "block" in reused else case.tokens,
            )
            for count in shares
        ]
    if method.stage == "vision-output":
        return [(count, count, count) for count in lengths]
    earlier = method.stage in ("decoder-prefill", "prompt")
    place = "before block" if earlier else getattr(acting, "place", "inside block")
    counts, now = [], case.tokens
    for layer in range(case.depth):
        after = done.get(layer, now)
        attended = after if place == "before block" else now
        counts.append((attended, attended, now if place == "after block" else after))
        now = after
    return counts


def table(
    case: Case,
    method: Method,
    shorter: list[tuple[int, int, int]],
    scored: list[tuple[int, int, int]],
    before: tuple[float, int],
    after: tuple[float, int],
) -> tuple[Row, ...]:
    """Tokens, MACs by formula, time and memory, before and after."""
    cached = method.stage == "kv-cache"
    full = [(1 if cached else case.tokens, case.tokens, 1 if cached else case.tokens)] * case.depth
    macs = [sum(layer_macs(case.shape, *layer) for layer in layers) / 1e6 for layers in (full, shorter)]
    what = "MACs of one decoded token (M)" if cached else "MACs of all layers (M)"
    counted = [Row(what, macs[0], macs[1], decimals=2)]
    if method.stage == "prompt":
        # How much is read does not hang on who reads it.
        judges = {
            f"with {SCORER}": (SCORER_DEPTH, SCORER_SHAPE),
            "the model its own scorer": (case.depth, case.shape),
        }
        counted = [
            Row(
                f"MACs of all layers, {told} (M)",
                macs[0],
                macs[1] + depth * sum(layer_macs(shape, *read) for read in scored) / 1e6,
                decimals=2,
            )
            for told, (depth, shape) in judges.items()
        ]
    if cached:  # layers may share a budget unevenly
        mean = [round(sum(keys for _, keys, _ in layers) / case.depth) for layers in (full, shorter)]
        shortened = Row("cache entries, mean of all layers", mean[0], mean[1])
    else:
        shortened = Row("tokens in the last layer", full[-1][1], shorter[-1][1])
    rows = [
        shortened,
        *counted,
        Row(f"time (ms, median of {RUNS})", before[0], after[0], decimals=2, measured=True),
        Row("peak memory (MB)", before[1] / 1e6, after[1] / 1e6, decimals=2, measured=True),
    ]
    if method.stage in ("kv-cache", "decoder-prefill", "vision-output", "prompt"):
        held = [cache_bytes([keys for _, keys, _ in layers], 2, WIDTH // 4, 4) for layers in (full, shorter)]
        rows.insert(-2, Row("KV cache (kB)", held[0] / 1e3, held[1] / 1e3, decimals=1))
    return tuple(rows)
