"""What is wrong with a file that the YAML parser gave up on, and what to do about it.

The parser stops where it cannot go on, often many lines after the slip, and says so in a grammarian's
words.  What is not seen in the rows themselves (:mod:`catalog.yaml_files.rows`) is told in plainer ones.
Nothing is read or refused here, and nothing here runs for a file that can be read.
"""

from __future__ import annotations

import re

from catalog.yaml_files.rows import first_slip
from catalog.yaml_files.slips import Slip

_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$")


def find_slip(text: str, problem: str, line: int, column: int) -> Slip:
    """The slip behind the parser's *problem*, which it met at *line* and *column*."""
    return _conflict(text) or first_slip(text, line) or _as_parsed(text, problem, line, column)


def _conflict(text: str) -> Slip | None:
    for number, row in enumerate(text.split("\n"), 1):
        if _CONFLICT.match(row):
            message = (
                "a merge conflict is not resolved here; keep one version of the lines and delete the rows "
                "that begin with <<<<<<<, ======= and >>>>>>>"
            )
            return Slip(number, 1, message)
    return None


def _as_parsed(text: str, problem: str, line: int, column: int) -> Slip:
    """The parser's own place, with advice as far as its words allow."""
    if "another document" in problem:
        message = "'---' begins a second document; a file holds one: delete it, or give it a file of its own"
    elif "special characters" in problem or "control characters" in problem:
        return _control_character(text) or Slip(line, column, f"not YAML: {problem}; delete the character")
    elif "mapping values are not allowed" in problem:
        message = "not YAML: a value that holds ': ' needs double quotes around it"
    elif "escape" in problem or "hexdecimal" in problem:
        message = r"not YAML: in double quotes, a backslash begins an escape; write \\ for a backslash"
    else:
        message = (
            f"not YAML: {problem}; look for a missing quote, bracket, comma or ':', or a wrong indentation, "
            "on this line or before"
        )
    return Slip(line, column, message)


def _control_character(text: str) -> Slip | None:
    for number, row in enumerate(text.split("\n"), 1):
        found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", row)
        if found:
            message = f"the control character U+{ord(found[0]):04X} is refused; delete it"
            return Slip(number, found.start() + 1, message)
    return None
