"""`example METHOD`: complete programs that attach the method to published models, for a reader to copy.

The programs differ by the kind of model only. Each loads weights from the Hugging Face hub, makes its own
inputs, and says at its end what the method did.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Template
from typing import Any

from reference_impls.registry import Method
from reference_impls.supported import models_of


@dataclass(frozen=True)
class Kind:
    """The parts of a program for one kind of model.

    `scene` says whether it draws a picture of its own; `besides` what must be installed for this kind only.
    """

    libraries: str
    model: str
    inputs: str
    run: str
    scene: bool = False
    besides: str = ""


_BODY = Template(
    """$besides$libraries

from reference_impls import attach
from $module import $name
$scene
$model

$inputs

$made
with attach(method, $owner$where) as attached, torch.no_grad():
$run
$report
"""
)

_SCENE = "from reference_impls.picture import drawn_image\n"
_SHORTER = """for layer, reduction in attached.reductions:
    print(f"layer {layer}: {reduction.source.shape[1]} -> {reduction.tokens.shape[1]} tokens")"""
_CACHE = """for layer, reduction in attached.reductions:
    print(f"layer {layer}: {reduction.source.shape[1]} -> {reduction.tokens.shape[1]} entries")"""
_COMPUTED = """done = sum(tokens for step, layer, tokens, of in attached.computed)
asked = sum(of for step, layer, tokens, of in attached.computed)
print(f"{done / asked:.0%} of the tokens were computed")"""
_GENERATE = """    output = model.generate(**inputs, max_new_tokens=32)
print(processor.decode(output[0], skip_special_tokens=True))"""
_CLASSIFY = """    logits = model(**inputs).logits
print(model.config.id2label[int(logits.argmax())])"""
_DEVICE = '# pipeline.to("cuda") where there is a GPU'
_PICTURE = """    picture = pipeline({prompt}, num_inference_steps=50).images[0]
picture.save("picture.png")"""
_FRAMES = """wide = drawn_image(384)  # or your own frames, as PIL images
frames = [wide.crop((8 * number, 0, 8 * number + 256, 256)) for number in range({count})]
"""


def _image(chat: str = "USER: <image>\\nWhat is in the picture? ASSISTANT:") -> str:
    return f"""image = drawn_image()  # or PIL.Image.open("photo.jpg")
prompt = "{chat}"
inputs = processor(images=image, text=prompt, return_tensors="pt").to(model.device, model.dtype)"""


def _loaded(kind: str, name: str, processor: str = "AutoProcessor", called: str = "processor") -> str:
    return f"""checkpoint = "{name}"
{called} = {processor}.from_pretrained(checkpoint)
model = {kind}.from_pretrained(checkpoint)
# model.to("cuda") where there is a GPU"""


def _of(kind: str, processor: str = "AutoProcessor") -> str:
    names = ", ".join(sorted([kind, processor], key=str.lower))
    return f"import torch\nfrom transformers import {names}"


KINDS = {
    "image encoder": Kind(
        _of("ViTForImageClassification", "AutoImageProcessor"),
        _loaded("ViTForImageClassification", "google/vit-base-patch16-224", "AutoImageProcessor"),
        'image = drawn_image()  # or PIL.Image.open("photo.jpg")\n'
        'inputs = processor(image, return_tensors="pt").to(model.device, model.dtype)',
        _CLASSIFY,
        scene=True,
    ),
    "video encoder": Kind(
        _of("VideoMAEForVideoClassification", "AutoImageProcessor"),
        _loaded(
            "VideoMAEForVideoClassification",
            "MCG-NJU/videomae-base-finetuned-kinetics",
            "AutoImageProcessor",
        ),
        _FRAMES.format(count=16)
        + 'inputs = processor(frames, return_tensors="pt").to(model.device, model.dtype)',
        _CLASSIFY,
        scene=True,
    ),
    "text encoder": Kind(
        _of("BertForSequenceClassification", "AutoTokenizer"),
        _loaded(
            "BertForSequenceClassification",
            "textattack/bert-base-uncased-SST-2",
            "AutoTokenizer",
            "tokenizer",
        ),
        'text = "A film that takes its time, and is worth every minute of it."\n'
        'inputs = tokenizer(text, return_tensors="pt").to(model.device)',
        _CLASSIFY,
    ),
    "image prompt": Kind(
        _of("LlavaForConditionalGeneration"),
        _loaded("LlavaForConditionalGeneration", "llava-hf/llava-1.5-7b-hf"),
        _image(),
        _GENERATE,
        scene=True,
    ),
    "image and question": Kind(
        "import torch\nfrom transformers import (\n    AutoProcessor,\n    AutoTokenizer,\n    CLIPModel,\n"
        "    LlavaForConditionalGeneration,\n)",
        _loaded("LlavaForConditionalGeneration", "llava-hf/llava-1.5-7b-hf")
        + """

encoder = "openai/clip-vit-large-patch14-336"  # LLaVA's own, with its projections
clip = CLIPModel.from_pretrained(encoder, dtype=model.dtype).to(model.device)
tokenizer = AutoTokenizer.from_pretrained(encoder)
question = tokenizer("What is in the picture?", return_tensors="pt").to(model.device)
with torch.no_grad():
    text = clip.text_projection(clip.text_model(**question).pooler_output)[:, None]""",
        _image(),
        _GENERATE,
        scene=True,
    ),
    "cut image prompt": Kind(
        _of("LlavaNextForConditionalGeneration"),
        _loaded("LlavaNextForConditionalGeneration", "llava-hf/llava-v1.6-vicuna-7b-hf"),
        _image(),
        _GENERATE,
        scene=True,
    ),
    "video prompt": Kind(
        _of("LlavaOnevisionForConditionalGeneration"),
        _loaded("LlavaOnevisionForConditionalGeneration", "llava-hf/llava-onevision-qwen2-0.5b-ov-hf"),
        _FRAMES.format(count=8)
        + """chat = "<|im_start|>user <video>\\nWhat happens here?<|im_end|><|im_start|>assistant"
inputs = processor(videos=[frames], text=chat, return_tensors="pt").to(model.device, model.dtype)""",
        _GENERATE,
        scene=True,
        besides="torchvision",
    ),
    "cache": Kind(
        _of("Qwen2ForCausalLM", "AutoTokenizer"),
        _loaded("Qwen2ForCausalLM", "Qwen/Qwen2.5-0.5B-Instruct", "AutoTokenizer", "tokenizer"),
        'text = "The harbour was quiet that morning. " * 100 + "In one word, the harbour was"\n'
        'inputs = tokenizer(text, return_tensors="pt").to(model.device)',
        _GENERATE.replace("processor", "tokenizer"),
    ),
    "class to image": Kind(
        "import torch\nfrom diffusers import DiTPipeline",
        'pipeline = DiTPipeline.from_pretrained("facebook/DiT-XL-2-256")\n' + _DEVICE,
        "labels = [207]  # golden retriever, of the classes of ImageNet",
        _PICTURE.format(prompt="labels"),
    ),
    "text to image": Kind(
        "import torch\nfrom diffusers import StableDiffusionPipeline",
        'checkpoint = "stable-diffusion-v1-5/stable-diffusion-v1-5"\n'
        "pipeline = StableDiffusionPipeline.from_pretrained(checkpoint)\n" + _DEVICE,
        'prompt = "a house on a hill, the sun above it"',
        _PICTURE.format(prompt="prompt"),
    ),
    "text to video": Kind(
        "import torch\nfrom diffusers import LattePipeline\nfrom diffusers.utils import export_to_gif",
        'pipeline = LattePipeline.from_pretrained("maxin-cn/Latte-1")\n' + _DEVICE,
        'prompt = "a boat that leaves a quiet harbour"',
        """    frames = pipeline(prompt, num_inference_steps=50).frames[0]
export_to_gif(frames, "video.gif")""",
        besides="sentencepiece",
    ),
}
_OF_STAGE = {
    "vit-block": "image encoder",
    "encoder-layer": "text encoder",
    "vision-output": "image prompt",
    "decoder-prefill": "image prompt",
    "kv-cache": "cache",
    "diffusion-step": "class to image",
}
_OF_NEED = (
    ("pixels", "video encoder"),
    ("frames", "video prompt"),
    ("places", "video prompt"),
    ("crops", "cut image prompt"),
    ("text", "image and question"),
    ("downsample", "text to image"),
)
_OF_MODEL = {
    "ViT": "image encoder",
    "VideoMAE": "video encoder",
    "BERT": "text encoder",
    "LLaVA": "image prompt",
    "LLaVA-NeXT": "cut image prompt",
    "LLaVA-OneVision with videos": "video prompt",
    "Qwen2": "cache",
    "DiT": "class to image",
    "Stable Diffusion's U-Net": "text to image",
    "Latte": "text to video",
}
"""Family of models, as `supported.py` calls it -> the kind whose program loads one of it."""


def kind_of(method: Method) -> str:
    """The kind of model that shows the method: its stage's, or the one that has what it looks at."""
    make = method.implementation
    if method.stage == "diffusion-step":
        return _denoiser(make)
    return next((kind for need, kind in _OF_NEED if need in make.needs), _OF_STAGE[method.stage])


def _denoiser(make: type[Any]) -> str:
    modules = getattr(make, "modules", ())
    if "temporal-attention" in modules:
        return "text to video"
    if hasattr(make, "reduce") or modules == ("attention", "cross-attention"):
        return "text to image"  # merging on a grid and gating of cross-attention are made for the U-Net
    return "class to image"


def examples_of(method: Method) -> dict[str, str]:
    """Family of models -> the program, of those that the method runs in and a program is written for.

    The one that shows the method best comes first.
    """
    best = kind_of(method)
    kinds = {model: _OF_MODEL[model] for model in models_of(method) if model in _OF_MODEL}
    # Of those, only LLaVA's encoder has its text tower published beside it.
    if "text" in method.implementation.needs:
        kinds = {model: "image and question" for model, kind in kinds.items() if kind == "image prompt"}
    ordered = sorted(kinds, key=lambda model: kinds[model] != best)
    return {model: example(method, kinds[model]) for model in ordered}


def example(method: Method, name: str | None = None) -> str:
    """The program for the kind that is called `name` in `KINDS`, or for that which shows the method best."""
    name = name or kind_of(method)
    kind = KINDS[name]
    denoises = method.stage == "diffusion-step"
    needs = method.implementation.needs
    if denoises:
        owner = "pipeline.unet" if name == "text to image" else "pipeline.transformer"
        report = _SHORTER if hasattr(method.implementation, "reduce") else _COMPUTED
    else:
        owner = "model"
        report = _CACHE if method.stage == "kv-cache" else _SHORTER
    told = [f", {word}" for need, word in (("text", "text=text"), ("steps", "steps=50")) if need in needs]
    return _BODY.substitute(
        besides=f"# Besides the requirements: pip install {kind.besides}\n" if kind.besides else "",
        libraries=kind.libraries,
        module=method.implementation.__module__,
        name=method.implementation.__name__,
        scene=_SCENE if kind.scene else "",
        model=kind.model,
        inputs=kind.inputs,
        made=_made(method.implementation),
        owner=owner,
        where="".join(told),
        run=kind.run,
        report=report,
    )


def _made(make: type[Any]) -> str:
    """The method with its budget, where it has one; a learned one with random weights, and said so."""
    name = make.__name__
    if hasattr(make, "untrained"):
        made = f"{name}.untrained(model.config.hidden_size).to(model.device)"
        return f"# Its own weights are random: train them with the model.\nmethod = {made}"
    if hasattr(make, "from_clip"):
        return f"method = {name}.from_clip(clip)"
    budgets = [field.default for field in fields(make) if field.name == "keep"]
    if budgets and isinstance(budgets[0], (int, float)):
        return f"method = {name}(keep={round(budgets[0], 4)})"
    return f"method = {name}()"
