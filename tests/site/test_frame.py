"""The frame: built once by mkdocs, filled for every page, and never built again without need."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from catalog import checks
from catalog.acceptances import Acceptances
from catalog.catalogue import Catalogue
from catalog.engine import SOURCE
from catalog.findings import CatalogError
from catalog.formatting import format_all
from catalog.lists import arxiv_example
from catalog.record import Paper
from catalog.site import frame
from catalog.site.frame import FRAMES, MARK, MARKERS, NOT_FOUND, Frame, load_frames
from catalog.starting import start_catalogue

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "site_templates"
PAGE = "".join(f"<{name}>{{{{catalogue:{name}}}}}" for name in MARKERS)


def test_every_marker_of_every_frame_is_replaced(mini_catalogue: Catalogue, frame_cache: Path) -> None:
    frames = load_frames(mini_catalogue, TEMPLATES, frame_cache).frames
    assert set(frames) == {*FRAMES, NOT_FOUND}
    for name in frames:
        page = frames[name].fill(title="T", description="D", body=Markup("B"), head=Markup("H")).decode()
        assert "catalogue:" not in page, name


def test_links_of_a_frame_lead_to_the_root_from_its_own_depth(
    mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    frames = load_frames(mini_catalogue, TEMPLATES, frame_cache).frames
    for name, way in (("home", ""), ("browse", "../"), ("paper", "../../"), ("term", "../../../")):
        page = frames[name].fill(title="", description="", body=Markup("")).decode()
        assert f'href="{way}assets/catalogue/catalogue.css"' in page
        assert f'href="{way}exports/papers.bib"' in page


def test_the_page_for_missing_addresses_links_from_the_host_s_root(
    mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    frames = load_frames(mini_catalogue, TEMPLATES, frame_cache).frames
    page = frames[NOT_FOUND].fill(title="", description="", body=Markup("")).decode()
    assert 'href="/mini/assets/catalogue/catalogue.css"' in page


def test_a_frame_without_one_of_the_markers_is_refused() -> None:
    with pytest.raises(CatalogError, match=r"missing or unknown: body"):
        Frame.cut(PAGE.replace("{{catalogue:body}}", ""))


def test_a_frame_with_a_marker_that_nobody_fills_is_refused() -> None:
    with pytest.raises(CatalogError, match="missing or unknown: subtitle"):
        Frame.cut(PAGE + "{{catalogue:subtitle}}")


@given(st.text())
def test_a_title_is_shown_as_text_and_never_as_markup_or_marker(title: str) -> None:
    filled = Frame.cut(PAGE).fill(title=title, description="", body=Markup("")).decode("utf-8", "replace")
    shown = filled.removeprefix("<title>").partition("<description>")[0]
    assert "<" not in shown
    assert '"' not in shown


def test_a_title_that_looks_like_a_marker_stays_as_it_is() -> None:
    filled = Frame.cut(PAGE).fill(title="{{catalogue:body}}", description="", body=Markup("B")).decode()
    assert filled.startswith("<title>{{catalogue:body}}<")


def test_mkdocs_runs_again_only_when_something_that_it_shows_has_changed(
    mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    runs = []
    monkeypatch.setattr(frame, "_run_mkdocs", _counting(runs))

    def load() -> None:
        load_frames(Catalogue.load(mini), templates, tmp_path / "cache")

    load()
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8").replace("free", "both"), encoding="utf-8")
    load()
    assert len(runs) == 1, "a changed record is no reason"

    footer = templates / "site" / "frame" / "partials" / "footer.html"
    footer.write_text(footer.read_text(encoding="utf-8") + "<!-- changed -->", encoding="utf-8")
    load()
    assert len(runs) == 2, "a changed frame is"

    config = mini / "papers" / "catalogue.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("title: Mini", "title: Maxi"), encoding="utf-8"
    )
    load()
    assert len(runs) == 3, "so is a changed title"


def test_the_header_has_the_mark_without_its_style_and_a_file_that_is_none_is_named(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    mark = templates / MARK
    styled = '<svg viewBox="0 0 1 1"><style>path{fill:red}</style><path d="M0 0"/></svg>'
    mark.write_text(f'<?xml version="1.0"?><!-- ours -->\n{styled}')
    page = load_frames(mini_catalogue, templates, tmp_path / "cache").files["about/index.html"].decode()
    assert '<svg class="mark" aria-hidden="true" viewBox="0 0 1 1"><path d="M0 0"/></svg>' in page
    mark.write_text("PNG")
    with pytest.raises(CatalogError, match=r"mark\.svg: found no <svg"):
        load_frames(mini_catalogue, templates, tmp_path / "cache")


def _counting(runs: list[Path]):  # type: ignore[no-untyped-def]
    original = frame._run_mkdocs

    def run(work: Path) -> None:
        runs.append(work)
        original(work)

    return run


def test_guides_speak_of_files_only_where_they_exist(
    mini: Path, mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    files = {
        ".github/workflows/gpu.yml": ("GPU tests", "Settings, Environments"),
        "tests/test_workflows.py": ("zizmor",),
        "constraints.txt": ("make lock",),
        "CITATION.cff": ("CITATION.cff",),
        "pyproject.toml": ("pyproject.toml",),
    }
    words = [word for said in files.values() for word in said]
    without = load_frames(mini_catalogue, TEMPLATES, frame_cache).files["maintaining/index.html"].decode()
    assert [word for word in words if word in without] == []
    assert "runs code from a pull request. Keep it that way.</p>" in without
    for name in files:
        (mini / name).parent.mkdir(parents=True, exist_ok=True)
        (mini / name).touch()
    within = (
        load_frames(Catalogue.load(mini), TEMPLATES, frame_cache).files["maintaining/index.html"].decode()
    )
    assert [word for word in words if word not in within] == []


def test_only_the_engine_s_own_site_says_how_to_begin_another_catalogue(
    mini: Path, mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    way = 'about/#begin">A catalogue of your own</a>'
    without = load_frames(mini_catalogue, TEMPLATES, frame_cache)
    assert "catalog new" not in without.files["about/index.html"].decode()
    assert way not in without.files["contribute/index.html"].decode()
    (mini / SOURCE).parent.mkdir(parents=True)
    (mini / SOURCE).touch()
    within = load_frames(Catalogue.load(mini), TEMPLATES, frame_cache)
    assert way in within.files["contribute/index.html"].decode()
    assert '<h2 id="begin">A catalogue of your own</h2>' in within.files["about/index.html"].decode()
    assert (REPOSITORY / SOURCE).is_file(), "which is how the engine's own catalogue is known"


def test_what_is_said_of_a_new_catalogue_is_in_one(mini: Path, tmp_path: Path, frame_cache: Path) -> None:
    (mini / SOURCE).parent.mkdir(parents=True)
    (mini / SOURCE).touch()
    page = load_frames(Catalogue.load(mini), TEMPLATES, frame_cache).files["about/index.html"].decode()
    named = re.findall(r"<li><code>([^<]+)</code>", page.partition('id="begin"')[2])
    assert "papers/catalogue.yaml" in named
    start_catalogue(tmp_path / "new", REPOSITORY, topic="graph learning")
    assert [name for name in named if not (tmp_path / "new" / name).exists()] == []


def test_the_example_of_an_accepted_warning_can_be_read(tmp_path: Path) -> None:
    guide = (TEMPLATES / "site" / "guides" / "maintaining.md").read_text(encoding="utf-8")
    file = tmp_path / "accepted.yaml"
    file.write_text(guide.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    assert [entry.rule for entry in Acceptances.load(file).entries] == ["shared-code"]


def test_a_record_that_is_copied_from_the_guide_and_formatted_passes_every_check(
    mini: Path, mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    assert said_of_copied_record(mini_catalogue, mini, frame_cache) == []
    assert "\nvenue: arXiv  # a key" in (mini / COPIED).read_text(encoding="utf-8")


def test_such_a_record_has_the_topic_s_own_fields_and_a_venue_and_a_doi_where_none_of_its_papers_is_on_arxiv(
    mini: Path, frame_cache: Path
) -> None:
    with (mini / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write("fields:\n  noise_model: Noise model\n")
    terms = "ours:\n  label: Ours\n  definition: One of ours.\n"
    (mini / "papers" / "vocabulary" / "noise_model.yaml").write_text(terms, encoding="utf-8")
    catalogue = Catalogue.load(mini)
    alone = Paper.model_validate({"id": "a", "title": "A", "identifiers": {"doi": "10.1126/science.aan8048"}})
    published = replace(catalogue, papers=(alone,))
    assert said_of_copied_record(published, mini, frame_cache) == []
    text = (mini / COPIED).read_text(encoding="utf-8")
    assert "noise_model: [ours]\n" in text
    assert "\nvenue: CVPR  # a key" in text
    assert "arXiv" not in text


COPIED = "papers/2025/copied.yaml"


def said_of_copied_record(catalogue: Catalogue, root: Path, cache: Path) -> list[str]:
    """What the checks say of the record that the guide of *catalogue* shows, put below *root*."""
    page = load_frames(catalogue, TEMPLATES, cache).files["contribute/index.html"].decode()
    text = html.unescape(re.sub("<[^>]+>", "", page))
    copied = text[text.index("# yaml-language-server") : text.index("The BibTeX entry is made")]
    (root / COPIED).write_text(copied.strip() + "\n", encoding="utf-8")
    written = Catalogue.load(root)
    format_all(written, [written["copied"]])
    return [one.message for one in checks.run(Catalogue.load(root)) if one.file == COPIED]


def test_the_data_page_asks_for_a_domain_that_the_catalogue_has(
    mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    page = load_frames(mini_catalogue, TEMPLATES, frame_cache).files["api/index.html"].decode()
    text = html.unescape(re.sub("<[^>]+>", "", page))
    assert f'where(domain="{next(iter(mini_catalogue.vocabulary["domain"]))}", training="free"' in text
    assert "-o README.md" not in text, "a catalogue's own README is no place for an export"


def test_the_example_of_an_id_is_of_the_catalogue_s_own_topic(
    mini_catalogue: Catalogue, frame_cache: Path
) -> None:
    fastv = "2403.06764"
    others = replace(mini_catalogue, papers=tuple(one for one in mini_catalogue if one.id != "fastv"))
    assert arxiv_example(others) != fastv
    for catalogue in (mini_catalogue, others):
        page = load_frames(catalogue, TEMPLATES, frame_cache).files["contribute/index.html"].decode()
        text = re.sub("<[^>]+>", "", page)
        assert f"Replace {arxiv_example(catalogue)} with your" in text
        assert f"catalog add {arxiv_example(catalogue)} " in text
        assert (fastv in text) == (catalogue is mini_catalogue)


@pytest.mark.parametrize(
    ("repository", "first"),
    [
        (
            "https://github.com/o/r",
            'fill in the form <a href="https://github.com/o/r/issues/new?template=add-paper.yml"',
        ),
        ("https://gitlab.com/o/r", '<a href="https://gitlab.com/o/r/-/issues/new"'),
        (None, "With a copy of the catalogue on your machine"),
    ],
)
def test_whoever_adds_or_corrects_a_paper_is_told_first_how_without_installing_anything(
    mini: Path, frame_cache: Path, repository: str | None, first: str
) -> None:
    (mini / ".github").mkdir()
    catalogue = Catalogue.load(mini)
    named = replace(catalogue, config=catalogue.config.model_copy(update={"repository": repository}))
    page = load_frames(named, TEMPLATES, frame_cache).files["contribute/index.html"].decode()
    _, _, adding = html.unescape(page).partition('id="add-a-paper-in-a-minute"')
    adding, _, correcting = adding.partition('id="correct-a-record"')
    assert adding.index(first) < adding.index("<pre")
    assert ("<strong>Report an error</strong>" in correcting.partition("<pre")[0]) == (repository is not None)


def test_an_emoji_may_stand_in_the_title_the_tagline_and_a_guide_s_title(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    about = templates / "site" / "guides" / "about.md"
    about.write_text(about.read_text(encoding="utf-8").replace("title: About", "title: 🧭 About"), "utf-8")
    config = mini_catalogue.config.model_copy(update={"title": "🧠 Papers", "tagline": "Read 🚀 them"})
    frames = load_frames(replace(mini_catalogue, config=config), templates, tmp_path / "cache")
    page = frames.files["about/index.html"].decode()
    assert [mark for mark in "🧠🚀🧭" if mark not in page] == []


def test_a_guide_without_title_is_named(mini_catalogue: Catalogue, tmp_path: Path) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "site" / "guides" / "about.md").write_text("# About\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"guides/about\.md:1: expected 'title: …'"):
        load_frames(mini_catalogue, templates, tmp_path / "cache")


def test_what_mkdocs_says_about_a_broken_guide_reaches_the_user(
    mini_catalogue: Catalogue, tmp_path: Path
) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    about = templates / "site" / "guides" / "about.md"
    about.write_text(about.read_text(encoding="utf-8") + "\n[gone](gone.md)\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"gone\.md"):
        load_frames(mini_catalogue, templates, tmp_path / "cache")
    assert not list((tmp_path / "cache" / "site-frame").iterdir()), "nothing half-built is kept"
