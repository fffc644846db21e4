/**
 * Terms that a person asks for papers without, or of which one is enough. "Without attention", "not for video" and
 * "attention-free" are a filter that is negated; "pruning or merging" is as if OR stood there and brackets around, since
 * both are terms of one field. In quotes they stay words, and so do those of a longer name; beside a kind of papers "or"
 * does, too, as a survey has no mechanism. The same is done in Python, by catalog/query/spoken_terms.py.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./vocabulary.js").Vocabulary} Vocabulary
 * @typedef {{field: string, key: string}} Term
 * @typedef {{size: number, sides: number[][]}} Choice how many clauses say it, and for each term those that name it, by their places
 */

import { MOST_WORDS, eitherOf, isFree, wordsOf } from "./clauses.js";
import { ORDINARY_KIND, withOwn } from "./fields.js";
import { JOINING } from "./joining.js";
import { shown } from "./value.js";
import { otherNumber, words } from "./words.js";

const FIELDS = ["domain", "task", "criterion", "mechanism", "training", "keywords", "kind"];
/** Fields of "attention-free" and "non-attention": what is free of OCR reads documents all the same. */
const IN_ONE_PIECE = ["criterion", "mechanism"];
const NEGATORS = ["without", "not", "no", "except", "excluding", "other than", "rather than", "instead of"].map((said) => said.split(" "));
/** Words between that and the term. */
const BETWEEN = new Set(
  ("a about also any are based be by do does doing for in involving is kind like methods need needing new of on papers relying rely " +
    "require requiring that the those use used uses using via which with").split(" "),
);
/** What a term is spoken of as: "attention scores". */
const BEHIND = new Set("map maps matrices matrix mechanisms score scores signals weights".split(" "));
const OR = [["or"], ["nor"]];
/** Between terms of which one is enough; "merging vs pruning" compares either. */
const EITHER = [["or"], ["vs"], ["versus"]];
/** Fields in which a survey has no term. */
const OF_METHODS = ["criterion", "mechanism", "training"];
const ENDS = new Set([...JOINING, "except", "excluding", "no", "nor", "please"]);
/** Clauses of the longest name of a term that is looked for. */
const LONGEST_NAME = 6;
/** A text without any of these says no terms so. */
const MAY_SAY = /\b(?:without|w\/o|not?|except|excluding|than|instead|non|free|agnostic|or|and|vs|versus)\b/;

/** @param {string} text @returns {boolean} whether it may say terms so, which only the vocabulary tells */
export function maySayTerms(text) {
  return MAY_SAY.test(text.toLowerCase());
}

/**
 * @param {Clause[]} clauses
 * @param {Vocabulary} vocabulary
 * @returns {Clause[]} with others in the place of those that say terms so
 */
export function withTerms(clauses, vocabulary) {
  const spoken = clauses.map((clause) => (isFree(clause) ? wordsOf(clause) : []));
  if (spoken.flat().length > MOST_WORDS || !spoken.some((said) => maySayTerms(said.join(" ")))) return clauses;
  const mayJoin = spoken.some((said) => [...EITHER, ["and"]].some((joining) => begins([said], joining)));
  const besideKind = mayJoin && spoken.some((said) => said.length && isKind(called(said, vocabulary)));
  /** @type {Clause[]} */
  const read = [];
  for (let at = 0; at < clauses.length; ) {
    const [own, rest] = [clauses.slice(at), spoken.slice(at)];
    const excluded = rest[0].length ? exclusionIn(rest, vocabulary) : null;
    const choice = rest[0].length && mayJoin ? choiceIn(rest, vocabulary, besideKind) : null;
    // What is a part of a name begins no other: "cache" in "KV cache quantization or offloading".
    const name = (rest[0].length && mayJoin && nameIn(rest, vocabulary)?.size) || 1;
    if (excluded) {
      const said = rest.slice(0, excluded.size).flat().join(" ");
      for (const { field, key } of excluded.terms) read.push({ field, values: [{ kind: "term", key, text: shown(key) }], negated: true, said });
    } else if (choice) {
      const joined = eitherOf(choice.sides.map((side) => side.map((one) => own[one])));
      read.push(...joined.map((clause) => ({ ...clause, either: true })));
    } else {
      read.push(...own.slice(0, name));
    }
    at += excluded?.size ?? choice?.size ?? name;
  }
  return read;
}

/** @param {Term | null} term @returns {boolean} whether it is a kind of papers, other than the ordinary one */
function isKind(term) {
  return term !== null && term.field === "kind" && term.key !== ORDINARY_KIND;
}

/** @param {string[][]} clauses their words, none of one that is no words @param {Vocabulary} vocabulary @returns {{size: number, terms: Term[]} | null} what they leave out, from the first on, and how many say it */
function exclusionIn(clauses, vocabulary) {
  const compound = inOnePiece(clauses[0], vocabulary);
  if (compound) return { size: 1, terms: [compound] };
  const negator = NEGATORS.find((said) => begins(clauses, said));
  // "without training" is what a term is called.
  if (!negator || nameIn(clauses, vocabulary)) return null;
  const terms = [];
  let size = 0;
  for (let at = negator.length; ; at = size + 1) {
    const found = termIn(clauses.slice(at), vocabulary);
    if (!found) break;
    terms.push(found.term);
    size = at + found.size;
    if (!goesOn(clauses.slice(size), found.term.field, vocabulary)) break;
  }
  return terms.length ? { size, terms } : null;
}

/** @param {string[][]} clauses @param {string} field @param {Vocabulary} vocabulary @returns {boolean} whether one more term may be left out: behind "or", and behind "and" where it is one of the same field */
function goesOn(clauses, field, vocabulary) {
  if (OR.some((said) => begins(clauses, said))) return true;
  return begins(clauses, ["and"]) && nameIn(clauses.slice(1), vocabulary)?.term.field === field;
}

/**
 * In "pruning, merging or caching" the "or" stands between the last ones alone; "image or video editing" is either way of
 * editing; "merging vs pruning" compares papers of either; "on FPGA, Jetson or phones" says terms by their examples; and "ACL and
 * EMNLP" are either, too, since no paper appeared in two places.
 * @param {string[][]} clauses
 * @param {Vocabulary} vocabulary
 * @param {boolean} besideKind whether a kind of papers is named, of which no term of a method is asked
 * @returns {Choice | null} terms of one field that they name with "or" between them, from the first on
 */
function choiceIn(clauses, vocabulary, besideKind) {
  const shared = withSharedEnd(clauses, vocabulary);
  if (shared) return shared;
  const first = nameOrVenue(clauses, vocabulary);
  if (!first || (besideKind && OF_METHODS.includes(first.term.field))) return null;
  const { field } = first.term;
  const sides = [range(0, first.size)];
  const keys = new Set([first.term.key]);
  for (let size = first.size, joined = false; ; ) {
    const rest = clauses.slice(size);
    const isOr = (field === "venue" ? [...EITHER, ["and"]] : EITHER).some((joining) => begins(rest, joining));
    const at = isOr ? behindJoining(clauses, size + 1, vocabulary) : size;
    const named = nameOrVenue(clauses.slice(at), vocabulary);
    if (named?.term.field !== field) return joined && keys.size > 1 ? { size, sides } : null;
    size = at + named.size;
    sides.push(range(at, size));
    keys.add(named.term.key);
    joined ||= isOr;
  }
}

/** @param {string[][]} clauses @param {Vocabulary} vocabulary @returns {Choice | null} of "image or video editing": what is left out behind the first word stands behind the last one */
function withSharedEnd(clauses, vocabulary) {
  if (!clauses[0].length || !begins(clauses.slice(1), ["or"]) || nameIn(clauses.slice(0, 1), vocabulary)) return null;
  const named = nameIn(clauses.slice(2), vocabulary);
  for (let own = 1; named && own < named.size; own++) {
    const end = range(2 + own, 2 + named.size);
    const other = called([...clauses[0], ...end.flatMap((at) => clauses[at])], vocabulary);
    if (other?.field === named.term.field && other.key !== named.term.key) return { size: 2 + named.size, sides: [[0, ...end], range(2, 2 + named.size)] };
  }
  return null;
}

/** @param {number} from @param {number} to @returns {number[]} */
function range(from, to) {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** @param {string[]} clause @param {Vocabulary} vocabulary @returns {Term | null} that of "attention-free", where that is not what a term is called; of "query-agnostic" that of "query-aware" */
function inOnePiece(clause, vocabulary) {
  if (clause.length < 2 || called(clause, vocabulary)) return null;
  const [first, last] = [clause.slice(0, -1), clause[clause.length - 1]];
  const said = last === "free" ? first : last === "agnostic" ? [...first, "aware"] : clause[0] === "non" ? clause.slice(1) : null;
  const term = said && called(said, vocabulary);
  return term && IN_ONE_PIECE.includes(term.field) ? term : null;
}

/** @param {string[][]} clauses @param {Vocabulary} vocabulary @returns {{size: number, term: Term} | null} a term with nothing but joining words around it */
function termIn(clauses, vocabulary) {
  const at = behindJoining(clauses, 0, vocabulary);
  const named = nameIn(clauses.slice(at), vocabulary);
  if (!named) return null;
  let end = at + named.size;
  if (clauses[end]?.length === 1 && BEHIND.has(clauses[end][0])) end++;
  const isEnd = end >= clauses.length || !clauses[end].length || ENDS.has(clauses[end][0]);
  return isEnd ? { size: end, term: named.term } : null;
}

/** @param {string[][]} clauses @param {number} from @param {Vocabulary} vocabulary @returns {number} the place behind words that may stand before a name, or that of a name that begins with one of them */
function behindJoining(clauses, from, vocabulary) {
  let at = from;
  while (clauses[at]?.length === 1 && BETWEEN.has(clauses[at][0]) && !nameIn(clauses.slice(at), vocabulary)) at++;
  return at;
}

/** @param {string[][]} clauses @param {Vocabulary} vocabulary @returns {{size: number, term: Term} | null} */
function nameOrVenue(clauses, vocabulary) {
  const named = nameIn(clauses, vocabulary);
  if (named) return named;
  for (let size = Math.min(LONGEST_NAME, clauses.length); size > 0; size--) {
    const parts = clauses.slice(0, size);
    if (!parts.every((words) => words.length)) continue;
    const name = parts.flat().join("");
    const term = ofExample(name, vocabulary);
    if (term) return { size, term };
    const key = vocabulary.resolve("venue", name);
    if (key !== undefined) return { size, term: { field: "venue", key } };
  }
  return null;
}

/** @param {string} name @param {Vocabulary} vocabulary @returns {Term | null} the term of which that is an example, as "Jetson" is of edge devices */
function ofExample(name, vocabulary) {
  for (const field of withOwn(FIELDS, Object.keys(vocabulary.terms))) {
    for (const one of [name, ...otherNumber(name)]) {
      const key = vocabulary.suchAs(field, one);
      if (key !== undefined) return { field, key };
    }
  }
  return null;
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
  const name = parts.join("");
  for (const field of withOwn(FIELDS, Object.keys(vocabulary.terms))) {
    for (const one of [name, ...otherNumber(name)]) {
      const key = vocabulary.named(field, one);
      if (key === undefined) continue;
      const label = vocabulary.label(field, key);
      const isOwn = field === "keywords" || words(label).join("") === one;
      return isOwn || !speaksOfMore(parts, label, vocabulary) ? { field, key } : null;
    }
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
