/**
 * The clauses of a query: what each asks for, which of them are words, their normal form, and the query with other
 * words in it.
 *
 * @typedef {object} Clause
 * @property {string | null} field null for words anywhere
 * @property {import("./value.js").Value[]} values one of which a paper must have
 * @property {boolean} negated it must have none of them instead
 * @property {string} [said] the words that were read as this filter
 * @property {boolean} [either] whether it was joined by "or" in small letters
 */

import { plainly } from "./marks.js";

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
 * @param {Clause[][]} queries
 * @param {boolean} [negated]
 * @returns {Clause[]} what holds where one of the queries does, or where none does, as plainly as it can be said: queries
 *   that ask for nothing are left out, and values of one field stand in one clause
 */
export function eitherOf(queries, negated = false) {
  if (queries.length === 1 && !negated) return queries[0];
  const several = [...new Map(queries.flatMap(sidesOf).map((query) => [normal(query), query])).values()];
  if (!several.length) return [];
  if (several.length === 1) {
    const [only] = several;
    if (!negated) return only;
    if (only.length === 1) return turned(only[0]);
  }
  const [field, ...others] = several.map(fieldAsked);
  if (field && others.length && others.every((other) => other === field)) {
    const values = several.flatMap(([clause]) => clause.values);
    return [{ field, values: [...new Map(values.map((value) => [value.text, value])).values()], negated }];
  }
  const text = `(${several.map((query) => normal(query)).join(" OR ")})`;
  return [{ field: null, values: [{ kind: "either", queries: several, text }], negated }];
}

/** @param {Clause} clause @returns {Clause[][] | null} the queries of which one must hold, or none if it is negated; null where it is no such clause */
export function queriesOf({ values: [value] }) {
  return value.kind === "either" ? value.queries : null;
}

/**
 * @param {string} text
 * @param {Clause[]} clauses
 * @returns {Clause[][]} what OR joins in them, where the text has no brackets and they would say what belongs together
 */
export function sidesWithoutBrackets(text, clauses) {
  const isJoined = clauses.length === 1 && !clauses[0].negated && !clauses[0].either;
  const sides = isJoined && !plainly(text).replace(/"[^"]*"?/g, "").includes("(") ? queriesOf(clauses[0]) : null;
  return sides?.some((side) => side.length > 1) ? sides : [];
}

/**
 * @param {Clause[][]} sides
 * @returns {{joined: Clause[], text: string} | null} what OR joins if it binds closer than AND, and all of the query then:
 *   "a (b OR c) d" of "a b OR c d"; null where several ORs have more than one clause between them
 */
export function neighboursJoined(sides) {
  const [first, between, last] = [sides[0], sides.slice(1, -1), sides[sides.length - 1]];
  if (between.some((side) => side.length > 1)) return null;
  const joined = [...first.slice(-1), ...between.flat(), ...last.slice(0, 1)];
  const text = [...first.slice(0, -1).map(one), `(${joined.map(one).join(" OR ")})`, ...last.slice(1).map(one)].join(" ");
  return { joined, text };
}

/** @param {Clause} clause */
function one(clause) {
  return normal([clause]);
}

/** @param {Clause[]} query @returns {Clause[][]} the queries that it is the either of: itself, where it is none */
function sidesOf(query) {
  if (!query.length) return [];
  const [clause, ...others] = query;
  return (!others.length && !clause.negated && queriesOf(clause)) || [query];
}

/** @param {Clause} clause @returns {Clause[]} what holds where it does not */
function turned(clause) {
  const queries = queriesOf(clause);
  return queries && clause.negated ? eitherOf(queries) : [{ ...clause, negated: !clause.negated }];
}

/** @param {Clause[]} query @returns {string | null} the field of one that is a single filter and excludes nothing */
function fieldAsked([clause, ...others]) {
  return others.length || clause.negated ? null : clause.field;
}

/** @param {Clause[]} clauses @returns {Clause[]} those within brackets in the place of these */
export function allOf(clauses) {
  return clauses.flatMap((clause) => queriesOf(clause)?.flatMap(allOf) ?? [clause]);
}

/** @param {Clause[]} clauses @returns {Clause[]} with the words that OR joins as words like others */
export function withoutOr(clauses) {
  return clauses.flatMap((clause) => {
    const queries = clause.negated ? null : queriesOf(clause);
    return queries && allOf([clause]).every(isFree) ? queries.flatMap(withoutOr) : [clause];
  });
}

/**
 * @param {Clause[]} clauses
 * @param {Map<Clause[], string>} [sides] of queries within brackets, what stands in their place
 * @returns {string} their normal form: texts that mean the same have the same, if their order is the same
 */
export function normal(clauses, sides) {
  /** @param {import("./value.js").Value} value */
  const shown = (value) =>
    sides && value.kind === "either" ? `(${value.queries.map((query) => sides.get(query) ?? normal(query, sides)).join(" OR ")})` : value.text;
  return clauses
    .map(({ field, values, negated }) => {
      const either = values.map(shown).join(",");
      const not = values[0].kind === "either" ? "NOT " : "-";
      return `${negated ? not : ""}${field ? `${field}:` : ""}${either}`;
    })
    .join(" ");
}

/**
 * @param {Clause[]} clauses
 * @param {string[]} words for all words of the free clauses, what stands in their place
 * @param {Change[]} [changes] of these words, some that next to each other become a clause, or nothing
 * @param {Map<Clause[], string>} [sides] as for normal()
 * @returns {string} the query in its normal form
 */
export function rewritten(clauses, words, changes = [], sides = undefined) {
  /** @type {string[]} */
  const parts = [];
  let at = 0;
  for (const clause of clauses) {
    if (!isFree(clause)) {
      parts.push(normal([clause], sides));
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
