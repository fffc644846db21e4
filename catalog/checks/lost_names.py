"""Whether ids, BibTeX keys and titles of an earlier commit still hold; without git nothing is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.checks.earlier import Earlier
from catalog.checks.registry import check, finding
from catalog.counting import listed
from catalog.draft import DraftIndex, draft_of_paper, former_titles_after, is_spelling_of
from catalog.findings import Finding, Fix
from catalog.formatting import is_provisional
from catalog.provenance import joined_sources
from catalog.record import Paper, is_example
from catalog.refusals import FILE as REFUSED
from catalog.refusals import Refusal, Refusals


@dataclass(frozen=True)
class GoneId:
    """An id that a record had in an earlier commit, and none has now.

    Attributes
    ----------
    file : where the record was
    before : the record as it was, if it can be read; *id* may be one of its aliases
    heir : the record that has the id as an alias now
    """

    id: str
    file: str
    before: Paper | None
    heir: Paper | None

    def refusal(self, refused: Refusals) -> Refusal | None:
        """The entry that says why its paper left."""
        if self.id in refused.by_id or self.before is None:
            return refused.by_id.get(self.id)
        arxiv = self.before.identifiers.arxiv
        titles = (self.before.title, *self.before.former_titles)
        return refused.find(titles, [arxiv] if arxiv else [])


@check("lost-id", "lost-key")
def lost_names(catalogue: Catalogue) -> Iterator[Finding]:
    """An id of an earlier commit that no record has, not even as an alias, or a key that its record lost."""
    earlier = Earlier.known(catalogue.root)
    where = earlier.name
    # An example is deleted by everybody, and nobody has linked to it.
    lost = [
        gone
        for gone in gone_ids(catalogue, earlier)
        if gone.heir is None
        and not (gone.before and is_example(gone.before))
        and gone.refusal(catalogue.refused) is None
    ]
    elsewhere = _records_of(lost, catalogue)
    for gone in lost:
        if gone.id not in elsewhere:
            message = (
                f"{where} has the id '{gone.id}', which is gone, so that links to its page break; "
                f"if the record has another id now, write aliases: [{gone.id}] in it; "
                "if the paper left on purpose, put its title, the reason and "
                f"ids: [{gone.id}] into {REFUSED}"
            )
            yield Finding(gone.file, 1, 1, "lost-id", "warning", message)
    yield from _forgotten_removals(catalogue, earlier)
    for paper_id in dict.fromkeys(elsewhere.values()):
        paper, ids = catalogue[paper_id], [name for name, now in elsewhere.items() if now == paper_id]
        aliases, named = [*paper.aliases, *ids], listed(f"'{name}'" for name in ids)
        one_or_more = f"id {named}" if len(ids) == 1 else f"ids {named}"
        message = (
            f"{where} has the {one_or_more}, which {'is' if len(ids) == 1 else 'are'} gone, so "
            "that links to it break; this record is about the same paper: "
            f"write aliases: [{', '.join(aliases)}]"
        )
        fix = Fix({"aliases": aliases})
        yield finding(catalogue, paper, ("title",), "lost-id", message, severity="warning", fix=fix)
    for paper, before, now in _lost_keys(catalogue, earlier):
        message = (
            f"{where} has the BibTeX key '{before}', which is '{now}' now, so that manuscripts that cite it "
            f"break; write '{before}' in the entry again; if it had to change, accept the warning in "
            f"papers/accepted.yaml: rule lost-key, records [{paper.id}], and why"
        )
        yield finding(catalogue, paper, ("bibtex",), "lost-key", message, severity="warning")


@check("lost-title")
def lost_titles(catalogue: Catalogue) -> Iterator[Finding]:
    """A title of an earlier commit by which nobody finds the paper now; spelling makes no other title."""
    earlier = Earlier.known(catalogue.root)
    for before, now in earlier.rewritten(catalogue):
        if any(is_spelling_of(before.title, title) for title in (now.title, *now.former_titles)):
            continue
        changes: dict[str, object] = {
            "former_titles": former_titles_after(now.title, now.former_titles, before.title)
        }
        if source := before.provenance.get("title"):
            own = joined_sources(now.provenance.get("former_titles"), source)
            changes["provenance"] = dict(sorted({**now.provenance, "former_titles": own}.items()))
        message = (
            f'{earlier.name} has the title "{before.title}", by which the paper is no longer found; '
            "'catalog check --fix' adds it to former_titles; if it never was the paper's, leave it out, and "
            "the warning goes with the next commit"
        )
        yield finding(catalogue, now, ("title",), "lost-title", message, severity="warning", fix=Fix(changes))


def _records_of(lost: Sequence[GoneId], catalogue: Catalogue) -> dict[str, str]:
    """Lost id -> id of the one record that is about the same paper, by its title or an identifier."""
    known = [(gone.id, draft_of_paper(gone.before)) for gone in lost if gone.before]
    index = DraftIndex[str]()
    for paper in catalogue if known else ():
        index.add(paper.id, draft_of_paper(paper))
    found = {name: set(index.same(draft, nearly=False)) for name, draft in known}
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}


def gone_ids(catalogue: Catalogue, earlier: Earlier) -> Iterator[GoneId]:
    """The ids of *earlier* records, aliases among them, that no record has as its id now."""
    unread = {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    heirs = catalogue.by_any_id
    for file, before in earlier.changed.items():
        name = PurePosixPath(file).stem
        if name in unread:  # Nobody knows which aliases it has.
            continue
        # An alias was never the id of a record of its own: only if it is lost is there something to tell.
        former = [alias for alias in (before.aliases if before else ()) if alias not in heirs]
        for each in (name, *former):
            if each not in catalogue.by_id:
                yield GoneId(each, file, before, heirs.get(each))


def _forgotten_removals(catalogue: Catalogue, earlier: Earlier) -> Iterator[Finding]:
    """Ids of papers that were removed, of which nothing is said any more."""
    held = catalogue.taken_ids | {PurePosixPath(one.file).stem for one in catalogue.unreadable}
    for gone in dict.fromkeys(earlier.removed):
        if gone not in held:
            message = (
                f"{earlier.name} says here why the paper '{gone}' was removed, and nothing does now, so that "
                "links to its page break and another paper could get the id; write the entry again, with "
                f"ids: [{gone}]; if the paper is back under another id, write aliases: [{gone}] in its record"
            )
            yield Finding(REFUSED, 1, 1, "lost-id", "warning", message)


def _lost_keys(catalogue: Catalogue, earlier: Earlier) -> Iterator[tuple[Paper, str, str]]:
    """(record, key that its entry had, its key now), where manuscripts may rely on the former."""
    changed = {paper.id: paper for paper in earlier.changed.values() if paper}
    if not changed:
        return
    known = {**catalogue.by_id, **changed}
    before = {name: key for name in earlier.ids if name in known and (key := _key_of(known[name]))}
    owners = Counter(key.lower() for key in before.values())
    keys = bibtex.keys_for(catalogue)
    for name, paper in changed.items():
        key, heir = before.get(name), catalogue.by_any_id.get(name)
        if key is None or heir is None or keys[heir.id] == key:
            continue
        became_one = heir.id != name and heir.id in earlier.ids  # Of two records, one key can stay.
        was_shared = owners[key.lower()] > 1
        made_anew = bool(heir.authors) and is_provisional(key, paper, catalogue.root)
        if not (became_one or was_shared or made_anew):
            yield heir, key, keys[heir.id]


def _key_of(paper: Paper) -> str | None:
    return bibtex.key_in(paper.bibtex) if paper.bibtex else None
