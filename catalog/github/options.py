"""Issue forms offer the vocabulary's terms: the options of their menus, renewed in the forms' own text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from catalog import yaml_files
from catalog.findings import CatalogError
from catalog.github.forms import FOLDER
from catalog.vocabulary import TERM_FILES, Vocabulary


def forms_offering(root: Path, vocabulary: Vocabulary) -> dict[str, str]:
    """Every form at *root* that has a menu for a field of terms, with the labels of *vocabulary* in it.

    A menu is a dropdown whose ``id`` is the field's name and whose options are plain texts.  All but the
    options stays as it is written: path relative to the root -> text.

    Raises
    ------
    CatalogError : a form is no YAML
    """
    texts = {path: path.read_bytes().decode() for path in sorted((root / FOLDER).glob("*.yml"))}
    forms = ((path, _renewed(path, text, vocabulary)) for path, text in texts.items())
    return {path.relative_to(root).as_posix(): text for path, text in forms if text is not None}


def _renewed(path: Path, text: str, vocabulary: Vocabulary) -> str | None:
    """*text* with the labels in its menus; ``None`` where it has no menu of terms."""
    try:
        menus = list(_menus(text))
    except yaml.YAMLError as error:
        raise CatalogError(_not_yaml(path, error)) from None
    # From the end, so that the places before stay what they are.
    for field, menu in reversed(menus):
        labels = [term.label for term in vocabulary[field].values()]
        if _offered(menu) != labels:
            written = _written(labels, menu, "\r\n" if "\r\n" in text else "\n")
            text = text[: menu.start_mark.index] + written + text[_end(menu, text) :]
    return text if menus else None


def _not_yaml(path: Path, error: yaml.YAMLError) -> str:
    try:
        yaml_files.read(path)
    except yaml_files.YamlError as found:  # says it in words
        return f"{path}:{found.line}:{found.column}: {found.message}"
    return f"{path}: {error}"


def _menus(text: str) -> Iterator[tuple[str, yaml.Node]]:
    """The options of each menu whose field is one of terms, in the order of the text."""
    body = _value(yaml.compose(text, yaml.SafeLoader), "body")
    for part in body.value if isinstance(body, yaml.SequenceNode) else ():
        kind, field = _value(part, "type"), _value(part, "id")
        menu = _value(_value(part, "attributes"), "options")
        if not (kind and field and menu and kind.value == "dropdown" and field.value in TERM_FILES):
            continue
        if _offered(menu) is not None:
            yield field.value, menu


def _value(mapping: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = mapping.value if isinstance(mapping, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _offered(menu: yaml.Node) -> list[str] | None:
    """What the menu offers; ``None`` where it holds more than texts of one line."""
    if not isinstance(menu, yaml.SequenceNode):
        return [] if menu.tag.endswith(":null") else None
    plain = all(isinstance(item, yaml.ScalarNode) and item.style in (None, "'", '"') for item in menu.value)
    return [item.value for item in menu.value] if plain else None


def _end(menu: yaml.Node, text: str) -> int:
    """Where what is written of *menu* ends; what a line says of its last item goes with it."""
    if not isinstance(menu, yaml.SequenceNode) or menu.flow_style:
        return int(menu.end_mark.index)
    last: int = menu.value[-1].end_mark.index
    return last + len(re.split(r"\r?\n", text[last:], maxsplit=1)[0])


def _written(labels: Sequence[str], menu: yaml.Node, newline: str) -> str:
    if not isinstance(menu, yaml.SequenceNode):
        return f" {_dumped(list(labels), flow=True)}"
    if menu.flow_style or not labels:
        return _dumped(list(labels), flow=True)
    indent = newline + " " * menu.start_mark.column
    return indent.join(_dumped([label], flow=False) for label in labels)


def _dumped(labels: list[str], *, flow: bool) -> str:
    text: str = yaml.safe_dump(labels, default_flow_style=flow, allow_unicode=True, width=math.inf)
    return text.strip()
