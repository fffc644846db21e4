"""The paper record: the currency that every other room takes.

A record is one YAML file.  :class:`Paper` says which fields there are, what they
may hold and what they mean.  Whether a term exists in a catalogue's vocabulary,
or a BibTeX entry agrees with its record, is a check's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from catalog.texts import Block, Shared, Text
from catalog.values import (
    FIRST_YEAR,
    LAST_YEAR,
    AnthologyId,
    ArxivId,
    Doi,
    Link,
    ModuleName,
    OpenreviewId,
    PaperId,
    PartialDate,
    Slug,
)
from catalog.vocabulary import BEFORE_OWN, Vocabulary
from catalog.yaml_files import Layout

Kind = Literal["method", "survey", "benchmark", "analysis", "system", "theory"]
KINDS: tuple[str, ...] = get_args(Kind)
ORDINARY_KIND: Final = "method"
"""The kind that most papers are of, of which nothing need be said."""
Training = Literal["free", "based", "both"]
Parametric = bool | Literal["both"]

_MOST = 2_000
"""Entries in a list: far more than any paper has."""


_NO_NAMES: set[str] = set()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    def model_post_init(self, _context: Any, /) -> None:
        """Forget which fields were given: nobody asks, and the names take a third of a record's memory."""
        object.__setattr__(self, "__pydantic_fields_set__", _NO_NAMES)


IDENTIFIERS: Mapping[str, str] = MappingProxyType(
    {"arxiv": "arXiv id", "doi": "DOI", "openreview": "OpenReview id", "anthology": "ACL Anthology id"}
)
"""The fields of :class:`Identifiers`, and what messages call them."""


class Identifiers(_Part):
    """Names of the paper in other systems."""

    arxiv: ArxivId | None = None
    """arXiv id without version."""
    doi: Doi | None = None
    """DOI of the published version, without resolver."""
    openreview: OpenreviewId | None = None
    """OpenReview forum id."""
    anthology: AnthologyId | None = None
    """ACL Anthology id."""


def _check_number(value: Any) -> Any:
    if isinstance(value, list | dict) and len(value) > _MOST:
        raise ValueError(f"has {len(value):,} entries, expected {_MOST:,} at most; shorten it")
    return value


def _to_tuple(value: Any) -> Any:
    return tuple(_check_number(value)) if isinstance(value, list) else value


ManyLinks = Annotated[tuple[Link, ...], BeforeValidator(_to_tuple)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_to_tuple)]
Slugs = Annotated[tuple[Slug, ...], BeforeValidator(_to_tuple)]


class Links(_Part):
    """Where to read, run and watch."""

    paper: Link | None = None
    """The canonical place to read it; derived from the identifiers where it is absent."""
    code: ManyLinks = ()
    """Repositories of this paper, the authors' own first."""
    project: Link | None = None
    """The project's page, where it is not the code."""
    video: Link | None = None
    """A talk or demonstration."""


def _unique(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if values is not None and len(set(values)) != len(values):
        twice = Counter(values).most_common(1)[0][0]
        raise ValueError(f"'{twice}' is there twice; keep one")
    return values


Terms = Annotated[tuple[Shared, ...], BeforeValidator(_to_tuple), AfterValidator(_unique)]


class Paper(_Part):
    """One paper.  A field that nobody has established is ``None``, never guessed.

    Besides the fields here it holds terms in those that its catalogue has of its own.  Which these are is
    known where a record is read; another one is refused there.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Terms | None]

    id: PaperId
    """The file's stem; not written in the file."""
    title: Text
    """As published."""
    former_titles: Texts = ()
    """Titles of preprints or earlier versions."""
    name: Text | None = None
    """The method's abbreviation, e.g. ``FastV``."""
    authors: Annotated[Texts, Field(min_length=1)] | None = None
    """All of them in order, as "Given Family"."""
    venue: Shared | None = None
    """A key of venues.yaml; preprints: ``arXiv``."""
    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None
    """Of that venue."""
    published: PartialDate | None = None
    """First public date, as exact as known: 2024, 2024-03 or 2024-03-11."""
    added: PartialDate | None = None
    """When the record entered the catalogue."""
    identifiers: Identifiers = Identifiers()
    """arXiv id, DOI, OpenReview and ACL Anthology id, as far as known."""
    links: Links = Links()
    """Paper, code, project and video."""
    kind: Kind = ORDINARY_KIND
    """What the paper offers: a method, or a survey, benchmark, analysis, system or theory."""
    domain: Terms | None = None
    """Which kind of data it deals with."""
    setting: Terms | None = None
    """Understanding or generation."""
    task: Terms | None = None
    """What it is evaluated on."""
    criterion: Terms | None = None
    """Stage one: what decides.  An empty list: nothing has to be decided."""
    mechanism: Terms | None = None
    """Stage two: what is then done."""
    training: Training | None = None
    """Whether the method needs training: free, based, or both variants."""
    parametric: Parametric | None = None
    """Whether the method adds learned weights."""
    keywords: Terms = ()
    """Architecture and system tags."""
    summary: Text | None = None
    """One sentence in our own words: what is judged, what is done with it, where."""
    listed_in: Terms = ()
    """Published lists that hold the paper."""
    provenance: Annotated[Mapping[Shared, Shared], BeforeValidator(_check_number)] = {}
    """Field -> where its value comes from."""
    reference_impl: ModuleName | None = None
    """Module in reference_impls/methods/."""
    aliases: Slugs = ()
    """Earlier ids, so that old links keep working."""
    bibtex: Block | None = None
    """One entry that agrees with the record and cites the published version."""

    def __hash__(self) -> int:
        """Equal papers have one id; of their provenance, a mapping, there is no hash."""
        return hash(self.id)

    @property
    def own(self) -> Mapping[str, tuple[str, ...] | None]:
        """What it holds in fields that only its catalogue has."""
        return self.__pydantic_extra__ or {}

    @property
    def paper_link(self) -> str | None:
        """``links.paper``, or the link that the identifiers give."""
        return self.links.paper or canonical_link(self.identifiers)


_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "arxiv": "https://arxiv.org/abs/",
        "openreview": "https://openreview.net/forum?id=",
        "anthology": "https://aclanthology.org/",
        "doi": "https://doi.org/",
    }
)
"""Identifier -> what stands before it in its page's address; arXiv first because everyone may read there."""


def link_of(name: str, identifier: str) -> str:
    """Where the *identifier* of that name leads.

    >>> link_of("doi", "10.1145/3633781"), link_of("anthology", "2024.acl-long.12")
    ('https://doi.org/10.1145/3633781', 'https://aclanthology.org/2024.acl-long.12/')
    """
    return f"{_PAGES[name]}{identifier}{'/' if name == 'anthology' else ''}"


def canonical_link(identifiers: Identifiers) -> str | None:
    """Where a paper with these identifiers is read."""
    found = ((name, getattr(identifiers, name)) for name in _PAGES)
    return next((link_of(name, identifier) for name, identifier in found if identifier), None)


FIELDS: tuple[str, ...] = tuple(name for name in Paper.model_fields if name != "id")
"""The fields of every catalogue's records, in canonical order."""

LAYOUT = Layout(
    order=FIELDS,
    quoted=frozenset({"title", "former_titles", "summary", "identifiers"}),
    literal=frozenset({"bibtex"}),
    others_before=BEFORE_OWN,
)

UNQUOTED_TEXTS = ("title", "name", "summary")
"""Fields of one text, for which people forget the quotes that ``: `` in it needs."""

SCHEMA_LINE = "# yaml-language-server: $schema=../paper.schema.json"
"""First line of every record, so that an editor completes and checks it."""

MAY_BE_NONE = ("domain", "setting", "task", "criterion", "mechanism")
"""Lists of terms in which null says that nobody knows, and ``[]`` that there is none."""

TAG_LISTS = (*MAY_BE_NONE, "keywords")
"""Lists of terms that say what a paper is about; of keywords, absent and ``[]`` say the same: none, where
somebody has described the paper, and else that nobody knows."""

TERM_LISTS = (*TAG_LISTS, "listed_in")
"""Every field that holds several terms of the vocabulary."""

TO_FILL_IN = (
    *("authors", "venue", "year", "published"),
    *MAY_BE_NONE,
    *("training", "parametric", "summary"),
)
"""Facts that somebody should find: a record shows them as null while they are unknown."""


OF_A_PROPOSAL = ("training", "parametric")
"""Facts that only papers have which propose something."""


def tag_lists(vocabulary: Vocabulary) -> tuple[str, ...]:
    """:data:`TAG_LISTS` and the catalogue's own fields, without those that it does without."""
    return vocabulary.with_own(TAG_LISTS)


def term_lists(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The same of :data:`TERM_LISTS`, with those that the catalogue does without."""
    return (*TERM_LISTS, *vocabulary.own)


def may_be_none(vocabulary: Vocabulary) -> tuple[str, ...]:
    """:data:`MAY_BE_NONE` and the catalogue's own fields."""
    return (*MAY_BE_NONE, *vocabulary.own)


def fields_of_records(vocabulary: Vocabulary) -> tuple[str, ...]:
    """:data:`FIELDS` with the catalogue's own in their place."""
    at = FIELDS.index(BEFORE_OWN)
    return (*FIELDS[:at], *vocabulary.own, *FIELDS[at:])


def value_of(paper: Paper, name: str) -> Any:
    """What stands in the field *name*, which may be one of the catalogue's own."""
    return getattr(paper, name, None)


EXAMPLE = "An example of a record: "
"""With what the summary of the record begins that a new catalogue holds before its first paper."""


def is_example(paper: Paper) -> bool:
    """Whether it is that record, which is there to be deleted."""
    return (paper.summary or "").startswith(EXAMPLE)


def year_of(paper: Paper) -> int | None:
    """The venue's year, or else that of the first public date."""
    return paper.year or (int(paper.published[:4]) if paper.published else None)


def first_year(paper: Paper) -> int | None:
    """The year of the first public date, or else the venue's."""
    return int(paper.published[:4]) if paper.published else paper.year


def to_fill_in(vocabulary: Vocabulary) -> list[str]:
    """Those of :data:`TO_FILL_IN` that records of the catalogue with this *vocabulary* have, and its own."""
    *facts, summary = TO_FILL_IN
    return [name for name in (*facts, *vocabulary.own, summary) if vocabulary.has_field(name)]


def to_data(paper: Paper, vocabulary: Vocabulary | None = None) -> dict[str, Any]:
    """The record as plain YAML data; unknown facts that a curator should find are null, others left out.

    With the *vocabulary* of its catalogue, fields that this does not have are left out as well.
    """
    shown = to_fill_in(vocabulary) if vocabulary else TO_FILL_IN
    full = paper.model_dump(mode="json", exclude={"id"})
    own = vocabulary.own if vocabulary else [name for name in full if name not in FIELDS]
    full |= {name: full.pop(name, None) for name in own}
    data: dict[str, Any] = {}
    for key, value in full.items():
        if key in ("identifiers", "links"):
            value = {k: v for k, v in value.items() if v not in (None, [])}
        if value is None and key in shown:
            data[key] = None
        elif value not in (None, [], {}) or (value == [] and (key in MAY_BE_NONE or key in own)):
            data[key] = value
    return data
