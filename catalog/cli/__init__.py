"""The command ``catalog``: arguments in, calls out; what the commands do is in the other rooms.

Exit codes: 0 all well or warnings alone, 1 errors (with --strict, warnings, too) or stale files, 2 the
command could not run, 130 interrupted.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; whoever interrupts it, be it while it still begins, gets no traceback."""
    try:
        from catalog.cli.streams import make_streams_usable

        make_streams_usable()
        from catalog.cli.commands import run  # most of the time that a short command takes

        run()
    except KeyboardInterrupt:
        sys.exit(130)
