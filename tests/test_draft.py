"""Drafts: which are about one paper, and what is decided where claims contradict each other."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalogue import Catalogue
from catalog.draft import (
    Authority,
    Claim,
    Draft,
    are_one_paper,
    disown,
    disown_code,
    group,
    may_be_one_person,
    merge,
    settle,
)
from catalog.vocabulary import Vocabulary
from tests.conftest import MINI

TOCA = "Accelerating Diffusion Transformers with Token-wise Feature Caching"
DUCA = "Accelerating Diffusion Transformers with Dual Feature Caching"
FASTV = "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-Play Inference Acceleration for LVLMs"
FASTV_PREPRINT = "An Image is Worth 1/2 Tokens After Layer 2: Plug-and-PLay Acceleration for VLLM Inference"


def draft(title: str, source: str = "a", authority: Authority = Authority.LIST, **fields: object) -> Draft:
    values = {"title": title, "listed_in": source, **fields}
    return Draft({name: (Claim(value, source, authority),) for name, value in values.items()})


def together(*drafts: Draft) -> bool:
    return len(group(drafts)) == 1


# ------------------------------------------------------------------------------ the same paper


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (draft(TOCA), draft(TOCA.upper() + ".")),
        (draft("F³-Pruning of Tokens"), draft("F3-Pruning of Tokens")),
        (draft(FASTV, arxiv="2403.06764"), draft(FASTV_PREPRINT, arxiv="2403.06764")),
        (
            draft("HICom:Hybrid-Level Instruction Injection", arxiv="1"),
            draft("Hybrid-Level Instruction Injection", arxiv="1"),
        ),
        (
            draft("EViT: Expediting ViTs", arxiv="1"),
            draft("Not all patches are what you need: Expediting ViTs", arxiv="1"),
        ),
        (
            draft("HiRED: Attention-Guided Token Dropping", arxiv="1"),
            draft("HiRED: Attention-Guided Token Dropping in Edge Devices", arxiv="1"),
        ),
        (
            draft("DynamicViT: Dynamic Token Sparsificationr"),
            draft("DynamicViT: Dynamic Token Sparsification"),
        ),
        (draft(FASTV, openreview="a", arxiv="1"), draft(f"{FASTV}s", openreview="b", arxiv="1")),
        (draft(FASTV, doi="10.48550/arxiv.1"), draft(f"{FASTV}s", doi="10.1000/1")),
        (
            draft("Video Merging for Long-form Video Understandin", arxiv="1"),
            draft("Video Merging for Long Video Understanding", arxiv="1"),
        ),
    ],
)
def test_one_paper_under_two_spellings_is_one(one: Draft, other: Draft) -> None:
    assert together(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (draft(TOCA, arxiv="2410.05317"), draft(DUCA, arxiv="2410.05317")),
        (draft("Token Fusion", arxiv="2312.01026"), draft("Agent Attention", arxiv="2312.01026")),
        (
            draft("PPT: Token Pruning and Pooling", name="PPT"),
            draft("PPT: token-Pruned Pose Transformer", name="PPT"),
        ),
        (
            draft("LLaVA-UHD v2: Compression for Resolution"),
            draft("LLaVA-UHD v3: Compression for Resolution"),
        ),
        (
            draft("LLaVA-UHD v2: Compression for Resolution", arxiv="1"),
            draft("LLaVA-UHD v3: Compression for Resolution", arxiv="1"),
        ),
        (draft(f"{FASTV} Part I"), draft(f"{FASTV} Part II")),
        (draft(f"{FASTV} (Part A)"), draft(f"{FASTV} (Part B)")),
        (draft(f"{FASTV} Part I", arxiv="1"), draft(f"{FASTV} Part II", arxiv="1")),
        (draft(f"{FASTV} Part One", authors=("A Li",)), draft(f"{FASTV} Part Two", authors=("A Li",))),
        (draft(FASTV, openreview="a"), draft(f"{FASTV}s", openreview="b")),
        (
            draft(FASTV, authors=("A Li",), arxiv="1"),
            draft(FASTV.replace("LVLMs", "LLMs"), authors=("A Li",), arxiv="2"),
        ),
        (
            draft("Tokens are all you need", authors=("A Li",)),
            draft("Tokens are all we need", authors=("B Wu",)),
        ),
    ],
)
def test_two_papers_with_something_in_common_stay_two(one: Draft, other: Draft) -> None:
    assert not together(one, other)


def test_a_third_draft_that_knows_both_titles_brings_them_together() -> None:
    verified = draft("SparseDiT: Token Sparsification", former_titles="FlexDiT: Dynamic Token Density")
    assert together(
        draft("FlexDiT: Dynamic token density"), draft("SparseDiT: Token sparsification"), verified
    )


@given(
    st.permutations(
        [TOCA, DUCA, FASTV, FASTV_PREPRINT, "ToMe: Your ViT But Faster", "ToMe: your vit but faster"]
    )
)
def test_groups_do_not_depend_on_order(titles: list[str]) -> None:
    found = {frozenset(titles[position] for position in each) for each in group([draft(t) for t in titles])}
    assert frozenset({"ToMe: Your ViT But Faster", "ToMe: your vit but faster"}) in found
    assert len(found) == 5


_EDITS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 2), st.sampled_from(["", "x", " ", "7", "ing"])), max_size=4
)


@st.composite
def _misspelt_drafts(draw: st.DrawFn) -> Draft:
    title = draw(st.sampled_from([TOCA, DUCA, FASTV_PREPRINT, "Token Merging", "!", ""]))
    for place, letters, instead in draw(_EDITS):
        title = title[:place] + instead + title[place + letters :]
    facts = {
        "authors": draw(st.sampled_from([None, ("Ada Bo", "Cy Du"), ("A. Bo",), ("Eve Fu", "Ada Bo")])),
        "arxiv": draw(st.sampled_from([None, None, "1", "2", "3"])),
        "former_titles": draw(st.sampled_from([None, None, TOCA, "Merging of Tokens"])),
    }
    return draft(title, **{name: value for name, value in facts.items() if value})


@given(st.lists(_misspelt_drafts(), max_size=12))
def test_one_paper_is_found_as_if_each_draft_were_compared_with_every_other(drafts: list[Draft]) -> None:
    together = [{position} for position in range(len(drafts))]
    for one, other in combinations(range(len(drafts)), 2):
        if are_one_paper(drafts[one], drafts[other]):
            united = next(each for each in together if one in each) | next(e for e in together if other in e)
            together = [*(each for each in together if each.isdisjoint(united)), united]
    assert sorted(map(sorted, together)) == sorted(map(sorted, group(drafts)))


# ------------------------------------------------------------------------------ links of another paper


def test_an_identifier_stays_with_the_paper_for_which_it_is_verified() -> None:
    verified = merge([draft(TOCA, arxiv="1"), draft(TOCA, "v", Authority.VERIFIED, arxiv="1")])
    (toca, duca), taken = disown([verified, draft(DUCA, arxiv="1")])
    assert list(toca.values("arxiv")) == ["1", "1"]
    assert list(duca.values("arxiv")) == []
    assert [(each.position, each.owner) for each in taken] == [(1, 0)]


def test_an_identifier_that_nothing_decides_belongs_to_nobody() -> None:
    drafts, taken = disown([draft(TOCA, arxiv="1"), draft(DUCA, arxiv="1")])
    assert not any(each.identifiers for each in drafts)
    assert {each.owner for each in taken} == {-1}


def test_a_repository_named_after_another_method_is_taken_away_and_a_shared_one_is_not() -> None:
    link = "https://github.com/microsoft/LLMLingua"
    drafts = [
        draft("LLMLingua: Prompts", name="LLMLingua", code=link),
        draft("LongLLMLingua: Long Prompts", name="LongLLMLingua", code=link),
        draft("SparseVLM: Tokens", name="SparseVLM", code=link),
    ]
    kept, taken = disown_code(drafts)
    assert [list(each.values("code")) for each in kept] == [[link], [link], []]
    assert [each.position for each in taken] == [2]


# ------------------------------------------------------------------------------ decisions


def decide(catalogue: Catalogue, *drafts: Draft) -> dict[str, object]:
    return settle(merge(drafts), catalogue.vocabulary).data


def test_verified_metadata_beats_lists_and_says_so(mini_catalogue: Catalogue) -> None:
    listed = draft("T of Tokens", appearance=("CVPR", 2024))
    verified = draft("T of Tokens", "verified: dblp", Authority.VERIFIED, appearance=("ECCV", 2024))
    settled = settle(merge([listed, verified]), mini_catalogue.vocabulary)
    assert (settled.data["venue"], settled.provenance["venue"]) == ("ECCV", "verified: dblp")
    assert settled.conflicts[0].because == "verified: dblp"


def test_a_published_venue_upgrades_a_preprint_without_conflict(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("T of Tokens", "a", appearance=("arXiv", 2024), arxiv="2410.05317"),
        draft("T of Tokens", "b", appearance=("ICLR", 2025)),
    ]
    settled = settle(merge(drafts), mini_catalogue.vocabulary)
    assert (settled.data["venue"], settled.data["year"]) == ("ICLR", 2025)
    assert settled.conflicts == []


def test_a_paper_of_a_venue_that_is_not_known_here_is_no_mere_preprint(mini_catalogue: Catalogue) -> None:
    on_arxiv = draft("T", "arXiv", Authority.VERIFIED, arxiv="2403.06764", appearance=("arXiv", 2024))
    entry = draft("T", "BibTeX", place="Journal of Nothing", year=2025)
    assert decide(mini_catalogue, on_arxiv)["venue"] == "arXiv"
    settled = decide(mini_catalogue, on_arxiv, entry)
    assert (settled.get("venue"), settled["year"]) == (None, 2025)
    published = draft("T", "Crossref", Authority.VERIFIED, appearance=("ECCV", 2024))
    settled = decide(mini_catalogue, on_arxiv, entry, published)
    assert (settled["venue"], settled["year"]) == ("ECCV", 2024)


def test_a_preprint_has_the_year_of_its_arxiv_id(mini_catalogue: Catalogue) -> None:
    data = decide(mini_catalogue, draft("T of Tokens", appearance=("arXiv", 2024), arxiv="2501.00375"))
    assert (data["venue"], data["year"], data["published"]) == ("arXiv", 2025, "2025-01")


def test_a_year_is_from_whoever_says_it_and_else_from_the_arxiv_id(mini_catalogue: Catalogue) -> None:
    claims = [
        draft("T of Tokens", "a", appearance=("arXiv", 2024), arxiv="2501.00375"),
        draft("T of Tokens", "b", appearance=("arXiv", 2025), arxiv="2501.00375"),
    ]
    both = settle(merge(claims), mini_catalogue.vocabulary)
    assert (both.data["year"], both.provenance["year"]) == (2025, "b")
    settled = settle(claims[0], mini_catalogue.vocabulary)
    assert (settled.data["year"], settled.provenance["year"]) == (2025, "arXiv:2501.00375")
    (conflict,) = settled.conflicts
    assert (conflict.field, conflict.taken, conflict.because) == ("year", 2025, "the arXiv id")


@pytest.mark.parametrize("venue", ["ICLR", "arXiv"])
@pytest.mark.parametrize("years", [[None], [2023, 2024]])
def test_a_year_that_nobody_names_or_that_is_disputed_has_no_source(
    mini_catalogue: Catalogue, venue: str, years: list[int | None]
) -> None:
    drafts = [draft("T of Tokens", f"list-{year}", appearance=(venue, year)) for year in years]
    settled = settle(merge(drafts), mini_catalogue.vocabulary)
    assert settled.data["venue"] == venue
    assert "year" not in settled.data
    assert "year" not in settled.provenance


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("appearance", ("CVPR", 2024), ("ECCV", 2024)),
        ("training", "free", "based"),
        ("parametric", True, False),
        ("code", "https://github.com/a/x", "https://github.com/b/y"),
    ],
)
def test_lists_that_disagree_are_reported_and_the_field_stays_unknown(
    mini_catalogue: Catalogue, name: str, one: object, other: object
) -> None:
    settled = settle(
        merge([draft("T of Tokens", "a", **{name: one}), draft("T of Tokens", "b", **{name: other})]),
        mini_catalogue.vocabulary,
    )
    assert not {"venue", "training", "parametric", "links"} & set(settled.data)
    assert [conflict.taken for conflict in settled.conflicts] == [None]


def test_of_two_repositories_the_one_named_after_the_method_is_taken(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("TempMe: Temporal Tokens", "a", name="TempMe", code="https://github.com/X-PLUG/mPLUG-DocOwl"),
        draft("TempMe: Temporal Tokens", "b", code="https://github.com/LunarShen/TempMe"),
    ]
    assert decide(mini_catalogue, *drafts)["links"] == {"code": ["https://github.com/LunarShen/TempMe"]}


def test_spellings_of_one_repository_do_not_disagree(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("T of Tokens", "a", code="http://www.github.com/RaoYongming/DynamicViT.git"),
        draft("T of Tokens", "b", code="https://github.com/raoyongming/DynamicViT"),
    ]
    assert settle(merge(drafts), mini_catalogue.vocabulary).conflicts == []


def test_the_title_is_what_most_lists_say_and_in_the_papers_own_capitals(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("VASparse: Efficient Mitigation", "a"),
        draft("VASPARSE: EFFICIENT MITIGATION", "b"),
        draft("VASparse: Efficient Mitigation for Vision", "c"),
    ]
    settled = settle(merge(drafts), mini_catalogue.vocabulary)
    assert settled.data["title"] == "VASparse: Efficient Mitigation"
    assert settled.data["former_titles"] == ["VASparse: Efficient Mitigation for Vision"]
    assert settled.provenance["former_titles"] == "c"


def test_slips_of_the_pen_are_no_former_titles(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("Hybrid-Level Injection for Tokens", "v", Authority.VERIFIED),
        draft("HICom: Hybrid-Level Injection for Tokens", "a"),
        draft("Hybrid-Level Injection for Tokenss", "b"),
    ]
    assert "former_titles" not in decide(mini_catalogue, *drafts)


def test_a_renamed_method_gets_its_published_name(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("FlexDiT: Dynamic Token Density Control", "a", name="FlexDiT"),
        draft("SparseDiT: Token Sparsification", "v", Authority.VERIFIED),
    ]
    assert decide(mini_catalogue, *drafts)["name"] == "SparseDiT"


@pytest.mark.parametrize(("head", "kept"), [("toca", "ToCa"), ("TOCA", "TOCA")])
def test_a_title_takes_capitals_from_the_methods_name_and_loses_none_to_it(
    mini_catalogue: Catalogue, head: str, kept: str
) -> None:
    data = decide(mini_catalogue, draft(f"{head}: Token-wise Caching", "a", name="ToCa"))
    assert (data["title"], data["name"]) == (f"{kept}: Token-wise Caching", "ToCa")


def test_the_more_detailed_of_agreeing_author_lists_is_taken(mini_catalogue: Catalogue) -> None:
    drafts = [
        draft("T of Tokens", "a", authors=("Kris Kitani", "László Jeni")),
        draft("T of Tokens", "b", authors=("Kris M Kitani", "Laszlo Attila Jeni")),
    ]
    assert decide(mini_catalogue, *drafts)["authors"] == ["Kris M Kitani", "Laszlo Attila Jeni"]


def test_authors_with_and_without_a_suffix_are_the_same_and_the_suffix_is_kept(
    mini_catalogue: Catalogue,
) -> None:
    drafts = (
        draft("T of Tokens", "a", authors=("Sammy Davis", "Liang Chen")),
        draft("T of Tokens", "b", authors=("Sammy Davis Jr.", "Liang Chen")),
    )
    assert decide(mini_catalogue, *drafts)["authors"] == ["Sammy Davis Jr.", "Liang Chen"]


def test_two_first_authors_of_one_suffix_are_not_one() -> None:
    one, other = (draft(TOCA, authors=(name,)) for name in ("Sammy Davis Jr.", "Robert Downey Jr."))
    assert one.first_authors.isdisjoint(other.first_authors)
    assert not may_be_one_person("Sammy Davis Jr.", "Sammy Downey Jr.")
    assert may_be_one_person("Sammy Davis Jr.", "S. Davis")


def test_terms_of_all_lists_are_united_in_the_vocabularys_order(mini_catalogue: Catalogue) -> None:
    drafts = [draft("T of Tokens", "a", mechanism="merging"), draft("T of Tokens", "b", mechanism="pruning")]
    assert decide(mini_catalogue, *drafts)["mechanism"] == ["pruning", "merging"]


def test_what_a_title_says_fills_only_what_no_list_says(mini_catalogue: Catalogue) -> None:
    title = draft("Token Merging Beyond", "title", Authority.TITLE, mechanism="merging", training="free")
    data = decide(mini_catalogue, draft("Token Merging Beyond", "a", mechanism="pruning"), title)
    assert (data["mechanism"], data["training"]) == (["pruning"], "free")


CLAIMS = [
    draft("T of Tokens", "a", appearance=("CVPR", 2024), training="free", code="https://github.com/a/x"),
    draft("T of tokens", "b", appearance=("ECCV", 2024), training="free", name="TT"),
    draft("TT: T of Tokens", "c", appearance=("arXiv", 2024), arxiv="2401.00001", authors=("A B", "C D")),
    draft("T of Tokens", "v", Authority.VERIFIED, openreview="abcdef", authors=("A B", "C Dé")),
]


@given(st.permutations(CLAIMS))
def test_decisions_do_not_depend_on_order(claims: list[Draft]) -> None:
    vocabulary = Vocabulary.load(MINI / "papers" / "vocabulary")
    assert settle(merge(claims), vocabulary) == settle(merge(CLAIMS), vocabulary)
