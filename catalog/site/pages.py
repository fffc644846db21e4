"""The pages of the site: each is a frame with a body from a template.

A template sets ``title`` and ``description`` beside its body, so that all wording
is in ``site_templates/``.  Pages are made one after the other and written by the
caller; nothing here touches the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from catalog.catalogue import Catalogue
from catalog.config import Config
from catalog.findings import CatalogError
from catalog.forge import Forge
from catalog.record import OF_A_PROPOSAL, TAG_LISTS, Identifiers, Paper, canonical_link
from catalog.site import browse
from catalog.site.addresses import BROWSE, COVERAGE, field_page, paper_page, term_page, to_root
from catalog.site.frame import NOT_FOUND, Frame
from catalog.site.views import entry_view, short_link
from catalog.stats import count_fields
from catalog.templating import Templates, html_environment
from catalog.vocabulary import Vocabulary

_PAGES = "site/pages/"

File = tuple[str, bytes]
"""Path below the site, and content."""


@dataclass(frozen=True)
class Maker:
    """What every page needs; small enough to be sent to other processes.

    Attributes
    ----------
    templates : ``site_templates/``
    frames : by name
    cards : paper's id -> address of the picture that is shown where its page is shared; under ``""``
        that of every other page
    has_form : whether records are corrected by an issue form
    """

    templates: Path
    frames: Mapping[str, Frame]
    config: Config
    vocabulary: Vocabulary
    cards: Mapping[str, str] = field(default_factory=dict)
    has_form: bool = False
    _entries: dict[tuple[str, str, str, bool], Markup] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def forge(self) -> Forge | None:
        """The repository's forge; ``None`` where the configuration names none."""
        config = self.config
        return Forge(config.repository, config.branch, self.has_form) if config.repository else None

    @property
    def environment(self) -> Templates:
        return _environment(self.templates)

    def page(
        self,
        address: str,
        frame: str,
        template: str,
        head: str | None = None,
        kind: Literal["website", "article"] = "website",
        card: str | None = None,
        **values: Any,
    ) -> File:
        """The page at *address*, from *template* and, for its ``<head>``, the template *head*.

        Parameters
        ----------
        kind : what the page is, in words of the Open Graph
        card : address of the picture that is shown where the page is shared; else the site's
        """
        values = {"config": self.config, "root": to_root(address), "forge": self.forge, **values}
        module = self.module(template, values)
        body = values.get("body") or Markup(str(module))
        base = self.config.base_url
        shared = {
            "canonical": absolute(base, address) if base else None,
            "kind": kind,
            "card": self._card(card),
        }
        heads = [
            self.environment.get_template(_PAGES + name).render({**values, **shared})
            for name in ("head.html.j2", *((head,) if head else ()))
        ]
        content = self.frames[frame].fill(
            title=module.title,
            description=_one_line(module.description),
            body=body,
            head=Markup("".join(heads)),
        )
        return f"{address}index.html", content

    def entry(self, paper: Paper, root: str, level: str = "h3", *, summed: bool = False) -> Markup:
        """*paper* as a line of a list, on a page from which *root* leads to the site's root; *summed*, with
        the sentence that sums it up.

        The same line stands on many pages, of which most are equally deep: it is made once.
        """
        key = (paper.id, root, level, summed)
        if key not in self._entries:
            with self.environment.named_in_errors():
                macros: Any = self.environment.get_template("site/macros.html.j2").module
                self._entries[key] = macros.entry(
                    entry_view(paper, self.vocabulary, summed=summed), root, level
                )
        return self._entries[key]

    def _card(self, card: str | None) -> str | None:
        """The whole address of a card, which must hold wherever a page is shared."""
        address = card or self.cards.get("")
        return absolute(self.config.base_url, address) if address and self.config.base_url else None

    def module(self, template: str, values: dict[str, Any]) -> Any:
        """The rendered *template* as an object: what it sets as attributes, its text as ``str``.

        Raises
        ------
        CatalogError : it cannot be rendered, or does not set the page's title and description
        """
        with self.environment.named_in_errors():
            module = self.environment.get_template(_PAGES + template).make_module(values)
        for name in ("title", "description"):
            if not isinstance(getattr(module, name, None), str):
                raise CatalogError(
                    f"{self.templates / _PAGES / template}: the page's {name} is missing; "
                    f'write {{% set {name} = "…" %}}'
                )
        return module


@cache
def _environment(templates: Path) -> Templates:
    environment = html_environment(templates)
    environment.filters["short_link"] = short_link
    return environment


def _one_line(text: str) -> str:
    """*text* on one line, markup or plain as it was."""
    joined = " ".join(text.split())
    return Markup(joined) if isinstance(text, Markup) else joined


def absolute(base_url: str, address: str) -> str:
    """*address* on the published site."""
    return f"{base_url.rstrip('/')}/{address}"


def in_ascii(link: str) -> str:
    """*link* as machines write it: the host in Punycode, other characters percent-encoded.

    >>> in_ascii("https://пример.рф:8443/сыр/a%20b/")
    'https://xn--e1afmkfd.xn--p1ai:8443/%D1%81%D1%8B%D1%80/a%20b/'
    """
    if link.isascii():
        return link
    parts = urlsplit(link)
    host = (parts.hostname or "").encode("idna").decode()
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{quote(parts.path, safe=_IN_PATHS)}"


_IN_PATHS = "/%:@!$&'()*+,;=~"


def browse_page(catalogue: Catalogue, maker: Maker) -> File:
    """The browse page; its body and data are :mod:`catalog.site.browse`'s."""
    return maker.page(
        BROWSE,
        "browse",
        "browse_meta.html.j2",
        total=len(catalogue),
        body=Markup(browse.body(catalogue, maker.environment)),
    )


_ASKED = {
    **{
        field: f"{field}:unknown"
        for field in ("name", "venue", "year", "published", *Identifiers.model_fields)
    },
    **{field: f"{field}:unknown" for field in (*TAG_LISTS, *OF_A_PROPOSAL, "kind")},
    "authors": "author:unknown",
    "code": "code:no",
}
"""Field -> what finds the papers of which it is not known."""


_OF_SOME_TOPICS = ("openreview", "anthology")
"""Identifiers of places where only some topics are published: where no paper has one, none lacks it."""


def coverage_page(catalogue: Catalogue, maker: Maker) -> File:
    """How much is known, field by field, and where it comes from."""
    return maker.page(
        COVERAGE,
        "charts",
        "coverage.html.j2",
        total=len(catalogue),
        counts=[
            count for count in count_fields(catalogue) if count.known or count.field not in _OF_SOME_TOPICS
        ],
        asked=_ASKED | {field: f"{field}:unknown" for field in catalogue.vocabulary.own},
    )


@dataclass(frozen=True)
class Moved:
    """An earlier address of a paper or term.

    Attributes
    ----------
    name : the paper's title or the term's label
    now : its present address
    """

    address: str
    what: Literal["paper", "term"]
    name: str
    now: str


def moved(catalogue: Catalogue) -> Iterator[Moved]:
    """Where a paper was under its earlier ids, and a term under the keys that it may have had."""
    for paper in catalogue.papers:
        for alias in paper.aliases:
            yield Moved(paper_page(alias), "paper", paper.title, paper_page(paper.id))
    vocabulary = catalogue.vocabulary
    for field_name in vocabulary.terms:
        pages = {key: term_page(vocabulary, field_name, key) or "" for key in vocabulary[field_name]}
        taken = set(pages.values())
        for key, term in vocabulary[field_name].items():
            for alias in term.former_keys:
                address = f"{field_page(field_name)}{alias}/"
                if address not in taken:
                    yield Moved(address, "term", term.label, pages[key])


def moved_pages(catalogue: Catalogue, maker: Maker) -> Iterator[File]:
    """A page at each earlier address of a paper or term, leading to the present one."""
    for one in moved(catalogue):
        yield maker.page(one.address, one.what, "moved.html.j2", head="moved_head.html.j2", moved=one)


def removed_pages(catalogue: Catalogue, maker: Maker) -> Iterator[File]:
    """A page at each address of a paper that was removed, saying so and why."""
    for gone, refusal in catalogue.refused.by_id.items():
        link = canonical_link(Identifiers(arxiv=refusal.arxiv))
        template, head = "removed.html.j2", "removed_head.html.j2"
        yield maker.page(paper_page(gone), "paper", template, head=head, removed=refusal, link=link)


def not_found_page(maker: Maker) -> File:
    """``404.html``; shown at any depth, so that its links begin at the host's root."""
    base = urlsplit(maker.config.base_url or "").path.rstrip("/") + "/"
    module = maker.module("not_found.html.j2", {"config": maker.config, "root": base, "forge": maker.forge})
    content = maker.frames[NOT_FOUND].fill(
        title=module.title, description=module.description, body=Markup(str(module))
    )
    return "404.html", content


def sitemap(base_url: str, addresses: Sequence[str]) -> File:
    """The list of pages for search engines, without dates; its format takes addresses in ASCII alone."""
    base = in_ascii(base_url)
    links = (escape(absolute(base, address)) for address in addresses)
    urls = "".join(f"  <url><loc>{link}</loc></url>\n" for link in links)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )
    return "sitemap.xml", content.encode()
