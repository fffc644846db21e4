"""BibTeX entries: there, parsed, in agreement with their record, and fit for BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.checks.authors import mended_authors
from catalog.checks.characters import odd_in
from catalog.checks.earlier import Earlier
from catalog.checks.registry import check, finding, named
from catalog.findings import Finding, Fix, Severity
from catalog.links import identifiers_in, same_address
from catalog.parallel import map_chunks
from catalog.record import Paper
from catalog.released import keys_given
from catalog.vocabulary import Vocabulary


class _Complaint(NamedTuple):
    """What is wrong with an entry; *line* is 1-based within the entry's text.

    Where the entry says something else than the record, *renewed* is the entry as the record has it, and
    *as_made* whether nobody but the catalogue wrote the present one.  What is to be done is then still open,
    and *either* is what, where nobody knows which of the two is right.
    """

    rule: str
    severity: Severity
    line: int
    message: str
    mended: str | None = None
    renewed: str | None = None
    as_made: bool = False
    either: str = ""


@check("bibtex-missing")
def missing_entries(catalogue: Catalogue) -> Iterator[Finding]:
    """A record without an entry; it is rendered from the fields."""
    if all(paper.bibtex for paper in catalogue):
        return
    vocabulary = catalogue.vocabulary
    ready = {paper.id: paper if paper.bibtex else _with_mended_authors(paper) for paper in catalogue}
    keys = bibtex.keys_for(ready.values(), keys_given(catalogue))
    for paper in catalogue:
        if paper.bibtex is None:
            advice, fix = "'catalog fmt' makes it from the fields", None
            before = _to_mend_before(ready[paper.id], vocabulary)
            if before is None:
                fix = Fix({"bibtex": bibtex.render(ready[paper.id], vocabulary, key=keys[paper.id])})
            else:
                advice = f"once {before}, {advice}"
            yield finding(
                catalogue,
                paper,
                (),
                "bibtex-missing",
                f"there is no BibTeX entry; {advice}",
                severity="warning",
                fix=fix,
            )


def _with_mended_authors(paper: Paper) -> Paper:
    """The paper as it is once its authors are mended, which goes before the entry is made."""
    return (
        paper.model_copy(update={"authors": tuple(mended_authors(paper.authors))}) if paper.authors else paper
    )


def _to_mend_before(paper: Paper, vocabulary: Vocabulary) -> str | None:
    """What a person has to mend before an entry can be made, as what holds then; ``None``: nothing."""
    if not all(map(bibtex.is_one_name, paper.authors or ())):
        return "each author is one name"
    if paper.venue is None or vocabulary.resolve("venue", paper.venue):
        return None
    return "the venue is one of the vocabulary's"


@check("bibtex-syntax", "bibtex-disagrees", "bibtex-publisher", "bibtex-warning")
def wrong_entries(catalogue: Catalogue) -> Iterator[Finding]:
    """An entry that does not parse, speaks of something else than the record, or that BibTeX warns of."""
    papers = [paper for paper in catalogue if paper.bibtex]
    venues = Vocabulary({"venue": catalogue.vocabulary["venue"]})  # all that has to reach other processes
    items = [(paper, venues) for paper in papers]
    found = [pair for pair in zip(papers, map_chunks(_complaints, items), strict=True) if pair[1]]
    undecided = any(one.renewed for _, complaints in found for one in complaints)
    newer = _newer_sides(catalogue) if undecided else {}
    for paper, complaints in found:
        advised = [_advised(one, newer.get(paper.id)) if one.renewed else one for one in complaints]
        yield from _placed(catalogue, paper, advised)


def _newer_sides(catalogue: Catalogue) -> dict[str, str]:
    """Id -> ``record`` or ``entry``, where one of the two alone was changed since the commit."""
    sides: dict[str, str] = {}
    for before, now in Earlier.known(catalogue.root).rewritten(catalogue):
        same_facts = all(getattr(before, name) == getattr(now, name) for name in _IN_ENTRY)
        if same_facts != (before.bibtex == now.bibtex):
            sides[now.id] = "entry" if same_facts else "record"
    return sides


_IN_ENTRY = ("title", "authors", "venue", "year", "identifiers", "links")
"""Fields of a record that its entry repeats."""


def _advised(complaint: _Complaint, newer: str | None) -> _Complaint:
    """What is to be done where entry and record differ: the record holds where only it was changed.

    So it does where nobody knows which is newer, and the entry is one that was made of the record.
    """
    if newer == "entry":
        advice = "the entry was changed, and the record was not: correct the record, or the entry"
    elif newer == "record" or complaint.as_made:
        advice = _OUT_OF_DATE
    else:
        advice = complaint.either
    mended = complaint.renewed if advice == _OUT_OF_DATE else None
    return complaint._replace(message=f"{complaint.message}; {advice}", mended=mended)


@check("bibtex-disagrees")
def addresses_of_others(catalogue: Catalogue) -> Iterator[Finding]:
    """An entry whose address is another record's, where its own record has nothing to compare it with."""
    strange = [paper for paper in catalogue if paper.bibtex and f"{{{paper.paper_link}}}" not in paper.bibtex]
    owners: dict[str, Paper] = {}
    if any("://" in (paper.bibtex or "") for paper in strange):
        owners = {same_address(paper.paper_link): paper for paper in catalogue if paper.paper_link}
    for paper in strange:
        for field, address, owner in _addresses_of_others(catalogue, paper, owners):
            message = (
                f"{field}: the BibTeX entry has '{address}', "
                f"which is the paper of {named(catalogue, owner)}; "
                "write this paper's own address, or delete the field"
            )
            line = _line_of(paper.bibtex or "", field)
            yield from _placed(catalogue, paper, [_Complaint("bibtex-disagrees", "error", line, message)])


def _addresses_of_others(
    catalogue: Catalogue, paper: Paper, owners: Mapping[str, Paper]
) -> Iterator[tuple[str, str, Paper]]:
    """(field, address, its paper); what contradicts the record itself is reported by its own check."""
    if not owners:
        return
    try:
        entry = bibtex.parse_entry(paper.bibtex or "")
    except bibtex.BibtexError:
        return
    for field, address in bibtex.addresses_in(entry):
        same = [owners[same_address(address)]] if same_address(address) in owners else []
        for name, value in identifiers_in(address).items():
            same += catalogue.by_identifier.get((name, value.lower()), ())
        if same and paper not in same and not bibtex.own_address(address, paper):
            yield field, address, same[0]


def _placed(catalogue: Catalogue, paper: Paper, complaints: Sequence[_Complaint]) -> Iterator[Finding]:
    place = finding(catalogue, paper, ("bibtex",), "bibtex-syntax", "")
    rows = catalogue.text_of(paper).split("\n")
    in_block = bool(re.search(r":\s*[|>]", rows[place.line - 1]))
    for one in complaints:
        line, column = place.line, place.column
        if in_block and place.line + one.line <= len(rows):
            line = place.line + one.line
            row = rows[line - 1]
            column = len(row) - len(row.lstrip()) + 1
        fix = Fix({"bibtex": one.mended}) if one.mended else None
        yield Finding(place.file, line, column, one.rule, one.severity, one.message, fix)


def _complaints(items: Sequence[tuple[Paper, Vocabulary]]) -> list[list[_Complaint]]:
    return [list(_about(paper, vocabulary)) for paper, vocabulary in items]


def _about(paper: Paper, vocabulary: Vocabulary) -> Iterator[_Complaint]:
    text = paper.bibtex or ""
    try:
        entry = bibtex.parse_entry(text)
    except bibtex.BibtexError as error:
        yield _Complaint("bibtex-syntax", "error", error.line, f"the BibTeX entry: {error.message}")
        return
    for field, slip in bibtex.latex_slips(entry):
        yield _Complaint(
            "bibtex-syntax", "error", _line_of(text, field), f"the BibTeX entry's {field}: {slip}"
        )
    differences = bibtex.disagreements(entry, paper, vocabulary)
    yield from _on_differences(entry, paper, differences, vocabulary)
    for field, slip in () if differences else _garbled(entry, paper):
        mended = _made_anew(entry, paper, vocabulary)
        message = f"{field}: the BibTeX entry {slip}; {_ANEW if mended else _either(entry, paper, field)}"
        yield _Complaint("bibtex-disagrees", "error", _line_of(text, field), message, mended)
    if at_publisher := bibtex.publisher_slip(entry):
        without = None if differences else _made_anew(entry, paper, vocabulary)
        message = f"the BibTeX entry's publisher: {at_publisher}"
        yield _Complaint("bibtex-publisher", "warning", _line_of(text, "publisher"), message, without)
    if not differences:
        for warning in bibtex.compile_warnings(entry):
            yield _Complaint("bibtex-warning", "warning", 1, f"BibTeX will warn: {warning}")


_ADDED = "'catalog check --fix' adds it"
_ANEW = "'catalog check --fix' makes it anew"
_OUT_OF_DATE = (
    "the entry is out of date: 'catalog check --fix' makes it anew and keeps its key; or, if the entry is "
    "right, correct the record"
)
_EITHER = (
    "if the entry is out of date, delete the entry and let 'catalog fmt' make it again; or, if the entry is "
    "right, correct the record"
)


def _on_differences(
    entry: bibtex.Entry, paper: Paper, differences: Sequence[bibtex.Disagreement], vocabulary: Vocabulary
) -> Iterator[_Complaint]:
    """Each fact on which entry and record differ."""
    mended = _made_anew(entry, paper, vocabulary) if _only_lacks(entry, paper, differences) else None
    renewed, as_made = None, False
    if differences and not mended and bibtex.is_citable(paper, vocabulary):
        renewed = bibtex.renewed(entry, paper, vocabulary)
        as_made = bibtex.is_as_made(entry, paper.bibtex or "", paper, vocabulary)
    for field, in_bibtex, in_record in differences:
        message = f"{field}: the BibTeX entry has {_quoted(in_bibtex)}, the record has {_quoted(in_record)}"
        either = _either(entry, paper, field)
        advice = f"; {_ADDED}" if mended else "" if renewed else f"; {either}"
        line = _line_of(paper.bibtex or "", field)
        said = f"{message}{advice}"
        yield _Complaint("bibtex-disagrees", "error", line, said, mended, renewed, as_made, either)


def _made_anew(entry: bibtex.Entry, paper: Paper, vocabulary: Vocabulary) -> str | None:
    """The entry as it is made from the record, with what it alone knows; ``None`` where none may be made."""
    if not bibtex.is_citable(paper, vocabulary):
        return None
    return bibtex.render(paper, vocabulary, bibtex.facts_beyond_record(entry), key=entry.key)


def _either(entry: bibtex.Entry, paper: Paper, field: str) -> str:
    """What a person has to do where only a person can know which of the two is right.

    An entry is only to be deleted where nothing is lost that the record has no field for.
    """
    facts = bibtex.facts_beyond_record(entry)
    own = set(facts) - set(bibtex.PLACES) if paper.venue else set(facts)
    if own <= {"doi"}:
        return _EITHER
    names = _FIELD_NAMES.get(field, (field,))
    line = next((name for name in names if name in entry.fields), names[0])
    return (
        f"if the entry is out of date, correct its line '{line}' and leave the rest, which the record has no "
        "fields for; or, if the entry is right, correct the record"
    )


def _only_lacks(entry: bibtex.Entry, paper: Paper, differences: Sequence[bibtex.Disagreement]) -> bool:
    """Whether the entry says nothing wrong, and only knows less than the record."""
    if not differences:
        return False
    lacks = {
        "authors": not entry.authors or bibtex.names_first(entry, paper.authors or ()),
        "year": entry.year is None,
        "venue": entry.venue_text is None,
    }
    return all(lacks.get(difference.field, False) for difference in differences)


_MARKUP = frozenset("\\{}$~^")
_MAY_BE_GARBLED = re.compile(r"\\text(?:backslash|brace|ascii)|\\[$~^]|[^\x00-\x7f]")


def _garbled(entry: bibtex.Entry, paper: Paper) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) of title and authors in which markup or odd characters stand, and only there.

    Such an entry was made before the record was mended, and agrees with it in all that is compared else.
    """
    for field, latex, printed, known in (
        ("title", entry.fields.get("title", ""), [entry.title or ""], (paper.title,)),
        ("authors", entry.fields.get("author", ""), entry.authors, paper.authors or ()),
    ):
        if not known or not _MAY_BE_GARBLED.search(latex):
            continue
        pairs = zip(printed, known, strict=False)
        garbled = next((pair for pair in pairs if _MARKUP & (set(pair[0]) - set(pair[1]))), None)
        odd = next(
            (odd for character, odd in odd_in(latex).items() if character not in " ".join(known)), None
        )
        if garbled:
            yield field, f"prints '{garbled[0]}', the record has '{garbled[1]}'"
        elif odd:
            yield field, f"holds {odd}"


_FIELD_NAMES = {
    "authors": ("author",),
    "year": ("year", "date"),
    "venue": (*bibtex.NAMING_VENUE, "eprint"),
    "arxiv": ("eprint", "arxivid", "journal"),
}
"""A fact -> the fields of an entry that it is read from, of which the first holds."""


def _line_of(text: str, field: str) -> int:
    """The entry's line that holds *field*; its first where it has none."""
    for name in _FIELD_NAMES.get(field, (field,)):
        if match := re.search(rf"^\s*{name}\s*=", text, re.MULTILINE | re.IGNORECASE):
            return text.count("\n", 0, match.end()) + 1
    return 1


def _quoted(text: str) -> str:
    """A value as messages show it, which fill no screen with a title of 15,000 letters."""
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return text if text == "nothing" or re.match(r"\d+ authors?\b", text) else f"'{shown}'"


_LONGEST_SHOWN = 300
