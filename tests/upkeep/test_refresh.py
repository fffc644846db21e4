"""Asking about papers that have a record: what changes, what does not, and who says so."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fake_sources import FakeSources, entry

from catalog import checks
from catalog.adding import Offices
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.upkeep import refresh_report
from catalog.upkeep.news import News
from catalog.upkeep.refresh import PATIENCE, Refreshed, refresh, write

MakeCatalogue = Callable[[Mapping[str, str]], Path]

TITLE = "Token Pruning for Everyone"
PREPRINT = """\
# yaml-language-server: $schema=../paper.schema.json
title: "Token Pruning for Everyone"
name: TPE # as its repository has it
authors: [Ada Lovelace, Charles Babbage]
venue: arXiv
year: 2024
published: 2024-03
identifiers:
  arxiv: "2403.00001"
kind: method
domain: [vision]
setting: null
task: null
criterion: null
mechanism: null
training: null
parametric: null
summary: null
provenance:
  venue: first-list
bibtex: |
  @misc{lovelace2024token,
    title = {Token Pruning for Everyone},
    author = {Lovelace, Ada and Babbage, Charles},
    eprint = {2403.00001},
    archivePrefix = {arXiv},
    year = {2024},
    month = mar,
    url = {https://arxiv.org/abs/2403.00001},
  }
"""
AUTHORS = ("Ada Lovelace", "Charles Babbage")
IN_DBLP = {
    "title": f"{TITLE}.",
    "venue": "CVPR",
    "year": "2025",
    "type": "Conference and Workshop Papers",
    "doi": "10.1109/CVPR.2025.00001",
    "authors": {"author": [{"text": name} for name in AUTHORS]},
}


@pytest.fixture
def catalogue(make_catalogue: MakeCatalogue) -> Catalogue:
    return Catalogue.load(make_catalogue({"2024/tpe.yaml": PREPRINT}))


def news(catalogue: Catalogue, offices: Offices, **options: object) -> News:
    [found] = refresh(catalogue, offices, **options).news  # type: ignore[arg-type]
    return found


def after(catalogue: Catalogue, offices: Offices) -> Catalogue:
    """The catalogue once the news is written; it has no errors."""
    write(refresh(catalogue, offices), catalogue)
    changed = Catalogue.load(catalogue.root)
    assert [f for f in checks.run(changed) if f.severity == "error"] == []
    return changed


def test_a_preprint_without_news_stays_as_it_is(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS))
    found = refresh(catalogue, offices)
    assert (found.asked, found.news, found.all_well) == (1, (), True)


def test_publication_upgrades_venue_year_identifiers_and_bibtex(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS))
    sources.dblp(IN_DBLP)
    paper = after(catalogue, offices)["tpe"]
    assert (paper.venue, paper.year) == ("CVPR", 2025)
    assert paper.identifiers.doi == "10.1109/CVPR.2025.00001"
    assert paper.provenance["venue"] == "DBLP"
    assert paper.bibtex is not None
    assert paper.bibtex.startswith("@inproceedings{lovelace2024token,")
    assert "month" not in paper.bibtex
    text = (catalogue.root / "papers" / "2024" / "tpe.yaml").read_text()
    assert "name: TPE # as its repository has it\n" in text


def test_names_are_divided_in_the_publication_as_they_were_in_the_preprint(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    authors = ("Ana Paz Sol", "Charles Babbage")
    named = PREPRINT.replace("Ada Lovelace", authors[0]).replace("Lovelace, Ada", "Paz Sol, Ana")
    sources.arxiv(entry("2403.00001", TITLE, authors=authors))
    sources.dblp({**IN_DBLP, "authors": {"author": [{"text": name} for name in authors]}})
    catalogue = Catalogue.load(make_catalogue({"2024/tpe.yaml": named}))
    assert "author = {Paz Sol, Ana and Babbage, Charles}" in (after(catalogue, offices)["tpe"].bibtex or "")


def test_authors_whose_particles_a_source_leaves_out_are_no_other_authors(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    named = PREPRINT.replace("Ada Lovelace", "Ada van der Lovelace").replace("{Love", "{van der Love")
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS))
    sources.dblp(IN_DBLP)
    catalogue = Catalogue.load(make_catalogue({"2024/tpe.yaml": named}))
    assert after(catalogue, offices)["tpe"].authors == ("Ada van der Lovelace", "Charles Babbage")


def test_a_record_without_a_date_moves_with_the_year_of_its_venue(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    undated = PREPRINT.replace("published: 2024-03\n", "")
    catalogue = Catalogue.load(make_catalogue({"2024/tpe.yaml": undated}))
    sources.dblp(IN_DBLP)
    found = refresh(catalogue, offices)
    assert "papers/2024/tpe.yaml: first appeared in another year" in refresh_report.as_text(found)
    assert write(found, catalogue) == ["papers/2025/tpe.yaml"]
    text = (catalogue.root / "papers" / "2025" / "tpe.yaml").read_text()
    (catalogue.root / "papers" / "2025" / "tpe.yaml").unlink()
    (catalogue.root / "papers" / "2024" / "tpe.yaml").write_text(undated)
    subprocess.run(["git", "init", "--quiet"], cwd=catalogue.root, check=True)
    subprocess.run(
        ["git", "apply", "-"], cwd=catalogue.root, input=refresh_report.diffs(found), text=True, check=True
    )
    assert (catalogue.root / "papers" / "2025" / "tpe.yaml").read_text() == text
    assert not (catalogue.root / "papers" / "2024" / "tpe.yaml").exists()


def test_a_key_without_authors_is_made_anew_with_them_and_is_no_other_record_s(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    unknown = PREPRINT.replace("authors: [Ada Lovelace, Charles Babbage]", "authors: null")
    unknown = unknown.replace("author = {Lovelace, Ada and Babbage, Charles}", "key = {TPE}")
    other = PREPRINT.replace("2403.00001", "2403.00002").replace(TITLE, "Token Pruning for Nobody")
    files = {"2024/other.yaml": other, "2024/tpe.yaml": unknown.replace("lovelace2024token", "2024token")}
    catalogue = Catalogue.load(make_catalogue(files))
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS))
    sources.dblp(IN_DBLP | {"year": "2024"})
    write(refresh(catalogue, offices, ["tpe"]), catalogue)
    paper = Catalogue.load(catalogue.root)["tpe"]
    assert paper.authors == AUTHORS
    assert (paper.bibtex or "").startswith("@inproceedings{lovelace2024tokena,")


def test_an_entry_that_cannot_be_read_is_made_anew(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    broken = PREPRINT.replace("eprint = {2403.00001},", "eprint = {2403.00001")
    (catalogue.root / "papers" / "2024" / "tpe.yaml").write_text(broken)
    sources.arxiv(entry("2403.00001", "Token Pruning for Everyone Else", authors=AUTHORS))
    new = news(Catalogue.load(catalogue.root), offices).new
    assert "@misc{lovelace2024token,\n    title = {Token Pruning for Everyone Else}," in new


def test_a_title_that_changed_with_publication_is_kept_as_a_former_one(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    new = "Token Pruning for Everybody Else"
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS))
    sources.crossref(
        "10.1109/CVPR.2025.00001",
        type="proceedings-article",
        title=[new],
        **{"container-title": ["2025 IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)"]},
        author=[{"given": "Ada", "family": "Lovelace"}, {"given": "Charles", "family": "Babbage"}],
        page="11-20",
    )
    text = PREPRINT.replace('"2403.00001"', '"2403.00001"\n  doi: "10.1109/CVPR.2025.00001"')
    (catalogue.root / "papers" / "2024" / "tpe.yaml").write_text(text)
    paper = after(Catalogue.load(catalogue.root), offices)["tpe"]
    assert (paper.title, paper.former_titles) == (new, (TITLE,))
    assert paper.venue == "CVPR"
    assert "pages = {11--20}" in (paper.bibtex or "")


def test_one_comment_alone_is_no_publication(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS, comment="Accepted to CVPR 2025"))
    found = news(catalogue, offices)
    assert found.new == found.old
    assert found.notes == ("published, if one source alone is right: CVPR 2025 (arXiv:2403.00001)",)


def test_sources_that_contradict_each_other_change_nothing(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.dblp(IN_DBLP, {**IN_DBLP, "venue": "ICLR"})
    found = news(catalogue, offices)
    assert found.new == found.old
    assert "sources do not agree where it was published: CVPR 2025 (DBLP), ICLR 2025 (DBLP)" in found.notes


def test_a_preprint_that_was_retitled_gets_its_new_title(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(entry("2403.00001", "Pruning, Reconsidered", authors=AUTHORS))
    paper = after(catalogue, offices)["tpe"]
    assert (paper.title, paper.former_titles) == ("Pruning, Reconsidered", (TITLE,))
    assert paper.provenance["title"] == "arXiv:2403.00001"
    assert "month = mar" in (paper.bibtex or "")


RETITLED = PREPRINT.replace("  venue: first-list", "  title: a list\n  venue: first-list")


def test_a_former_title_keeps_its_source(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    (catalogue.root / "papers" / "2024" / "tpe.yaml").write_text(RETITLED)
    sources.arxiv(entry("2403.00001", "Pruning, Reconsidered", authors=AUTHORS))
    paper = after(Catalogue.load(catalogue.root), offices)["tpe"]
    assert paper.provenance["title"] == "arXiv:2403.00001"
    assert paper.provenance["former_titles"] == "a list"


@pytest.mark.parametrize("former", [(), ("Token Prunings for Everyone",)])
def test_another_spelling_of_the_title_is_no_former_one(
    catalogue: Catalogue, sources: FakeSources, offices: Offices, former: tuple[str, ...]
) -> None:
    known = "".join(f'former_titles: ["{title}"]\n' for title in former)
    (catalogue.root / "papers" / "2024" / "tpe.yaml").write_text(RETITLED.replace("name:", f"{known}name:"))
    sources.arxiv(entry("2403.00001", "Token Prunings for Everyone", authors=AUTHORS))
    catalogue = Catalogue.load(catalogue.root)
    assert "former_titles" not in news(catalogue, offices).new
    assert after(catalogue, offices)["tpe"].title == "Token Prunings for Everyone"


def test_another_paper_under_the_same_id_changes_nothing(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(entry("2403.00001", "On Bees", authors=("Karl von Frisch",)))
    found = news(catalogue, offices)
    assert found.new == found.old
    assert "is another paper" in found.notes[0]


def test_code_that_the_authors_name_is_added(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    abstract = "Code: https://github.com/ada/tpe."
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS, abstract=abstract))
    sources.routes["/github/repos/ada/tpe"] = lambda _: '{"full_name": "ada/tpe", "description": "x"}'
    assert after(catalogue, offices)["tpe"].links.code == ("https://github.com/ada/tpe",)


def test_what_stays_of_links_and_identifiers_keeps_its_source_beside_that_of_the_new(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    links = "links:\n  paper: https://example.org/tpe\n"
    stood = PREPRINT.replace("  venue: first-list\n", "  identifiers: first-list\n  links: a list; a talk\n")
    text = stood.replace("kind: method\n", f"{links}kind: method\n")
    catalogue = Catalogue.load(make_catalogue({"2024/tpe.yaml": text}))
    abstract = "Code: https://github.com/ada/tpe."
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS, abstract=abstract))
    sources.routes["/github/repos/ada/tpe"] = lambda _: '{"full_name": "ada/tpe", "description": "x"}'
    sources.dblp(IN_DBLP)
    paper = after(catalogue, offices)["tpe"]
    assert (paper.links.paper, paper.links.code) == (
        "https://example.org/tpe",
        ("https://github.com/ada/tpe",),
    )
    assert paper.provenance["links"] == "a list; a talk; arXiv:2403.00001"
    assert paper.provenance["identifiers"] == "first-list; DBLP, arXiv:2403.00001"


def test_code_that_is_gone_is_not_added(catalogue: Catalogue, sources: FakeSources, offices: Offices) -> None:
    abstract = "Code: https://github.com/ada/gone."
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS, abstract=abstract))
    found = news(catalogue, offices)
    assert found.new == found.old
    assert "GitHub has no repository" in found.notes[0]


def test_code_beside_known_code_is_a_note(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    path = catalogue.root / "papers" / "2024" / "tpe.yaml"
    path.write_text(PREPRINT + "links:\n  code: [https://github.com/known/code]\n")
    abstract = "Code: https://github.com/ada/tpe."
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS, abstract=abstract))
    sources.routes["/github/repos/ada/tpe"] = lambda _: '{"full_name": "ada/tpe"}'
    sources.routes["/github/repos/known/code"] = lambda _: '{"full_name": "known/code"}'
    found = news(Catalogue.load(catalogue.root), offices)
    assert found.new == found.old
    assert "also named as its code: https://github.com/ada/tpe" in found.notes


def test_a_withdrawn_paper_is_an_alarm_and_no_change(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    comment = "This paper has been withdrawn: an error in Theorem 1 | @all"
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS, comment=comment))
    found = refresh(catalogue, offices)
    [item] = found.news
    assert not found.all_well
    assert item.new == item.old
    assert item.alarms == (f"arXiv says: {comment}",)
    text = refresh_report.as_markdown(found)
    assert "## Withdrawn or retracted" in text
    assert "@all" not in text


def test_a_retraction_is_found_when_all_papers_are_asked_about(
    mini: Path, sources: FakeSources, offices: Offices
) -> None:
    path = mini / "papers" / "2024" / "fastv.yaml"
    path.write_text(path.read_text().replace('"2403.06764"', '"2403.06764"\n  doi: "10.1000/1"'))
    title = "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-Play Inference Acceleration for Large "
    sources.crossref(
        "10.1000/1",
        title=[f"{title}Vision-Language Models"],
        **{"updated-by": [{"type": "retraction", "DOI": "10.1000/2"}]},
    )
    catalogue = Catalogue.load(mini)
    assert not any(news.alarms for news in refresh(catalogue, offices).news)
    alarms = {item.paper.id: item.alarms for item in refresh(catalogue, offices, everything=True).news}
    assert alarms["fastv"] == ("Crossref says that this paper was retracted",)


def test_an_identifier_of_another_record_is_left_there(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    other = PREPRINT.replace(TITLE, "Something Else").replace(
        'arxiv: "2403.00001"', f'doi: "{IN_DBLP["doi"]}"'
    )
    other = other[: other.index("bibtex")]
    catalogue = Catalogue.load(make_catalogue({"2024/tpe.yaml": PREPRINT, "2024/other.yaml": other}))
    sources.dblp(IN_DBLP)
    found = news(catalogue, offices, ids=["tpe"])
    doi = IN_DBLP["doi"]
    assert f"its doi {doi} is in the record 'other': are the two one paper?" in found.notes
    assert "doi:" not in found.new


def test_one_dead_source_takes_nothing_from_the_others(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.fails("/arxiv/query")
    sources.dblp(IN_DBLP)
    found = refresh(catalogue, offices)
    assert len(found.changes) == 1
    assert len(found.problems) == 1
    assert found.problems[0].startswith("arXiv could not answer once: ")
    assert refresh_report.as_markdown(found).startswith("There is news: ")


def test_silence_of_one_source_is_not_taken_for_good_news(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.arxiv(entry("2403.00001", TITLE, authors=AUTHORS))
    sources.fails("/dblp/search/publ/api")
    found = refresh(catalogue, offices)
    assert (found.changes, found.all_well) == ([], False)
    text = refresh_report.as_markdown(found)
    assert text.startswith("Not everything is known, as sources could not answer: of 1 paper, 0 have news")
    assert "- DBLP could not answer once" in text


def test_a_source_that_stays_dead_is_left_alone(
    make_catalogue: MakeCatalogue, sources: FakeSources, offices: Offices
) -> None:
    words = "Alpha Beta Gamma Delta Epsilon Zeta".split()
    files = {}
    for number, word in enumerate(words):
        text = PREPRINT[: PREPRINT.index("bibtex")].replace("2403.00001", f"2403.0000{number}")
        files[f"2024/paper-{number}.yaml"] = text.replace(TITLE, f"{word} Paper").replace(
            "TPE #", f"{word} #"
        )
    sources.fails("/arxiv/query")
    found = refresh(Catalogue.load(make_catalogue(files)), offices)
    assert found.asked == len(words)
    assert sources.asked["/arxiv/query"] == PATIENCE
    assert "was not asked any further" in found.problems[0]


def test_silence_of_all_sources_is_not_taken_for_good_news(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    for path in ("/arxiv/query", "/dblp/search/publ/api", "/semanticscholar/paper/ARXIV:2403.00001"):
        sources.fails(path)
    with pytest.raises(CatalogError, match="no source could answer; try again later:\nDBLP could not"):
        refresh(catalogue, offices)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("nope", "there is no record 'nope'; ids are the names of the files in papers/"),
        ("tpee", "there is no record 'tpee'; did you mean 'tpe'?"),
        ("prune-all", "there is no record 'prune-all'; it is a former id of 'tpe'; write tpe"),
        ("broken", "papers/2024/broken.yaml:1: "),
    ],
)
def test_an_id_that_no_record_has_is_told_with_what_to_do(
    make_catalogue: MakeCatalogue, offices: Offices, asked: str, said: str
) -> None:
    renamed = PREPRINT.replace("bibtex:", "aliases: [prune-all]\nbibtex:")
    root = make_catalogue({"2024/tpe.yaml": renamed, "2024/broken.yaml": "<<<<<<< HEAD\n"})
    with pytest.raises(CatalogError) as raised:
        refresh(Catalogue.load(root), offices, [asked])
    assert str(raised.value).startswith(said)


def test_a_record_that_was_edited_meanwhile_is_not_overwritten(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.dblp(IN_DBLP)
    found = refresh(catalogue, offices)
    (catalogue.root / "papers" / "2024" / "tpe.yaml").write_text(PREPRINT.replace("TPE", "TPX"))
    with pytest.raises(CatalogError, match="has been changed since"):
        write(found, catalogue)


def test_the_difference_is_one_that_git_applies(
    catalogue: Catalogue, sources: FakeSources, offices: Offices
) -> None:
    sources.dblp(IN_DBLP)
    found = refresh(catalogue, offices)
    subprocess.run(
        ["git", "apply", "-"],
        cwd=catalogue.root,
        input=refresh_report.diffs(found),
        text=True,
        check=True,
        env={"GIT_CEILING_DIRECTORIES": str(catalogue.root.parent), "PATH": "/usr/bin:/bin"},
    )
    assert (catalogue.root / "papers" / "2024" / "tpe.yaml").read_text() == found.changes[0].new


def test_the_issue_shows_the_change(catalogue: Catalogue, sources: FakeSources, offices: Offices) -> None:
    sources.dblp(IN_DBLP)
    text = refresh_report.as_markdown(refresh(catalogue, offices))
    assert text.startswith("There is news: of 1 paper, 1 has news, 0 may have been withdrawn or retracted.\n")
    assert "- tpe: published&#58; CVPR 2025" in text or "- tpe: published: CVPR 2025" in text
    assert "+venue: CVPR" in text


def test_a_long_report_is_cut_outside_of_what_is_folded(catalogue: Catalogue) -> None:
    paper = catalogue["tpe"]
    file = catalogue.files["tpe"]
    one = News(paper, file, "", "changed\n" * 1_000, file, ("retitled",))
    text = refresh_report.as_markdown(Refreshed(50, (one,) * 50))
    assert 0 < text.count("<details>") == text.count("</details>") < 50
    assert text.endswith("more; see all with `catalog refresh`.\n")
