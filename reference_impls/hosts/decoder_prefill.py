"""Methods that shorten the prompt inside a decoder, before one or several of its layers.

Works on Llama, Qwen2 and their like, alone or inside LLaVA. A method may set `positions` ("keep" or
"renumber") and `judged_by`: "previous layer" (default) shows it the queries and keys of the layer before,
"this layer" those that the layer itself would compute from its input, also before rotary embedding. A method
with `before_attention = True` may act before the first layer, where there are neither. With
`proportional_attention = True` later attention counts a token as many as its size says.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.context import Context
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.attending import Attending
from reference_impls.hosts.candidates import check_candidates, marked, refuse_moved
from reference_impls.hosts.configuration import removable_placeholders
from reference_impls.hosts.contract import acting_layers, reduction_of
from reference_impls.hosts.decoders import last_norm
from reference_impls.hosts.language_model import follow
from reference_impls.hosts.video_places import VideoPlaces, places_of_frames
from reference_impls.hosts.views import Run, padding_first
from reference_impls.mechanisms.prune import gather_tokens
from reference_impls.reduction import Reduction

ATTENTION = frozenset({"queries", "keys", "values", "plain_queries", "plain_keys"})
OFFERS = ATTENTION | {"candidates", "places", "valid", "layer", "memory", "embeddings", "normalised"}


def install(
    attachment: Attachment,
    method: Any,
    model: nn.Module,
    *,
    candidates: slice | Tensor | None = None,
    frames: int | None = None,
) -> None:
    """Attach to a decoder.

    `candidates` are the tokens that may go: a slice of the prompt or a (B, N) bool tensor, whose rows stand
    for all beams of a prompt. By default they are the placeholders of images and videos, known by the model's
    `image_token_id` and `video_token_id`; of a model that hears and does not see, those of sound
    (`audio_token_id`), as for every method with `hears = True`. A prompt's last token, from which generation
    goes on, is never one, be it an image's.
    `frames` says how many frames given candidates make; of a model's own videos that is known.
    """
    check_candidates(candidates)
    if frames is not None and "places" not in method.needs:
        raise ValueError(f"{type(method).__name__} looks at no frames: leave out frames=")
    Prefill(attachment, method, model, candidates, frames)


class Prefill:
    """Calls the method before the layers that it acts on."""

    def __init__(
        self,
        attachment: Attachment,
        method: Any,
        model: nn.Module,
        candidates: slice | Tensor | None,
        frames: int | None,
    ) -> None:
        self.attachment, self.method, self.given, self.frames = attachment, method, candidates, frames
        self.model, self.prompts = model, follow(attachment, model, begin=self._begin)
        layers = self.prompts.layers
        self.acts = acting_layers(method, len(layers))
        self.here = getattr(method, "judged_by", "previous layer") == "this layer"
        early = getattr(method, "before_attention", False)
        if 0 in self.acts and not (self.here or early) and {"queries", "keys"} & set(method.needs):
            raise ValueError("nothing can be judged before layer 0: no layer has attended yet")
        self.needs = frozenset(method.needs)
        self.norm = last_norm(self.prompts.decoder) if "normalised" in self.needs else None
        self.videos = VideoPlaces(attachment, model) if "places" in self.needs and frames is None else None
        self.embeddings: Tensor | None = None
        self.places: Tensor | None = None
        # What is noted of a layer, by the layer that it is shown before.
        self.attending: dict[int, Attending] = {}
        if self.needs & ATTENTION:
            for number in self.acts:
                judge = number if self.here else number - 1
                if judge >= 0:
                    self.attending[number] = Attending(attachment, layers[judge], self.needs)
        self.placeholders = (
            removable_placeholders(method, model, "say with candidates= which tokens may be removed")
            if candidates is None
            else []
        )

    def _begin(self, run: Run, number: int, hidden: Tensor, kwargs: dict[str, Any]) -> Tensor:
        if number == 0:
            if "queries" in self.needs:
                run.check_ends()
            self.embeddings = run.over_prompt(hidden) if "embeddings" in self.needs else None
            self.places = self._places(run, hidden) if "places" in self.needs else None
            self.attachment.reductions.clear()
        if number in self.acts:
            hidden = self._act(run, number, hidden, kwargs)
        if number + 1 in self.attending and not self.here:
            self.attending[number + 1].noting()
        return hidden

    def _act(self, run: Run, number: int, hidden: Tensor, kwargs: dict[str, Any]) -> Tensor:
        candidates, valid, embeddings = self._candidates(run, hidden), run.valid, self.embeddings
        places = self.places
        view = run.view(number)
        if view is not None and view.index is not None:
            candidates, valid = view.of(candidates), view.valid
            candidates = candidates if valid is None else candidates & valid
            embeddings = None if embeddings is None else gather_tokens(embeddings, view.index)
            places = None if places is None else view.of(places)
            places = places if places is None or valid is None else places.masked_fill(~valid, -1)
        end = last_real(valid, hidden)
        candidates = candidates & ~end
        places = None if places is None else places.masked_fill(end, -1)
        noted: dict[str, Tensor] = {}
        if number in self.attending:
            weighted, attending = view is not None and view.size is not None, self.attending[number]
            if self.here:
                given = self.prompts.inputs.given(run, number, kwargs)
                noted = attending.ahead(hidden, given, valid, weighted=weighted)
            else:
                noted = attending.take(valid, weighted=weighted)
        context = Context(
            candidates=candidates,
            valid=valid,
            layer=number,
            layers=len(self.prompts.layers),
            embeddings=embeddings,
            places=places,
            normalised=self.norm(hidden) if self.norm is not None else None,
            memory=run.memory,
            **noted,
        )
        reduction = reduction_of(self.method, hidden, context)
        unchanged = reduction.tokens is hidden
        if not unchanged:
            reduction = padding_first(reduction)
            self._refuse_other_end(reduction, end)
        self.attachment.record(number, reduction)
        if unchanged:
            return hidden
        renumber = getattr(self.method, "positions", "keep") == "renumber"
        weighted = getattr(self.method, "proportional_attention", False)
        return self.prompts.inputs.shorten(run, number, reduction, renumber, kwargs, weighted)

    def _refuse_other_end(self, reduction: Reduction, end: Tensor) -> None:
        """Raise ValueError where generation would not go on from the prompt's `end`, (B, N) bool."""
        last = reduction.position[:, -1:]
        ends = end.to(last.device).gather(1, last.clamp(min=0)).squeeze(1) & (last >= 0).squeeze(1)
        if bool((ends != end.any(dim=1).to(last.device)).any()):
            raise ValueError(
                f"{self.attachment.method} put a token behind the prompt's last one, or took that one away, "
                "and generation goes on from it: remove candidates only, and leave what stays in order"
            )

    def _places(self, run: Run, hidden: Tensor) -> Tensor:
        """(B, N) over the whole prompt."""
        candidates = self._candidates(run, hidden)
        if self.videos is None:
            return places_of_frames(candidates, self.frames or 1)
        return self.videos.take(run.input_ids, candidates)

    def _candidates(self, run: Run, hidden: Tensor) -> Tensor:
        """(B, N) bool over the whole prompt."""
        shape = (hidden.shape[0], run.length)
        if self.given is not None:
            refuse_moved(self.model)
            marks = marked(self.given, shape, hidden.device)
        elif run.input_ids is None:
            raise ValueError(
                "the model was called without input_ids: say with candidates= which tokens may be removed"
            )
        else:
            marks = torch.isin(run.input_ids, torch.tensor(self.placeholders, device=run.input_ids.device))
        return marks if run.valid is None else marks & run.valid


def last_real(valid: Tensor | None, hidden: Tensor) -> Tensor:
    """(B, N) bool: the last token of each prompt that is no padding, which `valid` (B, N) marks."""
    batch, count = hidden.shape[:2]
    at = torch.arange(count, device=hidden.device).expand(batch, count)
    if valid is None:
        return at == count - 1
    valid = valid.to(hidden.device)
    return valid & (at == at.masked_fill(~valid, -1).amax(dim=1, keepdim=True))
