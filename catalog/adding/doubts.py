"""Whether a draft and a record that share an identifier or a title may be about two papers, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from catalog.counting import listed
from catalog.draft import LARGEST_DELAY, Draft, draft_of_paper, titles_compatible
from catalog.names import family_key
from catalog.record import IDENTIFIERS, Paper, year_of
from catalog.values import is_arxiv_doi
from catalog.vocabulary import Vocabulary, fold

_TITLES = ("title", "former_titles")
_FEW = 2
"""Authors that are named of each."""


def about_one_paper(known: Draft, new: Draft) -> bool:
    """Whether what is new, such as a source's answer, is about the paper that is known so far.

    Papers do get a new title when they are published, so the same authors speak for it as well.
    """
    ours, theirs = list(known.values(*_TITLES)), list(new.values(*_TITLES))
    if not ours or not theirs or any(titles_compatible(a, b) for a in ours for b in theirs):
        return True
    one, other = _families(known), _families(new)
    return bool(one) and len(one & other) * 3 >= 2 * max(len(one), len(other))


def on_identifier(draft: Draft, paper: Paper, name: str) -> str:
    """Why an identifier that both have may be wrong, as a question; empty where it speaks of one paper.

    Parameters
    ----------
    name : the identifier's field, e.g. ``doi``
    """
    titles = [str(title) for title in draft.values("title")]
    if about_one_paper(draft_of_paper(paper), draft) or (
        paper.name and fold(paper.name) in map(fold, titles)
    ):
        return ""
    return f'the title given is "{titles[0]}". Is the {IDENTIFIERS[name]} wrong?'


def on_title(draft: Draft, paper: Paper, vocabulary: Vocabulary) -> str:
    """What else the two have, where it differs, and a question; empty where nothing contradicts the title."""
    differing = list(_differences(draft, paper, vocabulary))
    if not differing:
        return ""
    return f"{'; '.join(differing)}. Is it another paper, or is one of the two wrong?"


def _differences(draft: Draft, paper: Paper, vocabulary: Vocabulary) -> Iterator[str]:
    for name, label in IDENTIFIERS.items():
        known = _published([getattr(paper.identifiers, name) or ""])
        given = _published(map(str, draft.values(name)))
        if known and given and known[0].lower() not in map(str.lower, given):
            yield f"the {label} is {given[0]}, in the record {known[0]}"
    yield from _other_appearance(draft, paper, vocabulary)
    ours, theirs = _families(draft), _families(draft_of_paper(paper))
    if ours and theirs and not ours & theirs:
        names = next(draft.values("authors"))
        yield f"the authors are {_short(names)}, in the record {_short(paper.authors or ())}"


def _published(values: Iterable[str]) -> list[str]:
    return [value for value in values if value and not is_arxiv_doi(value)]


def _other_appearance(draft: Draft, paper: Paper, vocabulary: Vocabulary) -> Iterator[str]:
    """Another venue or its year, where both are published; or years that lie too far apart."""
    given = [each for each in draft.values("appearance") if not vocabulary.is_preprint(each[0])]
    if given and paper.venue and not vocabulary.is_preprint(paper.venue):
        if not any(venue == paper.venue and year in (None, paper.year) for venue, year in given):
            yield f"it appeared at {_place(*given[0])}, in the record {_place(paper.venue, paper.year)}"
        return
    known = year_of(paper)
    years = [year for _, year in draft.values("appearance") if year] + list(draft.values("year"))
    if known and years and min(abs(year - known) for year in years) > LARGEST_DELAY:
        yield f"the year is {years[0]}, in the record {known}"


def _place(venue: str, year: int | None) -> str:
    return f"{venue} {year}" if year else venue


def _families(draft: Draft) -> set[str]:
    return {family_key(str(name)) for names in draft.values("authors") for name in names if name}


def _short(names: Sequence[str]) -> str:
    more = ["others"] if len(names) > _FEW else []
    return listed([*names[:_FEW], *more])
