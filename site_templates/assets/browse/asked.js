/**
 * Terms that a query asks for and that a card in the list does not tell otherwise: with them it says why it is found.
 *
 * @typedef {import("./facet.js").Term} Term
 */

import { MOST_WORDS, allOf } from "./clauses.js";

/** Fields without chips whose terms a card may tell; venue and year stand on each. */
const FIELDS = ["domain", "setting", "keywords"];

/**
 * @param {import("./narrowing.js").Ticked} ticked
 * @param {import("./clauses.js").Clause[]} clauses
 * @param {string[]} words that are looked for anywhere
 * @param {import("./term_names.js").TermNames | null | undefined} names null before they are known
 * @returns {Map<string, Set<string>>} field -> keys that are ticked, asked for as a field, or named by words
 */
export function askedFor({ filters }, clauses, words, names) {
  const asked = new Map(FIELDS.map((field) => [field, new Set(filters[field])]));
  for (const { field, values, negated } of allOf(clauses.filter((clause) => !clause.negated))) {
    if (negated) continue;
    for (const value of values) if (value.kind === "term") asked.get(field ?? "")?.add(value.key);
  }
  for (const { terms } of words.length > MOST_WORDS ? [] : (names?.readings(words) ?? [])) {
    for (const { term } of terms) asked.get(term.field)?.add(term.key);
  }
  return asked;
}
