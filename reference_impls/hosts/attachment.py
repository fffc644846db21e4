"""What a host leaves in a model while a method is attached, and how all of it comes out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import update_wrapper
from typing import Any, NoReturn

import torch
from torch import nn

from reference_impls.reduction import Reduction
from reference_impls.run_cost import Cost, LayerSize, LayerTokens, cost_of, not_run


class Attachment:
    """A method inside a model.

    `reductions` holds what the method did in the model's latest run: (layer, Reduction), in the order of
    acting; without their tokens, so that these do not stay in memory, unless it was attached with
    `report_tokens=True`. `computed` is for denoisers: (step, layer, tokens computed, tokens) of each wrapped
    module's call. While `paused`, its hooks do nothing. `reached` says whether any was ever called or
    anything recorded: without, the model was not run, or is not the one that it is attached to.
    """

    def __init__(self, method: str, stage: str, report_tokens: bool = False) -> None:
        self.method = method
        self.stage = stage
        self.report_tokens = report_tokens
        self.paused = False
        self.reached = False
        # What `cost` counts with: the prompt's length and what each layer held of it, where one was followed;
        # how much was written behind it when a KV cache was last chosen from.
        self.prompt = self.written = 0
        self.layers: list[LayerTokens] = []
        self.sizes: tuple[LayerSize, ...] | None = None
        self.place = "inside block"
        self.shortens = "tokens"
        self.reductions: list[tuple[int, Reduction]] = []
        self.computed: list[tuple[int, int, int, int]] = []
        self._begin: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<{self.method} at {self.stage}: {self._done()}>"

    def _done(self) -> str:
        """What it did in the latest run, in words."""
        if self.computed and self.shortens == "tokens":
            done, asked = (sum(call[part] for call in self.computed) for part in (2, 3))
            return f"{done} of {asked} tokens computed"
        if not self.reductions:
            return f"nothing of a prompt of {self.prompt} tokens" if self.layers else "nothing yet"
        alike: dict[str, list[int]] = {}
        for layer, reduction in self.reductions:
            shorter = f"{reduction.source.shape[1]} -> {int(reduction.counts.max())}"
            alike.setdefault(shorter, []).append(layer)
        what = "entries" if self.stage == "kv-cache" else self.shortens
        return "; ".join(f"{_named(layers)}{shorter} {what}" for shorter, layers in alike.items())

    def cost(self) -> Cost:
        """What the latest run cost for one sequence, without the method and with it: tokens,
        multiply-accumulates by formula, the KV cache's bytes. `print` shows a table; `measure` adds time and
        memory. Of two methods the second counts from what the first has left.

        Raises ValueError before the first run.
        """
        return cost_of(self)

    def new_run(self) -> None:
        """Empty the reports, and let a denoiser's next call be the first of a new run: call it where one run
        was interrupted, and the next one begins at a lower timestep with the same text.
        """
        self.reductions.clear()
        self.computed.clear()
        for begin in self._begin:
            begin()

    def at_new_run(self, begin: Callable[[], None]) -> None:
        """Call `begin` when the user says that a new run begins."""
        self._begin.append(begin)

    def record(self, layer: int, reduction: Reduction) -> None:
        """Remember what was done in `layer`, without keeping the graph of a backward pass alive."""
        reported = replace(reduction, tokens=reduction.tokens.detach(), size=reduction.size.detach())
        self.reached = True
        self.reductions.append((layer, reported if self.report_tokens else reported.without_tokens()))

    def add(self, layer: int, later: Reduction) -> None:
        """Remember what was done in `layer` behind what is remembered of it already."""
        place = [number for number, _ in self.reductions].index(layer)
        self.record(layer, self.reductions[place][1].compose(later))
        self.reductions[place] = self.reductions.pop()

    @contextmanager
    def unrecorded(self) -> Iterator[None]:
        """Forget what a `with` block records, where the backward pass runs again what was reported before."""
        reductions, computed = list(self.reductions), list(self.computed)
        try:
            yield
        finally:
            self.reductions[:], self.computed[:] = reductions, computed

    def total(self) -> Reduction:
        """All reductions of the latest run in one, from the tokens that the first one saw.

        Raises ValueError where they are no chain: where every layer has a sequence of its own, and where
        images of different sizes, or images and videos, were shortened one by one.
        """
        if self.stage in ("kv-cache", "diffusion-step"):
            raise ValueError(f"at {self.stage} every layer has a sequence of its own: read `reductions`")
        if not self.reductions and self.layers:
            raise ValueError(
                f"{self.method} shortened nothing of the latest prompt: {self.prompt} tokens, with no image "
                "or video among them that it acts on, or no layer that it acts at"
            )
        if not self.reductions:
            raise not_run(self)
        layers = [layer for layer, _ in self.reductions]
        if len(set(layers)) < len(layers):
            raise ValueError(
                f"{self.method} shortened {len(layers)} images or videos one by one, and each has a "
                "reduction of its own: read `reductions`"
            )
        combined = self.reductions[0][1]
        for _, later in self.reductions[1:]:
            combined = combined.compose(later)
        return combined

    def before(
        self,
        module: nn.Module,
        hook: Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], Any],
        first: bool = False,
    ) -> None:
        """Call `hook(module, args, kwargs)` before the module; it may return changed (args, kwargs), which
        all others are shown where it is the `first`.
        """
        handle = module.register_forward_pre_hook(Hook(self, hook), prepend=first, with_kwargs=True)
        self._undo.append(handle.remove)

    def after(
        self, module: nn.Module, hook: Callable[[nn.Module, tuple[Any, ...], dict[str, Any], Any], Any]
    ) -> None:
        """Call `hook(module, args, kwargs, output)` after the module; it may return a changed output."""
        self._undo.append(module.register_forward_hook(Hook(self, hook), with_kwargs=True).remove)

    def replace(
        self, owner: object, name: str, function: Callable[..., Any], *, calls_it: bool = False
    ) -> None:
        """Shadow `owner.name` by an instance attribute; the class keeps its own.

        Raises ValueError where another attachment did so, and where something else did, unless the function
        `calls_it`, whatever was there.
        """
        there = vars(owner).get(name)
        if isinstance(there, Shadow):
            raise ValueError(
                f"{there.method} is attached to this {type(owner).__name__}, and {self.method} would not see "
                "what it changes: end its with block first"
            )
        # What took its changes back may have left the class's own function behind.
        own = getattr(there, "__func__", there) is getattr(type(owner), name, None)
        if there is not None and not own and not calls_it:
            hook = getattr(owner, "_hf_hook", None)
            # A wrapped function has another one's name, but knows the module that it was written in.
            module = getattr(getattr(there, "func", there), "__globals__", {}).get("__name__", "elsewhere")
            found = f"a function from {module}" if hook is None else f"accelerate's {type(hook).__name__}"
            raise ValueError(
                f"the {name} of this {type(owner).__name__} was replaced by {found}, which {self.method} "
                "would leave out: take it off first, accelerate's hooks by "
                "accelerate.hooks.remove_hook_from_module(model, recurse=True), or load the model without "
                "device_map"
            )
        setattr(owner, name, Shadow(self.method, function))
        self._undo.append(lambda: delattr(owner, name) if there is None else setattr(owner, name, there))

    def wrap(self, owner: object, name: str, wrapped: Callable[[Callable[..., Any]], Any]) -> None:
        """Shadow `owner.name` by what `wrapped` makes of it. Several attachments may do so, one around the
        other, where none is in another's way; they may end in any order.
        """
        layer = Layer(self.method, getattr(owner, name), vars(owner).get(name), wrapped)
        setattr(owner, name, layer)

        def end() -> None:
            layer.ended = True
            top = vars(owner)[name]
            while isinstance(top, Layer) and top.ended:
                top = top.below
            delattr(owner, name)
            if top is not None:
                setattr(owner, name, top)

        self._undo.append(end)

    def at_end(self, undo: Callable[[], None]) -> None:
        """Call `undo` when everything comes out."""
        self._undo.append(undo)

    def compute_once(self, layer: nn.Module) -> None:
        """Leave `layer` out of gradient checkpointing where this would call the hooks again in the backward
        pass, last layer first: in transformers before 5.23, whose checkpoints hold a layer's call.
        """
        if type(layer).__call__ is not nn.Module.__call__ and getattr(layer, "gradient_checkpointing", False):
            layer.gradient_checkpointing = False
            self._undo.append(lambda: setattr(layer, "gradient_checkpointing", True))

    def remove(self) -> None:
        """Take everything out, last in first out."""
        while self._undo:
            self._undo.pop()()


def _named(layers: list[int]) -> str:
    """Which layers, and how often each where that is more than once, as with images one by one."""
    different = sorted(set(layers))
    many = f"layers {', '.join(map(str, different))}" if len(different) > 1 else f"layer {different[0]}"
    often = f", {len(layers)} times" if len(layers) > len(different) else ""
    return f"{many}{often}, "


class InModel:
    """What an attachment puts into a model for as long as it lasts, and what goes into no copy or file."""

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise ValueError(
            "a method is attached to this model, and goes into no copy or file of it: copy or save the model "
            "outside the with block of attach(…)"
        )


class Shadow(InModel):
    """A function of a `method` in the place of one of the model's, with its name and signature."""

    def __init__(self, method: str, function: Callable[..., Any]) -> None:
        self.method, self._function = method, function
        update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)


class Layer(Shadow):
    """A function around another one; once it has ended it is that other one, for those around it."""

    def __init__(
        self, method: str, inner: Callable[..., Any], below: Any, wrapped: Callable[[Callable[..., Any]], Any]
    ) -> None:
        super().__init__(method, inner)
        self.below, self.ended, self._outer = below, False, wrapped(inner)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return (self._function if self.ended else self._outer)(*args, **kwargs)


class Hook(InModel):
    """What an attachment does before or after a module; nothing while the attachment is paused."""

    def __init__(self, attachment: Attachment, act: Callable[..., Any]) -> None:
        self.attachment, self._act = attachment, act

    def __call__(self, *given: Any) -> Any:
        if self.attachment.paused:
            return None
        self.attachment.reached = True
        if torch.compiler.is_exporting():
            raise ValueError(
                f"{self.attachment.method} decides by what a run computes, and what torch.export writes down "
                "is one run: export the model outside the with block of attach(…)"
            )
        return self._act(*given)


@contextmanager
def paused(*attachments: Attachment) -> Iterator[None]:
    """Let these attachments do nothing for the length of a `with` block."""
    before = [attachment.paused for attachment in attachments]
    for attachment in attachments:
        attachment.paused = True
    try:
        yield
    finally:
        for attachment, was in zip(attachments, before, strict=True):
            attachment.paused = was


def attachments_of(model: nn.Module) -> list[Attachment]:
    """All that is attached to a model or to a part of it."""
    found: list[Attachment] = []
    for module in model.modules():
        for hook in (*module._forward_pre_hooks.values(), *module._forward_hooks.values()):
            if isinstance(hook, Hook) and hook.attachment not in found:
                found.append(hook.attachment)
    return found
