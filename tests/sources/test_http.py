"""The client is polite to good servers and safe from bad ones."""

from __future__ import annotations

import gzip
import logging
import time
from pathlib import Path

import pytest

from catalog.sources import HttpClient, Limits, NotFoundError, Rate, SourceError
from catalog.sources.question import ApiKey
from tests.sources.conftest import MakeClient
from tests.sources.replay import FakeClock, ReplayServer, Reply, Request, as_json, as_text, packed

JSON = ("application/json",)
OFTEN = Rate(0.0)
GOOD = as_json({"good": True})


def ask(client: HttpClient, url: str, **options: object) -> bytes:
    return client.get(url, accept=JSON, rate=OFTEN, **options).body  # type: ignore[arg-type]


# ----------------------------------------------------------------------------- good servers


def test_it_says_who_asks_and_for_what_type(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = GOOD
    ask(make_client(), f"{server.url}/a", params={"q": "a b&c"})
    (request,) = server.requests
    assert request.headers["user-agent"] == "tests/1 (+https://example.org)"
    assert request.headers["accept"] == "application/json"
    assert request.headers["host"] == server.origin
    assert request.query == {"q": ["a b&c"]}


def test_packed_answers_are_unpacked(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = packed(GOOD)
    assert ask(make_client(), f"{server.url}/a") == GOOD.body


def test_an_api_key_goes_into_its_header_and_nowhere_else(
    server: ReplayServer,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SOME_KEY", "very-secret")
    server.answers["/a"] = as_json({}, 401)
    server.answers["/b"] = GOOD
    client = make_client(cached=True)
    key = ApiKey("SOME_KEY", "x-api-key")
    with pytest.raises(SourceError, match="does not accept SOME_KEY") as failure:
        ask(client, f"{server.url}/a", key=key)
    ask(client, f"{server.url}/b", key=key)
    assert server.requests[0].headers["x-api-key"] == "very-secret"
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert b"very-secret" not in stored
    assert "very-secret" not in f"{failure.value!r} {failure.value.__context__!r} {caplog.text}"


@pytest.mark.parametrize("secret", ["line\nbreak", "späß", "two words"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(
    server: ReplayServer, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("SOME_KEY", secret)
    with pytest.raises(SourceError, match="SOME_KEY holds") as failure:
        ask(make_client(), f"{server.url}/a", key=ApiKey("SOME_KEY", "x-api-key"))
    assert secret not in str(failure.value)
    assert server.requests == []


# ----------------------------------------------------------------------------- waiting and retrying


def test_it_waits_as_long_as_it_is_asked_to(
    server: ReplayServer, make_client: MakeClient, clock: FakeClock
) -> None:
    server.answers["/a"] = [Reply(status=429, headers={"Retry-After": "7"}), GOOD]
    assert ask(make_client(), f"{server.url}/a") == GOOD.body
    assert clock.slept == [7.0]


def test_it_waits_until_the_date_that_it_is_told(
    server: ReplayServer, make_client: MakeClient, clock: FakeClock
) -> None:
    server.answers["/a"] = [Reply(status=503, headers={"Retry-After": "Thu, 01 Jan 1970 00:17:00 GMT"}), GOOD]
    ask(make_client(), f"{server.url}/a")
    assert clock.slept == [20.0]


def test_a_server_with_a_fault_is_asked_again_after_ever_longer_pauses(
    server: ReplayServer, make_client: MakeClient, clock: FakeClock
) -> None:
    server.answers["/a"] = [Reply(status=500), Reply(status=502), GOOD]
    assert ask(make_client(), f"{server.url}/a") == GOOD.body
    assert clock.slept == [1.0, 2.0]


def test_a_server_that_stays_broken_is_given_up(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = Reply(status=500)
    with pytest.raises(SourceError, match=r"answered 500.*asked 4 times.*try again later"):
        ask(make_client(), f"{server.url}/a")
    assert len(server.requests) == 4


def test_nobody_waits_an_hour(server: ReplayServer, make_client: MakeClient, clock: FakeClock) -> None:
    server.answers["/a"] = Reply(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(SourceError, match="wait 3600 s"):
        ask(make_client(), f"{server.url}/a")
    assert clock.slept == []


def test_a_spent_limit_says_until_when(server: ReplayServer, make_client: MakeClient) -> None:
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2800"}
    server.answers["/a"] = Reply(status=403, headers=limits)
    with pytest.raises(SourceError, match=r"asked too often .* wait 1800 s"):
        ask(make_client(), f"{server.url}/a")


def test_what_is_not_there_is_not_asked_for_again(server: ReplayServer, make_client: MakeClient) -> None:
    with pytest.raises(NotFoundError):
        ask(make_client(), f"{server.url}/a")
    assert len(server.requests) == 1


def test_the_total_time_holds_for_retries_too(
    server: ReplayServer, make_client: MakeClient, clock: FakeClock
) -> None:
    server.answers["/a"] = Reply(status=503, headers={"Retry-After": "25"})
    with pytest.raises(SourceError, match="try again later"):
        ask(make_client(total=40), f"{server.url}/a")
    assert clock.slept == [25.0]


def test_a_dripping_answer_is_cut_off(server: ReplayServer) -> None:
    server.answers["/a"] = Reply(b"x" * 1000, headers={"Content-Type": "application/json"}, drip=0.02)
    client = HttpClient("t", own={server.origin}, limits=Limits(total=0.1, tries=1))
    with client, pytest.raises(SourceError, match="took longer"):
        ask(client, f"{server.url}/a")
    assert server.requests


def test_a_server_that_says_nothing_is_given_up(server: ReplayServer) -> None:
    def hang(_: Request) -> Reply:
        time.sleep(0.3)
        return GOOD

    server.answers["/a"] = hang
    client = HttpClient("t", own={server.origin}, limits=Limits(read=0.05, tries=1))
    with client, pytest.raises(SourceError, match="did not answer in time"):
        ask(client, f"{server.url}/a")


# ----------------------------------------------------------------------------- the cache


def test_a_fresh_answer_is_not_asked_for_again(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = GOOD
    for _ in range(3):
        assert ask(make_client(cached=True), f"{server.url}/a") == GOOD.body
    assert len(server.requests) == 1


def test_an_old_answer_is_revalidated(
    server: ReplayServer, make_client: MakeClient, clock: FakeClock
) -> None:
    def answer(request: Request) -> Reply:
        known = request.headers.get("if-none-match") == '"v1"'
        return Reply(status=304) if known else as_json({"good": True}, ETag='"v1"')

    server.answers["/a"] = answer
    client = make_client(cached=True, fresh_for=60)
    bodies = []
    for _ in range(3):
        bodies.append(ask(client, f"{server.url}/a"))
        clock.time += 61
    assert bodies == [GOOD.body] * 3
    assert [("if-none-match" in request.headers) for request in server.requests] == [False, True, True]


def test_failures_are_not_remembered(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = [Reply(status=404), GOOD]
    client = make_client(cached=True)
    with pytest.raises(NotFoundError):
        ask(client, f"{server.url}/a")
    assert ask(client, f"{server.url}/a") == GOOD.body


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"[]\nx", b"\xff\xfe", b'{"format": 1}\n{"good": true}'])
def test_a_damaged_cache_is_the_same_as_none(
    server: ReplayServer, make_client: MakeClient, tmp_path: Path, damage: bytes
) -> None:
    server.answers["/a"] = GOOD
    client = make_client(cached=True)
    ask(client, f"{server.url}/a")
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(damage)
    assert ask(client, f"{server.url}/a") == GOOD.body
    assert len(server.requests) == 2


def test_a_cache_that_cannot_be_written_does_no_harm(
    server: ReplayServer, make_client: MakeClient, tmp_path: Path
) -> None:
    server.answers["/a"] = GOOD
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert ask(make_client(cached=True), f"{server.url}/a") == GOOD.body


# ----------------------------------------------------------------------------- bad servers


def test_an_answer_that_is_too_large_is_not_read(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = Reply(b"x" * 5000, headers={"Content-Type": "application/json"})
    with pytest.raises(SourceError, match="more than 1,000 bytes"):
        ask(make_client(max_bytes=1000), f"{server.url}/a")


def test_a_gzip_bomb_is_not_unpacked(server: ReplayServer, make_client: MakeClient) -> None:
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    assert len(bomb) < 100_000
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    server.answers["/a"] = Reply(bomb, headers=headers)
    with pytest.raises(SourceError, match="more than 200,000 bytes"):
        ask(make_client(max_bytes=200_000), f"{server.url}/a")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(
    server: ReplayServer, make_client: MakeClient, encoding: str
) -> None:
    server.answers["/a"] = as_json({}, **{"Content-Encoding": encoding})
    with pytest.raises(SourceError, match="not asked for"):
        ask(make_client(), f"{server.url}/a")


def test_a_half_answer_is_asked_for_again_and_then_given_up(
    server: ReplayServer, make_client: MakeClient
) -> None:
    half = Reply(b'{"go', headers={"Content-Type": "application/json"}, length=100)
    server.answers["/a"] = [half, GOOD]
    assert ask(make_client(), f"{server.url}/a") == GOOD.body
    server.answers["/b"] = half
    with pytest.raises(SourceError, match="in the middle of its answer"):
        ask(make_client(), f"{server.url}/b")


@pytest.mark.parametrize("body", [gzip.compress(b'{"good": true}')[:-9], b"no gzip"], ids=["cut off", "none"])
def test_broken_gzip_is_said_in_words(server: ReplayServer, make_client: MakeClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    server.answers["/a"] = Reply(body, headers=headers)
    with pytest.raises(SourceError, match=r"middle of its answer|cannot be unpacked"):
        ask(make_client(), f"{server.url}/a")


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "", "application/pdf"])
def test_another_type_than_expected_is_refused(
    server: ReplayServer, make_client: MakeClient, content_type: str
) -> None:
    server.answers["/a"] = as_text("<html>login</html>", content_type)
    with pytest.raises(SourceError, match="instead of application/json"):
        ask(make_client(), f"{server.url}/a")


def test_a_redirect_is_followed(server: ReplayServer, make_client: MakeClient) -> None:
    server.answers["/a"] = Reply(status=301, headers={"Location": "/b?x=1"})
    server.answers["/b"] = GOOD
    response = make_client().get(f"{server.url}/a", accept=JSON, rate=OFTEN)
    assert (response.url, response.body) == (f"{server.url}/b?x=1", GOOD.body)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.org/a", "only http and https"),
        ("javascript:alert(1)", "malformed"),
        ("http://169.254.169.254/latest/meta-data/", "not on the public internet"),
        ("http://10.0.0.1/", "not on the public internet"),
        ("http://[::1]/", "not on the public internet"),
        ("http://[::ffff:127.0.0.1]/", "not on the public internet"),
        ("http://0.0.0.0/", "not on the public internet"),
        ("http://2130706433/", "not on the public internet"),
        ("http://0x7f.1/", "not on the public internet"),
        ("http://localhost:1/", "not on the public internet"),
        ("//127.0.0.1:9/", "not on the public internet"),
        ("http://user:word@example.org/", "credentials"),
        ("http://[broken/", "no address"),
        ("", "without saying where"),
    ],
)
def test_a_redirect_out_of_the_public_web_is_refused(
    server: ReplayServer, make_client: MakeClient, target: str, reason: str
) -> None:
    server.answers["/a"] = Reply(status=302, headers={"Location": target})
    with pytest.raises(SourceError, match=reason):
        ask(make_client(), f"{server.url}/a")


def test_redirects_in_a_circle_and_without_end_are_left(
    server: ReplayServer, make_client: MakeClient
) -> None:
    server.answers["/a"] = Reply(status=302, headers={"Location": "/b"})
    server.answers["/b"] = Reply(status=302, headers={"Location": "/a"})
    with pytest.raises(SourceError, match="circle"):
        ask(make_client(), f"{server.url}/a")
    for number in range(20):
        server.answers[f"/{number}"] = Reply(status=302, headers={"Location": f"/{number + 1}"})
    with pytest.raises(SourceError, match="more than 5 redirects"):
        ask(make_client(), f"{server.url}/0")


def test_a_key_does_not_follow_a_redirect_to_another_server(
    server: ReplayServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ReplayServer()
    monkeypatch.setenv("SOME_KEY", "very-secret")
    other.answers["/b"] = GOOD
    server.answers["/a"] = Reply(status=302, headers={"Location": f"{other.url}/b"})
    with HttpClient("t", own={server.origin, other.origin}, clock=clock.now, sleep=clock.sleep) as client:
        ask(client, f"{server.url}/a", key=ApiKey("SOME_KEY", "x-api-key"))
    other.close()
    assert "x-api-key" in server.requests[0].headers
    assert "x-api-key" not in other.requests[0].headers


def test_without_permission_even_this_machine_is_not_asked(
    server: ReplayServer, make_client: MakeClient
) -> None:
    with pytest.raises(SourceError, match="not on the public internet"):
        ask(make_client(own=False), f"{server.url}/a")
    assert server.requests == []


def test_where_one_kind_of_address_leads_nowhere_the_other_is_tried(
    server: ReplayServer, clock: FakeClock
) -> None:
    port = server.origin.partition(":")[2]
    server.answers["/a"] = GOOD
    client = HttpClient(
        "t",
        own={f"both.example:{port}"},
        resolver=lambda *_: ["::1", "::1", "127.0.0.1"],
        clock=clock.now,
        sleep=clock.sleep,
    )
    with client:
        assert ask(client, f"http://both.example:{port}/a") == GOOD.body
    assert server.requests[0].headers["host"] == f"both.example:{port}"
    assert clock.slept == []


def test_a_proxy_of_the_environment_is_used(
    server: ReplayServer, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.answers["/a"] = GOOD
    assert ask(make_client(own=False), "http://example.org/a") == GOOD.body
    assert server.requests[0].headers["host"] == "example.org"


def test_ones_own_server_is_asked_without_the_proxy(
    server: ReplayServer, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.answers["/a"] = GOOD
    assert ask(make_client(), f"{server.url}/a") == GOOD.body
