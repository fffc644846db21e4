#!/bin/sh
# Renew constraints.txt: the newest versions that pyproject.toml allows, for every platform and Python.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet uv
.venv/bin/uv pip compile --quiet --universal --upgrade --extra test --extra reference --python-version 3.11 \
    --no-header --no-annotate --no-emit-package fewer-tokens pyproject.toml --output-file constraints.txt
