"""What a manuscript cites: keys and arXiv ids in .tex, .aux and Markdown files, and where they stand.

Not an interpreter of TeX: what it does not read or prints as it stands is skipped, files that are read in
are followed, and every command with "cite" in its name is a citation.  Bibliographies are
:mod:`catalog.cite.bibliographies`'s business.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from catalog.findings import CatalogError
from catalog.record import LIKE_ARXIV_ID


@dataclass(frozen=True, slots=True)
class Mention:
    """One citation in a manuscript.

    Attributes
    ----------
    key : as the author writes it; ``None`` where only the text names an arXiv id
    arxiv : the arXiv id, where only the text names it
    file, line : where it stands first
    may_be_label : whether it looks like a figure's name or the like, which Markdown refers to as it cites
    """

    key: str | None
    arxiv: str | None
    file: str
    line: int
    may_be_label: bool = False


def mentions(path: Path) -> list[Mention]:
    """Everything that the manuscript cites, each key and arXiv id once, in order.

    Raises
    ------
    CatalogError : the file is missing, no text, or of a kind that holds no citations
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise CatalogError(f"{path}: expected one of {', '.join(READERS)} or .bib, found '{path.suffix}'")
    found: dict[tuple[str | None, str | None], Mention] = {}
    for mention in reader(path, set()):
        found.setdefault((mention.key, mention.arxiv), mention)
    return list(found.values())


def bibliography_files(path: Path) -> list[Path]:
    """The .bib files that a manuscript, or a file that it reads in, names, where they exist; each once.

    Raises
    ------
    CatalogError : the manuscript is missing
    """
    reader = _BIBLIOGRAPHIES.get(path.suffix.lower())
    return list(dict.fromkeys(reader(path, set()))) if reader else []


def read_text(path: Path) -> str:
    """The file as text, also where an old editor wrote Latin-1.

    Raises
    ------
    CatalogError : it is missing or no file
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}; name a file that can be read") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


# -------------------------------------------------------------------------------------------- TeX

_OPTION = r"\[(?:[^\[\]{}]|\{[^{}]*+\}|\[[^\[\]]*+\])*+\]"
_CITATION = re.compile(
    r"\\(?=[A-Za-z]*[Cc]ite)(?P<command>[A-Za-z]++)\*?"
    rf"(?P<groups>(?:\s*+(?:{_OPTION}|\([^()]*+\)|<[^<>{{}}]*+>))*+\s*+\{{[^{{}}]*+\}}"
    rf"(?:(?:\s*+{_OPTION})*+\s*+\{{[^{{}}]*+\}})*+)"
)
_GROUP = re.compile(rf"{_OPTION}|\{{([^{{}}]*)\}}")
_NO_CITATION = frozenset(
    ["citestyle", "setcitestyle", "bibcite", "newcite", "renewcite", "citealias", "citetext", "citename"]
)
"""Commands that name styles and texts; ``\\defcitealias{key}{text}`` takes a key first, as others do."""

_BRACED = r"\{(?:[^{}]|\{[^{}]*+\})*+\}"
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
_READ_IN = re.compile(
    r"\\(?:input|include|subfile|InputIfFileExists)\s*+\{(?P<file>[^{}]+)\}"
    r"|\\input\s++(?P<bare>[^\s\\{}]+)"
    r"|\\(?:sub)?(?:import|inputfrom|includefrom)\*?\s*+\{(?P<folder>[^{}]*)\}\s*+\{(?P<there>[^{}]+)\}"
)
_BIBLIOGRAPHY = re.compile(rf"\\(?:bibliography|addbibresource)\s*+(?:{_OPTION}\s*+)?\{{([^{{}}]+)\}}")
_IN_TEXT = re.compile(
    rf"(?:arxiv\.org/(?:abs|pdf|html)/|\barXiv:\s?)(?P<id>{LIKE_ARXIV_ID})(?!\d)", re.IGNORECASE
)


def _read_tex(path: Path, seen: set[Path]) -> Iterator[Mention]:
    for file, text in _files_of_tex(path, (path.parent,), seen):
        yield from _keys_in_tex(text, file)
        yield from _arxiv_in_text(_CITATION.sub(_blank, text), file)


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
    """The file's text without comments, what is printed as it stands, and what comes after the end.

    Addresses stay, as they may name a paper, but hold no command.
    """
    return _replaced(read_text(path), _NO_TEXT, _closing_of_tex, _without_commands)


def _closing_of_tex(match: re.Match[str]) -> str | None:
    return rf"\end{{{match['environment']}}}" if match["environment"] else match["mark"]


def _without_commands(match: re.Match[str], whole: str) -> str:
    if match["escaped"]:
        return whole
    return re.sub(r"[\\{}]", " ", whole) if match["address"] else _line_ends(whole)


def _replaced(
    text: str,
    opening: re.Pattern[str],
    closing: Callable[[re.Match[str]], str | None],
    replacement: Callable[[re.Match[str], str], str],
) -> str:
    """*text* with the *replacement* of each *opening*, together with all up to its *closing* if it has one.

    A closing of one character stands in the same row.  What is never closed opens nothing; that is found out
    once for each closing, so that the time grows with the text's length.
    """
    pieces: list[str] = []
    position, missing = 0, set[str]()
    while match := opening.search(text, position):
        start, end = match.span()
        if (wanted := closing(match)) is not None:
            found = -1 if wanted in missing else text.find(wanted, end)
            if found < 0:
                missing.add(wanted)
            if found < 0 or (len(wanted) == 1 and text.find("\n", end, found) >= 0):
                pieces.append(text[position : start + 1])
                position = start + 1
                continue
            end = found + len(wanted)
        pieces += [text[position:start], replacement(match, text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


def _bibliographies_of_tex(path: Path, seen: set[Path]) -> Iterator[Path]:
    for file, text in _files_of_tex(path, (path.parent,), seen):
        named = _BIBLIOGRAPHY.findall(text)
        yield from _named(named, path)
        yield from _named(named, file)


def _named(lists: Sequence[str], path: Path) -> Iterator[Path]:
    for name in (name.strip() for names in lists for name in names.split(",")):
        file = path.parent / (name if name.endswith(".bib") else f"{name}.bib")
        if name and file.is_file():
            yield file


def _line_ends(text: str) -> str:
    """Nothing but the line ends, so that lines keep their numbers."""
    return "\n" * text.count("\n")


def _blank(match: re.Match[str]) -> str:
    return _line_ends(match[0])


def _keys_in_tex(text: str, path: Path) -> Iterator[Mention]:
    line_of = _lines(text)
    for match in _CITATION.finditer(text):
        if match["command"] in _NO_CITATION:
            continue
        groups = [group for group in _GROUP.finditer(match["groups"]) if group[1] is not None]
        # \cites{a}{b} cites in every group; \citefield{a}{title} and others only in the first.
        several = match["command"].lower().endswith("cites")
        for group in groups if several else groups[:1]:
            yield from _keys(group[1], path, line_of(match.start("groups") + group.start()))


def _keys(listed: str, path: Path, line: int) -> Iterator[Mention]:
    for key in listed.split(","):
        key = key.strip()
        # \nocite{*} means whatever the bibliography holds, and "#1" is what a command of one's own is given.
        if key and key != "*" and "#" not in key:
            yield Mention(key, None, str(path), line)


def _file_named(name: str, folders: Sequence[Path], suffix: str) -> Path | None:
    """The file that another one reads in; ``None`` where it is not there, which is TeX's business."""
    candidates = (folder / each for folder in folders for each in (name, f"{name}{suffix}"))
    return next((one for one in candidates if one.suffix == suffix and one.is_file()), None)


_AUX = re.compile(r"\\(?:citation|abx@aux@cite(?:\{\d+\})?)\{([^{}]*)\}")
_AUX_BIBLIOGRAPHY = re.compile(r"\\bibdata\{([^{}]*)\}")
_AUX_INPUT = re.compile(r"\\@input\{([^{}]+)\}")


def _read_aux(path: Path, seen: set[Path]) -> Iterator[Mention]:
    seen.add(path.resolve())
    text = read_text(path)
    line_of = _lines(text)
    for match in _AUX.finditer(text):
        yield from _keys(match[1], path, line_of(match.start()))
    for match in _AUX_INPUT.finditer(text):
        file = _file_named(match[1].strip(), (path.parent,), ".aux")
        if file and file.resolve() not in seen:
            yield from _read_aux(file, seen)


def _bibliographies_of_aux(path: Path, seen: set[Path]) -> Iterator[Path]:
    seen.add(path.resolve())
    yield from _named(_AUX_BIBLIOGRAPHY.findall(read_text(path)), path)


# --------------------------------------------------------------------------------------- Markdown

_CODE = re.compile(r"^(?P<fence>`{3,}+|~{3,}+)[^`\n]*+(?=\n)|`[^`\n]*+`|(?P<comment><!--)", re.MULTILINE)
_ADDRESS = re.compile(r"(?<=\]\()[^()\s]+|<https?://[^<>\s]*>")
_MARKDOWN_KEY = re.compile(
    r"(?<![\w@/\\.])@(?:\{(?P<braced>[^{}\s]+)\}|(?P<bare>\w+(?:[:.#$%&+?<>~/-]+\w+)*))"
)
_LABEL = re.compile(
    "(?:fig|tbl|lst|eq|sec|tip|nte|wrn|imp|cau|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg)-"  # Quarto
    "|(?:fig|tbl|lst|eq|sec):",  # pandoc-crossref
    re.IGNORECASE,
)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t\r]*$", re.DOTALL | re.MULTILINE)


def _read_markdown(path: Path, seen: set[Path]) -> Iterator[Mention]:
    text = _replaced(read_text(path), _CODE, _closing_of_markdown, lambda _, whole: _line_ends(whole))
    text = _ADDRESS.sub(lambda address: address[0].replace("@", " "), text)
    line_of = _lines(text)
    for match in _MARKDOWN_KEY.finditer(text):
        key = match["braced"] or match["bare"]
        yield Mention(key, None, str(path), line_of(match.start()), bool(_LABEL.match(key)))
    yield from _arxiv_in_text(_MARKDOWN_KEY.sub(_blank, text), path)


def _closing_of_markdown(match: re.Match[str]) -> str | None:
    return f"\n{match['fence']}" if match["fence"] else "-->" if match["comment"] else None


def _bibliographies_of_markdown(path: Path, seen: set[Path]) -> Iterator[Path]:
    """Those that its front matter names, and the configuration of the Quarto project that it is part of."""
    if front := _FRONT_MATTER.match(read_text(path)):
        yield from _named(_bibliography_in_yaml(front[1]), path)
    for folder in path.resolve().parents:
        if (project := folder / "_quarto.yml").is_file():
            yield from _named(_bibliography_in_yaml(read_text(project)), project)
            return


def _bibliography_in_yaml(text: str) -> list[str]:
    """What the field ``bibliography`` says, be it a name or a list; nothing where the text is no YAML.

    Only nodes are looked at, because authors' tools know tags that we do not.
    """
    try:
        fields = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return []
    for name, value in fields.value if isinstance(fields, yaml.MappingNode) else ():
        if name.value == "bibliography":
            listed = value.value if isinstance(value, yaml.SequenceNode) else [value]
            return [one.value for one in listed if isinstance(one, yaml.ScalarNode)]
    return []


def _arxiv_in_text(text: str, path: Path) -> Iterator[Mention]:
    line_of = _lines(text)
    for match in _IN_TEXT.finditer(text):
        yield Mention(None, match["id"], str(path), line_of(match.start()))


def _lines(text: str) -> Callable[[int], int]:
    """What tells the line, counted from 1, of a position in *text*."""
    ends = [match.start() for match in re.finditer("\n", text)]
    return lambda position: bisect_left(ends, position) + 1


READERS: Mapping[str, Callable[[Path, set[Path]], Iterator[Mention]]] = {
    ".tex": _read_tex,
    ".ltx": _read_tex,
    ".aux": _read_aux,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".qmd": _read_markdown,
}
"""The reader of each kind of manuscript, by the file's ending."""

_BIBLIOGRAPHIES: Mapping[str, Callable[[Path, set[Path]], Iterator[Path]]] = {
    ".tex": _bibliographies_of_tex,
    ".ltx": _bibliographies_of_tex,
    ".aux": _bibliographies_of_aux,
    ".md": _bibliographies_of_markdown,
    ".markdown": _bibliographies_of_markdown,
    ".qmd": _bibliographies_of_markdown,
}
"""What finds the .bib files that a manuscript names, by the file's ending."""
