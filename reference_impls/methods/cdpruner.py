"""CDPruner: Beyond Attention or Similarity: Maximizing Conditional Diversity for Token Pruning in MLLMs
(Zhang et al., NeurIPS 2025).

Criterion: conditional diversity. Tokens are compared as the projector hands them to the language model, by
cosine; each pair's similarity is weighted by how relevant both are to the question, the mean cosine between
a patch and the question's parts in CLIP's common space, brought to the range from 0 to 1.
Mechanism: of all subsets of the budget's size, the wanted one has the largest determinant of this kernel (a
determinantal point process). It is built greedily: the next token is the one that raises the determinant
most.
Twist: a token that fits the question is worth more, and one that another chosen token stands for is worth
nothing.

The official code negates the relevance, as TRIM's does, and takes its range over the whole batch;
`official=True` does both. What a checkpoint fills in: CLIP's last norm and projection, which LLaVA does not
hold; `from_clip` takes them from a CLIP model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from reference_impls.context import Context
from reference_impls.criteria.clip_space import Embed, embedded, embedding_of, relevance
from reference_impls.criteria.diversity import determinantal
from reference_impls.criteria.similarity import cosine_similarity
from reference_impls.mechanisms.protect import behind_leading
from reference_impls.mechanisms.prune import keep_index
from reference_impls.reduction import Reduction, budget
from reference_impls.registry import Method
from reference_impls.settings import Keep, Settings


def conditional_kernel(projected: Tensor, relevant: Tensor, official: bool = False) -> Tensor:
    """The similarity of each pair, weighted by the relevance of both: (B, N, D) and (B, N) -> (B, N, N)."""
    if official:
        relevant = -relevant
    over = (0, 1) if official else (1,)
    least, most = relevant.amin(dim=over, keepdim=True), relevant.amax(dim=over, keepdim=True)
    # The least relevant token keeps a trace of its own.
    weight = (relevant - least + 1e-6) / (most - least).clamp(min=1e-6)
    return weight.unsqueeze(2) * cosine_similarity(projected, projected) * weight.unsqueeze(1)


@dataclass(frozen=True)
class CDPruner(Settings):
    """Keep patches that fit the question and differ from each other, before the language model.

    Parameters
    ----------
    keep : what remains of the image tokens, rounded to nearest; the paper's counts are 128, 64 and 32 of 576.
    embed : (B, N, D) -> (B, N, E), CLIP's last norm and projection. None: a norm without weights and no
        projection, for questions embedded in the encoder's own width.
    official : see above.
    """

    keep: Keep = 64 / 576
    embed: Embed | None = None
    official: bool = False

    needs: ClassVar[frozenset[str]] = frozenset({"projected", "text"})

    @classmethod
    def from_clip(cls, clip: Any, keep: float = 64 / 576) -> CDPruner:
        """With the weights of a `transformers.CLIPModel`, whose text embedding is then passed as `text=`."""
        return cls(keep=keep, embed=embedding_of(clip))

    def reduce(self, tokens: Tensor, context: Context) -> Reduction:
        """(B, N, D) -> (B, M, D). The question is `context.text` (B, T, E), in T parts."""
        return behind_leading(tokens, context, self._choose)

    def _choose(self, patches: Tensor, context: Context) -> Reduction:
        relevant = relevance(embedded(patches, self.embed), context.require("text"), context.text_valid)
        kernel = conditional_kernel(context.require("projected").float(), relevant, self.official)
        chosen = determinantal(kernel, budget(self.keep, patches.shape[1])).sort(dim=1).values
        return keep_index(patches, chosen, size=context.size)


METHOD = Method(
    name="CDPruner",
    paper="beyond-attention-similarity",
    citation="Zhang et al., Beyond Attention or Similarity, NeurIPS 2025, arXiv:2506.10967",
    domain=("multimodal",),
    stage="vision-output",
    criterion=("diversity", "text-relevance"),
    mechanism=("pruning",),
    training="free",
    implementation=CDPruner,
)
