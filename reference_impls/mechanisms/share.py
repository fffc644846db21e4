"""Share a budget of tokens out among parts of the input, such as the frames of a video."""

from __future__ import annotations

import math
from collections.abc import Sequence


def tokens_per_frame(count: int, frames: int) -> int:
    """How many of a video's `count` tokens each frame has."""
    if frames < 1 or count % frames:
        raise ValueError(f"{count} tokens do not make {frames} equal frames")
    return count // frames


def share_out(total: int, wishes: Sequence[float], limits: Sequence[int]) -> list[int]:
    """Whole numbers near `wishes` that add up to `total`, each between 0 and its limit.

    Every part first gets its wish rounded down; what is missing goes, one each, to the parts that lack most,
    and what is too much comes from those that have most. Ties go to the earlier part. Where the limits do not
    allow `total`, the nearest sum that they allow. Raises ValueError for wishes that are not finite.

    >>> share_out(10, [3.5, 3.4, 3.1], [4, 4, 4]), share_out(7, [9.0, 0.5], [4, 4])
    ([4, 3, 3], [4, 3])
    """
    if endless := sum(not math.isfinite(wish) for wish in wishes):
        raise ValueError(
            f"of {len(wishes)} parts, such as frames or crops, {endless} would get a share that is not "
            "finite (NaN or infinity): look at what the model is given, and at what it gives without a "
            "method; a model made for bfloat16 overflows in float16, so load it with dtype=torch.bfloat16"
        )
    counts = [max(0, min(limit, math.floor(wish))) for wish, limit in zip(wishes, limits, strict=True)]
    total = max(0, min(total, sum(limits)))
    while sum(counts) < total:
        open_parts = [part for part in range(len(counts)) if counts[part] < limits[part]]
        counts[max(open_parts, key=lambda part: (wishes[part] - counts[part], -part))] += 1
    while sum(counts) > total:
        open_parts = [part for part in range(len(counts)) if counts[part] > 0]
        counts[min(open_parts, key=lambda part: (wishes[part] - counts[part], part))] -= 1
    return counts
