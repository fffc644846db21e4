/**
 * Code as a person asks for it: "with code", "with open-source code", "code available", "without code". Words next to
 * each other that say so are the filter `code`; in quotes they stay words. The same is done in Python, by
 * catalog/query/spoken_code.py.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 */

import { isFree, wordsOf } from "./clauses.js";

const OPEN = "(?:open|open source|open sourced|official|public|publicly available|available|released)";
const SHARED = "(?:available|public|released|open source|open sourced)";
const A = "(?:(?:a|an|the|their|its|any) )?";
/** What may come behind, beside a venue: "with code generation", or a title that begins "With Code", asks for no code. */
const BEHIND = new RegExp(
  "^(?:and|after|at|before|but|by|for|from|in|no|of|on|or|published|since|that|to|training|until|which" +
    "|with|without|(?:19|20)[0-9]{2})(?: |$)",
);
/** @type {[string, "yes" | "no"][]} what is said, and the value of `code` for it */
const WAYS = [
  [`(?:without|with no|no) (?:any )?(?:${OPEN} )?(?:source )?code(?: (?:available|released))?`, "no"],
  [`(?:with|has|have|having) ${A}(?:${OPEN} )*(?:source )?code(?: (?:available|released))?`, "yes"],
  [`(?:with|has|have|having) ${A}${OPEN} implementations?`, "yes"],
  [`${OPEN} (?:(?:source )?code|implementations?)`, "yes"],
  [`(?:whose )?(?:code|implementations?) (?:is |are )?(?:publicly )?${SHARED}`, "yes"],
  [`(?:(?:with|has|have|having|on) ${A})?github(?: (?:code|links?|repos?|repository|repositories))?`, "yes"],
];
const SAID = WAYS.map(([said]) => new RegExp(`^${said}(?= |$)`));
/** Words that alone may ask for code, or say what a paper is about. */
const MAY_ASK = new Set(["code", "github", "implementation", "implementations"]);
/** Behind these it is the latter. */
const ABOUT = new Set(["about", "for", "in", "of", "on", "to"]);
/** Words of the longest of them. */
const MOST_CLAUSES = 7;
/** Words of the longest name of a venue that is looked for. */
const LONGEST_VENUE = 6;
/** What may stand behind the venue in one word, as in "ICLR'25". */
const YEAR = /(?:20)?[0-9]{2}$/;
/** A text without any of these asks for no code so. */
const MAY_ASK_FOR_CODE = /\b(?:code|github|implementations?)\b/;

/** @param {string} text @returns {boolean} whether it may ask for code, which only the vocabulary tells: a venue may come behind */
export function maySayCode(text) {
  return MAY_ASK_FOR_CODE.test(text.toLowerCase());
}

/**
 * @param {Clause[]} clauses
 * @param {Vocabulary} vocabulary
 * @returns {Clause[]} with one for code in the place of the words that ask for it
 */
export function withCode(clauses, vocabulary) {
  const spoken = clauses.map((clause) => (isFree(clause) ? wordsOf(clause).join(" ") : ""));
  if (!spoken.some(maySayCode)) return clauses;
  /** @type {Clause[]} */
  const read = [];
  for (let at = 0; at < clauses.length; ) {
    const [size, clause] = codeIn(spoken.slice(at), vocabulary) ?? [1, clauses[at]];
    read.push(clause);
    at += size;
  }
  return read;
}

/**
 * @param {Clause[]} clauses
 * @returns {{word: string, asking: Clause[]} | null} the word beside others that may ask for code, as in "FastV code", and
 *   the clauses with the filter in its place
 */
export function mayAskForCode(clauses) {
  const spoken = clauses.map((clause) => (isFree(clause) ? wordsOf(clause).join(" ") : ""));
  const at = spoken.findIndex((word, place) => MAY_ASK.has(word) && !ABOUT.has(spoken[place - 1]));
  if (at < 0 || clauses.length === 1) return null;
  const [word] = wordsOf(clauses[at]);
  return { word, asking: [...clauses.slice(0, at), codeClause("yes", word), ...clauses.slice(at + 1)] };
}

/** @param {"yes" | "no"} wanted @param {string} said @returns {Clause} */
function codeClause(wanted, said) {
  return { field: "code", values: [{ kind: "flag", wanted, text: wanted }], negated: false, said };
}

/** @param {string[]} clauses their words; of one that is no words "" @param {Vocabulary} vocabulary @returns {[number, Clause] | null} how many of them, from the first on, ask for code, and what it means */
function codeIn(clauses, vocabulary) {
  const first = upToOther(clauses, MOST_CLAUSES);
  const text = first.join(" ");
  const ends = first.map((_, at) => first.slice(0, at + 1).join(" ").length);
  for (const [at, pattern] of SAID.entries()) {
    const said = pattern.exec(text)?.[0];
    const size = said === undefined ? 0 : ends.indexOf(said.length) + 1;
    if (!said || !size || !mayStandBehind(clauses.slice(size), vocabulary)) continue;
    return [size, codeClause(WAYS[at][1], said)];
  }
  return null;
}

/** @param {string[]} clauses @param {Vocabulary} vocabulary @returns {boolean} whether what comes behind words that ask for code goes on with something else */
function mayStandBehind(clauses, vocabulary) {
  const behind = upToOther(clauses, LONGEST_VENUE);
  if (!behind.length || BEHIND.test(behind.join(" "))) return true;
  return behind.some((_, at) => vocabulary.resolve("venue", behind.slice(0, at + 1).join("").replace(YEAR, "")) !== undefined);
}

/** @param {string[]} clauses @param {number} most @returns {string[]} the first of them, up to one that is no words */
function upToOther(clauses, most) {
  const first = clauses.slice(0, most);
  const end = first.indexOf("");
  return end < 0 ? first : first.slice(0, end);
}
