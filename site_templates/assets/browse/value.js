/**
 * A value of the query language: as it is typed, as it is meant, and what is said where it is wrong.
 *
 * @typedef {{text: string, quoted: boolean}} Typed
 * @typedef {{text: string} & (
 *   {kind: "term", key: string} | {kind: "range", first: string, last: string} | {kind: "unknown"} |
 *   {kind: "words", words: string[], phrase: boolean} | {kind: "identifier", wanted: string} |
 *   {kind: "flag", wanted: string} | {kind: "either", queries: import("./clauses.js").Clause[][]})} Value with its normal
 *   form; "either" are queries of which one must hold, in a clause without a field
 */

/** Of what the record does not say, and of what it says that there is none. */
export const UNKNOWN = "unknown";
export const NONE = "none";
/** Characters of what was typed that a message quotes: of what was pasted by mistake, the beginning says enough. */
const MOST_QUOTED = 80;

export class WrongValue extends Error {
  /**
   * @param {string} message
   * @param {{shown: string, text: string} | null} near what was probably meant, as for a Problem of query.js
   * @param {string} [field] likewise
   */
  constructor(message, near = null, field = undefined) {
    super(message);
    this.near = near;
    this.field = field;
  }
}

/** @param {string} text @returns {string} as a message quotes it */
export function brief(text) {
  const letters = [...text];
  return letters.length <= MOST_QUOTED ? text : `${letters.slice(0, MOST_QUOTED).join("")}…`;
}

/** @param {string} text @returns {string} as a value that is read as that text */
export function shown(text) {
  const plainly = /^[^\s",()\ufeff\x85\x1c-\x1f↵]+$/.test(text) && ![UNKNOWN, NONE].includes(text.toLowerCase());
  return plainly ? text : `"${text}"`;
}
