"""`python -m reference_impls`, with and without torch."""

import importlib.util
import json
import subprocess
import sys

import pytest

from reference_impls.__main__ import main


@pytest.fixture
def installed():
    pytest.importorskip(
        "torch", reason="the extra 'reference' is not installed: reference implementations are not tested"
    )


def test_without_torch_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["list"]) == 2
    assert "make install" in capsys.readouterr().err


@pytest.mark.usefixtures("installed")
def test_the_list_as_json_has_the_stable_keys(capsys):
    assert main(["list", "--format", "json"]) == 0
    methods = json.loads(capsys.readouterr().out)
    assert {"FastV", "ToMe", "SnapKV"} <= {method["name"] for method in methods}
    keys = ["name", "paper", "domain", "stage", "criterion", "mechanism", "training", "module"]
    assert all(list(method) == keys for method in methods)
    assert {("FastV", "fastv"), ("Ada-KV", "ada_kv")} <= {(one["name"], one["module"]) for one in methods}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("unbuffered", [[], ["-u"]])
def test_a_reader_who_has_had_enough_is_no_failure(unbuffered):
    with subprocess.Popen(
        [sys.executable, *unbuffered, "-m", "reference_impls", "show", "fastv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (0, "")


@pytest.mark.usefixtures("installed")
def test_the_list_as_text_has_a_line_per_method(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("FastV") and "decoder-prefill" in line for line in lines)


@pytest.mark.usefixtures("installed")
def test_the_list_as_text_says_whether_a_method_is_trained(capsys):
    assert main(["list"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["name", "module", "training", "stage", "criterion", "mechanism"]
    rows = {line.split()[0]: line.split() for line in lines}
    assert rows["FastV"][:4] == ["FastV", "fastv", "free", "decoder-prefill"]
    assert rows["DynamicViT"][2] == "based"


@pytest.mark.usefixtures("installed")
def test_on_a_narrow_terminal_the_list_puts_terms_and_names_below_each_other(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "300")
    assert main(["list"]) == 0
    wide = capsys.readouterr().out
    assert max(map(len, wide.splitlines())) > 120
    for columns in (120, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert main(["list"]) == 0
        narrow = capsys.readouterr().out
        assert max(map(len, narrow.splitlines())) <= columns
        assert sorted(narrow.replace(",", "").split()) == sorted(wide.replace(",", "").split())


@pytest.mark.usefixtures("installed")
def test_models_names_the_families_that_a_method_runs_in(capsys):
    assert main(["models", "fasterv"]) == 2
    assert "no method 'fasterv'" in capsys.readouterr().err
    assert main(["models", "fastervlm"]) == 0
    assert capsys.readouterr().out.splitlines() == ["LLaVA", "LLaVA-NeXT"]
    assert main(["models", "random_pruning"]) == 0
    found = capsys.readouterr().out.splitlines()
    assert found[0] == "LLaVA"
    assert found[-2:] == ["Llama (give candidates=)", "Qwen2 (give candidates=)"]


@pytest.mark.usefixtures("installed")
def test_a_method_is_found_by_its_own_name_and_a_slip_is_told_what_is_near(capsys):
    shown = []
    for said in ("ada_kv", "Ada-KV", "adakv", "ADA KV"):
        assert main(["show", said]) == 0
        shown.append(capsys.readouterr().out)
    assert len(set(shown)) == 1
    assert main(["models", "beyond-attention-similarity"]) == 0  # the record of CDPruner
    assert capsys.readouterr().out.splitlines() == ["LLaVA"]
    assert main(["demo", "snapvk"]) == 2
    assert "no method 'snapvk'; did you mean snapkv?" in capsys.readouterr().err
    assert main(["demos", "zzz"]) == 2
    assert "no method 'zzz'; there are: ada_kv, ats, " in capsys.readouterr().err


@pytest.mark.usefixtures("installed")
def test_how_the_name_of_a_family_begins_is_enough_for_its_program(capsys):
    def programs(*models):
        outputs = []
        for model in models:
            assert main(["example", "fastv", "--model", model]) == 0
            outputs.append(capsys.readouterr())
        return outputs

    whole, begun, alone, first = programs("Qwen2-VL with images", "qwen2-vl", "LLaVA-Onevision", "llava")
    assert begun.out == whole.out == programs("qwen2vl")[0].out
    assert (whole.err, begun.err) == ("", "for Qwen2-VL with images; there are also: Qwen2-VL with videos\n")
    assert "LlavaOnevision" in alone.out
    assert alone.err == "for LLaVA-OneVision with images; there are also: LLaVA-OneVision with videos\n"
    assert first.err == ""  # one is called so
    assert first.out == programs("LLaVA")[0].out


@pytest.mark.usefixtures("installed")
def test_no_model_is_tried_whose_name_was_not_asked_for(monkeypatch, capsys):
    from reference_impls import supported

    tried = []
    monkeypatch.setattr(supported, "_runs", lambda method, family: bool(tried.append(family.name)) or True)
    assert main(["example", "fastv", "--model", "nope"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "reference_impls: no program of FastV for 'nope'; `models fastv` says which there are"
    )
    assert "LLaVA-NeXT" in said
    assert tried == []
    assert main(["example", "fastv", "--model", "internvl"]) == 0
    assert tried == ["InternVL"]


@pytest.mark.usefixtures("installed")
def test_show_prints_the_source_and_the_two_stages(capsys):
    assert main(["show", "fastv"]) == 0
    shown = capsys.readouterr().out
    assert "stage one, criterion: attention" in shown
    assert "stage two, mechanism: pruning" in shown
    assert "class FastV" in shown


@pytest.mark.usefixtures("installed")
def test_an_unknown_method_is_refused_with_the_names_that_there_are(capsys):
    assert main(["show", "fastvv"]) == 2
    assert "fastv" in capsys.readouterr().err
