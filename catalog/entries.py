"""Files of ``papers/`` that are no records but lists of decisions, each with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from catalog import yaml_files
from catalog.findings import CatalogError
from catalog.schema_messages import first_complaint

_Model = TypeVar("_Model", bound=BaseModel)


def read_entries(path: Path, model: type[_Model], entry: str, expected: str) -> _Model | None:
    """The file at *path* as a *model*; ``None`` where there is no file.

    Parameters
    ----------
    entry : what one of its entries is called, e.g. ``refusal``
    expected : what the file should hold, for whoever wrote something else

    Raises
    ------
    CatalogError : the file is wrong, with its line
    """
    if not path.is_file():
        return None
    shown = f"{path.parent.name}/{path.name}"
    text = path.read_text(encoding="utf-8")
    try:
        return model.model_validate(yaml_files.parse(text))
    except yaml_files.YamlError as error:
        raise CatalogError(f"{shown}:{error.line}:{error.column}: {error.message}") from None
    except ValidationError as error:
        where, message = first_complaint(error, model, entry)
        line, column = yaml_files.locate(text, where)
        raise CatalogError(
            f"{shown}:{line}:{column}: {'.'.join(map(str, where))}: {message}; expected {expected}"
        ) from None
