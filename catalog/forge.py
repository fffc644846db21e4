"""Links into the forge that keeps the records: to edit, to report, to see a change.

Forges differ in how such addresses are written; the host's name tells which one it is, and what
is not known is taken to be like GitHub.  Wording belongs to the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

from catalog.catalogue import Catalogue

Kind = Literal["github", "gitlab", "gitea"]

_FILES: Mapping[Kind, Mapping[str, str]] = {
    "github": {"edit": "edit/{branch}", "tree": "tree/{branch}", "history": "commits/{branch}"},
    "gitlab": {"edit": "-/edit/{branch}", "tree": "-/tree/{branch}", "history": "-/commits/{branch}"},
    "gitea": {
        "edit": "_edit/{branch}",
        "tree": "src/branch/{branch}",
        "history": "commits/branch/{branch}",
    },
}
FORM = ".github/ISSUE_TEMPLATE/correct-record.yml"
"""The form by which a record is corrected, in a repository that has one."""
_ADDING = "add-paper.yml"
"""The form beside it, by which a paper is added."""
_NEW_ISSUE: Mapping[Kind, str] = {
    "github": "issues/new/choose",
    "gitlab": "-/issues/new",
    "gitea": "issues/new",
}
_COMMIT: Mapping[Kind, str] = {"github": "commit", "gitlab": "-/commit", "gitea": "commit"}


@dataclass(frozen=True)
class Forge:
    """A repository on a forge; *has_form* says whether it has the file :data:`FORM`.

    >>> Forge("https://github.com/o/r", "main").file("edit", "papers/2024/fastv.yaml")
    'https://github.com/o/r/edit/main/papers/2024/fastv.yaml'
    """

    repository: str
    branch: str
    has_form: bool = False

    @property
    def kind(self) -> Kind:
        """Which software runs it, by its host's name."""
        host = urlsplit(self.repository).hostname or ""
        if "gitlab" in host:
            return "gitlab"
        return "gitea" if any(name in host for name in ("codeberg", "gitea", "forgejo")) else "github"

    @property
    def _base(self) -> str:
        return self.repository.rstrip("/").removesuffix(".git")

    def file(self, view: str, path: str) -> str:
        """A file or folder in the view ``edit``, ``tree`` or ``history``."""
        return f"{self._base}/{_FILES[self.kind][view].format(branch=quote(self.branch))}/{quote(path)}"

    def commit(self, commit_hash: str) -> str:
        """One commit."""
        return f"{self._base}/{_COMMIT[self.kind]}/{commit_hash}"

    @property
    def takes_forms(self) -> bool:
        """Whether a form that is filled in there becomes a record."""
        return self.has_form and self.kind == "github"

    @property
    def addition(self) -> str | None:
        """The form for adding a paper; ``None`` where there is no such form.

        >>> Forge("https://github.com/o/r", "main", has_form=True).addition
        'https://github.com/o/r/issues/new?template=add-paper.yml'
        """
        return f"{self._base}/issues/new?template={_ADDING}" if self.takes_forms else None

    def correction(self, record: str) -> str | None:
        """The form for correcting a record, with its id filled in; ``None`` where there is no such form.

        >>> Forge("https://github.com/o/r", "main", has_form=True).correction("fastv")
        'https://github.com/o/r/issues/new?template=correct-record.yml&title=Correct%3A%20fastv&record=fastv'
        """
        if not self.takes_forms:
            return None
        fields = {"template": PurePosixPath(FORM).name, "title": f"Correct: {record}", "record": record}
        return f"{self._base}/issues/new?{urlencode(fields, quote_via=quote)}"

    @property
    def issues(self) -> str:
        """Where all issues are."""
        return f"{self._base}/{'-/' if self.kind == 'gitlab' else ''}issues"

    @property
    def new_issue(self) -> str:
        """Where a new issue is begun, with a choice of forms where the forge offers one.

        >>> Forge("https://gitlab.com/o/r", "main").new_issue
        'https://gitlab.com/o/r/-/issues/new'
        """
        return f"{self._base}/{_NEW_ISSUE[self.kind]}"

    def report(self, title: str, body: str, labels: str = "") -> str:
        """The form for a new issue, filled in.

        >>> Forge("https://gitlab.com/o/r", "main").report("Wrong", "Say what.")
        'https://gitlab.com/o/r/-/issues/new?issue%5Btitle%5D=Wrong&issue%5Bdescription%5D=Say%20what.'
        """
        if self.kind == "gitlab":
            fields = {"issue[title]": title, "issue[description]": body}
            return f"{self._base}/-/issues/new?{urlencode(fields, quote_via=quote)}"
        fields = {"title": title, "labels": labels, "body": body}
        given = {name: value for name, value in fields.items() if value}
        return f"{self._base}/issues/new?{urlencode(given, quote_via=quote)}"


def forge_of(catalogue: Catalogue) -> Forge | None:
    """The forge that the configuration names."""
    config = catalogue.config
    if config.repository is None:
        return None
    return Forge(config.repository, config.branch, has_form(catalogue.root))


def has_form(root: Path) -> bool:
    """Whether the catalogue in *root* has the form, which is rendered wherever there is a ``.github/``."""
    return (root / PurePosixPath(FORM).parts[0]).is_dir()
