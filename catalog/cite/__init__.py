"""The bibliography of a manuscript in LaTeX, Markdown or Typst: what it cites and the catalogue knows.

Four promises.  A key that the author uses is never changed.  An entry that the author has, in a .bib file
that is given, written to or named by a manuscript, comes before the catalogue's; it is only replaced where
it cites a preprint and the catalogue knows where the paper was published, and then keeps what only the
author can have written.  Of the file that is written to, what the manuscripts do not cite stays as it is,
with its line ends and encoding.  What is unknown is reported with its place, and never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from catalog.bibtex import without_formulas
from catalog.catalogue import Catalogue
from catalog.cite.bibliographies import (
    OwnEntry,
    between_entries,
    entries_under,
    is_preprint,
    own_entries,
    plain_lines,
    with_own_fields,
)
from catalog.cite.manuscripts import bibliography_files, kind_of, mentions
from catalog.cite.reading import Mention, read_text, text_and_encoding
from catalog.cite.resolving import Resolver
from catalog.cite.result import Bibliography, Namesake, Unknown, Upgrade
from catalog.exports.bibtex import entry_of
from catalog.findings import CatalogError
from catalog.record import Paper

__all__ = ["Bibliography", "Unknown", "bibliography", "unnamed_in"]


def bibliography(paths: Sequence[Path], catalogue: Catalogue, out: Path | None = None) -> Bibliography:
    """The bibliography for manuscripts (.tex, .aux, .md, .typ and so on) and the author's own .bib files.

    The .bib files are kept whole, comments and all, but for the entries that are upgraded; what the
    manuscripts cite beyond them follows, in the order of citation.  What a .bib file has that a manuscript
    names for its bibliography stays in that file.

    Parameters
    ----------
    out : the .bib file that the text is going to replace; of the entries that it holds already, only those
        that a manuscript cites are upgraded, and those whose key is in *paths* give way to the ones there

    Raises
    ------
    CatalogError : a file is missing, of an unknown kind, or a .bib file with an entry that is never closed;
        *out* is one of *paths*, no .bib file, or in an encoding that cannot hold the new entries
    """
    if not paths:
        raise CatalogError(
            "name at least one manuscript, such as a .tex, .aux, .md or .typ file, or .bib file"
        )
    if out is not None:
        _refuse_as_output(out, paths)
    made = _Work(paths, catalogue, out if out is not None and out.exists() else None).done()
    try:
        made.text.encode(made.encoding)
    except UnicodeEncodeError as error:
        raise CatalogError(
            f"{out}: is not UTF-8, and cannot hold '{error.object[error.start]}' of a new entry; save the "
            "file as UTF-8 and try again. Nothing was written"
        ) from None
    return made


def _refuse_as_output(out: Path, paths: Sequence[Path]) -> None:
    if out.suffix.lower() != ".bib":
        raise CatalogError(f"-o {out}: expected a name that ends in .bib, e.g. {out.with_suffix('.bib')}")
    if any(path.exists() and out.exists() and path.samefile(out) for path in paths):
        raise CatalogError(
            f"-o {out}: is one of the files to read, and would be overwritten; name another .bib file. (A "
            "file that is written to keeps what it holds, so it need not be given to be read.)"
        )


class _Work:
    """What is known of a manuscript so far; *out* is the file that is written to, if there is one yet."""

    def __init__(self, paths: Sequence[Path], catalogue: Catalogue, out: Path | None) -> None:
        self.catalogue = catalogue
        self.resolver = Resolver(catalogue)
        self.out = out
        self.out_text, self.encoding = text_and_encoding(out) if out else ("", "utf-8")
        self.bibs = {path: read_text(path) for path in paths if path.suffix.lower() == ".bib"}
        self.line_end = _line_end(self.out_text, *self.bibs.values())
        self.manuscripts = [path for path in paths if path not in self.bibs]
        self.with_formulas = not self.manuscripts or any(
            kind_of(path).reads_formulas for path in self.manuscripts
        )
        self.cited_in = {path: mentions(path) for path in self.manuscripts}
        self.cited = [mention for found in self.cited_in.values() for mention in found]
        ignores_case = any(kind_of(path).ignores_case(path) for path in self.manuscripts)
        self.same: Callable[[str], str] = str.lower if ignores_case else str
        self.own: dict[str, OwnEntry] = {}
        self.papers: dict[str, Paper] = {}
        self.added: dict[str, str] = {}
        self.upgraded: list[Upgrade] = []
        self.outdated: list[Upgrade] = []
        self.namesakes: dict[str, Namesake] = {}
        self.unknown: list[Unknown] = []
        self.left: dict[str, None] = {}

    def done(self) -> Bibliography:
        kept_text = [self._lines(plain_lines(self._upgraded(text, path))) for path, text in self.bibs.items()]
        if self.out is not None:
            kept_text.append(self._text_beyond(kept_text, self.out))
        new = [self._entry(mention) for mention in self.cited]
        fresh = [self._lines(text) for text in new if text]
        parts = [self._ended(text) for text in kept_text if text.strip()]
        heading = _heading(self.catalogue)
        if fresh and not any(heading in text for text in parts):
            parts.append(self._ended(heading))
        upgraded = {upgrade.key for upgrade in self.upgraded}
        own = (entry.entry.key for entry in self.own.values())
        kept = tuple(key for key in (*own, *self.left) if key not in upgraded)
        return Bibliography(
            text=self.line_end.join([*parts, *fresh]),
            encoding=self.encoding,
            added=self.added,
            upgraded=tuple(self.upgraded),
            kept=kept,
            outdated=tuple(self.outdated),
            strange=tuple(key for key in kept if key not in self.papers),
            namesakes=tuple(self.namesakes.values()),
            unknown=tuple(self.unknown),
            twice=_cited_twice(self.papers),
            silent=self._silent(),
        )

    def _lines(self, text: str) -> str:
        """*text* of our own, with the line ends of the result."""
        return text.replace("\n", self.line_end)

    def _ended(self, text: str) -> str:
        return text.rstrip("\r\n") + self.line_end

    def _text_beyond(self, given: Sequence[str], out: Path) -> str:
        """The file that is written to, without what the files *given* say and are going to say again."""
        text = self.out_text
        begin = 0
        for part in given:
            if part.strip() and text.startswith(whole := self._ended(part), begin):
                begin += len(whole)
        said = {plain_lines(raw) for part in given for _, raw in between_entries(part)}
        again = [
            (own.offset, own.text)
            for own in own_entries(text, str(out), closed=True)
            if self.same(own.entry.key) in self.own
        ]
        again += [(offset, raw) for offset, raw in between_entries(text) if plain_lines(raw) in said]
        cuts = [(0, begin), *((offset, offset + len(raw)) for offset, raw in again if offset >= begin)]
        cited = {self.same(mention.key) for mention in self.cited if mention.key}
        return self._upgraded(text, out, cited, cuts).lstrip("\r\n")

    def _upgraded(
        self,
        text: str,
        path: Path,
        only: Container[str] | None = None,
        cuts: Sequence[tuple[int, int]] = (),
    ) -> str:
        """The author's text, with entries replaced that cite a preprint of what is published now.

        Parameters
        ----------
        only : the keys of the entries that may be replaced; without it, all may
        cuts : where what is left out begins and ends; a line end behind it goes, too
        """
        edits = [(start, _past_line_end(text, end), "") for start, end in cuts]
        for own in own_entries(text, str(path), closed=True):
            if any(start <= own.offset < end for start, end in cuts):
                continue
            paper = self.resolver.by_entry(own.entry)
            key = self.same(own.entry.key)
            self.own.setdefault(key, own)
            if paper is None:
                continue
            self.papers.setdefault(own.entry.key, paper)
            if (only is None or key in only) and self._improves(paper, own):
                better = with_own_fields(self._entry_of(paper, own.entry.key), own)
                edits.append((own.offset, own.offset + len(own.text), self._lines(better)))
                self.upgraded.append(_upgrade(own, paper))
        for start, end, better in sorted(edits, reverse=True):
            text = text[:start] + better + text[end:]
        return text

    def _improves(self, paper: Paper, own: OwnEntry) -> bool:
        vocabulary = self.catalogue.vocabulary
        published = vocabulary.venue(paper.venue) is not None and not vocabulary.is_preprint(paper.venue)
        return published and is_preprint(own.entry, vocabulary)

    def _entry(self, mention: Mention) -> str | None:
        """The entry for a citation; ``None`` where there is one already, or none to be had."""
        paper, key = self._paper(mention), self._key(mention)
        if key in self.added or (mention.key is None and paper in self.papers.values()):
            return None
        own = (self.own.get(self.same(key)) or self._elsewhere.get(self.same(key))) if key else None
        if own and (mention.key or self.resolver.by_entry(own.entry) == paper):
            self._leave(own, paper)
            return None
        if paper is None or key is None:
            self._note_unknown(mention)
            return None
        if own:  # Only the text names the paper, and its key is taken.
            key = f"{key}-{paper.id}"
        self.added[key] = paper.id
        self.papers[key] = paper
        return self._entry_of(paper, key) + "\n"

    def _entry_of(self, paper: Paper, key: str) -> str:
        entry = entry_of(paper, self.catalogue, key)
        return entry if self.with_formulas else without_formulas(entry)

    def _leave(self, own: OwnEntry, paper: Paper | None) -> None:
        """Note that the author's entry stays where it is, and if the key is another *paper*'s here."""
        key, meant = own.entry.key, self.resolver.by_entry(own.entry)
        if self.same(key) not in self.own and key not in self.left:
            self.left[key] = None
            if meant and self._improves(meant, own):
                self.outdated.append(_upgrade(own, meant))
        if meant:
            self.papers.setdefault(key, meant)
        if paper and meant != paper:
            self.namesakes[key] = Namesake(key, own.file, own.line, paper)

    def _note_unknown(self, mention: Mention) -> None:
        if not mention.may_be_label:
            what = mention.key or f"arXiv:{mention.arxiv}"
            near = self.resolver.nearest(mention.key) if mention.key else None
            self.unknown.append(Unknown(what, mention.file, mention.line, near))

    @cached_property
    def _elsewhere(self) -> Mapping[str, OwnEntry]:
        """What is cited from the .bib files that the manuscripts name, by key; of two entries the first."""
        cited = {self.same(key) for mention in self.cited if (key := self._key(mention))}
        bibs = dict.fromkeys(bib for path in self.manuscripts for bib in bibliography_files(path))
        found: dict[str, OwnEntry] = {}
        for bib in bibs:
            for own in entries_under(cited - self.own.keys(), read_text(bib), str(bib), self.same):
                found.setdefault(self.same(own.entry.key), own)
        return found

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

    def _key(self, mention: Mention) -> str | None:
        """The key of a citation, or the catalogue's where only the text names a paper that it knows."""
        paper = self._paper(mention) if mention.key is None else None
        return self.resolver.keys[paper.id] if paper else mention.key


def unnamed_in(paths: Sequence[Path], out: Path) -> dict[Path, list[Path]]:
    """Manuscript -> the .bib files that it names, of those among *paths* that name some, and not *out*."""
    manuscripts = [path for path in paths if path.suffix.lower() != ".bib"]
    named = {path: bibliography_files(path) for path in manuscripts}
    return {path: bibs for path, bibs in named.items() if bibs and not any(bib.samefile(out) for bib in bibs)}


def _upgrade(own: OwnEntry, paper: Paper) -> Upgrade:
    """Where the *paper* of an entry was published."""
    return Upgrade(own.entry.key, own.file, own.line, f"{paper.venue} {paper.year or ''}".strip())


def _line_end(*texts: str) -> str:
    """The line end of most lines in the first of *texts* that has any."""
    lined = next((text for text in texts if "\n" in text), "")
    return "\r\n" if 2 * lined.count("\r\n") > lined.count("\n") else "\n"


def _past_line_end(text: str, end: int) -> int:
    """*end*, or behind the line end that begins there."""
    return end + next((len(line_end) for line_end in ("\r\n", "\n") if text.startswith(line_end, end)), 0)


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
