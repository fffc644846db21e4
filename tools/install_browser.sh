#!/bin/sh
# See that the browser tests find a Chromium: the system's, else Debian's package, else playwright's own.
# Where none can be had the tests are skipped, and say so; that is no failure.
set -u
cd "$(dirname "$0")/.."

# Playwright's driver is a Node.js of its own, and a bare Debian or Ubuntu lacks a library that it needs.
driver_from_debian() {
    .venv/bin/playwright --version >/dev/null 2>&1 && return
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "install_browser: installing libatomic1, which playwright needs" >&2
    apt-get update -qq && apt-get install -y -qq --no-install-recommends libatomic1 >/dev/null 2>&1
}

found() { .venv/bin/python tests/browser/chromium.py >/dev/null 2>&1; }

from_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    # Ubuntu's package of this name is a stub that wants snap.
    grep -q '^ID=debian' /etc/os-release 2>/dev/null || return 1
    echo "install_browser: installing Debian's chromium for the browser tests" >&2
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null 2>&1
}

from_playwright() {
    echo "install_browser: asking playwright for its Chromium" >&2
    if [ "$(id -u)" = 0 ]; then
        .venv/bin/playwright install --with-deps chromium
    else
        .venv/bin/playwright install chromium
    fi >/dev/null 2>&1
}

driver_from_debian
found && exit 0
from_debian && found && exit 0
from_playwright && found && exit 0
.venv/bin/python tests/browser/chromium.py >&2
echo "install_browser: THE BROWSER TESTS WILL BE SKIPPED, for the reason above." >&2
exit 0
