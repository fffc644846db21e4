"""Issue forms, rendered from ``site_templates/forms/``: they offer the terms and fields of the catalogue.

How a form reads is its template's business; how it is read, :mod:`catalog.github.forms`'.
"""

from __future__ import annotations

from pathlib import Path

from catalog import yaml_files
from catalog.catalogue import Catalogue
from catalog.counting import listed
from catalog.findings import CatalogError
from catalog.github.forms import FOLDER
from catalog.github.values import fields_of
from catalog.lists import arxiv_example, example_paper, source_example
from catalog.templating import yaml_environment

TEMPLATES = "forms"
"""Their folder below ``site_templates/``."""


def render_forms(catalogue: Catalogue, templates: Path) -> dict[str, str]:
    """Every issue form of the catalogue: path relative to its root -> text.

    A catalogue without ``.github/`` has none.

    Raises
    ------
    CatalogError : a template is wrong, or what it gives is no YAML
    """
    if not (catalogue.root / FOLDER.parent).is_dir():
        return {}
    example = example_paper(catalogue)
    fields = fields_of(catalogue.config.labels)
    shown = {
        "config": catalogue.config,
        "vocabulary": catalogue.vocabulary,
        "own_fields": [(name, None) for name in catalogue.vocabulary.own],
        "fields": [name for name, field in fields.items() if catalogue.vocabulary.has_field(field.path[0])],
        "example": example.id if example else "transformer",
        "arxiv_example": arxiv_example(catalogue),
        "source_example": source_example(catalogue),
        **_where_papers_are(catalogue),
    }
    texts = {}
    for path in sorted((templates / TEMPLATES).glob("*.yml.j2")):
        text = yaml_environment(templates).get_template(f"{TEMPLATES}/{path.name}").render(shown)
        _refuse_broken(text, path)
        texts[(FOLDER / path.stem).as_posix()] = text
    return texts


def _where_papers_are(catalogue: Catalogue) -> dict[str, str]:
    """Which ids, beside arXiv's, and sites the forms name: those of some topics where papers have them."""
    ids, sites = ["DOI"], ["arXiv", "doi.org"]
    if any(paper.identifiers.openreview for paper in catalogue.papers):
        ids, sites = [*ids, "OpenReview"], [*sites, "OpenReview"]
    if any(paper.identifiers.anthology for paper in catalogue.papers):
        ids, sites = [*ids, "ACL Anthology"], [*sites, "the ACL Anthology"]
    if any((paper.venue or "").startswith(("CVPR", "ICCV", "WACV")) for paper in catalogue.papers):
        sites = [*sites, "openaccess.thecvf.com"]
    return {"other_ids": listed(ids, "or") + (" id" if len(ids) > 1 else ""), "sites": listed(sites, "or")}


def _refuse_broken(text: str, template: Path) -> None:
    try:
        yaml_files.parse(text)
    except yaml_files.YamlError as error:
        raise CatalogError(
            f"{template}: line {error.line} of the form that it gives is not YAML: {error.message}; "
            "mend the template"
        ) from None
