"""Drafts: records in the making, in which every field holds claims and not yet values.

A claim is a value together with who made it and where.  Importers and metadata
sources make drafts; :func:`group` finds those that are about one paper,
:func:`merge` unites their claims and :func:`settle` decides.  Where records are
written, and what a list looks like, is not known here.

Two drafts are about **one paper** when

1. one of their titles is the same, but for case, punctuation and diacritics; or
2. they share an identifier *and* their titles are compatible: nearly equal, one
   the beginning of the other, the same before or after the colon, and not the same
   but for a number, as "Part I" and "Part II" are.  A shared link alone is not
   enough, because lists give papers the link of another; or
3. their titles are nearly equal with the same numbers in them, no two identifiers
   of one kind tell them apart, and the first authors agree, or nothing that is
   known of them disagrees.

The rules for **disagreement**:

- a curator's decision beats verified metadata, which beats what an identifier
  says of itself (an Anthology id names its volume), which beats lists, which beat
  what is read out of the title;
- a published venue upgrades a preprint; that is progress, not disagreement;
- lists that disagree on venue, year, training or parametric are reported, and the
  field stays unknown unless a better authority decides; so with code, where a
  repository that is named after the method decides first;
- a title cannot stay unknown: the wording that most claims support is taken, and
  the disagreement is reported;
- an author list that is cut short ("and others") is never taken;
- fields that hold several terms take all that lists name.

The outcome does not depend on the order in which drafts arrive.
"""

from catalog.draft.claims import (
    RECORD,
    Authority,
    Claim,
    Draft,
    draft_of_paper,
    draft_of_refusal,
    merge,
    plain_words,
)
from catalog.draft.decisions import Conflict, Settled
from catalog.draft.grouping import DraftIndex, are_one_paper, group
from catalog.draft.identity import (
    LARGEST_DELAY,
    LEAST_BEGINNING,
    Disowned,
    contradict,
    disown,
    disown_code,
    may_be_cut_short,
    may_be_one_person,
    may_be_retitled,
    numbers_in,
    titles_compatible,
)
from catalog.draft.settle import settle
from catalog.draft.titles import former_titles_after, is_spelling_of

__all__ = [
    "LARGEST_DELAY",
    "LEAST_BEGINNING",
    "RECORD",
    "Authority",
    "Claim",
    "Conflict",
    "Disowned",
    "Draft",
    "DraftIndex",
    "Settled",
    "are_one_paper",
    "contradict",
    "disown",
    "disown_code",
    "draft_of_paper",
    "draft_of_refusal",
    "former_titles_after",
    "group",
    "is_spelling_of",
    "may_be_cut_short",
    "may_be_one_person",
    "may_be_retitled",
    "merge",
    "numbers_in",
    "plain_words",
    "settle",
    "titles_compatible",
]
