"""What became of every row of a list: the report that an import prints and keeps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from catalog.counting import numeral
from catalog.draft import RECORD, Conflict
from catalog.importers.reading import Note
from catalog.record import IDENTIFIERS

_TERM = "where it is a term, add it to that term's aliases in papers/vocabulary/ before importing"
_ADVICE = {
    "unknown-heading": "the papers under it get no term from it; where it is one, of any field, add it to "
    "the aliases of that term alone in papers/vocabulary/ before importing",
    "unknown-tag": _TERM,
    "unknown-venue": "add the venue to papers/vocabulary/venues.yaml, or these words to the aliases of one, "
    "and import again",
    "unknown-link": "where it leads to the paper, its code or its page, add it to the record",
}
"""What to do about a kind of note, where that does not go without saying."""

Outcome = Literal["taken", "merged", "refused"]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row of the list: ``taken`` as a new record, ``merged`` into one, or ``refused`` with the reason."""

    source: str
    file: str
    line: int
    title: str
    outcome: Outcome
    record: str | None = None
    reason: str | None = None

    def as_text(self) -> str:
        """``taken as fastv``, ``merged into fastv`` or ``refused: no title could be read``."""
        if self.outcome == "refused":
            return f"refused: {self.reason}"
        return f"{'taken as' if self.outcome == 'taken' else 'merged into'} {self.record}"


@dataclass
class Report:
    """The outcome of an import.

    Attributes
    ----------
    rows : one for every entry of the list, in its order
    conflicts : (record's id, what contradicted) of every disagreement
    misled : (record's id, sentence) of every identifier or link that leads to another paper
    notes : repairs, unknown tags and venues, unusable links
    changed : paths of the records that were written, or would be in a dry run
    """

    rows: list[RowOutcome] = field(default_factory=list)
    conflicts: list[tuple[str, Conflict]] = field(default_factory=list)
    misled: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, int]:
        """Entries in all, and how many were taken, merged and refused; the three add up to the first."""
        counts = Counter(row.outcome for row in self.rows)
        return {"entries": len(self.rows)} | {name: counts[name] for name in ("taken", "merged", "refused")}

    def of(self, source: str) -> Report:
        """The rows of one list alone."""
        return Report(rows=[row for row in self.rows if row.source == source])

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "totals": self.totals,
            "rows": [
                {
                    "list": row.source,
                    "file": row.file,
                    "line": row.line,
                    "title": row.title,
                    "outcome": row.outcome,
                    "record": row.record,
                    "reason": row.reason,
                }
                for row in self.rows
            ],
            "conflicts": [_conflict(record, conflict) for record, conflict in self.conflicts],
            "misled": [{"record": record, "text": text} for record, text in self.misled],
            "notes": [{"kind": n.kind, "place": n.place, "text": n.text} for n in self.notes],
            "changed": self.changed,
        }

    def as_json(self) -> str:
        """One object, with each row, conflict and note on a line of its own, so that changes diff well."""
        parts = []
        for name, value in self.as_dict().items():
            if isinstance(value, list) and value:
                items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in value)
                parts.append(f"{json.dumps(name)}: [\n{items}\n]")
            else:
                parts.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
        return "{\n" + ",\n".join(parts) + "\n}\n"

    def tables(self, rows: bool = True) -> Iterable[Table]:
        """The report as tables: rows, refusals, totals by list, conflicts, links not taken, doubts.

        Conflicts are those that nothing decides, and those with a record, which stays as it is; but not
        wordings of titles, of which there are several for most papers.

        Parameters
        ----------
        rows : with every row, not only one for each reason of refusal
        """
        if rows and any(row.outcome != "refused" for row in self.rows):
            yield self._row_table()
        if refused := [row for row in self.rows if row.outcome == "refused"]:
            yield _refused_table(refused, rows)
        yield self._total_table()
        undecided = [(record, c) for record, c in self.conflicts if not c.because]
        if undecided:
            yield _conflict_table(undecided)
        against = [(r, c) for r, c in self.conflicts if c.because == RECORD and c.field != "title"]
        if against:
            yield _table_against_records(against)
        if self.misled:
            yield _misled_table(self.misled)
        others = [note for note in self.notes if note.kind != "repaired"]
        if others:
            yield _note_table(others)

    def print(self, console: Console, rows: bool = True) -> None:
        """Print :meth:`tables`, and what to do about what was not understood."""
        for table in self.tables(rows):
            console.print(table)
        kinds = {note.kind for note in self.notes}
        for kind, advice in _ADVICE.items():
            if kind in kinds:
                console.print(f"{kind}: {advice}", soft_wrap=True)

    def _row_table(self) -> Table:
        table = Table("row", "title", "outcome", title="Rows")
        for row in self.rows:
            if row.outcome != "refused":
                table.add_row(f"{escape(row.file)}:{row.line}", escape(row.title), escape(row.as_text()))
        return table

    def _total_table(self) -> Table:
        table = Table("list", "entries", "taken", "merged", "refused", title="Totals")
        for source in dict.fromkeys(row.source for row in self.rows):
            table.add_row(source, *map(numeral, self.of(source).totals.values()))
        table.add_row("all", *map(numeral, self.totals.values()))
        return table


def _refused_table(refused: Sequence[RowOutcome], every: bool) -> Table:
    """The rows under the reason for which they were refused, that of the most rows first."""
    reasons: dict[str, list[RowOutcome]] = {}
    for row in refused:
        reasons.setdefault(row.reason or "", []).append(row)
    table = Table("reason", "times", "row", "title", title="Refused rows")
    for reason, rows in sorted(reasons.items(), key=lambda item: -len(item[1])):
        first = (escape(reason), numeral(len(rows)))
        for row in rows if every else rows[:1]:
            table.add_row(*first, f"{escape(row.file)}:{row.line}", escape(row.title))
            first = ("", "")
        table.add_section()
    return table


def _conflict(record: str, conflict: Conflict) -> dict[str, Any]:
    return {
        "record": record,
        "field": conflict.field,
        "claims": [{"value": c.value, "source": c.source, "place": c.place} for c in conflict.claims],
        "taken": conflict.taken,
        "because": conflict.because or None,
    }


def _conflict_table(conflicts: Sequence[tuple[str, Conflict]]) -> Table:
    table = Table("record", "field", "claims", "taken", title="Disagreements that nothing decides")
    for record, conflict in conflicts:
        claims = "; ".join(dict.fromkeys(f"{c.value} ({c.source})" for c in conflict.claims))
        table.add_row(record, conflict.field, escape(claims), escape(str(conflict.taken)))
    return table


def _table_against_records(conflicts: Sequence[tuple[str, Conflict]]) -> Table:
    whole = [Column(name, overflow="fold") for name in ("it has", "the list says")]
    table = Table("record", "field", *whole, "row", title="Other than the record, which stays as it is")
    for record, conflict in conflicts:
        known = [claim for claim in conflict.claims if claim.source == RECORD]
        for claim in sorted(set(conflict.claims) - set(known), key=lambda claim: claim.rank):
            cells = (", ".join(str(each.value) for each in known), str(claim.value), claim.place)
            table.add_row(record, IDENTIFIERS.get(conflict.field, conflict.field), *map(escape, cells))
    return table


def _misled_table(misled: Sequence[tuple[str, str]]) -> Table:
    table = Table("record", "what is wrong", title="Identifiers and links that were not taken")
    for record, text in misled:
        table.add_row(record, escape(text))
    return table


def _note_table(notes: Sequence[Note]) -> Table:
    table = Table("what", "times", "first at", "text", title="Not understood, or doubtful")
    for (kind, text), places in sorted(_by_text(notes).items()):
        table.add_row(kind, numeral(len(places)), escape(places[0]), escape(text))
    return table


def _by_text(notes: Sequence[Note]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        found.setdefault((note.kind, note.text), []).append(note.place)
    return found
