"""From the text of a query to its conditions; the language itself is told in the package's first lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from catalog.query.clauses import Clause, Condition, Either, Query, either_of
from catalog.query.dates import years_in
from catalog.query.fields import anywhere, field_of, fields, words_value
from catalog.query.marks import SPACE, plainly
from catalog.query.mistakes import QueryError, reader_of, value_of
from catalog.query.spoken import with_spoken
from catalog.query.values import Reader, Typed, Value
from catalog.vocabulary import Vocabulary

_SPACES: Final = re.compile(f"[{SPACE}]*")
_FIELD: Final = re.compile(r"([^\W\d_](?:[^\W\d]|-)*):")
_MORE_TEXT: Final = re.compile(f"[{SPACE}]+[^{SPACE}]")
_BARE: Final = re.compile(f'[^"{SPACE}]+')
_PLAIN: Final = re.compile(f'[^",{SPACE}]*')
_OPENING: Final = re.compile(r'[(\[]*(?=")')
_CLOSING: Final = ")]"
"""Brackets without an operator mean nothing; people who know other search engines put them around quotes."""
_SQUARE: Final = re.compile(r'\[+(?=[("])')
"""Those that mean nothing beside an operator either."""

_OPERATORS: Final = re.compile(rf'(?:^|[{SPACE}()"])(?:AND|OR|(?:AND)?NOT|\|\|)(?=[{SPACE}()"]|$)')
"""Where one stands, brackets mean something; in what :data:`_QUOTED` has left."""
_QUOTED: Final = re.compile(r'"[^"]*"?')
_OPERATOR: Final = {
    name: re.compile(f'(?:{written})(?=[{SPACE}()"]|$)')
    for name, written in (("AND", "AND"), ("OR", r"OR|\|\|"), ("NOT", "(?:AND)?NOT"))
}
_FOREIGN: Final = re.compile(
    rf"(?:TITLE-ABS(?:-KEY)?(?:-AUTH)?|AUTHKEY|PUBYEAR|LIMIT-TO|(?:TITLE|ABS|KEY|ALL|AUTH)(?=[{SPACE}]*\()"
    rf"|(?:W|PRE|NEAR|ONEAR)/[0-9]+|ADJ[0-9]+|AROUND\([0-9]+\))(?=[{SPACE}()]|$)|(?:TS|TI|AB|AK|AU|SO|PY|ALL)="
)
"""Fields and operators of other search engines, which are not translated; none is a word to look for."""
_TAG: Final = re.compile(
    r"\[(?:tiab|ti|ab|tw|au|mh|title(?:/abstract)?|abstract|author|all fields)\]", re.IGNORECASE
)
"""A field of theirs behind a word, as in ``pruning[tiab]``."""
_DEEPEST: Final = 20
"""Brackets within brackets: more than anybody writes, and few enough for a program to follow."""


def joins(text: str) -> bool:
    """Whether AND, OR or NOT stands in it, outside of quotes."""
    return _OPERATORS.search(_QUOTED.sub('""', plainly(text))) is not None


def sides_without_brackets(text: str, query: Query) -> tuple[Query, ...]:
    """What OR joins in *query*, where *text* has no brackets and they would say what belongs together."""
    match query.clauses:
        case (Either(sides, negated=False, said=""),) if "(" not in _QUOTED.sub("", plainly(text)):
            if any(len(side.clauses) > 1 for side in sides):
                return sides
    return ()


class Parser:
    """Walks once over the text."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.typed, self.text = text, plainly(text)
        self.vocabulary, self.at = vocabulary, 0
        self.joins = joins(text)

    def query(self) -> Query:
        """What the whole text means.

        Raises
        ------
        QueryError : the first mistake in it
        """
        clauses = self._either(0)
        if self.at < len(self.text):
            raise self._mistake("this bracket closes none; delete it, or open one before it.", self.at)
        return Query(clauses)

    # ------------------------------------------------------------------------- what operators join

    def _either(self, depth: int) -> tuple[Condition, ...]:
        """Up to a closing bracket or the end: what OR stands between."""
        queries = [self._all(depth)]
        while (at := self._operator("OR")) is not None:
            queries.append(self._all(depth, ("OR", at)))
        return either_of(queries)

    def _all(self, depth: int, behind: tuple[str, int] | None = None) -> Query:
        """Up to OR, a closing bracket or the end; *behind* an operator, which is to join something."""
        clauses: list[Condition] = []
        is_empty = True
        while not self._ends():
            at = self._operator("AND")
            if at is None:
                clauses += self._condition(depth)
                is_empty, behind = False, None
            elif is_empty or behind:
                raise self._idle("before", "AND", at)
            else:
                behind = "AND", at
        if behind:
            raise self._idle("behind", *behind)
        if is_empty and self._sees("OR"):
            raise self._idle("before", "OR", self.at)
        return Query(with_spoken(clauses, fields(self.vocabulary), self.vocabulary))

    def _condition(self, depth: int) -> tuple[Condition, ...]:
        negated = False
        while (at := self._operator("NOT")) is not None:
            negated = not negated
            if self._ends() or self._sees("AND"):
                raise self._idle("behind", "NOT", at)
        if self.text.startswith("-", self.at):
            self.at += 1
            negated = not negated
        if foreign := _FOREIGN.match(self.text, self.at):
            raise self._foreign(foreign)
        if self.joins:
            self.at = self._after(_SQUARE)
        if self.joins and self.text.startswith("(", self.at):
            return self._in_brackets(depth + 1, negated)
        clause = self._clause(negated)
        return (clause,) if clause else ()

    def _in_brackets(self, depth: int, negated: bool) -> tuple[Condition, ...]:
        opened = self.at
        if depth > _DEEPEST:
            raise self._mistake(f"brackets within brackets, more than {_DEEPEST} deep; write fewer.", opened)
        self.at += 1
        within = self._either(depth)
        self._expect_closing(opened)
        return either_of([Query(within)], negated=negated)

    def _operator(self, name: str) -> int | None:
        """Where the operator stands, if it does here, and walk behind it."""
        at, found = self.at, self._sees(name)
        if not found:
            return None
        self.at = found.end()
        self.at = self._after(_SPACES)
        return at

    def _sees(self, name: str) -> re.Match[str] | None:
        return _OPERATOR[name].match(self.text, self.at) if self.joins else None

    def _ends(self) -> bool:
        """Whether, behind spaces, nothing more is to be joined by AND."""
        self.at = self._after(_SPACES)
        closes = self.joins and self.text.startswith(")", self.at)
        return self.at == len(self.text) or closes or self._sees("OR") is not None

    def _expect_closing(self, opened: int) -> None:
        if not self.text.startswith(")", self.at):
            raise self._mistake("this bracket is never closed; add the other one.", opened)
        self.at += 1

    def _idle(self, side: str, operator: str, at: int) -> QueryError:
        return self._mistake(
            f"nothing stands {side} {operator}; write what it joins, or put it in quotes to search for it.",
            at,
        )

    def _foreign(self, found: re.Match[str]) -> QueryError:
        return self._mistake(
            f"{found[0]} is known to other search engines and not here; delete it. "
            "Here are AND, OR, NOT, quotes, and fields, as in title:(one OR other).",
            found.start(),
        )

    def _mistake(self, message: str, at: int) -> QueryError:
        return QueryError(message, self.typed, at + 1)

    # ------------------------------------------------------------------------------ one condition

    def _clause(self, negated: bool) -> Clause | None:
        self.at = self._after(_OPENING)
        name = self._name_of_field()
        # In "FastV: An Image" the colon ends a word of a title.
        if name and (negated or not _MORE_TEXT.match(self.text, name.end())):
            return self._filter(name, negated)
        start = self.at
        if self.text.startswith('"', start):
            typed = self._quoted("")
        else:
            typed = self._unquoted(_BARE, "")
            if tag := _TAG.search(self.text, start, self.at):
                raise self._foreign(tag)
            if years := years_in(typed.text):
                value = value_of(fields(self.vocabulary)["year"], Typed(years), self.typed, start + 1)
                return Clause("year", (value,), negated)
        words = words_value(typed, anywhere)
        return Clause(None, (words,), negated) if words else None

    def _name_of_field(self) -> re.Match[str] | None:
        """What stands before a colon; where it has letters beyond ASCII, only if it is a field's label."""
        name = _FIELD.match(self.text, self.at)
        if name and not name[1].isascii():
            return name if field_of(name[1], self.vocabulary) in fields(self.vocabulary) else None
        return name

    def _filter(self, name: re.Match[str], negated: bool) -> Clause:
        reader = reader_of(name[1], self.vocabulary, self.typed, name.start() + 1)
        self.at = name.end()
        if self.joins and self.text.startswith("(", self.at):
            values = tuple(self._values_in_brackets(reader))
        else:
            values = tuple(self._values(reader))
        return Clause(field_of(name[1], self.vocabulary), values, negated)

    def _values(self, reader: Reader) -> Iterator[Value]:
        yield self._value(reader)
        while self.text.startswith(",", self.at):
            self.at += 1
            yield self._value(reader)

    def _value(self, reader: Reader) -> Value:
        start = self.at
        is_quoted = self.text.startswith('"', start)
        typed = self._quoted(",") if is_quoted else self._unquoted(_PLAIN, ",")
        return value_of(reader, typed, self.typed, start + 1)

    def _values_in_brackets(self, reader: Reader) -> Iterator[Value]:
        """Those of "venue:(ICLR OR ICML)"."""
        opened = self.at
        self.at += 1
        while True:
            self.at = self._after(_SPACES)
            start = self.at
            is_quoted = self.text.startswith('"', start)
            typed = self._quoted(",") if is_quoted else Typed(" ".join(self._words_in_brackets()))
            yield value_of(reader, typed, self.typed, start + 1)
            self.at = self._after(_SPACES)
            if self.text.startswith(",", self.at):
                self.at += 1
            elif self._operator("OR") is None:
                break
        if self.at < len(self.text) and not self.text.startswith(")", self.at):
            message = "only OR may stand between the values of one field; for AND, write the field again."
            raise self._mistake(message, self.at)
        self._expect_closing(opened)

    def _words_in_brackets(self) -> Iterator[str]:
        while not self._ends() and not any(map(self._sees, ("AND", "NOT"))):
            typed = self._unquoted(_PLAIN, ",").text
            if not typed:
                return
            yield typed

    def _quoted(self, also: str) -> Typed:
        start = self.at
        end = self.text.find('"', start + 1)
        if end < 0:
            raise self._mistake("this quotation mark is never closed; add the other one.", start)
        self.at = end + 1
        self._expect_end(also)
        return Typed(self.text[start + 1 : end], quoted=True)

    def _unquoted(self, pattern: re.Pattern[str], also: str) -> Typed:
        start = self.at
        end = self._after(pattern)
        self.at = start + _own(self.text[start:end]) if self.joins else end
        self._expect_end(also)
        return Typed(self.text[start : self.at])

    def _expect_end(self, also: str) -> None:
        """After a value comes a space, the end, a closing bracket, an operator, or what *also* holds."""
        here = self.text[self.at : self.at + 1]
        if tag := _TAG.match(self.text, self.at):
            raise self._foreign(tag)
        if not here or here == also or here in _CLOSING or _SPACES.fullmatch(here):
            return
        if any(map(self._sees, _OPERATOR)):
            return
        if here == '"':
            message = "a quotation mark within a word; put the whole of it in quotes, or a space before it."
        else:
            message = "expected a space after the closing quotation mark."
        raise self._mistake(message, self.at)

    def _after(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        return match.end() if match else self.at


def _own(run: str) -> int:
    """How many of these characters come before a closing bracket whose other one is not among them."""
    depth = 0
    for at, letter in enumerate(run):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return at
    return len(run)
