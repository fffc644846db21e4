/**
 * Terms that a reader names in plain words: which papers bear the term that words next to each other are called.
 *
 * @typedef {Uint32Array} Rows
 */

import * as bits from "./bits.js";
import { words } from "./words.js";

/** Fields of which words next to each other may be a term: papers that bear it are found, too. */
const NAMED = ["task", "criterion", "mechanism", "training", "keywords", "venue"];
/** Words of the longest name of a term that is looked for. */
const LONGEST_NAME = 6;
/** Terms that another one holds in itself: what is offered both ways is offered this way. */
const ALSO = new Map(Object.entries({ free: "both", based: "both" }));

export class TermNames {
  /**
   * @param {Map<string, import("./facet.js").Facet>} facets by field
   * @param {Record<string, string[][]>} vocabulary field -> for each term its key, label and other names
   */
  constructor(facets, vocabulary) {
    this.terms = named(facets, vocabulary);
  }

  /** @param {string[]} typed @returns {(Rows | undefined)[]} for each word, papers with a term that it helps to name */
  bearing(typed) {
    /** @type {(Rows | undefined)[]} */
    const bearing = typed.map(() => undefined);
    for (let from = 0; from < typed.length; from++) {
      for (let to = from + 1; to <= Math.min(typed.length, from + LONGEST_NAME); to++) {
        const name = typed.slice(from, to).join("");
        const rows = this.terms.get(name) ?? this.terms.get(name.replace(/s$/, ""));
        if (!rows) continue;
        for (let at = from; at < to; at++) bearing[at] = bits.united(bearing[at] ?? bits.none(32 * rows.length), rows);
      }
    }
    return bearing;
  }
}

/**
 * @param {Map<string, import("./facet.js").Facet>} facets by field
 * @param {Record<string, string[][]>} vocabulary field -> for each term its key, label and other names
 * @returns {Map<string, Rows>} what terms of NAMED are called, as one word each, and the papers that bear them
 */
function named(facets, vocabulary) {
  /** @type {{field: string, parts: string[], rows: Rows, also: boolean}[]} */
  const names = [];
  for (const field of NAMED) {
    const isTraining = field === "training"; // whose keys are words of every day
    for (const called of vocabulary[field] ?? []) {
      const [key] = called;
      const rows = facets.get(field)?.any(isTraining ? [key, ALSO.get(key) ?? key] : [key]);
      const several = called
        .map((name, at) => ({ field, parts: words(name), rows: rows ?? bits.none(0), also: at > 1 }))
        .slice(Number(isTraining));
      // A venue of one word is spoken of already.
      if (rows) names.push(...several.filter(({ parts }) => parts.length > Number(field === "venue")));
    }
  }
  /** @type {Map<string, typeof names>} */
  const byName = new Map();
  for (const one of names) byName.set(one.parts.join(""), [...(byName.get(one.parts.join("")) ?? []), one]);
  /** @type {Map<string, Rows>} */
  const terms = new Map();
  for (const { field, parts, rows, also } of names) {
    const bearing = rows.slice();
    // "KV cache eviction" is called pruning, but speaks of caches, too.
    for (const run of also ? runs(parts) : []) {
      for (const other of byName.get(run) ?? []) if (other.field !== field) bits.intersect(bearing, other.rows);
    }
    const name = parts.join("");
    terms.set(name, bits.united(bearing, terms.get(name) ?? bits.none(32 * bearing.length)));
  }
  return terms;
}

/** @param {string[]} parts @returns {string[]} fewer of them that stand next to each other, as one word each */
function runs(parts) {
  const found = [];
  for (let from = 0; from < parts.length; from++) {
    for (let to = from + 1; to <= parts.length; to++) if (to - from < parts.length) found.push(parts.slice(from, to).join(""));
  }
  return found;
}
