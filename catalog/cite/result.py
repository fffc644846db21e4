"""What the making of a manuscript's bibliography gives: its text, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.record import Paper


@dataclass(frozen=True, slots=True)
class Unknown:
    """A key or arXiv id that neither the catalogue nor the author's own .bib files know."""

    what: str
    file: str
    line: int
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An entry of the author's that cites a preprint, or did, and where its paper was published."""

    key: str
    file: str
    line: int
    venue: str


@dataclass(frozen=True, slots=True)
class Namesake:
    """An entry of the author's that is cited under a key by which the catalogue knows another paper."""

    key: str
    file: str
    line: int
    paper: Paper


@dataclass(frozen=True, slots=True)
class Bibliography:
    """What was made of a manuscript.

    Attributes
    ----------
    text : the .bib file
    encoding : how its text becomes bytes: as those of the file that is written to, else UTF-8
    added : key -> id, of the entries that the catalogue gave
    upgraded : entries of the author's that the catalogue replaced
    kept : keys of the author's own entries that stayed as they were, here or in a file that is only named
    outdated : those of them that cite a preprint, in a file that is only named, and where it was published
    strange : those of them whose papers the catalogue does not have
    namesakes : those of them for which the catalogue would have given another paper
    unknown : what could not be resolved
    twice : keys under which one paper is cited, where there are several
    silent : manuscript -> what was looked for in it, of those that cite nothing
    """

    text: str
    encoding: str
    added: dict[str, str]
    upgraded: tuple[Upgrade, ...]
    kept: tuple[str, ...]
    outdated: tuple[Upgrade, ...]
    strange: tuple[str, ...]
    namesakes: tuple[Namesake, ...]
    unknown: tuple[Unknown, ...]
    twice: tuple[tuple[str, ...], ...]
    silent: dict[str, str]
