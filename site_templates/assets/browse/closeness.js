/**
 * How closely papers match the words typed: a reader who types a method's name wants that method's paper before
 * the newer ones that mention it.
 *
 * @typedef {import("./text_index.js").TextIndex} TextIndex
 * @typedef {{names: TextIndex, titles: TextIndex, authors: TextIndex | undefined}} Indexes names as one word each
 */

import * as bits from "./bits.js";

/** With fewer letters nearly everything would be called so. */
const LEAST_LETTERS = 2;

/**
 * @param {string[]} typed words typed anywhere, folded, in their order; the last may be a beginning
 * @param {string[]} telling those of them that do not only join others: of "the FastV paper" the name
 * @param {Indexes} indexes
 * @returns {Uint32Array[]} sets of rows, the closest first; they overlap, and what is in none is not close
 */
export function closestOf(typed, telling, indexes) {
  const close = closest(typed, indexes);
  const [called, ...others] = telling.length < typed.length ? closest(telling, indexes) : [];
  return called ? [bits.united(close[0], called), ...close.slice(1), ...others] : close;
}

/** @param {string[]} words @param {Indexes} indexes @returns {Uint32Array[]} */
function closest(words, { names, titles, authors }) {
  const name = [words.join("")];
  if (name[0].length < LEAST_LETTERS) return [];
  const sets = [names.inARow(name, { whole: true }), titles.inARow(words, { whole: true }), names.begins(name[0])];
  // One word begins too many titles and authors for this to mean anything.
  if (words.length === 1) return sets;
  if (authors) sets.push(authors.inARow(words, { whole: true }), authors.saysInOneText(words));
  return [...sets, titles.inARow(words, { begin: true }), titles.inARow(words, {})];
}
