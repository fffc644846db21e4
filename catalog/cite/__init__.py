"""The bibliography of a manuscript: what it cites, as far as the catalogue knows it.

Four promises.  A key that the author uses is never changed.  An entry that the author has is only
replaced where it cites a preprint and the catalogue knows where the paper was published, and then keeps
what only the author can have written.  Of the file that is written to, what the manuscripts do not cite
stays as it is.  What is unknown is reported with its place, and never guessed.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.cite.bibliographies import OwnEntry, between_entries, is_preprint, own_entries, with_own_fields
from catalog.cite.manuscripts import bibliography_files, kind_of, mentions
from catalog.cite.reading import Mention, read_text
from catalog.cite.resolving import Resolver
from catalog.exports.bibtex import entry_of
from catalog.findings import CatalogError
from catalog.record import Paper

__all__ = ["Bibliography", "Unknown", "Upgrade", "bibliography"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A key or arXiv id that neither the catalogue nor the author's own .bib files know."""

    what: str
    file: str
    line: int
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An entry of the author's that cited a preprint, and where its paper was published."""

    key: str
    file: str
    line: int
    venue: str


@dataclass(frozen=True, slots=True)
class Bibliography:
    """What was made of a manuscript.

    Attributes
    ----------
    text : the .bib file
    added : key -> id, of the entries that the catalogue gave
    upgraded : entries of the author's that the catalogue replaced
    kept : keys of the author's own entries that stayed as they were, here or in a file that is only named
    unknown : what could not be resolved
    twice : keys under which one paper is cited, where there are several
    silent : manuscript -> what was looked for in it, of those that cite nothing
    """

    text: str
    added: dict[str, str]
    upgraded: tuple[Upgrade, ...]
    kept: tuple[str, ...]
    unknown: tuple[Unknown, ...]
    twice: tuple[tuple[str, ...], ...]
    silent: dict[str, str]


def bibliography(paths: Sequence[Path], catalogue: Catalogue, out: Path | None = None) -> Bibliography:
    """The bibliography for manuscripts (.tex, .aux, .md, .typ and so on) and the author's own .bib files.

    The .bib files are kept whole, comments and all, but for the entries that are upgraded; what the
    manuscripts cite beyond them follows, in the order of citation.  What the catalogue
    does not know, but a .bib file beside that a manuscript names for its bibliography, stays in that file.

    Parameters
    ----------
    out : the .bib file that the text is going to replace; of the entries that it holds already, only those
        that a manuscript cites are upgraded, and those whose key is in *paths* give way to the ones there

    Raises
    ------
    CatalogError : a file is missing, of an unknown kind, or a .bib file with an entry that is never closed;
        *out* is one of *paths*, or no .bib file
    """
    if not paths:
        raise CatalogError(
            "name at least one manuscript, such as a .tex, .aux, .md or .typ file, or .bib file"
        )
    if out is not None:
        _refuse_as_output(out, paths)
    return _Work(paths, catalogue, out if out is not None and out.exists() else None).done()


def _refuse_as_output(out: Path, paths: Sequence[Path]) -> None:
    if out.suffix.lower() != ".bib":
        raise CatalogError(f"-o {out}: expected a name that ends in .bib, e.g. {out.with_suffix('.bib')}")
    if any(path.exists() and out.exists() and path.samefile(out) for path in paths):
        raise CatalogError(
            f"-o {out}: is one of the files to read, and would be overwritten; name another .bib file. (A "
            "file that is written to keeps what it holds, so it need not be given to be read.)"
        )


class _Work:
    def __init__(self, paths: Sequence[Path], catalogue: Catalogue, out: Path | None) -> None:
        self.catalogue = catalogue
        self.resolver = Resolver(catalogue)
        self.out = out
        self.bibs = [path for path in paths if path.suffix.lower() == ".bib"]
        self.manuscripts = [path for path in paths if path not in self.bibs]
        self.cited_in = {path: mentions(path) for path in self.manuscripts}
        self.cited = [mention for found in self.cited_in.values() for mention in found]
        self.own: dict[str, OwnEntry] = {}
        self.papers: dict[str, Paper] = {}
        self.added: dict[str, str] = {}
        self.upgraded: list[Upgrade] = []
        self.unknown: list[Unknown] = []
        self.left: dict[str, None] = {}

    def done(self) -> Bibliography:
        kept_text = [self._upgraded(_read(path), path) for path in self.bibs]
        if self.out is not None:
            kept_text.append(self._text_beyond(kept_text, self.out))
        new = [self._entry(mention) for mention in self.cited]
        fresh = [text for text in new if text]
        parts = [text.rstrip("\n") + "\n" for text in kept_text if text.strip()]
        heading = _heading(self.catalogue)
        if fresh and not any(heading in text for text in parts):
            parts.append(heading)
        upgraded = {upgrade.key for upgrade in self.upgraded}
        return Bibliography(
            text="\n".join([*parts, *fresh]),
            added=self.added,
            upgraded=tuple(self.upgraded),
            kept=tuple(key for key in (*self.own, *self.left) if key not in upgraded),
            unknown=tuple(self.unknown),
            twice=_cited_twice(self.papers),
            silent=self._silent(),
        )

    def _text_beyond(self, given: Sequence[str], out: Path) -> str:
        """The file that is written to, without what the files *given* say and are going to say again."""
        text = _read(out)
        begin = 0
        for part in given:
            if part.strip() and text.startswith(whole := part.rstrip("\n") + "\n", begin):
                begin += len(whole)
        said = {raw for part in given for _, raw in between_entries(part)}
        again = [
            (own.offset, own.text)
            for own in own_entries(text, str(out), closed=True)
            if own.entry.key in self.own
        ]
        again += [(offset, raw) for offset, raw in between_entries(text) if raw in said]
        cuts = [(0, begin), *((offset, offset + len(raw)) for offset, raw in again if offset >= begin)]
        return self._upgraded(text, out, {mention.key for mention in self.cited}, cuts).lstrip("\n")

    def _upgraded(
        self,
        text: str,
        path: Path,
        only: Container[str | None] | None = None,
        cuts: Sequence[tuple[int, int]] = (),
    ) -> str:
        """The author's text, with entries replaced that cite a preprint of what is published now.

        Parameters
        ----------
        only : the keys of the entries that may be replaced; without it, all may
        cuts : where what is left out begins and ends
        """
        edits = [(start, end + text.startswith("\n", end), "") for start, end in cuts]
        for own in own_entries(text, str(path), closed=True):
            if any(start <= own.offset < end for start, end in cuts):
                continue
            paper = self.resolver.by_entry(own.entry)
            self.own.setdefault(own.entry.key, own)
            if paper is None:
                continue
            self.papers.setdefault(own.entry.key, paper)
            if (only is None or own.entry.key in only) and self._improves(paper, own):
                better = with_own_fields(entry_of(paper, self.catalogue, own.entry.key), own)
                edits.append((own.offset, own.offset + len(own.text), better))
                venue = f"{paper.venue} {paper.year or ''}".strip()
                self.upgraded.append(Upgrade(own.entry.key, own.file, own.line, venue))
        for start, end, better in sorted(edits, reverse=True):
            text = text[:start] + better + text[end:]
        return text

    def _improves(self, paper: Paper, own: OwnEntry) -> bool:
        vocabulary = self.catalogue.vocabulary
        published = vocabulary.venue(paper.venue) is not None and not vocabulary.is_preprint(paper.venue)
        return published and is_preprint(own.entry, vocabulary)

    def _entry(self, mention: Mention) -> str | None:
        """The entry for a citation; ``None`` where there is one already, or none to be had."""
        if mention.key in self.own or mention.key in self.added:
            return None
        paper = self._paper(mention)
        if paper is None:
            self._pass_over(mention)
            return None
        key = mention.key or self.resolver.keys[paper.id]
        if mention.key is None and (key in self.added or paper in self.papers.values()):
            return None
        self.added[key] = paper.id
        self.papers[key] = paper
        return entry_of(paper, self.catalogue, key) + "\n"

    def _pass_over(self, mention: Mention) -> None:
        """Note what the catalogue does not know: an entry that stays elsewhere, no citation, or a mistake."""
        if mention.may_be_label:
            return
        if mention.key in self._keys_elsewhere:
            self.left[mention.key] = None
            return
        what = mention.key or f"arXiv:{mention.arxiv}"
        near = self.resolver.nearest(mention.key) if mention.key else None
        self.unknown.append(Unknown(what, mention.file, mention.line, near))

    @cached_property
    def _keys_elsewhere(self) -> frozenset[str]:
        """Keys in the .bib files that the manuscripts name; read when one is needed, as some are large."""
        bibs = {bib for path in self.manuscripts for bib in bibliography_files(path)}
        return frozenset(own.entry.key for bib in bibs for own in own_entries(read_text(bib), str(bib)))

    def _silent(self) -> dict[str, str]:
        """Manuscript -> what was looked for in it, of those that hold nothing but labels of their own."""
        return {
            str(path): kind_of(path).looked_for
            for path, found in self.cited_in.items()
            if all(mention.may_be_label and self._paper(mention) is None for mention in found)
        }

    def _paper(self, mention: Mention) -> Paper | None:
        if mention.key is not None:
            return self.resolver.by_key(mention.key)
        return self.resolver.by_identifier("arxiv", mention.arxiv or "")


def _read(path: Path) -> str:
    return read_text(path).replace("\r\n", "\n")


def _heading(catalogue: Catalogue) -> str:
    config = catalogue.config
    place = f" ({config.base_url})" if config.base_url else ""
    # An @ outside an entry would begin one.
    return f"% From {config.title}{place} by 'catalog cite'.\n".replace("@", "(at)")


def _cited_twice(papers: dict[str, Paper]) -> tuple[tuple[str, ...], ...]:
    keys: dict[str, list[str]] = {}
    for key, paper in papers.items():
        keys.setdefault(paper.id, []).append(key)
    return tuple(tuple(several) for several in keys.values() if len(several) > 1)
