/**
 * Citation keys: which papers a text that is made of them asks for.
 *
 * @typedef {object} Keys what browse/keys.json holds, for the same rows as the index
 * @property {string} rows as in the index
 * @property {string[]} key the citation key of each paper
 */

import * as bits from "./bits.js";

/** A key such as those of this catalogue: a name, a year and a word; a venue and a year are none. */
const KEY = /^[\p{L}'-]*(?:19|20)\d{2}\p{L}[\p{L}\d_:-]*$/u;

export class Citations {
  /** @param {Keys} keys */
  constructor({ key }) {
    this.size = key.length;
    this.rowOf = new Map(key.map((one, row) => [one.toLowerCase(), row]));
  }

  /** @param {string} text @returns {{rows: Uint32Array, missing: string[]} | null} the papers, and keys of none; null where it is words */
  cited(text) {
    const { keys, sure } = citationKeys(text);
    const rows = bits.none(this.size);
    const missing = [];
    for (const key of keys) {
      const row = this.rowOf.get(key.toLowerCase());
      if (row === undefined) missing.push(key);
      else bits.add(rows, row);
    }
    return missing.length < keys.length || (sure && keys.length) ? { rows, missing } : null;
  }
}

/**
 * @param {string} text
 * @returns {{keys: string[], sure: boolean}} the citation keys that it is made of, as in "\\cite{chen2024image}" and
 *   "chen2024image, bolya2023token"; without the command they may be words
 */
export function citationKeys(text) {
  const commands = [...text.matchAll(/\\[a-z]*cite[a-z]*\*?(?:\[[^\]]*\])*\{([^{}]*)\}/gi)].map(([, keys]) => keys);
  const parts = (commands.join(",") || text).split(/[\s,;[\]]+/).filter(Boolean);
  const keys = [...new Set(parts.map((one) => one.replace(/^@/, "")))];
  const sure = commands.length > 0;
  return { keys: sure || keys.every((key) => KEY.test(key)) ? keys : [], sure };
}
