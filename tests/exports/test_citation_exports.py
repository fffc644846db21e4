"""Plain-text citations in the APA and IEEE styles."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location

import pytest

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports import citations


def lines(style: str, catalogue: Catalogue) -> list[str]:
    return exports.get(style).text(catalogue, catalogue).splitlines()


def test_apa_cites_a_conference_paper(mini_catalogue: Catalogue) -> None:
    assert (
        "Bolya, D., Fu, C.-Y., Dai, X., Zhang, P., Feichtenhofer, C., & Hoffman, J. (2023). Token Merging: "
        "Your ViT But Faster. International Conference on Learning Representations. "
        "https://arxiv.org/abs/2210.09461"
    ) in lines("apa", mini_catalogue)


def test_apa_cites_a_journal_paper_with_groups_and_particles(rich_catalogue: Catalogue) -> None:
    assert (
        "van der Maaten, L., Davis, S., Jr., Qwen Team, & Šimek, É. (2024). Is a Token Worth It? 50% & "
        "Up: {x_1} Søren's #1. IEEE Transactions on Pattern Analysis and Machine Intelligence, "
        "46(3), 12–34. https://doi.org/10.1109/TPAMI.2024.1234567"
    ) in lines("apa", rich_catalogue)


def test_apa_shortens_more_than_twenty_authors_and_names_a_preprint(rich_catalogue: Catalogue) -> None:
    (preprint,) = [line for line in lines("apa", rich_catalogue) if "Very Many" in line]
    assert "NumberS, A., … NumberY, A. (2022). A Paper by Very Many (arXiv:2201.01234). arXiv." in preprint
    assert "NumberT" not in preprint


def test_apa_is_in_alphabetical_order(rich_catalogue: Catalogue) -> None:
    first_words = [line.split(",")[0].split(".")[0] for line in lines("apa", rich_catalogue)]
    assert first_words == [
        *["A Paper of Which Little Is Known: Müller's Théorie", "Bolya", "Chen", "Liu", "NumberA", "Rao"],
        *["Sign", "van der Maaten", "Zou"],
    ]


def test_a_title_that_takes_the_authors_place_comes_once(mini_catalogue: Catalogue) -> None:
    assert "A Paper of Which Little Is Known: Müller's Théorie. (n.d.)." in lines("apa", mini_catalogue)


def test_ieee_numbers_in_the_order_of_the_papers(mini_catalogue: Catalogue) -> None:
    cited = lines("ieee", mini_catalogue)
    assert [line.split(" ")[0] for line in cited] == [f"[{n}]" for n in range(1, 7)]
    assert cited[1] == (
        "[2] Y. Rao, W. Zhao, B. Liu, J. Lu, J. Zhou, and C.-J. Hsieh, “DynamicViT: Efficient Vision "
        "Transformers with Dynamic Token Sparsification,” in Advances in Neural Information Processing "
        "Systems, 2021. [Online]. Available: https://arxiv.org/abs/2106.02034"
    )


def test_ieee_abbreviates_many_authors(mini_catalogue: Catalogue) -> None:
    assert lines("ieee", mini_catalogue)[2].startswith("[3] L. Chen et al., “An Image is Worth 1/2 Tokens")


def test_a_question_ends_without_a_second_mark(rich_catalogue: Catalogue) -> None:
    paper = rich_catalogue["fastv"].model_copy(update={"title": "Is It Worth It?"})
    assert "Is It Worth It? European" in exports.get("apa").text([paper], rich_catalogue)
    assert "“Is It Worth It?” in European" in exports.get("ieee").text([paper], rich_catalogue)


@pytest.mark.parametrize(
    "title",
    [
        "How Many Tokens?... A Study",
        "Wait!..What",
        "“Who?”, and Why",
        "Ends in Dots...",
        "See https://a.org/?.",
    ],
)
def test_marks_within_a_title_stay_as_they_are(title: str, rich_catalogue: Catalogue) -> None:
    end = "" if title.endswith(".") else "."
    inside = title.replace("“", "‘").replace("”", "’")
    paper = rich_catalogue["fastv"].model_copy(update={"title": title})
    assert f" {title}{end} European" in exports.get("apa").text([paper], rich_catalogue)
    assert f"“{inside},” in European" in exports.get("ieee").text([paper], rich_catalogue)
    nobody = paper.model_copy(update={"authors": None})
    assert f"{title}{end} (2024). European" in exports.get("apa").text([nobody], rich_catalogue)


def test_ieee_has_single_quotation_marks_within_those_of_a_title(rich_catalogue: Catalogue) -> None:
    title = 'Looking for “Important” and "Other" Tokens: Don\'t'
    paper = rich_catalogue["fastv"].model_copy(update={"title": title})
    assert "“Looking for ‘Important’ and ‘Other’ Tokens: Don't,” in" in exports.get("ieee").text(
        [paper], rich_catalogue
    )
    assert f" {title}. European" in exports.get("apa").text([paper], rich_catalogue)


@pytest.mark.parametrize(
    ("author", "apa", "ieee"),
    [
        ("pengzhang liu", "liu, P.", "P. liu"),
        ("Cheng-yang Fu", "Fu, C.-Y.", "C.-Y. Fu"),
        ("J.-B. Alayrac", "Alayrac, J.-B.", "J.-B. Alayrac"),
        ("Wei-Lin (Will) Chiang", "Chiang, W.-L.", "W.-L. Chiang"),
        ("Jean-Pierre de la Tour", "de la Tour, J.-P.", "J.-P. de la Tour"),
        ("李 明", "李 明.", "李 明"),
        ("OpenAI", "OpenAI.", "OpenAI"),
    ],
)
def test_given_names_become_initials_however_they_are_written(
    author: str, apa: str, ieee: str, rich_catalogue: Catalogue
) -> None:
    paper = rich_catalogue["fastv"].model_copy(update={"authors": (author,), "title": "T"})
    assert exports.get("apa").text([paper], rich_catalogue).startswith(f"{apa} (2024). T.")
    assert exports.get("ieee").text([paper], rich_catalogue).startswith(f"[1] {ieee}, “T,”")


def test_apa_names_editors_in_its_own_way(rich_catalogue: Catalogue) -> None:
    entry = "@inproceedings{k, title = {T}, editor = {Gibbons, Phil and Sa, Chris}, pages = {1--2}}"
    paper = rich_catalogue["fastv"].model_copy(update={"bibtex": entry})
    assert "In P. Gibbons & C. Sa (Eds.), European Conference on Computer Vision (pp. 1–2)." in exports.get(
        "apa"
    ).text([paper], rich_catalogue)


@pytest.mark.parametrize("style", ["apa", "ieee"])
@pytest.mark.parametrize(
    "journal", ["Revista de Biología Tropical", "npj Biodiversity", "Zeitschrift für Physik"]
)
def test_a_journal_is_written_as_it_writes_itself(
    style: str, journal: str, rich_catalogue: Catalogue
) -> None:
    entry = f"@article{{k, title = {{T}}, author = {{Bo, Ada}}, journal = {{{journal}}}, year = {{2013}}}}"
    fields = {"bibtex": entry, "venue": None, "year": 2013}
    paper = rich_catalogue["fastv"].model_copy(update=fields)
    assert journal in exports.get(style).text([paper], rich_catalogue)


@pytest.mark.parametrize("style", ["apa", "ieee"])
def test_markup_in_a_title_stays_as_it_is(style: str, rich_catalogue: Catalogue) -> None:
    assert "<script>alert(1)</script> {{ 7*7 }} | @someone" in exports.get(style).text(
        rich_catalogue, rich_catalogue
    )


@pytest.mark.parametrize("style", ["apa", "ieee"])
def test_remembering_searches_does_not_change_a_citation(
    style: str, rich_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the module that remembers nothing gives the same text as the module, at first and again."""
    monkeypatch.setattr("functools.cache", lambda function: function)
    spec = spec_from_file_location("forgetful", citations.__file__)
    assert spec
    assert spec.loader
    forgetful = module_from_spec(spec)
    spec.loader.exec_module(forgetful)
    modules = (forgetful, citations, citations)
    texts = [list(one.citations(style, rich_catalogue, rich_catalogue)) for one in modules]
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("style", ["apa", "ieee"])
def test_many_cores_give_the_same_text(
    style: str, rich_catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = exports.get(style).text(rich_catalogue, rich_catalogue)
    monkeypatch.setattr(citations, "WORTH_PROCESSES", 1)
    monkeypatch.setattr("catalog.parallel.CHUNK", 2)
    assert exports.get(style).text(rich_catalogue, rich_catalogue) == alone


def test_the_styles_come_with_their_licence() -> None:
    for style in ("apa", "ieee"):
        text = (citations.STYLES / f"{style}.csl").read_text(encoding="utf-8")
        assert "http://creativecommons.org/licenses/by-sa/3.0/" in text
    assert "Attribution-ShareAlike 3.0" in (citations.STYLES / "README.md").read_text(encoding="utf-8")
