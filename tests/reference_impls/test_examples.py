"""The programs that readers copy: each runs as it stands, on small models in place of the published ones."""

import re

import diffusers
import pytest
import torch
import transformers
from PIL import Image
from transformers import BatchEncoding, BatchFeature

from reference_impls import load_methods
from reference_impls.__main__ import main
from reference_impls.example_kinds import KINDS
from reference_impls.examples import example, examples_of, kind_of
from reference_impls.hosts import small_audio_models, small_models
from reference_impls.supported import FAMILIES, models_of

METHODS = load_methods()
REPORT = re.compile(r"layer \d+: (\d+) -> (\d+) (tokens|entries)$|\d% of the tokens", re.MULTILINE)
IMAGE, VIDEO = small_models.IMAGE_TOKEN, small_models.VIDEO_TOKEN
_ONE_IMAGE = torch.tensor([[1, 8, 8]])


class Processor:
    """In place of a checkpoint's own: takes what the program gives it, makes what the model takes."""

    def __init__(self, checkpoint):
        self.checkpoint = checkpoint
        self.cuts = "v1.6" in checkpoint or "onevision" in checkpoint  # images into crops
        self.merges = "VL-" in checkpoint and "InternVL" not in checkpoint  # Qwen's
        self.times = "Qwen3" in checkpoint  # words between a video's frames
        self.shuffles = "InternVL" in checkpoint

    @property
    def tokenizer(self):
        return self

    @property
    def image_processor(self):
        return self

    def __call__(
        self, given=None, *, images=None, videos=None, text=None, padding=None, return_tensors, **of_video
    ):
        assert return_tensors == "pt"
        of_video.pop("add_special_tokens", None)
        if of_video.pop("sampling_rate", None):
            sound = of_video.pop("audio", given)
            assert sound.shape == (160_000,)
            return BatchFeature(self._sound(text))
        assert bool(of_video) == (self.times and videos is not None)
        if images is None and isinstance(given, Image.Image):
            images = given
        frames = videos[0] if videos else given if isinstance(given, list) else None
        asked = text or (given if isinstance(given, str) else None)
        if isinstance(asked, list):
            assert padding in (True, "max_length")
            made = {
                "input_ids": torch.full((len(asked), 5), 3),
                "attention_mask": torch.ones(len(asked), 5).long(),
            }
        else:
            made = self._text(asked) if asked else {}
        if images is not None:
            assert isinstance(images, Image.Image)
            made |= self._image(made)
        if frames is not None:
            assert all(isinstance(frame, Image.Image) and frame.size == (256, 256) for frame in frames)
            made |= self._video(frames, videos is not None, made)
        return BatchEncoding(made) if list(made) == ["input_ids", "attention_mask"] else BatchFeature(made)

    def _sound(self, text):
        if text is not None:
            heard = {
                "input_features": _random(1, 16, 128),
                "feature_attention_mask": torch.ones(1, 128).long(),
            }
            return {**self._text(text), **heard}
        if "whisper" in self.checkpoint:
            return {"input_features": _random(1, 16, 64)}
        return {"input_values": _random(1, 400) if "hubert" in self.checkpoint else _random(1, 32, 32)}

    def _image(self, made):
        if self.merges:
            kinds = (made["input_ids"] == IMAGE).int()
            return {"pixel_values": _random(64, 96), "image_grid_thw": _ONE_IMAGE, "mm_token_type_ids": kinds}
        if self.cuts:
            return {"pixel_values": _random(1, 5, 3, 32, 32), "image_sizes": torch.tensor([[64, 64]])}
        return {"pixel_values": _random(1, 3, 32, 32)}

    def _video(self, frames, prompted, made):
        if self.merges:
            pairs = len(frames) // 2
            kinds = 2 * (made["input_ids"] == VIDEO).int()
            grid = torch.tensor([[pairs, 8, 8]])
            return {
                "pixel_values_videos": _random(pairs * 64, 96),
                "video_grid_thw": grid,
                "mm_token_type_ids": kinds,
            }
        if prompted:
            return {"pixel_values_videos": _random(1, len(frames), 3, 32, 32)}
        return {"pixel_values": _random(1, len(frames), 3, 16, 16)}

    def _text(self, text):
        frame = [VIDEO] * 16
        places = {
            "<image>": [IMAGE] * (64 + 16 * 17 if self.cuts else 64),
            "<video>": [VIDEO] * (8 * 16 + 1),
            "<|image_pad|>": [IMAGE] * 16,
            "<|video_pad|>": frame + 3 * [*([5, 6] if self.times else []), *frame],
            "<IMG_CONTEXT>": [IMAGE] * 16,
            "<|AUDIO|>": [small_audio_models.AUDIO_TOKEN] * 32,
        }
        ids = []
        for word in re.sub(r"(<[^<>]+>)", r" \1 ", text).split():
            ids += places.get(word, [3 + len(word)])
        return {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}

    def decode(self, tokens, skip_special_tokens=False):
        return " ".join(map(str, tokens.tolist()))


class Pipeline:
    """In place of a pipeline of diffusers: a denoiser, called at every step as the pipeline's class does,
    with both halves of guidance in one batch or, `apart`, in two calls.
    """

    def __init__(self, denoiser, inputs, apart=False):
        self.calls = [{name: torch.cat([half, half]) for name, half in inputs.items()}]
        if apart:
            words = inputs["encoder_hidden_states"]
            self.calls = [inputs, {**inputs, "encoder_hidden_states": torch.zeros_like(words)}]
        self.denoiser = self.transformer = self.unet = denoiser

    def __call__(self, prompt, num_inference_steps, **options):
        for timestep in torch.linspace(900, 100, num_inference_steps).long():
            for inputs in self.calls:
                rows = len(next(iter(inputs.values())))
                self.denoiser(**inputs, timestep=timestep.expand(rows))
        self.images = self.frames = [Image.new("RGB", (8, 8))]
        return self


def _random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def _classifier(kind, small):
    """The class that the program names, in the size of a small model."""
    config = small.config
    config.num_labels = 2
    return small_models.build(lambda: kind(config))


def _speaks(kind, encoder):
    return small_models.build(lambda: kind(encoder.config))


_TOWER = {"num_attention_heads": 4, "intermediate_size": 48, "num_hidden_layers": 1, "vocab_size": 128}


def _clip():
    vision, text = {"projection_dim": 16}, {"hidden_size": 24, **_TOWER}
    config = transformers.CLIPConfig(
        vision_config={**small_models.clip().config.to_dict(), **vision}, text_config=text, projection_dim=16
    )
    return small_models.build(lambda: transformers.CLIPModel(config))


def _siglip():
    config = transformers.SiglipConfig(
        vision_config=small_models.siglip().config.to_dict(), text_config={"hidden_size": 32, **_TOWER}
    )
    return small_models.build(lambda: transformers.SiglipModel(config))


MODELS = {
    "ViTForImageClassification": lambda kind: _classifier(kind, small_models.vit()),
    "VideoMAEForVideoClassification": lambda kind: _classifier(kind, small_models.videomae(frames=16)),
    "VivitForVideoClassification": lambda kind: _classifier(kind, small_models.vivit(frames=32)),
    "BertForSequenceClassification": lambda kind: _classifier(kind, small_models.bert()),
    "LlavaForConditionalGeneration": lambda kind: small_models.llava(),
    "LlavaNextForConditionalGeneration": lambda kind: small_models.llava_next(),
    "LlavaOnevisionForConditionalGeneration": lambda kind: small_models.llava_onevision(),
    "Qwen2VLForConditionalGeneration": lambda kind: small_models.qwen2_vl(),
    "Qwen2_5_VLForConditionalGeneration": lambda kind: small_models.qwen2_5_vl(),
    "Qwen3VLForConditionalGeneration": lambda kind: small_models.qwen3_vl(),
    "InternVLForConditionalGeneration": lambda kind: small_models.internvl(),
    "LlamaForCausalLM": lambda kind: small_models.llama(),
    "Qwen2ForCausalLM": lambda kind: small_models.qwen2(),
    "DeiTForImageClassificationWithTeacher": lambda kind: _classifier(kind, small_models.deit()),
    "Dinov2Model": lambda kind: small_models.dinov2(),
    "ASTForAudioClassification": lambda kind: _classifier(kind, small_audio_models.audio_spectrogram()),
    "WhisperForConditionalGeneration": lambda kind: _speaks(kind, small_audio_models.whisper()),
    "HubertForCTC": lambda kind: _classifier(kind, small_audio_models.hubert()),
    "Qwen2AudioForConditionalGeneration": lambda kind: small_audio_models.qwen2_audio(),
    "CLIPModel": lambda kind: _clip(),
    "SiglipModel": lambda kind: _siglip(),
}
PIPELINES = {
    "DiTPipeline": (
        small_models.dit,
        {"hidden_states": _random(1, 4, 16, 16), "class_labels": torch.zeros(1, dtype=torch.long)},
    ),
    "StableDiffusionPipeline": (
        small_models.unet,
        {"sample": _random(1, 4, 16, 16), "encoder_hidden_states": _random(1, 7, 32)},
    ),
    "LattePipeline": (
        small_models.latte,
        {"hidden_states": _random(1, 4, 4, 8, 8), "encoder_hidden_states": _random(1, 7, 32)},
    ),
    "WanPipeline": (
        small_models.wan,
        {"hidden_states": _random(1, 4, 4, 8, 8), "encoder_hidden_states": _random(1, 7, 32)},
    ),
}


@pytest.fixture
def without_a_hub(monkeypatch, tmp_path):
    """Let `from_pretrained` give small models and stand-ins; programs write into an empty folder."""
    monkeypatch.chdir(tmp_path)

    def small(kind, checkpoint, **options):
        made = MODELS[kind.__name__](kind)
        assert type(made) is kind
        return made

    for name in MODELS:
        monkeypatch.setattr(getattr(transformers, name), "from_pretrained", classmethod(small))
    for name in ("AutoProcessor", "AutoImageProcessor", "AutoFeatureExtractor", "AutoTokenizer"):
        monkeypatch.setattr(getattr(transformers, name), "from_pretrained", Processor)
    for name, (build, inputs) in PIPELINES.items():

        def pipeline(checkpoint, build=build, inputs=inputs, name=name, **options):
            return Pipeline(build(), inputs, apart=name == "WanPipeline")

        monkeypatch.setattr(getattr(diffusers, name), "from_pretrained", pipeline)
    monkeypatch.setattr(diffusers.utils, "export_to_gif", lambda frames, path: None)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.usefixtures("without_a_hub")
def test_every_program_runs_as_it_stands_and_says_what_the_method_did(name, subtests, capsys):
    for model, program in examples_of(METHODS[name]).items():
        with subtests.test(model=model):
            exec(compile(program, f"{name}.py", "exec"), {"__name__": "__main__"})
            assert REPORT.search(capsys.readouterr().out)


def test_there_is_a_program_for_every_family_that_a_method_runs_in():
    families = {family.name for families in FAMILIES.values() for family in families}
    assert families <= set(KINDS)
    for name, method in METHODS.items():
        if "text" not in method.implementation.needs:
            assert set(examples_of(method)) == set(models_of(method)), name
    used = {kind_of(method) for method in METHODS.values()} | families
    assert used == set(KINDS)


@pytest.mark.parametrize("name", ["dycoke", "holitom"])
@pytest.mark.usefixtures("without_a_hub")
def test_the_program_of_a_paper_with_two_stages_runs_both(name, capsys):
    exec(compile(example(METHODS[name]), f"{name}.py", "exec"), {"__name__": "__main__"})
    before, inside = (int(shorter) for shorter in re.findall(r"layer \d+: (\d+) ->", capsys.readouterr().out))
    assert inside < before


def test_programs_tell_a_method_of_the_guidance_that_their_pipelines_have():
    for name in ("t_gate", "teacache", "easycache"):
        for model, program in examples_of(METHODS[name]).items():
            assert ("(guided=True)" in program) == (model != "Wan 2.1")
    assert "guided" not in example(METHODS["fora"])


def test_a_program_writes_as_much_as_fills_a_buffer_several_times():
    assert "max_new_tokens=512" in example(METHODS["r_kv"])
    assert "max_new_tokens=32)" in example(METHODS["snapkv"])


def test_programs_fit_on_a_page():
    for name, method in METHODS.items():
        programs = examples_of(method)
        assert next(iter(programs.values())) == example(method), name
        for program in programs.values():
            assert max(map(len, program.splitlines())) <= 100, name


def test_a_method_runs_in_the_models_that_show_what_it_looks_at():
    assert models_of(METHODS["fastv"])[:2] == ["LLaVA", "LLaVA-NeXT"]
    with_class_token = ["ViT", "DeiT", "DINOv2", "CLIP", "ViViT", "Audio Spectrogram Transformer"]
    assert models_of(METHODS["evit"]) == with_class_token
    assert models_of(METHODS["holitom"]) == ["LLaVA-OneVision with videos"]
    assert all(models_of(method) for method in METHODS.values())


def test_the_command_line_prints_the_program(capsys):
    assert main(["example", "fastv"]) == 0
    assert "from reference_impls.methods.fastv import FastV" in capsys.readouterr().out
    assert main(["example", "fastv", "--model", "llava-next"]) == 0
    assert "LlavaNextForConditionalGeneration" in capsys.readouterr().out
    assert main(["example", "fastv", "--model", "bert"]) == 2
    assert "no program of FastV for 'bert'; `models fastv` says which" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["llmlingua", "selective_context"])
@pytest.mark.usefixtures("without_a_hub")
def test_programs_of_prompt_methods_shorten_nothing_but_what_they_say(name, subtests):
    for model, program in examples_of(METHODS[name]).items():
        with subtests.test(model=model):
            made = {}
            exec(compile(program, f"{name}.py", "exec"), made)
            ids, kept = made["inputs"]["input_ids"][0], made["attached"].total().kept[0]
            if "units" in made:
                assert bool(kept[made["units"][0] < 0].all())
                assert made["parts"][-1][0].tolist() == ids[kept][-made["parts"][-1].shape[1] :].tolist()
            else:
                first = made.get("seen", 1)
                assert bool(kept[:first].all())
                assert bool(kept[-made["asked"] :].all())
                shortened = int(kept[first : -made["asked"]].sum())
                assert 0 < shortened <= 0.5 * (ids.numel() - first - made["asked"]) + 1
            assert made["output"][0, : ids.numel()].tolist() == ids.tolist()
