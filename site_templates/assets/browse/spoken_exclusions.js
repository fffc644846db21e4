/**
 * Terms that a person asks for papers without: "without attention", "not for video", "attention-free". Words next to each
 * other that say so are a filter that is negated; in quotes they stay words, and so do those of a longer name. The same is
 * done in Python, by catalog/query/spoken_exclusions.py.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 * @typedef {{field: string, key: string}} Term
 * @typedef {{size: number, terms: Term[]}} Excluded how many clauses say it, and what papers are not to have
 */

import { isFree, wordsOf } from "./clauses.js";
import { withOwn } from "./fields.js";
import { JOINING } from "./joining.js";
import { shown } from "./value.js";
import { words } from "./words.js";

const FIELDS = ["domain", "task", "criterion", "mechanism", "training", "keywords", "kind"];
/** Fields of "attention-free" and "non-attention": what is free of OCR reads documents all the same. */
const IN_ONE_PIECE = ["criterion", "mechanism"];
const NEGATORS = ["without", "not", "no", "except", "excluding", "other than", "rather than", "instead of"].map((said) => said.split(" "));
/** Words between that and the term. */
const BETWEEN = new Set(
  ("a any based by doing for in involving kind like need needing new of on relying rely require requiring the use used uses using via with").split(" "),
);
/** What a term is spoken of as: "attention scores". */
const BEHIND = new Set("map maps matrices matrix mechanisms score scores signals weights".split(" "));
const OR = [["or"], ["nor"]];
const ENDS = new Set([...JOINING, "except", "excluding", "no", "nor", "please"]);
/** Clauses of the longest name of a term that is looked for. */
const LONGEST_NAME = 6;
/** A text without any of these leaves nothing out. */
const MAY_EXCLUDE = /\b(?:without|not?|except|excluding|than|instead|non|free)\b/;

/** @param {string} text @returns {boolean} whether it may leave terms out, which only the vocabulary tells */
export function mayExclude(text) {
  return MAY_EXCLUDE.test(text.toLowerCase());
}

/**
 * @param {Clause[]} clauses
 * @param {Vocabulary} vocabulary
 * @returns {Clause[]} with negated filters in the place of the words that say them
 */
export function withExclusions(clauses, vocabulary) {
  const spoken = clauses.map((clause) => (isFree(clause) ? wordsOf(clause) : []));
  if (!spoken.some((said) => mayExclude(said.join(" ")))) return clauses;
  /** @type {Clause[]} */
  const read = [];
  for (let at = 0; at < clauses.length; ) {
    const excluded = spoken[at].length ? exclusionIn(spoken.slice(at), vocabulary) : null;
    if (!excluded) {
      read.push(clauses[at++]);
      continue;
    }
    const said = spoken.slice(at, at + excluded.size).flat().join(" ");
    for (const { field, key } of excluded.terms) {
      read.push({ field, values: [{ kind: "term", key, text: shown(key) }], negated: true, said });
    }
    at += excluded.size;
  }
  return read;
}

/** @param {string[][]} clauses their words, none of one that is no words @param {Vocabulary} vocabulary @returns {Excluded | null} what they say, from the first on */
function exclusionIn(clauses, vocabulary) {
  const compound = inOnePiece(clauses[0], vocabulary);
  if (compound) return { size: 1, terms: [compound] };
  const negator = NEGATORS.find((said) => begins(clauses, said));
  // "without training" is what a term is called.
  if (!negator || nameIn(clauses, vocabulary)) return null;
  const terms = [];
  let end = 0;
  for (let at = negator.length; ; at = end + 1) {
    const found = termIn(clauses.slice(at), vocabulary);
    if (!found) break;
    terms.push(found.term);
    end = at + found.size;
    if (!OR.some((said) => begins(clauses.slice(end), said))) break;
  }
  return terms.length ? { size: end, terms } : null;
}

/** @param {string[]} clause @param {Vocabulary} vocabulary @returns {Term | null} that of "attention-free", where that is not what a term is called */
function inOnePiece(clause, vocabulary) {
  if (clause.length < 2 || called(clause, vocabulary)) return null;
  const [rest, said] = clause[clause.length - 1] === "free" ? [clause.slice(0, -1), true] : [clause.slice(1), clause[0] === "non"];
  const term = said ? called(rest, vocabulary) : null;
  return term && IN_ONE_PIECE.includes(term.field) ? term : null;
}

/** @param {string[][]} clauses @param {Vocabulary} vocabulary @returns {{size: number, term: Term} | null} a term with nothing but joining words around it */
function termIn(clauses, vocabulary) {
  let at = 0;
  let named = nameIn(clauses, vocabulary);
  while (!named && clauses[at]?.length === 1 && BETWEEN.has(clauses[at][0])) named = nameIn(clauses.slice(++at), vocabulary);
  if (!named) return null;
  at += named.size;
  if (clauses[at]?.length === 1 && BEHIND.has(clauses[at][0])) at++;
  const isEnd = at >= clauses.length || !clauses[at].length || ENDS.has(clauses[at][0]);
  return isEnd ? { size: at, term: named.term } : null;
}

/** @param {string[][]} clauses @param {Vocabulary} vocabulary @returns {{size: number, term: Term} | null} the longest name of a term with which they begin */
function nameIn(clauses, vocabulary) {
  for (let size = Math.min(LONGEST_NAME, clauses.length); size > 0; size--) {
    const parts = clauses.slice(0, size);
    const term = parts.every((words) => words.length) ? called(parts.flat(), vocabulary) : null;
    if (term) return { size, term };
  }
  return null;
}

/** @param {string[]} parts @param {Vocabulary} vocabulary @returns {Term | null} the term that they are called, if they speak of no keyword besides */
function called(parts, vocabulary) {
  const name = parts.join(" ");
  for (const field of withOwn(FIELDS, Object.keys(vocabulary.terms))) {
    const key = vocabulary.named(field, name);
    if (key === undefined) continue;
    const label = vocabulary.label(field, key);
    const isOwn = field === "keywords" || words(label).join("") === parts.join("");
    return isOwn || !speaksOfMore(parts, label, vocabulary) ? { field, key } : null;
  }
  return null;
}

/** @param {string[]} parts @param {string} label @param {Vocabulary} vocabulary @returns {boolean} whether some of them are a keyword, as in "KV cache eviction" */
function speaksOfMore(parts, label, vocabulary) {
  const said = words(label).join(" ");
  return parts.some((_, from) =>
    parts.some((_, last) => {
      const run = parts.slice(from, last + 1);
      const isPart = run.length > 0 && run.length < parts.length && !said.includes(run.join(" "));
      return isPart && vocabulary.named("keywords", run.join(" ")) !== undefined;
    }),
  );
}

/** @param {string[][]} clauses @param {string[]} said @returns {boolean} whether each of these words is a clause at their beginning */
function begins(clauses, said) {
  return said.every((word, at) => clauses[at]?.length === 1 && clauses[at][0] === word);
}
