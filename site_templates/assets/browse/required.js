/**
 * Which words of a plainly worded question a paper must have. A word that only joins others is never asked for beside
 * them. Where some of the words are read as terms, those say what is meant; of the words left over, those that many
 * titles have say little more, and put papers first instead of keeping others out, also without terms where nothing
 * would be found; so do those that leave so few papers that they may have met them by chance. Words in quotes are
 * always meant.
 * The same is done in Python, by catalog/query/reader.py; tests/question_cases.json is the table that both pass, and
 * tests/query/test_questions.py measures it.
 *
 * @typedef {Uint32Array} Rows
 * @typedef {import("./clauses.js").Clause} Clause
 *
 * @typedef {object} Word one of those typed
 * @property {string} word
 * @property {number} at its place among them
 * @property {boolean} read whether it helps to name a term
 * @property {Rows} held papers that hold it, or bear what it means
 *
 * @typedef {{word: string, at: number, required: boolean}} Left a word beside those that were read as terms
 */

import * as bits from "./bits.js";
import { isFree } from "./clauses.js";
import { JOINING } from "./joining.js";

/** A word that so many titles have, of all and at least, says little beside a term. */
const OFTEN = 0.02;
const LEAST_OFTEN = 5;
/** Fewer papers than this, of all and at most, a word beside terms may leave by chance. */
const FEW = 0.005;
const MOST_FEW = 5;

/**
 * @param {Clause[]} clauses
 * @param {string[]} sought the words of those that are free
 * @param {(Rows | undefined)[]} bearing for each of them, papers with a term that it helps to name
 * @returns {boolean[]} for each whether it only joins others; none does where nothing else is asked for
 */
export function joiningOf(clauses, sought, bearing) {
  const joining = sought.map((word, at) => JOINING.has(word) && !bearing[at]);
  const others = joining.includes(false) || clauses.some((clause) => !clause.negated && !isFree(clause));
  return joining.map((joins) => joins && others);
}

/**
 * @param {Word[]} typed those that do not only join others
 * @param {Rows} rows papers of which the rest of the query holds
 * @param {number} papers that there are
 * @param {(word: string) => number} titled how many titles have a word that begins so
 * @param {boolean} reads whether words are read as terms
 * @param {boolean} relaxed a word with which few papers are left is not asked for either, nor, where none names a term, one
 *   that many titles have
 * @returns {{found: Rows, left: Left[], partly: Rows[]}} the papers of *rows* that hold what is asked for; the words beside
 *   terms; papers that hold all of those that are not asked for, all but one, and so on
 */
export function holding(typed, rows, papers, titled, reads, relaxed) {
  const found = rows.slice();
  // To count titles takes time, and only then matters.
  const often = typed.filter(({ word, read }) => (reads || relaxed) && !read && titled(word) >= Math.max(LEAST_OFTEN, OFTEN * papers));
  const instead = relaxed && often.length < typed.length ? often : [];
  const left = reads ? typed.filter(({ read }) => !read) : instead;
  for (const one of typed) if (!left.includes(one)) bits.intersect(found, one.held);
  const seldom = left.filter((one) => !often.includes(one));
  // The word of most papers first: of words that exclude each other, more papers stay.
  const inTurn = relaxed ? [...seldom].sort((one, other) => bits.size(other.held) - bits.size(one.held)) : seldom;
  const asked = inTurn.filter(({ held }) => {
    if (relaxed && areFew(bits.sizeOfBoth(found, held), papers)) return false;
    bits.intersect(found, held);
    return true;
  });
  const others = left.filter((one) => !asked.includes(one));
  return {
    found,
    left: left.map((one) => ({ word: one.word, at: one.at, required: asked.includes(one) })),
    partly: withMost(others.map(({ held }) => held)),
  };
}

/** @param {number} found @param {number} papers that there are @returns {boolean} whether a word beside terms may leave so many by chance */
export function areFew(found, papers) {
  return found < Math.max(1, Math.min(MOST_FEW, FEW * papers));
}

/** @param {Rows[]} sets @returns {Rows[]} what is in all of them, in all but one, and so on, in any */
function withMost(sets) {
  /** @type {Rows[]} what is in so many sets, and one more */
  const inMany = [];
  for (const set of sets) {
    for (let many = inMany.length; many >= 0; many--) {
      const here = set.slice();
      if (many) bits.intersect(here, inMany[many - 1]);
      if (many === inMany.length) inMany.push(here);
      else bits.unite(inMany[many], here);
    }
  }
  return inMany.reverse();
}
