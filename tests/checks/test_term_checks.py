"""Terms: unknown ones are refused with the nearest, other spellings of a known one are mended."""

from __future__ import annotations

import re

import pytest

from tests.checks.checking import ELSEWHERE, findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


@pytest.mark.parametrize(
    ("field", "term", "expected"),
    [
        ("domain", "visoin", "'visoin' is no term of 'domain'; did you mean 'vision'?"),
        ("mechanism", "prunning", "did you mean 'pruning'?"),
        ("criterion", "kv-cache", "it is a term of 'keywords' ('kv-cache'): move it there"),
        ("task", "zzz", "; if it is a new term, add it to papers/vocabulary/tasks.yaml"),
        ("listed_in", "third-list", "papers/vocabulary/lists.yaml"),
        ("keywords", "training-free", "it is a term of 'training' ('free'): write training: free; if it is"),
        ("criterion", "none", "write criterion: [] if there is none, criterion: null if nobody knows yet"),
        ("task", "N/A", "write task: [] if there is none, task: null if nobody knows yet"),
        ("keywords", "None", "'None' is no term of 'keywords'; write keywords: [] if there is none"),
    ],
)
def test_an_unknown_term_is_refused_with_the_nearest_one_and_where_terms_are_added(
    make_catalogue: MakeCatalogue, field: str, term: str, expected: str
) -> None:
    (finding,) = findings(make_catalogue({FILE: record(**{field: [term]})}), "unknown-term")
    assert (finding.severity, finding.fixable) == ("error", False)
    assert expected in finding.message


def test_an_unknown_venue_is_refused(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(venue="ECVC", bibtex=None)}), "unknown-term")
    assert "'ECVC' is no term of 'venue'; did you mean 'ECCV'?" in finding.message


@pytest.mark.parametrize(
    ("wrong", "rules"),
    [
        ({"code:": "code: https://example.org/code"}, ["schema", "unknown-term", "unknown-term"]),
        ({"title:": "titel: X"}, ["schema", "schema", "unknown-term", "unknown-term"]),
        ({"title:": "id: a-paper\ntitle: X"}, ["schema"]),
    ],
)
def test_a_record_with_other_mistakes_is_told_of_its_terms_at_once(
    make_catalogue: MakeCatalogue, wrong: dict[str, str], rules: list[str]
) -> None:
    fields = {"domain": ["visoin"], "venue": "CVRP", "links": {"code": ["https://example.org/code"]}}
    text = record(bibtex=None, **fields)
    for key, line in wrong.items():
        text = re.sub(f"^( *){key}.*$", rf"\g<1>{line}", text, count=1, flags=re.MULTILINE)
    found = findings(make_catalogue({FILE: text}), "schema", "unknown-term")
    assert sorted(one.rule for one in found) == rules
    assert not any(one.fixable for one in found if one.rule == "unknown-term")


def test_a_venue_that_is_not_known_is_null(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(venue="none", bibtex=None)}), "unknown-term")
    assert "'none' is no term of 'venue'; write venue: null" in finding.message


def test_other_spellings_of_known_terms_are_mended_together_and_nothing_else_changes(
    make_catalogue: MakeCatalogue,
) -> None:
    text = record(venue="NIPS", criterion=["Attention-based", "similarity", "attention_based"], bibtex=None)
    root = make_catalogue({FILE: text})
    found = findings(root, "unknown-term")
    assert [one.fixable for one in found] == [True, True, True]
    assert found[0].message == "'NIPS' is another name of 'NeurIPS'; write NeurIPS"
    assert mend(root) == [f"papers/{FILE}"]
    assert findings(root) == []
    mended = (root / "papers" / FILE).read_text()
    expected = text.replace("venue: NIPS", "venue: NeurIPS")
    expected = expected.replace("[Attention-based, similarity, attention_based]", "[attention, similarity]")
    assert mended.startswith(expected)
    assert "booktitle = {Advances in Neural Information Processing Systems}" in mended


def test_a_finding_points_at_the_term_itself(make_catalogue: MakeCatalogue) -> None:
    text = record(task=["image-recognition", "zzz"])
    (finding,) = findings(make_catalogue({FILE: text}))
    row = text.splitlines()[finding.line - 1]
    assert row[finding.column - 1 :].startswith("zzz")


def test_a_narrow_term_goes_with_its_broader_one_which_the_fix_adds_before_it(
    make_catalogue: MakeCatalogue,
) -> None:
    records = {
        FILE: record(task=["language-modeling", "text-to-image"]),
        "2024/b-paper.yaml": record("b-paper", title="B", identifiers=ELSEWHERE, task=["image-generation"]),
    }
    root = make_catalogue(records)
    tasks = root / "papers" / "vocabulary" / "tasks.yaml"
    term = 'text-to-image: {label: Text to image, definition: "Images of a text.", broader: image-generation}'
    tasks.write_text(f"{tasks.read_text()}{term}\n")
    (finding,) = findings(root)
    assert (finding.rule, finding.severity, finding.fixable) == ("broader-term", "warning", True)
    assert "'text-to-image' without 'image-generation'" in finding.message
    row = records[FILE].splitlines()[finding.line - 1]
    assert row[finding.column - 1 :].startswith("text-to-image")
    assert mend(root) == [f"papers/{FILE}"]
    mended = (root / "papers" / FILE).read_text()
    assert "task: [language-modeling, image-generation, text-to-image]" in mended
    assert findings(root) == []


def test_a_misspelt_term_may_be_the_broader_one(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(task=["image-generatoin", "drawing"])})
    tasks = root / "papers" / "vocabulary" / "tasks.yaml"
    term = 'drawing: {label: Drawing, definition: "Images by hand.", broader: image-generation}'
    tasks.write_text(f"{tasks.read_text()}{term}\n")
    assert {finding.rule for finding in findings(root)} == {"unknown-term"}


def test_the_fix_adds_terms_that_are_broader_still(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(task=["poster"])})
    tasks = root / "papers" / "vocabulary" / "tasks.yaml"
    chain = [
        'drawing: {label: Drawing, definition: "Images by hand.", broader: image-generation}',
        'poster: {label: Poster, definition: "Large images.", broader: drawing}',
    ]
    tasks.write_text("\n".join([tasks.read_text(), *chain, ""]))
    assert mend(root) == [f"papers/{FILE}"]
    assert "task: [image-generation, drawing, poster]" in (root / "papers" / FILE).read_text()
    assert findings(root, "broader-term") == []
