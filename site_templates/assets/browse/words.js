/**
 * From text to words, and from the beginning of a word to the papers that hold it.
 *
 * Titles and what a reader types pass through the same `words`, so that they meet:
 * case, diacritics and punctuation do not matter ("Müller's" is "muller" and "s").
 */

import * as bits from "./bits.js";

/** Letters that are folded although Unicode does not decompose them. */
const LETTERS = new Map(
  Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", þ: "th", ł: "l", ı: "i", ħ: "h" }),
);
const SPECIAL = new RegExp(`[${[...LETTERS.keys()].join("")}]`, "g");

/** Up to this length the papers of a prefix are worked out beforehand: they are many. */
const SHORT = 2;

/**
 * @param {string} text
 * @returns {string} lower case, without diacritics
 */
export function fold(text) {
  const lower = text.toLowerCase();
  // Most titles are plain ASCII, and normalising costs more than looking.
  if (/^[\x00-\x7f]*$/.test(lower)) return lower;
  return lower
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(SPECIAL, (letter) => /** @type {string} */ (LETTERS.get(letter)));
}

/**
 * @param {string} text
 * @returns {string[]} its words, folded
 */
export function words(text) {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Which papers hold a word that begins with some letters. */
export class PrefixIndex {
  /**
   * @param {number} rows
   * @param {(row: number) => string[]} textsOf what is searched in a row
   */
  constructor(rows, textsOf) {
    this.rows = rows;
    /** @type {Map<string, number[]>} */
    const found = new Map();
    for (let row = 0; row < rows; row++) {
      for (const text of textsOf(row)) {
        for (const word of words(text)) {
          const list = found.get(word);
          if (!list) found.set(word, [row]);
          else if (list[list.length - 1] !== row) list.push(row);
        }
      }
    }
    /** @type {string[]} every word, sorted by code units, so that a prefix is a range */
    this.words = [...found.keys()].sort();
    this.rowsOfWord = this.words.map((word) => Uint32Array.from(/** @type {number[]} */ (found.get(word))));
    /** @type {Map<string, Uint32Array>} */
    this.short = new Map();
    this.words.forEach((word, position) => {
      for (let length = 1; length <= Math.min(SHORT, word.length); length++) {
        const prefix = word.slice(0, length);
        let set = this.short.get(prefix);
        if (!set) this.short.set(prefix, (set = bits.none(rows)));
        for (const row of this.rowsOfWord[position]) bits.add(set, row);
      }
    });
  }

  /**
   * @param {string} prefix folded
   * @returns {Uint32Array} the rows with a word that begins so; not to be changed
   */
  match(prefix) {
    if (prefix.length <= SHORT) return this.short.get(prefix) ?? bits.none(this.rows);
    const set = bits.none(this.rows);
    for (let at = this.#firstFrom(prefix); at < this.words.length && this.words[at].startsWith(prefix); at++) {
      for (const row of this.rowsOfWord[at]) bits.add(set, row);
    }
    return set;
  }

  /**
   * @param {string} word
   * @returns {number} position of the first word that is not before it
   */
  #firstFrom(word) {
    let low = 0;
    let high = this.words.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.words[middle] < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
