"""Two records of one paper, and ids or keys that are used twice.

Of two records, the finding is on the one that came later to the catalogue, and
names the other; the other is its related end, for whoever looks at that file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, combinations, islice, pairwise, product, takewhile

from rapidfuzz import fuzz

from catalog import bibtex
from catalog.catalogue import Catalogue
from catalog.checks.registry import check, finding, named, related
from catalog.draft import (
    Draft,
    contradict,
    draft_of_paper,
    may_be_cut_short,
    may_be_one_person,
    numbers_in,
    plain_words,
)
from catalog.findings import Finding, Path, Severity
from catalog.names import family_key
from catalog.record import IDENTIFIERS, Paper
from catalog.vocabulary import fold

_NEAR = 90
_FIRST_WORDS = 5
_BEGINNING = 0.6
"""How much of the shorter of two titles has to begin the other, and no less than so many words."""
_LARGEST_BLOCK = 12
_BLOCKS_PER_TITLE = 6


def _oldest_first(papers: Iterable[Paper]) -> list[Paper]:
    return sorted(papers, key=lambda paper: (paper.added is None, paper.added or "", paper.id))


def _on_two(
    catalogue: Catalogue,
    rule: str,
    later: tuple[Paper, Path],
    earlier: tuple[Paper, Path],
    words: Callable[[Paper, Paper], str],
    severity: Severity = "error",
) -> Finding:
    """One finding on both papers, at their places; *words* says it at the first of two about the second."""
    (paper, path), (first, its_path) = later, earlier
    end = related(catalogue, first, its_path, words(first, paper))
    return finding(catalogue, paper, path, rule, words(paper, first), severity=severity, related=[end])


@check("duplicate-arxiv", "duplicate-doi", "duplicate-openreview", "duplicate-anthology")
def shared_identifiers(catalogue: Catalogue) -> Iterator[Finding]:
    """One identifier in two records."""
    for (name, _), papers in catalogue.by_identifier.items():
        first, *others = _oldest_first(papers)
        path: Path = ("identifiers", name)

        def words(paper: Paper, other: Paper, name: str = name) -> str:
            return (
                f"the {IDENTIFIERS[name]} {getattr(paper.identifiers, name)} of '{paper.id}' is also that of "
                f"{named(catalogue, other)}; "
                "merge the two records if they are one paper, or correct the identifier that is wrong"
            )

        for paper in others:
            yield _on_two(catalogue, f"duplicate-{name}", (paper, path), (first, path), words)


@check("duplicate-title", "near-title")
def shared_titles(catalogue: Catalogue) -> Iterator[Finding]:
    """One title, present or former, in two records; titles that differ in a few letters, or in their end."""
    titles = {paper.id: fold(paper.title) for paper in catalogue}
    owners: dict[str, dict[str, Paper]] = defaultdict(dict)
    for paper in catalogue:
        owners[titles[paper.id]][paper.id] = paper
        for former in paper.former_titles:
            owners[fold(former)][paper.id] = paper
    for title, papers in owners.items():
        if title and len(papers) > 1:
            yield from _same_title(catalogue, title, _oldest_first(papers.values()))
    cut_short = list(_cut_short(owners))
    for cut, whole in cut_short:
        yield _cut_title(catalogue, cut, whole)
    said = {frozenset((cut.id, whole.id)) for cut, whole in cut_short}
    for pair in chain(_near_pairs(list(catalogue.papers), titles), _pairs_that_begin_alike(catalogue)):
        ids = frozenset(paper.id for paper in pair)
        if ids not in said:
            said.add(ids)
            yield _near_title(catalogue, *_oldest_first(pair))


def _cut_short(owners: Mapping[str, Mapping[str, Paper]]) -> Iterator[tuple[Paper, Paper]]:
    """(paper, another one of whose title it may have the beginning alone); *owners*: by folded title."""
    titles = sorted(owners)
    found: dict[tuple[str, str], tuple[Paper, Paper]] = {}
    for position, title in enumerate(titles):
        for other in takewhile(
            partial(_begins_with, title), map(titles.__getitem__, range(position + 1, len(titles)))
        ):
            for cut, whole in product(owners[title].values(), owners[other].values()):
                if cut is not whole and may_be_cut_short(_dated(cut), _dated(whole)):
                    found.setdefault((cut.id, whole.id), (cut, whole))
    yield from found.values()


def _dated(paper: Paper) -> Draft:
    return draft_of_paper(paper, dated=True)


def _begins_with(beginning: str, title: str) -> bool:
    return beginning != "" and title.startswith(beginning)


def _cut_title(catalogue: Catalogue, cut: Paper, whole: Paper) -> Finding:
    def words(paper: Paper, other: Paper) -> str:
        which = "is the beginning of" if paper is cut else "begins with"
        return (
            f"the title of '{paper.id}' {which} that of {named(catalogue, other)}: \"{other.title}\"; "
            "if it is one paper, merge the records; else correct the title that is cut short"
        )

    first, second = _oldest_first([cut, whole])
    path: Path = ("title",)
    return _on_two(catalogue, "near-title", (second, path), (first, path), words, "warning")


def _near_title(catalogue: Catalogue, first: Paper, second: Paper) -> Finding:
    def words(paper: Paper, other: Paper) -> str:
        return (
            f"the title of '{paper.id}' is nearly that of {named(catalogue, other)}: \"{other.title}\"; "
            "if it is one paper, merge the records and keep the older title in former_titles"
        )

    path: Path = ("title",)
    return _on_two(catalogue, "near-title", (second, path), (first, path), words, "warning")


def _same_title(catalogue: Catalogue, title: str, papers: Sequence[Paper]) -> Iterator[Finding]:
    def spelt(paper: Paper) -> tuple[Path, str]:
        """Where *paper* has the title, and how it writes it."""
        if fold(paper.title) == title:
            return ("title",), paper.title
        return next(
            (("former_titles", n), former)
            for n, former in enumerate(paper.former_titles)
            if fold(former) == title
        )

    def words(paper: Paper, other: Paper) -> str:
        return (
            f"'{paper.id}' and {named(catalogue, other)} have the same title, \"{spelt(other)[1]}\"; "
            "merge them if they are one paper, or correct the title that is wrong"
        )

    first, *others = papers
    for paper in others:
        ends = (paper, spelt(paper)[0]), (first, spelt(first)[0])
        yield _on_two(catalogue, "duplicate-title", *ends, words)


def _near_pairs(papers: Sequence[Paper], titles: dict[str, str]) -> Iterator[tuple[Paper, Paper]]:
    """Pairs of similar but not equal titles.

    Only papers that share one of their rarest words or word pairs are compared, so that the work grows
    with the number of records and not with its square.
    """
    features = [_features(paper.title) for paper in papers]
    counts = Counter(feature for of_title in features for feature in of_title)
    blocks: dict[str, list[int]] = defaultdict(list)
    for number, of_title in enumerate(features):
        shared = [f for f in of_title if 1 < counts[f] <= _LARGEST_BLOCK]
        for feature in sorted(shared, key=lambda f: (counts[f], f))[:_BLOCKS_PER_TITLE]:
            blocks[feature].append(number)
    pairs = dict.fromkeys(pair for members in blocks.values() for pair in combinations(members, 2))
    for first, second in pairs:
        one, other = papers[first], papers[second]
        if _are_near(titles[one.id], titles[other.id]) and _may_be_one(one, other):
            yield one, other


def _are_near(one: str, other: str) -> bool:
    """Similar, but not equal."""
    return one != other and fuzz.ratio(one, other, score_cutoff=_NEAR) > 0


def _may_be_one(one: Paper, other: Paper) -> bool:
    """Whether the titles are not two numbers of a series, and the authors may be the same."""
    is_of_series = numbers_in(plain_words(one.title)) != numbers_in(plain_words(other.title))
    return not is_of_series and _may_share_authors(one, other)


def _pairs_that_begin_alike(papers: Iterable[Paper]) -> Iterator[tuple[Paper, Paper]]:
    """Pairs of one first author whose titles are the same but for their ends."""
    blocks: dict[tuple[str, ...], list[tuple[Paper, list[str]]]] = defaultdict(list)
    for paper in papers:
        words = plain_words(paper.title).split()
        if paper.authors and len(words) > _FIRST_WORDS:
            blocks[family_key(paper.authors[0]), *words[:_FIRST_WORDS]].append((paper, words))
    for members in blocks.values():
        for (one, words), (other, others) in combinations(members, 2):
            if _begin_alike(words, others) and _may_be_of_one_author(one, other):
                yield one, other


def _begin_alike(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether most of the shorter title begins the other, which goes on differently."""
    pairs = zip(words, others, strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    shorter = min(len(words), len(others))
    of_one_number = numbers_in(" ".join(words)) == numbers_in(" ".join(others))
    return _BEGINNING * shorter <= alike < shorter and of_one_number


def _may_be_of_one_author(one: Paper, other: Paper) -> bool:
    """Whether the first authors may be one person, and identifiers and years do not speak against it."""
    first, second = ((paper.authors or ("",))[0] for paper in (one, other))
    return may_be_one_person(first, second) and not contradict(_dated(one), _dated(other))


def _features(title: str) -> set[str]:
    words = [folded for word in title.split() if (folded := fold(word))]
    return {*words, *(f"{a} {b}" for a, b in pairwise(words))}


def _may_share_authors(one: Paper, other: Paper) -> bool:
    if not one.authors or not other.authors:
        return True
    return not set(map(family_key, one.authors)).isdisjoint(map(family_key, other.authors))


@check("duplicate-alias")
def reused_ids(catalogue: Catalogue) -> Iterator[Finding]:
    """A former id that another record has, or had: old links would lead to the wrong paper."""
    former: dict[str, Paper] = {}
    for paper in _oldest_first(catalogue):
        for position, alias in enumerate(paper.aliases):
            owner = catalogue.by_id.get(alias) or former.get(alias)
            former.setdefault(alias, paper)
            if owner is None:
                continue
            yield _reused_id(catalogue, paper, position, owner)


def _reused_id(catalogue: Catalogue, paper: Paper, position: int, owner: Paper) -> Finding:
    """The finding on one alias of *paper* that is an id, or a former one, of *owner*."""
    alias = paper.aliases[position]
    whose, advice, ends = "its own id", "delete it here, or rename the other", []
    purpose = "so that old links lead to one paper"
    if owner is not paper:
        is_former = owner.id != alias
        whose = f"{'a former' if is_former else 'the'} id of {named(catalogue, owner)}{' too' * is_former}"
        path: Path = ("aliases", owner.aliases.index(alias)) if is_former else ()
        what = f"the {'former ' * is_former}id '{alias}' of '{owner.id}'"
        ends.append(
            related(
                catalogue,
                owner,
                path,
                f"{what} is a former id of {named(catalogue, paper)}{' too' * is_former}; "
                f"keep it in one of the two files, {purpose}",
            )
        )
    return finding(
        catalogue,
        paper,
        ("aliases", position),
        "duplicate-alias",
        f"the former id '{alias}' of '{paper.id}' is {whose}; {advice}, {purpose}",
        related=ends,
    )


@check("duplicate-bibtex-key")
def shared_citation_keys(catalogue: Catalogue) -> Iterator[Finding]:
    """Two entries with one key cannot stand in one .bib file; BibTeX does not tell case apart.

    A warning, because two pull requests may bring the key each by itself, and exports tell the two apart.
    """
    owners: dict[str, list[Paper]] = defaultdict(list)
    for paper in catalogue:
        key = bibtex.key_in(paper.bibtex) if paper.bibtex else None
        if key:
            owners[key.lower()].append(paper)
    for key, papers in owners.items():
        first, *others = _oldest_first(papers)
        for number, paper in enumerate(others, 1):
            endings = islice(bibtex.key_endings(), number, None)
            free = next(k for ending in endings if (k := f"{key}{ending}") not in owners)
            shared = f"the citation key '{key}' is also that of"
            there = f"{shared} {named(catalogue, paper)}; make it unique there, e.g. {free}"
            yield finding(
                catalogue,
                paper,
                ("bibtex",),
                "duplicate-bibtex-key",
                f"{shared} {named(catalogue, first)}; make it unique here, e.g. {free}",
                severity="warning",
                related=[related(catalogue, first, ("bibtex",), there)],
            )
