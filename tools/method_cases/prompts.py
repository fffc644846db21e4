"""Methods that shorten a prompt; what the language model that judges costs is not in these figures."""

from __future__ import annotations

import torch
from torch import Tensor

from method_cases import Draw, Sides, case
from reference_impls import Context
from reference_impls.methods.llmlingua import LLMLingua
from reference_impls.methods.selective_context import SelectiveContext

LLAMA = "Llama-2-7B: a prompt of 2000 tokens, width 4096"


class ReadBefore:
    """A reader that knows how surprising each word is, wherever it stands."""

    def __init__(self, surprise: Tensor) -> None:
        self._surprise = surprise

    def read(self, ids: Tensor) -> Tensor:
        return self._surprise[ids]

    def place(self) -> None:
        return None

    def go_back(self, place: None) -> None:
        pass


def words(draw: Draw, small: bool) -> tuple[Tensor, Tensor, int]:
    """A prompt's embeddings and ids, no word twice, and the size of the vocabulary."""
    count, width, known = (200, 16, 256) if small else (2000, 4096, 32000)
    ids = torch.randperm(known, generator=torch.Generator().manual_seed(0))[:count].to(draw.device)
    return draw(1, count, width), ids[None], known


@case("selective_context", f"{LLAMA}, 32000 words known; half kept", "log-softmax, gather, sort, gather")
def selective_context(draw: Draw, small: bool) -> Sides:
    tokens, ids, known = words(draw, small)
    logits = draw(1, ids.shape[1], known)
    method, context = SelectiveContext(keep=0.5), Context(ids=ids, logits=logits)

    def plain() -> Tensor:
        told = -logits[0, :-1].log_softmax(dim=-1).gather(1, ids[0, 1:, None])[:, 0]
        first = 1 + (told.numel() - 1) // 2
        kept = 1 + told.argsort(descending=True)[:first].sort().values
        return torch.cat([tokens[:, :1], tokens[:, kept]], dim=1)

    return Sides(lambda: method.reduce(tokens, context).tokens, plain)


@case(
    "llmlingua",
    f"{LLAMA}; half kept, in segments of 100",
    "topk of every segment, gather",
    "a segment waits for what is left of the one before",
)
def llmlingua(draw: Draw, small: bool) -> Sides:
    tokens, ids, known = words(draw, small)
    surprise = draw(known)
    context = Context(ids=ids, reader=lambda: ReadBefore(surprise))
    method = LLMLingua(keep=0.5)

    def plain() -> Tensor:
        segments = surprise[ids[0]].reshape(-1, method.segment)
        best = segments.topk(method.segment // 2).indices.sort().values
        starts = torch.arange(len(segments), device=ids.device)[:, None] * method.segment
        return tokens[:, (starts + best).flatten()]

    return Sides(lambda: method.reduce(tokens, context).tokens, plain)
