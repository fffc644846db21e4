"""The queries that the help beside the search box shows: such as find something in this catalogue.

What each of them means is told by ``site_templates/site/browse/help.html.j2``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from catalog.catalogue import Catalogue, by_date
from catalog.exports.bibtex import unique_keys
from catalog.facts import terms_of
from catalog.names import family_name
from catalog.query.fields import shown_name
from catalog.record import Paper, year_of

_T = TypeVar("_T", bound=Hashable)


def queries(catalogue: Catalogue) -> Mapping[str, str | None]:
    """What is shown -> a query of it, or ``None`` where the catalogue's papers give no example.

    ``words``, ``edition`` (venue, year and a mechanism), ``number``, ``key``, ``author``, ``venues``,
    ``years`` (and two more of them, ``until`` and ``between``), ``without`` (a mechanism), ``either`` (of
    two) and ``covered`` (an example of a term).
    """
    papers = by_date(catalogue.papers)
    mechanisms = _frequent(key for paper in papers for key in paper.mechanism or ())
    field = shown_name("mechanism", catalogue.vocabulary)
    return {
        "words": _phrase(catalogue),
        "edition": _edition(catalogue),
        "number": next((paper.identifiers.arxiv for paper in papers if paper.identifiers.arxiv), None),
        "key": unique_keys(catalogue)[papers[0].id] if papers else None,
        "author": _author(papers),
        "venues": _venues(catalogue),
        "without": f"-{field}:{mechanisms[0]}" if mechanisms else None,
        "either": _either(mechanisms, papers),
        "covered": _covered(mechanisms, catalogue),
        **_years(papers),
    }


def _frequent(values: Iterable[_T]) -> list[_T]:
    """The values, the most frequent first, equals in their own order."""
    counts = Counter(values)
    return sorted(counts, key=lambda value: (-counts[value], str(value)))


def _phrase(catalogue: Catalogue) -> str | None:
    """The topic, where a title has it as it stands, or else two words of titles."""
    titles = [paper.title.lower() for paper in catalogue.papers]
    topic = catalogue.config.topic.lower()
    if any(re.search(rf"\b{re.escape(topic)}\b", title) for title in titles):
        return topic
    pairs = _frequent(
        pair
        for title in titles
        for pair in set(re.findall(r"(?<![\w-])(?=([a-z]{5,} [a-z]{5,})(?![\w-]))", title))
    )
    return pairs[0] if pairs else None


def _published(catalogue: Catalogue) -> list[tuple[Paper, str]]:
    """The papers that came out at a venue other than one for preprints, and the venue's key."""
    return [
        (paper, paper.venue)
        for paper in catalogue.papers
        if paper.venue and (venue := catalogue.vocabulary.venue(paper.venue)) and venue.type != "preprint"
    ]


def _edition(catalogue: Catalogue) -> str | None:
    """A venue, a year and a mechanism that several papers have, as words."""
    names = _frequent(
        (venue, paper.year, key)
        for paper, venue in _published(catalogue)
        if paper.year and re.fullmatch("[A-Za-z]+", venue)
        for key in paper.mechanism or ()
    )
    if not names:
        return None
    venue, year, key = names[0]
    return f"{venue.lower()} {year} {key}"


def _author(papers: Sequence[Paper]) -> str | None:
    """The family name that most papers have."""
    families = ({family_name(author).lower() for author in paper.authors or ()} for paper in papers)
    names = _frequent(family for of_paper in families for family in of_paper)
    return next((f"author:{name}" for name in names if re.fullmatch("[a-z]+", name)), None)


def _venues(catalogue: Catalogue) -> str | None:
    keys = _frequent(venue for _, venue in _published(catalogue))[:2]
    values = [key.lower() if re.fullmatch(r"\w+", key) else f'"{key.lower()}"' for key in keys]
    return f"{shown_name('venue', catalogue.vocabulary)}:{','.join(values)}" if len(values) == 2 else None


def _either(mechanisms: Sequence[str], papers: Sequence[Paper]) -> str | None:
    """Two mechanisms as words, and a year in which a paper has one of them."""
    names = [key for key in mechanisms if re.fullmatch("[a-z]+", key)][:2]
    bearing = [paper for paper in papers if set(names) & set(paper.mechanism or ())]
    years = _frequent(year for paper in bearing if (year := year_of(paper)))
    return f"({' OR '.join(names)}) AND {years[0]}" if len(names) == 2 and years else None


def _covered(mechanisms: Sequence[str], catalogue: Catalogue) -> str | None:
    """The first example of the term that most papers bear of those with examples, beside a mechanism."""
    fields = catalogue.vocabulary.terms.items()
    some = {
        (name, key): term.examples for name, terms in fields for key, term in terms.items() if term.examples
    }
    borne = _frequent(
        (name, key)
        for paper in catalogue.papers
        for name in {field for field, _ in some}
        for key in terms_of(paper, name) or ()
        if (name, key) in some
    )
    return " ".join([*mechanisms[:1], some[borne[0]][0]]) if borne else None


def _years(papers: Sequence[Paper]) -> dict[str, str | None]:
    last = max((year for paper in papers if (year := year_of(paper))), default=None)
    if last is None:
        return {"years": None, "until": None, "between": None}
    return {"years": f"year:{last - 1}..", "until": f"..{last - 2}", "between": f"{last - 3}..{last - 1}"}
