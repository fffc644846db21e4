"""The verdicts on links for people and programs: text, JSON, and Markdown for an issue.

Links and reasons hold text from strangers; the Markdown shows it and never obeys it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from catalog.catalogue import Catalogue
from catalog.counting import counted
from catalog.findings import Path as FieldPath
from catalog.templating import markdown_link, markdown_text
from catalog.upkeep.answers import Answer, Verdict
from catalog.upkeep.issue_text import cut
from catalog.upkeep.links import LinkReport

_TO_DO = {
    Verdict.DEAD: "Look for the page's new place, or delete the link.",
    Verdict.MOVED: "`catalog links --fix` writes the new places into the records.",
    Verdict.UNCLEAR: "Nothing to do, unless a link stays here for weeks: then open it in a browser.",
}
"""What a maintainer does about each verdict that is shown."""


def as_text(report: LinkReport, catalogue: Catalogue) -> str:
    """A line for every link that is not alive, as ``file:line: verdict: link: reason``."""
    lines = []
    for verdict in _TO_DO:
        for answer in report.of(verdict):
            for file, line, _ in _places(answer, report, catalogue):
                lines.append(f"{file}:{line}: {verdict}: {answer.url}: {answer.reason}\n")
    return "".join(lines)


def as_json(report: LinkReport, catalogue: Catalogue) -> str:
    """Every place of every link: ``{file, line, paper, field, link, verdict, reason, new}``."""
    rows = []
    for answer in report.answers:
        for place, (file, line, field) in zip(
            report.places[answer.url], _places(answer, report, catalogue), strict=True
        ):
            rows.append(
                {
                    "file": file,
                    "line": line,
                    "paper": place.paper,
                    "field": field,
                    "link": answer.url,
                    "verdict": answer.verdict.value,
                    "reason": answer.reason,
                    "new": answer.new,
                }
            )
    return json.dumps(rows, indent=2, ensure_ascii=False)


def as_markdown(report: LinkReport, catalogue: Catalogue) -> str:
    """An issue's text: what to do first, then what nobody can say; cut where a forge would refuse it."""
    shown = [verdict for verdict in _TO_DO if report.of(verdict)]
    lines = [_summary(report), ""]
    for verdict in shown:
        answers = report.of(verdict)
        lines += [f"## {verdict.capitalize()}: {len(answers):,}", "", _TO_DO[verdict], ""]
        lines += [*_rows(answers, report, catalogue), ""]
    return cut(lines, "catalog links")


def _summary(report: LinkReport) -> str:
    counts = ", ".join(f"{len(report.of(verdict)):,} {verdict}" for verdict in Verdict)
    if report.needs_a_look:
        state = "Some links need a look"
    else:
        state = "All is well" if report.all_well else "Nothing was learned, as no server gave a clear answer"
    return f"{state}: of {counted(len(report.answers), 'link')}, {counts}."


def _rows(answers: Sequence[Answer], report: LinkReport, catalogue: Catalogue) -> Iterator[str]:
    for answer in answers:
        records = ", ".join(
            f"{markdown_text(place.paper)} ({markdown_text(field)})"
            for place, (_, _, field) in zip(
                report.places[answer.url], _places(answer, report, catalogue), strict=True
            )
        )
        link = f"[{markdown_text(answer.url)}]({markdown_link(answer.url)})"
        reason = markdown_text(answer.reason)
        yield f"- {records}: {link}, {reason}"


def _places(answer: Answer, report: LinkReport, catalogue: Catalogue) -> Iterator[tuple[str, int, str]]:
    """File, line and field of each place of a link."""
    for place in report.places[answer.url]:
        if answer.verdict is Verdict.ALIVE:
            file, line = catalogue.files[place.paper], 1
        else:
            file, line, _ = catalogue.place(catalogue[place.paper], place.path)
        yield file, line, _name(place.path)


def _name(path: FieldPath) -> str:
    return ".".join(str(step) for step in path)
