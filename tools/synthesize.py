"""Make a catalogue of N synthetic but realistic records, for benchmarks and for looking at large pages.

    tools/synthesize.py 20000 OUT [--like ROOT] [--seed 1]

Vocabulary and configuration, but for its milestones, are copied from --like (this repository); titles,
names and authors are put together from word lists; the same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from catalog import bibtex, yaml_files
from catalog.catalogue import load_vocabulary
from catalog.record import Paper, to_data
from catalog.record_files import render_record
from catalog.vocabulary import NONE, Vocabulary, fold

ADJECTIVES = (
    "Adaptive Dynamic Hierarchical Progressive Sparse Efficient Robust Elastic Causal Spectral".split()
)
OBJECTS = "Token Patch Frame Cache Key-Value Prompt Feature Query Context Segment".split()
ACTIONS = "Pruning Merging Pooling Caching Eviction Sampling Routing Folding Selection Compression".split()
MODELS = (
    "Vision Transformers|Video Language Models|Diffusion Transformers|Long-Context LLMs|Speech Models"
).split("|")
TWISTS = (
    "via Attention Entropy|with Learned Queries|by Duplicate Removal|under Latency Budgets|without Retraining"
    "|through Graph Clustering|for Edge Devices|at Inference Time|with Key Norms|by Temporal Redundancy"
).split("|")
GIVEN = (
    "Ada Bo Chen Dana Émile Fei Grace Hana Ivan Jun Kai Lena Min Noor Oskar Priya Quinn Rui Søren Tao".split()
)
FAMILY = (
    "Aoki Bauer Chen Dubois Eriksson Fernández Gupta Haas Ito Jansen Kim Li Müller Nguyen Okafor Petrov "
    "Qian Rossi Šimek Tanaka Ueda Vasquez Wang Xu Yamada Zhang"
).split()


def paper(number: int, rng: random.Random, vocabulary: Vocabulary) -> Paper:
    """The record *number*; every title and name is unique."""
    name = f"{rng.choice(OBJECTS)[:3]}{rng.choice(ACTIONS)[:4]}{number}".replace("-", "")
    title = (
        f"{name}: {rng.choice(ADJECTIVES)} {rng.choice(OBJECTS)} {rng.choice(ACTIONS)} "
        f"for {rng.choice(MODELS)} {rng.choice(TWISTS)}"
    )
    year, month = rng.randint(2020, 2025), rng.randint(1, 12)
    venue = rng.choice(["arXiv", *islice(vocabulary["venue"], 12)])
    arxiv = f"{year % 100:02d}{month:02d}.{number:05d}"
    return Paper.model_validate(
        {
            "id": fold(name),
            "title": title,
            "name": name,
            "authors": [f"{rng.choice(GIVEN)} {family}" for family in rng.sample(FAMILY, rng.randint(2, 9))],
            "venue": venue,
            "year": year,
            "published": f"{year}-{month:02d}",
            "added": f"2026-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d}",
            "identifiers": {"arxiv": arxiv},
            "links": {"code": [f"https://github.com/example/{name}"] if rng.random() < 0.6 else []},
            **(tags := _tags(rng, vocabulary)),
            "provenance": _sources(arxiv, [name for name, value in tags.items() if value is not None]),
            "listed_in": rng.sample(list(vocabulary["listed_in"]), rng.randint(0, 2)),
        }
    )


def _tags(rng: random.Random, vocabulary: Vocabulary) -> dict[str, Any]:
    def some(field: str, most: int) -> list[str]:
        terms = vocabulary[field]
        chosen = rng.sample(list(terms), min(len(terms), rng.randint(1, most)))
        broader = [above for key in chosen if (above := terms[key].broader) and above not in chosen]
        return [*dict.fromkeys(broader), *chosen]

    tags = {
        "domain": some("domain", 1),
        "setting": some("setting", 1),
        "task": some("task", 3),
        "criterion": some("criterion", 2),
        "mechanism": some("mechanism", 2),
        "training": rng.choice(["free", "based", "both", None]),
        "parametric": rng.choice([True, False, None]),
        "keywords": some("keywords", 2),
        **{name: some(name, 2) for name in vocabulary.own},
    }
    return _with_brought(tags, vocabulary)


def _with_brought(tags: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The tags with those that they bring in other fields, so that checks have nothing to say."""

    def terms(name: str) -> list[str]:
        value = tags.get(name)
        return value if isinstance(value, list) else [] if value is None else [str(value).lower()]

    for rule in vocabulary.rules:
        if rule.key in terms(rule.field) and terms(rule.other) and not rule.is_kept(terms(rule.other)):
            first = next(term for term in rule.terms if term != NONE)
            is_list = isinstance(tags[rule.other], list)
            whole = {"true": True, "false": False}.get(first, first)
            tags[rule.other] = [*tags[rule.other], first] if is_list else whole
    return tags


def _sources(arxiv: str, tags: Iterable[str]) -> dict[str, str]:
    """Where each fact comes from, as long as such sources are."""
    bibliography = dict.fromkeys(("title", "authors", "venue", "year", "identifiers", "links"), "proceedings")
    return bibliography | dict.fromkeys(("name", *tags), f"arXiv:{arxiv} abstract")


_MILESTONES = 18
"""About as many as a catalogue has."""


def synthesize(count: int, out: Path, like: Path, seed: int = 1) -> None:
    """Write a whole catalogue below *out*, which must not exist yet."""
    shutil.copytree(like / "papers" / "vocabulary", out / "papers" / "vocabulary")
    vocabulary = load_vocabulary(like)
    rng = random.Random(seed)
    milestones: list[str] = []
    for year in range(2020, 2027):
        (out / "papers" / str(year)).mkdir()
    for number in range(1, count + 1):
        record = paper(number, rng, vocabulary)
        entry = bibtex.render(record, vocabulary, key=f"synthetic{number}")
        data = to_data(record.model_copy(update={"bibtex": entry}))
        folder = (record.published or "2020")[:4]
        path = out / "papers" / folder / f"{record.id}.yaml"
        path.write_text(render_record(data), encoding="utf-8")
        if (number - 1) % max(1, count // _MILESTONES) == 0:
            milestones.append(record.id)
    config = yaml_files.parse((like / "papers" / "catalogue.yaml").read_text(encoding="utf-8"))
    text = json.dumps({**config, "milestones": milestones}, indent=2)  # which is YAML, too
    (out / "papers" / "catalogue.yaml").write_text(f"{text}\n", encoding="utf-8")


def one_or_more(text: str) -> int:
    """A whole number that a command is given.

    Raises
    ------
    ArgumentTypeError : it is none, or less than one
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found '{text}', expected a whole number, 1 or more")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=one_or_more)
    parser.add_argument("out", type=Path)
    parser.add_argument("--like", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"{options.out} exists already; name a new folder")
    if not (options.like / "papers" / "vocabulary").is_dir():
        parser.error(f"{options.like} holds no papers/vocabulary; name the folder of a catalogue with --like")
    synthesize(options.count, options.out, options.like, options.seed)


if __name__ == "__main__":
    main()
