"""Pictures of what a method did: as PNG and as text. It draws; it neither runs models nor knows methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from reference_impls.reduction import Reduction

KEPT, MERGED, DROPPED = "█", "▒", "·"
_DARK, _BRIGHT = (44, 48, 58), (255, 176, 66)
_NOTHING = (0, 0, 0, 0)


def drawn_image(side: int = 512) -> Any:
    """A scene to show where none is given: sky, sun, hills and a house, so that some patches are plain and
    some not.
    """
    image = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(image)
    unit = side / 16
    for row in range(side):
        shade = row / side
        draw.line([(0, row), (side, row)], fill=(int(120 + 90 * shade), int(180 + 40 * shade), 240))
    draw.ellipse([11 * unit, unit, 14 * unit, 4 * unit], fill=(255, 214, 90))
    draw.ellipse([-4 * unit, 9 * unit, 10 * unit, 22 * unit], fill=(86, 150, 84))
    draw.ellipse([6 * unit, 10 * unit, 22 * unit, 24 * unit], fill=(62, 122, 70))
    draw.rectangle(
        [5 * unit, 8 * unit, 9 * unit, 12 * unit], fill=(196, 92, 70), outline=(90, 40, 30), width=3
    )
    draw.polygon([(4.5 * unit, 8 * unit), (7 * unit, 5.5 * unit), (9.5 * unit, 8 * unit)], fill=(110, 50, 44))
    draw.rectangle([6.4 * unit, 10 * unit, 7.6 * unit, 12 * unit], fill=(70, 44, 34))
    return image


def drawn_sound(side: int = 512) -> Any:
    """A spectrogram to show where no sound is given: two vowels with their overtones, a hiss, and pauses."""
    image = Image.new("L", (side, side), 18)
    draw = ImageDraw.Draw(image)
    noise = torch.Generator().manual_seed(0)
    for begins, ends, pitch, bends in ((0.04, 0.34, 0.055, 0.5), (0.62, 0.94, 0.075, -0.4)):
        for overtone in range(1, 13):
            loudness = int(225 * 0.86**overtone) + 20
            points = []
            for step in range(33):
                share = step / 32
                height = overtone * pitch * (1 + bends * share * (1 - share))
                points.append(((begins + (ends - begins) * share) * side, (1 - height) * side))
            draw.line(points, fill=loudness, width=max(1, side // 64))
    grain = side // 64
    for x in range(27 * grain, 35 * grain, grain):
        for y in range(0, 36 * grain, grain):
            shade = int(40 + 150 * float(torch.rand((), generator=noise)))
            draw.rectangle([x, y, x + grain - 1, y + grain - 1], fill=shade)
    return image.convert("RGB")


def pixels_of(image: Any, side: int) -> Tensor:
    """(1, 3, side, side), scaled to -1 .. 1."""
    small = image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    values = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).view(side, side, 3)
    return (values.permute(2, 0, 1)[None].float() / 127.5) - 1


def states(reduction: Reduction, tokens: slice, row: int = 0) -> list[str]:
    """For each of the chosen input tokens: kept, merged or dropped."""
    kept, merged = reduction.kept[row, tokens].tolist(), reduction.merged[row, tokens].tolist()
    return [
        KEPT if stands else MERGED if joined else DROPPED for stands, joined in zip(kept, merged, strict=True)
    ]


def as_text(marks: Sequence[str], columns: int) -> str:
    """The marks as a grid, two characters wide so that it looks square."""
    lines = [marks[start : start + columns] for start in range(0, len(marks), columns)]
    return "\n".join("".join(mark * 2 for mark in line) for line in lines)


def compare(
    image: Any, reduction: Reduction, tokens: slice, grid: tuple[int, int], side: int = 512, row: int = 0
) -> Any:
    """The image beside what is left of it: kept patches as they are, merged ones in their group's mean,
    dropped ones dark. `row` is the image's place in the reduction's batch; `tokens` are its patches there, in
    raster order of `grid` (rows, columns); patches of a single row are columns of the image.

    Raises ValueError where the reduction has no such row, or not as many patches there as the grid.
    """
    rows, columns = grid
    count = _patches(reduction, tokens, row)
    if count != rows * columns:
        raise ValueError(
            f"tokens= are {count} patches, and grid= of {rows} x {columns} has {rows * columns}: the "
            f"reduction is of {reduction.source.shape[1]} tokens, of which an image's patches may be a part"
        )
    wide = side // max(grid)
    high = wide if rows > 1 else side // 4
    original = image.convert("RGB").resize((columns * wide, rows * high), Image.Resampling.BICUBIC)
    values = torch.frombuffer(bytearray(original.tobytes()), dtype=torch.uint8).float()
    patches = values.view(rows, high, columns, wide, 3)
    patches = patches.permute(0, 2, 1, 3, 4).reshape(rows * columns, high, wide, 3)
    source, kept = reduction.source[row, tokens].cpu(), reduction.kept[row, tokens].cpu()
    # A patch says its colour, a column of sound each height's.
    means = patches if rows == 1 else patches.mean(dim=(1, 2), keepdim=True)
    left = torch.empty_like(patches)
    for number in range(rows * columns):
        slot = int(source[number])
        group = means[source == slot].mean(dim=0) if slot >= 0 else torch.tensor(_DARK).float()
        left[number] = patches[number] if bool(kept[number]) and slot >= 0 else group
    right = left.view(rows, columns, high, wide, 3).permute(0, 2, 1, 3, 4).round().to(torch.uint8)
    result = Image.new("RGBA", (2 * original.width + 16, original.height), _NOTHING)
    result.paste(original, (0, 0))
    shortened = Image.frombytes("RGB", original.size, bytes(right.flatten().tolist()))
    result.paste(shortened, (original.width + 16, 0))
    return result


def _patches(reduction: Reduction, tokens: slice, row: int) -> int:
    """How many tokens are chosen of a row."""
    rows, length = reduction.source.shape
    if not -rows <= row < rows:
        raise ValueError(f"row= is one of {rows} in the reduction, counted from 0, found {row}")
    return len(range(length)[tokens])


def strips(shares: Tensor, cell: int = 12) -> Any:
    """A (rows, columns) table of shares 0 .. 1 as an image: dark is nothing, bright is all."""
    rows, columns = shares.shape
    image = Image.new("RGBA", (columns * cell, rows * cell), _NOTHING)
    draw = ImageDraw.Draw(image)
    for row in range(rows):
        for column in range(columns):
            share = float(shares[row, column])
            colour = tuple(
                int(dark + (bright - dark) * share) for dark, bright in zip(_DARK, _BRIGHT, strict=True)
            )
            box = [column * cell, row * cell, (column + 1) * cell - 2, (row + 1) * cell - 2]
            draw.rectangle(box, fill=colour)
    return image


def strips_as_text(shares: Tensor) -> str:
    """The same as text, one character per cell."""
    return "\n".join("".join(" ░▒▓█"[min(4, int(float(share) * 4 + 0.5))] for share in row) for row in shares)
