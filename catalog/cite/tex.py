"""What a .tex or .aux file cites, and which .bib files it names.

Not an interpreter of TeX: what it does not read or prints as it stands is skipped, files that are read in
are followed, and every command with "cite" in its name is a citation, as is bibentry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from catalog.cite.reading import (
    Kind,
    Mention,
    arxiv_in_text,
    blank,
    line_ends,
    lines_of,
    named,
    read_text,
    replaced,
)

_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}"
_OPTION = rf"\[(?:[^\[\]{{}}]|{_BRACED}|\[[^\[\]]*+\])*+\]"
_NOTE = rf"\((?:[^(){{}}]|{_BRACED}|\([^()]*+\))*+\)"
CITATION = re.compile(
    r"\\(?=[A-Za-z]*[Cc]ite|bibentry)(?P<command>[A-Za-z]++)\*?"
    rf"(?P<groups>(?:\s*+(?:{_OPTION}|{_NOTE}|<[^<>{{}}]*+>))*+\s*+\{{[^{{}}]*+\}}"
    rf"(?:(?:\s*+{_OPTION})*+\s*+\{{[^{{}}]*+\}})*+)"
)
_GROUP = re.compile(rf"{_OPTION}|{_NOTE}|\{{([^{{}}]*)\}}")
_NO_CITATION = re.compile(
    "(?:Declare|Set|set|At(?:Every|Next)|if).*|newcites|bib(?:cite|entry.+)|cite(?:style|alias|text|name)"
)
"""Commands that set up citations or name styles, texts and papers in lists.  ACL's ``\\newcite`` cites, and
so does ``\\defcitealias{key}{text}``."""
_NAMES = re.compile(
    # What is defined: \newcommand{\mycite}, \def\citepunct, \DeclareCiteCommand*{\mycite} and so on.
    r"\\(?:(?:(?:re)?new|provide|(?:Ren|N)ew|Provide|Declare|Set)[A-Za-z]*(?:[Cc]ommand|cmd)|[egx]?def|let)\*?\s*+\{?\s*+\\[A-Za-z@]++"
    # What an entry of a list is called: \bibitem[\protect\citeauthoryear{Vaswani et al.}{2017}]{key}.
    rf"|\\bibitem\s*+{_OPTION}"
)
"""Names of commands and entries, which cite nothing where they are given."""

_VERBATIM = r"(?:[BL]?V|v)erbatim\*?|lstlisting|minted|comment|filecontents\*?"
_INLINE = rf"[Vv]erb\*?|lstinline|mintinline\s*+(?:{_OPTION}\s*+)?\{{[^{{}}]*+\}}"
_NO_TEXT = re.compile(
    r"(?P<escaped>\\[^A-Za-z])"
    r"|%[^\n]*+"
    rf"|\\begin\s*+\{{(?P<environment>{_VERBATIM})\}}"
    rf"|\\(?:{_INLINE})\s*+(?:{_OPTION})?(?:{_BRACED}|(?P<mark>[^A-Za-z\s*{{}}]))"
    rf"|(?P<address>\\(?:url|nolinkurl|path|href\s*+(?:{_OPTION})?)\s*+(?:{_BRACED}|(?P<bar>[|!])[^\n]*?(?P=bar)))"
    r"|\\end\s*+\{document\}.*",
    re.DOTALL,
)
"""What TeX does not read as text, or how that begins; what begins first decides what the others mean."""
_CONDITION = re.compile(
    # Elsewhere in a row \iffalse is the value of a switch, as in \let\ifdraft\iffalse.
    r"(?P<false>^[ \t]*+\\iffalse)(?![A-Za-z@])|\\(?:else|fi)(?![A-Za-z@])",
    re.MULTILINE,
)
_READ_IN = re.compile(
    r"\\(?:input|include|subfile|InputIfFileExists)\s*+\{(?P<file>[^{}]+)\}"
    r"|\\input\s++(?P<bare>[^\s\\{}]+)"
    r"|\\(?:sub)?(?:import|inputfrom|includefrom)\*?\s*+\{(?P<folder>[^{}]*)\}\s*+\{(?P<there>[^{}]+)\}"
)
_BIBLIOGRAPHY = re.compile(
    r"\\(?:(?:no)?bibliography(?!style)[a-z]*+|add(?:bibresource|globalbib|sectionbib))\*?\s*+"
    rf"(?:{_OPTION}\s*+)?\{{([^{{}}]+)\}}"
)

_BIBTEX = re.compile(r"\\(?:no)?bibliography(?:style)?\*?\s*+\{")


def _in_tex(path: Path) -> Iterator[Mention]:
    for file, text in _files_of_tex(path, (path.parent,), set()):
        yield from keys_in_tex(text, file)
        yield from arxiv_in_text(CITATION.sub(blank, text), file)


def _files_of_tex(path: Path, folders: Sequence[Path], seen: set[Path]) -> Iterator[tuple[Path, str]]:
    """The manuscript and the files that it reads in, each once, with what TeX reads of it as text.

    Parameters
    ----------
    folders : where TeX looks for the files: in the manuscript's, wherever the file that names them lies,
        and before that in those that it is told to import from
    """
    seen.add(path.resolve())
    text = _tex_in(path)
    yield path, text
    for match in _READ_IN.finditer(text):
        around = (*folders, path.parent)
        if match["there"]:
            around = (*(folder / match["folder"].strip() for folder in around), *around)
        name = (match["file"] or match["bare"] or match["there"]).strip()
        file = _file_named(name, around, ".tex")
        if file and file.resolve() not in seen:
            yield from _files_of_tex(file, (file.parent, *folders) if match["there"] else folders, seen)


def _tex_in(path: Path) -> str:
    r"""The file's text without comments, \iffalse, what is printed as it stands, and what is behind the end.

    Addresses stay, as they may name a paper, but hold no command.
    """
    return _without_false(replaced(read_text(path), _NO_TEXT, _closing_of_tex, _without_commands))


def _closing_of_tex(match: re.Match[str]) -> str | None:
    return rf"\end{{{match['environment']}}}" if match["environment"] else match["mark"]


def _without_commands(match: re.Match[str], whole: str) -> str:
    if match["escaped"]:
        return whole
    return re.sub(r"[\\{}]", " ", whole) if match["address"] else line_ends(whole)


def _without_false(text: str) -> str:
    r"""*text* without what a row of \iffalse begins; what is never ended hides nothing.

    It goes to the first \else or \fi, although conditions inside may have these, too: to read too much adds
    an entry, to read too little loses one.
    """
    pieces, position, begun = [], 0, None
    for match in _CONDITION.finditer(text):
        if match["false"]:
            begun = match.start() if begun is None else begun
        elif begun is not None:
            pieces += [text[position:begun], line_ends(text[begun : match.end()])]
            position, begun = match.end(), None
    return "".join([*pieces, text[position:]])


def _bibliographies_of_tex(path: Path) -> Iterator[Path]:
    for file, text in _files_of_tex(path, (path.parent,), set()):
        lists = _BIBLIOGRAPHY.findall(text)
        yield from named(lists, path)
        yield from named(lists, file)


def _has_bibtex(path: Path) -> bool:
    """Whether BibTeX makes the bibliography, for which a key is the same in capitals, and not biber."""
    texts = [text for _, text in _files_of_tex(path, (path.parent,), set())]
    return any(map(_BIBTEX.search, texts)) and not any("biblatex" in text for text in texts)


def keys_in_tex(text: str, path: Path) -> Iterator[Mention]:
    """What the commands in *text*, of the file at *path*, cite."""
    text = _NAMES.sub(blank, text)
    line_of = lines_of(text)
    for match in _citations(text, 0, len(text)):
        if _NO_CITATION.fullmatch(match["command"]):
            continue
        groups = [group for group in _GROUP.finditer(match["groups"]) if group[1] is not None]
        for group in _groups_of_keys(match["command"].lower(), groups):
            yield from _keys(group[1], path, line_of(match.start("groups") + group.start()))


def _citations(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The commands that cite between *start* and *end*, in order, also in the notes of others."""
    for match in CITATION.finditer(text, start, end):
        yield match
        yield from _citations(text, *match.span("groups"))


def _groups_of_keys(command: str, groups: list[re.Match[str]]) -> list[re.Match[str]]:
    r"""\cites{a}{b} cites in every group, \volcite{2}{a} in the second, \citefield{a}{title} in the first."""
    if command.endswith("cites"):
        return groups
    return groups[1:2] if command.endswith("volcite") else groups[:1]


def _keys(listed: str, path: Path, line: int) -> Iterator[Mention]:
    for key in listed.split(","):
        key = key.strip()
        # \nocite{*} means whatever the bibliography holds, "#1" is what a command of one's own is given, and
        # "\key" and "; " are no keys but what other commands take.
        if re.search(r"\w", key) and not re.search(r"[#\\]", key):
            yield Mention(key, None, str(path), line)


def _file_named(name: str, folders: Sequence[Path], suffix: str) -> Path | None:
    """The file that another one reads in; ``None`` where it is not there, which is TeX's business."""
    candidates = (folder / each for folder in folders for each in (name, f"{name}{suffix}"))
    return next((one for one in candidates if one.suffix == suffix and one.is_file()), None)


_AUX = re.compile(r"\\(?:citation|abx@aux@cite(?:\{\d+\})?)\{([^{}]*)\}")
_AUX_BIBLIOGRAPHY = re.compile(r"\\bibdata\{([^{}]*)\}")
_AUX_INPUT = re.compile(r"\\@input\{([^{}]+)\}")


def _in_aux(path: Path) -> Iterator[Mention]:
    for file, text in _files_of_aux(path, set()):
        line_of = lines_of(text)
        for match in _AUX.finditer(text):
            yield from _keys(match[1], file, line_of(match.start()))


def _files_of_aux(path: Path, seen: set[Path]) -> Iterator[tuple[Path, str]]:
    """The file and those that it reads in, each once, with their text."""
    seen.add(path.resolve())
    text = read_text(path)
    yield path, text
    for match in _AUX_INPUT.finditer(text):
        file = _file_named(match[1].strip(), (path.parent,), ".aux")
        if file and file.resolve() not in seen:
            yield from _files_of_aux(file, seen)


def _bibliographies_of_aux(path: Path) -> Iterator[Path]:
    yield from named(_AUX_BIBLIOGRAPHY.findall(read_text(path)), path)


TEX = Kind(
    _in_tex,
    _bibliographies_of_tex,
    r"\cite{key} and other commands with 'cite' in their name, also in files that it reads in, and arXiv ids",
    ignores_case=_has_bibtex,
)
AUX = Kind(
    _in_aux,
    _bibliographies_of_aux,
    r"\citation{key}, which LaTeX writes for each \cite{key}",
    ignores_case=lambda path: _AUX_BIBLIOGRAPHY.search(read_text(path)) is not None,
)
