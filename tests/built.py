"""Sites that several test processes read: the first that asks builds one, and the others wait for it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.site import build_site
from tests.conftest import REPOSITORY


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run of the tests have in common, and no other run."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def built_once(name: str, catalogue: Catalogue, factory: pytest.TempPathFactory) -> Path:
    """The catalogue's site, for reading only, in a folder ``base`` that is alone in its own.

    A name stands for one catalogue, which is the same in every process.
    """
    folder = shared_folder(factory) / f"site-of-{name}"
    built = folder.with_suffix(".built")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            frames = factory.getbasetemp().parent / "frames"
            build_site(catalogue, REPOSITORY / "site_templates", folder / "base", cache=frames)
            built.touch()
    return folder / "base"
