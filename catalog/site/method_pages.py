"""The pages of reference implementations: all of them by their stages and place, and those without a paper;
the archive with their source; and the models that they run in, for whoever searches for one.

An implementation of a paper is shown on the paper's page; here it is only listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.catalogue import Catalogue
from catalog.site.addresses import METHODS, MODELS, method_page, paper_page
from catalog.site.implementations import Implementation, Implementations, implemented
from catalog.site.package import package
from catalog.site.pages import File, Maker
from catalog.site.views import TermView, term_view
from catalog.vocabulary import Vocabulary

STAGES = ("criterion", "mechanism")


@dataclass(frozen=True)
class MethodView:
    """One implementation in a list: its name, where it is shown, and its terms by stage.

    Attributes
    ----------
    training : whether the method needs training; ``None`` where that is not known
    of_paper : whether a paper of the catalogue is about it
    """

    name: str
    address: str
    implementation: Implementation
    terms: Mapping[str, tuple[TermView, ...]]
    training: TermView | None
    of_paper: bool


@dataclass(frozen=True)
class Grid:
    """Implementations by criterion (rows) and mechanism (columns); some stand in several cells.

    Attributes
    ----------
    cells : by the terms' keys; those that judge by nothing under ``""``
    """

    rows: Sequence[TermView]
    columns: Sequence[TermView]
    cells: Mapping[tuple[str, str], Sequence[MethodView]]

    @property
    def unjudged(self) -> bool:
        """Whether some judge by nothing."""
        return any(not row for row, _ in self.cells)


@dataclass(frozen=True)
class Runs:
    """Families of models that the same implementations run in, and those.

    Attributes
    ----------
    models : the families' names and the places on the page that a link may lead to
    by_training : the members by whether they need training, in the vocabulary's order; last where it is
        not known
    """

    models: Sequence[tuple[str, str]]
    members: Sequence[MethodView]
    by_training: Sequence[tuple[TermView | None, Sequence[MethodView]]]


def runs_by_model(views: Sequence[MethodView], vocabulary: Vocabulary) -> list[Runs]:
    """Which of *views* run in which families of models; families that most run in come first."""
    running: dict[tuple[str, str], list[MethodView]] = {}
    for view in views:
        for model in view.implementation.models:
            running.setdefault(model, []).append(view)
    alike: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for model, runners in running.items():
        alike.setdefault(tuple(view.address for view in runners), []).append(model)
    groups = []
    for models in alike.values():
        members = running[models[0]]
        groups.append(Runs(models, members, _by_training(members, vocabulary)))
    return sorted(groups, key=lambda group: -len(group.members))


def method_views(catalogue: Catalogue) -> list[MethodView]:
    """Every implementation by name, those of papers and the others."""
    vocabulary = catalogue.vocabulary
    views = []
    for paper, one in implemented(catalogue):
        keys = {"criterion": paper.criterion or (), "mechanism": paper.mechanism or ()}
        address = f"{paper_page(paper.id)}#run"
        name = paper.name or (one.method.name if one.method else paper.title)
        training = _training(paper.training, vocabulary)
        views.append(MethodView(name, address, one, _terms(keys, vocabulary), training, of_paper=True))
    for one in Implementations(catalogue.root).without_paper():
        if method := one.method:
            keys = {"criterion": method.criterion, "mechanism": method.mechanism}
            address, training = method_page(one.key), _training(method.training, vocabulary)
            terms = _terms(keys, vocabulary)
            views.append(MethodView(method.name, address, one, terms, training, of_paper=False))
    return sorted(views, key=lambda view: (view.name.casefold(), view.address))


def method_files(catalogue: Catalogue, maker: Maker) -> Iterator[File]:
    """The list of all, the archive, pages of those without one, pictures; nothing where there are none."""
    views = method_views(catalogue)
    if not views:
        return
    has_training = catalogue.vocabulary.has_field("training")
    there, packed = Implementations(catalogue.root), package(catalogue.root)
    runs = runs_by_model(views, catalogue.vocabulary)
    if packed:
        yield packed.address, packed.content
    yield maker.page(
        METHODS,
        "methods",
        "methods.html.j2",
        views=views,
        grid=_grid(views, catalogue.vocabulary),
        places=_by_place(views),
        runs=runs,
        compared=sum(bool(view.implementation.comparisons) for view in views),
        cases=sum(view.implementation.cases for view in views),
        failed=[view for view in views if view.implementation.passed < view.implementation.cases],
        hardware=there.hardware,
        package=packed,
        has_training=has_training,
    )
    for view in views:
        if not view.of_paper:
            yield maker.page(view.address, "method", "method.html.j2", view=view, has_training=has_training)
    yield MODELS, _models(runs)
    yield from there.pictures().items()


def _models(runs: Sequence[Runs]) -> bytes:
    """Each family of models with its place on the page and the number of methods that run in it, as JSON."""
    models = [
        {"label": model, "place": place, "methods": len(group.members)}
        for group in runs
        for model, place in group.models
    ]
    return json.dumps(models).encode()


def _terms(keys: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> dict[str, tuple[TermView, ...]]:
    return {field: tuple(term_view(vocabulary, field, key) for key in keys[field]) for field in STAGES}


def _training(key: str | None, vocabulary: Vocabulary) -> TermView | None:
    return term_view(vocabulary, "training", key) if key and vocabulary.has_field("training") else None


def _grid(views: Sequence[MethodView], vocabulary: Vocabulary) -> Grid:
    cells: dict[tuple[str, str], list[MethodView]] = {}
    for view in views:
        for row in [term.key for term in view.terms["criterion"]] or [""]:
            for column in view.terms["mechanism"]:
                cells.setdefault((row, column.key), []).append(view)
    rows, columns = (_in_order(field, views, vocabulary) for field in STAGES)
    return Grid(rows, columns, cells)


def _in_order(field: str, views: Sequence[MethodView], vocabulary: Vocabulary) -> list[TermView]:
    """The terms of a field that some implementation has, in the vocabulary's order."""
    used = {term.key: term for view in views for term in view.terms[field]}
    rank = {key: number for number, key in enumerate(vocabulary[field])}
    return [used[key] for key in sorted(used, key=lambda key: (rank.get(key, len(rank)), key))]


def _by_training(
    views: Sequence[MethodView], vocabulary: Vocabulary
) -> list[tuple[TermView | None, list[MethodView]]]:
    groups: dict[TermView | None, list[MethodView]] = {}
    for view in views:
        groups.setdefault(view.training, []).append(view)
    rank = {key: number for number, key in enumerate(vocabulary["training"])}
    last = len(rank)
    return sorted(groups.items(), key=lambda group: rank.get(group[0].key, last) if group[0] else last + 1)


def _by_place(views: Sequence[MethodView]) -> list[tuple[str, list[MethodView]]]:
    """Implementations by the place where they act, most first; those of which nothing was kept last."""
    places: dict[str, list[MethodView]] = {}
    for view in views:
        method = view.implementation.method
        places.setdefault(method.place if method else "", []).append(view)
    return sorted(places.items(), key=lambda item: (not item[0], -len(item[1]), item[0]))
