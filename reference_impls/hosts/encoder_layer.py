"""Methods that act inside the layers of a text encoder (BERT), between attention and feed-forward.

BERT normalises after each residual, so what leaves the attention is all that the layer goes on with: a hook
can shorten it there. Later layers get masks for the tokens that are left.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.projections import Projections, find_layers, module_path

OFFERS = frozenset({"queries", "keys", "values", "size", "valid", "layer", "memory"})


def install(attachment: Attachment, method: Any, model: nn.Module) -> None:
    """Attach to the layers that the method acts on. Token 0, the class token, is protected."""
    layers = find_layers(model)
    if layers is None or not hasattr(layers[0], "attention"):
        raise ValueError(f"{type(model).__name__} has no BERT layers")
    place = getattr(method, "place", "inside block")
    if place != "inside block":
        raise ValueError(
            f"{type(method).__name__} acts {place}, and this host inside it, after its attention"
        )
    Layers(attachment, method, model, layers)


class Layers:
    """Follows the tokens of one forward pass through the layers."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module, layers: nn.ModuleList) -> None:
        self.attachment, self.method, self.count = attachment, method, len(layers)
        self.implementation = model.config._attn_implementation
        self.size: Tensor | None = None
        self.valid: Tensor | None = None
        self.memory: dict[Any, Any] = {}
        self.reduced = False
        self.given: Tensor | None = None
        kinds = frozenset(method.needs) & {"queries", "keys", "values"}
        for module in module_path(model, layers):
            attachment.before(module, self._remember_mask)
        for number, layer in enumerate(layers):
            attachment.before(layer, partial(self._before, number))
            if method.acts_on(number, len(layers)):
                listener = Projections(attachment, layer, kinds)
                attachment.after(layer.attention, partial(self._act, number, listener))

    def _remember_mask(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        mask = kwargs.get("attention_mask", args[1] if len(args) > 1 else None)
        if isinstance(mask, Tensor) and mask.ndim == 2:
            self.given = mask.bool()

    def _before(
        self, number: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        hidden = args[0] if args else kwargs["hidden_states"]
        if number == 0:
            self.size, self.memory, self.reduced = None, {}, False
            self.valid, self.given = self.given, None
            self.attachment.reductions.clear()
        if not self.reduced:
            return args, kwargs
        mask = self._mask(hidden)
        if len(args) > 1:
            return (args[0], mask, *args[2:]), kwargs
        return args, {**kwargs, "attention_mask": mask}

    def _mask(self, hidden: Tensor) -> Tensor | None:
        if self.valid is None or bool(self.valid.all()):
            return None
        count = hidden.shape[1]
        visible = self.valid[:, None, None, :].expand(-1, 1, count, -1)
        if self.implementation == "sdpa":
            return visible
        return torch.zeros_like(visible, dtype=hidden.dtype).masked_fill(
            ~visible, torch.finfo(hidden.dtype).min
        )

    def _act(self, number: int, listener: Projections, _: nn.Module, __: Any, ___: Any, output: Any) -> Any:
        hidden = output[0] if isinstance(output, tuple) else output
        context = Context(
            size=self.size,
            valid=self.valid,
            protected=1,
            layer=number,
            layers=self.count,
            memory=self.memory,
            **listener.take(),
        )
        reduction = self.method.reduce(hidden, context)
        self.attachment.record(number, reduction)
        if reduction.valid is not None or self.valid is None:
            self.valid = reduction.valid
        else:
            inside = self.valid.gather(1, reduction.position.clamp(min=0))
            self.valid = inside | (reduction.position < 0)
        self.size, self.reduced = reduction.size, True
        return (reduction.tokens, *output[1:]) if isinstance(output, tuple) else reduction.tokens
