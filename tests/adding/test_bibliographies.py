"""BibTeX files as people have them: many entries, some of them broken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.adding import Query, queries_in
from catalog.adding.bibliographies import read_file, read_stream
from catalog.adding.unknown_venues import UnknownVenue
from catalog.bibtex import parse_entry
from catalog.findings import CatalogError
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI

VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")

FILE = """% my papers
@string{nips = "Advances in Neural Information Processing Systems"}
@comment{nothing}

@inproceedings{one2023,
  title = {One {Token}: Is Enough},
  author = {Byron, Ada and G{\\"o}del, Kurt},
  booktitle = nips,
  year = 2023,
  url = {https://openreview.net/forum?id=LO3Mw8Jrk0},
}

% the next one is broken
@article{two2024,
  title = {Two Tokens
  author = {Nobody},
}

@misc{three2024,
  title = {Three Tokens},
  author = {Byron, Ada and others},
  eprint = {2405.12345},
  archivePrefix = {arXiv},
  note = {Code: https://github.com/example/three},
  year = {2024},
}
"""


def queries(text: str) -> list[Query | CatalogError]:
    return list(queries_in(text, "refs.bib", VOCABULARY))


def test_each_entry_is_read_by_itself() -> None:
    one, two, three = queries(FILE)
    assert isinstance(one, Query)
    assert isinstance(two, CatalogError)
    assert isinstance(three, Query)
    assert one.text == "refs.bib:5 (one2023)"
    assert list(one.draft.values("title")) == ["One Token: Is Enough"]
    assert list(one.draft.values("authors")) == [("Ada Byron", "Kurt Gödel")]
    assert list(one.draft.values("appearance")) == [("NeurIPS", 2023)]
    assert list(one.draft.values("openreview")) == ["LO3Mw8Jrk0"]
    assert str(two).startswith("refs.bib:15: the braces or quotes of 'title' are never closed")
    assert list(three.draft.values("arxiv")) == ["2405.12345"]
    assert list(three.draft.values("code")) == ["https://github.com/example/three"]


def test_authors_that_are_cut_short_are_not_taken() -> None:
    query = queries(FILE)[2]
    assert isinstance(query, Query)
    assert not query.draft["authors"]
    assert "ends in 'and others'" in query.notes[0]
    assert "BibTeX entry keeps those that are named" in query.notes[0]
    assert "write all names" in query.notes[0]
    (entry,) = query.draft.values("bibtex")
    assert "author = {Byron, Ada and others}," in entry


VOLUME = """
@inproceedings{DBLP:conf/cvpr/Roe23,
  author    = {Richard Roe},
  title     = {Tokens of a Volume},
  pages     = {1--10},
  crossref  = {dblp:conf/cvpr/2023}
}
@proceedings{DBLP:conf/cvpr/2023,
  title     = {{IEEE/CVF} Conference on Computer Vision and Pattern Recognition, {CVPR} 2023},
  editor    = {Doe, Jane},
  publisher = {{IEEE}},
  doi       = {10.1109/CVPR.2023},
  year      = {2023}
}
"""


def test_a_paper_has_venue_and_year_of_the_volume_that_it_names() -> None:
    (query,) = queries(VOLUME)
    assert isinstance(query, Query)
    assert list(query.draft.values("appearance")) == [("CVPR", 2023)]
    entry = parse_entry(next(query.draft.values("bibtex")))
    assert (entry.fields["editor"], entry.fields["pages"]) == ("Doe, Jane", "1--10")
    assert entry.fields.keys().isdisjoint({"crossref", "doi"})


def test_a_paper_has_what_the_data_say_that_it_names() -> None:
    (query,) = queries("""
@xdata{iclr, booktitle = {ICLR}, date = {2023}, xdata = {review, iclr}}
@xdata{review, publisher = {OpenReview}, date = {2020}}
@inproceedings{a, title = {Tokens}, xdata = {gone, iclr}}
""")
    assert isinstance(query, Query)
    assert list(query.draft.values("appearance")) == [("ICLR", 2023)]
    entry = parse_entry(next(query.draft.values("bibtex")))
    assert entry.fields["publisher"] == "OpenReview"
    assert "xdata" not in entry.fields


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2305.01235}, archivePrefix = {arXiv.org}",
        "eprint = {2305.01235}, eprinttype = {arxiv}",
        "arxivId = {2305.01235}",
        "number = {arXiv:2305.01235}, publisher = {arXiv}",
        "eid = {arXiv:2305.01235}, journal = {arXiv e-prints}",
    ],
)
def test_an_arxiv_id_is_found_wherever_programs_write_it(fields: str) -> None:
    (query,) = queries(f"@misc{{a, title = {{Tokens}}, year = {{2023}}, {fields}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("arxiv")) == ["2305.01235"]
    assert list(query.draft.values("appearance")) == [("arXiv", 2023)]
    assert query.venue is None


@pytest.mark.parametrize("between", ["", " ", "\t", "\n", "\n\n  "])
def test_an_entry_may_begin_behind_another_one(between: str) -> None:
    one, two = "@misc{a, title = {One}, year = {2023}}", "@Misc{b, title = {Two}, year = {2024}}"
    found = queries(between.join([one, two]))
    assert [list(query.draft.values("title")) for query in found if isinstance(query, Query)] == [
        ["One"],
        ["Two"],
    ]


def test_an_address_or_command_behind_a_brace_is_no_entry() -> None:
    note = "note = {see {Bo}@example{x} and {Du} @ home{y}, year 2023}"
    (query,) = queries(f"@misc{{a, title = {{One}}, year = {{2023}}, {note}}}")
    assert isinstance(query, Query)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_the_line_ends_of_any_system_are_read(end: str) -> None:
    written = ("\ufeff" + FILE.replace("\n", end)).encode()
    assert queries(read_stream(io.BytesIO(written), "refs.bib"))[0] == queries(FILE)[0]


def test_what_a_paper_says_itself_comes_before_its_volume() -> None:
    own = "year = {2022},\n  booktitle = {NeurIPS},\n  crossref"
    (query,) = queries(VOLUME.replace("crossref", own))
    assert isinstance(query, Query)
    assert list(query.draft.values("appearance")) == [("NeurIPS", 2022)]


def test_a_volume_that_no_entry_names_is_read_as_a_book_with_authors_is() -> None:
    (alone,) = queries(VOLUME[VOLUME.index("@proceedings") :])
    assert isinstance(alone, Query)
    assert len(queries(VOLUME.replace("@proceedings", "@book").replace("editor", "author"))) == 2


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Smith, John; Doe, Jane", ("John Smith", "Jane Doe")),
        ("John Smith; Jane Doe; and {Qwen; Team}", ("John Smith", "Jane Doe", "Qwen; Team")),
        ("M&uuml;ller, Jan; Doe, Jane", ("Jan Müller", "Jane Doe")),
        ("Jan Müller, Jane Doe, Eva Fu", ("Jan Müller", "Jane Doe", "Eva Fu")),
    ],
)
def test_authors_divided_by_semicolons_or_commas_are_several_and_that_is_said(
    written: str, names: tuple[str, ...]
) -> None:
    (query,) = queries(f"@misc{{a, title={{T one two}}, author={{{written}}}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("authors")) == [names]
    assert f"read as {len(names)} names" in query.notes[0]


def test_authors_that_commas_may_divide_in_two_ways_are_not_taken_and_that_is_said() -> None:
    (query,) = queries("@misc{a, title={T one two}, author={Smith, John, Doe, Jane}}")
    assert isinstance(query, Query)
    assert not query.draft["authors"]
    (note,) = query.notes
    assert "'Smith, John, Doe, Jane', which is no name" in note


def test_of_a_name_that_only_braces_hold_together_it_is_said_how_it_is_cited() -> None:
    (query,) = queries("@misc{a, title={T one two}, author={{Google DeepMind} and {Qwen Team}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("authors")) == [("Google DeepMind", "Qwen Team")]
    (note,) = query.notes
    assert "its own BibTeX entry keeps" in note
    assert "'DeepMind, Google'" in note


def test_a_group_with_an_and_in_braces_is_one_name_and_that_is_said() -> None:
    (query,) = queries("@misc{a, title={T one two}, author={{Google Quantum AI and Collaborators}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("authors")) == [("Google Quantum AI and Collaborators",)]
    assert "is read as one name, because braces hold it together" in query.notes[0]


def entry_kept(text: str) -> str:
    """The entry that the first query of *text* keeps for its record."""
    query = queries(text)[0]
    assert isinstance(query, Query), query
    return str(next(query.draft.values("bibtex")))


@pytest.mark.parametrize(
    "title",
    [
        r"On {\textless}i{\textgreater}Porites{\textless}/i{\textgreater}-like Corals",
        r"On \textless i\textgreater Porites\textless /i\textgreater -like Corals",
        "On $<$i$>$Porites$<$/i$>$-like Corals",
        "On &lt;i&gt;Porites&lt;/i&gt;-like Corals",
        r"On \textit{Porites}-like Corals",
    ],
)
def test_italics_of_a_species_leave_no_tags_in_title_or_entry(title: str) -> None:
    (query,) = queries(f"@article{{a, title={{{title}}}, journal={{Nature}}, volume={{3}}, year=2020}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("title")) == ["On Porites-like Corals"]
    assert parse_entry(str(next(query.draft.values("bibtex")))).title == "On Porites-like Corals"


@pytest.mark.parametrize(("less", "more"), [("<", ">"), (r"{\textless}", r"{\textgreater}")])
def test_of_a_doi_with_angle_brackets_the_address_is_the_link_to_the_paper(less: str, more: str) -> None:
    doi = f"10.1175/1520-0442(1999)012{less}2679:TSOTEA{more}2.0.CO;2"
    (query,) = queries(f"@article{{a, title={{T one two}}, journal={{ECCV}}, year=1999, doi={{{doi}}}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("doi")) == []
    assert list(query.draft.values("paper")) == [
        "https://doi.org/10.1175/1520-0442(1999)012%3C2679:TSOTEA%3E2.0.CO;2"
    ]
    assert "has angle brackets, which no record takes" in query.notes[0]


@pytest.mark.parametrize(
    ("strings", "value", "journal"),
    [
        ('@string{pra = "Phys. Rev. A"}', "pra", "Phys. Rev. A"),
        ('@string{pra = "Phys. Rev. A"}', "PRA", "Phys. Rev. A"),
        ("@String(pr = {Phys. Rev.})", 'pr # " A"', "Phys. Rev. A"),
        ('@string{p = "Phys."}\n@string{pr = p # { Rev.}}', "pr # { A}", "Phys. Rev. A"),
        ('@string{prxq = "{PRX} {Quantum}"}', "prxq # { Letters}", "{PRX} {Quantum} Letters"),
    ],
)
def test_strings_are_spelt_out_in_what_is_kept(strings: str, value: str, journal: str) -> None:
    text = f"{strings}\n@article{{a, title={{T one two}}, journal={value}, year=2020}}"
    kept = entry_kept(text)
    assert f"  journal = {{{journal}}},\n" in kept
    assert "  year = {2020},\n" in kept
    assert parse_entry(kept).fields["journal"] == journal


def test_a_string_that_is_defined_nowhere_is_named_at_its_line() -> None:
    (error,) = queries('@string{a = "x"}\n@article{k, title={T one two},\n journal=pra # " A"}')
    assert isinstance(error, CatalogError)
    assert str(error).startswith("refs.bib:3: 'journal' is the bare word pra, an @string that is defined no")


def test_strings_of_strings_do_not_grow_without_end() -> None:
    grown = "\n".join(f"@string{{s{n} = s{n - 1} # s{n - 1}}}" for n in range(1, 60))
    found = queries(f'@string{{s0 = "{"x" * 50}"}}\n{grown}\n@misc{{k, title = s59}}')
    assert isinstance(found[0], CatalogError)


@pytest.mark.parametrize(
    ("author", "kept"),
    [
        ("Caune, Laura and Reid, Brendan and et al.", "Caune, Laura and Reid, Brendan and others"),
        ("Smith, John; others", "Smith, John and others"),
        ("{Google DeepMind} and Bo, Ada and others", "{Google DeepMind} and Bo, Ada and others"),
    ],
)
def test_those_before_and_others_stay_in_the_entry_as_bibtex_has_it(author: str, kept: str) -> None:
    entry = entry_kept(f"@misc{{a, title={{T one two}}, author={{{author}}}}}")
    assert f"  author = {{{kept}}},\n" in entry


def test_semicolons_do_not_hide_that_authors_are_cut_short() -> None:
    (query,) = queries("@misc{a, title={T one two}, author={Smith, John; others}}")
    assert isinstance(query, Query)
    assert not query.draft["authors"]
    assert "write all names" in query.notes[0]


def test_a_venue_that_is_not_known_is_said_and_its_year_kept() -> None:
    (query,) = queries("@article{a, title={T one two}, journal={Journal of Nothing}, year={2024}}")
    assert isinstance(query, Query)
    assert not query.draft["appearance"]
    assert list(query.draft.values("year")) == [2024]
    assert "Journal of Nothing" in query.notes[0]
    assert query.venue == UnknownVenue("Journal of Nothing", "journal")
    assert list(query.draft.values("place")) == ["Journal of Nothing"]


@pytest.mark.parametrize(
    "fields",
    [
        "school={ETH}",
        "institution={NBS}",
        "howpublished={A talk}",
        "journal={arXiv e-prints, 2101.04125}",
        "journal={CoRR}",
        "publisher={Springer}",
    ],
)
def test_schools_publishers_and_preprint_servers_are_no_venues_to_add(fields: str) -> None:
    (query,) = queries(f"@misc{{a, title={{T one two}}, year={{2024}}, {fields}}}")
    assert isinstance(query, Query)
    assert (query.venue, query.notes) == (None, ())


@pytest.mark.parametrize(
    ("kind", "book", "venue"),
    [
        ("incollection", "World Seas: An Evaluation", None),
        ("inbook", "Coral Reefs", None),
        ("inproceedings", "Coral Reefs", "Coral Reefs"),
        ("incollection", "Advances in Reef Science", "Advances in Reef Science"),
        ("incollection", "Proceedings of the 12th Symposium on Reefs", "Symposium on Reefs"),
    ],
)
def test_a_book_with_a_chapter_on_the_topic_is_no_venue_to_add(
    kind: str, book: str, venue: str | None
) -> None:
    (query,) = queries(f"@{kind}{{a, title={{T one two}}, booktitle={{{book}}}, year={{2024}}}}")
    assert isinstance(query, Query)
    assert (query.venue and query.venue.key) == venue
    assert list(query.draft.values("place")) == [book]
    assert bool(query.notes) == (venue is not None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found nothing"),
        ("just words", "found no BibTeX entry"),
        ("@comment{only this}", "found no BibTeX entry"),
        ("@article{a, year = {2024}}", "has no title"),
        ("@article{a, title = {T}", "never closed"),
        ("@article{a title = {T}}", "comma"),
        (r"@misc{a, title = {Fast \ours{} Tokens}}", r"title: \ours is refused"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    (error,) = queries(text)
    assert isinstance(error, CatalogError)
    assert message in str(error)
    assert str(error).startswith("refs.bib:1")


def test_initials_of_two_letters_are_read_as_bibtex_reads_them() -> None:
    query = noted(r"author={Bo, {\relax Yu}ri and Papadimitriou, {\relax Ch}ristos}, year={2024}")
    assert list(query.draft.values("authors")) == [("Yuri Bo", "Christos Papadimitriou")]


def test_what_is_not_taken_may_hold_any_command() -> None:
    (query,) = queries(r"@misc{q, title = {T one two}, file = {C\:\Users\me.pdf}, abstract = {As \cite{x}}}")
    assert isinstance(query, Query)


def test_of_what_was_pasted_the_line_is_named_in_words() -> None:
    (query,) = queries_in("@misc{q, title={T one two}}", "the entry", VOCABULARY)
    assert isinstance(query, Query)
    assert query.text == "the entry, line 1 (q)"
    (error,) = queries_in("@misc{q,\n title={T} year={1}}", "standard input", VOCABULARY)
    assert str(error).startswith("standard input, line 2: a comma is missing")


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "refs.bib"
    path.write_bytes(b"@misc{a,\n title={\xff}}")
    with pytest.raises(CatalogError, match=r"refs\.bib:2: not UTF-8"):
        read_file(path)
    with pytest.raises(CatalogError, match="cannot be read"):
        read_file(tmp_path / "missing.bib")
    path.write_bytes(b" " * (8 * 1024 * 1024 + 1))
    with pytest.raises(CatalogError, match="larger than"):
        read_file(path)


def test_what_is_pasted_is_read_as_a_file_is() -> None:
    def read(raw: bytes) -> str:
        return read_stream(io.BytesIO(raw), "standard input")

    assert read(b"\xef\xbb\xbf@misc{a,\r\n}") == "@misc{a,\n}"
    with pytest.raises(CatalogError, match="standard input, line 2: not UTF-8; save it as UTF-8"):
        read(b"@misc{a,\n title={\xff}}")
    with pytest.raises(CatalogError, match="standard input: larger than 8 MiB; split it"):
        read(b" " * (8 * 1024 * 1024 + 1))


def noted(fields: str) -> Query:
    (query,) = queries(f"@inproceedings{{a, title={{T one two}}, {fields}}}")
    assert isinstance(query, Query)
    return query


def test_what_appeared_long_ago_has_its_year() -> None:
    assert list(noted("booktitle={ECCV}, year={1842}").draft.values("appearance")) == [("ECCV", 1842)]


@pytest.mark.parametrize("year", ["20x4", "24", "1066", "2999", "20255", "12025", "to appear"])
def test_a_year_that_is_none_is_named_and_not_taken(year: str) -> None:
    query = noted(f"booktitle={{ECCV}}, year={{{year}}}")
    assert list(query.draft.values("appearance")) == [("ECCV", None)]
    assert f"the year '{year}' is none between 1500 and" in query.notes[0]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("2413.06764", "13 is no month"),
        ("4501.06764", "2045-01 is yet to come"),
        ("2403.0676", "it has too many digits, or too few"),
    ],
)
def test_a_number_that_is_no_arxiv_id_is_named_and_not_taken(number: str, why: str) -> None:
    query = noted(f"eprint={{{number}}}, archivePrefix={{arXiv}}, year={{2024}}")
    assert not query.draft["arxiv"]
    assert f"'{number}' is no arXiv id, because {why}" in query.notes[0]


@pytest.mark.parametrize(
    "fields",
    [
        "url={https://arxiv.org/abs/2403.06764}",
        "howpublished={\\url{https://arxiv.org/abs/2403.06764v2}}",
        "doi={10.48550/arXiv.2403.06764}, publisher={arXiv}",
        "note={arXiv:2403.06764}",
        "journal={CoRR}, volume={abs/2403.06764}",
    ],
)
def test_a_paper_of_which_the_preprint_is_all_that_is_known_is_on_arxiv(fields: str) -> None:
    (query,) = queries(f"@misc{{a, title={{T one two}}, year={{2024}}, {fields}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("arxiv")) == ["2403.06764"]
    assert list(query.draft.values("appearance")) == [("arXiv", 2024)]


@pytest.mark.parametrize(
    "entry",
    [
        "@inproceedings{a, title={T}, year={2024}, url={https://arxiv.org/abs/2403.06764}}",
        "@misc{a, title={T}, year={2024}, note={arXiv:2403.06764}, doi={10.1145/3633781}}",
        "@misc{a, title={T}, year={2024}, eprint={2403.06764}, journal={Journal of Nothing}}",
    ],
)
def test_a_paper_that_appeared_at_an_unnamed_place_is_not_put_on_arxiv(entry: str) -> None:
    (query,) = queries(entry)
    assert isinstance(query, Query)
    assert list(query.draft.values("arxiv")) == ["2403.06764"]
    assert not query.draft["appearance"]


def test_an_id_of_long_after_the_year_is_named() -> None:
    assert not noted("eprint={2501.00001}, booktitle={ECCV}, year={2024}").notes
    query = noted("eprint={2403.06764}, booktitle={NeurIPS}, year={2017}")
    assert "the entry is of 2017, but arXiv 2403.06764 of 2024-03" in query.notes[0]


def test_names_in_characters_have_the_family_name_first_and_no_space() -> None:
    query = noted("author={王, 小明 and 김, 철수 and Bo, Ada}, year={2024}")
    assert list(query.draft.values("authors")) == [("王小明", "김철수", "Ada Bo")]


@given(st.text(alphabet='@{}(),="\\#%\n abarticletitleyear12é$~', max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    for query in queries(text):
        assert isinstance(query, Query | CatalogError)


def test_joiners_that_a_script_needs_stay_in_title_and_names() -> None:
    title, name = "کاهش توکن\u200cها", "علی رضایی\u200cنژاد"
    (query,) = queries(f"@misc{{a, title = {{{title}}}, author = {{{name}}}, year = {{2023}}}}")
    assert isinstance(query, Query)
    assert list(query.draft.values("title", "authors")) == [title, (name,)]
