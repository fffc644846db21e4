"""Writing records back: canonical form for ``catalog fmt``, small repairs for ``catalog check --fix``.

Nothing is decided here: what may be mended comes as a finding's fix.  A file is
replaced in one step, so that whoever is interrupted finds the old one whole, and
no record is written that could not be read again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog import bibtex, repairs, yaml_files
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError, Finding, ProgressCallback
from catalog.record import LAYOUT, SCHEMA_LINE, UNQUOTED_TEXTS, Paper, to_data
from catalog.record_files import EXTENSIONS, is_record, parse_record, render_record
from catalog.released import keys_given, released_keys
from catalog.replacing import replaced
from catalog.root import own_place
from catalog.vocabulary import Vocabulary


def format_record(text: str, file: str, vocabulary: Vocabulary, key: str | None = None) -> str | None:
    """The record in *text* in canonical form, with its comments; ``None`` where it cannot be read.

    A missing BibTeX entry is made, unless the venue is one that the vocabulary does not know.

    Parameters
    ----------
    file : the record's path, which gives its id
    key : citation key for a missing BibTeX entry
    """
    paper = _record_in(text, file, vocabulary.own)
    if paper is None:
        return None
    if paper.bibtex is None and bibtex.is_citable(paper, vocabulary):
        paper = paper.model_copy(update={"bibtex": bibtex.render(paper, vocabulary, key=key)})
    return render_record(to_data(paper, vocabulary), text)


def format_all(
    catalogue: Catalogue,
    papers: Sequence[Paper] | None = None,
    write: bool = True,
    progress: ProgressCallback | None = None,
) -> list[str]:
    """Paths of the records that are not in canonical form, after writing them so if *write*.

    Parameters
    ----------
    papers : those of the catalogue that are looked at; without them, all

    Raises
    ------
    CatalogError : in canonical form a record could not be read again; it is as before, and every other
        one was written
    """
    keys = bibtex.keys_for(catalogue.papers, keys_given(catalogue))
    changed, refused = [], []
    papers = catalogue.papers if papers is None else papers
    for number, paper in enumerate(papers, 1):
        file = catalogue.files[paper.id]
        old = catalogue.text_of(paper)
        new = format_record(old, file, catalogue.vocabulary, keys[paper.id])
        if new is not None and new.encode() != (catalogue.root / file).read_bytes():
            if problem := unreadable(file, new):
                refused.append(problem)
            else:
                changed.append(file)
                if write:
                    write_own(catalogue.root, file, new)
        if progress:
            progress(number, len(papers))
    _refuse(refused)
    return sorted(changed)


def apply_fixes(
    catalogue: Catalogue, findings: Iterable[Finding], tell: Callable[[str], None] | None = None
) -> list[str]:
    """Mend what the findings can mend, leaving every other line as it is; paths of the changed files.

    Parameters
    ----------
    tell : called with a line for each value that was changed

    Raises
    ------
    CatalogError : mended, a record could not be read again, or somebody has changed it since it was read;
        it is as before, and every other one was written
    """
    known = {file: catalogue[paper_id] for paper_id, file in catalogue.files.items()}
    changes: dict[str, dict[str, Any]] = defaultdict(dict)
    reasons: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.fix is not None:
            reasons[finding.file].append(finding)
            fields = changes[finding.file]
            fields.update({k: v for k, v in finding.fix.changes.items() if k not in fields})
    changed, refused = [], []
    for file in sorted(changes):
        old = yaml_files.read_text(catalogue.root / file)
        if file in known and _record_in(old, file, catalogue.vocabulary.own) != known[file]:
            refused.append(f"{file}: somebody has changed it meanwhile, and it stays as it is; try again")
            continue
        new = _mend(old, file, changes[file], catalogue)
        if new.encode() != (catalogue.root / file).read_bytes():
            if problem := unreadable(file, new):
                refused.append(problem)
                continue
            write_own(catalogue.root, file, new)
            changed.append(file)
            if bibtex.key_in(new) != bibtex.key_in(old):  # which no record behind it may get, too
                mended, _ = parse_record(new, yaml_files.parse(new), file, catalogue.vocabulary.own)
                catalogue = catalogue.with_papers([mended] if mended else [])
            if tell:
                told = repairs.in_words(old, new, reasons[file]) if new != old else [_WITHOUT_UNSEEN]
                for line in told:
                    tell(f"{file}: {line}")
    _refuse(refused)
    return changed


_WITHOUT_UNSEEN = "written with line ends of one character, as everywhere"

_LEFT_OUT = frozenset(
    [
        *("name", "added", "identifiers", "links", "former_titles", "keywords", "listed_in", "provenance"),
        *("reference_impl", "aliases", "bibtex"),
    ]
)
"""Fields of which nothing says as much as null or empty; of others that says something, or is refused."""


def edited(text: str, changes: Mapping[str, Any]) -> str:
    """A record's *text* with some fields set, without those that then say nothing; all other lines stay."""
    empty = [field for field, value in changes.items() if value in (None, {}, []) and field in _LEFT_OUT]
    kept = {field: value for field, value in changes.items() if field not in empty}
    return yaml_files.without(yaml_files.edit(text, kept, LAYOUT), empty, LAYOUT)


def _mend(text: str, file: str, changes: Mapping[str, Any], catalogue: Catalogue) -> str:
    others = {field: value for field, value in changes.items() if field != "bibtex"}
    texts = [field for field in UNQUOTED_TEXTS if field in others]
    mended = edited(yaml_files.in_quotes(text, texts, LAYOUT), others)
    if not mended.startswith(SCHEMA_LINE):
        mended = f"{SCHEMA_LINE}\n{mended}"
    paper = _record_in(mended, file, catalogue.vocabulary.own)
    if paper is None:  # two repairs that do not go together; a person has to look
        return text
    entry = changes.get("bibtex")
    if entry is None and paper.bibtex:
        return _with_entry_in_step(mended, paper, _record_in(text, file, catalogue.vocabulary.own))
    if entry is None or (paper.bibtex is None and not bibtex.is_citable(paper, catalogue.vocabulary)):
        return mended
    # The entry was rendered from facts that may have changed since.
    if paper.bibtex is None:
        paper = paper.model_copy(update={"bibtex": entry})  # whose key it gets
    renewed = entry_of(paper, bibtex.facts_in(entry), catalogue)
    return yaml_files.edit(mended, {"bibtex": renewed}, LAYOUT)


def _record_in(text: str, file: str, own: Sequence[str]) -> Paper | None:
    try:
        return parse_record(text, yaml_files.parse(text), file, own)[0]
    except yaml_files.YamlError:
        return None


def _with_entry_in_step(mended: str, paper: Paper, before: Paper | None) -> str:
    """The *mended* file of *paper*, its entry mended as well where it has what the record had *before*."""
    if before is None or paper.bibtex is None:
        return mended
    entry = bibtex.followed(paper.bibtex, before, paper)
    return mended if entry == paper.bibtex else yaml_files.edit(mended, {"bibtex": entry}, LAYOUT)


def entry_of(paper: Paper, facts: Mapping[str, str], catalogue: Catalogue, key: str | None = None) -> str:
    """The BibTeX entry of *paper* after a change, with the *facts* that a record has no field for.

    Parameters
    ----------
    paper : the record as it is now, with the entry that it had
    catalogue : the record before, if there was one, and all others
    key : of a new record, a free one under which its paper is cited already
    """
    named = bibtex.names_in_text(facts.get(bibtex.AUTHOR, ""))
    key = key or key_of(paper, catalogue, named)
    return bibtex.render(paper, catalogue.vocabulary, facts, key=key)


def entry_anew(paper: Paper, catalogue: Catalogue) -> str:
    """The BibTeX entry of *paper* as the record says it now, with what its own entry alone knows.

    It is :func:`catalog.bibtex.renewed`, but for a key that was made before the authors were known.

    Parameters
    ----------
    paper : the record as it is now, with the entry that it had
    catalogue : the record before, and all others

    Raises
    ------
    BibtexError : it has no entry, or one that cannot be read
    """
    before = catalogue.by_id.get(paper.id, paper)
    entry = bibtex.parse_entry(paper.bibtex or "")
    facts = bibtex.facts_that_stay(entry, paper, catalogue.vocabulary, former=before.venue)
    gone = bibtex.fields_of_former(entry, before, paper)
    stay = {name: fact for name, fact in facts.items() if name not in gone}
    return entry_of(paper, stay, catalogue)


def key_of(paper: Paper, catalogue: Catalogue, named: Sequence[str] = ()) -> str:
    """The key under which *paper* is cited after a change: that of its entry, else one that no other has.

    A key that was made before the authors were known, and never released, is made anew with them.

    Parameters
    ----------
    named : of a record without authors, those that its entry has before "and others"
    """
    key = bibtex.key_in(paper.bibtex) if paper.bibtex else None
    before = catalogue.by_id.get(paper.id, paper)
    if key and not (paper.authors and is_provisional(key, before, catalogue.root)):
        return key
    bare = paper.model_copy(update={"bibtex": None, "authors": paper.authors or tuple(named) or None})
    others = catalogue.with_papers([bare])
    given = keys_given(others) if paper.id in catalogue.by_id and not key else {}
    return bibtex.keys_for(others, given)[paper.id]


def is_provisional(key: str, paper: Paper, root: Path) -> bool:
    """Whether *key* was made for the entry of *paper* before its authors were known, and never released."""
    made_without = bibtex.is_key_without_author(key, paper) and not _names_authors(paper.bibtex)
    return made_without and key not in released_keys(root).values()


def _names_authors(entry: str | None) -> bool:
    try:
        return entry is not None and bool(bibtex.parse_entry(entry).authors)
    except bibtex.BibtexError:
        return True  # a person has to look at it; its key stays


def unreadable(file: str, text: str) -> str | None:
    """Why *text* must not be written as the YAML file *file*, its path from the catalogue's root on.

    It could not be read again; of a record, not by the reader of records.
    """
    size = len(text.encode())
    if size > yaml_files.MAX_BYTES:
        return (
            f"{file}: not written, because it would have {size:,} bytes, and no more than "
            f"{yaml_files.MAX_BYTES:,} are read; shorten the record, e.g. its authors or its BibTeX entry"
        )
    try:
        data = yaml_files.parse(text)
    except yaml_files.YamlError as error:
        return _not_written(file, error.line, error.message)
    # Which fields the catalogue has of its own was looked at before; here, any may be.
    own = tuple(data) if isinstance(data, dict) else ()
    wrong = parse_record(text, data, file, own)[1] if is_record(file) else []
    return _not_written(file, wrong[0].line, wrong[0].message) if wrong else None


def _not_written(file: str, line: int, message: str) -> str:
    return (
        f"{file}: not written, because its line {line} could not be read again: {message}; "
        "write that value by hand"
    )


def _refuse(problems: Iterable[str]) -> None:
    if message := "\n".join(sorted(problems)):
        raise CatalogError(message)


def write_own(root: Path, file: str, text: str) -> None:
    """Write *file* of the catalogue at *root* in one step; its folder is made if need be.

    Raises
    ------
    CatalogError : a YAML file that could not be read again, or a link leads away from there; all is as
        before
    """
    path = own_place(root, file)
    if file.endswith(EXTENSIONS) and (problem := unreadable(file, text)):
        raise CatalogError(problem)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced(path) as stream:
        stream.write(text.encode())


def write_moved(root: Path, file: str, place: str, text: str) -> None:
    """Write a record of the catalogue at *root* that was *file* as *place*, which may be the same.

    Raises
    ------
    CatalogError : it could not be read again, a link leads away from there, or another file has its place;
        all is as before
    """
    if place != file and (root / place).exists():
        raise CatalogError(f"{place}: exists already, and {file} belongs there now; delete one of the two")
    write_own(root, place, text)
    if place != file:
        own_place(root, file).unlink()
