"""Which fields of a record a filled form sets, and to what.

A field has a place of its own in the form, or is chosen from a menu, or is named in the text:
``Venue: ECCV``, one after the other.  What the answers mean is
:mod:`catalog.github.values`' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rapidfuzz import fuzz, process

from catalog.github.forms import Form, FormError, short
from catalog.github.values import fields_of
from catalog.wording import Labels

_LINE = re.compile(r"\s*(?:[-*]\s+)?(\w[^:\n]{0,60}?)\s*:(?!//)\s*(.*)")


def fields_given(answers: Mapping[str, str], form: Form, labels: Labels) -> dict[str, str]:
    """What the forms call a field -> what was filled in for it.

    Raises
    ------
    FormError : the text names no field, or a field is there twice
    """
    fields = fields_of(labels)
    given = {label: answers[key] for key, label in form.labels.items() if key in answers and label in fields}
    for name, answer in _named(answers.get("field"), answers.get("value"), form, _names(labels)):
        if name in given:
            raise FormError(f"'{name}' is filled in twice. Please leave one of the two.")
        given[name] = answer
    return given


def _names(labels: Labels) -> Mapping[str, str]:
    """What people call a field, in small letters -> what the forms call it."""
    fields = fields_of(labels)
    return {
        **{field.path[-1]: name for name, field in fields.items()},
        **{name.casefold(): name for name in fields},
    }


def _named(
    field: str | None, value: str | None, form: Form, names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The field that is chosen with its value, or each that the value's lines name."""
    if field is None:
        yield from _lines(value or "", form, names)
    elif (name := names.get(field.casefold())) is None:
        expected = ", ".join(dict.fromkeys(names.values()))
        raise FormError(f"There is no field '{short(field)}'. Expected one of: {expected}.")
    elif value is None:
        raise FormError(f"'{form.labels['value']}' is empty. Please write there what is right for '{name}'.")
    else:
        yield name, value


def _lines(text: str, form: Form, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each field that a line of *text* names, with the rest of the line and the lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        name = names.get(match[1].casefold()) if match else None
        if match and name:
            found.append((name, [match[2]]))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            raise FormError(_which_field(line.strip(), match[1] if match else "", form, names))
    yield from ((name, "\n".join(lines).strip()) for name, lines in found)


def _which_field(line: str, word: str, form: Form, names: Mapping[str, str]) -> str:
    near = process.extractOne(word.casefold(), list(names), scorer=fuzz.ratio, score_cutoff=70)
    if near:
        return f"There is no field '{short(word)}'. Did you mean '{names[near[0]]}: …'?"
    return (
        f"Of which field is '{short(line)}' the right value? Please choose it under "
        f"'{form.labels['field']}', or begin the line with the field's name, as in '{names['kind']}: survey'."
    )
