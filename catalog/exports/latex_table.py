r"""LaTeX table: a row per paper with its citation, venue and tags, for a survey.

The keys are those of the BibTeX export; the rules are those of the package booktabs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from catalog.bibtex import appeared, text_to_latex
from catalog.catalogue import Catalogue
from catalog.exports.bibtex import unique_keys
from catalog.exports.tables import headings, terms
from catalog.record import Paper

NAME = "latex-table"
SUFFIX = ".tex"
MEDIA_TYPE = "application/x-tex"

_AFTER = "\\bottomrule\n\\end{tabular}\n"


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: TextIO) -> None:
    """Write the table's head, its rows, and its foot."""
    keys = unique_keys(catalogue)
    columns = headings(catalogue)
    stream.write(f"% \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{'l' * len(columns)}}}\n\\toprule\n")
    stream.write(f"{' & '.join(map(text_to_latex, columns))} \\\\\n\\midrule\n")
    for paper in papers:
        called = f"{text_to_latex(paper.name or paper.title)}~\\cite{{{keys[paper.id]}}}"
        if called.startswith(("[", "*")):  # the end of the row before would take it for its option
            called = f"{{}}{called}"
        row = (appeared(paper, catalogue.vocabulary), *terms(paper, catalogue))
        words = [text_to_latex(text) for text in row]
        stream.write(f"{' & '.join([called, *words])} \\\\\n")
    stream.write(_AFTER)
