"""A prefill of a decoder shaped like LLaVA-NeXT-7B's: 2880 image tokens kept to 320, by four methods.

Random weights in bfloat16, SDPA, one prompt of embeddings: the vision encoder is no part of it. On the CPU,
or small, a shrunk decoder in float32 shows that the code runs; its figures mean nothing.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch
import transformers
from torch import Tensor

from reference_impls import attach
from reference_impls.hosts.small_models import build
from reference_impls.methods.dart import DART
from reference_impls.methods.fastv import FastV
from reference_impls.methods.pyramiddrop import PyramidDrop
from reference_impls.methods.sparsevlm import SparseVLM
from reference_impls.results import machine

BEFORE, AFTER = 35, 29
RUNS = 10
PUBLISHED = {
    "FastV": "prefill 2.97x, KV cache 1512.1 -> 168.0 MB",
    "DART": "prefill 2.99x",
    "SparseVLM": "total 1.56x",
    "PyramidDrop": "3.82 -> 1.78 TFLOPs (LLaVA-1.5-7B, 576 tokens)",
}
"""What the papers say of LLaVA-NeXT-7B at 2880 -> 320, where nothing else is said."""


def methods(image: int) -> dict[str, Any]:
    """The four with a ninth of the image: SparseVLM by its stages for LLaVA-1.5 times five, which average
    that; PyramidDrop by its own ratio, which averages 47%.
    """
    count = image // 9
    stages = tuple(round(part * count / 64) for part in (66, 30, 17))
    return {
        "FastV": FastV(keep=count),
        "DART": DART(keep=count),
        "SparseVLM": SparseVLM(keep=stages),
        "PyramidDrop": PyramidDrop(keep=0.5),
    }


def decoder(device: str, small: bool) -> Any:
    """Vicuna-7B's shape, or a small one of as many layers."""
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4, "vocab_size": 128}
    if not small:
        shape = {
            "hidden_size": 4096,
            "intermediate_size": 11008,
            "num_attention_heads": 32,
            "vocab_size": 32064,
        }
    config = transformers.LlamaConfig(
        num_hidden_layers=32, max_position_embeddings=4096, attn_implementation="sdpa", **shape
    )
    if small:
        return build(lambda: transformers.LlamaForCausalLM(config)).to(device)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            return transformers.LlamaForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(default)


def run(device: str, small: bool) -> list[dict[str, Any]]:
    """Print the table of one device; its rows."""
    model = decoder(device, small)
    image = 288 if small else 2880
    generator = torch.Generator().manual_seed(0)
    width = model.config.hidden_size
    prompt = torch.randn(1, BEFORE + image + AFTER, width, generator=generator) * 0.02
    prompt = prompt.to(device, model.dtype)
    where = slice(BEFORE, BEFORE + image)
    size = "shrunk, to see that it runs" if small else "LLaVA-NeXT-7B"
    print(f"\nprefill, {size}: {image} image tokens -> {image // 9}, {model.dtype}, SDPA")
    print(f"{'':<14}{'ms':>9}{'ratio':>7}{'KV MB':>9}{'peak MB':>9}  published")
    plain = _measure(model, prompt, device)
    rows = [("plain SDPA", plain, "")]
    for name, method in methods(image).items():
        with attach(method, model, candidates=where):
            rows.append((name, _measure(model, prompt, device), PUBLISHED[name]))
    for name, (taken, cache, peak), published in rows:
        print(
            f"{name:<14}{taken:>9.2f}{plain[0] / taken:>7.2f}{cache / 1e6:>9.1f}"
            f"{'' if peak is None else f'{peak / 1e6:.1f}':>9}  {published}".rstrip()
        )
    return [
        {"prefill": name, "small": small, "device": machine(device), "ms": ms, "cache": cache, "peak": peak}
        for name, (ms, cache, peak), _ in rows
    ]


def _measure(model: Any, prompt: Tensor, device: str) -> tuple[float, int, int | None]:
    """Median milliseconds after a warm-up, synchronised; bytes of the cache; peak bytes without weights."""
    cuda = device.startswith("cuda")
    taken = []
    cache = 0
    with torch.no_grad():
        for number in range(RUNS + 2):
            if cuda:
                torch.cuda.synchronize(device)
                torch.cuda.reset_peak_memory_stats(device)
                held = torch.cuda.memory_allocated(device)
            start = time.perf_counter()
            out = model(inputs_embeds=prompt, use_cache=True, logits_to_keep=1)
            if cuda:
                torch.cuda.synchronize(device)
            if number >= 2:
                taken.append((time.perf_counter() - start) * 1000)
            layers = out.past_key_values.layers
            cache = sum(held.nbytes for layer in layers for held in (layer.keys, layer.values))
            del out, layers
    peak = int(torch.cuda.max_memory_allocated(device) - held) if cuda else None
    return statistics.median(taken), cache, peak
