"""What a Typst file cites, and which .bib files it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
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

_NO_TEXT = re.compile(
    r"(?P<address>https?://[^\s\[\]()\"'<>]++|\"[^\s\"@]++@[^\s\"]++\"|\bimport\s++\"@[^\"\n]*+\")"
    r"|\\[^\n]|//[^\n]*+|(?P<comment>/\*)|(?P<fence>`{3,}+)|``|(?P<mark>`)"
)
"""What Typst does not read as text, or how that begins, and addresses and packages, in which no @ cites."""
_CITATION = re.compile(
    r"@(?P<bare>\w(?:[\w.:-]*\w)?)"
    r"|\bcite\(\s*+(?:<(?P<label>[^<>\s]+)>|label\(\s*+\"(?P<text>[^\"\n]+)\"\s*+\))"
)
_LABEL = re.compile(
    r"(?P<before>[(,]\s*+)?(?:<(?P<given>[\w.:-]+)>|\blabel\(\s*+\"(?P<text>[^\"\n]+)\"\s*+\))"
)
"""The name of a figure or the like: behind a bracket it is used, behind a comma perhaps, else given."""
_LIKE_LABEL = re.compile(
    "(?:fig|tbl|tab|lst|eqt?|sec|ch|chap|app|alg|def|thm|lem|cor|prop)[:-]", re.IGNORECASE
)
"""How labels begin by custom, also those that packages such as i-figured make."""
_ADDRESS = re.compile(r"\w[\w-]*\.\w[\w.-]*")
"""What is behind the @ of an e-mail address."""
_INCLUDED = re.compile(r"\b(?:include|import)\s++\"([^\"\n]++)\"")
_BIBLIOGRAPHY = re.compile(r"\bbibliography\(\s*+\(?((?:\s*+\"[^\"\n]*+\"\s*+,?)++)")
_QUOTED = re.compile(r"\"([^\"]*)\"")


def _in_typst(path: Path) -> Iterator[Mention]:
    files = list(_files(path, path.parent, set()))
    labels = [label for _, text in files for label in _LABEL.finditer(text)]
    given = {label["given"] or label["text"] for label in labels if not label["before"]}
    perhaps = {label["given"] or label["text"] for label in labels if (label["before"] or "").startswith(",")}
    for file, text in files:
        line_of = lines_of(text)
        for match in _CITATION.finditer(text):
            key = match["bare"] or match["label"] or match["text"]
            mail = re.match(r"\w", text[match.start() - 1 : match.start()]) and _ADDRESS.fullmatch(key)
            if key not in given:
                doubtful = bool(mail or key in perhaps or _LIKE_LABEL.match(key))
                yield Mention(key, None, str(file), line_of(match.start()), doubtful)
        yield from arxiv_in_text(_CITATION.sub(blank, text), file)


def _files(path: Path, root: Path, seen: set[Path]) -> Iterator[tuple[Path, str]]:
    """The manuscript and the files that it includes or imports, each once, without raw text and comments."""
    seen.add(path.resolve())
    text = replaced(read_text(path), _NO_TEXT, _closing, _without_citation)
    yield path, text
    for name in _INCLUDED.findall(text):
        file = (root if name.startswith("/") else path.parent) / name.lstrip("/")
        if file.is_file() and file.resolve() not in seen:
            yield from _files(file, root, seen)


def _closing(match: re.Match[str]) -> str | None:
    return "*/" if match["comment"] else match["fence"] or match["mark"]


def _without_citation(match: re.Match[str], whole: str) -> str:
    return whole.replace("@", " ") if match["address"] else line_ends(whole)


def _bibliographies(path: Path) -> Iterator[Path]:
    for file, text in _files(path, path.parent, set()):
        for name in (name for listed in _BIBLIOGRAPHY.findall(text) for name in _QUOTED.findall(listed)):
            yield from named([name.lstrip("/")], path if name.startswith("/") else file)


TYPST = Kind(
    _in_typst,
    _bibliographies,
    "@key and #cite(<key>) outside of raw text and comments, also in files that it includes, and arXiv ids",
    reads_formulas=False,
)
