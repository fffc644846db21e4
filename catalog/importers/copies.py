"""Whether a file is a copy of a published list: by its title, or by what the folder is called."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.draft import plain_words
from catalog.importers import mojibake
from catalog.vocabulary import PublishedList, fold

_TITLE = re.compile(r"^#[ \t]+(.+)|<h1[^>]*>([\s\S]+?)</h1>", re.MULTILINE | re.IGNORECASE)
_MARKUP = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|<[^<>]*>|https?://\S+")
_BEGINNING = 4000


def is_copy_of(term: PublishedList, path: Path) -> bool:
    """Whether the file, or the folder's front page, is titled as the list is, or lies where it was cloned."""
    names = {plain_words(name) for name in (term.key, term.label, *term.aliases)}
    repository = fold((term.url or "").rstrip("/").rpartition("/")[2])
    folder = path if path.is_dir() else path.parent
    if repository and fold(folder.resolve().name) in (repository, fold(term.key)):
        return True
    title = plain_words(_title(path / "README.md" if path.is_dir() else path))
    return any(title == name or title.startswith(f"{name} ") for name in names)


def _title(page: Path) -> str:
    if not page.is_file():
        return ""
    text = mojibake.repair(page.read_bytes().decode("utf-8-sig", errors="replace")[:_BEGINNING])
    found = _TITLE.search(text)
    return _MARKUP.sub(r"\1", next(filter(None, found.groups()), "")) if found else ""
