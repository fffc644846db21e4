/**
 * From the clauses of a query to the papers that they mean, as sets of rows.
 *
 * Before the details are loaded there are no authors, dates and identifiers: only words anywhere may be
 * asked for, and they are found in titles and names.
 *
 * @typedef {import("./query.js").Clause} Clause
 * @typedef {import("./query.js").Value} Value
 * @typedef {Uint32Array} Rows
 * @typedef {{typed: string, shown: string}} Mended a word that no paper holds, and the one searched for instead
 */

import * as bits from "./bits.js";
import { closest } from "./closeness.js";
import { Mender } from "./likeness.js";
import { order } from "./query.js";
import { TextIndex } from "./text_index.js";

/** Fields of the query language that are facets under another name. */
const FACET_OF = new Map([["reference", "reference_impl"]]);

export class Meaning {
  /**
   * @param {import("./engine.js").IndexData} data
   * @param {Map<string, import("./facet.js").Facet>} facets by field
   */
  constructor(data, facets) {
    this.rows = data.id.length;
    this.data = data;
    this.facets = facets;
    const { title, former_titles: former, name } = data;
    /** @type {Map<string, TextIndex>} by field */
    this.texts = new Map([
      ["title", new TextIndex(this.rows, (row) => [title[row], ...(former[row] ?? [])])],
      ["name", new TextIndex(this.rows, (row) => (name[row] ? [/** @type {string} */ (name[row])] : []))],
    ]);
    /** @type {import("./engine.js").Details | null} */
    this.details = null;
    /** @type {Mender | null} null before the authors are loaded: a word that is not found may be one of theirs */
    this.mender = null;
    /** @type {Map<string, Map<string, number[]>>} field -> value -> rows, of columns of single values */
    this.columns = new Map();
  }

  /** @param {import("./engine.js").Details} details */
  add(details) {
    this.details = details;
    this.texts.set("author", new TextIndex(this.rows, (row) => details.authors[row] ?? []));
    this.mender = new Mender([...this.texts.values()]);
  }

  /**
   * @param {Clause[]} clauses
   * @param {boolean} exact do not mend words that no paper holds
   * @returns {{rows: Rows, mended: Mended[], typed: string[]}} papers for which every clause holds; the words
   *   that were typed without a field, as they were searched for
   */
  ofAll(clauses, exact) {
    const rows = bits.all(this.rows);
    /** @type {Mended[]} */
    const mended = [];
    /** @type {string[]} */
    const typed = [];
    for (const clause of clauses) {
      const mending = !exact && !clause.negated;
      const meant = mending ? { ...clause, values: clause.values.map((value) => this.#mend(clause, value, mended)) } : clause;
      const held = this.#of(meant);
      if (clause.negated) bits.subtract(rows, held);
      else bits.intersect(rows, held);
      if (meant.field === null && !meant.negated) typed.push(...meant.values.flatMap((value) => (value.kind === "words" ? value.words : [])));
    }
    return { rows, mended, typed };
  }

  /** @param {string[]} typed @returns {Rows[]} papers that match these words closely, the closest first */
  closest(typed) {
    return closest(typed, this.#text("name"), this.#text("title"));
  }

  /** @param {string} field */
  #text(field) {
    return /** @type {TextIndex} */ (this.texts.get(field));
  }

  /**
   * @param {Clause} clause
   * @param {Value} value
   * @param {Mended[]} mended takes note of what is changed
   * @returns {Value} with the nearest words in place of those that begin no word of any paper
   */
  #mend({ field }, value, mended) {
    if (field !== null || value.kind !== "words" || value.phrase) return value;
    const wanted = value.words.map((word) => {
      if ([...this.texts.values()].some((index) => index.range(word)[0] < index.range(word)[1])) return word;
      const near = this.mender?.mend(word) ?? null;
      if (near) mended.push({ typed: word, shown: near });
      return near ?? word;
    });
    return { ...value, words: wanted };
  }

  /** @param {Clause} clause @returns {Rows} papers that have one of its values */
  #of({ field, values }) {
    const rows = bits.none(this.rows);
    for (const value of values) bits.unite(rows, this.#having(field, value));
    return rows;
  }

  /** @param {string | null} field @param {Value} value @returns {Rows} not to be changed */
  #having(field, value) {
    if (field === null) return this.#anywhere(value);
    const facet = this.facets.get(FACET_OF.get(field) ?? field);
    switch (value.kind) {
      case "words":
        return this.#words(field, value);
      case "term":
        return facet?.set(value.key) ?? bits.none(this.rows);
      case "flag":
        return facet?.set(value.wanted) ?? bits.none(this.rows);
      case "range":
        return this.#range(field, value);
      case "identifier":
        return this.#identifier(field, value.wanted);
      case "unknown":
        return facet ? (facet.set("unknown") ?? bits.none(this.rows)) : this.#rows(this.#column(field).get("") ?? []);
    }
  }

  /** @param {Value} value @returns {Rows} */
  #anywhere(value) {
    if (value.kind !== "words") throw new Error("words were expected");
    const rows = bits.all(this.rows);
    if (value.phrase) {
      const held = bits.none(this.rows);
      for (const index of this.texts.values()) bits.unite(held, index.holds(value.words));
      return held;
    }
    for (const word of value.words) {
      const held = bits.none(this.rows);
      for (const index of this.texts.values()) bits.unite(held, index.begins(word));
      bits.intersect(rows, held);
    }
    return rows;
  }

  /** @param {string} field @param {{words: string[], phrase: boolean}} value @returns {Rows} */
  #words(field, { words, phrase }) {
    const index = this.#text(field);
    return phrase ? index.holds(words) : index.beginsInOneText(words);
  }

  /** @param {string} field @param {{first: string, last: string}} range @returns {Rows} */
  #range(field, { first, last }) {
    const rows = bits.none(this.rows);
    for (const [date, having] of this.#column(field)) {
      if (!date || (first && order(date, first) < 0) || (last && order(date, last) > 0)) continue;
      for (const row of having) bits.add(rows, row);
    }
    return rows;
  }

  /** @param {string} field @param {string} wanted @returns {Rows} */
  #identifier(field, wanted) {
    const rows = this.#rows(this.#column(field).get(wanted) ?? []);
    const former = this.details?.former_ids ?? {};
    if (field === "id" && Object.hasOwn(former, wanted)) bits.add(rows, former[wanted]);
    return rows;
  }

  /** @param {number[]} rows @returns {Rows} */
  #rows(rows) {
    const set = bits.none(this.rows);
    for (const row of rows) bits.add(set, row);
    return set;
  }

  /** @param {string[]} ids also former ones @returns {Rows} */
  ofIds(ids) {
    const rows = bits.none(this.rows);
    for (const id of ids) bits.unite(rows, this.#identifier("id", id));
    return rows;
  }

  /**
   * @param {string} field
   * @returns {Map<string, number[]>} its values in lower case and the rows that have each; "" for unknown
   */
  #column(field) {
    let column = this.columns.get(field);
    if (column) return column;
    column = new Map();
    const valueOf = this.#valuesOf(field);
    for (let row = 0; row < this.rows; row++) {
      const value = (valueOf(row) ?? "").toLowerCase();
      const having = column.get(value);
      if (having) having.push(row);
      else column.set(value, [row]);
    }
    this.columns.set(field, column);
    return column;
  }

  /** @param {string} field @returns {(row: number) => string | null} */
  #valuesOf(field) {
    const { data, details } = this;
    const year = this.facets.get("year");
    if (field === "year" && year) return (row) => year.shown(row)[0]?.key ?? null;
    if (field === "id" || field === "added" || field === "name") return (row) => data[field][row];
    if (!details) throw new Error(`${field} is not loaded yet`);
    if (field === "published") return (row) => details.published[row];
    if (field === "author") return (row) => (details.authors[row] ? "known" : null);
    return (row) => details.identifiers[field][row];
  }
}
