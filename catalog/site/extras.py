"""Files beside the pages, for browsers, search engines and hosts: service worker, OpenSearch, robots, CNAME.

The service worker's version is a digest of every other file of the site: a site that has changed in
any way is a new version, and one that has not is none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from catalog.site.addresses import ASSETS, BROWSE, OFFLINE, OPENSEARCH
from catalog.site.pages import File, Maker, absolute

_FILES = "site/files/"
_UNKEPT = ("exports/", "api/")
"""Folders of downloads, which no page needs; the page at the folder itself is kept like any other."""
_SHELL_PAGES = ("", BROWSE, OFFLINE)
_SHELL_DATA = (
    (f"{BROWSE}index.json", f"{BROWSE}details.json"),
    (f"{BROWSE}keys.json",),
    (f"{BROWSE}summaries.json",),
)
"""What is kept together or not at all, the most needed first."""
LARGEST_SHELL_DATA = 3_000_000
"""Bytes of search data that every visitor's browser may keep unasked; more is kept when it is used."""


def digest(content: bytes) -> bytes:
    """Of one file."""
    return hashlib.blake2b(content, digest_size=16).digest()


def search_description(maker: Maker) -> Iterator[File]:
    """OpenSearch and robots, whose addresses must be whole: only where the site has one."""
    base = maker.config.base_url
    if base:
        template = maker.environment.get_template(f"{_FILES}opensearch.xml.j2")
        address = absolute(base, "")
        yield OPENSEARCH, template.render(config=maker.config, address=address).encode()
        yield "robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {absolute(base, 'sitemap.xml')}\n".encode()


def own_domain(base_url: str | None) -> Iterator[File]:
    """``CNAME``, by which GitHub Pages keeps a domain of one's own when its branch is replaced."""
    parts = urlsplit(base_url or "")
    named = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+", parts.netloc)
    if named and parts.path in ("", "/") and not parts.netloc.endswith(".github.io"):
        yield "CNAME", f"{parts.netloc}\n".encode()


def offline_page(maker: Maker) -> File:
    """The page in place of one that cannot be had without a network."""
    return maker.page(OFFLINE, "offline", "offline.html.j2", head="offline_head.html.j2")


def service_worker(maker: Maker, files: Mapping[str, tuple[int, bytes]]) -> File:
    """``sw.js``, at the root of what it serves.

    Parameters
    ----------
    files : path of every file of the site -> its size and :func:`digest`
    """
    version = hashlib.blake2b(digest_size=8)
    for path in sorted(files):
        version.update(path.encode() + b"\0" + files[path][1])
    assets = sorted(path for path in files if path.startswith((ASSETS, "assets/theme/")))
    needed = [path for path in assets if path.endswith((".css", ".js", ".svg")) or "-latin-" in path]
    template = maker.environment.get_template(f"{_FILES}sw.js.j2")
    shell = [*_SHELL_PAGES, *needed, *_shell_data(files)]
    return "sw.js", template.render(version=version.hexdigest(), shell=shell, unkept=_UNKEPT).encode()


def _shell_data(files: Mapping[str, tuple[int, bytes]]) -> list[str]:
    """As much of the search data as may be kept unasked."""
    data: list[str] = []
    for group in _SHELL_DATA:
        more = data + [path for path in group if path in files]
        if sum(files[path][0] for path in more) > LARGEST_SHELL_DATA:
            break
        data = more
    return data
