"""Reading and answering queries; the language itself is told in the package's first lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from catalog.query.clauses import Clause, Query
from catalog.query.fields import field_of
from catalog.query.mistakes import QueryError, reader_of, value_of
from catalog.query.parser import Parser
from catalog.query.values import Typed
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

LONGEST = 7500
"""Characters of a query: enough for hundreds of identifiers, and little enough for an address of the site."""


def select(papers: Iterable[Paper], query: Query) -> Iterator[Paper]:
    """The papers that *query* means, in their order."""
    once = Query(tuple(dict.fromkeys(query.clauses)))  # pasted text may say a word a thousand times
    return (paper for paper in papers if once.matches(paper))


def parse(text: str, vocabulary: Vocabulary) -> Query:
    """The query that *text* writes down.

    Raises
    ------
    QueryError : an unknown field or term, a wrong value, a quotation mark or a bracket without partner, or
        AND, OR or NOT with nothing to join; the message shows where, the nearest that there is, and what is
        allowed. Or *text* is too long
    """
    if len(text) > LONGEST:
        message = f"a query has at most {LONGEST:,} characters, and this one has {len(text):,}; shorten it."
        raise QueryError(message, text, LONGEST + 1)
    return Parser(text, vocabulary).query()


def from_fields(wanted: Mapping[str, object], vocabulary: Vocabulary) -> Query:
    """The query of field -> value: text, a number, ``True`` or ``False`` for yes or no, ``None`` for unknown,
    or several of them in a list, of which a paper must have one.

    Raises
    ------
    QueryError : an unknown field or a wrong value
    """
    clauses = []
    for name, value in wanted.items():
        several = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
        if isinstance(value, (set, frozenset)):
            several.sort(key=str)
        shown = f"{name}={value!r}"
        if not several:
            message = "write at least one value, or leave the field out."
            raise QueryError(message, shown, len(name) + 2)
        reader = reader_of(name, vocabulary, shown, 1, 'Words to search for come first: where("some words").')
        field = field_of(name, vocabulary)
        typed = [_typed(field, one) for one in several]
        values = tuple(value_of(reader, one, shown, len(name) + 2) for one in typed)
        clauses.append(Clause(field, values))
    return Query(tuple(clauses))


def _typed(field: str, value: object) -> Typed:
    if value is None:
        return Typed("unknown")
    if isinstance(value, bool):
        words = ("true", "false") if field == "parametric" else ("yes", "no")
        return Typed(words[0] if value else words[1])
    text = str(value)
    # Several words in one text are meant as they stand, as if they were typed in quotes.
    return Typed(text, quoted=" " in text.strip())
