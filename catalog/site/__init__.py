"""The website: a frame from mkdocs, bodies from templates, published in one step."""

from catalog.site.build import build_site

__all__ = ["build_site"]
