"""What changed between two versions of a record: what they say counts, not how it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.site.edits import LONGEST, UNREADABLE, Edit, Edits, edits_between, read_version

RECORD = """\
# yaml-language-server: $schema=../paper.schema.json
title: "An Image is Worth 1/2 Tokens"
name: FastV
former_titles:
  - "Half a Title: Of Old"
authors: [Liang Chen, Haozhe Zhao, Tianyu Liu]
venue: arXiv
year: 2024
published: 2024-03
identifiers:
  arxiv: "2403.06764"
links:
  code: [https://github.com/pkunlp-icler/FastV]
domain: [multimodal]
criterion: [attention]
mechanism: null
training: free
summary: "Ranks tokens."
provenance:
  authors: list
  venue: list
bibtex: |
  @misc{chen2024image,
    title = {An Image},
  }
"""


def _edits(after: str, *before: str) -> Edits:
    versions = [read_version(text.encode()) for text in (after, *(before or (RECORD,)))]
    return edits_between(versions[1:], versions[0])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("venue: arXiv", "venue: ECCV", Edit("venue", ("arXiv",), ("ECCV",)), id="a word"),
        pytest.param(
            'Worth 1/2 Tokens"',
            'Worth 1/2 Tokens: # \\"Half\\" of Them"',
            Edit(
                "title",
                ("An Image is Worth 1/2 Tokens",),
                ('An Image is Worth 1/2 Tokens: # "Half" of Them',),
            ),
            id="quotation marks and a number sign",
        ),
        pytest.param(
            "Haozhe Zhao, Tianyu",
            "Haozhe Zhou, Tianyu",
            Edit("authors", ("Haozhe Zhao",), ("Haozhe Zhou",)),
            id="one of many",
        ),
        pytest.param(
            "Haozhe Zhao, Tianyu Liu", "Tianyu Liu, Haozhe Zhao", Edit("authors", reordered=True), id="order"
        ),
        pytest.param(
            "criterion: [attention]",
            "criterion: [attention, similarity]",
            Edit("criterion", (), ("similarity",)),
            id="a term more",
        ),
        pytest.param(
            "criterion: [attention]", "criterion: []", Edit("criterion", ("attention",)), id="a term less"
        ),
        pytest.param(
            "mechanism: null", "mechanism: [pruning]", Edit("mechanism", (), ("pruning",)), id="known now"
        ),
        pytest.param("training: free", "training: null", Edit("training", ("free",)), id="unknown now"),
        pytest.param(
            "training: free",
            "training: both  # see Sec. 3",
            Edit("training", ("free",), ("both",)),
            id="comment",
        ),
        pytest.param(
            '  arxiv: "2403.06764"',
            '  arxiv: "2403.06764"\n  doi: 10.1/2',
            Edit("doi", (), ("10.1/2",)),
            id="below a key",
        ),
        pytest.param(
            'identifiers:\n  arxiv: "2403.06764"\n',
            "",
            Edit("arxiv", ("2403.06764",)),
            id="a key with all below it",
        ),
        pytest.param(
            'Old"\n', 'Old"\n  - Another\n', Edit("former_titles", (), ("Another",)), id="a line of a list"
        ),
        pytest.param(
            'former_titles:\n  - "Half a Title: Of Old"\n',
            "",
            Edit("former_titles", ("Half a Title: Of Old",)),
            id="a whole list of lines",
        ),
        pytest.param(
            'summary: "Ranks tokens."',
            "summary: >\n  Ranks\n  patches.",
            Edit("summary", ("Ranks tokens.",), ("Ranks patches.",)),
            id="folded text",
        ),
        pytest.param(
            "  code: [https://github.com/pkunlp-icler/FastV]",
            "  code:\n    - https://github.com/pkunlp-icler/FastV\n    - https://example.org/b",
            Edit("code", (), ("https://example.org/b",)),
            id="a list in lines below a key below a key",
        ),
        pytest.param(
            'identifiers:\n  arxiv: "2403.06764"\n',
            'identifiers: {arxiv: "2403.99999"}\n',
            Edit("arxiv", ("2403.06764",), ("2403.99999",)),
            id="a mapping in braces",
        ),
        pytest.param(
            "training: free",
            "training: false  # Sec. 3",
            Edit("training", ("free",), ("false",)),
            id="a truth value as it is written",
        ),
        pytest.param("mechanism: null", "mechanism: []", Edit("mechanism"), id="from unknown to none"),
        pytest.param(
            'summary: "Ranks tokens."',
            'summary: "Ranks\nvenue: tokens."',
            Edit("summary", ("Ranks tokens.",), ("Ranks venue: tokens.",)),
            id="a quoted text that goes on at the margin like a field",
        ),
        pytest.param(
            'summary: "Ranks tokens."',
            "summary: |\n  diff --git a/x b/x\n  +++ b/papers/2024/toca.yaml\n  @@ -1 +1 @@ venue:",
            Edit(
                "summary",
                ("Ranks tokens.",),
                ("diff --git a/x b/x +++ b/papers/2024/toca.yaml @@ -1 +1 @@ venue:",),
            ),
            id="text like a patch",
        ),
        pytest.param(
            "training: free",
            'training: "a\\e[31m\\0\\x1e\\u202Eb"',
            Edit("training", ("free",), ("a [31m b",)),
            id="characters that no page can show",
        ),
        pytest.param(
            "mechanism: null",
            "mechanism: [{a: [1, null]}]",
            Edit("mechanism", (), ('{"a": [1, null]}',)),
            id="a value of no shape that records have",
        ),
        pytest.param(
            "links:\n  code: [https://github.com/pkunlp-icler/FastV]",
            "links:\n  code: [https://github.com/pkunlp-icler/FastV]\n  venue: x",
            Edit("venue", (), ("x",)),
            id="a key below a key with the name of another field",
        ),
        pytest.param(
            "training: free",
            f"training: {'x' * 2 * LONGEST}",
            Edit("training", ("free",), ("x" * (LONGEST - 1) + "…",)),
            id="a very long value",
        ),
    ],
)
def test_an_edit_names_the_fact_and_what_went_and_came(old: str, new: str, expected: Edit) -> None:
    assert old in RECORD
    assert _edits(RECORD.replace(old, new)) == Edits((expected,), 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("\n", "\r\n", id="line ends"),
        pytest.param("venue: arXiv", "venue :   'arXiv'  # where", id="quotation marks, spaces, a comment"),
        pytest.param("[Liang Chen, Haozhe Zhao", "[Liang Chen,Haozhe Zhao", id="spaces in brackets"),
        pytest.param(
            "[Liang Chen, Haozhe Zhao, Tianyu Liu]",
            "\n- Liang Chen\n- Haozhe Zhao\n- Tianyu Liu",
            id="a list in lines at the margin",
        ),
        pytest.param(
            'identifiers:\n  arxiv: "2403.06764"',
            'identifiers: {arxiv: "2403.06764"}',
            id="a mapping in braces",
        ),
        pytest.param('"Ranks tokens."', ">\n  Ranks\n  tokens.", id="folded text"),
        pytest.param("name: FastV\n", "# Read again.\nname: FastV\n", id="a comment"),
        pytest.param("year: 2024", "year: '2024'", id="a number as text"),
        pytest.param("mechanism: null\n", "", id="an unknown fact that is not mentioned"),
        pytest.param("{An Image}", "{An Image is}", id="the entry, which is no fact"),
    ],
)
def test_another_way_to_write_the_same_is_no_edit(old: str, new: str) -> None:
    assert old in RECORD
    assert _edits(RECORD.replace(old, new)) == Edits()


def test_sources_are_counted_once_each() -> None:
    after = RECORD.replace("authors: list", "authors: arXiv:1")
    assert _edits(after.replace("venue: list", "venue: CVF\n  year: CVF")) == Edits((), 3)


def test_a_value_that_stood_there_twice_went_once() -> None:
    twice = RECORD.replace("Liang Chen, ", "Liang Chen, Liang Chen, ")
    assert _edits(RECORD, twice) == Edits((Edit("authors", ("Liang Chen",)),))


def test_facts_stand_in_the_order_of_the_record() -> None:
    after = RECORD.replace("2024\n", "2025\n").replace("venue: arXiv", "venue: ICLR").replace("free", "both")
    assert [edit.field for edit in _edits(after).facts] == ["venue", "year", "training"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"- a\n- b\n", id="a list"),
        pytest.param(b"title: a\ntitle: b\n", id="a key twice"),
        pytest.param(b"title: a\x1eb\n", id="a control character"),
        pytest.param(b"title: \xff\n", id="not UTF-8"),
        pytest.param(b"title: " + b"[" * 50_000, id="endless brackets"),
        pytest.param(b"title: " + b"a" * 70_000, id="more than a record may hold"),
        pytest.param(b"<<<<<<< HEAD\nvenue: ECCV\n", id="an unsolved conflict"),
    ],
)
def test_where_a_version_cannot_be_read_the_record_is_written_anew(content: bytes) -> None:
    readable, broken = read_version(RECORD.encode()), read_version(content)
    assert broken is None
    assert edits_between([readable], broken) == edits_between([broken], readable) == UNREADABLE


def test_a_merge_changed_only_what_no_parent_has() -> None:
    one = RECORD.replace("venue: arXiv", "venue: ECCV").replace("free", "both")
    other = RECORD.replace("year: 2024", "year: 2025").replace("free", "based")
    merged = one.replace("year: 2024", "year: 2025")
    assert _edits(merged, one, other) == Edits()
    third = merged.replace("training: both", "training: null").replace("authors: list", "authors: CVF")
    assert _edits(third, one, other) == Edits((Edit("training", ("both",)),), 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9_999) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(
    st.sampled_from(["title", "authors", "identifiers", "links", "provenance", "bibtex"])
    | st.text(max_size=5),
    VALUES,
)


@given(RECORDS, RECORDS)
def test_whatever_two_versions_hold_their_edits_are_text_that_a_page_can_show(
    before: dict[str, object], after: dict[str, object]
) -> None:
    assert edits_between([before], before) == Edits()
    for edit in edits_between([before], after).facts:
        for text in (edit.field, *edit.gone, *edit.come):
            assert text == " ".join(text.split())
            assert len(text) <= LONGEST
            assert not any(ord(character) < 32 for character in text)
