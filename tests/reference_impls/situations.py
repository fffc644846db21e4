"""For each stage a situation that a method may be in: random tokens, and a context with everything in it."""

from dataclasses import fields, replace

import torch

from reference_impls import Context
from reference_impls.context import Crops
from reference_impls.hosts import small_models
from reference_impls.hosts.reading import ReadingModel
from reference_impls.registry import load_methods

HEADS, KEY_HEADS, WIDTH = 4, 2, 16


def instance(method, width=WIDTH * HEADS):
    """A method as its class's defaults make it; a learned one with random weights for tokens of `width`."""
    make = method.implementation
    if hasattr(make, "untrained"):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return make.untrained(width)
    return make()


def with_keep(method, keep):
    """The same method with another budget; None where it has no `keep`."""
    names = {field.name for field in fields(method)}
    if "keep" not in names:
        return None
    changes = {"keep": keep}
    if "recycle" in names:
        changes["recycle"] = False  # recycled tokens come on top of the budget
    if "blocks" in names:
        changes["blocks"] = (2,)  # the budget holds after the last block: here, the one of `situation`
    if "merge" in names:
        changes["merge"] = False  # merging comes first, and its savings count against the budget
    return replace(method, **changes)


def situation(stage, *, needs=frozenset(), batch=2, side=6, seed=0, dtype=torch.float32, device="cpu"):
    """Tokens and context of a stage: `side * side` image tokens, where there are some.

    For a method that `needs` crops, `batch` counts images, each an overview and four crops.
    """
    crops = (Crops(2, 2, 64, 64),) * batch if "crops" in needs else None
    batch *= crops[0].count if crops else 1
    generator = torch.Generator().manual_seed(seed)

    def random(*shape):
        return torch.randn(*shape, generator=generator).to(dtype).to(device)

    patches = side * side
    count = {
        "vit-block": patches + 1,
        "audio-encoder": patches + 1,
        "encoder-layer": patches,
        "decoder-prefill": patches + 9,
    }.get(stage, patches)
    key_heads = KEY_HEADS if stage in ("decoder-prefill", "kv-cache") else HEADS
    queries, keys = random(batch, HEADS, count, WIDTH), random(batch, key_heads, count, WIDTH)
    values = random(batch, key_heads, count, WIDTH)
    tokens = random(batch, count, WIDTH * HEADS)
    common = {"queries": queries, "keys": keys, "values": values, "layer": 2, "layers": 4, "memory": {}}
    if stage in ("vit-block", "audio-encoder"):
        pixels = random(batch, 3, 1, 2 * side, 2 * side)
        return tokens, Context(protected=1, grid=(side, side), frames=1, pixels=pixels, **common)
    if stage == "encoder-layer":
        return tokens, Context(protected=1, **common)
    if stage in ("vision-output", "projector"):
        attention = random(batch, HEADS, count).float().softmax(dim=-1)
        text = random(batch, 5, WIDTH * HEADS)
        return tokens, Context(
            class_attention=attention,
            grid=(side, side),
            frames=side,  # for videos: frames of one row each
            received_attention=attention.mean(dim=1),
            text=text,
            class_logits=random(batch, HEADS, 1 + count).float(),
            early_class_attention=random(batch, HEADS, count).float().softmax(dim=-1),
            projected=random(batch, count, 2 * WIDTH),
            crops=crops,
            **common,
        )
    if stage == "decoder-prefill":
        candidates = torch.zeros(batch, count, dtype=torch.bool, device=device)
        candidates[:, 4 : 4 + patches] = True
        places = (torch.arange(count, device=device) % side).expand(batch, -1)  # frames of one row each
        return tokens, Context(
            candidates=candidates,
            places=places.masked_fill(~candidates, -1),
            plain_queries=queries,
            plain_keys=keys,
            embeddings=tokens,
            normalised=tokens,
            **common,
        )
    if stage == "kv-cache":
        entries = torch.cat([keys, values], dim=-1).flatten(0, 1)
        return entries, Context(future_queries=queries, **common)
    if stage == "diffusion-step":
        return tokens, Context(
            grid=(side, side), block_input=tokens, step=1, steps=10, timestep=500.0, **common
        )
    if stage == "prompt":
        ids = torch.randint(0, 50, (batch, count), generator=generator).to(device)
        judge = small_models.llama(depth=1, width=WIDTH)
        read = lambda: ReadingModel(judge)  # noqa: E731
        return tokens, Context(ids=ids, logits=random(batch, count, 50), reader=read, **common)
    raise ValueError(f"no situation for stage {stage}")


def batch_element(context, chosen, batch):
    """The context of one element, or of the elements in another order."""
    changes = {}
    for field in fields(context):
        value = getattr(context, field.name)
        if isinstance(value, torch.Tensor) and value.ndim > 1 and value.shape[0] == batch:
            changes[field.name] = value[chosen]
    return replace(context, memory={}, **changes)


def seeing(stage):
    """The names of the stage's methods that take away what a model sees, and not what it hears."""
    found = load_methods().items()
    return [
        name for name, one in found if one.stage == stage and not getattr(one.implementation, "hears", False)
    ]


def reducing_methods():
    """The names of the methods that shorten a sequence (not those that only reuse outputs)."""
    return [name for name, method in load_methods().items() if hasattr(method.implementation, "reduce")]
