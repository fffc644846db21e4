/**
 * What words that are still being typed may become: the terms and authors whose names begin so.
 *
 * @typedef {object} Named
 * @property {string} field a facet's, or "author"
 * @property {string} kind what a reader calls the field
 * @property {string} key the term's, or the author's name in plain words
 * @property {string} label
 * @property {number} papers that bear it, at least one
 */

import * as bits from "./bits.js";
import { withOwn } from "./fields.js";
import { asksForPapers } from "./query.js";
import { withoutMarks, words } from "./words.js";

/** Facets whose terms are names that a reader may type; those of the others are yes and no. */
const FIELDS = ["domain", "setting", "task", "criterion", "mechanism", "training", "kind", "keywords", "venue", "year"];
/** Fewer letters begin too much. */
const LEAST = 3;
/** Words of the longest name of an author that is looked for. */
const LONGEST_NAME = 6;
/** Of more papers than this, only authors who are called just so are looked for. */
const MOST_PAPERS = 200;
/** How far a term is whose label has nothing of it, but another name begins so: meant only if nothing is closer. */
const ALIAS = 3;

export class Names {
  /**
   * @param {Map<string, import("./facet.js").Facet>} facets by field
   * @param {import("./details.js").Details} details
   * @param {import("./text_index.js").TextIndex} authors
   */
  constructor(facets, details, authors) {
    this.authorsOf = details.authors;
    this.authors = authors;
    this.terms = withOwn(FIELDS, facets.keys()).flatMap((field) => {
      const facet = facets.get(field);
      const others = new Map((details.vocabulary[field] ?? []).map(([key, ...names]) => [key, names]));
      return (facet?.known() ?? []).map(({ key, label }) => ({
        named: { field, kind: facet?.called ?? field, key, label, papers: bits.size(facet?.set(key) ?? new Uint32Array()) },
        label: words(label),
        others: [...(others.get(key) ?? []), ...(details.examples[field]?.[key] ?? [])].map((name) => words(name).join("")),
      }));
    }).filter(({ named }) => named.papers);
  }

  /**
   * @param {string} text as typed so far
   * @param {number} most
   * @returns {Named[]} an author who is called so, the terms whose names come closest, and of authors whose names
   *   only begin so all, where there is room for all of them
   */
  beginning(text, most) {
    const typed = words(text);
    if (typed.join("").length < LEAST || asksForPapers(text)) return [];
    const authors = this.#authors(typed);
    const called = authors.filter(({ key }) => key === typed.join(" "));
    const others = authors.filter((one) => !called.includes(one));
    const named = [...called, ...this.#terms(typed.join(""))].slice(0, most);
    return named.length + others.length <= most ? [...named, ...others] : named;
  }

  /**
   * @param {string[]} typed
   * @param {number} most
   * @returns {string[]} the author who is called so, also with the family name first; else those whose names begin so,
   *   where two words are typed and no more of them are
   */
  people(typed, most) {
    if (typed.join("").length < LEAST || typed.length > LONGEST_NAME) return [];
    // What is a part of so many names is hardly a whole one.
    if (typed.length === 1 && bits.size(this.authors.holds(typed)) > MOST_PAPERS) return [];
    for (const turned of typed.map((_, at) => [...typed.slice(at), ...typed.slice(0, at)])) {
      const [row] = bits.first(this.authors.inARow(turned, { whole: true }), 1);
      const called = this.authorsOf[row]?.find((label) => words(label).join(" ") === turned.join(" "));
      if (called) return [called];
    }
    // One word begins too many names, and so do two short ones.
    const beginning = typed.length > 1 ? this.authors.saysInOneText(typed) : new Uint32Array();
    if (bits.size(beginning) > MOST_PAPERS) return [];
    const named = this.#authorsIn(beginning, typed);
    return named.length <= most ? named.map(({ label }) => label) : [];
  }

  /** @param {string} typed as one word @returns {Named[]} the closest first; of equals, what more papers bear */
  #terms(typed) {
    return this.terms
      .map((term) => ({ named: term.named, distance: distance(typed, term) }))
      .filter(({ distance }, _, all) => distance < ALIAS || (distance === ALIAS && all.every((one) => one.distance >= ALIAS)))
      .sort((one, other) => one.distance - other.distance || other.named.papers - one.named.papers)
      .map(({ named }) => named);
  }

  /** @param {string[]} typed @returns {Named[]} authors whose names have words that begin so, those with most papers first */
  #authors(typed) {
    const beginning = this.authors.saysInOneText(typed);
    return this.#authorsIn(bits.size(beginning) > MOST_PAPERS ? this.authors.holds(typed) : beginning, typed);
  }

  /** @param {Uint32Array} rows @param {string[]} typed @returns {Named[]} those of these papers */
  #authorsIn(rows, typed) {
    /** @type {Map<string, Named>} */
    const found = new Map();
    for (const row of bits.first(rows, Infinity)) {
      for (const label of this.authorsOf[row] ?? []) {
        const name = words(label);
        const key = name.join(" ");
        if (found.has(key) || !typed.every((word) => name.some((part) => part.startsWith(word)))) continue;
        // As many as a search for the name in quotes finds, which is what the name leads to.
        found.set(key, { field: "author", kind: "author", key, label, papers: bits.size(this.authors.holds(name)) });
      }
    }
    return [...found.values()].sort((one, other) => other.papers - one.papers);
  }
}

/**
 * @param {string} name an author's
 * @returns {string | null} the folder of the page of everyone of that name, as catalog/site/people.py calls it; null for
 *   a name without a Latin letter or digit, whose folder only that module knows
 */
export function authorFolder(name) {
  const plain = withoutMarks(name).replace(/[^\x00-\x7f]/g, "");
  return plain.match(/[a-z0-9]+/g)?.join("-") ?? null;
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
