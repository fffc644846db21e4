"""Undo mis-decoding: UTF-8 that was once read as Mac Roman or Windows-1252 and saved again.

Only runs of characters whose bytes are valid UTF-8 are touched, so text that was
never damaged passes through as it is.
"""

from __future__ import annotations

import re

_RUN = re.compile(r"[^\x00-\x7f]+")
_CODECS = ("mac_roman", "sloppy-windows-1252")


def repair(text: str) -> str:
    """*text* with every mis-decoded run put right.

    >>> repair("Donâ€™t Look Twice"), repair("Jürgen – 3²"), repair("‚≠ê Awesome")
    ('Don’t Look Twice', 'Jürgen – 3²', '⭐ Awesome')
    """
    return text if text.isascii() else _RUN.sub(_repair_run, text)


def _repair_run(match: re.Match[str]) -> str:
    # Registers sloppy-windows-1252, which keeps the five unassigned bytes; here, for few texts need it.
    import ftfy.bad_codecs  # noqa: F401

    run = match[0]
    for codec in _CODECS:
        try:
            return run.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return run
