"""Labels by domain: for every open pull request, those of the records that it changes.

The changed records are fetched as data and read with the strict reader; nothing of a pull request is
checked out or run.  Words that are no domain of this catalogue are ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator

from catalog import yaml_files
from catalog.github.programs import gh, pages, run
from catalog.record_files import is_record
from catalog.vocabulary import Vocabulary

COLOUR = "1d76db"
MAX_FILES = 300
"""Records of one pull request that are looked at."""


def label_of(domain: str) -> str:
    """The label for a domain."""
    return f"domain: {domain}"


def make_labels(domains: Iterable[str]) -> None:
    """See that the repository has these labels."""
    for domain in domains:
        description = "Papers of this domain"
        options = ("--force", "--color", COLOUR, "--description", description)
        run("gh", "label", "create", label_of(domain), *options)


def label_pull_requests(vocabulary: Vocabulary) -> dict[int, list[str]]:
    """Label every open pull request; the labels that were added, by its number.

    Raises
    ------
    CatalogError : gh fails
    """
    added: dict[int, list[str]] = {}
    for pull in pages("repos/{owner}/{repo}/pulls?state=open&per_page=100"):
        number = int(pull["number"])
        domains = _domains(number, vocabulary["domain"])
        present = {label["name"] for label in pull["labels"]}
        missing = [domain for domain in domains if label_of(domain) not in present]
        if missing:
            make_labels(missing)
            labels = [label_of(domain) for domain in missing]
            run("gh", "pr", "edit", str(number), "--add-label", ",".join(labels))
            added[number] = labels
    return added


def _domains(number: int, known: Collection[str]) -> list[str]:
    found: set[str] = set()
    files = pages(f"repos/{{owner}}/{{repo}}/pulls/{number}/files?per_page=100")
    records = [file for file in files if is_record(file["filename"]) and file["status"] != "removed"]
    for file in records[:MAX_FILES]:
        found.update(_domains_in(_content(str(file["sha"]))))
    return sorted(found & set(known))


def _domains_in(text: str) -> Iterator[str]:
    try:
        data = yaml_files.parse(text)
    except yaml_files.YamlError:
        return  # the check says so to its author
    value = data.get("domain") if isinstance(data, dict) else None
    for domain in value if isinstance(value, list) else ():
        if isinstance(domain, str):
            yield domain


def _content(blob: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{40,64}", blob):
        return ""
    body = gh("api", f"repos/{{owner}}/{{repo}}/git/blobs/{blob}")
    if body["size"] > yaml_files.MAX_BYTES or body["encoding"] != "base64":
        return ""
    try:
        return base64.b64decode(body["content"]).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
