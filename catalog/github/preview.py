"""How the records that a change touches will look: their entries in the lists, and their pages.

Everything is rendered by what renders the real lists and the real site, so that a preview cannot
differ from what readers will see.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.findings import ProgressCallback
from catalog.github.programs import run
from catalog.lists import render_entries
from catalog.record import Paper
from catalog.site import build_site
from catalog.site.addresses import paper_page
from catalog.templating import markdown_text

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Preview</title>
<h1>Preview</h1>
<ul>
{items}
</ul>
"""


def changed_papers(catalogue: Catalogue, base: str) -> list[Paper]:
    """The papers whose records differ from the commit *base*, by id.

    Raises
    ------
    CatalogError : git does not know *base*
    """
    options = ("--name-only", "-z", "--no-renames", "--diff-filter=d", "--relative")
    names = run("git", "diff", *options, "--end-of-options", base, "--", "papers", folder=catalogue.root)
    changed = set(names.split("\0"))
    return [paper for paper in catalogue if catalogue.files[paper.id] in changed]


def preview(
    catalogue: Catalogue,
    papers: Sequence[Paper],
    templates: Path,
    out: Path,
    progress: ProgressCallback | None = None,
) -> None:
    """Write ``entries.md``, ``index.html`` and the papers' pages with what they need into *out*.

    Raises
    ------
    CatalogError : the site cannot be built
    """
    out.mkdir(parents=True, exist_ok=True)
    rendered = render_entries(catalogue, templates)
    entries = [rendered[paper.id] for paper in papers]
    heading = f"{len(papers)} changed {'record' if len(papers) == 1 else 'records'}"
    (out / "entries.md").write_text(
        "\n\n".join([f"## {markdown_text(heading)}", *entries]) + "\n", encoding="utf-8"
    )
    if not papers:
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        build_site(catalogue, templates, site, progress=progress)
        shutil.copytree(site / "assets", out / "assets", dirs_exist_ok=True)
        for paper in papers:
            address = paper_page(paper.id)
            shutil.copytree(site / address, out / address, dirs_exist_ok=True)
    items = "\n".join(
        f'<li><a href="{escape(paper_page(paper.id))}index.html">{escape(paper.title)}</a></li>'
        for paper in papers
    )
    (out / "index.html").write_text(_PAGE.format(items=items), encoding="utf-8")
