"""Values that a person gives for a record's fields: set with their source, and its entry kept in step.

Forms say how an answer becomes a value; :mod:`catalog.adding.values` says it of the command line.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from catalog import bibtex, formatting, yaml_files
from catalog.adding.queries import AddingError
from catalog.catalogue import Catalogue
from catalog.draft import former_titles_after
from catalog.provenance import joined_sources
from catalog.record import LAYOUT, Paper, fields_of_records, may_be_none, to_data
from catalog.record_files import parse_record

LINKS = ("code", "project", "video")
"""Links that have a name of their own where a person gives them."""


def set_value(
    data: dict[str, Any], path: Sequence[str], value: Any, source: str, lists: Collection[str]
) -> bool:
    """Set a field of a record with its source, which goes where the value does; whether that changes it.

    Parameters
    ----------
    lists : the fields of which an empty list says that there is none
    """
    *part, name = path
    place = data.setdefault(part[0], {}) if part else data
    if value == [] and name not in lists:
        value = None
    before = place.get(name)
    if value == before:
        return False
    place[name] = value
    sources = data.setdefault("provenance", {})
    stood = [sources.pop(each, None) for each in (name, ".".join(path))] + [
        sources.get(each) for each in part
    ]
    if part and not any(place.values()):
        sources.pop(part[0], None)
    if value is not None:
        earlier = next(filter(None, stood), None) if _has_part_of(before, value, name) else None
        sources[name] = joined_sources(earlier, source)
    elif part:
        del place[name]
    return True


def _has_part_of(before: Any, value: Any, name: str) -> bool:
    """Whether some terms or links stay, for which their own source still stands; authors are one whole."""
    lists = isinstance(before, list) and isinstance(value, list) and name != "authors"
    return lists and not set(before).isdisjoint(value)


def keep_title(data: dict[str, Any], known: Mapping[str, Any]) -> None:
    """Keep the title that is *known* among the former ones, with its source, where *data* has another."""
    if not data.get("title"):  # which is refused where the record is read
        return
    former = data.get("former_titles", [])
    titles = former_titles_after(data["title"], former, known["title"])
    if titles == former:
        return
    data["former_titles"] = titles
    sources, source = data["provenance"], known.get("provenance", {}).get("title")
    if source and titles:
        sources["former_titles"] = joined_sources(sources.get("former_titles"), source)
    if not titles:
        sources.pop("former_titles", None)


def unknown_or_earlier(paper: Paper, values: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Those of *values* that *paper* has nothing against: it lacks them, or knows the preprint alone."""
    now_published = _is_published(values.get("venue"), catalogue)
    earlier = {"venue", "year"} if now_published and not _is_published(paper.venue, catalogue) else set()
    return {
        name: value
        for name, value in values.items()
        if name in earlier or in_record(paper, name) in (None, [])
    }


def contradicted(paper: Paper, values: Mapping[str, Any]) -> dict[str, Any]:
    """Field or link -> what *paper* says there, of those *values* that are none of it."""
    said = {name: in_record(paper, name) for name in values}
    return {
        name: known
        for name, known in said.items()
        if known not in (None, [], values[name]) and not (name == "code" and values[name] in known)
    }


def in_record(paper: Paper, name: str) -> Any:
    """What the record says of a field or link; ``None``: nothing."""
    data = to_data(paper)
    return data.get("links", {}).get(name) if name in LINKS else data.get(name)


def _is_published(venue: str | None, catalogue: Catalogue) -> bool:
    return venue is not None and not catalogue.vocabulary.is_preprint(venue)


def with_values(
    text: str, paper: Paper, file: str, values: Mapping[str, Any], source: str, catalogue: Catalogue
) -> tuple[str, Paper]:
    """The record in *text* with *values* of fields and links, and the entry that cites it then.

    Raises
    ------
    AddingError : no record can hold one of the values
    """
    known, vocabulary = to_data(paper), catalogue.vocabulary
    lists = may_be_none(vocabulary)
    data = copy.deepcopy(known)
    for name, value in values.items():
        path = ("links", name) if name in LINKS else (name,)
        set_value(data, path, [value] if name == "code" else value, source, lists)
    keep_title(data, known)
    changes = {
        name: data.get(name) for name in fields_of_records(vocabulary) if data.get(name) != known.get(name)
    }
    new = formatting.edited(text, changes)
    changed, wrong = parse_record(new, yaml_files.parse(new), file, vocabulary.own)
    if changed is None:
        raise AddingError(f"{file}: {'; '.join(one.message for one in wrong)}", "give another value")
    if entry := _entry(changed, catalogue):
        changed = changed.model_copy(update={"bibtex": entry})
        new = yaml_files.edit(new, {"bibtex": entry}, LAYOUT)
    return new, changed


def _entry(paper: Paper, catalogue: Catalogue) -> str | None:
    """The entry made anew; ``None`` where it says the same, or is not to be read."""
    try:
        entry = bibtex.parse_entry(paper.bibtex or "")
    except bibtex.BibtexError:
        return None
    if not bibtex.disagreements(entry, paper, catalogue.vocabulary):
        return None
    return formatting.entry_anew(paper, catalogue)
