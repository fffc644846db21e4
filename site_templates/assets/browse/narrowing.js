/**
 * What the facets leave of a base of papers, and how many papers stand beside each of their terms.
 *
 * @typedef {import("./facet.js").Facet} Facet
 *
 * @typedef {object} Ticked
 * @property {Record<string, string[]>} filters field -> keys; any of a field's keys, and all fields
 * @property {string[]} [all] fields of which a paper has every key
 * @property {Record<string, string[]>} excluded field -> keys, none of which a paper has
 *
 * @typedef {{cells: number[][], across: number[], down: number[], everywhere: number[][]}} Matrix papers of each pair of
 *   two facets' terms, and of each term, as ticking nothing else in these two facets would find them; and of each pair
 *   in the whole catalogue
 */

import * as bits from "./bits.js";

export class Narrowing {
  /** @param {Uint32Array} base @param {Facet[]} facets @param {Ticked} ticked */
  constructor(base, facets, { filters, excluded, all = [] }) {
    this.base = base;
    this.filters = filters;
    this.excluded = excluded;
    this.all = all;
    /** @type {Map<Facet, Uint32Array>} papers with any of the facet's ticked terms, or with all of them */
    this.chosen = new Map();
    /** @type {Map<Facet, Uint32Array>} papers with any of its excluded terms */
    this.refused = new Map();
    for (const facet of facets) {
      const keys = filters[facet.field] ?? [];
      const held = all.includes(facet.field) ? facet.all(keys) : facet.any(keys);
      if (held) this.chosen.set(facet, held);
      const none = facet.any(excluded[facet.field] ?? []);
      if (none) this.refused.set(facet, none);
    }
  }

  /**
   * @param {Facet[]} untouched facets whose ticks do not count
   * @param {Facet | null} admitted the facet whose exclusions do not count
   */
  rows(untouched = [], admitted = null) {
    const rows = this.base.slice();
    for (const [facet, held] of this.chosen) if (!untouched.includes(facet)) bits.intersect(rows, held);
    for (const [facet, none] of this.refused) if (facet !== admitted) bits.subtract(rows, none);
    return rows;
  }

  /**
   * @param {Facet} facet
   * @param {Uint32Array} rows what all facets leave
   * @returns {number[]} what stands beside each of its terms
   */
  counts(facet, rows) {
    // What a facet's own ticks leave out is what another tick in it would bring, unless all of them must hold.
    const base = this.chosen.has(facet) && !this.all.includes(facet.field) ? this.rows([facet]) : rows;
    const counts = facet.sets.map((set) => bits.sizeOfBoth(base, set));
    for (const key of this.excluded[facet.field] ?? []) {
      const position = facet.position.get(key);
      if (position !== undefined) counts[position] = this.#keptOut(facet, key, rows);
    }
    return counts;
  }

  /** @param {Facet} facet @param {string} key @param {Uint32Array} rows */
  #keptOut(facet, key, rows) {
    const without = this.rows([], facet);
    const others = facet.any((this.excluded[facet.field] ?? []).filter((one) => one !== key));
    if (others) bits.subtract(without, others);
    return bits.size(without) - bits.size(rows);
  }

  /**
   * @param {Facet} across
   * @param {Facet} down
   * @returns {Matrix}
   */
  matrix(across, down) {
    const base = this.rows([across, down]);
    /** @param {Uint32Array} rows @param {Facet} facet */
    const sizes = (rows, facet) => facet.sets.map((set) => bits.sizeOfBoth(rows, set));
    const cells = down.sets.map((one) => {
      const both = base.slice();
      bits.intersect(both, one);
      return sizes(both, across);
    });
    const everywhere = down.sets.map((one) => sizes(one, across));
    return { cells, across: sizes(base, across), down: sizes(base, down), everywhere };
  }
}
