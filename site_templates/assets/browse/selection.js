/**
 * The papers that a reader has ticked, kept in the browser across searches and visits.
 */

import { recall, remember, watch } from "./memory.js";

const REMEMBERED = "selection";
/** What is kept may have been written by another version, or by hand. */
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export class Selection {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {string[]} in the order in which they were ticked */
    this.ids = [];
    this.known = new Set();
    this.#take(kept());
    watch(REMEMBERED, () => {
      this.#take(kept());
      onChange();
    });
  }

  /** @param {string} id */
  has(id) {
    return this.known.has(id);
  }

  /** @param {string} id @param {boolean} selected */
  set(id, selected) {
    // Another tab may have changed it, and this one may have been asleep.
    const others = kept().filter((one) => one !== id);
    this.#keep(selected ? [...others, id] : others);
  }

  clear() {
    this.#keep([]);
  }

  /** @param {string[]} ids */
  #take(ids) {
    this.ids = ids;
    this.known = new Set(ids);
  }

  /** @param {string[]} ids */
  #keep(ids) {
    this.#take(ids);
    remember(REMEMBERED, ids);
    this.onChange();
  }
}

/** @returns {string[]} in the order in which they were ticked */
function kept() {
  const ids = recall(REMEMBERED);
  return Array.isArray(ids) ? [...new Set(ids)].filter((id) => typeof id === "string" && ID.test(id)) : [];
}
