"""Where methods act: `attach(method, model)` puts a method into a real model and takes it out without a
trace.

One module per stage; each knows how `transformers` or `diffusers` build that place, and nothing about papers.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from torch import nn

from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.compiled import refuse_compiled, refuse_compiled_parts
from reference_impls.hosts.contract import check_method
from reference_impls.hosts.decoders import text_model
from reference_impls.hosts.layer_sizes import layer_sizes
from reference_impls.registry import Method, describe
from reference_impls.run_cost import DECODING

# The module that serves a stage of `registry.Stage`, and what its `Context` offers there.
HOSTS = {
    "vit-block": "vit_block",
    "audio-encoder": "vit_block",
    "encoder-layer": "encoder_layer",
    "vision-output": "vision_output",
    "projector": "vision_output",
    "decoder-prefill": "decoder_prefill",
    "kv-cache": "kv_cache",
    "diffusion-step": "diffusion_step",
    "prompt": "prompt",
}

PARTS = ("transformer", "unet", "model")
"""What pipelines call the model that they run."""


def attach(
    method: Any, model: Any, *, stage: str | None = None, report_tokens: bool = False, **where: Any
) -> Attaching:
    """Let `method` act inside `model` for the length of a `with` block, and only there.

    Parameters
    ----------
    method : an instance of a method's settings class, such as `FastV(keep=0.5)`.
    model : a model of `transformers` or `diffusers`; its weights, hooks and class stay as they were.
    stage : where to act, by default where the method's paper does.
    report_tokens : whether the reductions in the report hold the shortened tokens themselves. They stay in
        memory until the next run, as much as every layer's input where a method acts in every layer.
    where : what the host cannot see by itself, such as `candidates=slice(5, 41)`; see the host's `install`.

    The block begins with a ValueError where the model has no such place or does not show what the method
    looks at, where the method is not written as hosts need it, and for compiled code and wrappers, inside
    which the model is.
    """
    return Attaching(model, lambda: _installed(method, model, stage, report_tokens, where))


class Attaching(AbstractContextManager[Attachment]):
    """A `with` block that has not begun: the method acts inside it, and what it did is in the block's name,
    as in `with attach(method, model) as attached`.
    """

    def __init__(self, model: Any, install: Callable[[], Attachment]) -> None:
        self._model, self._install = model, install
        self._begun: Attachment | None = None
        self._used = False

    def __enter__(self) -> Attachment:
        if self._used:
            raise ValueError("this attach(…) had its with block: write attach(…) anew")
        self._used = True
        self._begun = self._install()
        return self._begun

    def __exit__(self, error: object = None, *_: object) -> None:
        if self._begun is None:
            return
        self._begun.remove()
        if error is None and not self._begun.reached:
            warnings.warn(
                f"{self._begun.method} did nothing: in its with block nothing ran through the "
                f"{type(self._model).__name__} that it was attached to. Run that very model inside, not "
                "another one and not what torch.compile made of it",
                RuntimeWarning,
                stacklevel=2,
            )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"attach(…) has no {name}, the block's name has: `with attach(method, model) as attached:`, then "
            f"attached.{name}"
        )

    def __del__(self) -> None:
        if not self._used:
            warnings.warn(
                "attach(…) without a with block changes nothing: write `with attach(method, model):` and run "
                "the model inside",
                RuntimeWarning,
                stacklevel=2,
            )


def _installed(
    method: Any, model: Any, stage: str | None, report_tokens: bool, where: dict[str, Any]
) -> Attachment:
    """The method in the model; where it is refused, nothing of it stays there."""
    _refuse_no_method(method)
    refuse_outside(model)
    stage = stage_of(method) if stage is None else stage
    if stage not in HOSTS:
        raise ValueError(
            f"nothing can be attached at stage '{stage}'; there are hosts for {', '.join(HOSTS)}"
        )
    host = importlib.import_module(f"reference_impls.hosts.{HOSTS[stage]}")
    check_method(method, stage, host.OFFERS)
    takes = [
        one.name
        for one in inspect.signature(host.install).parameters.values()
        if one.kind is one.KEYWORD_ONLY
    ]
    unknown = sorted(set(where) - set(takes))
    if unknown:
        known = ", ".join(f"{name}=" for name in takes) or "nothing more"
        raise ValueError(f"a host for {stage} takes no {', '.join(unknown)}; it takes {known}")
    attachment = Attachment(type(method).__name__, stage, report_tokens)
    try:
        host.install(attachment, method, model, **where)
        refuse_compiled_parts(attachment, model)
        _weigh(attachment, method, model)
    except BaseException:
        attachment.remove()
        raise
    return attachment


def _refuse_no_method(method: Any) -> None:
    """Raise ValueError for what is no method with its settings, such as the model, given first."""
    if not isinstance(method, type) and (hasattr(method, "reduce") or hasattr(method, "around")):
        return
    if isinstance(method, nn.Module):
        raise ValueError(
            f"{type(method).__name__} is no method, and attach takes the method first: attach(method, model)"
        )
    if isinstance(method, Method):
        kind = method.implementation.__name__
        raise ValueError(
            f"this describes {method.name}, and what acts is an instance of its implementation, {kind}: "
            f"from {method.implementation.__module__} import {kind}"
        )
    raise ValueError(f"{method!r:.80} is no method with its settings; give an instance: FastV(keep=0.5)")


def _weigh(attachment: Attachment, method: Any, model: Any) -> None:
    """Note what `Attachment.cost` counts with."""
    attachment.place = getattr(method, "place", "inside block")
    attachment.shortens = getattr(method, "shortens", "tokens")
    if attachment.stage == "diffusion-step":
        return
    attachment.sizes = layer_sizes(_decoder_of(model) if attachment.stage in DECODING else model)


def _decoder_of(model: Any) -> Any:
    """The decoder inside a model, or all of the model where no prompt is followed through one."""
    try:
        return text_model(model)
    except ValueError:
        return model


def stage_of(method: Any) -> str:
    """Where a method acts by itself: at the `stage` of its class, else of its paper.

    Raises ValueError for a method without either.
    """
    stage = getattr(method, "stage", None)
    if stage is None:
        described = describe(method)
        if described is None:
            raise ValueError(
                f"{type(method).__name__} describes no stage; pass stage=, one of {', '.join(HOSTS)}"
            )
        stage = described.stage
    return str(stage)


def refuse_outside(model: Any, written: str = "attach(method, model)") -> None:
    """Raise ValueError for what is no model, or has it inside where hooks would not do; `written` is the call
    that it is meant for.
    """
    if not callable(getattr(model, "modules", None)):
        parts = [name for name in PARTS if isinstance(getattr(model, name, None), nn.Module)]
        advice = f"give the model in it, its {parts[0]}" if parts else f"write {written}"
        if isinstance(model, str):
            advice = f"load it first, and {advice}; `python -m reference_impls methods NAME` takes a name"
        raise ValueError(f"{type(model).__name__} is no PyTorch model; {advice}")
    refuse_compiled(model)
    if isinstance(getattr(model, "module", None), nn.Module) and not hasattr(model, "config"):
        raise ValueError(
            f"{type(model).__name__} is a wrapper: attach to the model inside it, wrapper.module"
        )
