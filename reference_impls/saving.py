"""What a method saves in a model that somebody has: tokens, multiply-accumulates by formula and the KV
cache's bytes, from what it did in a run (`attached.cost()`); time and memory, from runs without and with it.

`demo.py` shows the same of small models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from reference_impls.hosts.projections import find_layers, find_projection
from reference_impls.measuring import median_milliseconds, peak_bytes

if TYPE_CHECKING:
    from reference_impls.hosts.attachment import Attachment

FORMULA = "MACs per layer = n·w_attention + 2·n·c·d + n'·w_MLP (n queries, c keys, n' tokens in the MLP)"
DECODING = ("vision-output", "decoder-prefill", "kv-cache", "prompt")


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
    """What a layer held of one sequence: queries, keys and tokens in the MLP, and entries in its cache."""

    queries: int
    keys: int
    feed_forward: int
    cached: int


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


def layer_sizes(model: nn.Module) -> tuple[LayerSize, ...] | None:
    """Of each layer; None where they have experts, of which a token meets few, or no matrices known here."""
    layers = find_layers(model)
    sizes = [_size(layer) for layer in layers or ()]
    return tuple(size for size in sizes if size) if sizes and all(sizes) else None


def _size(layer: nn.Module) -> LayerSize | None:
    found = [find_projection(layer, kind) for kind in ("queries", "keys", "values")]
    widths = [
        width for one in found if one and isinstance(width := getattr(one[1], "out_features", None), int)
    ]
    experts = any(weight.ndim > 2 for weight in layer.parameters()) or any(
        name.endswith("experts") for name, _ in layer.named_modules()
    )
    if found[0] is None or len(widths) < 3 or experts:
        return None
    attention, number = _weights(found[0][0]), next(layer.parameters()).element_size()
    return LayerSize(attention, _weights(layer) - attention, widths[0], (widths[1] + widths[2]) * number)


def _weights(module: nn.Module) -> int:
    sizes = ((getattr(part, "in_features", 0), getattr(part, "out_features", 0)) for part in module.modules())
    return sum(taken * given for taken, given in sizes if isinstance(taken, int) and isinstance(given, int))


def cost_of(attachment: Attachment) -> Cost:
    """What the latest run of a model with a method inside cost for one sequence, padding included, and what
    it costs without any method.

    Raises ValueError where there was no run.
    """
    if attachment.stage == "diffusion-step":
        if not attachment.computed:
            raise _not_run(attachment)
        asked = sum(of for *_, of in attachment.computed)
        done = sum(tokens for *_, tokens, _ in attachment.computed)
        return Cost((Row("tokens that its modules computed", asked, done),))
    layers = _layers(attachment)
    whole = LayerTokens(*[attachment.prompt or layers[0].queries] * 4)
    rows = [Row("tokens in the last layer", whole.queries, layers[-1].feed_forward)]
    decodes = attachment.stage in DECODING
    sizes = attachment.sizes
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
    return size.macs(1, held.cached, 1)


def _caching(size: LayerSize, held: LayerTokens) -> int:
    return size.entry * held.cached


def _not_run(attachment: Attachment) -> ValueError:
    return ValueError(f"{attachment.method} has not acted yet: run the model inside the with block first")


def _layers(attachment: Attachment) -> Sequence[LayerTokens]:
    """What each layer held in the latest run."""
    if attachment.layers:
        return attachment.layers
    if not attachment.reductions:
        raise _not_run(attachment)
    depth = len(attachment.sizes or ()) or 1 + attachment.reductions[-1][0]
    done = {layer: int(reduction.counts.max()) for layer, reduction in attachment.reductions}
    now, layers = attachment.reductions[0][1].source.shape[1], []
    for layer in range(depth):
        after = done.get(layer, now)
        attended = after if attachment.place == "before block" else now
        layers.append(
            LayerTokens(attended, attended, now if attachment.place == "after block" else after, after)
        )
        now = after
    return layers


def measure(
    method: Any,
    model: Any,
    inputs: Mapping[str, Any] | Callable[[], Any],
    *,
    new_tokens: int = 16,
    runs: int = 3,
    **told: Any,
) -> Cost:
    """What a method saves in your model, for your inputs: `print(measure(FastV(), model, inputs))`.

    Parameters
    ----------
    method, model : as for `attach`, and `told` is whatever else `attach` takes.
    inputs : what the model, or its `generate`, is given; or a function that runs the model once.
    new_tokens : how many tokens a model that generates writes after its first.
    runs : of each kind, after a warm-up; the time is their median.

    Time and memory are those of this machine, the method's own cost included. Memory is the most that a run
    held beyond what was there; on the CPU of tensors that PyTorch operations made.
    """
    from reference_impls.hosts import attach

    kinds = _runs(model, inputs, new_tokens)
    device = next(model.parameters()).device
    before = _timed(kinds, device, runs)
    with attach(method, model, **told) as attached:
        after = _timed(kinds, device, runs)
    rows = [Row(what, before[what], after[what]) for what in before]
    cost = cost_of(attached)
    return Cost((*cost.rows, *rows), cost.formula)


def _runs(
    model: Any, inputs: Mapping[str, Any] | Callable[[], Any], new_tokens: int
) -> dict[str, Callable[[], Any]]:
    """What is timed, by its name."""
    if not isinstance(inputs, Mapping):
        return {"time (ms)": inputs}
    if not (hasattr(model, "can_generate") and model.can_generate()):
        return {"time (ms)": lambda: model(**inputs)}

    def generating(count: int) -> Callable[[], Any]:
        return lambda: model.generate(**inputs, max_new_tokens=count, min_new_tokens=count, do_sample=False)

    return {
        "time to the first token (ms)": generating(1),
        f"time of {1 + new_tokens} tokens (ms)": generating(1 + new_tokens),
    }


def _timed(kinds: Mapping[str, Callable[[], Any]], device: torch.device, runs: int) -> dict[str, float]:
    with torch.no_grad():
        found = {what: median_milliseconds(run, device, runs) for what, run in kinds.items()}
        found["peak memory (bytes)"] = peak_bytes(list(kinds.values())[-1], device)
    return found
