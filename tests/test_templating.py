"""Templates: text from strangers is shown as text, whatever it looks like."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown import markdown as python_markdown
from markdown_it import MarkdownIt
from markdown_it.token import Token

from catalog.findings import CatalogError
from catalog.templating import (
    Markdown,
    html_environment,
    markdown_code,
    markdown_environment,
    markdown_link,
    markdown_text,
    yaml_environment,
)
from catalog.yaml_files import parse

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

HOSTILE = [
    "<script>alert(1)</script>",
    "| a table | with cells |",
    "`code` and ```fences```",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "@mention and someone@example.org",
    ":smile: and :+1:",
    "$math$ and $$more$$",
    "{{ 7*7 }} {% raw %} {# note #}",
    "https://example.org/path?a=1&b=2 and www.example.org",
    "#123 and # not a heading",
    "1. not a list",
    "2) not a list",
    "- not a list",
    "+ not a list",
    "* not a list",
    "> not a quotation",
    "--- ",
    "=== not a tab",
    "!!! not an admonition",
    ": not a definition",
    "<!-- comment --> </details>",
    "&lt;b&gt; &copy;",
    "~~struck~~ ==marked== ^raised^ **bold** __bold__",
    "a { onclick=alert(1) } {: onclick=alert(1) }",
    "trailing backslash \\",
    "1/2 Tokens: Plug-and-Play (v2.0) – Müller & Søn's 50% …",
]

printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
tricky = st.text("ab1 \\`*_{}[]()#+-.!|~$@:/<>&=^?\"'w", max_size=30)


def inline_tokens(markdown: str) -> list[Token]:
    """What a paragraph of *markdown* consists of; fails where it is anything but one paragraph."""
    blocks = PARSER.parse(markdown)
    assert [token.type for token in blocks] == ["paragraph_open", "inline", "paragraph_close"], markdown
    return blocks[1].children or []


def shown(markdown: str) -> str:
    """The text that a reader sees; fails where there is any markup but the isolating ``<span>``."""
    tokens = inline_tokens(markdown)
    for token in tokens:
        if token.type == "html_inline":
            assert token.content in ("<span>", "</span>"), token.content
        else:
            assert token.type in ("text", "text_special"), token
    return "".join(token.content for token in tokens if token.type != "html_inline")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    assert shown(markdown_text(text)) == text.strip()


@given(printable | tricky)
@example("")
@example("a\tb")
def test_any_text_is_shown_as_exactly_these_characters(text: str) -> None:
    expected = " ".join(text.split())
    if expected:
        assert shown(markdown_text(text)) == expected
    else:
        assert markdown_text(text) == ""


class VisibleText(HTMLParser):
    """The text of an HTML fragment, and the elements that it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.elements = "", set[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(f"{tag} {attrs}" if attrs else tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(printable | tricky)
@example(HOSTILE)
def test_mkdocs_shows_any_text_as_exactly_these_characters(text: str | list[str]) -> None:
    extensions = ["admonition", "attr_list", "def_list", "footnotes", "abbr", "md_in_html", "tables"]
    extensions += ["pymdownx.superfences", "pymdownx.tilde", "pymdownx.caret", "pymdownx.mark"]
    for one in [text] if isinstance(text, str) else text:
        expected = " ".join(one.split())
        page = VisibleText(python_markdown(markdown_text(one), extensions=extensions))
        assert page.text == expected
        assert page.elements <= {"p", "span"}


@given((printable | tricky).filter(str.strip))
def test_any_text_is_wholly_inside_the_emphasis_around_it(text: str) -> None:
    tokens = [
        token for token in inline_tokens(f"**{markdown_text(text)}**, end") if token.content or token.nesting
    ]
    marks = [token.type for token in tokens if token.type != "html_inline" and token.nesting]
    assert marks == ["strong_open", "strong_close"]
    assert (tokens[0].type, tokens[-2].type, tokens[-1].content) == ("strong_open", "strong_close", ", end")


@given(printable | tricky)
def test_any_text_stays_inside_its_table_cell(text: str) -> None:
    tokens = PARSER.parse(f"| a | b |\n|---|---|\n| {markdown_text(text)} | x |")
    assert sum(token.type == "td_open" for token in tokens) == 2
    assert sum(token.type == "tr_open" for token in tokens) == 2


@given(printable | tricky)
def test_any_text_can_be_a_links_label(text: str) -> None:
    tokens = inline_tokens(f"[a {markdown_text(text)}](https://example.org/)")
    assert [token.type for token in tokens if token.type.startswith("link")] == ["link_open", "link_close"]
    assert (tokens[0].type, tokens[-1].type) == ("link_open", "link_close")


def test_github_finds_nothing_to_link_or_draw_in_what_it_reads_after_markdown() -> None:
    """Its filters read one text node at a time, after escapes are resolved."""
    for text in ("@mention", "a@example.org", ":smile:", "$x$", "#123", "https://x.org", "www.x.org"):
        nodes = [token.content for token in inline_tokens(markdown_text(text))]
        assert text not in nodes
        assert not any(node in text and len(node) > 1 and node[0] in "@:$#" for node in nodes)


def test_ordinary_titles_stay_readable_in_the_source() -> None:
    title = "Token Merging: Your ViT But Faster (with 2.0x, plug-and-play)!"
    assert markdown_text(title) == title


@given(st.text("abc/?=&%#().[]<>\"'`*_~|\\ é", max_size=20))
def test_a_links_target_ends_where_it_should(path: str) -> None:
    tokens = inline_tokens(f"[x](https://example.org/{markdown_link(path)})")
    assert [token.type for token in tokens] == ["link_open", "text", "link_close"]


def test_a_link_keeps_its_query() -> None:
    tokens = inline_tokens(f"[x]({markdown_link('https://openreview.net/forum?id=a_B-1&copy=2')})")
    assert tokens[0].attrs["href"] == "https://openreview.net/forum?id=a_B-1&copy=2"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "ftp://x"])
def test_a_link_with_another_scheme_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="web address"):
        markdown_link(url)


@given(st.text("`~a@{}\n </details>", max_size=60))
def test_a_block_of_code_holds_what_it_was_given(text: str) -> None:
    tokens = PARSER.parse(markdown_code(text, "bibtex"))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].info == "bibtex"
    assert tokens[0].content.strip() == text.strip()


def render(folder: Path, template: str, **values: object) -> str:
    (folder / "t.md").write_text(template, encoding="utf-8")
    return markdown_environment(folder).get_template("t.md").render(**values)


def test_values_in_markdown_templates_are_escaped_and_markdown_is_not(tmp_path: Path) -> None:
    out = render(tmp_path, "{{ text }} {{ made }} {{ number }}", text="*a*", made=Markdown("*b*"), number=7)
    assert out == "\\*a\\* *b* 7"


def test_mixing_text_with_markdown_in_a_template_never_lets_text_through(tmp_path: Path) -> None:
    values = {"text": "*a*", "made": Markdown("b")}
    assert "\\*a\\*" in render(tmp_path, "{{ [text, made] | join(', ') }}", **values)
    assert "\\*a\\*" in render(tmp_path, "{{ made ~ text }}", **values)
    assert "\\*a\\*" in render(
        tmp_path, "{% set x %}{{ text }}{% endset %}{{ text | upper | lower }}", **values
    )


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n{{ nobody }}", "t.md:2: 'nobody' is undefined"),
        ("\n{{ text + 1 }}", 't.md:2: TypeError: can only concatenate str (not "int") to str'),
        ("\n{{ 'ftp://x' | link }}", "t.md:2: ValueError: 'ftp://x' is not a web address or a relative path"),
        ("\n\n{% if %}", "t.md:3: Expected an expression, got 'end of statement block'"),
        ("\n{{ text | louder }}", "t.md:2: No filter named 'louder'."),
        ("\n{% include 'gone.md' %}", "t.md:2: there is no template 'gone.md'"),
        ("\n{% include 'wrong.md' %}", "wrong.md:3: ZeroDivisionError: "),
        (
            "\n{% include 'unclosed.md' %}",
            "unclosed.md:1: unexpected end of template, expected 'end of print",
        ),
    ],
)
def test_what_goes_wrong_in_a_template_is_said_with_the_line_of_the_innermost(
    tmp_path: Path, template: str, said: str
) -> None:
    (tmp_path / "wrong.md").write_text("\n\n{{ 1 // 0 }}", encoding="utf-8")
    (tmp_path / "unclosed.md").write_text("{{ 1", encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        render(tmp_path, template, text="a")
    assert str(caught.value).startswith(f"{tmp_path}/{said}")
    assert str(caught.value).endswith("; mend the template")


def test_a_template_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_bytes("é".encode("latin-1"))
    for name, said in (("gone.md", "there is no template 'gone.md'"), ("t.md", "UnicodeDecodeError: ")):
        with pytest.raises(CatalogError, match=f"{name}: {said}.*; restore the template$"):
            markdown_environment(tmp_path).get_template(name)


def test_an_error_that_is_in_words_already_keeps_them(tmp_path: Path) -> None:
    def refuse() -> None:
        raise CatalogError("papers/2024/a.yaml:3: a word too many; delete it")

    with pytest.raises(CatalogError, match=r"^papers/2024/a\.yaml:3: a word too many; delete it$"):
        render(tmp_path, "{{ refuse() }}", refuse=refuse)


def test_values_in_html_templates_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "t.html").write_text('<a title="{{ text }}">{{ text }}</a>', encoding="utf-8")
    out = html_environment(tmp_path).get_template("t.html").render(text='"><script>')
    assert "<script>" not in out
    assert out.count("&#34;&gt;&lt;script&gt;") == 2


@given(printable | tricky)
@example("\u2028")
@example("🧠")
def test_in_yaml_templates_a_value_is_text_and_nothing_else(value: str) -> None:
    template = yaml_environment(Path()).from_string("a: {{ value }}\nb: [{{ value }}]\n")
    assert parse(template.render(value=value)) == {"a": value, "b": [value]}
