"""`demo METHOD`: the method on a small model of its host's real class, with a picture and a table of costs.

The weights are random, so the picture shows the mechanism and not what a trained model would look at. Times
are of this small model too, where hooks cost more than short sequences save; `tools/bench_methods.py`
measures the papers' sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from reference_impls import picture
from reference_impls.demo_cases import SCORER, SHOWN, WIDTH, Case, case_of, hears, where_of
from reference_impls.demo_table import (
    Row,
    computed_shares,
    decoder_lengths,
    layer_tokens,
    scorer_reads,
    table,
)
from reference_impls.hosts import attach
from reference_impls.hosts.attachment import Attachment
from reference_impls.measuring import median_milliseconds, peak_bytes
from reference_impls.registry import BEFORE_DECODER, Method, load_method

RUNS = 5


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
    drawn = picture.drawn_sound if hears(method) else picture.drawn_image
    scene = drawn() if image is None else _opened(image)
    acting = make(method, keep)
    if hasattr(acting, "to"):
        acting = acting.to(device)
    case = case_of(method, acting, device, scene)
    before = measure(case, device)
    where = where_of(acting)
    with attach(acting, case.model, stage=method.stage, **where) as attachment:
        after = measure(case, device)
        lengths = decoder_lengths(case)
        scored = scorer_reads(where["scorer"], case) if "scorer" in where else []
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
        table(case, method, shorter, scored, before, after, RUNS),
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
    """The method with its default settings, those that show it or another budget; a learned one with random
    weights.
    """
    build = method.implementation
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        learned = hasattr(build, "untrained")
        acting = build.untrained(WIDTH) if learned else build(**SHOWN.get(method.paper or "", {}))
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


def measure(case: Case, device: str) -> tuple[float, int]:
    """Median milliseconds of some runs, and the peak bytes of one more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more threads only cost such small models time
    with torch.no_grad():
        taken = median_milliseconds(case.run, device, RUNS, warm_up=2)
        peak = peak_bytes(case.run, device)
    torch.set_num_threads(threads)
    return taken, peak


def draw(case: Case, method: Method, attachment: Attachment, scene: Any) -> tuple[Any, str, str, str]:
    """The picture, its caption, and the legend and marks for a terminal."""
    if method.stage == "kv-cache":
        held = torch.cat([reduction.kept.float() for _, reduction in attachment.reductions]).cpu()
        shares = held.view(held.shape[0], -1, 4).mean(dim=-1)
        legend = "cache entries kept, one line per layer and key head, four tokens per cell"
        caption = "Cache entries kept: one line per layer and key head, four tokens per cell, bright is kept."
        return picture.strips(shares), caption, legend, picture.strips_as_text(shares)
    if not attachment.reductions:
        shares = computed_shares(case, attachment)
        legend = "computed anew, one line per step, one cell per layer"
        caption = "Computed anew: one line per denoising step, one cell per layer; dark is reused."
        return picture.strips(shares, cell=28), caption, legend, picture.strips_as_text(shares)
    total = attachment.reductions[0][1] if method.stage == "diffusion-step" else attachment.total()
    count = total.source.shape[1]
    where = case.image or slice(0, count)
    if method.stage in BEFORE_DECODER:
        where = slice(count - case.grid[0] * case.grid[1], count)
    rows, columns = case.grid
    marks = picture.as_text(picture.states(total, where), columns if rows > 1 else 32)
    legend = f"{picture.KEPT} kept  {picture.MERGED} merged into another  {picture.DROPPED} dropped"
    if case.image is None:
        cells = picture.strips(total.kept[0].float().view(-1, 16).cpu(), cell=24)
        caption = "Tokens in reading order, sixteen to a line; bright is kept."
        if method.stage == "prompt":
            caption += f" {SCORER[0].upper()}{SCORER[1:]}, judged them: time and memory include it."
        return cells, caption, legend, marks
    drawn = picture.compare(case.picture or scene, total, where, case.grid)
    kept, merged = total.kept[0, where], total.merged[0, where]
    return drawn, _what_happened(case.shown, kept, merged), legend, marks


def _what_happened(shown: str, kept: torch.Tensor, merged: torch.Tensor) -> str:
    """A caption for what is shown beside what is left of it."""
    counts = int(kept.sum()), int(merged.sum()), int((~kept & ~merged).sum())
    tokens = "audio" if shown == "spectrogram" else shown
    said = [f"{counts[0]} of {kept.numel()} {tokens} tokens stay"]
    if counts[1]:
        mean = "as the mean" if shown == "spectrogram" else "in the mean colour"
        said.append(f"{counts[1]} are merged into others, drawn {mean} of their group")
    if counts[2]:
        said.append(f"{counts[2]} are dropped, drawn dark")
    return f"Left the {shown}, right what is left of it: {'; '.join(said)}."
