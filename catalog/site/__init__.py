"""The website: a frame from mkdocs, bodies from templates, published in one step."""

from catalog.site.build import BuildReport, build_site

__all__ = ["BuildReport", "build_site"]
