"""`example METHOD`: complete programs that attach the method to published models, for a reader to copy.

The programs differ by the kind of model only. Each loads weights from the Hugging Face hub, makes its own
inputs, and says at its end what the method did.
"""

from __future__ import annotations

from dataclasses import fields, replace
from string import Template
from typing import Any

from reference_impls import naming
from reference_impls.example_kinds import KINDS, WITH_QUESTION, Kind, with_demonstrations, with_notes
from reference_impls.registry import Method
from reference_impls.supported import models_of

_BODY = Template(
    """$besides$libraries

from reference_impls import attach
from $module import $names
$scene
$model

$inputs

$made
with attach(method, $owner$where) as attached, ${second}torch.no_grad():
$run
$report
"""
)

_SCENE = "from reference_impls.picture import drawn_image\n"
_RANDOM = """# Its own weights are random, and training them is not built here: load trained ones.
"""
_SHORTER = Template(
    """for layer, reduction in $attached.reductions:
    print(f"layer {layer}: {reduction.source.shape[1]} -> {reduction.tokens.shape[1]} $what")"""
)
_COMPUTED = """done = sum(tokens for step, layer, tokens, of in attached.computed)
asked = sum(of for step, layer, tokens, of in attached.computed)
print(f"{done / asked:.0%} of the tokens were computed")"""
_JUDGED = """# Here the model judges its own prompt, which costs one more reading of it. With
# attach(..., scorer=smaller) a smaller model does, which must have the same tokenizer.
"""
_MEASURED = """# Without ratios two steps of three are left out. Calibration() of the same module measures
# them, attached in its place for one run: then MagCache(ratios=calibration.ratios).
"""
_ASKED = """
# The question stays.
asked = tokenizer(question, return_tensors="pt").input_ids.shape[1]"""
_OF_STAGE = {
    "vit-block": "ViT",
    "audio-encoder": "Audio Spectrogram Transformer",
    "encoder-layer": "BERT",
    "vision-output": "LLaVA",
    "projector": "LLaVA",
    "decoder-prefill": "LLaVA",
    "kv-cache": "Qwen2",
    "prompt": "Qwen2",
    "diffusion-step": "DiT",
}
_OF_NEED = (
    ("pixels", "VideoMAE"),
    ("frames", "LLaVA-OneVision with videos"),
    ("places", "LLaVA-OneVision with videos"),
    ("crops", "LLaVA-NeXT"),
    ("text", WITH_QUESTION),
    ("downsample", "Stable Diffusion's U-Net"),
)


def kind_of(method: Method) -> str:
    """The kind of model that shows the method: its stage's, or the one that has what it looks at."""
    make = method.implementation
    if method.stage == "diffusion-step":
        return _denoiser(make)
    if getattr(make, "hears", False):
        return "Qwen2-Audio"
    return next((kind for need, kind in _OF_NEED if need in make.needs), _OF_STAGE[method.stage])


def _denoiser(make: type[Any]) -> str:
    modules = getattr(make, "modules", ())
    if "temporal-attention" in modules and "feed-forward" not in modules:
        return "Latte"  # what acts in all parts of a block is shown by any denoiser
    if hasattr(make, "reduce") or modules == ("attention", "cross-attention"):
        return "Stable Diffusion's U-Net"  # merging on a grid and gating of cross-attention are made for it
    return "DiT"


def examples_of(method: Method, begins: str = "") -> dict[str, str]:
    """Family of models -> the program, of those that the method runs in; the one that shows it best first.

    Only of families whose name `begins` so, whatever the case: the others are not tried.
    """
    best = kind_of(method)
    if best == WITH_QUESTION:  # only LLaVA's encoder has its text tower published beside it
        return {"LLaVA": example(method)} if naming.begins("LLaVA", begins) else {}
    models = sorted(models_of(method, begins), key=lambda one: one != best)
    return {model: example(method, model) for model in models}


def example(method: Method, name: str | None = None) -> str:
    """The program for the kind that is called `name` in `KINDS`, or for that which shows the method best."""
    kind = KINDS[name or kind_of(method)]
    needs = method.implementation.needs
    if method.stage == "diffusion-step" and not hasattr(method.implementation, "reduce"):
        report = _COMPUTED
    else:
        report = _shorter("attached", method.stage)
    told = [f", {word}" for need, word in (("text", "text=text"), ("steps", "steps=50")) if need in needs]
    if method.stage == "prompt":
        kind, where = _with_context(kind, "units" in needs)
        told.append(where)
    elif method.stage == "decoder-prefill" and not (
        kind.scene or kind.heard
    ):  # of words: no placeholder says what may go
        kind, where = _with_context(kind, by_units=False)
        told.append(where)
    names, made, second = [method.implementation.__name__], _made(method.implementation, kind), ""
    if method.inside is not None:
        names.append(method.inside.__name__)
        made += f"\n{_made(method.inside, kind, 'inside')}"
        second = f"attach(inside, {kind.owner}) as within, "
        report += f"\n{_shorter('within', method.inside.stage)}"
    return _BODY.substitute(
        besides=f"# Besides the requirements: pip install {kind.besides}\n" if kind.besides else "",
        libraries=kind.libraries,
        module=method.implementation.__module__,
        names=", ".join(sorted(names)),
        scene=_SCENE if kind.scene else "",
        model=kind.model,
        inputs=kind.inputs,
        made=made,
        second=second,
        owner=kind.owner,
        where="".join(told),
        run=_long_enough(kind.run, method.implementation),
        report=report,
    )


def _long_enough(run: str, make: type[Any]) -> str:
    """The run, with an answer that fills the buffer of a method that has one several times."""
    buffers = [field.default for field in fields(make) if field.name == "buffer"]
    return run.replace("max_new_tokens=32", f"max_new_tokens={4 * buffers[0]}") if buffers else run  # type: ignore[operator]


def _with_context(kind: Kind, by_units: bool) -> tuple[Kind, str]:
    """The kind with a prompt of which a part may go, and how the method is told which."""
    if kind.scene or kind.heard:
        return with_notes(kind), ", candidates=slice(seen, -asked)"
    if by_units:
        return with_demonstrations(kind), ", units=units"
    return replace(kind, inputs=f"{kind.inputs}\n{_ASKED}"), ", candidates=slice(1, -asked)"


def _shorter(attached: str, stage: str) -> str:
    """What prints how much shorter each layer's sequence became."""
    return _SHORTER.substitute(attached=attached, what="entries" if stage == "kv-cache" else "tokens")


def _made(make: type[Any], kind: Kind, called: str = "method") -> str:
    """The method with its budget, where it has one, and for guidance, where that matters to it; a learned one
    with random weights, and said so.
    """
    name, owner = make.__name__, kind.owner
    if hasattr(make, "untrained"):
        before, width = "", f"{owner}.config.hidden_size"
        if getattr(make, "projects", False):
            parts = (f"{owner}.config.{part}_config.hidden_size" for part in ("vision", "text"))
            before, width = f"widths = {', '.join(parts)}\n", "*widths"
        return f"{_RANDOM}{before}{called} = {name}.untrained({width}).to({owner}.device)"
    if hasattr(make, "from_clip"):
        return f"{called} = {name}.from_clip(clip)"
    defaults = {field.name: field.default for field in fields(make)}
    before = _JUDGED if {"logits", "reader"} & make.needs else ""
    before = _MEASURED if "ratios" in defaults else before
    keep, told = defaults.get("keep"), []
    if isinstance(keep, (int, float)):
        told.append(f"keep={round(keep, 4)}")
    if "guided" in defaults and kind.halves:  # as these pipelines are, unless they are told otherwise
        told.append("guided=True")
    return f"{before}{called} = {name}({', '.join(told)})"
