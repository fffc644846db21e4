"""Where methods act: `attach(method, model)` puts a method into a real model and takes it out without a
trace.

One module per stage; each knows how `transformers` or `diffusers` build that place, and nothing about papers.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from reference_impls.hosts.attachment import Attachment
from reference_impls.registry import describe

# The module that serves a stage and what its `Context` offers there. A stage of `registry.Stage` without a
# host here is a place that no method acts at yet.
HOSTS = {
    "vit-block": "vit_block",
    "encoder-layer": "encoder_layer",
    "vision-output": "vision_output",
    "decoder-prefill": "decoder_prefill",
    "kv-cache": "kv_cache",
    "diffusion-step": "diffusion_step",
    "prompt": "prompt",
}

PARTS = ("transformer", "unet", "model")
"""What pipelines call the model that they run."""


@contextmanager
def attach(
    method: Any, model: Any, *, stage: str | None = None, report_tokens: bool = False, **where: Any
) -> Iterator[Attachment]:
    """Let `method` act inside `model` for the length of a `with` block.

    Parameters
    ----------
    method : an instance of a method's settings class, such as `FastV(keep=0.5)`.
    model : a model of `transformers` or `diffusers`; its weights, hooks and class stay as they were.
    stage : where to act, by default where the method's paper does.
    report_tokens : whether the reductions in the report hold the shortened tokens themselves. They stay in
        memory until the next run, as much as every layer's input where a method acts in every layer.
    where : what the host cannot see by itself, such as `candidates=slice(5, 41)`; see the host's `install`.

    Raises ValueError where the model has no such place or does not show what the method looks at, and for
    compiled code and wrappers, inside which the model is.
    """
    if isinstance(method, type) or not (hasattr(method, "reduce") or hasattr(method, "around")):
        raise ValueError(f"{method!r:.80} is no method with its settings; give an instance: FastV(keep=0.5)")
    _refuse_outside(model)
    if stage is None:
        described = describe(method)
        if described is None:
            raise ValueError(
                f"{type(method).__name__} describes no stage; pass stage=, one of {', '.join(HOSTS)}"
            )
        stage = described.stage
    if stage not in HOSTS:
        raise ValueError(
            f"nothing can be attached at stage '{stage}'; there are hosts for {', '.join(HOSTS)}"
        )
    host = importlib.import_module(f"reference_impls.hosts.{HOSTS[stage]}")
    missing = sorted(set(getattr(method, "needs", ())) - host.OFFERS)
    if missing:
        raise ValueError(
            f"{type(method).__name__} looks at {', '.join(missing)}, which a host for {stage} cannot show; "
            f"it shows {', '.join(sorted(host.OFFERS))}"
        )
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
        yield attachment
    finally:
        attachment.remove()


def _refuse_outside(model: Any) -> None:
    """Raise ValueError for what is no model, or has it inside where hooks would not do."""
    if not callable(getattr(model, "modules", None)):
        parts = [name for name in PARTS if isinstance(getattr(model, name, None), nn.Module)]
        advice = f"attach to the model in it, its {parts[0]}" if parts else "write attach(method, model)"
        raise ValueError(f"{type(model).__name__} is no PyTorch model; {advice}")
    inside = getattr(model, "_orig_mod", None)
    if inside is not None or getattr(model, "_compiled_call_impl", None) is not None:
        named = "its _orig_mod" if inside is not None else "one that was not compiled"
        raise ValueError(f"code that torch.compile made passes hooks by: attach to the model itself, {named}")
    if isinstance(getattr(model, "module", None), nn.Module) and not hasattr(model, "config"):
        raise ValueError(
            f"{type(model).__name__} is a wrapper: attach to the model inside it, wrapper.module"
        )
