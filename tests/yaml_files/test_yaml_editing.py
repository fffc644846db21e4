"""An edit changes its own lines and leaves the others, however the file is written."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.yaml_files import edit, in_quotes, parse, render, without
from tests.yaml_files.samples import COMMENTED, DATA, HEADER, LAYOUT


def test_a_text_that_needs_quotes_gets_them_and_every_other_row_stays() -> None:
    text = "# first\ntitle:  A: B, or 'C'   \nyear: 2024  # of: it\nname: D\n"
    assert in_quotes(text, ["title", "name"], LAYOUT) == text.replace(
        "  A: B, or 'C'   ", " \"A: B, or 'C'\""
    )
    assert in_quotes(text, ["name"], LAYOUT) == text


def test_what_can_be_read_is_not_put_in_quotes() -> None:
    text = 'summary: "one text of two rows,\ntitle: A: B"\n'
    assert parse(text) == {"summary": "one text of two rows, title: A: B"}
    assert in_quotes(text, ["title"], LAYOUT) == text


def test_an_edit_changes_its_own_lines_only() -> None:
    edited = edit(COMMENTED, {"authors": ["Ada Bo"]}, LAYOUT)
    assert edited == COMMENTED.replace("[Ada Bo, Chen Da]", "[Ada Bo]")


def test_a_new_field_is_put_where_the_layout_has_it() -> None:
    rows = edit(COMMENTED, {"name": "ToMe"}, LAYOUT).splitlines()
    assert rows[rows.index("name: ToMe") - 1].startswith("title:")
    assert parse("\n".join(rows)) == {**parse(COMMENTED), "name": "ToMe"}


@given(DATA, DATA)
def test_editing_gives_the_same_data_as_writing(old: dict[str, object], new: dict[str, object]) -> None:
    text = render(old, LAYOUT, header=HEADER)
    assert parse(edit(text, new, LAYOUT)) == {**old, **new}


def test_a_new_field_does_not_come_between_a_comment_and_its_field() -> None:
    edited = edit(COMMENTED, {"name": "ToMe"}, LAYOUT)
    assert "name: ToMe\n# about the authors\nauthors:" in edited


def in_braces(text: str) -> str:
    return json.dumps(parse(text), ensure_ascii=False, indent=1) + "\n"


def indented(text: str) -> str:
    return "".join(f"  {row}\n" if row else "\n" for row in text.splitlines())


def with_an_end(text: str) -> str:
    return f"---\n{text}...\n"


def with_key_marks(text: str) -> str:
    return "".join(
        f"? {key}\n: {json.dumps(value, ensure_ascii=False)}\n" for key, value in parse(text).items()
    )


OTHER_FORMS = [in_braces, indented, with_an_end, with_key_marks]


@given(DATA, DATA, st.sampled_from(OTHER_FORMS), st.sets(st.sampled_from(LAYOUT.order)))
def test_what_yaml_may_be_written_like_is_edited_too(
    old: dict[str, object], new: dict[str, object], form: Callable[[str], str], gone: set[str]
) -> None:
    text = form(render(old, LAYOUT, header=HEADER))
    assert parse(text) == old
    left = {key: value for key, value in (old | new).items() if key not in gone}
    assert (parse(without(edit(text, new, LAYOUT), gone, LAYOUT)) or {}) == left


@pytest.mark.parametrize(
    "text",
    [
        "# first\n# second\n{title: A, # of it\n # before the year\n year: 2024} # behind\n# last\n",
        "# first\n# second\n  title: A  # of it\n  # before the year\n  year: 2024 # behind\n# last\n",
        "# first\n# second\ntitle: A  # of it\n# before the year\nyear: 2024\n... # behind\n# last\n",
        "# first\n--- # second\n{title: A, # of it\n # before the year\n year: 2024} # behind\n# last\n",
    ],
    ids=["in braces", "indented", "with an end", "with a beginning"],
)
def test_comments_are_kept_where_an_edit_has_to_write_all_lines_anew(text: str) -> None:
    rows = [
        "# first",
        "# second",
        'title: "A"  # of it',
        "name: B",
        "# before the year",
        "year: 2024  # behind",
    ]
    assert edit(text, {"name": "B"}, LAYOUT).splitlines() == [*rows, "# last"]
    assert without(text, ["title"], LAYOUT).splitlines()[0] == "# first"


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_where_nothing_is_edited_every_line_stays(form: Callable[[str], str]) -> None:
    text = form("title: A\nyear: 2024\n")
    assert without(edit(text, {}, LAYOUT), [], LAYOUT) == text


def test_an_edit_leaves_a_byte_order_mark_out() -> None:
    assert edit("\ufeffyear: 2024\n", {"title": "A"}, LAYOUT) == 'title: "A"\nyear: 2024\n'


def test_the_comments_of_an_edited_field_are_kept() -> None:
    edited = edit(COMMENTED, {"year": 2025, "links": {"code": ["https://github.com/c/d"]}}, LAYOUT)
    assert "year: 2025  # of the conference\n" in edited
    assert "  # the authors' own\n  code: [https://github.com/c/d]\n" in edited
