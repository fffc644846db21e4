/**
 * The clauses of a query: what each asks for, which of them are words, their normal form, and the query with other
 * words in it.
 *
 * @typedef {object} Clause
 * @property {string | null} field null for words anywhere
 * @property {import("./value.js").Value[]} values one of which a paper must have
 * @property {boolean} negated it must have none of them instead
 * @property {string} [said] the words that were read as this filter
 */

/** @typedef {{from: number, to: number, put: string}} Change of a query's words: from the first of them up to the last, without it, and what stands in their place */

/** Of more words than this none is mended, and nothing is advised: they are pasted text, and no search. */
export const MOST_WORDS = 40;

/** @param {Clause} clause @returns {boolean} whether it is words that are looked for anywhere */
export function isFree(clause) {
  return !clause.negated && isWords(clause);
}

/** @param {Clause} clause @returns {boolean} whether it is words, looked for anywhere or nowhere */
export function isWords({ field, values: [value] }) {
  return field === null && value.kind === "words" && !value.phrase;
}

/** @param {Clause} clause @returns {boolean} whether it is words in quotes that are looked for anywhere */
export function isPhrase({ field, values: [value], negated }) {
  return field === null && !negated && value.kind === "words" && value.phrase;
}

/** @param {Clause} clause @returns {string[]} */
export function wordsOf({ values: [value] }) {
  return value.kind === "words" ? value.words : [];
}

/**
 * @param {Clause[]} clauses
 * @returns {string} their normal form: texts that mean the same have the same, if their order is the same
 */
export function normal(clauses) {
  return clauses
    .map(({ field, values, negated }) => {
      const either = values.map((value) => value.text).join(",");
      return `${negated ? "-" : ""}${field ? `${field}:` : ""}${either}`;
    })
    .join(" ");
}

/**
 * @param {Clause[]} clauses
 * @param {string[]} words for all words of the free clauses, what stands in their place
 * @param {Change[]} [changes] of these words, some that next to each other become a clause, or nothing
 * @returns {string} the query in its normal form
 */
export function rewritten(clauses, words, changes = []) {
  /** @type {string[]} */
  const parts = [];
  let at = 0;
  for (const clause of clauses) {
    if (!isFree(clause)) {
      parts.push(normal([clause]));
      continue;
    }
    const rest = [];
    for (const end = at + wordsOf(clause).length; at < end; at++) {
      const change = changes.find(({ from, to }) => at >= from && at < to);
      if (change?.from === at) parts.push(change.put);
      if (!change) rest.push(words[at]);
    }
    if (rest.length) parts.push(rest.join("-"));
  }
  return parts.filter(Boolean).join(" ");
}
