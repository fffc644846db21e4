"""Run the official code of LLMLingua and Selective Context, and keep what it does in tests/golden/.

    python -m venv /tmp/official
    /tmp/official/bin/pip install llmlingua==0.2.2 selective-context==0.1.4 transformers==4.41.2 numpy
    /tmp/official/bin/python tools/golden_prompts.py tests/golden

The classes are the official ones; what they would download is put in their place: language models of random
weights, which are kept in the files, and a tokenizer for which a text is numbers with spaces between.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

MODEL = {
    "vocab_size": 64,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
}
OFFICIAL = ("llmlingua", "selective_context", "spacy")
"""What has to be installed."""
SPREAD = 0.4  # of the random weights: what is expected of a token depends on those before it
SEED = 7
SAID = (
    "the harbour was quiet when the boats came home and nobody asked where they had been all night",
    "a model that reads a long text twice pays for every word of it and most of them tell it nothing new",
)


class Encoding(dict[str, Any]):
    """What a tokenizer returns: read by name or as attributes, moved between devices."""

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def to(self, device: Any) -> Encoding:
        return Encoding({name: value.to(device) for name, value in self.items()})


class Numbers:
    """A tokenizer: "12 7 9" is the tokens 12, 7 and 9."""

    def __call__(self, text: str, return_tensors: str | None = None, **_: Any) -> Encoding:
        ids = [int(word) for word in text.split()]
        if return_tensors is None:
            return Encoding(input_ids=ids)
        tensor = torch.tensor([ids])
        return Encoding(input_ids=tensor, attention_mask=torch.ones_like(tensor))


def model() -> Any:
    torch.manual_seed(SEED)
    built = LlamaForCausalLM(LlamaConfig(**MODEL)).eval()
    for weight in built.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=SPREAD)
    return built


def words(count: int, seed: int) -> list[int]:
    return [random.Random(seed * 1000 + place).randrange(1, MODEL["vocab_size"]) for place in range(count)]


def told(ids: list[int]) -> str:
    return " ".join(map(str, ids))


def llmlingua(folder: Path) -> None:
    from llmlingua import PromptCompressor

    judge = model()
    official = object.__new__(PromptCompressor)
    official.__dict__ |= {
        "model": judge,
        "tokenizer": Numbers(),
        "device": "cpu",
        "max_position_embeddings": MODEL["max_position_embeddings"],
        "cache_bos_num": 10,
        "context_idxs": [],
    }
    arrays: dict[str, Any] = {"params": json.dumps({"model": MODEL, "seed": SEED})}
    arrays |= {f"w.{name}": weight.numpy() for name, weight in judge.state_dict().items()}
    for case, (count, target, segment) in enumerate([(61, 30, 12), (96, 24, 20), (57, 45, 10), (40, 40, 8)]):
        ids = words(count, seed=case)
        left, _ = official.iterative_compress_prompt([told(ids)], target, segment, dynamic_ratio=[0.0])
        arrays |= {
            f"tokens{case}_params": json.dumps({"target_token": target, "iterative_size": segment}),
            f"tokens{case}_ids": np.array(ids, np.int16),
            f"tokens{case}_left": left[0].numpy().astype(np.int16),
        }
    demonstrations = [((9, 14, 7, 12, 10, 8), 20), ((12, 12, 5), 3), ((6, 9, 8), 40)]
    for case, (lengths, budget) in enumerate(demonstrations):
        shown = [words(length, seed=10 + case * 7 + at) for at, length in enumerate(lengths)]
        texts = [told(ids) for ids in shown]
        _, _, used = official.control_context_budget(texts, list(lengths), budget, context_budget="*2")
        arrays |= {
            f"demos{case}_params": json.dumps({"target_token": budget, "context_budget": "*2"}),
            f"demos{case}_ids": np.concatenate(shown).astype(np.int16),
            f"demos{case}_units": np.repeat(np.arange(len(lengths)), lengths).astype(np.int16),
            f"demos{case}_used": np.array(used, np.int16),
        }
    np.savez_compressed(folder / "llmlingua.npz", **arrays)


class Pieces:
    """A tokenizer of a few letters a token, whose vocabulary is what it has met."""

    BEGIN = "<|endoftext|>"

    def __init__(self) -> None:
        self.known = [self.BEGIN]

    def __call__(self, text: str, **_: Any) -> Encoding:
        pieces = [self.BEGIN, *re.findall(r" ?[a-z]{1,3}", text.removeprefix(self.BEGIN))]
        self.known += dict.fromkeys(piece for piece in pieces if piece not in self.known)
        return Encoding(input_ids=torch.tensor([[self.known.index(piece) for piece in pieces]]))

    def decode(self, token: int) -> str:
        return self.known[token]


def selective_context(folder: Path) -> None:
    """Units are spaCy's words: its model that finds phrases is not to be had without a download."""
    import spacy
    from selective_context import SelectiveContext

    judge = model()
    official = object.__new__(SelectiveContext)
    official.__dict__ |= {
        "lang": "en",
        "device": "cpu",
        "model": judge,
        "nlp": spacy.blank("en"),
        "sent_level_self_info": True,
        "phrase_mask_token": "",
        "get_self_information": official._get_self_info_via_gpt2,
    }
    arrays: dict[str, Any] = {"params": json.dumps({"model": MODEL, "seed": SEED})}
    arrays |= {f"w.{name}": weight.numpy() for name, weight in judge.state_dict().items()}
    for case, (text, ratio) in enumerate([(SAID[0], 0.35), (SAID[0], 0.5), (SAID[1], 0.8), (SAID[1], 0.2)]):
        official.tokenizer, official.mask_ratio = Pieces(), ratio
        _, phrases, tokens = official._lexical_unit([text])
        for level, units in (("phrase", phrases), ("token", tokens)):
            marks = [str(number) for number in range(len(units.text))]
            _, gone = official.self_info_mask(marks, units.self_info, level)
            arrays[f"{level}{case}_gone"] = np.array([int(mark) for mark in gone], np.int16)
        pieces = official.tokenizer(official.tokenizer.BEGIN + text).input_ids[0]
        assert len(pieces) <= MODEL["vocab_size"]
        ends = np.cumsum([len(unit) for unit in phrases.text])
        reached = np.cumsum([len(piece) for piece in tokens.text])
        arrays |= {
            f"case{case}_params": json.dumps({"reduce_ratio": ratio}),
            f"case{case}_ids": pieces.numpy().astype(np.int16),
            f"case{case}_informs": np.array(tokens.self_info, np.float32),
            f"case{case}_units": np.searchsorted(ends, reached).astype(np.int16),
        }
    np.savez_compressed(folder / "selective_context.npz", **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the two files are kept, such as tests/golden")
    folder = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder; name one that is there, such as tests/golden")
    if missing := [name for name in OFFICIAL if not find_spec(name)]:
        parser.error(f"{', '.join(missing)} cannot be imported; install it as --help says")
    llmlingua(folder)
    selective_context(folder)


if __name__ == "__main__":
    main()
