"""EasyCache: Less is Enough: Training-Free Video Diffusion Acceleration via Runtime-Adaptive Caching (Zhou et
al., 2025).

Criterion: how much the prediction v will have changed, guessed before it is computed. It moves k times as
much as the latents x do, and k, the ratio of both changes between the two latest computed steps, is steady
while a run goes on. So a step changes the prediction by the share k |x_t - x_(t-1)| / |v|; v is the latest
that was computed, and all sizes are mean absolute values.
Mechanism: by how much the model changed its input, v - x, is kept, and added to the latents of later steps
instead of running the model.
Twist: nothing is measured beforehand. The guesses are summed up from step to step, and as long as the sum
stays below a threshold the model is not run; then it is, the sum begins anew, and k is taken anew. The first
steps are all computed, two at least, since k needs two.

Every image or video of a batch decides for itself, so that its result is as alone; the model is spared the
work where all of them can do without. The official code, which is for one video, lets a batch decide as one,
and computes the last step in any case; `official=True` does so. Where a model predicts more channels than it
is given, such as a variance, its input counts as 0 there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.norms import mean_size
from reference_impls.mechanisms.reuse import add_change, is_last
from reference_impls.registry import Method
from reference_impls.settings import NotNegative, Settings, Whole


@dataclass(frozen=True)
class EasyCache(Settings):
    """Run the model only when its input has moved enough to change what it predicts.

    Parameters
    ----------
    threshold : the paper's tau: the model runs as soon as the sum reaches it. 0 runs it at every step.
    warm_up : so many steps at the beginning are all computed, and never fewer than two. Both defaults are
        those of the official code for HunyuanVideo.
    guided : the batch is a guided one, its first half without text and its second half with it, as pipelines
        of diffusers pass it: the two halves of an image decide as one. A pipeline may end guidance on the
        way and pass one half only. Where a pipeline calls the model once for each, each decides for itself.
    official : see above.
    """

    threshold: NotNegative = 0.025
    warm_up: Whole = 5
    guided: bool = False
    official: bool = False

    modules: ClassVar[tuple[str, ...]] = ("denoiser",)
    needs: ClassVar[frozenset[str]] = frozenset({"memory", "step", "images"})

    def around(self, compute: Callable[..., Tensor], latents: Tensor, context: Context) -> Tensor:
        """The prediction for latents (B, ...), computed or by the change that was kept."""
        memory = context.memory
        fresh = self.decide(latents, context)
        prediction = add_change(memory, compute, latents, fresh)
        memory["before"] = latents.detach().clone()
        if any(fresh):
            self._note(memory, memory["before"], prediction.detach(), fresh, context)
        return prediction

    def decide(self, latents: Tensor, context: Context) -> list[bool]:
        """For each image whether this step computes its prediction; the memory keeps the sums."""
        memory, images = context.memory, context.images
        if memory.setdefault("begun with", images) % 2 and self.guided:
            raise ValueError(f"a guided batch has two halves, and this one has {images} elements")
        if "before" not in memory or memory["before"].shape != latents.shape:  # guidance may end on the way
            begun = memory["begun with"]
            memory.clear()
            memory.update({"begun with": begun, "sum": torch.zeros(images, device=latents.device)})
            return [True] * images
        if "rate" not in memory:
            return [True] * images
        moved = self._mean(latents.float() - memory["before"].float(), context)
        total = memory["sum"] + memory["rate"] * moved / memory["size"]
        fresh = ~(total < self.threshold)
        last = self.official and is_last(context.step, context.steps, "EasyCache")
        if context.step < self.warm_up or last:
            fresh = torch.ones_like(fresh)
        memory["sum"] = total.masked_fill(fresh, 0.0)
        decided: list[bool] = fresh.tolist()
        return decided

    def _note(
        self, memory: dict[Any, Any], latents: Tensor, prediction: Tensor, fresh: list[bool], context: Context
    ) -> None:
        """Keep, of the images that were computed, what went in and came out, and how much both moved."""
        now = {"given": latents, "came": prediction, "size": self._mean(prediction, context)}
        if "given" in memory:
            moved = self._mean(latents.float() - memory["given"].float(), context)
            changed = self._mean(prediction.float() - memory["came"].float(), context)
            now["rate"] = changed / moved
        computed = torch.tensor(fresh, device=latents.device)
        for name, value in now.items():
            rows = computed.view(-1, *[1] * (value.dim() - 1))
            memory[name] = torch.where(rows, value, memory[name]) if name in memory else value

    def _mean(self, values: Tensor, context: Context) -> Tensor:
        """The mean absolute value for each image (images,), of all that decide as one."""
        images = context.images
        halves = 1 + (self.guided and images == context.memory["begun with"])
        return mean_size(values, images, images if self.official else halves)


METHOD = Method(
    name="EasyCache",
    paper="easycache",
    citation="Zhou et al., Less is Enough, 2025, arXiv:2507.02860",
    domain=("vision",),
    stage="diffusion-step",
    criterion=("representation-change",),
    mechanism=("caching",),
    training="free",
    implementation=EasyCache,
)
