"""Which fields of a record a filled form sets, and to what.

A field has a place of its own in the form, or is chosen from a menu, or is named in the text:
``Venue: ECCV``, one after the other.  What the answers mean is
:mod:`catalog.github.values`' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import fuzz, process

from catalog.bibtex.carrying import CARRIED, PLACES
from catalog.github.forms import Form, FormError, short
from catalog.github.values import BIBTEX, SUMMARY, TITLE, fields_of
from catalog.wording import Labels

_LINE = re.compile(r"\s*(?:[-*]\s+)?(\w[^:\n]{0,60}?)\s*:(?!//)\s*(.*)")
_SENTENCES = frozenset({TITLE, SUMMARY})
"""Fields whose values hold colons and may go on in the next line."""
_OF_ENTRY = {*CARRIED, *PLACES} - {"doi"}
"""What BibTeX entries name and no field of a record holds."""
_PERHAPS, _ALIKE = 70.0, 75.0
"""Similarity in percent from which on a word may be a field's name misspelt: where one is expected, and in a
sentence.  At 75, a title's own word is taken for one in "Ranking" (training) and few others; at 70, in 20."""


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
        raise FormError(f"There is no field '{short(field)}'. {_expected(names)}")
    elif value is None:
        raise FormError(f"'{form.labels['value']}' is empty. Please write there what is right for '{name}'.")
    else:
        _refuse_other_fields(name, value, form, names)
        yield name, value


def _lines(text: str, form: Form, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each field that a line of *text* names, with the rest of the line and the lines below it.

    Raises
    ------
    FormError : a line names a field that there is not, and is no part of the value above
    """
    found: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        word = match[1] if match else ""
        name = names.get(word.casefold())
        within = bool(found) and _is_within_entry(*found[-1])
        if match and name and not within:
            found.append((name, [match[2]]))
        elif found:
            if word and not within and _names_a_field(word, *found[-1], form, names):
                raise FormError(_no_field(word, found[-1][0], names))
            found[-1][1].append(line)
        elif line.strip():
            raise FormError(_which_field(line.strip(), word, form, names))
    yield from ((name, "\n".join(lines).strip()) for name, lines in found)


def _refuse_other_fields(name: str, value: str, form: Form, names: Mapping[str, str]) -> None:
    """Refuse a chosen field's value of which a later line names another field."""
    above: list[str] = []
    for line in value.split("\n"):
        match = _LINE.fullmatch(line) if above and not _is_within_entry(name, above) else None
        if match and match[1].casefold() in names:
            other = names[match[1].casefold()]
            said = f"'{form.labels['field']}' is '{name}', and a line of its value names the field '{other}'."
            advice = "For several fields, please choose none there, and begin each with its name."
            raise FormError(f"{said} {advice} {_or_part(name)}".rstrip())
        if match and _names_a_field(match[1], name, above, form, names):
            raise FormError(_no_field(match[1], name, names))
        above.append(line)


def _names_a_field(word: str, name: str, above: Sequence[str], form: Form, names: Mapping[str, str]) -> bool:
    """Whether a line that begins with *word* and a colon was meant as another field than *name* above it.

    Titles and summaries hold colons, and may go on in the next line: there, only what looks like a field's
    name is none of the text, or what a blank line divides from it.  No other value holds a colon.
    """
    if name not in _SENTENCES:
        return True
    if not any(line.strip() for line in above):
        return False
    folded = word.casefold()
    known = {*_OF_ENTRY, *(label.casefold() for label in form.labels.values())}
    return not above[-1].strip() or folded in known or _nearest(folded, names, _ALIKE) is not None


def _is_within_entry(name: str, lines: Sequence[str]) -> bool:
    """Whether the BibTeX entry in *lines* is not at its end yet: its abstract may hold anything."""
    text = "\n".join(lines)
    return name == BIBTEX and text.count("{") > text.count("}")


def _no_field(word: str, name: str, names: Mapping[str, str]) -> str:
    """What is said of a line that names no field, below the value of the field *name*."""
    return f"There is no field '{short(word)}'. {_meant(word, names)} {_or_part(name)}".rstrip()


def _meant(word: str, names: Mapping[str, str]) -> str:
    """Which field may have been meant, or which there are."""
    if word.casefold() in _OF_ENTRY:
        entry = names["bibtex"]
        return f"A record has it in its {entry} entry alone: please write that whole, behind '{entry}:'."
    near = _nearest(word.casefold(), names, _PERHAPS)
    return f"Did you mean '{near}: …'?" if near else _expected(names)


def _or_part(name: str) -> str:
    return f"If the line is part of '{name}', write it into the line above." if name in _SENTENCES else ""


def _nearest(word: str, names: Mapping[str, str], least: float) -> str | None:
    """The field whose name is spelt nearly like *word*."""
    near = process.extractOne(word, list(names), scorer=fuzz.ratio, score_cutoff=least)
    return names[near[0]] if near else None


def _expected(names: Mapping[str, str]) -> str:
    return f"Expected one of: {', '.join(dict.fromkeys(names.values()))}."


def _which_field(line: str, word: str, form: Form, names: Mapping[str, str]) -> str:
    if word and (word.casefold() in _OF_ENTRY or _nearest(word.casefold(), names, _PERHAPS)):
        return f"There is no field '{short(word)}'. {_meant(word, names)}"
    return (
        f"Of which field is '{short(line)}' the right value? Please choose it under "
        f"'{form.labels['field']}', or begin the line with the field's name, as in '{names['kind']}: survey'."
    )
