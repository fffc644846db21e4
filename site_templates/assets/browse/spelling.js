/**
 * Other spellings of the words of a query that finds nothing: of a word that no paper holds and that several words are
 * near to, and of one that papers hold, but nowhere beside its neighbour, where a word that is spelt nearly so stands.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./meaning.js").Meaning} Meaning
 * @typedef {import("./finding.js").Meant} Meant
 * @typedef {import("./text_index.js").TextIndex} TextIndex
 * @typedef {{text: string, distance: number}} Spelling a query, and how far it is from what was typed
 *
 * @typedef {object} Place of a word
 * @property {string[]} words that it stands among
 * @property {number} at which of them it is
 * @property {TextIndex[]} indexes in which it is looked for
 * @property {(word: string) => string} put the query with another word there
 */

import * as bits from "./bits.js";
import { isFree, isPhrase, rewritten, wordsOf } from "./clauses.js";
import { wordsValue } from "./fields.js";

/** More words are no name that was mistyped. */
const MOST_WORDS = 8;
/** Fields whose values are words of names and titles. */
const FIELDS = ["author", "title", "name"];
/** How far a word is that is near to one that no paper holds, if nothing stands beside it that says so. */
const ALONE = 10;

/**
 * @param {Clause[]} clauses
 * @param {Meant} meant by them
 * @param {Meaning} meaning
 * @returns {Spelling[]} the query with one of its words in another spelling, the nearest first
 */
export function respelt(clauses, meant, meaning) {
  const { mender } = meaning;
  if (!mender) return [];
  const places = [...amongFree(clauses, meant, meaning), ...inFields(clauses, meant, meaning)];
  return places.flatMap((place) => spellings(place, meant, mender)).sort((one, other) => one.distance - other.distance);
}

/** @param {Clause[]} clauses @param {Meant} meant @param {Meaning} meaning @returns {Place[]} */
function amongFree(clauses, { sought }, meaning) {
  const words = clauses.some(isFree) && sought.length <= MOST_WORDS ? sought : [];
  const indexes = [...meaning.texts.values()];
  const places = words.map((_, at) => ({
    words,
    at,
    indexes,
    put: (/** @type {string} */ word) => rewritten(clauses, withAnother(words, at, word)),
  }));
  return places.filter(({ at }) => !meaning.spoken.has(words[at]));
}

/** @param {Clause[]} clauses @param {Meant} meant @param {Meaning} meaning @returns {Place[]} in names and titles that are asked for by their fields, and in quotes */
function inFields(clauses, { sought }, meaning) {
  return clauses.flatMap((clause, number) => {
    const { field, values, negated } = clause;
    const words = wordsOf(clause);
    const isField = field !== null && FIELDS.includes(field) && !negated && values.length === 1;
    if (!(isField || isPhrase(clause)) || words.length > MOST_WORDS) return [];
    const quoted = values[0].kind === "words" && values[0].phrase;
    return words.map((_, at) => ({
      words,
      at,
      indexes: isField ? [meaning.text(field)] : [...meaning.texts.values()],
      put: (/** @type {string} */ word) => {
        const value = wordsValue({ text: withAnother(words, at, word).join(" "), quoted });
        return rewritten(withAnother(clauses, number, value ? { ...clause, values: [value] } : clause), sought);
      },
    }));
  });
}

/** @param {Place} place @param {Meant} meant @param {import("./mender.js").Mender} mender @returns {Spelling[]} */
function spellings({ words, at, indexes, put }, { mended }, mender) {
  // What was mended already, and finds nothing so, was meant for another word.
  const typed = mended.find(({ shown }) => shown === words[at])?.typed ?? words[at];
  const near = [...new Set([typed, words[at]])].flatMap((one) => mender.beside(one));
  const beside = near.flatMap(({ word, edits, indexes: holding }) => {
    const inOrder = holding.some((index) => indexes.includes(index) && standsBeside(index, words, at, word));
    const turned = !inOrder && holding.some((index) => indexes.includes(index) && !index.prose && standsBeside(index, words, at, word, true));
    return inOrder || turned ? [{ word, distance: edits + Number(turned) }] : [];
  });
  const isKnown = indexes.some((index) => index.has(typed));
  const alone = (isKnown ? [] : mender.offers(typed)).map((word, number) => ({ word, distance: ALONE + number }));
  const found = [...beside, ...alone].filter(({ word }) => word !== words[at] && indexes.some((index) => index.has(word)));
  const once = found.filter(({ word }, number) => found.findIndex((one) => one.word === word) === number);
  return once.map(({ word, distance }) => ({ text: put(word), distance }));
}

/**
 * @param {TextIndex} index
 * @param {string[]} words
 * @param {number} at
 * @param {string} word in the place of that one
 * @param {boolean} [turned] the family name may stand first
 * @returns {boolean} whether some text has it next to a neighbour
 */
function standsBeside(index, words, at, word, turned = false) {
  const pairs = [[words[at - 1], word], [word, words[at + 1]]].filter((pair) => pair.every(Boolean));
  return pairs.some((pair) => bits.size(index.holds(turned ? pair.reverse() : pair)) > 0);
}

/** @template One @param {One[]} several @param {number} at @param {One} another @returns {One[]} with another one in that place */
function withAnother(several, at, another) {
  return several.map((one, number) => (number === at ? another : one));
}
