"""What the layers of a decoder are called with once a prompt has become shorter: tokens, masks and positions.

Which prompt a call belongs to, and when a method acts, is the business of `language_model`.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from reference_impls.hosts.attending import rotary_tables
from reference_impls.hosts.masks import check_causal, later_mask, prompt_mask
from reference_impls.hosts.position_ids import close_gaps, pick_rows
from reference_impls.hosts.views import Run, View
from reference_impls.reduction import Reduction


class LayerInputs:
    """The inputs of the layers of `decoder`, by what each holds of the prompt.

    `causal` says that its attention looks back alone.
    """

    def __init__(self, decoder: nn.Module, causal: bool) -> None:
        self.decoder = decoder
        self.config = decoder.config
        self._causal = causal

    def shorten(
        self,
        run: Run,
        number: int,
        reduction: Reduction,
        renumber: bool,
        kwargs: dict[str, Any],
        weighted: bool = False,
    ) -> Tensor:
        """From layer `number` on, the prompt is the reduction's M slots, with padding in front; they count by
        their size in attention where they are `weighted`.
        """
        check_causal(kwargs.get("attention_mask"), self._causal)
        tables = rotary_tables(kwargs)
        tokens, position, valid = reduction.tokens, reduction.position, reduction.valid
        size = reduction.size if weighted else None
        if valid is not None:
            position = torch.where(valid, position, 0)
        if int(position.min()) < 0:
            raise ValueError("a decoder's tokens all need a position, and one of these stands nowhere")
        earlier = run.view(number)
        index = position if earlier is None or earlier.index is None else earlier.index.gather(1, position)
        view = View(index.shape[1], valid, index, size=size)
        if renumber and run.positions is not None:
            closed, view.next_position = close_gaps(run.positions, run.valid, index, valid)
            view.rotary = self._rotary(tokens, closed)
        elif renumber:
            present = torch.ones_like(index) if valid is None else valid.long()
            view.next_position = present.sum(dim=1)
            view.position_ids = (present.cumsum(dim=1) - 1).clamp(min=0)
            view.rotary = self._rotary(tokens, view.position_ids)
        elif earlier is not None and earlier.rotary is not None:
            cosine, sine = earlier.rotary
            view.rotary = pick_rows(cosine, position), pick_rows(sine, position)
            view.next_position = earlier.next_position
            if earlier.position_ids is not None:
                view.position_ids = earlier.position_ids.gather(1, position)
        else:
            # The model hands every layer the whole prompt's tables, so the prompt's own index counts.
            view.rotary = pick_rows(tables[0], index), pick_rows(tables[1], index)
            ids = kwargs.get("position_ids")
            if isinstance(ids, Tensor) and ids.ndim == 2:
                view.position_ids = ids.expand(index.shape[0], -1).gather(1, index)
        mask = kwargs.get("attention_mask")
        written = isinstance(mask, Tensor) and mask.ndim == 4
        view.mask = prompt_mask(tokens, valid, size, self.config._attn_implementation, written)
        run.views[number] = view
        return tokens

    def given(self, run: Run, number: int, kwargs: dict[str, Any]) -> dict[str, Any]:
        """What layer `number` is called with in a prefill: masks and positions of what it holds."""
        view = run.view(number)
        if view is None or view.index is None:
            return kwargs
        # Flash attention would take a gap in position ids for the beginning of another prompt.
        ids = None if self.config._attn_implementation.startswith("flash") else view.position_ids
        changed = {"attention_mask": view.mask, "position_embeddings": view.rotary, "position_ids": ids}
        return {**kwargs, **changed}

    def _rotary(self, tokens: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """The decoder's tables for other positions; some decoders have others for windows."""
        rotary = self.decoder.rotary_emb
        parted = "layer_type" in inspect.signature(type(rotary).forward).parameters
        kind = {"layer_type": "full_attention"} if parted else {}
        cosine, sine = rotary(tokens, positions, **kind)
        return cosine, sine

    def behind(
        self, run: Run, number: int, hidden: Tensor, kwargs: dict[str, Any], places: int
    ) -> tuple[Tensor, Tensor]:
        """The mean of the rotary tables of the next `places` positions behind the prompt, for each of the
        tokens (B, N, D) that layer `number` is given.

        A rotation is linear in its table, so that what these turn is turned by the mean of the rotations.
        """
        rotary_tables(kwargs)
        view = run.view(number)
        following = run.next_position
        if view is not None and view.next_position is not None:
            following = view.next_position
        if following is None:
            raise ValueError(
                "this decoder's rotary embedding is not given the tokens' positions, so that those behind a "
                "prompt are not known"
            )
        positions = following.to(hidden.device).unsqueeze(1) + torch.arange(places, device=hidden.device)
        if run.positions is not None:
            positions = positions.expand(run.positions.shape[0], -1, -1)
        tables = self._rotary(hidden[:, :1].float(), positions)
        cosine, sine = (table.mean(dim=-2, keepdim=True).to(hidden.dtype) for table in tables)
        shape = (*cosine.shape[:-2], hidden.shape[1], -1)
        return cosine.expand(shape), sine.expand(shape)

    def later(
        self, run: Run, view: View, hidden: Tensor, past: int, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """What a layer that holds the view is called with for tokens `hidden` (B, N, D) behind the prompt and
        `past` tokens more.
        """
        mask = kwargs.get("attention_mask")
        held, behind = run.length + view.written, past - view.written
        mask = later_mask(view, hidden, mask, held, behind, self.config)
        if view.next_position is None:
            return {**kwargs, "attention_mask": mask}
        steps = torch.arange(hidden.shape[1], device=hidden.device) + past
        positions = view.next_position.unsqueeze(1) + steps
        if run.positions is not None:
            positions = positions.expand(run.positions.shape[0], -1, -1)
        changed = {"attention_mask": mask, "position_embeddings": self._rotary(hidden, positions)}
        if run.positions is None and "position_ids" in kwargs:
            changed["position_ids"] = positions
        return {**kwargs, **changed}
