"""Terms that bring others in other fields: records have what the vocabulary says, or a warning tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.checks.checking import ELSEWHERE, findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def bring(root: Path, file: str, key: str, brings: str) -> None:
    """Have a term that the vocabulary in *root* holds bring others."""
    path = root / "papers" / "vocabulary" / file
    text = path.read_text(encoding="utf-8")
    assert f"{key}: {{" in text
    path.write_text(text.replace(f"{key}: {{", f"{key}: {{brings: {brings}, ", 1), encoding="utf-8")


def no_term_brings(root: Path, file: str, brings: str) -> None:
    """Say of records without a term of a field what they have in others."""
    with (root / "papers" / "vocabulary" / file).open("a", encoding="utf-8") as vocabulary:
        vocabulary.write(f"none: {{brings: {brings}}}\n")


@pytest.mark.parametrize(
    ("file", "key", "brings", "fields", "said", "advice"),
    [
        (
            *("keywords.yaml", "kv-cache", "{mechanism: pruning}"),
            {"keywords": ["video", "kv-cache"], "mechanism": ["merging"]},
            "'kv-cache' brings 'pruning' in mechanism, which has merging",
            "write mechanism: [merging, pruning], or take 'kv-cache' out of keywords",
        ),
        (
            *("keywords.yaml", "kv-cache", "{mechanism: pruning}"),
            {"keywords": ["kv-cache"], "mechanism": []},
            "'kv-cache' brings 'pruning' in mechanism, which has []",
            "write mechanism: [pruning], or take 'kv-cache' out of keywords",
        ),
        (
            *("criteria.yaml", "learned-predictor", "{training: [based, both]}"),
            {"criterion": ["learned-predictor"], "training": "free"},
            "'learned-predictor' brings 'based' or 'both' in training, which has free",
            "write one of these, or take 'learned-predictor' out of criterion",
        ),
        (
            *("parametric.yaml", '"true"', "{training: based}"),
            {"parametric": True, "training": "free"},
            "'parametric: true' brings 'based' in training, which has free",
            "write training: based, or change parametric",
        ),
        (
            *("training.yaml", "free", "{parametric: false}"),
            {"parametric": True, "training": "free"},
            "'training: free' brings 'false' in parametric, which has true",
            "write parametric: false, or change training",
        ),
        (
            *("kinds.yaml", "survey", "{criterion: none}"),
            {"kind": "survey", "criterion": ["attention"]},
            "'kind: survey' brings nothing in criterion, which has attention",
            "write criterion: [], or change kind",
        ),
        (
            *("kinds.yaml", "survey", "{training: none}"),
            {"kind": "survey", "training": "free"},
            "'kind: survey' brings nothing in training, which has free",
            "write training: null, or change kind",
        ),
    ],
)
def test_a_record_without_what_a_term_brings_is_told_what_to_write(
    make_catalogue: MakeCatalogue,
    file: str,
    key: str,
    brings: str,
    fields: dict[str, Any],
    said: str,
    advice: str,
) -> None:
    root = make_catalogue({FILE: record(**fields)})
    bring(root, file, key, brings)
    (found,) = findings(root)
    assert (found.rule, found.severity, found.message) == ("brought-term", "warning", f"{said}; {advice}")


@pytest.mark.parametrize(
    ("brings", "fields"),
    [
        ("{mechanism: pruning}", {"mechanism": ["merging", "pruning"]}),
        ("{mechanism: [caching, pruning]}", {"mechanism": ["pruning"]}),
        ("{mechanism: [pruning, none]}", {"mechanism": []}),
        ("{mechanism: none}", {"mechanism": []}),
        ("{mechanism: pruning}", {"mechanism": None}),  # nobody knows: nothing contradicts it
        ("{training: [based, none]}", {"kind": "survey"}),
        ("{training: based}", {"training": None}),
        ("{parametric: [true, both]}", {"parametric": True}),
    ],
)
def test_a_record_that_keeps_to_the_vocabulary_or_does_not_know_is_told_nothing(
    make_catalogue: MakeCatalogue, brings: str, fields: dict[str, Any]
) -> None:
    root = make_catalogue({FILE: record(keywords=["kv-cache"], **fields)})
    bring(root, "keywords.yaml", "kv-cache", brings)
    assert findings(root) == []


def test_the_finding_points_at_the_term_that_brings_another(make_catalogue: MakeCatalogue) -> None:
    text = record(keywords=["video", "kv-cache"], mechanism=["merging"])
    root = make_catalogue({FILE: text})
    bring(root, "keywords.yaml", "kv-cache", "{mechanism: pruning}")
    (found,) = findings(root)
    assert text.splitlines()[found.line - 1][found.column - 1 :].startswith("kv-cache")


def test_the_fix_adds_at_once_all_terms_that_are_brought(make_catalogue: MakeCatalogue) -> None:
    fields = {"keywords": ["video", "kv-cache"], "mechanism": ["merging"], "training": "free"}
    root = make_catalogue({FILE: record(**fields)})
    bring(root, "keywords.yaml", "kv-cache", "{mechanism: pruning, training: [based, both]}")
    bring(root, "keywords.yaml", "video", "{mechanism: [caching, none]}")
    assert sorted(one.fixable for one in findings(root)) == [False, True, True]
    assert mend(root) == [f"papers/{FILE}"]
    mended = (root / "papers" / FILE).read_text(encoding="utf-8")
    assert "mechanism: [merging, caching, pruning]" in mended
    assert [one.message.partition(" in ")[0] for one in findings(root)] == [
        "'kv-cache' brings 'based' or 'both'"
    ]


def test_a_record_that_is_known_to_have_no_term_has_what_that_brings(make_catalogue: MakeCatalogue) -> None:
    records = {
        FILE: record(criterion=["attention"], mechanism=[]),
        "2024/b-paper.yaml": record("b-paper", title="B", identifiers=ELSEWHERE, criterion=["attention"]),
        "2024/c-paper.yaml": record(
            "c-paper", title="C", identifiers={"openreview": "cAbCdEfGhI"}, criterion=[], mechanism=[]
        ),
    }
    root = make_catalogue(records)
    no_term_brings(root, "mechanisms.yaml", "{criterion: none}")
    (found,) = findings(root)
    assert found.file == f"papers/{FILE}"
    assert records[FILE].splitlines()[found.line - 1].startswith("mechanism:")
    assert found.message == (
        "'mechanism: []' brings nothing in criterion, which has attention; "
        "write criterion: [], or fill in mechanism"
    )


@pytest.mark.parametrize("misspelt", ["Pruning", "prunning"])
def test_a_misspelt_term_may_be_the_one_that_is_missing_and_the_fix_adds_none_beside_it(
    make_catalogue: MakeCatalogue, misspelt: str
) -> None:
    root = make_catalogue({FILE: record(keywords=["kv-cache"], mechanism=[misspelt])})
    bring(root, "keywords.yaml", "kv-cache", "{mechanism: pruning}")
    assert {finding.rule for finding in findings(root)} == {"unknown-term"}
    mend(root)
    held = "pruning" if misspelt == "Pruning" else misspelt
    assert f"mechanism: [{held}]" in (root / "papers" / FILE).read_text(encoding="utf-8")


def test_a_rule_on_a_field_that_the_topic_does_without_is_passed_over(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(keywords=["kv-cache"], mechanism=["merging"])})
    bring(root, "keywords.yaml", "kv-cache", "{setting: generation, mechanism: merging}")
    (root / "papers" / "vocabulary" / "settings.yaml").write_text("", encoding="utf-8")
    assert findings(root) == []


def test_a_warning_can_be_accepted_as_right(make_catalogue: MakeCatalogue) -> None:
    accepted = "accepted: [{rule: brought-term, records: [a-paper], why: a cache of another kind}]\n"
    text = record(keywords=["kv-cache"], mechanism=["merging"])
    root = make_catalogue({FILE: text, "accepted.yaml": accepted})
    bring(root, "keywords.yaml", "kv-cache", "{mechanism: pruning}")
    assert findings(root) == []
