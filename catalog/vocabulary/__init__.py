"""Controlled terms and venues: what a tag may be, what it means, and what others call it.

A vocabulary is a folder of YAML files, one per field.  Each maps a term's key to
its label, a definition of a sentence, its aliases, and the tags of published
lists that mean it.  A field whose file is empty is none of the catalogue's, and
some may be fields that no other catalogue has.  The folder belongs to a catalogue;
no term is known here.
"""

from catalog.vocabulary.rules import Rule
from catalog.vocabulary.terms import (
    BEFORE_OWN,
    NEVER_NONE,
    NONE,
    TERM_FILES,
    UNKNOWN,
    YES_OR_NO,
    PublishedList,
    Term,
    Venue,
    VenueType,
    flag_of,
    fold,
)
from catalog.vocabulary.vocabulary import Vocabulary

__all__ = [
    "BEFORE_OWN",
    "NEVER_NONE",
    "NONE",
    "TERM_FILES",
    "UNKNOWN",
    "YES_OR_NO",
    "PublishedList",
    "Rule",
    "Term",
    "Venue",
    "VenueType",
    "Vocabulary",
    "flag_of",
    "fold",
]
