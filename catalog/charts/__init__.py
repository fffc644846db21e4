"""Pictures made from the records: SVG without script, for a page or as a file of its own.

Functions take what they show, most of them the catalogue, and colours.  With these a picture is a file
of its own, for an ``<img>`` or ``<picture>``; without, one to put into a page, whose text has the page's
colour and whose domains have the page's ``--chart-1``, ``--chart-2`` ….

A picture for a page has two forms, so that its text keeps its size: one that shrinks to the width of a
tablet, and a narrow one for a phone.
"""

from catalog.charts.growth import growth_svg
from catalog.charts.histogram import step_of
from catalog.charts.matrix import count_pairs, matrix_svg, matrix_table, pinned_matrix_svgs
from catalog.charts.per_year import papers_per_year_svg, papers_per_year_table
from catalog.charts.ranking import Bar, ranking_svg
from catalog.charts.timeline import milestones, timeline_svg

__all__ = [
    "Bar",
    "count_pairs",
    "growth_svg",
    "matrix_svg",
    "matrix_table",
    "milestones",
    "papers_per_year_svg",
    "papers_per_year_table",
    "pinned_matrix_svgs",
    "ranking_svg",
    "step_of",
    "timeline_svg",
]
