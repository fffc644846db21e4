"""Strict reading of YAML files, and canonical writing that keeps comments.

What the fields mean is not known here.
"""

from catalog.yaml_files.editing import edit, in_quotes, without
from catalog.yaml_files.places import is_one_row, locate
from catalog.yaml_files.reading import MAX_BYTES, MAX_DEPTH, YamlError, parse, read, read_text
from catalog.yaml_files.slips import CURLY_QUOTES
from catalog.yaml_files.writing import Layout, render

__all__ = [
    "CURLY_QUOTES",
    "MAX_BYTES",
    "MAX_DEPTH",
    "Layout",
    "YamlError",
    "edit",
    "in_quotes",
    "is_one_row",
    "locate",
    "parse",
    "read",
    "read_text",
    "render",
    "without",
]
