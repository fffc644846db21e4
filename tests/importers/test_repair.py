"""Damage in lists: wrong decoding, global replacements, broken BibTeX, odd links and names."""

from __future__ import annotations

from time import process_time

import pytest
from ftfy.badness import badness
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.importers import damage, links, text
from catalog.importers.damaged_bibtex import read_damaged
from catalog.importers.mojibake import repair

READABLE = "⭐ 🔥 Jürgen’s “Token” – Don’t look twice, Σ 3² — Gabríel！"


@pytest.mark.parametrize("codec", ["mac_roman", "sloppy-windows-1252"])
def test_utf8_that_was_read_in_another_encoding_is_put_right(codec: str) -> None:
    broken = "".join(c if c.isascii() else c.encode().decode(codec) for c in READABLE)
    assert badness(broken) > 0
    assert repair(broken) == READABLE
    assert badness(repair(broken)) == 0


@pytest.mark.parametrize(
    "words",
    [
        "José",
        "Möbius",
        "mañana",
        "crème",
        "Réduction",
        "maître",
        "São Paulo",
        "Škoda",
        "Señor İlker",
        "Ångström",
    ],
)
@pytest.mark.parametrize("codec", ["mac_roman", "sloppy-windows-1252"])
def test_a_letter_with_an_accent_is_not_taken_for_a_stroke_below_the_one_in_front(
    words: str, codec: str
) -> None:
    broken = "".join(c if c.isascii() else c.encode().decode(codec) for c in words)
    assert repair(broken) == words


def test_an_accent_that_was_written_by_itself_stays_on_its_letter() -> None:
    accented = "Cafe\N{COMBINING ACUTE ACCENT} nai\N{COMBINING DIAERESIS}ve"
    broken = "".join(c if c.isascii() else c.encode().decode("mac_roman") for c in accented)
    assert repair(broken) == accented


def test_what_would_become_an_accent_on_no_letter_stays_as_it_is() -> None:
    assert repair("Pruning 1ÃÖ and Tokens ÃÅ") == "Pruning 1ÃÖ and Tokens ÃÅ"


@given(
    st.lists(st.sampled_from(["Jürgen", "–", "“Token”", "F³", "Müller’s", "×", "≈", "Ł", "La", "Σ", "α…"]))
)
def test_text_that_was_never_damaged_stays_as_it_is(words: list[str]) -> None:
    assert repair(" ".join(words)) == " ".join(words)


def test_a_page_that_says_caching_often_and_cache_never_was_rewritten() -> None:
    assert damage.was_replaced("KV Caching, " * 10)
    assert not damage.was_replaced("Token Caching with a cache, " * 10)
    assert not damage.was_replaced("Feature Caching")


@pytest.mark.parametrize(
    ("damaged", "repaired", "certain"),
    [
        ("MiniCaching: KV Caching Compression", "MiniCache: KV Cache Compression", True),
        ("Adaptive kv Caching compression for llms", "Adaptive kv cache compression for llms", True),
        ("CachingBlend: Serving with Cachingd Knowledge", "CacheBlend: Serving with Cached Knowledge", True),
        ("You only Caching once", "You only cache once", True),
        ("Reducing Key-Value Caching Size", "Reducing Key-Value Cache Size", True),
        ("Efficient Knowledge Caching for Generation", "Efficient Knowledge Caching for Generation", False),
        ("CORM: Caching Optimization", "CORM: Caching Optimization", False),
    ],
)
def test_cache_is_put_back_where_that_is_certain(damaged: str, repaired: str, certain: bool) -> None:
    assert damage.repair_title(damaged, replaced=True) == damage.Repaired(repaired, certain)


def test_nothing_is_put_back_on_a_page_that_was_not_rewritten() -> None:
    title = "Accelerating Diffusion Transformers with Token-wise Feature Caching"
    assert damage.repair_title(title, replaced=False) == damage.Repaired(title)
    assert damage.repair_link("https://github.com/a/KVCaching", replaced=False).endswith("KVCaching")


@pytest.mark.parametrize(
    ("bibtex", "venue"),
    [
        ("@inproceedings{a2021b,\n title={T},\n booktitle=NIPS,\n volume={34},\n year={2021}\n}", "NIPS"),
        ("@inproceedings{a2023b,\n title={T},\n booktitle={ICCV},\n year={2023}\n", "ICCV"),
        ("@inproceedings {298683,\n title={{T}},\n booktitle={OSDI},\n year={2024},\n month=jul\n}", "OSDI"),
    ],
)
def test_bibtex_is_read_in_spite_of_its_damage(bibtex: str, venue: str) -> None:
    entry = read_damaged(bibtex)
    assert entry is not None
    assert (entry.title, entry.venue_text) == ("T", venue)


@given(st.text(alphabet='@{}=,\n "article title year NIPS 2024\\', max_size=120))
@example("@{0")
def test_bibtex_that_is_garbage_is_none_or_an_entry(garbage: str) -> None:
    entry = read_damaged(garbage)
    assert entry is None or entry.type


@pytest.mark.parametrize(
    ("url", "identifiers"),
    [
        ("https://arxiv.org/pdf/2411.12593v3", {"arxiv": "2411.12593"}),
        ("https://arxiv.org/abs/2402.03766.pdf", {"arxiv": "2402.03766"}),
        ("http://www.arxiv.org/html/2409.14607v1#S3", {"arxiv": "2409.14607"}),
        ("https://doi.org/10.48550/arXiv.2408.16532", {"arxiv": "2408.16532"}),
        ("https://openreview.net/pdf?id=GTcEe5fayC", {"openreview": "GTcEe5fayC"}),
        ("https://aclanthology.org/2023.findings-emnlp.909.pdf", {"anthology": "2023.findings-emnlp.909"}),
        ("https://aclanthology.org/D19-1006/", {"anthology": "D19-1006"}),
        ("https://dl.acm.org/doi/pdf/10.1145/3534678.3539260", {"doi": "10.1145/3534678.3539260"}),
        (
            "https://direct.mit.edu/tacl/article-pdf/doi/10.1162/tacl_a_00716/2480391/tacl_a_00716.pdf",
            {"doi": "10.1162/tacl_a_00716"},
        ),
    ],
)
def test_identifiers_are_read_out_of_links(url: str, identifiers: dict[str, str]) -> None:
    assert links.read_paper_link(url).identifiers == identifiers


def test_the_pdf_and_the_abstract_of_proceedings_are_one_page() -> None:
    pdf = "https://openaccess.thecvf.com/content/CVPR2025/papers/Zhao_A_CVPR_2025_paper.pdf"
    page = "https://openaccess.thecvf.com/content/CVPR2025/html/Zhao_A_CVPR_2025_paper.html"
    assert links.read_paper_link(pdf).url == links.read_paper_link(page).url == page


@pytest.mark.parametrize(
    ("line", "names", "complete"),
    [
        ("Rao, Yongming and Hsieh, Cho-Jui.", ("Yongming Rao", "Cho-Jui Hsieh"), True),
        (
            "Michael Ryoo, AJ Piergiovanni, and Anurag Arnab",
            ("Michael Ryoo", "AJ Piergiovanni", "Anurag Arnab"),
            True,
        ),
        ("Renshan Zhang, Yibo Lyu and Liqiang Nie.", ("Renshan Zhang", "Yibo Lyu", "Liqiang Nie"), True),
        ("Krishna C. Puvvada, Nithin Rao Koluguri", ("Krishna C. Puvvada", "Nithin Rao Koluguri"), True),
        ("Wit, EC and Gillette, Marie", ("EC Wit", "Marie Gillette"), True),
        ("Lin, Yingyan (Celine)", ("Yingyan Celine Lin",), True),
        ("Kong, Zhenglun and Tang, Hao and others.", ("Zhenglun Kong", "Hao Tang"), False),
        ("Zichen Wen, Yifeng Gao, et al.", ("Zichen Wen", "Yifeng Gao"), False),
    ],
)
def test_authors_are_read_whichever_way_round(line: str, names: tuple[str, ...], complete: bool) -> None:
    assert text.parse_authors(line) == text.Authors(names, complete)


@given(st.text(max_size=120))
@example("\U000f205f")
@example("Jane Doe, &#8287;")
def test_cleaning_is_done_after_one_time(title: str) -> None:
    cleaned = text.clean_title(title)
    assert cleaned == cleaned.strip()
    assert "\n" not in cleaned
    assert text.parse_authors(title).names == tuple(
        " ".join(n.split()) for n in text.parse_authors(title).names
    )


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Is &#42;&#42;it&#42;&#42; &#36;x&#36;?", "Is **it** $x$?"),
        ("Mail <span>&#64;</span>someone &lt;b&gt;now&lt;/b&gt;", "Mail @someone <b>now</b>"),
        ("Ends in dots&#46;&#46;&#46;", "Ends in dots..."),
        ("“Quoted”, isn’t it", '"Quoted", isn\'t it'),
    ],
)
def test_what_a_list_writes_as_a_reference_is_meant_literally(title: str, read: str) -> None:
    assert text.clean_title(title) == read


def test_authors_whose_names_hold_what_divides_names_are_written_with_references() -> None:
    assert text.parse_authors("A&#44; B &#97;nd C Group and Ann Lee.").names == (
        "A, B and C Group",
        "Ann Lee",
    )


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://www.frontiersin.org/articles/10.3389/fmars.2019.00222/full", "10.3389/fmars.2019.00222"),
        ("frontiersin.org/journals/x/articles/10.3389/fmars.2019.00222/pdf", "10.3389/fmars.2019.00222"),
        ("https://iopscience.iop.org/article/10.1088/1748-9326/ab1234/meta", "10.1088/1748-9326/ab1234"),
        ("https://onlinelibrary.wiley.com/doi/10.1111/gcb.1/abstract", "10.1111/gcb.1"),
        ("https://www.biorxiv.org/content/10.1101/2020.01.01.1234v1.full.pdf", "10.1101/2020.01.01.1234"),
        (
            "https://journals.plos.org/plosone/article/file?id=10.1371/journal.pone.0130312&type=printable",
            "10.1371/journal.pone.0130312",
        ),
        ("https://doi.org/10.21203/rs.3.rs-123/v1", "10.21203/rs.3.rs-123/v1"),
        ("10.21203/rs.3.rs-123/full", "10.21203/rs.3.rs-123/full"),
    ],
)
def test_what_a_publisher_has_behind_a_doi_is_no_part_of_it(text: str, doi: str) -> None:
    assert links.read_doi(text) == {"doi": doi}


@pytest.mark.parametrize("less", ["<", "%3C"])
def test_a_doi_with_angle_brackets_is_not_cut_short_there(less: str) -> None:
    assert links.read_doi(f"https://doi.org/10.1175/1520(1999)012{less}2679:TSOTEA>2.0.CO;2") == {}
    assert links.read_doi("<https://doi.org/10.1145/363>") == {"doi": "10.1145/363"}


def test_many_dois_without_an_end_are_read_in_a_moment() -> None:
    started = process_time()
    assert links.in_angle_brackets("10.1234/" * 20_000) is None
    assert process_time() - started < 1


def test_a_doi_keeps_the_parenthesis_that_it_ends_in() -> None:
    assert links.read_doi("doi:10.1016/0364-0213(90)90002-E") == {"doi": "10.1016/0364-0213(90)90002-E"}
    assert links.read_doi("(https://doi.org/10.1145/1234(2))") == {"doi": "10.1145/1234(2)"}


def test_the_industry_track_is_not_the_main_conference() -> None:
    assert links.venue_of_anthology("2025.acl-industry.12") == ("ACL Industry", 2025)
    assert links.venue_of_anthology("2025.acl-long.12") == ("ACL", 2025)
