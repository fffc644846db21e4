"""A catalogue may have fields of terms that no other has: declared once, they are fields everywhere."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from catalog import checks, exports, formatting, lists
from catalog.adding.values import field_value
from catalog.api import load
from catalog.catalogue import Catalogue
from catalog.cli import main
from catalog.config import _TAKEN, Config
from catalog.exports.jsonl import KEYS
from catalog.facts import terms_of, unknown_facts
from catalog.findings import CatalogError
from catalog.github.rendering import render_forms
from catalog.query import from_fields, parse, select
from catalog.query.fields import FLAGS, OTHER_NAMES, fields
from catalog.record import Paper
from catalog.record_files import parse_record
from catalog.record_schema import json_schema
from catalog.site import build_site
from catalog.stats import count_fields
from catalog.yaml_files import parse as parse_yaml
from tests.conftest import MINI, REPOSITORY

TERMS = """
circuit-level:
  label: Circuit-level noise
  definition: Every gate may fail.
  aliases: [circuit noise]
code-capacity:
  label: Code capacity
  definition: Only data may fail.
"""
FASTV = "papers/2024/fastv.yaml"
TOME = "papers/2022/tome.yaml"
DYNAMICVIT = "papers/2021/dynamicvit.yaml"


def with_own_field(root: Path) -> Path:
    """The small catalogue with the field "Noise model", of which some records say something."""
    with (root / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write("fields:\n  noise_model: Noise model\n")
    (root / "papers" / "vocabulary" / "noise_model.yaml").write_text(TERMS, encoding="utf-8")
    for file, line in (
        (FASTV, "[circuit-level]"),
        (TOME, "[circuit-level, code-capacity]"),
        (DYNAMICVIT, "[]"),
    ):
        with (root / file).open("a", encoding="utf-8") as record:
            record.write(f"noise_model: {line}\n")
    return root


@pytest.fixture
def own(mini: Path) -> Path:
    return with_own_field(mini)


@pytest.fixture
def catalogue(own: Path) -> Catalogue:
    return Catalogue.load(own)


def said(root: Path, rule: str) -> list[str]:
    found = checks.run(Catalogue.load(root))
    return [f"{one.file}:{one.line}: {one.message}" for one in found if one.rule == rule]


# ---------------------------------------------------------------------------------------- records


def test_records_hold_terms_in_it_none_or_nothing_known(catalogue: Catalogue) -> None:
    assert catalogue.unreadable == ()
    names = ("tome", "dynamicvit", "toca")
    assert [terms_of(catalogue[one], "noise_model") for one in names] == [
        ("circuit-level", "code-capacity"),
        (),
        None,
    ]
    assert "noise_model" in unknown_facts(catalogue["toca"], catalogue.vocabulary)
    assert "noise_model" not in unknown_facts(catalogue["dynamicvit"], catalogue.vocabulary)


def test_a_record_is_written_with_it_before_the_keywords(own: Path) -> None:
    formatting.format_all(Catalogue.load(own))
    catalogue = Catalogue.load(own)
    text = catalogue.text_of(catalogue["tome"])
    assert re.search(r"(?m)^parametric: .*\nnoise_model: \[circuit-level, code-capacity\]\nsummary:", text)
    assert "\nnoise_model: []\n" in catalogue.text_of(catalogue["dynamicvit"])
    assert "\nnoise_model: null\n" in catalogue.text_of(catalogue["toca"])
    assert formatting.format_all(catalogue) == []


def test_what_is_wrong_with_it_is_said_with_its_line_and_the_nearest(own: Path) -> None:
    file = own / FASTV
    text = file.read_text(encoding="utf-8")
    line = text.splitlines().index("noise_model: [circuit-level]") + 1
    file.write_text(text.replace("[circuit-level]", "[circuit-leval]"), encoding="utf-8")
    (found,) = said(own, "unknown-term")
    assert found.startswith(f"{FASTV}:{line}: 'circuit-leval' is no term of 'noise_model'; did you mean ")
    assert found.endswith("add it to papers/vocabulary/noise_model.yaml")
    file.write_text(text.replace("noise_model: [", "noise_modl: ["), encoding="utf-8")
    (found,) = said(own, "schema")
    assert found == f"{FASTV}:{line}: noise_modl: there is no such field; did you mean 'noise_model'?"
    file.write_text(text.replace("[circuit-level]", "circuit-level"), encoding="utf-8")
    (found,) = said(own, "schema")
    assert found.endswith("noise_model: found 'circuit-level', expected a list; write [circuit-level]")
    formatting.apply_fixes(Catalogue.load(own), checks.run(Catalogue.load(own)))
    assert Catalogue.load(own)["fastv"].own == {"noise_model": ("circuit-level",)}


def test_its_terms_bring_those_of_other_fields_and_are_brought(own: Path) -> None:
    vocabulary = own / "papers" / "vocabulary"
    brings = "  brings: {training: [based, both]}\n"
    (vocabulary / "noise_model.yaml").write_text(f"{TERMS}{brings}", encoding="utf-8")
    mechanisms = (vocabulary / "mechanisms.yaml").read_text(encoding="utf-8")
    brings = "pruning: {brings: {noise_model: [code-capacity, none]}, "
    (vocabulary / "mechanisms.yaml").write_text(mechanisms.replace("pruning: {", brings), encoding="utf-8")
    tome = (own / TOME).read_text(encoding="utf-8")
    (own / TOME).write_text(tome.replace("training: both", "training: free"), encoding="utf-8")
    of_tome, of_fastv = said(own, "brought-term")
    assert "'code-capacity' brings 'based' or 'both' in training, which has free" in of_tome
    assert "'pruning' brings 'code-capacity' in noise_model, which has circuit-level" in of_fastv


def test_another_catalogue_has_no_such_field() -> None:
    text = "title: A\nnoise_model: [circuit-level]\n"
    _, (finding,) = parse_record(text, parse_yaml(text), "papers/2024/a.yaml")
    assert (finding.line, finding.rule) == (2, "schema")
    assert finding.message.startswith("noise_model: there is no such field")


def test_it_needs_a_source_as_other_fields_do(own: Path, catalogue: Catalogue) -> None:
    assert "noise_model" in next(one for one in said(own, "provenance-missing") if "fastv" in one)
    with (own / FASTV).open("a", encoding="utf-8") as record:
        record.write('provenance: {noise_model: "paper: Sec. 2", noise_mode: x}\n')
    assert "noise_model" not in next(one for one in said(own, "provenance-missing") if "fastv" in one)
    (found,) = said(own, "provenance-field")
    assert "provenance of 'noise_mode', which is no field of a record; did you mean 'noise_model'?" in found
    counts = {count.field: count for count in count_fields(Catalogue.load(own))}
    assert (counts["noise_model"].known, counts["noise_model"].unknown) == (3, 3)
    assert counts["noise_model"].sources["paper"] == 1


def test_editors_know_it(catalogue: Catalogue) -> None:
    schema = json_schema(catalogue.vocabulary)
    assert schema["additionalProperties"] is False
    choices, null = schema["properties"]["noise_model"]["anyOf"]
    assert choices["items"]["enum"] == ["circuit-level", "code-capacity"]
    assert null == {"type": "null"}


# ------------------------------------------------------------------------------------ declaration


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Noise-Model: N", "'Noise-Model' is no field's name.*write noise_model"),
        ("year: N", "'year' is a name that has a meaning already"),
        ("tasks: N", "'tasks' is a name that has a meaning already"),
        ("copy: N", "'copy' is a name that has a meaning already"),
        ("noise_model: Task", "task and noise_model are both called 'Task'"),
        ("noise_model: null", "found null, expected text"),
    ],
)
def test_a_field_is_declared_by_a_name_and_a_label_of_its_own(mini: Path, line: str, says: str) -> None:
    with (mini / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write(f"fields:\n  {line}\n")
    with pytest.raises(CatalogError, match=rf"papers/catalogue\.yaml:\d+:\d+: fields.*{says}"):
        Catalogue.load(mini)


def test_no_name_is_free_that_means_something_else(mini_catalogue: Catalogue) -> None:
    taken = {*_TAKEN, *dir(Paper)}
    assert {*KEYS, *fields(mini_catalogue.vocabulary), *FLAGS, "reference_impl", "year"} <= taken
    assert taken.issuperset(OTHER_NAMES)


def test_a_file_of_no_field_says_how_to_make_it_one(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "noise_models.yaml").write_text(TERMS, encoding="utf-8")
    advice = "name that under 'fields' in papers/catalogue.yaml, as in \"noise_models: Noise models\""
    with pytest.raises(CatalogError, match=re.escape(advice)):
        Catalogue.load(mini)


def test_a_declared_field_needs_its_file(own: Path) -> None:
    (own / "papers" / "vocabulary" / "noise_model.yaml").unlink()
    with pytest.raises(
        CatalogError,
        match=r"^papers/vocabulary/noise_model\.yaml: not found; put the field's terms there, or take",
    ):
        Catalogue.load(own)


def test_a_field_is_declared_where_a_new_catalogue_is_explained() -> None:
    assert Config.model_fields["fields"].description


# ---------------------------------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("noise_model:circuit-level", ["fastv", "tome"]),
        ('noise-model:"Circuit noise"', ["fastv", "tome"]),
        ("Noise-Models:code-capacity", ["tome"]),
        ("noisemodel:none", ["dynamicvit"]),
        ("noise-model:unknown -kind:survey", ["toca", "unknown-facts"]),
    ],
)
def test_it_is_asked_for_as_other_fields_are(catalogue: Catalogue, query: str, ids: list[str]) -> None:
    assert [paper.id for paper in select(catalogue, parse(query, catalogue.vocabulary))] == ids


def test_it_is_asked_for_from_python(catalogue: Catalogue) -> None:
    asked = from_fields({"noise_model": "circuit-level"}, catalogue.vocabulary)
    assert [paper.id for paper in select(catalogue, asked)] == ["fastv", "tome"]


# ---------------------------------------------------------------------------------------- exports


def test_exports_hold_it_behind_what_they_promise(catalogue: Catalogue) -> None:
    def exported(name: str) -> str:
        stream = io.StringIO(newline="")
        exports.get(name).write([catalogue["tome"]], catalogue, stream)
        return stream.getvalue()

    row = json.loads(exported("jsonl"))
    assert [*row] == [*KEYS, "noise_model"]
    assert row["noise_model"] == ["circuit-level", "code-capacity"]
    (cells,) = csv.DictReader(io.StringIO(exported("csv")))
    assert cells["noise_model"] == "circuit-level; code-capacity"
    assert "KW  - Circuit-level noise\n" in exported("ris")
    assert "| Noise model |" in exported("markdown-table")
    assert "| Circuit-level noise, Code capacity |" in exported("markdown-table")
    assert "Code_capacity-lightblue" in exported("list-badges")


def test_workbook_and_parquet_have_a_column_of_it(catalogue: Catalogue) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    stream = io.BytesIO()
    exports.get("xlsx").write([catalogue["tome"]], catalogue, stream)
    heads, row = openpyxl.load_workbook(stream).active.iter_rows(values_only=True)
    assert dict(zip(heads, row, strict=True))["Noise model"] == "Circuit-level noise; Code capacity"
    parquet = pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    exports.get("parquet").write([catalogue["tome"]], catalogue, stream)
    assert parquet.read_table(stream)["noise_model"].to_pylist() == [["circuit-level", "code-capacity"]]


def test_a_table_in_python_has_a_column_of_it(mini: Path) -> None:
    papers = load(with_own_field(mini))
    table = papers.to_dataframe()
    assert [table.index.name, *table.columns] == list(papers.to_dicts()[0])
    assert table.loc["tome", "noise_model"] == ["circuit-level", "code-capacity"]


# ------------------------------------------------------------------------------ pages, lists, forms


def test_pages_lists_and_forms_show_it(own: Path, tmp_path: Path) -> None:
    (own / ".github" / "ISSUE_TEMPLATE").mkdir(parents=True)
    catalogue, templates = Catalogue.load(own), REPOSITORY / "site_templates"
    texts = lists.render_all(catalogue, templates) | render_forms(catalogue, templates)
    assert "![Noise model: Circuit-level noise]" in texts["papers/lists/vision-understanding.md"]
    form = parse_yaml(texts[".github/ISSUE_TEMPLATE/add-paper.yml"])
    (menu,) = [part for part in form["body"] if part.get("id") == "noise_model"]
    assert menu["attributes"]["options"] == ["Circuit-level noise", "Code capacity"]
    assert "Noise model" in texts[".github/ISSUE_TEMPLATE/correct-record.yml"]

    build_site(catalogue, templates, tmp_path / "site")

    def page(address: str) -> str:
        return (tmp_path / "site" / address / "index.html").read_text(encoding="utf-8")

    assert re.search(r"<h3>or with noise model</h3>.*?Circuit-level noise", page("."), re.DOTALL)
    assert "<dt>Noise model</dt>" in page("papers/fastv")
    assert "../../papers/tome/" in page("terms/noise_model/code-capacity").replace("../../../", "../../")
    for address in ("coverage", "terms", "about", "contribute"):
        assert re.search("noise.model", page(address), re.IGNORECASE), address
    schema = json.loads((tmp_path / "site" / "api" / "v1" / "schema" / "record.json").read_text())
    assert "noise_model" in schema["required"]


# ----------------------------------------------------------------------------------------- adding


def add(root: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    entry = root / "a.bib"
    entry.write_text(
        "@article{a, title={Decoding under Circuit-Level Noise Fast}, author={Ada Byron}, "
        "journal={TMLR}, year={2024}}"
    )
    monkeypatch.setattr(
        sys, "argv", ["catalog", "--root", str(root), "add", "--offline", "--yes", *options, str(entry)]
    )
    with suppress(SystemExit):
        main()
    (record,) = (root / "papers" / "2024").glob("*decoding*.yaml")
    return record.read_text(encoding="utf-8")


def test_its_terms_are_proposed_from_titles_and_taken(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = add(own, monkeypatch, "--accept-tags")
    assert "\nnoise_model: [circuit-level]\n" in text
    assert "proposed from 'circuit level noise' in the title" in text


def test_its_terms_are_given_on_the_command_line(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = add(own, monkeypatch, "--tag", "noise_model:Code capacity")
    assert "\nnoise_model: [code-capacity]\n" in text
    assert "--tag noise_model:circuit-level" not in capsys.readouterr().err, "it was decided"


def test_a_tag_of_no_field_is_refused(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="unpack"):
        add(own, monkeypatch, "--tag", "task:vqa")
    assert "of its own the catalogue has noise_model" in " ".join(capsys.readouterr().err.split())


def test_without_any_the_fields_are_those_of_every_catalogue() -> None:
    assert Catalogue.load(MINI).vocabulary.own == ()


def test_a_term_that_an_own_field_does_not_have_is_named_with_the_option(catalogue: Catalogue) -> None:
    said = r"^--tag noise_model:circuit: there is no 'circuit'; did you mean"
    with pytest.raises(CatalogError, match=said):
        field_value("noise_model", ["circuit"], catalogue.vocabulary)
