/**
 * The fields of the query language: what each is called, and what it takes as a value.
 *
 * @typedef {import("./value.js").Typed} Typed
 * @typedef {import("./value.js").Value} Value
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 * @typedef {(typed: Typed, field: string, vocabulary: Vocabulary) => Value} Reader throws a WrongValue
 */

import { numeral } from "./counting.js";
import { readDate, readYear, yearsIn } from "./dates.js";
import { NONE, UNKNOWN, WrongValue, brief, shown } from "./value.js";
import { phraseWords, words } from "./words.js";

/** Fields whose values are terms, in the order in which they are explained. */
const TERM_FIELDS = [
  "kind", "domain", "setting", "task", "criterion", "mechanism", "training", "parametric", "keywords", "venue", "listed_in",
];
/** Those of them of which no paper is known to have no term. */
const NEVER_NONE = new Set(["kind", "venue"]);
/** Fields whose values are identifiers, with an example of each. */
const IDENTIFIERS = new Map(
  Object.entries({
    id: "fastv",
    arxiv: "2403.06764",
    doi: "10.1007/978-3-031-73004-7_2",
    openreview: "JroZRaRw7Eu",
    anthology: "2024.acl-long.12",
  }),
);
/** Fields whose values are yes and no. */
export const FLAGS = ["code", "reference"];
/** Facets of which no field's value is a term. */
const NO_TERMS = new Set([...FLAGS, "year", "reference_impl"]);
/** The kind that most papers are of: who types the word does not ask for them. */
export const ORDINARY_KIND = "method";
/** What fields are called besides their names: the singular or plural, and the record's own word. */
const OTHER_NAMES = new Map(
  Object.entries({
    kinds: "kind",
    domains: "domain",
    settings: "setting",
    tasks: "task",
    criteria: "criterion",
    criterions: "criterion",
    mechanisms: "mechanism",
    keyword: "keywords",
    venues: "venue",
    list: "listed_in",
    lists: "listed_in",
    years: "year",
    authors: "author",
    titles: "title",
    names: "name",
    summaries: "summary",
    ids: "id",
    references: "reference",
    reference_impl: "reference",
  }),
);
const YES_OR_NO = new Map([
  ["yes", "true"],
  ["no", "false"],
]);
/** Terms that a message names at most. */
const MOST_SHOWN = 12;

/** @type {Map<string, Reader>} how the values of each field are read, in the order in which fields are explained */
const READERS = new Map([
  ...TERM_FIELDS.map((field) => /** @type {const} */ ([field, readTerm])),
  ["year", readYear],
  ...["published", "added"].map((field) => /** @type {const} */ ([field, readDate])),
  ...["author", "title", "name", "summary"].map((field) => /** @type {const} */ ([field, readWords])),
  ...[...IDENTIFIERS.keys()].map((field) => /** @type {const} */ ([field, readIdentifier])),
  ...FLAGS.map((field) => /** @type {const} */ ([field, readFlag])),
]);
export const FIELDS = [...READERS.keys()];

/**
 * @param {string[]} order fields of terms that every catalogue may have
 * @param {Iterable<string>} fields those of the facets of one catalogue
 * @returns {string[]} the same with the fields that only this one has, in their place before the keywords
 */
export function withOwn(order, fields) {
  const own = [...fields].filter((field) => !TERM_FIELDS.includes(field) && !NO_TERMS.has(field));
  const at = order.includes("keywords") ? order.indexOf("keywords") : order.length;
  return [...order.slice(0, at), ...own, ...order.slice(at)];
}

/**
 * @param {string} name as it was typed
 * @param {Vocabulary} [vocabulary] which knows what its catalogue calls the fields
 * @returns {string} the field that it means; its plain form where it means none
 */
export function fieldOf(name, vocabulary) {
  const plainly = name.toLowerCase().replaceAll("-", "_");
  const field = OTHER_NAMES.get(plainly) ?? plainly;
  return !vocabulary || readerOf(field, vocabulary) ? field : (vocabulary.fieldCalled(name) ?? field);
}

/** @param {string} field @param {Vocabulary} [vocabulary] @returns {Reader | undefined} none of a field of terms without any: the topic does without it */
export function readerOf(field, vocabulary) {
  if (!vocabulary || !Object.hasOwn(vocabulary.terms, field)) return READERS.get(field);
  return vocabulary.terms[field].length ? readTerm : undefined;
}

/** @param {string} field @param {string} typed @returns {string} what is looked up in the vocabulary for it */
export function termIn(field, typed) {
  return (field === "parametric" && YES_OR_NO.get(typed.toLowerCase())) || typed;
}

/** What is written for a word. */
const SHORT = new Map([
  ["w/o", "without"],
  ["w/", "with"],
]);

/** @param {Typed} typed @returns {Value | null} null where there is no word */
export function wordsValue({ text, quoted }) {
  const wanted = quoted ? phraseWords(text) : words(SHORT.get(text.toLowerCase()) ?? text);
  if (!wanted.length) return null;
  const joined = wanted.join("-");
  const plain = yearsIn(joined) ? wanted.join("/") : joined;
  const said = quoted ? `"${wanted.join(" ")}"` : plain;
  return { kind: "words", words: wanted, phrase: quoted, text: said };
}

/** @type {Reader} */
function readTerm(typed, field, vocabulary) {
  const special = typed.quoted ? null : typed.text.toLowerCase();
  if (special === UNKNOWN) return { kind: "unknown", text: UNKNOWN };
  if (special === NONE && !NEVER_NONE.has(field)) return { kind: "term", key: NONE, text: NONE };
  const key = vocabulary.resolve(field, termIn(field, typed.text));
  if (key === undefined) throw unknownTerm(field, vocabulary, typed.text);
  return { kind: "term", key, text: shown(key) };
}

/** @param {string} field @param {Vocabulary} vocabulary @param {string} text @returns {WrongValue} */
function unknownTerm(field, vocabulary, text) {
  const near = vocabulary.nearest(field, text);
  const known = [...vocabulary.terms[field].map(([key]) => shown(key)), UNKNOWN];
  if (!NEVER_NONE.has(field)) known.push(NONE);
  const called = vocabulary.shownName(field);
  const more = known.length > MOST_SHOWN ? ` and ${numeral(known.length - MOST_SHOWN)} more` : "";
  const hint = near ? `; did you mean ${called}:${shown(near)}?` : ".";
  const found = text ? `'${brief(text)}' is no ${called.replace(/s$/, "")}` : `${called}: needs a value`;
  const message = `${found}${hint} Allowed are: ${known.slice(0, MOST_SHOWN).join(", ")}${more}`;
  return new WrongValue(message, near ? { shown: `${called}:${shown(near)}`, text: shown(near) } : null, more ? field : undefined);
}

/** @type {Reader} */
function readWords(typed, field) {
  if (field !== "title" && !typed.quoted && words(typed.text).join(" ") === UNKNOWN) {
    return { kind: "unknown", text: UNKNOWN };
  }
  const value = wordsValue(typed);
  if (!value) throw new WrongValue("a word is missing here; write at least one letter or digit");
  return value;
}

/** @type {Reader} */
function readIdentifier({ text, quoted }, field) {
  const wanted = text.toLowerCase();
  if (!wanted.replace(/[\x1c-\x1f\x85]/g, "").trim()) {
    throw new WrongValue(`${field}: needs the identifier, e.g. ${IDENTIFIERS.get(field)}`);
  }
  if (field !== "id" && wanted === UNKNOWN && !quoted) return { kind: "unknown", text: UNKNOWN };
  return { kind: "identifier", wanted, text: shown(wanted) };
}

/** @type {Reader} */
function readFlag({ text }) {
  const wanted = text.toLowerCase();
  if (wanted !== "yes" && wanted !== "no") {
    throw new WrongValue(wanted ? `found '${brief(text)}', allowed are: yes, no` : "write yes or no");
  }
  return { kind: "flag", wanted, text: wanted };
}
