"""What stands in the way of a new record: one that the paper has already, or a refusal.

The same paper is one with the same id, identifier or title, or with nearly the same title and first author;
one whose title begins with the draft's may be the same, and is named as well, and so is one of the same
method's name and first author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.adding import doubts
from catalog.catalogue import Catalogue
from catalog.draft import (
    LEAST_BEGINNING,
    Draft,
    DraftIndex,
    draft_of_paper,
    draft_of_refusal,
    may_be_cut_short,
    may_be_retitled,
    plain_words,
)
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


class KnownPapers:
    """The papers of a catalogue, made ready for comparison once, since many new ones are compared with them.

    Attributes
    ----------
    catalogue : as it is by now
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._index = _Index(catalogue)

    def remember(self, paper: Paper, file: str) -> None:
        """Compare later papers with this one, too, or with what its record says now."""
        self.catalogue = self.catalogue.with_papers([paper], {paper.id: file})
        self._index.add(paper)

    def find(self, draft: Draft, text: str = "", *, namesakes: bool = True) -> Obstacle | None:
        """The obstacle that a record or refusal of this paper is, or one whose title begins with the draft's.

        Parameters
        ----------
        text : what the person typed, which may be the id of a record, present or former
        namesakes : whether the same method's name and first author are an obstacle, too
        """
        obstacle = _by_id(text, self.catalogue) or self._by_identifier(draft)
        if obstacle or not draft["title"]:
            return obstacle or _refused(draft, self.catalogue)
        return (
            self._by_title(draft)
            or _refused(draft, self.catalogue)
            or self._by_beginning(draft)
            or (self._by_name(draft) if namesakes else None)
        )

    def _by_identifier(self, draft: Draft) -> Obstacle | None:
        for name, value in sorted(draft.identifiers):
            if owner := self._index.by_identifier.get((name, value)):
                paper = self.catalogue[owner]
                reason = f"the {IDENTIFIERS[name]} {value} is that of {described(paper, self.catalogue)}"
                return Obstacle(reason, paper, doubt=doubts.on_identifier(draft, paper, name))
        return None

    def _by_title(self, draft: Draft) -> Obstacle | None:
        owner = next(self._index.drafts.same(draft), None)
        if owner is None:
            return None
        paper = self.catalogue[owner]
        both = not draft.first_authors.isdisjoint(self._index.drafts[owner].first_authors)
        same_as = "the title and first author are those of" if both else "the title is that of"
        doubt = doubts.on_title(draft, paper, self.catalogue.vocabulary)
        return Obstacle(f"{same_as} {described(paper, self.catalogue)}", paper, doubt=doubt)

    def _by_beginning(self, draft: Draft) -> Obstacle | None:
        """The record, or refusal, of whose title the draft has the beginning alone."""
        index, beginnings = self._index, [begin for title in draft.titles if (begin := _beginning(title))]
        for owner in _owners(index.by_beginning, beginnings):
            if may_be_cut_short(draft, index.drafts[owner]):
                whose = described(self.catalogue[owner], self.catalogue)
                return Obstacle(f"the title is the beginning of that of {whose}", self.catalogue[owner])
        for begin in beginnings:
            for refusal in index.refused_by_beginning.get(begin, ()):
                if may_be_cut_short(draft, draft_of_refusal(refusal)):
                    return Obstacle(
                        f'the title is the beginning of "{refusal.title}", which was looked at before and '
                        f"left out: {refusal.reason} (papers/refused.yaml). If it is another paper, give the "
                        "whole title",
                        refusal=refusal,
                    )
        return None

    def _by_name(self, draft: Draft) -> Obstacle | None:
        """The record of a method of this name by the same first author, under another title."""
        for owner in _owners(self._index.by_name, draft.method_names):
            if may_be_retitled(draft, self._index.drafts[owner]):
                paper = self.catalogue[owner]
                return Obstacle(
                    f"the method's name and the first author are those of {described(paper, self.catalogue)}",
                    paper,
                    doubt="the title is another. Is it the same paper, which has another title now?",
                    namesake=True,
                )
        return None


class _Index:
    """Where to look for the papers that another one may be: ids of records, by what they are found."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.drafts = DraftIndex[str]()
        self.by_identifier: dict[tuple[str, str], str] = {}
        self.by_beginning: dict[str, list[str]] = {}
        self.by_name: dict[str, list[str]] = {}
        self.refused_by_beginning: dict[str, list[Refusal]] = {}
        for paper in catalogue:
            self.add(paper)
        for refusal in catalogue.refused.papers:
            if begin := _beginning(plain_words(refusal.title)):
                self.refused_by_beginning.setdefault(begin, []).append(refusal)

    def add(self, paper: Paper) -> None:
        """Take a paper in, or a later state of one that is there."""
        draft = draft_of_paper(paper, dated=True)
        self.drafts.add(paper.id, draft)
        for identifier in draft.identifiers:
            self.by_identifier.setdefault(identifier, paper.id)
        for title in draft.titles:
            if begin := _beginning(title):
                self.by_beginning.setdefault(begin, []).append(paper.id)
        for name in draft.method_names:
            self.by_name.setdefault(name, []).append(paper.id)


def _beginning(title: str) -> str:
    """The words that a title shares with any longer one that it may be the beginning of."""
    words = title.split(" ")
    return " ".join(words[:LEAST_BEGINNING]) if len(words) >= LEAST_BEGINNING else ""


def _owners(ids: Mapping[str, Sequence[str]], keys: Iterable[str]) -> list[str]:
    return sorted({owner for key in keys for owner in ids.get(key, ())})


def holder_of(record_id: str, catalogue: Catalogue) -> str | None:
    """Whose the id is, in words: a record's, that has or had it, or a removed paper's."""
    if owner := catalogue.by_any_id.get(record_id):
        return described(owner, catalogue)
    removed = catalogue.refused.by_id.get(record_id)
    return f'a paper that was removed, "{removed.title}" (papers/refused.yaml)' if removed else None


def described(paper: Paper, catalogue: Catalogue) -> str:
    """A record as messages name it."""
    return f"'{paper.id}' ({catalogue.files[paper.id]}): \"{paper.title}\""


def _by_id(text: str, catalogue: Catalogue) -> Obstacle | None:
    paper = catalogue.by_any_id.get(text)
    if paper is None:
        return None
    whose = "the id" if paper.id == text else "a former id"
    return Obstacle(f"it is {whose} of {described(paper, catalogue)}", paper)


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
