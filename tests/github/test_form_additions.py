"""A form that adds a paper: the record is made, checked and explained; the rest is refused in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog import checks
from catalog.catalogue import Catalogue
from catalog.github.requests import handle
from tests.github.conftest import filled, form_named
from tests.sources import answers
from tests.sources.replay import ReplayServer, Reply

ADD = form_named("add-paper")


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    """A server that answers for every source."""
    with answers.server_for_all_sources() as server:
        monkeypatch.setenv("CATALOG_SOURCES", server.url)
        yield server


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


def test_what_the_checks_warn_of_is_not_said_to_pass_them_all(root: Path, sources: ReplayServer) -> None:
    sound = handle(filled(ADD, paper=answers.ARXIV), 12, root)
    entry = "@misc{a, title={A Paper That Nothing Leads To}, author={Ada Bo}, year={2024}}"
    doubtful = handle(filled(ADD, bibtex=entry), 13, root)
    assert sound is not None
    assert doubtful is not None
    assert "and it passes all checks:" in sound.answer
    assert "passes all checks" not in doubtful.answer
    assert "no check finds an error in it:" in doubtful.answer
    assert "A reviewer will look at:\n\n- found nothing that leads to the paper" in doubtful.answer


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
    assert said == [", ".join([*nulls, "kind"])]  # which is assumed, so that no record says null


def test_what_the_form_has_no_field_for_is_asked_for_under_its_notes(
    root: Path, sources: ReplayServer
) -> None:
    outcome = handle(filled(ADD, paper=answers.ARXIV), 12, root)
    assert outcome is not None
    (advice,) = [line for line in outcome.answer.splitlines() if line.startswith("Not known yet")]
    assert "There is no field for parametric and kind: write that below 'Notes'" in advice


def test_of_a_survey_nobody_is_asked_what_it_trains(root: Path, sources: ReplayServer) -> None:
    sources.answers.clear()
    entry = "@misc{doe2024, title={A Survey of Token Pruning}, author={Doe, Jane}, year={2024}}"
    outcome = handle(filled(ADD, bibtex=entry), 12, root)
    assert "kind: survey" in next(iter(outcome.files.values()))
    (unknown,) = re.findall("^Not known yet: (.*?)\\.", outcome.answer, re.MULTILINE)
    assert "criterion" in unknown.split(", ")
    assert not {"training", "parametric"} & set(unknown.split(", "))


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


def test_an_entry_with_the_identifier_of_another_record_is_to_be_corrected(root: Path) -> None:
    entry = "@misc{q, title={Quite Another Paper}, author={Lovelace, Ada}, eprint={2403.06764}}"
    outcome = handle(filled(ADD, bibtex=entry), 12, root)
    assert not outcome.files
    assert "in the catalogue already" not in outcome.answer
    assert "The arXiv id 2403.06764 is that of" in outcome.answer
    assert "Is the arXiv id wrong?" in outcome.answer
    assert "Edit this issue" in outcome.answer


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
