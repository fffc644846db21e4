"""What one value of a record may be: a link, a date, an id, a paper's identifier in another system.

Each kind is a type that :mod:`catalog.record` gives to fields, and that editors learn of by the JSON Schema;
the regular expressions are also for whoever looks for such values in a text.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from catalog import yaml_files
from catalog.texts import SLUG, check_text


def check_link(link: str) -> str:
    """*link* itself.

    Raises
    ------
    ValueError : not an absolute http(s) URL, or with credentials, spaces or invisible characters
    """
    check_text(link)
    if any(c.isspace() or c in '<>"`{}|\\^' or not c.isprintable() for c in link):
        raise ValueError(f"{link!r} holds a space or a character that links cannot hold; percent-encode it")
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        problem = f"'{link}' is not a link ({error}); look at what stands between // and the next /"
        raise ValueError(problem) from None
    if parts.scheme not in ("http", "https"):
        hint = f"; write https://{link}" if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", link) else ""
        raise ValueError(f"'{link}' does not begin with https:// or http://{hint}")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"'{link}' holds credentials before the host; delete them")
    if not host or not re.fullmatch(r"[\w-]+(\.[\w-]+)+|localhost", host):
        raise ValueError(f"'{link}' names no host; expected something like https://example.org/paper")
    return link


def _fits(regex: str, expected: str) -> AfterValidator:
    fits = re.compile(regex).fullmatch

    def validate(text: str) -> str:
        check_text(text)
        if not fits(text) or not text.isprintable():
            bare = text.strip(yaml_files.CURLY_QUOTES)
            if bare != text and fits(bare):
                raise ValueError(f"'{text}' is within quotes that are none to YAML; write \"{bare}\"")
            raise ValueError(f"'{text}' is not {expected}")
        return text

    return AfterValidator(validate)


def _schema(regex: str) -> WithJsonSchema:
    """What a JSON Schema says of a text that fits *regex*, so that editors mark one that does not."""
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{regex})$"})


def _to_text(value: Any) -> Any:
    """A bare year is read as an integer; as a date it is text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def is_date(text: str) -> bool:
    """Whether *text* is a year, a month or a day of the calendar.

    >>> [is_date(text) for text in ("2024", "2024-03", "2024-02-29", "2023-02-29", "2024-3")]
    [True, True, True, False, False]
    """
    if not re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}){0,2}", text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


FIRST_YEAR, LAST_YEAR = 1500, 2100
"""Between which a paper may have appeared; species were described, and theorems proved, long before arXiv."""


def _date(text: str) -> str:
    if is_date(text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return text
    raise ValueError(f"'{text}' is not a date; expected 2024, 2024-03 or 2024-03-11")


DEVICE_NAMES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))]
)
"""What no file is called in Windows, whatever its extension: nobody there could check it out."""


def _no_device(text: str) -> str:
    if text in DEVICE_NAMES:
        raise ValueError(f"'{text}' is a device in Windows, and no file there; write e.g. {text}-paper")
    return text


LONGEST_ID = 100
"""Characters in an id, which is a folder's name in the site: no file system takes one of 300."""


def _short_enough(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise ValueError(f"has {len(text):,} characters, expected {LONGEST_ID} at most; shorten it")
    return text


# All classes are written out: \d and \w would take digits and letters of any script.
_MODULE_NAME = "[a-z][a-z0-9_]*"
_MONTH = r"(?:0[1-9]|1[0-2])"
ARXIV_ID = (
    rf"(?:07(?:0[4-9]|1[0-2])|(?:0[89]|1[0-4]){_MONTH})\.[0-9]{{4}}"
    rf"|(?:1[5-9]|[2-9][0-9]){_MONTH}\.[0-9]{{5}}|[a-z-]+(?:\.[A-Z]{{2}})?/[0-9]{{2}}{_MONTH}[0-9]{{3}}"
)
"""Year, month and number, as a regular expression: of four digits until 2014, and then of five."""
ARXIV_NUMBER = r"[0-9]{4}\.[0-9]{4,5}"
"""What looks like an id that arXiv gives out since 2007, as a regular expression, whatever it begins with."""
LIKE_ARXIV_ID = rf"{ARXIV_NUMBER}|(?<![a-z-])[a-z-]++(?:\.[A-Z]{{2}})?/[0-9]{{7}}"
"""What looks like an id of arXiv, so that of a wrong one it can be said what is wrong with it."""
REGISTRANT = r"10\.[0-9]{4,9}"
"""What a DOI has before its slash, as a regular expression."""
_DOI = rf'{REGISTRANT}/[^\s<>"{{}}|\\^`]+'
OPENREVIEW_ID = "[A-Za-z0-9_-]{6,20}"
ANTHOLOGY_ID = r"[A-Z][0-9]{2}-[0-9]{4}|[0-9]{4}\.[A-Za-z0-9_-]+\.[0-9]+"
"""As regular expressions; of the ACL Anthology, the earlier ids, such as P19-1285, come first."""

Link = Annotated[str, AfterValidator(check_link), _schema(r'https?://[^\s<>"`{}|\\^]+')]
PartialDate = Annotated[str, BeforeValidator(_to_text), AfterValidator(_date)]
Slug = Annotated[
    str,
    _fits(SLUG, "an id; expected lower-case words joined by hyphens, e.g. fast-v"),
    AfterValidator(_short_enough),
    WithJsonSchema({"type": "string", "pattern": f"^{SLUG}$", "maxLength": LONGEST_ID}),
]
PaperId = Annotated[Slug, AfterValidator(_no_device)]
ModuleName = Annotated[
    str, _fits(_MODULE_NAME, "a module's name; expected lower_case_words"), _schema(_MODULE_NAME)
]
ArxivId = Annotated[
    str,
    _fits(
        ARXIV_ID,
        "an arXiv id of year, month and number; expected 1706.03762, without version (four digits at the "
        "end until 2014)",
    ),
    _schema(ARXIV_ID),
]
Doi = Annotated[str, _fits(_DOI, "a DOI; expected 10.1234/abc, without https://doi.org/"), _schema(_DOI)]
OpenreviewId = Annotated[
    str,
    _fits(OPENREVIEW_ID, "an OpenReview id; expected the text after forum?id="),
    _schema(OPENREVIEW_ID),
]
AnthologyId = Annotated[
    str, _fits(ANTHOLOGY_ID, "an ACL Anthology id; expected 2024.acl-long.12"), _schema(ANTHOLOGY_ID)
]


def is_arxiv_doi(doi: str) -> bool:
    """Whether it is arXiv's own DOI of a preprint, beside which a published paper has another one.

    >>> is_arxiv_doi("10.48550/arXiv.2403.06764"), is_arxiv_doi("10.1145/3633781")
    (True, False)
    """
    return doi.startswith("10.48550/")


def arxiv_month(arxiv: str) -> str | None:
    """The month in which an arXiv id was given out.

    >>> arxiv_month("2403.06764"), arxiv_month("cs/0701001")
    ('2024-03', '2007-01')
    """
    digits = arxiv.rsplit("/", 1)[-1]
    year, month = int(digits[:2]), int(digits[2:4])
    century = 1900 if year >= 91 else 2000
    return f"{century + year}-{month:02d}" if 1 <= month <= 12 else None
