"""`generate` of a model that something is attached to: what it was asked for, and what it gives back."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from reference_impls.hosts.attachment import Attachment

DRAFTING = ("assistant_model", "prompt_lookup_num_tokens", "assistant_early_exit", "use_mtp")
"""Options that let drafts of the answer be read together with the prompt."""

PACKING = ("generate_batch", "init_continuous_batching", "continuous_batching_context_manager")
"""By what several prompts get into one sequence."""


def named(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments of a call by their names; those that have none are a tuple under the name "*"."""
    bound = inspect.signature(function).bind_partial(*args, **kwargs)
    given: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            given |= value
        else:
            given["*" if kind is inspect.Parameter.VAR_POSITIONAL else name] = value
    return given


def option(model: Any, given: dict[str, Any], name: str) -> Any:
    """What `generate` was told: as an argument, in its settings, or in the model's own; None if nothing."""
    if given.get(name) is not None:
        return given[name]
    for told in (given.get("generation_config"), getattr(model, "generation_config", None)):
        if getattr(told, name, None) is not None:
            return getattr(told, name)
    return None


def padding_mask(model: Any, given: dict[str, Any], ids: Tensor) -> Tensor | None:
    """What `generate` makes of a prompt (B, N) that comes without a mask: (B, N), 0 where the token is the
    padding's, if that is not a text's end as well; None where there is none.
    """
    pad, end = (option(model, given, name) for name in ("pad_token_id", "eos_token_id"))
    ends = [] if end is None else torch.as_tensor(end).flatten().tolist()
    if pad is None or int(pad) in ends:
        return None
    mask = ids != int(pad)
    return None if bool(mask.all()) else mask.long()


def refuse_unfollowed(attachment: Attachment, model: Any) -> None:
    """Let the model's `generate` refuse what a shortened sequence cannot be followed through."""

    def checking(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def generate(*args: Any, **kwargs: Any) -> Any:
            given, method = named(original, args, kwargs), attachment.method
            for name in DRAFTING:
                if option(model, given, name):
                    raise ValueError(
                        f"with {name} drafts stand behind the prompt, and {method} would take them for "
                        "a part of it: generate without drafts"
                    )
            if option(model, given, "use_cache") is False:
                raise ValueError(
                    f"without a cache every step reads the whole prompt anew, and {method} acts on it once: "
                    "generate with use_cache=True"
                )
            if option(model, given, "prefill_chunk_size"):
                raise ValueError(
                    f"{method} acts on a prompt that is read in one piece: generate without "
                    "prefill_chunk_size"
                )
            return original(*args, **kwargs)

        return generate

    if hasattr(model, "generate"):
        attachment.wrap(model, "generate", checking)
    refuse_packing(attachment, model)


def refuse_packing(attachment: Attachment, model: Any) -> None:
    """Let the model refuse continuous batching, which puts several prompts into one sequence."""

    def refusing(original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def refuse(*_: Any, **__: Any) -> Any:
            raise ValueError(
                f"continuous batching packs several prompts into one sequence, and {attachment.method} would "
                "take them for one: call generate with a padded batch"
            )

        return refuse

    for name in PACKING:
        if hasattr(model, name):
            attachment.wrap(model, name, refusing)


def with_whole_prompt(output: Any, read: Tensor, prompt: Tensor) -> Any:
    """What `generate` gave back for the prompt that was `read` (B, M), with the caller's `prompt` (B, N) in
    its place, so that callers find the answer behind their own prompt. Each row may stand several times.

    An output that does not begin with what was read, such as a decoder's behind an encoder, stays as it is.
    """
    if not isinstance(output, Tensor):
        if isinstance(getattr(output, "sequences", None), Tensor):
            output.sequences = with_whole_prompt(output.sequences, read, prompt)
        return output
    if output.ndim != 2 or output.shape[0] % read.shape[0]:
        return output
    times, begins = output.shape[0] // read.shape[0], output[:, : read.shape[1]]
    if not torch.equal(begins, read.repeat_interleave(times, dim=0).to(begins)):
        return output
    whole = prompt.repeat_interleave(times, dim=0).to(output)
    return torch.cat([whole, output[:, read.shape[1] :]], dim=1)


class WholePromptFirst:
    """A streamer that hands on to another, which is given the caller's prompt for the one that was read."""

    def __init__(self, streamer: Any, prompt: Tensor) -> None:
        self._streamer, self._prompt = streamer, prompt
        self._begun = False

    def put(self, value: Tensor) -> None:
        """What `generate` has to show: first the prompt, then new tokens."""
        self._streamer.put(value if self._begun else self._prompt.to(value.device))
        self._begun = True

    def end(self) -> None:
        """There is no more."""
        self._streamer.end()
