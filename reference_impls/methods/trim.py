"""TRIM: Less is More: A Simple yet Effective Token Reduction Method for Efficient Multi-modal LLMs (Song et
al., COLING 2025).

Criterion: how well a patch fits the question in CLIP's common space, made a distribution over the patches by
a softmax. A patch is kept if its score is an outlier, above the third quartile by 1.5 times the interquartile
range, so that every image and question get their own number of tokens.
Mechanism: keep those patches in raster order; the mean of all others is appended as one token.
Twist: the official code's softmax runs over the negated similarity, so it keeps what fits least;
`official=True` reproduces that. The code also counts the outliers of a whole batch at once, which is the same
for one image; here every image counts its own.

What a checkpoint fills in: CLIP's norm after the encoder and its projection into the common space, which
LLaVA does not hold; `from_clip` takes them from a CLIP model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.clip_space import Embed, check_width, embedded, embedding_of
from reference_impls.criteria.outliers import outliers
from reference_impls.criteria.products import products
from reference_impls.mechanisms.merge import keep_and_average
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import best_counts
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def relevance(patches: Tensor, question: Tensor, official: bool = False) -> Tensor:
    """How well each patch fits the question: (B, N, E) and (B, E) -> (B, N), each row a distribution."""
    check_width(patches, question)
    similarity = products(question.unsqueeze(1), patches).squeeze(1)
    return (-similarity if official else similarity).softmax(dim=-1)


@dataclass(frozen=True)
class TRIM(Settings):
    """Keep the patches that the question asks for, between vision encoder and projector.

    Parameters
    ----------
    keep : None lets the scores decide. Otherwise what remains of the patches, rounded down, before the mean
        token.
    embed : (B, N, D) -> (B, N, E), CLIP's last norm and projection. None: a norm without weights and no
        projection, for questions embedded in the encoder's own width.
    official : score the negated similarity.
    """

    keep: Keep | None = None
    embed: Embed | None = None
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"text"})
    appends: ClassVar[bool] = True

    @classmethod
    def from_clip(cls, clip: Any, keep: float | None = None) -> TRIM:
        """With the weights of a `transformers.CLIPModel`, whose text embedding is then passed as `text=`."""
        return cls(keep=keep, embed=embedding_of(clip))

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M + 1, D). The question, `context.text` (B, T, E), is averaged over its parts."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        scores = relevance(embedded(patches, self.embed), self._question(context), self.official)
        if self.keep is None:
            counts = [max(1, outliers(row)) for row in scores]
        else:
            counts = [budget(self.keep, patches.shape[1], "floor")] * patches.shape[0]
        all_patches = torch.ones_like(scores, dtype=torch.bool)
        stays = best_counts(scores, all_patches, torch.tensor(counts, device=scores.device))
        return keep_and_average(patches, stays)

    def _question(self, context: Context) -> Tensor:
        text: Tensor = context.require("text")
        if context.text_valid is None:
            return text.mean(dim=1)
        real = context.text_valid.unsqueeze(-1)
        return text.masked_fill(~real, 0.0).sum(dim=1) / real.sum(dim=1)


METHOD = Method(
    name="TRIM",
    paper="trim",
    citation="Song et al., Less is More, COLING 2025, arXiv:2409.10994",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("text-relevance",),
    mechanism=("pruning", "merging"),
    training="both",
    implementation=TRIM,
)
