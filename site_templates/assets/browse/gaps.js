/**
 * Below the matrix: how many pairs of terms have no paper, and, unfolded, which ones: those that other papers of
 * the catalogue have, with a link to them, and those that none has.
 *
 * @typedef {import("./matrix.js").Shown} Shown
 * @typedef {{down: Shown, tried: {across: Shown, papers: number}[], untried: Shown[]}} Gaps of one row: terms that
 *   only papers elsewhere have with it, and terms that no paper has with it
 */

import { counted, numeral } from "./counting.js";
import { saysNothing } from "./facet.js";

export class GapList {
  /**
   * @param {HTMLDetailsElement} element
   * @param {{across: string, down: string}} fields
   */
  constructor(element, fields) {
    this.element = element;
    this.fields = fields;
    const [summary, list] = /** @type {any} */ (element.children);
    this.summary = /** @type {HTMLElement} */ (summary);
    this.list = /** @type {HTMLElement} */ (list);
    /** @type {Gaps[]} */
    this.gaps = [];
    element.addEventListener("toggle", () => this.#fill());
  }

  /** @param {Shown[]} down @param {Shown[]} across @param {import("./narrowing.js").Matrix} matrix */
  show(down, across, matrix) {
    const rows = down.filter(tells);
    const columns = across.filter(tells);
    this.gaps = gapsOf(rows, columns, matrix);
    this.summary.textContent = said(this.gaps, rows.length * columns.length);
    this.#fill();
  }

  /** The list is long, and few unfold it. */
  #fill() {
    if (!this.element.open) this.list.replaceChildren();
    else this.list.replaceChildren(...this.gaps.map((one) => this.#row(one)));
  }

  /** @param {Gaps} gaps */
  #row({ down, tried, untried }) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.textContent = down.label;
    row.append(term);
    const links = tried.map(({ across, papers }) => {
      const link = document.createElement("a");
      const { fields } = this;
      link.href = `?${new URLSearchParams({ [fields.down]: down.key, [fields.across]: across.key })}`;
      link.textContent = `${across.label} ${numeral(papers)}`;
      link.ariaLabel = `${down.label}, ${across.label}: ${counted(papers)} elsewhere`;
      return link;
    });
    if (links.length) row.append(entry("Elsewhere: ", links));
    if (untried.length) row.append(entry("In no paper: ", untried.map(({ label }) => label)));
    return row;
  }
}

/**
 * @param {Shown[]} down
 * @param {Shown[]} across
 * @param {import("./narrowing.js").Matrix} matrix
 * @returns {Gaps[]} of the rows that have any
 */
function gapsOf(down, across, { cells, everywhere }) {
  return down
    .map((row) => {
      const empty = across.filter(({ at }) => !cells[row.at][at]);
      const tried = empty.map((column) => ({ across: column, papers: everywhere[row.at][column.at] }));
      return { down: row, tried: tried.filter(({ papers }) => papers), untried: empty.filter(({ at }) => !everywhere[row.at][at]) };
    })
    .filter(({ tried, untried }) => tried.length + untried.length);
}

/** @param {Gaps[]} gaps @param {number} pairs that there are @returns {string} */
export function said(gaps, pairs) {
  const sum = (/** @type {(one: Gaps) => number} */ size) => gaps.reduce((total, one) => total + size(one), 0);
  const tried = sum((one) => one.tried.length);
  const empty = tried + sum((one) => one.untried.length);
  const have = empty === 1 ? "has" : "have";
  if (!tried) return `${numeral(empty)} of ${numeral(pairs)} pairs ${have} no paper`;
  return `${numeral(empty)} of ${numeral(pairs)} pairs ${have} no paper here; ${numeral(tried)} of them ${tried === 1 ? "has" : "have"} papers elsewhere in the catalogue`;
}

/** @param {Shown} term */
function tells({ key }) {
  return !saysNothing(key);
}

/** @param {string} what @param {(string | HTMLElement)[]} terms */
function entry(what, terms) {
  const made = document.createElement("dd");
  made.append(what, ...terms.flatMap((term, at) => (at ? [", ", term] : [term])));
  return made;
}
