/**
 * Years and months as a person says them: "since 2024", "before May 2023", "2024 or later", "May 2024". Words next to each
 * other that say so are a filter: `year` for years alone, and `published` where a month is among them, since only the day
 * on which a paper was first public is known by the month. In quotes they stay words. The same is done in Python, by
 * catalog/query/spoken_dates.py.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {{year: number, month: number}} Day month from 1; 0 for the whole year
 */

import { isFree, wordsOf } from "./clauses.js";

const MONTHS = [
  ..."jan(?:uary)? feb(?:ruary)? mar(?:ch)? apr(?:il)? may june?".split(" "),
  ..."july? aug(?:ust)? sept?(?:ember)? oct(?:ober)? nov(?:ember)? dec(?:ember)?".split(" "),
];
const MONTH = `(${MONTHS.join("|")})`;
const YEAR = "((?:19|20)[0-9]{2})";
const DATE = `(?:${MONTH} )?${YEAR}`;
/** @type {[string, (first: Day, last: Day) => [Day | null, Day | null]][]} what is said, and from when to when */
const WAYS = [
  [`(?:between|from) ${DATE} (?:and|to|until|till|through) ${DATE}`, between],
  [`${DATE} (?:to|until|till|through) ${DATE}`, between],
  [`(?:(?:since|from|in) )?${DATE} (?:(?:and|or) (?:later|newer|after)|(?:(?:and|or) )?onwards?)`, (date) => [date, null]],
  [`(?:(?:until|by|in) )?${DATE} (?:and|or) (?:earlier|older|before)`, (date) => [null, date]],
  [`(?:since|from|starting(?: in| from)?) ${DATE}(?: (?:on|onwards?))?`, (date) => [date, null]],
  [`(?:after|later than|newer than) ${DATE}`, (date) => [moved(date, 1), null]],
  [`(?:before|earlier than|older than) ${DATE}`, (date) => [null, moved(date, -1)]],
  [`(?:until|till|by|through|up to) ${DATE}`, (date) => [null, date]],
  [`(?:in|during) ${DATE}`, (date) => [date, date]],
  [`${MONTH} ${YEAR}`, (date) => [date, date]],
];
const ANY_DATE = `(?:(?:${MONTHS.join("|")}) )?(?:19|20)[0-9]{2}`;
/** Dates of which any is meant: a paper came out once. */
const EITHER = new RegExp(`^(?:(?:in|during) )?${ANY_DATE}(?: ${ANY_DATE})*(?: (?:and|or) ${ANY_DATE})+(?= |$)`);
const SAID = WAYS.map(([said]) => new RegExp(`^${said}(?= |$)`));
/** Words of the longest of them. */
const MOST_WORDS = 6;

/**
 * @param {Clause[]} clauses
 * @returns {Clause[]} with one for years or dates in the place of the words that say them
 */
export function withDates(clauses) {
  const spoken = clauses.map((clause) => (isFree(clause) && wordsOf(clause).length === 1 ? wordsOf(clause)[0] : ""));
  if (!spoken.some((word) => /^(?:19|20)[0-9]{2}$/.test(word))) return clauses;
  /** @type {Clause[]} */
  const read = [];
  for (let at = 0; at < clauses.length; ) {
    const [said, clause] = datesIn(spoken.slice(at, at + MOST_WORDS)) ?? ["", clauses[at]];
    read.push(clause);
    at += said ? said.split(" ").length : 1;
  }
  return read;
}

/** @param {string[]} words a clause each; one that is no word is "" @returns {[string, Clause] | null} what they begin with, and the filter that it means */
function datesIn(words) {
  const text = words.join(" ");
  const either = EITHER.exec(text);
  if (either) return asFilter(either[0], (dates) => dates.map((date) => [date, date]));
  for (const [at, pattern] of SAID.entries()) {
    const found = pattern.exec(text);
    if (found) return asFilter(found[0], (dates) => [WAYS[at][1](dates[0], dates[dates.length - 1])]);
  }
  return null;
}

/** @param {string} said @param {(dates: Day[]) => [Day | null, Day | null][]} spans what its dates mean @returns {[string, Clause]} and the filter that it means */
function asFilter(said, spans) {
  const dates = [...said.matchAll(new RegExp(DATE, "g"))].map(([, month, year]) => ({ year: Number(year), month: numberOf(month) }));
  const values = spans(dates).map((span) => {
    const [first, last] = span.map(written);
    return /** @type {const} */ ({ kind: "range", first, last, text: first === last ? first : `${first}..${last}` });
  });
  const once = values.filter(({ text }, at) => values.findIndex((one) => one.text === text) === at);
  return [said, { field: dates.some(({ month }) => month) ? "published" : "year", values: once, negated: false, said }];
}

/** @param {string | undefined} month as it is called @returns {number} 0 without any */
function numberOf(month) {
  return month ? MONTHS.findIndex((one) => new RegExp(`^${one}$`).test(month)) + 1 : 0;
}

/** @param {Day | null} date @returns {string} as queries write it; "" for none */
function written(date) {
  if (!date) return "";
  return date.month ? `${date.year}-${String(date.month).padStart(2, "0")}` : String(date.year);
}

/** @param {Day} date @param {number} by @returns {Day} so many years later; so many months where it is a month */
function moved({ year, month }, by) {
  if (!month) return { year: year + by, month };
  const months = year * 12 + month - 1 + by;
  return { year: Math.floor(months / 12), month: (months % 12) + 1 };
}

/** @param {Day} one @param {Day} other @returns {[Day, Day]} the earlier one first; a month and its whole year stay as they are said */
function between(one, other) {
  const turned = one.year > other.year || (one.year === other.year && one.month > other.month && other.month > 0);
  return turned ? [other, one] : [one, other];
}
