"""The server for editing: it shows the built files, rebuilds them, and tells the browser."""

from __future__ import annotations

import errno
import http.client
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from catalog.findings import CatalogError
from catalog.site.serve import HOST, Builds, make_server, serve

TEMPLATES = Path(__file__).parents[2] / "site_templates"
PATIENCE = 30.0
"""Seconds after which a test gives up."""


@pytest.fixture
def port(mini_site: Path) -> Iterator[int]:
    """The small site, served below /mini/."""
    server = make_server(mini_site, "/mini/", Builds(), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def _get(port: int, path: str, method: str = "GET") -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    connection.request(method, path)
    response = connection.getresponse()
    return response, response.read().decode()


def test_a_page_is_served_with_what_makes_it_reload(port: int, mini_site: Path) -> None:
    response, page = _get(port, "/mini/papers/fastv/")
    assert response.status == 200
    assert "/.catalogue/reload.js" in page
    assert "/.catalogue/" not in (mini_site / "papers/fastv/index.html").read_text(encoding="utf-8")


def test_other_files_are_served_as_they_are(port: int, mini_site: Path) -> None:
    _, entry = _get(port, "/mini/papers/fastv/fastv.bib")
    assert entry == (mini_site / "papers/fastv/fastv.bib").read_text(encoding="utf-8")


def test_a_query_does_not_hide_a_page(port: int) -> None:
    response, page = _get(port, "/mini/browse/?q=token")
    assert response.status == 200
    assert "Browse" in page


def test_a_missing_address_gets_the_site_s_own_page(port: int) -> None:
    response, page = _get(port, "/mini/papers/never-written/")
    assert response.status == 404
    assert "There is no page here" in page


def test_the_host_s_root_leads_to_the_site(port: int) -> None:
    response, _ = _get(port, "/")
    assert (response.status, response.getheader("Location")) == (302, "/mini/")


def test_nothing_outside_the_site_is_served(port: int) -> None:
    response, _ = _get(port, "/mini/../../../../etc/passwd")
    assert response.status == 404


def test_asking_for_the_head_gives_no_body(port: int) -> None:
    response, body = _get(port, "/mini/", "HEAD")
    assert (response.status, body) == (200, "")


def test_a_taken_port_is_named_before_anything_is_built(mini: Path) -> None:
    (mini / "site_templates").mkdir()
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(CatalogError, match=r"choose another with --port"):
            serve(mini, port=taken.getsockname()[1])
    assert not (mini / "site").exists()


class Served:
    """A catalogue that is being served: the lines that were reported, and how to reach it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: Queue[str] = Queue()
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=serve, args=(root,), kwargs={"port": 0, "report": self.said.put, "stop": self.stop}
        )

    def wait_for(self, words: str) -> str:
        while True:
            line = self.said.get(timeout=PATIENCE)
            if words in line:
                return line


@pytest.fixture
def served(mini: Path) -> Iterator[Served]:
    """A copy of the small catalogue, with templates, while it is served."""
    shutil.copytree(TEMPLATES, mini / "site_templates")
    running = Served(mini)
    running.thread.start()
    yield running
    running.stop.set()
    running.thread.join(PATIENCE)
    assert not running.thread.is_alive()


def _edit(root: Path, old: str, new: str) -> None:
    record = root / "papers" / "2024" / "fastv.yaml"
    record.write_text(record.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_changed_record_is_rebuilt_and_the_browser_told(served: Served) -> None:
    port = int(served.wait_for("Serving").split(":")[2].split("/")[0])
    channel = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    channel.request("GET", "/.catalogue/changes")
    events = channel.getresponse()
    _edit(served.root, "summary: null", "summary: Drops tokens after layer two.")
    served.wait_for("Built")
    assert events.readline() == b"event: built\n"
    assert "Drops tokens after layer two." in _get(port, "/mini/papers/fastv/")[1]


def test_a_broken_record_is_reported_and_the_others_are_still_shown(served: Served) -> None:
    port = int(served.wait_for("Serving").split(":")[2].split("/")[0])
    _edit(served.root, "training: free", "training: gratis")
    served.wait_for("Built")
    assert "papers/2024/fastv.yaml:" in served.wait_for("training")
    assert _get(port, "/mini/papers/tome/")[0].status == 200


def test_errors_that_a_build_refuses_are_reported_beside_the_new_site(served: Served) -> None:
    port = int(served.wait_for("Serving").split(":")[2].split("/")[0])
    _edit(served.root, "mechanism: [pruning]", "mechanism: [prunning]")
    served.wait_for("Built")
    told = served.wait_for("With these errors nothing is published")
    assert "papers/2024/fastv.yaml:" in told
    assert "'prunning' is no term of 'mechanism'; did you mean 'pruning'?" in told
    assert "prunning" in _get(port, "/mini/papers/fastv/")[1]


def test_a_template_that_cannot_be_rendered_leaves_the_last_good_site(served: Served) -> None:
    port = int(served.wait_for("Serving").split(":")[2].split("/")[0])
    home = served.root / "site_templates" / "site" / "pages" / "home.html.j2"
    sound = home.read_text(encoding="utf-8")
    home.write_text("{{ config.title + 1 }}", encoding="utf-8")
    assert "home.html.j2:1: TypeError: " in served.wait_for("Not rebuilt")
    assert _get(port, "/mini/")[0].status == 200
    home.write_text(sound, encoding="utf-8")
    served.wait_for("Built")


def test_a_file_that_goes_while_the_site_is_built_does_not_end_the_server(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.wait_for("Serving")

    def gone(*_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "papers/2024/fastv.yaml")

    with monkeypatch.context() as patch:
        patch.setattr("catalog.site.serve.build_site", gone)
        _edit(served.root, "summary: null", "summary: Drops tokens.")
        said = served.wait_for("Not rebuilt")
    assert said.endswith("papers/2024/fastv.yaml: No such file or directory")
    _edit(served.root, "summary: Drops tokens.", "summary: Drops many tokens.")
    served.wait_for("Built")


def test_a_broken_vocabulary_leaves_the_last_good_site(served: Served) -> None:
    port = int(served.wait_for("Serving").split(":")[2].split("/")[0])
    (served.root / "papers" / "vocabulary" / "domains.yaml").write_text("vision: 1\n", encoding="utf-8")
    assert "domains.yaml:1" in served.wait_for("Not rebuilt")
    assert _get(port, "/mini/papers/fastv/")[0].status == 200
