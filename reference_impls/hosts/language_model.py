"""A decoder whose layers no longer all see the whole prompt, and whose generation stays right all the same.

Three hosts build on it: `vision_output` (shorter before layer 0), `decoder_prefill` (shorter from some layer
on) and `kv_cache` (each layer's cache shorter after prefill); the first may go before one of the other two.
It keeps, for each layer, which tokens that layer holds (`views`), and sees to the cache's length; with which
masks and position ids the layer is then called is in `layer_inputs`. It knows nothing about methods.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

from reference_impls.hosts.adapters import refuse_virtual_tokens
from reference_impls.hosts.attachment import Attachment, Shadow
from reference_impls.hosts.decoders import fitting_layers, text_model
from reference_impls.hosts.deepstack import follow_deepstack
from reference_impls.hosts.generation import refuse_unfollowed
from reference_impls.hosts.layer_inputs import LayerInputs
from reference_impls.hosts.loss import follow_loss
from reference_impls.hosts.projections import find_projection, module_path
from reference_impls.hosts.views import Run, View, filled, refuse_other_caches, shorten_layer
from reference_impls.reduction import Reduction
from reference_impls.run_cost import LayerTokens

Begin = Callable[[Run, int, Tensor, dict[str, Any]], Tensor]
Finish = Callable[[Run, int, Any], None]


@dataclass(eq=False)
class _Acting:
    """One of the methods that act on the prompts of a decoder."""

    attachment: Attachment
    begin: Begin | None
    finish: Finish | None


def follow(
    attachment: Attachment, model: nn.Module, begin: Begin | None = None, finish: Finish | None = None
) -> Prompts:
    """The `Prompts` that a method inside the decoder acts by: those of the method that shortens prompts
    before the decoder's first layer, where one is attached and acts alone so far, else new ones.
    """
    prompts = _following(text_model(model))
    if prompts is not None and prompts.before_layers and len(prompts.acting) == 1:
        prompts.join(attachment, begin, finish)
        return prompts
    return Prompts(attachment, model, begin, finish)


def _following(decoder: nn.Module) -> Prompts | None:
    there = vars(decoder).get("followed_by")
    return there() if isinstance(there, Shadow) else None


class Prompts:
    """Follows every prompt through the decoder of `model`.

    `begin(run, layer, hidden, kwargs)` is called before each layer of a prefill and may shorten the tokens by
    `inputs.shorten`; `finish(run, layer, cache)` is called after it, and needs a cache. `before_layers` says
    that `begin` shortens at the first layer alone; then another method may `join`, which is called behind it.
    """

    def __init__(
        self,
        attachment: Attachment,
        model: nn.Module,
        begin: Begin | None = None,
        finish: Finish | None = None,
        before_layers: bool = False,
    ) -> None:
        self.attachment = attachment
        refuse_virtual_tokens(model)
        self.decoder = text_model(model)
        if (there := vars(self.decoder).get("followed_by")) is not None:
            raise ValueError(
                f"{there.method} is attached to this {type(self.decoder).__name__}, and {attachment.method} "
                "would not see what it changes: end its with block first; or, where one of the two acts "
                "before the decoder and the other in it, attach the one before it first"
            )
        self.layers = fitting_layers(model, self.decoder)
        self.config = self.decoder.config
        attentions = [found[0] for layer in self.layers if (found := find_projection(layer, "queries"))]
        causal = all(getattr(attention, "is_causal", True) for attention in attentions)
        self.inputs = LayerInputs(self.decoder, causal)
        attachment.replace(self.decoder, "followed_by", lambda: self)
        refuse_unfollowed(attachment, model)
        self.before_layers = before_layers
        self.acting = [_Acting(attachment, begin, finish)]
        self._runs: weakref.WeakKeyDictionary[Any, Run] = weakref.WeakKeyDictionary()
        self._current: Run | None = None
        self._prefill = False
        self._held: View | None = None
        self._past = 0
        self._input_ids: Tensor | None = None
        self._positions: Tensor | None = None
        self._attention_mask: Tensor | None = None
        self._generates = hasattr(model, "generate")
        self._read: int | None = None
        self._reports: list[list[tuple[int, Reduction]]] | None = None
        if self._generates:
            attachment.wrap(model, "generate", self._counting_prompts)
        for module in module_path(model, self.decoder):
            attachment.before(module, self._remember_inputs)
            if isinstance(module, PreTrainedModel) and module.can_generate():
                follow_loss(attachment, module, lambda: self._held)
        attachment.before(self.decoder.rotary_emb, self._remember_positions)
        for number, layer in enumerate(self.layers):
            attachment.before(layer, partial(self._before, number))
            attachment.after(layer, partial(self._after, number))
            attachment.compute_once(layer)
        follow_deepstack(attachment, self.decoder, lambda: self._held)
        attachment.at_end(self._end_all)

    def join(self, attachment: Attachment, begin: Begin | None, finish: Finish | None) -> None:
        """Let another method act behind the first one, as long as this one is attached.

        It knows nothing of prompts that were read before.
        """
        acting = _Acting(attachment, begin, finish)
        self._runs.clear()
        self.acting.append(acting)
        attachment.at_end(lambda: self.acting.remove(acting))

    def _end_all(self) -> None:
        for acting in self.acting[:0:-1]:
            warnings.warn(
                f"the with block of {self.attachment.method} ended before that of "
                f"{acting.attachment.method}, which acts behind it: both have ended",
                RuntimeWarning,
                stacklevel=2,
            )
            acting.attachment.remove()

    @property
    def run(self) -> Run | None:
        """The prompt that the latest call belongs to; None before the first."""
        return self._current

    @property
    def prefilling(self) -> bool:
        """Whether the latest call is the prompt's own."""
        return self._prefill

    def _remember_inputs(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        ids = kwargs.get("input_ids", args[0] if args else None)
        if isinstance(ids, Tensor) and not ids.is_floating_point():
            self._input_ids = ids
        mask = kwargs.get("attention_mask")
        if mask is None or (isinstance(mask, Tensor) and mask.ndim == 2):
            self._attention_mask = mask
        # Another form is what a model around the decoder, as PaliGemma, made of the one that was remembered.

    def _remember_positions(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        ids = kwargs.get("position_ids", args[1] if len(args) > 1 else None)
        self._positions = ids if isinstance(ids, Tensor) else None

    def _before(
        self, number: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        hidden = args[0] if args else kwargs["hidden_states"]
        if number == 0:
            self._start(hidden, kwargs.get("past_key_values"))
        run = self._current
        if run is None:
            return args, kwargs
        if self._prefill:
            for acting in self.acting:
                if number == 0:
                    run.shown.append(hidden.shape[1])
                if acting.begin is not None and not acting.attachment.paused:
                    hidden = acting.begin(run, number, hidden, kwargs)
            self._held = run.view(number)
            kwargs = self.inputs.given(run, number, kwargs)
        elif (view := run.view(number)) is not None:
            kwargs = self.inputs.later(run, view, hidden, self._past, kwargs)
        return ((hidden, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": hidden})

    def _start(self, hidden: Tensor, cache: Any) -> None:
        self._prefill = not filled(cache)
        if self._prefill:
            self._current = self._prompt(hidden)
            self._set_report_aside()
            if cache is not None:
                # Before anything is judged: attention over the empty slots of a fixed length is another one.
                refuse_other_caches(cache)
                self._runs[cache] = self._current
                return
            for acting in self.acting:
                if acting.finish is not None:
                    raise ValueError(
                        f"{acting.attachment.method} acts on a KV cache, and there is none: "
                        f"{self._why_no_cache()}"
                    )
            return
        run, self._attention_mask = self._runs.get(cache), None
        if run is None:
            raise ValueError(
                "these past_key_values were not filled inside this block, or are a copy, so that what "
                f"{self.attachment.method} did to them is not known here: pass the whole prompt without them"
            )
        self._current, self._past = run, cache.get_seq_length() - run.length
        if not self._generates and (hidden.shape[1] > 1 or self._past < 0):
            raise ValueError(
                "several tokens behind a prompt may be a piece of it or drafts, which only `generate` knows: "
                "attach to the model that generates, not to the decoder inside"
            )
        if self._past < 0:
            raise ValueError(
                f"past_key_values were cut to {cache.get_seq_length()} tokens, into their prompt of "
                f"{run.length}, which was read as one: pass the whole prompt without them"
            )

    def _why_no_cache(self) -> str:
        if self.decoder.training and getattr(self.decoder, "gradient_checkpointing", False):
            return (
                "gradient checkpointing switches the cache off in training, whatever use_cache says: train "
                "this method without gradient checkpointing"
            )
        return "pass use_cache=True"

    def _prompt(self, hidden: Tensor) -> Run:
        """The prompt that begins with the first layer's input (B, N, D)."""
        length, valid = hidden.shape[1], self._attention_mask
        self._attention_mask = None
        ids = self._input_ids if self._input_ids is not None and self._input_ids.shape[1] == length else None
        self._input_ids = None
        if valid is not None and (valid.shape[1] != length or bool(valid.all())):
            valid = None
        positions = behind = None
        if self._positions is not None:
            behind = self._positions.amax(dim=-1) + 1
            if self._positions.ndim == 3:
                positions = self._positions[-3:].expand(-1, hidden.shape[0], -1)
                behind = behind[-3:].amax(dim=0)
        return Run(length, None if valid is None else valid.bool(), ids, positions, behind)

    def _counting_prompts(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The first prompt that `generate` reads is the caller's."""

        @wraps(original)
        def generate(*args: Any, **kwargs: Any) -> Any:
            self._read = 0
            try:
                return original(*args, **kwargs)
            finally:
                self._read = None

        return generate

    def _set_report_aside(self) -> None:
        """A second prompt in one `generate` is the one without guidance, of which there is no report."""
        assert self._current
        self._current.reported = not self._read
        reports = [list(acting.attachment.reductions) for acting in self.acting]
        self._reports = reports if self._read else None
        self._read = None if self._read is None else self._read + 1

    def _report_lengths(self, run: Run) -> None:
        """Tell each method how long the prompt was before it, and what it left to the layers."""
        for acting, shown, left in zip(self.acting, run.shown, [*run.shown[1:], None], strict=True):
            whole = run.held if left is None else [LayerTokens(left, left, left, left)] * len(self.layers)
            acting.attachment.prompt, acting.attachment.layers = shown, whole

    def _after(self, number: int, _: nn.Module, __: Any, kwargs: dict[str, Any], ___: Any) -> None:
        cache, run = kwargs.get("past_key_values"), self._current
        if not self._prefill or run is None:
            return
        held = run.held_in(number)
        slots = run.length if held is None else held.slots
        if cache is not None:
            view = run.view(number)
            if view is not None and view.index is not None and view.slots < run.length:
                layer = cache.layers[number]
                shorten_layer(cache, number, layer.keys, layer.values, run.length - view.slots)
            for acting in self.acting:
                if acting.finish is not None and not acting.attachment.paused:
                    acting.finish(run, number, cache)
        kept = run.views.get(number)
        cached = slots if kept is None else kept.slots
        run.held.append(LayerTokens(slots, slots, slots, cached))
        if number == len(self.layers) - 1 and run.reported:
            self._report_lengths(run)
        if self._reports is not None and number == len(self.layers) - 1:
            for acting, report in zip(self.acting, self._reports, strict=True):
                acting.attachment.reductions[:] = report
            self._reports = None
