"""What the exports in the formats of published lists share: sections, words for terms, and literal text.

A list is Markdown that people wrote by hand, so that whoever reads it tidies what stands there.  What is
written here must come back as it was: a character that Markdown or such a reader would understand as
markup, or would mend, is written as a character reference.  What an entry looks like is each format's
own business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from catalog.catalogue import Catalogue, by_year
from catalog.facts import terms_of
from catalog.record import ORDINARY_KIND, Paper, canonical_link
from catalog.templating import Markdown, markdown_link, markdown_text
from catalog.values import arxiv_month
from catalog.vocabulary import Vocabulary, fold

TOPICS = ("kind", "domain", "setting", "task", "criterion", "mechanism", "training", "parametric", "keywords")
"""Fields that tags and headings of lists are about."""
HEADINGS = ("domain", "setting", "task", "keywords")
"""Those that headings are about."""

_PLAIN_NAME = re.compile(r"(?!.*(?:--|_|[ '-] ))[^\W_](?:[\w .+&/'-]*[\w+])?")
_OF_TWO = {"training": ("free", "based"), "parametric": ("false", "true")}
"""What ``both`` is of, which a list says of each."""


# ------------------------------------------------------------------------------- literal text

_TIDIED = re.compile(
    r"""
      [’“”：]                            # would become plain
    | \A[ .,;(]+ | [ .,;]+\Z              # would be cut off, or taken for the beginning of a link
    | (?<=\s): | :(?=\S)                  # would get or lose a space
    | -(?=\ ) | '(?=\ s\b)                # would be joined again, as after a line break
    | [^\S ] | (?<=\ )\                   # one space would be left
    """,
    re.VERBOSE,
)
_MARKED = re.compile(r"\\([\\`*_{}\[\]])|([\U000F0000-\U000FFFFD])")
_HIDDEN = 0xF0000
"""Where characters are put that pass through Markdown's escapes and become references."""


def literal(text: str, also: str = "") -> Markdown:
    """*text* as inert Markdown that whoever tidies it reads as exactly these characters.

    Parameters
    ----------
    also : more characters that are written as references

    >>> print(literal("Is a [CLS] Token : Worth It?"))
    Is a &#91;CLS&#93; Token &#58; Worth It?
    """
    hidden = _TIDIED.sub(lambda match: "".join(map(_hide, match[0])), text)
    if also or not text.isascii():
        hidden = "".join(_hide(c) if _needs_reference(c, b, also) else c for b, c in _pairs(hidden))
    return Markdown(_MARKED.sub(_reference, markdown_text(hidden)))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each character with the one before it."""
    return zip(" " + text, text, strict=False)


def _needs_reference(character: str, before: str, also: str) -> bool:
    if ord(character) >= _HIDDEN:
        return False
    if character in also or unicodedata.category(character)[0] == "C":
        return True
    # A run of such characters may look like text in a wrong encoding.
    return not character.isascii() and not before.isascii() and ord(character) < 0x3000


def _hide(character: str) -> str:
    return chr(_HIDDEN + ord(character)) if ord(character) < 0xFFFE else character


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[1]) if match[1] else ord(match[2]) - _HIDDEN};"


def plain_name(paper: Paper) -> str | None:
    """The method's name, where it is plain enough to be read back from a badge or bracket.

    >>> from catalog.record import Paper
    >>> [plain_name(Paper(id="a", title="A", name=name)) for name in ("F³-Pruning", "a_b", "Segformer++")]
    ['F³-Pruning', None, 'Segformer++']
    """
    name = paper.name or ""
    return name if _PLAIN_NAME.fullmatch(name) else None


# ------------------------------------------------------------------------------- words for terms


def terms_said(paper: Paper, name: str) -> tuple[str, ...]:
    """The terms in the field *name* as lists say them: a method is what most papers are, ``both`` is two."""
    if name == "kind" and paper.kind == ORDINARY_KIND:
        return ()
    keys = terms_of(paper, name) or ()
    return _OF_TWO[name] if name in _OF_TWO and keys == ("both",) else keys


@dataclass
class Words:
    """How terms are called in tags and headings so that they cannot mean another."""

    vocabulary: Vocabulary
    _known: dict[tuple[str, ...], str | None] = field(default_factory=dict)

    def tag(self, name: str, key: str) -> str | None:
        """The tag for a term; ``None`` where none means it alone."""
        return self._word(name, key, self.vocabulary.with_own(TOPICS), self._list_spelling)

    def heading(self, name: str, key: str | None, ending: str = "") -> str:
        """The heading for a term, one that lists use with that *ending* if there is one.

        Above papers without a term it says so, and "Papers" in a catalogue that does without the field.
        """
        if not self.vocabulary.has_field(name):
            return "Papers"

        def like_a_list(name: str, key: str) -> Iterator[str]:
            return (tag for tag in self.vocabulary[name][key].tags if ending and tag.endswith(ending))

        known = self._word(name, key, HEADINGS, like_a_list, ending) if key else None
        return known or f"{name.capitalize()} not known"

    def tags(self, paper: Paper, fields: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(field, tag) for all that is known of *paper*; ``both`` gives two tags."""
        for name in fields:
            words = [self.tag(name, key) for key in terms_said(paper, name)]
            if None not in words or name not in _OF_TWO:  # One of two would say half of it.
                yield from ((name, word) for word in words if word)

    def _word(
        self,
        name: str,
        key: str,
        fields: Sequence[str],
        preferred: Callable[[str, str], Iterator[str]],
        *more: str,
    ) -> str | None:
        place = (name, key, *fields, *more)
        if place not in self._known:
            term = self.vocabulary[name].get(key)
            words = [*preferred(name, key), term.label, *term.tags, *term.aliases, key] if term else []
            self._known[place] = next((word for word in words if self._means(word, name, key, fields)), None)
        return self._known[place]

    def _means(self, word: str, name: str, key: str, fields: Sequence[str]) -> bool:
        """Whether *word* means this term and no other, for who reads the tags that lists write first."""
        named = [(f, k) for f, k in self.vocabulary.fields_of(word) if f in fields]
        if fields != HEADINGS:
            named = [(f, k) for f, k in named if self._is_tag(word, f, k)] or named
        return named == [(name, key)]

    def _is_tag(self, word: str, name: str, key: str) -> bool:
        return fold(word) in {fold(tag) for tag in self.vocabulary[name][key].tags}

    def _list_spelling(self, name: str, key: str) -> Iterator[str]:
        """The first tag that lists use for the term, where it says at least what the label says."""
        term = self.vocabulary[name][key]
        return (tag for tag in term.tags[:1] if fold(term.label) in fold(tag))


def venue_words(paper: Paper, vocabulary: Vocabulary) -> str | None:
    """What lists call the paper's venue, without the year."""
    if paper.venue is None:
        return None
    label = vocabulary.label("venue", paper.venue)
    return label if vocabulary.resolve("venue", label) == paper.venue else paper.venue


def is_said_by_its_id(paper: Paper, vocabulary: Vocabulary) -> bool:
    """Whether *paper* is a preprint of the year that its arXiv id names."""
    month = arxiv_month(paper.identifiers.arxiv) if paper.identifiers.arxiv else None
    return vocabulary.is_preprint(paper.venue) and (month or "")[:4] == str(paper.year)


# ------------------------------------------------------------------------------- links


def paper_link(paper: Paper) -> str | None:
    """Where the paper is read: an identifier's page, because that says most."""
    return canonical_link(paper.identifiers) or paper.links.paper


def bracketed_links(paper: Paper) -> Iterator[str]:
    """``[[Paper](…)]`` and so on, for what there is."""
    code = paper.links.code[0] if paper.links.code else None
    links = (
        ("Paper", paper_link(paper)),
        ("Code", code),
        ("Project", paper.links.project),
        ("Video", paper.links.video),
    )
    return (f"[[{word}]({target(link)})]" for word, link in links if link)


def target(link: str) -> str:
    """A link's target, without parentheses and brackets."""
    return markdown_link(link).replace("[", "%5B").replace("]", "%5D")


# ------------------------------------------------------------------------------- sections


@dataclass(frozen=True)
class Section:
    """Papers under one heading: their term of each field that divides the list, and the papers by year."""

    keys: tuple[str | None, ...]
    years: Sequence[tuple[int | None, Sequence[Paper]]]


def sections(papers: Iterable[Paper], vocabulary: Vocabulary, fields: Sequence[str]) -> list[Section]:
    """The papers by the terms that they have in *fields*, newest first; one with two terms is there twice.

    Sections stand in the vocabulary's order, those of papers without such a term last.
    """
    members: dict[tuple[str | None, ...], list[Paper]] = {}
    for paper in papers:
        for keys in _places(paper, vocabulary, fields):
            members.setdefault(keys, []).append(paper)
    order = [{key: rank for rank, key in enumerate(vocabulary[name])} for name in fields]

    def rank(keys: tuple[str | None, ...]) -> list[int]:
        return [ranks[key] if key is not None else len(ranks) for key, ranks in zip(keys, order, strict=True)]

    return [Section(keys, by_year(members[keys])) for keys in sorted(members, key=rank)]


def by_domain_and_year(
    papers: Iterable[Paper], catalogue: Catalogue, year_heading: str
) -> Iterator[tuple[str, Sequence[Paper]]]:
    """A list of one page under headings of domains and years: what stands before each group, and the group.

    Parameters
    ----------
    year_heading : the marks before a year, such as ``###``
    """
    words = Words(catalogue.vocabulary)
    before = f"# {literal(catalogue.config.title)}\n"
    for section in sections(papers, catalogue.vocabulary, ("domain",)):
        (domain,) = section.keys
        before += f"\n## {literal(words.heading('domain', domain))}\n"
        for year, group in section.years:
            yield f"{before}\n{year_heading} {year or 'Year not known'}\n", group
            before = ""
    if before:
        yield before, ()


def _places(paper: Paper, vocabulary: Vocabulary, fields: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    if not fields:
        yield ()
        return
    known = [key for key in getattr(paper, fields[0]) or () if key in vocabulary[fields[0]]]
    for key in known or [None]:
        for rest in _places(paper, vocabulary, fields[1:]):
            yield key, *rest
