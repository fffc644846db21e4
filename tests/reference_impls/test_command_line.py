"""`python -m reference_impls`, with and without torch."""

import importlib.util
import json

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
    keys = ["name", "paper", "domain", "stage", "criterion", "mechanism", "training"]
    assert all(list(method) == keys for method in methods)


@pytest.mark.usefixtures("installed")
def test_the_list_as_text_has_a_line_per_method(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("FastV") and "decoder-prefill" in line for line in lines)


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
