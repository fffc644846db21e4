"""The Markdown lists: every paper stands in them, and nothing that a record says can break them."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from catalog import lists
from catalog.catalogue import Catalogue
from catalog.lists import rendering
from catalog.lists.arrangement import arrange
from catalog.lists.badges import badge
from catalog.record import Identifiers, Links, Paper
from catalog.wording import Labels

TEMPLATES = Path(__file__).parents[1] / "site_templates"
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

MakeCatalogue = Callable[[Mapping[str, str]], Path]

HOSTILE = (
    "<script>alert(1)</script> | cell | `code` ``` [x](javascript:alert(1)) @mention :smile: $x$ {{ 7*7 }} "
    "https://evil.example #123 <!-- c --> </details> ![i](https://evil.example/i.png) **b** _i_ ~~s~~ \\ &lt;"
)
HOSTILE_BIBTEX = (
    "@misc{a,\n  title = {```` </details> <script>alert(1)</script>},\n\tnote = {{{ 7*7 }}},\n}\n~~~\n```"
)


@pytest.fixture
def outputs(mini_catalogue: Catalogue) -> dict[str, str]:
    return lists.render_all(mini_catalogue, TEMPLATES)


def with_papers(catalogue: Catalogue, *papers: Paper) -> Catalogue:
    """*catalogue* with these papers instead of its own."""
    files = {paper.id: f"papers/2024/{paper.id}.yaml" for paper in papers}
    return replace(catalogue, papers=tuple(sorted(papers, key=lambda p: p.id)), files=files)


def tokens_of(markdown: str) -> Iterator[Token]:
    for block in PARSER.parse(markdown):
        yield block
        yield from block.children or ()


def text_of(markdown: str) -> str:
    """What a reader sees, without code."""
    return "".join(token.content for token in tokens_of(markdown) if token.type in ("text", "text_special"))


# ------------------------------------------------------------------------------- what stands where


def test_there_is_a_list_for_every_domain_and_setting_that_has_papers(outputs: dict[str, str]) -> None:
    assert set(outputs) == {
        "README.md",
        "papers/paper.schema.json",
        "papers/lists/README.md",
        "papers/lists/timeline-light.svg",
        "papers/lists/timeline-dark.svg",
        "papers/lists/vision-understanding.md",
        "papers/lists/vision-generation.md",
        "papers/lists/vision-setting-unknown.md",
        "papers/lists/language-setting-unknown.md",
        "papers/lists/multimodal-understanding.md",
        "papers/lists/multimodal-setting-unknown.md",
        "papers/lists/unsorted.md",
    }


def test_every_paper_is_in_at_least_one_list_and_in_all_of_its_domains(mini_catalogue: Catalogue) -> None:
    found = {(one.domain, paper.id) for one in arrange(mini_catalogue) for paper in one.papers}
    for paper in mini_catalogue:
        assert {domain for domain, paper_id in found if paper_id == paper.id} == set(paper.domain or [None])


@pytest.mark.parametrize("domain", [None, ()])
def test_papers_without_a_domain_or_of_an_unknown_one_stand_in_a_list_that_says_so(
    mini_catalogue: Catalogue, domain: tuple[str, ...] | None
) -> None:
    catalogue = with_papers(mini_catalogue, Paper(id="a", title="A", domain=domain))
    unsorted = lists.render_all(catalogue, TEMPLATES)["papers/lists/unsorted.md"]
    assert "Nobody has established the domain of these papers yet, or they have none." in unsorted


def test_years_are_newest_first_and_unknown_ones_last(mini_catalogue: Catalogue) -> None:
    one, two, three, four = (Paper(id=key, title=key, domain=("vision",)) for key in "abcd")
    papers = [
        one.model_copy(update={"year": 2023}),
        two.model_copy(update={"published": "2024-05"}),
        three,
        four.model_copy(update={"year": 2024, "published": "2024-06-01"}),
    ]
    catalogue = with_papers(mini_catalogue, *papers)
    by_year = [(year, [paper.id for paper in papers]) for year, papers in arrange(catalogue)[0].years]
    assert by_year == [(2024, ["d", "b"]), (2023, ["a"]), (None, ["c"])]
    text = lists.render_all(catalogue, TEMPLATES)["papers/lists/vision-setting-unknown.md"]
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["2024", "2023", "Year unknown"]
    assert "[Year unknown](#year-unknown)" in text


def test_an_entry_shows_all_that_is_known(outputs: dict[str, str]) -> None:
    text = outputs["papers/lists/multimodal-understanding.md"]
    assert "**An Image is Worth 1/2 Tokens After Layer 2" in text
    assert "**, ECCV 2024\n" in text
    assert "*Liang Chen, Haozhe Zhao, Tianyu Liu, Shuai Bai, Junyang Lin, Chang Zhou, Baobao Chang*" in text
    assert "[[Paper](https://arxiv.org/abs/2403.06764)]" in text
    assert "[[Code](https://github.com/pkunlp-icler/FastV)]" in text
    assert "[[Record](../2024/fastv.yaml)]" in text
    assert "![Mechanism: Pruning](https://img.shields.io/badge/Pruning-orange)" in text
    assert "![Training: Training-free](https://img.shields.io/badge/Training--free-brown)" in text
    assert "<details><summary>BibTeX</summary>\n\n  ```bibtex\n  @inproceedings{" in text


def test_an_entry_says_nothing_about_what_is_not_known(outputs: dict[str, str]) -> None:
    entry = outputs["papers/lists/unsorted.md"].partition("## Year unknown")[2]
    assert "None" not in entry
    assert "[[Paper]" not in entry
    assert "img.shields.io" not in entry


def test_a_method_with_and_without_training_has_both_badges(outputs: dict[str, str]) -> None:
    tome = outputs["papers/lists/vision-understanding.md"].partition("## 2021")[0]
    assert "Training--free-brown" in tome
    assert "Training--based-brown" in tome
    assert "/Both-" not in tome


def test_relative_links_lead_to_files_that_are_rendered_or_there(
    outputs: dict[str, str], mini_catalogue: Catalogue
) -> None:
    there = {*outputs, *mini_catalogue.files.values(), "papers/vocabulary", "papers/catalogue.yaml"}
    for name, text in outputs.items():
        if name.endswith(".md"):
            for link in re.findall(r'(?:\]\(|src="|srcset=")([^)"#]+)', text):
                if not link.startswith("https://"):
                    target = (Path("/") / name).parent / link
                    assert str(target.resolve())[1:] in there, f"{name}: {link}"


def test_the_front_page_has_the_commands_the_counts_and_the_picture(outputs: dict[str, str]) -> None:
    page = outputs["README.md"]
    for command in ("make site", "make test", "make serve", "catalog export bibtex", "catalog check"):
        assert command in page
    assert "| **Vision** | [2](papers/lists/vision-understanding.md) |" in page
    assert "**6 papers, 4 with code.**" in page
    assert '<source media="(prefers-color-scheme: dark)" srcset="papers/lists/timeline-dark.svg">' in page


def test_the_front_page_leaves_out_what_the_configuration_does_not_have(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config.model_copy(update={"repository": None, "base_url": None, "milestones": ()})
    page = lists.render_all(replace(mini_catalogue, config=config), TEMPLATES)["README.md"]
    for absent in ("github.com/example/mini", "example.org/mini", "## Citation", "<picture>"):
        assert absent not in page


def test_the_front_page_names_the_milestones_that_the_picture_shows(mini_catalogue: Catalogue) -> None:
    papers = [
        paper.model_copy(update={"published": None, "year": None}) if paper.id == "tome" else paper
        for paper in mini_catalogue.papers
    ]
    outputs = lists.render_all(with_papers(mini_catalogue, *papers), TEMPLATES)
    (said,) = re.findall(r'timeline-light\.svg"[^>]* alt="([^"]*)"', outputs["README.md"])
    assert "domain: DynamicViT, FastV." in said
    assert "ToMe" not in said
    assert "ToMe" not in outputs["papers/lists/timeline-light.svg"]
    undated = [paper.model_copy(update={"published": None, "year": None}) for paper in mini_catalogue.papers]
    assert (
        "## Milestones" not in lists.render_all(with_papers(mini_catalogue, *undated), TEMPLATES)["README.md"]
    )


def test_a_catalogue_without_papers_still_has_a_front_page(mini_catalogue: Catalogue) -> None:
    page = lists.render_all(with_papers(mini_catalogue), TEMPLATES)["README.md"]
    assert "**0 papers, 0 with code.**" in page


def test_the_same_input_gives_the_same_bytes(mini_catalogue: Catalogue) -> None:
    again = replace(mini_catalogue)
    assert lists.render_all(mini_catalogue, TEMPLATES) == lists.render_all(again, TEMPLATES)


# --------------------------------------------------------------------------------- long lists


def test_a_list_too_long_for_github_is_split_by_year_and_then_into_parts(
    mini_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "MAX_BYTES", 24 * 1024)
    papers = [
        Paper(id=f"p{number}", title=f"Paper {number}", domain=("vision",), year=year)
        for number, year in enumerate([2024] * 110 + [2023] * 20)
    ]
    outputs = lists.render_all(with_papers(mini_catalogue, *papers), TEMPLATES)
    names = [name for name in outputs if "vision" in name]
    stem = "papers/lists/vision-setting-unknown"
    assert names == [f"{stem}{part}.md" for part in ("", "-2024", "-2024-part-2", "-2024-part-3", "-2023")]
    assert all(len(outputs[name].encode()) <= rendering.MAX_BYTES for name in names)
    together = "".join(outputs[name] for name in names)
    assert all(together.count(f"**Paper {number}**") == 1 for number in range(130))
    assert "[2024, part 2](vision-setting-unknown-2024-part-2.md)" in outputs[names[0]]


# ------------------------------------------------------------------------------- hostile records


def hostile_paper(text: str, bibtex: str | None = None) -> Paper:
    return Paper(
        id="hostile",
        title=text,
        name=text,
        authors=(text, text),
        venue=text,
        year=2024,
        domain=("vision",),
        setting=("understanding",),
        task=(text,),
        criterion=(text,),
        mechanism=(text,),
        keywords=(text,),
        summary=text,
        bibtex=bibtex,
        identifiers=Identifiers(arxiv="2403.06764"),
        links=Links(code=("https://example.org/a?b=(c)&copy=1",)),
    )


def test_hostile_text_is_inert_in_lists_and_front_page(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config.model_copy(update={"title": HOSTILE, "description": HOSTILE})
    catalogue = with_papers(replace(mini_catalogue, config=config), hostile_paper(HOSTILE, HOSTILE_BIBTEX))
    for name, text in lists.render_all(catalogue, TEMPLATES).items():
        if not name.endswith(".md"):
            continue
        for token in tokens_of(text):
            if token.type == "html_inline":
                assert token.content in ("<span>", "</span>"), name
            elif token.type == "html_block":
                assert "script" not in token.content, name
            elif token.type == "link_open":
                assert not str(token.attrs["href"]).startswith("javascript"), name
                assert "evil" not in str(token.attrs["href"]), name
            elif token.type == "image":
                assert str(token.attrs["src"]).startswith("https://img.shields.io/badge/"), name
    listed = lists.render_all(catalogue, TEMPLATES)["papers/lists/vision-understanding.md"]
    assert text_of(listed).count(HOSTILE) >= 4
    assert "49" not in text_of(listed)


def test_hostile_bibtex_stays_inside_its_block(mini_catalogue: Catalogue) -> None:
    catalogue = with_papers(mini_catalogue, hostile_paper("Title", HOSTILE_BIBTEX))
    tokens = list(tokens_of(lists.render_all(catalogue, TEMPLATES)["papers/lists/vision-understanding.md"]))
    fences = [token.content for token in tokens if token.type == "fence"]
    assert [fence.strip() for fence in fences] == [HOSTILE_BIBTEX.expandtabs(2)]
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert html[1:] == ["<details><summary>BibTeX</summary>", "</details>"]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip))
def test_a_badge_is_one_image_whatever_it_says(text: str) -> None:
    inline = PARSER.parse(badge("name", text, Labels()))[1].children or []
    assert [token.type for token in inline] == ["image"]
    address = str(inline[0].attrs["src"])
    assert re.fullmatch(r"https://img\.shields\.io/badge/(?:[\w.~%]|--)+-blue", address)


def test_a_badge_escapes_as_shields_io_expects() -> None:
    assert badge("name", "KV-Cache_2 50%", Labels()) == (
        "![Name: KV-Cache\\_2 50%](https://img.shields.io/badge/KV--Cache__2_50%25-blue)"
    )


# ------------------------------------------------------------------------------- files on disk


def test_badges_are_called_as_the_catalogue_calls_their_fields(mini_catalogue: Catalogue) -> None:
    config = mini_catalogue.config.model_copy(update={"labels": Labels(criterion="Objective")})
    outputs = lists.render_all(replace(mini_catalogue, config=config), TEMPLATES)
    text = "".join(outputs.values())
    assert "![Objective: Attention]" in text
    assert "![Criterion" not in text


def test_written_files_are_fresh_and_a_second_writing_changes_nothing(
    outputs: dict[str, str], mini: Path
) -> None:
    assert lists.stale(outputs, mini) == sorted(outputs)
    assert lists.write(outputs, mini) == sorted(outputs)
    assert lists.stale(outputs, mini) == []
    assert lists.write(outputs, mini) == []


@pytest.mark.parametrize("has_domains", [True, False])
def test_without_papers_no_link_leads_nowhere_and_no_section_is_empty(
    mini_catalogue: Catalogue, has_domains: bool
) -> None:
    vocabulary = mini_catalogue.vocabulary
    if not has_domains:
        vocabulary = replace(vocabulary, terms={**vocabulary.terms, "domain": {}})
    bare = replace(mini_catalogue, papers=(), files={}, vocabulary=vocabulary)
    outputs = lists.render_all(bare, TEMPLATES)
    for name in ("README.md", "papers/lists/README.md"):
        links = re.findall(r"\]\((papers/lists/[^)]+|[^)/:]+)\.md\)", outputs[name])
        folder = name.removesuffix("README.md")
        assert [link for link in links if f"{folder}{link}.md" not in outputs] == []
        assert "No papers yet." in outputs[name]
        assert not re.search(r"^(#+) .*\n+\1 ", outputs[name], re.MULTILINE)


def test_changed_missing_and_left_over_files_are_stale(outputs: dict[str, str], mini: Path) -> None:
    lists.write(outputs, mini)
    folder = mini / "papers" / "lists"
    (folder / "unsorted.md").unlink()
    (folder / "vision-generation.md").write_text("edited", encoding="utf-8")
    (folder / "gone.md").write_text("left over", encoding="utf-8")
    expected = [f"papers/lists/{name}.md" for name in ("gone", "unsorted", "vision-generation")]
    assert lists.stale(outputs, mini) == expected
    assert lists.write(outputs, mini) == expected
    assert not (folder / "gone.md").exists()
    assert lists.stale(outputs, mini) == []


def test_records_and_other_files_are_never_deleted(outputs: dict[str, str], mini: Path) -> None:
    before = sorted(path for path in mini.rglob("*") if path.is_file())
    other = mini / "papers" / "lists" / "notes.txt"
    other.parent.mkdir()
    other.write_text("mine", encoding="utf-8")
    lists.write(outputs, mini)
    assert all(path.exists() for path in [*before, other])


def test_a_failure_while_writing_leaves_the_old_file_and_no_remains(
    outputs: dict[str, str], mini: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists.write(outputs, mini)
    before = {path: path.read_bytes() for path in mini.rglob("*") if path.is_file()}

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        lists.write(outputs | {"README.md": "new"}, mini)
    assert {path: path.read_bytes() for path in mini.rglob("*") if path.is_file()} == before


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from catalog import lists
names = [f"papers/lists/{number}.md" for number in range(20)]
print("ready", flush=True)
while True:
    for letter in "ab":
        lists.write(dict.fromkeys(names, letter * 200_000), Path(sys.argv[1]))
"""


def test_a_writer_killed_at_any_moment_leaves_whole_files(tmp_path: Path) -> None:
    for milliseconds in (5, 20, 60, 110):
        command = [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(milliseconds / 1000)
            writer.kill()
        files = [path for path in (tmp_path / "papers" / "lists").glob("*") if path.suffix == ".md"]
        assert all(path.read_text(encoding="utf-8") in ("a" * 200_000, "b" * 200_000) for path in files)
    outputs = {f"papers/lists/{number}.md": "c" for number in range(20)}
    lists.write(outputs, tmp_path)
    assert len(list((tmp_path / "papers" / "lists").iterdir())) == 20
