"""From a filled form to a record: what is asked for is done, checked, and explained; the rest is refused."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.github.forms import FormError
from catalog.github.outcome import Outcome
from catalog.github.requests import handle
from catalog.github.values import fields_of
from catalog.vocabulary import Vocabulary
from catalog.wording import Labels
from tests.conftest import MINI
from tests.github.conftest import filled, form_named
from tests.sources import answers
from tests.sources.replay import ReplayServer, Reply

ADD = form_named("add-paper")
CORRECT = form_named("correct-record")
FIELDS = fields_of(Labels())
VOCABULARY = Vocabulary.load(MINI / "papers" / "vocabulary")
FASTV = "papers/2024/fastv.yaml"


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch):
    """A server that answers for every source."""
    server = ReplayServer()
    server.answers |= answers.all_answers()
    monkeypatch.setenv("CATALOG_SOURCES", server.url)
    yield server
    server.close()


def correct(
    root: Path, field: str, value: str, record: str = "fastv", source: str = "arXiv:2403.06764"
) -> Outcome:
    text = filled(CORRECT, record=record, field=field, value=value, source=source)
    outcome = handle(text, 12, root)
    assert outcome is not None
    return outcome


# ------------------------------------------------------------------------------------- adding


def test_an_arxiv_id_alone_becomes_a_record(root: Path, sources: ReplayServer) -> None:
    outcome = handle(filled(ADD, paper=answers.ARXIV), 12, root)
    assert outcome is not None
    (file,) = outcome.files
    assert (root / file).read_text(encoding="utf-8") == outcome.files[file]
    assert "Not known yet:" in outcome.answer
    assert outcome.title == f"Add {Path(file).stem}"
    assert "| title | " in outcome.changes
    assert "Not known yet:" in outcome.changes
    assert "this issue" not in outcome.changes
    assert "```bibtex" in outcome.changes
    assert "What the sources said" in outcome.answer
    assert not [f for f in checks.run(Catalogue.load(root)) if f.file == file and f.severity == "error"]


def test_what_the_author_tags_is_taken_with_its_source(root: Path, sources: ReplayServer) -> None:
    outcome = handle(
        filled(ADD, paper=answers.ARXIV, domain="Vision, Multimodal", training="Training-free"), 12, root
    )
    (text,) = outcome.files.values()
    assert "domain: [vision, multimodal]" in text
    assert "training: free" in text
    assert 'domain: "curator: issue 12"' in text
    assert outcome.domains == ("vision", "multimodal")


def test_the_answer_has_one_list_of_what_is_unknown_and_it_holds_after_the_forms_answers(
    root: Path, sources: ReplayServer
) -> None:
    bare = handle(filled(ADD, paper=answers.ARXIV), 12, root)
    assert bare is not None
    assert "\n- Proposed, not written: training: free, from the title: " in bare.answer
    assert "\n- Proposed, not written: mechanism: " in bare.answer
    (file,) = bare.files
    (root / file).unlink()
    filled_in = filled(ADD, paper=answers.ARXIV, training="Training-free", task="Image recognition")
    outcome = handle(filled_in, 12, root)
    assert outcome is not None
    (text,) = outcome.files.values()
    assert "training: free" in text
    assert "task: [image-recognition]" in text
    assert "Proposed, not written: training: " not in outcome.answer
    assert "\n- Proposed, not written: mechanism: " in outcome.answer
    assert "Still to fill in" not in outcome.answer
    assert "--accept-tags" not in outcome.answer
    said = re.findall("^Not known yet: (.*?)\\.", outcome.answer, re.MULTILINE)
    nulls = re.findall("^([a-z]+): null$", text, re.MULTILINE)
    assert said == [", ".join(nulls)]


def test_what_the_form_has_no_field_for_is_asked_for_under_its_notes(
    root: Path, sources: ReplayServer
) -> None:
    outcome = handle(filled(ADD, paper=answers.ARXIV), 12, root)
    assert outcome is not None
    (advice,) = [line for line in outcome.answer.splitlines() if line.startswith("Not known yet")]
    assert "There is no field for parametric: write that below 'Notes'" in advice


def test_bibtex_alone_is_enough_for_a_paper_without_an_id(root: Path, sources: ReplayServer) -> None:
    sources.answers.clear()
    entry = "@misc{doe2024, title={Fewer Patches}, author={Doe, Jane}, year={2024}, howpublished={Workshop}}"
    outcome = handle(filled(ADD, bibtex=f"```bibtex\n{entry}\n```"), 12, root)
    assert outcome.files, outcome.answer
    assert "Fewer Patches" in next(iter(outcome.files.values()))


@pytest.mark.parametrize("paper", ["2403.06764", "fastv"])
def test_a_paper_that_is_here_already_is_linked_and_the_form_for_corrections_named(
    root: Path, paper: str
) -> None:
    outcome = handle(filled(ADD, paper=paper), 12, root)
    assert not outcome.files
    assert "already: [FastV](https://example.org/mini/papers/fastv/), record `fastv`" in outcome.answer
    assert (
        "[Correct a record](https://github.com/example/mini/issues/new?template=correct-record"
        in outcome.answer
    )
    assert "record=fastv)" in outcome.answer
    assert "Edit this issue" not in outcome.answer


def test_a_paper_that_is_kept_out_is_told_why(root: Path) -> None:
    refused = 'refused:\n  - title: "Fish"\n    arxiv: "2403.00009"\n    reason: "off topic: about fish"\n'
    (root / "papers" / "refused.yaml").write_text(refused, encoding="utf-8")
    outcome = handle(filled(ADD, paper="2403.00009"), 12, root)
    assert not outcome.files
    assert "was looked at before and left out: off topic" in outcome.answer
    assert "Edit this issue" not in outcome.answer


def test_an_id_that_no_source_knows_is_asked_for_again(root: Path, sources: ReplayServer) -> None:
    sources.answers.clear()
    outcome = handle(filled(ADD, paper="arxiv 2501.99999"), 12, root)
    assert not outcome.files
    assert "nothing could be learned about arxiv 2501.99999. Is it right?" in outcome.answer
    assert "does not know it" in outcome.answer


def out_of_order(sources: ReplayServer) -> None:
    sources.answers = dict.fromkeys(sources.answers, Reply(status=403))


def test_that_no_source_answers_is_not_the_fault_of_the_forms_author(
    root: Path, sources: ReplayServer
) -> None:
    out_of_order(sources)
    outcome = handle(filled(ADD, paper=answers.ARXIV), 12, root)
    assert not outcome.files
    assert "Nothing is wrong with your form" in outcome.answer
    assert "\n- arXiv" in outcome.answer
    assert "close this issue after a while and reopen it" in outcome.answer
    assert "not right yet" not in outcome.answer


ENTRY_OF_NEW = "@misc{doe2024, title={Thrifty Patches}, author={Doe, Jane}, year={2024}, pages={1--2}}"


def test_where_no_source_answers_the_entry_below_the_id_is_taken(root: Path, sources: ReplayServer) -> None:
    out_of_order(sources)
    outcome = handle(filled(ADD, paper=answers.ARXIV, bibtex=ENTRY_OF_NEW), 12, root)
    (text,) = outcome.files.values()
    assert 'title: "Thrifty Patches"' in text
    assert f'arxiv: "{answers.ARXIV}"' in text
    assert "arXiv is left out" in outcome.answer


def test_an_entry_of_another_paper_than_the_id_is_refused(root: Path, sources: ReplayServer) -> None:
    entry = "@misc{a, title={The Life of Whales}, author={Ahab, Ishmael}, year={2024}}"
    outcome = handle(filled(ADD, paper=answers.ARXIV, bibtex=entry), 12, root)
    assert not outcome.files
    assert "which is another paper" in outcome.answer
    assert "Please correct the id, or the BibTeX entry" in outcome.answer


def test_all_that_is_wrong_with_a_paper_to_add_is_told_before_anybody_is_asked(
    root: Path, sources: ReplayServer
) -> None:
    outcome = handle(filled(ADD, bibtex="@misc{a, title={T", domain="Visoin", code="nowhere"), 12, root)
    for said in ("the BibTeX entry, line 1", "Domain: 'Visoin'", "Link to the code"):
        assert said in outcome.answer.replace("&#58;", ":").replace("<span>", "").replace("</span>", "")
    assert not sources.requests


@pytest.mark.parametrize(
    "paper",
    [
        f"[The paper](https://arxiv.org/abs/{answers.ARXIV})", f"arxiv.org/pdf/{answers.ARXIV}",
        f"arxiv {answers.ARXIV}", f"<https://arxiv.org/abs/{answers.ARXIV}v2>", f"`{answers.ARXIV}`",
    ],
)  # fmt: skip
def test_an_id_is_read_as_people_paste_it(root: Path, sources: ReplayServer, paper: str) -> None:
    outcome = handle(filled(ADD, paper=paper), 12, root)
    assert outcome.files, outcome.answer


@pytest.mark.parametrize(
    "paper",
    [
        "", "--help", "-", "/etc/passwd", "papers/catalogue.yaml", "../x.bib", "file:///etc/passwd",
        "javascript:alert(1)", "2403.06764 2403.06765", "$(touch pwned)", "`id`",
        "{{ 7*7 }}", "@misc{a}", "x" * 400,
    ],
)  # fmt: skip
def test_what_names_no_paper_is_refused_before_anybody_is_asked(
    root: Path, sources: ReplayServer, paper: str
) -> None:
    outcome = handle(filled(ADD, paper=paper or "_No response_"), 12, root)
    assert not outcome.files
    assert "1706.03762" in outcome.answer
    assert not sources.requests


@pytest.mark.parametrize(
    "page",
    [
        "https://www.semanticscholar.org/paper/Title/0123456789abcdef",
        "https://ieeexplore.ieee.org/document/10183862",
        "https://proceedings.neurips.cc/paper_files/paper/2024/hash/abc-Abstract-Conference.html",
        "https://github.com/a/b",
    ],
)
def test_a_page_that_is_not_understood_is_answered_with_those_that_are(
    root: Path, sources: ReplayServer, page: str
) -> None:
    outcome = handle(filled(ADD, paper=page), 12, root)
    assert "or openaccess.thecvf.com. Of a paper that is elsewhere, paste the BibTeX entry" in outcome.answer
    assert "--" not in outcome.answer


def test_a_wrong_tag_is_refused_with_the_nearest_one(root: Path, sources: ReplayServer) -> None:
    outcome = handle(filled(ADD, paper=answers.ARXIV, domain="Visoin"), 12, root)
    assert not outcome.files
    assert "Did you mean 'vision'?" in outcome.answer


# --------------------------------------------------------------------------------- correcting


def test_one_field_is_set_with_its_source_and_every_other_line_stays(root: Path) -> None:
    before = (root / FASTV).read_text(encoding="utf-8").splitlines()
    outcome = correct(root, "Training", "both", source="paper: Sec. 5")
    after = outcome.files[FASTV].splitlines()
    assert [line for line in before if line not in after] == ["training: free"]
    assert "training: both" in after
    assert '  training: "paper: Sec. 5"' in after


@pytest.mark.parametrize(
    "record",
    [
        "fastv", "FastV", "`fastv`", "fastv.yaml", FASTV, "https://example.org/mini/papers/fastv/#cite",
        "https://github.com/o/r/blob/main/papers/2024/fastv.yaml", "2403.06764", "arXiv:2403.06764v2",
        "https://arxiv.org/pdf/2403.06764v2", "arxiv.org/abs/2403.06764",
        "an image is worth 1/2 tokens after layer 2: plug-and-play acceleration for vllm inference",
    ],
)  # fmt: skip
def test_a_record_is_found_by_whatever_a_reader_has_at_hand(root: Path, record: str) -> None:
    assert list(correct(root, "Criterion", "similarity", record).files) == [FASTV]


def test_a_record_is_found_by_the_page_of_a_paper_without_id(root: Path) -> None:
    page = "https://proceedings.neurips.cc/paper/2024/hash/abc.html"
    path = root / FASTV
    text = path.read_text(encoding="utf-8").replace("links:\n", f"links:\n  paper: {page}\n")
    path.write_text(text, encoding="utf-8")
    assert list(correct(root, "Criterion", "similarity", page.removeprefix("https://")).files) == [FASTV]


@pytest.mark.parametrize("record", ["", "http://[", "[.", "javascript:alert(1)", "?", "x" * 9000])
def test_what_can_be_no_record_is_refused(root: Path, record: str) -> None:
    assert not correct(root, "Title", "X", record=record or "_No response_").files


@pytest.mark.parametrize("record", ["fastvv", "Fast-V2", "https://github.com/pkunlp-icler/fastv"])
def test_an_unknown_record_is_refused_with_near_ones(root: Path, record: str) -> None:
    outcome = correct(root, "Title", "X", record=record)
    assert not outcome.files
    assert "Did you mean fastv" in outcome.answer


def test_a_name_that_two_records_have_is_asked_for_again_and_an_id_is_not(root: Path) -> None:
    path = root / "papers" / "2022" / "tome.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: ToMe", "name: ToCa"), encoding="utf-8")
    assert "may be toca or tome. Please write which" in correct(root, "Title", "X", record="ToCa").answer
    assert correct(root, "Criterion", "none", record="toca").files


@pytest.mark.parametrize(
    ("field", "answer", "line"),
    [
        ("Authors", "Ada Lovelace\nAlan Turing", "authors: [Ada Lovelace, Alan Turing]"),
        (
            "Authors",
            "Ada Lovelace, Alan Turing and Grace Hopper",
            "authors: [Ada Lovelace, Alan Turing, Grace Hopper]",
        ),
        ("Year of the venue", "2025", "year: 2025"),
        ("DOI", "https://doi.org/10.1234/ABC", '  doi: "10.1234/ABC"'),
        ("Link to the code", "http://github.com/a/b.git", "  code: [https://github.com/a/b]"),
        ("Criterion", "none", "criterion: []"),
        ("Domain", "Vision; language", "domain: [vision, language]"),
        ("DOI", "[the paper](https://doi.org/10.1234/abc)", '  doi: "10.1234/abc"'),
        ("arXiv id", "arxiv.org/abs/2403.06765v1", '  arxiv: "2403.06765"'),
        ("arXiv id", "arXiv 2403.06765", '  arxiv: "2403.06765"'),
        (
            "Link to the code",
            "[our code](https://github.com/a/b), <https://github.com/a/c>",
            "  code: [https://github.com/a/b, https://github.com/a/c]",
        ),
        ("Project page", "a.github.io/b/", "  project: https://a.github.io/b/"),
        ("Learned weights", "Parametric", "parametric: true"),
        ("Learned weights", "Yes", "parametric: true"),
        ("Venue", "CVPR", "venue: CVPR"),
        ("Venue", "CVPR 2025", "venue: CVPR"),
        ("Venue", "CVPR 2025", "year: 2025"),
        ("Summary", "It  prunes\nby attention.", 'summary: "It prunes by attention."'),
        ("Venue", "unknown", "venue: null"),
    ],
)
def test_answers_are_read_as_people_write_them(root: Path, field: str, answer: str, line: str) -> None:
    outcome = correct(root, field, answer)
    assert outcome.files, outcome.answer
    assert line in outcome.files[FASTV].splitlines()


@pytest.mark.parametrize(
    ("field", "answer", "said"),
    [
        ("Authors", "Liang Chen et al.", "Please write those of all authors, or 'unknown'"),
        ("Year of the venue", "soon", "four digits"),
        ("Venue", "Nowhere Conference", "not a known term"),
        ("Learned weights", "some", "Expected one of: Parametric, Non-parametric, Both."),
        ("arXiv id", "https://openreview.net/forum?id=LO3Mw8Jrk0", "another kind of page"),
        ("arXiv id", "24.1", "not an arXiv id"),
        ("Project page", "javascript:alert(1)", "does not begin with https"),
        ("Project page", "http://[", "cannot be taken"),
        ("Link to the paper", "https://me:secret@example.org/", "credentials"),
        ("Summary", "x\u202ey", "direction mark"),
        ("BibTeX", "@misc{a, title={Something else}}", "title"),
        ("Nonsense", "x", "There is no field"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_in_words_and_changes_nothing(
    root: Path, field: str, answer: str, said: str
) -> None:
    before = (root / FASTV).read_bytes()
    outcome = correct(root, field, answer)
    assert not outcome.files
    assert said in outcome.answer
    assert "Edit this issue's text" in outcome.answer
    assert (root / FASTV).read_bytes() == before


def with_entry(root: Path, entry: str) -> None:
    path = root / FASTV
    path.write_text(path.read_text(encoding="utf-8") + f"bibtex: |\n  {entry}\n", encoding="utf-8")


def test_the_entry_follows_the_fields(root: Path) -> None:
    with_entry(root, "@misc{f, title={A Title}, author={Chen, Liang}, year={2024}}")
    outcome = correct(root, "Title", "A New Title")
    assert outcome.files, outcome.answer
    assert "A New Title" in outcome.files[FASTV].partition("bibtex:")[2]


@pytest.mark.parametrize(
    "authors",
    [
        "Chen, Liang and Zhao, Haozhe and Liu, Tianyu",
        "Chen, Liang; Zhao, Haozhe; Liu, Tianyu",
        "Chen, Liang\nZhao, Haozhe\nLiu, Tianyu",
        "Liang Chen*, Haozhe Zhao, and Tianyu Liu",
    ],
)
def test_authors_in_any_usual_order_are_the_same_three_in_record_and_entry(root: Path, authors: str) -> None:
    with_entry(root, "@misc{f, title={A Title}, author={Chen, Liang and Bo, Ada}, year={2024}}")
    text = correct(root, "Authors", authors).files[FASTV]
    assert "authors: [Liang Chen, Haozhe Zhao, Tianyu Liu]\n" in text
    assert "author = {Chen, Liang and Zhao, Haozhe and Liu, Tianyu}" in text


@pytest.mark.parametrize("authors", ["Zhang, Wei, Li, Jun", "Garcia Lopez, Juan Carlos and Li, Bo"])
def test_authors_that_may_be_read_in_two_ways_are_asked_for_one_a_line(root: Path, authors: str) -> None:
    outcome = correct(root, "Authors", authors)
    assert not outcome.files
    assert "may be one author or several. Please write one author a line" in outcome.answer


ENTRY = """@inproceedings{chen2024image,
  title = {An Image is Worth {1/2} Tokens After Layer 2: Plug-and-Play Inference Acceleration for Large \
Vision-Language Models},
  author = {Chen, Liang and Zhao, Haozhe and Liu, Tianyu and Bai, Shuai and Lin, Junyang and Zhou, Chang and \
Chang, Baobao},
  booktitle = {European Conference on Computer Vision},
  year = {2024},
  url = {https://arxiv.org/abs/2403.06764},
}"""


def entry_in(text: str) -> list[str]:
    return [line.strip() for line in text.partition("bibtex: |\n")[2].splitlines()]


def given_entry(**changes: str) -> str:
    fields = {
        "title": "An image is worth 1/2 tokens after layer 2: Plug-and-play inference acceleration for large "
        "vision-language models",
        "year": "2024",
        **changes,
    }
    return f"@article{{x, {', '.join(f'{name}={{{value}}}' for name, value in fields.items())}}}"


def test_an_entry_adds_its_facts_to_the_records_own(root: Path) -> None:
    with_entry(root, ENTRY.replace("\n", "\n  "))
    text = correct(root, "BibTeX", given_entry(pages="19--35", publisher="Springer")).files[FASTV]
    expected = [line.strip() for line in ENTRY.splitlines()]
    added = ["pages = {19--35},", "publisher = {Springer},"]
    assert entry_in(text) == [*expected[:-2], *added, *expected[-2:]]
    assert "nothing to change" in correct(root, "BibTeX", given_entry(pages="19-35")).answer


def test_an_entry_whose_facts_are_unknown_says_what_the_fields_do(root: Path) -> None:
    with_entry(root, ENTRY.replace("  year =", "  pages = {1},\n  year =").replace("\n", "\n  "))
    assert entry_in(correct(root, "BibTeX", "unknown").files[FASTV]) == [
        line.strip() for line in ENTRY.splitlines()
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "Something else"}, "the title is Something else, and in the record An Image is Worth"),
        ({"booktitle": "CVPR"}, "the venue is CVPR, and in the record ECCV. If the record is wrong"),
        ({"year": "2023"}, "the year is 2023, and in the record 2024"),
        ({"pages": "1}, note={{"}, "BibTeX, line 1"),
    ],
)
def test_an_entry_that_contradicts_the_record_is_refused_in_words_for_the_web(
    root: Path, changes: dict[str, str], said: str
) -> None:
    outcome = correct(root, "BibTeX", given_entry(**changes))
    assert not outcome.files
    assert said in outcome.answer.replace("&#58;", ":").replace("\\", "")
    assert "catalog " not in outcome.answer


def with_sources(root: Path, **sources: str) -> None:
    path = root / FASTV
    rows = "".join(f"  {name}: {source}\n" for name, source in sources.items())
    path.write_text(path.read_text(encoding="utf-8") + f"provenance:\n{rows}", encoding="utf-8")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Training", "Training-free"),
        ("Year of the venue", "2024"),
        ("First public date", "2024-03-11"),
        ("Learned weights", "Non-parametric"),
        ("Criterion", "Attention-based"),
        ("Keywords", "unknown"),
        ("arXiv id", "https://arxiv.org/abs/2403.06764v2"),
        ("Link to the code", "http://github.com/pkunlp-icler/FastV.git"),
        ("Project page", "unknown"),
    ],
)
def test_what_the_record_says_already_is_no_change_and_keeps_its_source(
    root: Path, field: str, value: str
) -> None:
    with_sources(root, training="paper", year="paper", criterion="paper", links="paper")
    before = (root / FASTV).read_bytes()
    outcome = correct(root, field, value)
    assert not outcome.files
    assert "nothing to change" in outcome.answer
    assert (root / FASTV).read_bytes() == before


def test_the_source_of_one_link_leaves_that_of_the_others(root: Path) -> None:
    with_sources(root, links="first-list")
    text = correct(root, "Project page", "https://fastv.work/", source="the README").files[FASTV]
    assert "provenance:\n  links: first-list\n  project: the README\n" in text


@pytest.mark.parametrize(
    ("field", "value", "sources", "said"),
    [
        ("Criterion", "attention, similarity", {"criterion": "paper"}, "criterion: paper; Sec. 5"),
        ("Criterion", "similarity", {"criterion": "paper"}, "criterion: Sec. 5"),
        ("Criterion", "attention, similarity", {"criterion": "Sec. 4; Sec. 5"}, "criterion: Sec. 4; Sec. 5"),
        ("Link to the code", "https://github.com/pkunlp-icler/FastV https://github.com/a/b",
         {"links": "list"}, "code: list; Sec. 5"),
        ("Authors", "Liang Chen, Bo Li", {"authors": "arXiv"}, "authors: Sec. 5"),
    ],
)  # fmt: skip
def test_terms_and_links_that_stay_keep_their_source_beside_the_new_one(
    root: Path, field: str, value: str, sources: dict[str, str], said: str
) -> None:
    with_sources(root, **sources)
    text = correct(root, field, value, source="Sec. 5").files[FASTV]
    assert f"  {said}\n" in text.replace('"', "")


@pytest.mark.parametrize("answer", ["unknown", "none"])
def test_a_part_whose_last_value_goes_takes_its_source_along(root: Path, answer: str) -> None:
    with_sources(root, links="first-list", year="paper")
    text = correct(root, "Link to the code", answer).files[FASTV]
    assert "links:" not in text
    assert "provenance:\n  year: paper\n" in text


@pytest.mark.parametrize(
    ("field", "name", "line"),
    [
        ("Domain", "domain", "domain: null"),
        ("Keywords", "keywords", None),
        ("Name of the method", "name", None),
    ],
)
def test_what_is_unknown_has_no_source(root: Path, field: str, name: str, line: str | None) -> None:
    path = root / FASTV
    path.write_text(
        path.read_text(encoding="utf-8").replace("listed_in:", "keywords: [kv-cache]\nlisted_in:")
    )
    with_sources(root, **{name: "paper", "year": "paper"})
    text = correct(root, field, "unknown").files[FASTV]
    assert [row for row in text.splitlines() if row.strip().startswith(f"{name}:")] == (
        [line] if line else []
    )


@pytest.mark.parametrize("missing", ["record", "value", "source"])
def test_an_empty_field_is_named(root: Path, missing: str) -> None:
    given = {"record": "fastv", "field": "Title", "value": "X", "source": "the paper"}
    outcome = handle(filled(CORRECT, **{**given, missing: "_No response_"}), 12, root)
    assert "is empty" in outcome.answer


def test_an_issue_without_form_is_left_alone(root: Path) -> None:
    assert handle("Nice list!", 12, root) is None


# ------------------------------------------------------------------------------------ hostile

HOSTILE = [
    "@everyone <script>alert(1)</script>",
    "| a | b |",
    "$(touch pwned)",
    "${{ github.token }}",
    "</details>",
    "::set-output name=x::y",
    "![x](https://evil.example/x.png)",
    "```",
    "---\ntitle: x",
    "{{ 7*7 }}",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["Title", "Summary", "Criterion", "Nonsense", "Link to the code"])
def test_hostile_text_is_shown_and_never_obeyed(root: Path, text: str, field: str) -> None:
    outcome = correct(root, field, text)
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(outcome.answer.replace("details>", ""))
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<a " not in shown
    assert "@everyone" not in shown.partition("<pre>")[0]
    assert list(root.glob("**/pwned")) == []


@given(st.sampled_from(list(FIELDS)), st.text())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_answer_becomes_a_value_or_a_complaint(name: str, answer: str) -> None:
    with suppress(FormError):
        FIELDS[name].value(answer, VOCABULARY)
