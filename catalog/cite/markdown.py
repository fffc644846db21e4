"""What a Markdown file cites, as Pandoc, Quarto and R Markdown read it, and which .bib files it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

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
from catalog.cite.tex import CITATION, keys_in_tex

_CODE = re.compile(
    r"^(?P<fence>`{3,}+|~{3,}+)[^`\n]*+(?=\n)"
    r"|(?<!`)(?P<ticks>`++)[^\n]*?(?<!`)(?P=ticks)(?!`)"
    r"|(?P<comment><!--)",
    re.MULTILINE,
)
_ADDRESS = re.compile(r"(?<=\]\()[^()\s]+|<https?://[^<>\s]*>")
_KEY = re.compile(
    r"(?<![^\W_]|[@/\\.])(?<![^\W_]_)@(?:\{(?P<braced>[^{}\s]+)\}|(?P<bare>\w+(?:[:.#$%&+?<>~/-]+\w+)*))"
)
_LABEL = re.compile(
    "(?:fig|tbl|lst|eq|sec|tip|nte|wrn|imp|cau|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg)-"  # Quarto
    "|(?:fig|tbl|lst|eq|sec):",  # pandoc-crossref
    re.IGNORECASE,
)
_INCLUDED = re.compile(r"\{\{<\s*+include\s++[\"']?([^\s\"'<>]++)[\"']?\s*+>\}\}")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t\r]*$", re.DOTALL | re.MULTILINE)


def _in_markdown(path: Path) -> Iterator[Mention]:
    for file, text in _files(path, set()):
        beside = CITATION.sub(blank, text)
        keys = [*keys_in_tex(text, file), *_keys(beside, file)]
        yield from sorted(keys, key=lambda mention: mention.line)
        yield from arxiv_in_text(_KEY.sub(blank, beside), file)


def _files(path: Path, seen: set[Path]) -> Iterator[tuple[Path, str]]:
    """The manuscript and the files that Quarto includes, each once, without code and comments."""
    seen.add(path.resolve())
    text = replaced(read_text(path), _CODE, _closing, lambda _, whole: line_ends(whole))
    yield path, text
    for match in _INCLUDED.finditer(text):
        file = path.parent / match[1]
        if file.is_file() and file.resolve() not in seen:
            yield from _files(file, seen)


def _keys(text: str, path: Path) -> Iterator[Mention]:
    text = _ADDRESS.sub(lambda address: address[0].replace("@", " "), text)
    line_of = lines_of(text)
    for match in _KEY.finditer(text):
        key = match["braced"] or match["bare"]
        yield Mention(key, None, str(path), line_of(match.start()), bool(_LABEL.match(key)))


def _closing(match: re.Match[str]) -> str | None:
    return f"\n{match['fence']}" if match["fence"] else "-->" if match["comment"] else None


def _bibliographies(path: Path) -> Iterator[Path]:
    """Those that its front matter names, and the configuration of the Quarto project that it is part of."""
    if front := _FRONT_MATTER.match(read_text(path)):
        yield from named(_bibliography_in_yaml(front[1]), path)
    for folder in path.resolve().parents:
        if (project := folder / "_quarto.yml").is_file():
            yield from named(_bibliography_in_yaml(read_text(project)), project)
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


MARKDOWN = Kind(
    _in_markdown,
    _bibliographies,
    r"@key, [@key] and \cite{key} outside of code and comments, and arXiv ids",
)
