"""Keys that were released once: what manuscripts and links out there rely on.

``papers/released_keys.json`` maps each id of the last release to its BibTeX key; ``tools/release_keys.py``
writes it.  Without that file nothing was released, and nothing is promised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.findings import CatalogError
from catalog.record_files import is_record
from catalog.texts import read_utf8
from catalog.version_control import committed_files, contents

SNAPSHOT = "papers/released_keys.json"


def released_keys(root: Path) -> Mapping[str, str]:
    """Id -> BibTeX key of everything that was ever released; empty where nothing was.

    Raises
    ------
    CatalogError : the snapshot is not UTF-8, or no JSON object of texts
    """
    path = root / SNAPSHOT
    text = read_utf8(path) if path.is_file() else ""
    try:
        data = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise CatalogError(f"{path}:{error.lineno}:{error.colno}: is no JSON ({error.msg})") from None
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data.values()):
        raise CatalogError(f'{path}: expected {{"id": "BibTeX key", …}}; write it with tools/release_keys.py')
    return data


def keys_given(catalogue: Catalogue) -> dict[str, str]:
    """Id -> key that a record without an entry had in the last commit, or else in a release.

    Its entry is made again under that key, unless this was made before the authors were known.
    """
    bare = [paper for paper in catalogue if not paper.bibtex]
    if not bare:
        return {}
    released = released_keys(catalogue.root)
    listed = committed_files(catalogue.root, "papers")
    files = {PurePosixPath(path).stem: name for path, name in listed.items() if is_record(path)}
    wanted = {name: paper for paper in bare for name in (*paper.aliases, paper.id)}
    texts = dict(contents(catalogue.root, [files[name] for name in wanted if name in files]))
    keys: dict[str, str] = {}
    for name, paper in wanted.items():
        content = texts.get(files.get(name, ""), b"").decode("utf-8", "replace")
        key = released.get(name) or bibtex.key_in(content)
        is_provisional = key and paper.authors and bibtex.is_key_without_author(key, paper)
        if key and (name in released or not is_provisional):
            keys[paper.id] = key
    return keys


def broken_promises(catalogue: Catalogue, released: Mapping[str, str]) -> Iterator[str]:
    """What is no longer true of the released ids and keys, and how to make it true again.

    A renamed record keeps its old id among its aliases, and its key.  Where two released records became
    one, it keeps the key of its own id; the other key still finds it, through the snapshot.  A paper that was
    removed on purpose keeps its id in ``papers/refused.yaml``.
    """
    keys = unique_keys(catalogue)
    for paper_id, key in sorted(released.items()):
        paper = catalogue.by_any_id.get(paper_id)
        if paper is None:
            if paper_id not in catalogue.refused.by_id:
                yield (
                    f"the released id '{paper_id}' is gone; add it to 'aliases' of its paper's record or, if "
                    "the paper was removed on purpose, to 'ids' of its entry in papers/refused.yaml"
                )
        elif keys[paper.id] != released.get(paper.id, key):
            yield (
                f"{catalogue.files.get(paper.id, paper.id)}: the BibTeX key was released as '{key}' and is "
                f"'{keys[paper.id]}' now; write '{key}' in the record's bibtex entry"
            )


def snapshot(catalogue: Catalogue) -> dict[str, str]:
    """What the next release promises: everything released before, and every record of today.

    Raises
    ------
    CatalogError : an earlier promise is broken; all of them are named
    """
    released = released_keys(catalogue.root)
    broken = list(broken_promises(catalogue, released))
    if broken:
        raise CatalogError("no snapshot was written, because released keys changed:\n" + "\n".join(broken))
    return dict(sorted({**unique_keys(catalogue), **released}.items()))
