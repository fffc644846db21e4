"""What a person may type for a paper, and what is said where it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.adding import recognise
from catalog.findings import CatalogError


def identifiers(text: str) -> dict[str, str]:
    draft = recognise(text).draft
    return {name: str(claims[0].value) for name, claims in draft.claims.items()}


@pytest.mark.parametrize(
    "text",
    [
        "2403.06764",
        "2403.06764v3",
        "arXiv:2403.06764",
        "arxiv: 2403.06764v1",
        " <2403.06764>. ",
        "“2403.06764”",
        "https://arxiv.org/abs/2403.06764",
        "https://arxiv.org/abs/2403.06764v2",
        "http://arxiv.org/pdf/2403.06764.pdf",
        "https://arxiv.org/pdf/2403.06764v3#page=2",
        "https://arxiv.org/html/2403.06764v3",
        "www.arxiv.org/abs/2403.06764",
        "https://huggingface.co/papers/2403.06764",
        "alphaxiv.org/abs/2403.06764",
        "10.48550/arXiv.2403.06764",
        "https://doi.org/10.48550/arXiv.2403.06764",
    ],
)
def test_an_arxiv_id_in_all_its_spellings(text: str) -> None:
    assert identifiers(text) == {"arxiv": "2403.06764"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cs/0701001", {"arxiv": "cs/0701001"}),
        ("1312.4400", {"arxiv": "1312.4400"}),
        ("10.1007/978-3-031-73004-7_2", {"doi": "10.1007/978-3-031-73004-7_2"}),
        ("doi:10.1145/3633781.", {"doi": "10.1145/3633781"}),
        ("DOI 10.1145/3633781", {"doi": "10.1145/3633781"}),
        ("https://doi.org/10.1145/3633781", {"doi": "10.1145/3633781"}),
        ("https://dl.acm.org/doi/10.1145/3633781", {"doi": "10.1145/3633781"}),
        ("LO3Mw8Jrk0", {"openreview": "LO3Mw8Jrk0"}),
        ("openreview:abcdefgh", {"openreview": "abcdefgh"}),
        ("https://openreview.net/pdf?id=LO3Mw8Jrk0", {"openreview": "LO3Mw8Jrk0"}),
        ("https://openreview.net/forum?id=LO3Mw8Jrk0&noteId=x", {"openreview": "LO3Mw8Jrk0"}),
        ("2024.acl-long.12", {"anthology": "2024.acl-long.12"}),
        ("P19-1001", {"anthology": "P19-1001"}),
        ("https://aclanthology.org/2024.acl-long.12.pdf", {"anthology": "2024.acl-long.12"}),
        (
            "https://openaccess.thecvf.com/content/CVPR2024/papers/A_B_CVPR_2024_paper.pdf",
            {"paper": "https://openaccess.thecvf.com/content/CVPR2024/html/A_B_CVPR_2024_paper.html"},
        ),
    ],
)
def test_other_identifiers_and_addresses(text: str, found: dict[str, str]) -> None:
    assert identifiers(text) == found


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("2413.06764", "13 is no month"),
        ("2403.0676", "such as 1706.03762"),
        ("240306764", "such as 1706.03762"),
        ("10.1007/", "a DOI goes on"),
        ("refs.bib", "no such file"),
        ("An Image is Worth 1/2 Tokens", "titles are not looked up"),
        ("https://github.com/a/b", "--code https://github.com/a/b"),
        ("https://arxiv.org/list/cs.CV/new", "arxiv.org/abs/1706.03762"),
        ("https://openreview.net/group?id=ICLR.cc", "forum"),
        ("https://ieeexplore.ieee.org/document/10183862", "give the DOI, which the page shows"),
        (
            "www.sciencedirect.com/science/article/pii/S0925231224001234",
            "an address of sciencedirect.com does",
        ),
        ("https://dl.acm.org/doi/10.5555/3600270.3602070", "ACM's own, and no DOI"),
        ("10.5555/3600270.3602070", "ACM's own, and no DOI"),
        (
            "https://www.nature.com/articles/nature21707",
            "an address of nature.com does not hold the paper's DOI",
        ),
        ("10.1175/1520-0442(1999)012<2679:TSOTEA>2.0.CO;2", "give the paper's BibTeX entry"),
        ("https://doi.org/10.1175/1520-0442(1999)012%3C2679:T%3E2.0.CO;2", "give the paper's BibTeX entry"),
        ("my papers/zotero.ris", "export the papers as BibTeX"),
        ("https://user:word@arxiv.org/abs/2403.06764", "credentials"),
        ("javascript:alert(1)", "expected one of these"),
        ("file:///etc/passwd", "does not begin with https"),
        ("attention", "expected one of these"),
        ("Transformers", "expected one of these"),
        ("", "expected one of these"),
        ("--", "expected one of these"),
    ],
)
def test_what_names_no_paper_is_answered_with_what_would(text: str, advice: str) -> None:
    with pytest.raises(CatalogError) as failure:
        recognise(text)
    assert advice in str(failure.value)


@given(st.integers(15, 40), st.integers(1, 12), st.integers(0, 99999), st.sampled_from(["", "v1", "v12"]))
def test_every_arxiv_id_is_recognised_as_itself(year: int, month: int, number: int, version: str) -> None:
    arxiv = f"{year:02d}{month:02d}.{number:05d}"
    for text in (arxiv + version, f"arXiv:{arxiv}{version}", f"https://arxiv.org/abs/{arxiv}{version}"):
        assert identifiers(text) == {"arxiv": arxiv}


@given(st.text() | st.from_regex(r"(https?://)?[a-z.]{1,12}/[ -~]{0,20}"))
def test_any_text_is_a_paper_or_refused_in_words(text: str) -> None:
    try:
        found = identifiers(text)
    except CatalogError:
        return
    assert len(found) == 1
