/**
 * The search itself: which papers match, in which order, and how many each facet's term would leave.
 *
 * No DOM and no network here, so that it runs in a worker, on the page and under test alike.
 *
 * @typedef {object} IndexData what browse/index.json holds; a row is a paper, newest first
 * @property {string} rows a digest: data with another has other papers, or another order
 * @property {number} bibtex_chunk rows whose entries share a file
 * @property {FacetData[]} facets
 * @property {string[]} id
 * @property {string[]} title
 * @property {Record<string, string[]>} former_titles by row, where there are any
 * @property {(string | null)[]} name the method's abbreviation
 * @property {(string | null)[]} added when the record was added: 2026, 2026-11 or 2026-11-20
 *
 * @typedef {object} Details what browse/details.json holds, for the same rows; half of all bytes, and
 *   not needed for the first answers
 * @property {string} rows as in the index
 * @property {string[][]} authors
 * @property {(string | null)[]} paper link
 * @property {(string | null)[]} code link
 *
 * @typedef {object} FacetData
 * @property {string} field
 * @property {boolean} chip whether its terms are shown with a result
 * @property {[key: string, label: string][]} terms
 * @property {(number | number[])[]} codes for each row, the positions of its terms
 *
 * @typedef {object} Query
 * @property {string} text each of its words must begin a word of the paper
 * @property {Record<string, string[]>} filters field -> keys; any of a field's keys, and all fields
 * @property {string} sort one of SORTS
 *
 * @typedef {object} Term
 * @property {string} field
 * @property {string} key
 * @property {string} label
 *
 * @typedef {object} Result
 * @property {string} id
 * @property {string} title
 * @property {string | null} name
 * @property {string} where venue and year, as far as known
 * @property {string[]} authors
 * @property {Term[]} chips
 * @property {string | null} paper
 * @property {string | null} code
 *
 * @typedef {object} Answer
 * @property {number} total papers that match
 * @property {number} all papers that there are
 * @property {Result[]} results
 * @property {Record<string, number[]>} counts field -> for each of its terms, the papers that ticking it finds
 *
 * @typedef {{id: string, chunk: number}} Entry a paper, and the number of the file with its BibTeX
 */

import * as bits from "./bits.js";
import { PrefixIndex, words } from "./words.js";

/** Orders of the list; the first is the one of the data. */
export const SORTS = ["newest", "added", "venue", "title", "name"];

/** Values that say that there is nothing to show. */
const NOT_SHOWN = new Set(["unknown", "none"]);

export class Engine {
  /** @param {IndexData} data */
  constructor(data) {
    this.data = data;
    this.rows = data.id.length;
    this.facets = data.facets.map((facet) => new Facet(facet, this.rows));
    /** @type {Details | null} */
    this.details = null;
    const { title, name, former_titles: former } = data;
    this.indexes = [
      new PrefixIndex(this.rows, (row) => [title[row], name[row] ?? "", ...(former[row] ?? [])]),
    ];
    /** @type {Map<string, Uint32Array>} */
    this.orders = new Map();
  }

  /**
   * Authors are found, and results hold authors and links, from here on.
   * @param {Details} details
   */
  add(details) {
    // A server may hand out one file of an older site and one of a newer.
    if (details.rows !== this.data.rows) throw new Error("the catalogue has just changed");
    this.details = details;
    this.indexes.push(new PrefixIndex(this.rows, (row) => details.authors[row]));
  }

  /**
   * @param {Query} query
   * @param {number} from how many results to pass over
   * @param {number} size how many results to return
   * @returns {Answer}
   */
  search(query, from, size) {
    const matching = this.#matchingText(query.text);
    const chosen = this.#chosen(query.filters);
    const rows = this.#narrowed(matching, chosen, null);
    /** @type {Record<string, number[]>} */
    const counts = {};
    for (const facet of this.facets) {
      // What a facet's own ticks leave out is what another tick in it would bring.
      const base = chosen.has(facet) ? this.#narrowed(matching, chosen, facet) : rows;
      counts[facet.field] = facet.sets.map((set) => bits.sizeOfBoth(base, set));
    }
    const results = this.#sorted(rows, query.sort, from + size).slice(from);
    return {
      total: bits.size(rows),
      all: this.rows,
      results: results.map((row) => this.#result(row)),
      counts,
    };
  }

  /**
   * @param {Query} query
   * @returns {Entry[]} everything that matches, in order
   */
  entries(query) {
    const rows = this.#narrowed(this.#matchingText(query.text), this.#chosen(query.filters), null);
    return this.#sorted(rows, query.sort, this.rows).map((row) => ({
      id: this.data.id[row],
      chunk: Math.floor(row / this.data.bibtex_chunk),
    }));
  }

  /** @param {string} text */
  #matchingText(text) {
    const rows = bits.all(this.rows);
    for (const word of words(text)) {
      const holding = bits.none(this.rows);
      for (const index of this.indexes) bits.unite(holding, index.match(word));
      bits.intersect(rows, holding);
    }
    return rows;
  }

  /**
   * @param {Record<string, string[]>} filters
   * @returns {Map<Facet, Uint32Array>} for each facet with a ticked term, the papers with any of them
   */
  #chosen(filters) {
    const chosen = new Map();
    for (const facet of this.facets) {
      const any = facet.any(filters[facet.field] ?? []);
      if (any) chosen.set(facet, any);
    }
    return chosen;
  }

  /**
   * @param {Uint32Array} matching
   * @param {Map<Facet, Uint32Array>} chosen
   * @param {Facet | null} except the facet whose ticks do not count
   */
  #narrowed(matching, chosen, except) {
    const rows = matching.slice();
    for (const [facet, any] of chosen) if (facet !== except) bits.intersect(rows, any);
    return rows;
  }

  /**
   * @param {Uint32Array} rows
   * @param {string} sort
   * @param {number} size
   * @returns {number[]} the first of them in that order
   */
  #sorted(rows, sort, size) {
    const order = this.#order(sort);
    const first = [];
    for (let at = 0; at < this.rows && first.length < size; at++) {
      const row = order ? order[at] : at;
      if (bits.has(rows, row)) first.push(row);
    }
    return first;
  }

  /**
   * @param {string} sort
   * @returns {Uint32Array | null} all rows in that order; null for the order of the data
   */
  #order(sort) {
    if (sort === SORTS[0] || !SORTS.includes(sort)) return null;
    let order = this.orders.get(sort);
    if (!order) this.orders.set(sort, (order = this.#computeOrder(sort)));
    return order;
  }

  /** @param {string} sort */
  #computeOrder(sort) {
    const { added, title, name } = this.data;
    /** @type {Record<string, (row: number) => string>} */
    const texts = {
      added: (row) => added[row] ?? "",
      venue: (row) => this.#label("venue", row),
      title: (row) => title[row],
      name: (row) => name[row] ?? "",
    };
    const keys = Array.from({ length: this.rows }, (_, row) => words(texts[sort](row)).join(" "));
    const direction = sort === "added" ? -1 : 1;
    return Uint32Array.from(keys.keys()).sort((a, b) => {
      // Sorting is stable: within equal keys the newest stays first. What is empty comes last.
      if (keys[a] === keys[b]) return 0;
      if (!keys[a] || !keys[b]) return keys[a] ? -1 : 1;
      return keys[a] < keys[b] ? -direction : direction;
    });
  }

  /** @param {string} field @param {number} row @returns {string} */
  #label(field, row) {
    const facet = this.facets.find((one) => one.field === field);
    return facet ? facet.shown(row).map((term) => term.label).join(" ") : "";
  }

  /** @param {number} row @returns {Result} */
  #result(row) {
    const { id, title, name } = this.data;
    return {
      id: id[row],
      title: title[row],
      name: name[row],
      where: `${this.#label("venue", row)} ${this.#label("year", row)}`.trim(),
      authors: this.details?.authors[row] ?? [],
      chips: this.facets.filter((facet) => facet.chip).flatMap((facet) => facet.shown(row)),
      paper: this.details?.paper[row] ?? null,
      code: this.details?.code[row] ?? null,
    };
  }
}

class Facet {
  /** @param {FacetData} data @param {number} rows */
  constructor(data, rows) {
    this.field = data.field;
    this.chip = data.chip;
    this.terms = data.terms;
    this.codes = data.codes;
    this.sets = data.terms.map(() => bits.none(rows));
    this.position = new Map(data.terms.map(([key], position) => [key, position]));
    for (let row = 0; row < rows; row++) {
      for (const code of this.codesOf(row)) bits.add(this.sets[code], row);
    }
  }

  /** @param {number} row @returns {number[]} */
  codesOf(row) {
    const codes = this.codes[row];
    return typeof codes === "number" ? [codes] : codes;
  }

  /**
   * @param {string[]} keys
   * @returns {Uint32Array | null} papers with any of these terms; null where none of them is a term
   */
  any(keys) {
    let any = null;
    for (const key of keys) {
      const position = this.position.get(key);
      if (position === undefined) continue;
      if (any) bits.unite(any, this.sets[position]);
      else any = this.sets[position].slice();
    }
    return any;
  }

  /** @param {number} row @returns {Term[]} the terms that a reader sees with the paper */
  shown(row) {
    return this.codesOf(row)
      .map((code) => this.terms[code])
      .filter(([key]) => !NOT_SHOWN.has(key))
      .map(([key, label]) => ({ field: this.field, key, label }));
  }
}
