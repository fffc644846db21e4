"""What a source is, what it is asked, and what it answers: shared by the files of the single sources.

A source is asked by one *key* at a time, an identifier, a title or an address,
and answers with a draft: claims with their provenance.  Claims about the published
version have the authority of verified metadata; claims that only the preprint
supports, or that are often wrong, have that of a list, so that publication wins.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from catalog.bibtex import resolve_venue
from catalog.draft import Authority, Claim, Draft, plain_words
from catalog.links import REPOSITORY_HOSTS, identifiers_in, tidy
from catalog.record import IDENTIFIERS, Identifiers
from catalog.sources.errors import SourceError
from catalog.sources.http import HttpClient
from catalog.sources.politeness import Rate
from catalog.texts import without_unseen
from catalog.values import check_link
from catalog.vocabulary import Vocabulary, fold

PUBLISHED = Authority.VERIFIED
"""What a source says of the published version."""
PREPRINT = Authority.LIST
"""What it says of a preprint, or repeats from elsewhere: any publication outranks it."""

_SAME_TITLE = 93.0
_LONGEST = {"title": 1_000, "authors": 50_000, "abstract": 50_000}
"""Characters beyond which a value is none of this field, but a source's mishap."""


@dataclass(frozen=True)
class Known:
    """What is known of a paper when a source is asked.

    Attributes
    ----------
    identifiers : the record's name of each -> its value
    pages : addresses of the paper that name no identifier
    code : addresses of repositories
    """

    identifiers: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    pages: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a source said.

    Attributes
    ----------
    notes : what a person should know and no field can hold, in words
    gone : repositories that do not exist
    """

    draft: Draft = field(default_factory=Draft)
    notes: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desk:
    """Where a source is asked: the client, the source's address and rate, and the venues that there are.

    *former* is the desk of the source's older interface, where it has one.
    """

    http: HttpClient
    base: str
    rate: Rate
    vocabulary: Vocabulary
    former: Desk | None = None

    def json(self, path: str, **options: Any) -> Any:
        """The JSON that ``base + path`` answers; *options* go to :meth:`HttpClient.get`.

        Raises
        ------
        SourceError : as the client, or it is not JSON
        """
        response = self.http.get(self.base + path, accept=("application/json",), rate=self.rate, **options)
        try:
            return json.loads(response.body)
        except (ValueError, RecursionError):
            raise SourceError(
                f"what {self.base + path} answered is not the JSON that it says it is"
            ) from None

    def text(self, path: str, accept: tuple[str, ...], **options: Any) -> str:
        """The text that ``base + path`` answers.

        Raises
        ------
        SourceError : as the client, or it is not UTF-8
        """
        response = self.http.get(self.base + path, accept=accept, rate=self.rate, **options)
        try:
            return response.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SourceError(f"what {self.base + path} answered is not UTF-8") from None


@dataclass(frozen=True)
class Source:
    """One source.

    Attributes
    ----------
    base : its address, without a slash at the end
    former : the address of its older interface, where older papers are
    keys : what it can be asked by, given what is known; ``()`` where it cannot help
    ask : (one of the keys, what is known, where) -> its answer
    """

    name: str
    base: str
    rate: Rate
    keys: Callable[[Known], Sequence[str]]
    ask: Callable[[str, Known, Desk], Answer]
    former: str | None = None

    def desk(self, http: HttpClient, vocabulary: Vocabulary, mirror: str | None = None) -> Desk:
        """Where to ask it; *mirror* is the address of a server that stands in for all sources."""
        path = f"{mirror}/{fold(self.name)}" if mirror else None
        former = None
        if self.former:
            former = Desk(http, f"{path}/former" if path else self.former, self.rate, vocabulary)
        return Desk(http, path or self.base, self.rate, vocabulary, former)


class Claims:
    """Collects a source's claims, refusing values that no record could hold."""

    def __init__(self, source: str, place: str = "") -> None:
        self.source, self.place = source, place
        self._found: dict[str, list[Claim]] = {}

    def add(self, name: str, value: Any, authority: Authority = PUBLISHED) -> None:
        """Claim *value* for the field, where it is one."""
        if value is None or value in ("", ()) or len(str(value)) > _LONGEST.get(name, 100_000):
            return
        claim = Claim(value, self.source, authority, self.place)
        if claim not in self._found.setdefault(name, []):
            self._found[name].append(claim)

    def add_identifiers(self, found: Mapping[str, str]) -> None:
        """Claim identifiers that have the form that they must have."""
        for name in IDENTIFIERS:
            value = found.get(name)
            if value and is_identifier(name, value):
                self.add(name, value)

    def add_code(self, text: str) -> None:
        """Claim the repositories that *text* names."""
        for link in repositories_in(text):
            self.add("code", link, PREPRINT)

    def draft(self) -> Draft:
        """All claims."""
        return Draft({name: tuple(each) for name, each in self._found.items()})


# ------------------------------------------------------------------- reading what others wrote


def expect(value: Any, kind: type[Any], what: str) -> Any:
    """*value*, which must be of a kind.

    Raises
    ------
    SourceError : it is not; says what was found
    """
    if not isinstance(value, kind):
        names = {"dict": "an object", "list": "a list", "str": "text", "NoneType": "nothing"}
        found = names.get(type(value).__name__, type(value).__name__)
        raise SourceError(f"its answer has {found} where {what} was expected; its format may have changed")
    return value


def text_of(value: Any) -> str:
    """*value* as one line of plain text without markup; ``''`` where it is no text."""
    if not isinstance(value, str):
        return ""
    plain = html.unescape(re.sub(r"</?[A-Za-z][^<>]{0,200}>", "", value))
    return " ".join(without_unseen(plain, " ").split())


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a value that may be one text or a list of them."""
    for item in value if isinstance(value, list) else [value]:
        if text := text_of(item):
            yield text


def mapping_of(value: Any) -> Mapping[str, Any]:
    """*value* where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list, or the one object that stands where a list of one would."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def year_of(value: Any) -> int | None:
    """A year, written as number or text; ``None`` where it is none.

    >>> year_of("2024"), year_of(2024), year_of("in press"), year_of(True), year_of(20240311)
    (2024, 2024, None, None, None)
    """
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"(?:19|20)\d\d", text.strip()) else None


def year_in(text: str) -> int | None:
    """The one year that *text* names.

    >>> year_in("Computer Vision – ECCV 2024"), year_in("Proc. 2023 of 2024")
    (2024, None)
    """
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", text))
    return int(years.pop()) if len(years) == 1 else None


def is_identifier(name: str, value: str) -> bool:
    """Whether *value* has the form of such an identifier."""
    try:
        Identifiers.model_validate({name: value})
    except ValueError:
        return False
    return True


def doi_of(text: str) -> dict[str, str]:
    """A DOI, with or without resolver, as identifier; arXiv's own name the preprint.

    >>> doi_of("10.48550/arXiv.2403.06764"), doi_of("https://doi.org/10.1007/978-3-031-73004-7_2")
    ({'arxiv': '2403.06764'}, {'doi': '10.1007/978-3-031-73004-7_2'})
    """
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", text.strip(), flags=re.IGNORECASE)
    return identifiers_in(f"https://doi.org/{bare}") if bare.startswith("10.") else {}


def same_title(one: str, other: str) -> bool:
    """Whether two titles, of which one was searched for by the other, are of one paper."""
    a, b = plain_words(one), plain_words(other)
    if re.findall(r"\d+", a) != re.findall(r"\d+", b):
        return False
    return fold(one) == fold(other) or bool(fuzz.ratio(a, b) >= _SAME_TITLE)


def venue_of(text: str, vocabulary: Vocabulary) -> str | None:
    """The venue that *text* names."""
    return (vocabulary.resolve("venue", text) or resolve_venue(text, vocabulary)) if text else None


_REPOSITORY = re.compile(
    rf"\b(?:https?://)?(?:www\.)?((?:{'|'.join(map(re.escape, sorted(REPOSITORY_HOSTS)))})"
    r"/[A-Za-z0-9][\w.-]*/[\w.-]*\w)",
    re.ASCII,
)


def repositories_in(text: str) -> list[str]:
    """Addresses of repositories that *text* names.

    >>> repositories_in("Code is released at https://github.com/pkunlp-icler/FastV, see github.com/a/b.git.")
    ['https://github.com/pkunlp-icler/FastV', 'https://github.com/a/b']
    """
    found = []
    for match in _REPOSITORY.finditer(text):
        try:
            found.append(tidy(check_link(f"https://{match[1]}")))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
