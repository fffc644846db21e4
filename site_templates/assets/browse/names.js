/**
 * What words that are still being typed may become: the terms and authors whose names begin so.
 *
 * @typedef {object} Named
 * @property {string} field a facet's, or "author"
 * @property {string} key the term's, or the author's name in plain words
 * @property {string} label
 * @property {number} papers that bear it, at least one
 */

import * as bits from "./bits.js";
import { words } from "./words.js";

/** Facets whose terms are names that a reader may type; those of the others are yes and no. */
const FIELDS = ["domain", "setting", "task", "criterion", "mechanism", "training", "kind", "keywords", "venue", "year"];
/** Fewer letters begin too much. */
const LEAST = 3;
/** Of more papers than this, nobody reads their authors' names to find the one who is meant. */
const MOST_PAPERS = 200;
/** How far a term is whose label has nothing of it, but another name begins so: meant only if nothing is closer. */
const ALIAS = 3;

export class Names {
  /**
   * @param {Map<string, import("./facet.js").Facet>} facets by field
   * @param {import("./engine.js").Details} details
   */
  constructor(facets, { vocabulary, authors }) {
    this.authors = authors;
    this.terms = FIELDS.flatMap((field) => {
      const facet = facets.get(field);
      const others = new Map((vocabulary[field] ?? []).map(([key, ...names]) => [key, names]));
      return (facet?.known() ?? []).map(({ key, label }) => ({
        named: { field, key, label, papers: bits.size(/** @type {Uint32Array} */ (facet?.set(key))) },
        label: words(label),
        others: (others.get(key) ?? []).map((name) => words(name).join("")),
      }));
    }).filter(({ named }) => named.papers);
  }

  /**
   * @param {string} text as typed so far
   * @param {Uint32Array} rows papers of which one author's name holds all of its words
   * @param {number} most
   * @returns {Named[]} the terms whose names come closest, and the authors where there is room for all of them
   */
  beginning(text, rows, most) {
    const typed = words(text);
    if (typed.join("").length < LEAST) return [];
    const terms = this.#terms(typed.join("")).slice(0, most);
    const authors = this.#authors(typed, rows);
    return terms.length + authors.length <= most ? [...terms, ...authors] : terms;
  }

  /** @param {string} typed as one word @returns {Named[]} the closest first; of equals, what more papers bear */
  #terms(typed) {
    return this.terms
      .map((term) => ({ named: term.named, distance: distance(typed, term) }))
      .filter(({ distance }, _, all) => distance < ALIAS || (distance === ALIAS && all.every((one) => one.distance >= ALIAS)))
      .sort((one, other) => one.distance - other.distance || other.named.papers - one.named.papers)
      .map(({ named }) => named);
  }

  /** @param {string[]} typed @param {Uint32Array} rows @returns {Named[]} those with most papers first */
  #authors(typed, rows) {
    /** @type {Map<string, Named>} */
    const found = new Map();
    if (bits.size(rows) > MOST_PAPERS) return [];
    for (const [row, authors] of this.authors.entries()) {
      if (!bits.has(rows, row)) continue;
      for (const label of authors ?? []) {
        const name = words(label);
        if (!typed.every((word) => name.some((part) => part.startsWith(word)))) continue;
        const key = name.join(" ");
        const one = found.get(key) ?? { field: "author", key, label, papers: 0 };
        one.papers++;
        found.set(key, one);
      }
    }
    return [...found.values()].sort((one, other) => other.papers - one.papers);
  }
}

/**
 * @param {string} typed
 * @param {{label: string[], others: string[]}} term
 * @returns {number} 0 where it is the term's name, more the further the term is from it; Infinity: not meant
 */
function distance(typed, { label, others }) {
  if ([label.join(""), ...others].includes(typed)) return 0;
  if (label.join("").startsWith(typed)) return 1;
  if (label.some((_, at) => label.slice(at).join("").startsWith(typed))) return 2;
  return others.some((name) => name.startsWith(typed)) ? ALIAS : Infinity;
}
