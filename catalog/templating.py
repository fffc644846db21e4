"""Templates of HTML, Markdown and YAML, each compiled once.

Every value that reaches a page or list is text from strangers.  HTML is escaped by Jinja2
itself.  In Markdown templates every ``{{ value }}`` passes through :func:`markdown_text`,
unless the code that made it says that it is :class:`Markdown` already; in YAML templates it
becomes a text in quotes.

Operations on such Markdown (``~``, ``join``, a filter) give plain text again, which is
escaped: a slip in a template shows too many backslashes, never somebody's markup.  For the
same reason a Markdown template includes others and calls no macros, whose result is plain text.
"""

from __future__ import annotations

import math
import re
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import yaml
from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
)

from catalog.counting import counted, numeral
from catalog.findings import CatalogError
from catalog.wording import capitalised, in_sentence

_SPECIAL = re.compile(
    r"""
    # GitHub looks for these in the text that Markdown has produced, where an escaped character
    # is a plain one again; but it does not look across elements.
      (?P<isolated>
          @ (?=\w)                     # mentions, e-mail addresses
        | \$                           # formulas
        | \# (?=\d)                    # issues
        | : (?=[\w+-]+:)               # emoji
        | (?<=[A-Za-z0-9]) : (?=//)    # addresses
        | (?<=www) \.                  # addresses without a scheme
      )
    # Python-Markdown, which mkdocs uses, knows a backslash before these and not before the others.
    | (?P<backslashed> [\\`*_{}\[\]] )
    | (?P<entity> [#<>&|~^=] )
    # At the beginning of a line these may begin a list, a definition or an admonition.
    | \A (?: (?P<leading> [-+:!?/] ) | (?P<number> \d{1,9} ) (?P<mark> [.)] ) )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_LINK_CHARACTERS = "/:?#@!&+,;=%~"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


class Markdown(str):
    """Text that is Markdown already and goes into a file as it stands."""

    __slots__ = ()


def markdown_text(value: object) -> Markdown:
    """*value* as Markdown that GitHub and mkdocs show as exactly these characters, on one line.

    No markup, table cell, mention, emoji, formula or link comes of it, wherever on a line it
    stands.  Runs of white space become one space.
    """
    if isinstance(value, Markdown):
        return value
    return Markdown(_SPECIAL.sub(_escape, " ".join(str(value).split())))


def markdown_alternative(value: object) -> Markdown:
    """*value* as the alternative text of a Markdown image, which holds no elements."""
    text = markdown_text(str(value))
    return Markdown(text.replace("<span>", "").replace("</span>", ""))


def _escape(match: re.Match[str]) -> str:
    if match["isolated"]:
        return f"<span>{_entity(match['isolated'])}</span>"
    if match["backslashed"]:
        return f"\\{match['backslashed']}"
    if match["number"]:
        return f"{match['number']}{_entity(match['mark'])}"
    return _entity(match["entity"] or match["leading"])


def _entity(character: str) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(character) or f"&#{ord(character)};"


def markdown_link(url: str) -> Markdown:
    """*url* for the target of a Markdown link, with what would end it percent-encoded.

    Raises
    ------
    ValueError : it has a scheme other than http and https
    """
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise ValueError(f"'{url}' is not a web address or a relative path")
    return Markdown(quote(url, safe=_LINK_CHARACTERS).replace("&", "&amp;"))


def html_attribute(value: object) -> Markdown:
    """*value* for an attribute, in quotes, of an HTML element inside Markdown."""
    return Markdown(escape(" ".join(str(value).split()), quote=True))


def markdown_code(text: str, language: str = "") -> Markdown:
    """*text* as a fenced block of code that nothing in it can close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown(f"{fence}{language}\n{text.expandtabs(2).strip()}\n{fence}")


class Templates(Environment):
    """The templates below a folder; undefined names are errors.

    Whatever goes wrong in one, be it in the code that it calls, is a :class:`CatalogError` that names the
    line of the innermost template.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            **options,
        )
        self.filters["capitalised"] = capitalised
        self.filters["counted"] = counted
        self.filters["in_sentence"] = in_sentence
        self.filters["numeral"] = numeral
        self.folder = folder

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 (the name is Jinja2's)
    ) -> Template:
        """The template *name*; where it cannot be read, the one that asks for it is named, if one does."""
        try:
            return super().get_template(name, parent, globals)
        except (TemplateNotFound, UnicodeDecodeError) as error:
            if parent:
                raise
            raise CatalogError(f"{self.folder}/{name}: {_in_words(error)}; restore the template") from error

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise the error that is being handled, which stopped a template, with its place in words."""
        try:
            super().handle_exception(source)
        except (CatalogError, MemoryError):
            raise
        except Exception as error:
            raise CatalogError(f"{self._place(error)}: {_in_words(error)}; mend the template") from error

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """For code in which templates are run otherwise than by ``render``."""
        try:
            yield
        except Exception:
            self.handle_exception()

    def _place(self, error: Exception) -> str:
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename.startswith(str(self.folder)):
                return f"{frame.filename}:{frame.lineno}"
        return str(self.folder)


def _in_words(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template '{error.name}'"
    return str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"


@cache
def html_environment(folder: Path) -> Templates:
    """Templates of pages: autoescaped."""
    return Templates(folder, autoescape=True)


@cache
def markdown_environment(folder: Path) -> Templates:
    """Templates of Markdown files: every value is escaped as Markdown text.

    Filters: ``link`` for a link's target, ``alternative`` for an image's alternative text,
    ``attribute`` for an attribute of an HTML element, ``code`` for a fenced block.
    """

    def finalize(value: Any) -> Any:
        return value if isinstance(value, int) else markdown_text(value)

    environment = Templates(folder, autoescape=False, finalize=finalize)
    environment.filters["link"] = markdown_link
    environment.filters["alternative"] = markdown_alternative
    environment.filters["attribute"] = html_attribute
    environment.filters["code"] = markdown_code
    return environment


@cache
def yaml_environment(folder: Path) -> Templates:
    """Templates of YAML files: every value becomes a text in quotes."""

    def finalize(value: Any) -> str:
        return yaml.safe_dump(str(value), default_style='"', allow_unicode=True, width=math.inf).strip()

    return Templates(folder, autoescape=False, finalize=finalize)
