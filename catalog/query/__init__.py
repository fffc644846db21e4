"""The query language: which papers are meant, in one line that a person can type and share.

    domain:multimodal training:free year:2024.. -mechanism:pruning "token merging" author:liu code:yes

It is one language for the command line, the Python API and the site, whose scripts implement this
text a second time; ``tests/query_cases.json`` is the table that both pass.  It narrows papers down;
sorting, ranking and the order of results are not its business.

Grammar, in which ``'…'`` is literal text, ``[ ]`` optional, ``{ }`` any number of times, ``|`` or::

    query   = [ space ] [ all { or all } ]
    all     = part { [ and ] part }
    part    = { not } [ '-' ] ( clause | '(' query ')' ) [ space ]
    clause  = filter | quoted | bare
    filter  = field ':' ( value { ',' value } | '(' value { ( or | ',' ) value } ')' )
    value   = quoted | plain
    and     = 'AND' space    likewise or = ( 'OR' | '||' ) space, not = ( 'NOT' | 'ANDNOT' ) space; a
                             bracket may stand for the space
    field   = letter { letter | '_' | '-' }       ASCII, as long as possible, and directly before ':'
    quoted  = '"' { any character except '"' } '"'
    bare    = one or more characters, none of them a space or '"'
    plain   = one or more characters, none of them a space, '"' or ','
    space   = one or more of U+0009–000D, U+0020, U+0085, U+00A0, U+1680, U+2000–200A, U+2028, U+2029,
              U+202F, U+205F, U+3000, U+FEFF, and U+21B5, which the search box shows where a line ended

Parts are divided by spaces; only brackets, and operators beside quotes, need none.  A clause that begins with
``field ':'`` is a filter; to search for such text, put it in quotes.  Before a space with more text behind
it, as in ``FastV: An Image``, the colon ends a word of a title, and the clause is ``bare``.  AND, OR and NOT
are operators in capitals only, and outside of quotes; between quotes or round brackets they may be in small
letters.  Other quotation marks and brackets are read as ``"``, ``(`` and ``)`` where
:mod:`catalog.query.marks` tells.  In a text without operators brackets mean nothing, and those around quotes,
as in ``("token merging")``, are passed over.  With them, a closing bracket ends ``bare`` and ``plain`` unless
the other one stands within, and square brackets before round ones and quotes are passed over.

Meaning:

1.  A paper is meant when all parts of one of the sides of OR hold: a space means AND, and both bind closer
    than OR.  A part with ``-`` or ``NOT`` holds where it would not hold without.  A side that asks for
    nothing is left out.  The empty query means every paper.
2.  A filter holds when one of its values does: comma is *or*, and a field given twice is *and*.
3.  Words of a text: fold it (:func:`without_marks`: lower case, no diacritics), and take the longest runs of
    letters and digits (Unicode categories L and N); a single Greek letter is the word that it is called,
    and each Chinese character and Japanese letter is a word.
4.  ``bare`` holds when each of its words begins a word of the paper's title, former titles, name or
    authors, or is a word of one of the titles in the other number, singular or plural, as
    :func:`catalog.query.words.other_number` forms it.  ``quoted`` holds when its words, whole, stand next
    to each other in that order in one of these texts, a single author being a text; of one with ``*`` behind
    it, as in ``"token prun*"``, the beginning is enough.  Without any word it
    holds for every paper, with or without ``-``, and is left out of the normal form.  A ``bare`` that is a
    range of years from 1900 to 2099, such as ``2024..``, ``..2023``, ``2023-2025``, ``2024+`` and
    ``year>=2024``, is the filter ``year``; so are words that say years, each of them ``bare``, such as
    ``since 2024``, ``before 2023``, ``2022 or 2024``, ``2024 or later`` and ``between 2023 and 2025``; with a
    month among them, as in ``since May 2024`` and ``May 2024``, they are the filter ``published``
    (:mod:`catalog.query.spoken_dates` has all of them).  Words that ask for code, such as ``with code``,
    ``with open-source code``, ``code available`` and ``without code``, are the filter ``code``
    (:mod:`catalog.query.spoken_code`).  Words that ask for papers without a term, such as
    ``without attention``, ``not for video`` and ``attention-free``, are that term's field with ``-``, and
    terms of one field with ``or`` between them, such as ``pruning or merging``, are joined by OR, within
    brackets (:mod:`catalog.query.spoken_terms`).
5.  Fields, whose case does not matter, whose ``-`` is read as ``_``, and whose singular or plural is
    read as the field's name (``keyword``, ``tasks``, ``criteria``, ``list``: all of them are in
    :data:`catalog.query.fields.OTHER_NAMES`).  So is a field of terms by its label, as one word or with
    hyphens between, in either number: ``noise-model`` where ``labels`` call the criterion "Noise model":

    ``kind domain setting task criterion mechanism training parametric keywords venue listed_in``, and those
    that a catalogue has of its own; one without any term is no field
        A term of the vocabulary by its key, label, alias or tag, where only letters and digits count
        and neither case nor diacritics.  It holds when the record has that term.  Of ``parametric``,
        ``yes`` and ``no`` are ``true`` and ``false``.
    ``year``
        That of the venue, or else of the first public date: ``2024``, ``2024..``, ``..2023``,
        ``2023..2025``, both ends included. ``2023-2025``, ``2024-``, ``2024+`` and ``>2023``, ``>=2024``,
        ``<2024``, ``<=2023`` are ranges, too.
    ``published``, ``added``
        The same with dates as exact as wanted: ``2024``, ``2024-03``, ``2024-03-11``.  Two dates are
        compared as far as both are exact, so a record that only knows 2024 is found by ``2024-03..``.
    ``author``, ``title``, ``name``, ``summary``
        Words, as in 4, within one author, within the title or one former title, within the name, within
        the sentence that sums the paper up; in either number in titles and in that sentence.
        At least one word is needed.
    ``id``, ``arxiv``, ``doi``, ``openreview``, ``anthology``
        The identifier itself; case does not matter.  ``id`` also finds former ids.
    ``code``, ``reference``
        ``yes`` or ``no``: whether code, or a reference implementation here, is known.

6.  Two plain values are special: ``unknown`` (the record does not say) for every field but ``kind``,
    ``title``, ``id``, ``code`` and ``reference``, and ``none`` (the record says that there is none)
    for ``domain setting task criterion mechanism keywords listed_in``, for a catalogue's own fields, and for
    ``training`` and
    ``parametric``, which surveys and the like have not.  Their case does not matter; for ``author`` and
    ``name`` it is enough that ``unknown`` is the value's only word.  In quotes they are ordinary.
7.  Anything else is an error at a position, counted in characters from 1: that of the field where it is
    unknown, that of the value where that is wrong or missing, that of the quotation mark where one
    has no partner or stands within a word, that of a bracket without partner, and that of an operator
    where there is nothing for it to join.
8.  A query of more than :data:`LONGEST` characters is an error at the first that is too many.  What is put
    into the site's search box is cut there, and the box says so.

That is what a query says.  Where a person asks, in ``catalog find``, in ``--where`` of an export, in
``Papers.where`` and on the site, its ``bare`` clauses are read as one question besides: words that name terms
find the papers that bear them, and some are not asked for.  :mod:`catalog.query.reading` tells how.

``str(query)`` is the normal form: terms by key, words folded and joined by ``-`` (a space in quotes, ``/``
where two years would be a range), clauses in their order, and brackets around what OR joins unless that is
values of one field.  It means the same, and it is its own normal form.
"""

from catalog.query.clauses import Clause, Condition, Either, Query
from catalog.query.language import LONGEST, from_fields, parse, select
from catalog.query.mistakes import QueryError
from catalog.query.words import without_marks, words

__all__ = [
    "LONGEST",
    "Clause",
    "Condition",
    "Either",
    "Query",
    "QueryError",
    "from_fields",
    "parse",
    "select",
    "without_marks",
    "words",
]
