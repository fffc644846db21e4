"""A filled form that corrects a record of the small catalogue, and what became of it."""

from __future__ import annotations

from pathlib import Path

from catalog.github.outcome import Outcome
from catalog.github.requests import handle
from tests.github.conftest import filled, form_named

CORRECT = form_named("correct-record")
FASTV = "papers/2024/fastv.yaml"


def correct(
    root: Path, field: str, value: str, record: str = "fastv", source: str = "arXiv:2403.06764"
) -> Outcome:
    """What becomes of the form with one field's new value."""
    text = filled(CORRECT, record=record, field=field, value=value, source=source)
    outcome = handle(text, 12, root)
    assert outcome is not None
    return outcome
