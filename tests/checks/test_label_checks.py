"""Labels: one that a form would take apart is refused."""

from __future__ import annotations

from pathlib import Path

from tests.checks.checking import findings


def test_a_label_with_a_comma_is_refused_where_a_paper_has_several_terms(mini: Path) -> None:
    file = mini / "papers" / "vocabulary" / "domains.yaml"
    file.write_text(file.read_text() + 'loss:\n  label: "Loss, training"\n  definition: "About losses."\n')
    (finding,) = findings(mini, "label-comma")
    line = file.read_text()[: file.read_text().index('label: "Loss')].count("\n") + 1
    assert (finding.file, finding.line, finding.severity) == ("papers/vocabulary/domains.yaml", line, "error")
    assert finding.message.startswith("'Loss, training' is read as several terms")


def test_a_venue_or_a_list_may_have_a_comma_in_its_name(mini: Path) -> None:
    file = mini / "papers" / "vocabulary" / "venues.yaml"
    file.write_text(file.read_text() + "X:\n  label: 'X, Y'\n  definition: 'X of Y.'\n  type: journal\n")
    assert findings(mini, "label-comma") == []
