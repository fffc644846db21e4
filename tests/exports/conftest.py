"""A catalogue with whatever an export may meet: journals, theses, groups, and text that means harm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue

RECORDS = {
    "2024/journal.yaml": """\
title: "Is a Token Worth It? 50% & Up: {x_1} Søren's #1"
name: Worth
authors: [Laurens van der Maaten, Sammy Davis Jr., Qwen Team, Émile Šimek]
venue: TPAMI
year: 2024
published: 2024-02-03
identifiers: {doi: "10.1109/TPAMI.2024.1234567"}
links: {code: ["https://github.com/example/worth", "https://github.com/example/other?a=1&b=(2)"]}
kind: method
keywords: [kv-cache, video]
summary: "Tokens are weighed: and dropped."
bibtex: |
  @article{maaten2024token,
    title = {Is a Token Worth It? 50\\% \\& Up: \\textbraceleft{}x\\_1\\textbraceright{} S{\\o}ren's \\#1},
    author = {van der Maaten, Laurens and Davis, Jr., Sammy and {Qwen Team} and {\\v S}imek, {\\'E}mile},
    journal = {IEEE Transactions on Pattern Analysis and Machine Intelligence},
    year = {2024},
    month = mar,
    volume = {46},
    number = {3},
    pages = {12--34},
    doi = {10.1109/TPAMI.2024.1234567},
  }
""",
    "2023/formula.yaml": """\
title: "=HYPERLINK(\\"https://evil.example\\", \\"click\\") <script>alert(1)</script> {{ 7*7 }} | @someone"
name: "+cmd|' /C calc'!A0"
former_titles: ["@SUM(1+1)", "-2+3"]
authors: ["-Minus Sign", "=Equals Sign"]
venue: Findings of ACL
year: 2023
published: 2023
""",
    "2022/long-list.yaml": f"""\
title: "A Paper by Very Many"
authors: [{", ".join(f"Author Number{chr(65 + n)}" for n in range(25))}]
venue: arXiv
year: 2022
published: 2022-01-05
identifiers: {{arxiv: "2201.01234"}}
parametric: both
training: both
""",
}


@pytest.fixture
def rich_catalogue(mini: Path) -> Catalogue:
    """The small catalogue and these records."""
    for name, text in RECORDS.items():
        path = mini / "papers" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    catalogue = Catalogue.load(mini)
    assert not catalogue.unreadable
    return catalogue


def latex_is_here(*tools: str) -> bool:
    """Whether these commands can be run."""
    return all(map(shutil.which, tools))
