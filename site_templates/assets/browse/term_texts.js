/**
 * Terms by what they mean: which papers bear a term that is told of with a word. "Cut into pieces that are encoded
 * independently" names no term, and most of its words stand in the definition of one. The same is done in Python, by
 * catalog/query/term_texts.py.
 *
 * @typedef {Uint32Array} Rows
 */

import * as bits from "./bits.js";
import { ORDINARY_KIND } from "./fields.js";
import { JOINING } from "./joining.js";
import { alsoHeld } from "./term_names.js";
import { words } from "./words.js";

const ENDINGS = ["ings", "ions", "ing", "ion", "ers", "ity", "ed", "er", "es", "ly", "e", "s"];
/** What is left of a word without its ending, at least. */
const LEAST_LETTERS = 3;

export class TermTexts {
  /**
   * @param {Map<string, import("./facet.js").Facet>} facets by field
   * @param {import("./details.js").Details} details whose vocabulary and words by which people ask are told of terms
   * @param {import("./papers.js").Definitions} definitions of the fields whose terms are told of at all
   */
  constructor(facets, { vocabulary, asked }, definitions) {
    /** @type {Map<string, Rows>} by the word without its ending */
    this.rows = new Map();
    for (const [field, defined] of Object.entries(definitions)) {
      for (const [key, ...names] of vocabulary[field] ?? []) {
        const rows = facets.get(field)?.any(alsoHeld(field, key));
        if (rows && key !== ORDINARY_KIND) this.#add([defined[key], ...names, ...(asked[field]?.[key] ?? [])], rows);
      }
    }
  }

  /** @param {string[]} texts @param {Rows} rows */
  #add(texts, rows) {
    const telling = texts.flatMap(words).filter((word) => !JOINING.has(word));
    for (const stem of new Set(telling.map(stemOf))) {
      const known = this.rows.get(stem);
      this.rows.set(stem, known ? bits.united(known, rows) : rows);
    }
  }

  /** @param {string} word @returns {Rows | undefined} papers with a term in whose definition or names it stands, whatever its ending; not to be changed */
  meantBy(word) {
    return this.rows.get(stemOf(word));
  }
}

/** @param {string} word folded @returns {string} the word without its ending */
function stemOf(word) {
  const ending = ENDINGS.find((one) => word.endsWith(one) && word.length - one.length >= LEAST_LETTERS) ?? "";
  const stem = word.slice(0, word.length - ending.length);
  if (stem.length <= LEAST_LETTERS) return stem;
  if (ending && stem.at(-1) === stem.at(-2)) return stem.slice(0, -1);
  return stem.endsWith("y") ? `${stem.slice(0, -1)}i` : stem;
}
