"""What a Typst manuscript cites, and which .bib files it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.cite.manuscripts import bibliography_files, mentions


def cited(folder: Path, text: str) -> list[str]:
    path = folder / "paper.typ"
    path.write_text(text, encoding="utf-8")
    return [mention.key or f"arXiv:{mention.arxiv}" for mention in mentions(path)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("As @a, @b[p. 3] and (@c). So@d too.", ["a", "b", "c", "d"]),
        ('As @chen2024image. See @b:c-d.e: "@f"', ["chen2024image", "b:c-d.e", "f"]),
        ('#cite(<a>) #cite( <b>, form: "prose") #cite(label("DBLP:conf/x/Y"))', ["a", "b", "DBLP:conf/x/Y"]),
        ("// @no\n/* @no\n@no */ `@no` ``` @no ` @no ``` `` @a", ["a"]),
        ('me\\@x.org #link("mailto:me@x.org") https://x.org//@no @a', ["a"]),
        ('@fig #figure(image("x.png")) <fig>\n= Method <sec:method>\n@sec:method @a #ref(<a>)', ["a"]),
        ("see https://arxiv.org/abs/2403.06764v1 and @arXiv:2210.09461", None),
        ('#import "@preview/charged-ieee:0.1.3": ieee\n#import  "@local/x:1.0.0"\n@a', ["a"]),
        ('#figure[x]#label("fig") @fig #cite(\n  <a>,\n  form: none,\n) @a', ["a"]),
        ("`@a", ["a"]),
        ("nothing", []),
    ],
)
def test_keys_in_typst(tmp_path: Path, text: str, keys: list[str] | None) -> None:
    assert cited(tmp_path, text) == (["arXiv:2210.09461", "arXiv:2403.06764"] if keys is None else keys)


def test_a_key_is_told_with_the_file_and_line_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.typ").write_text('@b @later #include "/paper.typ"', encoding="utf-8")
    path = tmp_path / "paper.typ"
    path.write_text('/*\n*/ @a\n#include "parts/one.typ"\n= Later <later>', encoding="utf-8")
    found = [(mention.key, Path(mention.file).name, mention.line) for mention in mentions(path)]
    assert found == [("a", "paper.typ", 2), ("b", "one.typ", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "me@x.org and first.last@cs.uni-x.edu.",
        '"Write to me@x.org, please"',
        "@fig:one, @eqt:two, @Sec-three",  # i-figured and others put the beginning before the label
        "#grid(figure[x], <left>, figure[y],\n  <right>) @left @right",
    ],
)
def test_what_may_be_an_address_or_a_label_is_a_citation_only_if_it_is_known(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "paper.typ"
    path.write_text(text, encoding="utf-8")
    assert all(mention.may_be_label for mention in mentions(path))
    path.write_text("So@a and @b.c, @d <e>", encoding="utf-8")
    assert not any(mention.may_be_label for mention in mentions(path))


def test_what_is_imported_is_read_as_what_is_included(tmp_path: Path) -> None:
    (tmp_path / "parts.typ").write_text("#let intro = [@b <sec>]", encoding="utf-8")
    assert cited(tmp_path, '#import "parts.typ": intro\n@a @sec') == ["a", "b"]


def test_a_bib_file_is_named_from_the_file_or_from_the_manuscript_s_folder(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for name in ("one.bib", "parts/two.bib"):
        (tmp_path / name).touch()
    end = '#bibliography("/one.bib")\n#bibliography("two.bib")'
    (tmp_path / "parts" / "end.typ").write_text(end, encoding="utf-8")
    path = tmp_path / "paper.typ"
    path.write_text('#include "parts/end.typ"', encoding="utf-8")
    assert bibliography_files(path) == [tmp_path / "one.bib", tmp_path / "parts" / "two.bib"]


@pytest.mark.parametrize(
    "call", ['bibliography("one.bib")', 'bibliography(("one.bib", "two.bib",), title: none)']
)
def test_bib_files_that_are_named_are_found(tmp_path: Path, call: str) -> None:
    for name in ("one.bib", "two.bib"):
        (tmp_path / name).touch()
    path = tmp_path / "paper.typ"
    path.write_text(f'// bibliography("three.bib")\n#{call}', encoding="utf-8")
    assert [file.name for file in bibliography_files(path)] == ["one.bib", "two.bib"][: 1 + ("two" in call)]


COUNT = 50_000
"""At this size, reading that takes the square of the length would take minutes."""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@a" * COUNT, ["a"]),
        ("@a" + ".-" * COUNT, ["a"]),
        ("/*" * COUNT + "@a", ["a"]),
        ("/* @no */" * COUNT + "@a", ["a"]),
        ("\n".join("`" * length for length in range(1_000, 2, -1)) + "\n@a", ["a"]),
        ("cite(" * COUNT + "<a>", ["a"]),
        ("bibliography(" + '"x" ' * COUNT, []),
        ('"x@y' * COUNT, ["y"]),
        ("(" + " " * COUNT + "," + "( " * COUNT + "@a", ["a"]),
        ('import "@' * COUNT, ["import"]),
    ],
)
def test_typst_of_any_sort_is_read_in_a_moment(tmp_path: Path, text: str, keys: list[str]) -> None:
    assert cited(tmp_path, text) == keys
    assert bibliography_files(tmp_path / "paper.typ") == []
