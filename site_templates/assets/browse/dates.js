/**
 * Years and dates of the query language, and ranges of them, in every way in which they are written.
 *
 * @typedef {import("./value.js").Typed} Typed
 * @typedef {import("./value.js").Value} Value
 */

import { UNKNOWN, WrongValue, brief } from "./value.js";

/** What people call the field `published`. */
export const FIRST_PUBLIC = "First public";
/** Ways to write years besides `2024`, `2024..`, `..2023` and `2023..2025`. */
const SPAN = /^([0-9]{4})[-\u2010-\u2015]([0-9]{4})$/;
const SINCE = /^([0-9]{4})[-+\u2010-\u2015]$/;
const COMPARED = /^(>=|<=|[><=≥≤])([0-9]{4})$/;
/** What is read as years without the field. */
const YEAR = "(?:19|20)[0-9]{2}";
const BARE_YEARS = new RegExp(
  `^(?:(?:years?)?(?:>=|<=|[><=≥≤])${YEAR}|${YEAR}[-\\u2010-\\u2015]${YEAR}|${YEAR}\\+|${YEAR}\\.\\.(?:${YEAR})?|\\.\\.${YEAR})$`,
  "i",
);

/** Punctuation behind them, as in "2020-2022: pruning". */
const BEHIND = /[,;:]+$/;

/** @param {string} bare @returns {string | null} the value of `year` that it is without the field; null where it is words */
export function yearsIn(bare) {
  const years = bare.replace(BEHIND, "");
  return BARE_YEARS.test(years) ? years.replace(/^years?/i, "") : null;
}

/** @param {Typed} typed @returns {Value} */
export function readYear(typed) {
  const years = typed.quoted ? typed.text : withDots(typed.text);
  const example = "a year or a range such as 2024, 2024.., ..2023 or 2023..2025, or unknown";
  return readRange(typed, (end) => /^[0-9]{4}$/.test(end), example, years);
}

/** @param {string} text @returns {string} years as `2023..2025`, however they are written; any other text as it is */
function withDots(text) {
  const [, first, last] = SPAN.exec(text) ?? SINCE.exec(text) ?? [];
  if (first) return `${first}..${last ?? ""}`;
  const [, sign, year] = COMPARED.exec(text) ?? [];
  if (!sign || sign === "=") return year ?? text;
  const end = String(Number(year) + (sign === ">" ? 1 : sign === "<" ? -1 : 0)).padStart(4, "0");
  return /[>≥]/.test(sign) ? `${end}..` : `..${end}`;
}

/** @param {Typed} typed @returns {Value} */
export function readDate(typed) {
  const example = "a date or a range such as 2024, 2024-03.., ..2024-03-11 or 2023..2024-06, or unknown";
  return readRange(typed, isDate, example);
}

/** @param {string} text @returns {boolean} whether it is a year, a month or a day of the calendar */
function isDate(text) {
  const [year = 0, month = 1, day = 1] = text.split("-").map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return /^[0-9]{4}(?:-[0-9]{2}){0,2}$/.test(text) && year > 0 && 0 < month && month < 13 && 0 < day && day <= days;
}

/** @param {Typed} typed @param {(end: string) => boolean} isEnd @param {string} example @param {string} range what is typed, with dots @returns {Value} */
function readRange({ text, quoted }, isEnd, example, range = text) {
  if (text.toLowerCase() === UNKNOWN && !quoted) return { kind: "unknown", text: UNKNOWN };
  const dots = range.indexOf("..");
  const first = dots < 0 ? range : range.slice(0, dots);
  const last = dots < 0 ? range : range.slice(dots + 2);
  for (const end of [first, last]) {
    if (end && !isEnd(end)) throw new WrongValue(`'${brief(text)}' is not ${example}`);
  }
  if (!first && !last) throw new WrongValue(dots < 0 ? `write ${example}` : `found '${text}', expected ${example}`);
  if (first && last && order(first, last) > 0) {
    throw new WrongValue(`'${text}' ends before it begins; write ${last}..${first}`);
  }
  return { kind: "range", first, last, text: first === last ? first : `${first}..${last}` };
}

/**
 * @param {string} one
 * @param {string} other
 * @returns {number} below, at or above 0 as *one* is before, at or after *other*, as far as both are exact
 */
export function order(one, other) {
  const size = Math.min(one.length, other.length);
  const [a, b] = [one.slice(0, size), other.slice(0, size)];
  return Number(a > b) - Number(a < b);
}
