"""A block that is run part by part does what the layer does: it is held against the layer itself, whatever
family that is of, before a method acts in it.

Three questions, none about names of models. Does the layer have parts or weights that nobody would run? Does
it give the very same numbers? And does it treat its tokens alike, whatever their number and order?
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.hosts.judge import undisturbed
from reference_impls.hosts.plain_block import PlainBlock, unknown_block
from reference_impls.hosts.projections import find_projection
from reference_impls.hosts.speech_block import SpeechBlock, is_speech_block
from reference_impls.hosts.timm_block import TimmBlock, is_timm_block

Block = PlainBlock | SpeechBlock | TimmBlock

TOKENS = 7
"""Of the trial: few, and of no grid."""
MASKS = ("attention_mask", "attn_mask")
"""What transformers and timm call a block's mask."""


def block_of(layer: nn.Module) -> Block:
    """The layer's parts.

    Raises ValueError for a layer that has others than those of a pre-norm block.
    """
    block: Block
    if is_timm_block(layer):
        block = TimmBlock(layer)
    elif is_speech_block(layer):
        block = SpeechBlock(layer)
    else:
        block = PlainBlock(layer)
    others = [
        name
        for name, part in layer.named_children()
        if name not in block.parts and not isinstance(part, nn.Identity)
    ]
    others += [name for name, _ in layer.named_parameters(recurse=False)]
    others += [name for name, _ in layer.named_buffers(recurse=False)]
    if others:
        raise unknown_block(layer, f"it also has {', '.join(others)}")
    return block


def check_rebuilt(layer: nn.Module, block: Block, original: Callable[..., Any]) -> None:
    """Hold `block` against the layer's `original` forward on a few random tokens.

    Raises ValueError where the two differ, and where a token's result depends on its place in the sequence,
    which is another one when tokens before it are gone.  Weights that are nowhere ("meta") give no numbers to
    compare: then only shapes are.
    """
    told = inspect.signature(original).parameters
    if "position_embeddings" in told:
        raise unknown_block(layer, "image encoders whose blocks rotate positions are not supported")
    tokens, mask = _trial(layer), {name: None for name in MASKS if name in told}
    with undisturbed(layer):
        try:
            expected = original(tokens, **mask)
            found = block.feed_forward(block.attend(tokens, None, {}))
        except Exception as error:  # a layer of another make may fail in any way
            raise unknown_block(layer, "it does not run on any number of tokens alone, (B, N, D)") from error
    if not isinstance(expected, Tensor):
        raise unknown_block(layer, f"it gives a {type(expected).__name__} and not the tokens alone")
    if tokens.is_meta and found.shape == expected.shape:
        return
    if tokens.is_meta or not _near(found, expected, tokens, 0.0):
        raise unknown_block(
            layer,
            "attention and MLP, each added to what it was given, make something else of its input than it",
        )
    turned = expected.flip(0, 1)
    if not _near(turned, expected, tokens, max(1e-3, 4 * torch.finfo(tokens.dtype).eps)):
        raise unknown_block(
            layer,
            "what it makes of a token depends on the token's place in the sequence, and tokens that are "
            "removed change the places of others",
        )


def _trial(layer: nn.Module) -> Tensor:
    """Random tokens (2, N, D) of the width and precision that the layer takes: a row, and the same turned
    round.
    """
    found = find_projection(layer, "queries")
    width = None if found is None else getattr(found[1], "in_features", None)
    weights = [weight for weight in layer.parameters() if weight.is_floating_point()]
    if not isinstance(width, int) or not weights:
        raise unknown_block(layer, "no matrix projects its queries")
    row = torch.randn(TOKENS, width, generator=torch.Generator().manual_seed(0))
    device = weights[0].device
    if any(hasattr(part, "_hf_hook") for part in layer.modules()):
        # Weights that it keeps elsewhere are on "meta" until they are needed, and it moves the tokens itself.
        device = torch.device("cpu") if device.type == "meta" else device
    return torch.stack([row, row.flip(0)]).to(device, weights[0].dtype)


def _near(found: Tensor, expected: Tensor, given: Tensor, share: float) -> bool:
    """Whether two results are the same but for rounding and a `share` of what was added to the input."""
    if found.shape != expected.shape:
        return False
    apart, added = ((one - other).float().norm() for one, other in ((found, expected), (expected, given)))
    rounding = 8 * torch.finfo(given.dtype).eps * expected.float().norm()
    return bool(apart <= share * added + rounding)
