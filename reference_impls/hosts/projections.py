"""What an attention layer without rotary positions projected: its queries, keys and values, caught on the way
instead of computed again.

Catching the projections leaves the model's own attention kernel (SDPA, flash) as it is; a criterion then
needs only the rows it asks for. Decoders, which turn what they projected, have `attending.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from reference_impls.hosts.attachment import Attachment

# The names that transformers and diffusers give to the three projections, by model family.
NAMES = {
    "queries": ("q_proj", "query", "to_q"),
    "keys": ("k_proj", "key", "to_k"),
    "values": ("v_proj", "value", "to_v"),
}
# timm's vision transformers project all three in one matrix, in this order.
FUSED = "qkv"


def find_projection(module: nn.Module, kind: str) -> tuple[nn.Module, nn.Module] | None:
    """The attention module inside `module` that projects `kind`, and that projection."""
    for candidate in module.modules():
        for name in (*NAMES[kind], FUSED):
            projection = getattr(candidate, name, None)
            if isinstance(projection, nn.Module):
                return candidate, projection
    return None


def find_layers(model: nn.Module) -> nn.ModuleList | nn.Sequential | None:
    """The outermost list of transformer layers: modules that each project queries."""
    for module in model.modules():
        if (
            isinstance(module, nn.ModuleList | nn.Sequential)
            and len(module)
            and find_projection(module[0], "queries") is not None
        ):
            return module
    return None


def feature_layer(layers: nn.ModuleList | nn.Sequential, model: nn.Module) -> int:
    """The number of the encoder's layer whose output `model` takes as the features of its images.

    Raises ValueError where its configuration names no single layer.
    """
    chosen = getattr(getattr(model, "config", None), "vision_feature_layer", None)
    if not isinstance(chosen, int):
        raise ValueError(
            f"{type(model).__name__} does not take its image features from one layer of the encoder that its "
            "configuration names; only such models are supported"
        )
    # hidden_states[0] is the embedding, so hidden_states[i] is the output of layer i - 1.
    return chosen - 1 if chosen > 0 else len(layers) + chosen


def module_path(root: nn.Module, target: nn.Module) -> Iterator[nn.Module]:
    """Every module that contains `target`, from `root` inwards, `root` included."""
    for module in root.modules():
        if any(inner is target for inner in module.modules()):
            yield module


def head_width(attention: nn.Module, width: int) -> int:
    """The width of one attention head."""
    for name in ("head_dim", "attention_head_size"):
        value = getattr(attention, name, None)
        if isinstance(value, int):
            return value
    for name in ("num_heads", "num_attention_heads", "heads"):
        value = getattr(attention, name, None)
        if isinstance(value, int):
            return width // value
    raise ValueError(f"{type(attention).__name__} says nothing about its heads")


def split_heads(projected: Tensor, width: int) -> Tensor:
    """(B, N, H * d) to (B, H, N, d)."""
    return projected.unflatten(-1, (-1, width)).transpose(1, 2)


def check_caught(hidden: Tensor, caught: dict[str, Tensor]) -> None:
    """Raise ValueError where queries, keys or values are not those of the tokens, head by head."""
    for kind, states in caught.items():
        if states.ndim != 4 or states.shape[2] != hidden.shape[1]:
            raise ValueError(
                f"this model's attention forms its {kind} as {tuple(states.shape)}, not (B, H, N, d) of "
                f"{hidden.shape[1]} tokens: a method that looks at {kind} cannot act in it"
            )


class Projections:
    """Catches the queries, keys and values of one layer's attention while `attachment` lasts."""

    def __init__(self, attachment: Attachment, layer: nn.Module, kinds: frozenset[str]) -> None:
        self._caught: dict[str, Tensor] = {}
        for kind in NAMES:
            if kind in kinds:
                self._listen(attachment, layer, kind)

    def _listen(self, attachment: Attachment, layer: nn.Module, kind: str) -> None:
        found = find_projection(layer, kind)
        if found is None:
            raise ValueError(f"{type(layer).__name__} has no projection of {kind} that is known here")
        owner, projection = found
        if projection is getattr(owner, FUSED, None):
            self._listen_to_part(attachment, owner, projection, kind)
            return
        # Qwen3 and others normalise each head after projecting: then the normalised ones count.
        normaliser = getattr(owner, {"queries": "q_norm", "keys": "k_norm"}.get(kind, ""), None)
        width = head_width(owner, getattr(projection, "out_features", 0))

        def catch(_: nn.Module, __: Any, ___: Any, output: Tensor) -> None:
            heads = output.transpose(1, 2) if output.ndim == 4 else split_heads(output, width)
            self._caught[kind] = heads

        attachment.after(normaliser if isinstance(normaliser, nn.Module) else projection, catch)

    def _listen_to_part(
        self, attachment: Attachment, owner: nn.Module, projection: nn.Module, kind: str
    ) -> None:
        part = tuple(NAMES).index(kind)
        width = head_width(owner, getattr(projection, "out_features", 0) // len(NAMES))

        def catch(_: nn.Module, __: Any, ___: Any, output: Tensor) -> None:
            self._caught[kind] = split_heads(output.chunk(len(NAMES), dim=-1)[part], width)

        def catch_normalised(_: nn.Module, __: Any, ___: Any, output: Tensor) -> None:
            self._caught[kind] = output  # already split into heads

        normaliser = getattr(owner, {"queries": "q_norm", "keys": "k_norm"}.get(kind, ""), None)
        if isinstance(normaliser, nn.Module):
            attachment.after(normaliser, catch_normalised)
        else:
            attachment.after(projection, catch)

    def take(self) -> dict[str, Tensor]:
        """The caught tensors (B, H, N, d); handed out once, so that none outlives its use."""
        caught, self._caught = self._caught, {}
        return caught
