"""Lists of papers that somebody pastes: each item is read as what it is, and the papers are in its order.

An item may be an identifier, an address, a BibTeX entry, a citation key, a reference, a title or the name of
a method.  How a text is cut into items is the business of :mod:`catalog.cli.pasted.items`.  The site's
``browse/lists.js`` reads them alike; ``tests/pasted_cases.json`` is the table that both pass.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalog import query
from catalog.catalogue import Catalogue, by_date
from catalog.cli.pasted import forms
from catalog.cli.pasted.items import Item, Sure, items_in, words_of
from catalog.cli.pasted.keys import Keys, is_key
from catalog.cli.pasted.titles import Titles
from catalog.counting import counted
from catalog.links import same_address
from catalog.query.values import brief
from catalog.record import Paper

_LEAST_OF_NAME = 2
"""A name is read from so many letters on."""
_MOST_OF_NAME = 3
"""Words of a name within a reference."""
_SHORT = 8
"""Words of a reference that says no more than who wrote it, when, and what the method is called."""
_LEAST_OF_TITLE = 3
"""Words of a sentence that is taken for a title."""
_NO_TITLE = re.compile(r"(?:in|arxiv|corr|proceedings|advances)\b", re.IGNORECASE)
_BARE = ("openreview", "anthology", "arxiv", "doi")
"""Identifiers that are read without their field, too."""


@dataclass(frozen=True)
class _Reading:
    """What an item was read as.

    Attributes
    ----------
    item : in few words
    papers : none where it is no paper's
    shown : what they are called, where the item does not say so itself
    """

    item: str
    papers: tuple[Paper, ...] = ()
    shown: str = ""


@dataclass(frozen=True)
class Listed:
    """A list, as far as its papers are known.

    Attributes
    ----------
    papers : in the order of the items, each once
    items : how many there are
    missing : those of no paper, in few words
    read : (item, what it was read as), where a reader is to look whether it is right
    sure : whether it is a list even where the text, as a query, finds papers
    """

    papers: tuple[Paper, ...]
    items: int
    missing: tuple[str, ...]
    read: tuple[tuple[str, str], ...]
    sure: bool

    def notes(self) -> Iterator[str]:
        """What is to be said of it: what was not found, and what was read as something else."""
        found = self.items - len(self.missing)
        said = f"{found} of {self.items} found"
        if self.missing:
            between = "; " if any(re.search(r"[\s,]", one) for one in self.missing) else ", "
            yield f"{said}; not found: {between.join(self.missing)}"
        elif len(self.papers) != found:
            yield said
        if self.read:
            yield "read: " + ", ".join(f"'{item}' as {shown}" for item, shown in self.read)


class Lists:
    """Reads lists of the papers of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._keys = Keys(catalogue)
        self._titles = Titles(catalogue)
        self._newest = by_date(catalogue)

    def of(self, text: str) -> Listed | None:
        """The list that *text* is, or may be where it finds nothing as a query; ``None`` where it is none."""
        cut = items_in(text, self._catalogue.vocabulary)
        if cut is None:
            return None
        read = [self._read(item) for item in cut.items]
        found = sum(1 for reading in read if reading.papers)
        sure = cut.sure == Sure.PLAINLY or found == len(read)
        may_be_keys = any(item.cited or forms.is_entry(item.text) or is_key(item.text) for item in cut.items)
        likely = cut.sure == Sure.LIKELY and (found or may_be_keys)
        perhaps = cut.sure == Sure.PERHAPS and 2 * found > len(read)
        return _listed(read, sure=sure) if sure or likely or perhaps else None

    def named(self, text: str) -> Listed | None:
        """The papers that *text*, which finds nothing as a query, names nevertheless, as a reference does."""
        typed = text.strip()
        papers = self._bare(typed) or self._titled(typed)
        reading = _Reading(brief(typed), tuple(papers))
        if not papers and forms.is_reference(typed):
            reading = self._reference(Item(typed, typed))
        return _listed([reading], sure=False) if reading.papers else None

    def _read(self, item: Item) -> _Reading:
        text, label = item.text, _label_of(item)
        if item.cited or is_key(text):
            return self._keyed(text, label)
        papers = (
            self._identified(text)
            or self._at_address(text)
            or self._by_citation(text)
            or self._with_word(text)
            or self._titled(forms.title_of(text) or text)
            or self._by_name(text)
        )
        if papers:
            return _Reading(label, tuple(papers))
        return self._keyed(forms.key_of(text), label) if forms.is_entry(text) else self._reference(item)

    def _identified(self, text: str) -> Sequence[Paper]:
        for name, value in forms.identifiers_of(text):
            if papers := self._catalogue.by_identifier.get((name, value.lower())):
                return papers
        return ()

    def _at_address(self, text: str) -> Sequence[Paper]:
        """The papers whose link *text* is, or lies below."""
        if not forms.is_address(text):
            return ()
        wanted = f"{same_address(forms.with_scheme(text))}/"
        return [
            paper
            for paper in self._newest
            if any(
                link and wanted.startswith(f"{same_address(link)}/")
                for link in (*paper.links.code, paper.links.paper)
            )
        ]

    def _keyed(self, key: str, label: str) -> _Reading:
        paper = self._keys.paper(key)
        if not paper:
            return _Reading(label)
        own = self._keys.of[paper.id]
        return _Reading(label, (paper,), "" if own.lower() == key.lower() else own)

    def _by_citation(self, text: str) -> Sequence[Paper]:
        """The papers of a first author and a year, which is that of the venue or of the first public date."""
        author, year = forms.cited(text, in_list=True) or ("", "")
        family = query.words(author)
        return [
            paper
            for paper in self._newest
            if family
            and year in (str(paper.year), (paper.published or "")[:4])
            and paper.authors
            and query.words(paper.authors[0])[-len(family) :] == family
        ]

    def _with_word(self, text: str) -> Sequence[Paper]:
        """The papers of an identifier or a citation key that is one of the words of *text*."""
        if forms.is_entry(text):
            return ()
        words = words_of(text)
        for word in words:
            if papers := self._identified(word) or self._at_address(word):
                return papers
            if is_key(word) and (paper := self._keys.exactly(word)):
                return [paper]
        return self._bare(words[0]) if len(words) == 1 else ()

    def _bare(self, text: str) -> Sequence[Paper]:
        """The paper of an identifier that does not say of what kind it is, or of an id of this catalogue."""
        wanted = text.lower()
        for name in _BARE:
            if papers := self._catalogue.by_identifier.get((name, wanted)):
                return papers
        paper = self._catalogue.by_any_id.get(wanted)
        return [paper] if paper else ()

    def _titled(self, text: str) -> Sequence[Paper]:
        return self._titles.within(text) or self._titles.called(text)

    @cached_property
    def _names(self) -> dict[str, list[Paper]]:
        names = defaultdict(list)
        for paper in self._newest:
            names["".join(query.words(paper.name or ""))].append(paper)
        return names

    def _by_name(self, text: str) -> Sequence[Paper]:
        """The papers of a method's name, perhaps with something in brackets behind it, or in these."""
        behind = re.fullmatch(r"([^()\[\]]*?)\s*[(\[]([^()\[\]]*)[)\]]", text)
        before, inside = (behind[1], behind[2]) if behind else (text, "")
        return self._called(query.words(before)) or self._called(query.words(inside))

    def _called(self, name: Iterable[str]) -> Sequence[Paper]:
        joined = "".join(name)
        return self._names.get(joined, ()) if len(joined) >= _LEAST_OF_NAME else ()

    def _reference(self, item: Item) -> _Reading:
        """Of which a sentence is nearly a title, or who names the first author and the method."""
        titled = (self._titles.called(sentence) for sentence in _sentences_of(item.text))
        papers = next(filter(None, titled), None) or self._by_author(item.text)
        shown = (papers[0].name or brief(papers[0].title)) if papers else ""
        return _Reading(_label_of(item), tuple(papers), shown)

    def _by_author(self, text: str) -> Sequence[Paper]:
        """The papers whose first author and method *text* names, as "Feng et al., Ada-KV: ..."."""
        said = query.words(text)
        undated = re.sub(r"\b(?:19|20)\d\d[a-z]?\b", " ", text)
        names = [query.words(part) for part in re.split(r'[.,:;()\[\]"“”]+', undated)]
        if len(said) <= _SHORT:
            ends = range(1, _MOST_OF_NAME + 1)
            names += (said[start : start + more] for start in range(len(said)) for more in ends)
        found = ([paper for paper in self._called(name) if _first_author(paper) in said] for name in names)
        return next(filter(None, found), ())


def _first_author(paper: Paper) -> str:
    """The last word of the first author's name, folded; empty where it is not known."""
    return next(reversed(query.words(paper.authors[0])), "") if paper.authors else ""


def _listed(read: Sequence[_Reading], *, sure: bool) -> Listed:
    papers = {paper.id: paper for reading in read for paper in reading.papers}
    several = ((one, counted(len(one.papers), "paper") if len(one.papers) > 1 else one.shown) for one in read)
    return Listed(
        papers=tuple(papers.values()),
        items=len(read),
        missing=tuple(reading.item for reading in read if not reading.papers),
        read=tuple((reading.item, shown) for reading, shown in several if shown),
        sure=sure,
    )


def _label_of(item: Item) -> str:
    """What a note calls it: of a BibTeX entry, its key where it is written as one, or else its title."""
    if forms.is_entry(item.text):
        key = forms.key_of(item.text)
        called = key if is_key(key) else forms.title_of(item.text) or key
    else:
        called = _in_short(item)
    return brief(re.sub(r"^[(\"'“]+|[)\"'”,.;]+$", "", called or item.label))


def _in_short(item: Item) -> str:
    """Of a reference that is too long to be quoted, its number and the sentence that looks like its title."""
    if brief(item.label) == item.label:
        return item.label
    sentences = [one for one in _sentences_of(item.text) if not _NO_TITLE.match(one)]
    title = max(sentences, key=_like_title, default="")
    if _like_title(title) < _LEAST_OF_TITLE:
        return item.label
    return item.label[: len(item.label) - len(item.text)] + title


def _sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text)


def _like_title(sentence: str) -> int:
    """How many words it has, and how few commas: in a list of authors there are few words between two."""
    return len(query.words(sentence)) - 3 * sentence.count(",")
