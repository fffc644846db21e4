"""Plainly worded questions that the command line and the search box both have to read alike."""

from __future__ import annotations

import json

from catalog.catalogue import Catalogue
from catalog.record import Paper
from tests.conftest import REPOSITORY, with_real_terms

CASES = json.loads((REPOSITORY / "tests" / "question_cases.json").read_text(encoding="utf-8"))
"""Questions about a few made-up papers, and what each finds and requires."""
_REAL = json.loads((REPOSITORY / "tests" / "questions.json").read_text(encoding="utf-8"))
QUESTIONS, FREELY_WORDED = _REAL["questions"], _REAL["freely_worded"]
NAMING, VARIOUS = _REAL["naming"], _REAL["various"]
JARGON, PASSING = _REAL["jargon"], _REAL["passing"]
PARAPHRASING = _REAL["paraphrasing"]
"""Real questions about this repository's papers, and what is meant by each."""
ALL_QUESTIONS = [*QUESTIONS, *FREELY_WORDED, *NAMING, *VARIOUS, *JARGON, *PASSING, *PARAPHRASING]


def asked_catalogue() -> Catalogue:
    """The papers of the table, with the vocabulary of this repository."""
    return with_real_terms(
        Paper.model_validate({"id": paper_id, "kind": "method"} | fields)
        for paper_id, fields in sorted(CASES["papers"].items())
    )
