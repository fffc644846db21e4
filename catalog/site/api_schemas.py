"""What the files of the static API hold, as JSON Schemas, and which files there are, as OpenAPI.

Schemas allow more than they name, as the API's promise does: whoever checks against them today accepts
what is added tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from catalog.config import Config
from catalog.record import Paper, Training
from catalog.vocabulary import Vocabulary

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"


def _text(says: str) -> Schema:
    return {"type": "string", "description": says}


def _perhaps(schema: Schema) -> Schema:
    """The same or ``null``, where nobody has established it."""
    return {**schema, "type": [schema["type"], "null"]}


def _texts(says: str) -> Schema:
    return {"type": "array", "items": {"type": "string"}, "description": says}


def _number(says: str) -> Schema:
    return {"type": "integer", "description": says}


def _date(says: str) -> Schema:
    return {"type": ["string", "null"], "pattern": _DATE, "description": says}


def _address(says: str) -> Schema:
    return {"type": "string", "format": "uri-reference", "description": says}


def _object(says: str, **properties: Schema) -> Schema:
    """An object with all of *properties*."""
    return {
        "type": "object",
        "description": says,
        "properties": properties,
        "required": list(properties),
    }


def _whole(title: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, **schema}


def _listing(title: str, key: str, item: Schema, **more: Schema) -> Schema:
    items = {"type": "array", "items": item, "description": f"{title}."}
    return _whole(title, _object(f"{title}.", count=_number("How many there are."), **more, **{key: items}))


def _field(name: str) -> str:
    """What the record says that its field holds, in one line."""
    return " ".join((Paper.model_fields[name].description or "").replace("``", "").split())


_ADDED = "When it entered the catalogue, as its record says; it may have gone online later."

_RECORD = _object(
    "One paper: the object of the JSON Lines export.",
    id=_text("Lower-case words joined by hyphens; it stays."),
    kind=_text(_field("kind")),
    title=_text(_field("title")),
    former_titles=_texts(_field("former_titles")),
    name=_perhaps(_text(_field("name"))),
    authors=_texts(_field("authors")),
    venue=_perhaps(_text("Key of a venue; preprints: arXiv.")),
    venue_type=_perhaps(_text("What being published there means, e.g. conference, workshop or preprint.")),
    year=_perhaps(
        _number("Of the venue; where it is null, papers.json has the year of the first public date.")
    ),
    published=_date(_field("published")),
    arxiv=_perhaps(_text("arXiv id without version.")),
    doi=_perhaps(_text("DOI of the published version, without resolver.")),
    openreview=_perhaps(_text("OpenReview forum id.")),
    anthology=_perhaps(_text("ACL Anthology id.")),
    paper=_perhaps(_address("Where to read it.")),
    code=_texts("Repositories of this paper, the authors' own first."),
    domain=_texts(_field("domain")),
    setting=_texts(_field("setting")),
    task=_texts(_field("task")),
    criterion=_texts(_field("criterion")),
    mechanism=_texts(_field("mechanism")),
    training={"enum": [*get_args(Training), None], "description": _field("training")},
    parametric={"enum": [True, False, "both", None], "description": _field("parametric")},
    keywords=_texts(_field("keywords")),
    listed_in=_texts(_field("listed_in")),
    reference_impl=_perhaps(_text(_field("reference_impl"))),
    bibtex=_perhaps(_text(_field("bibtex"))),
    summary=_perhaps(_text("One sentence in the catalogue's own words; not the paper's abstract.")),
    added=_date(_ADDED),
    aliases=_texts(_field("aliases")),
    project=_perhaps(_address("The project's page, where it is not the code.")),
    video=_perhaps(_address("A talk or demonstration.")),
    citation_key=_text("The key under which every export cites the paper."),
    unknown=_texts(
        "Facts that nobody has established, by their keys here; a list that is empty and not named is known "
        "to be empty. Of a paper that proposes nothing to run, training and parametric are not unknown."
    ),
    provenance={
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Field of the record -> where its value comes from.",
    },
)
_LINKS = _object(
    "The same paper elsewhere on the site.",
    self=_address("This file."),
    page=_address("The page for readers."),
    bibtex=_address("The BibTeX entry as a file."),
)

_ENTRY: Mapping[str, Schema] = {
    "id": _text("The paper's id."),
    "title": _text("As published."),
    "year": _perhaps(_number("Of the venue, else of the first public date; a paper's JSON has the former.")),
    "url": _address("The page for readers."),
    "api": _address("The paper's JSON."),
}

_TERM: Mapping[str, Schema] = {
    "field": _text("The field of a paper that holds the term."),
    "key": _text("What queries, addresses and the files of records call it; always text."),
    "value": {
        "type": ["string", "boolean"],
        "description": "What the field of a paper's JSON holds: the key, or true and false of parametric.",
    },
    "label": _text("What a reader sees."),
    "definition": _text("What it means; of a venue its full name."),
    "aliases": _texts("Other words for it."),
    "tags": _texts("Tags of published lists that mean it."),
    "examples": _texts("Well-known models, benchmarks and so on that it covers."),
    "count": _number("Papers that carry it."),
    "url": _address("The page for readers."),
    "api": _address("The term's JSON."),
}
_VENUE_TYPE = _text("conference, findings, workshop, journal, preprint, thesis or other; of venues only.")
_SOME_TERMS: Schema = {
    "venue_type": _VENUE_TYPE,
    "list": _perhaps(_address("Where a published list is; of lists only.")),
}


def _term(says: str, **more: Schema) -> Schema:
    found = _object(says, **_TERM, **more)
    return {**found, "properties": {**found["properties"], **_SOME_TERMS}}


SCHEMAS: Mapping[str, Schema] = {
    "record": _whole("Paper, without links", _RECORD),
    "paper": _whole(
        "Paper",
        _object("One paper: its record, and links.", **_RECORD["properties"], links=_LINKS),
    ),
    "papers": _listing("All papers, by id", "papers", _object("One paper.", **_ENTRY)),
    "changes": _listing(
        "All papers, by the day on which they were added, latest first",
        "changes",
        _object(
            "One paper.",
            **_ENTRY,
            added=_date(_ADDED),
            published=_date("First public date, as exact as known."),
            aliases=_texts("Earlier ids."),
            digest=_text(
                "Of the bytes of the paper's JSON: BLAKE2b of 16 bytes, in hexadecimal. As long as it is the "
                "same, so is the file."
            ),
        ),
        digest=_text(
            "Of all papers' digests: the version of the data. As long as it is the same, so are all."
        ),
    ),
    "terms": _whole(
        "Controlled terms by field",
        _object(
            "Every term.",
            fields={
                "type": "object",
                "additionalProperties": {"type": "array", "items": _term("One term.")},
                "description": "Field of a paper -> its terms.",
            },
        ),
    ),
    "term": _whole("Term", _term("One term and its papers.", papers=_texts("Ids, newest first."))),
    "venues": _listing("Venues", "venues", _object("One venue.", **_TERM, venue_type=_VENUE_TYPE)),
    "feeds": _listing(
        "Feeds",
        "feeds",
        _object(
            "One feed.",
            title=_text("The feed's title."),
            field=_perhaps(_text("Field of the term that it follows; null for all papers.")),
            key=_perhaps(_text("Key of the term that it follows; null for all papers.")),
            url=_address("The page that it belongs to."),
            atom=_address("The feed as Atom."),
            json_feed=_address("The feed as JSON Feed 1.1."),
        ),
    ),
}
"""Name of the schema -> schema; the file ``schema/NAME.json``."""


def schemas(vocabulary: Vocabulary) -> Mapping[str, Schema]:
    """:data:`SCHEMAS` with the fields of terms that only one catalogue's papers have."""
    own = {name: _texts(f"{vocabulary.labels[name]}: keys of terms.") for name in vocabulary.own}

    def with_own(schema: Schema) -> Schema:
        properties = {**schema["properties"], **own}
        return {**schema, "properties": properties, "required": [*schema["required"], *own]}

    papers = {name: with_own(SCHEMAS[name]) for name in ("record", "paper")} if own else {}
    return {**SCHEMAS, **papers}


_JSON: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "/papers.json": ("papers", "All papers: id, title, year and links", ()),
    "/papers/{id}.json": ("paper", "One paper", ("id",)),
    "/changes.json": ("changes", "All papers by the day on which they were added", ()),
    "/terms.json": ("terms", "All controlled terms and venues", ()),
    "/terms/{field}/{term}.json": ("term", "One term and its papers", ("field", "term")),
    "/venues.json": ("venues", "All venues", ()),
    "/feeds.json": ("feeds", "All feeds", ()),
}
"""Path -> schema, what it gives, parameters."""

_PARAMETERS = {
    "id": "A paper's id.",
    "field": "A field of the papers that holds terms, e.g. mechanism.",
    "term": "The term's key in lower case, its words joined by hyphens; terms.json has each address.",
}
_TABLES: Mapping[str, tuple[str, Schema]] = {
    "papers.jsonl": (
        "All papers, one JSON object a line",
        {
            "application/jsonl": {
                "schema": _text("Lines, each a JSON object as schema/record.json describes it."),
                # OpenAPI 3.2 calls this itemSchema; 3.1, which more tools read, has no word for it.
                "x-itemSchema": {"$ref": "schema/record.json"},
            }
        },
    ),
    "papers.parquet": (
        "All papers as a table; parametric is text, and provenance a list of fields with their sources",
        {"application/vnd.apache.parquet": {}},
    ),
}
"""File -> what it gives, its content; bytes have no schema in OpenAPI."""


def openapi(config: Config, address: str, has_parquet: bool) -> Schema:
    """The description of the whole API in OpenAPI 3.1; *address* is where its paths begin."""
    paths = {path: _operation(*parts) for path, parts in _JSON.items()}
    for name, (says, content) in _TABLES.items():
        if has_parquet or not name.endswith(".parquet"):
            paths[f"/{name}"] = _get(name, says, content, ())
    licence = {"license": {"name": config.license, "identifier": config.license}} if config.license else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": config.title, "description": config.description, "version": "1", **licence},
        "servers": [{"url": address.rstrip("/")}],
        "paths": paths,
    }


def _operation(schema: str, says: str, parameters: tuple[str, ...]) -> Schema:
    content = {"application/json": {"schema": {"$ref": f"schema/{schema}.json"}}}
    return _get(schema, says, content, parameters)


def _get(name: str, says: str, content: Schema, parameters: tuple[str, ...]) -> Schema:
    responses: Schema = {"200": {"description": says, "content": content}}
    if parameters:
        responses["404"] = {"description": "There is none."}
    return {
        "get": {
            "operationId": name.replace(".", "_"),
            "summary": says,
            "parameters": [
                {
                    "name": parameter,
                    "in": "path",
                    "required": True,
                    "description": _PARAMETERS[parameter],
                    "schema": {"type": "string"},
                }
                for parameter in parameters
            ],
            "responses": responses,
        }
    }
