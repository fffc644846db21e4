/**
 * The papers that have the most of what is asked for, where none has all of it. A word that few papers have weighs more:
 * one for each time that the number of papers can be halved until it is that of those that have it. The same is done in
 * Python, by catalog/query/nearest.py.
 *
 * @typedef {Uint32Array} Rows
 */

import * as bits from "./bits.js";

/** What a paper has, of what the best of them have. */
const SHARE = [2, 3];
/** What the best have, of all that is asked for; with less, they would be found by chance. */
const LEAST = [1, 3];
const LEAST_WORDS = 2;

/**
 * @param {{held: Rows, told: Rows}[]} words for each the papers that have it, and those with a term that it tells of, which
 *   have it, too, for what that weighs; one without any of both is passed over
 * @param {Rows} rows those among which papers are looked for
 * @param {number} papers how many there are
 * @returns {Rows[]} those with most, those with that and a little less, and so on; none where there are no such papers
 */
export function withMost(words, rows, papers) {
  const weights = new Uint32Array(papers);
  const having = new Uint32Array(papers);
  /** @param {Rows} found @param {Rows} weighed */
  const add = (found, weighed) => {
    const weight = weightOf(weighed, papers);
    for (const row of bits.first(found, papers)) {
      weights[row] += weight;
      having[row]++;
    }
  };
  let all = 0;
  for (const { held, told } of words) {
    const only = told.slice();
    bits.subtract(only, held);
    add(held, held);
    add(only, told);
    all += weightOf(bits.size(held) ? held : told, papers);
  }
  const found = bits.first(rows, papers).filter((row) => having[row] >= LEAST_WORDS);
  const best = found.reduce((most, row) => Math.max(most, weights[row]), 0);
  if (!found.length || best * LEAST[1] < all * LEAST[0]) return [];
  const enough = found.filter((row) => weights[row] * SHARE[1] >= best * SHARE[0]);
  const steps = [...new Set(enough.map((row) => weights[row]))].sort((one, other) => other - one);
  return steps.map((step) => {
    const set = bits.none(papers);
    for (const row of enough) if (weights[row] >= step) bits.add(set, row);
    return set;
  });
}

/** @param {Rows} having the papers that have a word @param {number} papers @returns {number} what it weighs; nothing where there are none */
function weightOf(having, papers) {
  const size = bits.size(having);
  return size ? 32 - Math.clz32(Math.floor(papers / size)) : 0;
}
