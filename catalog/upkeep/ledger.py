"""The verdicts on links, kept on disk as they come.

One JSON object a line, added to the end: whoever is interrupted, even killed,
loses the line that was being written and no other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType

from catalog.replacing import replaced
from catalog.upkeep.answers import Answer, Verdict

KEPT_FOR = timedelta(days=7)
"""An older verdict is not taken over by a run that is resumed."""


class Ledger:
    """The file of one catalogue's verdicts, open for writing while links are asked.

    Parameters
    ----------
    resume : go on where the last run stopped; otherwise it is forgotten
    today : the day that new verdicts bear
    """

    def __init__(self, path: Path, *, resume: bool, today: date) -> None:
        self._path, self._today = path, today
        self.known: Mapping[str, Answer] = read(path, since=today - KEPT_FOR) if resume else {}

    def __enter__(self) -> Ledger:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(self._path) as stream:
            stream.writelines(self._line(answer).encode() for answer in self.known.values())
        self._file = self._path.open("a", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, answer: Answer) -> None:
        """Keep *answer*."""
        self._file.write(self._line(answer))
        self._file.flush()

    def _line(self, answer: Answer) -> str:
        return json.dumps({**asdict(answer), "checked": self._today.isoformat()}) + "\n"


def read(path: Path, since: date) -> dict[str, Answer]:
    """Links that were found alive or moved on or after *since*; what cannot be read is left out.

    The others are to be asked again: a network that is away for a moment looks the same.
    """
    answers: dict[str, Answer] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return answers
    for line in lines:
        # A line may be cut short, or of another version of this program.
        with suppress(ValueError, TypeError, KeyError):
            row = json.loads(line)
            checked = date.fromisoformat(row["checked"])
            answer = Answer(row["url"], Verdict(row["verdict"]), row["reason"], row["new"])
            answers.pop(answer.url, None)
            if checked >= since and answer.verdict in (Verdict.ALIVE, Verdict.MOVED):
                answers[answer.url] = answer
    return answers
