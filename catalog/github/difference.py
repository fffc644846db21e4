"""What a form changed in a record, for its author and reviewers: each fact before and now, with its source.

The values are a stranger's text; the Markdown shows it and never obeys it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.provenance import IN_PARTS
from catalog.record import LAYOUT
from catalog.templating import markdown_code, markdown_link, markdown_text
from catalog.values import check_link
from catalog.wording import Labels

LONGEST = 400
"""Characters of one value that are shown; all of them stand in the record."""
LONGEST_ENTRY = 10_000
"""The same of a BibTeX entry."""

_NO_FACTS = ("bibtex", "provenance")


@dataclass(frozen=True)
class Fact:
    """A fact whose value or source is another one than before; ``None`` where there was none or is none.

    Of a fact that is none now, the record has no source: what stands for its neighbours says nothing of it.
    """

    name: str
    before: Any
    now: Any
    source: str | None


def changed_facts(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Fact]:
    """The facts that differ between two versions of a record's data, in the record's order."""
    old, new = _facts(before), _facts(now)
    return [
        Fact(path[-1], old.get(path), new.get(path), _source(now, path) if path in new else None)
        for path in sorted(dict.fromkeys([*old, *new]), key=lambda path: LAYOUT.rank(path[0]))
        if (old.get(path), _source(before, path)) != (new.get(path), _source(now, path))
    ]


def as_markdown(
    before: Mapping[str, Any], now: Mapping[str, Any], labels: Labels, given: str | None = None
) -> str:
    """A table of the facts that differ, and below it how the BibTeX entry changed.

    Of a new record, whose data *before* are empty, the table has no column for what was there.

    Parameters
    ----------
    given : the source that the form names, which no record keeps of a fact that is none now
    """
    head = ["Field", *(["Before", "Now"] if before else ["Value"]), "Source"]
    rows = [
        [
            markdown_text(labels.said(fact.name)),
            *([_shown(fact.before)] if before else []),
            _shown(fact.now),
            _shown(given if fact.now is None else fact.source),
        ]
        for fact in changed_facts(before, now)
    ]
    table = [_row(cells) for cells in (head, ["---"] * len(head), *rows)] if rows else []
    return "\n\n".join(["\n".join(table), *_entry(before.get("bibtex"), now.get("bibtex"))]).strip()


def folded(summary: str, body: str) -> str:
    """Markdown that shows *summary* and, when it is opened, *body*."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _facts(data: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Path -> value of each fact that is known."""
    facts: dict[tuple[str, ...], Any] = {}
    for name, value in data.items():
        if name in IN_PARTS:
            facts |= {(name, inner): each for inner, each in (value or {}).items()}
        elif name not in _NO_FACTS:
            facts[name,] = value
    return {path: value for path, value in facts.items() if value is not None}


def _source(data: Mapping[str, Any], path: tuple[str, ...]) -> str | None:
    """Where the fact at *path* comes from: by its own name, by its path, or by that of its field."""
    sources = data.get("provenance") or {}
    return next((sources[name] for name in (path[-1], ".".join(path), path[0]) if name in sources), None)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    values = value if isinstance(value, list) else [value]
    texts = [each if isinstance(each, str) else str(each).lower() for each in values]
    if texts and sum(map(len, texts)) <= LONGEST:
        return ", ".join(map(_linked, texts))
    text = ", ".join(texts) or "none"
    return markdown_text(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def _linked(text: str) -> str:
    """*text* as Markdown; an address, which reviewers want to look at, as a link."""
    try:
        return f"[{markdown_text(text)}]({markdown_link(check_link(text))})"
    except ValueError:
        return markdown_text(text)


def _entry(before: str | None, now: str | None) -> Iterator[str]:
    """The BibTeX entry, or where it was another one, the lines that differ among the others."""
    if before == now:
        return
    lines = difflib.unified_diff((before or "").splitlines(), (now or "").splitlines(), n=1_000, lineterm="")
    shown = "\n".join([*lines][3:]) if before else now or ""
    yield folded("BibTeX", markdown_code(shown[:LONGEST_ENTRY], "diff" if before else "bibtex"))
