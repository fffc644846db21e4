"""Methods that act inside the layers of a text encoder (BERT), between attention and feed-forward.

BERT normalises after each residual, so what leaves the attention is all that the layer goes on with: a hook
can shorten it there. Later layers get masks for the tokens that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.configuration import config_of
from reference_impls.hosts.contract import acting_layers, reduction_of
from reference_impls.hosts.heads import refuse_heads_of_places
from reference_impls.hosts.projections import Projections, check_caught, find_layers, module_path

OFFERS = frozenset({"queries", "keys", "values", "size", "valid", "protected", "layer", "memory"})


def install(attachment: Attachment, method: Any, model: nn.Module) -> None:
    """Attach to the layers that the method acts on. Token 0, the class token, is protected."""
    layers, name = find_layers(model), type(model).__name__
    attention = getattr(layers[0], "attention", None) if layers is not None else None
    if layers is None or not hasattr(getattr(attention, "output", None), "LayerNorm"):
        raise ValueError(
            f"{name} has no BERT layers, which normalise after each residual: only text encoders such as "
            "BERT and RoBERTa are shortened inside their layers"
        )
    others = [part for part, _ in layers[0].named_children() if part not in _FOLLOWED]
    if others:
        raise ValueError(
            f"the layers of {name} also have {', '.join(others)}, which would go on with the tokens that "
            "were taken away: only layers of attention and feed-forward, as BERT's, are shortened inside"
        )
    kind = type(layers[0])
    paths = (path.rpartition(".")[0] for path, module in model.named_modules() if type(module) is kind)
    rows = list(dict.fromkeys(paths))
    if len(rows) > 1:
        raise ValueError(
            f"{name} has several rows of layers, {', '.join(rows)}, and this host follows one: attach to a "
            "model inside it that has one, if there is such"
        )
    first, second, *_ = [name for name in signature(type(layers[0]).forward).parameters if name != "self"]
    if second != "attention_mask":
        raise ValueError(
            f"the layers of {name} take {first} and {second}, and this host follows layers that take one row "
            "of tokens and then its mask, as BERT's do"
        )
    if any("global_attn" in name for name in signature(type(layers[0]).forward).parameters):
        raise ValueError(
            f"{name} attends within windows, and fewer tokens stand in others: only encoders in which every "
            "token attends to all others are shortened inside"
        )
    if getattr(config_of(model, "_attn_implementation"), "is_decoder", False):
        raise ValueError(f"{name} reads from left to right (is_decoder=True), and this host is for encoders")
    place = getattr(method, "place", "inside block")
    if place != "inside block":
        raise ValueError(
            f"{type(method).__name__} acts {place}, and this host inside it, after its attention"
        )
    refuse_heads_of_places(attachment, model, layers)
    Layers(attachment, method, model, layers)


_FOLLOWED = frozenset({"attention", "intermediate", "output", "crossattention"})
"""What a layer of BERT consists of."""


@dataclass(frozen=True)
class _Held:
    """What is known of the tokens that a layer is given: their sizes, and which are no padding."""

    size: Tensor | None
    valid: Tensor | None


class Layers:
    """Follows the tokens of one forward pass through the layers.

    What every layer was given is kept until the next pass: with gradient checkpointing the backward pass runs
    the layers once more, the last one first.
    """

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module, layers: nn.ModuleList) -> None:
        self.attachment, self.method, self.count = attachment, method, len(layers)
        self.implementation = model.config._attn_implementation
        self.held: dict[int, _Held] = {}
        self.memory: dict[Any, Any] = {}
        self.given: Tensor | None = None
        self.before = 0
        kinds = frozenset(method.needs) & {"queries", "keys", "values"}
        # Two of these would not know what the other has taken away: the second is refused.
        attachment.replace(layers, "followed_by", lambda: self)
        for module in module_path(model, layers):
            attachment.before(module, self._begin)
        acting = acting_layers(method, len(layers))
        for number, layer in enumerate(layers):
            attachment.before(layer, partial(self._before, number))
            if number in acting:
                listener = Projections(attachment, layer, kinds)
                attachment.after(layer.attention, partial(self._act, number, listener))

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.held = {}
        mask = kwargs.get("attention_mask", args[1] if len(args) > 1 else None)
        if isinstance(mask, Tensor) and mask.ndim == 2:
            self.given = mask.bool()

    def _at(self, number: int) -> _Held:
        """What layer `number` is given: what the last layer before it that acted left."""
        return self.held[max(start for start in self.held if start <= number)]

    def _before(
        self, number: int, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        hidden = args[0] if args else kwargs["hidden_states"]
        if not self.held:
            self.held, self.memory, self.given = {0: _Held(None, self.given)}, {}, None
            self.before = hidden.shape[1]
            self.attachment.reductions.clear()
        if not any(0 < start <= number for start in self.held):
            return args, kwargs  # nothing was shortened yet
        others = [fact for name, fact in kwargs.items() if name not in ("hidden_states", "attention_mask")]
        self._refuse_facts_of_tokens(layer, hidden.shape[1], [*args[2:], *others])
        given = args[1] if len(args) > 1 else kwargs.get("attention_mask")
        mask = self._mask(hidden, self._at(number).valid, given)
        if len(args) > 1:
            return (args[0], mask, *args[2:]), kwargs
        return args, {**kwargs, "attention_mask": mask}

    def _refuse_facts_of_tokens(self, layer: nn.Module, count: int, others: Sequence[Any]) -> None:
        """Layers that are given more about each token than a mask, such as its place, are not followed."""
        for other in others:
            lengths = other.shape[-2:] if isinstance(other, Tensor) and other.ndim > 1 else ()
            if self.before in lengths and self.before != count:
                raise ValueError(
                    f"{type(layer).__name__} is given more than a mask for each of the {self.before} tokens, "
                    f"such as places to rotate queries and keys by, and {count} are left: only encoders that "
                    "add places to the first layer's input, as BERT does, are shortened inside their layers"
                )

    def _mask(self, hidden: Tensor, valid: Tensor | None, given: Tensor | None) -> Tensor | None:
        """The mask for the tokens that are left, in place of the `given` one."""
        everything = valid is None or bool(valid.all())
        if everything and given is None:
            return None
        # Without a mask some models, which always give one, would be taken for causal ones.
        batch, count = hidden.shape[:2]
        seen = valid if valid is not None else hidden.new_ones(batch, count, dtype=torch.bool)
        if given is not None and given.ndim == 2:
            return seen.to(given.dtype)
        rows = count if given is None else min(count, given.shape[-2])  # 1 where one row serves all queries
        visible = seen[:, None, None, :].expand(-1, 1, rows, -1)
        if self.implementation == "sdpa" if given is None else given.dtype == torch.bool:
            return visible
        return torch.zeros_like(visible, dtype=hidden.dtype).masked_fill(
            ~visible, torch.finfo(hidden.dtype).min
        )

    def _act(self, number: int, listener: Projections, _: nn.Module, __: Any, ___: Any, output: Any) -> Any:
        hidden = output[0] if isinstance(output, tuple) else output
        held, caught = self._at(number), listener.take()
        check_caught(hidden, caught)
        context = Context(
            size=held.size,
            valid=held.valid,
            protected=1,
            layer=number,
            layers=self.count,
            memory=self.memory,
            **caught,
        )
        reduction = reduction_of(self.method, hidden, context)
        if number + 1 not in self.held:
            self.attachment.record(number, reduction)
        self.held[number + 1] = _Held(reduction.size, reduction.valid)
        return (reduction.tokens, *output[1:]) if isinstance(output, tuple) else reduction.tokens
