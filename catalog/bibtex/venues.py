"""Which venue of the vocabulary the name of a volume or journal means, as a BibTeX entry gives it.

A name has to stand for itself: Findings and workshops are not the main conference, and a
venue whose name only contains that of another one is not that one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from catalog.bibtex.values import MONTHS
from catalog.vocabulary import Venue, Vocabulary


def resolve_venue(text: str, vocabulary: Vocabulary) -> str | None:
    """The key of the venue that *text*, a booktitle or journal, names; ``None`` where it is none or unclear.

    Text that speaks of Findings or of a workshop never resolves to the main conference.
    """
    return _matcher(vocabulary).resolve(text)


@lru_cache(maxsize=4)
def _matcher(vocabulary: Vocabulary) -> _VenueMatcher:
    return _VenueMatcher(v for v in vocabulary["venue"].values() if isinstance(v, Venue))


_SMALL_WORDS = frozenset(["the", "of", "on", "in", "for", "and", "a", "at", "to", "ieee", "cvf", "annual"])
_APART = ("workshop", "findings")
"""Words that tell a side event from the conference which it is named after."""

_ELSEWHERE = {"arxiv": ("CoRR",)}
"""What DBLP calls arXiv, which every catalogue's preprints need."""

_ORDINAL = (
    r"\d+(?:st|nd|rd|th)|(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y|ieth)|first|second|third|fourth|fifth"
    r"|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth"
    r"|one|two|three|four|five|six|seven|eight|nine"
)
_MONTH = rf"(?:{'|'.join(MONTHS)})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
_EVENT_NAME = re.compile(r"\b([A-Z]\w*[A-Z](?:[/-][A-Z]\w*[A-Z])*)(?:['’,\s]*\d|\s*$)")
"""An abbreviation, or several of a joint event, before a year or at the end: "ACL-IJCNLP 2021"."""
_BARE = frozenset(["proceedings", "proc", "volume", "vol", "number", "no"])
_BESIDE = (
    _BARE
    | frozenset(_APART)
    | frozenset(
        "part main long short full paper papers poster posters oral orals spotlight spotlights highlight "
        "notable top track tracks datasets benchmarks position accepted by appear pmlr springer".split()
    )
)
"""Words beside a name that leave it the name of the event: proceedings, volumes, tracks and side events."""

_EVENT = frozenset(["conference", "meeting", "symposium"])
_BESIDE_EVENT = _BESIDE | _EVENT | frozenset(["international", "acm", "usenix"])
"""Also beside a name that does not say by itself what sort of event it is, such as ICML or MICCAI."""


class _Word(NamedTuple):
    """A word that matters, lower case; how it was written; what stands around it."""

    text: str
    written: str
    begins: bool
    """Whether punctuation, or "and the 9th", parts it from the word before."""
    after_colon: bool
    """Whether that is a colon, behind which a journal's name may go on."""
    dated: bool
    """Whether a year follows."""


def _words(text: str) -> list[str]:
    """The words that matter, lower case, singular where it matters, without years, ordinals and diacritics.

    >>> _words("Proceedings of the 41st Workshops @ ICML2024")
    ['proceedings', 'workshop', 'icml']
    """
    return [word.text for word in _read_words(text)]


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _read_words(text: str) -> list[_Word]:
    plain = re.sub(
        rf"\band(?=\s+(?:the\s+)?(?:{_ORDINAL})\b)", ";", _without_marks(text), flags=re.IGNORECASE
    )
    words: list[_Word] = []
    before, begins, colon = "", True, False
    for match in re.finditer(r"([\W_]*)([^\W_]+)", plain):
        between, written = match.groups()
        begins = begins or _parts(before, between, written)
        colon = colon or ":" in between
        before = written
        word = re.sub(r"^([a-z]{2,})(\d{2,4})$", r"\1", written.casefold())
        if re.fullmatch(r"\d{4}|\d\d", word) and words and not begins:
            words[-1] = words[-1]._replace(dated=True)
        is_section = written == "A" and _AT_END.match(plain, match.end())
        if (word in _SMALL_WORDS and not is_section) or re.fullmatch(r"\d+(st|nd|rd|th)?", word):
            continue
        word = "workshop" if word == "workshops" else word
        words.append(_Word(word, written, begins, colon, dated=len(word) < len(written)))
        begins = colon = False
    return words


_AT_END = re.compile(r"\s*(?:$|[\d:,;()\[\]–—])")
"""What follows a journal's section, as in "Physical Review A 65", and no article."""


def _parts(before: str, between: str, after: str) -> bool:
    """Whether what stands *between* two words ends a name: "ICML, Vienna", "ECCV - 18th", "ACL/IJCNLP"."""
    if re.search(r"[,;:()\[\]{}–—@|]|\s-+\s", between):
        return True
    joint = between in ("/", "-") and _is_abbreviation(before) and _is_abbreviation(after)
    return joint and not {before, after} & {"IEEE", "CVF", "ACM", "RSJ", "USENIX"}


def _is_abbreviation(word: str) -> bool:
    return sum(character.isupper() for character in word) > 1


_IN_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*$")
_LIKE_WORKSHOP = re.compile(r"\bw(?:or)?ks?h?o?p", re.IGNORECASE)
_NUMBER = re.compile(rf"\d+\.?|{_ORDINAL}", re.IGNORECASE)


def _short_words(text: str) -> list[str] | None:
    """The words that matter up to a comma or bracket, lower case; ``None`` where no full stop cuts one short.

    >>> _short_words("Proc. 38th IEEE Conf. Comput. Vis. Pattern Recognit. (CVPR), Jun. 2021")
    ['conf.', 'comput.', 'vis.', 'pattern', 'recognit.']
    """
    name = re.split(r"[,;:()]", _without_marks(text), maxsplit=1)[0]
    found = [word for word in re.findall(r"[^\W_]+\.?", name) if not _NUMBER.fullmatch(word)]
    section = found.pop() if found[-1:] == ["A"] else ""
    words = [word.casefold() for word in found if word.casefold().rstrip(".") not in _SMALL_WORDS]
    words += [section.casefold()] if section else []
    if words and words[0] in ("proc.", "proceedings"):
        del words[0]
    return words if len(words) > 1 and any(word.endswith(".") for word in words) else None


def _are_cut_short(short: Sequence[str], words: Sequence[str]) -> bool:
    """Whether *short* has the *words* of a name in their order, each whole or cut short by a full stop."""
    return len(short) == len(words) and all(
        one == other or (one[-1] == "." and other.startswith(one[:-1]))
        for one, other in zip(short, words, strict=True)
    )


class _Name(NamedTuple):
    """A venue's name in words that matter, with a space at either end."""

    text: str
    venue: Venue
    abbreviation: bool

    def fits(self, words: Sequence[_Word]) -> bool:
        """Whether it stands among *words*, and is not part of another venue's name there."""
        own = self.text.split()
        places = range(len(words) - len(own) + 1)
        return any(
            [word.text for word in words[at : at + len(own)]] == own
            and self._stands(words, at, at + len(own))
            for at in places
        )

    def _stands(self, words: Sequence[_Word], start: int, end: int) -> bool:
        first = next(at for at in range(start, -1, -1) if words[at].begins)
        if self.venue.type == "preprint":  # behind it comes the preprint's number
            return first == start
        goes_on = self.venue.type == "journal" and len(words[end - 1].text) > 1  # "Physics A: …" is Physics A
        parts = [word.begins and not (goes_on and word.after_colon) for word in words[end:]]
        last = end + (parts.index(True) if True in parts else len(parts))
        beside, allowed = [*words[first:start], *words[end:last]], _BARE
        if end - start > 1 or (self.abbreviation and _is_abbreviation(words[start].written)):
            says_event = self.venue.type == "journal" or not _EVENT.isdisjoint(self.text.split())
            allowed = _BESIDE if says_event else _BESIDE_EVENT
        elif not words[start].dated:  # a plain word such as Nature: nothing else may be said at all
            beside = [*words[:start], *words[end:]]
        numbers = "" if self.venue.type == "journal" else "|[ivx]+"  # which tell a journal from its sisters
        free = re.compile(rf"{_ORDINAL}|{_MONTH}{numbers}")
        return all(word.text in allowed or free.fullmatch(word.text) for word in beside)


_LONGEST = 1_000
"""Characters in a venue's name; looking through more takes time that grows with their square."""


class _VenueMatcher:
    """Finds the venue of a vocabulary that a booktitle or journal names: the longest name in it wins.

    A name has to fill what stands between two commas, colons, brackets and the like, but for words such as
    "Proceedings of the 41st": "International Conference on Machine Learning and Applications" is not ICML.
    A name of which words are cut short, as DBLP and IEEE write "Trans. Mach. Learn. Res.", has to be whole.
    """

    def __init__(self, venues: Iterable[Venue]) -> None:
        self._names: list[_Name] = []
        self._written_out: list[tuple[tuple[str, ...], Venue]] = []
        for venue in venues:
            texts = (venue.key, venue.label, venue.definition, *venue.aliases, *venue.tags)
            texts += _ELSEWHERE.get(venue.key.lower(), ())
            names: dict[str, bool] = {}
            for text in texts:
                if name := " ".join(_words(text)):
                    names.setdefault(name, _is_abbreviation(text))
            self._names += [_Name(f" {name} ", venue, short) for name, short in names.items()]
            written_out = {tuple(_words(_IN_PARENTHESES.sub("", text))) for text in texts}
            self._written_out += [(words, venue) for words in written_out if len(words) > 1]
        self._names.sort(key=lambda name: -len(name.text))
        self._answers: dict[str, str | None] = {}

    def resolve(self, text: str) -> str | None:
        if len(text) > _LONGEST:
            return None
        if text not in self._answers:
            if len(self._answers) > 10_000:
                self._answers.clear()
            self._answers[text] = self._resolve(text)
        return self._answers[text]

    def _resolve(self, text: str) -> str | None:
        line = f" {' '.join(_words(text))} "
        apart = [word for word in _APART if f" {word} " in line]
        if "workshop" in apart:  # "Workshop on X at ICML"
            text = re.sub(r"\bat\b", "@", text)
        words = _read_words(text)
        matches = [name for name in self._names if name.text in line and name.fits(words)]
        named = [n for n in matches if all(n.venue.type == word or f" {word} " in n.text for word in apart)]
        if apart and not (named and "workshop" in apart):
            named = self._named_apart(line, apart, matches)
        if "findings" in apart and (events := _EVENT_NAME.findall(text)):
            # They are those of the event that is named last: "Findings of ACL: EACL".
            event = set(_words(events[-1]))
            named = [name for name in named if not event.isdisjoint(name.text.split())]
        if not named and not apart:
            return self._of_short_words(text)
        return named[0].venue.key if named else None

    def _of_short_words(self, text: str) -> str | None:
        """The one venue whose name *text* has with words cut short, up to a comma or bracket."""
        short = _short_words(text)
        if short is None or _LIKE_WORKSHOP.search(text):
            return None
        goes_on = ":" in re.split(r"[,;()]", text, maxsplit=1)[0]  # and so is a journal's sister
        found = {
            venue.key
            for words, venue in self._written_out
            if _are_cut_short(short, words) and not (goes_on and venue.type == "journal")
        }
        return found.pop() if len(found) == 1 else None

    def _named_apart(self, line: str, apart: list[str], matches: list[_Name]) -> list[_Name]:
        """Workshops or Findings named with their conference in any order, e.g. "Workshop on X @ ICML".

        The one whose name ends last comes first: "Findings of the ACL: EMNLP" is of EMNLP.
        """
        words = line.split()
        place = {word: position for position, word in enumerate(words)}
        for match in matches:
            for word in _words(match.venue.label):
                place.setdefault(word, -1)
        found = [
            name
            for name in self._names
            if (name.venue.type in apart or any(f" {word} " in name.text for word in apart))
            and all(word in place for word in name.text.split())
            and (name.text in line or " " in name.text.strip())
        ]
        return sorted(found, key=lambda name: -max(place[word] for word in name.text.split()))
