/**
 * Terms of which a reader names several in plain words, as in "ICLR or ICML 2025". A paper has one venue and one year,
 * so that two of them can only mean either, and no paper is found that has both.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {{from: number, to: number, keys: Map<string, string>}} Span words that name terms: field -> key
 */

import { rewritten } from "./clauses.js";
import { shown } from "./value.js";

/** Fields of which a paper has one term: those of two and more that are named mean either, wherever they stand. */
const OF_ONE = ["venue", "year"];
/** What stands between them. */
const BETWEEN = new Set(["or", "and"]);
/** Words of the longest name that is looked for. */
const LONGEST_NAME = 6;

/**
 * @param {Clause[]} clauses
 * @param {string[]} words of those that are free
 * @param {(name: string) => Map<string, string>} namedBy what words, written as one, name: field -> key
 * @returns {string | null} with one clause for the terms of one field; null where no field has several, or they are
 *   not meant as one or the other
 */
export function withEither(clauses, words, namedBy) {
  const spans = spansIn(words, namedBy);
  const changes = ofOne(words, spans);
  return changes.length ? rewritten(clauses, words, changes) : null;
}

/** @param {string[]} words @param {(name: string) => Map<string, string>} namedBy @returns {Span[]} from left to right, of those that overlap the longest */
function spansIn(words, namedBy) {
  /** @type {Span[]} */
  const spans = [];
  for (let from = 0; from < words.length; from = Math.max(from + 1, spans.at(-1)?.to ?? 0)) {
    for (let to = Math.min(words.length, from + LONGEST_NAME); to > from; to--) {
      const keys = namedBy(words.slice(from, to).join(""));
      if (!keys.size) continue;
      spans.push({ from, to, keys });
      break;
    }
  }
  return spans;
}

/** @param {string[]} words @param {Span[]} spans @returns {import("./clauses.js").Change[]} where several venues or years are named */
function ofOne(words, spans) {
  const named = spans.filter(({ keys }) => OF_ONE.some((field) => keys.has(field)));
  const clauses = new Map(OF_ONE.map((field) => [field, keysOf(named, field)]));
  if ([...clauses.values()].every(({ length }) => length < 2)) return [];
  const changes = named.map(({ from, to, keys }) => {
    const fields = OF_ONE.filter((field) => keys.has(field) && clauses.has(field));
    const put = fields.map((field) => clauseOf(field, clauses.get(field) ?? [])).join(" ");
    for (const field of fields) clauses.delete(field);
    return { from, to, put };
  });
  return [...changes, ...between(words, named, BETWEEN)];
}

/** @param {Span[]} spans @param {string} field @returns {string[]} the keys that they name, each once */
function keysOf(spans, field) {
  return [...new Set(spans.flatMap(({ keys }) => keys.get(field) ?? []))];
}

/** @param {string[]} words @param {Span[]} spans @param {Set<string>} idle @returns {import("./clauses.js").Change[]} that take away what stands between two of them, if it is nothing else */
function between(words, spans, idle) {
  return spans.slice(1).flatMap(({ from: to }, at) => {
    const from = spans[at].to;
    return from < to && words.slice(from, to).every((word) => idle.has(word)) ? [{ from, to, put: "" }] : [];
  });
}

/** @param {string} field @param {string[]} keys */
function clauseOf(field, keys) {
  return `${field}:${keys.map(shown).join(",")}`;
}
