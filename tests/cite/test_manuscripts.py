"""What a manuscript cites, and on which line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.cite.manuscripts import bibliography_files, mentions
from catalog.findings import CatalogError


def cited(folder: Path, text: str, name: str = "paper.tex") -> list[str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return [mention.key or f"arXiv:{mention.arxiv}" for mention in mentions(path)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (r"\cite{a}", ["a"]),
        (r"\cite{a, b,c ,}", ["a", "b", "c"]),
        (r"\citep[see][p.~3]{a} \citet*{b} \Citeauthor{c}", ["a", "b", "c"]),
        (r"\autocite[{[sic]}, p.~3][]{a}", ["a"]),
        (r"\parencite[see [1]]{a}", ["a"]),
        (r"\footcite[see \emph{Theorem~\ref{thm:{one}}}][$[0,1]$]{a} \cite[{{{[3]}}}]{b}", ["a", "b"]),
        (r"\parencite[cited in \cite[p.~3]{b}; {\citet{c}}][]{a} \cite{d}", ["a", "b", "c", "d"]),
        (r"\textcites(pre)[p. 1]{a}[p. 2]{b}{c}", ["a", "b", "c"]),
        (r"\parencites(see (among others) {1)})(and \cite{b})[p. 1]{a}{c}", ["a", "c", "b"]),
        (r"\citefield{a}{title} \footcite{b}{not a key}", ["a", "b"]),
        ("\\cite%\n[p.~3]%\n{a,\n  b}", ["a", "b"]),
        (r"\nocite{a} \nocite{*}", ["a"]),
        (r"\cite<see>[p.~2]{a} \citeA{b} and 1 < 2", ["a", "b"]),
        (r"\newcommand{\mycite}[1]{\cite{#1}} \cite{a,#2}", ["a"]),
        (r"\cite{a} \cite{a,b}", ["a", "b"]),
        (
            r"\renewcommand\citeleft{(}\renewcommand{\citeright}{)}\renewcommand\citeform[1]{[\cite{a}]}",
            ["a"],
        ),
        (r"\def\citepunct{; } \gdef \citedash{--} \let\oldcite\cite \cite{a}", ["a"]),
        (r"\DeclareCiteCommand{\mycite}[\mkbibparens]{\usebibmacro{prenote}}{}{}{} \mycite{a}", ["a"]),
        (r"\triplet \cite{a} \mycommand \cite{b} \letter\cite{c}", ["a", "b", "c"]),
        (r"\DeclareAutoCiteCommand{inline}{\parencite}{\parencites} \SetCiteCommand{\autocite}", []),
        (r"\newcommand{\mycite}[1]{\cite{#1}} \NewDocumentCommand\see{m}{\cite{#1,a}}", ["a"]),
        (
            r"\AtEveryCitekey{\clear} \AtNextCite{x} \ifciteseen{yes}{no} \newcites{sec}{More} \citesec{a}",
            ["a"],
        ),
        (r"\newcite{a} \defcitealias{b}{Paper~I} \volcite{2}[p.~3]{c}", ["a", "b", "c"]),
        (r"\bibitem[\protect\citeauthoryear{Bo}{Bo}{2020}]{x} \cite{\key} \cite{a}", ["a"]),
        (r"\citestyle{nature}\setcitestyle{square} \bibcite{x}{1}", []),
        (r"50\% of \cite{a} % and \cite{commented}", ["a"]),
        (r"\\% \cite{commented}", []),
        ("\\begin{verbatim}\n\\cite{shown}\n\\end{verbatim} \\cite{a}", ["a"]),
        (r"as in arXiv:2403.06764v2 and \url{https://arxiv.org/abs/2210.09461}", None),
        (r"\cite{arXiv:2403.06764}", ["arXiv:2403.06764"]),
        (r"\href[page=2]{https://x.org/a%20b}{in \cite{a}} and \cite{b}", ["a", "b"]),
        (r"\url{https://x.org/{a}%20b} \nolinkurl{50%} \path{a%b} \url|a%b| \cite{a}", ["a"]),
        (r"\footnote{\url{https://x.org/\cite{shown}}\cite{a}} % \url{x} \cite{commented}", ["a"]),
        (r"\verb|%\cite{shown}| \verb*+%+ \Verb!%! \lstinline[language=C]{%d} \cite{a}", ["a"]),
        (r"\mintinline[x]{c}|%d| \mintinline{c}{%d} \verbatiminput{b} the \verb in \cite{a}", ["a"]),
        (r"\path (0,0) -- (1,1) node {\cite{a}};", ["a"]),
        ("\\begin{Verbatim*}\n50%\n\\end{Verbatim*} \\cite{a}", ["a"]),
        ("\\begin{minted}{tex}\n\\end{document} 50%\n\\end{minted} \\cite{a}", ["a"]),
        ("% \\begin{verbatim}\n\\cite{a} % \\end{verbatim}\n\\cite{b}", ["a", "b"]),
        ("\\cite{a} % \\end{document}\n\\cite{b} \\end{document} \\cite{left}", ["a", "b"]),
        (
            "\\iffalse\n\\cite{left}\n\\fi\n\\cite{a}\n  \\iffalse % why\n\\cite{left}\n\\else\\cite{b}\\fi",
            ["a", "b"],
        ),
        ("\\let\\ifdraft\\iffalse \\cite{a} \\ifdraft\n\\iffalsehood \\cite{b}\\fi", ["a", "b"]),
        ("\\iffalse\n\\ifx\\a\\b \\cite{left}\\fill\\fi\n\\cite{a}\n\\fi\n\\iffalse \\cite{b}", ["a", "b"]),
        (r"\bibentry{a} \bibentryname{x} \nobibliography{b}", ["a"]),
        ("nothing", []),
    ],
)
def test_keys_in_tex(tmp_path: Path, text: str, keys: list[str] | None) -> None:
    assert cited(tmp_path, text) == (["arXiv:2403.06764", "arXiv:2210.09461"] if keys is None else keys)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("\\citation{a,b}\n\\citation{c}", ["a", "b", "c"]),
        ("\\abx@aux@cite{0}{a}\n\\abx@aux@cite{b}", ["a", "b"]),
        ("\\bibcite{x}{1}\n\\relax", []),
    ],
)
def test_keys_in_aux(tmp_path: Path, text: str, keys: list[str]) -> None:
    assert cited(tmp_path, text, "paper.aux") == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("As [@a; see @b, p. 3] and @c.", ["a", "b", "c"]),
        ("[-@a] *[@b]* (@c)", ["a", "b", "c"]),
        ("_@a says_ and __@b__ of me_@example.org", ["a", "b__"]),
        ("@{https://example.org/x} [@doi:10.1000/x.1]", ["https://example.org/x", "doi:10.1000/x.1"]),
        ("mail me@example.org or `@code`", []),
        ("```\n@code\n```\n\n<!-- @comment --> [@a]", ["a"]),
        ("```inline``` [@a]\n\n```code```", ["a"]),
        ("`` a `@code` `` [@a] ``@code`` @b `@code`` ` @c", ["a", "b", "c"]),
        ("[page](https://x.org/?by=@c) <https://x.org/?by=@c> [@a](b)", ["a"]),
        ("see https://arxiv.org/abs/2403.06764v1", ["arXiv:2403.06764"]),
        ("[its page](https://arxiv.org/abs/2403.06764)", ["arXiv:2403.06764"]),
        ("[@arXiv:2403.06764]", ["arXiv:2403.06764"]),
        ("As [@a] and\n\\citep[p. 3]{b, c} and\n@d.", ["a", "b", "c", "d"]),
        ("`\\cite{code}`\n\n```{r}\n\\cite{code}\n```\n\\cite{a}", ["a"]),
    ],
)
@pytest.mark.parametrize("name", ["paper.md", "paper.qmd", "paper.Rmd"])
def test_keys_in_markdown(tmp_path: Path, text: str, keys: list[str], name: str) -> None:
    assert cited(tmp_path, text, name) == keys


def test_files_that_quarto_includes_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "_one.qmd").write_text("@b {{< include ../paper.qmd >}}", encoding="utf-8")
    text = "@a\n\n{{< include parts/_one.qmd >}}\n\n{{< include missing.qmd >}}\n"
    assert cited(tmp_path, text, "paper.qmd") == ["a", "b"]


def test_each_key_is_told_with_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "paper.tex"
    verbatim = "\\begin{verbatim}\n%\n\\end{verbatim}"
    path.write_text(f"% \\cite{{x}}\n{verbatim}\n\n\\cite{{a,\n  b}}\n\\cite{{a}}\n", encoding="utf-8")
    assert [(mention.key, mention.line) for mention in mentions(path)] == [("a", 6), ("b", 6)]
    assert mentions(path)[0].file == str(path)


@pytest.mark.parametrize(
    "front",
    [
        "bibliography: one.bib",
        "title: x\nbibliography: [one.bib, missing.bib, two.bib]\nparams: {a: !expr b}",
        "bibliography:\n  - one.bib\n  - 'two.bib'\n...\n---",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_front_matter_of_markdown_names_bib_files(tmp_path: Path, front: str, line_end: str) -> None:
    for name in ("one.bib", "two.bib"):
        (tmp_path / name).touch()
    path = tmp_path / "paper.qmd"
    path.write_bytes(f"---\n{front}\n---\n\nbibliography: no.bib\n".replace("\n", line_end).encode())
    expected = ["one.bib", "two.bib"] if "two" in front else ["one.bib"]
    assert [file.name for file in bibliography_files(path)] == expected


@pytest.mark.parametrize("text", ["bibliography: one.bib", "---\nbibliography: [\n---\n", "---\na\n---\n"])
def test_what_is_no_front_matter_names_no_bib_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "one.bib").touch()
    path = tmp_path / "paper.md"
    path.write_text(text, encoding="utf-8")
    assert bibliography_files(path) == []


def test_a_quarto_project_names_bib_files_for_all_its_chapters(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_text("project: {type: book}\nbibliography: refs.bib\n", encoding="utf-8")
    (tmp_path / "refs.bib").touch()
    (tmp_path / "chapters").mkdir()
    path = tmp_path / "chapters" / "one.qmd"
    path.write_text("[@a]", encoding="utf-8")
    assert bibliography_files(path) == [tmp_path / "refs.bib"]


def test_files_that_are_read_in_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "intro.tex").write_text("\\cite{b}\\input{paper}", encoding="utf-8")
    assert cited(tmp_path, "\\cite{a}\\input{intro}\\include{missing}\\input{intro.tex}") == ["a", "b"]
    (tmp_path / "intro.aux").write_text("\\citation{d}", encoding="utf-8")
    assert cited(tmp_path, "\\citation{c}\\@input{intro.aux}", "paper.aux") == ["c", "d"]


@pytest.mark.parametrize(
    "read_in",
    ["\\input{sec/one}", "\\input sec/one\n", "\\InputIfFileExists{sec/one}{}{}", "\\import{sec/}{one}"],
)
@pytest.mark.parametrize(
    "deeper", ["\\input{sec/two}", "\\input{two}", "\\subimport{}{two}", "\\include{sec/two.tex}"]
)
def test_a_file_that_is_read_in_names_others_from_the_manuscript_s_folder_or_its_own(
    tmp_path: Path, read_in: str, deeper: str
) -> None:
    (tmp_path / "sec").mkdir()
    (tmp_path / "refs.bib").touch()
    (tmp_path / "sec" / "one.tex").write_text(f"\\cite{{b}}{deeper}", encoding="utf-8")
    (tmp_path / "sec" / "two.tex").write_text("\\cite{c}\\bibliography{refs}", encoding="utf-8")
    assert cited(tmp_path, f"\\cite{{a}}{read_in}") == ["a", "b", "c"]
    assert bibliography_files(tmp_path / "paper.tex") == [tmp_path / "refs.bib"]


def test_a_file_is_looked_for_in_the_manuscript_s_folder_first_unless_another_is_imported_from(
    tmp_path: Path,
) -> None:
    (tmp_path / "sec").mkdir()
    (tmp_path / "two.tex").write_text("\\cite{outer}", encoding="utf-8")
    (tmp_path / "sec" / "two.tex").write_text("\\cite{inner}", encoding="utf-8")
    (tmp_path / "sec" / "one.tex").write_text("\\input{two}", encoding="utf-8")
    assert cited(tmp_path, "\\input{sec/one}") == ["outer"]
    assert cited(tmp_path, "\\import{sec}{one}") == ["inner"]


@pytest.mark.parametrize(
    "command",
    ["bibliography{one}", "nobibliography*{one}", "bibliographysec{one,two}", "addglobalbib{one.bib}"],
)
def test_bib_files_of_tex_are_found_by_any_command_for_them(tmp_path: Path, command: str) -> None:
    (tmp_path / "one.bib").touch()
    (tmp_path / "plain.bib").touch()
    path = tmp_path / "paper.tex"
    path.write_text(f"\\bibliographystyle{{plain}}\\{command}", encoding="utf-8")
    assert bibliography_files(path) == [tmp_path / "one.bib"]


def test_an_old_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "paper.tex"
    path.write_bytes("Jürgen \\cite{a}".encode("latin-1"))
    assert [mention.key for mention in mentions(path)] == ["a"]


@pytest.mark.parametrize(
    ("name", "message"), [("paper.docx", "expected one of .tex"), ("no.tex", "No such file")]
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        mentions(tmp_path / name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.from_regex(r"[A-Za-z][\w:.+-]{0,8}", fullmatch=True), min_size=1, max_size=4),
    st.sampled_from(["cite", "citep", "Citet", "autocite", "parencite", "footcite", "nocite"]),
    st.sampled_from(["", "[p.~3]", "[see][]", "*", "*[a, b]"]),
)
def test_any_keys_in_any_command_are_found(
    tmp_path: Path, keys: list[str], command: str, option: str
) -> None:
    expected = list(dict.fromkeys(keys))
    assert cited(tmp_path, f"x \\{command}{option}{{{', '.join(keys)}}} y") == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.sampled_from(["paper.tex", "paper.aux", "paper.md", "paper.typ"]))
def test_any_text_can_be_read(tmp_path: Path, text: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", errors="replace")
    assert all(mention.line >= 1 for mention in mentions(path))
    assert bibliography_files(path) == []


COUNT = 50_000
"""At this size, reading that takes the square of the length would take minutes."""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("\\" + "cite" * COUNT, []),
        ("\\cite" + "[a]" * COUNT, []),
        ("\\cite[" * COUNT, []),
        ("\\cite(" * COUNT, []),
        ("\\cite({}" * COUNT, []),
        ("\\cite[{{" * COUNT, []),
        ("\\cite{a}" * COUNT, ["a"]),
        ("\\begin{comment}\n" * COUNT + "\\cite{a}", ["a"]),
        ("".join(f"\\verb{chr(0x4E00 + n)}" for n in range(20_000)) + "\\cite{a}", ["a"]),
        ("\\lstinline[" * COUNT, []),
        ("\\href" + " " * COUNT + "\\mintinline" + " " * COUNT + "\\cite{a}", ["a"]),
        ("\\verb|x\n" * COUNT + "\\cite{a}", ["a"]),
        ("\\iffalse\n" * COUNT + "\\cite{a}", ["a"]),
        ("\\new" * COUNT + "command" * COUNT + ". \\cite{a}", ["a"]),
        ("\\def" + " " * COUNT + "\\bibitem[" * COUNT + "\\cite{a}", ["a"]),
    ],
)
def test_tex_of_any_sort_is_read_in_a_moment(tmp_path: Path, text: str, keys: list[str]) -> None:
    assert cited(tmp_path, text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@a1 " * COUNT * 5, ["a1"]),
        ("<!--" * COUNT + "@a", ["a"]),
        ("\n".join("`" * length for length in range(1_000, 2, -1)) + "\n@a", ["a"]),
        ("~" * COUNT + "\n" + "x\n" * COUNT + "@a", ["a"]),
        ("@a" + ":" * COUNT, ["a"]),
        (" ".join("`" * length for length in range(300, 0, -1)) + " @a", ["a"]),
        ("`" * COUNT + "` `` " * COUNT + "\n@a", ["a"]),
    ],
)
def test_markdown_of_any_sort_is_read_in_a_moment(tmp_path: Path, text: str, keys: list[str]) -> None:
    assert cited(tmp_path, text, "paper.md") == keys


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tex", "\\verb|%\n\\cite{a} \\begin{comment}\n\\cite{b}"),
        ("a.md", "```\n```\n@a ~~~~ <!-- @b\n"),
    ],
)
def test_what_is_never_closed_hides_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert cited(tmp_path, text, name) == ["a", "b"]
