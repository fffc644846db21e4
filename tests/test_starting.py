"""``catalog new``: a catalogue on another topic passes its checks and builds at once."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import click
import pytest
import yaml
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from catalog import checks, engine, lists
from catalog.catalogue import Catalogue
from catalog.cli.commands import app
from catalog.config import Config
from catalog.findings import CatalogError
from catalog.github.forms import load_forms
from catalog.github.rendering import render_forms
from catalog.record import Paper, is_example
from catalog.site import build_site
from catalog.starting import start_catalogue

ROOT = Path(__file__).parents[1]
OF_THIS_TOPIC = re.compile(
    r"\btokens?\b|compress|prun(?:e|ing)|\bmerg(?:e|ed|ing)\b(?! (?:it|the pull request)\b)", re.IGNORECASE
)
"""Pull requests are merged on every topic."""


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue on graph neural networks: its folder."""
    folder = tmp_path_factory.mktemp("started") / "graph-papers"
    start_catalogue(folder, ROOT, topic="graph neural networks", title="Graph Papers")
    return folder


@pytest.fixture(scope="module")
def site(new: Path) -> Path:
    """Its site."""
    out = new / "site"
    build_site(Catalogue.load(new), new / "site_templates", out)
    return out


def test_a_new_catalogue_passes_its_checks(new: Path) -> None:
    assert checks.run(Catalogue.load(new)) == []


def test_what_it_renders_is_up_to_date(new: Path) -> None:
    catalogue = Catalogue.load(new)
    assert lists.stale(lists.render_all(catalogue, new / "site_templates"), new) == []
    assert "# Graph Papers\n" in (new / "README.md").read_text(encoding="utf-8")


def test_it_begins_with_the_venues_of_most_topics_and_those_of_another_catalogue_are_all_taken(
    new: Path, tmp_path: Path
) -> None:
    venues = Catalogue.load(new).vocabulary["venue"]
    assert {"arXiv", "NeurIPS", "ACL", "Findings of ACL", "TPAMI", "ACM MM"} <= venues.keys()
    assert not venues.keys() & {"University of Chicago", "PRCV", "FCCM", "VISAPP"}
    assert 30 <= len(venues) <= 40
    start_catalogue(tmp_path / "second", new, topic="graph learning")
    assert Catalogue.load(tmp_path / "second").vocabulary["venue"] == venues


def test_from_a_catalogue_with_other_venues_one_begins_that_passes_its_checks(
    new: Path, tmp_path: Path
) -> None:
    reefs = shutil.copytree(new, tmp_path / "reefs")
    venues = reefs / "papers" / "vocabulary" / "venues.yaml"
    venues.write_text("Nature:\n  label: Nature\n  definition: Nature\n  type: journal\n", encoding="utf-8")
    second = start_catalogue(tmp_path / "second", reefs, topic="sponges")
    assert list(second.vocabulary["venue"]) == ["Nature"]
    assert checks.run(second) == []


def test_the_licence_of_what_it_took_over_is_there(new: Path) -> None:
    assert "MIT License" in (new / "site_templates" / "LICENSE").read_text(encoding="utf-8")
    assert "(site_templates/LICENSE)" in (new / "README.md").read_text(encoding="utf-8")


def test_its_configuration_explains_every_key(new: Path) -> None:
    text = (new / "papers" / "catalogue.yaml").read_text(encoding="utf-8")
    assert set(yaml.safe_load(text)) == set(Config.model_fields)
    for key in Config.model_fields:
        assert re.search(rf"^# .*\n{key}:", text, re.MULTILINE), key
    assert '  # Completes "papers by' in text


def test_it_says_how_to_run_the_engine(new: Path) -> None:
    assert engine.requirement() in (new / "requirements.txt").read_text()
    assert os.access(new / "tools" / "install.sh", os.X_OK)
    assert "/.venv" in (new / ".gitignore").read_text()


def test_its_workflows_use_only_what_it_has(new: Path) -> None:
    workflows = sorted((new / ".github" / "workflows").glob("*.yml"))
    assert [path.stem for path in workflows] == ["checks", "forms", "labels", "publish", "upkeep"]
    for path in workflows:
        for tool in re.findall(r"\btools/[\w.]+", path.read_text()):
            assert (new / tool).is_file()
    assert "\ntest:" in (new / "Makefile").read_text()


def test_its_issue_forms_offer_its_own_terms(new: Path) -> None:
    vocabulary = Catalogue.load(new).vocabulary
    add, correct = load_forms(new)
    assert (add.name, correct.name) == ("add-paper", "correct-record")
    form = yaml.safe_load((new / ".github" / "ISSUE_TEMPLATE" / "add-paper.yml").read_text())
    options = {p["id"]: p["attributes"]["options"] for p in form["body"] if p["type"] == "dropdown"}
    assert options["criterion"] == [term.label for term in vocabulary["criterion"].values()]
    (asked,) = [p["attributes"]["description"] for p in form["body"] if p.get("id") == "paper"]
    assert asked.startswith("Or its DOI, or its address at arXiv or doi.org. ")
    for form_file in (new / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        assert not OF_THIS_TOPIC.search(form_file.read_text()), form_file


def test_a_folder_in_which_nothing_can_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdtemp(*_: object) -> str:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / ".new-3fk2"))

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with pytest.raises(CatalogError) as refused:
        start_catalogue(tmp_path / "new", topic="x")
    assert str(refused.value) == (
        f"{tmp_path}/new: nothing can be made in {tmp_path} (Permission denied); name another folder"
    )


def test_a_published_list_is_named_below_the_example_of_one(new: Path, tmp_path: Path) -> None:
    root = shutil.copytree(new, tmp_path / "copy")
    file = root / "papers" / "vocabulary" / "lists.yaml"
    example = re.findall("(?m)^# ((?: *[a-z-]+:).*)$", file.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8") + "\n".join(example) + "\n", encoding="utf-8")
    assert [term.dialect for term in Catalogue.load(root).vocabulary["listed_in"].values()] == ["venue-bold"]


def test_its_home_page_is_on_its_own_topic(site: Path) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    assert "Graph Papers" in html
    assert "graph neural networks" in html.lower()
    assert "or with what decides" not in html  # the example's criterion is not known
    assert "or with what is done" in html


def words(page: Path) -> str:
    """What a reader sees of a page, on one line."""
    html = re.sub(r"<(script|svg).*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(
    ("page", "says", "says_not"),
    [
        (
            "",
            ("Search paper 1 Begin", "Browse the one paper"),
            ("with code", "without training", "over time"),
        ),
        ("charts", ("in two pictures", "Venues"), ("Milestones", "what is done")),
        ("authors", ("8 authors, none with more than one paper", "Ashish Vaswani"), ("two papers",)),
        ("coverage", ("Of 1 paper:", "arXiv id", "DOI"), ("1 papers", "OpenReview", "Anthology")),
        ("new", ("The one paper so far.",), ("1 papers",)),
        ("terms", ("Keywords 1 , which no paper carries yet",), ("Published list",)),
        ("about", ("bibliographic databases. Each",), ("published lists", "catalog new")),
    ],
)
def test_with_one_paper_no_page_says_anything_silly(
    site: Path, page: str, says: tuple[str, ...], says_not: tuple[str, ...]
) -> None:
    text = words(site / page / "index.html")
    assert [part for part in says if part not in text] == []
    assert [part for part in says_not if part in text] == []


def test_nothing_that_it_shows_speaks_of_another_topic(site: Path, new: Path) -> None:
    pages = [*site.rglob("*.html"), *(new / "papers" / "lists").glob("*.md"), new / "README.md"]
    assert len(pages) > 30
    for page in pages:
        text = re.sub(r"<script.*?</script>|<[^>]*>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = text.replace(engine.NAME, "")  # named where only this machine has the engine
        found = OF_THIS_TOPIC.search(text)
        assert not found, f"{page}: {text[found.start() - 60 : found.end() + 60]}"


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)


@pytest.mark.parametrize("command", [*commands(cast("click.Group", get_command(app)))], ids=" ".join)
def test_what_a_command_says_of_itself_speaks_of_no_topic(command: tuple[str, ...]) -> None:
    said = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"}).output
    assert "Usage: " in said
    found = OF_THIS_TOPIC.search(said.replace("every row is added, merged, or refused", ""))
    assert not found, said[found.start() - 60 : found.end() + 60]


def test_its_front_page_shows_how_to_add_a_paper_by_one_of_its_own(new: Path) -> None:
    readme = (new / "README.md").read_text(encoding="utf-8")
    assert "catalog add 1706.03762  " in readme
    assert "2403.06764" not in readme


@pytest.mark.parametrize("topic", ["graph learning papers", "Papers on graph learning", "graph learning"])
def test_papers_are_said_once(tmp_path: Path, topic: str) -> None:
    config = start_catalogue(tmp_path / "new", topic=topic).config
    assert (config.topic, config.discover) == ("graph learning", ("graph learning",))
    assert config.title == "Papers on graph learning"
    assert config.description.count("papers on graph learning") == 1


def test_its_title_is_said_nowhere_but_in_the_title(tmp_path: Path) -> None:
    config = start_catalogue(tmp_path / "new", topic="graphs", title="Graph Papers").config
    said = config.model_dump(mode="json", exclude={"title"})
    assert "Graph Papers" not in str(said)


def test_its_logo_is_not_that_of_another_catalogue(new: Path) -> None:
    for name in ("mark.svg", "mark.png"):
        theirs, ours = (root / "site_templates" / "assets" / name for root in (ROOT, new))
        assert theirs.read_bytes() != ours.read_bytes()
    with Image.open(new / "site_templates" / "assets" / "mark.png") as mark:
        assert mark.size[0] == mark.size[1] >= 100
        assert mark.convert("RGBA").getchannel("A").getextrema() == (0, 255)


def test_its_front_page_says_how_to_publish_it_until_it_names_its_repository(new: Path) -> None:
    catalogue = Catalogue.load(new)
    steps = lists.render_all(catalogue, new / "site_templates")["README.md"]
    assert steps == (new / "README.md").read_text(encoding="utf-8")
    for step in ("`gh-pages`", "create pull requests", "`base_url`", "`license`", "[CONTRIBUTING.md]"):
        assert step in steps
    assert ("**The engine.**" in steps) == (not engine.is_public(engine.requirement()))
    config = catalogue.config.model_copy(update={"repository": "https://github.com/lab/papers"})
    published = lists.render_all(replace(catalogue, config=config), new / "site_templates")["README.md"]
    assert "## Publish it" not in published


def test_the_example_is_deleted_without_a_word_even_after_it_was_committed(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = start_catalogue(folder, topic="graphs")
    (example,) = made.papers
    assert is_example(example)
    for command in (["init"], ["add", "--all"], ["commit", "-m", "Begin"]):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)
    (folder / made.files[example.id]).unlink()
    assert checks.run(Catalogue.load(folder)) == []
    build_site(Catalogue.load(folder), folder / "site_templates", folder / "site")
    text = words(folder / "site" / "index.html")
    assert "No papers yet What is new Add a paper" in text
    assert not re.search("Newest|all 0|Browse the", text)
    for page in ("browse", "authors", "years", "new", "charts"):
        text = words(folder / "site" / page / "index.html")
        assert re.search("No (papers yet; add the first|authors yet; add a paper)", text), page
        assert not re.search("The 0 papers|0 authors|Numbers as|By the year", text), page


def test_the_example_says_to_delete_it_once_its_terms_are_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    start_catalogue(folder, topic="graphs")
    for name in ("domains", "mechanisms"):
        terms = "ours:\n  label: Ours\n  definition: One of ours.\n"
        (folder / "papers" / "vocabulary" / f"{name}.yaml").write_text(terms, encoding="utf-8")
    (found,) = [one for one in checks.run(Catalogue.load(folder)) if one.severity == "error"]
    assert found.message.endswith("are not there any more (language, architecture); delete the file")
    (folder / "papers" / "vocabulary" / "training.yaml").write_text("{}\n", encoding="utf-8")
    messages = [one.message for one in checks.run(Catalogue.load(folder)) if one.severity == "error"]
    assert len(messages) == 2
    assert all("delete the file" in one or "delete this file" in one for one in messages)


@pytest.mark.parametrize(
    ("identifiers", "shown"),
    [
        ({"arxiv": "quant-ph/0110143", "doi": "10.1063/1.1499754"}, "quant-ph/0110143"),
        ({"doi": "10.1063/1.1499754"}, "10.1063/1.1499754"),
        ({}, "1501.00001"),
    ],
)
def test_without_the_example_an_id_is_shown_by_one_of_its_own_papers(
    new: Path, identifiers: dict[str, str], shown: str
) -> None:
    catalogue = Catalogue.load(new)
    paper = Paper.model_validate({"id": "ours", "title": "Ours", "identifiers": identifiers})
    alone = replace(catalogue, papers=(paper,), files={"ours": "papers/2002/ours.yaml"})
    texts = lists.render_all(alone, new / "site_templates") | render_forms(alone, new / "site_templates")
    assert f"\n{f'catalog add {shown}':<49} # add a paper" in texts["README.md"]
    assert shown in texts[".github/ISSUE_TEMPLATE/add-paper.yml"]
    source = f"{'doi' if shown.startswith('10.') else 'arXiv'}:{shown} Sec. 4.1"
    assert f'placeholder: "{source}"' in texts[".github/ISSUE_TEMPLATE/correct-record.yml"]
    assert not [name for name, text in texts.items() if "1706.03762" in text and not name.endswith(".json")]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("ten years of work")
    with pytest.raises(CatalogError, match=r"is not empty: it holds thesis\.tex"):
        start_catalogue(tmp_path, ROOT, topic="anything")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of what a forge made: a front page, a licence, and what git ignores."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name, text in {"README.md": "# clone\n", "LICENSE": "MIT\n", ".gitignore": "*.log"}.items():
        (folder / name).write_text(text)
    for command in (["init"], ["add", "--all"], ["commit", "-m", "Initial commit"]):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)
    return folder


def test_a_fresh_clone_counts_as_empty(clone: Path) -> None:
    catalogue = start_catalogue(clone, topic="protein folding")
    assert catalogue.config.title == "Papers on protein folding"
    assert (clone / "README.md").read_text().count("protein folding") > 1
    assert (clone / "LICENSE").read_text() == "MIT\n"
    assert (clone / ".gitignore").read_text().startswith("*.log\n/.venv")


def test_a_front_page_that_git_does_not_keep_is_not_replaced(clone: Path) -> None:
    (clone / "README.md").write_text("# clone\nand a thought\n")
    with pytest.raises(
        CatalogError, match=r"README\.md: the catalogue's front page would replace it; commit"
    ):
        start_catalogue(clone, topic="protein folding")
    assert sorted(path.name for path in clone.iterdir()) == [".git", ".gitignore", "LICENSE", "README.md"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"topic": " "}, "--topic ' ': is empty"),
        ({"topic": "a\nb"}, r"--topic 'a\nb': holds a line break"),
        ({"topic": "a", "title": ""}, "--title '': is empty"),
    ],
)
def test_a_topic_or_title_that_is_no_words_is_named(tmp_path: Path, words: dict[str, str], said: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(said)):
        start_catalogue(tmp_path / "new", **words)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_no_half_of_a_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="holds no site_templates"):
        start_catalogue(tmp_path / "new", tmp_path, topic="anything")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("topic", ['a: "topic" # with {odd} [signs]', "Übersetzung", "- x", "{{ 7*7 }}"])
def test_any_topic_can_be_written(tmp_path: Path, topic: str) -> None:
    catalogue = start_catalogue(tmp_path / "new", ROOT, topic=topic)
    assert catalogue.config.topic == topic
