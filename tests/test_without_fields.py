"""A topic may do without some fields of terms: their files are empty, and nothing shows or asks for them."""

from __future__ import annotations

import io
import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from catalog import checks, exports, formatting, lists
from catalog.catalogue import Catalogue
from catalog.cli import main
from catalog.findings import CatalogError
from catalog.github.rendering import render_forms
from catalog.site import build_site
from catalog.starting import start_catalogue
from catalog.stats import count_fields
from catalog.vocabulary import TERM_FILES
from tests.conftest import REPOSITORY

WORDS = {
    "domain": r"\bdomains?\b(?! of your own| and year)",  # the site's address; what a format can do
    "setting": r"\bsettings?\b(?!, )",  # GitHub's have their path behind them
    "task": r"\btasks?\b",
    "criterion": r"\bcriteri(?:on|a)\b",
    "mechanism": r"\bmechanisms?\b",
    "training": r"\btraining\b|\bbe trained\b",
    "parametric": r"\bparametric\b|\blearned weights\b",
    "keywords": r"\bkeywords?\b",
}
"""Fields that a topic may do without, and how pages would speak of them."""


def without(root: Path, fields: tuple[str, ...], empty: str = "") -> Catalogue:
    """A new catalogue whose topic does without *fields*; its one record says nothing of them."""
    start_catalogue(root, REPOSITORY, topic="x")
    for field in fields:
        (root / "papers" / "vocabulary" / TERM_FILES[field]).write_text(empty)
    record = root / "papers" / "2017" / "transformer.yaml"
    names = "|".join(fields)
    record.write_text(re.sub(rf"(?m)^ *({names}): .*\n", "", record.read_text()))
    formatting.format_all(Catalogue.load(root))
    return Catalogue.load(root)


def words(page: str) -> str:
    """What a reader sees of a page, on one line; a matrix of a field without terms is hidden."""
    unseen = r'(?s)<(script|svg|template|style).*?</\1>|<div class="matrix".*?</div>|<[^>]*>'
    return " ".join(re.sub(unseen, " ", page).split())


@pytest.mark.parametrize("fields", [*((field,) for field in WORDS), tuple(WORDS)], ids="-".join)
def test_neither_pages_nor_lists_nor_forms_speak_of_a_field_without_terms(
    tmp_path: Path, fields: tuple[str, ...]
) -> None:
    root = tmp_path / "new"
    catalogue = without(root, fields)
    assert checks.run(catalogue) == []
    templates = root / "site_templates"
    texts = lists.render_all(catalogue, templates) | render_forms(catalogue, templates)
    del texts["papers/paper.schema.json"]
    build_site(catalogue, templates, root / "site")
    texts |= {path.relative_to(root).as_posix(): path.read_text() for path in root.glob("site/**/*.html")}
    assert len(texts) > 50
    told = re.compile("|".join(WORDS[field] for field in fields), re.IGNORECASE)
    found = {name: told.findall(text) for name, page in texts.items() if told.search(text := words(page))}
    assert found == {}
    assert not set(fields) & {count.field for count in count_fields(catalogue)}


def test_without_domains_the_home_page_begins_with_the_terms_that_there_are(tmp_path: Path) -> None:
    root = tmp_path / "new"
    catalogue = without(root, ("domain",))
    build_site(catalogue, root / "site_templates", root / "site")
    home = (root / "site" / "index.html").read_text(encoding="utf-8")
    assert '<h2 id="start">Begin with what is done</h2>' in home
    assert "or with what is done" not in home


def test_a_field_whose_terms_are_gone_is_in_no_record_and_comes_back_with_them(tmp_path: Path) -> None:
    catalogue = without(tmp_path / "new", ("setting",), "{}\n")
    assert "setting" not in catalogue.text_of(catalogue["transformer"])
    file = tmp_path / "new" / "papers" / "vocabulary" / "settings.yaml"
    file.write_text("lab:\n  label: Lab\n  definition: 'In a laboratory.'\n")
    formatting.format_all(Catalogue.load(tmp_path / "new"))
    assert "setting: null\n" in catalogue.text_of(catalogue["transformer"])


def test_lists_to_export_have_one_part_where_nothing_parts_them(tmp_path: Path) -> None:
    catalogue = without(tmp_path / "new", ("domain", "setting"))
    stream = io.StringIO()
    exports.get("list-badges").write(catalogue.papers, catalogue, stream)
    assert re.findall("^##.*", stream.getvalue(), re.MULTILINE) == ["## Papers", "### Papers", "#### 2017"]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n", "null\n"])
def test_a_file_that_holds_nothing_holds_no_terms(mini: Path, text: str) -> None:
    (mini / "papers" / "vocabulary" / "tasks.yaml").write_text(text)
    vocabulary = Catalogue.load(mini).vocabulary
    assert not vocabulary["task"]
    assert not vocabulary.has_field("task")
    assert vocabulary.has_field("title")


def test_a_file_that_is_gone_is_asked_for_and_may_be_empty(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "tasks.yaml").unlink()
    with pytest.raises(CatalogError, match=r"tasks\.yaml: not found; .* empty if its topic does without"):
        Catalogue.load(mini)


def test_the_file_of_a_field_that_every_record_has_is_not_said_to_do_empty(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "kinds.yaml").unlink()
    with pytest.raises(
        CatalogError, match=r"kinds\.yaml: not found; every catalogue needs this file, with its"
    ):
        Catalogue.load(mini)


def test_a_field_of_the_format_has_its_terms(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "kinds.yaml").write_text("")
    with pytest.raises(CatalogError, match="the term 'method' is missing, which is a value of 'kind'"):
        Catalogue.load(mini)


def test_a_field_with_fixed_values_has_all_of_them_or_none(mini: Path) -> None:
    file = mini / "papers" / "vocabulary" / "training.yaml"
    file.write_text("free:\n  label: Free\n  definition: 'Without training.'\n")
    with pytest.raises(CatalogError, match="the term 'based' is missing, which is a value of 'training'"):
        Catalogue.load(mini)
    file.write_text("{}\n")
    assert not Catalogue.load(mini).vocabulary.has_field("training")


def test_a_value_of_a_field_that_the_topic_does_without_is_reported(mini: Path) -> None:
    (mini / "papers" / "vocabulary" / "training.yaml").write_text("{}\n")
    found = [one for one in checks.run(Catalogue.load(mini)) if one.rule == "unused-field"]
    assert found
    assert "training.yaml is empty; delete the line and its provenance" in found[0].message


def test_adding_a_paper_asks_for_no_field_that_there_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = without(tmp_path / "new", ("setting", "criterion"))
    entry = tmp_path / "a.bib"
    entry.write_text("@article{a, title={Another Paper}, author={Ada Byron}, journal={TMLR}, year={2024}}")
    monkeypatch.setattr(
        sys, "argv", ["catalog", "--root", str(catalogue.root), "add", "--offline", str(entry)]
    )
    with suppress(SystemExit):
        main()
    (record,) = (catalogue.root / "papers" / "2024").glob("*.yaml")
    assert not re.search("setting|criterion", record.read_text())
    assert re.search("Still to fill in, in .*: (?!.*(setting|criterion)).*domain", capsys.readouterr().err)
