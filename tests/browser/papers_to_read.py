"""A few papers whose words and terms may be read in several ways."""

from __future__ import annotations

from typing import Any

from catalog.catalogue import Catalogue
from catalog.record import Paper
from tests.conftest import with_real_terms

PAPERS: dict[str, dict[str, Any]] = {
    "clip": {"title": "Fewer Frames", "keywords": ["video"], "task": ["video-question-answering"]},
    "cut": {"title": "Scissors", "task": ["video-editing"]},
    "draw": {"title": "Editing Drawings", "task": ["image-editing"]},
    "film": {"title": "A Video of Nothing", "authors": ["Song Han"]},
    "live": {"title": "Still Arriving", "keywords": ["streaming"], "authors": ["Song Li", "Wei Han"]},
    "name": {"title": "Naming Clips", "task": ["video-recognition"]},
    "store": {"title": "Shelves", "keywords": ["kv-cache"], "mechanism": ["pruning"]},
    "reuse": {"title": "Twice", "mechanism": ["caching"]},
    "evict": {"title": "Eviction of Tenants", "mechanism": ["merging"]},
    "drop": {"title": "Less", "mechanism": ["pruning"]},
    "denoise": {"title": "Steps", "keywords": ["diffusion-model"]},
    "overview": {"title": "What There Is", "kind": "survey"},
    "table": {"title": "Who Is Best", "kind": "benchmark"},
}
SUMMARIES = {
    "store": "Drops what the prefill ranks lowest.",
    "drop": "Ranks visual tokens, in frames, after the prefill.",
    "film": "Selects frames.",
}


def catalogue_to_read() -> Catalogue:
    """These papers, with the fields and terms of this repository's catalogue."""
    return with_real_terms(
        Paper.model_validate(
            {"id": paper_id, "kind": "method", "published": "2024", "summary": SUMMARIES.get(paper_id)}
            | fields
        )
        for paper_id, fields in PAPERS.items()
    )
