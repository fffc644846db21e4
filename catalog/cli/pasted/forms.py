"""What one paper is named by: an identifier, an address, a BibTeX entry, "Chen et al., 2024".

The site's ``browse/pasted.js`` has the same forms.
"""

from __future__ import annotations

import re

from catalog.links import LIKE_DOI, identifiers_in
from catalog.values import LIKE_ARXIV_ID

LETTER = r"[^\W\d_]"
_FAMILY = rf"(?:{LETTER}|['’-])+(?: (?:{LETTER}|['’-])+)?"
_YEAR = r"((?:19|20)\d{2})[a-z]?[\W_]*"

_ARXIV = re.compile(rf"(?:arxiv:\s*)?({LIKE_ARXIV_ID})(?:v\d+)?", re.IGNORECASE)
_DOI = re.compile(rf"(?:doi:\s*)?({LIKE_DOI})", re.IGNORECASE)
_PRINTED = re.compile(
    rf"(?:^arxiv:\s*(?={LIKE_ARXIV_ID}(?:v\d+)?\s*\[[a-z.-]+\])"
    rf"|\barxiv (?:e-?|pre)prints?,? arxiv:\s*|\bcorr,? abs/)({LIKE_ARXIV_ID})",
    re.IGNORECASE,
)
"""What arXiv prints on a paper's margin, and how references name preprints."""
_CITED = re.compile(rf"[\W_]*({_FAMILY}) et al\.?,? ?[(\[]?{_YEAR}", re.IGNORECASE)
"""A citation in running text: the first author's family name and the year."""
_CITED_IN_LIST = re.compile(
    rf"[\W_]*({_FAMILY})(?: et al\.?| (?:and|&) (?:{LETTER}|['’-])+)?(?:, ?| )[(\[]?{_YEAR}", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://\S+|(?:www\.)?(?:github|gitlab)\.com/\S+", re.IGNORECASE)
_ENTRY = re.compile(r"@[a-z]+\s*\{\s*([^\s,{}]*)", re.IGNORECASE)
_REFERENCE = re.compile(r"^\[\d+\]|\bet al\b", re.IGNORECASE)
_LEAST_OF_QUOTED = 4
"""Words from which on quoted text in a reference is its title."""


def with_scheme(address: str) -> str:
    """*address* as a browser takes it."""
    return address if "://" in address else f"https://{address}"


def identified(text: str) -> tuple[str, str] | None:
    """Name and value of the identifier that *text* is, alone or in an address.

    >>> identified("arXiv:2403.06764v2"), identified("doi.org/10.48550/arXiv.2403.06764")
    (('arxiv', '2403.06764'), ('arxiv', '2403.06764'))
    >>> identified("fastv")
    """
    bare = re.sub(r"[.,;]+$", "", text.strip())
    if found := _ARXIV.fullmatch(bare):
        return "arxiv", found[1]
    doi = _DOI.fullmatch(bare)
    named = identifiers_in(f"https://doi.org/{doi[1]}" if doi else with_scheme(bare))
    return next(iter(named.items()), None)


def printed(text: str) -> tuple[str, str] | None:
    """The arXiv id of a margin, or of a reference to a preprint."""
    found = _PRINTED.search(text.strip())
    return ("arxiv", found[1]) if found else None


def identifiers_of(text: str) -> list[tuple[str, str]]:
    """Name and value of each identifier by which *text* names one paper: of a BibTeX entry, of its fields."""
    if not is_entry(text):
        named = [identified(text) or printed(text)]
    else:
        fields = {name: _value_of(text, name) for name in ("eprint", "doi", "url", "journal", "volume")}
        named = [identified(fields[name]) for name in ("eprint", "doi", "url") if fields[name]]
        named.append(printed(f"{fields['journal']} {fields['volume']}"))
    return [one for one in named if one]


def is_address(text: str) -> bool:
    """Whether *text* is an address, if only that of a repository."""
    return _ADDRESS.fullmatch(text) is not None


def is_named(text: str) -> bool:
    """Whether *text* is an identifier or an address, and nothing else."""
    return identified(text) is not None or is_address(text)


def cited(text: str, *, in_list: bool = False) -> tuple[str, str] | None:
    """The family name and the year of a citation; in a list, ``Chen, 2024`` is one, too.

    >>> cited("(Van Gool et al., 2024a)"), cited("Chen, 2024"), cited("Chen and Li, 2024", in_list=True)
    (('Van Gool', '2024'), None, ('Chen', '2024'))
    """
    found = (_CITED_IN_LIST if in_list else _CITED).fullmatch(text)
    return (found[1], found[2]) if found else None


def is_entry(text: str) -> bool:
    """Whether *text* begins as a BibTeX entry."""
    return _ENTRY.match(text.strip()) is not None


def key_of(entry: str) -> str:
    """The citation key of a BibTeX entry; empty for none."""
    found = _ENTRY.match(entry.strip())
    return found[1] if found else ""


def is_reference(text: str) -> bool:
    """Whether *text* looks like a line of a list of references."""
    return _REFERENCE.search(text.strip()) is not None


def title_of(text: str) -> str:
    """The title that a BibTeX entry or a line of references says to be one; empty for none.

    >>> title_of("@misc{a, booktitle={No}, title = {An {Image}}}"), title_of('Li et al. "One two three four"')
    ('An Image', 'One two three four')
    """
    title = _value_of(text, "title") if is_entry(text) else _quoted(text)
    plain = re.sub(r'[{}"\\]', "", title).strip()
    return plain if re.search(r"[^\W_]", plain) else ""


def _quoted(text: str) -> str:
    parts = re.findall(r'["“]([^"”]+)["”]', text) if is_reference(text) else []
    return next((part for part in parts if len(part.split()) >= _LEAST_OF_QUOTED), "")


def _value_of(entry: str, name: str) -> str:
    """The value of that field of a BibTeX entry; empty for none."""
    begin = re.search(rf"(?:^|[\s,{{]){name}\s*=\s*", entry, re.IGNORECASE)
    if not begin:
        return ""
    rest = entry[begin.end() :]
    if rest.startswith('"'):
        return rest[1:].split('"')[0]
    if not rest.startswith("{"):
        return re.split(r"[\s,}]", rest, maxsplit=1)[0]
    depth = 0
    for at, letter in enumerate(rest):
        depth += (letter == "{") - (letter == "}")
        if not depth:
            return rest[1:at]
    return rest[1:]
