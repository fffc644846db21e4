"""What a host shows a method at the place where the method acts.

A host fills in what its place has; a method names in `needs` what it looks at, and `attach` refuses a pair
that does not fit. Not here: how a host finds these tensors (`hosts/`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from torch import Tensor


@dataclass(frozen=True)
class Crops:
    """How one image was cut: an overview, then `rows * columns` crops in raster order; sizes in pixels. Of an
    image that was not cut there is the overview alone, with no rows and no columns.
    """

    rows: int
    columns: int
    height: int
    width: int

    @property
    def count(self) -> int:
        """The overview and the crops."""
        return 1 + self.rows * self.columns


class Reading(Protocol):
    """A language model in the middle of a text."""

    def read(self, ids: Tensor) -> Tensor:
        """Read on, (N,) token ids, and say how surprising each was: (N,) float32 -ln p(token | all that was
        read before it). Of a text's first token nothing is known: nan.
        """

    def place(self) -> Any:
        """Where the reading is, for `go_back`."""

    def go_back(self, place: Any) -> None:
        """Forget all that was read after `place`."""


@dataclass(frozen=True)
class Context:
    """The surroundings of (B, N, D) tokens. All fields are optional; shapes use B batch, N tokens, H heads, d
    head width.

    Parameters
    ----------
    queries, keys, values : (B, H, N, d)
        Of the attention layer beside the tokens; in a decoder what the layer itself attends with, whatever
        turns or normalises it, and queries scaled so that its softmax is that of QK^T / sqrt(d). Keys and
        values may have fewer heads (grouped-query attention).
    future_queries : (B, H, N, d)
        The same queries, turned not by their own positions but as on average over the next positions behind
        the prompt, as many as the method's `horizon`.
    cross_queries, cross_keys : (B, H, N, d) and (B, H, T, d)
        The same of the cross-attention to T words, in diffusion blocks that have one.
    plain_queries, plain_keys : (B, H, N, d)
        The same, of tokens that no rotary embedding turns by their positions.
    size : (B, N)
        How many original tokens each token already stands for.
    valid : (B, N) bool
        False for padding.
    given : (B,) int64
        In a KV cache that is chosen from again: how many tokens of each sequence it was given so far, padding
        left out, of which N are those that it still holds. None: all of them.
    stands : (B, H, N) int64
        In such a cache: where in its sequence each entry stands, counted from 0, padding left out, and -1 for
        padding. None: all of the sequence is there, in order.
    seen : (B, H, N, N) bool; B and H may be 1
        Of a prompt in which tokens attend to later ones: which tokens (last) each token attends to. None: in
        a decoder, those up to itself.
    candidates : (B, N) bool
        The tokens that may be removed, such as the image's in a prompt. None: all but the protected ones.
    protected : int
        Leading tokens that always stay: 1 with a class token, 2 with a distillation token as well.
    class_attention : (B, H, N)
        The class token's attention to the tokens, where the class token is no longer among them.
    class_logits : (B, H, 1 + N)
        The same before the softmax: the class token's products with itself and with each token, over sqrt(d).
    early_class_attention : (B, H, N)
        The class token's attention in the encoder's first layer.
    received_attention : (B, N)
        The attention that each token receives from all tokens of its image or frame, averaged over heads.
    projected : (B, N, E)
        The encoder's tokens as the projector hands them to the language model.
    embeddings : (B, N, D)
        What the decoder's first layer was given for these tokens.
    normalised : (B, N, D)
        The tokens after the decoder's final normalisation.
    text : (B, T, E)
        Embeddings of the question, for methods that judge by it; `text_valid` (B, T) marks padding.
    ids : (B, N) int64
        The tokens' numbers in the vocabulary, where they are words.
    logits : (B, N, V)
        What a language model expects after each of these words.
    reader : callable
        Begins to read: `reader()` is a language model before a text, for methods that let it read otherwise
        than straight through.
    units : (B, N) int64
        Equal for words that belong together, such as a phrase. None: each stands alone. Words whose unit is
        below 0 belong to none, and are no candidates.
    grid : (height, width)
        Of the patches, in tokens, without the protected ones.
    crops : tuple of Crops
        For models that cut images: one per image. Each image's crops are consecutive elements of the batch.
    pixels : (B, C, T, H, W)
        What the vision encoder was given, an image as a video of one frame.
    places : (B, N) int64
        In a prompt with videos: equal for tokens at the same place of different frames, -1 outside.
    frames : int
        How many frames the tokens of a video make, in order.
    layer, layers : int
        Which layer this is, counted from 0, and how many there are.
    step, steps : int
        Which denoising step this is, counted from 0, and how many there are; `timestep` is the scheduler's
        value.
    downsample : int
        How many times smaller than the latent this block's image is, in each direction.
    module : str
        Which part of a diffusion model asks: "attention", "temporal-attention", "cross-attention",
        "feed-forward", the whole "block" or the whole "denoiser".
    images : int
        How many images or videos a diffusion model draws in this call, each as many rows of the batch.
    block_input : (B, N, D)
        What went into the diffusion block, before its first normalisation.
    modulated : callable
        Finds what this diffusion block's self-attention is given, by running the block up to there:
        `modulated()` is its input, normalised and modulated by the timestep.
    memory : dict
        Kept by the host for this module between the calls of one run, for methods that reuse earlier outputs.
    block_memory : dict
        The same, shared by the modules of one diffusion block.
    run_memory : dict
        The same, shared by all diffusion blocks, or by all layers of a KV cache.
    """

    queries: Tensor | None = None
    plain_queries: Tensor | None = None
    future_queries: Tensor | None = None
    plain_keys: Tensor | None = None
    keys: Tensor | None = None
    values: Tensor | None = None
    cross_queries: Tensor | None = None
    cross_keys: Tensor | None = None
    size: Tensor | None = None
    valid: Tensor | None = None
    given: Tensor | None = None
    stands: Tensor | None = None
    seen: Tensor | None = None
    candidates: Tensor | None = None
    protected: int = 0
    class_attention: Tensor | None = None
    class_logits: Tensor | None = None
    early_class_attention: Tensor | None = None
    received_attention: Tensor | None = None
    projected: Tensor | None = None
    embeddings: Tensor | None = None
    normalised: Tensor | None = None
    text: Tensor | None = None
    text_valid: Tensor | None = None
    ids: Tensor | None = None
    logits: Tensor | None = None
    reader: Callable[[], Reading] | None = None
    units: Tensor | None = None
    grid: tuple[int, int] | None = None
    crops: tuple[Crops, ...] | None = None
    pixels: Tensor | None = None
    places: Tensor | None = None
    frames: int | None = None
    layer: int = 0
    layers: int = 1
    step: int = 0
    steps: int | None = None
    timestep: float | None = None
    downsample: int = 1
    module: str = "attention"
    images: int = 1
    block_input: Tensor | None = None
    modulated: Callable[[], Tensor] | None = None
    memory: dict[Any, Any] = field(default_factory=dict)
    block_memory: dict[Any, Any] = field(default_factory=dict)
    run_memory: dict[Any, Any] = field(default_factory=dict)

    def require(self, name: str) -> Any:
        """The field `name`, or a clear error where the host does not show it."""
        value = getattr(self, name)
        if value is None:
            raise ValueError(f"this method needs the context's '{name}', which was not given here")
        return value

    def require_class_token(self, name: str) -> None:
        """Raise ValueError where no class token leads the tokens; the method of this name judges by it."""
        if self.protected < 1:
            raise ValueError(f"{name} judges by the class token, and this model has none")

    def with_(self, **changes: Any) -> Context:
        """The same context with some fields changed."""
        return replace(self, **changes)
