/**
 * Venues and years as words: "cvpr 2024" is no title, but names papers, and so does "CVPR'25" as one word.
 *
 * @typedef {Uint32Array} Rows
 * @typedef {import("./facet.js").Facet} Facet
 */

import * as bits from "./bits.js";
import { words } from "./words.js";

/** Facets of which a word may be a whole term. */
const FIELDS = ["venue", "year"];
/** A venue and a year in one word, as in "ICLR2025" and "CVPR'25". */
export const VENUE_AND_YEAR = /^(\p{L}+)(?:20)?(\d\d)$/u;

export class VenuesAndYears {
  /** @param {Map<string, Facet>} facets by field */
  constructor(facets) {
    this.facets = facets;
    /** @type {Map<string, Rows>} papers of each, by what it is called, as one word */
    this.called = new Map();
    for (const field of FIELDS) {
      for (const { key, label } of facets.get(field)?.known() ?? []) this.#call(field, key, label);
    }
  }

  /** @param {import("./details.js").Details["vocabulary"]} vocabulary what else they are called */
  add(vocabulary) {
    for (const field of FIELDS) {
      for (const [key, ...names] of vocabulary[field] ?? []) for (const name of names) this.#call(field, key, name);
    }
  }

  /** @param {string} field @param {string} key @param {string} name */
  #call(field, key, name) {
    const rows = this.facets.get(field)?.set(key);
    const word = words(name).join("");
    if (rows && word && !this.called.has(word)) this.called.set(word, rows);
  }

  /** @param {string} word @returns {boolean} whether it is one of them alone */
  has(word) {
    return this.called.has(word);
  }

  /** @param {string} word @returns {Rows | undefined} papers of the venue or year, or both, that it names; not to be changed */
  named(word) {
    const whole = this.called.get(word);
    const [, venue, year] = (!whole && VENUE_AND_YEAR.exec(word)) || [];
    const [there, then] = [this.called.get(venue), this.called.get(`20${year}`)];
    if (whole || !there || !then) return whole;
    const rows = there.slice();
    bits.intersect(rows, then);
    return rows;
  }
}
