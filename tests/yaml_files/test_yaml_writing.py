"""YAML is written so that it is read back as it was, with every comment where it stood."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.yaml_files import parse, render
from tests.yaml_files.samples import COMMENTED, DATA, HEADER, LAYOUT, LETTERS

ROWS = st.text(LETTERS | st.just("\t"), max_size=30)


@given(DATA)
@example({"title": "no", "name": "null", "authors": ["1905.00760", "true", "~", "- a", "2024-03-11", ""]})
@example(
    {"title": "", "name": "https://a.org/b:", "links": {"code": ["https://a.org/b:", "https://a.org:?"]}}
)
@example({"title": "", "links": {"code": [f"https://example.org/{'long' * 9}:", "https://a.org/b"]}})
@example({"title": "a: b # c", "authors": ["*a", "&b", "!c", "{d", "[e", "|f", ">g", "@h", "`i", "%j"]})
def test_what_is_written_is_read_back_as_it_was(data: dict[str, object]) -> None:
    assert parse(render(data, LAYOUT)) == data


@given(DATA)
def test_writing_what_was_just_written_changes_nothing(data: dict[str, object]) -> None:
    once = render(data, LAYOUT, header=HEADER)
    assert render(parse(once), LAYOUT, header=HEADER, old_text=once) == once


@given(st.lists(ROWS, min_size=1, max_size=6))
@example(["  @misc{a,", "b", "}"])
@example(["", "@misc{a}", "", "x"])
def test_a_literal_block_keeps_its_rows_except_for_spaces_at_their_ends(rows: list[str]) -> None:
    written = render({"title": "a", "bibtex": "\n".join(rows)}, LAYOUT)
    read_back = parse(written)["bibtex"]
    assert read_back.rstrip().split("\n") == "\n".join(row.rstrip() for row in rows).rstrip().split("\n")
    assert render({"title": "a", "bibtex": read_back}, LAYOUT) == written


def test_every_comment_stays_beside_what_it_stood_at() -> None:
    assert render(parse(COMMENTED), LAYOUT, header=HEADER, old_text=COMMENTED).splitlines() == [
        HEADER,
        "# about the whole",
        'title: "A Paper"  # the published one',
        "# about the authors",
        "authors: [Ada Bo, Chen Da]",
        "year: 2024  # of the conference",
        "links:",
        "  # the authors' own",
        "  code: [https://github.com/a/b]",
        "bibtex: |",
        "  @misc{a,",
        "    title = {# no comment},",
        "  }",
        "# at the end",
    ]


@pytest.mark.parametrize(
    ("old", "written"),
    [
        ("title:\tA  # one\nyear: \t2024\t# two\n", 'title: "A"  # one\nyear: 2024  # two\n'),
        (
            "title: A\nauthors: [\tAda Bo,\tChen Da]\t# all\n",
            'title: "A"\nauthors: [Ada Bo, Chen Da]  # all\n',
        ),
    ],
)
def test_comments_are_kept_beside_tabs_where_a_tab_is_a_space(old: str, written: str) -> None:
    assert render(parse(old), LAYOUT, old_text=old) == written


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_last_row_of_a_block_is_no_comment(end: str) -> None:
    old = f"title: A  # one\nbibtex: |\n  @misc{{a}}\n  # text{end}"
    assert render(parse(old), LAYOUT, old_text=old) == 'title: "A"  # one\nbibtex: |\n  @misc{a}\n  # text\n'


def test_a_comment_on_a_field_that_goes_away_is_kept() -> None:
    data = parse(COMMENTED)
    del data["links"], data["year"]
    written = render(data, LAYOUT, header=HEADER, old_text=COMMENTED)
    assert "# the authors' own" in written
    assert "# of the conference" in written


def test_a_long_list_is_written_one_item_a_line_and_its_comment_is_kept() -> None:
    authors = [f"Author Number{n}" for n in range(9)]
    old = f"title: a\nauthors: [{', '.join(authors)}]  # all of them\n"
    written = render(parse(old), LAYOUT, old_text=old)
    assert "authors:  # all of them\n  - Author Number0\n" in written
    assert parse(written)["authors"] == authors


COMMENT_WORDS = st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=20).map(str.strip)


@given(DATA, st.data())
def test_no_comment_is_ever_lost(data: dict[str, object], draw: st.DataObject) -> None:
    rows = render(data, LAYOUT).splitlines()
    comments = []
    commented = []
    for number, row in enumerate(rows):
        comment = f"# {number} {draw.draw(COMMENT_WORDS)}".strip()
        where = draw.draw(st.sampled_from(["above", "beside", "none"]))
        if where == "above":
            commented.append(" " * (len(row) - len(row.lstrip())) + comment)
        commented.append(f"{row}  {comment}" if where == "beside" else row)
        if where != "none":
            comments.append(comment)
    old = "\n".join(commented) + "\n"
    assert parse(old) == data
    written = render(data, LAYOUT, old_text=old)
    assert parse(written) == data
    assert written.splitlines() == commented
