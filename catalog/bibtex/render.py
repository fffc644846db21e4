"""A record as a BibTeX entry, in one style, and the citation keys of many records.

The entry cites the published version and compiles in BibTeX's standard styles
without a warning: where a fact is missing that a type requires, it is ``@misc``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, product
from string import ascii_lowercase

from catalog.bibtex.carrying import AUTHOR, NAMES, PLACES, TYPE
from catalog.bibtex.entry import key_in, missing_fields
from catalog.bibtex.latex import open_quotes, text_to_latex
from catalog.bibtex.names import OTHERS, is_one_name, join_names, may_be_group, names_in_text, names_written
from catalog.bibtex.values import MONTHS
from catalog.bibtex.venues import resolve_venue
from catalog.names import family_name
from catalog.record import Paper, year_of
from catalog.texts import SPELT_OUT
from catalog.vocabulary import Venue, Vocabulary, fold

_CONFERENCE_TYPES = frozenset(["conference", "findings", "workshop"])

_INSIGNIFICANT = frozenset(
    "a an the is are be of on in at to for from by with without and or not do does can how what when where "
    "which who why your you we it its as via towards toward into all".split()
)


def is_citable(paper: Paper, vocabulary: Vocabulary) -> bool:
    """Whether an entry made from the record would say who wrote the paper, and where it appeared, if known.

    A venue that is no key of the vocabulary, or an author that is none or several, is a mistake to correct
    first: the entry would hold it, and stay behind when the record is corrected.
    """
    has_names = all(is_one_name(name) or is_held_together(name, paper) for name in paper.authors or ())
    return has_names and (paper.venue is None or vocabulary.venue(paper.venue) is not None)


def is_held_together(name: str, paper: Paper) -> bool:
    """Whether braces in the record's own entry say of *name*, which holds an "and", that it is a group's."""
    return may_be_group(name) and f"{{{text_to_latex(name)}}}" in (paper.bibtex or "")


def render(
    paper: Paper, vocabulary: Vocabulary, extra: Mapping[str, str] | None = None, *, key: str | None = None
) -> str:
    """The entry that cites *paper*, ending in a newline.

    Parameters
    ----------
    extra : facts without a field in the record, as :func:`~catalog.bibtex.carry_over` gives them, as Unicode
        text; a venue among them holds for a record that has none
    key : the citation key; :func:`citation_key` of the paper where it is not given
    """
    facts = dict(extra or {})
    venue = vocabulary.venue(paper.venue)
    authors = _authors(paper, facts)
    entry_type, place = _type_and_place(paper, venue, bool(authors and paper.year))
    if paper.venue is None:
        entry_type, place = _as_said(facts, paper, vocabulary) or (entry_type, place)
    _drop_what_warns("article" if "journal" in place else entry_type, facts, paper)
    fields: dict[str, str] = {"title": protect_capitals(paper.title, paper.name)}
    written = names_written(facts.get(NAMES, ""))
    if authors:
        fields["author"] = join_names(authors, written)
    elif entry_type not in _BY_EDITORS or "editor" not in facts:
        fields["key"] = text_to_latex(paper.name or paper.title)
    fields.update(place)
    if paper.year:
        fields["year"] = str(paper.year)
    for name in _FACTS:
        if facts.get(name):
            fields[name] = text_to_latex(facts[name])
    if facts.get("editor"):
        fields["editor"] = join_names(names_in_text(facts["editor"]), written)
    if "eprint" not in place:
        fields.update(_eprint(facts, paper))
    doi = paper.identifiers.doi or facts.get("doi")
    if doi:
        fields["doi"] = doi
    if paper.paper_link:
        fields["url"] = paper.paper_link
    rows = [f"  {name} = {_delimited(name, value)}," for name, value in fields.items()]
    return "\n".join([f"@{entry_type}{{{key or citation_key(paper)},", *rows, "}"]) + "\n"


_FACTS = (
    *("volume", "number", "series", "edition", "chapter", "pages", "publisher", "organization", "address"),
    *("month", "type", "isbn", "note"),
)
"""Facts that are fields of the same name."""
_BY_EDITORS = frozenset(["book", "proceedings"])
"""Types that may have editors in the place of authors."""


def _authors(paper: Paper, facts: Mapping[str, str]) -> list[str]:
    """All authors, or those that somebody's entry names before "and others"."""
    if paper.authors:
        return list(paper.authors)
    return [*names_in_text(facts[AUTHOR]), OTHERS] if facts.get(AUTHOR) else []


def _eprint(facts: Mapping[str, str], paper: Paper) -> Iterator[tuple[str, str]]:
    """The preprint of a paper that appeared elsewhere, with the record's number where it is arXiv's."""
    if "eprint" not in facts:
        return
    server = facts.get("archiveprefix", "arXiv")
    on_arxiv = server.lower() == "arxiv"
    yield "eprint", (on_arxiv and paper.identifiers.arxiv) or text_to_latex(facts["eprint"])
    yield "archivePrefix", "arXiv" if on_arxiv else text_to_latex(server)
    if "primaryclass" in facts:
        yield "primaryClass", text_to_latex(facts["primaryclass"])


def followed(text: str, before: Paper, now: Paper) -> str:
    """The entry in *text* with title and authors of *now*, where it has them as made from *before*.

    All else stays, and so does what somebody wrote in other words.
    """
    fields = [("title", protect_capitals(before.title, before.name), protect_capitals(now.title, now.name))]
    if before.authors and now.authors:
        fields.append(("author", join_names(before.authors), join_names(now.authors)))
    for name, old, new in fields:
        if old != new:
            found = re.search(rf"(\b{name}\s*=\s*{{){re.escape(old)}}}", text, re.IGNORECASE)
            text = f"{text[: found.end(1)]}{new}{text[found.end() - 1 :]}" if found else text
    return text


def _delimited(name: str, value: str) -> str:
    return value if name == "month" and value in MONTHS else f"{{{value}}}"


def _type_and_place(paper: Paper, venue: Venue | None, citable: bool) -> tuple[str, dict[str, str]]:
    """The entry's type and the fields that say where the paper appeared.

    Parameters
    ----------
    citable : whether it has what every type requires, an author and a year
    """
    full_name = text_to_latex(venue.definition.rstrip(".")) if venue else ""
    if venue and venue.type in _CONFERENCE_TYPES and citable:
        return "inproceedings", {"booktitle": full_name}
    if venue and venue.type == "journal" and citable:
        return "article", {"journal": full_name}
    on_arxiv = venue is None or fold(venue.key) == "arxiv"
    if paper.identifiers.arxiv and on_arxiv:
        return "misc", {"eprint": paper.identifiers.arxiv, "archivePrefix": "arXiv"}
    if venue:
        return "misc", {"howpublished": full_name}
    return "misc", {"howpublished": text_to_latex(paper.venue)} if paper.venue else {}


_TYPE_OF = {"booktitle": "inproceedings", "journal": "article"}


def _as_said(
    facts: Mapping[str, str], paper: Paper, vocabulary: Vocabulary
) -> tuple[str, dict[str, str]] | None:
    """Type and place as somebody's entry has them, of a record without venue; ``None`` where it says neither.

    It is the first of the types that fit which has all that it requires.
    """
    said = next((name for name in PLACES if name in facts), None)
    if said and vocabulary.is_preprint(resolve_venue(facts[said], vocabulary)):
        said = None
    own = facts.get(TYPE)
    if not (said or own):
        return None
    place = {said: text_to_latex(facts[said])} if said else {}
    given = {"title", *place, *(name for name, text in facts.items() if text and name not in PLACES)}
    given |= ({"author"} if paper.authors else set()) | ({"year"} if paper.year else set())
    for entry_type in filter(None, (own, _TYPE_OF.get(said or ""))):
        if missing_fields(entry_type, given) == []:
            return entry_type, place
    if said in ("school", "institution"):  # which @misc does not print
        place = {"howpublished": place[said]}
    return ("misc", place) if said else None


def _drop_what_warns(entry_type: str, facts: dict[str, str], paper: Paper) -> None:
    """Without these, the standard styles would complain of what they cannot print."""
    numbered = "volume" in facts if entry_type == "article" else "series" in facts and "volume" not in facts
    numbered = numbered or entry_type == "techreport"
    if not numbered:
        facts.pop("number", None)
    if not paper.year:
        facts.pop("month", None)


_WORD = re.compile(r"[^\W_]+(?:[/'’.][^\W_]+)*")
_ARTICLE = re.compile(r"(?<![-&*/+])A(?=\s)")


def protect_capitals(title: str, name: str | None = None) -> str:
    """*title* as LaTeX, with braces around the words that a style must not put into lower case.

    Those are words with a capital after the first letter, words of capitals only other than the article
    "A", fractions, and the method's *name* where it is one word, simple or compound.

    >>> protect_capitals("An Image is Worth 1/2 Tokens: ViT and LLM-based Top-K")
    'An Image is Worth {1/2} Tokens: {ViT} and {LLM}-based Top-{K}'
    >>> protect_capitals("VLM-Pruner: A Pruner", "VLM-Pruner")
    '{VLM-Pruner}: A Pruner'
    """
    # As long as each mark still has its neighbours: between two words, one before a comma seems to open.
    title = open_quotes(title).replace('"', "”")
    shouting = not any(character.islower() for character in title)
    pieces, end = [], 0
    for match in _words_with(name, title).finditer(title):
        pieces.append(text_to_latex(title[end : match.start()]))
        word, end = match[0], match.end()
        latex = text_to_latex(word)
        is_fixed = _is_fixed(word) and not _ARTICLE.match(title, match.start())
        if word == name or (is_fixed and not shouting):
            latex = f"{{{latex}}}"
        pieces.append(latex)
    pieces.append(text_to_latex(title[end:]))
    return "".join(pieces)


def _words_with(name: str | None, title: str) -> re.Pattern[str]:
    """What finds the words of *title*, of which a compound that is the method's *name* is one."""
    if not name or name not in title or _WORD.fullmatch(name) or " " in name:
        return _WORD
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])|{_WORD.pattern}")


def _is_fixed(word: str) -> bool:
    if "/" in word and any(character.isdigit() for character in word):
        return True
    if any(character.islower() for character in word):
        return any(character.isupper() for character in word[1:])
    return any(character.isupper() for character in word)


# -------------------------------------------------------------------------------------------- keys


def _ascii(text: str) -> str:
    """Lower-case ASCII letters and digits; words stay apart."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(SPELT_OUT))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def citation_key(paper: Paper) -> str:
    """Family name, year and first significant word of the title, e.g. ``chen2024image``.

    The paper's id where neither its first author's name nor its title has a Latin letter.
    """
    author = _ascii(family_name(paper.authors[0])).replace(" ", "") if paper.authors else ""
    year = year_of(paper) or ""
    words = _ascii(paper.title.replace("'", "").replace("’", "")).split()
    significant = [w for w in words if w not in _INSIGNIFICANT and not w.isdigit()]
    word = next(iter(significant or words), "")
    return f"{author}{year}{word}" if author or word else paper.id


def is_key_without_author(key: str, paper: Paper) -> bool:
    """Whether *key* is what :func:`citation_key` gives while nobody knows the paper's authors.

    >>> paper = Paper(id="a", title="Token Fish", authors=("Ada Bo",), year=2026)
    >>> [is_key_without_author(key, paper) for key in ("2026token", "token", "bo2026token")]
    [True, True, False]
    """
    word = citation_key(paper.model_copy(update={"authors": None, "year": None, "published": None}))
    return re.fullmatch(rf"(?:\d{{4}})?{re.escape(word)}[a-z]?", key) is not None


def keys_for(papers: Iterable[Paper], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """A citation key for every paper's id, each key once.

    The key of an existing entry is never changed.  Of the others, in the order of their ids, the first
    that wants a taken key gets the suffix ``a``, the next ``b``, and so on.

    Parameters
    ----------
    given : id -> key that a paper without an entry was cited under before
    """
    keys: dict[str, str] = {}
    taken: set[str] = set()
    waiting: list[Paper] = []
    for paper in sorted(papers, key=lambda p: p.id):
        existing = key_in(paper.bibtex) if paper.bibtex else None
        if existing:
            keys[paper.id] = existing
            taken.add(existing.lower())
        else:
            waiting.append(paper)
    for paper in waiting:
        wanted = (given or {}).get(paper.id) or citation_key(paper)
        key = next(key for ending in key_endings() if (key := wanted + ending) not in taken)
        taken.add(key)
        keys[paper.id] = key
    return dict(sorted(keys.items()))


def key_endings() -> Iterator[str]:
    """By which keys that would be one are told apart: none, a to z, aa, ab and so on.

    >>> from itertools import islice
    >>> endings = list(islice(key_endings(), 29))
    >>> endings[:3], endings[26:]
    (['', 'a', 'b'], ['z', 'aa', 'ab'])
    """
    for length in count():
        yield from map("".join, product(ascii_lowercase, repeat=length))
