"""What the main branch publishes: its rendered files as a commit, its site on the branch that is served.

Rendering and building are done before; here is only ``git``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from catalog.findings import CatalogError
from catalog.github.forms import FOLDER
from catalog.github.programs import AUTHOR, run

RENDERED = ("README.md", "papers/lists", "papers/paper.schema.json")
"""What ``catalog build --only lists`` writes, beside the issue forms of a catalogue that has them."""


def commit_rendered(root: Path, branch: str) -> str:
    """Commit the rendered files if they have changed, and push them to *branch*; what was done, in words.

    Where the branch has moved on meanwhile nothing is pushed: the run for its newest commit renders.

    Raises
    ------
    CatalogError : git fails
    """
    forms = [FOLDER.as_posix()] if (root / FOLDER).is_dir() else []
    run("git", "add", "--all", "--", *RENDERED, *forms, folder=root)
    if not run("git", "diff", "--cached", "--name-only", folder=root):
        return "the rendered files are up to date"
    run("git", *AUTHOR, "commit", "--quiet", "--message", "Render README, lists and issue forms", folder=root)
    try:
        run("git", "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", folder=root)
    except CatalogError:
        tip = run("git", "ls-remote", "origin", f"refs/heads/{branch}", folder=root).split("\t")[0]
        if tip == run("git", "rev-parse", "HEAD^", folder=root).strip():
            raise  # it was not overtaken: the push is forbidden
        return f"{branch} has moved on; the run for its newest commit renders"
    return "the rendered files are committed"


def push_site(root: Path, site: Path, branch: str) -> None:
    """Make *branch* hold exactly the built *site*, in one commit without history.

    Raises
    ------
    CatalogError : there is no site, or git fails
    """
    if not (site / "index.html").is_file():
        raise CatalogError(f"{site}: expected a built site; run: catalog build --only site")
    remote = run("git", "remote", "get-url", "origin", folder=root).strip()
    with tempfile.TemporaryDirectory() as folder:
        git = ("git", f"--git-dir={folder}/site.git", f"--work-tree={site.resolve()}")
        run(*git, "init", "--quiet", "--initial-branch", branch, folder=root)
        run(*git, "add", "--all", "--force", ".", folder=site)
        empty = run(*git, "hash-object", "-w", "--stdin", folder=root).strip()
        # Without this file GitHub takes the site for a source of another site generator.
        run(*git, "update-index", "--add", "--cacheinfo", f"100644,{empty},.nojekyll", folder=root)
        run(*git, *AUTHOR, "commit", "--quiet", "--message", "Publish the site", folder=root)
        run(*git, "push", "--quiet", "--force", remote, f"HEAD:refs/heads/{branch}", folder=root)
