"""Papers alike: those that share what few share, the same in every process, and quickly found."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.site import likeness
from catalog.site.likeness import FREQUENT, RAREST, SHOWN, WEIGHTS, papers_alike, papers_beyond

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


TERMS = {
    "criterion": ["attention", "similarity", "text-relevance"],
    "mechanism": ["pruning", "merging", "pooling", "caching"],
    "domain": ["vision", "multimodal"],
    "setting": ["understanding", "generation"],
    "task": ["visual-question-answering", "image-recognition", "audio-classification"],
    "keywords": ["video", "kv-cache"],
}


def _random_papers(number: int) -> list[Paper]:
    """Papers of many years that share this and that, with two words of ten and two authors of thirty."""
    rng = random.Random(3)
    papers = []
    for at in range(number):
        tags = {field: rng.sample(terms, rng.randint(0, 2)) for field, terms in TERMS.items()}
        words = " ".join(rng.sample([f"word{n}" for n in range(10)], 2))
        authors = rng.sample([f"A {chr(65 + n % 26)}{n}" for n in range(30)], 2)
        date = f"{rng.randint(2017, 2026)}-{rng.randint(1, 12):02d}"
        papers.append(_paper(at, **tags, authors=authors, published=date).model_copy(update={"title": words}))
    return papers


def _overlap(one: Paper, other: Paper, papers: list[Paper]) -> float:
    """How alike two papers are, by the formula and nothing else."""

    def held(paper: Paper, field: str) -> frozenset[str]:
        if field == "author":
            return frozenset(paper.authors or ())
        if field == "word":
            return frozenset(paper.title.split())
        return frozenset() if field == "kind" else frozenset(getattr(paper, field) or ())

    total = 0.0
    for field, weight in WEIGHTS.items():
        own, theirs = held(one, field), held(other, field)
        if field == "word" and not total:
            continue
        for value in own & theirs:
            rarity = math.log(len(papers) / sum(value in held(paper, field) for paper in papers))
            frequent = 0 if field in ("author", "word") else FREQUENT
            total += weight * (frequent + min(RAREST, rarity)) / math.sqrt(len(own) * len(theirs))
    return total


def test_no_paper_that_is_nearer_is_missed(mini_catalogue: Catalogue) -> None:
    papers = _random_papers(150)
    alike = papers_alike(replace(mini_catalogue, papers=tuple(papers), files={}))
    for one in papers[:40]:
        scores = {other.id: _overlap(one, other, papers) for other in papers if other is not one}
        best = sorted(scores.values(), reverse=True)[:SHOWN]
        assert [scores[found.paper.id] for found in alike[one.id]] == pytest.approx([s for s in best if s])


def test_the_nearest_is_found_behind_hundreds_that_lie_between(mini_catalogue: Catalogue) -> None:
    tags = {"criterion": ["similarity"], "mechanism": ["merging"]}
    papers = [_paper(n, mechanism=["merging"], published="2024", authors=["A B"]) for n in range(500)]
    papers += [_paper(600, **tags, published="2017"), _paper(601, **tags, published="2026")]
    catalogue = replace(mini_catalogue, papers=tuple(papers))
    assert _ids(catalogue, "p0600")[0] == "p0601"
    assert _ids(catalogue, "p0601")[0] == "p0600"


@pytest.mark.parametrize("field", ["criterion", "mechanism", "domain", "setting"])
def test_what_a_method_does_outweighs_a_rare_benchmark(mini_catalogue: Catalogue, field: str) -> None:
    does, other = TERMS[field][0], TERMS[field][1]
    papers = [_paper(n, **{field: [does if n % 2 else other]}) for n in range(100)]
    papers += [_paper(200, **{field: [does]}, task=["audio-classification"])]
    papers += [_paper(201, **{field: [other]}, task=["audio-classification"])]
    found = papers_alike(replace(mini_catalogue, papers=tuple(papers)))["p0200"]
    assert all((field, does) in alike.shared for alike in found)


def test_surveys_are_like_surveys(mini_catalogue: Catalogue) -> None:
    papers = [_paper(n, domain=["multimodal"], mechanism=["pruning"]) for n in range(50)]
    papers += [_paper(100 + n, kind="survey", domain=["multimodal"]) for n in range(4)]
    assert set(_ids(replace(mini_catalogue, papers=tuple(papers)), "p0100")[:3]) == {
        "p0101",
        "p0102",
        "p0103",
    }


def test_in_a_large_catalogue_each_is_compared_with_those_nearest_in_time(
    mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = [f"{2010 + n // 12}-{1 + n % 12:02d}" for n in range(100)]
    papers = [_paper(n, mechanism=[["pruning", "merging"][n % 2]], published=dates[n]) for n in range(100)]
    monkeypatch.setattr(likeness, "COMPARED", 20)
    found = papers_alike(replace(mini_catalogue, papers=tuple(papers)))
    for n, paper in enumerate(papers):
        numbers = [int(alike.paper.id[1:]) for alike in found[paper.id]]
        assert len(numbers) == SHOWN
        assert all(abs(number - n) < 20 for number in numbers)


# --------------------------------------------------------------------------- behind the few


def test_behind_the_few_are_all_that_share_criterion_mechanism_and_domain(mini_catalogue: Catalogue) -> None:
    tags = {"criterion": ["similarity"], "mechanism": ["merging"]}
    papers = [_paper(n, **tags, domain=["vision"]) for n in range(8)]
    papers += [_paper(20 + n, **tags, domain=["language"]) for n in range(2)]
    papers += [_paper(30, **tags, domain=["vision", "language"])]
    beyond = papers_beyond(replace(mini_catalogue, papers=tuple(papers)))
    assert beyond["p0000"].terms == {
        "criterion": ("similarity",),
        "mechanism": ("merging",),
        "domain": ("vision",),
    }
    assert beyond["p0000"].papers == 9
    assert beyond["p0030"].papers == 11
    assert "p0020" not in beyond, "the page names them all"


def test_keywords_are_shared_too_where_there_are_enough_that_share_them(mini_catalogue: Catalogue) -> None:
    tags = {"criterion": ["similarity"], "mechanism": ["merging"], "domain": ["vision"]}
    papers = [_paper(n, **tags, keywords=["video"]) for n in range(8)]
    papers += [_paper(20 + n, **tags) for n in range(2)]
    papers += [_paper(30, **tags, keywords=["theory"])]
    beyond = papers_beyond(replace(mini_catalogue, papers=tuple(papers)))
    assert (beyond["p0000"].terms["keywords"], beyond["p0000"].papers) == (("video",), 8)
    assert tuple(beyond["p0020"].terms) == ("criterion", "mechanism", "domain")
    assert (tuple(beyond["p0030"].terms), beyond["p0030"].papers) == (
        ("criterion", "mechanism", "domain"),
        11,
    )


def test_where_few_share_the_criterion_it_is_left_out(mini_catalogue: Catalogue) -> None:
    papers = [_paper(n, mechanism=["merging"], domain=["vision"]) for n in range(8)]
    papers += [_paper(20, criterion=["similarity"], mechanism=["merging"], domain=["vision"])]
    beyond = papers_beyond(replace(mini_catalogue, papers=tuple(papers)))
    assert tuple(beyond["p0020"].terms) == ("mechanism", "domain")
    assert beyond["p0020"].papers == 9


def test_behind_a_survey_are_others_of_its_kind_and_behind_a_method_no_methods(
    mini_catalogue: Catalogue,
) -> None:
    papers = [_paper(n, kind="survey", domain=["vision"]) for n in range(8)]
    papers += [_paper(20 + n, domain=["vision"]) for n in range(8)]
    beyond = papers_beyond(replace(mini_catalogue, papers=tuple(papers)))
    assert beyond["p0000"].terms == {"kind": ("survey",), "domain": ("vision",)}
    assert beyond["p0000"].papers == 8
    assert "p0020" not in beyond


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
