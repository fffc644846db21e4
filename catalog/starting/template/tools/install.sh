#!/bin/sh
# Make .venv and install the engine that requirements.txt names.
set -eu
cd "$(dirname "$0")/.."
if ! [ -x .venv/bin/python ]; then
    "${PYTHON:-python3}" -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
touch .venv/ready
