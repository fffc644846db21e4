"""The paper record: what its fields may hold, and what each kind of hostile or broken input gets."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.catalogue import Catalogue
from catalog.findings import Finding
from catalog.record import IDENTIFIERS, MAY_BE_NONE, Identifiers, Paper, canonical_link, to_data
from catalog.record_files import parse_record, read_record, render_record
from catalog.values import arxiv_month, check_link
from catalog.yaml_files import parse
from tests.conftest import MakeCatalogue


def record(text: str) -> tuple[Paper | None, list[Finding]]:
    return parse_record(text, parse(text), "papers/2024/a-paper.yaml")


def paper(**fields: Any) -> Paper:
    found, findings = parse_record("", {"title": "A Paper", **fields}, "papers/2024/a-paper.yaml")
    assert found is not None, findings
    return found


def complaint(**fields: Any) -> str:
    found, findings = parse_record("", {"title": "A Paper", **fields}, "papers/2024/a-paper.yaml")
    assert found is None
    (finding,) = findings
    return finding.message


def test_a_paper_may_have_appeared_centuries_ago() -> None:
    old = Paper(id="a", title="t", year=1758, published="1758-01-01")
    assert (old.year, old.published) == (1758, "1758-01-01")
    with pytest.raises(ValidationError):
        Paper(id="a", title="t", year=202)


def test_every_identifier_has_a_name_for_messages() -> None:
    assert list(IDENTIFIERS) == list(Identifiers.model_fields)


# ------------------------------------------------------- the design's table of hostile or broken input


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("title: A\nauthours: [B C]\n", (2, 1), "there is no such field; did you mean 'authors'?"),
        ("title: A\nidentifiers:\n  arxive: '2403.06764'\n", (3, 3), "did you mean 'arxiv'?"),
        ("title: A\nyear: soon\n", (2, 1), "found 'soon', expected a whole number"),
        ("title: [A]\n", (1, 1), "expected text"),
        ("title: A\ndomain: vision\n", (2, 1), "found 'vision', expected a list"),
        ("title: A\nlinks: https://a.org\n", (2, 1), "expected fields of its own"),
        ("title: A\nparametric: maybe\n", (2, 1), "found 'maybe', expected true, false, both or null"),
        ("title: A\nkind: methods\n", (2, 1), "did you mean method?"),
    ],
)
def test_an_unknown_key_wrong_type_or_term_is_named_with_place_and_the_nearest_valid_one(
    text: str, place: tuple[int, int], expected: str
) -> None:
    found, findings = record(text)
    assert found is None
    (finding,) = findings
    assert (finding.file, finding.line, finding.column) == ("papers/2024/a-paper.yaml", *place)
    assert finding.severity == "error"
    assert expected in finding.message


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("title", "A " * 10_000 + "B", "title: has 20,001 characters, expected 20,000 at most"),
        ("authors", ["Bo, A*"] * 2_001, "authors: has 2,001 entries, expected 2,000 at most; shorten it"),
        ("provenance", {f"field{n}": "there" for n in range(2_001)}, "provenance: has 2,001 entries"),
        ("keywords", [f"word-{n}" for n in range(2_000)] + ["word-0"], "keywords: has 2,001 entries"),
        ("keywords", [f"word-{n}" for n in range(1_999)] + ["word-7"], "keywords: 'word-7' is there twice"),
    ],
)
def test_more_than_any_paper_has_is_refused_as_a_whole(field: str, value: Any, expected: str) -> None:
    assert expected in complaint(**{field: value})


@pytest.mark.parametrize(
    ("raw", "place", "expected"),
    [
        (b"title: A\ntitle: B\n", (2, 1), "the key 'title' is there twice"),
        (b"title: A\nlinks: {code: [], code: []}\n", (2, 19), "the key 'code' is there twice"),
        (b"title: &a A\nname: *a\n", (1, 8), "the anchor &a is refused"),
        (b"title: !!binary QQ==\n", (1, 8), "the tag"),
        (b"title: A\nname: M\xfcller\n", (2, 8), "byte 0xfc is not UTF-8"),
        (b"title: A\nsummary: " + b"x" * 70_000, (1, 1), "larger than 64 KiB"),
    ],
)
def test_a_file_that_strict_yaml_refuses_is_refused_with_its_place(
    tmp_path: Path, raw: bytes, place: tuple[int, int], expected: str
) -> None:
    (tmp_path / "a.yaml").write_bytes(raw)
    found, (finding,) = read_record(tmp_path, "a.yaml")
    assert found is None
    assert (finding.rule, finding.line, finding.column) == ("yaml", *place)
    assert expected in finding.message


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("javascript:alert(1)", "does not begin with https:// or http://"),
        ("JaVaScRiPt:alert(1)//https://a.org", "does not begin with"),
        ("data:text/html,x", "does not begin with"),
        ("ftp://a.org/x", "does not begin with"),
        ("//a.org/x", "does not begin with"),
        ("arxiv.org/abs/2403.06764", "write https://arxiv.org/abs/2403.06764"),
        ("https://user:secret@a.org/", "holds credentials before the host; delete them"),
        ("https://github.com@evil.org/", "holds credentials"),
        ("https://a.org/ b", "percent-encode it"),
        ('https://a.org/"onmouseover="x', "percent-encode it"),
        ("https://a.org/<script>", "percent-encode it"),
        ("https://a.org\\@evil.org", "percent-encode it"),
        ("https:///path", "names no host"),
        ("https://a", "names no host"),
        ("https://[::1", "is not a link"),
        ("https://a.org:port/", "is not a link"),
        ("https://a.org/\u202ex", "invisible direction mark U+202E"),
        ("https://a.org/\x00", "control character U+0000"),
        ("", "is empty"),
    ],
)
def test_a_link_that_is_not_plain_http_is_refused_wherever_it_stands(link: str, expected: str) -> None:
    for links in ({"paper": link}, {"code": [link]}, {"project": link}, {"video": link}):
        assert expected in complaint(links=links)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
@pytest.mark.parametrize("field", ["title", "name", "summary", "venue"])
def test_control_and_bidi_characters_are_refused_in_every_text(field: str, character: str) -> None:
    assert f"U+{ord(character):04X}; delete it" in complaint(**{field: f"a{character}b"})


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\u202e", "\ufeff"])
@pytest.mark.parametrize("name", IDENTIFIERS)
def test_a_character_that_nobody_sees_is_refused_in_every_identifier(name: str, character: str) -> None:
    said = complaint(identifiers={name: f"10.1234/a{character}b"})
    assert f"U+{ord(character):04X}" in said
    assert character not in said


@pytest.mark.parametrize("text", ["\u200b", "\u200b \u2060", "\u00ad"])
@pytest.mark.parametrize("field", ["title", "name", "summary", "bibtex"])
def test_a_text_in_which_nothing_is_seen_is_empty(field: str, text: str) -> None:
    assert "is empty" in complaint(**{field: text})


@pytest.mark.parametrize("field", ["title", "name", "summary", "bibtex"])
def test_a_byte_order_mark_within_a_text_is_refused_by_its_name(field: str) -> None:
    assert "holds a byte-order mark (U+FEFF, invisible); delete it" in complaint(**{field: "a\ufeffb"})


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "](https://evil.org) | cell | ```",
        "@mention #1 :smile:",
        "{{ config.__class__ }} {% raw %}",
    ],
)
def test_markup_in_a_text_is_text_and_comes_through_unchanged(text: str) -> None:
    found = paper(title=text, name=text, summary=text, authors=[text], bibtex=text)
    assert (found.title, found.name, found.summary, found.authors) == (text, text, text, (text,))
    again, findings = record(render_record(to_data(found)))
    assert findings == []
    assert again == found.model_copy(update={"bibtex": text + "\n"})


# --------------------------------------------------------------------------------------- single fields


@pytest.mark.parametrize("value", ["2024", 2024, "2024-03", "2024-03-11", "2024-02-29"])
def test_a_date_is_as_exact_as_it_is_known(value: object) -> None:
    assert paper(published=value).published == str(value)


@pytest.mark.parametrize(
    "value", ["2024-3", "2024-00", "2024-13", "2024-02-30", "2023-02-29", "1499", "next", ""]
)
def test_a_date_that_is_none_is_refused(value: str) -> None:
    assert "expected 2024, 2024-03 or 2024-03-11" in complaint(published=value)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("arxiv", "2403.06764", "2403.06764v2"),
        ("arxiv", "cs/0701001", "arXiv:2403.06764"),
        ("arxiv", "0704.0001", "0703.0001"),
        ("arxiv", "1412.1234", "1412.12345"),
        ("arxiv", "1501.12345", "1501.1234"),
        ("doi", "10.1109/CVPR52733.2024.00123", "https://doi.org/10.1109/CVPR52733.2024.00123"),
        ("openreview", "JroZRaRw7Eu", "https://openreview.net/forum?id=JroZRaRw7Eu"),
        ("anthology", "2024.findings-acl.12", "https://aclanthology.org/2024.findings-acl.12"),
        ("anthology", "P18-1166", "P18"),
        ("arxiv", "2403.06764", "2403.\u0660\u0667\u0667\u0666\u0664"),
        ("openreview", "JroZRaRw7Eu", "\u00e9t\u00e9\u0661\u0662\u0663\u0664"),
        ("anthology", "2024.acl-long.1", "\u0662\u0660\u0662\u0664.acl-long.1"),
        ("doi", "10.1109/CVPR", "10.1109/CV\u200bPR"),
    ],
)
def test_an_identifier_is_written_bare(name: str, good: str, bad: str) -> None:
    assert getattr(paper(identifiers={name: good}).identifiers, name) == good
    assert "expected" in complaint(identifiers={name: bad})


def test_an_empty_list_of_authors_is_refused_because_unknown_is_null() -> None:
    assert "write null where nothing is known" in complaint(authors=[])
    assert paper(authors=None).authors is None


def test_an_empty_list_of_criteria_says_that_no_token_is_judged() -> None:
    assert paper(criterion=[]).criterion == ()
    assert paper().criterion is None


@pytest.mark.parametrize("field", MAY_BE_NONE)
def test_a_field_that_is_known_to_be_none_comes_through_writing_and_is_not_unknown(field: str) -> None:
    known, unknown = paper(**{field: []}), paper()
    assert f"\n{field}: []\n" in render_record(to_data(known))
    assert f"\n{field}: null\n" in render_record(to_data(unknown))
    assert record(render_record(to_data(known))) == (known, [])


def test_a_number_or_boolean_is_not_silently_turned_into_text() -> None:
    assert "expected text" in complaint(name=2024)
    assert "expected text" in complaint(venue=True)


def test_a_record_cannot_be_changed_after_it_was_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        paper().title = "Other"


def test_the_paper_link_is_given_or_comes_from_the_identifiers() -> None:
    given_link = paper(links={"paper": "https://a.org/x"}, identifiers={"arxiv": "2403.06764"})
    assert given_link.paper_link == "https://a.org/x"
    assert paper(identifiers={"arxiv": "2403.06764"}).paper_link == "https://arxiv.org/abs/2403.06764"
    assert paper(identifiers={"openreview": "JroZRaRw7Eu"}).paper_link == (
        "https://openreview.net/forum?id=JroZRaRw7Eu"
    )
    assert canonical_link(paper().identifiers) is None


@pytest.mark.parametrize(
    ("arxiv", "month"),
    [("2403.06764", "2024-03"), ("0704.0001", "2007-04"), ("cs/9901001", "1999-01"), ("2413.00001", None)],
)
def test_an_arxiv_id_tells_its_month(arxiv: str, month: str | None) -> None:
    assert arxiv_month(arxiv) == month


def test_an_id_is_no_longer_than_a_folder_may_be_named() -> None:
    assert paper(aliases=["a" * 100]).aliases == ("a" * 100,)
    assert "has 300 characters, expected 100 at most; shorten it" in complaint(aliases=["a" * 300])


# ------------------------------------------------------------------------------------------ properties


@given(st.text(max_size=60))
def test_a_text_is_kept_as_it_is_or_refused_with_a_reason(text: str) -> None:
    found, findings = parse_record("", {"title": text}, "papers/2024/a-paper.yaml")
    if found is None:
        assert findings[0].message.startswith("title: ")
    else:
        assert found.title == text
        assert not any(unicodedata.category(character) == "Cc" for character in text)
        assert record(render_record(to_data(found)))[0] == found


HARD_TO_SEE = st.sampled_from(list("\ufeff\u200b\u00ad\u2060\u202e\x00\x85\ufffe\u00a0\u0660\u3000"))


@given(st.text(HARD_TO_SEE | st.characters(), max_size=20), st.sampled_from(["title", "name", "bibtex"]))
def test_a_text_that_is_taken_is_read_back_from_the_file_that_is_written(text: str, field: str) -> None:
    found, _ = parse_record("", {"title": "A Paper", field: text}, "papers/2024/a-paper.yaml")
    if found is not None:
        again, findings = record(render_record(to_data(found)))
        assert findings == []
        assert again is not None
        assert again.title == found.title
        assert any(not unicodedata.category(character).startswith(("C", "Z")) for character in text)


@given(st.sampled_from(list(IDENTIFIERS)), st.text(HARD_TO_SEE | st.sampled_from("0123./-aA"), max_size=20))
def test_an_identifier_that_is_taken_is_seen_as_it_is(name: str, text: str) -> None:
    for given_text in (text, f"10.1234/{text}", f"2024.acl-long.{text}", f"2403.0676{text}"):
        found, _ = parse_record("", {"title": "A", "identifiers": {name: given_text}}, "papers/2024/a.yaml")
        if found is not None:
            assert given_text.isprintable()
            assert name == "doi" or given_text.isascii()


@given(st.text(max_size=60).map(lambda text: f"https://example.org/{text}"))
def test_a_link_that_is_accepted_has_no_character_that_ends_an_attribute(link: str) -> None:
    found, _ = parse_record("", {"title": "A", "links": {"paper": link}}, "papers/2024/a-paper.yaml")
    if found is not None:
        assert check_link(link) == link
        assert not set(link) & set("<>\"' \n\t`") - {"'"}
        assert link.isprintable()


# ------------------------------------------------------------------------------------ the whole record


def test_unknown_facts_that_a_curator_should_find_are_written_as_null() -> None:
    text = render_record(to_data(paper()))
    for field in ("authors", "venue", "year", "criterion", "mechanism", "training", "summary"):
        assert f"{field}: null\n" in text
    assert "aliases" not in text


def test_a_wrong_record_does_not_keep_the_others_from_being_checked(make_catalogue: MakeCatalogue) -> None:
    files = {f"2024/p{n}.yaml": f"title: Paper {n}\n" for n in range(4)}
    catalogue = Catalogue.load(make_catalogue({**files, "2024/p2.yaml": "titel: x\n"}))
    assert [one.id for one in catalogue] == ["p0", "p1", "p3"]
    assert {finding.file for finding in catalogue.unreadable} == {"papers/2024/p2.yaml"}
