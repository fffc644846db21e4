"""Links: another spelling is mended, a wrong or shared one is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, places, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def links_after_mending(make_catalogue: MakeCatalogue, **fields: Any) -> dict[str, Any]:
    root = make_catalogue({FILE: record(**fields)})
    assert all(one.fixable for one in findings(root))
    assert mend(root)
    assert findings(root) == []
    return Catalogue.load(root)["a-paper"].links.model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("links", "mended"),
    [
        ({"paper": "http://arxiv.org/pdf/2403.06764v2.pdf"}, {"paper": "https://arxiv.org/abs/2403.06764"}),
        (
            {"code": ["http://github.com/a/b/", "https://github.com/A/B.git"]},
            {"code": ("https://github.com/a/b",)},
        ),
        ({"code": ["https://github.com/a/b#usage"]}, {"code": ("https://github.com/a/b",)}),
        (
            {"code": ["https://www.github.com/a/b.git", "https://github.com/c/d/tree/main/?tab=readme#top"]},
            {"code": ("https://github.com/a/b", "https://github.com/c/d")},
        ),
        (
            {"code": ["https://www.github.com/a/b/tree/main/sub", "https://github.com/a/b/tree/dev/"]},
            {"code": ("https://github.com/a/b/tree/main/sub", "https://github.com/a/b/tree/dev/")},
        ),
        ({"project": "http://a.github.io/b"}, {"project": "https://a.github.io/b"}),
        (
            {"code": ["https://github.com/a/b"], "project": "https://github.com/A/b/"},
            {"code": ("https://github.com/a/b",)},
        ),
    ],
)
def test_a_link_in_another_spelling_is_mended(
    make_catalogue: MakeCatalogue, links: dict[str, Any], mended: dict[str, Any]
) -> None:
    assert links_after_mending(make_catalogue, links=links) == mended


@pytest.mark.parametrize("link", ["https://github.com/somebody", "https://gitlab.com/group/"])
def test_an_account_is_no_code(make_catalogue: MakeCatalogue, link: str) -> None:
    (finding,) = findings(make_catalogue({FILE: record(links={"code": [link]})}))
    assert (finding.rule, finding.severity) == ("code-is-account", "warning")
    assert "expected a repository" in finding.message


def test_a_paper_among_the_code_links_is_refused_and_taken_out(make_catalogue: MakeCatalogue) -> None:
    links = {"code": ["https://arxiv.org/abs/2403.06764", "https://github.com/a/b"]}
    (finding,) = findings(make_catalogue({FILE: record(links=links)}))
    assert (finding.rule, finding.severity) == ("code-is-paper", "error")
    assert links_after_mending(make_catalogue, links=links) == {"code": ("https://github.com/a/b",)}


def test_an_archive_beside_a_paper_is_code(make_catalogue: MakeCatalogue) -> None:
    link = "https://aclanthology.org/attachments/2024.emnlp-main.1027.software.zip"
    assert findings(make_catalogue({FILE: record(links={"code": [link]})})) == []


def test_a_paper_among_the_code_links_becomes_the_paper_link_where_there_is_none(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue(
        {FILE: record(links={"code": ["https://aclanthology.org/P18-1166/"]}, identifiers={})}
    )
    mend(root)
    mend(root)
    paper = Catalogue.load(root)["a-paper"]
    assert paper.links.paper == "https://aclanthology.org/P18-1166/"
    assert paper.identifiers.anthology == "P18-1166"
    assert findings(root) == []


def test_a_paper_link_of_another_paper_is_refused(make_catalogue: MakeCatalogue) -> None:
    text = record(links={"paper": "https://arxiv.org/abs/2403.00001"})
    (finding,) = findings(make_catalogue({FILE: text}))
    assert (finding.rule, finding.severity, finding.fixable) == ("link-identifier", "error", False)
    assert "names arxiv 2403.00001, but identifiers.arxiv is 2403.06764" in finding.message


def test_an_identifier_that_only_the_link_names_is_added(make_catalogue: MakeCatalogue) -> None:
    fields = {"links": {"paper": "https://openreview.net/forum?id=JroZRaRw7Eu"}}
    root = make_catalogue({FILE: record(**fields)})
    assert places(root) == [f"{FILE}:10: link-identifier"]
    mend(root)
    assert Catalogue.load(root)["a-paper"].identifiers.model_dump(exclude_none=True) == {
        "arxiv": "2403.06764",
        "openreview": "JroZRaRw7Eu",
    }


def two(make_catalogue: MakeCatalogue, one: dict[str, Any], other: dict[str, Any]) -> list[Any]:
    files = {
        "2024/a.yaml": record("a", title="Alpha Beta", identifiers={}, links=one),
        "2024/b.yaml": record("b", title="Gamma Delta", identifiers={}, links=other),
    }
    return findings(make_catalogue(files), "duplicate-link", "shared-code")


def test_one_paper_link_in_two_records_is_refused_and_both_are_named(make_catalogue: MakeCatalogue) -> None:
    link = "https://example.org/paper.pdf"
    (finding,) = two(make_catalogue, {"paper": link}, {"paper": link})
    assert (finding.rule, finding.severity) == ("duplicate-link", "error")
    assert "the paper link of 'b' is also that of 'a' (papers/2024/a.yaml)" in finding.message


def test_one_repository_of_two_papers_is_pointed_out(make_catalogue: MakeCatalogue) -> None:
    one, other = {"code": ["https://github.com/a/b"]}, {"code": ["https://github.com/A/B"]}
    (finding,) = two(make_catalogue, one, other)
    assert (finding.rule, finding.severity) == ("shared-code", "warning")
    assert two(make_catalogue, one, {"code": ["https://github.com/a/c"]}) == []


def test_a_link_that_leads_where_another_records_identifier_does_is_refused(
    make_catalogue: MakeCatalogue,
) -> None:
    files = {
        "2024/a.yaml": record("a", title="Alpha Beta"),
        "2024/b.yaml": record(
            "b", title="Gamma Delta", identifiers={}, links={"paper": "http://arxiv.org/pdf/2403.06764v1"}
        ),
    }
    (finding,) = findings(make_catalogue(files), "duplicate-link")
    assert finding.file == "papers/2024/b.yaml"
    assert "'a' (papers/2024/a.yaml)" in finding.message


def test_two_records_with_one_identifier_are_not_reported_for_their_link_again(
    make_catalogue: MakeCatalogue,
) -> None:
    files = {f"2024/{name}.yaml": record(name, title=f"Paper {name}") for name in ("a", "b")}
    root = make_catalogue(files)
    assert len(findings(root, "duplicate-arxiv")) == 1
    assert findings(root, "duplicate-link") == []


def test_a_repository_named_after_another_papers_method_is_pointed_out(mini: Path) -> None:
    path = mini / "papers/2024/toca.yaml"
    path.write_text(path.read_text().replace("github.com/Shenyi-Z/ToCa", "github.com/somebody/FastV"))
    (found,) = findings(mini, "foreign-code")
    assert found.severity == "warning"
    assert found.file == "papers/2024/toca.yaml"
    assert "the method of 'fastv'" in found.message


@pytest.mark.parametrize("arxiv", ["2515.10344", "2613.04320", "2400.12345", "cs/0713001"])
def test_an_arxiv_id_of_an_impossible_month_is_refused_and_no_crash_in_a_link(
    make_catalogue: MakeCatalogue, arxiv: str
) -> None:
    text = record(links={"paper": f"https://arxiv.org/abs/{arxiv}"})
    assert "link-identifier" not in {one.rule for one in findings(make_catalogue({FILE: text}))}
    (finding,) = findings(make_catalogue({FILE: text.replace('arxiv: "2403.06764"', f'arxiv: "{arxiv}"')}))
    assert finding.rule == "schema"
    assert f"'{arxiv}' is not an arXiv id of year, month and number" in finding.message


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("http://localhost:8000/code", "localhost"),
        ("http://127.0.0.1/code", "127.0.0.1"),
        ("https://example.com/a/b", "example.com"),
        ("https://www.example.org/a/b", "www.example.org"),
    ],
)
@pytest.mark.parametrize("name", ["code", "project", "video"])
def test_a_link_is_nowhere_at_an_address_that_leads_no_reader_to_it(
    make_catalogue: MakeCatalogue, link: str, host: str, name: str
) -> None:
    code = ["https://github.com/a/b"]
    links = {"code": [*code, link]} if name == "code" else {"code": code, name: link}
    (finding,) = findings(make_catalogue({FILE: record(links=links)}))
    assert (finding.rule, finding.severity) == ("link-placeholder", "warning")
    said = f"the {name} link '{link}' leads to {host}, where no reader finds anything; correct or delete it"
    assert said in finding.message


def test_a_host_that_only_sounds_like_an_example_is_one_like_others(make_catalogue: MakeCatalogue) -> None:
    assert findings(make_catalogue({FILE: record(links={"code": ["https://counterexample.org/a"]})})) == []
