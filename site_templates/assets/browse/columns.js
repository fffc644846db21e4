/**
 * Papers by what they have one of: an identifier, a date, a link.
 *
 * @typedef {Uint32Array} Rows
 */

import * as bits from "./bits.js";
import { order } from "./dates.js";

export class Columns {
  /** @param {import("./papers.js").Papers} papers */
  constructor(papers) {
    this.papers = papers;
    /** @type {Map<string, Map<string, number[]>>} field -> value -> rows; made when it is asked for */
    this.known = new Map();
  }

  /** @param {string} field @returns {Rows} papers of which it is not known */
  unknown(field) {
    return this.#rows(this.#column(field).get(""));
  }

  /** @param {string} field of dates @param {{first: string, last: string}} range both ends included, "" for none @returns {Rows} */
  between(field, { first, last }) {
    const rows = bits.none(this.papers.size);
    for (const [date, having] of this.#column(field)) {
      if (!date || (first && order(date, first) < 0) || (last && order(date, last) > 0)) continue;
      for (const row of having) bits.add(rows, row);
    }
    return rows;
  }

  /** @param {string} field of identifiers @param {string} wanted in lower case @returns {Rows} */
  identified(field, wanted) {
    const rows = this.#rows(this.#column(field).get(wanted));
    const former = this.papers.details?.former_ids ?? {};
    if (field === "id" && Object.hasOwn(former, wanted)) bits.add(rows, former[wanted]);
    return rows;
  }

  /** @param {string[]} ids also former ones @returns {{rows: Rows, missing: string[]}} and those of no paper */
  ofIds(ids) {
    const rows = bits.none(this.papers.size);
    const missing = [];
    for (const id of ids) {
      const one = this.identified("id", id);
      if (bits.size(one)) bits.unite(rows, one);
      else missing.push(id);
    }
    return { rows, missing };
  }

  /** @param {string} address @returns {Rows} papers whose first code link or paper link it is, or lies below */
  ofAddress(address) {
    const rows = bits.none(this.papers.size);
    const wanted = `${plainly(address)}/`;
    const { code = [], paper = [] } = this.papers.details ?? {};
    for (let row = 0; row < this.papers.size; row++) {
      if ([code[row], paper[row]].some((link) => link && wanted.startsWith(`${plainly(link)}/`))) bits.add(rows, row);
    }
    return rows;
  }

  /** @param {number[]} [rows] @returns {Rows} */
  #rows(rows = []) {
    const set = bits.none(this.papers.size);
    for (const row of rows) bits.add(set, row);
    return set;
  }

  /**
   * @param {string} field
   * @returns {Map<string, number[]>} its values in lower case and the rows that have each; "" for unknown
   */
  #column(field) {
    let column = this.known.get(field);
    if (column) return column;
    column = new Map();
    const valueOf = this.#valuesOf(field);
    for (let row = 0; row < this.papers.size; row++) {
      const value = (valueOf(row) ?? "").toLowerCase();
      const having = column.get(value);
      if (having) having.push(row);
      else column.set(value, [row]);
    }
    this.known.set(field, column);
    return column;
  }

  /** @param {string} field @returns {(row: number) => string | null} */
  #valuesOf(field) {
    const { index, details, summaries, facetOf } = this.papers;
    const year = facetOf.get("year");
    if (field === "year" && year) return (row) => year.shown(row)[0]?.key ?? null;
    if (field === "id" || field === "added" || field === "name") return (row) => index[field][row];
    if (field === "summary" && summaries) return (row) => (summaries[row] ? "known" : null);
    if (!details) throw new Error(`${field} is not loaded yet`);
    if (field === "published") return (row) => details.published[row];
    if (field === "author") return (row) => (details.authors[row] ? "known" : null);
    return (row) => details.identifiers[field][row];
  }
}

/** @param {string} link @returns {string} what all spellings of one address have in common */
function plainly(link) {
  return link.toLowerCase().replace(/^https?:\/\/(?:www\.)?/, "").replace(/[?#].*$/, "").replace(/(?:\.git)?\/*$/, "");
}
