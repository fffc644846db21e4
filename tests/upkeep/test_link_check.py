"""All links of a catalogue: found, asked, remembered, mended and reported."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_hosts import FakeClock, FakeWeb, Reply

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.upkeep import link_report
from catalog.upkeep.answers import Answer, Hop, Verdict, judge
from catalog.upkeep.ledger import Ledger, read
from catalog.upkeep.links import LinkReport, Settings, after_fix, check_links, fix_moved, links_of
from catalog.upkeep.probing import SILENCE, Manners

MakeCatalogue = Callable[[Mapping[str, str]], Path]
TODAY = date(2026, 11, 21)
RECORD = """\
# yaml-language-server: $schema=../paper.schema.json
title: "A Paper with Links"
authors: [Ada Lovelace]
venue: CVPR
year: 2024
links:
{links}kind: method # kept
"""


@pytest.fixture
def settings(web: FakeWeb, clock: FakeClock) -> Settings:
    return Settings("tests", Manners(delay=0.01), clock, web.transport())


def record(**links: str) -> str:
    return RECORD.format(links="".join(f"  {name}: {value}\n" for name, value in links.items()))


def check(catalogue: Catalogue, settings: Settings, **options: object) -> LinkReport:
    return check_links(catalogue, settings, today=TODAY, **options)  # type: ignore[arg-type]


def test_every_link_is_asked_once_wherever_it_stands(mini_catalogue: Catalogue) -> None:
    places = links_of(mini_catalogue)
    assert "https://arxiv.org/abs/2403.06764" in places
    assert [place.path for place in places["https://github.com/pkunlp-icler/FastV"]] == [("links", "code", 0)]


def test_one_host_alone_can_be_asked(mini_catalogue: Catalogue) -> None:
    assert all("://github.com/" in link for link in links_of(mini_catalogue, "github.com"))
    assert links_of(mini_catalogue, "hub.com") == {}


# ------------------------------------------------------------------------------- many links


def test_hundreds_of_links_on_many_hosts_get_the_right_verdicts(
    make_catalogue: MakeCatalogue, web: FakeWeb, clock: FakeClock
) -> None:
    settings = Settings("tests", Manners(at_once=12, timeout=0.5, retries=1), clock, web.transport())

    def kind_of(path: str) -> str:
        number = int(path.removeprefix("/"))
        if number % 100 == 1:
            return "dead"
        if number % 100 == 2:
            return "hanging"
        return "limited" if number % 20 == 3 else "moved" if number % 50 == 4 else "alive"

    replies = {
        "alive": Reply(),
        "dead": Reply(404),
        "hanging": Reply(hang=True),
        "limited": Reply(429, {"Retry-After": "1"}),
        "moved": Reply(301, {"Location": "/900"}),
    }
    web.respond = lambda method, host, path, before: replies[kind_of(path)]
    links = [web.url(f"host-{number % 20}.example", f"/{number}") for number in range(400)]
    files = {
        f"2024/paper-{position}.yaml": record(code=f"[{', '.join(links[position : position + 20])}]")
        for position in range(0, 400, 20)
    }
    report = check(Catalogue.load(make_catalogue(files)), settings)
    expected = {
        "alive": Verdict.ALIVE,
        "dead": Verdict.DEAD,
        "hanging": Verdict.UNCLEAR,
        "limited": Verdict.UNCLEAR,
        "moved": Verdict.MOVED,
    }
    found = {answer.url: answer.verdict for answer in report.answers}
    assert found == {link: expected[kind_of(f"/{number}")] for number, link in enumerate(links)}


# ------------------------------------------------------------------------------- going on


def test_a_run_that_is_resumed_asks_the_rest_only(
    make_catalogue: MakeCatalogue, web: FakeWeb, settings: Settings
) -> None:
    files = {"2024/one.yaml": record(paper=web.url("a.example"), project=web.url("b.example"))}
    catalogue = Catalogue.load(make_catalogue(files))
    ledger = catalogue.root / ".cache" / "links.jsonl"
    with Ledger(ledger, resume=False, today=TODAY) as kept:
        kept.add(Answer(web.url("a.example"), Verdict.ALIVE, "200 OK"))
    with ledger.open("a") as file:
        file.write('{"url": "http://cut')
    report = check(catalogue, settings, resume=True)
    assert len(report.of(Verdict.ALIVE)) == 2
    assert {host for _, host, _ in web.asked} == {"b.example"}
    check(catalogue, settings)
    assert {host for _, host, _ in web.asked} == {"a.example", "b.example"}


@pytest.mark.parametrize("verdict", [Verdict.DEAD, Verdict.UNCLEAR])
def test_bad_news_is_asked_for_again(tmp_path: Path, verdict: Verdict) -> None:
    with Ledger(tmp_path / "links.jsonl", resume=False, today=TODAY) as kept:
        kept.add(Answer("https://a.example", verdict, "?"))
    assert read(tmp_path / "links.jsonl", since=TODAY) == {}


def test_old_news_is_forgotten(tmp_path: Path) -> None:
    with Ledger(tmp_path / "links.jsonl", resume=False, today=date(2026, 11, 1)) as kept:
        kept.add(Answer("https://a.example", Verdict.ALIVE, "200 OK"))
    assert Ledger(tmp_path / "links.jsonl", resume=True, today=TODAY).known == {}


@given(st.lists(st.text()))
def test_a_ledger_of_anything_is_read_without_complaint(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "links.jsonl"
    path.write_text(
        "\n".join([*lines, "[]", "7", "{}", '{"checked": 1}']), encoding="utf-8", errors="replace"
    )
    assert read(path, since=TODAY) == {}


def test_without_a_network_nothing_is_called_dead(
    make_catalogue: MakeCatalogue, web: FakeWeb, settings: Settings
) -> None:
    web.unknown_hosts = {"a.example"}
    catalogue = Catalogue.load(make_catalogue({"2024/one.yaml": record(paper=web.url("a.example"))}))
    with pytest.raises(CatalogError, match="there seems to be no network"):
        check(catalogue, settings)


def test_a_network_that_is_away_is_noticed_early(
    make_catalogue: MakeCatalogue, web: FakeWeb, settings: Settings
) -> None:
    links = [web.url(f"host-{number}.example") for number in range(200)]
    web.unknown_hosts = {f"host-{number}.example" for number in range(200)}
    files = {"2024/one.yaml": record(code=f"[{', '.join(links)}]")}
    asked: list[int] = []
    with pytest.raises(CatalogError, match="there seems to be no network"):
        check(
            Catalogue.load(make_catalogue(files)), settings, progress=lambda done, total: asked.append(done)
        )
    assert len(asked) < SILENCE


def test_a_network_that_is_away_is_noticed_by_attempts_and_not_by_links_given_up(
    make_catalogue: MakeCatalogue, web: FakeWeb, clock: FakeClock
) -> None:
    links = [web.url(f"host-{number}.example") for number in range(SILENCE)]
    web.unknown_hosts = {f"host-{number}.example" for number in range(SILENCE)}
    catalogue = Catalogue.load(make_catalogue({"2024/one.yaml": record(code=f"[{', '.join(links)}]")}))
    manners = Manners(delay=0, back_off=5.0)
    with pytest.raises(CatalogError, match="there seems to be no network"):
        check(catalogue, Settings("tests", manners, clock, web.transport()))
    assert set(clock.slept) <= {5.0}, "no link has waited for its third attempt"


def test_hosts_that_answer_nothing_beside_one_that_does_are_no_missing_network(
    make_catalogue: MakeCatalogue, web: FakeWeb, settings: Settings
) -> None:
    names = [f"host-{number}.example" for number in range(2 * SILENCE)]
    web.unknown_hosts = set(names)
    links = [web.url("alive.example"), *map(web.url, names)]
    catalogue = Catalogue.load(make_catalogue({"2024/one.yaml": record(code=f"[{', '.join(links)}]")}))
    report = check(catalogue, replace(settings, manners=Manners(delay=0, back_off=0.0, at_once=1)))
    assert [len(report.of(verdict)) for verdict in (Verdict.ALIVE, Verdict.DEAD)] == [1, 2 * SILENCE]


def test_how_much_is_to_be_done_is_known_before_the_first_answer(
    make_catalogue: MakeCatalogue, web: FakeWeb, settings: Settings
) -> None:
    files = {"2024/one.yaml": record(paper=web.url("a.example"), project=web.url("b.example"))}
    steps: list[tuple[int, int]] = []
    check(
        Catalogue.load(make_catalogue(files)),
        settings,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(0, 2), (1, 2), (2, 2)]


def test_a_host_without_links_is_named_with_the_nearest_one(
    mini_catalogue: Catalogue, settings: Settings
) -> None:
    with pytest.raises(CatalogError, match=r"no record has a link to githb.com; did you mean github.com\?"):
        check(mini_catalogue, settings, host="githb.com")


@given(
    st.lists(st.tuples(st.sampled_from([301, 302, 303, 307, 308]), st.sampled_from("abc")), max_size=4),
    st.integers(100, 999),
)
def test_a_verdict_is_never_worse_than_the_answer(hops: list[tuple[int, str]], status: int) -> None:
    url = "https://example.org/a"
    answer = judge(url, [Hop(code, f"https://example.org/{name}") for code, name in hops], status)
    assert (answer.verdict is Verdict.DEAD) == (status in (404, 410))
    assert (answer.verdict in (Verdict.ALIVE, Verdict.MOVED)) == (200 <= status < 300)
    assert (answer.new is not None) == (answer.verdict is Verdict.MOVED)
    assert answer.new != url


def test_an_empty_catalogue_is_all_well(make_catalogue: MakeCatalogue, settings: Settings) -> None:
    assert check(Catalogue.load(make_catalogue({})), settings).all_well


# ------------------------------------------------------------------------------- mending


def test_a_moved_link_is_written_where_it_stands(
    make_catalogue: MakeCatalogue, web: FakeWeb, settings: Settings
) -> None:
    old, new = web.url("a.example", "/old"), web.url("b.example", "/new")
    web.respond = lambda method, host, path, before: (
        Reply(301, {"Location": new}) if path == "/old" else Reply()
    )
    root = make_catalogue({"2024/one.yaml": record(code=f"[{old}]", video=web.url("c.example"))})
    catalogue = Catalogue.load(root)
    report = check(catalogue, settings)
    assert not report.all_well
    assert fix_moved(catalogue, report) == ["papers/2024/one.yaml"]
    expected = record(code=f"[{new}]", video=web.url("c.example"))
    assert (root / "papers" / "2024" / "one.yaml").read_text() == expected
    assert after_fix(report, Catalogue.load(root)).all_well


def test_what_somebody_wrote_while_links_were_asked_stays(make_catalogue: MakeCatalogue) -> None:
    old, new = "https://old.example/code", "https://new.example/code"
    root = make_catalogue({"2024/one.yaml": record(code=f"[{old}]", video="https://c.example/v")})
    path = root / "papers" / "2024" / "one.yaml"
    catalogue = Catalogue.load(root)
    report = LinkReport((judge(old, [Hop(301, new)], 200),), links_of(catalogue))
    path.write_text(record(code=f"[{old}, https://d.example/more]", project="https://e.example/p"))
    assert fix_moved(catalogue, report) == ["papers/2024/one.yaml"]
    assert path.read_text() == record(code=f"[{new}, https://d.example/more]", project="https://e.example/p")


def test_a_moved_paper_link_moves_in_the_bibtex_too(mini: Path) -> None:
    path = mini / "papers" / "2024" / "unknown-facts.yaml"
    old, new = "https://old.example/paper", "https://new.example/paper"
    bibtex = f"bibtex: |\n  @misc{{key,\n    title = {{T}},\n    url = {{{old}}},\n  }}\n"
    path.write_text(path.read_text() + f"links:\n  paper: {old}\n{bibtex}")
    catalogue = Catalogue.load(mini)
    fix_moved(catalogue, LinkReport((judge(old, [Hop(301, new)], 200),), links_of(catalogue)))
    text = path.read_text()
    assert old not in text
    assert text.count(new) == 2
    assert "@misc{key," in text
    assert not [f for f in checks.run(Catalogue.load(mini)) if f.severity == "error"]


# ------------------------------------------------------------------------------- reports


@pytest.fixture
def report(mini_catalogue: Catalogue) -> LinkReport:
    places = links_of(mini_catalogue)
    dead = Answer("https://github.com/pkunlp-icler/FastV", Verdict.DEAD, "404 Not Found")
    unclear = Answer("https://arxiv.org/abs/2403.06764", Verdict.UNCLEAR, "| <script> @all #1 ```")
    return LinkReport((dead, unclear), places)


def test_the_text_names_file_and_line(report: LinkReport, mini_catalogue: Catalogue) -> None:
    first, second = link_report.as_text(report, mini_catalogue).splitlines()
    assert first == ("papers/2024/fastv.yaml:13: dead: https://github.com/pkunlp-icler/FastV: 404 Not Found")
    assert second.startswith("papers/2024/fastv.yaml:11: unclear: ")


def test_the_json_names_every_place(report: LinkReport, mini_catalogue: Catalogue) -> None:
    first, _ = json.loads(link_report.as_json(report, mini_catalogue))
    assert first == {
        "file": "papers/2024/fastv.yaml",
        "line": 13,
        "paper": "fastv",
        "field": "links.code.0",
        "link": "https://github.com/pkunlp-icler/FastV",
        "verdict": "dead",
        "reason": "404 Not Found",
        "new": None,
    }


def test_the_issue_says_what_to_do_and_obeys_nobody(report: LinkReport, mini_catalogue: Catalogue) -> None:
    text = link_report.as_markdown(report, mini_catalogue)
    assert text.startswith("Some links need a look: of 2 links, 0 alive, 0 moved, 1 dead, 1 unclear.\n")
    assert "## Dead: 1" in text
    assert "<script>" not in text
    assert "@all" not in text


def test_an_issue_is_never_longer_than_a_forge_takes(mini_catalogue: Catalogue) -> None:
    places = links_of(mini_catalogue)
    link = next(iter(places))
    many = LinkReport(tuple(Answer(link, Verdict.DEAD, "x" * 200) for _ in range(1_000)), places)
    text = link_report.as_markdown(many, mini_catalogue)
    assert len(text) < 65_536
    assert "more; see all with `catalog links`" in text


def test_all_well_is_said(mini_catalogue: Catalogue) -> None:
    assert link_report.as_markdown(LinkReport((), {}), mini_catalogue).startswith("All is well")
