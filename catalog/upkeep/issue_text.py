"""The length of a report that is to be an issue."""

from __future__ import annotations

from collections.abc import Sequence

MAX_CHARACTERS = 60_000
"""A forge refuses longer issues."""


def cut(parts: Sequence[str], command: str) -> str:
    """The *parts* below each other, cut between two of them where a forge would refuse the whole.

    Parameters
    ----------
    command : shows everything; it is named where something was cut
    """
    size, kept = 0, []
    for position, part in enumerate(parts):
        size += len(part) + 1
        if size > MAX_CHARACTERS:
            left = sum(row.startswith("- ") for row in parts[position:])
            more = f"{left:,} more" if left else "more"
            kept += ["", f"… and {more}; see all with `{command}`."]
            break
        kept.append(part)
    return "\n".join(kept).rstrip("\n") + "\n"
