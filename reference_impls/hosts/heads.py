"""Heads of text encoders: whether one gives a result for each token's place, so that it cannot go on with
fewer tokens. It is tried, so that heads need not be known: with all tokens, then with half of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions

from reference_impls.hosts.adapters import device_of_words
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.judge import undisturbed
from reference_impls.hosts.projections import module_path

LENGTH = 8
"""How many tokens a head is tried with before there is a text."""


def refuse_heads_of_places(attachment: Attachment, model: nn.Module, layers: nn.Module) -> None:
    """Raise ValueError where the head around an encoder, whose `layers` a method shortens, gives a result for
    each token's place. Where token ids alone do not tell, the first run's inputs will, before that run.
    """
    around = [module for module in module_path(model, layers) if isinstance(module, PreTrainedModel)]
    if not around or around[-1] is model:
        return
    encoder = around[-1]
    try:
        ids = torch.zeros(1, LENGTH, dtype=torch.long)
        ids = ids.to(device_of_words(encoder, encoder.device))
        of_places = _gives_places(model, encoder, (), {"input_ids": ids})
    except Exception:  # a model that is called otherwise may fail in any way
        attachment.before(model, _AtFirstRun(attachment, encoder), first=True)
        return
    if of_places:
        raise ValueError(_refusal(attachment, model, encoder))


class _AtFirstRun:
    """Tries the head with the first run's own inputs."""

    def __init__(self, attachment: Attachment, encoder: PreTrainedModel) -> None:
        self._attachment, self._encoder, self._tried = attachment, encoder, False

    def __call__(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._tried:
            return
        try:
            of_places = _gives_places(model, self._encoder, args, kwargs)
        except Exception as error:  # as above
            raise ValueError(
                f"whether the head of {type(model).__name__} gives a result for each token's place, which "
                f"{self._attachment.method} would take away, could not be tried with these inputs ({error}): "
                f"use the encoder without that head, {_named(model, self._encoder)}"
            ) from error
        if of_places:
            raise ValueError(_refusal(self._attachment, model, self._encoder))
        self._tried = True


def _refusal(attachment: Attachment, model: nn.Module, encoder: PreTrainedModel) -> str:
    return (
        f"the head of {type(model).__name__} gives a result for each token's place, and "
        f"{attachment.method} leaves fewer tokens, so that its results would be of other places: use the "
        f"encoder without that head, {_named(model, encoder)}, or a head for the text as a whole, such as "
        "one for sequence classification"
    )


def _named(model: nn.Module, encoder: PreTrainedModel) -> str:
    return next(f"model.{path}" for path, module in model.named_modules() if module is encoder)


def _gives_places(
    model: nn.Module, encoder: PreTrainedModel, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Whether the model's results have other shapes, or cannot be had, where the encoder leaves half the
    tokens.

    Raises what the model raises where it does not go on with all of them.
    """
    whole = _shapes(model, encoder, 1, args, kwargs)
    try:
        return _shapes(model, encoder, 2, args, kwargs) != whole
    except Exception:  # a head may miss the others in any way
        return True


def _shapes(
    model: nn.Module, encoder: PreTrainedModel, part: int, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[torch.Size]:
    """The shapes of what the model gives where the encoder leaves one of every `part` tokens, but for what it
    hands on of the encoder's output as it is. The encoder itself does not run.
    """
    made: list[Tensor] = []
    with undisturbed(model), _replaced(encoder, partial(_output, encoder, part, made)):
        results = list(_tensors(model(*args, **kwargs)))
    return [result.shape for result in results if not any(result is one for one in made)]


def _output(
    encoder: PreTrainedModel, part: int, made: list[Tensor], *args: Any, **kwargs: Any
) -> BaseModelOutputWithPoolingAndCrossAttentions:
    """What an encoder gives, with zeros for the values, and noted in `made`."""
    named = (kwargs.get("input_ids"), kwargs.get("inputs_embeds"))
    given = next(one for one in (*named, *args) if isinstance(one, Tensor))
    batch, length = given.shape[:2]
    config, like = encoder.config, {"dtype": encoder.dtype, "device": given.device}
    tokens = torch.zeros(batch, -(-length // part), config.hidden_size, **like)
    pooled = torch.zeros(batch, config.hidden_size, **like)
    made += [tokens, pooled]
    layers = (tokens,) * (config.num_hidden_layers + 1)
    return BaseModelOutputWithPoolingAndCrossAttentions(tokens, pooled, layers)


@contextmanager
def _replaced(encoder: PreTrainedModel, forward: Callable[..., Any]) -> Iterator[None]:
    there = vars(encoder).get("forward")
    setattr(encoder, "forward", forward)  # noqa: B010 - a method, to a type checker
    try:
        yield
    finally:
        delattr(encoder, "forward")
        if there is not None:
            setattr(encoder, "forward", there)  # noqa: B010


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping | tuple | list):
        for part in output.values() if isinstance(output, Mapping) else output:
            yield from _tensors(part)
