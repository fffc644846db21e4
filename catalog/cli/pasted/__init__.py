"""What somebody copied from a paper or a browser and pasted in place of a query.

It names one paper, as an address, a citation or a title does, or several: the lines of a list, the keys of
a ``\\cite``, the entries of a BibTeX file or the references of a paper.  The site's search box reads them
alike; ``tests/pasted_cases.json`` is the table that both pass.
"""

from catalog.cli.pasted.queries import as_query, list_in, query_of

__all__ = ["as_query", "list_in", "query_of"]
