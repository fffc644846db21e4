"""``catalog edit``: fields are set as a form sets them, and what follows from them is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog import yaml_files
from tests.cli.conftest import spoil

FASTV = "papers/2024/fastv.yaml"


def test_fields_are_set_with_their_source_and_every_other_line_stays(catalog, mini: Path) -> None:
    before = (mini / FASTV).read_text(encoding="utf-8").splitlines()
    outcome = catalog("edit", "fastv", "training=both", "--source", "paper: Sec. 5")
    assert (outcome.code, outcome.out) == (0, f"{FASTV}\n"), outcome.err
    assert "training: 'free' is now 'both'" in outcome.err
    after = (mini / FASTV).read_text(encoding="utf-8").splitlines()
    assert [line for line in before if line not in after] == ["training: free"]
    assert '  training: "paper: Sec. 5"' in after


def test_a_retitled_and_published_paper_keeps_its_key_and_its_old_title(catalog, mini: Path) -> None:
    catalog("fmt")
    old = yaml_files.read(mini / FASTV)
    outcome = catalog(
        "edit", "2403.06764", "title=Half of All Tokens", "venue=NeurIPS", "authors=Ada Bo, Chen Da"
    )
    assert outcome.code == 0, outcome.err
    new = yaml_files.read(mini / FASTV)
    assert new["former_titles"] == [old["title"], *old["former_titles"]]
    assert new["authors"] == ["Ada Bo", "Chen Da"]
    assert old["bibtex"].split("\n")[0] == new["bibtex"].split("\n")[0]
    assert "title = {Half of All Tokens}" in new["bibtex"]
    assert catalog("check", "--rule", "bibtex-disagrees").code == 0


def test_what_the_record_says_already_is_not_written(catalog, mini: Path) -> None:
    before = (mini / FASTV).read_bytes()
    outcome = catalog("edit", FASTV, "venue=ECCV")
    assert (outcome.code, outcome.out) == (0, "")
    assert "says so already; nothing was written" in outcome.err
    assert (mini / FASTV).read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fastv", "venue=ECVC"], "Did you mean 'ECCV'?"),
        (["fastv", "venu=ECCV"], "there is no field 'venu' to set; did you mean 'venue'?"),
        (["fastv", "id=fast"], "the id is the file's name; rename the file, then run: catalog check --fix"),
        (["fastv", "conference=ECCV"], "there is no field 'conference' to set"),
        (["fastv", "kind-of-paper=survey"], "there is no field 'kind-of-paper' to set; did you mean 'kind'?"),
        (["fastv", "title=unknown"], "title: found null, expected text; every record needs it"),
        (["fastv", "ECCV"], "'ECCV' is no FIELD=VALUE; write e.g. venue=NeurIPS"),
        (["fastv", "code=", "venue=ECCV"], "'code' has no value; write code=unknown"),
        (["fastv", "title="], "'title' has no value; every record needs one"),
        (["fastv", "code=https://a.org/b", "links.code=https://a.org/c"], "'links.code' is given twice"),
        (["fastvv", "venue=ECCV"], "There is no record 'fastvv'. Did you mean fastv?"),
        (["fastv", "arxiv=2410.05317"], "papers/2024/fastv.yaml stays as it was:\n"),
    ],
)
def test_mistakes_are_answered_and_change_nothing(
    catalog, mini: Path, arguments: list[str], said: str
) -> None:
    before = (mini / FASTV).read_bytes()
    outcome = catalog("edit", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert (mini / FASTV).read_bytes() == before


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("fastv", "papers/2024/fastv.yaml:7:1: year: found '24a', expected a whole number\nUntil that is"),
        ("papers/2024/fastv.yaml", "Until that is mended, the record cannot be changed."),
        ("2403.06764", "1 record could not be read and is left out; see: catalog check"),
    ],
)
def test_a_record_that_cannot_be_read_is_not_said_to_be_missing(
    catalog, mini: Path, named: str, said: str
) -> None:
    spoil(mini, "year: 2024", "year: 24a")
    outcome = catalog("edit", named, "venue=ECCV")
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_an_identifier_that_a_paper_link_names_has_the_source_of_the_link(catalog, mini: Path) -> None:
    spoil(mini, 'identifiers:\n  arxiv: "2403.06764"\n', "")
    link = "paper=https://arxiv.org/abs/2403.06764"
    outcome = catalog("edit", "fastv", link, "--source", "the proceedings")
    assert outcome.code == 0, outcome.err
    assert "identifiers.arxiv: '2403.06764' written" in outcome.err
    sources = yaml_files.read(mini / FASTV)["provenance"]
    assert (sources["arxiv"], sources["paper"]) == ("the proceedings", "the proceedings")


def test_a_field_is_named_by_its_label_in_a_hint_and_none_that_the_topic_does_without(
    catalog, mini: Path
) -> None:
    with (mini / "papers" / "catalogue.yaml").open("a", encoding="utf-8") as config:
        config.write("labels: {domain: Région}\n")
    for name in ("criteria", "training"):
        (mini / "papers" / "vocabulary" / f"{name}.yaml").write_text("{}\n", encoding="utf-8")
    assert (
        "there is no field 'Région' to set; did you mean 'domain'?"
        in catalog("edit", "fastv", "Région=x").err
    )
    assert "did you mean 'criterion'" not in catalog("edit", "fastv", "criterio=x").err
    known = catalog("edit", "fastv", "volume=3").err.partition("known are ")[2]
    assert ("domain" in known, "criterion" in known, "training" in known) == (True, False, False)
