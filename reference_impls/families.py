"""The models that stand for what somebody calls a model: a family, a checkpoint or a folder. None is fetched.

A checkpoint whose configuration lies on this machine is built from that, without weights. Otherwise its name
is taken for a family's only where the rest of it says no more than a version, a size or a tuning:
`Qwen2-VL-7B-Instruct` is a Qwen2-VL, and `Qwen2-Audio-7B` is no Qwen2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from reference_impls import naming
from reference_impls.hosts.small_decoders import DECODERS, of_family, whole_attention_alone
from reference_impls.supported import FAMILIES

Build = Callable[[], Any]
_ALSO = {
    "ast": "Audio Spectrogram Transformer",
    "llava-v1.6": "LLaVA-NeXT",
    "llava-1.6": "LLaVA-NeXT",
    "qwen1.5": "Qwen2",
    "stable-diffusion-v1": "Stable Diffusion's U-Net",
    "stable-diffusion-2": "Stable Diffusion's U-Net",
    "tinyllama": "Llama",
    "vicuna": "Llama",
}
"""How names of checkpoints begin that do not begin with their family's."""
_NO_MORE = re.compile(
    r"v?\d+(\.\d+)*|(\d+x)?\d+(\.\d+)?[bmk]|so400m|\d+x\d+|patch\d+|"  # versions and sizes
    r"hf|diffusers|it|instruct|chat|ov|si|base|pt|cased|uncased|distilled|awq|gptq|int[48]|fp8"
)
_SIZES = re.compile("tiny|small|medium|large|huge|giant|xl|vit|t2v|[bslg]")
"""Of encoders and denoisers, and what these make. Of decoders these may be names of other families, as in
`Mistral-Small-3.1`.
"""
_TRAINED_ON = re.compile(r"finetuned|ft|audioset|ls960|kinetics\d*|sst")
_LANGUAGE_MODEL = re.compile(r"vicuna|mistral|llama\d?|qwen\d?(\.\d)?")
"""What stands in the name of a LLaVA."""


def named(said: str) -> list[tuple[str, Build]]:
    """Each model that is meant: what to call it, and how to build one to ask.

    Raises ValueError where none is known by this name.
    """
    if local := _local(said):
        return [local]
    families = _families()
    begun = [name for name in families if naming.folded(said) and naming.begins(name, said)]
    if begun:
        return [(_with_remark(name), families[name]) for name in begun]
    checkpoint = said.rstrip("/").rpartition("/")[2]
    if name := _family_of(checkpoint, families):
        return [(f"{_with_remark(name)}, by the name {checkpoint}", families[name])]
    if said and Path(said).is_dir():
        raise ValueError(
            f"the folder {said} holds no config.json of a model that transformers knows: give the folder "
            "that does, or ask in Python: print(reference_impls.fitting(model))"
        )
    raise ValueError(
        f"no family of models begins with '{said}'; there are {', '.join(families)}. Of any other model that "
        "you can load, ask in Python: print(reference_impls.fitting(model)); or give here the folder of its "
        "checkpoint"
    )


def _families() -> dict[str, Build]:
    known: dict[str, Build] = {}
    for family in chain(*FAMILIES.values()):
        known.setdefault(family.name.split(" with ")[0], family.build)
    for kind in DECODERS:
        if kind != "Lfm2":  # published ones have layers of another kind
            known.setdefault(kind, partial(of_family, kind, "sdpa"))
    return known


def _with_remark(name: str) -> str:
    if name in DECODERS and whole_attention_alone(name):
        return f"{name} where no layer has a sliding window"
    return name


def _family_of(checkpoint: str, families: Iterable[str]) -> str | None:
    """The family whose name, or another of its names, begins this one; None where the rest says more."""
    known = {**{name: name for name in families}, **_ALSO}
    begins = {name: rest for name in known if (rest := _behind(name, checkpoint)) is not None}
    if not begins:
        return None
    longest = max(begins, key=lambda name: len(naming.folded(name)))
    others = [kind for kind in CONFIG_MAPPING_NAMES if _behind(kind, checkpoint) is not None]
    if any(len(naming.folded(kind)) > len(naming.folded(longest)) for kind in others):
        return None  # such as a Qwen2-Audio
    family = known[longest]
    words = [word for word in re.split(r"[-_. ]+", begins[longest].lower()) if word]
    allowed = [_NO_MORE]
    if family not in DECODERS:
        allowed += [_SIZES, _TRAINED_ON]
    if family.startswith("LLaVA"):
        allowed.append(_LANGUAGE_MODEL)
    return family if all(any(one.fullmatch(word) for one in allowed) for word in words) else None


def _behind(name: str, checkpoint: str) -> str | None:
    """What stands behind a name that begins the checkpoint's; None where it does not, or ends in a word."""
    wanted = naming.folded(name)
    for end in range(1, len(checkpoint) + 1):
        if checkpoint[end - 1].isalnum() and naming.folded(checkpoint[:end]) == wanted:
            rest = checkpoint[end:]
            return None if rest[:1].isalpha() else rest
    return None


def _local(said: str) -> tuple[str, Build] | None:
    """The model of a folder, or of a checkpoint in the hub's cache, without weights."""
    if "/" not in said and not (Path(said) / "config.json").is_file():
        return None
    try:
        config = transformers.AutoConfig.from_pretrained(said, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError):  # not here, or of another library
        return None
    kinds = [getattr(transformers, name, None) for name in config.architectures or ()]
    if not kinds or kinds[0] is None:
        return None
    return f"{kinds[0].__name__} of {said}", partial(_without_weights, kinds[0], config)


def _without_weights(kind: type[Any], config: Any) -> Any:
    with torch.device("meta"):
        return kind(config).eval()
