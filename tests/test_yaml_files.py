"""Strict reading and canonical writing of YAML: what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.yaml_files import (
    MAX_BYTES,
    MAX_DEPTH,
    Layout,
    YamlError,
    edit,
    in_quotes,
    locate,
    parse,
    read,
    read_text,
    render,
    without,
)
from catalog.yaml_files.comments import comments_of
from catalog.yaml_files.places import are_lines_of_fields, blocks
from catalog.yaml_files.reading import compose

LAYOUT = Layout(
    order=("title", "name", "authors", "year", "identifiers", "links", "bibtex"),
    quoted=frozenset({"title", "identifiers"}),
    literal=frozenset({"bibtex"}),
    width=60,
)
HEADER = "# yaml-language-server: $schema=../paper.schema.json"


# ---------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("title: a\nyear: 1\ntitle: b\n", 3, 1, "the key 'title' is there twice; keep one"),
        ("links:\n  code: a\n  code: b\n", 3, 3, "the key 'code' is there twice"),
        ("identifiers: {arxiv: a, arxiv: b}\n", 1, 25, "the key 'arxiv' is there twice"),
        ("title: &here a\n", 1, 8, "the anchor &here is refused"),
        ("name: *there\n", 1, 7, "the alias *there is refused"),
        ("- a\n- &x [b]\n- *x\n", 2, 3, "the anchor &x is refused"),
        ("title: !!python/object/apply:os.system [ls]\n", 1, 8, "the tag tag:yaml.org,2002:python"),
        ("title: !local a\n", 1, 8, "the tag !local is refused"),
        ("title: Tokens: fewer\n", 1, 14, "needs double quotes around it"),
        ('title: "never closed\n', 1, 8, "the quote that opens here is never closed"),
        ("authors: [A B, C D\nyear: 2024\n", 1, 10, "the [ that opens here is never closed; add ]"),
        ("title: a\n\tname: b\n", 2, 1, "indent with spaces, not tabs"),
        ("1: a\n", 1, 1, "found 1 as a key; keys are words"),
        ("true: a\n", 1, 1, "found True as a key"),
        ("title: a\n---\ntitle: b\n", 2, 1, "'---' begins a second document; a file holds one: delete it"),
    ],
)
def test_what_yaml_surprises_with_is_refused_with_its_place(
    text: str, line: int, column: int, expected: str
) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert expected in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "[" * 32_000 + "]" * 32_000,
        "[" * 65_000,
        "title: " + "[a, " * 500 + "]" * 500,
        "title: " + "{a: " * 500 + "}" * 500,
        "- " * 30_000 + "a",
        "? " * 30_000 + "a",
        "\n".join(" " * depth + "a:" for depth in range(300)),
        "\n".join(" " * depth + "-" for depth in range(300)),
    ],
    ids=[
        "brackets",
        "open brackets",
        "lists",
        "mappings",
        "dashes",
        "keys",
        "indented keys",
        "indented dashes",
    ],
)
def test_a_document_that_is_nested_without_end_is_refused_before_the_reader_recurses(text: str) -> None:
    with pytest.raises(YamlError, match=f"nested more than {MAX_DEPTH} levels deep; write it flatter"):
        parse(text)


def test_many_brackets_side_by_side_are_read() -> None:
    assert parse("a: [" + "[b], " * 300 + "]")["a"][299] == ["b"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1905.00760", "1905.00760"),
        ("2403.06764", "2403.06764"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("2024-03-11", "2024-03-11"),
        ("1e5", "1e5"),
        ("0x1F", "0x1F"),
        ("010", "010"),
        ("12:30:45", "12:30:45"),
        (".inf", ".inf"),
        ("<<", "<<"),
        ("=", "="),
        ("2024", 2024),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_only_null_true_false_and_whole_numbers_are_not_text(written: str, value: object) -> None:
    result = parse(f"field: {written}\n")["field"]
    assert result == value
    assert type(result) is type(value)


def test_an_ampersand_or_star_inside_a_text_is_just_a_character() -> None:
    assert parse("title: Search & rescue *now* at A&B!\n") == {"title": "Search & rescue *now* at A&B!"}


def test_a_file_of_64_kib_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_bytes(b"a: " + b"x" * (MAX_BYTES - 3))
    assert len(read(path)["a"]) == MAX_BYTES - 3
    path.write_bytes(b"a: " + b"x" * (MAX_BYTES - 2))
    with pytest.raises(YamlError, match=r"larger than 64 KiB, .* shorten it"):
        read(path)


def test_bytes_that_are_not_utf8_are_named_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_bytes("title: ok\nname: é".encode() + b" \xe9t\xe9\n")
    with pytest.raises(YamlError, match="byte 0xe9 is not UTF-8") as caught:
        read_text(path)
    assert caught.value.line == 2


def test_windows_line_ends_are_read_as_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_bytes(b"title: a\r\nyear: 2024\r\n")
    assert read(path) == {"title": "a", "year": 2024}
    path.write_bytes(b"title: a # of an old computer\ryear: 2024\r")
    assert edit(read_text(path), {"name": "b"}, LAYOUT).splitlines() == [
        "title: a # of an old computer",
        "name: b",
        "year: 2024",
    ]


def test_a_byte_order_mark_is_read_over_at_the_beginning_and_refused_inside(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_bytes("\ufefftitle: a\n".encode())
    assert read(path) == {"title": "a"}
    path.write_bytes("title: a\r\n\ufeff# comment\n".encode())
    for use in (lambda: read(path), lambda: parse(read_text(path))):
        with pytest.raises(
            YamlError, match=r"byte-order mark .* stands inside the file; delete it"
        ) as caught:
            use()
        assert (caught.value.line, caught.value.column) == (2, 1)


@pytest.mark.parametrize("use", [parse, compose, blocks, comments_of, are_lines_of_fields])
@pytest.mark.parametrize("character", ["\x07", "\x7f", "\x80", "\ufffe"])
def test_what_is_no_yaml_has_a_place_wherever_it_is_read(
    use: Callable[[str], object], character: str
) -> None:
    with pytest.raises(YamlError, match=rf"U\+{ord(character):04X} is refused; delete it") as caught:
        use(f"title: a  # b\nname: c{character}d\n")
    assert (caught.value.line, caught.value.column) == (2, 8)


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_a_line_break_that_counts_as_one_to_yaml_alone_is_refused(character: str) -> None:
    with pytest.raises(
        YamlError, match=rf"line break U\+{ord(character):04X} is refused; delete it"
    ) as caught:
        parse(f'year: 2024\ntitle: "a{character} b"\n')
    assert (caught.value.line, caught.value.column) == (2, 10)


def refusal(text: str) -> YamlError | None:
    try:
        parse(text)
    except YamlError as error:
        return error
    return None


@given(st.text(max_size=200) | st.text("ab:-[]{}&*!#|>'\"% \n\t", max_size=60))
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    error = refusal(text)
    rows = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)
    assert error is None or (1 <= error.line <= len(rows) + 1 and error.column >= 1 and error.message)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("title",), (1, 1)),
        (("links",), (2, 1)),
        (("links", "code"), (3, 3)),
        (("links", "code", 1), (3, 25)),
        (("links", "code", 7), (3, 3)),
        (("links", "video"), (2, 1)),
        (("nothing",), (1, 1)),
        ((), (1, 1)),
    ],
)
def test_a_place_is_found_or_that_of_the_nearest_parent(
    path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    text = "title: a\nlinks:\n  code: [https://a.org, https://b.org]\n"
    assert locate(text, path) == place


def test_all_places_of_a_file_are_found_in_reading_it_once() -> None:
    count = 20_000  # reading it for each would take half an hour
    text = "title: a\nprovenance:\n" + "".join(f"  field{n}: there\n" for n in range(count))
    assert [locate(text, ("provenance", f"field{n}")) for n in range(count)] == [
        (n + 3, 3) for n in range(count)
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &x [*x]\nb: 1\n", 2),
        (
            "a0: &a0 [1]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(60)) + "b: 1\n",
            62,
        ),
        ("? [a, b]\n: c\nb: 1\n", 3),
    ],
    ids=["an alias of itself", "aliases of aliases", "a key that is a list"],
)
def test_a_place_is_found_in_a_document_that_no_record_may_be(text: str, line: int) -> None:
    assert locate(text, ("b",)) == (line, 1)


# ---------------------------------------------------------------------------------------- writing

# What a record may hold: see record.py, which refuses control characters, line separators and the like.
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
LINKS = st.text("ab09._~/?=&%+@:;()!$*-#',[]", max_size=20).map("https://example.org/".__add__)
TEXTS = st.text(LETTERS, max_size=40) | LINKS
ROWS = st.text(LETTERS | st.just("\t"), max_size=30)
DATA = st.fixed_dictionaries(
    {"title": TEXTS},
    optional={
        "name": TEXTS | st.none(),
        "authors": st.lists(TEXTS, max_size=6),
        "year": st.integers(0, 10**17),
        "parametric": st.booleans(),
        "identifiers": st.dictionaries(st.sampled_from(["arxiv", "doi"]), TEXTS),
        "links": st.fixed_dictionaries({"code": st.lists(TEXTS, max_size=4)}),
    },
)


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


COMMENTED = """\
# yaml-language-server: $schema=../paper.schema.json
# about the whole
title: "A Paper"  # the published one
# about the authors
authors: [Ada Bo, Chen Da]
links:
  # the authors' own
  code: [https://github.com/a/b]
year: 2024  # of the conference
bibtex: |
  @misc{a,
    title = {# no comment},
  }
# at the end
"""


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


# ---------------------------------------------------------------------------------------- editing


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
