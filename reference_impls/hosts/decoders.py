"""The decoder inside a model, and whether a prompt can be followed through its layers."""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

from reference_impls.hosts.projections import find_layers, find_projection


def text_model(model: nn.Module) -> nn.Module:
    """The decoder inside `model`: the module that owns the layers and the rotary embedding, and of several
    the first one that reads words, since encoders of images may be built alike.
    """
    found: list[Any] = [
        module
        for module in model.modules()
        if isinstance(getattr(module, "layers", None), nn.ModuleList)
        and hasattr(module, "rotary_emb")
        and hasattr(getattr(module, "config", None), "_attn_implementation")
    ]
    if not found:
        raise ValueError(
            f"{type(model).__name__} has no decoder with rotary positions, such as Llama's or Qwen2's"
        )
    decoder = next((one for one in found if hasattr(one.config, "vocab_size")), found[0])
    configs = (getattr(model, "config", None), decoder.config)
    if any(getattr(config, "is_encoder_decoder", False) for config in configs):
        raise ValueError(
            f"{type(model).__name__} reads a prompt with an encoder, and its decoder looks at that one's "
            "output: only models that are a decoder alone, such as Llama, are followed"
        )
    return decoder


def last_norm(decoder: nn.Module) -> nn.Module:
    """What normalises the last layer's output: Llama's `norm`, Phi's `final_layernorm`.

    Raises ValueError for a decoder that has none, or several of which it might be.
    """
    found = [child for name, child in decoder.named_children() if "norm" in name]
    if len(found) == 1:
        return found[0]
    raise ValueError(
        f"{type(decoder).__name__} has {len(found)} norms behind its layers, and one is looked for"
    )


def _looks_beside(layer: nn.Module) -> bool:
    return not {"cross_attention_states", "encoder_hidden_states"}.isdisjoint(
        inspect.signature(layer.forward).parameters
    )


def fitting_layers(model: nn.Module, decoder: Any) -> nn.ModuleList | nn.Sequential:
    """The attention layers of a decoder, if a prompt can be followed through them.

    Raises ValueError with what is in the way.
    """
    name = type(model).__name__
    kinds = set(getattr(decoder.config, "layer_types", None) or ())
    layers = find_layers(decoder)
    others = kinds - {"full_attention", "sliding_attention"}
    if others or (layers is not None and any(find_projection(layer, "queries") is None for layer in layers)):
        named = ", ".join(sorted(others)) or "without attention"
        raise ValueError(
            f"{name} has layers of other kinds ({named}) than those that attend to all tokens before, and a "
            "prompt is followed only through a decoder in which every layer does that"
        )
    if layers is None:
        raise ValueError(
            f"{type(decoder).__name__} has no attention layers with a matrix each for queries, keys and "
            "values, as Llama's have; one matrix for all three, as Phi-3's, is not supported"
        )
    if any(_looks_beside(layer) for layer in layers):
        raise ValueError(
            f"{name} has layers that attend to an image beside the prompt (cross-attention), as Llama 3.2 "
            "Vision, and a prompt is followed only through layers that attend to its own tokens"
        )
    # Where layers are of several kinds, some configurations refuse to name one window for all.
    if "sliding_attention" in kinds or (
        not kinds and getattr(decoder.config, "sliding_window", None) is not None
    ):
        raise ValueError(
            f"{name} uses sliding-window attention, whose cache already forgets; for texts shorter than the "
            "window, where it changes nothing, load the model with sliding_window=None if its configuration "
            "has that"
        )
    attention = decoder.config._attn_implementation
    if attention not in ("eager", "sdpa") and not attention.startswith("flash"):
        raise ValueError(f"the masks of {attention} are not known here: load the model with sdpa attention")
    if getattr(model, "base_model", model) is not model and not hasattr(model, "generate"):
        raise ValueError(
            f"{name} looks for its answer at a place of the whole prompt: attach to a model that generates, "
            "or to the decoder inside, and read its last hidden state"
        )
    return layers
