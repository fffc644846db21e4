"""What stops a command is said in words, whatever it is."""

from __future__ import annotations

import pytest

from catalog import cli
from catalog.findings import CatalogError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CatalogError("papers/[a].yaml: is wrong"), "catalog: papers/[a].yaml: is wrong\n"),
        (MemoryError(), "catalog: there is not enough memory; close other programs and try again\n"),
        (OSError(28, "No space left on device", "a.yaml"), "catalog: a.yaml: No space left on device\n"),
    ],
)
def test_what_stops_a_command_is_said_in_one_line(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app() -> None:
        raise error

    monkeypatch.setattr(cli, "app", app)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    captured = capsys.readouterr()
    assert (stop.value.code, captured.out, captured.err) == (2, "", words)
