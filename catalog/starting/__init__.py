"""A new catalogue on another topic: a folder that passes its checks and builds at once.

What is the same in every catalogue is copied, from the engine or from a catalogue
that there is (:mod:`catalog.starting.shipped`), and brought up to date with it
(:mod:`catalog.starting.upgrading`); what the copies say of a topic comes from
``papers/catalogue.yaml``.  The records and terms are there to be replaced.
"""

from __future__ import annotations

import filecmp
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from pydantic import TypeAdapter, ValidationError

from catalog import engine, formatting, lists, yaml_files
from catalog.catalogue import Catalogue
from catalog.config import Config, described_keys
from catalog.findings import CatalogError
from catalog.github.rendering import render_forms
from catalog.starting.shipped import SHARED, TEMPLATE, TEMPLATES, shipped, take_over
from catalog.starting.upgrading import Upgrade, behind, note_state, upgrade
from catalog.texts import Text, read_utf8
from catalog.version_control import is_committed
from catalog.yaml_files import Layout

__all__ = ["Upgrade", "behind", "start_catalogue", "upgrade"]

README = "README.md"
VENUES = "papers/vocabulary/venues.yaml"
"""What a new catalogue takes over of the vocabulary of the one that it is made from."""
_OF_MOST_TOPICS = frozenset(
    [
        *"arXiv OpenReview NeurIPS ICLR ICML AAAI IJCAI KDD COLM MLSys TMLR TPAMI".split(),
        *"CVPR ICCV ECCV WACV IJCV ACL EMNLP NAACL EACL COLING TACL".split(),
        *"ICASSP Interspeech ICRA IROS".split(),
        *"NeurIPSW ICLRW ICMLW CVPRW ICCVW ECCVW ACLW".split(),
        *("Findings of ACL", "Findings of EMNLP", "Findings of NAACL", "ACM MM"),
    ]
)
"""Of the engine's venues those that a catalogue on another topic begins with."""

_OF_A_FORGE = re.compile(r"\.git(ignore|attributes)?|(readme|licen[cs]e)(\.\w+)?", re.IGNORECASE)
"""What a repository holds that a forge has just made."""
_PAPERS = re.compile(r"^papers on\s+|\s+papers$", re.IGNORECASE)
"""What a topic is written with, and sentences say themselves."""
_CONFIG = Layout(order=tuple(Config.model_fields), quoted=frozenset({"title", "tagline", "description"}))


def start_catalogue(
    folder: Path, origin: Path = SHARED, *, topic: str, title: str | None = None
) -> Catalogue:
    """Make a catalogue on *topic* in *folder*, which is new, empty or a fresh clone, and load it.

    Parameters
    ----------
    origin : the root of a catalogue, whose pages and venues are taken over; without it, the engine's
    title : by default made of the topic

    Raises
    ------
    CatalogError : *folder* holds something or cannot be made, *origin* is no catalogue, or *topic* or
        *title* are no words
    """
    config = _config(_topic(topic), None if title is None else _words("title", title))
    _refuse_full(folder)
    files = shipped(origin)
    with _folder_beside(folder) as name:
        stage = Path(name) / folder.name
        _fill(stage, files, origin, config)
        _keep_ignored(folder, stage)
        # All or nothing: only a finished catalogue is moved to its place.
        folder.mkdir(exist_ok=True)
        for child in sorted(stage.iterdir()):
            child.rename(folder / child.name)
    return Catalogue.load(folder)


def _folder_beside(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder that is gone at the end, from which files can be moved into *folder* in one step."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-")
    except OSError as error:
        place = folder.parent.absolute()
        message = f"{folder}: nothing can be made in {place} ({error.strerror}); name another folder"
        raise CatalogError(message) from None


def _words(option: str, value: str) -> str:
    """*value*, given for *option*, without spaces around."""
    try:
        return TypeAdapter(Text).validate_python(value.strip())
    except ValidationError as error:
        raise CatalogError(f"--{option} {value!r}: {error.errors()[0]['ctx']['error']}") from None


def _topic(value: str) -> str:
    """What the papers are on: of "papers on graph learning" and "graph learning papers" the graph learning.

    >>> _topic("Mixture-of-Experts papers"), _topic("Papers on graph learning"), _topic("papers")
    ('Mixture-of-Experts', 'graph learning', 'papers')
    """
    words = _words("topic", value)
    return _PAPERS.sub("", words) or words


def _refuse_full(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CatalogError(f"{folder} is a file; name a folder that is new or empty")
    found = sorted(child.name for child in folder.iterdir()) if folder.exists() else []
    for name in found:
        if not _OF_A_FORGE.fullmatch(name):
            raise CatalogError(
                f"{folder} is not empty: it holds {name}; name a folder that is new, empty or a fresh clone"
            )
    if README in found and not is_committed(folder, README):
        raise CatalogError(
            f"{folder / README}: the catalogue's front page would replace it; commit it first, so that git "
            "keeps it, or move it away"
        )


def _fill(stage: Path, files: Mapping[str, Path], origin: Path, config: Mapping[str, Any]) -> None:
    shutil.copytree(TEMPLATE / "papers", stage / "papers")
    take_over(origin / VENUES, stage / VENUES)
    if filecmp.cmp(origin / VENUES, SHARED / VENUES, shallow=False):
        _keep_venues(stage / VENUES)
    for name, source in files.items():
        take_over(source, stage / name)
    note_state(stage)
    (stage / "requirements.txt").write_text(_requirements(), encoding="utf-8")
    text = _explained(yaml_files.render(config, _CONFIG))
    (stage / "papers" / "catalogue.yaml").write_text(text, encoding="utf-8")
    _leave_unknown_venues(Catalogue.load(stage))
    formatting.format_all(Catalogue.load(stage))
    catalogue, templates = Catalogue.load(stage), stage / TEMPLATES
    lists.write(lists.render_all(catalogue, templates) | render_forms(catalogue, templates), stage)


def _keep_venues(path: Path) -> None:
    """Leave the venues of most topics, each as it is written there."""
    head, *venues = path.read_text(encoding="utf-8").split("\n\n")
    kept = [each for each in venues if each.partition(":")[0] in _OF_MOST_TOPICS]
    path.write_text("\n\n".join([head, *kept]).rstrip() + "\n", encoding="utf-8")


def _leave_unknown_venues(catalogue: Catalogue) -> None:
    """Take the venue out of an example's record where the catalogue that was begun from does not have it."""
    for paper in catalogue.papers:
        if not catalogue.vocabulary.venue(paper.venue):
            path = catalogue.root / catalogue.files[paper.id]
            text = re.sub(r"(?m)^venue: .*$", "venue: null", path.read_text(encoding="utf-8"))
            path.write_text(re.sub(r"(?m)^  venue: .*\n", "", text), encoding="utf-8")


def _keep_ignored(folder: Path, stage: Path) -> None:
    """What a clone's ``.gitignore`` ignores is ignored still."""
    if (old := folder / ".gitignore").is_file():
        ours = stage / ".gitignore"
        ours.write_text(f"{read_utf8(old).rstrip()}\n{read_utf8(ours)}", encoding="utf-8")


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
        "branch": "main",
        "maintainers": [],
        "citation": None,
        "license": None,
        "feed_ids": None,
        "milestones": [],
        "wording": {
            "domain": "domain",
            "criterion": "what decides",
            "mechanism": "what is done",
            "stages": None,
        },
        "labels": {},
        "fields": {},
        "discover": [topic],
    }


def _explained(text: str) -> str:
    """``catalogue.yaml`` with a comment above each of its keys."""
    says = dict(described_keys())
    lines = ["# What is particular to this catalogue."]
    above = ""
    for line in text.splitlines():
        key = line.strip().partition(":")[0]
        indent = " " * (len(line) - len(line.lstrip()))
        above = above if indent else key
        if said := says.get(f"{above}.{key}" if indent else key):
            lines += [] if indent else [""]
            lines += wrap(said, 100, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _requirements() -> str:
    return f"""\
# The engine that checks the records and builds lists and site. Name a newer one, and "make site" installs it;
# "catalog upgrade" then brings the pages up to date.
{engine.requirement()}
"""
