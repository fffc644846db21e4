"""What became of an issue's form: the records that it makes or changes, and the answer to its author.

It crosses from the job that read the form, which may write nothing to the repository, to the job
that may.  The second trusts nothing that it finds: names and sizes are checked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.findings import CatalogError
from catalog.texts import SLUG
from catalog.yaml_files import MAX_BYTES

ANSWER = "answer.md"
OUTCOME = "outcome.json"
MAX_ANSWER = 60_000
"""Characters; GitHub takes no longer comment."""

MAX_TITLE = 200
"""Characters; GitHub takes few more."""

_RECORD = re.compile(rf"papers/[0-9]{{4}}/{SLUG}\.yaml")
_FORM = re.compile(r"[a-z]+(-[a-z]+)*")
_LABEL = re.compile(SLUG)
_TITLE = re.compile(rf"[A-Za-z0-9 :,_-]{{0,{MAX_TITLE}}}")


@dataclass(frozen=True)
class Outcome:
    """What became of a form.

    Attributes
    ----------
    form : its name, e.g. ``add-paper``
    answer : Markdown for its author
    files : record's path below the root -> its new text, or ``None`` where it moved away from there; no file
        where the form was refused
    domains : of these records
    title : of the pull request
    changes : Markdown for its reviewers: what is another fact than before, and from where
    """

    form: str
    answer: str
    files: Mapping[str, str | None] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    title: str = ""
    changes: str = ""

    def write(self, folder: Path) -> None:
        """Write ``outcome.json`` and ``answer.md`` into *folder*, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        body = {
            "form": self.form,
            "files": dict(self.files),
            "domains": list(self.domains),
            "title": self.title,
            "changes": self.changes,
        }
        (folder / OUTCOME).write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        (folder / ANSWER).write_text(self.answer, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Outcome:
        """What :meth:`write` wrote.

        Raises
        ------
        CatalogError : it is something else, or names a file that is not a record
        """
        try:
            body = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
            form, files, domains = body["form"], body["files"], body["domains"]
            title, changes = body["title"], str(body["changes"])[:MAX_ANSWER]
            answer = (folder / ANSWER).read_text(encoding="utf-8")[:MAX_ANSWER]
            sound = _matches(_FORM, [form]) and _matches(_TITLE, [title]) and _matches(_LABEL, domains)
            sound = sound and _are_records(files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CatalogError(f"{folder}: expected what 'catalog github form' writes; {error}") from None
        if not sound:
            raise CatalogError(
                f"{folder / OUTCOME}: expected records as papers/YEAR/ID.yaml, and nothing else"
            )
        return cls(form, answer, dict(files), tuple(domains), title, changes)


def _matches(pattern: re.Pattern[str], words: list[str]) -> bool:
    return isinstance(words, list) and all(pattern.fullmatch(word) for word in words)


def _are_records(files: Mapping[str, str | None]) -> bool:
    texts = [text for text in files.values() if text is not None]
    return _matches(_RECORD, list(files)) and all(len(text.encode()) <= MAX_BYTES for text in texts)
