"""What is particular to one catalogue: ``papers/catalogue.yaml``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from catalog import yaml_files
from catalog.findings import CatalogError
from catalog.links import is_account
from catalog.record import Identifiers, Links, Paper
from catalog.schema_messages import first_complaint, named
from catalog.texts import Block, Text
from catalog.values import Link, Slug
from catalog.vocabulary import TERM_FILES
from catalog.wording import Labels, Wording
from catalog.yaml_files import YamlError

_VARIABLES: Mapping[str, str] = MappingProxyType(
    {"repository": "CATALOG_REPOSITORY", "base_url": "CATALOG_BASE_URL"}
)
"""Fields of ``papers/catalogue.yaml`` that the environment wins over, and its variables."""
_FALLBACKS: Mapping[str, str] = MappingProxyType({"base_url": "CATALOG_DEFAULT_BASE_URL"})
"""Fields that it only fills in, where neither the file nor such a variable says anything."""


def _repository(link: str) -> str:
    """*link* as the repository's page is spelt, whose pages' addresses begin with it."""
    link = link.rstrip("/").removesuffix(".git")
    if is_account(link):
        raise ValueError(f"'{link}' leads to an account, expected a repository, e.g. {link}/NAME")
    return link


def _site(link: str) -> str:
    """*link* as the site's address is spelt, which its pages' addresses are appended to."""
    if re.search(r"[?#]", link):
        raise ValueError(f"'{link}' has a '?' or '#', expected a folder's address, e.g. https://HOST/papers/")
    return link.rstrip("/") + "/"


def _licence(text: str) -> str:
    """*text*, which becomes an address at spdx.org."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*", text):
        raise ValueError(f"'{text}' is no SPDX identifier, expected one such as CC0-1.0, CC-BY-4.0 or MIT")
    return text


_TAKEN = frozenset(
    [
        *(*Paper.model_fields, *Identifiers.model_fields, *Links.model_fields),
        *(file.removesuffix(".yaml") for file in TERM_FILES.values()),
        *("criterions", "keyword", "list", "years", "titles", "names", "summaries", "references"),
        *("author", "reference", "unknown", "none", "venue_type", "citation_key", "contribution"),
        *("all", "ids", "sort", "view", "q", "best", "newest", "notes", "record", "field", "value", "source"),
    ]
)
"""What no field of a catalogue's own is called: it means something else in records, queries or addresses."""


def _own_fields(fields: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
    """*fields* of terms of the catalogue's own, which are called as no other field is."""
    for name in fields:
        if not re.fullmatch("[a-z]+(_[a-z]+)*", name):
            better = "_".join(re.findall("[a-z]+", name.lower())) or "noise_model"
            raise ValueError(f"'{name}' is no field's name: small letters, words joined by _; write {better}")
        if name in _TAKEN or hasattr(Paper, name):
            raise ValueError(
                f"'{name}' is a name that has a meaning already; write another, such as {name}_type"
            )
    if "labels" in info.data:
        info.data["labels"].with_own(fields)
    return fields


class Config(BaseModel):
    """What is particular to one catalogue: ``papers/catalogue.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    title: Text
    """Name of the catalogue."""
    tagline: Block
    """What it is, in one line."""
    description: Block
    """A paragraph for the front page and search engines."""
    topic: Text
    """What the papers are about, in two or three words: completes "papers on …"."""
    base_url: Annotated[Link, AfterValidator(_site)] | None = None
    """Where the site is published, with a slash at its end. Without it the workflows take GitHub's address;
    built elsewhere, there is no sitemap then, and no picture of a page where it is shared."""
    repository: Annotated[Link, AfterValidator(_repository)] | None = None
    """The forge's page of the repository. Without it, links that need it are not shown."""
    branch: Text = "main"
    """The main branch: links to files point at it, rendered files are pushed to it, and pull requests are
    meant for it. The workflows name it, too."""
    maintainers: tuple[Text, ...] = ()
    """Who answers."""
    citation: Block | None = None
    """BibTeX entry of the catalogue itself."""
    license: Annotated[Text, AfterValidator(_licence)] | None = None
    """SPDX identifier of the licence that the records are under, such as CC-BY-4.0."""
    feed_ids: Slug | None = None
    """What the ids of feeds and of papers in them begin with: words joined by hyphens. By default it is the
    title, written so."""
    milestones: tuple[str, ...] = ()
    """Ids of the papers that the timeline picture names."""
    wording: Wording = Wording()
    """How sentences say what some fields are about."""
    labels: Labels = Labels()
    """What headings, filters, tables and forms call fields that hold terms, such as "kind: Type of paper"."""
    fields: Annotated[Mapping[str, Text], AfterValidator(_own_fields)] = {}
    """Fields of terms of your own, and what readers call them, such as "noise_model: Noise model". The terms
    are in a file of the field's name, such as vocabulary/noise_model.yaml."""
    discover: tuple[Text, ...] = ()
    """Phrases by which papers on the topic are found, in titles and abstracts."""

    @model_validator(mode="after")
    def _with_own_labels(self) -> Config:
        """Let the labels know the catalogue's own fields, so that whoever has them need not ask for more."""
        object.__setattr__(self, "labels", self.labels.with_own(self.fields))
        return self

    @classmethod
    def load(cls, path: Path) -> Config:
        """Read the file; ``CATALOG_REPOSITORY`` and ``CATALOG_BASE_URL`` in the environment win over it.

        ``CATALOG_DEFAULT_BASE_URL``, by which a workflow says where its host publishes sites, is taken only
        where the file has no ``base_url``: a catalogue keeps the address that it names.

        Raises
        ------
        CatalogError : missing or wrong, with file and line, or the variable, and what to do
        """
        shown = f"{path.parent.name}/{path.name}"
        try:
            text = yaml_files.read_text(path)
            data = yaml_files.parse(text)
        except FileNotFoundError:
            raise CatalogError(
                f"{path}: not found; run this where papers/ is, or name that folder with --root"
            ) from None
        except YamlError as error:
            raise error.at(shown) from None
        if not isinstance(data, dict):
            raise CatalogError(f"{shown}:1: expected 'title: …' and so on, found {named(data)}")
        wanted = {key: name for key, name in _FALLBACKS.items() if data.get(key) is None}
        named_by = {key: name for key, name in [*wanted.items(), *_VARIABLES.items()] if os.environ.get(name)}
        given = {key: os.environ[name] for key, name in named_by.items()}
        try:
            return cls.model_validate(data | given)
        except ValidationError as error:
            where, message = first_complaint(error, cls, "catalogue")
            key = ".".join(map(str, where))
            if key in given:
                name = named_by[key]
                raise CatalogError(f"{name} in the environment: {message}, or unset the variable") from None
            line, column = yaml_files.locate(text, where)
            raise CatalogError(f"{shown}:{line}:{column}: {key}: {message}") from None


def described_keys(model: type[BaseModel] = Config, above: str = "") -> Iterator[tuple[str, str]]:
    """(key, what it says) of each key of ``papers/catalogue.yaml`` that explains itself.

    >>> [key for key, _ in described_keys() if key.startswith("w")]
    ['wording', 'wording.domain', 'wording.criterion', 'wording.mechanism', 'wording.stages']
    """
    for name, info in model.model_fields.items():
        if info.description:
            yield f"{above}{name}", " ".join(info.description.split())
        if isinstance(info.default, BaseModel):
            yield from described_keys(type(info.default), f"{above}{name}.")
