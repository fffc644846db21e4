/**
 * What goes on paper: every paper of the view, where the page shows the first of them, each with all of its
 * authors, and a line that says how many they are, in which order and where they are found again.
 *
 * A browser that is about to print does not wait, so that nothing here may.
 *
 * @typedef {object} Shown what the page shows
 * @property {HTMLElement} rows of the papers
 * @property {(result: import("./papers.js").Result) => HTMLElement} row
 * @property {number} total papers of the view
 * @property {import("./papers.js").Result[]} results the first of them, as many as were asked for; none where they cannot be had at once
 * @property {string} order in words
 * @property {string} address
 */

import { counted, numeral } from "./counting.js";

/**
 * Papers that are printed. A browser takes longer than the page to lay them out: on a busy machine 2,000 rows were made
 * in 0.3 s and laid out in 4 s as a list and 9 s as a table; 3,000 took 11 and 19 s.
 */
export const MOST = 2000;

export class Printing {
  /**
   * @param {HTMLElement} line that is seen on paper alone
   * @param {(most: number) => Shown} shown
   */
  constructor(line, shown) {
    this.line = line;
    this.shown = shown;
    /** @type {(() => void)[]} what takes back what was done for the paper */
    this.undo = [];
    addEventListener("beforeprint", () => this.#begin());
    addEventListener("afterprint", () => this.#end());
  }

  #begin() {
    this.#end(); // some browsers say twice that they begin
    const { rows, row, total, results, order, address } = this.shown(MOST);
    const there = rows.querySelectorAll("[data-id]").length;
    const added = results.slice(there).map(row);
    rows.append(...added);
    this.undo.push(() => added.forEach((one) => one.remove()));
    for (const authors of rows.querySelectorAll("details.result__authors:not([open])")) {
      authors.setAttribute("open", "");
      this.undo.push(() => authors.removeAttribute("open"));
    }
    const date = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
    this.line.textContent = `${onPaper(there + added.length, total)}, by ${order}.\n${address}, ${date}`;
  }

  #end() {
    for (const one of this.undo.splice(0)) one();
  }
}

/** @param {number} printed @param {number} total @returns {string} how many papers are on the sheet, and of how many */
function onPaper(printed, total) {
  if (printed < total) return `The first ${numeral(printed)} of ${counted(total)}; Export takes all of them along`;
  return total === 1 ? counted(total) : `All ${counted(total)}`;
}
