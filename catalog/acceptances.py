"""Warnings that a curator has looked at and found to be right as it is, with the reason.

They stand in ``papers/accepted.yaml``.  Whether a warning is one of them, and still occurs, is the
checks' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from catalog.entries import none_or_list, read_entries
from catalog.record import Terms
from catalog.texts import Text

FILE = "papers/accepted.yaml"


def _some(records: tuple[str, ...]) -> tuple[str, ...]:
    if not records:
        raise ValueError("names no record; write the ids of all that the warning is about, e.g. [an-id]")
    return records


class Acceptance(BaseModel):
    """One warning that stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    rule: Text
    """The rule that warns, e.g. ``shared-code``."""
    records: Annotated[Terms, AfterValidator(_some)]
    """The ids of all records that the warning is about, in any order."""
    why: Text
    """Why it is right, e.g. ``one repository of the lab holds both``."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accepted: Annotated[list[Acceptance], BeforeValidator(none_or_list)]


@dataclass(frozen=True)
class Acceptances:
    """All acceptances of a catalogue, in the order of their file."""

    entries: tuple[Acceptance, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Acceptances:
        """Read the file; without one, nothing is accepted.

        Raises
        ------
        CatalogError : the file is wrong, with its line
        """
        expected = "'accepted:' and below it entries with rule, records and why"
        file = read_entries(path, _File, "acceptance", expected)
        return cls(tuple(file.accepted)) if file else cls()
