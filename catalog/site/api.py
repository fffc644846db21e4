"""The static API: the catalogue as JSON files at stable addresses, described by OpenAPI.

Everything below :data:`API` is version 1.  Its promise is in the guide ``api.md``: what is there keeps its
address, its name and its meaning; more may be added.  What the files hold is said in
:mod:`catalog.site.api_schemas`; feeds are :mod:`catalog.site.feeds`'.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catalog import exports
from catalog.catalogue import Catalogue, latest_added_first
from catalog.config import Config
from catalog.exports.jsonl import as_dict
from catalog.record import Paper, year_of
from catalog.site.addresses import paper_bibtex, paper_page, to_root
from catalog.site.api_schemas import openapi, schemas
from catalog.site.extras import digest
from catalog.site.feeds import Feed
from catalog.site.pages import absolute
from catalog.site.views import TermIndex
from catalog.templating import markdown_environment
from catalog.vocabulary import PublishedList, Venue, Vocabulary, flag_of

API = "api/v1/"
PARQUET = f"{API}papers.parquet"
CARD = "site/api/README.md.j2"

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
"""How dataset hubs call the number of rows, by what it is below."""

File = tuple[str, bytes]


def paper_json(paper: Paper, config: Config, vocabulary: Vocabulary, citation_key: str) -> File:
    """The file of one paper: the object of the JSON Lines export, and links."""
    path = paper_file(paper.id)
    links = {"self": path, "page": paper_page(paper.id), "bibtex": paper_bibtex(paper.id)}
    found = {name: reference(config, path, link) for name, link in links.items()}
    return path, as_json({**as_dict(paper, vocabulary, citation_key), "links": found})


def paper_file(paper_id: str) -> str:
    """Address of a paper's JSON."""
    return f"{API}papers/{paper_id}.json"


def reference(config: Config, path: str, address: str) -> str:
    """*address* as the file at *path* names it: in full, or relative where nobody knows the site's own."""
    return absolute(config.base_url, address) if config.base_url else f"{to_root(path)}{address}"


def as_json(value: Any) -> bytes:
    """JSON without needless space, ending in a newline."""
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def has_parquet() -> bool:
    """Whether the library that writes the table as Parquet is installed."""
    return find_spec("pyarrow") is not None


def files(catalogue: Catalogue, templates: Path, index: TermIndex, feeds: Sequence[Feed]) -> Iterator[File]:
    """Every file but those of single papers, and the one that tells of them."""
    papers = catalogue.papers
    yield _listing(catalogue, "papers", "papers", [_entry(paper) for paper in papers])
    yield f"{API}papers.jsonl", exports.get("jsonl").bytes(papers, catalogue)
    if has_parquet():
        yield PARQUET, exports.get("parquet").bytes(papers, catalogue)
    terms = {field: [_term(index, field, key) for key in found] for field, found in _terms(catalogue)}
    yield f"{API}terms.json", as_json({"fields": _with_links(catalogue, f"{API}terms.json", terms)})
    yield from _term_files(catalogue, index, terms)
    yield _listing(catalogue, "venues", "venues", terms["venue"])
    yield _listing(catalogue, "feeds", "feeds", map(_feed, feeds))
    for name, schema in schemas(catalogue.vocabulary).items():
        yield _schema(catalogue.config, name, schema)
    address = reference(catalogue.config, f"{API}openapi.json", API)
    yield f"{API}openapi.json", as_json(openapi(catalogue.config, address, has_parquet()))
    yield _card(catalogue, templates, "papers.parquet" if has_parquet() else "papers.jsonl")


def changes(catalogue: Catalogue, digests: Mapping[str, bytes]) -> File:
    """Every paper by the day on which it was added, with the digest of its JSON file.

    Parameters
    ----------
    digests : id -> what :func:`~catalog.site.extras.digest` gives of that file
    """
    papers = latest_added_first(catalogue.papers)
    rows = [{**_change(paper), "digest": digests[paper.id].hex()} for paper in papers]
    of_all = digest(b"".join(digests[paper.id] for paper in papers))
    return _listing(catalogue, "changes", "changes", rows, digest=of_all.hex())


# ----------------------------------------------------------------------------------- what files hold


def _listing(catalogue: Catalogue, stem: str, key: str, rows: Iterable[dict[str, Any]], **more: str) -> File:
    path = f"{API}{stem}.json"
    found = _with_links(catalogue, path, list(rows))
    return path, as_json({"count": len(found), **more, key: found})


_ADDRESSES = frozenset(["url", "api", "atom", "json_feed"])
"""Keys whose values are addresses below the site."""


def _with_links(catalogue: Catalogue, path: str, value: Any) -> Any:
    """*value* with its addresses as the file at *path* names them."""
    if isinstance(value, list):
        return [_with_links(catalogue, path, each) for each in value]
    if isinstance(value, dict):
        return {
            key: reference(catalogue.config, path, each)
            if key in _ADDRESSES and each is not None
            else _with_links(catalogue, path, each)
            for key, each in value.items()
        }
    return value


def _entry(paper: Paper) -> dict[str, Any]:
    return {
        "id": paper.id,
        "title": paper.title,
        "year": year_of(paper),
        "url": paper_page(paper.id),
        "api": paper_file(paper.id),
    }


def _change(paper: Paper) -> dict[str, Any]:
    return {**_entry(paper), "added": paper.added, "published": paper.published, "aliases": [*paper.aliases]}


def _feed(feed: Feed) -> dict[str, Any]:
    return {
        "title": feed.title,
        "field": feed.field,
        "key": feed.key,
        "url": feed.page,
        "atom": feed.atom,
        "json_feed": feed.json,
    }


def _schema(config: Config, name: str, schema: Mapping[str, Any]) -> File:
    """A schema, named by its address where the site has one."""
    path = f"{API}schema/{name}.json"
    named = {"$id": absolute(config.base_url, path)} if config.base_url else {}
    return path, as_json({**named, **schema})


# ----------------------------------------------------------------------------------- terms


def _terms(catalogue: Catalogue) -> Iterator[tuple[str, list[str]]]:
    return ((field, list(found)) for field, found in catalogue.vocabulary.terms.items())


def _term(index: TermIndex, field: str, key: str) -> dict[str, Any]:
    term, view = index.catalogue.vocabulary[field][key], index.view(field, key)
    page = view.address or ""
    found: dict[str, Any] = {
        "field": field,
        "key": key,
        "value": flag_of(key) if field == "parametric" else key,
        "label": term.label,
        "definition": term.definition,
        "aliases": [*term.aliases],
        "tags": [*term.tags],
        "examples": [*term.examples],
        "count": view.count,
        "url": page,
        "api": f"{API}{page.rstrip('/')}.json",
    }
    if isinstance(term, Venue):
        found["venue_type"] = term.type
    if isinstance(term, PublishedList):
        found["list"] = term.url
    return found


def _term_files(
    catalogue: Catalogue, index: TermIndex, terms: Mapping[str, list[dict[str, Any]]]
) -> Iterator[File]:
    for field, found in terms.items():
        for term in found:
            papers = [paper.id for paper in index.papers.get((field, term["key"]), ())]
            content = _with_links(catalogue, term["api"], {**term, "papers": papers})
            yield term["api"], as_json(content)


# ----------------------------------------------------------------------------------- the dataset card


def _card(catalogue: Catalogue, templates: Path, data: str) -> File:
    """``README.md`` as dataset hubs read it: settings in YAML, then what the rows are."""
    config = catalogue.config
    size = next((name for limit, name in _SIZES if len(catalogue) < limit), "100K<n<1M")
    settings = {
        "pretty_name": config.title,
        "language": ["en"],
        **({"license": config.license.lower()} if config.license else {}),
        "size_categories": [size],
        "configs": [{"config_name": "default", "data_files": data}],
    }
    # JSON is YAML, and holds no surprises for text from a configuration.
    header = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())
    address = reference(config, f"{API}README.md", API) if config.base_url else None
    body = (
        markdown_environment(templates)
        .get_template(CARD)
        .render(
            config=config,
            data=data,
            address=address,
            fields=schemas(catalogue.vocabulary)["record"]["properties"],
            total=len(catalogue),
        )
    )
    return f"{API}README.md", f"---\n{header}---\n\n{body}".encode()
