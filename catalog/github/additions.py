"""A paper added for the author of a form: what it names is looked up, and written as a record.

What ``catalog add`` says at a command line is said here for a browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from catalog import adding
from catalog.adding import AddingError, Candidate, Choices, Found, NothingLearnedError, Obstacle, Query
from catalog.adding.telling import contradictions, failures
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.github import answers
from catalog.github.answers import DeclinedError
from catalog.github.forms import FormError
from catalog.sources.environment import client_for, mirror_address
from catalog.wording import capitalised

_EXPECTED = (
    "Expected one arXiv id (1706.03762), DOI (10.1234/abc), OpenReview or ACL Anthology id, or the paper's "
    "address at arXiv, doi.org, OpenReview, the ACL Anthology or openaccess.thecvf.com. Of a paper that is "
    "elsewhere, paste the BibTeX entry."
)
_LONGEST = 300


@dataclass(frozen=True)
class Addition:
    """A record that was written.

    Attributes
    ----------
    file : below the catalogue's root
    told : what the sources said beside the record's facts, a line each
    proposed : (field, term, reason) of each tag that title and abstract suggest
    """

    file: str
    told: tuple[str, ...]
    proposed: tuple[tuple[str, str, str], ...]


def query_in(answers: Mapping[str, str], catalogue: Catalogue) -> Query:
    """The paper that a form's answers ``paper`` and ``bibtex`` name, of which one is enough.

    Raises
    ------
    FormError : none is named, or one cannot be understood
    """
    named = _named(answers["paper"], catalogue) if "paper" in answers else None
    entry = _entry(answers["bibtex"], catalogue) if "bibtex" in answers else None
    if named and entry:
        return named.with_entry(entry)
    if query := named or entry:
        return query
    raise FormError(
        "Which paper? Fill in its arXiv id, such as 1706.03762; where it has none, paste its BibTeX entry."
    )


def _named(answer: str, catalogue: Catalogue) -> Query:
    text = " ".join(answer.split())[:_LONGEST]
    try:
        return Query(text) if text in catalogue.by_any_id else adding.recognise(text)
    except AddingError as error:
        raise FormError(f"{error.said}. {_EXPECTED}") from None
    except CatalogError as error:
        raise FormError(f"{error}. {_EXPECTED}") from None


def _entry(answer: str, catalogue: Catalogue) -> Query:
    found = list(adding.queries_in(answer, "the BibTeX entry", catalogue.vocabulary))
    if len(found) != 1:
        raise FormError(
            f"Expected one BibTeX entry, found {len(found):,}. Please open one issue for each paper."
        )
    (entry,) = found
    if isinstance(entry, CatalogError):
        raise FormError(f"{entry}.")
    return entry


def add(query: Query, catalogue: Catalogue) -> Addition:
    """Look the paper up and write its record.

    Raises
    ------
    FormError : the sources do not know the paper, or no record can be made of what they say
    DeclinedError : it has a record, was refused before, or no source could be asked
    """
    with client_for(catalogue, "catalog github form") as http:
        known = adding.KnownPapers(catalogue)
        found = adding.find_out(query, known, adding.Offices(http, mirror_address()))
    if isinstance(found, Obstacle):
        raise _declined(found, catalogue)
    if query.draft.identifiers - found.draft.identifiers:
        raise FormError("\n".join([*found.notes, "Please correct the id, or the BibTeX entry."]))
    candidate = _made(found, catalogue)
    adding.write(candidate, catalogue.root)
    proposals = adding.propose(found.draft, catalogue.vocabulary)
    return Addition(
        candidate.path,
        (
            *(f"{source} is left out: {problem}" for source, problem in failures(found)),
            *found.notes,
            *(text for _, text in contradictions(candidate)),
        ),
        tuple((each.field, each.key, each.reason) for each in proposals),
    )


def _declined(obstacle: Obstacle, catalogue: Catalogue) -> Exception:
    if obstacle.doubt:
        said = f"{capitalised(obstacle.reason)}, but {obstacle.doubt}"
        return FormError(f"{said} Please correct the form; if it is right as it stands, say so in a comment.")
    if obstacle.paper:
        return DeclinedError(answers.known(obstacle.paper, obstacle.reason, catalogue))
    if obstacle.refusal:
        return DeclinedError(answers.kept_out(obstacle.refusal))
    return FormError(obstacle.reason)


def _made(found: Found, catalogue: Catalogue) -> Candidate:
    try:
        return adding.make(found, catalogue, Choices(added=datetime.now(UTC).date().isoformat()))
    except NothingLearnedError as error:
        if not error.unknown:
            raise DeclinedError(answers.unreachable(found.query.text, error.problems)) from None
        problems = [f"{source}: {problem}" for source, problem in error.problems.items()]
        raise FormError("\n".join([f"{error.said}. Is it right?", *problems])) from None
    except AddingError as error:
        raise FormError(f"{error.said}. Please paste the paper's BibTeX entry, which may say so.") from None
    except CatalogError as error:
        raise FormError(str(error)) from None
