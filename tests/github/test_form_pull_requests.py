"""From an outcome to a pull request: one branch an issue, an answer always, and nothing taken on trust."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.findings import CatalogError
from catalog.github.outcome import Outcome
from catalog.github.pull_request import answer_issue
from tests.github.conftest import FakeGh, git

FILE = "papers/2024/fastv.yaml"
OTHER = "papers/2024/toca.yaml"
GOOD = {
    "form": "correct-record", "files": {FILE: "title: X\n"}, "domains": ["vision"],
    "title": "Correct fastv: title", "changes": "| Field |\n",
}  # fmt: skip
BRANCH = "form/issue-12"
REFUSED = Outcome("add-paper", "Not right yet.\n")
COMMENTS = "api --paginate --slurp repos/{owner}/{repo}/issues/%d/comments"


def outcome_for(root: Path, training: str = "both", file: str = FILE) -> Outcome:
    text = git(root, "show", f"main:{file}").replace("training: free", f"training: {training}")
    title = f"Correct {Path(file).stem}: training"
    return Outcome(
        "correct-record", "Thank you.\n", {file: text}, ("multimodal",), title, f"Now {training}.\n"
    )


def pull(number: int = 31, *labels: str, fork: bool = False) -> dict[str, object]:
    return {"number": number, "labels": [{"name": name} for name in labels], "isCrossRepository": fork}


class Home:
    """The repository with its origin: forms are answered, reviewers commit."""

    def __init__(self, root: Path, origin: Path, gh: FakeGh) -> None:
        self.root, self.origin, self.gh = root, origin, gh
        self.pulls: list[dict[str, object]] = []
        self.told: dict[int, list[str]] = {12: [], 31: []}

    def answer(self, outcome: Outcome, may_open: bool = True) -> str:
        """What the log is of the answer that is given in a fresh copy of the repository."""
        comments = {
            COMMENTS % number: json.dumps(
                [
                    [
                        {"body": text.replace("\n", "\r\n"), "user": {"login": "github-actions[bot]"}}
                        for text in told
                    ]
                ]
            )
            for number, told in self.told.items()
        }
        created = "https://github.com/o/r/pull/31" if may_open else None
        self.gh.answer({"pr list": json.dumps(self.pulls), "pr create": created, **comments})
        before = len(self.gh.asked)
        git(self.root, "switch", "--quiet", "--force", "main")
        log = answer_issue(self.root, outcome, 12, "main")
        self.asked = self.gh.asked[before:]
        for words in self.asked:
            if words[:2] in (["issue", "comment"], ["pr", "comment"]):
                self.told[int(words[2])].append(words[-1])
            if words[:2] == ["pr", "create"] and may_open:
                self.pulls.append(pull(31, *(f"domain: {domain}" for domain in outcome.domains)))
        return log

    def does(self, *words: str) -> list[list[str]]:
        """What gh was asked last that begins with these words."""
        return [each for each in self.asked if each[: len(words)] == list(words)]

    @property
    def asked_to_tell(self) -> list[list[str]]:
        return [*self.does("issue", "comment"), *self.does("pr", "comment")]

    def commit(self, training: str) -> None:
        """A reviewer's commit on the form's branch."""
        git(self.root, "fetch", "--quiet", "origin", BRANCH)
        git(self.root, "switch", "--quiet", "--force", "--detach", "FETCH_HEAD")
        file = self.root / FILE
        text = re.sub("training: .*", f"training: {training}", file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
        git(self.root, "commit", "--quiet", "--all", "--message", "Mend it")
        git(self.root, "push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")

    @property
    def tip(self) -> str:
        return git(self.origin, "rev-parse", BRANCH).strip()


@pytest.fixture
def home(root: Path, origin: Path, gh: FakeGh) -> Home:
    return Home(root, origin, gh)


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def test_a_correction_is_pushed_opened_labelled_checked_and_answered(home: Home) -> None:
    assert home.answer(outcome_for(home.root)) == "pull request 31"
    assert git(home.origin, "show", "--format=%an %s", "--name-only", BRANCH).split("\n\n") == [
        "github-actions[bot] Correct fastv: training",
        f"{FILE}\n",
    ]
    asked = [" ".join(words[:2]) for words in home.asked if words[0] != "api"]
    expected = "pr list, pr create, label create, pr edit, workflow run, issue comment"
    assert ", ".join(asked) == expected
    (created,) = home.does("pr", "create")
    assert option(created, "--title") == "Correct fastv: training"
    assert option(created, "--body-file").startswith("Closes #12, whose form decides")
    assert option(created, "--body-file").endswith("\n\nNow both.\n")
    assert "domain: multimodal" in home.does("pr", "edit")[0]
    (told,) = home.told[12]
    assert told.startswith("Thank you.\n\nThe pull request is #31.")


def test_a_record_that_moved_leaves_its_place_on_the_branch(home: Home, tmp_path: Path) -> None:
    text = (home.root / FILE).read_text(encoding="utf-8").replace("2024-03-11", "2023-12-24")
    moved = "papers/2023/fastv.yaml"
    Outcome("correct-record", "Thank you.\n", {moved: text, FILE: None}, title="T").write(
        tmp_path / "outcome"
    )
    outcome = Outcome.read(tmp_path / "outcome")
    assert home.answer(outcome) == "pull request 31"
    listed = git(home.origin, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    assert (moved in listed, FILE in listed) == (True, False)
    tip = home.tip
    assert home.answer(outcome) == "pull request 31 is up to date"
    assert home.tip == tip


def test_an_edited_form_takes_the_pull_request_with_it(home: Home) -> None:
    home.answer(outcome_for(home.root))
    log = home.answer(replace(outcome_for(home.root, "based", OTHER), domains=("vision",)))
    assert log == "pull request 31"
    assert not home.does("pr", "create")
    assert git(home.origin, "diff", "--name-only", "main", BRANCH).split() == [OTHER]
    renewed, labelled = home.does("pr", "edit", "31")
    assert option(renewed, "--title") == "Correct toca: training"
    assert option(renewed, "--body-file").endswith("\n\nNow based.\n")
    assert option(labelled, "--add-label") == "domain: vision"
    assert option(labelled, "--remove-label") == "domain: multimodal"
    assert home.does("workflow", "run")


def test_a_changed_outcome_is_a_new_comment_for_author_and_reviewers(home: Home) -> None:
    home.answer(outcome_for(home.root))
    home.answer(replace(outcome_for(home.root, "based"), answer="Thanks again.\n"))
    assert [told.partition("\n")[0] for told in home.told[12]] == ["Thank you.", "Thanks again."]
    (told,) = home.told[31]
    assert told.startswith("The form in #12 was edited, and this pull request with it.")
    assert "Now based." in told
    assert not any("--edit-last" in words for words in home.asked)


def test_where_nothing_has_changed_nothing_is_done(home: Home) -> None:
    home.answer(outcome_for(home.root))
    tip = home.tip
    assert home.answer(outcome_for(home.root)) == "pull request 31 is up to date"
    assert home.tip == tip
    assert [words[:2] for words in home.asked if words[0] != "api"] == [["pr", "list"]]


def test_a_pull_request_from_a_fork_is_not_taken_for_the_form_s(home: Home) -> None:
    home.pulls = [pull(66, fork=True)]
    assert home.answer(outcome_for(home.root)) == "pull request 31"
    assert not any("66" in " ".join(words) for words in home.asked)


@pytest.mark.parametrize("amended", [False, True])
def test_what_others_have_committed_stays_and_both_sides_are_told(home: Home, amended: bool) -> None:
    home.answer(outcome_for(home.root))
    home.commit("null")
    if amended:
        git(home.root, "reset", "--quiet", "--soft", "HEAD^")
        git(home.root, "commit", "--quiet", "--amend", "--no-edit")
        git(home.root, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    tip = home.tip
    assert "has commits that are not the form's" in home.answer(outcome_for(home.root, "based"))
    assert home.tip == tip
    assert not home.does("pr", "edit")
    assert "the pull request #31 has commits that are not the form's" in home.told[12][-1]
    assert "delete the branch and edit #12 again" in home.told[31][-1]
    assert "Now based." in home.told[31][-1]
    home.answer(outcome_for(home.root, "based"))
    assert home.asked_to_tell == []  # told already


def test_a_form_that_is_as_before_leaves_what_others_committed_without_a_word(home: Home) -> None:
    home.answer(outcome_for(home.root))
    home.commit("null")
    tip = home.tip
    assert home.answer(outcome_for(home.root)) == "pull request 31 is up to date"
    assert home.tip == tip
    assert home.told[31] == []


def test_commits_of_the_main_branch_are_nobody_s_on_the_form_s(home: Home) -> None:
    home.answer(outcome_for(home.root))
    git(home.root, "switch", "--quiet", "--force", "main")
    git(home.root, "commit", "--quiet", "--allow-empty", "--message", "Elsewhere")
    git(home.root, "push", "--quiet", "origin", "main")
    assert home.answer(outcome_for(home.root, "based")) == "pull request 31"
    assert git(home.origin, "rev-list", "--count", f"main..{BRANCH}").strip() == "1"


def test_where_workflows_may_open_nothing_the_author_still_gets_an_answer_and_a_later_look_opens_it(
    home: Home,
) -> None:
    assert "Settings, Actions" in home.answer(outcome_for(home.root), may_open=False)
    assert f"branch `{BRANCH}`" in home.told[12][-1]
    assert home.answer(outcome_for(home.root)) == "pull request 31"
    assert home.does("workflow", "run")


def test_a_refusal_is_only_answered(home: Home) -> None:
    home.answer(REFUSED)
    assert [words[:2] for words in home.asked if words[0] != "api"] == [["pr", "list"], ["issue", "comment"]]
    assert git(home.origin, "branch", "--format=%(refname:short)").split() == ["main"]


def test_a_refusal_names_the_pull_request_that_still_stands(home: Home) -> None:
    home.answer(outcome_for(home.root))
    tip = home.tip
    home.answer(REFUSED)
    assert home.tip == tip
    assert home.told[12][-1] == (
        "Not right yet.\n\nThe pull request #31 still holds what the form said before.\n"
    )
    assert home.told[12][0].startswith("Thank you.")
    assert "still holds what it said before" in home.told[31][-1]


def test_what_is_there_already_opens_nothing(home: Home) -> None:
    same = Outcome("correct-record", "Thank you.\n", {FILE: (home.root / FILE).read_text(encoding="utf-8")})
    assert home.answer(same) == "nothing to change"
    assert "holds all of this already" in home.told[12][-1]


def test_an_outcome_is_read_back_as_it_was_written(root: Path, origin: Path, tmp_path: Path) -> None:
    outcome = outcome_for(root)
    outcome.write(tmp_path / "outcome")
    assert Outcome.read(tmp_path / "outcome") == outcome


@pytest.mark.parametrize(
    "body",
    [
        {**GOOD, "files": {"../.bashrc": "x"}},
        {**GOOD, "files": {".github/workflows/checks.yml": "x"}},
        {**GOOD, "files": {"papers/2024/../../x.yaml": "x"}},
        {**GOOD, "files": {"papers/catalogue.yaml": "x"}},
        {**GOOD, "files": {"papers/2024/x.yaml\n": "x"}},
        {**GOOD, "files": {FILE: "x" * 70_000}},
        {**GOOD, "files": [FILE]},
        {**GOOD, "files": {FILE: 7}},
        {**GOOD, "domains": ["vision,invalid"]},
        {**GOOD, "domains": "vision"},
        {**GOOD, "form": "--help"},
        {**GOOD, "title": "Fix @everyone"},
        {**GOOD, "title": "x\ny"},
        {**GOOD, "title": None},
        {"files": {}},
        [],
    ],
)
def test_an_outcome_that_holds_anything_but_records_is_refused(tmp_path: Path, body: object) -> None:
    (tmp_path / "outcome.json").write_text(json.dumps(body), encoding="utf-8")
    (tmp_path / "answer.md").write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match="expected"):
        Outcome.read(tmp_path)
