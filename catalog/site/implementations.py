"""Reference implementations, as a site shows them: their source, and what was kept of running them.

Read as text and files and never imported: the implementations need libraries that a site does not. Beside
their folder stands ``results/``, written by the implementations' own tools: ``demos/NAME.json`` and
``NAME.png``, ``golden.json`` (which tests compare them with official code, and whether they passed) and
``gpu/*.json``.  All of it may be absent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.record import Paper
from catalog.site.addresses import MODELS, method_picture, model_place

FOLDER = "reference_impls/methods"
RESULTS = "reference_impls/results"

_Shape = TypeVar("_Shape")


class _Kept(BaseModel):
    """Part of a file in ``results/``; what it holds beyond these fields is another reader's business."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Row(_Kept):
    """A quantity before and after; *measured* is what another run gives otherwise."""

    what: str
    before: float
    after: float
    decimals: int = 0
    measured: bool = False

    def text(self, value: float) -> str:
        """*value* with as many decimals as it is known to."""
        return f"{value:,.{self.decimals}f}"

    @property
    def less(self) -> int | None:
        """By how many per cent it fell; negative where it rose."""
        return round(100 * (1 - self.after / self.before)) if self.before else None


class Demo(_Kept):
    """A run on a small model: its settings, its picture's caption and size, and the table."""

    settings: str
    host: str
    caption: str
    width: int
    height: int
    rows: tuple[Row, ...]
    formula: str


class Machine(_Kept):
    """Where something was run."""

    processor: str
    accelerator: str | None
    versions: Mapping[str, str]


class Method(_Kept):
    """What one implementation is, and its demo.

    Attributes
    ----------
    training : key of the vocabulary: whether it needs training
    models : the families of models that it runs in
    examples : family of models -> a complete program, for readers to copy; the best first
    """

    name: str
    paper: str | None
    citation: str
    stage: str
    place: str
    criterion: tuple[str, ...]
    mechanism: tuple[str, ...]
    training: str | None = None
    module: str
    implementation: str
    models: tuple[str, ...] = ()
    examples: Mapping[str, str] = {}
    demo: Demo
    machine: Machine


class Test(_Kept):
    """One test, in words, and in how many of its cases it passed."""

    test: str
    says: str
    cases: int
    passed: int

    @property
    def file(self) -> str:
        """Where the test stands."""
        return self.test.partition("::")[0]


class Comparison(_Kept):
    """A file of official inputs and outputs, and the tests that compare with it."""

    file: str
    source: str | None
    tests: tuple[Test, ...]


class OnHardware(_Kept):
    """What the tests came to on one machine: test -> outcome -> number of cases."""

    machine: Machine
    tests: Mapping[str, Mapping[str, int]]

    def count(self, outcome: str) -> int:
        """The number of cases that came to *outcome*."""
        return sum(counts.get(outcome, 0) for counts in self.tests.values())


@dataclass(frozen=True)
class Implementation:
    """One module of reference implementations.

    Attributes
    ----------
    key : the module's name
    path : relative to the catalogue's root
    source : as it stands in the file
    method : what was kept of it; ``None`` where nothing was
    comparisons : with official code
    """

    key: str
    path: str
    source: str
    method: Method | None
    comparisons: tuple[Comparison, ...]

    @property
    def models(self) -> tuple[tuple[str, str], ...]:
        """The families of models that it runs in, each with its place on the page of methods."""
        return tuple((model, model_place(model)) for model in self.method.models) if self.method else ()

    @property
    def html(self) -> str:
        """The source as HTML, its tokens in elements with the classes of Pygments."""
        return _highlighted(self.source)

    @property
    def programs(self) -> tuple[tuple[str, str], ...]:
        """Family of models, and a complete program as HTML, in the same way."""
        examples = self.method.examples if self.method else {}
        return tuple((model, _highlighted(program)) for model, program in examples.items())

    @property
    def lines(self) -> int:
        """The length of the source."""
        return self.source.count("\n")

    @property
    def picture(self) -> str:
        """The picture's address below the site."""
        return method_picture(self.key)

    @property
    def cases(self) -> int:
        """How many comparisons with official code there are."""
        return sum(test.cases for of_file in self.comparisons for test in of_file.tests)

    @property
    def passed(self) -> int:
        """How many of them agreed."""
        return sum(test.passed for of_file in self.comparisons for test in of_file.tests)


class Implementations:
    """All that a catalogue's folder holds, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def kept(self) -> Mapping[str, Method]:
        """What was kept of each module, by its name, sorted.

        Raises
        ------
        CatalogError : a file is not of the shape that the implementations' tools write
        """
        folder = self.root / RESULTS / "demos"
        return {
            path.stem: _read(path, TypeAdapter(Method), self.root) for path in sorted(folder.glob("*.json"))
        }

    @cached_property
    def _comparisons(self) -> Mapping[str, tuple[Comparison, ...]]:
        path = self.root / RESULTS / "golden.json"
        if not path.is_file():
            return {}
        return _read(path, TypeAdapter(dict[str, tuple[Comparison, ...]]), self.root)

    @cached_property
    def hardware(self) -> tuple[OnHardware, ...]:
        """The machines with an accelerator on which the tests were run."""
        paths = sorted((self.root / RESULTS / "gpu").glob("*.json"))
        return tuple(_read(path, TypeAdapter(OnHardware), self.root) for path in paths)

    def of(self, paper: Paper) -> Implementation | None:
        """The paper's implementation, where the record names one and its file is there."""
        if not paper.reference_impl:
            return None
        return self._make(paper.reference_impl, f"{FOLDER}/{paper.reference_impl}.py")

    def without_paper(self) -> list[Implementation]:
        """Those that no paper of the catalogue is about, by name."""
        found = (self._make(key, method.module) for key, method in self.kept.items() if method.paper is None)
        return sorted((one for one in found if one), key=_by_name)

    def pictures(self) -> dict[str, bytes]:
        """The demos' pictures, by their address below the site."""
        paths = ((key, self.root / RESULTS / "demos" / f"{key}.png") for key in self.kept)
        return {method_picture(key): path.read_bytes() for key, path in paths if path.is_file()}

    def _make(self, key: str, path: str) -> Implementation | None:
        try:
            source = (self.root / path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return Implementation(key, path, source, self.kept.get(key), self._comparisons.get(key, ()))


def models_of(catalogue: Catalogue) -> Mapping[str, str]:
    """The families of models that some implementation runs in -> their places on the page of methods."""
    there = [one for _, one in implemented(catalogue)]
    return dict(
        model for one in [*there, *Implementations(catalogue.root).without_paper()] for model in one.models
    )


def implemented(catalogue: Catalogue) -> list[tuple[Paper, Implementation]]:
    """The papers with a reference implementation, by name."""
    there = Implementations(catalogue.root)
    found = [(paper, one) for paper in catalogue.papers if (one := there.of(paper))]
    return sorted(found, key=lambda pair: ((pair[0].name or pair[0].title).casefold(), pair[0].id))


def is_any_implemented(catalogue: Catalogue) -> bool:
    """Whether there is anything for a page of implementations to list."""
    there = Implementations(catalogue.root)
    return any(there.of(paper) for paper in catalogue.papers) or bool(there.without_paper())


def models_file(catalogue: Catalogue) -> str | None:
    """Where the families of models stand that the implementations run in; ``None`` where there are none."""
    return MODELS if is_any_implemented(catalogue) else None


def _highlighted(source: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    html: str = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return html


def _by_name(implementation: Implementation) -> tuple[str, str]:
    name = implementation.method.name if implementation.method else implementation.key
    return name.casefold(), implementation.key


def _read(path: Path, shape: TypeAdapter[_Shape], root: Path) -> _Shape:
    """The file's content.

    Raises
    ------
    CatalogError : it is no JSON, or of another shape
    """
    name = path.relative_to(root).as_posix()
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return shape.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CatalogError(f"{name}: {place}: {first['msg']}; write it anew: make demos") from error
    except ValueError as error:
        raise CatalogError(f"{name}: not JSON in UTF-8 ({error}); write it anew: make demos") from error
