/**
 * The query language: what one line of text means. It is told in catalog/query/__init__.py, which is its
 * other implementation; tests/query_cases.json is the table that both pass.
 *
 * Python refuses a query with a mistake in it. Here each mistake is noted beside the clauses that are
 * understood; what a reader sees of it is decided by main.js.
 *
 * @typedef {object} Problem
 * @property {number} position of the mistake, in characters from 1
 * @property {number} end behind the clause that it spoils
 * @property {string} message
 * @property {{shown: string, text: string, from: number, to: number}} [mend] what was probably meant, as the message
 *   shows it, and as it is written in the place of those characters
 * @property {string} [field] whose terms the message names, but not all of them
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 */

import { numeral } from "./counting.js";
import { fieldOf, readerOf } from "./fields.js";
import { SPACE, plainly } from "./marks.js";
import { Parser, characters, joins } from "./parser.js";

/** A word and a colon at the end: of a title that is being typed. */
const NO_FIELD = new RegExp(`(^|[${SPACE}])([A-Za-z][A-Za-z_-]*):(?=[${SPACE}]*$)`);

/** Operators, behind which a quotation mark needs no space: without the mark, what follows does. */
const OPERATOR = /(?:AND|OR|NOT|\|\|)$/;

/** Characters of a query: enough for hundreds of identifiers, and little enough for an address of the site. */
export const LONGEST = 7500;

/**
 * @param {string} text
 * @param {Vocabulary} vocabulary
 * @returns {{clauses: Clause[], problems: Problem[]}} what is understood, and what is not
 */
export function parse(text, vocabulary) {
  const message = tooLong(text);
  if (message === null) return new Parser(text, vocabulary).query();
  const { clauses, problems } = new Parser(shortened(text), vocabulary).query();
  const problem = { position: LONGEST + 1, end: characters(text, text.length), message: `${message}; shorten it.` };
  return { clauses, problems: [problem, ...problems] };
}

/**
 * @param {string} text
 * @param {number} most characters: those of a query, or of a list
 * @returns {string | null} that it is longer than that; null where it is not
 */
export function tooLong(text, most = LONGEST) {
  const length = characters(text, text.length);
  const what = most === LONGEST ? "query" : "list";
  return length > most ? `a ${what} has at most ${numeral(most)} characters, and this one has ${numeral(length)}` : null;
}

/** @param {string} text @param {number} most @returns {string} its words as far as it may be long; of one that is longer, the beginning */
export function shortened(text, most = LONGEST) {
  if (tooLong(text, most) === null) return text;
  const letters = [...text].slice(0, most + 1);
  const end = letters.findLastIndex((letter) => /[\s,;]/.test(letter));
  return letters.slice(0, end > 0 ? end : most).join("");
}

/**
 * As `parse`, but without a quotation mark that is not closed: while a phrase is being typed, its words are found; an
 * operator at the end may wait for what it joins, and a bracket for the other one; and a colon at the end is no mistake,
 * unless the word before it is a field: a title may be being typed. Its length is not looked at: who takes it from a
 * reader shortens it, and what identifiers become is longer than they are.
 * @param {string} typed
 * @param {Vocabulary} vocabulary
 * @returns {ReturnType<typeof parse>} problems have their places in *typed*
 */
export function parseTyped(typed, vocabulary) {
  const text = plainly(typed).replace(NO_FIELD, (all, before, name) => (readerOf(fieldOf(name, vocabulary), vocabulary) ? all : `${before}${name} `));
  const open = text.split('"').length % 2 ? -1 : text.lastIndexOf('"');
  if (open < 0) return new Parser(text, vocabulary, true).query();
  const gap = OPERATOR.test(text.slice(0, open)) ? " " : "";
  const { clauses, problems } = new Parser(text.slice(0, open) + gap + text.slice(open + 1), vocabulary, true).query();
  const before = gap ? Infinity : characters(text, open);
  /** @param {number} place from 1 */
  const back = (place) => place + Number(place > before);
  const moved = problems.map((one) => {
    const { mend } = one;
    const there = mend && { mend: { ...mend, from: back(mend.from + 1) - 1, to: back(mend.to) } };
    return { ...one, ...there, position: back(one.position), end: back(one.end) };
  });
  return { clauses, problems: moved };
}

/** @param {string} text @returns {boolean} whether it holds a filter, a phrase, an exclusion or an operator: it asks for papers, and names nothing */
export function asksForPapers(text) {
  return /[:"]|(?:^|\s)-/.test(plainly(text)) || joins(text);
}
