"""The static API: every file agrees with the schema that the OpenAPI file names for it."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.exports.jsonl import KEYS, as_dicts
from catalog.record import Paper
from catalog.site import api
from catalog.site.api_schemas import SCHEMAS
from catalog.site.extras import digest
from catalog.site.feeds import Feeds
from catalog.site.views import TermIndex

TEMPLATES = Path(__file__).parents[2] / "site_templates"
MINI = Catalogue.load(Path(__file__).parents[1] / "mini")


@pytest.fixture
def folder(mini_site: Path) -> Path:
    """The API's files."""
    return mini_site / "api" / "v1"


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _files(catalogue: Catalogue) -> dict[str, bytes]:
    found = dict(api.files(catalogue, TEMPLATES, TermIndex(catalogue), Feeds(catalogue).all))
    found.update(
        api.paper_json(paper, catalogue.config, catalogue.vocabulary, paper.id) for paper in catalogue
    )
    digests = {paper.id: digest(found[api.paper_file(paper.id)]) for paper in catalogue}
    found.update([api.changes(catalogue, digests)])
    return {path.removeprefix("api/v1/"): content for path, content in found.items()}


def _schemas(description: dict[str, Any]) -> Iterator[tuple[re.Pattern[str], str]]:
    """For each path of JSON that the OpenAPI file describes: which files it means, and their schema."""
    for path, item in description["paths"].items():
        content = item["get"]["responses"]["200"]["content"]
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path[1:])))
        if "application/json" in content:
            yield pattern, content["application/json"]["schema"]["$ref"]


def test_the_description_is_valid_openapi(folder: Path) -> None:
    path = folder / "openapi.json"
    validate(_json(path), base_uri=path.as_uri(), cls=OpenAPIV31SpecValidator)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_valid_and_describes_all_that_it_names(name: str, folder: Path) -> None:
    schema = _json(folder / "schema" / f"{name}.json")
    Draft202012Validator.check_schema(schema)
    assert all(part["description"] for part in schema["properties"].values())


def test_every_file_agrees_with_the_schema_that_the_description_names(folder: Path) -> None:
    rules = [(pattern, _json(folder / name)) for pattern, name in _schemas(_json(folder / "openapi.json"))]
    described = {"openapi.json", *(f"schema/{name}.json" for name in SCHEMAS)}
    checked = 0
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        if name in described:
            continue
        (schema,) = [schema for pattern, schema in rules if pattern.fullmatch(name)]
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        assert [error.message for error in validator.iter_errors(_json(path))] == [], name
        checked += 1
    assert checked > 40


def test_every_line_of_the_table_agrees_with_its_schema_and_with_the_records(folder: Path) -> None:
    validator = Draft202012Validator(_json(folder / "schema" / "record.json"))
    lines = [json.loads(line) for line in (folder / "papers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == list(as_dicts(MINI, MINI))
    assert not [error for line in lines for error in validator.iter_errors(line)]
    table = pyarrow.parquet.read_table(io.BytesIO((folder / "papers.parquet").read_bytes()))
    assert table.column("id").to_pylist() == [line["id"] for line in lines]


def test_the_schema_of_a_record_names_the_keys_of_the_export_in_their_order() -> None:
    assert list(SCHEMAS["record"]["properties"]) == KEYS
    assert SCHEMAS["record"]["required"] == KEYS


def test_a_paper_s_file_is_its_record_and_links(folder: Path, mini_site: Path) -> None:
    for row in as_dicts(MINI, MINI):
        found = _json(folder / "papers" / f"{row['id']}.json")
        links = found.pop("links")
        assert found == row
        for address in links.values():
            path = mini_site / address.removeprefix("https://example.org/mini/")
            assert path.exists(), address


def test_every_address_leads_to_a_file(mini_site: Path, folder: Path) -> None:
    checked = 0
    for path in folder.rglob("*.json"):
        for address in re.findall(r'"https://example\.org/mini/([^"]*)"', path.read_text(encoding="utf-8")):
            target = mini_site / address
            assert (target / "index.html").is_file() or target.is_file() or address == "api/v1", address
            checked += 1
    assert checked > 300


def test_without_a_published_address_links_hold_from_the_file_s_own_place() -> None:
    config = MINI.config.model_copy(update={"base_url": None})
    found = _files(Catalogue(MINI.root, config, MINI.vocabulary, MINI.papers))
    assert json.loads(found["papers/tome.json"])["links"]["page"] == "../../../papers/tome/"
    assert json.loads(found["papers.json"])["papers"][0]["api"].startswith("../../api/v1/papers/")
    assert json.loads(found["terms/venue/eccv.json"])["url"] == "../../../../terms/venue/eccv/"
    assert "https://" not in json.loads(found["openapi.json"])["servers"][0]["url"]
    assert b"load_dataset" not in found["README.md"]


def test_changes_are_those_added_last_first(folder: Path) -> None:
    changes = _json(folder / "changes.json")["changes"]
    assert [change["id"] for change in changes[:2]] == ["toca", "fastv"]
    since = [change["id"] for change in changes if (change["added"] or "") >= "2026-11-21"]
    assert since == ["toca", "fastv"]


def test_a_paper_s_digest_is_that_of_its_file(folder: Path) -> None:
    for paper in _json(folder / "changes.json")["changes"]:
        content = (folder / "papers" / f"{paper['id']}.json").read_bytes()
        assert paper["digest"] == digest(content).hex()


def test_the_version_of_the_data_changes_with_any_paper_and_only_then() -> None:
    def version(papers: tuple[Paper, ...]) -> str:
        found: str = json.loads(_files(replace(MINI, papers=papers))["changes.json"])["digest"]
        return found

    first, *others = MINI.papers
    corrected = first.model_copy(update={"summary": "Another sentence."})
    assert version(MINI.papers) == version(MINI.papers)
    assert len({version(MINI.papers), version((corrected, *others)), version((*others,))}) == 3


def test_the_guide_s_example_keeps_a_copy_true(
    mini_site: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (TEMPLATES / "site" / "guides" / "api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?s)```python\n(import hashlib.*?)```", guide)
    example = re.sub(r"\{\{.*?\}\}", f"{mini_site.as_uri()}/", example)
    monkeypatch.chdir(tmp_path)
    for name, content in (("tome", "changed since"), ("gone", "{}")):
        copy = tmp_path / "papers" / f"{name}.json"
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(content)
    for _ in "once", "and again":
        exec(example, {})
        copied = {path.name: path.read_bytes() for path in (tmp_path / "papers").iterdir()}
        assert copied == {path.name: path.read_bytes() for path in (folder / "papers").iterdir()}


def test_a_term_has_the_value_that_papers_hold(folder: Path) -> None:
    terms = _json(folder / "terms.json")["fields"]
    values = {field: {term["value"] for term in found} for field, found in terms.items()}
    assert values["parametric"] == {True, False, "both"}
    papers = [json.loads(line) for line in (folder / "papers.jsonl").read_text("utf-8").splitlines()]
    for field, known in values.items():
        for paper in papers:
            held = paper[field] if isinstance(paper[field], list) else [paper[field]]
            assert {*held} - {None} <= known, field


def test_a_schema_is_named_by_its_address_where_the_site_has_one(folder: Path) -> None:
    for name in SCHEMAS:
        address = f"https://example.org/mini/api/v1/schema/{name}.json"
        assert _json(folder / "schema" / f"{name}.json")["$id"] == address
    config = MINI.config.model_copy(update={"base_url": None})
    assert "$id" not in json.loads(_files(replace(MINI, config=config))["schema/paper.json"])


def test_the_tables_are_described_as_what_they_are(folder: Path) -> None:
    paths = _json(folder / "openapi.json")["paths"]
    (lines,) = paths["/papers.jsonl"]["get"]["responses"]["200"]["content"].values()
    assert lines["schema"]["type"] == "string"
    assert lines["x-itemSchema"]["$ref"] == "schema/record.json"
    assert paths["/papers.parquet"]["get"]["responses"]["200"]["content"] == {
        "application/vnd.apache.parquet": {}
    }


def test_a_term_names_its_papers_and_a_venue_its_type(folder: Path) -> None:
    assert _json(folder / "terms" / "mechanism" / "pruning.json")["papers"] == ["fastv", "dynamicvit"]
    venues = {venue["key"]: venue for venue in _json(folder / "venues.json")["venues"]}
    assert venues["ECCV"]["count"] == 1
    assert venues["Findings of ACL"]["venue_type"] == "findings"


def test_without_the_library_there_is_no_parquet_file_and_nothing_speaks_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = _files(MINI)
    assert "papers.parquet" not in found
    assert "/papers.parquet" not in json.loads(found["openapi.json"])["paths"]
    assert b"papers.parquet" not in found["README.md"]
    assert b'read_json("https://example.org/mini/api/v1/papers.jsonl", lines=True' in found["README.md"]


def test_the_dataset_card_begins_with_settings_that_yaml_reads(folder: Path) -> None:
    _, header, body = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    settings = yaml_files.parse(header)
    assert settings["configs"] == [{"config_name": "default", "data_files": "papers.parquet"}]
    assert settings["size_categories"] == ["n<1K"]
    assert "license" not in settings
    assert body.startswith("\n# Mini\n")


def test_the_licence_stands_where_the_configuration_names_one() -> None:
    config = MINI.config.model_copy(update={"license": "CC-BY-4.0", "title": 'A "quoted": title'})
    found = _files(Catalogue(MINI.root, config, MINI.vocabulary, MINI.papers))
    settings = yaml_files.parse(found["README.md"].decode().split("---\n", 2)[1])
    assert settings["license"] == "cc-by-4.0"
    assert settings["pretty_name"] == 'A "quoted": title'
    assert json.loads(found["openapi.json"])["info"]["license"]["identifier"] == "CC-BY-4.0"


def test_text_of_a_record_stays_text() -> None:
    hostile = Paper(id="a", title='"}</script><b>{{ x }}\\u0000', authors=('"',), venue="<i>")
    path, content = api.paper_json(hostile, MINI.config, MINI.vocabulary, "key")
    assert path == "api/v1/papers/a.json"
    assert json.loads(content)["title"] == hostile.title
