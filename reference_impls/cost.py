"""What a transformer layer costs, by formula: multiply-accumulates, and the bytes of a KV cache. No torch.

Papers count differently (2·n·d·m or 3·n·d·m for the MLP, FLOPs or MACs), so the formula is printed with
every number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerShape:
    """Width d, hidden width m of the MLP, its number of matrices (3 if gated), the width of the keys."""

    width: int
    hidden: int
    matrices: int = 2
    key_width: int | None = None

    @property
    def formula(self) -> str:
        """The count that `layer_macs` uses, for people."""
        projections = "4·n·d²" if self.key_width in (None, self.width) else "2·n·d² + 2·n·d·d_kv"
        names = "n queries, c keys, n' tokens in the MLP"
        return f"MACs per layer = {projections} + 2·n·c·d + {self.matrices}·n'·d·m ({names})"


def layer_macs(shape: LayerShape, queries: int, keys: int, feed_forward: int) -> int:
    """Multiply-accumulates of one layer: `queries` tokens see `keys`, `feed_forward` go through the MLP.

    >>> layer_macs(LayerShape(width=4, hidden=8), queries=2, keys=3, feed_forward=2)
    304
    """
    key_width = shape.width if shape.key_width is None else shape.key_width
    projections = 2 * queries * shape.width**2 + 2 * queries * shape.width * key_width
    attention = 2 * queries * keys * shape.width
    return projections + attention + shape.matrices * feed_forward * shape.width * shape.hidden


def cache_bytes(entries: list[int], key_heads: int, head_width: int, bytes_per_number: int) -> int:
    """Keys and values of one sequence, given the number of entries in each layer."""
    return sum(2 * count * key_heads * head_width * bytes_per_number for count in entries)
