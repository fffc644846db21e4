"""What stands in the way of a new record: one that the paper has already, or a refusal.

The same paper is one with the same id, identifier or title, or with nearly the same title and first author;
one whose title begins with the draft's may be the same, and is named as well, and so is one of the same
method's name and first author.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalog.adding import doubts
from catalog.catalogue import Catalogue
from catalog.draft import Draft, draft_of_paper, draft_of_refusal, group, may_be_cut_short, may_be_retitled
from catalog.record import IDENTIFIERS, Paper
from catalog.refusals import Refusal


@dataclass(frozen=True)
class Obstacle:
    """Why no record is made, in words, and the record that there is already, or the refusal.

    Attributes
    ----------
    doubt : why the record may be another paper's all the same, with a question; goes on behind the reason
    namesake : whether nothing but the method's name and the first author speak for it
    """

    reason: str
    paper: Paper | None = None
    refusal: Refusal | None = None
    doubt: str = ""
    namesake: bool = False


def find_known(
    draft: Draft, catalogue: Catalogue, text: str = "", *, namesakes: bool = True
) -> Obstacle | None:
    """The obstacle that a record or refusal of this paper is, or one whose title begins with the draft's.

    Parameters
    ----------
    text : what the person typed, which may be the id of a record, present or former
    namesakes : whether the same method's name and first author are an obstacle, too
    """
    obstacle = _by_id(text, catalogue) or _by_identifier(draft, catalogue)
    if obstacle or not draft["title"]:
        return obstacle or _refused(draft, catalogue)
    known = list(map(_draft_of, catalogue.papers))
    return (
        _by_title(draft, known, catalogue)
        or _refused(draft, catalogue)
        or _by_beginning(draft, known, catalogue)
        or (_by_name(draft, known, catalogue) if namesakes else None)
    )


@lru_cache(maxsize=20_000)
def _draft_of(paper: Paper) -> Draft:
    """Kept, with the plain words of its titles, because of many papers to add each is compared with all."""
    return draft_of_paper(paper, dated=True)


def owner_of(record_id: str, catalogue: Catalogue) -> Paper | None:
    """The record that has this id, or had it."""
    return catalogue.by_id.get(record_id) or next(
        (paper for paper in catalogue if record_id in paper.aliases), None
    )


def holder_of(record_id: str, catalogue: Catalogue) -> str | None:
    """Whose the id is, in words: a record's, that has or had it, or a removed paper's."""
    if owner := owner_of(record_id, catalogue):
        return described(owner, catalogue)
    removed = catalogue.refused.by_id.get(record_id)
    return f'a paper that was removed, "{removed.title}" (papers/refused.yaml)' if removed else None


def described(paper: Paper, catalogue: Catalogue) -> str:
    """A record as messages name it."""
    return f"'{paper.id}' ({catalogue.files[paper.id]}): \"{paper.title}\""


def _by_id(text: str, catalogue: Catalogue) -> Obstacle | None:
    paper = owner_of(text, catalogue) if text else None
    if paper is None:
        return None
    whose = "the id" if paper.id == text else "a former id"
    return Obstacle(f"it is {whose} of {described(paper, catalogue)}", paper)


def _by_identifier(draft: Draft, catalogue: Catalogue) -> Obstacle | None:
    for name, value in sorted(draft.identifiers):
        for paper in catalogue.by_identifier.get((name, value), ()):
            reason = f"the {IDENTIFIERS[name]} {value} is that of {described(paper, catalogue)}"
            return Obstacle(reason, paper, doubt=doubts.on_identifier(draft, paper, name))
    return None


def _by_title(draft: Draft, known: Sequence[Draft], catalogue: Catalogue) -> Obstacle | None:
    groups = group([draft, *known], new=1)
    same = next((each for each in groups if 0 in each), [0])
    others = sorted(position for position in same if position)
    if not others:
        return None
    paper = catalogue.papers[others[0] - 1]
    both = not draft.first_authors.isdisjoint(known[others[0] - 1].first_authors)
    same_as = "the title and first author are those of" if both else "the title is that of"
    doubt = doubts.on_title(draft, paper, catalogue.vocabulary)
    return Obstacle(f"{same_as} {described(paper, catalogue)}", paper, doubt=doubt)


def _refused(draft: Draft, catalogue: Catalogue) -> Obstacle | None:
    titles = [str(title) for title in draft.values("title", "former_titles")]
    refusal = catalogue.refused.find(titles, [str(number) for number in draft.values("arxiv")])
    if refusal is None:
        return None
    return Obstacle(
        f"it was looked at before and left out: {refusal.reason} (papers/refused.yaml). If that was wrong, "
        "delete it there first, and say why in the pull request",
        refusal=refusal,
    )


def _by_beginning(draft: Draft, known: Sequence[Draft], catalogue: Catalogue) -> Obstacle | None:
    """The record, or refusal, of whose title the draft has the beginning alone."""
    for paper, of_paper in zip(catalogue.papers, known, strict=True):
        if may_be_cut_short(draft, of_paper):
            return Obstacle(f"the title is the beginning of that of {described(paper, catalogue)}", paper)
    for refusal in catalogue.refused.papers:
        if may_be_cut_short(draft, draft_of_refusal(refusal)):
            return Obstacle(
                f'the title is the beginning of "{refusal.title}", which was looked at before and left out: '
                f"{refusal.reason} (papers/refused.yaml). If it is another paper, give the whole title",
                refusal=refusal,
            )
    return None


def _by_name(draft: Draft, known: Sequence[Draft], catalogue: Catalogue) -> Obstacle | None:
    """The record of a method of this name by the same first author, under another title."""
    for paper, of_paper in zip(catalogue.papers, known, strict=True):
        if may_be_retitled(draft, of_paper):
            return Obstacle(
                f"the method's name and the first author are those of {described(paper, catalogue)}",
                paper,
                doubt="the title is another. Is it the same paper, which has another title now?",
                namesake=True,
            )
    return None
