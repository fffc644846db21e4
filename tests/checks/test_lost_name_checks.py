"""Ids and BibTeX keys that were committed still hold, or it is told that they do not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from catalog.findings import CatalogError, Fix
from tests.checks.checking import findings, record
from tests.conftest import MakeCatalogue

RECORD = "papers/2024/fastv.yaml"


def commit(root: Path) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["add", "-A"], [*who, "commit", "-m", "All"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)


def begin(root: Path) -> None:
    """Put all of it into a first commit."""
    subprocess.run(["git", "init"], cwd=root, check=True, capture_output=True)
    commit(root)


@pytest.fixture
def committed(mini: Path) -> Path:
    """The small catalogue, all of it in one commit."""
    begin(mini)
    return mini


def test_a_record_that_is_gone_is_named_with_both_ways_out(committed: Path) -> None:
    (committed / RECORD).unlink()
    (finding,) = findings(committed, "lost-id")
    assert (finding.file, finding.severity) == (RECORD, "warning")
    assert "write aliases: [fastv] in it" in finding.message
    assert "put its title, the reason and ids: [fastv] into papers/refused.yaml" in finding.message


@pytest.mark.parametrize(
    "change",
    [
        ("title: ", "title: "),
        ('arxiv: "2403.06764"', 'arxiv: "2403.06765"'),
    ],
)
def test_a_record_under_another_id_gets_the_former_one_as_an_alias(
    committed: Path, change: tuple[str, str]
) -> None:
    renamed = committed / "papers" / "2024" / "fast-v.yaml"
    (committed / RECORD).rename(renamed)
    text = renamed.read_text(encoding="utf-8").replace(*change)
    renamed.write_text(text, encoding="utf-8")
    (finding,) = findings(committed, "lost-id")
    assert finding.file == "papers/2024/fast-v.yaml"
    assert "the last commit has the id 'fastv', which is gone" in finding.message
    assert finding.fix is not None
    assert finding.fix.changes == {"aliases": ["fastv"]}


def test_of_two_records_that_became_one_the_other_keeps_both_ids(committed: Path) -> None:
    text = (committed / RECORD).read_text(encoding="utf-8")
    for name in ("fast-v", "fast-vlm"):
        (committed / "papers" / "2024" / f"{name}.yaml").write_text(text, encoding="utf-8")
    commit(committed)
    for name in ("fast-v", "fast-vlm"):
        (committed / "papers" / "2024" / f"{name}.yaml").unlink()
    (finding,) = findings(committed, "lost-id")
    assert (finding.file, finding.fix) == (RECORD, Fix({"aliases": ["fast-v", "fast-vlm"]}))


@pytest.mark.parametrize(
    "place", ["papers/fast-v.yaml", "papers/2024/new/fast-v.yaml", "papers/2024/fast-v.yml"]
)
def test_a_record_in_a_wrong_place_is_missed_as_well(committed: Path, place: str) -> None:
    (committed / place).parent.mkdir(exist_ok=True)
    (committed / RECORD).rename(committed / place)
    commit(committed)
    (committed / place).unlink()
    (finding,) = findings(committed, "lost-id")
    assert (finding.file, finding.severity) == (place, "warning")


def test_an_alias_keeps_the_id(committed: Path) -> None:
    text = (committed / RECORD).read_text(encoding="utf-8")
    (committed / RECORD).unlink()
    renamed = committed / "papers" / "2024" / "fast-v.yaml"
    renamed.write_text(f"{text}aliases: [fastv]\n", encoding="utf-8")
    assert findings(committed, "lost-id") == []


@pytest.mark.parametrize("now", [None, "refused: []\n", 'refused:\n  - {title: "X", reason: off topic}\n'])
def test_a_removed_paper_of_which_nothing_is_said_any_more_is_named(committed: Path, now: str | None) -> None:
    refused = committed / "papers" / "refused.yaml"
    refused.write_text('refused:\n  - {title: "X", reason: off topic, ids: [x, fast-v]}\n', encoding="utf-8")
    commit(committed)
    assert findings(committed, "lost-id") == []
    refused.unlink()
    if now:
        refused.write_text(now, encoding="utf-8")
    with (committed / RECORD).open("a", encoding="utf-8") as record_of_the_paper:
        record_of_the_paper.write("aliases: [fast-v]\n")
    (finding,) = findings(committed, "lost-id")
    assert (finding.file, finding.severity) == ("papers/refused.yaml", "warning")
    assert "says here why the paper 'x' was removed, and nothing does now" in finding.message


def test_a_reason_in_the_list_of_refused_papers_is_enough(committed: Path) -> None:
    (committed / RECORD).unlink()
    entry = 'refused:\n  - title: "FastV"\n    arxiv: "2403.06764"\n    reason: off topic\n'
    (committed / "papers" / "refused.yaml").write_text(entry, encoding="utf-8")
    assert findings(committed, "lost-id") == []


def test_the_id_in_the_list_of_refused_papers_is_enough_even_if_the_record_could_not_be_read(
    committed: Path,
) -> None:
    (committed / RECORD).write_text("titel: x\n", encoding="utf-8")
    commit(committed)
    (committed / RECORD).unlink()
    assert [one.rule for one in findings(committed, "lost-id")] == ["lost-id"]
    entry = 'refused:\n  - {title: "FastV", reason: off topic, ids: [fastv]}\n'
    (committed / "papers" / "refused.yaml").write_text(entry, encoding="utf-8")
    assert findings(committed, "lost-id") == []


def test_an_alias_that_a_record_loses_is_named_too(committed: Path) -> None:
    text = (committed / RECORD).read_text(encoding="utf-8")
    (committed / RECORD).write_text(f"{text}aliases: [fast-v]\n", encoding="utf-8")
    commit(committed)
    (committed / RECORD).write_text(text, encoding="utf-8")
    (finding,) = findings(committed, "lost-id")
    assert "the last commit has the id 'fast-v', which is gone" in finding.message


@pytest.mark.parametrize("base", ["HEAD^1", "HEAD~1"])
def test_what_is_committed_already_is_compared_with_the_commit_that_the_environment_names(
    committed: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    (committed / RECORD).unlink()
    commit(committed)
    assert findings(committed, "lost-id") == []
    monkeypatch.setenv("CATALOG_BASE", base)
    (finding,) = findings(committed, "lost-id")
    assert finding.message.startswith(f"the commit '{base}' has the id 'fastv'")


def test_before_the_first_commit_there_was_nothing(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (committed / RECORD).unlink()
    monkeypatch.setenv("CATALOG_BASE", "HEAD^1")
    assert findings(committed, "lost-id") == []


@pytest.mark.parametrize("base", ["HEAD~7", "--all", "nowhere"])
def test_a_commit_that_git_does_not_know_is_said(
    committed: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setenv("CATALOG_BASE", base)
    with pytest.raises(CatalogError, match=f"git knows no commit '{base}'"):
        findings(committed, "lost-id")


def test_a_record_in_another_folder_or_that_cannot_be_read_is_not_gone(committed: Path) -> None:
    (committed / RECORD).rename(committed / "papers" / "2025" / "fastv.yaml")
    (committed / "papers" / "2022" / "tome.yaml").write_text("titel: x\n", encoding="utf-8")
    assert findings(committed, "lost-id") == []


def test_without_git_nothing_is_said(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (committed / RECORD).unlink()
    monkeypatch.setenv("PATH", "")
    assert findings(committed, "lost-id") == []


def test_a_folder_that_is_no_repository_has_lost_nothing(mini: Path) -> None:
    (mini / RECORD).unlink()
    assert findings(mini, "lost-id") == []


# ------------------------------------------------------------------------------------- BibTeX keys

PAPER = "papers/2024/a-paper.yaml"


def committed_with(make_catalogue: MakeCatalogue, **records: str) -> Path:
    """A catalogue of *records*, by id, all of it in one commit."""
    root = make_catalogue({f"2024/{name.replace('_', '-')}.yaml": text for name, text in records.items()})
    begin(root)
    return root


def rewrite(root: Path, file: str, old: str, new: str) -> None:
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_key_that_was_edited_is_named_with_what_to_do(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, "{bo2024pruning,", "{bo2024early,")
    (finding,) = findings(root, "lost-key")
    row = (root / PAPER).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert (finding.file, row, finding.severity, finding.fixable) == (PAPER, "bibtex: |", "warning", False)
    assert "the last commit has the BibTeX key 'bo2024pruning', which is 'bo2024early' now" in finding.message
    assert "write 'bo2024pruning' in the entry again" in finding.message


def test_a_key_that_had_to_change_is_accepted(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, "{bo2024pruning,", "{bo2024early,")
    entry = "accepted:\n  - {rule: lost-key, records: [a-paper], why: it was rude}\n"
    (root / "papers" / "accepted.yaml").write_text(entry, encoding="utf-8")
    assert findings(root, "lost-key", "acceptance") == []


def test_a_key_is_compared_with_the_commit_that_the_environment_names(
    make_catalogue: MakeCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    rewrite(root, PAPER, "{bo2024pruning,", "{bo2024early,")
    commit(root)
    assert findings(root, "lost-key") == []
    monkeypatch.setenv("CATALOG_BASE", "HEAD^1")
    (finding,) = findings(root, "lost-key")
    assert finding.message.startswith("the commit 'HEAD^1' has the BibTeX key 'bo2024pruning'")


def test_an_entry_that_is_made_anew_under_another_key_is_named(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    (root / PAPER).write_text(record(year=2025, published="2025", bibtex=None), encoding="utf-8")
    (finding,) = findings(root, "lost-key")
    assert "which is 'bo2025pruning' now" in finding.message


def test_a_renamed_record_keeps_its_key(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record())
    (root / PAPER).unlink()
    renamed = root / "papers" / "2024" / "early.yaml"
    renamed.write_text(record(aliases=["a-paper"]), encoding="utf-8")
    assert findings(root, "lost-id", "lost-key") == []
    rewrite(root, "papers/2024/early.yaml", "{bo2024pruning,", "{bo2024early,")
    (finding,) = findings(root, "lost-key")
    assert finding.file == "papers/2024/early.yaml"


OTHER = {"title": "Merging Them Late", "identifiers": {"arxiv": "2403.06765"}}


def test_of_two_records_that_became_one_the_other_s_key_stays(make_catalogue: MakeCatalogue) -> None:
    root = committed_with(make_catalogue, a_paper=record(), b_paper=record("b-paper", **OTHER))
    (root / PAPER).unlink()
    merged = record("b-paper", **OTHER, aliases=["a-paper"])
    (root / "papers" / "2024" / "b-paper.yaml").write_text(merged, encoding="utf-8")
    assert findings(root, "lost-id", "lost-key") == []


def test_records_that_shared_a_key_may_be_told_apart(make_catalogue: MakeCatalogue) -> None:
    shared = record("b-paper", **OTHER).replace("{bo2024merging,", "{Bo2024Pruning,")
    root = committed_with(make_catalogue, a_paper=record(), b_paper=shared)
    rewrite(root, "papers/2024/b-paper.yaml", "{Bo2024Pruning,", "{bo2024merging,")
    assert findings(root, "lost-key", "duplicate-bibtex-key") == []


def test_a_key_from_before_the_authors_were_known_is_made_anew_unless_it_was_released(
    make_catalogue: MakeCatalogue,
) -> None:
    root = committed_with(make_catalogue, a_paper=record(authors=None))
    assert "{2024pruning," in (root / PAPER).read_text(encoding="utf-8")
    (root / PAPER).write_text(record(), encoding="utf-8")
    assert findings(root, "lost-key") == []
    (root / "papers" / "released_keys.json").write_text('{"a-paper": "2024pruning"}', encoding="utf-8")
    (finding,) = findings(root, "lost-key")
    assert "write '2024pruning' in the entry again" in finding.message


@pytest.mark.parametrize("entry", ["", "bibtex: null\n"])
def test_a_record_without_an_entry_had_no_key(make_catalogue: MakeCatalogue, entry: str) -> None:
    root = committed_with(make_catalogue, a_paper=record(bibtex=None) + entry)
    (root / PAPER).write_text(record().replace("{bo2024pruning,", "{mine,"), encoding="utf-8")
    assert findings(root, "lost-key") == []
