"""Jinja2 environments for HTML and for Markdown, each template compiled once.

Every value that reaches a page or list is text from strangers.  HTML is escaped
by Jinja2 itself; in Markdown templates every ``{{ value }}`` passes through
:func:`markdown_text`, unless it was marked as markup by the code that made it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_PUNCTUATION = re.compile(r"([\\`*_\[\]|~$#])")
_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*):(?=//)")
_WWW = re.compile(r"(?i)\bwww\.")
_EMOJI = re.compile(r":(?=[\w+-]+:)")


def markdown_text(value: object) -> str:
    """*value* as Markdown that GitHub and mkdocs show as exactly these characters, and as nothing else.

    No markup, table cell, mention, emoji code, formula or automatic link comes of it.
    """
    if hasattr(value, "__html__"):
        return str(value)
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _PUNCTUATION.sub(r"\\\1", text)
    text = _SCHEME.sub(r"\1\\:", text)
    text = _WWW.sub(r"www\\.", text)
    text = _EMOJI.sub(r"\\:", text)
    text = text.replace("@", "@<!-- -->")
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text)


def markdown_link(url: str) -> str:
    """*url* for the target of a Markdown link, with what would end it percent-encoded."""
    return Markup(re.sub(r"[()<>\"'\\\s|*_`~\[\]]", lambda m: f"%{ord(m[0]):02X}", url).replace("%5F", "_"))


@cache
def html_environment(folder: Path) -> Environment:
    """Templates of pages: autoescaped, undefined names are errors."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def markdown_environment(folder: Path) -> Environment:
    """Templates of Markdown files: every value is escaped as Markdown text."""

    def finalize(value: Any) -> Any:
        return value if isinstance(value, int) else markdown_text(value)

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=False,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["link"] = markdown_link
    return environment
