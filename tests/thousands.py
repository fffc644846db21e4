"""A catalogue of more than a thousand papers, and numbers that are not written as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from string import ascii_uppercase

from catalog.catalogue import Catalogue
from catalog.record import Paper

PAPERS = 1234
"""Neither this number, nor those that lie near it, could be a year."""
OTHERS = 3
"""Papers without the terms that all others have."""

_BARE = re.compile(r"(?<![\w.,:/#@-])\d{4,}(?![\w:/-]|\.\d)")


def thousands(like: Catalogue) -> Catalogue:
    """Papers that are much alike, with the vocabulary and configuration of *like*."""
    several = ("domain", "setting", "task", "criterion", "mechanism", "keywords")
    terms = {field: [next(iter(like.vocabulary[field]))] for field in several}
    called = ("".join(letters) for letters in product(ascii_uppercase, repeat=3))
    papers = [
        Paper.model_validate(
            {
                "id": f"paper-{name.lower()}",
                "title": f"Fewer Tokens by {name}",
                "authors": ["Ada Chen", "Bo Nguyen"],
                "venue": next(iter(like.vocabulary["venue"])),
                "year": 2024,
                "published": "2024-03",
                "added": "2026-11-21",
                "links": {"code": ["https://example.org/code"]},
                "kind": "method",
                "training": "free",
                "parametric": False,
                **terms,
            }
            if number >= OTHERS
            else {"id": f"other-{number}", "title": "Another", "kind": "survey", "year": 2023}
        )
        for number, name in zip(range(PAPERS), called, strict=False)
    ]
    files = {paper.id: f"papers/{paper.year}/{paper.id}.yaml" for paper in papers}
    return replace(like, papers=tuple(papers), files=files)


def bare_numbers(texts: Iterable[str]) -> list[str]:
    """Those with a number of four digits or more that has no comma in it and is no year."""
    return [text for text in texts if any(not 1900 <= int(one) <= 2100 for one in _BARE.findall(text))]
