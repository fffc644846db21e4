"""Undo mis-decoding: UTF-8 that was once read as Windows-1252 or Mac Roman and saved again.

Only runs of characters whose bytes are valid UTF-8 are touched, so text that was
never damaged passes through as it is.
"""

from __future__ import annotations

import re
import unicodedata

_RUN = re.compile(r"[^\x00-\x7f]+")
_CODECS = ("sloppy-windows-1252", "mac_roman")
"""In this order: what is "é" by the first, is by the second a stroke below the letter in front."""
_ACCENT = re.compile(r"[\u0300-\u036f]")


def repair(text: str) -> str:
    """*text* with every mis-decoded run put right.

    >>> repair("Donâ€™t Look Twice"), repair("JosÃ©"), repair("Jürgen – 3²"), repair("‚≠ê Awesome")
    ('Don’t Look Twice', 'José', 'Jürgen – 3²', '⭐ Awesome')
    """
    return text if text.isascii() else _RUN.sub(_repair_run, text)


def _repair_run(match: re.Match[str]) -> str:
    # Registers sloppy-windows-1252, which keeps the five unassigned bytes; here, for few texts need it.
    import ftfy.bad_codecs  # noqa: F401

    run = match[0]
    before = match.string[max(match.start() - 1, 0) : match.start()]
    for codec in _CODECS:
        try:
            repaired = run.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        if not _has_stray_accent(before + repaired):
            return repaired
    return run


def _has_stray_accent(text: str) -> bool:
    """Whether an accent makes no letter with what it stands on, so that nobody wrote it.

    >>> _has_stray_accent("s\u0329"), _has_stray_accent("e\u0301")
    (True, False)
    """
    return _ACCENT.search(unicodedata.normalize("NFC", text)) is not None
