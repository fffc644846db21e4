"""Pictures made from the records: SVG without script, for a page or as a file of its own.

Every function takes the catalogue and a theme.  ``light`` and ``dark`` give a picture with its own
colours, for an ``<img>`` or ``<picture>``; ``auto`` gives one to put into a page, whose text has the
page's colour and whose domains have the page's ``--chart-1``, ``--chart-2`` … where it sets them.
"""

from catalog.charts.drawing import Theme
from catalog.charts.per_year import papers_per_year_svg
from catalog.charts.timeline import timeline_svg

__all__ = ["Theme", "papers_per_year_svg", "timeline_svg"]
