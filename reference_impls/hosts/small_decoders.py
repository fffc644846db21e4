"""Small, randomly initialised decoders of many families: what `transformers` calls them, and what a small one
of each needs besides its size. All their layers attend to the whole prompt, as hosts ask of a decoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import transformers

from reference_impls.hosts.small_models import build

LAYERS = 4
SMALL: Mapping[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
    "initializer_range": 0.2,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
# Of experts a small model has few, whatever its configuration calls them.
EXPERTS: Mapping[str, Any] = {
    "num_local_experts": 2,
    "num_experts": 2,
    "num_experts_per_tok": 1,
    "moe_intermediate_size": 8,
    "shared_expert_intermediate_size": 8,
    "n_routed_experts": 2,
    "n_group": 1,
    "topk_group": 1,
    "n_shared_experts": 1,
    "first_k_dense_replace": LAYERS,
    "moe_num_experts": 2,
    "moe_k": 1,
}
EIGHT: dict[str, Any] = {"head_dim": 8}
FULL: dict[str, Any] = {"layer_types": ["full_attention"] * LAYERS}
NOTHING: dict[str, Any] = {}

DECODERS: Mapping[str, Mapping[str, Any]] = {
    "Apertus": NOTHING,
    "Arcee": NOTHING,
    "BitNet": NOTHING,
    "Cohere": NOTHING,
    "Cohere2": EIGHT | FULL,
    "Cwm": EIGHT | FULL,
    "Ernie4_5": EIGHT,
    "Ernie4_5_Moe": NOTHING,
    "Exaone4": EIGHT | FULL | {"sliding_window": None},
    "FlexOlmo": NOTHING,
    "Gemma": EIGHT,
    "Gemma3": EIGHT | FULL,
    "Glm": EIGHT,
    "Glm4": EIGHT,
    "Granite": {"attention_multiplier": 1 / 64},
    "GraniteMoe": {"attention_multiplier": 1.0},
    "Helium": EIGHT,
    "HunYuanDenseV1": EIGHT,
    "Lfm2": FULL,
    "Llama": NOTHING,
    "MiniMaxM2": EIGHT,
    "Ministral3": EIGHT,
    "Mistral": {"sliding_window": None},
    "Mixtral": NOTHING,
    "NanoChat": NOTHING,
    "Nemotron": NOTHING,
    "Olmo": NOTHING,
    "Olmo2": NOTHING,
    "Olmo3": FULL,
    "Olmoe": NOTHING,
    "Phi": NOTHING,
    "Qwen2": NOTHING,
    "Qwen2Moe": NOTHING,
    "Qwen3": EIGHT,
    "Qwen3Moe": EIGHT,
    "SeedOss": EIGHT,
    "SmolLM3": {"no_rope_layers": [1, 0, 1, 1]},
    "StableLm": NOTHING,
    "Starcoder2": {"sliding_window": None},
}
"""What `transformers` calls a family -> the settings of a small one, besides its size."""


def whole_attention_alone(kind: str) -> bool:
    """Whether its small one attends to the whole prompt because it is told to; published ones may not."""
    return bool({"layer_types", "sliding_window"} & DECODERS[kind].keys())


def of_family(kind: str, attention: str = "eager") -> Any:
    """A decoder of one of the `DECODERS`."""
    settings = {
        key: tuple(value) if isinstance(value, list) else value for key, value in DECODERS[kind].items()
    }
    return decoder(kind, attention, **settings)


@cache
def decoder(kind: str, attention: str = "eager", **settings: Any) -> Any:
    """A decoder of any family that `transformers` calls so, with further `settings`; lists as tuples."""
    model = getattr(transformers, f"{kind}ForCausalLM")
    known = {field.name for field in fields(model.config_class)}
    given = {key: value for key, value in EXPERTS.items() if key in known}
    given |= {key: list(value) if isinstance(value, tuple) else value for key, value in settings.items()}
    config = model.config_class(**{**SMALL, **given, "attn_implementation": attention})
    return build(lambda: model(config))
