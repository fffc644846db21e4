/**
 * One facet's terms and which papers have each.
 *
 * @typedef {object} FacetData
 * @property {string} field
 * @property {string} label what a reader calls the field
 * @property {boolean} chip whether its terms are shown with a result
 * @property {[key: string, label: string][]} terms
 * @property {(number | number[])[]} codes for each row, the positions of its terms
 *
 * @typedef {object} Term
 * @property {string} field
 * @property {string} key
 * @property {string} label
 */

import * as bits from "./bits.js";

/** Values that say that there is nothing to show. */
const NOT_SHOWN = new Set(["unknown", "none"]);

/** @param {string} key @returns {boolean} whether it is no term, but says that there is none or that none is known */
export function saysNothing(key) {
  return NOT_SHOWN.has(key);
}

export class Facet {
  /** @param {FacetData} data @param {number} rows */
  constructor(data, rows) {
    this.field = data.field;
    this.called = data.label;
    this.chip = data.chip;
    this.terms = data.terms;
    this.codes = data.codes;
    this.sets = data.terms.map(() => bits.none(rows));
    this.position = new Map(data.terms.map(([key], position) => [key, position]));
    for (let row = 0; row < rows; row++) {
      for (const code of this.codesOf(row)) bits.add(this.sets[code], row);
    }
  }

  /** @param {number} row @returns {number[]} */
  codesOf(row) {
    const codes = this.codes[row];
    return typeof codes === "number" ? [codes] : codes;
  }

  /** @param {string} key @returns {Uint32Array | undefined} papers with that term; not to be changed */
  set(key) {
    const position = this.position.get(key);
    return position === undefined ? undefined : this.sets[position];
  }

  /**
   * @param {string[]} keys
   * @returns {Uint32Array | null} papers with any of these terms; null where none of them is a term
   */
  any(keys) {
    let any = null;
    for (const key of keys) {
      const set = this.set(key);
      if (!set) continue;
      if (any) bits.unite(any, set);
      else any = set.slice();
    }
    return any;
  }

  /**
   * @param {string[]} keys
   * @returns {Uint32Array | null} papers with all of these terms; null where none of them is a term
   */
  all(keys) {
    let all = null;
    for (const key of keys) {
      const set = this.set(key);
      if (!set) continue;
      if (all) bits.intersect(all, set);
      else all = set.slice();
    }
    return all;
  }

  /** @param {number} row @returns {Term[]} all terms of the paper, also that there is none or that none is known */
  having(row) {
    return this.#terms(this.codesOf(row).map((code) => this.terms[code]));
  }

  /** @param {number} row @returns {Term[]} the terms that a reader sees with the paper */
  shown(row) {
    return this.having(row).filter(({ key }) => !saysNothing(key));
  }

  /** @returns {Term[]} those that say something */
  known() {
    return this.#terms(this.terms).filter(({ key }) => !saysNothing(key));
  }

  /** @param {[key: string, label: string][]} terms @returns {Term[]} */
  #terms(terms) {
    return terms.map(([key, label]) => ({ field: this.field, key, label }));
  }

  /** @param {string} key @returns {string} what a reader calls that term */
  labelOf(key) {
    return this.terms[this.position.get(key) ?? -1]?.[1] ?? key;
  }

  /** @param {number} row @returns {string} the labels of its terms */
  label(row) {
    return this.shown(row)
      .map((term) => term.label)
      .join(" ");
  }
}
