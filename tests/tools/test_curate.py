"""tools/curate.py: sourced facts become records, what is wrong is said in words, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from catalog.bibtex import key_in
from catalog.catalogue import Catalogue
from tests.conftest import REPOSITORY

TOOL = REPOSITORY / "tools" / "curate.py"


@dataclass(frozen=True)
class Outcome:
    """How the tool ended and what it said."""

    returncode: int
    stderr: str


Curate = Callable[..., Outcome]

NEW = '- {id: new, new: true, source: s, set: {title: "A Title", published: "2024-05"}}\n'
BROKEN_ENTRY = "bibtex: |\n  @misc{a, title = {x\n"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The program, as a module."""
    spec = spec_from_file_location("curate", TOOL)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # its data classes look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def curate(
    tool: ModuleType,
    mini: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Curate:
    """Run the tool on the small catalogue with a file of facts; it never ends in a traceback."""

    def running(facts: str | bytes, *options: str) -> Outcome:
        file = tmp_path / "facts.yaml"
        file.write_bytes(facts if isinstance(facts, bytes) else facts.encode())
        monkeypatch.setattr(sys, "argv", [str(TOOL), str(file), "--root", str(mini), *options])
        code = tool.main()
        return Outcome(code, capsys.readouterr().err)

    return running


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


# ------------------------------------------------------------------------------------- facts applied


def test_a_fact_replaces_the_value_and_its_source_and_keeps_comments(curate: Curate, mini: Path) -> None:
    file = mini / "papers" / "2024" / "fastv.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("kind:", "# looked up twice\nkind:"))
    done = curate(
        "- id: fastv\n  set: {criterion: [similarity], identifiers.doi: 10.1234/a, links.video: null}\n"
        "  source: the paper\n  sources: {criterion: curator}\n"
    )
    assert done.returncode == 0, done.stderr
    paper = Catalogue.load(mini)["fastv"]
    assert (paper.criterion, paper.identifiers.doi) == (("similarity",), "10.1234/a")
    assert paper.identifiers.arxiv == "2403.06764"
    assert paper.provenance == {"criterion": "curator", "doi": "the paper"}
    assert "# looked up twice\nkind:" in file.read_text(encoding="utf-8")


def test_a_field_of_the_catalogues_own_is_set_like_any_other(curate: Curate, mini: Path) -> None:
    config = mini / "papers" / "catalogue.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "\nfields:\n  place: Place\n", encoding="utf-8")
    (mini / "papers" / "vocabulary" / "place.yaml").write_text(
        "encoder:\n  label: Inside an encoder\n  definition: Between its layers.\n", encoding="utf-8"
    )
    done = curate("- {id: fastv, source: the paper, set: {place: [encoder]}}\n" + NEW)
    assert done.returncode == 0, done.stderr
    papers = Catalogue.load(mini)
    assert papers["fastv"].own["place"] == ("encoder",)
    assert papers["fastv"].provenance["place"] == "the paper"
    assert "\nplace: null\n" in (mini / "papers" / "2024" / "new.yaml").read_text(encoding="utf-8")
    wrong = curate("- {id: fastv, source: the paper, set: {place: [decoder]}}\n")
    assert wrong.returncode == 1
    assert "facts.yaml:1: fastv: " in wrong.stderr
    assert "decoder" in wrong.stderr


def test_an_entry_that_is_rendered_anew_keeps_its_key_once_authors_are_known(
    curate: Curate, mini: Path
) -> None:
    entry, keys = "", []
    for facts in (
        "new: true, set: {title: A Title, year: 2024}",
        "set: {authors: [Ada Bo]}",
        "set: {title: Another, venue: CVPR, year: 2025}",
    ):
        assert curate(f"- {{id: new, source: s, {facts}}}\n").returncode == 0
        entry = Catalogue.load(mini)["new"].bibtex or ""
        keys.append(key_in(entry))
    assert keys == ["2024title", "bo2024title", "bo2024title"]
    assert "title = {Another}" in entry


def test_a_new_record_has_its_day_and_an_entry(curate: Curate, mini: Path) -> None:
    assert curate(NEW, "--added", "2026-11-21").returncode == 0
    paper = Catalogue.load(mini)["new"]
    assert (paper.title, paper.added) == ("A Title", "2026-11-21")
    assert paper.bibtex
    assert "A Title" in paper.bibtex


def test_a_record_moves_to_the_folder_of_its_year(curate: Curate, mini: Path) -> None:
    assert curate("- {id: fastv, source: s, set: {published: 2023-12}}\n").returncode == 0
    assert Catalogue.load(mini).files["fastv"] == "papers/2023/fastv.yaml"
    assert not (mini / "papers" / "2024" / "fastv.yaml").exists()


def test_an_entry_with_its_own_facts_is_rendered_anew_when_a_cited_fact_changes(
    curate: Curate, mini: Path
) -> None:
    title = Catalogue.load(mini)["fastv"].title
    fields = f"title = {{{title}}}, booktitle = {{ECCV}}, year = {{2024}}, pages = {{19--35}}"
    with (mini / "papers" / "2024" / "fastv.yaml").open("a", encoding="utf-8") as file:
        file.write(f"bibtex: |\n  @inproceedings{{a, {fields}}}\n")
    assert curate("- {id: fastv, source: s, set: {name: Fast-V}}\n").returncode == 0
    bibtex = Catalogue.load(mini)["fastv"].bibtex or ""
    assert "Liang" in bibtex
    assert "19--35" in bibtex


def test_a_dry_run_writes_nothing(curate: Curate, mini: Path) -> None:
    before = contents(mini)
    assert "1 records changed" in curate(NEW, "--dry-run").stderr
    assert contents(mini) == before


def test_a_file_of_facts_may_be_larger_than_a_record(curate: Curate, mini: Path) -> None:
    facts = "".join(NEW.replace("id: new", f"id: new-{n}") for n in range(1_000))
    assert len(facts) > 64 * 1024
    assert curate(facts).returncode == 0
    assert len(list((mini / "papers" / "2024").glob("new-*.yaml"))) == 1_000


# ------------------------------------------------------------------------------------- facts refused


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ("just words\n", "facts.yaml:1: expected a list of '- id: …', found a text"),
        ("", "facts.yaml:1: expected a list of '- id: …', found nothing"),
        ("- {id: a,\n   id: b}\n", "facts.yaml:2:4: the key 'id' is there twice"),
        (b"- id: fastv\n  set: {venue: \xff}\n", "facts.yaml:2: byte 0xff is not UTF-8; save"),
        ("- fastv\n", "facts.yaml:1: expected 'id: …' and 'set: …', found a text"),
        ("- {id: fastv}\n", "facts.yaml:1: 'set' is nothing; expected 'field: …', one a line"),
        ("- {set: {}}\n", "facts.yaml:1: 'id' is nothing; expected the record's id, a text"),
        ("- {id: 3, set: {}}\n", "'id' is a number"),
        ("- {id: fastv, sett: {}}\n", "expected id, new, set, source, sources; found sett"),
        ('- {id: fastv, new: "false", set: {}}\n', "'new' is a text; expected true or false"),
        ("- {id: fastv, source: 3, set: {}}\n", "'source' is a number; expected a text"),
        ("- {id: fastv, sources: null, set: {}}\n", "'sources' is nothing; expected 'field: source'"),
        ("- {id: fastv, sources: [a], set: {}}\n", "'sources' is a list; expected 'field: source'"),
        ("- {id: fastv, sources: {venue: [a]}, set: {venue: ICLR}}\n", "the source of 'venue' is a list"),
        ("- {id: fastv, set: {venue: ICLR}}\n", "'venue' has no source; say where it comes from"),
        (
            "- {id: fastv, source: s, sources: {venu: t}, set: {venue: ICLR}}\n",
            "facts.yaml:1: 'sources' names venu; expected fields that 'set' names: venue",
        ),
        ("- {id: fastv, source: s, set: {venu: ICLR}}\n", "there is no field 'venu'"),
        (
            "- {id: fastv, source: s, set: {title.x: a}}\n",
            "'title.x': a dot leads into identifiers and links",
        ),
        ("- {id: fastv, source: s, set: {authors.0: a}}\n", "set 'authors' as a whole"),
        ("- {id: fastv, source: s, set: {links.cod: a}}\n", "links.cod: there is no such field"),
        (
            "- {id: fastv, source: s, set: {identifiers: null, identifiers.doi: 10.1234/a}}\n",
            "'identifiers' is set as a whole and 'identifiers.doi' as a part",
        ),
        ("- {id: fastv, source: s, set: {provenance: {a: b}}}\n", "'provenance' is written from the sources"),
        ("- {id: fastv, set: {title: null}}\n", "fastv: title: found null, expected text"),
        ("- {id: fastv, set: {published: null, year: null}}\n", "has no folder"),
        ("- {id: nobody, source: s, set: {name: A}}\n", "nobody is no record"),
        (NEW.replace("id: new", "id: fastv"), "fastv is the record 'An Image is Worth"),
        (NEW.replace("id: new", "id: a/fastv"), "'a/fastv' is no id; write 'fastv'"),
        (NEW.replace("id: new", "id: ../fastv"), "'../fastv' is no id; write 'fastv'"),
        (
            "- {id: fastv, source: s, set: {venue: ICRL}}\n",
            "'ICRL' is no term of 'venue'; did you mean",
        ),
        ("- {id: fastv, source: s, set: {task: [VQA]}}\n", "write visual-question-answering"),
        ("- {id: fastv, source: s, set: {bibtex: nonsense}}\n", "line 1: holds no entry"),
        ("- {id: fastv, source: s, set: {bibtex: nonsense, venue: ICLR}}\n", "correct it"),
    ],
)
def test_a_wrong_fact_is_refused_in_words_and_nothing_is_written(
    curate: Curate, mini: Path, facts: str | bytes, expected: str
) -> None:
    before = contents(mini)
    done = curate(facts)
    assert done.returncode == 1
    assert expected in done.stderr
    assert contents(mini) == before


def test_every_wrong_fact_is_named_with_its_line(curate: Curate, mini: Path) -> None:
    before = contents(mini)
    facts = f"# three\n{NEW}- id: nobody\n  set: {{}}\n- id: toca\n  set: {{title: null}}\n"
    stderr = curate(facts).stderr
    assert "facts.yaml:3: nobody is no record" in stderr
    assert "facts.yaml:5: toca: title:" in stderr
    assert contents(mini) == before


def test_a_file_that_is_not_there_is_said_in_words(mini: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), str(tmp_path / "none.yaml"), "--root", str(mini)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 1
    assert "none.yaml" in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------------------------- records at risk


@pytest.mark.parametrize("folder", ["2024", "2023"])
def test_a_new_record_does_not_replace_one_that_cannot_be_read_now(
    curate: Curate, mini: Path, folder: str
) -> None:
    file = mini / "papers" / folder / "new.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("title: precious\ntitle: oops\n", encoding="utf-8")
    before = contents(mini)
    done = curate(NEW)
    assert done.returncode == 1
    assert f"papers/{folder}/new.yaml:2: the key 'title' is there twice" in done.stderr
    assert "mend these records first" in done.stderr
    assert contents(mini) == before


def test_what_stands_where_a_record_would_go_is_not_replaced(curate: Curate, mini: Path) -> None:
    folder = mini / "papers" / "2024" / "new.yaml"
    folder.mkdir()
    done = curate(NEW)
    assert done.returncode == 1
    assert "papers/2024/new.yaml:1: the file cannot be read: it is a folder" in done.stderr
    assert folder.is_dir()


def test_an_entry_that_cannot_be_read_is_not_carried_over(curate: Curate, mini: Path) -> None:
    with (mini / "papers" / "2024" / "fastv.yaml").open("a", encoding="utf-8") as file:
        file.write(BROKEN_ENTRY)
    before = contents(mini)
    done = curate("- {id: fastv, source: s, set: {year: 2025}}\n")
    assert done.returncode == 1
    assert "fastv: the BibTeX entry, line 1:" in done.stderr
    assert "mend the record first, or set 'bibtex' too" in done.stderr
    assert contents(mini) == before


def test_facts_beside_a_broken_entry_are_applied(curate: Curate, mini: Path) -> None:
    with (mini / "papers" / "2024" / "fastv.yaml").open("a", encoding="utf-8") as file:
        file.write(BROKEN_ENTRY)
    assert curate("- {id: fastv, source: s, set: {criterion: [similarity]}}\n").returncode == 0
    assert Catalogue.load(mini)["fastv"].criterion == ("similarity",)
