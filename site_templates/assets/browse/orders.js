/**
 * The orders in which papers are listed.
 */

import * as bits from "./bits.js";
import { BEST, NEWEST, ascends, sortsOf } from "./sorts.js";
import { words } from "./words.js";

export class Orders {
  /** @param {import("./papers.js").Papers} papers */
  constructor(papers) {
    this.papers = papers;
    this.sorts = sortsOf(papers.facetOf.keys());
    /** @type {Map<string, Uint32Array>} */
    this.known = new Map();
  }

  /**
   * @param {Uint32Array} rows
   * @param {string} sort one of sortsOf, with "-" before it for the other way round
   * @param {Uint32Array[]} closest of these rows come first, in the order of the sets; those in the first set, which
   *   have the same name, with the oldest, who gave it to the others
   * @param {number} size
   * @returns {number[]} the first of them in that order
   */
  first(rows, sort, closest, size) {
    /** @type {number[]} */
    let first = [];
    const rest = rows.slice();
    for (const [position, close] of closest.entries()) {
      if (first.length === size) return first;
      const here = rest.slice();
      bits.intersect(here, close);
      bits.subtract(rest, here);
      const closer = position ? bits.first(here, size - first.length) : bits.first(here, Infinity).reverse();
      first = first.concat(closer.slice(0, size - first.length));
    }
    return first.concat(this.#ordered(rest, sort, size - first.length));
  }

  /**
   * @param {Uint32Array} rows
   * @param {string} sort
   * @param {number} size
   * @returns {number[]} the first of them in that order
   */
  #ordered(rows, sort, size) {
    const order = this.#order(sort);
    if (!order) return bits.first(rows, size);
    const ordered = [];
    for (let at = 0; at < order.length && ordered.length < size; at++) if (bits.has(rows, order[at])) ordered.push(order[at]);
    return ordered;
  }

  /**
   * @param {string} sort
   * @returns {Uint32Array | null} all rows in that order; null for the order of the data
   */
  #order(sort) {
    const by = sort.replace("-", "");
    if (sort === NEWEST || by === BEST || !this.sorts.includes(by)) return null;
    let order = this.known.get(sort);
    if (!order) this.known.set(sort, (order = this.#computed(sort)));
    return order;
  }

  /** @param {string} sort */
  #computed(sort) {
    const by = sort.replace("-", "");
    const { papers } = this;
    const { added, title, name } = papers.index;
    /** @type {Record<string, (row: number) => string>} */
    const texts = {
      newest: (row) => (papers.label("year", row) ? String(papers.size - row).padStart(9, "0") : ""),
      added: (row) => added[row] ?? "",
      title: (row) => title[row],
      name: (row) => name[row] ?? "",
      code: (row) => String(papers.facetOf.get("code")?.codesOf(row)[0]),
    };
    const textOf = texts[by] ?? ((row) => papers.label(by, row));
    const keys = Array.from({ length: papers.size }, (_, row) => words(textOf(row)).join(" "));
    const direction = ascends(sort) ? 1 : -1;
    return Uint32Array.from(keys.keys()).sort((a, b) => {
      // Sorting is stable: within equal keys the newest stays first. What is empty comes last.
      if (keys[a] === keys[b]) return 0;
      if (!keys[a] || !keys[b]) return keys[a] ? -1 : 1;
      return keys[a] < keys[b] ? -direction : direction;
    });
  }
}
