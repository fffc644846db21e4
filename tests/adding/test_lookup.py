"""The sources together: what one answers leads to the next, and what one fails at costs only itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.adding import Choices, Found, KnownPapers, Offices, look_up, make, recognise
from catalog.adding.bibliographies import queries_in
from catalog.adding.queries import Query
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.sources import SOURCES, Answer
from tests.sources import answers
from tests.sources.replay import ReplayServer, Reply, as_json, as_text


def learn(text: str, catalogue: Catalogue, offices: Offices) -> Found:
    return look_up(recognise(text), catalogue.vocabulary, offices)


def test_an_arxiv_id_alone_gives_the_published_paper(mini_catalogue: Catalogue, offices: Offices) -> None:
    found = learn(answers.ARXIV, mini_catalogue, offices)
    paper = make(found, mini_catalogue, Choices(added="2026-11-21")).paper
    assert paper.title == answers.TITLE
    assert paper.former_titles == (answers.PREPRINT_TITLE,)
    assert paper.authors == answers.AUTHORS
    assert (paper.venue, paper.year, paper.published) == ("ECCV", 2024, "2024-05-20")
    assert (paper.identifiers.arxiv, paper.identifiers.doi) == (answers.ARXIV, answers.DOI)
    assert paper.links.code == (answers.CODE,)
    assert paper.domain is None
    assert paper.provenance["venue"] == "Crossref, DBLP"
    assert paper.provenance["published"] == f"arXiv:{answers.ARXIV}"
    assert paper.bibtex is not None
    assert "pages = {101--118}" in paper.bibtex


@pytest.mark.parametrize("text", [answers.DOI, f"https://doi.org/{answers.DOI}"])
def test_a_doi_leads_to_the_same_paper(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer, text: str
) -> None:
    server.answers[f"/semanticscholar/paper/DOI:{answers.DOI}"] = as_json(answers.scholar())
    paper = make(learn(text, mini_catalogue, offices), mini_catalogue, Choices()).paper
    assert paper.identifiers.arxiv == answers.ARXIV
    assert paper.published == "2024-05-20"


def test_other_identifiers_lead_to_their_source(mini_catalogue: Catalogue, offices: Offices) -> None:
    by_forum = make(learn(answers.FORUM, mini_catalogue, offices), mini_catalogue, Choices()).paper
    assert by_forum.identifiers.openreview == answers.FORUM
    by_entry = make(learn(answers.ANTHOLOGY, mini_catalogue, offices), mini_catalogue, Choices()).paper
    assert by_entry.identifiers.anthology == answers.ANTHOLOGY
    by_page = learn(f"https://openaccess.thecvf.com{answers.CVF_PAGE}", mini_catalogue, offices)
    page = make(by_page, mini_catalogue, Choices()).paper
    assert (page.title, page.venue, page.year) == (answers.CVF_TITLE, "CVPR", 2024)
    assert page.links.paper == f"https://openaccess.thecvf.com{answers.CVF_PAGE}"


def test_nobody_is_asked_the_same_twice(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer
) -> None:
    learn(answers.ARXIV, mini_catalogue, offices)
    asked = [(request.path, str(request.query)) for request in server.requests]
    assert len(asked) == len(set(asked))
    assert len(asked) < 12


@pytest.mark.parametrize("dead", ["/arxiv/query", f"/crossref/works/{answers.DOI}", "/dblp/search/publ/api"])
def test_a_dead_source_does_not_lose_the_rest(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer, dead: str
) -> None:
    server.answers[dead] = Reply(status=500)
    found = learn(answers.ARXIV, mini_catalogue, offices)
    paper = make(found, mini_catalogue, Choices()).paper
    assert paper.title == answers.TITLE
    assert (paper.venue, paper.year) == ("ECCV", 2024)
    assert [reply.source for reply in found.replies if reply.problem and not reply.unknown]


def test_without_any_source_the_reasons_are_given(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer
) -> None:
    server.answers = {"/arxiv/query": Reply(status=500)}
    found = learn(answers.ARXIV, mini_catalogue, offices)
    with pytest.raises(
        CatalogError, match=r"(?s)nothing could be learned.*arXiv: .*500.*Scholar: does not know"
    ):
        make(found, mini_catalogue, Choices())


def test_an_answer_about_another_paper_is_left_out(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer
) -> None:
    wrong = answers.work()
    wrong["message"] |= {"title": ["Growing Potatoes"], "subtitle": [], "author": [{"family": "Farmer"}]}
    server.answers[f"/crossref/works/{answers.DOI}"] = as_json(wrong)
    found = learn(answers.ARXIV, mini_catalogue, offices)
    assert any("Growing Potatoes" in note for note in found.notes)
    assert "Growing Potatoes" not in found.draft.values("title")


def test_an_identifier_of_another_paper_is_taken_from_an_entry(
    mini_catalogue: Catalogue, offices: Offices
) -> None:
    entry = f"@misc{{a, title={{Growing Potatoes}}, author={{Farmer, F.}}, eprint={{{answers.ARXIV}}}}}"
    (query,) = queries_in(entry, "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    found = look_up(query, mini_catalogue.vocabulary, offices)
    assert not found.draft["arxiv"]
    assert any(f"arXiv calls {answers.ARXIV}" in note for note in found.notes)


def test_an_identifier_that_its_source_does_not_know_is_pointed_out(
    mini_catalogue: Catalogue, offices: Offices
) -> None:
    entry = "@misc{a, title={Growing Potatoes}, year={2024}, doi={10.1234/none}}"
    (query,) = queries_in(entry, "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    found = look_up(query, mini_catalogue.vocabulary, offices)
    assert found.notes[-1] == "Crossref does not know 10.1234/none: look whether it is right"


def test_an_entry_is_completed_by_the_sources(mini_catalogue: Catalogue, offices: Offices) -> None:
    entry = f"""@article{{byron2024thrifty,
      title={{{answers.PREPRINT_TITLE.lower()}}}, author={{Byron, Ada and others}},
      journal={{arXiv preprint arXiv:{answers.ARXIV}}}, year={{2024}} }}"""
    (query,) = queries_in(entry, "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    paper = make(look_up(query, mini_catalogue.vocabulary, offices), mini_catalogue, Choices()).paper
    assert paper.title == answers.TITLE
    assert paper.authors == answers.AUTHORS
    assert paper.venue == "ECCV"


def test_a_fault_in_a_source_is_not_swallowed(mini_catalogue: Catalogue, offices: Offices) -> None:
    def faulty(*_: object) -> Answer:
        raise ZeroDivisionError

    source = replace(SOURCES[0], ask=faulty)
    with pytest.raises(ZeroDivisionError):
        learn(answers.ARXIV, mini_catalogue, replace(offices, sources=[source]))


def test_a_paper_that_was_renamed_keeps_both_titles(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer
) -> None:
    server.answers["/arxiv/query"] = as_text(answers.atom(title="Wholly Different Words"), answers.ATOM_TYPE)
    paper = make(learn(answers.ARXIV, mini_catalogue, offices), mini_catalogue, Choices()).paper
    assert paper.title == answers.TITLE
    assert "Wholly Different Words" in paper.former_titles


def test_sources_that_disagree_on_the_venue_leave_it_unknown(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer
) -> None:
    info = answers.eccv_hit() | {"venue": "CVPR"}
    server.answers["/dblp/search/publ/api"] = as_json(answers.hits(info))
    candidate = make(learn(answers.ARXIV, mini_catalogue, offices), mini_catalogue, Choices())
    assert candidate.paper.venue is None
    assert "venue" in candidate.unknown
    assert [conflict.field for conflict in candidate.conflicts if conflict.taken is None] == ["venue"]


def test_a_repository_that_does_not_exist_is_dropped(
    mini_catalogue: Catalogue, offices: Offices, server: ReplayServer
) -> None:
    server.answers["/github/repos/example/thrifty-patches"] = Reply(status=404)
    found = learn(answers.ARXIV, mini_catalogue, offices)
    assert make(found, mini_catalogue, Choices()).paper.links.code == ()
    assert any("no repository" in note for note in found.notes)


def test_what_the_person_says_wins_over_every_source(mini_catalogue: Catalogue, offices: Offices) -> None:
    found = learn(answers.ARXIV, mini_catalogue, offices)
    fields = {"name": "Thrift", "venue": "CVPR", "year": 2025, "project": "https://example.org/p"}
    paper = make(found, mini_catalogue, Choices(fields=fields)).paper
    assert (paper.id, paper.name, paper.venue, paper.year) == ("thrift", "Thrift", "CVPR", 2025)
    assert paper.provenance["venue"] == "curator"
    assert paper.links.code == (answers.CODE,)
    assert paper.provenance["links"] == "GitHub; curator"


def test_offline_an_entry_is_enough(mini_catalogue: Catalogue) -> None:
    (query,) = queries_in(answers.bib(), "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    candidate = make(look_up(query, mini_catalogue.vocabulary, None), mini_catalogue, Choices())
    paper = candidate.paper
    assert (paper.venue, paper.year, paper.authors) == ("Findings of ACL", 2024, answers.AUTHORS)
    assert paper.identifiers.anthology == answers.ANTHOLOGY
    assert paper.bibtex is not None
    assert "pages = {1001--1015}" in paper.bibtex
    assert candidate.path == "papers/2024/thrifty-patches.yaml"


def test_a_record_that_could_not_be_read_again_is_refused_before_it_is_shown(
    mini_catalogue: Catalogue,
) -> None:
    (query,) = queries_in(answers.bib(), "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    many = Choices(fields={"authors": [f"Firstname Lastname{number}" for number in range(2_000)]})
    with pytest.raises(CatalogError, match=r"thrifty-patches\.yaml: not written, because it would have"):
        make(look_up(query, mini_catalogue.vocabulary, None), mini_catalogue, many)


# ----------------------------------------------------------------------------- what is there already


def test_identifiers_titles_and_ids_of_records_are_known(mini_catalogue: Catalogue) -> None:
    for text in ("2403.06764", "https://arxiv.org/pdf/2403.06764v9"):
        query = recognise(text)
        obstacle = KnownPapers(mini_catalogue).find(query.draft, query.text)
        assert obstacle is not None
        assert obstacle.paper is not None
        assert obstacle.paper.id == "fastv"
        assert "papers/2024/fastv.yaml" in obstacle.reason
    by_id = KnownPapers(mini_catalogue).find(Query("fastv").draft, "fastv")
    assert by_id is not None
    assert by_id.paper is not None
    assert by_id.reason.startswith("it is the id of 'fastv' (papers/2024/fastv.yaml)")


def test_a_title_with_other_capitals_and_a_former_title_are_known(mini_catalogue: Catalogue) -> None:
    former = mini_catalogue["fastv"].former_titles[0].upper()
    (query,) = queries_in(f"@misc{{a, title={{{former}}}}}", "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    obstacle = KnownPapers(mini_catalogue).find(query.draft)
    assert obstacle is not None
    assert obstacle.paper is not None
    assert obstacle.paper.id == "fastv"


@pytest.mark.parametrize(
    ("author", "said"),
    [
        ("author={Chen, Liang}", "the title and first author are those of 'fastv'"),
        ("author={Else, Somebody}", "the title is that of 'fastv'"),
        ("", "the title is that of 'fastv'"),
    ],
)
def test_authors_are_said_to_agree_only_where_they_do(
    mini_catalogue: Catalogue, author: str, said: str
) -> None:
    entry = f"@misc{{a, title={{{mini_catalogue['fastv'].title}}}, {author}}}"
    (query,) = queries_in(entry, "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    obstacle = KnownPapers(mini_catalogue).find(query.draft)
    assert obstacle is not None
    assert obstacle.reason.startswith(said)


@pytest.mark.parametrize(
    "fields",
    [
        "title={An Image is Worth 1/2 Tokens After Layer 2}",
        "title={An image is worth 1/2 tokens after layer 2: plug-and-play}, author={Chen, Liang}",
        "title={An Image is Worth 1/2 Tokens After Layer 2}, author={Chen, L.}, year={2025}",
    ],
)
def test_the_beginning_of_a_title_is_known(mini_catalogue: Catalogue, fields: str) -> None:
    (query,) = queries_in(f"@misc{{a, {fields}}}", "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    obstacle = KnownPapers(mini_catalogue).find(query.draft)
    assert obstacle is not None
    assert obstacle.reason.startswith(
        "the title is the beginning of that of 'fastv' (papers/2024/fastv.yaml)"
    )


@pytest.mark.parametrize(
    "fields",
    [
        "title={An Image is Worth 1/2}, author={Somebody Else}",
        "title={An Image is Worth 1/2 Tokens After Layer 2}, author={Somebody Else}",
        "title={An Image is}, author={Chen, Liang}",
        "title={An Image is Worth 1/2 Tokens After Layer 2}, eprint={2505.00001}",
        "title={An Image is Worth 1/2 Tokens After Layer 2}, author={Chen, Bo}",
        "title={An Image is Worth 1/2 Tokens After Layer 2}, author={Chen, Liang}, year={2019}",
        "title={An Image is Worth 1/2 Tokens After Layer Two}, author={Chen, Liang}",
    ],
)
def test_a_few_words_other_authors_or_another_id_make_another_paper(
    mini_catalogue: Catalogue, fields: str
) -> None:
    (query,) = queries_in(f"@misc{{a, {fields}}}", "a.bib", mini_catalogue.vocabulary)
    assert isinstance(query, Query)
    assert KnownPapers(mini_catalogue).find(query.draft) is None


def test_the_beginning_of_a_refused_title_is_known_with_the_reason(mini: Path) -> None:
    entry = "refused:\n  - {title: 'AB: Models of all Things, Great', reason: 'off topic: models'}\n"
    (mini / "papers/refused.yaml").write_text(entry)
    catalogue = Catalogue.load(mini)
    (query,) = queries_in("@misc{a, title={AB: Models of All Things}}", "a.bib", catalogue.vocabulary)
    assert isinstance(query, Query)
    obstacle = KnownPapers(catalogue).find(query.draft)
    assert obstacle is not None
    assert "off topic: models (papers/refused.yaml)" in obstacle.reason


def test_a_new_paper_is_not_known(mini_catalogue: Catalogue) -> None:
    assert KnownPapers(mini_catalogue).find(recognise(answers.ARXIV).draft) is None
