"""The frame around every page, and the guides: the only pages that mkdocs builds.

mkdocs with its theme takes about 10 ms a page and seconds to start, so it builds
one *frame* per depth of folders and section of the site, with markers where a
page's title and body go, and the guides, which are Markdown.  The result depends
on templates, configuration and versions only, never on records, and is cached
under a digest of all of these.  Filling frames is :mod:`catalog.site.pages`'.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from catalog import engine
from catalog.catalogue import Catalogue
from catalog.config import described_keys
from catalog.findings import CatalogError
from catalog.forge import forge_of
from catalog.lists import arxiv_example, source_example
from catalog.replacing import says_full
from catalog.root import own_place
from catalog.site.addresses import BIBTEX_OF_ALL, JSONL_OF_ALL
from catalog.site.caching import oldest_first
from catalog.site.implementations import is_any_implemented, models_file
from catalog.templating import Markdown, markdown_environment
from catalog.vocabulary import Venue, Vocabulary

MARKERS = ("title", "description", "head", "body")
_MARKER = re.compile(r"\{\{catalogue:(\w+)\}\}")

FRAMES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "home": ("index.md", {"section": "home", "search": False}),
    "browse": ("browse/index.md", {"section": "browse", "search": False}),
    "paper": ("papers/id/index.md", {"section": "browse"}),
    "methods": ("methods/index.md", {"section": "methods"}),
    "method": ("methods/name/index.md", {"section": "methods"}),
    "charts": ("charts/index.md", {"section": "numbers"}),
    "exports": ("exports/index.md", {"section": "data"}),
    "new": ("new/index.md", {"section": "new"}),
    "changes": ("new/changes/index.md", {"section": "new"}),
    "offline": ("offline/index.md", {"section": "offline"}),
    "terms": ("terms/index.md", {"section": "terms"}),
    "field": ("terms/field/index.md", {"section": "terms"}),
    "term": ("terms/field/key/index.md", {"section": "terms"}),
}
"""Frame's name -> the page that mkdocs builds at the same depth, and its front matter."""

NOT_FOUND = "404"
GUIDES = ("contribute.md", "curation.md", "maintaining.md", "api.md", "about.md")
"""Files of ``site_templates/site/guides/``, in the order of the navigation."""
MARK = "assets/mark.svg"
"""Where the catalogue's mark is, below ``site_templates/``."""
FILES_OF_GUIDES = (
    BIBTEX_OF_ALL,
    JSONL_OF_ALL,
    "feed.atom",
    "feed.json",
    *(f"api/v1/{name}.json" for name in ("openapi", "papers", "changes", "terms", "venues", "feeds")),
    "api/v1/papers.jsonl",
)
"""Files that the guides link to; the builder writes them."""
_NAV = [
    {"Home": "index.md"},
    {"Browse": "browse/index.md"},
    {"Terms": "terms/index.md"},
    {"Methods": "methods/index.md"},
    {"Numbers": "charts/index.md"},
    {"New": "new/index.md"},
]
_CACHED = 8
"""Digests that are kept, so that going back and forth between branches is quick."""


@dataclass(frozen=True)
class Frame:
    """A built page, cut at its markers: literal text and markers' names in turn."""

    parts: tuple[str, ...]

    @classmethod
    def cut(cls, html: str) -> Frame:
        """Cut a page that mkdocs built.

        Raises
        ------
        CatalogError : a marker is missing or unknown
        """
        parts = tuple(_MARKER.split(html))
        found = set(parts[1::2])
        if found != set(MARKERS):
            wrong = ", ".join(sorted(found.symmetric_difference(MARKERS)))
            raise CatalogError(
                f"site_templates/site/frame/main.html: expected each of the markers {', '.join(MARKERS)}"
                f" as {{{{catalogue:NAME}}}} in a frame page; missing or unknown: {wrong}"
            )
        return cls(parts)

    def fill(self, *, title: str, description: str, body: Markup, head: Markup | None = None) -> bytes:
        """The page; *title* and *description* are escaped, *head* and *body* are HTML."""
        values = {
            "title": escape(title),
            "description": escape(description),
            "head": head or "",
            "body": body,
        }
        return "".join(values[part] if index % 2 else part for index, part in enumerate(self.parts)).encode()


@dataclass(frozen=True)
class Frames:
    """All that mkdocs gives: frames by name, and finished files by their path below the site."""

    frames: Mapping[str, Frame]
    files: Mapping[str, bytes]


def load_frames(catalogue: Catalogue, templates: Path, cache: Path) -> Frames:
    """Frames and guides, from *cache* where nothing that they depend on has changed.

    Raises
    ------
    CatalogError : mkdocs or its theme is missing, or refuses a template or guide
    OSError : the cache cannot be written
    """
    guides = dict(_render_guides(catalogue, templates))
    settings = _settings(catalogue, guides, _mark(templates / MARK))
    home = own_place(cache, "site-frame")
    built = home / _digest(settings, guides, templates / "site" / "frame")
    if not built.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        _build(settings, guides, templates / "site" / "frame", built)
        _forget_old(home)
    return _read(built, guides)


def _render_guides(catalogue: Catalogue, templates: Path) -> Iterator[tuple[str, str]]:
    """The text of each guide, which may ask whether the catalogue's folder ``has`` a file."""
    environment = markdown_environment(templates)
    for name in GUIDES:
        template = environment.get_template(f"site/guides/{name}")
        yield (
            name,
            template.render(
                config=catalogue.config,
                vocabulary=catalogue.vocabulary,
                keys=_keys(catalogue.vocabulary),
                holds_engine=engine.is_part_of(catalogue.root),
                arxiv_example=arxiv_example(catalogue),
                source_example=source_example(catalogue),
                venue_example=_venue_example(catalogue.vocabulary),
                forge=forge_of(catalogue),
                has=lambda file: (catalogue.root / file).is_file(),
            ),
        )


def _venue_example(vocabulary: Vocabulary) -> Markdown:
    """The first venue that publishes, by a key that YAML takes without quotes."""
    venues = (venue for venue in vocabulary["venue"].values() if isinstance(venue, Venue))
    keys = (venue.key for venue in venues if venue.type != "preprint")
    return Markdown(next(filter(re.compile(r"[A-Za-z][A-Za-z0-9 ]*").fullmatch, keys), "NeurIPS"))


def _keys(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """The keys of ``papers/catalogue.yaml``, but for the wording of fields that the topic does without."""
    return [(key, says) for key, says in described_keys() if vocabulary.has_field(key.rpartition(".")[2])]


def _mark(path: Path) -> str:
    """The catalogue's mark as a part of pages, where its shapes have the page's colour.

    What it says of style holds for the picture alone, in the browser's tab.
    """
    try:
        found = re.search(r"<svg\b.*</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: cannot be read ({error}); restore it") from None
    if found is None:
        raise CatalogError(f"{path}: found no <svg …> … </svg>, expected the catalogue's mark")
    plain = re.sub(r"<style\b.*?</style>|<!--.*?-->|\n", "", found[0], flags=re.DOTALL)
    return plain.replace("<svg", '<svg class="mark" aria-hidden="true"', 1)


def _settings(catalogue: Catalogue, guides: Mapping[str, str], mark: str) -> dict[str, Any]:
    config = catalogue.config
    # A catalogue without reference implementations has no page of methods.
    has_methods = is_any_implemented(catalogue)
    nav = [item for item in _NAV if "Methods" not in item or has_methods]
    return {
        "site_name": config.title,
        "site_url": config.base_url or "",
        "nav": [*nav, *({_guide_title(text, name): name} for name, text in guides.items())],
        "not_in_nav": "/papers/\n/terms/field/\n/methods/\n/new/changes/\n/exports/\n",
        "theme": {"name": "material", "font": False, "custom_dir": "frame"},
        "plugins": [],
        "strict": True,
        "validation": {"links": {"unrecognized_links": "ignore"}},  # folders: tests follow these
        "markdown_extensions": [
            "admonition",
            "attr_list",
            "def_list",
            "md_in_html",
            "tables",
            {"toc": {"permalink": False}},
            "pymdownx.highlight",
            "pymdownx.superfences",
        ],
        "extra": {
            "tagline": config.tagline,
            "repository": config.repository,
            "holds_engine": engine.is_part_of(catalogue.root),
            "models": models_file(catalogue),
            "mark": mark,
            "theme_style": f"assets/theme/{_theme_style().name}",
        },
    }


def _guide_title(text: str, name: str) -> str:
    match = re.search(r"^title: *(.+)$", text, re.MULTILINE)
    if not match:
        raise CatalogError(f"site_templates/site/guides/{name}:1: expected 'title: …' in the front matter")
    return match[1].strip("\"' ")


def _theme_style() -> Path:
    spec = find_spec("material")
    if spec is None or spec.origin is None or find_spec("mkdocs") is None:
        command = engine.how_to_install("site")
        raise CatalogError(f"mkdocs-material is not installed; install it with: {command}")
    styles = Path(spec.origin).parent / "templates" / "assets" / "stylesheets"
    return next(iter(sorted(styles.glob("main.*.min.css"))))


def _digest(settings: Mapping[str, Any], guides: Mapping[str, str], frame: Path) -> str:
    """Of everything that mkdocs' output depends on."""
    digest = hashlib.blake2b(digest_size=16)
    versions = [version(name) for name in ("mkdocs", "mkdocs-material", "markdown", "pymdown-extensions")]
    for part in (json.dumps([versions, settings, guides]), Path(__file__).read_text(encoding="utf-8")):
        digest.update(part.encode() + b"\0")
    for path in sorted(path for path in frame.rglob("*") if path.is_file()):
        digest.update(path.relative_to(frame).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _build(settings: Mapping[str, Any], guides: Mapping[str, str], frame: Path, target: Path) -> None:
    """Run mkdocs in a folder of its own and move what is needed to *target* in one step."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="building-") as name:
        work = Path(name)
        shutil.copytree(frame, work / "frame")
        for text, path in _sources(guides):
            (work / "docs" / path).parent.mkdir(parents=True, exist_ok=True)
            (work / "docs" / path).write_text(text, encoding="utf-8")
        (work / "mkdocs.yml").write_text(_yaml(settings), encoding="utf-8")
        _run_mkdocs(work)
        _keep_needed(work / "site", guides, work / "kept")
        try:
            (work / "kept").rename(target)
        except OSError:
            if not target.is_dir():  # another build has not put the same there meanwhile
                raise


def _yaml(settings: Mapping[str, Any]) -> str:
    """JSON is YAML, and holds no surprises for text from a configuration.

    But in YAML the two escapes by which JSON writes an emoji are no character.
    """
    return json.dumps(settings, ensure_ascii=False)


def _sources(guides: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path, front_matter in FRAMES.values():
        yield f"---\n{_yaml({'title': 'frame', 'frame': True, **front_matter})}\n---\n", path
    for name, text in guides.items():
        yield text, name
    for name in FILES_OF_GUIDES:
        yield "", name  # guides link to these; mkdocs refuses links that lead nowhere


def _run_mkdocs(work: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", "mkdocs.yml"]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        if says_full(done.stderr):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise CatalogError(f"mkdocs could not build the frame from site_templates/site; it said:\n{said}")


def _keep_needed(site: Path, guides: Mapping[str, str], kept: Path) -> None:
    for name in [*(_built_path(path) for path, _ in FRAMES.values()), *map(_built_path, guides), "404.html"]:
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(site / name, kept / name)


def _built_path(source: str) -> str:
    path = Path(source)
    folder = path.parent if path.stem == "index" else path.with_suffix("")
    return (folder / "index.html").as_posix()


def _read(built: Path, guides: Mapping[str, str]) -> Frames:
    frames = {name: Frame.cut(_page(built / _built_path(path))) for name, (path, _) in FRAMES.items()}
    frames[NOT_FOUND] = Frame.cut(_page(built / "404.html"))
    files = {_built_path(name): _page(built / _built_path(name)).encode() for name in guides}
    style = _theme_style()
    # Without the pointer to its source map, which is not published.
    files[f"assets/theme/{style.name}"] = re.sub(rb"/\*# sourceMappingURL=.*?\*/", b"", style.read_bytes())
    return Frames(frames, files)


def _page(path: Path) -> str:
    """The page without the blank lines that template tags leave behind."""
    return re.sub(r"\n\s*\n+", "\n", path.read_text(encoding="utf-8"))


def _forget_old(home: Path) -> None:
    folders = oldest_first(path for path in home.iterdir() if not path.name.startswith("building-"))
    for folder in folders[:-_CACHED]:
        shutil.rmtree(folder, ignore_errors=True)
