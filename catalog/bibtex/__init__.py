"""BibTeX entries: parse them, compare them with a record, render them; LaTeX <-> Unicode.

One entry at a time: files of many entries are an importer's or an export's
business.  Which venues there are is the vocabulary's.
"""

from catalog.bibtex.agreement import (
    Disagreement,
    addresses_in,
    carry_over,
    disagreements,
    facts_beyond_record,
    own_address,
    resolve_venue,
)
from catalog.bibtex.entry import BibtexError, Entry, compile_warnings, key_in, latex_slips, parse_entry
from catalog.bibtex.latex import latex_to_text, text_to_latex
from catalog.bibtex.names import family_name, is_undivided, join_names, split_names
from catalog.bibtex.render import is_citable, is_key_without_author, keys_for, render

__all__ = [
    "BibtexError",
    "Disagreement",
    "Entry",
    "addresses_in",
    "carry_over",
    "compile_warnings",
    "disagreements",
    "facts_beyond_record",
    "family_name",
    "is_citable",
    "is_key_without_author",
    "is_undivided",
    "join_names",
    "key_in",
    "keys_for",
    "latex_slips",
    "latex_to_text",
    "own_address",
    "parse_entry",
    "render",
    "resolve_venue",
    "split_names",
    "text_to_latex",
]
