"""Upkeep: what keeps a thousand records true in minutes a week.

Links are asked whether they still lead somewhere (:mod:`~catalog.upkeep.links`), sources whether a
paper has news (:mod:`~catalog.upkeep.refresh`), and both sources and lists for papers that are not there
yet (:mod:`~catalog.upkeep.discover`).  Each reports first; records change only when asked for.
"""
