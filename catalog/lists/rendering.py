"""From the catalogue to the text of every list, the front page, the pictures and the schema.

Here the facts are gathered that the templates show; what they say about them is theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from catalog import bibtex, engine
from catalog.bibtex import appeared
from catalog.catalogue import Catalogue, latest_added_first
from catalog.charts import milestones, step_of, timeline_svg
from catalog.colours import read_colours
from catalog.forge import forge_of
from catalog.lists.arrangement import PaperList, arrange
from catalog.lists.badges import badge, badges
from catalog.lists.contents import table_of
from catalog.lists.files import FOLDER
from catalog.record import Paper, to_data
from catalog.record_files import render_record
from catalog.record_schema import json_schema
from catalog.templating import Markdown, markdown_environment
from catalog.vocabulary import Vocabulary

MAX_BYTES = 480 * 1024
"""GitHub cuts off what it renders after 512 KiB; a longer list gets one file per year."""

NEWEST = 10
UNKNOWN_YEAR = "Year unknown"


@dataclass(frozen=True)
class Section:
    """The entries of one year, or a part of them where a year fills more than one file.

    Attributes
    ----------
    label : its heading
    entries : rendered
    file : where it stands, if not in the list's own file
    """

    label: str
    entries: tuple[Markdown, ...]
    file: str | None = None

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def link(self) -> str:
        return self.file or f"#{_slug(self.label)}"


def render_all(catalogue: Catalogue, templates: Path) -> dict[str, str]:
    """Every rendered file of the catalogue: path relative to its root -> text.

    Raises
    ------
    CatalogError : a template in *templates* is missing or wrong
    """
    return _Renderer(catalogue, templates).outputs()


def render_entries(catalogue: Catalogue, templates: Path) -> dict[str, str]:
    """Every paper's entry as it stands in the lists: id -> Markdown.

    Raises
    ------
    CatalogError : the entry's template is missing or wrong
    """
    return dict(_Renderer(catalogue, templates).entries)


class _Renderer:
    def __init__(self, catalogue: Catalogue, templates: Path) -> None:
        self.catalogue, self.templates = catalogue, templates
        self.lists = arrange(catalogue)
        self.template = markdown_environment(templates).get_template
        self.shared: dict[str, Any] = {
            "config": catalogue.config,
            "vocabulary": catalogue.vocabulary,
            "papers": catalogue.papers,
            "contents": table_of(catalogue, self.lists),
            "badge": partial(badge, labels=catalogue.config.labels),
            "appeared": self._appeared,
        }
        template, keys = self.template("lists/entry.md.j2"), bibtex.keys_for(catalogue.papers)
        self.entries = {paper.id: self._entry(template, paper, keys[paper.id]) for paper in catalogue.papers}

    def outputs(self) -> dict[str, str]:
        outputs = {"README.md": self._front_page()}
        for paper_list in self.lists:
            outputs.update(self._list(paper_list))
        outputs[f"{FOLDER}/README.md"] = self.template("lists/index.md.j2").render(self.shared)
        for theme in ("light", "dark"):
            colours = read_colours(self.templates, theme)
            outputs[f"{FOLDER}/timeline-{theme}.svg"] = timeline_svg(self.catalogue, colours)
        schema = json_schema(self.catalogue.vocabulary)
        outputs["papers/paper.schema.json"] = json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True)
        return {name: text.rstrip("\n") + "\n" for name, text in outputs.items()}

    def _appeared(self, paper: Paper) -> str:
        """Venue and year, as far as they are known."""
        return appeared(paper, self.catalogue.vocabulary)

    def _entry(self, template: Any, paper: Paper, key: str) -> Markdown:
        """The paper as an item of a list; rendered once, though it may stand in several."""
        text = template.render(
            paper=paper,
            appeared=self._appeared(paper),
            badges=badges(paper, self.catalogue.vocabulary, self.catalogue.config.labels),
            bibtex=paper.bibtex or bibtex.render(paper, self.catalogue.vocabulary, key=key),
            record=Path("..", *Path(self.catalogue.files[paper.id]).parts[1:]).as_posix(),
        )
        first, *rest = text.strip().split("\n")
        return Markdown("\n".join([f"- {first}", *(f"  {line}" if line else "" for line in rest)]))

    def _list(self, paper_list: PaperList) -> Iterator[tuple[str, str]]:
        sections = [
            Section(str(year or UNKNOWN_YEAR), tuple(self.entries[paper.id] for paper in papers))
            for year, papers in paper_list.years
        ]
        file = f"{FOLDER}/{paper_list.stem}.md"
        whole = self._page(paper_list, years=sections, sections=sections)
        if len(whole.encode()) <= MAX_BYTES:
            yield file, whole
            return
        parts = [part for section in sections for part in _in_files(section, paper_list.stem)]
        yield file, self._page(paper_list, years=parts, sections=[])
        for part in parts:
            yield f"{FOLDER}/{part.file}", self._page(paper_list, years=[], sections=[part])

    def _page(self, paper_list: PaperList, years: Sequence[Section], sections: Sequence[Section]) -> str:
        vocabulary = self.catalogue.vocabulary
        return self.template("lists/list.md.j2").render(
            self.shared,
            paper_list=paper_list,
            domain=vocabulary["domain"].get(paper_list.domain or ""),
            setting=vocabulary["setting"].get(paper_list.setting or ""),
            years=years,
            sections=sections,
        )

    def _front_page(self) -> str:
        catalogue = self.catalogue
        example = example_paper(catalogue)
        return self.template("readme/README.md.j2").render(
            self.shared,
            folder=f"{FOLDER}/",
            newest=latest_added_first(catalogue.papers)[:NEWEST],
            with_code=sum(bool(paper.links.code) for paper in catalogue.papers),
            example=example,
            example_file=catalogue.files[example.id] if example else None,
            example_record=_short_record(example, catalogue.vocabulary) if example else None,
            arxiv_example=arxiv_example(catalogue),
            add_example=Markdown(f"catalog add {arxiv_example(catalogue)}".ljust(49)),
            forge=forge_of(catalogue),
            has_implementations=(catalogue.root / "reference_impls" / "README.md").is_file(),
            holds_engine=engine.is_part_of(catalogue.root),
            private_engine=_has_private_engine(catalogue.root),
            has_licence=(catalogue.root / "site_templates" / "LICENSE").is_file(),
            has_contributing=(catalogue.root / "CONTRIBUTING.md").is_file(),
            milestones=milestones(catalogue),
            timeline_step=step_of(catalogue),
        )


def _has_private_engine(root: Path) -> bool:
    """Whether the catalogue's workflows could not install the engine that it names."""
    path = root / "requirements.txt"
    return path.is_file() and not engine.is_public(path.read_text(encoding="utf-8"))


def _slug(label: str) -> str:
    return label.lower().replace(" ", "-")


def _in_files(section: Section, stem: str) -> Iterator[Section]:
    """The section in files of its own, as many as it takes."""
    room = MAX_BYTES - 16 * 1024  # less what stands around the entries
    chunks: list[list[Markdown]] = [[]]
    size = 0
    for entry in section.entries:
        length = len(entry.encode()) + 2
        if chunks[-1] and size + length > room:
            chunks.append([])
            size = 0
        chunks[-1].append(entry)
        size += length
    for number, chunk in enumerate(chunks, 1):
        again = f" part {number}" if number > 1 else ""
        yield Section(
            section.label + again.replace(" part", ", part"),
            tuple(chunk),
            f"{stem}-{_slug(section.label + again)}.md",
        )


def example_paper(catalogue: Catalogue) -> Paper | None:
    """A paper whose record shows much of the format: a milestone if there is one."""
    chosen = [paper for paper in catalogue.papers if paper.id in catalogue.config.milestones]
    return max(chosen or catalogue.papers, key=lambda paper: (_known(paper), paper.id), default=None)


def arxiv_example(catalogue: Catalogue) -> Markdown:
    """An id to show how one is written: of the front page's example, or of another of the papers.

    It is of arXiv's present form where any paper has one, or else of an earlier form, or a DOI.
    """
    example = example_paper(catalogue)
    papers = [paper.identifiers for paper in [*([example] if example else []), *catalogue.papers]]
    present = (one.arxiv for one in papers if one.arxiv and re.fullmatch(r"\d{4}\.\d{5}", one.arxiv))
    earlier = (one.arxiv for one in papers if one.arxiv)
    return Markdown(next(chain(present, earlier, (one.doi for one in papers if one.doi), [_NO_ONES_ID])))


def source_example(catalogue: Catalogue) -> Markdown:
    """That id as a record's provenance names the paper that it is of."""
    example = arxiv_example(catalogue)
    return Markdown(f"{'doi' if example.startswith('10.') else 'arXiv'}:{example}")


_NO_ONES_ID = "1501.00001"
"""With which arXiv itself explains how its ids are made."""


def _known(paper: Paper) -> int:
    return sum(value not in (None, (), {}) for _, value in paper)


def _short_record(paper: Paper, vocabulary: Vocabulary) -> str:
    data = to_data(paper, vocabulary)
    for long in ("former_titles", "provenance", "bibtex", "aliases", "listed_in"):
        data.pop(long, None)
    return render_record(data)
