"""Strict reading of YAML: what is refused and where, and what a value is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.yaml_files import MAX_BYTES, MAX_DEPTH, YamlError, edit, locate, parse, read, read_text
from catalog.yaml_files.comments import comments_of
from catalog.yaml_files.places import are_lines_of_fields, blocks
from catalog.yaml_files.reading import compose
from tests.yaml_files.samples import LAYOUT


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
