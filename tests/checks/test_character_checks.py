"""Characters that nobody sees are named with their place, and mended."""

from __future__ import annotations

import pytest

from catalog.catalogue import Catalogue
from tests.checks.checking import findings, mend, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


@pytest.mark.parametrize(
    ("title", "mended", "said"),
    [
        ("Pruning\u00a0Tokens", "Pruning Tokens", "U+00A0 (no-break space) as character 8, behind 'Pruning'"),
        ("Pru\u200bning", "Pruning", "U+200B (zero width space) as character 4, behind 'Pru'; delete it"),
        ("Pru\u00adning", "Pruning", "U+00AD (soft hyphen)"),
        (
            "Vi\uff34 Tokens",
            "ViT Tokens",
            "fullwidth latin capital letter t) as character 3, behind 'Vi'; write T",
        ),
        (
            "\u2060Tokens\u202f \u2009Fast",
            "Tokens Fast",
            "U+2060 (word joiner) as character 1, at its beginning",
        ),
        ("To\u200dkens \u3164 Fast", "Tokens Fast", "delete it, and 1 more"),
        (
            "Cafe\u0301 Tokens",
            "Café Tokens",
            "U+0301 (combining acute accent) as character 5, behind 'Cafe'; write é, one character",
        ),
        ("Vie\u0323\u0302t", "Việt", "U+0323 (combining dot below) as character 4, behind 'Vie'; write ệ"),
    ],
)
def test_what_nobody_sees_is_named_with_its_place_and_mended(
    make_catalogue: MakeCatalogue, title: str, mended: str, said: str
) -> None:
    root = make_catalogue({FILE: record(title=title, bibtex=None)})
    (finding,) = findings(root, "odd-character")
    assert (finding.severity, finding.line) == ("warning", 2)
    assert said in finding.message
    mend(root)
    assert findings(root) == []
    assert Catalogue.load(root)["a-paper"].title == mended


def test_curly_quotes_around_a_text_are_none_to_yaml_and_taken_off(make_catalogue: MakeCatalogue) -> None:
    quoted = {
        "name": "“Swift”",
        "authors": ["Ada Bo", "‘Chen Da’"],
        "summary": "Drops «dull» and “old” tokens.",
    }
    root = make_catalogue({FILE: record(**quoted, bibtex=None)})
    found = findings(root, "odd-character")
    assert [one.message.partition(";")[2].strip() for one in found] == ["write Swift", "write Chen Da"]
    mend(root)
    paper = Catalogue.load(root)["a-paper"]
    assert (paper.name, paper.authors, paper.summary) == ("Swift", ("Ada Bo", "Chen Da"), quoted["summary"])
    assert findings(root) == []


def test_an_identifier_in_curly_quotes_is_told_what_to_write(make_catalogue: MakeCatalogue) -> None:
    text = record().replace('arxiv: "2403.06764"', "arxiv: “2403.06764”")
    (finding,) = findings(make_catalogue({FILE: text}))
    assert finding.message.endswith('is within quotes that are none to YAML; write "2403.06764"')


def test_names_and_authors_are_looked_at_as_well(make_catalogue: MakeCatalogue) -> None:
    fields = {"name": "Fast\u200b", "authors": ["Ada Bo", "Chen\u00a0Da"], "former_titles": ["A\u00a0Bee"]}
    root = make_catalogue({FILE: record(**fields, bibtex=None)})
    assert [one.message.split()[0] for one in findings(root, "odd-character")] == [
        "former_titles",
        "name",
        "authors",
    ]
    mend(root)
    paper = Catalogue.load(root)["a-paper"]
    assert (paper.name, paper.authors, paper.former_titles) == ("Fast", ("Ada Bo", "Chen Da"), ("A Bee",))


def test_a_letter_that_was_lost_is_left_to_a_person(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(authors=["Jo M\ufffdller", "Ada\u00a0Bo"], bibtex=None)})
    lost, other = findings(root, "odd-character")
    assert lost.message == (
        "authors holds U+FFFD (replacement character) as character 5, behind 'M'; "
        "write the letter that was lost"
    )
    assert (lost.fixable, other.fixable) == (False, False)


@pytest.mark.parametrize(
    "title", ["R\u0329duction of Tokens", "\u0301Tokens", "Fast \u0301Tokens", "e\u0301R\u0329"]
)
def test_an_accent_that_makes_no_letter_is_left_to_a_person(
    make_catalogue: MakeCatalogue, title: str
) -> None:
    (found,) = findings(make_catalogue({FILE: record(title=title, bibtex=None)}), "odd-character")
    assert (found.severity, found.fixable) == ("warning", False)


def test_an_accent_that_makes_no_letter_is_named_with_the_word(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(title="Fast R\u0329duction", bibtex=None)})
    (found,) = findings(root, "odd-character")
    assert found.message == (
        "title holds U+0329 (combining vertical line below) as character 7, behind 'R'; "
        "it makes no letter with the one in front: look up how the paper writes the word"
    )


def test_a_text_of_nothing_else_is_left_to_a_person(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({FILE: record(former_titles=["\u3164\u3164", "A\u00a0Bee"], bibtex=None)})
    assert [one.fixable for one in findings(root, "odd-character")] == [False, False]


@pytest.mark.parametrize(
    "title", ["Übung: naïve Δ-DiT, 3×2 – “F³” 👩\u200d💻", "می\u200cخواهم", "视觉：标记（快）", "Café"]
)
def test_characters_of_languages_and_signs_are_left_alone(make_catalogue: MakeCatalogue, title: str) -> None:
    assert findings(make_catalogue({FILE: record(title=title)}), "odd-character") == []
