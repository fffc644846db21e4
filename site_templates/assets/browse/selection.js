/**
 * The papers that a reader has ticked, kept in the browser across searches and visits.
 */

import { counted, numeral } from "./counting.js";
import { recall, remember, watch } from "./memory.js";

const REMEMBERED = "selection";
/** Papers: what a browser keeps of a site is limited, and each tick writes all of them. */
const MOST = 5000;
/** Characters of a link to selected papers; most servers refuse an address of more than 8,192 bytes. */
export const LONGEST_LINK = 8000;
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

  /** How many there are, in words. */
  get said() {
    return `${numeral(this.ids.length)} selected`;
  }

  /** @param {string} id */
  has(id) {
    return this.known.has(id);
  }

  /**
   * @param {string[]} ids
   * @param {boolean} selected
   * @throws {Error} where there would be more than can be kept; then nothing has changed
   */
  set(ids, selected) {
    const these = new Set(ids);
    // Another tab may have changed it, and this one may have been asleep.
    const before = kept();
    const after = selected ? [...new Set([...before, ...ids])] : before.filter((id) => !these.has(id));
    if (selected && after.length > MOST) {
      const most = `no more than ${counted(MOST)} can be selected, and these would make ${numeral(after.length)}`;
      throw new Error(`${most}; filter them first, or use Export, which takes all that are found`);
    }
    this.#keep(after);
  }

  /** @param {string[] | null} ids each of them once @returns {boolean} whether they are what is selected, and all of it */
  isOf(ids) {
    return ids?.length === this.ids.length && ids.every((id) => this.known.has(id));
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
