"""What an entry says beyond its record, and what of it stays."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.bibtex import (
    Entry,
    carry_over,
    compile_warnings,
    disagreements,
    facts_beyond_record,
    parse_entry,
    place_in_entry,
    render,
)
from tests.bibtex.papers import VOCABULARY, paper, with_real_venues

PUBLISHED = """@inproceedings{chen2024image, title = {Token pruning for {LLM}s}, author = {Bo, Ada},
  booktitle = {European Conference on Computer Vision}, pages = {19--35}, volume = {15},
  publisher = {Springer \\& Co}, editor = {Leonardis, Ale{\\v{s}} and Ricci, Elisa}, month = "October",
  doi = {https://doi.org/10.1007/978-3-031-73004-7\\_2}, organization = {X}, year = {2024}}"""


def test_a_month_by_its_number_is_written_out_by_each_style() -> None:
    facts = carry_over(parse_entry(PUBLISHED.replace('"October"', "{10}")), paper(), VOCABULARY)
    assert "\n  month = oct,\n" in render(paper(), VOCABULARY, facts)


@pytest.mark.parametrize(
    ("date", "month"),
    [("2024-10", "oct"), ("2024-10-01/2024-10-04", "oct"), ("2024", None), ("2024-21", None)],
)
def test_the_place_and_the_date_of_a_biblatex_entry_are_those_of_a_bibtex_entry(
    date: str, month: str | None
) -> None:
    written = PUBLISHED.replace('month = "October"', "location = {Milan, Italy}")
    entry = parse_entry(written.replace("year = {2024}", f"date = {{{date}}}"))
    facts = carry_over(entry, paper(), VOCABULARY)
    assert (facts["address"], facts.get("month")) == ("Milan, Italy", month)
    both = parse_entry(written.replace("location", "address = {Rome}, location"))
    assert carry_over(both, paper(), VOCABULARY)["address"] == "Rome"


def test_the_number_of_an_article_stands_for_its_pages() -> None:
    article = UNKNOWN_VENUE.replace("pages={1--9}", "eid={C01002}")
    assert made_again(article).fields["pages"] == "C01002"
    assert made_again(UNKNOWN_VENUE.replace("pages=", "eid={7}, pages=")).fields["pages"] == "1--9"
    preprint = UNKNOWN_VENUE.replace("pages={1--9}", "eid={arXiv:2403.06764}, eprint={2403.06764}")
    assert "pages" not in facts_beyond_record(parse_entry(preprint))


def test_facts_of_the_same_published_version_are_carried_over() -> None:
    facts = carry_over(parse_entry(PUBLISHED), paper(), VOCABULARY)
    assert facts == {
        "volume": "15",
        "pages": "19–35",
        "publisher": "Springer & Co",
        "editor": "Aleš Leonardis and Elisa Ricci",
        "month": "oct",
        "doi": "10.1007/978-3-031-73004-7_2",
    }
    rendered = parse_entry(render(paper(), VOCABULARY, facts))
    assert rendered.fields["pages"] == "19--35"
    assert rendered.fields["editor"] == "Leonardis, Ale{\\v{s}} and Ricci, Elisa"
    assert rendered.fields["doi"] == "10.1007/978-3-031-73004-7_2"


@pytest.mark.parametrize(
    "fields",
    [
        {"year": 2025},
        {"venue": "CVPR"},
        {"venue": "arXiv"},
        {"venue": None},
        {"title": "Something Else Entirely"},
    ],
)
def test_nothing_is_carried_over_from_another_version_or_paper(fields: dict[str, Any]) -> None:
    assert carry_over(parse_entry(PUBLISHED), paper(**fields), VOCABULARY) == {}


UNKNOWN_VENUE = """@article{me, title={Token Pruning for LLMs}, author={Ada Bo and Laurens van der Maaten},
  journal={Journal of Nothing \\& More}, volume={3}, number={2}, pages={1--9}, year={2024}}"""


def test_what_an_entry_says_of_a_venue_that_nobody_knows_is_kept_however_often_it_is_made_again() -> None:
    entry = parse_entry(UNKNOWN_VENUE)
    unknown = paper(venue=None)
    for _ in range(2):
        entry = parse_entry(render(unknown, VOCABULARY, carry_over(entry, unknown, VOCABULARY)))
        assert entry.type == "article"
        assert entry.venue_text == "Journal of Nothing & More"
        assert [entry.fields[name] for name in ("volume", "number", "pages")] == ["3", "2", "1--9"]
        assert compile_warnings(entry) == []
        assert disagreements(entry, unknown, VOCABULARY) == []


def test_a_venue_that_becomes_known_finds_its_volume_and_pages() -> None:
    entry = parse_entry(UNKNOWN_VENUE)
    vocabulary = with_real_venues(Nothing="Journal of Nothing and More")
    known = paper(venue="Nothing")
    assert disagreements(entry, known, vocabulary) == []
    rendered = parse_entry(render(known, vocabulary, carry_over(entry, known, vocabulary)))
    assert rendered.venue_text == "Journal of Nothing and More"
    assert [rendered.fields[name] for name in ("volume", "number", "pages")] == ["3", "2", "1--9"]


def test_without_authors_the_venue_stays_for_the_day_when_they_are_known() -> None:
    nameless = paper(venue=None, authors=None)
    entry = parse_entry(
        render(nameless, VOCABULARY, carry_over(parse_entry(UNKNOWN_VENUE), nameless, VOCABULARY))
    )
    assert compile_warnings(entry) == []
    whole = parse_entry(render(paper(venue=None), VOCABULARY, facts_beyond_record(entry)))
    assert (whole.type, whole.fields["journal"], whole.fields["number"]) == (
        "article",
        "Journal of Nothing \\& More",
        "2",
    )


def test_a_preprint_server_in_an_entry_is_no_venue_that_a_record_lacks() -> None:
    entry = parse_entry(
        UNKNOWN_VENUE.replace("Journal of Nothing \\& More", "arXiv preprint arXiv:2403.06764")
    )
    rendered = parse_entry(render(paper(venue=None), VOCABULARY, facts_beyond_record(entry)))
    assert (rendered.type, rendered.venue_text) == ("misc", None)


def made_again(text: str, **fields: Any) -> Entry:
    """The entry that is made of a record without venue and of what *text* knows, made again from itself."""
    entry = parse_entry(text)
    record = paper(venue=None, **fields)
    for _ in range(2):
        entry = parse_entry(render(record, VOCABULARY, carry_over(entry, record, VOCABULARY)))
        assert compile_warnings(entry) == []
        assert disagreements(entry, record, VOCABULARY) == []
    return entry


OF_BOOK = "title={Token Pruning for LLMs}, publisher={MIT Press}, edition={2}, isbn={978-0-521}, year={2024}"
OF_THESIS = "title={Token Pruning for LLMs}, author={Ada Bo and Laurens van der Maaten}, year={2024}"


def test_a_book_by_editors_stays_a_book() -> None:
    entry = made_again(f"@book{{b, {OF_BOOK}, editor={{Lidar, Daniel A and Brun, Todd A}}}}", authors=None)
    assert (entry.type, entry.fields["editor"]) == ("book", "Lidar, Daniel A and Brun, Todd A")
    assert (entry.fields["publisher"], entry.fields["edition"], entry.fields["isbn"]) == (
        "MIT Press",
        "2",
        "978-0-521",
    )


@pytest.mark.parametrize(
    ("text", "entry_type", "field", "value"),
    [
        (f"@phdthesis{{t, {OF_THESIS}, school={{ETH}}}}", "phdthesis", "school", "ETH"),
        (f"@thesis{{t, {OF_THESIS}, type={{phdthesis}}, institution={{ETH}}}}", "phdthesis", "school", "ETH"),
        (f"@thesis{{t, {OF_THESIS}, type={{mathesis}}, school={{ETH}}}}", "mastersthesis", "school", "ETH"),
        (f"@techreport{{t, {OF_THESIS}, institution={{NBS}}, number={{7}}}}", "techreport", "number", "7"),
        (f"@report{{t, {OF_THESIS}, institution={{NBS}}}}", "techreport", "institution", "NBS"),
        (f"@unpublished{{t, {OF_THESIS}, note={{In \\& out}}}}", "unpublished", "note", "In \\& out"),
        (
            f"@inbook{{t, {OF_THESIS}, booktitle={{A Handbook}}, publisher={{MIT Press}}, pages={{1--9}}}}",
            "incollection",
            "booktitle",
            "A Handbook",
        ),
        (f"@inbook{{t, {OF_THESIS}, publisher={{MIT Press}}, chapter={{3}}}}", "inbook", "chapter", "3"),
        (
            f"@incollection{{t, {OF_THESIS}, booktitle={{A Handbook}}, publisher={{MIT Press}}}}",
            "incollection",
            "booktitle",
            "A Handbook",
        ),
        (
            f"@incollection{{t, {OF_THESIS}, booktitle={{A Handbook}}}}",
            "inproceedings",
            "booktitle",
            "A Handbook",
        ),
        (f"@misc{{t, {OF_THESIS}, school={{ETH}}}}", "misc", "howpublished", "ETH"),
    ],
)
def test_theses_reports_and_parts_of_books_stay_what_they_are(
    text: str, entry_type: str, field: str, value: str
) -> None:
    entry = made_again(text)
    assert (entry.type, entry.fields[field]) == (entry_type, value)


def test_a_thesis_without_author_is_no_thesis_that_bibtex_would_print() -> None:
    entry = made_again(
        "@phdthesis{t, title={Token Pruning for LLMs}, school={ETH}, year={2024}}", authors=None
    )
    assert (entry.type, entry.fields["howpublished"]) == ("misc", "ETH")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("eprint={quant-ph/0110143}", ("quant-ph/0110143", "arXiv", None)),
        ("eprint={2403.06764}, eprinttype={arxiv}, eprintclass={cs.CV}", ("2403.06764", "arXiv", "cs.CV")),
        ("eprint={27857}, archivePrefix={jstor}", ("27857", "jstor", None)),
    ],
)
def test_the_preprint_of_a_published_paper_stays_in_its_entry(
    fields: str, kept: tuple[str, str, str | None]
) -> None:
    entry = made_again(UNKNOWN_VENUE.replace("volume={3}", f"volume={{3}}, {fields}"))
    assert entry.type == "article"
    assert tuple(entry.fields.get(name) for name in ("eprint", "archiveprefix", "primaryclass")) == kept


def test_those_who_are_named_before_and_others_stay_until_all_are_known() -> None:
    named = "Bo, Ada and {Rock and Roll Group} and others"
    entry = made_again(UNKNOWN_VENUE.replace("Ada Bo and Laurens van der Maaten", named), authors=None)
    assert (entry.type, entry.fields["author"]) == ("article", named)
    assert "key" not in entry.fields
    on_arxiv = paper(venue="arXiv", authors=None, identifiers={"arxiv": "2403.06764"})
    preprint = parse_entry(render(on_arxiv, VOCABULARY, carry_over(entry, on_arxiv, VOCABULARY)))
    assert preprint.fields["author"] == named
    assert "volume" not in preprint.fields
    whole = paper(venue=None)
    known = parse_entry(render(whole, VOCABULARY, carry_over(entry, whole, VOCABULARY)))
    assert known.fields["author"] == "Bo, Ada and van der Maaten, Laurens"


def test_names_stay_divided_as_their_entry_divides_them() -> None:
    written = "{Google DeepMind} and Paz Sol, Ana and Bo, Ada"
    entry = made_again(
        UNKNOWN_VENUE.replace("Ada Bo and Laurens van der Maaten", written),
        authors=["Google DeepMind", "Ana Paz Sol", "Ada Bo"],
    )
    assert entry.fields["author"] == written


def test_where_a_paper_appeared_is_told_by_the_entry_of_a_record_without_venue() -> None:
    assert place_in_entry(paper(venue=None, bibtex=UNKNOWN_VENUE)) == "Journal of Nothing & More"
    assert place_in_entry(paper(bibtex=UNKNOWN_VENUE)) is None
    assert place_in_entry(paper(venue=None)) is None
    assert place_in_entry(paper(venue=None, bibtex="@article{broken")) is None


def test_a_book_appeared_at_its_publisher_and_lists_have_a_venue_in_short() -> None:
    book = f"@book{{b, {OF_BOOK}, editor={{Brun, Todd A}}}}"
    assert place_in_entry(paper(venue=None, bibtex=book)) == "MIT Press"
    long = "Proceedings of the 50th Annual International Symposium on Computer Architecture"
    record = paper(venue=None, bibtex=UNKNOWN_VENUE.replace("Journal of Nothing \\& More", long))
    assert place_in_entry(record) == long
    assert place_in_entry(record, short=True) == "International Symposium on Computer Architecture"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("journal", "Limnology and Oceanography: Methods"),
        ("journal", "Genes, Brain and Behavior"),
        ("journal", "Proceedings of the National Academy of Sciences"),
        ("journal", "Annual Review of Marine Science"),
        ("journal", "Second Language Research"),
        ("school", "University of California, San Diego"),
    ],
)
def test_of_a_journal_or_a_school_lists_have_the_whole_name(field: str, name: str) -> None:
    kind = "article" if field == "journal" else "phdthesis"
    entry = f"@{kind}{{a, title={{One Token}}, author={{Bo, Ada}}, year={{2024}}, {field}={{{name}}}}}"
    assert place_in_entry(paper(venue=None, bibtex=entry), short=True) == name
