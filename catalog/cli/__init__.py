"""The command ``catalog``: arguments in, calls out; what the commands do is in the other rooms.

Exit codes: 0 all well or warnings alone, 1 errors (with --strict, warnings, too) or stale files, 2 the
command could not run, 130 interrupted.
"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command; whoever interrupts it, be it while it still begins, gets no traceback."""
    try:
        from catalog.cli.streams import make_streams_usable

        make_streams_usable()
        if "catalog.cli.commands" not in sys.modules:
            _load_commands()
        from catalog.cli.commands import run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


def _load_commands() -> None:
    """Import what most of a short command's time goes into.

    All of it stays as long as the process. To look through it for what could go, again and again while it
    comes and while papers are loaded, would take a fifth of that time. In a process that imported it before,
    nothing is frozen: what others are done with would stay, too.
    """
    gc.disable()
    import catalog.cli.commands  # noqa: F401

    gc.freeze()
    gc.enable()
