"""Slips in YAML: each is named where it was made, with what to do, however far below the parser stopped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.yaml_files import YamlError, parse
from catalog.yaml_files.advice import find_slip

RECORD = """\
# yaml-language-server: $schema=../paper.schema.json
title: "An Image is Worth 1/2 Tokens: Pruning"
former_titles: ["A \\"Draft\\"", 'It''s one', "Of
  two lines"]
name: FastV  # as in the paper
authors:
  - Ada Bo
  - Xu Tan
venue: ECCV
year: 2024
identifiers:
  arxiv: "2403.06764"
  doi: "10.1007/978-3-031-73004-7_2"
links:
  code: [https://github.com/a/b]
summary: A text that begins
  here and ends there, "quoted" in between.
criterion: [attention, similarity]
bibtex: |
  @inproceedings{bo2024image,

    title = {An Image: {1/2}},
  }
"""


def refusal(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        parse(text)
    return caught.value


def test_the_record_that_the_slips_are_made_in_can_be_read() -> None:
    assert parse(RECORD)["former_titles"] == ['A "Draft"', "It's one", "Of two lines"]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "column", "expected"),
    [
        ("  arxiv", "\u00a0\u00a0arxiv", 12, 1, "found U+00A0 (no-break space); indent with plain spaces"),
        ("  - Xu", "  \u3000- Xu", 8, 3, "found U+3000 (ideographic space); indent with plain spaces"),
        (
            "year: 2024",
            "year:\u00a02024",
            10,
            6,
            "found U+00A0 (no-break space) after 'year:'; write: year: 2024",
        ),
        ("venue: ECCV", "venue： ECCV", 9, 6, "found a colon of full width; write venue: ECCV"),
        ('Pruning"', "Pruning", 2, 8, 'the quote that opens here is never closed; add " at the end'),
        ('Pruning"', "Pruning”", 2, 8, "the ” there is none to YAML"),
        ('_2"', "_2", 13, 8, "the quote that opens here is never closed"),
        (': "An Image is', ": 'An Image is", 2, 8, "the quote that opens here is never closed; add '"),
        ("1/2 Tokens:", '"half" Tokens:', 2, 27, "this quote ends the text, but 'half\" Tokens"),
        ("1/2 Tokens:", '"half" Tokens:', 2, 27, 'write \\" for a quote inside the text'),
        ("'It''s one'", "'It's one'", 3, 35, "write '' for a quote inside the text"),
        ('\\"Draft\\""', '"Draft""', 3, 20, "this quote ends the item, but 'Draft"),
        ("one', ", "one' ", 3, 43, "a comma is missing between two items"),
        ("venue: ECCV", "venue:ECCV", 9, 7, "a space is missing after 'venue:'; write: venue: ECCV"),
        ("- Xu Tan", "-Xu Tan", 8, 3, "a space is missing after '-'; write: - Xu Tan"),
        ("venue: ECCV", "{}", 9, 1, "{} says that the file holds nothing, but it does; delete this line"),
        ("venue: ECCV", "venue ECCV", 9, 1, "found 'venue ECCV', expected 'field: value' or '- item'"),
        ("venue: ECCV", ",venue: ECCV", 9, 1, "is the , at its beginning meant?"),
        ("venue: ECCV", "\tvenue: ECCV", 9, 1, "found a tab; indent with spaces"),
        ("year: 2024", " year: 2024", 10, 2, "found 1 space before 'year', expected 0"),
        ("  doi", "   doi", 13, 4, "found 3 spaces before 'doi', expected 2, as on the lines around it"),
        ("  doi", " doi", 13, 2, "found 1 space before 'doi', expected 2 or 0"),
        ("  - Xu", " - Xu", 8, 2, "found 1 space before '-', expected 2, as on"),
        ("venue: ECCV\n", "<<<<<<< HEAD\nvenue: ECCV\n=======\n", 9, 1, "a merge conflict is not resolved"),
        ("bibtex: |", "bibtex:", 19, 1, "text of several lines needs a bar before it; write: bibtex: |"),
        ("bibtex: |\n  @", "bibtex: @", 19, 9, "text of several lines stands below 'bibtex: |'"),
        ("\n  @inp", "\n@inp", 20, 1, "belongs to the text below 'bibtex: |'; indent it by 2 spaces"),
        ("\n  }", "\n}", 23, 1, "belongs to the text below 'bibtex: |'; indent it by 2 spaces"),
        ("\n    title", "\n title", 22, 2, "belongs to the text below 'bibtex: |'"),
        ("similarity]", "similarity", 18, 12, "the [ that opens here is never closed; add ]"),
        ("similarity]", "similarity}", 18, 34, "found }, expected ] for the [ of line 18"),
        ("similarity]", "similarity]]", 18, 35, "this ] closes nothing; delete it"),
        ("attention, ", "attention,, ", 18, 23, "found a comma after ,, expected an item"),
        ("[attention", "[@attention", 18, 13, "an item that begins with @ needs double quotes"),
        ("name: FastV", "name: [Re] FastV", 5, 12, "'FastV  # as in the paper' follows the closing ]"),
        ("name: FastV", "name: Fast: V", 5, 11, "a value that holds ': ' needs double quotes around it"),
        ("name: FastV", "name: **FastV**", 5, 7, "a value that begins with * needs double quotes"),
        ("name: FastV", "name: >50% fewer", 5, 7, "a value that begins with > needs double quotes"),
        ("name: FastV", "name: %FastV", 5, 7, "a value that begins with % needs double quotes"),
        ("name: FastV", "name: “Fast: V”", 5, 7, "“ is no quote to YAML; write straight double quotes"),
        ("name: FastV", "name: Fast\x07V", 5, 11, "the control character U+0007 is refused; delete it"),
        ("name: FastV", 'name: "\\pi"', 5, 8, r"a backslash begins an escape; write \\ for a backslash"),
    ],
)
def test_a_slip_is_named_where_it_was_made_with_what_to_write(
    right: str, wrong: str, line: int, column: int, expected: str
) -> None:
    assert right in RECORD
    error = refusal(RECORD.replace(right, wrong, 1))
    assert (error.line, error.column) == (line, column), error.message
    assert expected in error.message


ENTRIES = """\
# Papers that were left out.
refused:

  - title: "One"
    arxiv: "2401.00001"
    reason: "off topic: agents"

  - title: "Two"
    ids: [two, second]
    reason: not
      confirmed

  - title: "Three"
    ids:
    - three
    reason: "off topic"
"""


@pytest.mark.parametrize(
    ("added", "line", "column", "expected"),
    [
        ("  - title: No reason: given", 1, 21, "a value that holds ': ' needs double quotes around it"),
        ('  - title: "X"\n    reason: off topic: agents', 2, 22, "a value that holds ': ' needs double"),
        ('  - title: "X\n    reason: "y"', 1, 12, "the quote that opens here is never closed"),
        ('  - title: "X"\n\treason: "y"', 2, 1, "found a tab; indent with spaces, not tabs"),
        ('  -title: "X"', 1, 3, "a space is missing after '-'; write: - title: \"X\""),
        ('  -\ttitle: "X"', 1, 3, "a space is missing after '-'; write: - title: \"X\""),
        ('  - title: "X"\n    ids: [x, y\n    reason: "y"', 2, 10, "the [ that opens here is never closed"),
        ('- title: "X"\n  reason: "y"', 1, 1, "found 0 spaces before '-', expected 2, as on the lines"),
        (' - title: "X"\n   reason: "y"', 1, 2, "found 1 space before '-', expected 2, as on the lines"),
        ('    - title: "X"\n      reason: "y"', 1, 5, "found 4 spaces before '-', expected 2, as on"),
        ('  - title: "X"\n  reason: "y"', 2, 3, "found 2 spaces before 'reason', expected 4 or 0, as on"),
        ('  - title: "X"\n   reason: "y"', 2, 4, "found 3 spaces before 'reason', expected 4 or 0, as on"),
        ('  - title: "X"\n     reason: "y"', 2, 6, "found 5 spaces before 'reason', expected 4, as on"),
        ('  - title: "X"\n    ids:\n      - x\n     - y', 4, 6, "found 5 spaces before '-', expected 6 or 2"),
        ('  - title: "X"\n    reason: "y"\n    - "z"', 3, 5, "found 4 spaces before '-', expected 2, as on"),
        ("  - - x\n   - y", 2, 4, "found 3 spaces before '-', expected 4 or 2, as on the lines around it"),
    ],
)
def test_a_slip_in_a_list_of_entries_is_named_there_and_not_at_the_entries_above(
    added: str, line: int, column: int, expected: str
) -> None:
    assert len(parse(ENTRIES)["refused"]) == 3
    error = refusal(f"{ENTRIES}\n{added}\n")
    assert (error.line - ENTRIES.count("\n") - 1, error.column) == (line, column), error.message
    assert expected in error.message


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("authors:\n  - Ada Bo\n   - Xu Tan\n   - Eva Fu\n", 3, 4, "found 3 spaces before '-', expected 2"),
        ("authors:\n- Ada Bo\n - Xu Tan\n", 3, 2, "found 1 space before '-', expected 0"),
        ("authors:\n  - Ada\n    Bo\n\n    - Xu\n", 5, 5, "found 4 spaces before '-', expected 2"),
        ("links:\n  code:\n    - https://a.b\n     - https://c.d\n", 4, 6, "found 5 spaces before '-'"),
        ("a:\n  - - b\n     - c\n", 3, 6, "found 5 spaces before '-', expected 4"),
        ("a:\n  - b\n    -\n  - c\n", 3, 5, "as it is, it goes on with the item above"),
    ],
)
def test_an_item_that_yaml_would_take_for_more_of_the_item_above_is_refused(
    text: str, line: int, column: int, expected: str
) -> None:
    error = refusal(text)
    assert (error.line, error.column) == (line, column), error.message
    assert expected in error.message


def test_text_of_several_lines_may_hold_a_dash() -> None:
    assert parse('a:\n  - b\n    c -d\n  - "e\n   - f"\n  - |\n    g\n    - h\n') == {
        "a": ["b c -d", "e - f", "g\n- h\n"]
    }
    assert parse("a: b\n  - c\n") == {"a": "b - c"}


def test_a_second_document_is_named_at_its_beginning() -> None:
    error = refusal(f"{RECORD}---\ntitle: Another\n")
    assert (error.line, error.column) == (24, 1)
    assert "'---' begins a second document" in error.message


def test_what_is_right_above_the_slip_is_not_blamed() -> None:
    """Every line of the record is passed over, whatever the parser met below it."""
    error = refusal(f"{RECORD}kind: method: new\n")
    assert (error.line, error.column) == (24, 13)


def test_where_no_slip_is_seen_the_parsers_place_is_kept_with_what_to_look_for() -> None:
    slip = find_slip(RECORD, "something unheard of", 9, 3)
    assert (slip.line, slip.column) == (9, 3)
    assert "something unheard of; look for a missing quote, bracket, comma or ':'" in slip.message


@pytest.mark.parametrize("text", [RECORD, ENTRIES])
@given(st.data())
def test_what_lies_above_a_spoilt_character_is_not_blamed(text: str, data: st.DataObject) -> None:
    """But for the line right above, where a text or list of two lines begins."""
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.sampled_from(["", *"\"'`:-[]{}|>#@*\t\n "]))
    spoilt = text[:at] + character + text[at + (character == "") :]
    line = text.count("\n", 0, at) + 1
    error = None
    try:
        parse(spoilt)
    except YamlError as caught:
        error = caught
    assert error is None or line - 1 <= error.line <= spoilt.count("\n") + 1


@given(st.text("ab:-[]{}&*!#|>@'\"\\% \n\t,", max_size=80), st.integers(1, 8))
def test_of_any_text_a_place_inside_is_named(text: str, line: int) -> None:
    rows = text.split("\n")
    slip = find_slip(text, "a problem", min(line, len(rows)), 1)
    assert 1 <= slip.line <= len(rows)
    assert 1 <= slip.column <= len(rows[slip.line - 1]) + 1
    assert slip.message
