#!/bin/sh
# Make .venv and install the engine that requirements.txt names.
set -eu
cd "$(dirname "$0")/.."

engine=$(sed -n "s|^fewer-tokens.* @ file://\([^%]*\)\$|\1|p" requirements.txt)
if [ -n "$engine" ] && ! [ -e "$engine" ]; then
    echo "install: requirements.txt names the engine in $engine, which is not on this machine." >&2
    echo "Name a public copy there: fewer-tokens[site] @ git+https://HOST/OWNER/REPOSITORY@COMMIT" >&2
    exit 1
fi

install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt "$@"
}

if [ -x .venv/bin/python ]; then
    install
    # Another commit of the same version is to pip what is there already.
    install --force-reinstall --no-deps
else
    "${PYTHON:-python3}" -m venv .venv
    install
fi
touch .venv/ready
