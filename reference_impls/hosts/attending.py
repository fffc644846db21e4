"""What a decoder layer attends with: the queries, keys and values that it hands to its attention function.

They are noted on their way into that function, which stays the model's own (SDPA, flash): so rotation, layers
without any, normalised heads and scaling are as in the model, whatever its family. The first time, one row of
attention, computed as criteria compute it, is compared with what the model's function gives; both in float32,
since the question is what is computed, and not how a model in half precision rounds it. Not here: encoders,
whose projections are caught by `projections.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface

from reference_impls.criteria.attention import attention_rows, repeat_heads
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.masks import seen_both_ways
from reference_impls.hosts.projections import find_projection

NOTED = "noted by reference_impls"
"""The name of the attention function that notes what it is called with."""

UNKNOWN_TO_CRITERIA = {
    "softcap": "caps the products of queries and keys",
    "s_aux": "lets every head attend to a learned sink besides the tokens",
    "position_bias": "adds a bias to the products of queries and keys",
}
"""What a layer does that passes these arguments to its attention function."""
HELD_AS = {"attn_logit_softcapping": "softcap", "sinks": "s_aux"}
"""Where a layer keeps such an argument, so that it is known before a run."""


class Attending:
    """Notes what one layer attends with, when it is asked to."""

    def __init__(self, attachment: Attachment, layer: nn.Module, kinds: frozenset[str]) -> None:
        found = find_projection(layer, "queries")
        if found is None:
            raise ValueError(f"{type(layer).__name__} has no projection of queries that is known here")
        self._layer, self._attention, self._kinds = layer, found[0], kinds
        self._functions = inspect.unwrap(type(self._attention).forward).__globals__
        if not {"ALL_ATTENTION_FUNCTIONS", "eager_attention_forward"} <= self._functions.keys():
            raise ValueError(
                f"{type(self._attention).__name__} does not call the attention functions of transformers, so "
                f"that {attachment.method} cannot be shown what it attends with"
            )
        for attribute, argument in HELD_AS.items():
            if getattr(self._attention, attribute, None) is not None:
                raise ValueError(_unknown_to_criteria(self._attention, argument))
        self._noted: list[dict[str, Tensor]] = []
        self._given: list[Any] = []
        self._row: Tensor | None = None
        self._mask: Tensor | None = None
        self._ahead = self._stops = self._checked = self._linear = False
        attachment.before(self._attention, self._remember_given)
        attachment.after(self._attention, self._leave)
        attachment.at_end(self._end)

    def noting(self) -> None:
        """Note what the layer's next call attends with."""
        self._end()
        self._noted, self._row = [], None
        self._attention.config = _Noting(self._attention.config, self._attend)

    def take(self, valid: Tensor | None, *, weighted: bool = False) -> dict[str, Tensor]:
        """The noted queries, keys and values (B, H, N, d), those of the kinds asked for; with "seen" also
        that of `Context`. They are handed out once, so that none outlives its use; queries are scaled so that
        their products with keys, over sqrt(d), are the model's own.

        `valid` (B, N) marks what is no padding; `weighted` says that in this layer tokens count by their
        size, which criteria leave out.
        Raises ValueError where the layer attends otherwise than by the softmax of these products.
        """
        noted, self._noted = self._noted, []
        if len(noted) != 1:
            raise ValueError(
                f"{type(self._attention).__name__} called its attention function {len(noted)} times, so that "
                "what it attends with is not known"
            )
        if self._row is not None and not weighted:
            self._check(noted[0], self._row, valid)
        self._row, mask = None, self._mask
        self._mask = None
        taken = {kind: states for kind, states in noted[0].items() if kind in self._kinds}
        seen = seen_both_ways(mask, valid) if "seen" in self._kinds else None
        return taken if seen is None else {**taken, "seen": seen}

    def ahead(
        self, hidden: Tensor, kwargs: dict[str, Any], valid: Tensor | None, *, weighted: bool = False
    ) -> dict[str, Tensor]:
        """As `take`, what the layer would attend with if it were called with these tokens (B, N, D) and
        arguments; also `plain_queries` and `plain_keys`, those before rotary embedding.

        The layer's attention is computed only the first time, to check it.
        """
        kwargs = _without_cache(kwargs)
        plain: dict[str, Tensor] = {}
        if {"plain_queries", "plain_keys"} & self._kinds:
            cosine, sine = rotary_tables(kwargs)
            unturned = torch.ones_like(cosine), torch.zeros_like(sine)
            plain = {
                f"plain_{kind}": states for kind, states in self.turned(hidden, kwargs, unturned).items()
            }
        self._run(hidden, kwargs, stops=self._checked)
        taken = self.take(valid, weighted=weighted)
        return taken | {kind: states for kind, states in plain.items() if kind in self._kinds}

    def turned(
        self, hidden: Tensor, kwargs: dict[str, Any], tables: tuple[Tensor, Tensor]
    ) -> dict[str, Tensor]:
        """The queries, keys and values of tokens (B, N, D) if these rotary tables turned them, scaled as in
        `take`. Attention is not computed.
        """
        self._run(hidden, {**_without_cache(kwargs), "position_embeddings": tables}, stops=True)
        noted, self._noted = self._noted, []
        return noted[0]

    def on_average(self, hidden: Tensor, kwargs: dict[str, Any], tables: tuple[Tensor, Tensor]) -> Tensor:
        """The queries of tokens (B, N, D) in the mean of several positions, whose mean of `tables` is given.

        Raises ValueError where the queries do not follow their tables as a line does, so that a mean of
        tables would not give their mean.
        """
        queries = self.turned(hidden, kwargs, tables)["queries"]
        if not self._linear:
            none, twice = (
                self.turned(hidden, kwargs, (factor * tables[0], factor * tables[1]))["queries"]
                for factor in (0, 2)
            )
            bend, most = (none + twice - 2 * queries).abs().amax(), queries.abs().amax()
            if bool(bend > 1e-2 * most):  # never where the model gives no numbers, of which `take` tells
                raise ValueError(
                    f"{type(self._attention).__name__} changes queries behind their rotary embedding, as a "
                    "normalisation does, so that their mean over several positions is not known here"
                )
            self._linear = True
        return queries

    def _run(self, hidden: Tensor, kwargs: dict[str, Any], *, stops: bool) -> None:
        """Run the layer, without its hooks, to the end of its attention, or where it `stops` to the call of
        its attention function.
        """
        self.noting()
        self._ahead, self._stops = True, stops
        try:
            self._layer.forward(hidden, **kwargs)
        except _StoppedError:
            pass
        finally:
            self._ahead = self._stops = False
            self._end()

    def _remember_given(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._given = [*args, *kwargs.values()] if isinstance(self._attention.config, _Noting) else []

    def _leave(self, *_: Any) -> None:
        self._end()
        if self._ahead:
            raise _StoppedError

    def _end(self) -> None:
        self._given = []
        noting = self._attention.config
        if isinstance(noting, _Noting):
            self._attention.config = noting.own

    def _attend(
        self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, **kwargs: Any
    ) -> Any:
        """Note the call, and do as the model would."""
        for argument in UNKNOWN_TO_CRITERIA:
            if kwargs.get(argument) is not None:
                raise ValueError(_unknown_to_criteria(module, argument))
        if not any(given is attention_mask for given in self._given):
            raise ValueError(
                f"{type(module).__name__} makes a mask of its own, which criteria do not know: this model "
                "cannot be shown to a method that judges by attention"
            )
        noting, own = module.config, module.config.own
        function = self._functions["ALL_ATTENTION_FUNCTIONS"].get_interface(
            own._attn_implementation, self._functions["eager_attention_forward"]
        )
        scaling = kwargs.get("scaling")
        factor = 1.0 if scaling is None else scaling * query.shape[-1] ** 0.5
        scaled = query if abs(factor - 1) < 1e-6 else query.float() * factor
        self._noted.append({"queries": scaled, "keys": key, "values": value})
        self._mask = _mask_of(module, query, key, attention_mask, kwargs)
        module.config = own  # flash attention looks there for its version
        try:
            if not (self._checked or self._stops):
                whole = not own._attn_implementation.startswith("flash")  # which takes no float32
                self._row = _last_row(function, module, query, key, value, attention_mask, kwargs, whole)
            if self._stops:
                raise _StoppedError
            return function(module, query, key, value, attention_mask, **kwargs)
        finally:
            module.config = noting

    def _check(self, noted: dict[str, Tensor], row: Tensor, valid: Tensor | None) -> None:
        """Raise ValueError where the last tokens attend otherwise than criteria would have it."""
        queries, keys, values = noted["queries"], noted["keys"], noted["values"]
        attention = attention_rows(queries[:, :, -1:], keys, visible=valid)
        with torch.autocast(values.device.type, enabled=False):
            judged = (attention @ repeat_heads(values, queries.shape[1]).float())[:, :, 0]
        real = torch.ones_like(row[:, 0, 0, 0], dtype=torch.bool) if valid is None else valid[:, -1]
        allowed = 1e-3 if row.dtype == torch.float32 else 5e-2
        difference = (judged - row[:, 0].float())[real].abs()
        if not bool((difference <= allowed * values.float().abs().max()).all()):
            _refuse_not_finite(self._attention, row[real], values)
            raise ValueError(
                f"{type(self._attention).__name__} attends otherwise than by the softmax of its queries' "
                "products with its keys, as criteria compute it: this model cannot be shown to a method that "
                "judges by attention"
            )
        self._checked = bool(real.any())


def _without_cache(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a layer, so that a run of it leaves nothing behind."""
    return {**kwargs, "past_key_values": None, "use_cache": False}


class _Noting:
    """An attention module's configuration, but for the attention function that it names."""

    _attn_implementation = NOTED

    def __init__(self, own: Any, attend: Callable[..., Any]) -> None:
        self.own, self.attend = own, attend

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)


class _StoppedError(Exception):
    """Ends a layer when all that was to be noted is."""


def _refuse_not_finite(attention: nn.Module, row: Tensor, values: Tensor) -> None:
    """Raise ValueError where the model itself computes what is no number, by which nothing can be judged."""
    if not bool(row.isfinite().all() & values.isfinite().all()):
        raise ValueError(
            f"{type(attention).__name__} gives numbers that are not finite (NaN or infinity), with which no "
            "token can be judged: look at what the model is given, and at what it gives without a method; a "
            "model made for bfloat16 overflows in float16, so load it with dtype=torch.bfloat16"
        )


def _unknown_to_criteria(attention: nn.Module, argument: str) -> str:
    return (
        f"{type(attention).__name__} {UNKNOWN_TO_CRITERIA[argument]}, which criteria leave out: this model "
        "cannot be shown to a method that judges by attention"
    )


def _note(module: Any, *args: Any, **kwargs: Any) -> Any:
    return module.config.attend(module, *args, **kwargs)


AttentionInterface.register(NOTED, _note)


def _mask_of(module: Any, query: Tensor, key: Tensor, mask: Any, kwargs: dict[str, Any]) -> Tensor | None:
    """The mask (B, H, N, N) that a call is given, or means where it is given none and attends both ways."""
    if isinstance(mask, Tensor) and mask.ndim == 4:
        return mask
    told = kwargs.get("is_causal")
    if getattr(module, "is_causal", True) if told is None else told:
        return None
    seen = torch.ones(1, 1, query.shape[2], key.shape[2], dtype=torch.bool, device=query.device)
    return seen if mask is None else seen & mask.bool()[:, None, None, :]


def _last_row(
    function: Callable[..., Any],
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Any,
    kwargs: dict[str, Any],
    in_float32: bool,
) -> Tensor:
    """What an attention function gives for the last queries: (B, 1, H, d)."""
    row = mask[..., -1:, :] if isinstance(mask, Tensor) and mask.ndim == 4 else mask
    given = [query[:, :, -1:], key, value]
    if in_float32:
        given = [states.float() for states in given]
        row = row.float() if isinstance(row, Tensor) and row.is_floating_point() else row
    device = query.device.type
    rounds = torch.is_autocast_enabled(device) and not in_float32
    with torch.no_grad(), torch.autocast(device, enabled=rounds):
        output: Tensor = function(module, *given, row, **{**kwargs, "dropout": 0.0})[0]
    return output


def rotary_tables(kwargs: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The cosines and sines that a decoder layer is called with, (B or 1, N, d) each.

    Raises ValueError where there are no two such tables.
    """
    tables = kwargs.get("position_embeddings")
    if isinstance(tables, tuple | list) and len(tables) == 2 and not any(map(torch.is_complex, tables)):
        return tables[0], tables[1]
    raise ValueError(
        "this decoder does not hand its layers rotary positions as a table of cosines and one of sines, as "
        "Llama does, so that its prompt cannot be shortened within"
    )
