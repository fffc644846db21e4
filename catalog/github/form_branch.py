"""The branch of a form: what it holds, who has committed to it, and records pushed to it as one commit.

A workflow may replace only what it made itself: commits of others are told apart by author and committer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.formatting import write_own
from catalog.github.programs import AUTHOR, BOT_ADDRESS, run
from catalog.version_control import git


@dataclass(frozen=True)
class FormBranch:
    """A branch of the repository that *root* was cloned from, as it is there.

    Attributes
    ----------
    root : a checkout, with its whole history, of the branch that this one is meant for
    tip : its last commit; empty where there is no such branch
    made : the last of its commits that a workflow made; likewise
    has_others : whether it has other commits
    """

    root: Path
    name: str
    tip: str = ""
    made: str = ""
    has_others: bool = False

    @classmethod
    def fetch(cls, root: Path, name: str) -> FormBranch:
        """Ask the remote repository for the branch.

        Raises
        ------
        CatalogError : git fails
        """
        place = f"refs/heads/{name}"
        tip = run("git", "ls-remote", "origin", place, folder=root).partition("\t")[0]
        if not tip:
            return cls(root, name)
        run("git", "fetch", "--quiet", "origin", place, folder=root)
        log = run("git", "log", "--topo-order", "--format=%H%x00%ae%x00%ce", f"HEAD..{tip}", folder=root)
        commits = [line.split("\0") for line in log.splitlines()]
        made = [commit for commit, *people in commits if people == [BOT_ADDRESS, BOT_ADDRESS]]
        return cls(root, name, tip, made[0] if made else "", len(made) < len(commits))

    def says(self, files: Mapping[str, str | None]) -> bool:
        """Whether the last commit that a workflow made changed these files, and no other, to these texts.

        A file without a text is one that is deleted.
        """
        if not self.made:
            return False
        options = ("--no-commit-id", "--name-only", "-r", "-z", "--relative")
        names = run("git", "diff-tree", *options, self.made, folder=self.root)
        return set(names.split("\0")) - {""} == set(files) and holds(self.root, self.made, files)

    def push(self, files: Mapping[str, str | None], message: str) -> None:
        """Let the branch hold these files in one commit, if it has not moved on since it was fetched.

        Raises
        ------
        CatalogError : git fails, the branch has moved on, or a link leads away from a file's place
        """
        run("git", "switch", "--quiet", "--force-create", self.name, folder=self.root)
        for file, text in files.items():
            if text is None:
                run("git", "rm", "--quiet", "--ignore-unmatch", "--", file, folder=self.root)
            else:
                write_own(self.root, file, text)
                run("git", "add", "--", file, folder=self.root)
        run("git", *AUTHOR, "commit", "--quiet", "--message", message, folder=self.root)
        place = f"refs/heads/{self.name}"
        options = ("--quiet", f"--force-with-lease={place}:{self.tip}")
        run("git", "push", *options, "origin", f"HEAD:{place}", folder=self.root)


def holds(root: Path, commit: str, files: Mapping[str, str | None]) -> bool:
    """Whether a commit has these files with these texts, and those without a text not."""
    texts = {file: None if text is None else text.encode() for file, text in files.items()}
    return all(git(root, "show", f"{commit}:./{file}") == text for file, text in texts.items())
