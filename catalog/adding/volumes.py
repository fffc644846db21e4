"""What entries of one file have from others: from the volume that ``crossref`` names, and from ``xdata``.

A program such as DBLP's export writes proceedings once and refers to them from each paper.  A record
stands alone, so its entry takes over what the volume says; the volume itself is no paper, and neither is
biblatex's ``@xdata``, which holds fields that several entries share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from catalog.bibtex import Entry

_OF_THE_VOLUME_ALONE = frozenset(
    """
    abstract author bibsource biburl crossref doi eprint file key keywords note pages shorttitle subtitle
    timestamp title titleaddon url urldate xref
    """.split()
)
"""Fields that say of the volume what is not so of a paper in it, or name and find it."""

XDATA = "xdata"
"""The type of an entry that holds fields for others, and the field by which they name it."""


def xdata_of(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Key -> entry, of those that hold fields for others."""
    return {entry.key: entry for entry in entries if entry.type == XDATA}


def with_xdata(entry: Entry, data: Mapping[str, Entry]) -> Entry:
    """The entry with what it lacks and the data say that it names, or they; the first named wins."""
    fields, named = dict(entry.fields), _data_named(entry)
    for key in named:  # which grows by what these name themselves
        if key in data:
            fields = {**data[key].fields, **fields}
            named += [other for other in _data_named(data[key]) if other not in named]
    return replace(entry, fields={name: value for name, value in fields.items() if name != XDATA})


def _data_named(entry: Entry) -> list[str]:
    return list(dict.fromkeys(key.strip() for key in entry.fields.get(XDATA, "").split(",")))


def volumes_of(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Lower-case key -> entry, of those that others name as the volume which they are in."""
    by_key: dict[str, Entry] = {}
    for entry in entries:
        by_key.setdefault(entry.key.lower(), entry)
    named = {_volume_named(entry) for entry in by_key.values()}
    return {key: entry for key, entry in by_key.items() if key in named}


def is_volume(entry: Entry, volumes: Mapping[str, Entry]) -> bool:
    """Whether the entry is but a volume of others; a book with authors of its own may be a paper as well."""
    return entry.key.lower() in volumes and "author" not in entry.fields


def with_volume(entry: Entry, volumes: Mapping[str, Entry]) -> Entry:
    """The entry with what it lacks and its volume says, by BibTeX's rules, and without the reference.

    Its ``booktitle`` is that of the volume, or, as biblatex has it, the volume's title.
    """
    volume = volumes.get(_volume_named(entry))
    if volume is None:
        return entry
    inherited = {name: value for name, value in volume.fields.items() if name not in _OF_THE_VOLUME_ALONE}
    if "title" in volume.fields and entry.type != "article":
        inherited.setdefault("booktitle", volume.fields["title"])
    own = {name: value for name, value in entry.fields.items() if name != "crossref"}
    return replace(entry, fields={**inherited, **own})


def _volume_named(entry: Entry) -> str:
    """The key of the entry's volume as it is compared; BibTeX does not tell capitals from small letters."""
    return entry.fields.get("crossref", "").strip().lower()
