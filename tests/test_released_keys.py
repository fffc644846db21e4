"""Ids and BibTeX keys that were released once are never taken back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.released import SNAPSHOT, broken_promises, released_keys, snapshot
from tests.conftest import REPOSITORY


def release(root: Path) -> dict[str, str]:
    promised = snapshot(Catalogue.load(root))
    (root / SNAPSHOT).write_text(json.dumps(promised), encoding="utf-8")
    return promised


def broken(root: Path) -> list[str]:
    return list(broken_promises(Catalogue.load(root), released_keys(root)))


def rename(root: Path, before: str, after: str, addition: str = "") -> None:
    old = next((root / "papers").glob(f"*/{before}.yaml"))
    old.with_name(f"{after}.yaml").write_text(old.read_text(encoding="utf-8") + addition, encoding="utf-8")
    old.unlink()


def test_no_released_id_or_key_of_this_catalogue_has_changed() -> None:
    catalogue = Catalogue.load(REPOSITORY)
    assert list(broken_promises(catalogue, released_keys(REPOSITORY))) == []


@pytest.mark.parametrize("text", [None, "", "{}\n"])
def test_nothing_is_promised_before_the_first_release(mini: Path, text: str | None) -> None:
    if text is not None:
        (mini / SNAPSHOT).write_text(text, encoding="utf-8")
    assert released_keys(mini) == {}
    assert broken(mini) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"fastv": 1}'])
def test_a_damaged_snapshot_is_refused_by_name(mini: Path, text: str) -> None:
    (mini / SNAPSHOT).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"released_keys\.json"):
        released_keys(mini)


def test_a_snapshot_in_another_encoding_is_refused_by_name_and_line(mini: Path) -> None:
    (mini / SNAPSHOT).write_bytes('{\n"fastv": "é"}'.encode("latin-1"))
    with pytest.raises(CatalogError, match=r"released_keys\.json:2: is not UTF-8; save the file as UTF-8"):
        released_keys(mini)


def test_a_snapshot_holds_every_id_with_its_key_and_is_kept(mini: Path) -> None:
    promised = release(mini)
    assert promised["fastv"] == "chen2024image"
    assert list(promised) == sorted(paper.id for paper in Catalogue.load(mini))
    assert broken(mini) == []


def test_a_renamed_record_must_keep_its_old_id(mini: Path) -> None:
    release(mini)
    rename(mini, "fastv", "fast-v")
    (finding,) = broken(mini)
    assert finding.startswith("the released id 'fastv' is gone; add it to 'aliases' of its paper's record")
    assert finding.endswith("to 'ids' of its entry in papers/refused.yaml")


def test_a_renamed_record_with_its_old_id_as_alias_is_fine_and_stays_promised(mini: Path) -> None:
    release(mini)
    rename(mini, "fastv", "fast-v", "aliases: [fastv]\n")
    assert broken(mini) == []
    promised = release(mini)
    assert promised["fastv"] == promised["fast-v"] == "chen2024image"


def test_a_released_paper_may_be_removed_on_purpose_and_its_id_stays_promised(mini: Path) -> None:
    release(mini)
    (mini / "papers/2024/fastv.yaml").unlink()
    entry = 'refused:\n  - {title: "FastV", reason: off topic, ids: [fastv]}\n'
    (mini / "papers/refused.yaml").write_text(entry, encoding="utf-8")
    assert broken(mini) == []
    assert release(mini)["fastv"] == "chen2024image"
    (mini / "papers/refused.yaml").write_text(entry.replace(", ids: [fastv]", ""), encoding="utf-8")
    assert len(broken(mini)) == 1


def test_a_changed_key_is_named_with_its_file(mini: Path) -> None:
    release(mini)
    path = mini / "papers/2024/fastv.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("year: 2024", "year: 2025"), encoding="utf-8")
    (finding,) = broken(mini)
    assert finding.startswith("papers/2024/fastv.yaml: the BibTeX key was released as 'chen2024image'")
    with pytest.raises(CatalogError, match="chen2025image"):
        snapshot(Catalogue.load(mini))


def test_two_released_records_may_become_one_under_the_key_of_the_id_that_stays(mini: Path) -> None:
    release(mini)
    (mini / "papers/2022/tome.yaml").unlink()
    path = mini / "papers/2024/toca.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "aliases: [tome]\n", encoding="utf-8")
    assert broken(mini) == []
    assert release(mini)["tome"] == "bolya2023token"


def test_the_tool_writes_the_snapshot_and_refuses_to_break_a_promise(mini: Path) -> None:
    command = [sys.executable, str(REPOSITORY / "tools" / "release_keys.py"), "--root", str(mini)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("6 ids and keys are promised, 6 of them new")
    first = (mini / SNAPSHOT).read_bytes()
    rename(mini, "fastv", "fast-v")
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "the released id 'fastv' is gone" in run.stderr
    assert (mini / SNAPSHOT).read_bytes() == first
