"""The kinds of models that example programs are written for: what each imports, loads, is given and runs.

What a method adds to them is the business of `examples.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Kind:
    """The parts of a program for one kind of model.

    `owner` is what the method is attached to; `scene` says whether the program draws a picture of its own,
    and `heard` whether a sound stands in its prompt; `halves`, whether guidance is two halves of a batch, and
    not two calls; `besides` what must be installed for this kind only.
    """

    libraries: str
    model: str
    inputs: str
    run: str
    owner: str = "model"
    scene: bool = False
    heard: bool = False
    halves: bool = True
    besides: str = ""


_GENERATE = """    output = model.generate(**inputs, max_new_tokens=32)
answer = output[0, inputs["input_ids"].shape[1] :]
print(processor.decode(answer, skip_special_tokens=True))"""
_CLASSIFY = """    logits = model(**inputs).logits
print(model.config.id2label[int(logits.argmax())])"""
_EMBED = """    features = model(**inputs).pooler_output
print(f"{features.shape[-1]} numbers describe the picture")"""
_CHOOSE = """    logits = model(**inputs).logits_per_image
print(labels[int(logits.argmax())])"""
_DEVICE = '# pipeline.to("cuda") where there is a GPU'
_PICTURE = """    picture = pipeline({prompt}, num_inference_steps=50).images[0]
picture.save("picture.png")"""
_DRAWN = 'image = drawn_image()  # or PIL.Image.open("photo.jpg")\n'
_SOUND = "sound = torch.sin(torch.linspace(0, 30_000, 160_000)).numpy()  # ten seconds; or your own\n"
_FRAMES = """wide = drawn_image(384)  # or your own frames, as PIL images
frames = [wide.crop((8 * number, 0, 8 * number + 256, 256)) for number in range({count})]
"""
_ONEVISION = "LlavaOnevisionForConditionalGeneration"
_ONEVISION_WEIGHTS = "llava-hf/llava-onevision-qwen2-0.5b-ov-hf"
_NINE_CROPS = """

# Nine crops of a picture at most: of more than ten, this model makes mixtures of tokens.
sizes = [size for size in model.config.image_grid_pinpoints if size[0] * size[1] <= 9 * 384**2]
model.config.image_grid_pinpoints = processor.image_processor.image_grid_pinpoints = sizes"""
_IMAGE = f"""{_DRAWN}prompt = "USER: <image>\\nWhat is in the picture? ASSISTANT:"
inputs = processor(images=image, text=prompt, return_tensors="pt").to(model.device, model.dtype)"""


def _of(kind: str, processor: str = "AutoProcessor") -> str:
    names = ", ".join(sorted([kind, processor], key=str.lower))
    return f"import torch\nfrom transformers import {names}"


def _loaded(kind: str, name: str, processor: str = "AutoProcessor", called: str = "processor") -> str:
    return f"""checkpoint = "{name}"
{called} = {processor}.from_pretrained(checkpoint)
model = {kind}.from_pretrained(checkpoint)
# model.to("cuda") where there is a GPU"""


def _image_encoder(kind: str, name: str) -> Kind:
    return Kind(
        _of(kind, "AutoImageProcessor"),
        _loaded(kind, name, "AutoImageProcessor"),
        f'{_DRAWN}inputs = processor(image, return_tensors="pt").to(model.device, model.dtype)',
        _CLASSIFY,
        scene=True,
    )


def _image_and_labels(kind: str, name: str, padding: str, besides: str = "") -> Kind:
    return Kind(
        _of(kind),
        _loaded(kind, name),
        f"""{_DRAWN}labels = ["a house on a hill", "a boat at sea", "a dog that runs"]
inputs = processor(images=image, text=labels, padding={padding}, return_tensors="pt")
inputs = inputs.to(model.device, model.dtype)""",
        _CHOOSE,
        owner="model.vision_model",
        scene=True,
        besides=besides,
    )


def _video_encoder(kind: str, name: str, frames: int) -> Kind:
    return Kind(
        _of(kind, "AutoImageProcessor"),
        _loaded(kind, name, "AutoImageProcessor"),
        _FRAMES.format(count=frames)
        + 'inputs = processor(frames, return_tensors="pt").to(model.device, model.dtype)',
        _CLASSIFY,
        scene=True,
    )


def _image_prompt(kind: str, name: str) -> Kind:
    return Kind(_of(kind), _loaded(kind, name), _IMAGE, _GENERATE, scene=True)


def _chat(kind: str, name: str, seen: str, given: str, told: str = "") -> Kind:
    """A program for a model that talks as Qwen's do; `seen` stands for the picture or the frames `given`."""
    question = "What is in the picture?" if given == "images=image" else "What happens here?"
    return Kind(
        _of(kind),
        _loaded(kind, name),
        f"""{_DRAWN if given == "images=image" else _FRAMES.format(count=8)}{told}chat = (
    "<|im_start|>user\\n{seen}{question}"
    "<|im_end|>\\n<|im_start|>assistant\\n"
)
inputs = processor({given}, text=chat, return_tensors="pt").to(model.device, model.dtype)""",
        _GENERATE,
        scene=True,
        besides="torchvision",
    )


def _qwen_image(kind: str, name: str) -> Kind:
    return _chat(kind, name, "<|vision_start|><|image_pad|><|vision_end|>", "images=image")


def _qwen_video(kind: str, name: str, given: str = "videos=[frames]", told: str = "") -> Kind:
    return _chat(kind, name, "<|vision_start|><|video_pad|><|vision_end|>", given, told)


def _text_to_go_on(kind: str, name: str) -> Kind:
    return Kind(
        _of(kind, "AutoTokenizer"),
        _loaded(kind, name, "AutoTokenizer", "tokenizer"),
        'question = "In one word, the harbour was"\n'
        'text = "The harbour was quiet that morning. " * 100 + question\n'
        'inputs = tokenizer(text, return_tensors="pt").to(model.device)',
        _GENERATE.replace("processor", "tokenizer"),
    )


def _sound(kind: str, name: str, run: str, owner: str = "model", processor: str = "AutoProcessor") -> Kind:
    return Kind(
        _of(kind, processor),
        _loaded(kind, name, processor),
        f"""{_SOUND}inputs = processor(sound, sampling_rate=16_000, return_tensors="pt")
inputs = inputs.to(model.device, model.dtype)""",
        run,
        owner=owner,
    )


def with_notes(kind: Kind) -> Kind:
    """A kind with a picture, a video or a sound, and notes between it and the question. The program's
    `seen` is where they begin in the prompt, and `asked` how many tokens stand behind them.
    """
    text = "chat" if "chat = " in kind.inputs else "prompt"
    seen = "video_token_id" if "frames" in kind.inputs else "image_token_id"
    token = "audio_token_id" if kind.heard else seen
    between = '"\n    + notes\n    + "' if f"{text} = (" in kind.inputs else '" + notes + "'
    begins = kind.inputs.index(f"{text} = ")
    asking = kind.inputs[begins:].replace("What ", between + "What ", 1)
    notes = 'notes = "The harbour was quiet that morning. " * 20\n'
    return replace(
        kind,
        inputs=f"""{kind.inputs[:begins]}{notes}{asking}

# Only the notes may go.
seen = int((inputs["input_ids"][0] == model.config.{token}).nonzero().max()) + 2
asked = processor.tokenizer({text}.partition(notes)[2], return_tensors="pt").input_ids.shape[1]""",
    )


def with_demonstrations(kind: Kind) -> Kind:
    """A kind that goes on with a text: one of demonstrations and a question. The program's `units` say which
    tokens are which demonstration's.
    """
    return replace(
        kind,
        inputs="""demonstrations = [f"{n} apples and {n} pears: {2 * n} fruits.\\n" for n in range(1, 41)]
question = "50 apples and 50 pears:"
parts = [
    tokenizer(text, add_special_tokens=number == 0, return_tensors="pt").input_ids
    for number, text in enumerate([*demonstrations, question])
]
ids = torch.cat(parts, dim=1).to(model.device)
inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

# Which demonstration a token belongs to; with -1 it belongs to none, and stays.
units = torch.cat([torch.full_like(part, number) for number, part in enumerate(parts)], dim=1)
units[:, 0] = -1  # what begins a text
units[units == len(demonstrations)] = -1  # the question""",
    )


WITH_QUESTION = "LLaVA with the question"

KINDS: Mapping[str, Kind] = {
    "ViT": _image_encoder("ViTForImageClassification", "google/vit-base-patch16-224"),
    "DeiT": _image_encoder(
        "DeiTForImageClassificationWithTeacher", "facebook/deit-base-distilled-patch16-224"
    ),
    "DINOv2": replace(_image_encoder("Dinov2Model", "facebook/dinov2-base"), run=_EMBED),
    "CLIP": _image_and_labels("CLIPModel", "openai/clip-vit-base-patch16", "True"),
    "SigLIP": _image_and_labels(
        "SiglipModel", "google/siglip-base-patch16-224", '"max_length"', "sentencepiece"
    ),
    "ViViT": _video_encoder("VivitForVideoClassification", "google/vivit-b-16x2-kinetics400", 32),
    "VideoMAE": _video_encoder(
        "VideoMAEForVideoClassification", "MCG-NJU/videomae-base-finetuned-kinetics", 16
    ),
    "Audio Spectrogram Transformer": _sound(
        "ASTForAudioClassification",
        "MIT/ast-finetuned-audioset-10-10-0.4593",
        _CLASSIFY,
        processor="AutoFeatureExtractor",
    ),
    "Whisper": _sound(
        "WhisperForConditionalGeneration",
        "openai/whisper-small",
        """    output = model.generate(**inputs)
print(processor.decode(output[0], skip_special_tokens=True))""",
        owner="model.model.encoder",
    ),
    "HuBERT large": _sound(
        "HubertForCTC",
        "facebook/hubert-large-ls960-ft",
        """    logits = model(inputs["input_values"]).logits
print(processor.decode(logits[0].argmax(dim=-1)))""",
    ),
    "BERT": Kind(
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
    "LLaVA": _image_prompt("LlavaForConditionalGeneration", "llava-hf/llava-1.5-7b-hf"),
    WITH_QUESTION: Kind(
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
        _IMAGE,
        _GENERATE,
        scene=True,
    ),
    "LLaVA-NeXT": _image_prompt("LlavaNextForConditionalGeneration", "llava-hf/llava-v1.6-vicuna-7b-hf"),
    "LLaVA-OneVision with images": Kind(
        _of(_ONEVISION),
        _loaded(_ONEVISION, _ONEVISION_WEIGHTS) + _NINE_CROPS,
        f"""{_DRAWN}chat = (
    "<|im_start|>user <image>\\nWhat is in the picture?"
    "<|im_end|><|im_start|>assistant"
)
inputs = processor(images=image, text=chat, return_tensors="pt").to(model.device, model.dtype)""",
        _GENERATE,
        scene=True,
        besides="torchvision",
    ),
    "LLaVA-OneVision with videos": Kind(
        _of(_ONEVISION),
        _loaded(_ONEVISION, _ONEVISION_WEIGHTS),
        _FRAMES.format(count=8)
        + """chat = "<|im_start|>user <video>\\nWhat happens here?<|im_end|><|im_start|>assistant"
inputs = processor(videos=[frames], text=chat, return_tensors="pt").to(model.device, model.dtype)""",
        _GENERATE,
        scene=True,
        besides="torchvision",
    ),
    "Qwen2-VL with images": _qwen_image("Qwen2VLForConditionalGeneration", "Qwen/Qwen2-VL-2B-Instruct"),
    "Qwen2-VL with videos": _qwen_video("Qwen2VLForConditionalGeneration", "Qwen/Qwen2-VL-2B-Instruct"),
    "Qwen2.5-VL with images": _qwen_image(
        "Qwen2_5_VLForConditionalGeneration", "Qwen/Qwen2.5-VL-3B-Instruct"
    ),
    "Qwen2.5-VL with videos": _qwen_video(
        "Qwen2_5_VLForConditionalGeneration", "Qwen/Qwen2.5-VL-3B-Instruct"
    ),
    "Qwen3-VL with images": _qwen_image("Qwen3VLForConditionalGeneration", "Qwen/Qwen3-VL-2B-Instruct"),
    "Qwen3-VL with videos": _qwen_video(
        "Qwen3VLForConditionalGeneration",
        "Qwen/Qwen3-VL-2B-Instruct",
        "**video",
        """times = {"total_num_frames": 8, "fps": 2, "frames_indices": list(range(8))}
video = {"videos": [frames], "video_metadata": [times], "do_sample_frames": False}
""",
    ),
    "InternVL": _chat(
        "InternVLForConditionalGeneration", "OpenGVLab/InternVL3-1B-hf", "<IMG_CONTEXT>\\n", "images=image"
    ),
    "Qwen2-Audio": Kind(
        _of("Qwen2AudioForConditionalGeneration"),
        _loaded("Qwen2AudioForConditionalGeneration", "Qwen/Qwen2-Audio-7B-Instruct"),
        f"""{_SOUND}chat = (
    "<|im_start|>user\\n<|audio_bos|><|AUDIO|><|audio_eos|>\\nWhat is heard?"
    "<|im_end|>\\n<|im_start|>assistant\\n"
)
inputs = processor(audio=sound, text=chat, sampling_rate=16_000, return_tensors="pt")
inputs = inputs.to(model.device, model.dtype)""",
        _GENERATE,
        heard=True,
    ),
    "Llama": _text_to_go_on("LlamaForCausalLM", "TinyLlama/TinyLlama-1.1B-Chat-v1.0"),
    "Qwen2": _text_to_go_on("Qwen2ForCausalLM", "Qwen/Qwen2.5-0.5B-Instruct"),
    "DiT": Kind(
        "import torch\nfrom diffusers import DiTPipeline",
        'pipeline = DiTPipeline.from_pretrained("facebook/DiT-XL-2-256")\n' + _DEVICE,
        "labels = [207]  # golden retriever, of the classes of ImageNet",
        _PICTURE.format(prompt="labels"),
        owner="pipeline.transformer",
    ),
    "Stable Diffusion's U-Net": Kind(
        "import torch\nfrom diffusers import StableDiffusionPipeline",
        'checkpoint = "stable-diffusion-v1-5/stable-diffusion-v1-5"\n'
        "pipeline = StableDiffusionPipeline.from_pretrained(checkpoint)\n" + _DEVICE,
        'prompt = "a house on a hill, the sun above it"',
        _PICTURE.format(prompt="prompt"),
        owner="pipeline.unet",
    ),
    "Latte": Kind(
        "import torch\nfrom diffusers import LattePipeline\nfrom diffusers.utils import export_to_gif",
        'pipeline = LattePipeline.from_pretrained("maxin-cn/Latte-1")\n' + _DEVICE,
        'prompt = "a boat that leaves a quiet harbour"',
        """    frames = pipeline(prompt, num_inference_steps=50).frames[0]
export_to_gif(frames, "video.gif")""",
        owner="pipeline.transformer",
        besides="sentencepiece",
    ),
    "Wan 2.1": Kind(
        "import torch\nfrom diffusers import WanPipeline\nfrom diffusers.utils import export_to_gif",
        'checkpoint = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"\n'
        "pipeline = WanPipeline.from_pretrained(checkpoint, torch_dtype=torch.bfloat16)\n" + _DEVICE,
        'prompt = "a boat that leaves a quiet harbour"',
        """    frames = pipeline(prompt, num_inference_steps=50, output_type="pil").frames[0]
export_to_gif(frames, "video.gif")""",
        owner="pipeline.transformer",
        halves=False,
        besides="ftfy",
    ),
}
"""Family of models, as `supported.py` calls it -> the kind whose program loads one of it; and LLaVA for
methods that judge by the question, which its encoder's own text tower reads."""
