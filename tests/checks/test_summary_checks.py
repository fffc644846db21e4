"""A summary is one whole sentence; what is not certainly another one is left alone."""

from __future__ import annotations

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def test_a_long_summary_is_pointed_out(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(summary="word " * 100 + "end.")}))
    assert (finding.rule, finding.severity) == ("summary-length", "warning")
    assert "504 characters" in finding.message


def test_how_a_summary_is_shortened_is_said_in_the_catalogue_s_own_words(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({FILE: record(summary="word " * 100 + "end.")})
    config = root / "papers" / "catalogue.yaml"
    wording = "wording: {criterion: the code, mechanism: the decoder}\n"
    config.write_text(config.read_text(encoding="utf-8") + wording, encoding="utf-8")
    (finding,) = findings(root)
    assert finding.message.endswith("; shorten it to the code, the decoder, and where")


@pytest.mark.parametrize("summary", ["TODO.", "todo: read it.", "[TBD] later."])
def test_a_summary_that_is_yet_to_be_written_is_refused(make_catalogue: MakeCatalogue, summary: str) -> None:
    (finding,) = findings(make_catalogue({FILE: record(summary=summary)}))
    assert (finding.rule, finding.severity) == ("summary-placeholder", "error")
    assert "write it, or summary: null until then" in finding.message


@pytest.mark.parametrize(
    ("summary", "count"),
    [
        ("Drops tokens. Merges the rest.", 2),
        ('Drops tokens (the lowest). It is fast! "Very" fast.', 3),
        ("Drops half in 2024. Then all.", 2),
        ("Works on Yahoo. Then all.", 2),
        ("丢弃标记。合并其余。", 2),
    ],
)
def test_several_sentences_are_pointed_out(make_catalogue: MakeCatalogue, summary: str, count: int) -> None:
    (finding,) = findings(make_catalogue({FILE: record(summary=summary)}))
    assert (finding.rule, finding.severity, finding.fixable) == ("summary-sentence", "warning", False)
    assert f"has {count} sentences, expected one" in finding.message


@pytest.mark.parametrize(
    "summary",
    [
        "Drops tokens, e.g. CLS, by the score of Fig. 2 or Eq. A, cf. Liu et al. ToMe, in ViT.",
        "Drops 0.5 of the tokens after layer No. Two of U.S. English models, vs. GPT-4.",
        "Is a token needed?",
        "Drops tokens (the lowest.)",
        'Drops tokens and says "done."',
        "Solves Eqn. A as in Proc. ICLR by the Univ. Bonn, on Yahoo! Answers.",
        "丢弃标记。",
        "Drops tokens until the U. Net.",
    ],
)
def test_abbreviations_and_numbers_end_no_sentence(make_catalogue: MakeCatalogue, summary: str) -> None:
    assert findings(make_catalogue({FILE: record(summary=summary)})) == []


def test_a_missing_full_stop_is_added(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(summary="Drops tokens (the lowest)")})
    (finding,) = findings(root)
    assert (finding.rule, finding.severity, finding.fixable) == ("summary-sentence", "warning", True)
    mend(root)
    assert Catalogue.load(root)["a-paper"].summary == "Drops tokens (the lowest)."
    assert findings(root) == []


def test_what_breaks_off_is_left_to_a_person(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({FILE: record(summary="Drops tokens and then,")}))
    assert (finding.rule, finding.fixable) == ("summary-sentence", False)
