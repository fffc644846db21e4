"""Issue forms: from the Markdown that GitHub makes of a filled form back to its fields.

A form is its YAML file in ``.github/ISSUE_TEMPLATE``; there is no second list of its
fields here.  What the answers mean is :mod:`catalog.github.requests`' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog import yaml_files
from catalog.findings import CatalogError

FOLDER = Path(".github", "ISSUE_TEMPLATE")
MAX_CHARACTERS = 65_536
"""GitHub takes no longer issue."""

_NO_ANSWER = frozenset({"_No response_", "None", ""})
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class FormError(Exception):
    """The text cannot be read as the form; the message is for the person who filled it in."""


def short(text: str) -> str:
    """As much of what somebody wrote as a message repeats."""
    return text if len(text) <= 160 else f"{text[:159]}…"


@dataclass(frozen=True)
class Form:
    """An issue form.

    Attributes
    ----------
    name : the file's stem, e.g. ``add-paper``
    labels : field's id -> the heading above its answer, in the form's order
    """

    name: str
    labels: Mapping[str, str]


def load_forms(root: Path) -> list[Form]:
    """Every form of the catalogue at *root*, by name.

    Raises
    ------
    CatalogError : a form cannot be read
    """
    return [_load(path) for path in sorted((root / FOLDER).glob("*.yml")) if path.stem != "config"]


def _load(path: Path) -> Form:
    try:
        data = yaml_files.read(path)
        fields = [part for part in data["body"] if part["type"] != "markdown"]
        return Form(path.stem, {part["id"]: part["attributes"]["label"] for part in fields})
    except yaml_files.YamlError as error:
        raise error.at(path) from None
    except (KeyError, TypeError):
        raise CatalogError(
            f"{path}:1: expected an issue form: a 'body' of parts, each with type, id and attributes.label"
        ) from None


def recognise(text: str, forms: Iterable[Form]) -> Form | None:
    """The form that *text* was made from, by its first heading; ``None`` for an issue without form."""
    first = next((line.strip() for line in _lines(text) if line.strip()), "")
    return next((form for form in forms if first == f"### {next(iter(form.labels.values()), '')}"), None)


def read_answers(text: str, form: Form) -> dict[str, str]:
    """Field's id -> what was filled in; fields without an answer are left out.

    Headings inside a fenced block are part of the answer, unless the block is never closed.

    Raises
    ------
    FormError : too long, or the form's headings are not there once each and in order
    """
    if len(text) > MAX_CHARACTERS:
        raise FormError(f"The text is longer than {MAX_CHARACTERS:,} characters. Please shorten it.")
    lines, headings = _lines(text), {f"### {label}": key for key, label in form.labels.items()}
    sections = _sections(lines, headings)
    if _keys(sections) != list(form.labels):
        without_fences = _sections(lines, headings, fences=False)
        if _keys(without_fences) != list(form.labels):
            raise FormError(_wrong_headings(_keys(sections), form))
        sections = without_fences
    answers = {key: _answer(rows) for key, rows in sections}
    return {key: answer for key, answer in answers.items() if answer not in _NO_ANSWER}


def _lines(text: str) -> Sequence[str]:
    # Not str.splitlines: that also breaks at characters that a browser shows inside a line.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _keys(sections: Iterable[tuple[str, object]]) -> list[str]:
    return [key for key, _ in sections]


def _sections(
    lines: Iterable[str], headings: Mapping[str, str], *, fences: bool = True
) -> list[tuple[str, list[str]]]:
    sections: list[tuple[str, list[str]]] = []
    fence = ""
    for line in lines:
        key = None if fence else headings.get(line.rstrip())
        fence = _fence_after(line, fence) if fences else ""
        if key is not None:
            sections.append((key, []))
        elif sections:
            sections[-1][1].append(line)
    return sections


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after *line*: closed by the same mark, at least as long, alone on its line."""
    match = _FENCE.match(line)
    if not match:
        return fence
    if not fence:
        return match[1]
    closes = match[1].startswith(fence) and line.strip() == match[1]
    return "" if closes else fence


def _answer(lines: Sequence[str]) -> str:
    """The answer without the fence around what is meant as code, GitHub's or its author's own."""
    answer = "\n".join(lines).strip()
    rows = answer.split("\n")
    fence = _FENCE.match(rows[0])
    if fence and len(rows) > 1:
        return "\n".join(rows[1 : -1 if rows[-1].strip() == fence[1] else None]).strip()
    return answer


def _wrong_headings(found: Sequence[str], form: Form) -> str:
    missing = [form.labels[key] for key in form.labels if key not in found]
    twice = [form.labels[key] for key in form.labels if found.count(key) > 1]
    if missing:
        problem = f"The heading '### {missing[0]}' is missing"
    elif twice:
        problem = f"The heading '### {twice[0]}' is there twice"
    else:
        problem = "The headings of the form are in another order"
    return (
        f"{problem}. Please leave the form's headings as they are and change only what is below them, "
        "or open a new issue with the form."
    )
