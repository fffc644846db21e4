"""The language model that judges a prompt: which models can, and how one reads that does other work besides.

A judge reads words only: of an image it sees the placeholders, as any other tokens, one position each.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.hosts.adapters import device_of_words, is_without_weights, refuse_virtual_tokens
from reference_impls.hosts.attachment import attachments_of, paused

STORED = "rope_deltas"
"""Where Qwen's models keep how far the latest prompt's images moved its positions."""


def refuse_unfit(model: Any) -> None:
    """Raise ValueError where a model does not say, token by token, what it expects next."""
    name = type(model).__name__
    refuse_virtual_tokens(model)
    if not (hasattr(model, "can_generate") and model.can_generate()):
        raise ValueError(f"{name} is no causal language model, and cannot judge a prompt")
    if model.config.is_encoder_decoder:
        raise ValueError(f"{name} is no causal language model: its encoder reads the prompt as a whole")
    if not hasattr(embeddings_of_words(model), "num_embeddings"):
        raise ValueError(f"{name} has no one table of words, and cannot judge a prompt")
    # Encoders with a head for generation, such as BERT's, see what comes after a token unless told not to;
    # Pythia's configuration says the same of a model that does not.
    if getattr(model.config, "is_decoder", True) is False and _sees_ahead(model):
        raise ValueError(
            f"{name} is no causal language model: its configuration says is_decoder=False, and what it "
            "expects after a token depends on the tokens behind"
        )


def embeddings_of_words(model: Any) -> Any:
    """What a model embeds words with; None where it does not say, as one of several parts (Qwen2.5-Omni)."""
    try:
        return model.get_input_embeddings()
    except (AttributeError, NotImplementedError):
        return None


def _sees_ahead(model: Any) -> bool:
    """Whether another last token changes what the model says of the tokens before it.

    A model without weights says nothing: then its attention tells, or else its configuration is believed.
    """
    if is_without_weights(model):
        return {module.is_causal for module in model.modules() if hasattr(module, "is_causal")} != {True}
    texts = torch.tensor([[3, 4, 5, 6], [3, 4, 5, 7]])
    texts = texts.to(device_of_words(model, texts.device))
    with undisturbed(model):
        logits = model(input_ids=texts).logits[:, :-1].float()
    return not torch.allclose(logits[0], logits[1], rtol=0, atol=1e-3 * float(logits.abs().max()))


def readable(model: Any, ids: Tensor, words: Tensor) -> Tensor:
    """A prompt (B, N) as the judge can read it. Of a scorer with less in its vocabulary than the model, what
    are no `words` (B, N), which are placeholders of images and padding, is token 0.

    Raises ValueError where the judge's vocabulary lacks one of the words.
    """
    known = model.get_input_embeddings().num_embeddings
    lacking = ids >= known
    if bool((lacking & words).any()):
        raise ValueError(
            f"the scorer knows {known} tokens, and the prompt has one of number {int(ids[words].max())}: "
            "give a scorer with the tokenizer of the model"
        )
    return ids.masked_fill(lacking, 0)


def refuse_too_long(model: Any, count: int) -> None:
    """Raise ValueError where `count` tokens are more than the judge has learned positions for."""
    limit = getattr(model.config.get_text_config(decoder=True), "max_position_embeddings", None)
    if limit is None or count <= limit:
        return
    words = model.get_input_embeddings()
    # Rotary positions have no table; in OPT's and others' two places come before the first.
    learned = (
        module for module in model.modules() if isinstance(module, nn.Embedding) and module is not words
    )
    if any(limit <= table.num_embeddings <= limit + 2 for table in learned):
        raise ValueError(
            f"{type(model).__name__} has positions for {limit} tokens and should read {count}: give a scorer "
            "that reads longer texts, or a shorter prompt"
        )


def refuse_unable_to_go_back(model: Any) -> None:
    """Raise ValueError where a layer keeps a state that later tokens overwrite, as in Mamba."""
    kinds = getattr(model.config.get_text_config(decoder=True), "layer_types", None) or ()
    overwritten = any("attention" not in kind or kind.startswith("linear") for kind in kinds)
    if overwritten or getattr(model, "_is_stateful", False):
        raise ValueError(
            f"{type(model).__name__} keeps no cache of keys and values in every layer, and cannot go back in "
            "a text: give another scorer"
        )


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Let a model read without dropout and checkpoints, without what is attached to it, and as if it had read
    nothing before; afterwards it is as it was.
    """
    modules = list(model.modules())
    modes = [module.training for module in modules]
    stored = [(module, vars(module)[STORED]) for module in modules if STORED in vars(module)]
    try:
        model.eval()
        for module, _ in stored:
            setattr(module, STORED, None)
        with paused(*attachments_of(model)), torch.no_grad():
            yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode
        for module, deltas in stored:
            setattr(module, STORED, deltas)


def straight_logits(model: Any, ids: Tensor, valid: Tensor | None) -> Tensor:
    """What the judge expects after each word of a prompt, (B, N) to (B, N, V), read straight through."""
    refuse_too_long(model, ids.shape[1] if valid is None else int(valid.sum(dim=1).max()))
    there = device_of_words(model, ids.device)
    given = {"input_ids": ids.to(there)}
    if valid is not None:
        mask = valid.long().to(there)
        given |= {"attention_mask": mask, **counted(model, mask)}
    logits: Tensor = model(**given).logits
    return logits.to(ids.device)


def counted(model: nn.Module, mask: Tensor) -> dict[str, Tensor]:
    """Positions that count real tokens from 0, for a model that takes any."""
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return {}
    return {"position_ids": (mask.cumsum(dim=1) - 1).clamp(min=0)}
