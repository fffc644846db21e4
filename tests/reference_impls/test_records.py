"""Methods and the catalogue's records of their papers say the same."""

from pathlib import Path

import pytest
import yaml

from reference_impls import load_method, load_methods
from reference_impls.registry import FOLDERS

ROOT = Path(__file__).parents[2]
LOCATIONS = {
    "vit-block": "encoder",
    "vision-output": "encoder-output",
    "decoder-prefill": "decoder-layers",
    "kv-cache": "cache",
    "diffusion-step": "denoiser",
    "encoder-layer": "encoder",
    "prompt": "input",
    "audio-encoder": "encoder",
    "projector": "encoder-output",
}
"""What records call the place of each stage."""
ELSEWHERE = {"mustdrop"}
"""Methods that act by default at another place than their papers do; their docstrings say why."""
WITH_RECORD = [name for name, method in load_methods().items() if method.paper is not None]


def _record(paper):
    files = list((ROOT / "papers").glob(f"*/{paper}.yaml"))
    assert len(files) == 1, f"there is no record papers/*/{paper}.yaml"
    return yaml.safe_load(files[0].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", WITH_RECORD)
def test_a_record_and_its_method_agree(name):
    method, record = load_method(name), _record(load_method(name).paper)
    assert record["reference_impl"] == name
    assert set(method.domain) <= set(record["domain"])
    assert set(method.criterion) == set(record["criterion"])
    assert set(method.mechanism) == set(record["mechanism"])
    assert method.training == record["training"]
    stages = [method.stage, *([method.inside.stage] if method.inside else [])]
    acts = {LOCATIONS[stage] for stage in stages} <= set(record["location"])
    assert acts is (name not in ELSEWHERE), f"{stages} and {record['location']}"


def test_files_in_methods_have_a_record_and_those_in_baselines_have_none():
    for name, method in load_methods().items():
        folder = method.implementation.__module__.split(".")[1]
        assert folder == FOLDERS[method.paper is None], name
