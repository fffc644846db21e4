"""What a model refused, in words for the person who wrote the file.

pydantic says what its types miss; here that becomes what was found, what was expected and what to write
instead.  Which file it is, and on which line, is known to the caller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from rapidfuzz import fuzz, process

from catalog.findings import Path

_UNION_STEPS = frozenset({"bool", "literal['both']"})
"""Steps that pydantic puts into the way to a value of several types."""

_NOTHING = frozenset(
    ["", "null", "none", "nil", "nan", "n/a", "na", "unknown", "not known", "tbd", "todo", "?", "-", "~"]
)
BARE_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)+/[^\s,;]+")
"""A web address as people write it without its scheme, e.g. ``github.com/a/b``."""
BOOLEANS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
"""Words that people write for true and false."""


def complaints(error: ValidationError, model: type[BaseModel], whole: str) -> Iterator[tuple[Path, str]]:
    """The way to each wrong value, once, and what is wrong with it.

    Parameters
    ----------
    model : what the data was meant to be
    whole : what one such thing is called, e.g. ``record``
    """
    seen: set[Path] = set()
    for item in error.errors():
        path = tuple(step for step in item["loc"] if step not in _UNION_STEPS)
        if path not in seen:
            seen.add(path)
            yield path, _in_words(item, path, model, whole)


def first_complaint(error: ValidationError, model: type[BaseModel], whole: str) -> tuple[Path, str]:
    """One of the :func:`complaints`: a key that does not exist rather than the one that is missing for it."""
    unknown = next((item["loc"] for item in error.errors() if item["type"] == "extra_forbidden"), None)
    found = list(complaints(error, model, whole))
    return next((one for one in found if one[0] == unknown), found[0])


def no_such_field(name: str, known: Sequence[str]) -> str:
    """What is said of a field *name* that is none of those *known*."""
    if name != name.lstrip():
        return f"U+{ord(name[0]):04X} before it is no space to YAML; indent with plain spaces"
    meant = _CALLED.get(name.lower(), "")
    near = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=50)
    guess = meant if meant.partition(".")[0] in known else near[0] if near else None
    hint = f"did you mean '{guess}'?" if guess else f"known are {', '.join(known)}"
    return f"there is no such field; {hint}"


def named(value: Any) -> str:
    """What *value*, read from a file, is to the person who wrote it.

    >>> named([]), named("a"), named(None)
    ('a list', 'text', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    kinds = ((str, "text"), (int, "a number"), (Mapping, "fields"), (Sequence, "a list"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "something else")


def stands_for_nothing(text: str) -> bool:
    """Whether people write *text* where there is nothing, or where they do not know.

    >>> stands_for_nothing("N/A"), stands_for_nothing("(none)"), stands_for_nothing("attention")
    (True, True, False)
    """
    return text.strip().strip(" ()[]<>").lower() in _NOTHING


def _in_words(item: Any, path: Path, model: type[BaseModel], whole: str) -> str:
    kind, value, context = item["type"], item.get("input"), item.get("ctx", {})
    if kind == "extra_forbidden":
        holder = _model_at(path[:-1], model)
        known = [name for name in holder.model_fields if name not in ("id", "key")] if holder else []
        return no_such_field(str(path[-1]), known)
    if kind == "missing":
        return f"is missing; every {whole} needs it"
    if kind == "value_error":
        return _refused_value(str(context["error"]), path, model, whole)
    found = f"found {_shown(value)}"
    if kind == "literal_error":
        return f"{found}, expected {_choice(value, str(context['expected']))}"
    if kind == "string_type":
        return f"{found}, expected text; {_as_text(value, path, model, whole)}"
    if kind in ("tuple_type", "list_type"):
        return f"{found}, expected a list; {_as_list(value, path, model)}"
    if kind == "int_type":
        return f"{found}, expected a whole number{_without_quotes(value)}"
    if kind == "bool_type":
        return f"{found}, expected true, false, both or null{_without_quotes(value)}"
    expected = {
        "less_than_equal": f"at most {context.get('le')}",
        "greater_than_equal": f"at least {context.get('ge')}",
        "string_too_short": f"at least {context.get('min_length')} characters",
        "model_type": "fields of its own, one a line, indented",
        "model_attributes_type": "fields of its own, one a line, indented",
        "mapping_type": "field: source, one a line, indented",
        "dict_type": "field: source, one a line, indented",
        "too_short": "at least one; write null where nothing is known",
    }.get(kind)
    if expected and value is None and expected.endswith("indented"):
        expected += "; where there are none, delete the line"
    return f"{found}, expected {expected}" if expected else f"{found}: {item['msg']}"


def _shown(value: Any) -> str:
    shown = "null" if value is None else str(value).lower() if isinstance(value, bool) else f"{value!r}"
    return shown if len(shown) <= 80 else f"{shown[:77]}…"


def _refused_value(reason: str, path: Path, model: type[BaseModel], whole: str) -> str:
    """*reason*; what to write instead of an empty text depends on where it stands."""
    return f"{reason}; {_instead(path, model, whole)}" if reason == "is empty" else reason


def _instead(path: Path, model: type[BaseModel], whole: str) -> str:
    """What to do where a text is needed and there is none."""
    field = _field_at(path, model)
    if field is None:  # an item of a list, or of a mapping that names anything
        return "delete it"
    if field.is_required():
        return f"every {whole} needs it"
    return "write null" if field.default is None else f"delete the line, and it is '{field.default}'"


def _choice(value: Any, expected: str) -> str:
    """The choices, and which of them is meant: one that the text holds as a word, else the most similar."""
    choices = re.findall(r"[\w-]+", expected.replace(" or ", " "))
    words = expected.replace("'", "")
    if isinstance(value, list) and len(value) == 1 and value[0] in choices:
        return f"{words}; write {value[0]}, without brackets"
    if not isinstance(value, str):
        return words
    if stands_for_nothing(value):
        return f"{words}; write null, without quotes, where it is not known"
    held = [choice for choice in choices if choice in re.findall(r"[a-z]+", value.lower())]
    near = process.extractOne(value.lower(), choices, scorer=fuzz.ratio, score_cutoff=60)
    meant = held[0] if len(held) == 1 else near[0] if near else None
    return f"{words}; did you mean {meant}?" if meant else words


def _without_quotes(value: Any) -> str:
    """What to write where a text stands for a number, true, false or null."""
    if not isinstance(value, str):
        return ""
    word = value.strip().lower()
    if word in _NOTHING:
        meant = "null"
    elif re.fullmatch(r"[0-9]+", word):
        meant = word
    else:
        meant = BOOLEANS.get(word, "")
    return f"; write {meant}, without quotes" if meant else ""


def _as_text(value: Any, path: Path, model: type[BaseModel], whole: str) -> str:
    if value is None:
        return "delete the empty item" if isinstance(path[-1], int) else _instead(path, model, whole)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return f"write {_quoted(value[0])}, without brackets"
    if isinstance(value, dict) and len(value) == 1:
        ((key, text),) = value.items()
        return f"text that holds ': ' needs double quotes: write {_quoted(f'{key}: {text}')}"
    if isinstance(value, bool | int):
        return f"write {_quoted(str(value).lower())}, in double quotes, if it is meant as text"
    return "put it in double quotes if it is meant as such"


def _as_list(value: Any, path: Path, model: type[BaseModel]) -> str:
    if value is None:
        return "write [] or delete the line"
    if stands_for_nothing(str(value)):
        field = _field_at(path, model)
        may_be_null = field is not None and type(None) in get_args(field.annotation)
        return f"write [] where there is none{', null where it is not known' if may_be_null else ''}"
    if not isinstance(value, str | int):
        return "write [first, second]"
    if re.match(r"-\S", str(value)):
        return f"write '- ', with a space, before each item: - {str(value)[1:].split(' -')[0]}"
    if BARE_ADDRESS.fullmatch(str(value)):
        return f"write [{_quoted(f'https://{value}')}]"
    if path == ("authors",):
        return _as_names(str(value))
    plain = re.fullmatch(r"[\w(][^\[\]{}\"'#:]*", str(value))
    return f"write [{value if plain else _quoted(str(value))}]"


def _as_names(value: str) -> str:
    """The list of the authors that a text names, where it is plain where each begins and ends."""
    names = [name.strip() for name in re.split(r"\s+and\s+|\s*;\s*", value) if name.strip()]
    pieces = [piece.strip() for name in names for piece in name.split(",") if piece.strip()]
    one_by_one = len(names) == 1 or any(
        "," not in name for name in names
    )  # as in "Ada Bo, Chen Da and Eva Fu"
    if one_by_one and all(" " in piece for piece in pieces):
        names = pieces
    turned = [" ".join(reversed([part.strip() for part in name.split(",")])) for name in names]
    if any(name.count(",") > 1 for name in names) or not all(map(_PLAIN_NAME.fullmatch, turned)):
        return "write [Given Family, Given Family]"
    return f"write [{', '.join(turned)}]"


_PLAIN_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’-])*")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_CALLED = {
    "conference": "venue", "journal": "venue", "booktitle": "venue", "date": "published", "acronym": "name",
    "category": "kind", "type": "kind", "topics": "keywords", "description": "summary", "abstract": "summary",
    "sources": "provenance", "citation": "bibtex", "old_titles": "former_titles", "github": "links.code",
    "code": "links.code", "repository": "links.code", "url": "links.paper", "pdf": "links.paper",
    "website": "links.project", "arxiv": "identifiers.arxiv", "doi": "identifiers.doi",
    "openreview": "identifiers.openreview",
}  # fmt: skip
"""What people call fields of a record that are spelt in no similar way."""


def _field_at(path: Path, model: type[BaseModel]) -> FieldInfo | None:
    """The field at *path* below *model*; ``None`` for an item of a list, or of a mapping of any names."""
    holder = _model_at(path[:-1], model)
    return holder.model_fields.get(str(path[-1])) if holder else None


def _model_at(path: Path, model: type[BaseModel]) -> type[BaseModel] | None:
    """The model whose fields stand at *path* below *model*; ``None``: a list, or a mapping of any names."""
    found: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int):  # an item of a list of models
            continue
        field = found.model_fields.get(step) if found else None
        found = _model_in(field.annotation) if field else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
