"""Files of ``papers/`` that are no records but lists of decisions, each with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from catalog import yaml_files
from catalog.findings import CatalogError
from catalog.schema_messages import first_complaint, named

MAX_BYTES = 1024 * 1024
"""What one such file may hold: more than a record, since it grows with the catalogue."""

_Model = TypeVar("_Model", bound=BaseModel)


def read_entries(path: Path, model: type[_Model], entry: str, expected: str) -> _Model | None:
    """The file at *path* as a *model*; ``None`` where there is no file, or nothing in it.

    Parameters
    ----------
    entry : what one of its entries is called, e.g. ``refusal``
    expected : what the file should hold, for whoever wrote something else

    Raises
    ------
    CatalogError : the file is wrong, with its line
    """
    if not path.exists():
        return None
    shown = f"{path.parent.name}/{path.name}"
    text = ""
    try:
        text = read_text(path)
        data = yaml_files.parse(text)
        if data is not None and not isinstance(data, dict):
            raise CatalogError(f"{shown}:1:1: found {named(data)}; expected {expected}")
        return None if data is None else model.model_validate(data)
    except yaml_files.YamlError as error:
        raise error.at(shown) from None
    except ValidationError as error:
        where, message = first_complaint(error, model, entry)
        line, column = yaml_files.locate(text, where)
        place = ": ".join([f"{shown}:{line}:{column}", *([".".join(map(str, where))] if where else [])])
        raise CatalogError(f"{place}: {message}; expected {expected}") from None


def read_text(path: Path) -> str:
    """The file as text.

    Raises
    ------
    YamlError : it is not UTF-8, or too large
    """
    return yaml_files.read_text(path, MAX_BYTES)


def none_or_list(value: Any) -> Any:
    """For the model's list: nothing is the empty one, and what is no list is refused."""
    if value is not None and not isinstance(value, list):
        raise ValueError(f"found {named(value)}")
    return value or []
