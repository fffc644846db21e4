"""What a catalogue takes over from the engine, file by file: pages, workflows, and what installs and builds.

``shared/`` holds links to what the engine's own catalogue uses as it stands, ``template/`` what only others
have.  Records and vocabulary are not of these: they belong to the catalogue from its first day.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from catalog.findings import CatalogError

SHARED = Path(__file__).parent / "shared"
TEMPLATE = Path(__file__).parent / "template"
TEMPLATES = "site_templates"
WORKFLOWS = (
    ".github/dependabot.yml",
    ".github/pull_request_template.md",
    ".github/ISSUE_TEMPLATE/config.yml",
    *(f".github/workflows/{name}.yml" for name in ("checks", "forms", "labels", "publish", "upkeep")),
)
"""What GitHub reads, where there is such a file; these run any catalogue."""
_OF_TEMPLATE = ("Makefile", "CONTRIBUTING.md", "gitattributes", "gitignore", "tools")
_NAMES = {"gitattributes": ".gitattributes", "gitignore": ".gitignore"}
"""Files of the template that have another name there, so that git does not act on them."""


def shipped(origin: Path = SHARED) -> dict[str, Path]:
    """Path in a catalogue -> the file that is taken over, of the catalogue *origin* or of the engine.

    Raises
    ------
    CatalogError : *origin* has no pages
    """
    if not (origin / TEMPLATES).is_dir():
        raise CatalogError(
            f"{origin} holds no {TEMPLATES}, which a new catalogue takes over; "
            "name a catalogue that has it: catalog --root DIR new …"
        )
    of_origin = (path for name in (TEMPLATES, *WORKFLOWS) for path in _files(origin / name))
    of_template = (path for name in (*_OF_TEMPLATE, TEMPLATES) for path in _files(TEMPLATE / name))
    files = {path.relative_to(origin).as_posix(): path for path in of_origin}
    files |= {path.relative_to(TEMPLATE).as_posix(): path for path in of_template}
    return {_NAMES.get(name, name): path for name, path in sorted(files.items())}


def _files(place: Path) -> Iterator[Path]:
    """The file at *place*, or those below it."""
    for path in [place, *place.rglob("*")]:
        if path.is_file() and not {"__pycache__", ".DS_Store"} & set(path.parts):
            yield path


def take_over(source: Path, target: Path) -> None:
    """Copy a file; a script can be run, which packages do not keep."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if target.suffix == ".sh":
        target.chmod(0o755)
