"""What the settings of a method may be: said once, by their types, and checked when the method is made.

A method's dataclass is a `Settings`; its fields have a plain type, a `Literal` or one of the types below. Not
here: what only a model can tell, such as how many layers it has.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin, get_type_hints

from reference_impls.reduction import BUDGET, AtMost, is_budget

UNIONS = (Union, types.UnionType)
NAMES: dict[Any, str] = {
    bool: "True or False",
    float: "a number",
    int: "a whole number",
    types.NoneType: "None",
    Callable: "a function",
}


@dataclass(frozen=True)
class Rule:
    """What a type does not say: which of its values are allowed, and that in words."""

    allows: Callable[[Any], bool]
    words: str


Keep = Annotated[float, Rule(is_budget, BUDGET)]
"""A budget, as `reduction.budget` takes it."""
Share = Annotated[float, Rule(lambda value: 0 <= value <= 1, "a share between 0 and 1")]
Positive = Annotated[float, Rule(lambda value: value > 0, "a number above 0")]
NotNegative = Annotated[float, Rule(lambda value: value >= 0, "a number of 0 or more")]
Whole = Annotated[int, Rule(lambda value: value >= 0, "a whole number of 0 or more")]
"""A count that may be none, or the number of a layer or block, counted from 0."""
Count = Annotated[int, Rule(lambda value: value >= 1, "a whole number of 1 or more")]
Blocks = Annotated[
    tuple[Whole, ...],
    Rule(
        lambda value: list(value) == sorted(set(value)),
        "numbers of blocks from 0 on, ascending and each once",
    ),
]
"""Blocks of a model, counted from 0; that the model has them is checked by its host."""
Several = Annotated[int, Rule(lambda value: value >= 2, "a whole number of 2 or more")]


class Settings:
    """The base of a method's frozen dataclass, whose settings are checked when it is made.

    Numbers of other libraries become Python's, and lists tuples. Raises ValueError where a setting is not
    what its type says, and TypeError, as Python does, for the name of none.
    """

    def __new__(cls, *_: Any, **given: Any) -> Self:
        takes = list(inspect.signature(cls.__init__).parameters.values())[1:]  # the first is the instance
        names = [one.name for one in takes]
        unknown = [name for name in given if name not in names]
        if unknown and not any(one.kind is one.VAR_KEYWORD for one in takes):
            raise TypeError(f"{cls.__name__} has no setting {', '.join(unknown)}; it has {', '.join(names)}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self), include_extras=True)
        for field in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = _plain(getattr(self, field.name))
            if not _fits(kinds[field.name], value):
                raise ValueError(
                    f"{type(self).__name__}: {field.name} must be {_words(kinds[field.name])}, found "
                    f"{value!r:.80}"
                )
            object.__setattr__(self, field.name, value)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_plain(part) for part in value)
    if isinstance(value, bool | AtMost) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _fits(kind: Any, value: Any) -> bool:
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if origin is Annotated:
        return _fits(parts[0], value) and all(rule.allows(value) for rule in parts[1:])
    if origin is Literal:
        return any(value == part and type(value) is type(part) for part in parts)
    if origin in UNIONS:
        return any(_fits(part, value) for part in parts)
    if origin is tuple:
        kinds = parts[:1] * len(value) if Ellipsis in parts and isinstance(value, tuple) else parts
        return isinstance(value, tuple) and len(kinds) == len(value) and all(map(_fits, kinds, value))
    if origin in (float, int):
        allowed = int | float if origin is float else int
        return isinstance(value, allowed) and not isinstance(value, bool) and not math.isnan(value)
    return isinstance(value, origin)


def _words(kind: Any) -> str:
    origin, parts = get_origin(kind) or kind, get_args(kind)
    if origin is Annotated:
        return " and ".join(rule.words for rule in parts[1:])
    if origin is Literal:
        return " or ".join(map(repr, parts))
    if origin in UNIONS:
        return " or ".join(map(_words, parts))
    if origin is tuple and Ellipsis in parts:
        return f"a tuple, each part {_words(parts[0])}"
    if origin is tuple:
        return f"a tuple of {len(parts)}: {', '.join(map(_words, parts))}"
    return NAMES.get(origin, f"a {origin.__name__}")
