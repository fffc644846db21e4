"""BibTeX entries: parse them, compare them with a record, render them; LaTeX <-> Unicode.

One entry at a time: files of many entries are an importer's or an export's
business.  Which venues there are is the vocabulary's.
"""

from catalog.bibtex.agreement import (
    Disagreement,
    addresses_in,
    disagreements,
    own_address,
    resolve_venue,
    same_authors,
)
from catalog.bibtex.carrying import carry_over, facts_beyond_record, facts_in, publisher_slip
from catalog.bibtex.entry import (
    MONTHS,
    BibtexError,
    Entry,
    compile_warnings,
    key_in,
    latex_slips,
    never_closed,
    parse_entry,
    refuse_commands,
)
from catalog.bibtex.latex import latex_to_text, text_to_latex
from catalog.bibtex.names import (
    FOOTNOTE_MARKS,
    divided_names,
    has_footnote_mark,
    is_anonymous,
    is_in_characters,
    is_one_name,
    join_names,
    left_over,
    only_in_braces,
    seems_several,
    split_names,
    split_outside_braces,
    stands_for_others,
)
from catalog.bibtex.render import followed, is_citable, is_key_without_author, key_endings, keys_for, render
from catalog.bibtex.renewing import is_as_made, renewed
from catalog.names import family_name

__all__ = [
    "FOOTNOTE_MARKS",
    "MONTHS",
    "BibtexError",
    "Disagreement",
    "Entry",
    "addresses_in",
    "carry_over",
    "compile_warnings",
    "disagreements",
    "divided_names",
    "facts_beyond_record",
    "facts_in",
    "family_name",
    "followed",
    "has_footnote_mark",
    "is_anonymous",
    "is_as_made",
    "is_citable",
    "is_in_characters",
    "is_key_without_author",
    "is_one_name",
    "join_names",
    "key_endings",
    "key_in",
    "keys_for",
    "latex_slips",
    "latex_to_text",
    "left_over",
    "never_closed",
    "only_in_braces",
    "own_address",
    "parse_entry",
    "publisher_slip",
    "refuse_commands",
    "render",
    "renewed",
    "resolve_venue",
    "same_authors",
    "seems_several",
    "split_names",
    "split_outside_braces",
    "stands_for_others",
    "text_to_latex",
]
