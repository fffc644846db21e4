"""LaTeX that is no LaTeX: commands without arguments, without end, without measure come out as some text."""

from __future__ import annotations

import logging

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.bibtex import latex_to_text, parse_entry

PIECES = (
    r"\href \url \verb \sqrt \sqrt[ \frac \textcolor \title \author \maketitle \item \item[ \input \cite"
    r" \not \textbf \text \left \right \begin \end \begin{x} \end{x} \begin{array} \( \) \[ \] \' \\ \u"
    r""" \" { } [ ] {x} {\} $ ^ _ & % # | a ~"""
).split()
NO_END = [
    r"\(",
    r"\[",
    r"\begin{x}",
    r"\sqrt[",
    r"{\}",
    r"{]",
    r"\'{",
    r"\hat{",
    r"{\"u}",
    r"\href{a}{",
    r"\verb",
    "$",
    "%",
]


@given(st.lists(st.sampled_from([*PIECES, " "]), max_size=9).map("".join))
@example(r"\'\href")
@example(r"\'\input")
@example(r"a \verb")
@example(r"\textcolor")
@example(r"\title")
def test_any_markup_becomes_text_on_one_line(latex: str) -> None:
    text = latex_to_text(latex)
    assert text == " ".join(text.split())
    assert latex_to_text(latex) == text


@given(st.sampled_from(PIECES), st.sampled_from(PIECES), st.integers(1, 70))
@example(r"\'", "{", 60)
@example(r"\H", "{", 60)
def test_markup_on_markup_becomes_text_no_longer_than_itself(first: str, second: str, times: int) -> None:
    latex = (first + second) * times
    assert len(latex_to_text(latex)) <= 2 * len(latex) + 20


@pytest.mark.parametrize("opening", NO_END)
def test_what_is_opened_without_end_becomes_text(opening: str) -> None:
    assert isinstance(latex_to_text(opening * 4000), str)


def test_a_matrix_of_one_wide_row_and_many_narrow_ones_is_not_padded() -> None:
    rows = r"\begin{array}{c}" + "x" * 20_000 + r"\\ a" * 2_000 + r"\end{array}"
    assert len(latex_to_text(rows)) < len(rows)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\href{https://example.org/a_b%20c#d&e}{the \emph{code}}", "the code"),
        (r"\title{Less is More} \author{Ada Bo}", "Less is More Ada Bo"),
        (r"\texttt{vLLM}, \textsf{x} and \mbox{FlashAttention-2}", "vLLM, x and FlashAttention-2"),
        (r"the flag \verb|a_b| in use", "the flag a_b in use"),
        (r"\'{\^{e}} and \d{\^{o}}", "ế and ộ"),
        (r"\begin{pmatrix}1 & 2\\3 & 4\end{pmatrix}", "1 & 2 3 & 4"),
    ],
)
def test_a_command_stands_for_the_text_that_it_is_given(latex: str, text: str) -> None:
    assert latex_to_text(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Half: \frac{1}", r"Half: \frac1"),
        (r"see \url", r"see \url"),
        (r"50\% \& \href", r"50% & \href"),
    ],
)
def test_a_command_without_its_arguments_leaves_the_text_as_it_is_written(latex: str, text: str) -> None:
    assert latex_to_text(latex) == text


@pytest.mark.parametrize("command", [r"\today", r"\maketitle", r"\input{/etc/hostname}", r"\include{x}"])
def test_neither_the_day_nor_another_file_is_shown(command: str) -> None:
    latex_to_text(r"\title{Of another entry}")
    assert latex_to_text(f"a {command} b") == "a b"


def test_slips_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for latex in (r"\frac{1}", r"\url", r"\input", r"\overline"):
            latex_to_text(latex)
    assert caplog.messages == []


def test_a_link_in_an_entry_is_read_as_its_words() -> None:
    entry = parse_entry(
        r"@misc{a, title = {A \href{https://example.org}{B}},"
        r" howpublished = {\href{https://example.org/a}{Technical report}}}"
    )
    assert entry.title == "A B"
    assert entry.venue_text == "Technical report"
