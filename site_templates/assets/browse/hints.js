/**
 * Other queries that a reader may have meant: an author whose name was not in quotes, the same words in summaries, and
 * terms that are called nearly so.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 */

import { isFree, isPhrase, isWords, normal, wordsOf } from "./clauses.js";
import { ratio } from "./likeness.js";
import { words } from "./words.js";

/** Words of an author's name behind the one that stands behind the field. */
const MOST_NAMES = 3;
/** How alike what is typed and a term's name are to be, of 100. */
const LIKE_ENOUGH = 65;

/**
 * @param {Clause[]} clauses
 * @param {(name: string[]) => boolean} isAuthor whether somebody is called so
 * @returns {string | null} with `author:Song Han` as one name, where there is one
 */
export function withWholeAuthor(clauses, isAuthor) {
  for (const [at, clause] of clauses.entries()) {
    const [value] = clause.values;
    if (clause.field !== "author" || clause.values.length > 1 || value.kind !== "words" || value.phrase) continue;
    const next = clauses.slice(at + 1, at + 1 + MOST_NAMES);
    const free = next.findIndex((one) => !isFree(one));
    for (let more = free < 0 ? next.length : free; more > 0; more--) {
      const name = [...value.words, ...next.slice(0, more).flatMap(wordsOf)];
      if (!isAuthor(name)) continue;
      const whole = `${clause.negated ? "-" : ""}author:"${name.join(" ")}"`;
      return [normal(clauses.slice(0, at)), whole, normal(clauses.slice(at + 1 + more))].filter(Boolean).join(" ");
    }
  }
  return null;
}

/** @param {Clause[]} clauses @returns {string | null} with all words that are looked for anywhere in the summary; null without any */
export function inSummaries(clauses) {
  const free = clauses.filter(isFree).flatMap(wordsOf);
  const phrases = clauses.filter(isPhrase).map((clause) => `summary:${clause.values[0].text}`);
  if (!free.length && !phrases.length) return null;
  const others = clauses.filter((clause) => clause.negated || !(isWords(clause) || isPhrase(clause)));
  return [free.length ? `summary:${free.join("-")}` : "", ...phrases, normal(others)].filter(Boolean).join(" ");
}

/**
 * @param {string} typed
 * @param {{name: string, terms: import("./term_names.js").Meaning[]}[]} names of terms, as one word each
 * @param {number} most
 * @returns {import("./term_names.js").Meaning[]} those that are called nearly so, the most alike first
 */
export function nearTerms(typed, names, most) {
  const wanted = words(typed).join("");
  const alike = names
    .map(({ name, terms }) => ({ terms, likeness: ratio(wanted, name, LIKE_ENOUGH) }))
    .filter(({ likeness }) => likeness > 0)
    .sort((one, other) => other.likeness - one.likeness)
    .flatMap(({ terms }) => terms);
  return alike.filter(({ term }, at) => alike.findIndex((one) => one.term === term) === at).slice(0, most);
}
