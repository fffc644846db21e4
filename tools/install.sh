#!/bin/sh
# Make .venv and install the package with the extra named in $1, pinned by constraints.txt.
set -eu
cd "$(dirname "$0")/.."
extra=$1

is_new_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The one that was named, and no other; else the machine's own python3, and others where that is too old.
chosen_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" && echo "$PYTHON" && return
        echo "install: found PYTHON=$PYTHON, expected a Python 3.11 or newer. Name another, or leave PYTHON out." >&2
        exit 1
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        is_new_enough "$name" && echo "$name" && return
    done
    echo "install: no Python 3.11 or newer was found. Install one (Debian and Ubuntu: apt-get install python3" >&2
    echo "python3-venv; macOS: brew install python), or name it: make site PYTHON=/path/to/python3" >&2
    exit 1
}

make_venv() {
    "$python" -m venv .venv >/dev/null 2>&1 && return
    # Debian and Ubuntu ship Python without the part that makes virtual environments.
    rm -rf .venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "install: adding python3-venv, which Debian keeps apart from Python" >&2
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null 2>&1
        "$python" -m venv .venv >/dev/null 2>&1 && return
        rm -rf .venv
    fi
    echo "install: $python cannot make a virtual environment. Debian and Ubuntu: sudo apt-get install python3-venv," >&2
    echo "then run the same command again." >&2
    exit 1
}

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    python=$(chosen_python)
    make_venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[$extra]"
touch ".venv/$extra-ready"
if [ "$extra" = test ]; then touch .venv/site-ready; fi
