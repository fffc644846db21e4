"""One link at a time: what each kind of answer makes of it, and how politely it is asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from many_hosts import FakeClock, FakeWeb, Reply

from catalog.sources.addresses import is_public
from catalog.upkeep.answers import Answer, Hop, Verdict, judge
from catalog.upkeep.network import resolve
from catalog.upkeep.probing import Manners, Prober

HASTY = Manners(timeout=0.15)


def ask(
    web: FakeWeb,
    clock: FakeClock,
    *urls: str,
    manners: Manners = Manners(),  # noqa: B008 - it is frozen
    allowed: Callable[[str], bool] = lambda address: True,
) -> list[Answer]:
    """The answers, in the order of *urls*."""
    found: dict[str, Answer] = {}

    async def run() -> None:
        async with web.transport(allowed) as connection:
            prober = Prober(connection, "tests", manners, clock)
            await prober.ask_all(urls, lambda answer: found.update({answer.url: answer}))

    asyncio.run(run())
    return [found[url] for url in urls]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ALIVE),
        (204, Verdict.ALIVE),
        (404, Verdict.DEAD),
        (410, Verdict.DEAD),
        (400, Verdict.UNCLEAR),
        (401, Verdict.UNCLEAR),
        (403, Verdict.UNCLEAR),
        (418, Verdict.UNCLEAR),
        (429, Verdict.UNCLEAR),
        (451, Verdict.UNCLEAR),
        (500, Verdict.UNCLEAR),
        (503, Verdict.UNCLEAR),
        (999, Verdict.UNCLEAR),
    ],
)
def test_only_a_page_that_is_gone_is_dead(
    web: FakeWeb, clock: FakeClock, status: int, verdict: Verdict
) -> None:
    web.respond = lambda *_: Reply(status)
    [answer] = ask(web, clock, web.url("example.org", "/paper"))
    assert answer.verdict is verdict
    assert answer.reason.startswith(str(status))


@pytest.mark.parametrize("refusal", [400, 403, 404, 405, 500, 501, 503])
def test_a_server_that_refuses_head_is_asked_with_get(web: FakeWeb, clock: FakeClock, refusal: int) -> None:
    web.respond = lambda method, *_: Reply(refusal if method == "HEAD" else 200)
    [answer] = ask(web, clock, web.url("example.org"))
    assert answer.verdict is Verdict.ALIVE


def test_a_server_that_never_answers_head_is_asked_with_get(web: FakeWeb, clock: FakeClock) -> None:
    web.respond = lambda method, *_: Reply(hang=method == "HEAD")
    [answer] = ask(web, clock, web.url("example.org"), manners=Manners(timeout=0.3))
    assert answer.verdict is Verdict.ALIVE


def test_a_server_that_never_answers_is_unclear(web: FakeWeb, clock: FakeClock) -> None:
    web.respond = lambda *_: Reply(hang=True)
    [answer] = ask(web, clock, web.url("example.org"), manners=HASTY)
    assert (answer.verdict, answer.reason) == (Verdict.UNCLEAR, "no answer within 0.15 seconds")


def test_a_host_without_address_is_dead_after_retries(web: FakeWeb, clock: FakeClock) -> None:
    web.unknown_hosts = {"gone.example"}
    [answer] = ask(web, clock, web.url("gone.example"))
    assert (answer.verdict, answer.reason) == (Verdict.DEAD, "there is no host gone.example")
    assert clock.slept.count(2.0) == 1
    assert clock.slept.count(4.0) == 1


def test_a_refused_connection_is_unclear(web: FakeWeb, clock: FakeClock) -> None:
    [answer] = ask(web, clock, "http://example.org:1/")
    assert (answer.verdict, answer.reason) == (Verdict.UNCLEAR, "no connection could be made")


def test_what_speaks_no_tls_is_unclear(web: FakeWeb, clock: FakeClock) -> None:
    [answer] = ask(web, clock, web.url("example.org").replace("http:", "https:"))
    assert (answer.verdict, answer.reason) == (Verdict.UNCLEAR, "no secure connection could be made")


# ------------------------------------------------------------------------------- redirects


def redirecting(web: FakeWeb, targets: dict[str, tuple[int, str]]) -> None:
    def respond(method: str, host: str, path: str, before: int) -> Reply:
        status, location = targets.get(path, (200, ""))
        return Reply(status, {"Location": location} if location else {})

    web.respond = respond


def test_a_permanent_redirect_is_a_move(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/old": (301, "/newer"), "/newer": (308, "/new")})
    [answer] = ask(web, clock, web.url("example.org", "/old"))
    assert (answer.verdict, answer.new) == (Verdict.MOVED, web.url("example.org", "/new"))


def test_a_temporary_redirect_is_none(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/a": (302, "/b"), "/b": (301, "/c")})
    assert ask(web, clock, web.url("example.org", "/a"))[0].verdict is Verdict.ALIVE


def test_a_move_ends_where_the_first_temporary_redirect_begins(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/old": (301, "/new"), "/new": (302, "/session/123")})
    assert ask(web, clock, web.url("example.org", "/old"))[0].new == web.url("example.org", "/new")


def test_a_move_to_a_page_that_is_gone_is_dead(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/old": (301, "/new"), "/new": (404, "")})
    assert ask(web, clock, web.url("example.org", "/old"))[0].verdict is Verdict.DEAD


def test_a_move_to_the_front_page_is_unclear(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/projects/old": (301, "/")})
    answer = ask(web, clock, web.url("example.org", "/projects/old"))[0]
    assert answer.verdict is Verdict.UNCLEAR
    assert "front page" in answer.reason


def test_a_redirect_to_another_spelling_of_the_address_is_no_move() -> None:
    hops = [Hop(301, "https://github.com/A/b.git")]
    assert judge("https://github.com/A/b", hops, 200).verdict is Verdict.ALIVE


def test_a_redirect_in_a_circle_is_unclear(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/a": (301, "/b"), "/b": (301, "/a")})
    answer = ask(web, clock, web.url("example.org", "/a"))[0]
    assert answer.verdict is Verdict.UNCLEAR
    assert "circle" in answer.reason


def test_a_doi_that_leads_anywhere_exists(web: FakeWeb, clock: FakeClock) -> None:
    web.respond = lambda method, host, *_: (
        Reply(302, {"Location": web.url("publisher.example")}) if host == "doi.org" else Reply(403)
    )
    assert ask(web, clock, web.url("doi.org", "/10.1000/1"))[0].verdict is Verdict.ALIVE


def test_a_fragment_survives_the_move(web: FakeWeb, clock: FakeClock) -> None:
    redirecting(web, {"/old": (301, "/new")})
    answer = ask(web, clock, web.url("example.org", "/old#code"))[0]
    assert answer.new == web.url("example.org", "/new#code")


@pytest.mark.parametrize(
    "location",
    ["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://user:word@example.org/"],
)
def test_a_redirect_to_another_scheme_or_with_credentials_is_not_followed(
    web: FakeWeb, clock: FakeClock, location: str
) -> None:
    redirecting(web, {"/a": (301, location)})
    [answer] = ask(web, clock, web.url("example.org", "/a"))
    assert answer.verdict is Verdict.UNCLEAR
    assert "not followed" in answer.reason


def test_a_redirect_to_a_private_address_is_never_asked(web: FakeWeb, clock: FakeClock) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["10.0.0.1"] if host == "inside.example" else ["127.0.0.1"]

    web.resolve = resolve
    web.respond = lambda *_: Reply(301, {"Location": web.url("inside.example")})
    [answer] = ask(web, clock, web.url("example.org"), allowed=lambda address: address != "10.0.0.1")
    assert answer.verdict is Verdict.UNCLEAR
    assert answer.reason == "inside.example is not on the public internet; it was not asked"
    assert sum(web.asked.values()) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]"])
def test_a_link_to_this_machine_is_never_asked(clock: FakeClock, web: FakeWeb, host: str) -> None:
    web.resolve = resolve
    [answer] = ask(web, clock, web.url(host), allowed=is_public)
    assert answer.verdict is Verdict.UNCLEAR
    assert not web.asked


def test_redirects_without_end_are_unclear(web: FakeWeb, clock: FakeClock) -> None:
    web.respond = lambda method, host, path, before: Reply(302, {"Location": path + "x"})
    assert "circle" in ask(web, clock, web.url("example.org"))[0].reason


# ------------------------------------------------------------------------------- politeness


def test_a_busy_host_is_asked_again_when_it_said(web: FakeWeb, clock: FakeClock) -> None:
    web.respond = lambda method, host, path, before: (
        Reply(429, {"Retry-After": "30"}) if method == "HEAD" else Reply()
    )
    assert ask(web, clock, web.url("example.org"))[0].verdict is Verdict.ALIVE
    assert clock.time >= 1030


def test_a_host_that_wants_to_be_left_alone_is(web: FakeWeb, clock: FakeClock) -> None:
    web.respond = lambda *_: Reply(429, {"Retry-After": "86400"})
    urls = [web.url("example.org", f"/{n}") for n in range(20)]
    answers = ask(web, clock, *urls, manners=Manners(per_host=1))
    assert {answer.verdict for answer in answers} == {Verdict.UNCLEAR}
    assert sum(web.asked.values()) == 1


def test_requests_to_one_host_keep_their_distance(web: FakeWeb, clock: FakeClock) -> None:
    times: list[float] = []

    def respond(method: str, host: str, path: str, before: int) -> Reply:
        times.append(clock.time)
        return Reply()

    web.respond = respond
    urls = [web.url("example.org", f"/{n}") for n in range(5)]
    ask(web, clock, *urls, manners=Manners(per_host=1, delay=3.0))
    assert [after - before for before, after in pairwise(times)] == [3.0] * 4


def test_a_host_is_asked_at_most_twice_at_once(web: FakeWeb, clock: FakeClock) -> None:
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2)

    def respond(method: str, host: str, path: str, before: int) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait(5)  # shows that there are two
        with lock:
            running -= 1
        return Reply()

    web.respond = respond
    ask(web, clock, *[web.url("example.org", f"/{n}") for n in range(8)], manners=Manners(delay=0))
    assert most == 2
