/**
 * The other way to ask: of words beside those that were read as terms, with the ones that are not required and without
 * those that are; and of years, code and what is left out that are asked for in words, these words.
 *
 * @typedef {import("./clauses.js").Clause} Clause
 * @typedef {import("./advice.js").Way} Way
 * @typedef {(shown: string, text: string) => Way} WayTo
 *
 * @typedef {Way & {required: boolean}} Beside a word that is or is not required, and the query that asks otherwise
 * @typedef {{words: string, shown: string, alone: Way}} Spoken words that were read as a filter, this, and the query for the words
 * @typedef {Map<string, import("./facet.js").Facet>} Facets
 */

import { rewritten } from "./clauses.js";
import { FIRST_PUBLIC } from "./dates.js";

/** Words of either kind that are named. */
const MOST_NAMED = 3;

/**
 * @param {import("./engine.js").Found} found
 * @param {WayTo} wayTo
 * @returns {Beside[]} those of which it makes a difference
 */
export function besideTerms({ clauses, total, meant: { sought, left } }, wayTo) {
  /** @param {boolean} required */
  const first = (required) => [...new Set(left.filter((one) => one.required === required).map(({ word }) => word))].slice(0, MOST_NAMED);
  /** @param {boolean} required @returns {Beside[]} */
  const ways = (required) =>
    first(required).map((word) => {
      const places = left.filter((one) => one.word === word);
      const changes = places.map(({ at }) => ({ from: at, to: at + 1, put: required ? "" : `"${word}"` }));
      return { ...wayTo(word, rewritten(clauses, sought, changes)), required };
    });
  return [...ways(true), ...ways(false)]
    .filter((way) => way.total !== total && (way.total || !way.required));
}

/** @param {Clause[]} clauses @param {string[]} sought @param {WayTo} wayTo @param {Facets} facetOf @returns {Spoken[]} */
export function saidInWords(clauses, sought, wayTo, facetOf) {
  return clauses.flatMap((clause, at) => {
    const { said } = clause;
    // "without a or b" is a clause for each of them.
    const last = clauses.findIndex((one, behind) => behind > at && one.said !== said);
    const run = clauses.slice(at, last < 0 ? clauses.length : last);
    if (!said || clauses[at - 1]?.said === said) return [];
    /** @type {Clause} */
    const phrase = { field: null, values: [{ kind: "words", words: said.split(" "), phrase: true, text: `"${said}"` }], negated: false };
    const text = rewritten([...clauses.slice(0, at), phrase, ...clauses.slice(at + run.length)], sought);
    return [{ words: said, shown: run.map((one) => meaningOf(one, facetOf)).join(" and "), alone: wayTo("as words", text) }];
  });
}

/** @param {Clause} clause @param {Facets} facetOf @returns {string} as the field's box and its terms are labelled */
function meaningOf({ field, values, negated }, facetOf) {
  const facet = facetOf.get(field ?? "");
  /** @param {import("./value.js").Value} value */
  const shown = (value) => {
    if (value.kind === "range") return span(value);
    if (value.kind === "flag") return facet?.labelOf(value.wanted);
    return value.kind === "term" ? facet?.labelOf(value.key) : undefined;
  };
  const called = facet?.called ?? (field === "published" ? FIRST_PUBLIC : field);
  return `${called}: ${negated ? "not " : ""}${values.map((value) => shown(value) ?? value.text).join(" or ")}`;
}

/** @param {{first: string, last: string}} dates @returns {string} as a sentence says them */
function span({ first, last }) {
  if (first === last) return first;
  if (!last) return `${first} and later`;
  return first ? `${first} to ${last}` : `${last} and earlier`;
}
