"""Slips that keep a record from being read: mended where only one thing can be meant, else left alone."""

from __future__ import annotations

import re

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def spoilt(before: str, after: str, **fields: object) -> str:
    """A sound record with one row changed."""
    text = record(**fields)
    assert before in text
    return text.replace(before, after)


@pytest.mark.parametrize(
    ("before", "after", "mended"),
    [
        ("domain: [vision]", "domain: vision", "domain: [vision]"),
        ("domain: [vision]", "domain: vision  # Sec. 4", "domain: [vision]  # Sec. 4"),
        ("domain: [vision]", "# see Sec. 4\ndomain: Vision", "# see Sec. 4\ndomain: [vision]"),
        ("authors: [Ada Bo]", "authors: Ada Bo", "authors: [Ada Bo]"),
        (
            'title: "Pruning Tokens Early: Sooner"',
            "title: Pruning Tokens Early: Sooner",
            'title: "Pruning Tokens Early: Sooner"',
        ),
        (
            'title: "Pruning Tokens Early: Sooner"',
            "# as published\ntitle:   Pruning Tokens Early: Sooner  ",
            '# as published\ntitle: "Pruning Tokens Early: Sooner"',
        ),
        ("summary: null", 'summary: The "early" one: soon.', 'summary: "The \\"early\\" one: soon."'),
        (
            "year: 2024",
            "year: 2024\nlinks:\n  # the authors' own\n  code: https://github.com/a/b",
            "links:\n  # the authors' own\n  code: [https://github.com/a/b]",
        ),
        ("domain: [vision]", "domain: [vision]\nformer_titles: Before", 'former_titles: ["Before"]'),
        ("year: 2024", 'year: "2024"  # of the venue', "year: 2024  # of the venue"),
        ("parametric: null", "parametric: no", "parametric: false"),
        ("parametric: null", 'parametric: "Yes"', "parametric: true"),
        ('arxiv: "2403.06764"', "arxiv: 2403.06764v3", 'arxiv: "2403.06764"'),
        ('arxiv: "2403.06764"', 'arxiv: "arXiv:2403.06764"', 'arxiv: "2403.06764"'),
        ('arxiv: "2403.06764"', "arxiv: https://arxiv.org/pdf/2403.06764v3.pdf", 'arxiv: "2403.06764"'),
        (
            'arxiv: "2403.06764"',
            'arxiv: "2403.06764"\n  # of the volume\n  doi: https://doi.org/10.1007/978-3-031-73004-7_2',
            '# of the volume\n  doi: "10.1007/978-3-031-73004-7_2"',
        ),
        (
            'arxiv: "2403.06764"',
            'arxiv: "2403.06764"\n  doi: "doi:10.1000/ab"',
            'doi: "10.1000/ab"',
        ),
        (
            "year: 2024",
            "year: 2024\nlinks: {code: github.com/foo/bar, project: a.github.io/b}",
            "links:\n  code: [https://github.com/foo/bar]\n  project: https://a.github.io/b",
        ),
        ("domain: [vision]", "domain: [vision, vision]", "domain: [vision]"),
        ("kind: method", "kind: Method", "kind: method"),
        ("training: null", "training: FREE", "training: free"),
        ("venue: ECCV", 'venue: " ECCV"', "venue: ECCV"),
    ],
)
def test_a_slip_with_one_meaning_is_mended_and_comments_stay(
    make_catalogue: MakeCatalogue, before: str, after: str, mended: str
) -> None:
    fields = {"title": "Pruning Tokens Early: Sooner", "authors": ["Ada Bo"]}
    root = make_catalogue({FILE: spoilt(before, after, **fields)})
    assert all(one.fixable for one in findings(root, "yaml", "schema"))
    assert mend(root) == [f"papers/{FILE}"]
    assert mended in (root / "papers" / FILE).read_text(encoding="utf-8")
    assert {one.rule for one in findings(root)} <= {"provenance-missing"}


def test_a_link_that_cannot_be_parsed_is_named_with_its_place(make_catalogue: MakeCatalogue) -> None:
    wrong = "identifiers:\n  arxiv: https://arxiv.org\uff0fabs/2403.06764\nlinks:\n  paper: http://[foo"
    root = make_catalogue({FILE: spoilt('identifiers:\n  arxiv: "2403.06764"', wrong)})
    said = {f"{one.line}:{one.rule}": one.message for one in findings(root)}
    assert "is not an arXiv id" in said["8:schema"]
    assert "'http://[foo' is not a link (Invalid IPv6 URL); look at what stands" in said["10:schema"]


@pytest.mark.parametrize(
    "name", ["Ada B. O’Chen-Da Jr.", "J.-P. Çelik", "A. B. d'Eau", "赵 浩", "Ada Bo Chen Da"]
)
def test_one_name_is_mended_to_a_list_of_one(make_catalogue: MakeCatalogue, name: str) -> None:
    text = re.sub(r"(?m)^authors: .*", f"authors: {name}", record(authors=[name]))
    root = make_catalogue({FILE: text})
    assert mend(root) == [f"papers/{FILE}"]
    assert Catalogue.load(root).by_id["a-paper"].authors == (name,)


@pytest.mark.parametrize(
    ("authors", "advice"),
    [
        ("Ada Bo and Chen Da", "write [Ada Bo, Chen Da]"),
        ("Bo, Ada and Da, Chen", "write [Ada Bo, Chen Da]"),
        ("Ada Bo; Chen Da", "write [Ada Bo, Chen Da]"),
        ("Ada Bo, Chen Da", "write [Ada Bo, Chen Da]"),
        ("Ada Bo, Chen Da and Eva Fu", "write [Ada Bo, Chen Da, Eva Fu]"),
        ("Ada Bo, Chen Da, and Eva Fu", "write [Ada Bo, Chen Da, Eva Fu]"),
        ("Bo, Ada and Eva Fu", "write [Ada Bo, Eva Fu]"),
        ("Bo, Ada, Da, Chen", "write [Given Family, Given Family]"),
        ("Ada Bo1 and Chen Da2", "write [Given Family, Given Family]"),
    ],
)
def test_what_is_advised_for_authors_in_one_text_is_a_list_of_them(
    make_catalogue: MakeCatalogue, authors: str, advice: str
) -> None:
    text = spoilt("authors: [Ada Bo, Chen Da]", f"authors: {authors}")
    (finding,) = findings(make_catalogue({FILE: text}))
    assert finding.message.endswith(advice)


def test_several_slips_of_one_record_are_mended_at_once(make_catalogue: MakeCatalogue) -> None:
    text = spoilt('title: "A: B"', "title: A: B", title="A: B").replace("domain: [vision]", "domain: vision")
    root = make_catalogue({FILE: text})
    (finding,) = findings(root)
    assert (finding.rule, finding.fixable) == ("yaml", True)
    assert mend(root) == [f"papers/{FILE}"]
    assert (root / "papers" / FILE).read_text(encoding="utf-8") == record(title="A: B")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("domain: [vision]", "domain: vision, language"),
        ("domain: [vision]", "domain: none"),
        ("domain: [vision]", "domain: visoin"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo and Chen Da"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo, Chen Da"),
        ("authors: [Ada Bo, Chen Da]", "authors: unknown"),
        ("authors: [Ada Bo, Chen Da]", "authors: not known"),
        ("authors: [Ada Bo, Chen Da]", "authors: Not Known"),
        ("authors: [Ada Bo, Chen Da]", "authors: Unknown Authors"),
        ("authors: [Ada Bo, Chen Da]", "authors: (none)"),
        ("authors: [Ada Bo, Chen Da]", "authors:\n  -Ada Bo\n  -Chen Da"),
        ("authors: [Ada Bo, Chen Da]", "authors: -Ada Bo"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo\n  Chen Da"),
        ("authors: [Ada Bo, Chen Da]", "authors:\n  Ada Bo"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo / Chen Da"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo · Chen Da"),
        ("authors: [Ada Bo, Chen Da]", "authors: A · B"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo  Chen Da"),
        ("authors: [Ada Bo, Chen Da]", 'authors: "陈亮、赵浩"'),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo et al."),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo Et Al."),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo1 Chen Da2"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada Bo Chen Da Eve"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada"),
        ("authors: [Ada Bo, Chen Da]", "authors: Ada und Chen"),
        ("authors: [Ada Bo, Chen Da]", "authors: nobody knows"),
        ("domain: [vision]", "domain: [vision]\nformer_titles: -Before"),
        ("domain: [vision]", "domain:\n  -vision"),
        ("domain: [vision]", "domain: [vision]\nkeywords:\n  -kv\n  -cache"),
        ("domain: [vision]", "domain: [vision]\nformer_titles: (none)"),
        ("domain: [vision]", "domain: [vision]\nformer_titles: '[unknown]'"),
        ("domain: [vision]", "domain: [vision]\nformer_titles: Before; Sooner"),
        ("domain: [vision]", "domain: [vision]\nformer_titles:\n  -Before\n  -Sooner"),
        ("year: 2024", "year: 2024\nlinks: {code: 'https://a.org/b,https://c.org/d'}"),
        ("year: 2024", "year: 2024\nlinks:\n  code: https://a.org/b https://c.org/d"),
        ("year: 2024", "year: 2024\nlinks:\n  code: https://a.org/bhttps://c.org/d"),
        ("year: 2024", "year: 2024\nlinks:\n  code: https://a.org/b; https://c.org/d"),
        ('title: "A: B"', "title: A: B # C"),
        ('title: "A: B"', "title: A: B\n  and more"),
        ('title: "A: B"', "title: A venue: ECCV"),
        ('title: "A: B"', "title: A: B\nyear: soon"),
        ("year: 2024", "year: 2024\nlinks: {code: github.com}"),
        ("year: 2024", "year: 2024\nlinks: {paper: ftp://a.org/b}"),
        ("year: 2024", 'year: "20244"'),
        ("year: 2024", 'year: "soon"'),
        ("parametric: null", "parametric: maybe"),
        ('arxiv: "2403.06764"', 'arxiv: "2403.06764, 2403.06765"'),
        ('arxiv: "2403.06764"', 'arxiv: "https://openreview.net/forum?id=JroZRaRw7Eu"'),
        ('arxiv: "2403.06764"', 'arxiv: "2413.06764v1"'),
        ('arxiv: "2403.06764"', 'arxiv: "https://arxiv.org\uff0fabs/2403.06764"'),
        ("year: 2024", 'year: 2024\nlinks:\n  code: ["http://[foo"]\n  paper: https://[zz]/'),
        ("year: 2024", "year: soon\nkeywords: video"),
    ],
)
def test_what_may_mean_something_else_is_left_to_a_person(
    make_catalogue: MakeCatalogue, before: str, after: str
) -> None:
    text = re.sub(r"\nyear: 2024(?=\n.*\nyear: soon)", "", spoilt(before, after, title="A: B"))
    root = make_catalogue({FILE: text})
    assert len(Catalogue.load(root)) == 0
    assert not any(one.fixable for one in findings(root))
    assert mend(root) == []
    assert (root / "papers" / FILE).read_text(encoding="utf-8") == text
