/**
 * Years as a person says them: "since 2024", "before 2023", "2024 or later", "between 2023 and 2025". Words next to each
 * other that say so are the filter `year`; in quotes they stay words. The same is done in Python, by
 * catalog/query/spoken_years.py.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 */

import { isFree, wordsOf } from "./clauses.js";

const YEAR = "((?:19|20)[0-9]{2})";
/** @type {[string, (first: number, last: number) => [number | null, number | null]][]} what is said, and from which year to which */
const WAYS = [
  [`(?:between|from) ${YEAR} (?:and|to|until|till|through) ${YEAR}`, (first, last) => [Math.min(first, last), Math.max(first, last)]],
  [`${YEAR} (?:to|until|till|through) ${YEAR}`, (first, last) => [Math.min(first, last), Math.max(first, last)]],
  [`(?:(?:since|from|in) )?${YEAR} (?:(?:and|or) (?:later|newer|after)|(?:(?:and|or) )?onwards?)`, (year) => [year, null]],
  [`(?:(?:until|by|in) )?${YEAR} (?:and|or) (?:earlier|older|before)`, (year) => [null, year]],
  [`(?:since|from|starting(?: in| from)?) ${YEAR}(?: (?:on|onwards?))?`, (year) => [year, null]],
  [`(?:after|later than|newer than) ${YEAR}`, (year) => [year + 1, null]],
  [`(?:before|earlier than|older than) ${YEAR}`, (year) => [null, year - 1]],
  [`(?:until|till|by|through|up to) ${YEAR}`, (year) => [null, year]],
  [`(?:in|during) ${YEAR}`, (year) => [year, year]],
];
const SAID = WAYS.map(([said]) => new RegExp(`^${said}(?= |$)`));
/** Words of the longest of them. */
const MOST_WORDS = 4;

/**
 * @param {Clause[]} clauses
 * @returns {Clause[]} with one for years in the place of the words that say them
 */
export function withYears(clauses) {
  const spoken = clauses.map((clause) => (isFree(clause) && wordsOf(clause).length === 1 ? wordsOf(clause)[0] : ""));
  if (!spoken.some((word) => /^(?:19|20)[0-9]{2}$/.test(word))) return clauses;
  /** @type {Clause[]} */
  const read = [];
  for (let at = 0; at < clauses.length; ) {
    const [said, clause] = yearsIn(spoken.slice(at, at + MOST_WORDS)) ?? ["", clauses[at]];
    read.push(clause);
    at += said ? said.split(" ").length : 1;
  }
  return read;
}

/** @param {string[]} words a clause each; one that is no word is "" @returns {[string, Clause] | null} what they begin with, and the years that it means */
function yearsIn(words) {
  const text = words.join(" ");
  for (const [at, pattern] of SAID.entries()) {
    const found = pattern.exec(text);
    if (!found) continue;
    const [first, last] = WAYS[at][1](Number(found[1]), Number(found[2])).map((year) => String(year ?? ""));
    const value = /** @type {const} */ ({ kind: "range", first, last, text: first === last ? first : `${first}..${last}` });
    return [found[0], { field: "year", values: [value], negated: false, said: found[0] }];
  }
  return null;
}
