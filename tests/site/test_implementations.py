"""Reference implementations on the site: from what was kept of running them, and without it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.site import build_site
from catalog.site.implementations import Implementations
from catalog.site.package import package

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "site_templates"
RESULTS = "reference_impls/results"


def words(html: str) -> str:
    """What a reader sees of a page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def with_method_of_fastv(mini: Path) -> Path:
    """Give FastV's record an implementation, of which the same was kept as of the other one."""
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "reference_impl: fastv\n", encoding="utf-8")
    methods = mini / "reference_impls" / "methods"
    methods.mkdir()
    methods.joinpath("fastv.py").write_text('"""FastV <script>."""\nKEEP = 0.5\n', encoding="utf-8")
    demos = mini / RESULTS / "demos"
    kept = json.loads((demos / "random.json").read_text(encoding="utf-8"))
    kept |= {"name": "FastV", "paper": "fastv", "module": "reference_impls/methods/fastv.py"}
    kept |= {"criterion": ["attention"], "mechanism": ["pruning"], "place": "In <b>the</b> model"}
    (demos / "fastv.json").write_text(json.dumps(kept), encoding="utf-8")
    shutil.copy(demos / "random.png", demos / "fastv.png")
    return mini


def built(mini: Path, tmp_path: Path, frame_cache: Path) -> Path:
    out = tmp_path / "site"
    build_site(Catalogue.load(mini), TEMPLATES, out, cache=frame_cache)
    return out


def test_all_are_listed_by_stages_and_by_place(mini_site: Path) -> None:
    html = (mini_site / "methods" / "index.html").read_text(encoding="utf-8")
    said = words(html)
    assert "1 methods" not in said
    assert "1 of them compared with what their authors' code computes, agreeing in all 2 comparisons" in said
    assert "Also run on A GPU (3 tests passed)" in said
    assert "In the blocks of a vision transformer 1" in said
    assert "1,024 → 512 tokens in the last layer" in said
    row = re.search(r'<th role="rowheader" scope="row">.*?</tr>', html, re.DOTALL)
    assert row
    assert words(row[0].replace("</td>", " ")) == "Similarity Pruning Random Merging Random"
    assert row[0].count('href="../methods/random/"') == 2
    assert '<a href="#place-1">In the blocks of a vision transformer</a>' in html
    assert (mini_site / "methods" / "random.png").read_bytes()


def test_one_without_a_paper_has_a_page_of_its_own(mini_site: Path) -> None:
    html = (mini_site / "methods" / "random" / "index.html").read_text(encoding="utf-8")
    said = words(html)
    for part in (
        "TrainingTraining-free",
        "Random in 6 lines of PyTorch: reference_impls/baselines/random.py",
        "Agrees in all 2 comparisons",
        "Random keeps the same tokens (2 cases)",
        "someone/random keep @0123456",
        "Tokens in the last layer1,024512−50",
        "Time (ms) measured4.005.00+25",
        "Random(keep=0.5) in a small ViTModel with random weights, on A processor with python 3.13.0",
    ):
        assert part in said
    assert '<img src="../../methods/random.png" width="104" height="48"' in html
    assert 'class="k">def</span>' in html


def test_one_of_a_paper_is_shown_on_the_paper_s_page(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    site = built(with_method_of_fastv(mini), tmp_path, frame_cache)
    page = (site / "papers" / "fastv" / "index.html").read_text(encoding="utf-8")
    assert "In &lt;b&gt;the&lt;/b&gt; model" in page
    assert "FastV &lt;script&gt;." in page
    assert "No official outputs to compare with" in page
    assert not (site / "methods" / "fastv").exists()
    listed = (site / "methods" / "index.html").read_text(encoding="utf-8")
    assert 'href="../papers/fastv/#run"' in listed
    assert "2 methods" in words(listed)


def test_pages_say_how_to_run_and_show_a_program_to_copy(
    mini: Path, tmp_path: Path, frame_cache: Path
) -> None:
    root = with_method_of_fastv(mini)
    path = root / RESULTS / "demos" / "fastv.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    programs = {"LLaVA": "if 1 < 2:\n    run()\n", "Qwen2-VL": "run(2 < 3)\n"}
    kept |= {"models": ["LLaVA", "Qwen2-VL"], "examples": programs}
    path.write_text(json.dumps(kept), encoding="utf-8")
    (root / "reference_impls" / "requirements.txt").write_text("# What runs\ntorch>=2\n", encoding="utf-8")
    site = built(root, tmp_path, frame_cache)
    for page in ("methods/index.html", "papers/fastv/index.html"):
        html = (site / page).read_text(encoding="utf-8")
        program = re.search(r'<code id="program">(.*?)</code>', html, re.DOTALL)
        assert program
        assert unescape(re.sub(r"<[^>]*>", "", program[1])) == "if 1 < 2:\n    run()\n"
        assert 'data-copy="program"' in html
        assert "LLaVA, Qwen2-VL" in words(html)
    html = (site / "methods/index.html").read_text(encoding="utf-8")
    row = re.search(r"<dt><span id=\"model-llava\">.*?</div>", html, re.DOTALL)
    assert row
    assert words(row[0]).startswith("LLaVA, Qwen2-VL 1")
    assert 'href="../papers/fastv/#run"' in row[0]
    paper = (site / "papers/fastv/index.html").read_text(encoding="utf-8")
    assert 'href="../../methods/#model-qwen2-vl"' in paper
    assert "The same in Qwen2-VL run(2 < 3)" in words(paper)
    assert 'data-copy="program-1"' in paper
    said = words(html)
    assert "install what it needs: torch>=2. pip install -r reference_impls/requirements.txt" in said


def test_models_are_a_file_of_places_on_the_page(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    path = mini / RESULTS / "demos" / "random.json"
    kept = json.loads(path.read_text(encoding="utf-8")) | {
        "models": ["LLaVA-NeXT", "Stable Diffusion's U-Net"]
    }
    path.write_text(json.dumps(kept), encoding="utf-8")
    again = kept | {"name": "Again", "models": ["LLaVA-NeXT"]}
    path.with_name("again.json").write_text(json.dumps(again), encoding="utf-8")
    site = built(mini, tmp_path, frame_cache)
    models = json.loads((site / "methods/models.json").read_text(encoding="utf-8"))
    assert [(model["label"], model["methods"]) for model in models] == [
        ("LLaVA-NeXT", 2),
        ("Stable Diffusion's U-Net", 1),
    ]
    page = (site / "methods/index.html").read_text(encoding="utf-8")
    assert all(f'id="{model["place"]}"' in page for model in models)
    home, term = (site / name for name in ("index.html", "terms/criterion/index.html"))
    assert 'data-models="./methods/models.json"' in home.read_text(encoding="utf-8")
    assert 'data-models="../../methods/models.json"' in term.read_text(encoding="utf-8")


def test_methods_say_whether_they_need_training(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    root = with_method_of_fastv(mini)
    for name, models, training in (("fastv", ["LLaVA"], "both"), ("random", ["LLaVA"], "based")):
        path = root / RESULTS / "demos" / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(kept | {"models": models, "training": training}), encoding="utf-8")
    html = (built(root, tmp_path, frame_cache) / "methods/index.html").read_text(encoding="utf-8")
    said = words(html)
    assert "2 methods (1 of papers, and 1 baseline without a paper)" in said
    assert "Look at the one paper" in said
    assert "LLaVA 2 Training-free FastV Training-based Random" in said, "of a paper, the record decides"
    cards = {
        re.search(r"<h3>.*?>([^<]+)</a>", card)[1]: words(card) for card in html.split('class="method"')[1:]
    }  # type: ignore[index]
    assert "Attention → Pruning Training-free" in cards["FastV"]
    assert "Training-based" in cards["Random"]


def test_methods_in_a_model_stand_by_training_and_not_by_name(
    mini: Path, tmp_path: Path, frame_cache: Path
) -> None:
    demos = mini / RESULTS / "demos"
    kept = json.loads((demos / "random.json").read_text(encoding="utf-8"))
    for name, training in (("Alike", None), ("Best", "both"), ("Cut", "based"), ("Random", "free")):
        of_it = kept | {"name": name, "models": ["LLaVA"], "training": training}
        (demos / f"{name.lower()}.json").write_text(json.dumps(of_it), encoding="utf-8")
    said = words((built(mini, tmp_path, frame_cache) / "methods/index.html").read_text(encoding="utf-8"))
    in_order = "Training-free Random Training-based Cut Both Best training not known yet Alike"
    assert f"LLaVA 4 {in_order}" in said


def test_without_any_no_search_asks_for_models(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    shutil.rmtree(mini / "reference_impls")
    site = built(mini, tmp_path, frame_cache)
    assert not (site / "methods").exists()
    for page in ("index.html", "terms/criterion/index.html"):
        html = (site / page).read_text(encoding="utf-8")
        assert "data-search" in html
        assert "data-models" not in html


def test_programs_for_many_models_are_one_fold(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    root = with_method_of_fastv(mini)
    path = root / RESULTS / "demos" / "fastv.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    programs = {model: f"run({model!r})\n" for model in ("LLaVA", "Qwen2-VL", "InternVL", "CLIP")}
    kept |= {"models": list(programs), "examples": programs}
    path.write_text(json.dumps(kept), encoding="utf-8")
    html = (built(root, tmp_path, frame_cache) / "papers/fastv/index.html").read_text(encoding="utf-8")
    assert "The same in another model 3" in words(html)
    assert html.count("The same in") == 1
    for number, model in enumerate(("Qwen2-VL", "InternVL", "CLIP"), start=1):
        assert f"<summary>{model}</summary>" in html
        assert f'data-copy="program-{number}"' in html


def test_the_package_is_the_source_alone_and_always_the_same_bytes(mini: Path) -> None:
    folder = mini / "reference_impls"
    (mini / "LICENSE").write_text("Do what you like.", encoding="utf-8")
    (folder / "README.md").write_text("How it is cut", encoding="utf-8")
    for name in ("__pycache__", ".cache"):
        (folder / name).mkdir()
        (folder / name / "old.py").write_text("", encoding="utf-8")
    (folder / "link.py").symlink_to(mini / "LICENSE")
    first = package(mini)
    os.utime(folder / "README.md", (1, 1))
    again = package(mini)
    assert first
    assert again
    assert first.content == again.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        names = ["LICENSE", "README.md", "baselines/random.py"]
        assert archive.namelist() == [f"reference_impls/{name}" for name in names]
        assert archive.read("reference_impls/README.md") == b"How it is cut"


def test_the_real_package_runs_where_it_was_unpacked(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra 'reference' is not installed")
    packed = package(REPOSITORY)
    assert packed
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        archive.extractall(tmp_path)
    extra = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert list(packed.needed) == extra["optional-dependencies"]["reference"]
    command = [sys.executable, "-m", "reference_impls", "demo", "fastv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fastv.png").is_file()
    assert "tokens in the last layer" in done.stdout


def test_home_lists_as_many_as_the_page_of_methods(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    site = built(with_method_of_fastv(mini), tmp_path, frame_cache)
    assert "Methods that you can run 2" in words((site / "index.html").read_text(encoding="utf-8"))


def test_a_comparison_that_fails_is_said(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    path = mini / RESULTS / "golden.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"passed": 2', '"passed": 1'), encoding="utf-8")
    site = built(mini, tmp_path, frame_cache)
    assert "Comparisons fail for Random." in words((site / "methods/index.html").read_text(encoding="utf-8"))
    page = words((site / "methods" / "random" / "index.html").read_text(encoding="utf-8"))
    assert "Differs in 1 of 2 comparisons" in page
    assert "fails in 1" in page


def test_a_catalogue_without_any_has_no_page_of_methods(
    mini: Path, tmp_path: Path, frame_cache: Path
) -> None:
    shutil.rmtree(mini / "reference_impls")
    site = built(mini, tmp_path, frame_cache)
    assert not (site / "methods").exists()
    assert "data-models" not in (site / "terms/index.html").read_text(encoding="utf-8")
    assert "methods/" not in (site / "index.html").read_text(encoding="utf-8")


def test_a_source_of_which_nothing_was_kept_is_shown_all_the_same(
    mini: Path, tmp_path: Path, frame_cache: Path
) -> None:
    root = with_method_of_fastv(mini)
    shutil.rmtree(root / RESULTS)
    site = built(root, tmp_path, frame_cache)
    page = words((site / "papers" / "fastv" / "index.html").read_text(encoding="utf-8"))
    assert "The method in 2 lines of PyTorch" in page
    assert "On a small model" not in page
    assert "FastV" in words((site / "methods" / "index.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text[:-5], "not JSON in UTF-8"),
        (lambda text: text.replace('"before": 1024', '"before": "many"'), "demo.rows.0.before"),
        (lambda text: text.replace('"place"', '"where"'), "place"),
    ],
)
def test_what_was_kept_in_another_shape_is_refused_with_its_place(
    mini: Path, change: Any, complaint: str
) -> None:
    path = mini / RESULTS / "demos" / "random.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CatalogError, match="make demos") as caught:
        assert Implementations(mini).kept
    assert complaint in str(caught.value)
    assert "reference_impls/results/demos/random.json" in str(caught.value)
