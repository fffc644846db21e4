"""A new catalogue on another topic: a folder that passes its checks and builds at once.

What is the same in every catalogue (pages, styles, venues) is copied from a
catalogue that there is; the rest, in ``template/``, is there to be replaced.  What
the copied files say of a topic comes from ``papers/catalogue.yaml``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from catalog import formatting, lists, yaml_files
from catalog.catalogue import Catalogue, Config
from catalog.findings import CatalogError
from catalog.github.rendering import render_forms
from catalog.yaml_files import Layout

TEMPLATE = Path(__file__).parent / "template"
SHARED = ("site_templates", "papers/vocabulary/venues.yaml")
"""What a new catalogue takes over from the one that it is made from."""
WORKFLOWS = (
    ".github/dependabot.yml",
    ".github/pull_request_template.md",
    ".github/ISSUE_TEMPLATE/config.yml",
    *(f".github/workflows/{name}.yml" for name in ("checks", "forms", "labels", "publish", "upkeep")),
)
"""The same, where the other one has them; these run any catalogue."""

_ENGINE = "fewer-tokens"
_CONFIG = Layout(order=tuple(Config.model_fields), quoted=frozenset({"title", "tagline", "description"}))
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__")


def start_catalogue(folder: Path, origin: Path, *, topic: str, title: str | None = None) -> Catalogue:
    """Make a catalogue on *topic* in *folder*, which is new or empty, and load it.

    Parameters
    ----------
    origin : the root of a catalogue, whose pages and venues are taken over
    title : by default made of the topic

    Raises
    ------
    CatalogError : *folder* holds something, or *origin* is no catalogue
    """
    _refuse_full(folder)
    for name in SHARED:
        if not (origin / name).exists():
            raise CatalogError(
                f"{origin} holds no {name}, which a new catalogue takes over; "
                "name a catalogue that has it: catalog --root DIR new …"
            )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        stage = Path(name) / folder.name
        _fill(stage, origin, _config(topic, title))
        # All or nothing: only a finished catalogue is moved to its place.
        folder.mkdir(exist_ok=True)
        for child in sorted(stage.iterdir()):
            child.rename(folder / child.name)
    return Catalogue.load(folder)


def _refuse_full(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CatalogError(f"{folder} is a file; name a folder that is new or empty")
    found = sorted(child.name for child in folder.iterdir()) if folder.exists() else []
    found = [name for name in found if name != ".git"]
    if found:
        raise CatalogError(f"{folder} is not empty: it holds {found[0]}; name a folder that is new or empty")


def _fill(stage: Path, origin: Path, config: Mapping[str, Any]) -> None:
    for name in (*SHARED, *(name for name in WORKFLOWS if (origin / name).is_file())):
        _copy(origin / name, stage / name)
    shutil.copytree(TEMPLATE, stage, dirs_exist_ok=True, ignore=_NOT_COPIED)
    (stage / "gitignore").rename(stage / ".gitignore")
    (stage / "tools" / "install.sh").chmod(0o755)  # which a package does not keep
    (stage / "requirements.txt").write_text(_requirements(), encoding="utf-8")
    text = yaml_files.render(config, _CONFIG)
    (stage / "papers" / "catalogue.yaml").write_text(text, encoding="utf-8")
    formatting.format_all(Catalogue.load(stage))
    catalogue, templates = Catalogue.load(stage), stage / "site_templates"
    lists.write(lists.render_all(catalogue, templates) | render_forms(catalogue, templates), stage)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=_NOT_COPIED)
    else:
        shutil.copy(source, target)


def _config(topic: str, title: str | None) -> dict[str, Any]:
    name = title or f"Papers on {topic}"
    return {
        "title": name,
        "tagline": f"Papers on {topic}, to read, filter, cite and compare.",
        "description": f"A catalogue of papers on {topic}. Every paper is one checked record that says what "
        "it proposes, where it was published and where its code is.",
        "topic": topic,
        "base_url": None,
        "repository": None,
        "maintainers": [f"The maintainers of {name}"],
        "wording": {"domain": "domain", "criterion": "what decides", "mechanism": "what is done"},
        "discover": [topic],
    }


def _requirements() -> str:
    return f"# The engine that checks the records and builds lists and site.\n{engine_requirement()}\n"


def engine_requirement() -> str:
    """What pip installs to get the engine that runs now: from where it was installed itself."""
    try:
        engine = distribution(_ENGINE)
    except PackageNotFoundError:
        raise CatalogError(f"the engine is not installed; run: pip install '{_ENGINE}[site]'") from None
    source = json.loads(engine.read_text("direct_url.json") or "{}")
    url, commit = source.get("url"), source.get("vcs_info", {}).get("commit_id")
    if not url:
        return f"{_ENGINE}[site]=={engine.version}"
    if commit:
        return f"{_ENGINE}[site] @ {source['vcs_info']['vcs']}+{url}@{commit}"
    return f"{_ENGINE}[site] @ {url}"
