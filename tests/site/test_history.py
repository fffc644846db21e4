"""The records' history: all of it from the repository, or none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.site import build_site
from catalog.site.edits import UNREADABLE, Edit, Edits
from catalog.site.history import History

TEMPLATES = Path(__file__).parents[2] / "site_templates"
RECORD = "papers/2024/fastv.yaml"


def _git(root: Path, *arguments: str, date: str = "2024-05-06T07:08:09+09:00") -> None:
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": "2030-01-01T00:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True)


def _change(root: Path, old: str, new: str, path: str = RECORD) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="")


def _commit(root: Path, subject: str = "Change") -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "--allow-empty-message", "-m", subject)


@pytest.fixture
def repository(mini: Path) -> Path:
    """The small catalogue with two commits: all records added, one changed and one removed."""
    _git(mini, "init", "--initial-branch=main")
    _git(mini, "add", "-A")
    _git(mini, "commit", "-m", "Add <b>all</b> records")
    record = mini / RECORD
    record.write_text(record.read_text(encoding="utf-8").replace("free", "both"), encoding="utf-8")
    (mini / "papers" / "2024" / "toca.yaml").unlink()
    _git(mini, "add", "-A")
    _git(mini, "commit", "-m", "Read FastV again\n\nA second paragraph.", date="2024-06-01T23:59:00-11:00")
    return mini


def test_a_record_s_history_is_newest_first_with_the_author_s_own_date(repository: Path) -> None:
    entries = History.read(repository).of_record["fastv"]
    assert [(entry.what, entry.commit.date, entry.commit.subject) for entry in entries] == [
        ("changed", "2024-06-01", "Read FastV again"),
        ("added", "2024-05-06", "Add <b>all</b> records"),
    ]


def test_a_step_names_what_was_added_changed_and_removed(repository: Path) -> None:
    latest, first = History.read(repository).steps
    assert (latest.added, latest.changed, latest.removed) == ((), (RECORD,), ("papers/2024/toca.yaml",))
    assert len(first.added) == 6
    assert "papers/catalogue.yaml" not in first.added, "only records have a history"


def test_paths_are_those_of_the_catalogue_also_inside_a_larger_repository(mini: Path) -> None:
    _git(mini.parent, "init", "--initial-branch=main")
    _git(mini.parent, "add", "-A")
    _git(mini.parent, "commit", "-m", "All")
    assert RECORD in History.read(mini).steps[0].added


def test_a_merge_inside_a_larger_repository_has_the_catalogue_s_paths_too(mini: Path) -> None:
    _git(mini.parent, "init", "--initial-branch=main")
    _commit(mini)
    _conflict(mini)
    latest = History.read(mini).steps[0]
    assert latest.changed == (RECORD,)


SETTINGS = [
    *("color.ui=always", "color.diff=always", "log.showSignature=true", "log.showRoot=false"),
    *(
        "log.follow=true",
        "log.diffMerges=off",
        "log.decorate=full",
        "log.date=relative",
        "format.pretty=oneline",
    ),
    *("log.abbrevCommit=true", "format.notes=true", "diff.orderFile=/nonexistent", "diff.relative=true"),
    *("diff.noprefix=true", "diff.interHunkContext=30", "diff.context=5", "diff.external=false"),
    *("diff.renames=copies", "diff.suppressBlankEmpty=true", "diff.colorMoved=zebra", "core.quotePath=true"),
    *("core.abbrev=4", "i18n.logOutputEncoding=latin1", "diff.algorithm=patience", "diff.submodule=log"),
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_of_the_user_s_git_changes_the_history(
    repository: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    _change(repository, "venue: ECCV", "venue: CVPR")
    (repository / "papers" / "2022" / "é.yaml").write_text("title: É\n", encoding="utf-8")
    _commit(repository, "É")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    expected = History.read(repository)
    assert [len(step.added) for step in expected.steps] == [1, 0, 6]
    key, value = setting.split("=")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", key)
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", value)
    assert History.read(repository) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GIT_DIFF_OPTS", "--unified=3"),
        ("GIT_EXTERNAL_DIFF", "false"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_PAGER", "less"),
        ("GIT_TRACE", "1"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Pacific/Kiritimati"),
    ],
)
def test_no_variable_of_git_changes_the_history(
    repository: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    expected = History.read(repository)
    monkeypatch.setenv(variable, value)
    assert History.read(repository) == expected


CONTROL = [
    pytest.param(character, id=f"{ord(character):02x}") for character in "\x01\x0c\x1b\x1e\x1f\x7f\x85\u2028"
]


@pytest.mark.parametrize("character", CONTROL)
def test_a_subject_may_hold_any_character(repository: Path, character: str) -> None:
    _change(repository, "venue: ECCV", "venue: CVPR")
    _commit(repository, f"Read{character}{character}again :100644{character}")
    entry = History.read(repository).of_record["fastv"][0]
    assert entry.commit.subject == "Read again :100644"
    assert entry.edits == Edits((Edit("venue", ("ECCV",), ("CVPR",)),))


def test_a_commit_without_a_message_is_a_step_like_others(repository: Path) -> None:
    for subject, old, new in (("", "ECCV", "CVPR"), (":100644 100644 a b M", "CVPR", "ICML")):
        _change(repository, f"venue: {old}", f"venue: {new}")
        _commit(repository, subject)
    subjects = [entry.commit.subject for entry in History.read(repository).of_record["fastv"]]
    assert subjects[:2] == [":100644 100644 a b M", ""]


@pytest.mark.parametrize("character", CONTROL)
def test_a_record_that_once_held_any_character_does_not_spoil_the_history(
    repository: Path, character: str
) -> None:
    before = len(History.read(repository).steps)
    (repository / "papers" / "NOTES.md").write_text(f"a{character}b{character}\n", encoding="utf-8")
    _change(repository, "name: FastV", f"name: Fast{character}{character}V")
    _commit(repository)
    _change(repository, f"name: Fast{character}{character}V", "name: FastV")
    _change(repository, "venue: ECCV", "venue: CVPR")
    _commit(repository)
    history = History.read(repository)
    assert len(history.steps) == before + 2
    edits = history.of_record["fastv"][0].edits
    assert edits == UNREADABLE or [edit.field for edit in edits.facts] == ["name", "venue"]


def test_a_record_with_other_line_ends_has_changed_but_none_of_its_facts(repository: Path) -> None:
    _change(repository, "\n", "\r\n")
    _commit(repository)
    entry = History.read(repository).of_record["fastv"][0]
    assert (entry.what, entry.edits) == ("changed", Edits())


def test_a_list_in_lines_below_a_key_is_read_whole(repository: Path) -> None:
    link = "  code:\n    - https://github.com/pkunlp-icler/FastV\n"
    _change(repository, "  code: [https://github.com/pkunlp-icler/FastV]\n", link)
    _commit(repository)
    assert History.read(repository).of_record["fastv"][0].edits == Edits()
    _change(repository, link, f"{link}    - https://example.org/b\n")
    _commit(repository)
    edits = History.read(repository).of_record["fastv"][0].edits
    assert edits.facts == (Edit("code", (), ("https://example.org/b",)),)


def test_text_like_a_patch_cannot_tell_edits_of_another_record(repository: Path) -> None:
    forged = "summary: >\n  diff --git papers/2024/fastv.yaml\n  +++ b/papers/2024/fastv.yaml\nold: 1\nrest:"
    _change(repository, "summary:", forged, "papers/2022/tome.yaml")
    _change(repository, "venue: ECCV", "venue: CVPR")
    _commit(repository)
    edits = History.read(repository).steps[0].edits
    assert edits[RECORD] == Edits((Edit("venue", ("ECCV",), ("CVPR",)),))
    assert {edit.field for edit in edits["papers/2022/tome.yaml"].facts} >= {"summary", "old"}


def test_a_record_that_moves_to_another_year_keeps_its_history(repository: Path) -> None:
    (repository / "papers" / "2025").mkdir(exist_ok=True)
    (repository / RECORD).rename(repository / "papers" / "2025" / "fastv.yaml")
    _change(repository, "year: 2024", "year: 2025", "papers/2025/fastv.yaml")
    _commit(repository, "FastV appeared in 2025")
    history = History.read(repository)
    latest = history.steps[0]
    assert (latest.added, latest.changed, latest.removed) == ((), ("papers/2025/fastv.yaml",), ())
    entries = history.of_record["fastv"]
    assert [entry.what for entry in entries] == ["changed", "changed", "added"]
    assert entries[0].edits == Edits((Edit("year", ("2024",), ("2025",)),))


def test_a_record_that_leaves_is_not_taken_for_another_that_arrives(repository: Path) -> None:
    (repository / RECORD).unlink()
    (repository / "papers" / "2025").mkdir(exist_ok=True)
    (repository / "papers" / "2025" / "other.yaml").write_text("title: Other\n", encoding="utf-8")
    _commit(repository)
    latest = History.read(repository).steps[0]
    assert (latest.added, latest.changed, latest.removed) == (("papers/2025/other.yaml",), (), (RECORD,))


def _rename(root: Path, new: str, *, alias: str | None, subject: str = "Rename") -> None:
    """FastV gets another id, in one commit, with or without its former one as alias."""
    _git(root, "mv", RECORD, f"papers/2024/{new}.yaml")
    if alias:
        _change(root, "title:", f"aliases: [{alias}]\ntitle:", f"papers/2024/{new}.yaml")
    _commit(root, subject)


def _told(root: Path, record: str) -> list[tuple[str, str]]:
    return [(entry.what, entry.commit.subject) for entry in History.read(root).of_record[record]]


def test_a_renamed_record_keeps_its_history_and_says_so(repository: Path, tmp_path: Path) -> None:
    before = _told(repository, "fastv")
    kept = tmp_path / "cache"
    History.read(repository, kept)
    _rename(repository, "fast-v", alias="fastv")
    history = History.read(repository, kept)
    assert _told(repository, "fast-v") == [("changed", "Rename"), *before]
    assert "fastv" not in history.of_record
    latest = history.steps[0]
    assert (latest.added, latest.changed, latest.removed) == ((), ("papers/2024/fast-v.yaml",), ())
    assert history.of_record["fast-v"][0].edits.facts == (
        Edit("id", ("fastv",), ("fast-v",)),
        Edit("aliases", (), ("fastv",)),
    )
    assert History.read(repository, kept) == history == History.read(repository)


def test_the_alias_may_come_after_the_new_name(repository: Path) -> None:
    before = _told(repository, "fastv")
    _rename(repository, "fast-v", alias=None)
    assert _told(repository, "fast-v") == [("added", "Rename")]
    _change(repository, "title:", "aliases: [fastv]\ntitle:", "papers/2024/fast-v.yaml")
    _commit(repository, "Name the former id")
    assert _told(repository, "fast-v") == [("changed", "Name the former id"), ("changed", "Rename"), *before]
    renaming = History.read(repository).of_record["fast-v"][1].edits
    assert renaming == Edits((Edit("id", ("fastv",), ("fast-v",)),))


def test_a_record_may_be_renamed_twice_and_back(repository: Path) -> None:
    before = _told(repository, "fastv")
    _rename(repository, "fast-v", alias="fastv", subject="One")
    _git(repository, "mv", "papers/2024/fast-v.yaml", "papers/2024/fast.yaml")
    _change(repository, "[fastv]", "[fastv, fast-v]", "papers/2024/fast.yaml")
    _commit(repository, "Two")
    assert _told(repository, "fast") == [("changed", "Two"), ("changed", "One"), *before]
    _git(repository, "mv", "papers/2024/fast.yaml", RECORD)
    _change(repository, "[fastv, fast-v]", "[fast, fast-v]")
    _commit(repository, "Three")
    assert _told(repository, "fastv") == [
        ("changed", "Three"),
        ("changed", "Two"),
        ("changed", "One"),
        *before,
    ]


def test_a_duplicate_that_was_given_up_for_another_record_has_a_history_of_its_own(repository: Path) -> None:
    before = _told(repository, "tome")
    (repository / RECORD).unlink()
    (repository / "papers" / "2024" / "more.yaml").write_text("title: More\n", encoding="utf-8")
    _change(repository, "title:", "aliases: [fastv]\ntitle:", "papers/2022/tome.yaml")
    _commit(repository, "Merge")
    assert _told(repository, "tome") == [("changed", "Merge"), *before]
    assert History.read(repository).steps[0].removed == (RECORD,)


def test_a_page_shows_what_happened_under_the_former_id(
    repository: Path, tmp_path: Path, frame_cache: Path
) -> None:
    _change(repository, "[dynamicvit, tome, fastv]", "[dynamicvit, tome]", "papers/catalogue.yaml")
    _rename(repository, "fast-v", alias="fastv")
    site = tmp_path / "site"
    build_site(Catalogue.load(repository), TEMPLATES, site, cache=frame_cache)
    paper = (site / "papers" / "fast-v" / "index.html").read_text(encoding="utf-8")
    assert "Read FastV again" in paper
    assert "<li>id: fastv → fast-v</li>" in paper
    changes = (site / "new" / "changes" / "index.html").read_text(encoding="utf-8")
    assert 'Changed: <a href="../../papers/fast-v/">FastV</a>' in changes


def _conflict(root: Path) -> None:
    """Two branches that say another venue each, merged with a third one and a record more."""
    _git(root, "checkout", "-b", "branch")
    _change(root, "venue: ECCV", "venue: CVPR")
    _commit(root, "On the branch")
    _git(root, "checkout", "main")
    _change(root, "venue: ECCV", "venue: ICLR")
    _commit(root, "On main")
    _git(root, "merge", "--no-commit", "-s", "ours", "branch")
    _change(root, "venue: ICLR", "venue: NeurIPS")
    (root / "papers" / "2024" / "more.yaml").write_text("title: More\n", encoding="utf-8")
    _commit(root, "Merge")


def test_a_merge_tells_what_it_changed_itself(repository: Path) -> None:
    _conflict(repository)
    merge, *others = History.read(repository).steps
    assert {step.commit.subject for step in others[:2]} == {"On the branch", "On main"}
    assert (merge.added, merge.changed) == (("papers/2024/more.yaml",), (RECORD,))
    assert merge.edits[RECORD] == Edits((Edit("venue", ("ICLR",), ("NeurIPS",)),))


def test_a_merge_of_two_facts_of_one_record_is_no_change_of_it(repository: Path) -> None:
    _git(repository, "checkout", "-b", "branch")
    _change(repository, "venue: ECCV", "venue: CVPR")
    _commit(repository, "On the branch")
    _git(repository, "checkout", "main")
    _change(repository, "training: both", "training: based")
    _commit(repository, "On main")
    _git(repository, "merge", "branch")
    subjects = {entry.commit.subject for entry in History.read(repository).of_record["fastv"][:2]}
    assert subjects == {"On the branch", "On main"}


def test_past_edits_are_kept_and_read_again_only_where_commits_came(repository: Path, tmp_path: Path) -> None:
    expected = History.read(repository)
    assert History.read(repository, tmp_path) == expected
    kept = (tmp_path / "history.json").read_bytes()
    assert History.read(repository, tmp_path) == expected
    _change(repository, "venue: ECCV", "venue: CVPR")
    _commit(repository)
    assert History.read(repository, tmp_path) == History.read(repository) != expected
    assert (tmp_path / "history.json").read_bytes() != kept


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"code": "", "edits": {}}', "[" * 100_000])
def test_a_cache_that_cannot_be_used_is_made_anew(repository: Path, tmp_path: Path, kept: str) -> None:
    expected = History.read(repository, tmp_path)
    whole = (tmp_path / "history.json").read_bytes()
    (tmp_path / "history.json").write_text(kept, encoding="utf-8")
    assert History.read(repository, tmp_path) == expected
    assert (tmp_path / "history.json").read_bytes() == whole


def test_nothing_is_kept_through_a_link(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "history.json").symlink_to("mine")
    with pytest.raises(CatalogError, match=r"history\.json: a symbolic link"):
        History.read(repository, tmp_path)
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"


def test_what_git_does_not_hand_out_is_told_as_written_anew_and_not_kept(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("catalog.site.history.contents", lambda root, hashes: iter(()))
        assert History.read(repository, tmp_path).of_record["fastv"][0].edits == UNREADABLE
    assert History.read(repository, tmp_path) == History.read(repository)


def test_a_folder_without_version_control_has_no_history(mini: Path) -> None:
    assert History.read(mini) == History()


def test_a_repository_without_commits_has_no_history(mini: Path) -> None:
    _git(mini, "init", "--initial-branch=main")
    assert History.read(mini) == History()


def test_a_shallow_clone_has_no_history_rather_than_a_part_of_one(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    _git(tmp_path, "clone", "--depth=1", f"file://{repository}", str(clone))
    assert History.read(clone) == History()


def test_without_git_there_is_no_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert History.read(repository) == History()


def test_pages_show_the_history_as_text_with_links_to_the_commits(
    repository: Path, tmp_path: Path, frame_cache: Path
) -> None:
    site = tmp_path / "site"
    build_site(Catalogue.load(repository), TEMPLATES, site, cache=frame_cache)
    paper = (site / RECORD.removesuffix(".yaml").replace("2024/", "") / "index.html").read_text("utf-8")
    changes = (site / "new" / "changes" / "index.html").read_text(encoding="utf-8")
    for page in (paper, changes):
        assert "Read FastV again" in page
        assert "Add &lt;b&gt;all&lt;/b&gt; records" in page
        assert "https://github.com/example/mini/commit/" in page
    assert "<li>training: free → both</li>" in paper
    assert "Facts, and in how many records: training 1<" in changes
    assert 'href="changes/"' in (site / "new" / "index.html").read_text(encoding="utf-8")
    assert '"dateModified": "2024-06-01"' in (site / "index.html").read_text(encoding="utf-8")


def test_changes_lead_to_the_page_of_a_paper_that_was_removed_on_purpose(
    repository: Path, tmp_path: Path, frame_cache: Path
) -> None:
    removed = 'refused:\n  - {title: "Gone", reason: off topic, ids: [toca]}\n'
    (repository / "papers" / "refused.yaml").write_text(removed, encoding="utf-8")
    site = tmp_path / "site"
    build_site(Catalogue.load(repository), TEMPLATES, site, cache=frame_cache)
    changes = (site / "new" / "changes" / "index.html").read_text(encoding="utf-8")
    assert 'Removed: <a href="../../papers/toca/">toca</a>' in changes
    assert (site / "papers" / "toca" / "index.html").is_file()


def test_without_history_no_page_speaks_of_it(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    site = tmp_path / "site"
    build_site(Catalogue.load(mini), TEMPLATES, site, cache=frame_cache)
    assert not (site / "new" / "changes").exists()
    assert "How this record changed" not in (site / "papers" / "fastv" / "index.html").read_text("utf-8")
    assert "dateModified" not in (site / "index.html").read_text(encoding="utf-8")
