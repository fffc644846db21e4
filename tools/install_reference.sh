#!/bin/sh
# See that the tests of reference_impls find PyTorch and what goes with it, pinned by constraints.txt.
# Where it cannot be had these tests are skipped, and say so; that is no failure.
#
# On Linux, PyPI's PyTorch brings NVIDIA's libraries with it: 2.6 GB to fetch and 4.7 GB on disk, against 0.2 and
# 0.8 GB of the build for CPUs. So a machine without an NVIDIA GPU asks for the latter, wherever pip is configured to
# look and then at PyTorch's own index; PyPI's is the last resort.
set -u
cd "$(dirname "$0")/.."
version=$(sed -n 's/^torch==\([^ ;]*\).*/\1/p' constraints.txt)
needed_gigabytes=8

pip_install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$@"
}

found() { .venv/bin/python -c 'import diffusers, numpy, PIL, torch, transformers' >/dev/null 2>&1; }

has_gpu() { command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L >/dev/null 2>&1; }

for_cpu() {
    pip_install --no-deps "torch==$version+cpu" >/dev/null 2>&1 && return
    pip_install --no-deps --timeout 15 --retries 1 --index-url https://download.pytorch.org/whl/cpu \
        "torch==$version+cpu" >/dev/null 2>&1
}

enough_disk() { [ "$(df -Pk .venv | awk 'NR == 2 { print int($4 / 1000000) }')" -ge "$needed_gigabytes" ]; }

pytorch() {
    .venv/bin/python -c 'import torch' >/dev/null 2>&1 && return
    [ "$(uname -s)" = Linux ] || return 0 # elsewhere PyPI's is the build for CPUs, and comes with the rest
    if ! has_gpu; then
        for_cpu && return
        echo "install_reference: there is no build of PyTorch for CPUs within reach; fetching PyPI's, 2.6 GB" >&2
    fi
    enough_disk && return
    echo "install_reference: PyPI's PyTorch needs $needed_gigabytes GB of free disk" >&2
    return 1
}

pytorch && pip_install --editable '.[reference]' && found && exit 0
echo "install_reference: THE TESTS OF REFERENCE_IMPLS WILL BE SKIPPED: torch $version or what goes with it could" >&2
echo "not be installed. To try again: tools/install_reference.sh" >&2
