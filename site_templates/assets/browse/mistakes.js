/**
 * What is wrong with a query, where, and what was probably meant.
 *
 * @typedef {Pick<import("./query.js").Problem, "mend" | "field">} Advice
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 */

import { FIELDS, FLAGS, fieldOf, readerOf } from "./fields.js";
import { nearest } from "./likeness.js";
import { brief } from "./value.js";

/** How alike a field must be to be meant by another word, of 100. */
const LIKE_ENOUGH = 70;
/** Fields that a message names where none is called alike. */
const FOR_EXAMPLE = ["author", "domain", "mechanism", "venue", "year"];
/** What stands before the colon of an address. */
const SCHEMES = new Set(["http", "https"]);
/** Fields of other search engines: "has:code". */
const HAS = new Set(["has", "with"]);

export class Mistake extends Error {
  /** @param {string} message @param {number} at index into the text @param {Advice} advice */
  constructor(message, at, advice = {}) {
    super(message);
    this.at = at;
    this.advice = advice;
  }
}

/**
 * @param {string} name before a colon, of no field
 * @param {string} text
 * @param {number} start where the name stands in it
 * @param {Vocabulary} vocabulary
 * @returns {Mistake} with the field that was probably meant
 */
export function unknownField(name, text, start, vocabulary) {
  const field = fieldOf(name, vocabulary);
  const end = start + name.length;
  if (SCHEMES.has(field)) return new Mistake("an address is no query; write an identifier, as in arxiv:2403.06764, or words of the title.", start);
  const value = /^[^",\s]*/.exec(text.slice(end + 1))?.[0] ?? "";
  const flag = HAS.has(field) && FLAGS.find((one) => one === fieldOf(value, vocabulary));
  const near = flag ? `${flag}:yes` : nearest(field, namesOf(vocabulary), LIKE_ENOUGH);
  const shown = flag ? near : `'${near}'`;
  const examples = FOR_EXAMPLE.filter((one) => readerOf(one, vocabulary)).map((one) => vocabulary.shownName(one));
  const hint = near ? `; did you mean ${shown}?` : `. Fields are ${examples.join(", ")} and others.`;
  const mend = near ? { shown: near, text: near, from: start, to: flag ? end + 1 + value.length : end } : undefined;
  return new Mistake(`there is no field '${brief(name)}'${hint} To search for it as text, put it in quotes.`, start, { mend });
}

/** @param {Vocabulary} vocabulary @returns {[string, string][]} what a message calls each field, and what else it is called */
function namesOf(vocabulary) {
  const fields = [...new Set([...Object.keys(vocabulary.terms), ...FIELDS])].filter((field) => readerOf(field, vocabulary));
  const shown = fields.map((field) => vocabulary.shownName(field));
  const names = [...fields.map((field, at) => [shown[at], field]), ...shown.map((one) => [one, one.replaceAll("-", "_")])];
  return /** @type {[string, string][]} */ (names);
}
