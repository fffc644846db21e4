"""DOIs stand alone, and name the published version."""

from __future__ import annotations

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


@pytest.mark.parametrize(
    ("found", "mended"),
    [
        ("10.1145/3580305.", "10.1145/3580305"),
        ("10.1145/3580305?download=true", "10.1145/3580305"),
        ("10.1145/3580305#page=2", "10.1145/3580305"),
        ("10.1145/3580305,", "10.1145/3580305"),
    ],
)
def test_what_stood_around_a_doi_is_taken_away(
    make_catalogue: MakeCatalogue, found: str, mended: str
) -> None:
    root = make_catalogue({FILE: record(identifiers={"arxiv": "2403.06764", "doi": found}, bibtex=None)})
    (finding,) = findings(root, "doi-form")
    assert finding.message == f"found '{found}', expected the DOI alone; write {mended}"
    mend(root)
    identifiers = Catalogue.load(root)["a-paper"].identifiers
    assert (identifiers.arxiv, identifiers.doi) == ("2403.06764", mended)
    assert findings(root, "doi-form") == []


@pytest.mark.parametrize("known", [{}, {"arxiv": "2403.06764"}])
def test_arxivs_own_doi_is_an_arxiv_id(make_catalogue: MakeCatalogue, known: dict[str, str]) -> None:
    given = {**known, "doi": "10.48550/arXiv.2403.06764"}
    root = make_catalogue({FILE: record(identifiers=given, bibtex=None)})
    (finding,) = findings(root, "doi-form")
    assert "is arXiv's own DOI of a preprint" in finding.message
    mend(root)
    identifiers = Catalogue.load(root)["a-paper"].identifiers
    assert (identifiers.arxiv, identifiers.doi) == ("2403.06764", None)


def test_of_two_preprints_a_person_decides(make_catalogue: MakeCatalogue) -> None:
    given = {"arxiv": "2403.06764", "doi": "10.48550/arXiv.2403.00001"}
    (finding,) = findings(make_catalogue({FILE: record(identifiers=given, bibtex=None)}), "doi-form")
    assert not finding.fixable


@pytest.mark.parametrize("doi", ["10.1109/CVPR52733.2024.00123", "10.1016/0364(90)", "10.1007/978-3_2"])
def test_a_doi_as_publishers_give_it_is_left_alone(make_catalogue: MakeCatalogue, doi: str) -> None:
    assert findings(make_catalogue({FILE: record(identifiers={"doi": doi}, bibtex=None)}), "doi-form") == []
