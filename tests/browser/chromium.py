"""Where Chromium is on this machine; run as a script it prints the path, or fails and says what to do."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
MISSING = (
    "NO CHROMIUM: the browser tests did not run. Install it (Debian: apt install chromium; anywhere: "
    ".venv/bin/playwright install chromium), or set CHROMIUM=/path/to/it"
)

NO_DRIVER = (
    "NO PLAYWRIGHT DRIVER: the browser tests did not run, because .venv/bin/playwright does not start. "
    "Run it to see what it misses (Debian and Ubuntu: apt install libatomic1)"
)


def find_chromium() -> Path | None:
    """The one that ``CHROMIUM`` names, else the system's, else playwright's own."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return Path(chosen) if shutil.which(chosen) else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return next((path for path in (*MAC, own) if path.is_file()), None)


def main() -> int:
    """Print where Chromium is; 0 if the tests can run in it."""
    try:
        path = find_chromium()
        with sync_playwright():
            pass
    except Exception as error:  # the driver is a program of its own, and says nothing that can be told apart
        print(f"{NO_DRIVER} ({error})")
        return 1
    print(path or MISSING)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
