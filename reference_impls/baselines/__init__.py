"""Methods that have no record in the catalogue: what papers compare with, and what is still to be catalogued.

Built and found like those in `methods/`; a file moves there when a record names it.
"""
