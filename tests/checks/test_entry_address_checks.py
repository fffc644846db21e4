"""Addresses in a BibTeX entry: they are those of the paper, and of no other."""

from __future__ import annotations

import pytest

from tests.checks.checking import ENTRY, findings, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"
OWN = {
    "doi": "10.1000/ab.12",
    "arxiv": "2403.06764",
    "openreview": "JroZRaRw7Eu",
    "anthology": "2024.acl-long.12",
}


@pytest.mark.parametrize(
    ("field", "own"),
    [
        ("url = {https://arxiv.org/abs/2403.00001}", "https://arxiv.org/abs/2403.06764"),
        ("url = {https://arxiv.org/pdf/2403.00001v2}", "https://arxiv.org/abs/2403.06764"),
        ("howpublished = {\\url{https://arxiv.org/abs/2403.00001}}", "https://arxiv.org/abs/2403.06764"),
        ("url = {https://doi.org/10.1000/ab.123}", "https://doi.org/10.1000/ab.12"),
        ("url = {https://dl.acm.org/doi/pdf/10.1145/3633781}", "https://doi.org/10.1000/ab.12"),
        ("url = {https://openreview.net/forum?id=LO3Mw8Jrk0}", "https://openreview.net/forum?id=JroZRaRw7Eu"),
        ("url = {https://aclanthology.org/2024.acl-long.13/}", "https://aclanthology.org/2024.acl-long.12/"),
        (
            "url = {https://openaccess.thecvf.com/content/CVPR2024/papers/B_CVPR_2024_paper.pdf}",
            "https://openaccess.thecvf.com/content/CVPR2024/html/A_CVPR_2024_paper.html",
        ),
    ],
)
def test_the_address_of_another_paper_is_refused_with_its_own(
    make_catalogue: MakeCatalogue, field: str, own: str
) -> None:
    page = "https://openaccess.thecvf.com/content/CVPR2024/html/A_CVPR_2024_paper.html"
    entry = ENTRY.replace("pages = {1--9}", field)
    text = record(bibtex=entry, identifiers=OWN, links={"paper": page})
    (finding,) = findings(make_catalogue({FILE: text}))
    assert (finding.rule, finding.severity) == ("bibtex-disagrees", "error")
    assert f"the record has '{own}'" in finding.message
    assert field in text.splitlines()[finding.line - 1]


@pytest.mark.parametrize(
    "address",
    [
        "http://arxiv.org/pdf/2403.06764v3",
        "https://doi.org/10.48550/arXiv.2403.06764",
        "https://www.example.com/doi/full/10.1000/AB.12",
        "https://link.example.org/10.1000/ab.12.pdf",
        "https://example.org/paper.pdf",
        "https://github.com/a/b",
        "https://openaccess.thecvf.com/content/CVPR2024/papers/A_CVPR_2024_paper.pdf",
    ],
)
def test_every_address_of_the_paper_itself_agrees(make_catalogue: MakeCatalogue, address: str) -> None:
    page = "https://openaccess.thecvf.com/content/CVPR2024/html/A_CVPR_2024_paper.html"
    entry = ENTRY.replace("pages = {1--9}", f"url = {{{address}}}")
    assert (
        findings(make_catalogue({FILE: record(bibtex=entry, identifiers=OWN, links={"paper": page})})) == []
    )


@pytest.mark.parametrize("address", ["https://arxiv.org/abs/2403.00001", "https://example.org/other.pdf"])
def test_the_address_of_another_record_is_refused_where_the_record_has_none_to_compare(
    make_catalogue: MakeCatalogue, address: str
) -> None:
    entry = ENTRY.replace("pages = {1--9}", f"url = {{{address}}}")
    other = (
        {"links": {"paper": address}} if "example" in address else {"identifiers": {"arxiv": address[-10:]}}
    )
    files = {
        FILE: record(bibtex=entry, identifiers={"openreview": "JroZRaRw7Eu"}),
        "2024/other.yaml": record("other", **{"title": "Other", "identifiers": {}, **other}),
    }
    (finding,) = findings(make_catalogue(files), "bibtex-disagrees")
    assert finding.file == f"papers/{FILE}"
    assert f"'{address}', which is the paper of 'other' (papers/2024/other.yaml)" in finding.message
