"""Methods that act at every step of a denoiser, inside it (diffusers' DiT and Stable Diffusion's U-Net) or
around the whole.

A method either has `reduce`, and then the module sees fewer tokens and its output is spread back over all
(with `shortens = "keys"` every token is computed, and only what it attends to is shorter); or it has
`around(compute, tokens, context)`, and decides itself what is computed and what is taken from
`context.memory`. Around the whole denoiser the tokens are its latents and the output is its prediction, and
then its blocks may be of any kind.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.configuration import config_of
from reference_impls.hosts.contract import check_output, check_prediction, reduction_of
from reference_impls.hosts.denoiser_blocks import blocks_of, mixes_frames, patch_of, told_of_places
from reference_impls.hosts.denoising_run import Call, Half
from reference_impls.hosts.generation import named
from reference_impls.hosts.modulation import modulated
from reference_impls.hosts.prediction import Forms, latents_of
from reference_impls.hosts.projections import Projections
from reference_impls.mechanisms.merge import merge

OFFERS = frozenset(
    {
        "grid",
        "block_input",
        "memory",
        "block_memory",
        "run_memory",
        "images",
        "modulated",
        "step",
        "steps",
        "timestep",
        "module",
        "downsample",
        "layer",
    }
    | {"queries", "keys", "cross_queries", "cross_keys"}
)
MODULES = {
    "attention": "attn1",
    "temporal-attention": "attn1",
    "cross-attention": "attn2",
    "feed-forward": "ff",
}
WHOLE = "denoiser"
"""What a method names that is around all of the model, whose blocks then need not be known."""
TOLD = ("encoder_hidden_states", "class_labels")
"""By what a model is told what to draw: its text, its classes."""
CHECKPOINTING = "_gradient_checkpointing_func"
"""What diffusers calls a block by where the backward pass is to run it again."""


def install(attachment: Attachment, method: Any, model: nn.Module, *, steps: int | None = None) -> None:
    """Attach to every transformer block of a denoiser, or around the whole.

    `steps` is the number of denoising steps, for methods with a schedule. A method names in `modules` what it
    wraps: "attention" (default), "temporal-attention", "cross-attention", "feed-forward", "block", or the
    whole "denoiser". Queries and keys are those of the block's attention where it was computed in this step;
    the feed-forward part, which comes last, is shown them.

    A run goes on while the timestep falls and latents have the same shape, text and classes the same values;
    `guided = True` says that the method takes one half of a guided batch for the whole. Calls at one timestep
    are guidance's, or those of a sampler with two evaluations a step, unless it is a run's first timestep and
    the latents are others. All else is a new run, and `Attachment.new_run` begins one where nobody can see
    it: from the same text, at a lower timestep than the last.
    """
    if "steps" in method.needs and steps is None:
        raise ValueError(
            f"{type(method).__name__} follows a schedule: pass the number of denoising steps as steps="
        )
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
        raise ValueError(
            f"steps= is the number of denoising steps, a whole number of 1 or more, found {steps!r}"
        )
    Denoiser(attachment, method, model, steps)


class Denoiser:
    """Counts the steps of a run and puts the method around the modules."""

    def __init__(self, attachment: Attachment, method: Any, model: nn.Module, steps: int | None) -> None:
        self.attachment, self.method, self.steps = attachment, method, steps
        self.model, self.guided = model, bool(getattr(method, "guided", False))
        self.call = Call()
        self.warned = False
        self.inputs: dict[int, Tensor] = {}
        self.downsamples: set[int] = set()
        wanted = getattr(method, "modules", ("attention",))
        self._refuse_unknown(wanted)
        named_blocks = [] if set(wanted) == {WHOLE} else blocks_of(model)
        self.patch = patch_of(config_of(model))
        blocks = [block for _, block in named_blocks]
        self.count = max(1, len(blocks))
        self._refuse_without_self_attention(blocks)
        self._refuse_told_places(blocks)
        attachment.before(model, self._start)
        attachment.after(model, self._refuse_too_small)
        attachment.at_new_run(self._end)
        for module in model.modules():
            if vars(module).get(CHECKPOINTING) is not None:
                attachment.wrap(module, CHECKPOINTING, self._checkpointing)
        if WHOLE in wanted:
            attachment.replace(model, "forward", self._around_all(model), calls_it=True)
        self.listeners: dict[tuple[int, str], Projections] = {}
        for number, (path, block) in enumerate(named_blocks):
            attachment.before(block, partial(self._remember, number))
            attachment.after(block, partial(self._forget, number))
            self._listen(number, block, frozenset(method.needs))
            in_time = mixes_frames(path)
            elsewhere = "attention" if in_time else "temporal-attention"
            for name in (one for one in wanted if one != WHOLE):
                module = block if name == "block" else getattr(block, MODULES[name], None)
                # What shortens images finds none where the tokens are frames, unless it asks for frames.
                frames = in_time and name == "feed-forward" and not hasattr(method, "around")
                if module is not None and name != elsewhere and not frames:
                    forward = self._forward(number, name, in_time, module, module.forward)
                    attachment.replace(module, "forward", forward, calls_it=True)

    @staticmethod
    def _refuse_unknown(wanted: tuple[str, ...]) -> None:
        """Raise ValueError where a method names no part of a denoiser, or one that there is not."""
        there = [*MODULES, "block", WHOLE]
        unknown = sorted(set(wanted) - set(there))
        if unknown or not wanted:
            named = f"unknown modules {', '.join(unknown)}" if unknown else "modules names none"
            raise ValueError(f"{named}; there are {', '.join(there)}")

    def _refuse_without_self_attention(self, blocks: list[nn.Module]) -> None:
        """Raise ValueError where a method looks at self-attention, or shortens its keys, and blocks attend to
        words twice instead.
        """
        looks = {"queries", "keys"} & set(self.method.needs) or self._shortens_keys()
        if looks and any(getattr(block, "only_cross_attention", False) for block in blocks):
            raise ValueError(
                f"{self.attachment.method} acts by self-attention, and blocks of this "
                f"{type(self.model).__name__} have none (only_cross_attention=True): they attend to the text "
                "twice"
            )

    def _refuse_told_places(self, blocks: list[nn.Module]) -> None:
        """Raise ValueError where attention would be given fewer tokens than it is told places of."""
        attends = {"attention", "temporal-attention", "block"} & set(
            getattr(self.method, "modules", ("attention",))
        )
        told = next(filter(None, map(told_of_places, blocks)), None)
        if told and attends and not hasattr(self.method, "around"):
            raise ValueError(
                f"{self.attachment.method} gives attention fewer tokens, and blocks of this "
                f"{type(self.model).__name__} are told the places of all ({told}): attach a method that "
                "remembers outputs instead, such as FORA"
            )

    def _shortens_keys(self) -> bool:
        return getattr(self.method, "shortens", "tokens") == "keys"

    def _listen(self, number: int, block: nn.Module, needs: frozenset[str]) -> None:
        """Catch what the block's attentions project, for methods that judge by it."""
        for prefix, name in (("", "attn1"), ("cross_", "attn2")):
            kinds = frozenset(kind for kind in ("queries", "keys") if prefix + kind in needs)
            attention = getattr(block, name, None)
            if kinds and attention is not None:
                self.listeners[number, prefix] = Projections(self.attachment, attention, kinds)

    def _start(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = named(self.model.forward, args, kwargs)
        sample, timestep = given.get("sample", given.get("hidden_states")), given.get("timestep")
        if sample is None or timestep is None:
            raise ValueError(
                f"{type(self.model).__name__} was called without latents, its sample or hidden_states, or "
                f"without a timestep, by which {self.attachment.method} knows the step: give them as the "
                "models of diffusers are given them, by name or by position"
            )
        now = float(timestep.max()) if isinstance(timestep, Tensor) else float(timestep)
        told = tuple(given[name].detach().clone() for name in TOLD if isinstance(given.get(name), Tensor))
        call = self.call.next(now, sample, Half(tuple(sample.shape), told), self.guided)
        if "steps" in self.method.needs and self.steps is not None and call.step >= self.steps:
            raise ValueError(
                f"{self.attachment.method}'s schedule is made for steps={self.steps}, and this is step "
                f"{call.step + 1}: attach with steps= as many timesteps as the sampler takes; if this is "
                "another image, say attached.new_run() before it"
            )
        if call.memories is not self.call.memories:
            self.attachment.computed.clear()
            self._warn_of_rise(call)
        self.downsamples.clear()
        latent = (0, 0)  # of latents that are tokens already, as LTX-Video's, nobody says how they lie
        if sample.dim() > 3:
            latent = (sample.shape[-2] // self.patch[0], sample.shape[-1] // self.patch[1])
        self.call = replace(call, latent=latent, images=sample.shape[0])
        self.attachment.reductions.clear()

    def _warn_of_rise(self, later: Call) -> None:
        """Say once that a rising timestep, as some samplers have, is taken for a new run."""
        remembers = hasattr(self.method, "around")
        if remembers and not self.warned and self.call.rises_to(later):
            self.warned = True
            warnings.warn(
                f"the timestep rose from {self.call.timestep:g} to {later.timestep:g}, in a run that began "
                f"at {self.call.start:g}: taken for a new run, in which {self.attachment.method} remembers "
                "nothing. If this is another image, say attached.new_run() before it; if the sampler goes "
                "back, as KDPM2AncestralDiscreteScheduler does, take another one",
                RuntimeWarning,
                stacklevel=2,
            )

    def _refuse_too_small(self, *_: Any) -> None:
        """Raise ValueError where a method that acts on large images only found none."""
        limit = getattr(self.method, "max_downsample", None)
        if limit is None or not self.downsamples or min(self.downsamples) <= limit:
            return
        name, found = self.attachment.method, min(self.downsamples)
        raise ValueError(
            f"{name} acts on none of this model's {self.count} blocks: it acts where the image is at most "
            f"{limit} times smaller than the latent in each direction, and here the largest is {found} times "
            f"smaller, as in SDXL; {name}(max_downsample={found}) acts there"
        )

    def _end(self) -> None:
        self.call = Call()

    def _checkpointing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The backward pass finds what the block found at first, and reports nothing twice."""

        def checkpoint(block: Callable[..., Any], *args: Any) -> Any:
            found, ran = self.call.copy(), False

            def run(*given: Any) -> Any:
                nonlocal ran
                if ran:
                    with self._back_in(found), self.attachment.unrecorded():
                        return block(*given)
                ran = True
                return block(*given)

            return original(run, *args)

        return checkpoint

    @contextmanager
    def _back_in(self, call: Call) -> Iterator[None]:
        latest, self.call = self.call, call.copy()
        try:
            yield
        finally:
            self.call = latest

    def _remember(self, number: int, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.inputs[number] = args[0] if args else kwargs["hidden_states"]

    def _forget(self, number: int, *_: Any) -> None:
        self.inputs.pop(number, None)

    def _forward(
        self, number: int, name: str, in_time: bool, module: nn.Module, original: Callable[..., Any]
    ) -> Callable[..., Any]:
        def forward(hidden_states: Tensor, *args: Any, **kwargs: Any) -> Any:
            context = self._context(number, name, in_time, hidden_states)
            if name == "block":
                to_attention = partial(modulated, module, original, hidden_states, *args, **kwargs)
                context = context.with_(modulated=to_attention)
            self.downsamples.add(context.downsample)
            acts_here = getattr(self.method, "acts_here", None)
            if acts_here is not None and not acts_here(context):
                return original(hidden_states, *args, **kwargs)

            count = hidden_states.shape[1]
            calls = self.attachment.computed
            calls.append((self.call.step, number, 0, count))

            def compute(tokens: Tensor, attend_to: Tensor | None = None) -> Any:
                step, layer, done, of = calls[-1]
                calls[-1] = (step, layer, done + tokens.shape[1], of)
                if attend_to is None:
                    return original(tokens, *args, **kwargs)
                return original(tokens, *args, **{**kwargs, "encoder_hidden_states": attend_to})

            if hasattr(self.method, "around"):
                output = self.method.around(compute, hidden_states, context)
                check_output(self.method, output, hidden_states)
                return output
            return self._shortened(number, compute, hidden_states, context)

        return forward

    def _around_all(self, model: nn.Module) -> Callable[..., Any]:
        """The model's forward with the method around it: latents (B, ...) in, a prediction (B, ...) out."""
        original, name, forms = model.forward, latents_of(model), Forms()
        signature = inspect.signature(original)

        @wraps(original)
        def forward(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            latents = bound.arguments[name]
            as_dict = bool(bound.arguments.get("return_dict", True))
            # Latents that are no tokens yet have a channel behind the batch.
            count = latents.shape[1] if latents.dim() == 3 else math.prod(latents.shape[2:])
            calls, computed = self.attachment.computed, []
            calls.append((self.call.step, 0, 0, count))

            def compute(given: Tensor) -> Tensor:
                step, layer, done, of = calls[-1]
                calls[-1] = (step, layer, done + count, of)
                bound.arguments[name] = given
                computed.append(forms.taken(original(*bound.args, **bound.kwargs), as_dict))
                return computed[-1]

            context = self._context(0, WHOLE, False, latents)
            prediction = self.method.around(compute, latents, context)
            shape = self.call.memories.setdefault((self.call.half, "prediction"), {})
            if computed:
                shape["of"] = computed[-1].shape
            check_prediction(self.method, prediction, shape.get("of"))
            return forms.given(prediction, as_dict)

        return forward

    def _shortened(
        self, number: int, compute: Callable[..., Tensor], tokens: Tensor, context: Context
    ) -> Tensor:
        """Judge by the block's input, merge what the module is given, and spread its output back."""
        if self._shortens_keys():
            reduction = reduction_of(self.method, tokens, context)
            self.attachment.record(number, reduction)
            return compute(tokens, reduction.tokens)
        reduction = reduction_of(self.method, context.require("block_input"), context)
        self.attachment.record(number, reduction)
        merged = merge(tokens, reduction.source, reduction.position)
        return merged.unmerge(compute(merged.tokens))

    def _layout(self, number: int, name: str, in_time: bool, tokens: Tensor) -> tuple[tuple[int, int], int]:
        """How a module's tokens (B, N, D) lie, (height, width), and how many times smaller than the latents.

        Raises ValueError where a method looks at that and they lie otherwise.
        """
        if name == WHOLE:
            return self.call.latent, 1
        count, (height, width) = tokens.shape[1], self.call.latent
        downsample = 1
        while -(-height // downsample) * -(-width // downsample) > count:
            downsample *= 2
        grid = (1, count) if in_time else (-(-height // downsample), -(-width // downsample))
        if "grid" in self.method.needs and (tokens.dim() != 3 or grid[0] * grid[1] != count):
            raise ValueError(
                f"{self.attachment.method} looks at where tokens stand in an image, and the {name} of "
                f"{type(self.model).__name__}'s block {number} is given {tuple(tokens.shape)}, not the "
                "tokens (B, N, D) of one image or frame: attach a method that does not look, such as FORA"
            )
        return grid, downsample

    def _context(self, number: int, name: str, in_time: bool, tokens: Tensor) -> Context:
        call = self.call
        grid, downsample = self._layout(number, name, in_time, tokens)
        caught = {}
        if name == "feed-forward":
            for prefix in ("", "cross_"):
                if (number, prefix) in self.listeners:
                    taken = self.listeners[number, prefix].take()
                    caught.update({prefix + kind: heads for kind, heads in taken.items()})
        return Context(
            grid=grid,
            downsample=downsample,
            block_input=tokens if name == WHOLE else self.inputs[number],
            layer=number,
            layers=self.count,
            step=call.step,
            steps=self.steps,
            timestep=call.timestep,
            module=name,
            images=call.images,
            memory=call.memories.setdefault((call.half, number, name), {}),
            block_memory=call.memories.setdefault((call.half, number, "shared"), {}),
            run_memory=call.memories.setdefault((call.half, "run"), {}),
            **caught,
        )
