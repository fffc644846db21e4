"""The whole site: every link holds, nothing is foreign, text from records is only text."""

from __future__ import annotations

import errno
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from catalog import parallel, yaml_files
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.site import build_site, frame, pages
from catalog.site.publish import SiteFolder

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = REPOSITORY / "site_templates"
BASE_PATH = "/mini/"
"""Of the small catalogue's base URL; links of 404.html begin with it."""

Build = Callable[[Catalogue], Path]


@pytest.fixture
def build(tmp_path: Path, frame_cache: Path) -> Build:
    """Build a catalogue's site, always at the same place."""

    def build(catalogue: Catalogue) -> Path:
        out = tmp_path / "site"
        build_site(catalogue, TEMPLATES, out, cache=frame_cache)
        return out

    return build


class _Page(HTMLParser):
    """What a page links to, what it loads, and which ids it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "link" and given["rel"] in ("canonical", "cite-as"):
            return
        if tag in ("a", "form"):
            self.links.append(given.get("href", given.get("action", "")))
        elif "href" in given or "src" in given:
            self.loads.append(given.get("href", given.get("src", "")))
        if tag == "script" and given.get("type") not in ("application/json", "application/ld+json"):
            self.scripts += 1
        assert not [name for name in given if name.startswith("on")], "no script stands in an attribute"


def _files(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }


def _pages(site: Path) -> Iterator[tuple[str, _Page]]:
    for path in sorted(site.rglob("*.html")):
        yield path.relative_to(site).as_posix(), _Page(path.read_text(encoding="utf-8"))


def _target(page: str, link: str) -> str:
    """The file that *link* on *page* leads to, below the site."""
    path = unquote(urlsplit(link).path)
    path = (
        path.removeprefix(BASE_PATH)
        if path.startswith("/")
        else posixpath.join(posixpath.dirname(page), path)
    )
    whole = posixpath.normpath(path or page) if path not in ("", ".") else "."
    return posixpath.join(whole, "index.html") if path.endswith("/") or whole == "." else whole


def test_every_link_within_the_site_leads_somewhere(mini_site: Path) -> None:
    checked = 0
    for name, page in _pages(mini_site):
        for link in page.links + page.loads:
            if urlsplit(link).scheme or urlsplit(link).netloc:
                continue
            fragment = urlsplit(link).fragment
            target = mini_site / (name if link.startswith("#") else _target(name, link))
            assert target.is_file(), f"{name} links to {link}"
            if fragment and target.suffix == ".html":
                assert fragment in _Page(target.read_text(encoding="utf-8")).ids, f"{name} links to {link}"
            checked += 1
    assert checked > 1_000


def test_no_page_loads_anything_from_another_host(mini_site: Path) -> None:
    for name, page in _pages(mini_site):
        assert page.loads, name
        for link in page.loads:
            assert not urlsplit(link).scheme, f"{name} loads {link}"
            assert not urlsplit(link).netloc, f"{name} loads {link}"


def test_no_style_sheet_loads_anything_from_another_host(mini_site: Path) -> None:
    sheets = list(mini_site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        for link in re.findall(
            r"url\(\s*[\"']?([^\"')]*)|@import\s+[\"']([^\"']*)", sheet.read_text("utf-8")
        ):
            assert not re.match(r"https?:|//", "".join(link)), f"{sheet.name} loads {link}"


def test_ids_are_used_once_on_a_page(mini_site: Path) -> None:
    for name, page in _pages(mini_site):
        assert len(page.ids) == len(set(page.ids)), name


def test_every_page_has_a_policy_that_allows_no_script_of_others(mini_site: Path) -> None:
    for path in mini_site.rglob("*.html"):
        assert "script-src 'self';" in path.read_text(encoding="utf-8"), path


def test_a_paper_s_page_tells_all_that_is_known(mini_site: Path) -> None:
    page = (mini_site / "papers" / "dynamicvit" / "index.html").read_text(encoding="utf-8")
    for words in (
        "DynamicViT: Efficient Vision Transformers with Dynamic Token Sparsification",
        '<a href="../../authors/yongming-rao/">Yongming Rao</a>, <a href="../../authors/wenliang-zhao/">',
        "Advances in Neural Information Processing Systems",
        "June 2021",
        "github.com/raoyongming/DynamicViT",
        "A trained module judges the tokens.",
        "Tokens are dropped.",
        "First list",
        "arXiv:2106.02034 Sec. 3.2",
        "https://github.com/example/mini/edit/main/papers/2021/dynamicvit.yaml",
        '<link rel="canonical" href="https://example.org/mini/papers/dynamicvit/">',
        '"@type": "ScholarlyArticle"',
        "rft.au=Rao%2C%20Yongming",
    ):
        assert words in page, words


def test_a_paper_s_page_says_what_is_not_known(mini_site: Path) -> None:
    page = (mini_site / "papers" / "unknown-facts" / "index.html").read_text(encoding="utf-8")
    assert page.count("not known yet") + page.count("Not known yet") >= 8


def test_a_bibtex_entry_is_a_file_of_its_own(mini_site: Path) -> None:
    entry = (mini_site / "papers" / "fastv" / "fastv.bib").read_text(encoding="utf-8")
    assert entry.startswith("@inproceedings{")
    assert entry in (mini_site / "exports" / "papers.bib").read_text(encoding="utf-8")


def test_a_term_s_page_lists_its_papers_by_year(mini_site: Path) -> None:
    page = (mini_site / "terms" / "mechanism" / "pruning" / "index.html").read_text(encoding="utf-8")
    assert (
        page.index(">2024 ")
        < page.index("An Image is Worth")
        < page.index(">2021 ")
        < page.index("DynamicViT:")
    )
    assert "Token Merging: Your ViT" not in page


def test_an_earlier_id_leads_to_the_present_page(mini: Path, build: Build) -> None:
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "aliases: [fast-v]\n", encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "papers" / "fast-v" / "index.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="0; url=../../papers/fastv/">' in page
    assert "papers/fast-v/" not in (site / "sitemap.xml").read_text(encoding="utf-8")


def test_the_page_of_a_paper_that_was_removed_says_so_and_why(mini: Path, build: Build) -> None:
    (mini / "papers" / "2024" / "fastv.yaml").unlink()
    entry = (
        'refused:\n  - title: "An <b>Image</b>"\n    arxiv: "2403.06764"\n    reason: "off topic: a & b"\n'
        '    ids: [fastv, fast-v]\n  - {title: "Other", reason: "not confirmed", ids: [other]}\n'
    )
    (mini / "papers" / "refused.yaml").write_text(entry, encoding="utf-8")
    site = build(Catalogue.load(mini))
    for gone in ("fastv", "fast-v"):
        page = (site / "papers" / gone / "index.html").read_text(encoding="utf-8")
        assert "<h1>This paper is no longer in the catalogue</h1>" in page
        assert "An &lt;b&gt;Image&lt;/b&gt;" in page
        assert "Off topic: a &amp; b." in page
        assert '<meta name="robots" content="noindex">' in page
        assert 'href="https://arxiv.org/abs/2403.06764"' in page
        assert f"papers/{gone}/" not in (site / "sitemap.xml").read_text(encoding="utf-8")
    other = (site / "papers" / "other" / "index.html").read_text(encoding="utf-8")
    assert "arxiv.org" not in other
    listed = json.loads((site / "api" / "v1" / "changes.json").read_text(encoding="utf-8"))["changes"]
    assert "fastv" not in {paper["id"] for paper in listed}


def test_the_earlier_key_of_a_term_leads_to_its_present_page(mini: Path, build: Build) -> None:
    criteria = mini / "papers" / "vocabulary" / "criteria.yaml"
    terms = yaml_files.read(criteria)
    terms["attention"]["aliases"] = ["attention-score", "similarity-free", "Attention maps", "self_attention"]
    criteria.write_text(json.dumps(terms), encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "terms" / "criterion" / "attention-score" / "index.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="0; url=../../../terms/criterion/attention/">' in page
    assert "This term has a new address" in page
    assert "attention-score" not in (site / "sitemap.xml").read_text(encoding="utf-8")
    made = {path.name for path in (site / "terms" / "criterion").iterdir() if path.is_dir()}
    assert made == {*terms, "attention-score", "similarity-free"}, "words that are no keys get no page"


def test_an_alias_takes_no_page_away_from_another_term(mini: Path, build: Build) -> None:
    venues = mini / "papers" / "vocabulary" / "venues.yaml"
    terms = yaml_files.read(venues)
    terms["ECCV"]["aliases"] = ["eccv"]
    venues.write_text(json.dumps(terms), encoding="utf-8")
    page = (build(Catalogue.load(mini)) / "terms" / "venue" / "eccv" / "index.html").read_text(
        encoding="utf-8"
    )
    assert "new address" not in page


def test_an_earlier_id_that_is_another_paper_s_is_refused(mini: Path, build: Build) -> None:
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8") + "aliases: [tome]\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"papers/tome/index\.html"):
        build(Catalogue.load(mini))


def test_cards_are_not_written_through_a_link(
    mini_catalogue: Catalogue, tmp_path: Path, mini_site: Path, frame_cache: Path
) -> None:
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    shutil.copytree(frame_cache / "site-frame", cache / "site-frame")
    elsewhere.mkdir()
    (cache / "cards").symlink_to(elsewhere)
    with pytest.raises(CatalogError, match="cards: a symbolic link"):
        build_site(mini_catalogue, TEMPLATES, tmp_path / "site", cache=cache)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("place", ["cache", "site"])
def test_a_full_disk_is_said_and_the_last_good_site_stays(
    place: str, mini_catalogue: Catalogue, tmp_path: Path, frame_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    cache, out = tmp_path / "cache", tmp_path / "site"
    build_site(mini_catalogue, TEMPLATES, out, cache=frame_cache)
    before = _files(out)
    if place == "cache":
        mkdocs_said = f"Traceback …\nOSError: [Errno 28] {os.strerror(errno.ENOSPC)}: 'a' -> 'b'\n"
        failed = subprocess.CompletedProcess([], 1, stdout="", stderr=mkdocs_said)
        monkeypatch.setattr(frame.subprocess, "run", lambda *_, **__: failed)
    else:
        shutil.copytree(frame_cache, cache)
        monkeypatch.setattr(SiteFolder, "write", fail)
    with pytest.raises(CatalogError, match=f"^no space left in {tmp_path / place}; make room there"):
        build_site(mini_catalogue, TEMPLATES, out, cache=cache)
    assert _files(out) == before


def test_a_checkout_that_may_only_be_read_gives_the_same_site_and_the_cache_is_named(
    mini: Path, tmp_path: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_cache = _files(build(Catalogue.load(mini)))
    really = Path.mkdir

    def mkdir(path: Path, *arguments: object, **options: object) -> None:
        if path.is_relative_to(mini):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        really(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", mkdir)
    report = build_site(Catalogue.load(mini), TEMPLATES, tmp_path / "without")
    assert report.cache == mini / ".cache"
    assert not report.cache.exists()
    assert _files(tmp_path / "without") == with_cache


def test_the_sitemap_names_every_page_and_no_date(mini_site: Path) -> None:
    sitemap = (mini_site / "sitemap.xml").read_text(encoding="utf-8")
    assert "<loc>https://example.org/mini/</loc>" in sitemap
    assert "/offline/" not in sitemap, "it stands in for others"
    assert sitemap.count("<loc>") == len(list(mini_site.rglob("index.html"))) - 1
    assert "lastmod" not in sitemap


def test_without_base_url_and_repository_nothing_points_at_them(mini: Path, build: Build) -> None:
    config = mini / "papers" / "catalogue.yaml"
    text = re.sub(r"(?m)^(base_url|repository): .*\n", "", config.read_text(encoding="utf-8"))
    config.write_text(text, encoding="utf-8")
    site = build(Catalogue.load(mini))
    page = (site / "papers" / "fastv" / "index.html").read_text(encoding="utf-8")
    assert "canonical" not in page
    assert "Edit this record" not in page
    assert not (site / "sitemap.xml").exists()


def test_one_changed_record_changes_only_the_pages_that_show_it(
    mini: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = build(Catalogue.load(mini))
    before = {path: path.stat().st_ino for path in site.rglob("*") if path.is_file()}

    def refuse(_: Path) -> None:
        raise AssertionError("mkdocs ran again")

    monkeypatch.setattr(frame, "_run_mkdocs", refuse)
    record = mini / "papers" / "2024" / "fastv.yaml"
    record.write_text(
        record.read_text(encoding="utf-8").replace("summary: null", "summary: Drops tokens."),
        encoding="utf-8",
    )
    build(Catalogue.load(mini))
    changed = {path.relative_to(site).as_posix() for path in before if path.stat().st_ino != before[path]}
    pages = {name for name in changed if name.endswith(".html")}
    pages.discard("exports/index.html")  # which says how large the files are, if in rounded numbers
    assert pages == {"papers/fastv/index.html", "coverage/index.html"}


@pytest.mark.parametrize(
    ("template", "text", "said"),
    [
        ("pages/paper.html.j2", "\n\n{{ paper.titel }}", r"paper\.html\.j2:3: .*titel"),
        (
            "pages/home.html.j2",
            "\n{{ config.title + 1 }}",
            r"home\.html\.j2:2: TypeError: .*; mend the template$",
        ),
        ("guides/about.md", "\n{{ config.title + 1 }}", r"about\.md:2: TypeError: .*; mend the template$"),
        (
            "pages/coverage.html.j2",
            "{% set title = 'A' %}",
            r"coverage\.html\.j2: the page's description is missing",
        ),
    ],
)
def test_a_broken_template_is_named_with_its_line(
    template: str, text: str, said: str, mini_catalogue: Catalogue, tmp_path: Path, frame_cache: Path
) -> None:
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "site" / template).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=said):
        build_site(mini_catalogue, templates, tmp_path / "site", cache=frame_cache)
    assert not (tmp_path / "site").exists()


def test_a_macro_that_breaks_is_named_with_its_line(mini_catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "macros.html.j2").write_text(
        "{% macro entry(paper, root, level) %}\n{{ paper.titel }}{% endmacro %}", encoding="utf-8"
    )
    maker = pages.Maker(tmp_path, {}, mini_catalogue.config, mini_catalogue.vocabulary)
    with pytest.raises(CatalogError, match=r"macros\.html\.j2:2: .*titel.*; mend the template$"):
        maker.entry(mini_catalogue["fastv"], "")


@pytest.mark.parametrize("template", ["paper.html.j2", "author.html.j2"])
def test_a_template_that_breaks_in_another_process_is_named_with_its_line_too(
    template: str,
    mini_catalogue: Catalogue,
    tmp_path: Path,
    frame_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalog.site.build.WORTH_PROCESSES", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    templates = tmp_path / "site_templates"
    shutil.copytree(TEMPLATES, templates)
    broken = templates / "site" / "pages" / template
    broken.write_text("\n\n{{ 'a' + 1 }}", encoding="utf-8")
    with pytest.raises(CatalogError, match=rf"{template}:3: TypeError: .*; mend the template$"):
        build_site(mini_catalogue, templates, tmp_path / "site", cache=frame_cache)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("site")] == ["site_templates"]


# ------------------------------------------------------------------------------ hostile text

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</title></textarea></script><svg onload=alert(1)>",
    "{{ config }} {% raw %} {{catalogue:body}}",
    "{{catalogue:head}}<!-- --!> ]]>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_record_is_shown_and_never_understood(
    text: str, mini_catalogue: Catalogue, build: Build
) -> None:
    hostile = mini_catalogue["fastv"].model_copy(
        update={
            "title": text,
            "former_titles": (text,),
            "name": text,
            "authors": (text,),
            "venue": text,
            "summary": text,
            "criterion": (text,),
            "keywords": (text,),
            "provenance": {"title": text, text: "x"},
            "bibtex": f"@misc{{x, title = {{{text}}}}}",
        }
    )
    others = tuple(paper for paper in mini_catalogue.papers if paper.id != "fastv")
    catalogue = Catalogue(
        mini_catalogue.root,
        mini_catalogue.config,
        mini_catalogue.vocabulary,
        (*others, hostile),
        mini_catalogue.files,
    )
    harmless = dict(_pages(build(mini_catalogue)))
    for name, page in _pages(build(catalogue)):
        usual = harmless.get(name) or harmless["authors/liang-chen/index.html"]
        assert page.scripts == usual.scripts, name
        assert not [link for link in page.loads if link == "x"], name
    shown = _text_of((build(catalogue) / "papers" / "fastv" / "index.html").read_text(encoding="utf-8"))
    assert shown.count(" ".join(text.split())) >= 8


def _text_of(html: str) -> str:
    class Text(HTMLParser):
        said = ""

        def handle_data(self, data: str) -> None:
            self.said += data + " "

    parser = Text()
    parser.feed(html)
    return " ".join(parser.said.split())


# ------------------------------------------------------------------------------ determinism

BUILD = """
import sys
from pathlib import Path
from catalog.catalogue import Catalogue
from catalog.site import build_site
root, templates, out, cache = map(Path, sys.argv[1:])
build_site(Catalogue.load(root), templates, out, cache=cache)
"""


def _build_elsewhere(root: Path, where: Path, **environment: str) -> dict[str, bytes]:
    where.mkdir()
    out = where / "public"
    paths = [str(path) for path in (root, TEMPLATES, out, where / "cache")]
    subprocess.run(
        [sys.executable, "-c", BUILD, *paths],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        check=True,
    )
    return _files(out)


def test_the_same_records_give_the_same_bytes_wherever_and_whenever_they_are_built(
    mini: Path, tmp_path: Path
) -> None:
    one = _build_elsewhere(mini, tmp_path / "one", TZ="Asia/Tokyo", LANG="C", PYTHONHASHSEED="1")
    other_root = tmp_path / "other root"
    shutil.copytree(mini, other_root)
    two = _build_elsewhere(
        other_root,
        tmp_path / "two",
        TZ="America/Lima",
        LANG="tr_TR.UTF-8",
        LC_ALL="C.UTF-8",
        PYTHONHASHSEED="2",
    )
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []
