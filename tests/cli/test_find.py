"""``catalog find``: what it finds, and what it says where a query is not what was meant."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from catalog.cli import finding
from tests.cli.conftest import spoil

REFERENCE = (
    "[12] L. Chen, and B. Chang. An image is worth 1/2 tokens after layer 2: Plug-and-play inference "
    "acceleration for large vision-language models. In ECCV, pages 19-35. Springer, 2024."
)


def test_find_lists_what_a_query_means_newest_first(catalog) -> None:
    outcome = catalog("find", "code:yes", "-mechanism:caching")
    assert (outcome.code, outcome.err) == (0, "")
    rows = [row.split("\t") for row in outcome.out.splitlines()]
    assert [row[:2] for row in rows] == [
        ["fastv", "ECCV 2024"],
        ["tome", "ICLR 2023"],
        ["dynamicvit", "NeurIPS 2021"],
    ]
    assert rows[1][2] == "Token Merging: Your ViT But Faster"


def test_find_says_which_words_it_read_as_terms_to_leave_out(catalog) -> None:
    outcome = catalog("find", "token", "pruning", "without", "attention")
    found = [row.split("\t")[0] for row in outcome.out.splitlines()]
    assert found == [
        row.split("\t")[0] for row in catalog("find", "pruning", "-criterion:attention").out.splitlines()
    ]
    assert "'without attention' read as -criterion:attention\n" in outcome.err
    assert "criterion:attention (" not in outcome.err.replace("-criterion:attention", "")


def test_find_says_how_it_read_an_or_between_two_terms(catalog) -> None:
    said = catalog("find", "token", "pruning", "or", "merging").err
    assert "'pruning or merging' read as (pruning OR merging)" in said


def test_find_names_the_files_for_other_programs(catalog, mini: Path) -> None:
    outcome = catalog("find", "--files", 'title:"token merging"')
    assert [Path(line).resolve() for line in outcome.out.splitlines()] == [
        mini.resolve() / "papers" / "2022" / "tome.yaml"
    ]


def test_find_says_what_is_wrong_with_a_query_and_where_none_is_meant(catalog) -> None:
    wrong = catalog("find", "traning:free")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean 'training'?" in wrong.err
    mistyped = catalog("find", "tokn", "mergng")
    assert "no paper has 'tokn'; did you mean 'token'?" in mistyped.err
    assert "no paper has 'mergng'; did you mean 'merging'?" in mistyped.err
    term = catalog("find", "VQA", "code:yes")
    assert "'VQA' is a term, too: catalog find task:visual-question-answering code:yes (1 paper)" in term.err
    none = catalog("find", "year:1900")
    assert (none.code, none.out) == (0, "")
    assert "0 papers: none of 6 match 'year:1900'" in none.err


@pytest.mark.parametrize("text", ["zebra " * 1200, "a " * 3500, "author:a " * 800, "z" * 7490])
def test_of_what_nobody_has_typed_find_says_no_more_than_what_it_finds(catalog, text: str) -> None:
    outcome = catalog("find", text)
    assert outcome.code == 0
    assert len(outcome.err) < 200


def test_find_knows_the_keys_of_a_long_list_of_citations(catalog) -> None:
    outcome = catalog("find", f"\\cite{{{','.join(['chen2024image'] * 400)}}}")
    assert outcome.out.startswith("fastv\t")


def test_find_suggests_another_form_of_a_word_rather_than_a_word_of_like_letters(catalog, mini: Path) -> None:
    spoil(mini, "Token Merging: Your ViT", "Code for Decoding: Your ViT", "2022/tome.yaml")
    assert "no paper has 'decode'; did you mean 'decoding'?" in catalog("find", "decode").err


def test_find_takes_singular_and_plural_for_one_word(catalog) -> None:
    assert "fastv" in catalog("find", "images").out
    said = catalog("find", "images", "zebra").err
    assert "no paper has 'zebra'" in said
    assert "'images'" not in said


def test_find_names_the_terms_that_single_words_and_runs_of_words_are(catalog) -> None:
    alone = catalog("find", "real-time", "merging").err
    assert "no paper has 'real'" in alone
    assert "'merging' is a term, too: catalog find mechanism:merging (" in alone
    run = catalog("find", "token", "merging", "attention", "code:yes").err
    assert "'token merging' is a term, too: catalog find mechanism:merging " in run
    assert "'merging' is" not in run
    assert "'attention' is a term, too: catalog find criterion:attention " in run


def test_find_suggests_one_query_with_every_term_that_is_named(catalog, mini: Path) -> None:
    spoil(mini, "mechanism: [caching]", "mechanism: [caching]\nkeywords: [kv-cache, video]", "2024/toca.yaml")
    vocabulary = mini / "papers/vocabulary/mechanisms.yaml"
    text = vocabulary.read_text(encoding="utf-8").replace(
        "label: Caching,", "label: Caching, aliases: [KV cache reuse],"
    )
    vocabulary.write_text(text, encoding="utf-8")
    hint = "'KV-cache reuse' and 'video' are terms, too: catalog find mechanism:caching"
    for words in (["KV-cache", "reuse", "video", "-code:no"], ["KV-cache reuse video -code:no"]):
        outcome = catalog("find", *words)
        assert outcome.out.startswith("toca\t")
        assert outcome.err.splitlines() == [f"{hint} keywords:video keywords:kv-cache -code:no (1 paper)"]
    own_name = catalog("find", "image-generation", "cachin").err  # of which no word is lost
    hint = "'image-generation' is a term, too: catalog find task:image-generation cachin (1 paper)"
    assert hint in own_name


@pytest.mark.parametrize("typed", ["video reuse", "Video caching"])
def test_find_adds_no_keyword_that_is_a_part_of_the_term_s_own_name(catalog, mini: Path, typed: str) -> None:
    spoil(mini, "mechanism: [caching]", "mechanism: [video-reuse]\nkeywords: [video]", "2024/toca.yaml")
    vocabulary = mini / "papers/vocabulary/mechanisms.yaml"
    text = vocabulary.read_text(encoding="utf-8")
    term = 'video-reuse: {label: Video caching, definition: "Caching, of videos."}\n'
    vocabulary.write_text(text + term, encoding="utf-8")
    hint = f"'{typed}' is a term, too: catalog find mechanism:video-reuse (1 paper)"
    assert hint in catalog("find", typed).err.splitlines()


def test_find_suggests_each_of_the_terms_that_one_word_names(catalog, mini: Path) -> None:
    spoil(mini, "domain: [vision]", "domain: [vision]\nkeywords: [video]", "2022/tome.yaml")
    vocabulary = mini / "papers/vocabulary/mechanisms.yaml"
    text = vocabulary.read_text(encoding="utf-8").replace(
        "label: Caching,", "label: Caching, aliases: [video],"
    )
    vocabulary.write_text(text, encoding="utf-8")
    hints = catalog("find", "video").err.splitlines()
    assert "'video' is a term, too: catalog find mechanism:caching (1 paper)" in hints
    assert "'video' is a term, too: catalog find keywords:video (1 paper)" in hints


def test_find_reads_a_colon_between_words_as_that_of_a_title(catalog, mini: Path) -> None:
    spoil(mini, "Token Merging: Your ViT But Faster", "Merging with Reference: Your ViT", "2022/tome.yaml")
    found = catalog("find", "Merging with Reference: Your ViT")
    assert (found.code, found.out.splitlines()[0].split()[0], found.err) == (0, "tome", "")
    asked = catalog("find", "domain: vision")
    assert asked.code == 0
    assert "'vision' is a term, too: catalog find domain:vision" in asked.err


@pytest.mark.parametrize("line", ["(merging caching)", "merging | caching", "merging, caching,"])
def test_find_names_terms_without_the_punctuation_around_them(catalog, line: str) -> None:
    said = catalog("find", line).err
    assert "\n'merging' is a term, too: " in said
    assert "\n'caching' is a term, too: " in said


def test_find_names_a_term_once_that_is_typed_twice(catalog, mini: Path) -> None:
    spoil(mini, "domain: [vision]", "domain: [vision]\nkeywords: [video]", "2022/tome.yaml")
    hint = "'video' is a term, too: catalog find keywords:video (1 paper)"
    assert hint in catalog("find", "video", "video").err.splitlines()


def test_find_speaks_of_terms_that_find_more_than_the_words_did_and_of_no_others(catalog) -> None:
    more = catalog("find", "code:yes", "merging")
    assert [row.split("\t")[0] for row in more.out.splitlines()] == ["tome"]
    assert more.err == ""
    more = catalog("find", "vision")
    found = len(more.out.splitlines())
    assert found == 5, "those with the term, and one that only says it"
    assert more.err == "'vision' is a term, too: catalog find domain:vision (4 papers)\n"
    said = catalog("find", "vision", "efficient").err
    assert said == "required, too: 'efficient' (5 papers without it: catalog find vision)\n"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("faster or dynamic", "'faster OR dynamic' (2 papers)"),
        ("faster | dynamic", "'faster OR dynamic' (2 papers)"),
        ("vit and not dynamic", "'vit AND NOT dynamic' (1 paper)"),
        ("(faster or dynamic) and (vit or vision)", "'(faster OR dynamic) AND (vit OR vision)' (2 papers)"),
    ],
)
def test_find_offers_or_and_not_between_words_as_operators(catalog, text: str, meant: str) -> None:
    assert f"with operators in capitals: catalog find {meant}\n" in catalog("find", text).err


@pytest.mark.parametrize("text", ["vit with or without faster", "merging in 2022 or 2023", "vit and faster"])
def test_find_offers_no_operators_for_words_that_are_none(catalog, text: str) -> None:
    assert "capitals" not in catalog("find", text).err


@pytest.mark.parametrize(
    "address",
    [
        "https://arxiv.org/pdf/2403.06764v2",
        "arxiv.org/abs/2403.06764",
        "<https://www.alphaxiv.org/overview/2403.06764>.",
        "[FastV](https://huggingface.co/papers/2403.06764)",
        "https://dl.acm.org/doi/pdf/10.1234/fastv",
        "link.springer.com/chapter/10.1234/FASTV",
    ],
)
def test_find_takes_the_address_of_a_paper(catalog, mini: Path, address: str) -> None:
    spoil(mini, "identifiers:\n", 'identifiers:\n  doi: "10.1234/fastv"\n')
    outcome = catalog("find", address)
    assert outcome.out.startswith("fastv\t")
    assert not outcome.err


@pytest.mark.parametrize(
    "text",
    [
        "arXiv:2403.06764v2 [cs.CV] 2 Sep 2024",
        "L. Chen. An image. arXiv preprint arXiv:2403.06764, 2024.",
        "L. Chen. An image. CoRR, abs/2403.06764, 2024.",
        "(Chen et al., 2024)",
        "https://github.com/pkunlp-icler/FastV/tree/main/src",
        "github.com/pkunlp-icler/fastv",
        REFERENCE,
    ],
)
def test_find_takes_what_is_copied_from_a_paper_or_a_browser(catalog, text: str) -> None:
    outcome = catalog("find", text)
    assert [line.partition("\t")[0] for line in outcome.out.splitlines()] == ["fastv"]
    assert outcome.err == ""


@pytest.mark.parametrize("text", ["your vit but faster, for example", "your vit but faster et al."])
def test_find_takes_words_for_no_title_that_they_do_not_hold_whole(catalog, text: str) -> None:
    assert "no paper has all of these words" in catalog("find", text).err


def test_find_takes_one_name_of_several_authors_for_words(catalog) -> None:
    assert catalog("find", "Chen et al.").out == ""


def test_find_lists_what_has_the_most_of_the_words_and_says_so(catalog) -> None:
    outcome = catalog("find", "image tokens worth zebra instants")
    assert [row.split("\t")[0] for row in outcome.out.splitlines()] == ["fastv"]
    assert "no paper has all of these words; this has most of them, or terms that mean them" in outcome.err
    assert "papers: none" not in outcome.err
    files = catalog("find", "--files", "image tokens worth zebra instants")
    assert files.out == "", "files are for programs, which get what was asked for"


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("2403.06764v2", ["fastv"]),
        ("Chen2024image", ["fastv"]),
        (r"\cite{chen2024image, bolya2023token}", ["fastv", "tome"]),
        ("bolya2023token 2403.06764", ["tome", "fastv"]),
    ],
)
def test_find_knows_identifiers_and_citation_keys(catalog, line: str, ids: list[str]) -> None:
    assert [row.split("\t")[0] for row in catalog("find", line).out.splitlines()] == ids


def test_find_says_that_an_unknown_address_is_no_query(catalog) -> None:
    outcome = catalog("find", "https://github.com/pkunlp-icler")
    assert outcome.code == 2
    assert "an address is no query; write an identifier" in outcome.err


def test_find_says_which_papers_have_the_words_in_their_summary(catalog, mini: Path) -> None:
    spoil(mini, "summary: null", "summary: Caches what changes little in the prefill.", "2024/toca.yaml")
    outcome = catalog("find", "prefill", "year:2024..")
    assert outcome.err.splitlines()[-1] == (
        "said in summaries: catalog find 'summary:prefill year:2024..' (1 paper)"
    )
    assert "said in summaries" not in catalog("find", "token").err, "no summary says more"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("author:Liang Chen", "one author: catalog find 'author:\"liang chen\"' (1 paper)"),
        (
            "author:Xuyang Liu data code:no",
            "one author: catalog find 'author:\"xuyang liu\" data code:no' (1 paper)",
        ),
        (
            "FastV vs ToMe",
            "no paper has all of these names; any of them: catalog find name:fastv,tome (2 papers)",
        ),
        ("compare FastV and ToMe", "any of them: catalog find name:fastv,tome (2 papers)"),
    ],
)
def test_find_names_the_query_that_was_meant(catalog, line: str, hint: str) -> None:
    (said,) = [line for line in catalog("find", line).err.splitlines() if "0 papers:" not in line]
    assert said.endswith(hint)


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("pruning OR merging", ["dynamicvit", "fastv", "tome"]),
        ("title:merging OR author:liang AND year:2024", ["fastv", "tome"]),
        ("token since 2024 OR merging", ["fastv", "toca", "tome"]),
        ("token AND NOT merging", ["dynamicvit", "fastv", "toca"]),
        ("(dynamic OR faster) AND vit", ["tome"]),
    ],
)
def test_find_takes_and_or_and_not(catalog, line: str, ids: list[str]) -> None:
    outcome = catalog("find", line)
    assert sorted(row.split("\t")[0] for row in outcome.out.splitlines()) == ids


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "title:merging OR author:liang year:2024",
            (
                "read as title:merging OR (author:liang year:2024); "
                "or: catalog find '(title:merging OR author:liang) year:2024' (1 paper)"
            ),
        ),
        ("faster vit OR dynamic", "read as (faster vit) OR dynamic"),
        ("(token OR pruning) AND vit", ""),
        ("title:merging OR (author:liang year:2024)", ""),
        ("title:merging OR author:liang", ""),
        ("mergin OR dynamc", "no paper has 'dynamc'; did you mean 'dynamic'?"),
    ],
)
def test_find_says_how_it_reads_operators(catalog, line: str, said: str) -> None:
    assert catalog("find", line).err.strip() == said


def test_find_says_which_operator_joins_nothing(catalog) -> None:
    said = catalog("find", "merging OR").err
    assert "query, character 9: nothing stands behind OR; write what it joins" in said


@pytest.mark.parametrize("line", ["author:Liang zzz", "cvpr2024 token", "author:liu ting"])
def test_find_names_no_other_query_where_that_finds_nothing(catalog, line: str) -> None:
    said = catalog("find", line).err
    assert not any(hint in said for hint in ("one author", "citation keys", "did you mean: "))


def test_find_gives_three_hints_at_most(catalog) -> None:
    outcome = catalog("find", "merging", "attention", "pruning", "caching", "vision", "zzzz")
    assert len(outcome.err.splitlines()) == 4, outcome.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("token pruning for faster models", "not required: 'faster' (0 papers with it)"),
        (
            "token pruning models",
            "required, too: 'models' (2 papers without it: catalog find 'token pruning')",
        ),
        (
            "attention since 2024",
            "'attention' is a term, too: catalog find criterion:attention year:2024.. (",
        ),
        ("similarity merging your", ""),
        ("token merging for zebras", "not required: 'zebras' (0 papers with it)"),
        ("attention without zebras", "not required: 'zebras' (0 papers with it)"),
    ],
)
def test_find_says_which_words_beside_terms_are_required_and_which_not(catalog, line: str, said: str) -> None:
    assert said in catalog("find", line).err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("your but zebra", "without 'zebra': catalog find 'your but' (1 paper)\n"),
        ("pruning caching", "without 'caching': catalog find pruning (2 papers); without 'pruning': "),
        ("zebra", ""),
        ("zebra giraffe", ""),
    ],
)
def test_find_says_without_which_words_it_would_find_something(catalog, line: str, said: str) -> None:
    outcome = catalog("find", line)
    assert outcome.out == ""
    assert said in outcome.err
    assert bool(said) == ("without" in outcome.err)


def test_what_a_term_covers_is_no_word_that_no_paper_has(catalog, mini: Path) -> None:
    file = mini / "papers" / "vocabulary" / "mechanisms.yaml"
    text = file.read_text(encoding="utf-8").replace("pruning: {", "pruning: {examples: [Zebra Crossing], ")
    file.write_text(text, encoding="utf-8")
    assert "no paper has 'zebra'" not in catalog("find", "zebra crossing caching").err
    assert "no paper has 'zebra'" in catalog("find", "zebra caching").err


def test_export_means_the_papers_that_find_lists(catalog) -> None:
    line = "token merging for vision since 2022"
    listed = [row.split("\t")[0] for row in catalog("find", line).out.splitlines()]
    exported = [json.loads(row)["id"] for row in catalog("export", "jsonl", "--where", line).out.splitlines()]
    assert listed
    assert sorted(listed) == sorted(exported)


@pytest.mark.parametrize("words", [[""], [" ", ""]])
def test_find_asks_for_a_query_rather_than_listing_everything(catalog, words: list[str]) -> None:
    outcome = catalog("find", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert "the query is empty; give words or fields" in outcome.err


@pytest.mark.parametrize("word", ["-h", "--fiels", "--format", "-"])
def test_find_takes_no_mistyped_option_for_a_word(catalog, word: str) -> None:
    outcome = catalog("find", word, "fastv")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"there is no option '{word}'; there are --files and --help" in outcome.err


@pytest.mark.parametrize("width", [30, 60, 100, 200])
def test_find_shows_whole_ids_and_titles_on_every_terminal(
    catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(finding, "console", Console(width=width, color_system=None))
    outcome = catalog("find", "code:yes", "-mechanism:caching")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == ["fastv", "tome", "dynamicvit"]
    assert "ECCV 2024" in outcome.out
    words = outcome.out.split()
    assert {"DynamicViT:", "Sparsification", "Plug-and-Play"} <= set(words)
    assert "3 papers; cite with: catalog export bibtex --where 'code:yes -mechanism:caching'" in outcome.err


def test_find_leaves_nothing_out_in_silence(catalog, mini: Path) -> None:
    spoil(mini, 'title: "', 'titel: "')
    outcome = catalog("find", "code:yes")
    assert outcome.code == 1
    assert "1 record could not be read and is left out; see: catalog check" in outcome.err
