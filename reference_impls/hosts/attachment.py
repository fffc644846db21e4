"""What a host leaves in a model while a method is attached, and how all of it comes out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from reference_impls.reduction import Reduction


class Attachment:
    """A method inside a model.

    `reductions` holds what the method did in the model's latest run: (layer, Reduction), in the order of
    acting. `computed` is for denoisers: (step, layer, tokens computed, tokens) of each wrapped module's call.
    """

    def __init__(self, method: str, stage: str) -> None:
        self.method = method
        self.stage = stage
        self.reductions: list[tuple[int, Reduction]] = []
        self.computed: list[tuple[int, int, int, int]] = []
        self._undo: list[Callable[[], None]] = []

    def record(self, layer: int, reduction: Reduction) -> None:
        """Remember what was done in `layer`, without keeping the graph of a backward pass alive."""
        self.reductions.append(
            (
                layer,
                Reduction(
                    reduction.tokens.detach(),
                    reduction.source,
                    reduction.size.detach(),
                    reduction.position,
                    reduction.valid,
                ),
            )
        )

    def total(self) -> Reduction:
        """All reductions of the latest run in one, from the tokens that the first one saw."""
        if self.stage in ("kv-cache", "diffusion-step"):
            raise ValueError(f"at {self.stage} every layer has a sequence of its own: read `reductions`")
        if not self.reductions:
            raise ValueError(f"{self.method} has not acted yet: run the model inside the with block first")
        combined = self.reductions[0][1]
        for _, later in self.reductions[1:]:
            combined = combined.compose(later)
        return combined

    def before(
        self, module: nn.Module, hook: Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], Any]
    ) -> None:
        """Call `hook(module, args, kwargs)` before the module; it may return changed (args, kwargs)."""
        self._undo.append(module.register_forward_pre_hook(hook, with_kwargs=True).remove)

    def after(
        self, module: nn.Module, hook: Callable[[nn.Module, tuple[Any, ...], dict[str, Any], Any], Any]
    ) -> None:
        """Call `hook(module, args, kwargs, output)` after the module; it may return a changed output."""
        self._undo.append(module.register_forward_hook(hook, with_kwargs=True).remove)

    def replace(self, owner: object, name: str, function: Callable[..., Any]) -> None:
        """Shadow `owner.name` by an instance attribute; the class keeps its own."""
        if name in vars(owner):
            raise ValueError(
                f"{type(owner).__name__}.{name} is already replaced: a second method is attached here"
            )
        setattr(owner, name, function)
        self._undo.append(lambda: delattr(owner, name))

    def remove(self) -> None:
        """Take everything out, last in first out."""
        while self._undo:
            self._undo.pop()()
