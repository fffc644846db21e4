"""Papers that may be worth adding, for people and programs: text, JSON, and Markdown for an issue.

Titles are text from strangers; the Markdown shows them and never obeys them.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from catalog.counting import counted
from catalog.templating import markdown_code, markdown_link, markdown_text
from catalog.upkeep.discover import Candidate, Discovered
from catalog.upkeep.issue_text import cut


def as_text(found: Discovered) -> str:
    """Each paper with its reasons and the line that adds it."""
    blocks = []
    for candidate in found.candidates:
        command = candidate.command or f"look at {candidate.link or 'the list'}; no identifier is known"
        blocks.append(f"{candidate.title}\n  {'; '.join(candidate.reasons)}\n  {command}\n")
    return "\n".join(blocks)


def as_json(found: Discovered) -> str:
    """``{since, known, refused, problems, papers: [{title, score, reasons, link, identifier, …}]}``."""
    papers = [{**asdict(candidate), "command": candidate.command} for candidate in found.candidates]
    data = {
        "since": found.since.isoformat(),
        "known": found.known,
        "refused": found.refused,
        "problems": list(found.problems),
        "papers": papers,
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def as_markdown(found: Discovered) -> str:
    """An issue's text: every paper with its reason, then the lines that add them."""
    counts = (
        f"{counted(found.known, 'that was found is', 'that were found are')} here already, "
        f"{counted(found.refused, 'was', 'were')} refused before"
    )
    lines = [f"{counted(len(found.candidates), 'paper')} may be worth adding; {counts}.", ""]
    if found.problems:
        lines += [f"- {markdown_text(problem)}" for problem in found.problems] + [""]
    lines += [_row(candidate) for candidate in found.candidates]
    commands = [candidate.command for candidate in found.candidates if candidate.command]
    if commands:
        lines += [
            "",
            "## Add them",
            "",
            "Delete the lines of those that are off topic, and run the others:",
            "",
        ]
        lines.append(markdown_code("\n".join(commands), "console"))
        lines += [
            "",
            "What is off topic goes to `papers/refused.yaml` with the reason, and is not named again.",
        ]
    return cut(lines, "catalog discover")


def _row(candidate: Candidate) -> str:
    title = markdown_text(candidate.title)
    shown = f"[{title}]({markdown_link(candidate.link)})" if candidate.link else title
    return f"- {shown}: {markdown_text('; '.join(candidate.reasons))}"
