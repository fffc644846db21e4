"""What somebody calls a model is known where it can be, and nothing is claimed of what is not."""

import re

import pytest

from reference_impls import fitting
from reference_impls.__main__ import main
from reference_impls.example_kinds import KINDS, WITH_QUESTION
from reference_impls.families import named
from reference_impls.fits import of_families
from reference_impls.hosts import small_models


def _names(said):
    return [name for name, _ in named(said)]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("llava", ["LLaVA", "LLaVA-NeXT", "LLaVA-OneVision"]),
        ("qwen3", ["Qwen3-VL", "Qwen3", "Qwen3Moe"]),
        ("Llama", ["Llama"]),
        ("gemma", ["Gemma", "Gemma3 where no layer has a sliding window"]),
        ("mistral", ["Mistral where no layer has a sliding window"]),
        ("llava-1.5", ["LLaVA, by the name llava-1.5"]),
        ("Qwen/Qwen2-VL-7B-Instruct", ["Qwen2-VL, by the name Qwen2-VL-7B-Instruct"]),
        ("Qwen/Qwen2.5-VL-7B-Instruct-AWQ", ["Qwen2.5-VL, by the name Qwen2.5-VL-7B-Instruct-AWQ"]),
        ("Qwen/Qwen2.5-7B", ["Qwen2, by the name Qwen2.5-7B"]),
        ("llava-hf/llava-v1.6-mistral-7b-hf", ["LLaVA-NeXT, by the name llava-v1.6-mistral-7b-hf"]),
        ("meta-llama/Llama-3.1-8B-Instruct/", ["Llama, by the name Llama-3.1-8B-Instruct"]),
        ("google/gemma-2b", ["Gemma, by the name gemma-2b"]),
        ("openai/whisper-large-v3", ["Whisper, by the name whisper-large-v3"]),
        ("Qwen/Qwen2-Audio-7B", ["Qwen2-Audio, by the name Qwen2-Audio-7B"]),
        ("vit-small-patch16-224", ["ViT, by the name vit-small-patch16-224"]),
    ],
)
def test_a_family_and_a_checkpoint_are_known_by_name(said, names):
    assert _names(said) == names


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != WITH_QUESTION])
def test_the_checkpoint_of_every_example_is_of_its_family(kind):
    checkpoint = re.search(r'"([\w.-]+/[\w.-]+)"', KINDS[kind].model)[1]
    assert _names(checkpoint) == [f"{kind.split(' with ')[0]}, by the name {checkpoint.split('/')[1]}"]


@pytest.mark.parametrize(
    "said",
    [
        "Qwen/Qwen2.5-Omni-7B",
        "facebook/hubert-base-ls960",
        "google/gemma-2-9b",
        "llava-hf/LLaVA-NeXT-Video-7B-hf",
        "meta-llama/Llama-3.2-11B-Vision",
        "meta-llama/Llama-4-Scout-17B-16E",
        "microsoft/Phi-3-mini-4k-instruct",
        "mistralai/Mistral-Small-3.1-24B-Instruct",
        "stabilityai/stable-diffusion-3-medium",
    ],
)
def test_of_a_model_that_only_begins_like_a_family_nothing_is_claimed(said):
    with pytest.raises(ValueError, match=r"ask in Python: print\(reference_impls\.fitting\(model\)\)"):
        named(said)


def test_a_checkpoint_on_this_machine_is_asked_itself(tmp_path, capsys):
    folder = tmp_path / "my-own-name"
    model = small_models.qwen2_vl()
    model.save_pretrained(folder)
    (found,) = of_families(str(folder))
    assert found.model == f"Qwen2VLForConditionalGeneration of {folder}"
    assert (found.fits, found.refused) == (fitting(model).fits, fitting(model).refused)
    assert main(["methods", str(folder)]) == 0
    assert capsys.readouterr().out.startswith(f"Qwen2VLForConditionalGeneration of {folder}: ")


def test_a_folder_without_a_model_is_not_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (str(tmp_path), "."):
        with pytest.raises(ValueError, match=f"the folder {folder} holds no config.json of a model"):
            named(folder)
    (tmp_path / "llava").mkdir()
    assert _names("llava") == ["LLaVA", "LLaVA-NeXT", "LLaVA-OneVision"]


@pytest.mark.parametrize("said", ["", "-", "/"])
def test_what_names_nothing_is_not_taken_for_every_family(said):
    with pytest.raises(ValueError, match=r"no family of models begins with|holds no config\.json"):
        named(said)


def test_every_family_of_decoders_is_asked_as_llama_is():
    (llama,) = of_families("llama")
    modules = {fit.module for fit in llama.fits}
    assert {"fastv", "snapkv", "llmlingua"} <= modules
    for kind in ("Mistral", "Gemma", "Qwen3", "Phi"):
        found = next(one for one in of_families(kind) if one.model.split()[0] == kind)
        assert {fit.module for fit in found.fits} == modules, kind
