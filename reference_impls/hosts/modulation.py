"""What a denoiser's block gives its self-attention: its input, normalised and modulated by the timestep.

Blocks make it in different ways (adaptive norms, tables of shifts and scales), so it is taken where it
arrives: the block is run up to its attention and no further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def modulated(block: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
    """What arrives at the self-attention of `block` in a call of its `forward`, which ends there.

    Raises ValueError where none arrives.
    """
    arrived: list[Tensor] = []

    def stop(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        arrived.append(given[0] if given else named["hidden_states"])
        raise _ArrivedError

    # Another hook there may be one of another method's, which is to see only what is computed.
    hook = block.attn1.register_forward_pre_hook(stop, prepend=True, with_kwargs=True)
    try:
        with torch.no_grad():
            forward(*args, **kwargs)
    except _ArrivedError:
        return arrived[0]
    finally:
        hook.remove()
    raise ValueError(f"{type(block).__name__} ran to its end without its self-attention, attn1")


class _ArrivedError(Exception):
    """Ends a block where its attention begins."""
