"""BibTeX in records: missing is made, incomplete is completed, contradiction is refused with both values."""

from __future__ import annotations

import pytest

from catalog.bibtex import render
from catalog.catalogue import Catalogue
from catalog.formatting import format_all
from catalog.record import Paper
from tests.checks.checking import ENTRY, SOUND, VOCABULARY, findings, mend, places, record
from tests.conftest import MakeCatalogue

FILE = "2024/a-paper.yaml"


def test_a_title_of_many_thousand_letters_fills_no_screen(make_catalogue: MakeCatalogue) -> None:
    text = record().replace('title: "Pruning Tokens Early"', f'title: "{"Pruning " * 1500}Early"')
    text = text.replace("title: Pruning Tokens Early", f'title: "{"Pruning " * 1500}Early"')
    found = findings(make_catalogue({FILE: text}), "bibtex-disagrees")
    assert len(found) == 1
    assert "the record has 'Pruning Pruning " in found[0].message
    assert len(found[0].message) < 800


def test_a_missing_entry_is_rendered_under_a_key_of_its_own(make_catalogue: MakeCatalogue) -> None:
    files = {
        f"2024/{name}.yaml": record(
            name, title=f"Pruning Tokens {name}", identifiers={"openreview": f"aBcDeFg{name}"}, bibtex=None
        )
        for name in ("one", "two")
    }
    root = make_catalogue(files)
    assert [(f.rule, f.severity, f.fixable) for f in findings(root)] == [
        ("bibtex-missing", "warning", True)
    ] * 2
    mend(root)
    assert findings(root) == []
    assert "@inproceedings{bo2024pruninga," in (root / "papers/2024/two.yaml").read_text()


def test_an_entry_written_by_hand_that_agrees_is_left_as_it_is(make_catalogue: MakeCatalogue) -> None:
    assert findings(make_catalogue({FILE: record(bibtex=ENTRY)})) == []


@pytest.mark.parametrize(
    ("old", "new", "row", "expected"),
    [
        (
            "{Pruning",
            "{Prunning",
            2,
            "title: the BibTeX entry has 'Prunning Tokens Early', the record has 'Pruning",
        ),
        ("Da, Chen", "Da, Chen and Ei, F", 3, "has 3 authors, among them F Ei, the record has 2 authors"),
        (
            "European",
            "International",
            4,
            "venue: the BibTeX entry has 'International Conference on Computer Vision'",
        ),
        ("year = {2024}", "year = {2023}", 5, "year: the BibTeX entry has '2023', the record has '2024'"),
        (
            "year = {2024}",
            "date = {2023-10-02}",
            5,
            "year: the BibTeX entry has '2023', the record has '2024'",
        ),
        (
            "booktitle = {European Conference",
            "journaltitle = {International Journal",
            4,
            "venue: the BibTeX entry has 'International Journal on Computer Vision'",
        ),
        (
            "booktitle = {European Conference on Computer Vision}",
            "eprint = {2403.06764},\n  booktitle = {Something Else}",
            5,
            "venue: the BibTeX entry has 'Something Else'",
        ),
        (
            "year = {2024}",
            "year = {2024},\n  arxivid = {2401.00001}",
            6,
            "arxiv: the BibTeX entry has '2401.00001'",
        ),
    ],
)
def test_an_entry_that_contradicts_is_refused_with_both_values_at_its_own_line(
    make_catalogue: MakeCatalogue, old: str, new: str, row: int, expected: str
) -> None:
    text = record(bibtex=ENTRY.replace(old, new))
    (finding,) = findings(make_catalogue({FILE: text}))
    assert (finding.rule, finding.severity, finding.fixable) == ("bibtex-disagrees", "error", False)
    assert (
        text.splitlines()[finding.line - 1].strip() == ENTRY.replace(old, new).splitlines()[row - 1].strip()
    )
    assert expected in finding.message
    line = new_line(ENTRY.replace(old, new), row)
    assert f"if the entry is out of date, correct its line '{line}' and leave the rest" in finding.message


def new_line(entry: str, row: int) -> str:
    """The field on a row of an entry."""
    return entry.splitlines()[row - 1].split("=")[0].strip()


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ("", "if the entry is out of date, delete the entry and let 'catalog fmt' make it again"),
        (
            "  volume = {3},\n",
            "correct its line 'title' and leave the rest, which the record has no fields for",
        ),
    ],
)
def test_only_an_entry_that_knows_no_more_than_its_record_is_to_be_deleted(
    make_catalogue: MakeCatalogue, fields: str, advice: str
) -> None:
    made = render(Paper.model_validate({"id": "a-paper", **SOUND}), VOCABULARY)
    by_hand = made.replace("{Pruning", "{Prunning").replace("  year = {2024}", f"{fields}  year   = {{2024}}")
    (finding,) = findings(make_catalogue({FILE: record(bibtex=by_hand)}))
    assert advice in finding.message


def test_an_entry_that_leaves_authors_to_and_others_gets_them_all_and_keeps_its_key(
    make_catalogue: MakeCatalogue,
) -> None:
    cut = ENTRY.replace(" and Da, Chen", " and others").replace("@inproceedings{", "@inproceedings{my")
    root = make_catalogue({FILE: record(bibtex=cut)})
    (finding,) = findings(root)
    assert "'catalog check --fix' adds it" in finding.message
    mend(root)
    assert findings(root) == []
    entry = Catalogue.load(root)["a-paper"].bibtex or ""
    assert entry.startswith("@inproceedings{my")
    assert "and Da, Chen}" in entry
    assert "pages" in entry


def test_an_entry_that_names_others_before_and_others_is_not_made_anew(make_catalogue: MakeCatalogue) -> None:
    other = ENTRY.replace("Bo, Ada and Da, Chen", "Ei, Fu and others")
    (finding,) = findings(make_catalogue({FILE: record(bibtex=other)}))
    assert (finding.rule, finding.fixable) == ("bibtex-disagrees", False)
    assert "correct its line 'author' and leave the rest" in finding.message


@pytest.mark.parametrize(
    ("old", "new", "row", "expected"),
    [
        ("Early},", "Early}", 2, "a comma is missing after the value of 'title'"),
        ("{2024}", "NEXT", 5, "'year' is the bare word NEXT"),
        ("{European Conference on Computer Vision}", "ECCV", 4, "'booktitle' is the bare word ECCV"),
        ("  pages", "  year = 2024,\n  pages", 6, "the field 'year' is there twice"),
        ("}\n}\n", "}\n}\n@misc{b, title={B}}\n", 6, "holds 2 entries"),
    ],
)
def test_an_entry_that_does_not_parse_is_refused_at_its_own_line(
    make_catalogue: MakeCatalogue, old: str, new: str, row: int, expected: str
) -> None:
    broken = ENTRY.replace("},\n}\n", "}\n}\n").replace(old, new)
    text = record(bibtex=broken)
    (finding,) = findings(make_catalogue({FILE: text}))
    assert (finding.rule, finding.severity) == ("bibtex-syntax", "error")
    assert expected in finding.message
    first = text.splitlines().index("bibtex: |") + 1
    assert first < finding.line <= first + len(broken.splitlines())


def test_an_entry_that_knows_less_than_the_record_is_completed_and_keeps_key_and_pages(
    make_catalogue: MakeCatalogue,
) -> None:
    poor = "@misc{mine2024,\n  title = {Pruning Tokens Early},\n  pages = {1--9},\n  key = {x},\n}\n"
    root = make_catalogue({FILE: record(bibtex=poor)})
    assert {one.message.split(":")[0] for one in findings(root)} == {"authors", "venue", "year"}
    mend(root)
    assert findings(root) == []
    entry = Catalogue.load(root)["a-paper"].bibtex or ""
    assert entry.startswith("@inproceedings{mine2024,")
    assert "pages = {1--9}" in entry


def test_what_bibtex_would_warn_about_is_pointed_out(make_catalogue: MakeCatalogue) -> None:
    text = record(bibtex=ENTRY.replace("pages", "volume = {3}, number"))
    (finding,) = findings(make_catalogue({FILE: text}))
    assert (finding.rule, finding.severity) == ("bibtex-warning", "warning")
    assert "volume or number, not both; delete number" in finding.message


@pytest.mark.parametrize(
    ("publisher", "said"),
    [
        (
            "MIT Press One Rogers Street, Cambridge, MA 02142-1209, USA journals-info {\\textellipsis}",
            "address",
        ),
        ("ACM New York, NY", "a postal address in it: write the publisher's name alone"),
        ("Citeseer", "'Citeseer' publishes no papers"),
    ],
)
def test_what_search_engines_put_beside_a_publisher_is_pointed_out_and_left_out(
    make_catalogue: MakeCatalogue, publisher: str, said: str
) -> None:
    root = make_catalogue(
        {FILE: record(bibtex=ENTRY.replace("  pages", f"  publisher = {{{publisher}}},\n  pages"))}
    )
    (finding,) = findings(root)
    assert (finding.rule, finding.severity, finding.fixable) == ("bibtex-publisher", "warning", True)
    assert said in finding.message
    mend(root)
    assert findings(root) == []
    entry = Catalogue.load(root)["a-paper"].bibtex or ""
    assert "publisher" not in entry
    assert "pages" in entry


@pytest.mark.parametrize(
    "publisher", ["Association for Computational Linguistics", "USENIX Association", "IEEE", "Springer, Cham"]
)
def test_a_publisher_alone_may_stand(make_catalogue: MakeCatalogue, publisher: str) -> None:
    text = ENTRY.replace("  pages", f"  publisher = {{{publisher}}},\n  pages")
    assert findings(make_catalogue({FILE: record(bibtex=text)})) == []


def test_an_entry_on_one_quoted_line_is_located_there(make_catalogue: MakeCatalogue) -> None:
    text = record(bibtex=ENTRY)
    head = text[: text.index("bibtex:")]
    root = make_catalogue({FILE: f'{head}bibtex: "@misc{{a, title = {{Other}}}}"\n'})
    assert set(places(root)) == {f"{FILE}:{head.count(chr(10)) + 1}: bibtex-disagrees"}


def test_large_catalogues_give_the_same_findings_from_several_processes(
    make_catalogue: MakeCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"2024/p{n}.yaml": record(f"p{n}", title=f"Paper {n}", identifiers={}, bibtex=ENTRY) for n in range(5)
    }
    catalogue = Catalogue.load(make_catalogue(files))
    from catalog.checks import bibliography

    alone = list(bibliography.wrong_entries(catalogue))
    monkeypatch.setattr("catalog.parallel.CHUNK", 2)
    monkeypatch.setitem(bibliography.map_chunks.__kwdefaults__, "worth_a_pool", 1)
    assert list(bibliography.wrong_entries(catalogue)) == alone
    assert len(alone) == 5


@pytest.mark.parametrize(("name", "agrees"), [("Bo, Peter", False), ("Bo, A.", True), ("Bo, Karl Ada", True)])
def test_given_names_share_an_initial(make_catalogue: MakeCatalogue, name: str, agrees: bool) -> None:
    found = findings(make_catalogue({FILE: record(bibtex=ENTRY.replace("Bo, Ada", name))}))
    assert [one.rule for one in found] == ([] if agrees else ["bibtex-disagrees"])


def test_no_entry_is_made_of_a_name_that_is_an_error(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": record(authors=["Ada Bo and Chen Da"], bibtex=None)})
    (finding,) = findings(root, "bibtex-missing")
    assert not finding.fixable
    assert "once each author is one name, 'catalog fmt' makes it" in finding.message
    mend(root)
    assert format_all(Catalogue.load(root)) == []
    assert Catalogue.load(root)["a-paper"].bibtex is None


def test_an_entry_is_made_of_the_names_as_they_are_mended(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": record(authors=["Bo, Ada", "Chen Da*"], bibtex=None)})
    mend(root)
    entry = Catalogue.load(root)["a-paper"].bibtex or ""
    assert entry.startswith("@inproceedings{bo2024pruning,")
    assert "author = {Bo, Ada and Da, Chen}" in entry


@pytest.mark.parametrize("name", ["王小明", "王 小明", "小明 王"])
def test_a_name_in_characters_agrees_with_the_entry_that_is_made_of_it(
    make_catalogue: MakeCatalogue, name: str
) -> None:
    assert findings(make_catalogue({"2024/a-paper.yaml": record(authors=[name])})) == []


GARBLED = [
    ("authors", ["Jos\\'e Garc\\'ia", "Ada Bo"], ["José García", "Ada Bo"]),
    ("authors", ['J\\"{o}rg M{\\"u}ller', "Ada Bo"], ["Jörg Müller", "Ada Bo"]),
    ("authors", ["Jo {\\v{S}}imek"], ["Jo Šimek"]),
    ("authors", ["Ada\u200b Bo", "Chen Da"], ["Ada Bo", "Chen Da"]),
    ("authors", ["Ann~Bee"], ["Ann Bee"]),
    ("title", "Pru\u200bning Tokens Early", "Pruning Tokens Early"),
    ("title", "Pruning {\\'e} Tokens", "Pruning é Tokens"),
]


@pytest.mark.parametrize(("field", "written", "meant"), GARBLED)
def test_an_entry_that_was_made_before_the_record_was_mended_is_mended_with_it(
    make_catalogue: MakeCatalogue, field: str, written: str | list[str], meant: str | list[str]
) -> None:
    """Formatting before mending leaves what mending before formatting does."""
    root = make_catalogue({FILE: record(**{field: written}, bibtex=None)})
    assert format_all(Catalogue.load(root)) == [f"papers/{FILE}"]
    mend(root)
    assert findings(root) == []
    assert format_all(Catalogue.load(root)) == []
    paper = Catalogue.load(root)["a-paper"]
    assert (list(paper.authors or ()) if field == "authors" else paper.title) == meant
    sound = Catalogue.load(make_catalogue({FILE: record(**{field: meant})}))["a-paper"]
    assert (paper.bibtex or "").split("\n")[1:] == (sound.bibtex or "").split("\n")[1:]


def test_an_entry_of_somebody_s_own_is_left_alone_when_the_record_is_mended(
    make_catalogue: MakeCatalogue,
) -> None:
    entry = ENTRY.replace("Bo, Ada", 'B{\\"o}, Ada').replace("  pages", "  note = {Oral},\n  pages")
    root = make_catalogue({FILE: record(authors=['Ada B{\\"o}', "Chen Da"], bibtex=entry)})
    mend(root)
    paper = Catalogue.load(root)["a-paper"]
    assert (paper.authors, paper.bibtex) == (("Ada Bö", "Chen Da"), entry)


@pytest.mark.parametrize(
    ("garbled", "fields", "said"),
    [
        (
            "author = {Garc\\textbackslash{}'ia, Jos\\textbackslash{}'e",
            {"authors": ["José García", "Chen Da"]},
            "authors: the BibTeX entry prints 'Jos\\'e Garc\\'ia', the record has 'José García'",
        ),
        (
            "author = {Bo, Ad\u200ba",
            {},
            "authors: the BibTeX entry holds U+200B (zero width space) as character 7, behind 'Ad'",
        ),
        (
            "title = {Pruning \\textbraceleft{}Tokens\\textbraceright{} Early}",
            {},
            "title: the BibTeX entry prints 'Pruning {Tokens} Early', the record has 'Pruning Tokens Early'",
        ),
    ],
)
def test_an_entry_that_prints_markup_which_the_record_does_not_have_is_made_anew(
    make_catalogue: MakeCatalogue, garbled: str, fields: dict[str, list[str]], said: str
) -> None:
    right = "title = {Pruning Tokens Early}" if garbled.startswith("title") else "author = {Bo, Ada"
    text = record(**fields, bibtex=ENTRY.replace(right, garbled))
    root = make_catalogue({FILE: text})
    (finding,) = findings(root)
    assert (finding.rule, finding.severity, finding.fixable) == ("bibtex-disagrees", "error", True)
    assert finding.message.startswith(said)
    assert finding.message.endswith("; 'catalog check --fix' makes it anew")
    assert garbled in text.splitlines()[finding.line - 1]
    mend(root)
    assert findings(root) == []
    assert "pages = {1--9}" in (Catalogue.load(root)["a-paper"].bibtex or "").replace("–", "--")


def test_characters_that_the_record_has_as_well_are_no_markup(make_catalogue: MakeCatalogue) -> None:
    assert findings(make_catalogue({FILE: record(title="Pruning {50} Tokens for $5")})) == []
