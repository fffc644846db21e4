"""Fixtures that every test may use: a small catalogue, and catalogues made to order."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from catalog.catalogue import Catalogue, load_vocabulary
from catalog.config import Config
from catalog.record import Paper

# A slow moment of the machine is no failure of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

MINI = Path(__file__).parent / "mini"
REPOSITORY = Path(__file__).parents[1]

MakeCatalogue = Callable[[Mapping[str, str]], Path]


def with_real_terms(papers: Iterable[Paper]) -> Catalogue:
    """Made-up papers in a catalogue with the fields and terms of this repository's."""
    fields = Config.load(REPOSITORY / "papers" / "catalogue.yaml").fields
    mini = Catalogue.load(MINI)
    config = Config.model_validate({**mini.config.model_dump(exclude={"labels"}), "fields": fields})
    vocabulary = load_vocabulary(REPOSITORY)
    return replace(mini, config=config, vocabulary=vocabulary, papers=tuple(papers), files={})


@pytest.fixture(autouse=True)
def event_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put aside the event loop that Playwright leaves running in this thread, for tests without a browser.

    Both kinds of tests may run in one process, in any order, and what they test starts loops of its own.
    """
    running = asyncio._get_running_loop()
    if running is None or "browser" in request.keywords:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A copy of the small catalogue, free to be broken: its root folder."""
    root = tmp_path / "mini"
    shutil.copytree(MINI, root)
    return root


@pytest.fixture
def mini_catalogue(mini: Path) -> Catalogue:
    """The small catalogue, loaded."""
    return Catalogue.load(mini)


@pytest.fixture
def make_catalogue(tmp_path: Path) -> MakeCatalogue:
    """Make a catalogue with the small one's vocabulary and the given files: path below papers/ -> text."""

    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "made"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(MINI / "papers" / "vocabulary", root / "papers" / "vocabulary")
        config = (MINI / "papers" / "catalogue.yaml").read_text(encoding="utf-8")
        without_milestones = re.sub(r"(?m)^milestones: .*\n", "", config)  # its records are not there
        (root / "papers" / "catalogue.yaml").write_text(without_milestones, encoding="utf-8")
        for name, text in files.items():
            path = root / "papers" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return make
