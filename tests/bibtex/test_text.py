"""Text as LaTeX writes it, and back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.bibtex import latex_to_text, parse_entry, refuse_commands, text_to_latex
from catalog.bibtex.commands import foreign_commands
from tests.bibtex.papers import TITLES


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("{FastV}: a {LLM}", "FastV: a LLM"),
        (r"M{\"u}ller, {\'e}, {\'{e}}, \'e, {\c{c}}, {\L}, {\o}, {\ss}", "Müller, é, é, é, ç, Ł, ø, ß"),
        ("IA-RED$^2$ and x$_{10}$", "IA-RED² and x₁₀"),
        (r"$O(N^2)$, $\mathrm{S}^{2}$-VLM, $\text{H}_2\text{O}$, $10^{-3}$", "O(N²), S²-VLM, H₂O, 10⁻³"),
        (r"10\textsuperscript{6} tokens of CO\textsubscript{2}", "10⁶ tokens of CO₂"),
        (r"$O(n\log n)$, $O(\log\log n)$ and $k\min n$", "O(n log n), O(log log n) and k min n"),
        (r"\$5^2 and \$6_2", "$5^2 and $6_2"),
        (r"$\alpha$-net \& 50\% \$5 \#1 a\_b", "α-net & 50% $5 #1 a_b"),
        ("pages 1--10 --- ``quoted''", "pages 1–10 — “quoted”"),
        ("50% & more", "50% & more"),
        ("a~b\n   c", "a b c"),
        (r"\textless{}b\textgreater{} \textbackslash{}x \textbraceleft{}y\textbraceright{}", "<b> \\x {y}"),
        (r"\emph{x} \textbf{y}", "x y"),
    ],
)
def test_latex_becomes_the_text_that_it_stands_for(latex: str, text: str) -> None:
    assert latex_to_text(latex) == text


def test_an_i_with_an_accent_keeps_its_dot_in_latex_and_is_read_without_it_as_well() -> None:
    letters = "íìîïĩīĭı"
    latex = text_to_latex(letters)
    assert latex == r"{\'i}{\`i}{\^i}{\"i}{\~{i}}{\={i}}{\u{i}}{\i}"
    dotless = latex.replace("i}", r"\i}").replace(r"\\i", r"\i")
    assert latex_to_text(latex) == latex_to_text(dotless) == letters


def plain_quotes(text: str) -> str:
    """Straight double quotes come back as typographic ones, and these as straight apostrophes."""
    return unicodedata.normalize("NFC", text).translate(str.maketrans("“”’‘", '""\'`'))


@given(TITLES)
@example("--- -- - '' ' \"a\" `b` –- —- “'”")
@example("10⁻³ x⁽ⁿ⁺¹⁾ y₍₁₊₂₎ ⁼₌")
def test_text_survives_the_way_through_latex(text: str) -> None:
    assert plain_quotes(latex_to_text(text_to_latex(text))) == plain_quotes(text)


@pytest.mark.parametrize(
    "text",
    ["Μελέτη του τυριού", "Γιώργος", "Κος", "το", "Η μάθηση β", "Β-VAE", "Νευρωνικά δίκτυα: Δ-DiT", "ᾠδή"],
)
def test_greek_stays_as_people_read_it(text: str) -> None:
    assert text_to_latex(text) == text
    assert latex_to_text(text) == text


def test_greek_letters_that_stand_for_themselves_are_signs_of_a_formula() -> None:
    assert text_to_latex("Δ-DiT, αβ-CROWN") == (
        r"{\ensuremath{\Delta}}-DiT, {\ensuremath{\alpha}}{\ensuremath{\beta}}-CROWN"
    )


def test_letters_with_two_accents_and_accents_below_are_written_as_every_latex_reads_them() -> None:
    assert text_to_latex("Nguyễn Huệ, Lǚ Ḥasan") == (
        r"Nguy{\~{\^{e}}}n Hu{\d{\^{e}}}, L{\v{\"{u}}} {\d{H}}asan"
    )
    assert text_to_latex("Ngữ, Thảo") == "Ngữ, Thảo"  # LaTeX has no commands for these without an encoding


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Hu{\d{\^e}} Nguy{\~{\^e}}n, {\d{\u{a}}}, \c{\u e}", "Huệ Nguyễn, ặ, ḝ"),
        (r"Th{\h{a}}o, {\'{\ohorn}}, Ng{\~{\uhorn}}, {\OHORN}n", "Thảo, ớ, Ngữ, Ơn"),
        (r"{\textcommabelow{S}}erban \textcommabelow{T}epe\textcommabelow{s}", "Șerban Țepeș"),
        (r"{\d{\=l}}, {\'{}}x, \v{\i}", "ḹ, x, ǐ"),
    ],
)
def test_names_with_accents_on_accents_lose_no_letter(latex: str, text: str) -> None:
    assert latex_to_text(latex) == text
    assert not foreign_commands(latex)


@given(st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x1EFF, categories=["Lu", "Ll"])))
@example("".join(map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)))))
@example("Kɔfi Mɛnsa, Həsən, Dʉɓə, ĸ, ŉ")
def test_latin_letters_come_back_from_latex_as_they_were(text: str) -> None:
    latin = "".join(letter for letter in text if "LATIN" in unicodedata.name(letter, ""))
    assert latex_to_text(text_to_latex(latin)) == unicodedata.normalize("NFC", latin)


def test_latin_letters_without_a_command_in_latex_stay() -> None:
    assert text_to_latex("Mɛnsã, Həsən, ŉ") == r"Mɛns{\~a}, Həsən, ŉ"


def test_cyrillic_stays_as_people_read_it() -> None:
    assert text_to_latex("Ёж & Щука: Øre") == r"Ёж \& Щука: {\O}re"
    assert text_to_latex("Ѓорѓи Ќосев, Чӑваш") == "Ѓорѓи Ќосев, Чӑваш"
    assert latex_to_text(r"{\CYRSHCH}{\cyru}{\cyrk}{\cyra}") == "Щука"


@given(TITLES)
def test_latex_is_safe_in_braces_and_has_no_bare_special_character(text: str) -> None:
    latex = text_to_latex(text)
    entry = parse_entry(f"@misc{{a,\n  title = {{{latex}}},\n}}")
    assert entry.fields["title"] == latex
    bare = latex.replace(r"\$", "").replace("$^{", "").replace("$_{", "").replace("}$", "")
    assert not [c for c in "%&#_$" if c in bare.replace(f"\\{c}", "")]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
@example("∃∮ℝ ŝ Ж ﬁ ǆ ͡ ≪̸")
def test_no_text_becomes_a_command_that_an_entry_may_not_hold(text: str) -> None:
    refuse_commands(parse_entry(f"@misc{{a, title = {{{text_to_latex(text)}}}}}"))
