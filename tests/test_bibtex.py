"""BibTeX entries: refused with line and advice, rendered in one style, compared by what they mean."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.bibtex import (
    BibtexError,
    Disagreement,
    carry_over,
    compile_warnings,
    disagreements,
    facts_beyond_record,
    family_name,
    join_names,
    keys_for,
    latex_to_text,
    parse_entry,
    render,
    resolve_venue,
    split_names,
    text_to_latex,
)
from catalog.catalogue import Catalogue
from catalog.record import Paper
from catalog.vocabulary import Venue, Vocabulary
from tests.conftest import MINI, REPOSITORY

VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")


def paper(**fields: Any) -> Paper:
    whole = {
        "id": "a-paper",
        "title": "Token Pruning for LLMs",
        "authors": ["Ada Bo", "Laurens van der Maaten"],
        "venue": "ECCV",
        "year": 2024,
    }
    return Paper.model_validate({**whole, **fields})


# --------------------------------------------------------------------------------------------- parsing


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "holds no entry"),
        ("just words", 1, "holds no entry"),
        ("@misc{a, title={A}}\n@misc{b, title={B}}", 2, "holds 2 entries, expected one"),
        ("@misc{a,\n title={A}\n year={2024},\n}", 2, "a comma is missing after the value of 'title'"),
        ('@misc{a,\n title="A"\n year=2024\n}', 2, "a comma is missing after the value of 'title'"),
        ("@misc{a\n title={A},\n}", 1, "no comma after the entry's key"),
        ("@inproceedings{a,\n booktitle=NIPS,\n}", 2, "write booktitle = {NIPS}".replace("write ", "")),
        ("@misc{a,\n title={A},\n title={B},\n}", 3, "the field 'title' is there twice"),
        ("@misc{a,\n title={A},\n Title={B},\n}", 3, "the field 'title' is there twice"),
        ("@misc{a,\n title={A,\n author={B},\n year={2024}\n}", 2, "'title' are never closed"),
        ('@misc{a,\n title="A,\n author={B},\n year={2024}\n}', 2, "'title' are never closed"),
        ("@misc{a,\n title={A}", 1, "never closed"),
        ("@misc{a,\n title={A}},\n year={2024}\n}", 2, "stands outside of the entry"),
        ('@misc{a,\n title="A } B",\n}', 2, "the braces of 'title' are not balanced"),
        ("@misc{a,\n title={A \\{ B},\n}", 2, "write \\textbraceleft{}"),
        ("@misc{a,\n title=,\n}", 2, "'title' has no value"),
        ("@misc{a,\n title={A},\n year\n}", 4, "expected 'field = {value}' here"),
        ("@misc{a b,\n title={A}}", 1, "found the key 'a b'"),
        ("@misc{, title={A}}", 1, "found no key"),
        ('@string{x = "y"}\n@misc{a, title={A}}', 1, "@string is refused"),
        ("@misc{a, title={A}}\n@comment{x}", 2, "@comment is refused"),
    ],
)
def test_what_is_not_one_valid_entry_is_refused_with_line_and_advice(
    text: str, line: int, expected: str
) -> None:
    with pytest.raises(BibtexError) as caught:
        parse_entry(text)
    assert caught.value.line == line
    assert expected in caught.value.message


def test_an_entry_is_read_without_its_delimiters_and_with_months_and_joined_pieces() -> None:
    entry = parse_entry(
        '@InProceedings{Key2024,\n Title = "A {B} C",\n month = 6 # "~" # jun,\n YEAR = 2024\n}'
    )
    assert (entry.type, entry.key) == ("inproceedings", "Key2024")
    assert dict(entry.fields) == {"title": "A {B} C", "month": "6~jun", "year": "2024"}


def test_an_entry_gives_decoded_title_names_year_and_venue() -> None:
    entry = parse_entry(
        r"""@inproceedings{a, title = {{FastV}: M{\"u}ller \& S{\o}n}, year = {2024},
        author = {M{\"u}ller, J{\"o}rg and {Qwen Team} and Ada Bo and others},
        booktitle = {Computer Vision -- {ECCV} 2024}}"""
    )
    assert entry.title == "FastV: Müller & Søn"
    assert entry.authors == ["Jörg Müller", "Qwen Team", "Ada Bo"]
    assert entry.authors_truncated
    assert entry.year == 2024
    assert entry.venue_text == "Computer Vision – ECCV 2024"


@pytest.mark.parametrize(
    "fields",
    [
        "eprint = {2403.06764}, archivePrefix = {arXiv}",
        "eprint = {2403.06764v2}, eprinttype = {arxiv}, howpublished = {https://arxiv.org}",
        "journal = {arXiv preprint arXiv:2403.06764}",
    ],
)
def test_an_arxiv_entry_is_known_by_eprint_or_journal(fields: str) -> None:
    entry = parse_entry(f"@misc{{a, title = {{A}}, {fields}}}")
    assert entry.eprint == "2403.06764"
    assert resolve_venue(entry.venue_text or "", VOCABULARY) == "arXiv"


@given(st.text("@misc{}a,=\"'#\\\n 1", max_size=60))
@example("@misc{" + "{" * 5000 + "}" * 5000 + ", a = {b}}")
@example("@misc{a, title = {" + "{" * 5000 + "\\x" + "}" * 5000 + "}}")
def test_any_text_is_an_entry_or_is_refused(text: str) -> None:
    try:
        entry = parse_entry(text)
    except BibtexError as error:
        refusal = error.message
    else:
        refusal = ""
        assert entry.title is None or isinstance(entry.title, str)
    assert refusal or "@" in text


# ----------------------------------------------------------------------------------------------- LaTeX


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("{FastV}: a {LLM}", "FastV: a LLM"),
        (r"M{\"u}ller, {\'e}, {\'{e}}, \'e, {\c{c}}, {\L}, {\o}, {\ss}", "Müller, é, é, é, ç, Ł, ø, ß"),
        ("IA-RED$^2$ and x$_{10}$", "IA-RED² and x₁₀"),
        (r"$\alpha$-net \& 50\% \$5 \#1 a\_b", "α-net & 50% $5 #1 a_b"),
        ("pages 1--10 --- ``quoted''", "pages 1–10 — “quoted”"),
        ("50% & more", "50% & more"),
        ("a~b\n   c", "a b c"),
        (r"\textless{}b\textgreater{} \textbackslash{}x \textbraceleft{}y\textbraceright{}", "<b> \\x {y}"),
        (r"\emph{x} \textbf{y}", "x y"),
    ],
)
def test_latex_becomes_the_text_that_it_stands_for(latex: str, text: str) -> None:
    assert latex_to_text(latex) == text


PRINTABLE = st.characters(
    exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Cf", "Zs", "Mn", "Mc", "Me")
)
TITLES = st.text(
    st.sampled_from("aZ19 -–—{}\\$%&#_~^<>|@`'\":/é²ßŁα≤中🦙") | st.characters(codec="latin-1"), max_size=30
).map(lambda text: " ".join("".join(c for c in text if c.isprintable()).split()))


def plain_quotes(text: str) -> str:
    """Straight double quotes come back as typographic ones, and these as straight apostrophes."""
    return unicodedata.normalize("NFC", text).translate(str.maketrans("“”’‘", '""\'`'))


@given(TITLES)
@example("--- -- - '' ' \"a\" `b` –- —- “'”")
def test_text_survives_the_way_through_latex(text: str) -> None:
    assert plain_quotes(latex_to_text(text_to_latex(text))) == plain_quotes(text)


@given(TITLES)
def test_latex_is_safe_in_braces_and_has_no_bare_special_character(text: str) -> None:
    latex = text_to_latex(text)
    entry = parse_entry(f"@misc{{a,\n  title = {{{latex}}},\n}}")
    assert entry.fields["title"] == latex
    bare = latex.replace(r"\$", "").replace("$^{", "").replace("$_{", "").replace("}$", "")
    assert not [c for c in "%&#_$" if c in bare.replace(f"\\{c}", "")]


# ----------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "bibtex"),
    [
        ("Liang Chen", "Chen, Liang"),
        ("Cheng-Yang Fu", "Fu, Cheng-Yang"),
        ("Hyunwoo J. Kim", "Kim, Hyunwoo J."),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Benjamin Van Durme", "Van Durme, Benjamin"),
        ("Cecilia De La Parra", "De La Parra, Cecilia"),
        ("Anh Van Nguyen", "Nguyen, Anh Van"),
        ("Van Nguyen", "Nguyen, Van"),
        ("Sammy Davis Jr.", "Davis, Jr., Sammy"),
        ("Jörg Šimek", '{\\v{S}}imek, J{\\"o}rg'),
        ("OpenAI", "{OpenAI}"),
        ("陈亮", "{陈亮}"),
        ("Qwen Team", "{Qwen Team}"),
        ("Simon and Schuster", "{Simon and Schuster}"),
    ],
)
def test_a_name_is_written_family_first_and_comes_back(name: str, bibtex: str) -> None:
    assert join_names([name]) == bibtex
    assert split_names(bibtex) == [name]


def test_names_are_split_at_and_outside_of_braces_only() -> None:
    assert split_names("A B and\n  {C and D} and E, F and others") == ["A B", "C and D", "F E", "others"]
    assert split_names("Alexander Brandt and Roland And") == ["Alexander Brandt", "Roland And"]


def test_a_family_name_has_its_particles_and_not_its_suffix() -> None:
    assert [family_name(n) for n in ("Ada van Bo", "Ada Bo III", "Bo")] == ["van Bo", "Bo", "Bo"]


WORD = st.text(st.sampled_from("abcdefgxyzéöšø"), min_size=1, max_size=8).map(str.capitalize)
NAMES = st.lists(st.lists(WORD, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=5)


@given(NAMES)
def test_any_names_survive_the_way_through_bibtex(names: list[str]) -> None:
    assert split_names(join_names(names)) == names


# ------------------------------------------------------------------------------------------- rendering


def test_a_conference_paper_is_rendered_in_the_one_style() -> None:
    assert render(paper(identifiers={"doi": "10.1007/978-3-031-73004-7_2"}), VOCABULARY) == (
        "@inproceedings{bo2024token,\n"
        "  title = {Token Pruning for {LLMs}},\n"
        "  author = {Bo, Ada and van der Maaten, Laurens},\n"
        "  booktitle = {European Conference on Computer Vision},\n"
        "  year = {2024},\n"
        "  doi = {10.1007/978-3-031-73004-7_2},\n"
        "  url = {https://doi.org/10.1007/978-3-031-73004-7_2},\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("fields", "entry_type", "expected"),
    [
        ({"venue": "Findings of ACL"}, "inproceedings", "booktitle"),
        ({"venue": "TPAMI"}, "article", "journal"),
        ({"venue": "arXiv", "identifiers": {"arxiv": "2403.06764"}}, "misc", "eprint"),
        ({"venue": None, "identifiers": {"arxiv": "2403.06764"}}, "misc", "eprint"),
        ({"venue": "arXiv"}, "misc", "howpublished"),
        ({"authors": None}, "misc", "howpublished"),
        ({"year": None}, "misc", "howpublished"),
        ({"authors": None, "year": None, "venue": None}, "misc", "key"),
    ],
)
def test_the_type_follows_the_venue_and_what_is_known(
    fields: dict[str, Any], entry_type: str, expected: str
) -> None:
    record = paper(**fields)
    entry = parse_entry(render(record, VOCABULARY))
    assert entry.type == entry_type
    assert expected in entry.fields
    assert disagreements(entry, record, VOCABULARY) == []
    assert compile_warnings(entry) == []


@pytest.mark.parametrize(
    ("title", "name", "latex"),
    [
        ("FastV: An Image is Worth 1/2 Tokens", None, "{FastV}: An Image is Worth {1/2} Tokens"),
        (
            "A ViT and GPT-4o for LLM-based 3D Top-K",
            None,
            "A {ViT} and {GPT}-4o for {LLM}-based {3D} Top-{K}",
        ),
        ("Flash: Why Layer 2 (of LLMs) Matters", "Flash", "{Flash}: Why Layer 2 (of {LLMs}) Matters"),
        ("F³-Pruning in 2 Steps", None, "{F$^{3}$}-Pruning in 2 Steps"),
        ("TOKENS IN CAPITALS", None, "TOKENS IN CAPITALS"),
        ("Ünder Über & Co", None, '{\\"U}nder {\\"U}ber \\& Co'),
    ],
)
def test_words_that_a_style_must_not_put_into_lower_case_stand_in_braces(
    title: str, name: str | None, latex: str
) -> None:
    entry = parse_entry(render(paper(title=title, name=name), VOCABULARY))
    assert entry.fields["title"] == latex


@given(
    title=TITLES.filter(lambda text: bool(text.strip())),
    authors=st.none() | NAMES,
    venue=st.none() | st.sampled_from(sorted(VOCABULARY["venue"])),
    year=st.none() | st.integers(1990, 2030),
    arxiv=st.none() | st.just("2403.06764"),
)
def test_whatever_is_rendered_parses_agrees_and_compiles_without_warning(
    title: str, authors: list[str] | None, venue: str | None, year: int | None, arxiv: str | None
) -> None:
    record = paper(title=title, authors=authors, venue=venue, year=year, identifiers={"arxiv": arxiv})
    extra = {"number": "3", "month": "jun", "pages": "1–10", "editor": "Ada Bo and Chen Da"}
    for facts in (None, extra, {**extra, "volume": "2"}):
        entry = parse_entry(render(record, VOCABULARY, facts))
        assert disagreements(entry, record, VOCABULARY) == []
        assert compile_warnings(entry) == []


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"title": "An Image is Worth 1/2 Tokens"}, "bo2024image"),
        ({"title": "FastV: Faster"}, "bo2024fastv"),
        ({"authors": ["Jörg van der Müller-Šimek"]}, "vandermullersimek2024token"),
        ({"authors": ["Øyvind Łukasz Bjørnæs"]}, "bjornaes2024token"),
        ({"authors": ["陈亮"]}, "2024token"),
        ({"authors": None, "year": None, "published": "2023-05"}, "2023token"),
        ({"title": "中文", "authors": None, "year": None}, "a-paper"),
    ],
)
def test_a_citation_key_is_family_name_year_and_first_significant_word(
    fields: dict[str, Any], key: str
) -> None:
    record = paper(**fields)
    assert keys_for([record]) == {"a-paper": key}
    assert parse_entry(render(record, VOCABULARY)).key == key


def test_every_paper_gets_its_own_key_and_a_written_key_never_changes() -> None:
    written = "@misc{Bo2024Token, title = {A}}"
    papers = [paper(id="c"), paper(id="a"), paper(id="z", bibtex=written), paper(id="b", title="Other")]
    expected = {"a": "bo2024tokena", "b": "bo2024other", "c": "bo2024tokenb", "z": "Bo2024Token"}
    assert keys_for(papers) == expected
    assert keys_for(reversed(papers)) == expected


@pytest.mark.latex
@pytest.mark.skipif(not shutil.which("bibtex"), reason="bibtex is not installed")
def test_real_bibtex_compiles_every_rendered_entry_without_a_warning(tmp_path: Path) -> None:
    titles = ["50% of $5 & {x}} #1_2 ~^\\input{x} @article{", "Ünïcödé – “q” α ≤ ² <script>", "A"]
    venues = [None, *VOCABULARY["venue"]]
    authors: list[list[str] | None] = [["OpenAI"], ["Ada Bo", "Sammy Davis Jr."], None]
    records = [
        paper(id=f"p{n}-{m}-{k}", title=title, venue=venue, authors=names, year=None if n == m else 2024)
        for n, title in enumerate(titles)
        for m, venue in enumerate(venues)
        for k, names in enumerate(authors)
    ]
    keys = keys_for(records)
    extra = {"volume": "1", "number": "2", "month": "jan", "pages": "1–9", "editor": "Ada Bo", "series": "S"}
    entries = [render(one, VOCABULARY, extra, key=keys[one.id]) for one in records]
    (tmp_path / "all.bib").write_text("\n".join(entries), encoding="utf-8")
    for style in ("plain", "alpha"):
        (tmp_path / "all.aux").write_text(f"\\citation{{*}}\n\\bibstyle{{{style}}}\n\\bibdata{{all}}\n")
        done = subprocess.run(["bibtex", "all"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "warning" not in done.stdout.lower(), done.stdout
        assert done.returncode == 0, done.stdout


# ------------------------------------------------------------------------------------------- agreement

ENTRY = """@inproceedings{a,
  title = {Token {P}runing for {LLMs}},
  author = {Bo, A. and van der Maaten, Laurens},
  booktitle = {Proceedings of the 18th European Conference on Computer Vision (ECCV)},
  year = 2024,
}"""


def differences(text: str, **fields: Any) -> list[Disagreement]:
    return disagreements(parse_entry(text), paper(**fields), VOCABULARY)


def test_an_entry_that_means_the_same_agrees_however_it_is_spelt() -> None:
    assert differences(ENTRY) == []
    assert differences(ENTRY.replace("Bo, A.", "Ada Bo")) == []
    assert differences(ENTRY, title="token pruning for LLMs!") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("runing", "running", ("title", "Token Prunning for LLMs", "Token Pruning for LLMs")),
        ("2024", "2023", ("year", "2023", "2024")),
        ("  year = 2024,\n", "", ("year", "nothing", "2024")),
        ("Bo, A.", "Box, A.", ("authors", "A. Box as author 1", "Ada Bo as author 1")),
        ("Bo, A. and ", "", ("authors", "1 author", "2 authors, among them Ada Bo")),
        ("Laurens}", "Laurens and X Y}", ("authors", "3 authors, among them X Y", "2 authors")),
        ("Bo, A.", "{Bo, Ada}", ("authors", "Bo, Ada as author 1", "Ada Bo as author 1")),
        (
            "Laurens}",
            "Laurens and others}",
            ("authors", "A. Bo, Laurens van der Maaten and others", "all 2 of them"),
        ),
        ("  booktitle", "  note", ("venue", "nothing", "ECCV")),
    ],
)
def test_a_difference_shows_both_values(old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert differences(ENTRY.replace(old, new)) == [expected]


def test_the_order_of_authors_counts() -> None:
    swapped = ENTRY.replace("Bo, A. and van der Maaten, Laurens", "van der Maaten, Laurens and Bo, A.")
    assert [one.field for one in differences(swapped)] == ["authors"]


def test_what_the_record_does_not_know_cannot_disagree() -> None:
    assert differences(ENTRY, authors=None, year=None, venue=None) == []


def test_arxiv_ids_and_dois_are_compared_where_both_have_one() -> None:
    text = ENTRY.replace("year", "eprint = {2403.06764}, doi = {10.1/x}, year").replace("10.1/", "10.1000/")
    assert differences(text) == []
    assert differences(text, identifiers={"arxiv": "2403.00001", "doi": "10.1000/y"}) == [
        ("arxiv", "2403.06764", "2403.00001"),
        ("doi", "10.1000/x", "10.1000/y"),
    ]


def test_a_preprint_entry_does_not_cite_the_published_version() -> None:
    journal = "journal = {arXiv preprint arXiv:2403.06764}"
    preprint = f"@article{{a, title = {{Token Pruning for LLMs}}, {journal}, year = 2024}}"
    assert differences(preprint, authors=None) == [("venue", "arXiv preprint arXiv:2403.06764", "ECCV")]


def venues(**types: str) -> Vocabulary:
    names = {
        "ACL": "Annual Meeting of the Association for Computational Linguistics",
        "Findings_of_ACL": "Findings of the Association for Computational Linguistics: ACL",
        "Findings_of_EMNLP": "Findings of the Association for Computational Linguistics: EMNLP",
        "ICML": "International Conference on Machine Learning",
        "ICMLW": "Workshops of the International Conference on Machine Learning",
        "ICCV": "IEEE/CVF International Conference on Computer Vision",
        "ECCV": "European Conference on Computer Vision",
    }
    made = {}
    for key, kind in types.items():
        label = key.replace("_", " ")
        made[label] = Venue.model_validate(
            {
                "key": label,
                "label": label.replace("ICMLW", "ICML Workshop"),
                "definition": names[key],
                "type": kind,
            }
        )
    return Vocabulary({"venue": made})


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("Proceedings of the 62nd Annual Meeting of the Association for Computational Linguistics", "ACL"),
        ("Findings of the Association for Computational Linguistics: ACL 2024", "Findings of ACL"),
        ("Findings of the ACL: EMNLP 2023", "Findings of EMNLP"),
        ("Forty-first International Conference on Machine Learning", "ICML"),
        ("ICML'24", "ICML"),
        ("ICML 2024 Workshop on Efficient Systems", "ICMLW"),
        ("Workshop on Efficient Systems for Foundation Models II @ ICML2024", "ICMLW"),
        ("International Conference on Machine Learning Workshops", "ICMLW"),
        ("Proceedings of the IEEE/CVF International Conference on Computer Vision", "ICCV"),
        ("Proceedings of the IEEE international conference on computer vision", "ICCV"),
        ("Computer Vision – ECCV 2024: 18th European Conference", "ECCV"),
        ("Journal of Nothing", None),
        ("", None),
    ],
)
def test_a_booktitle_names_its_venue_and_never_the_main_conference_for_a_side_event(
    text: str, venue: str | None
) -> None:
    vocabulary = venues(
        ACL="conference",
        Findings_of_ACL="findings",
        Findings_of_EMNLP="findings",
        ICML="conference",
        ICMLW="workshop",
        ICCV="conference",
        ECCV="conference",
    )
    assert resolve_venue(text, vocabulary) == venue


def test_findings_and_workshops_resolve_to_nothing_where_only_the_conference_is_known() -> None:
    vocabulary = venues(ACL="conference", ICML="conference")
    assert (
        resolve_venue("Findings of the Association for Computational Linguistics: ACL 2024", vocabulary)
        is None
    )
    assert resolve_venue("ICML 2024 Workshop on Efficient Systems", vocabulary) is None


def with_real_venues(**journals: str) -> Vocabulary:
    """This repository's own venues, and journals besides."""
    terms = dict(Vocabulary.load(REPOSITORY / "papers" / "vocabulary")["venue"])
    for key, name in journals.items():
        terms[key] = Venue(key=key, label=key, definition=name, type="journal")
    return Vocabulary({"venue": terms})


REAL_VENUES = with_real_venues(Quantum="Quantum", Nature="Nature")


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("Quantum", "Quantum"),
        ("Nature, vol. 12, no. 3", "Nature"),
        ("Proc. AAAI", "AAAI"),
        ("AAAI 2024, Vancouver", "AAAI"),
        ("ICLR (Poster)", "ICLR"),
        ("ICML July 2024", "ICML"),
        ("To appear in ICML", "ICML"),
        ("Annual Meeting of the ACL", "ACL"),
        ("ACL/IJCNLP (1)", "ACL"),
        ("IEEE ICRA", "ICRA"),
        ("ESEC/FSE 2023", "FSE"),
        ("Interspeech 2023, Dublin, Ireland", "Interspeech"),
        ("The Twelfth International Conference on Learning Representations", "ICLR"),
        ("Forty-second International Conference on Machine Learning Position Paper Track", "ICML"),
        ("Proceedings of the 41st International Conference on Machine Learning, ICML 2024, Vienna", "ICML"),
        ("Advances in Neural Information Processing Systems 37", "NeurIPS"),
        ("31st International Conference on Neural Information Processing Systems", "NeurIPS"),
        (
            "Thirty-eight Conference on Neural Information Processing Systems Datasets and Benchmarks Track",
            "NeurIPS",
        ),
        ("2024 IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)", "CVPR"),
        ("Computer Vision - ECCV 2024 - 18th European Conference, Milan, Proceedings, Part IX", "ECCV"),
        ("MM '24: Proceedings of the 32nd ACM International Conference on Multimedia", "ACM MM"),
        ("KDD '22: The 28th ACM SIGKDD Conference on Knowledge Discovery and Data Mining, USA", "KDD"),
        ("2023 Design, Automation & Test in Europe Conference & Exhibition (DATE)", "DATE"),
        ("IEEE International Conference on Acoustics, Speech, and Signal Processing", "ICASSP"),
        (
            "59th Annual Meeting of the Association for Computational Linguistics and the 11th IJCNLP (1)",
            "ACL",
        ),
        ("Findings of the Association for Computational Linguistics: EMNLP 2024", "Findings of EMNLP"),
        ("Findings of the Association for Computational Linguistics: ACL-IJCNLP 2021", "Findings of ACL"),
        ("Workshop on Efficient Systems at the International Conference on Machine Learning", "ICMLW"),
        ("arXiv e-prints, page arXiv:2403.06764", "arXiv"),
        ("CoRR abs/2403.06764", "arXiv"),
    ],
)
def test_a_venue_is_known_among_proceedings_ordinals_tracks_places_and_months(text: str, venue: str) -> None:
    assert resolve_venue(text, REAL_VENUES) == venue


@pytest.mark.parametrize(
    "text",
    [
        "ACM Transactions on Quantum Computing",
        "ACM TRANSACTIONS ON QUANTUM COMPUTING",
        "npj Quantum Information",
        "Nature Physics",
        "Physics, Nature and Quantum",
        "International Conference on Machine Learning and Applications",
        "2023 International Conference on Machine Learning and Applications (ICMLA)",
        "International Conference on Machine Learning and Applications Workshops",
        "SIGKDD Explorations",
        "International Conference on Computer Vision and Graphics",
        "IJCV and Robotics",
        "International Conference on Robotics and Automation Engineering",
        "International Conference on Artificial Intelligence",
        "ACM Transactions on Multimedia",
        "IEEE Transactions on Image Processing II",
        "European Chapter of the ACL",
        "Under review at ICLR 2024",
        "Findings of the Association for Computational Linguistics: EACL 2023",
    ],
)
def test_a_name_that_is_part_of_another_venues_name_is_not_that_venue(text: str) -> None:
    assert resolve_venue(text, REAL_VENUES) is None


# ------------------------------------------------------------------------------------------ carry over

PUBLISHED = """@inproceedings{chen2024image, title = {Token pruning for {LLM}s}, author = {Bo, Ada},
  booktitle = {European Conference on Computer Vision}, pages = {19--35}, volume = {15},
  publisher = {Springer \\& Co}, editor = {Leonardis, Ale{\\v{s}} and Ricci, Elisa}, month = "October",
  doi = {https://doi.org/10.1007/978-3-031-73004-7\\_2}, organization = {X}, year = {2024}}"""


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


def test_every_paper_of_the_small_catalogue_has_an_entry_that_agrees() -> None:
    for record in Catalogue.load(MINI):
        entry = parse_entry(render(record, VOCABULARY))
        assert disagreements(entry, record, VOCABULARY) == []
