"""How a change to the records will look: entries in the lists, pages, and which ids are gone.

Everything is rendered by what renders the real lists and the real site, so that a preview cannot
differ from what readers will see.  It stands alone: a link that leads out of it leads to the published
site or to the forge, or is none.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape, unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.checks.earlier import Earlier
from catalog.checks.lost_names import GoneId, gone_ids
from catalog.counting import counted
from catalog.findings import ProgressCallback
from catalog.forge import Forge
from catalog.lists import render_entries
from catalog.lists.files import FOLDER as LISTS
from catalog.record import Paper
from catalog.record_files import record_files
from catalog.site import build_site
from catalog.site.addresses import paper_page
from catalog.site.pages import absolute
from catalog.templating import markdown_link, markdown_text
from catalog.version_control import changed_files, commit_named

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Preview</title>
<h1>Preview</h1>
<ul>
{items}
</ul>
"""
_ADDRESS = re.compile(r"""\s(?:href|src)="([^"]*)\"""")


@dataclass(frozen=True)
class Changes:
    """What differs from an earlier commit.

    Attributes
    ----------
    catalogue : the records without errors, which alone can be rendered
    papers : those of them that differ or are new, by id
    unsound : files of the others that differ or are new
    gone : ids that no record has any more
    commit : the one that was looked at
    """

    catalogue: Catalogue
    papers: tuple[Paper, ...]
    unsound: tuple[str, ...] = ()
    gone: tuple[GoneId, ...] = ()
    commit: str = "HEAD"


def changes_since(catalogue: Catalogue, base: str, progress: ProgressCallback | None = None) -> Changes:
    """How the records differ from the commit *base*.

    Raises
    ------
    CatalogError : git does not know *base*
    """
    commit = commit_named(catalogue.root, base)
    changed = changed_files(catalogue.root, "papers", commit)
    wrong = {one.file for one in checks.run(catalogue, progress=progress) if one.severity == "error"}
    files = {name: file for name, file in catalogue.files.items() if file not in wrong}
    sound = tuple(paper for paper in catalogue if paper.id in files)
    return Changes(
        replace(catalogue, papers=sound, files=files, unreadable=()),
        tuple(paper for paper in sound if files[paper.id] in changed),
        tuple(sorted(wrong & changed & set(record_files(catalogue.root)))),
        tuple(gone_ids(catalogue, Earlier.of(catalogue.root, commit))),
        commit_named(catalogue.root, "HEAD"),
    )


def preview(changes: Changes, templates: Path, out: Path, progress: ProgressCallback | None = None) -> None:
    """Write ``entries.md``, ``index.html`` and the papers' pages with what they need into *out*.

    Raises
    ------
    CatalogError : the site cannot be built
    """
    out.mkdir(parents=True, exist_ok=True)
    rendered = render_entries(changes.catalogue, templates)
    told = "\n".join(_told(changes))
    entries = [_with_links(rendered[paper.id], paper, changes, out) for paper in changes.papers]
    parts = [f"## {_counts(changes)}", *([told] if told else []), *entries]
    (out / "entries.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    if not changes.papers:
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        build_site(changes.catalogue, templates, site, progress=progress)
        shutil.copytree(site / "assets", out / "assets", dirs_exist_ok=True)
        for paper in changes.papers:
            address = paper_page(paper.id)
            shutil.copytree(site / address, out / address, dirs_exist_ok=True)
    for paper in changes.papers:
        page = f"{paper_page(paper.id)}index.html"
        html = (out / page).read_text(encoding="utf-8")
        (out / page).write_text(_alone(html, page, out, changes.catalogue.config.base_url), encoding="utf-8")
    items = "\n".join(
        f'<li><a href="{escape(paper_page(paper.id))}index.html">{escape(paper.title)}</a></li>'
        for paper in changes.papers
    )
    (out / "index.html").write_text(_PAGE.format(items=items), encoding="utf-8")


def _counts(changes: Changes) -> str:
    """How many records changed, and what else there is to look at."""
    papers = len(changes.papers)
    renamed = sum(gone.heir is not None for gone in changes.gone)
    others = {
        "with errors": len(changes.unsound),
        "renamed": renamed,
        "gone": len(changes.gone) - renamed,
    }
    counts = [counted(papers, "changed record")]
    return ", ".join([*counts, *(f"{count:,} {what}" for what, count in others.items() if count)])


def _told(changes: Changes) -> Iterator[str]:
    """A line for each changed record that has no entry here."""
    for file in changes.unsound:
        yield f"- Not shown, because the check found errors in it: {markdown_text(file)}"
    for gone in changes.gone:
        refusal = gone.refusal(changes.catalogue.refused)
        title = f" ({gone.before.title})" if gone.before else ""
        if gone.heir:
            told = f"Renamed: '{gone.id}' is now '{gone.heir.id}'"
        elif refusal:
            told = f"Gone: '{gone.id}'{title}; papers/refused.yaml says why: {refusal.reason}"
        else:
            told = f"Gone: '{gone.id}'{title}; links to its page break"
        yield f"- {markdown_text(told)}"


def _with_links(entry: str, paper: Paper, changes: Changes, out: Path) -> str:
    """The *entry* with its links to files, which hold in a list, such that they hold here."""
    catalogue = changes.catalogue
    repository = catalogue.config.repository
    for file in (catalogue.files[paper.id], f"reference_impls/methods/{paper.reference_impl}.py"):
        if repository:
            link = Forge(repository, changes.commit).file("tree", file)
        else:
            link = os.path.relpath(catalogue.root / file, out)
        entry = entry.replace(f"]({os.path.relpath(file, LISTS)})", f"]({markdown_link(link)})")
    return entry


def _alone(html: str, page: str, out: Path, base: str | None) -> str:
    """The *page* with links that hold although most of the site is missing.

    Those to a page that is here name its file, because nothing serves folders; others lead to the published
    site at *base* or, where nobody knows of one, nowhere.
    """

    def here(match: re.Match[str]) -> str:
        target = unescape(match[1])
        link = urlsplit(target)
        if link.scheme or link.netloc or not link.path:
            return match[0]
        address = Path(os.path.normpath(out / page / ".." / link.path))
        if address.is_file():
            return match[0]
        if (address / "index.html").is_file():
            target = link._replace(path=f"{link.path.rstrip('/')}/index.html").geturl()
        elif base:
            target = urljoin(absolute(base, page), target)
        else:
            return ""
        return match[0].replace(match[1], escape(target))

    return _ADDRESS.sub(here, html)
