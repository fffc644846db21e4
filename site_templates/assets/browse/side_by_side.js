/**
 * The view of few papers side by side: when it is shown, and what is said above it. What it shows is comparison.js,
 * which is loaded when it is first asked for.
 *
 * @typedef {import("./state.js").State} State
 */

import { COMPARE } from "./state.js";

/** Papers that stand side by side; of more, a reader is to choose. */
export const MOST = 6;

export class SideBySide {
  /** @param {Map<string, string>} labels of fields */
  constructor(labels) {
    this.labels = labels;
    this.element = /** @type {HTMLElement} */ (document.getElementById("browse-compare"));
    this.said = /** @type {HTMLElement} */ (document.getElementById("browse-compare-said"));
    /** The element that holds the heads of the columns. */
    this.rows = /** @type {HTMLElement} */ (document.getElementById("browse-compared"));
    /** @type {import("./comparison.js").Comparison | null} */
    this.comparison = null;
    /** Until what was asked for is there. */
    this.done = Promise.resolve();
  }

  /** @param {State} state @param {number} papers that it finds @returns {boolean} whether they are few enough; more are a list to choose from */
  holds({ view }, papers) {
    return view === COMPARE && papers > 0 && papers <= MOST;
  }

  /** @param {State} state @param {number} papers that it finds */
  show(state, papers) {
    this.element.hidden = !this.holds(state, papers);
    this.said.hidden = state.view !== COMPARE || !papers;
    this.said.textContent = this.said.hidden ? "" : explained(papers);
  }

  /**
   * @param {import("./engine.js").Answer} answer
   * @param {() => boolean} wanted whether it still is
   * @returns {Promise<boolean>} whether it is shown
   */
  async replace({ results, facts = [] }, wanted) {
    const { Comparison } = await import("./comparison.js");
    this.comparison ??= new Comparison(this.element, this.labels);
    if (wanted()) this.comparison.replace(results, facts);
    return wanted();
  }
}

/** @param {number} papers that are found @returns {string} what a reader sees, or what is to be done to see more */
export function explained(papers) {
  const choose = `tick 2 to ${MOST} and choose Compare in the bar that then appears below`;
  if (papers > MOST) return `No more than ${MOST} papers stand side by side: ${choose}.`;
  if (papers === 1) return `One paper alone has nothing to compare: in a list of papers, ${choose}.`;
  return papers ? "≠ marks a row of tags in which papers differ; a tag that only one of them has is in bold." : "";
}
