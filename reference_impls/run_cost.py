"""What a run of a model with a method inside cost, beside a run without it: tokens, multiply-accumulates by
formula and the KV cache's bytes.

Nothing is measured here: a run is told by what its layers held. `saving.py` adds time and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from reference_impls.reduction import Reduction

FORMULA = "MACs per layer = n·w_attention + 2·n·c·d + n'·w_MLP (n queries, c keys, n' tokens in the MLP)"
DECODING = ("vision-output", "projector", "decoder-prefill", "kv-cache", "prompt")


@dataclass(frozen=True)
class LayerSize:
    """What a layer multiplies a token with: the `attention`'s weights and the `mlp`'s; the `width` of all its
    query heads; the bytes of one `entry` in its KV cache.
    """

    attention: int
    mlp: int
    width: int
    entry: int

    def macs(self, queries: int, keys: int, feed_forward: int) -> int:
        """By `FORMULA`."""
        return queries * self.attention + 2 * queries * keys * self.width + feed_forward * self.mlp


@dataclass(frozen=True)
class LayerTokens:
    """What a layer held of one sequence: queries, keys and tokens in the MLP, and entries in its cache, of
    which the next token reads `read`; None: all.
    """

    queries: int
    keys: int
    feed_forward: int
    cached: int
    read: int | None = None


@dataclass(frozen=True)
class Row:
    """A quantity before and after."""

    what: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.what:<34}{self.before:>16,.6g}{self.after:>16,.6g}{self._share():>8}"

    def _share(self) -> str:
        return f"{self.after / self.before:.0%}" if self.before else ""


@dataclass(frozen=True)
class Cost:
    """The `rows` of a table of before and after, which `print` shows; `formula` is how MACs were counted."""

    rows: tuple[Row, ...]
    formula: str = FORMULA

    def __getitem__(self, what: str) -> Row:
        """The row that is called so."""
        for row in self.rows:
            if row.what == what:
                return row
        raise KeyError(f"no row '{what}'; there are {', '.join(row.what for row in self.rows)}")

    def __str__(self) -> str:
        heads = f"{'':<34}{'before':>16}{'after':>16}"
        formula = [self.formula] if any("MACs" in row.what for row in self.rows) else []
        return "\n".join([heads, *map(str, self.rows), *formula])


class Run(Protocol):
    """What a method did in a model, as `hosts.attachment.Attachment` notes it."""

    method: str
    stage: str
    place: str
    """Whether its reductions came before, inside or after their blocks."""
    shortens: str
    """What of a denoiser's attention is shorter: its "tokens", or only its "keys"."""
    prompt: int
    """How long the prompt was, where one was followed; else 0."""
    written: int
    """How many tokens stood behind the prompt when a KV cache was last chosen from; else 0."""
    layers: list[LayerTokens]
    """What each layer held of the prompt, where one was followed, and cached of these tokens, too."""
    sizes: tuple[LayerSize, ...] | None
    reductions: list[tuple[int, Reduction]]
    computed: list[tuple[int, int, int, int]]


def cost_of(run: Run) -> Cost:
    """What the latest run of a model with a method inside cost for one sequence, padding included, and what
    it costs without any method.

    Raises ValueError where there was no run.
    """
    if run.stage == "diffusion-step":
        if not run.computed:
            raise not_run(run)
        if run.shortens == "keys":
            step = [reduction for _, reduction in run.reductions]
            before = sum(reduction.source.shape[1] for reduction in step)
            after = sum(int(reduction.counts.max()) for reduction in step)
            return Cost((Row("keys attended to in a step", before, after),))
        asked = sum(of for *_, of in run.computed)
        done = sum(tokens for *_, tokens, _ in run.computed)
        return Cost((Row("tokens that its modules computed", asked, done),))
    layers = _layers(run)
    prompt = run.prompt or run.reductions[0][1].source.shape[1]
    whole = LayerTokens(prompt, prompt, prompt, prompt + run.written)
    rows = [Row("tokens in the last layer", whole.queries, layers[-1].feed_forward)]
    decodes = run.stage in DECODING
    sizes = run.sizes
    if sizes is not None and len(sizes) == len(layers):
        whole_run = [whole] * len(layers)
        rows.append(
            _row(
                "MACs of the prompt" if decodes else "MACs of all layers", _reading, sizes, whole_run, layers
            )
        )
        if decodes:
            rows.append(_row("MACs of the next token", _going_on, sizes, whole_run, layers))
            rows.append(_row("KV cache (bytes)", _caching, sizes, whole_run, layers))
    elif decodes:
        rows.append(Row("KV cache (entries)", whole.cached * len(layers), sum(of.cached for of in layers)))
    return Cost(tuple(rows))


def _row(
    what: str,
    count: Callable[[LayerSize, LayerTokens], int],
    sizes: Sequence[LayerSize],
    before: Sequence[LayerTokens],
    after: Sequence[LayerTokens],
) -> Row:
    """What a count gives in all layers."""
    totals = [sum(map(count, sizes, held)) for held in (before, after)]
    return Row(what, *totals)


def _reading(size: LayerSize, held: LayerTokens) -> int:
    return size.macs(held.queries, held.keys, held.feed_forward)


def _going_on(size: LayerSize, held: LayerTokens) -> int:
    return size.macs(1, held.cached if held.read is None else held.read, 1)


def _caching(size: LayerSize, held: LayerTokens) -> int:
    return size.entry * held.cached


def not_run(run: Run) -> ValueError:
    """What is raised where a report is asked for before there was any run."""
    return ValueError(f"{run.method} has not acted yet: run the model inside the with block first")


def _layers(run: Run) -> Sequence[LayerTokens]:
    """What each layer held in the latest run."""
    if run.layers:
        return run.layers
    if not run.reductions:
        raise not_run(run)
    depth = len(run.sizes or ()) or 1 + run.reductions[-1][0]
    done = {layer: int(reduction.counts.max()) for layer, reduction in run.reductions}
    now, layers = run.reductions[0][1].source.shape[1], []
    for layer in range(depth):
        after = done.get(layer, now)
        attended = after if run.place == "before block" else now
        layers.append(LayerTokens(attended, attended, now if run.place == "after block" else after, after))
        now = after
    return layers
