"""Papers alike: those that share what few share, the same in every process, and quickly found."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.site import likeness
from catalog.site.likeness import NEAREST, RAREST, SHOWN, papers_alike

REPOSITORY = Path(__file__).parents[2]


def _paper(number: int, **fields: object) -> Paper:
    return Paper.model_validate({"id": f"p{number:04d}", "title": f"Unique{number}", **fields})


def _ids(catalogue: Catalogue, paper_id: str) -> list[str]:
    return [alike.paper.id for alike in papers_alike(catalogue)[paper_id]]


def test_a_paper_that_shares_rare_tags_comes_before_one_that_shares_frequent_ones(
    mini_catalogue: Catalogue,
) -> None:
    papers = [_paper(n, mechanism=["pruning"]) for n in range(20)]
    papers += [_paper(30, mechanism=["pruning"], criterion=["attention"], published="2020")]
    papers += [_paper(31, mechanism=["merging"], criterion=["attention"], published="2026")]
    catalogue = replace(mini_catalogue, papers=tuple(papers))
    assert _ids(catalogue, "p0030")[0] == "p0031"


def test_how_a_method_works_counts_more_than_who_wrote_it(mini_catalogue: Catalogue) -> None:
    people = ["A B", "C D", "E F"]
    papers = [_paper(n) for n in range(40)]
    papers += [_paper(50, authors=people, criterion=["attention"], mechanism=["pruning"])]
    papers += [_paper(51, authors=people, mechanism=["folding"])]
    papers += [_paper(52, authors=["G H"], criterion=["attention"], mechanism=["pruning"])]
    papers += [_paper(53, mechanism=["folding"])]
    assert _ids(replace(mini_catalogue, papers=tuple(papers)), "p0050") == ["p0052", "p0051"]


def test_of_papers_equally_alike_the_better_known_come_first(mini_catalogue: Catalogue) -> None:
    same = {"criterion": ["attention"], "mechanism": ["pruning"]}
    papers = [_paper(n) for n in range(20)] + [_paper(n, **same) for n in (30, 31, 32, 33)]
    papers[22] = _paper(32, **same, listed_in=["one", "two"])
    papers[23] = _paper(33, **same, listed_in=["one"], reference_impl="fastv")
    assert _ids(replace(mini_catalogue, papers=tuple(papers)), "p0030") == ["p0033", "p0032", "p0031"]


def test_nobody_is_alike_to_itself_or_named_twice(mini_catalogue: Catalogue) -> None:
    for paper_id, alike in papers_alike(mini_catalogue).items():
        ids = [one.paper.id for one in alike]
        assert paper_id not in ids
        assert len(ids) == len(set(ids)) <= SHOWN


def test_what_is_shared_is_named_and_really_shared(mini_catalogue: Catalogue) -> None:
    by_id = {alike.paper.id: alike for alike in papers_alike(mini_catalogue)["fastv"]}
    assert ("mechanism", "pruning") in by_id["dynamicvit"].shared
    assert ("mechanism", "pruning") not in by_id["tome"].shared if "tome" in by_id else True


def test_a_paper_that_shares_nothing_has_none_alike(mini_catalogue: Catalogue) -> None:
    lonely = _paper(1, authors=["Nobody Else"])
    catalogue = replace(mini_catalogue, papers=(*mini_catalogue.papers, lonely))
    assert _ids(catalogue, lonely.id) == []


def test_words_of_the_topic_alone_make_no_papers_alike(mini_catalogue: Catalogue) -> None:
    title = "Decoding {} quantum codes"
    papers = (
        Paper(id="one", title=title.format("fast"), authors=("A B",), mechanism=("pruning",)),
        Paper(id="two", title=title.format("good"), authors=("C D",)),
        Paper(id="three", title="Else", authors=("A B",)),
        Paper(id="four", title=title.format("new"), mechanism=("pruning",)),
        Paper(id="five", title="More"),
    )
    catalogue = replace(mini_catalogue, papers=papers)
    assert _ids(catalogue, "one") == ["four", "three"]
    assert _ids(catalogue, "two") == []


def test_words_that_say_nothing_make_no_papers_alike(mini_catalogue: Catalogue) -> None:
    papers = (
        Paper(id="one", title="Why the one with its how"),
        Paper(id="two", title="But the one with its when"),
        Paper(id="three", title="Else"),
    )
    assert _ids(replace(mini_catalogue, papers=papers), "one") == []


def test_the_work_grows_with_the_papers_and_not_with_their_square(
    mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: Counter[int] = Counter()
    original = likeness._Index._met

    def counting(self: likeness._Index, number: int) -> list[int]:
        posts = sum(
            min(len(self.postings[feature]), NEAREST) for feature in list(self.features[number])[:RAREST]
        )
        met[len(self.papers)] = max(met[len(self.papers)], posts)
        return original(self, number)

    monkeypatch.setattr(likeness._Index, "_met", counting)
    for size in (200, 800):
        papers = tuple(
            _paper(n, mechanism=["pruning", "merging"][n % 2 :], criterion=["attention"][: n % 3])
            for n in range(size)
        )
        papers_alike(replace(mini_catalogue, papers=papers))
    assert met[800] <= RAREST * NEAREST
    assert met[800] == met[200]


PRINT = """
from pathlib import Path
from catalog.catalogue import Catalogue
from catalog.site.likeness import papers_alike
for paper_id, alike in papers_alike(Catalogue.load(Path("tests/mini"))).items():
    print(paper_id, [(one.paper.id, one.shared) for one in alike])
"""


def test_the_order_is_the_same_in_every_process() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", PRINT],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert "fastv" in said.pop()
