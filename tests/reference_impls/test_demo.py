"""The demo's picture, table and formulas."""

from dataclasses import replace

import pytest
import torch
from PIL import Image

from reference_impls import (
    Reduction,
    attach,
    demo,
    demo_cases,
    demo_table,
    load_method,
    load_methods,
    picture,
)
from reference_impls.__main__ import main
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.cost import LayerShape, cache_bytes, layer_macs
from reference_impls.mechanisms.prune import keep_index
from reference_impls.memory import LiveBytes

METHODS = {name: method.stage for name, method in load_methods().items()}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(demo, "RUNS", 1)
    monkeypatch.setattr(demo_cases, "DEPTH", 4)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_a_demo_with_picture_and_table(name, tmp_path, capsys):
    output = tmp_path / "picture.png"
    assert main(["demo", name, "--output", str(output)]) == 0
    shown = capsys.readouterr().out
    assert "before" in shown
    assert "MACs per layer = " in shown
    with Image.open(output) as drawn:
        assert min(drawn.size) > 0


@pytest.mark.parametrize("need", ["frames", "crops"])
def test_methods_for_videos_and_cut_images_get_a_model_that_has_them(need):
    shown = picture.drawn_image(64)
    looking = type("Looking", (RandomPruning,), {"needs": frozenset({need})})(keep=0.25)
    method = replace(load_method("visionzip"), implementation=type(looking))
    case = demo_cases.case_of(method, looking, "cpu", shown)
    with attach(looking, case.model, stage="vision-output") as attached, torch.no_grad():
        case.run()
    _, reduction = attached.reductions[0]
    drawn = picture.compare(case.picture or shown, reduction, case.image, case.grid)
    assert drawn.width > drawn.height / 2
    assert reduction.tokens.shape[1] == 16


def test_a_given_picture_and_budget_are_used(tmp_path, capsys):
    photo, output = tmp_path / "photo.png", tmp_path / "out.png"
    Image.new("RGB", (40, 30), (200, 30, 30)).save(photo)
    assert main(["demo", "fastv", "--image", str(photo), "--keep", "64", "--output", str(output)]) == 0
    assert "keep=64" in capsys.readouterr().out
    with Image.open(output) as drawn:
        assert drawn.getpixel((10, 10)) == (200, 30, 30, 255)


@pytest.mark.parametrize("keep", ["1.5", "2.7", "inf", "nan", "0"])
def test_a_budget_that_cannot_be_counted_is_refused_not_rounded(keep, capsys):
    assert main(["demo", "fastv", "--keep", keep]) == 2
    assert "keep must be a fraction in (0, 1] or a count of 2 or more" in capsys.readouterr().err


def test_what_cannot_be_done_is_said(tmp_path, capsys):
    assert main(["demo", "fastv", "--image", str(tmp_path / "none.png")]) == 2
    assert "no picture" in capsys.readouterr().err
    assert main(["demo", "fastv", "--device", "tpu"]) == 2
    assert "there is no device 'tpu'; expected cpu, cuda" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert main(["demo", "fastv", "--device", "cuda"]) == 2
        assert "CUDA" in capsys.readouterr().err


def test_where_no_picture_can_be_written_is_said_before_anything_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "demonstrate", lambda *_: pytest.fail("ran"))
    (tmp_path / "folder.png").mkdir()
    for path, says in (
        (tmp_path / "nodir" / "x.png", f"there is no folder {tmp_path / 'nodir'} to write x.png into"),
        (tmp_path / "x.jpg", "x.jpg should end in .png"),
        (tmp_path / "folder.png", "is a folder; name the picture in it"),
    ):
        assert main(["demo", "fastv", "--output", str(path)]) == 2
        assert says in capsys.readouterr().err


def test_what_judging_a_prompt_costs_is_counted_for_a_small_scorer_and_for_the_model_itself():
    for name in ("llmlingua", "selective_context"):
        shown = demo.demonstrate(name)
        small, itself = (row for row in shown.rows if row.what.startswith("MACs"))
        assert "with a scorer of 1 layer, 32 wide" in small.what
        assert "the model its own scorer" in itself.what
        assert small.after < small.before == itself.before < itself.after
        assert "A scorer of 1 layer, 32 wide, judged them" in shown.caption


def test_what_a_model_reads_as_its_own_scorer_costs_what_the_table_says():
    method = load_method("llmlingua")
    acting = demo.make(method)
    case = demo_cases.case_of(method, acting, "cpu", None)
    with attach(acting, case.model):
        reads = demo_table.scorer_reads(case.model, case)
    before_answering = reads[: next(number for number, read in enumerate(reads) if read[0] == 128) + 1]
    macs = case.depth * sum(layer_macs(case.shape, *read) for read in before_answering) / 1e6
    shown = next(row for row in demo.demonstrate("llmlingua").rows if "its own scorer" in row.what)
    assert shown.after == pytest.approx(macs)


@pytest.mark.parametrize("cut", [0, 10, 200], ids=["empty", "its first bytes", "half"])
def test_a_broken_picture_is_named(cut, tmp_path, capsys):
    photo = tmp_path / "photo.png"
    Image.effect_noise((64, 64), 50).save(photo)
    photo.write_bytes(photo.read_bytes()[:cut])
    assert main(["demo", "fastv", "--image", str(photo)]) == 2
    assert f"{photo} cannot be read as a picture" in capsys.readouterr().err


def test_the_picture_says_what_became_of_each_token():
    tokens = torch.zeros(1, 4, 2)
    pruned = keep_index(tokens, torch.tensor([[1, 2]]))
    assert picture.as_text(picture.states(pruned, slice(0, 4)), 2) == "··██\n██··"
    merged = Reduction(tokens[:, :1], torch.tensor([[0, 0, 0, -1]]), torch.ones(1, 1), torch.tensor([[1]]))
    assert picture.states(merged, slice(0, 4)) == [
        picture.MERGED,
        picture.KEPT,
        picture.MERGED,
        picture.DROPPED,
    ]


def test_formulas_count_the_gated_mlp_and_grouped_keys():
    plain, grouped = LayerShape(4, 8), LayerShape(4, 8, matrices=3, key_width=2)
    assert layer_macs(plain, 1, 1, 1) == 4 * 16 + 2 * 4 + 2 * 32
    assert layer_macs(grouped, 1, 1, 1) == 2 * 16 + 2 * 8 + 2 * 4 + 3 * 32
    assert "3·n'·d·m" in grouped.formula
    assert cache_bytes([10, 5], key_heads=2, head_width=4, bytes_per_number=2) == 15 * 2 * 2 * 4 * 2


def test_live_bytes_count_what_lives_and_forget_what_does_not():
    with LiveBytes() as live:
        first = torch.zeros(1000)
        second = first + 1
        view = second[:10]
        assert live.held == 8000
        del first, second
        assert live.held == 4000
        del view
    assert (live.held, live.peak) == (0, 8000)
