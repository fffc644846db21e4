/**
 * Citation keys: which paper each names.
 *
 * @typedef {object} Keys what browse/keys.json holds, for the same rows as the index
 * @property {string} rows as in the index
 * @property {string[]} key the citation key of each paper
 *
 * @typedef {{author: string, year: number, word: string}} Parts what a key is made of
 */

import { withoutMarks } from "./words.js";

const YEAR = "(?<year>(?:19|20)\\d{2})";
/** As Google Scholar, the ACL Anthology and Zotero write them; a venue and a year are none. */
const FORMS = [
  new RegExp(`^(?<author>[\\p{L}'-]*)${YEAR}(?<word>\\p{L}[\\p{L}\\d]*)(?:[_:-][\\p{L}\\d_:-]*)?$`, "u"),
  new RegExp(`^(?<author>\\p{L}+)(?:-(?:etal|\\p{L}+))?-${YEAR}-(?<word>\\p{L}[\\p{L}\\d]*)(?:-[\\p{L}\\d-]+)?$`, "u"),
  new RegExp(`^(?<author>\\p{L}+)_(?<word>\\p{L}[\\p{L}\\d]*)_${YEAR}$`, "u"),
];
const COMMAND = /\\[a-z]*cite[a-z]*\*?(?:\[[^\]]*\])*\{([^{}]*)\}/gi;
/** Years between a preprint, whose year keys elsewhere may have, and what became of it. */
const MOST_YEARS = 2;

export class Citations {
  /**
   * @param {Keys} keys
   * @param {(row: number) => string | null} publishedOf when a paper was first public
   */
  constructor({ key }, publishedOf) {
    this.key = key;
    this.publishedOf = publishedOf;
    this.rowOf = new Map(key.map((one, row) => [one.toLowerCase(), row]));
    /** @type {Map<string, {row: number, year: number}[]> | null} by author and word; made when it is asked for */
    this.alike = null;
  }

  /**
   * @param {string} key
   * @returns {number | null} the paper that has this key; or else the only one whose key has the same author and word
   *   and a year that is near, and that was public in the year of this one
   */
  row(key) {
    const row = this.rowOf.get(key.toLowerCase());
    if (row !== undefined) return row;
    const parts = partsOf(key);
    if (!parts) return null;
    const near = (this.#named().get(nameOf(parts)) ?? []).filter(({ row, year }) => {
      const first = Number(this.publishedOf(row)?.slice(0, 4) ?? year - MOST_YEARS);
      return first <= parts.year && (first === parts.year || Math.abs(year - parts.year) <= MOST_YEARS);
    });
    const same = near.filter(({ year }) => year === parts.year);
    const [only, another] = same.length ? same : near;
    return only && !another ? only.row : null;
  }

  #named() {
    if (this.alike) return this.alike;
    this.alike = new Map();
    for (const [row, key] of this.key.entries()) {
      const parts = partsOf(key);
      if (!parts) continue;
      const name = nameOf(parts);
      this.alike.set(name, [...(this.alike.get(name) ?? []), { row, year: parts.year }]);
    }
    return this.alike;
  }
}

/** @param {string} text @returns {boolean} whether it is written as a citation key, with an author, a year and a word */
export function isKey(text) {
  return partsOf(text) !== null;
}

/** @param {string} text @returns {{keys: string[], rest: string} | null} the keys in its \cite commands, and the text without these; null where there are none */
export function citedKeys(text) {
  const keys = [...text.matchAll(COMMAND)].flatMap(([, group]) => group.split(/[\s,]+/)).filter(Boolean);
  return keys.length ? { keys: [...new Set(keys)], rest: text.replace(COMMAND, " ") } : null;
}

/** @param {string} key @returns {Parts | null} */
function partsOf(key) {
  const groups = FORMS.map((form) => form.exec(key)?.groups).find(Boolean);
  // "2024a" is the year of a citation.
  const isOne = groups && (groups.author || groups.word.length > 1);
  return isOne ? { author: groups.author, year: Number(groups.year), word: groups.word } : null;
}

/** @param {Parts} parts @returns {string} what keys of one paper with other years have in common */
function nameOf({ author, word }) {
  return withoutMarks(`${author} ${word}`);
}
