"""Three hundred papers that differ in every way a record may, some of them written to break a page."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from catalog.catalogue import Catalogue
from catalog.provenance import ASSUMED
from catalog.record import Paper
from catalog.vocabulary import Vocabulary

HOSTILE = (
    "<script>window.__pwned = 1</script>",
    '"><img src=x onerror="window.__pwned = 1">',
    "' onmouseover='window.__pwned = 1' x='",
    "</script><script>window.__pwned = 1</script>",
    "</template><img src=x onerror=window.__pwned=1>",
    "{{ 7 * 7 }}{% raw %}{# no #}",
    "<!-- ]]> &amp; &lt;b&gt; --> \\u003cb\\u003e",
    "[link](javascript:window.__pwned=1) @everyone `code` | cell |",
)
WORDS = (
    "token tokens Tokenization pruning Pruner merging of the for in Vision-Language Transformers KV Cache "
    "Müller's naïve Ångström Straße Łódź Søren Æon IA-RED² 1/2 2:4 ½ GPT-4V 视觉 模型 Ελληνικά ﬁne-tuning x"
).split()
GIVEN = "Ada Bo Chloé Émile Fei Hà Jun Liang Søren Zoë".split()
FAMILY = "Chen Dvořák Fernández Grüßner Li Łukasz Müller Nguyễn O'Brien Wang".split()
NAMES = "FastV ToMe Prune-Merge LLaVA-½ Ävit TöMe 2:4-Net".split()


def made_up_catalogue(like: Catalogue, number: int = 300) -> Catalogue:
    """A catalogue with the vocabulary and configuration of *like*; always the same."""
    rng = random.Random(20)
    papers = [_paper(row, rng, like.vocabulary) for row in range(number - len(HOSTILE))]
    papers += [_hostile(row, text, papers[row]) for row, text in enumerate(HOSTILE)]
    papers.sort(key=lambda paper: paper.id)
    files = {paper.id: f"papers/2024/{paper.id}.yaml" for paper in papers}
    return replace(like, papers=tuple(papers), files=files)


def _maybe(rng: random.Random, value: Any, unknown: float = 0.2) -> Any:
    return None if rng.random() < unknown else value


def _some(rng: random.Random, vocabulary: Vocabulary, field: str) -> list[str]:
    terms = list(vocabulary[field])
    return rng.sample(terms, min(len(terms), rng.choice((0, 1, 1, 2, 3))))


def _paper(row: int, rng: random.Random, vocabulary: Vocabulary) -> Paper:
    def title() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(2, 7))) + f" {rng.randint(1, 99)}"

    fields = ("domain", "setting", "task", "criterion", "mechanism")
    return Paper.model_validate(
        {
            "id": f"paper-{row}",
            "title": title(),
            "former_titles": [title()] if rng.random() < 0.1 else [],
            "name": _maybe(rng, f"{rng.choice(NAMES)}{row % 40}", 0.4),
            "authors": _maybe(
                rng, [f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}" for _ in range(rng.randint(1, 8))], 0.1
            ),
            "venue": _maybe(rng, rng.choice(list(vocabulary["venue"]))),
            "year": _maybe(rng, rng.randint(2019, 2026)),
            "published": _maybe(rng, rng.choice(("2022", "2023-05", f"2024-{rng.randint(1, 12):02d}-17"))),
            "added": _maybe(rng, f"2026-11-{rng.randint(1, 9):02d}"),
            "identifiers": {"arxiv": f"2401.{row:05d}"} if rng.random() < 0.8 else {},
            "links": {"code": [f"https://example.org/code/{row}"]} if rng.random() < 0.5 else {},
            "kind": (kind := rng.choice(("method", "method", "survey", "theory"))),
            **{field: _maybe(rng, _some(rng, vocabulary, field)) for field in fields},
            "keywords": _some(rng, vocabulary, "keywords"),
            "training": _maybe(rng, rng.choice(("free", "based", "both"))),
            "parametric": _maybe(rng, rng.choice((True, False, "both"))),
            "reference_impl": _maybe(rng, "some_method", 0.9),
            "summary": f"Keeps every token but number {row}." if row % 7 else None,
            "provenance": {"kind": ASSUMED} if kind == "method" and row % 3 == 0 else {},
        }
    )


def _hostile(row: int, text: str, like: Paper) -> Paper:
    """*text* in every field that holds free text."""
    changes = {
        "id": f"hostile-{row}",
        "title": f"Hostile {text}",
        "former_titles": (text,),
        "name": text,
        "authors": tuple(f"{text} {number}" for number in range(5)),
        "published": "2026-12-31",  # among the first, so that they are in the HTML
        "venue": text,
        "criterion": (text, "attention"),
        "mechanism": (text,),
        "task": (text,),
        "keywords": (text,),
        "summary": f"Sums up {text}",
        "links": like.links.model_copy(update={"code": (f"https://example.org/?q={row}&x='onclick='",)}),
        "bibtex": f"@misc{{hostile{row}, title = {{{text.replace('{', '').replace('}', '')}}}}}",
    }
    return like.model_copy(update=changes)
