"""``catalog links``, ``refresh``, ``discover`` and ``new``, as they are typed."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from catalog.cli import upkeep
from catalog.cli.commands import app
from catalog.findings import CatalogError
from catalog.starting import start_catalogue
from catalog.upkeep.links import Settings
from catalog.upkeep.network import PublicTransport
from catalog.upkeep.probing import Manners

MakeCatalogue = Callable[[Mapping[str, str]], Path]

FEED = """\
<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<opensearch:totalResults>1</opensearch:totalResults>
<entry><id>http://arxiv.org/abs/2403.00001v1</id><title>Pruning, Renamed</title>
<published>2024-03-01T00:00:00Z</published><summary>Token pruning.</summary>
<author><name>Ada Lovelace</name></author></entry></feed>
"""
RECORD = """\
# yaml-language-server: $schema=../paper.schema.json
title: "Token Pruning"
authors: [Ada Lovelace]
venue: arXiv
year: 2024
published: 2024-03
identifiers:
  arxiv: "2403.00001"
"""


class _Handler(BaseHTTPRequestHandler):
    """Pages for links by their path, arXiv's feed for sources, and nothing else."""

    broken = ""
    """Where the path of a source begins that fails."""

    def do_GET(self) -> None:
        arxiv = self.path.startswith("/arxiv/query")
        body = FEED.encode() if arxiv else b""
        status = {"/dead": 404, "/old": 301, "/busy": 503}.get(self.path, 200)
        if not arxiv and self.headers["Host"].startswith("127.0.0.1"):  # a source; the others know nothing
            status = 500 if self.broken and self.path.startswith(self.broken) else 404
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "/new")
        self.send_header("Content-Type", "application/atom+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def local_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links of every host lead to this machine, and nobody waits."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    def settings(catalogue: object) -> Settings:
        transport = PublicTransport(10, resolve=resolve, allowed=lambda address: True)
        return Settings("tests", Manners(delay=0, back_off=0.01), transport=transport)

    monkeypatch.setattr(upkeep, "link_settings", settings)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be printed, as where standard output leads to a full disk."""

    def print_(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(upkeep, "print", print_, raising=False)


def run(root: Path, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["--root", str(root), *arguments])


# ------------------------------------------------------------------------------- links


@pytest.fixture
def linked(make_catalogue: MakeCatalogue, port: int) -> Path:
    """A catalogue with a link of each verdict: its root."""
    text = RECORD[: RECORD.index("identifiers")] + "links:\n  code:\n"
    for name in ("alive", "old", "dead", "busy"):
        text += f"    - http://{name}.example:{port}/{name}\n"
    return make_catalogue({"2024/one.yaml": text})


@pytest.mark.usefixtures("local_hosts")
def test_links_that_are_not_alive_are_named_with_file_and_line(linked: Path) -> None:
    result = run(linked, "links")
    assert result.exit_code == 1
    lines = [line.split(": ")[:2] for line in result.stdout.splitlines()]
    assert lines == [
        ["papers/2024/one.yaml:11", "dead"],
        ["papers/2024/one.yaml:10", "moved"],
        ["papers/2024/one.yaml:12", "unclear"],
    ]
    assert "4 links: 1 alive, 1 moved, 1 dead, 1 unclear" in result.stderr


@pytest.mark.usefixtures("local_hosts")
def test_links_are_mended_and_reported(linked: Path, port: int) -> None:
    result = run(linked, "links", "--fix", "--format", "json", "--report", str(linked / "report.md"))
    verdicts = [row["verdict"] for row in json.loads(result.stdout)]
    assert verdicts == ["alive", "alive", "dead", "unclear"]
    assert f"http://old.example:{port}/new\n" in (linked / "papers" / "2024" / "one.yaml").read_text()
    assert "## Dead: 1" in (linked / "report.md").read_text()


@pytest.mark.usefixtures("local_hosts", "full_disk")
def test_the_report_on_links_is_written_before_they_are_printed(linked: Path) -> None:
    assert isinstance(run(linked, "links", "--report", str(linked / "report.md")).exception, OSError)
    assert "## Dead: 1" in (linked / "report.md").read_text()


@pytest.mark.usefixtures("local_hosts")
def test_unclear_links_beside_others_are_all_well(linked: Path) -> None:
    path = linked / "papers" / "2024" / "one.yaml"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(row for row in rows if "old." not in row and "dead." not in row))
    assert run(linked, "links", "--report", str(linked / "report.md")).exit_code == 0
    assert (linked / "report.md").read_text().startswith("All is well: of 2 links, 1 alive")


@pytest.mark.usefixtures("local_hosts")
def test_unclear_links_alone_are_no_good_news(linked: Path) -> None:
    result = run(linked, "links", "--only", "busy.example", "--report", str(linked / "report.md"))
    assert result.exit_code == 2
    assert "no server gave a clear answer, so nothing was learned" in result.stderr
    assert (linked / "report.md").read_text().startswith("Nothing was learned")


@pytest.mark.usefixtures("local_hosts")
def test_how_many_links_are_asked_is_said_before(linked: Path) -> None:
    assert run(linked, "links").stderr.startswith("Asking 4 links")


def test_a_host_that_no_record_links_to_is_a_mistake(linked: Path) -> None:
    error = run(linked, "links", "--only", "bussy.example").exception
    assert isinstance(error, CatalogError)
    assert "no record has a link to bussy.example; did you mean busy.example?" in str(error)


# ------------------------------------------------------------------------------- refresh, discover


@pytest.fixture
def asked(make_catalogue: MakeCatalogue, port: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue whose sources are played by this machine: its root."""
    monkeypatch.setenv("CATALOG_SOURCES", f"http://127.0.0.1:{port}")
    root = make_catalogue({"2024/one.yaml": RECORD})
    with (root / "papers" / "catalogue.yaml").open("a") as file:
        file.write("discover: [token pruning]\n")
    return root


def test_refresh_shows_a_difference_and_writes_only_when_told(asked: Path) -> None:
    path = asked / "papers" / "2024" / "one.yaml"
    first = run(asked, "refresh")
    assert first.exit_code == 1
    assert '+title: "Pruning, Renamed"\n' in first.stdout
    assert path.read_text() == RECORD
    assert run(asked, "refresh", "--apply", "--report", str(asked / "report.md")).exit_code == 0
    assert 'title: "Pruning, Renamed"\nformer_titles: ["Token Pruning"]\n' in path.read_text()
    assert "There is news" in (asked / "report.md").read_text()
    assert run(asked, "refresh").exit_code == 0


def test_a_source_that_could_not_answer_is_no_good_news(asked: Path) -> None:
    (asked / "papers" / "2024" / "one.yaml").write_text(RECORD.replace("Token Pruning", "Pruning, Renamed"))
    _Handler.broken = "/dblp"
    try:
        result = run(asked, "refresh", "--report", str(asked / "report.md"))
    finally:
        _Handler.broken = ""
    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert "DBLP could not answer" in result.stderr
    report = (asked / "report.md").read_text()
    assert report.startswith("Not everything is known, as sources could not answer: of 1 paper, 0 have news")
    assert "## Sources that could not answer" in report


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_difference_that_is_printed_is_one_that_git_applies(asked: Path, end: str) -> None:
    path = asked / "papers" / "2024" / "one.yaml"
    odd = 'title: "Token Pruning"\t# :key:, [/x] and \\[bold]\n'
    path.write_text(RECORD.replace('title: "Token Pruning"\n', odd).removesuffix("\n") + end)
    environment = {"GIT_CEILING_DIRECTORIES": str(asked.parent), "PATH": os.environ["PATH"]}
    given = run(asked, "refresh").stdout
    subprocess.run(["git", "apply", "-"], cwd=asked, input=given, text=True, check=True, env=environment)
    by_git = path.read_text()
    path.write_text(RECORD.replace('title: "Token Pruning"\n', odd).removesuffix("\n") + end)
    run(asked, "refresh", "--apply")
    assert path.read_text() == by_git
    assert 'title: "Pruning, Renamed"  # :key:, [/x] and \\[bold]\n' in by_git


def test_on_a_terminal_the_difference_is_in_colours(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    terminal = Console(file=seen, force_terminal=True, color_system="standard", highlight=False)
    monkeypatch.setattr(upkeep, "console", terminal)
    run(asked, "refresh")
    assert (
        '\x1b[31m-title: "Token Pruning"\x1b[0m\n\x1b[32m+title: "Pruning, Renamed"\x1b[0m\n'
        in seen.getvalue()
    )


@pytest.mark.usefixtures("full_disk")
def test_news_is_written_and_reported_before_it_is_printed(asked: Path) -> None:
    result = run(asked, "refresh", "--apply", "--report", str(asked / "report.md"))
    assert isinstance(result.exception, OSError)
    assert 'title: "Pruning, Renamed"\n' in (asked / "papers" / "2024" / "one.yaml").read_text()
    assert "There is news" in (asked / "report.md").read_text()


@pytest.mark.usefixtures("full_disk")
def test_what_is_discovered_is_reported_before_it_is_printed(asked: Path) -> None:
    (asked / "papers" / "2024" / "one.yaml").unlink()
    result = run(asked, "discover", "--since", "2024-02-01", "--report", str(asked / "report.md"))
    assert isinstance(result.exception, OSError)
    assert "catalog add 2403.00001" in (asked / "report.md").read_text()


def test_discover_names_what_is_not_here(asked: Path) -> None:
    (asked / "papers" / "2024" / "one.yaml").unlink()
    result = run(asked, "discover", "--since", "2024-02-01", "--report", str(asked / "report.md"))
    assert result.exit_code == 1
    assert result.stdout == "Pruning, Renamed\n  abstract: token pruning\n  catalog add 2403.00001\n"
    assert (
        run(asked, "discover", "--format", "markdown", "--since", "2024-02-01").stdout
        == (asked / "report.md").read_text()
    )
    data = json.loads(run(asked, "discover", "--format", "json").stdout)
    assert data["papers"][0]["command"] == "catalog add 2403.00001"


def test_discover_leaves_out_what_is_here(asked: Path) -> None:
    result = run(asked, "discover")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "soon"], "--since soon: expected a day, such as 2026-11-01"),
        (["--list", "README.md"], "--list README.md: expected DIALECT=FILE"),
        (["--list", "nope=README.md"], "there is no dialect 'nope'"),
        ([], "--offline reads lists alone, and none is given; name a copy: --list DIALECT=FILE"),
    ],
)
def test_discover_says_what_it_expected(asked: Path, arguments: list[str], message: str) -> None:
    result = run(asked, "discover", "--offline", *arguments)
    assert isinstance(result.exception, CatalogError)
    assert message in str(result.exception)


def test_discover_looks_back_two_weeks(monkeypatch: pytest.MonkeyPatch, asked: Path) -> None:
    monkeypatch.setattr(upkeep, "today", lambda: date(2024, 3, 15))
    assert json.loads(run(asked, "discover", "--format", "json").stdout)["since"] == "2024-03-01"


# ------------------------------------------------------------------------------- new


def test_a_new_catalogue_says_what_to_do_next(tmp_path: Path) -> None:
    folder = tmp_path / "graph-papers"
    result = CliRunner().invoke(app, ["new", str(folder)])
    assert result.exit_code == 0
    assert f"cd {folder} && make site" in result.stderr
    for step in (
        "git init",
        "citation",
        "milestones",
        "your terms",
        "venues",
        "catalog add",
        "mark.svg",
        "README.md",
    ):
        assert step in result.stderr, step
    assert run(folder, "check").exit_code == 0
    assert "# Papers on graph\n" in (folder / "README.md").read_text()


def test_the_way_into_a_new_catalogue_works_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "bad name; echo 'x'"
    result = CliRunner().invoke(app, ["new", str(folder)])
    (step,) = re.findall(r"Build it: (cd .*) && make site", result.stderr)
    shown = subprocess.run(f"{step} && pwd", shell=True, capture_output=True, text=True, check=True)
    assert shown.stdout == f"{folder.resolve()}\n"


def test_in_the_folder_where_it_was_started_a_new_catalogue_is_built_right_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["new", "."])
    assert "with 1 record, in this folder\nBuild it: make site\n" in result.stderr


@pytest.fixture
def own_pages(tmp_path: Path) -> Path:
    """A catalogue with a guide of its own: its root."""
    root = tmp_path / "own"
    start_catalogue(root, Path(__file__).parents[2], topic="anything")
    (root / "site_templates" / "site" / "guides" / "own.md").write_text("# Our own guide\n")
    return root


def test_a_new_catalogue_is_made_from_the_one_that_is_named(own_pages: Path, tmp_path: Path) -> None:
    assert run(own_pages, "new", str(tmp_path / "new")).exit_code == 0
    assert (tmp_path / "new" / "site_templates" / "site" / "guides" / "own.md").is_file()


def test_or_that_the_environment_names(
    own_pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_ROOT", str(own_pages))
    assert CliRunner().invoke(app, ["new", str(tmp_path / "new")]).exit_code == 0
    assert (tmp_path / "new" / "site_templates" / "site" / "guides" / "own.md").is_file()


def test_a_new_catalogue_cannot_be_made_from_what_is_none(tmp_path: Path) -> None:
    result = run(tmp_path, "new", str(tmp_path / "new"))
    assert isinstance(result.exception, CatalogError)
    assert "holds no papers/catalogue.yaml" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_its_commands_are_listed() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=Path(__file__).parents[2] / "catalog" / "starting" / "template",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "make site" in shown.stdout
