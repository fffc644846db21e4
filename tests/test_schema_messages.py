"""What the schema refuses: said in words that tell what to write instead."""

from __future__ import annotations

import pytest

from catalog.findings import Finding
from catalog.record_files import parse_record
from catalog.yaml_files import parse


def complaints(rows: str) -> list[Finding]:
    text = f"title: A Paper\n{rows}\n"
    paper, findings = parse_record(text, parse(text), "papers/2024/a-paper.yaml")
    assert paper is None
    return findings


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('year: "2024"', "year: found '2024', expected a whole number; write 2024, without quotes"),
        ('year: "null"', "year: found 'null', expected a whole number; write null, without quotes"),
        ("year: soon", "year: found 'soon', expected a whole number"),
        ('parametric: "true"', "expected true, false, both or null; write true, without quotes"),
        ("parametric: no", "found 'no', expected true, false, both or null; write false, without quotes"),
        ("parametric: unknown", "expected true, false, both or null; write null, without quotes"),
        ("mechanism: pruning", "mechanism: found 'pruning', expected a list; write [pruning]"),
        (
            "links: {code: github.com/foo/bar}",
            "links.code: found 'github.com/foo/bar', expected a list; write [\"https://github.com/foo/bar\"]",
        ),
        ("authors: Ada Bo, Chen Da", "expected a list; write [Ada Bo, Chen Da]"),
        ('former_titles: "A: B"', 'expected a list; write ["A: B"]'),
        ("criterion: none", "expected a list; write [] where there is none, null where it is not known"),
        ("keywords: None", "found 'None', expected a list; write [] where there is none"),
        ("authors:\n  -Ada Bo\n  -Chen Da", "write '- ', with a space, before each item: - Ada Bo"),
        ("keywords: null", "keywords: found null, expected a list; write [] or delete the line"),
        ("keywords: {a: b}", "expected a list; write [first, second]"),
        ("training: training-free", "expected free, based or both; did you mean free?"),
        ("training: Needs no training", "expected free, based or both"),
        ("training: fre", "did you mean free?"),
        ("training: none", "expected free, based or both; write null, without quotes, where it is not known"),
        ("training: 3", "found 3, expected free, based or both"),
        (
            "\u00a0doi: 10.1/a",
            "U+00A0 before it is no space to YAML; indent with plain spaces",
        ),
        ("training: [free]", "found ['free'], expected free, based or both; write free, without brackets"),
        ("kind: survey paper", "did you mean survey?"),
        ('links: {code: [""]}', "links.code.0: is empty; delete it"),
        ('authors: [Ada Bo, ""]', "authors.1: is empty; delete it"),
        ("authors: [Ada Bo, null]", "authors.1: found null, expected text; delete the empty item"),
        ("authors: [Ada: Bo]", "text that holds ': ' needs double quotes: write \"Ada: Bo\""),
        ('links: {paper: ""}', "links.paper: is empty; write null"),
        ('provenance: {title: ""}', "provenance.title: is empty; delete it"),
        ('name: ""', "name: is empty; write null"),
        ("name: 2024", 'found 2024, expected text; write "2024", in double quotes, if it is meant as text'),
        ("name: true", 'found true, expected text; write "true", in double quotes, if it is meant as text'),
        ("name: [ToMe]", "found ['ToMe'], expected text; write \"ToMe\", without brackets"),
        ("identifiers: {arxiv: [a, b]}", "expected text; put it in double quotes if it is meant as such"),
        ("identifiers: {arxvi: a}", "identifiers.arxvi: there is no such field; did you mean 'arxiv'?"),
        ("links: {zzz: a}", "there is no such field; known are paper, code, project, video"),
        ("conference: ECCV", "conference: there is no such field; did you mean 'venue'?"),
        ("github: https://github.com/a/b", "there is no such field; did you mean 'links.code'?"),
        ("doi: 10.1000/ab", "there is no such field; did you mean 'identifiers.doi'?"),
        ("links: https://a.org", "expected fields of its own, one a line, indented"),
        (
            "identifiers:",
            "expected fields of its own, one a line, indented; where there are none, delete the line",
        ),
    ],
)
def test_a_complaint_says_what_to_write_instead(row: str, expected: str) -> None:
    (finding,) = complaints(row)
    assert finding.message.endswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('title: ""\n', "title: is empty; every record needs it"),
        ("title: null\n", "title: found null, expected text; every record needs it"),
        ("year: 2024\n", "title: is missing; every record needs it"),
        ("- a\n", "expected 'title: …' and so on, found a list"),
        ("a\n", "expected 'title: …' and so on, found text"),
        ("", "expected 'title: …' and so on, found nothing"),
    ],
)
def test_a_record_without_a_title_is_told_so(text: str, expected: str) -> None:
    _, (finding,) = parse_record(text, parse(text), "papers/2024/a-paper.yaml")
    assert finding.message == expected


def test_each_wrong_value_is_complained_about_once_although_two_types_refused_it() -> None:
    found = complaints("parametric: maybe\nyear: soon\nlinks: {video: [a], code: 3}")
    assert sorted(one.message.split(":")[0] for one in found) == [
        "links.code",
        "links.video",
        "parametric",
        "year",
    ]
