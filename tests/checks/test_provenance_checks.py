"""Sourced or absent: what a record says has a source, and a source stands beside a value."""

from __future__ import annotations

import pytest

from catalog.record import MAY_BE_NONE
from tests.checks.checking import SOUND, findings, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"
ALL = dict.fromkeys([*SOUND, "links"], "paper")


def test_provenance_is_of_fields_only(make_catalogue: MakeCatalogue) -> None:
    provenance = {**ALL, "arxiv": "x", "identifiers.arxiv": "x", "critrion": "x"}
    (finding,) = findings(make_catalogue({FILE: record(provenance=provenance)}))
    assert finding.rule == "provenance-field"
    assert "did you mean 'criterion'?" in finding.message


def test_facts_without_source_are_named_in_one_warning_of_the_record(make_catalogue: MakeCatalogue) -> None:
    fields = {
        "links": {"code": ["https://github.com/a/b"], "project": "https://a.org/b"},
        "summary": "Drops tokens.",
        "task": [],
        "parametric": False,
        "provenance": {"title": "paper", "links.project": "paper", "year": "paper", "venue": "paper"},
    }
    root = make_catalogue({FILE: record(**fields)})
    (finding,) = findings(root)
    assert (finding.rule, finding.severity) == ("provenance-missing", "warning")
    assert finding.message.startswith(
        "authors, domain, task, parametric, summary, arxiv, code have values and no source; write in"
    )
    row = (root / "papers" / FILE).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert row == "provenance:"


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"identifiers": {"arxiv": "2403.06765", "doi": "10.1234/reefs.5"}}, "arXiv:2403.06765"),
        ({"venue": "TPAMI", "identifiers": {"doi": "10.1234/reefs.5"}}, "doi:10.1234/reefs.5"),
    ],
)
def test_how_a_source_is_written_is_shown_by_the_paper_s_own_id(
    make_catalogue: MakeCatalogue, fields: dict[str, object], source: str
) -> None:
    provenance = {name: text for name, text in ALL.items() if name != "domain"}
    found = findings(make_catalogue({FILE: record(**fields, provenance=provenance)}))
    (message,) = [one.message for one in found if one.rule == "provenance-missing"]
    assert f'e.g. domain: "{source} abstract", or null' in message


@pytest.mark.parametrize("field", MAY_BE_NONE)
def test_that_there_is_none_is_a_fact_that_has_a_source(make_catalogue: MakeCatalogue, field: str) -> None:
    sources = {name: source for name, source in ALL.items() if name != field}
    (finding,) = findings(make_catalogue({FILE: record(**{field: []}, provenance=sources)}))
    assert finding.message.startswith(f"{field} has a value and no source")


def test_a_record_without_any_provenance_is_warned_of_as_well(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(provenance={})}))
    assert (finding.rule, finding.line) == ("provenance-missing", 1)


@pytest.mark.parametrize("published", ["2024-03", "2024", None])
def test_what_another_field_says_by_itself_needs_no_source(
    make_catalogue: MakeCatalogue, published: str | None
) -> None:
    sources = {name: source for name, source in ALL.items() if name not in ("published", "kind")}
    assert findings(make_catalogue({FILE: record(published=published, provenance=sources)})) == []


@pytest.mark.parametrize("fields", [{"published": "2024-02-28"}, {"kind": "survey"}])
def test_what_somebody_must_have_found_out_needs_one(
    make_catalogue: MakeCatalogue, fields: dict[str, str]
) -> None:
    sources = {name: source for name, source in ALL.items() if name not in fields}
    (finding,) = findings(make_catalogue({FILE: record(**fields, provenance=sources)}))
    assert finding.message.startswith(f"{next(iter(fields))} has a value and no source")


@pytest.mark.parametrize("name", ["summary", "task", "doi", "links.project"])
def test_a_source_of_what_is_null_is_warned_of(make_catalogue: MakeCatalogue, name: str) -> None:
    (finding,) = findings(make_catalogue({FILE: record(provenance={**ALL, name: "paper: Sec. 4"})}))
    assert (finding.rule, finding.severity) == ("provenance-of-nothing", "warning")
    assert f"a source of '{name}', which is null" in finding.message


@pytest.mark.parametrize("name", ["code", "keywords", "former_titles", "criterion"])
def test_that_there_is_none_may_have_a_source(make_catalogue: MakeCatalogue, name: str) -> None:
    text = record(criterion=[], provenance={**ALL, "criterion": "paper", name: "paper: Sec. 4"})
    assert findings(make_catalogue({FILE: text})) == []
