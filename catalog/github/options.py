"""Issue forms offer the vocabulary's terms: the options of their menus, renewed in the forms' own text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from catalog.github.forms import FOLDER, load_forms
from catalog.vocabulary import TERM_FILES, Vocabulary


def forms_offering(root: Path, vocabulary: Vocabulary) -> dict[str, str]:
    """Every form of the catalogue at *root* with the labels of *vocabulary* in the menus of its fields.

    All else stays as it is written, comments too: path relative to the root -> text.

    Raises
    ------
    CatalogError : a form cannot be read
    """
    names = [(FOLDER / f"{form.name}.yml").as_posix() for form in load_forms(root)]
    return {name: _renewed((root / name).read_text(encoding="utf-8"), vocabulary) for name in names}


def _renewed(text: str, vocabulary: Vocabulary) -> str:
    # From the end, so that the places before stay what they are.
    for field, menu in reversed(list(_menus(text))):
        labels = [term.label for term in vocabulary[field].values()]
        if [item.value for item in menu.value] == labels:
            continue
        text = text[: menu.start_mark.index] + _written(labels, menu) + text[_end(menu, text) :]
    return text


def _menus(text: str) -> Iterator[tuple[str, yaml.SequenceNode]]:
    """The options of each menu whose field is one of terms, in the order of the text."""
    body = _value(yaml.compose(text, yaml.SafeLoader), "body")
    for part in body.value if body else ():
        field, menu = _value(part, "id"), _value(_value(part, "attributes"), "options")
        if field and field.value in TERM_FILES and isinstance(menu, yaml.SequenceNode):
            yield field.value, menu


def _end(menu: yaml.SequenceNode, text: str) -> int:
    """Where what is written of *menu* ends; what a line says of its last item goes with it."""
    if menu.flow_style:
        return int(menu.end_mark.index)
    last: int = menu.value[-1].end_mark.index
    return last + len(text[last:].partition("\n")[0])


def _value(mapping: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = mapping.value if isinstance(mapping, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _written(labels: Sequence[str], menu: yaml.SequenceNode) -> str:
    if menu.flow_style:
        return _dumped(list(labels), flow=True)
    return f"\n{' ' * menu.start_mark.column}".join(_dumped([label], flow=False) for label in labels)


def _dumped(labels: list[str], *, flow: bool) -> str:
    text: str = yaml.safe_dump(labels, default_flow_style=flow, allow_unicode=True, width=math.inf)
    return text.strip()
