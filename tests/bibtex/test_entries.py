"""BibTeX entries: read, or refused with line and advice."""

from __future__ import annotations

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.bibtex import BibtexError, Entry, parse_entry, resolve_venue
from catalog.bibtex.entry import END_OF_FILE, NEXT_ENTRY, NO_COMMA, NO_EQUALS, reason_of
from tests.bibtex.papers import VOCABULARY


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "holds no entry"),
        ("just words", 1, "holds no entry"),
        ("@misc{a, title={A}}\n@misc{b, title={B}}", 2, "holds 2 entries, expected one"),
        ("@misc{a,\n title={A}\n year={2024},\n}", 2, "a comma is missing after the value of 'title'"),
        ('@misc{a,\n title="A"\n year=2024\n}', 2, "a comma is missing after the value of 'title'"),
        ("@misc{a\n title={A},\n}", 1, "no comma after the entry's key"),
        ("@inproceedings{a,\n booktitle=NIPS,\n}", 2, "write booktitle = {NIPS}".replace("write ", "")),
        ("@misc{a,\n title={A},\n title={B},\n}", 3, "the field 'title' is there twice"),
        ("@misc{a,\n title={A},\n Title={B},\n}", 3, "the field 'title' is there twice"),
        ("@misc{a,\n title={A,\n author={B},\n year={2024}\n}", 2, "'title' are never closed"),
        ('@misc{a,\n title="A,\n author={B},\n year={2024}\n}', 2, "'title' are never closed"),
        ("@misc{a,\n title={A}", 1, "never closed"),
        ("@misc{a,\n title={A}},\n year={2024}\n}", 2, "stands outside of the entry"),
        ('@misc{a,\n title="A } B",\n}', 2, "the braces of 'title' are not balanced"),
        ("@misc{a,\n title={A \\{ B},\n}", 2, "write \\textbraceleft{}"),
        ("@misc{a,\n title=,\n}", 2, "'title' has no value"),
        ("@misc{a,\n title={A},\n year\n}", 4, "expected 'field = {value}' here"),
        ("@misc{a b,\n title={A}}", 1, "found the key 'a b'"),
        (
            "@Misc{, title={A}}",
            1,
            "found no key; write one behind the brace, with a comma, such as @misc{chen",
        ),
        (
            "@article{\n title = {A},\n year={2024}}",
            1,
            "found no key; write one behind the brace, with a comma",
        ),
        ("@article{a\n title={A},\n}", 1, "no comma after the entry's key; write @article{key, and then"),
        ('@string{x = "y"}\n@misc{a, title={A}}', 1, "@string is refused"),
        ("@misc{a, title={A}}\n@comment{x}", 2, "@comment is refused"),
    ],
)
def test_what_is_not_one_valid_entry_is_refused_with_line_and_advice(
    text: str, line: int, expected: str
) -> None:
    with pytest.raises(BibtexError) as caught:
        parse_entry(text)
    assert caught.value.line == line
    assert expected in caught.value.message


def test_an_entry_is_read_without_its_delimiters_and_with_months_and_joined_pieces() -> None:
    entry = parse_entry(
        '@InProceedings{Key2024,\n Title = "A {B} C",\n month = 6 # "~" # jun,\n YEAR = 2024\n}'
    )
    assert (entry.type, entry.key) == ("inproceedings", "Key2024")
    assert dict(entry.fields) == {"title": "A {B} C", "month": "6~June", "year": "2024"}


def test_an_entry_gives_decoded_title_names_year_and_venue() -> None:
    entry = parse_entry(
        r"""@inproceedings{a, title = {{FastV}: M{\"u}ller \& S{\o}n}, year = {2024},
        author = {M{\"u}ller, J{\"o}rg and {Qwen Team} and Ada Bo and others},
        booktitle = {Computer Vision -- {ECCV} 2024}}"""
    )
    assert entry.title == "FastV: Müller & Søn"
    assert entry.authors == ["Jörg Müller", "Qwen Team", "Ada Bo"]
    assert entry.authors_truncated
    assert entry.year == 2024
    assert entry.venue_text == "Computer Vision – ECCV 2024"


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2403.06764}, archivePrefix = {arXiv}",
        "eprint = {2403.06764v2}, eprinttype = {arxiv}, howpublished = {https://arxiv.org}",
        "journal = {arXiv preprint arXiv:2403.06764}",
        "journal = {CoRR}, volume = {abs/2403.06764}",
    ],
)
def test_an_arxiv_entry_is_known_by_eprint_journal_or_volume(fields: str) -> None:
    entry = parse_entry(f"@misc{{a, title = {{A}}, {fields}}}")
    assert entry.eprint == "2403.06764"
    assert resolve_venue(entry.venue_text or "", VOCABULARY) == "arXiv"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@misc{a,\n title = {A}", END_OF_FILE),
        ("@misc{a,\n title = {A", END_OF_FILE),
        ("@misc{a,\n title = {A,\n@misc{b, title = {B}}", NEXT_ENTRY),
        ("@comment{a\n@misc{b, title = {B}}", NEXT_ENTRY),
        ("@misc{a\n title = {A}}", NO_COMMA),
        ("@misc{a,\n title = {A},\n year\n}", NO_EQUALS),
        ("@misc{a,\n title = {A},\n year {2024}}", NO_EQUALS),
    ],
)
def test_bibtexparser_gives_up_in_the_words_by_which_its_reasons_are_told_apart(
    text: str, words: str
) -> None:
    (failed,) = parse_string(text, parse_stack=[]).failed_blocks
    assert words in reason_of(failed)


def test_a_value_of_many_pieces_is_read_in_a_moment() -> None:
    count = 100_000  # copying what is left for each would take minutes
    entry = parse_entry("@misc{a,\n note = {b}" + " #\n {b}" * count + ",\n year = 2024\n}")
    assert entry.fields == {"note": "b" * (count + 1), "year": "2024"}
    with pytest.raises(BibtexError) as caught:
        parse_entry("@misc{a,\n note = {b}" + " #\n {b}" * count + " {c}\n}")
    assert (caught.value.line, "before '{c}'" in caught.value.message) == (count + 2, True)


def test_words_without_end_before_a_number_are_looked_through_once() -> None:
    words = "a-" * 100_000
    assert Entry("misc", "a", {"eprint": words}).eprint is None
    assert Entry("misc", "a", {"journal": f"{words}/0701001 cs.LG/0701001"}).eprint == f"{words}/0701001"


@given(st.text("@misc{}a,=\"'#\\\n 1", max_size=60))
@example("@misc{" + "{" * 5000 + "}" * 5000 + ", a = {b}}")
@example("@misc{a, title = {" + "{" * 5000 + "\\x" + "}" * 5000 + "}}")
def test_any_text_is_an_entry_or_is_refused(text: str) -> None:
    try:
        entry = parse_entry(text)
    except BibtexError as error:
        refusal = error.message
    else:
        refusal = ""
        assert entry.title is None or isinstance(entry.title, str)
    assert refusal or "@" in text
