"""What each source's answer becomes, and that no answer, however odd, does harm."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.draft import Authority
from catalog.sources import SOURCES, Answer, Known, NotFoundError, Source, SourceError
from catalog.sources.asking import repositories_in
from catalog.sources.http import Response
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI
from tests.sources import answers
from tests.sources.conftest import MakeClient
from tests.sources.replay import ReplayServer, Reply, as_json, as_text

VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")
BY_NAME = {source.name: source for source in SOURCES}
Ask = Callable[[str, Known], Answer]

KNOWN = Known(
    {"arxiv": answers.ARXIV, "doi": answers.DOI, "openreview": answers.FORUM, "anthology": answers.ANTHOLOGY},
    answers.TITLE,
    (f"https://openaccess.thecvf.com{answers.CVF_PAGE}",),
    (answers.CODE,),
)


@pytest.fixture
def ask(server: ReplayServer, make_client: MakeClient) -> Ask:
    """Ask a source, which a server with all good answers stands in for."""
    server.answers |= answers.all_answers()
    client = make_client(tries=1)

    def asking(name: str, known: Known = KNOWN) -> Answer:
        source = BY_NAME[name]
        return source.ask(source.keys(known)[0], known, source.desk(client, VOCABULARY, server.url))

    return asking


def values(answer: Answer, name: str) -> list[Any]:
    return list(answer.draft.values(name))


def authority(answer: Answer, name: str) -> Authority:
    return min(claim.authority for claim in answer.draft[name])


# ----------------------------------------------------------------------------- good answers


def test_arxiv_gives_the_first_day_and_what_the_authors_say(ask: Ask) -> None:
    answer = ask("arXiv")
    assert values(answer, "title") == [answers.PREPRINT_TITLE]
    assert values(answer, "authors") == [answers.AUTHORS]
    assert values(answer, "published") == ["2024-05-20"]
    assert values(answer, "appearance") == [("arXiv", 2024), ("ECCV", 2024)]
    assert values(answer, "doi") == [answers.DOI]
    assert values(answer, "code") == [answers.CODE]
    assert authority(answer, "title") == Authority.LIST
    assert {claim.source for claim in answer.draft["title"]} == {f"arXiv:{answers.ARXIV}"}


@pytest.mark.parametrize("comment", ["Submitted to ECCV 2024", "Under review", "18 pages, 3 figures", ""])
def test_a_submission_is_no_publication(ask: Ask, server: ReplayServer, comment: str) -> None:
    server.answers["/arxiv/query"] = as_text(answers.atom(comment=comment), answers.ATOM_TYPE)
    assert values(ask("arXiv"), "appearance") == [("arXiv", 2024)]


def test_a_withdrawn_preprint_is_mentioned(ask: Ask, server: ReplayServer) -> None:
    comment = "This paper has been withdrawn by the authors"
    server.answers["/arxiv/query"] = as_text(answers.atom(comment=comment), answers.ATOM_TYPE)
    assert ask("arXiv").notes == (f"arXiv says: {comment}",)


def test_arxivs_answers_of_today_read_as_those_of_its_manual(ask: Ask, server: ReplayServer) -> None:
    server.answers["/arxiv/query"] = as_text(answers.newer_atom(), answers.ATOM_TYPE)
    answer = ask("arXiv")
    assert values(answer, "authors") == [answers.AUTHORS]
    assert values(answer, "published") == ["2024-05-20"]
    assert values(answer, "appearance") == [("arXiv", 2024), ("ECCV", 2024)]
    assert values(answer, "doi") == [answers.DOI]


def test_crossref_joins_subtitles_and_takes_the_year_of_the_conference(ask: Ask) -> None:
    answer = ask("Crossref")
    assert values(answer, "title") == [answers.TITLE]
    assert values(answer, "authors") == [answers.AUTHORS]
    assert values(answer, "appearance") == [("ECCV", 2024)]
    assert values(answer, "published") == ["2024-10-31"]
    assert dict(values(answer, "facts")[0])["pages"] == "101–118"
    assert authority(answer, "title") == Authority.VERIFIED


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ({"issued": [2024, 3, 11]}, "2024-03-11"),
        ({"issued": [2024, 0, 15]}, "2024"),
        ({"issued": [2024, None, 15]}, "2024"),
        ({"issued": [2024, 3, 0]}, "2024-03"),
        ({"issued": [2024, 13, 1]}, "2024"),
        ({"issued": [2024, 2, 29]}, "2024-02-29"),
        ({"issued": [2024, 2, 31]}, "2024-02"),
        ({"issued": [2024, 3, True]}, "2024-03"),
        ({"issued": [2024, 10**30, 1]}, "2024"),
        ({"published-print": [2024], "published-online": [2024, 3, 11]}, "2024-03-11"),
        ({"published-print": [2024, 3], "published-online": [2024, 3, 11], "issued": [2024]}, "2024-03-11"),
        ({"published-print": [2024], "published-online": [2023, 12, 30]}, "2023-12-30"),
        ({"published-print": [2024], "published-online": [2025, 1, 2]}, "2024"),
        ({"published-print": [0, 3, 11], "issued": [2024]}, "2024"),
    ],
)
def test_crossref_gives_the_first_date_that_the_calendar_has_as_exact_as_known(
    ask: Ask, server: ReplayServer, dates: dict[str, list[Any]], published: str
) -> None:
    work = answers.work()
    for name in ("published-print", "published-online"):
        del work["message"][name]
    work["message"] |= {name: {"date-parts": [parts]} for name, parts in dates.items()}
    server.answers[f"/crossref/works/{answers.DOI}"] = as_json(work)
    assert values(ask("Crossref"), "published") == [published]


def test_crossref_tells_of_a_retraction(ask: Ask, server: ReplayServer) -> None:
    work = answers.work()
    work["message"]["updated-by"] = [{"type": "retraction", "DOI": "10.1/x"}]
    server.answers[f"/crossref/works/{answers.DOI}"] = as_json(work)
    assert "retracted" in ask("Crossref").notes[0]


def test_openreview_gives_the_venue_of_accepted_papers(ask: Ask) -> None:
    answer = ask("OpenReview")
    assert values(answer, "appearance") == [("ICLR", 2025)]
    assert values(answer, "published") == ["2024-10-04"]
    assert authority(answer, "title") == Authority.VERIFIED


@pytest.mark.parametrize(
    ("venue", "group"),
    [
        ("Submitted to ICLR 2025", "ICLR.cc/2025/Conference/Submission"),
        ("ICLR 2025 Conference Withdrawn Submission", "ICLR.cc/2025/Conference/Withdrawn_Submission"),
        ("ICLR 2025", "ICLR.cc/2025/Conference/Rejected_Submission"),
    ],
)
def test_openreview_submissions_are_not_at_the_venue(
    ask: Ask, server: ReplayServer, venue: str, group: str
) -> None:
    server.answers["/openreview/notes"] = as_json({"notes": [answers.note(venue=venue, venueid=group)]})
    answer = ask("OpenReview")
    assert values(answer, "appearance") == []
    assert authority(answer, "title") == Authority.LIST


def test_openreview_authors_may_be_objects_with_a_full_name(ask: Ask, server: ReplayServer) -> None:
    people = [{"fullname": name, "username": "~Some_One1", "institutions": []} for name in answers.AUTHORS]
    server.answers["/openreview/notes"] = as_json({"notes": [answers.note(authors=people)]})
    assert values(ask("OpenReview"), "authors") == [answers.AUTHORS]


def test_no_author_is_left_out_because_openreview_has_no_name(ask: Ask, server: ReplayServer) -> None:
    people = [*answers.AUTHORS, {"username": "~Some_One1"}]
    server.answers["/openreview/notes"] = as_json({"notes": [answers.note(authors=people)]})
    assert values(ask("OpenReview"), "authors") == []


def test_older_papers_are_found_in_openreviews_old_api(ask: Ask, server: ReplayServer) -> None:
    server.answers["/openreview/notes"] = as_json({"name": "NotFoundError", "message": "…"}, 404)
    old = answers.former_note(venue="ICLR 2022 Poster", venueid="ICLR.cc/2022/Conference")
    server.answers["/openreview/former/notes"] = as_json({"notes": [old]})
    assert values(ask("OpenReview"), "appearance") == [("ICLR", 2022)]


def test_the_anthologys_entry_gives_findings_and_not_the_conference(ask: Ask) -> None:
    answer = ask("ACL Anthology")
    assert values(answer, "appearance") == [("Findings of ACL", 2024)]
    assert values(answer, "authors") == [answers.AUTHORS]
    assert values(answer, "published") == ["2024-08"]
    assert "abstract" not in values(answer, "bibtex")[0]


def test_cvf_pages_give_names_the_right_way_round(ask: Ask) -> None:
    answer = ask("CVF")
    assert values(answer, "authors") == [("Marie Curie", "Emmy Noether")]
    assert values(answer, "appearance") == [("CVPR", 2024)]


def test_dblp_prefers_the_conference_to_its_preprint(ask: Ask) -> None:
    answer = ask("DBLP")
    verified = [c.value for c in answer.draft["appearance"] if c.authority == Authority.VERIFIED]
    assert verified == [("ECCV", 2024)]
    assert values(answer, "authors") == [answers.AUTHORS]
    assert values(answer, "doi") == [answers.DOI]


def test_dblp_takes_a_single_hit_and_a_single_author(ask: Ask, server: ReplayServer) -> None:
    info = answers.eccv_hit() | {"authors": {"author": {"@pid": "1", "text": "Ada Byron"}}}
    found = answers.hits(info)
    found["result"]["hits"]["hit"] = found["result"]["hits"]["hit"][0]
    server.answers["/dblp/search/publ/api"] = as_json(found)
    assert values(ask("DBLP"), "authors") == [("Ada Byron",)]


def test_dblp_leaves_other_titles_out(ask: Ask, server: ReplayServer) -> None:
    server.answers["/dblp/search/publ/api"] = as_json(
        answers.hits(answers.eccv_hit() | {"title": "Other 2."})
    )
    with pytest.raises(NotFoundError):
        ask("DBLP")
    server.answers["/dblp/search/publ/api"] = as_json(answers.hits())
    with pytest.raises(NotFoundError):
        ask("DBLP")


def test_semantic_scholar_is_a_hint_only(ask: Ask) -> None:
    answer = ask("Semantic Scholar")
    assert values(answer, "arxiv") == [answers.ARXIV]
    assert authority(answer, "appearance") == Authority.LIST


def test_semantic_scholar_is_searched_by_title_where_no_identifier_is_known(
    ask: Ask, server: ReplayServer
) -> None:
    path = "/semanticscholar/paper/search/match"
    server.answers[path] = as_json({"data": [answers.scholar()]})
    assert values(ask("Semantic Scholar", Known(title=answers.TITLE)), "arxiv") == [answers.ARXIV]
    server.answers[path] = as_json({"data": [answers.scholar() | {"title": "Another paper"}]})
    with pytest.raises(NotFoundError):
        ask("Semantic Scholar", Known(title=answers.TITLE))


def test_a_repository_that_names_the_paper_is_its_code(ask: Ask) -> None:
    answer = ask("GitHub")
    assert authority(answer, "code") == Authority.VERIFIED
    assert answer.notes == ()


def test_a_repository_that_does_not_is_pointed_out(ask: Ask, server: ReplayServer) -> None:
    server.answers["/github/repos/example/thrifty-patches/readme"] = Reply(status=404)
    answer = ask("GitHub")
    assert authority(answer, "code") == Authority.LIST
    assert "names neither" in answer.notes[0]


def test_a_repository_that_moved_or_went_is_noticed(ask: Ask, server: ReplayServer) -> None:
    path = "/github/repos/example/thrifty-patches"
    server.answers[path] = Reply(status=301, headers={"Location": "/github/repositories/1"})
    server.answers["/github/repositories/1"] = as_json(answers.repository("new-home/thrifty"))
    server.answers["/github/repos/new-home/thrifty/readme"] = server.answers[f"{path}/readme"]
    moved = ask("GitHub")
    assert values(moved, "code") == ["https://github.com/new-home/thrifty"]
    assert moved.gone == (answers.CODE,)
    server.answers[path] = Reply(status=404)
    assert ask("GitHub").gone == (answers.CODE,)


# ----------------------------------------------------------------------------- bad answers


PATHS = {
    "arXiv": ("/arxiv/query", answers.ATOM_TYPE),
    "Crossref": (f"/crossref/works/{answers.DOI}", "application/json"),
    "OpenReview": ("/openreview/notes", "application/json"),
    "ACL Anthology": (f"/aclanthology/{answers.ANTHOLOGY}.bib", "text/plain"),
    "CVF": (f"/cvf{answers.CVF_PAGE}", "text/html"),
    "DBLP": ("/dblp/search/publ/api", "application/json"),
    "Semantic Scholar": (f"/semanticscholar/paper/ARXIV:{answers.ARXIV}", "application/json"),
    "GitHub": ("/github/repos/example/thrifty-patches", "application/json"),
}
ODD = [
    "",
    "null",
    "[]",
    "{}",
    '"text"',
    "{",
    "<html>",
    "[" * 5000,
    '{"message": []}',
    '{"notes": [{"content": 3}]}',
]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("body", ODD)
def test_an_odd_answer_is_a_source_error(ask: Ask, server: ReplayServer, name: str, body: str) -> None:
    path, content_type = PATHS[name]
    server.answers[path] = as_text(body, content_type)
    try:
        answer = ask(name)
    except SourceError:
        return
    assert not answer.draft["appearance"]


@pytest.mark.parametrize("name", PATHS)
def test_a_page_instead_of_data_is_said_in_words(ask: Ask, server: ReplayServer, name: str) -> None:
    server.answers[PATHS[name][0]] = as_text("<html>Please log in</html>", "image/png")
    with pytest.raises(SourceError, match="instead of"):
        ask(name)


@pytest.mark.parametrize("name", PATHS)
def test_bytes_that_are_no_text_are_said_in_words(ask: Ask, server: ReplayServer, name: str) -> None:
    path, content_type = PATHS[name]
    server.answers[path] = Reply(b"\xff\xfe{}", headers={"Content-Type": content_type})
    with pytest.raises(SourceError):
        ask(name)


def test_arxiv_without_such_a_paper_says_where_to_look(ask: Ask, server: ReplayServer) -> None:
    server.answers["/arxiv/query"] = as_text(answers.EMPTY_ATOM, answers.ATOM_TYPE)
    with pytest.raises(NotFoundError, match=f"no paper {answers.ARXIV}"):
        ask("arXiv")


def test_arxivs_own_error_is_passed_on(ask: Ask, server: ReplayServer) -> None:
    entry = (
        "<entry><id>http://arxiv.org/api/errors#bad</id><title>Error</title><summary>bad id</summary></entry>"
    )
    feed = answers.EMPTY_ATOM.replace("</feed>", f"{entry}</feed>")
    server.answers["/arxiv/query"] = as_text(feed, answers.ATOM_TYPE)
    with pytest.raises(SourceError, match="bad id"):
        ask("arXiv")


def test_entities_that_grow_without_end_are_not_expanded(ask: Ask, server: ReplayServer) -> None:
    bomb = '<!DOCTYPE f [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + answers.atom(title="&b;")
    server.answers["/arxiv/query"] = as_text(bomb, answers.ATOM_TYPE)
    with pytest.raises(SourceError, match="declares entities"):
        ask("arXiv")


class Canned:
    """A client that answers every question with one value."""

    def __init__(self, value: Any) -> None:
        self.body = json.dumps(value).encode()

    def get(self, url: str, **_: Any) -> Response:
        return Response(url, "application/json", self.body)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
GOOD_JSON: dict[str, Any] = {
    "Crossref": answers.work(),
    "OpenReview": {"notes": [answers.note()]},
    "DBLP": answers.hits(answers.eccv_hit(), answers.corr_hit()),
    "Semantic Scholar": answers.scholar(),
    "GitHub": answers.repository(),
}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from places(inner)


@pytest.mark.parametrize("name", GOOD_JSON)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_where_it_should_not_costs_that_value_only(name: str, data: st.DataObject) -> None:
    value = copy.deepcopy(GOOD_JSON[name])
    container, key = data.draw(st.sampled_from(list(places(value))))
    container[key] = data.draw(ANY_JSON)
    source: Source = BY_NAME[name]
    desk = source.desk(Canned(value), VOCABULARY, "http://localhost")  # type: ignore[arg-type]
    try:
        answer = source.ask(source.keys(KNOWN)[0], KNOWN, desk)
    except SourceError:
        return
    for claims in answer.draft.claims.values():
        hash(claims)


@given(st.text())
def test_repositories_in_any_text_are_links_of_repositories(text: str) -> None:
    assert repositories_in(text) == repositories_in(" ".join(repositories_in(text)))
