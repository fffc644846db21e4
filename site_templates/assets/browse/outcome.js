/**
 * What a search has come to, in words: how many papers there are, above the list, in the tab's name and for those who
 * listen, and, where there is none, what was searched and what helps.
 *
 * @typedef {import("./engine.js").Answer} Answer
 * @typedef {import("./state.js").State} State
 */

import { announce } from "./announce.js";
import { counted, numeral } from "./counting.js";
import { chosen } from "./state.js";
import { brief } from "./value.js";

/** How long after the last change the number of papers is said to screen readers. */
const QUIET_MS = 600;

/**
 * @param {string} id
 * @returns {any} the element of the page's template with that id
 */
const element = (id) => document.getElementById(id);

export class Outcome {
  /**
   * @param {import("./facets.js").Facets} facets
   * @param {import("./order.js").Order} order
   * @param {import("./notes.js").Notes} notes
   */
  constructor(facets, order, notes) {
    this.facets = facets;
    this.order = order;
    this.notes = notes;
    this.waiting = 0;
    /** The tab's own name. */
    this.title = document.title;
  }

  /** An answer is waited for. */
  wait() {
    element("browse-results").ariaBusy = "true";
  }

  /**
   * @param {Answer} answer
   * @param {State} state that it answers
   * @param {boolean} whole whether everything was searched, and not only what is loaded first
   */
  show(answer, state, whole) {
    const { total, all, problems } = answer;
    element("browse-results").ariaBusy = null;
    element("browse-results").toggleAttribute("data-mistaken", problems.length > 0);
    // Before authors and terms are there, more may be found by what is typed.
    const soFar = !whole && state.text.trim() ? " so far" : "";
    const found = total === all ? counted(all) : `${numeral(total)} of ${counted(all)}${soFar}`;
    const rest = total === 1 ? " matches the rest" : " match the rest";
    element("browse-count").textContent = problems.length && total < all ? found + rest : found;
    this.#showEmpty(answer, state);
  }

  /** What can wait until the papers are on the page: telling the tab's name alone takes a millisecond. @param {Answer} answer @param {State} state */
  settle(answer, state) {
    const { total, results, problems } = answer;
    this.#nameTab(state, problems.length ? null : total);
    element("browse-drawer-show").textContent = `Show ${counted(total)}`;
    this.showMore(results.length < total);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#announce(answer), QUIET_MS);
  }

  /** @param {boolean} more whether there are more papers than the page shows */
  showMore(more) {
    element("browse-more").hidden = !more;
  }

  /** @param {Answer} answer @param {State} state */
  #showEmpty({ total, free, summarized }, state) {
    const filtered = chosen(state).length > 0 || state.ids !== null;
    element("browse-empty").hidden = total > 0;
    element("browse-empty-searched").hidden = !free;
    element("browse-empty-summaries").hidden = !summarized;
    element("browse-empty-filters").hidden = !filtered;
    element("browse-empty-less").hidden = filtered;
  }

  /** The tab and the browser's history say what is looked for, and what is found by it. @param {State} state @param {number | null} total */
  #nameTab(state, total) {
    const terms = chosen(state).map(({ field, key, where }) => `${where === "excluded" ? "not " : ""}${this.facets.label(field, key)}`);
    const asked = [brief(state.text.trim()), ...terms, state.ids ? "by link" : ""].filter(Boolean);
    const found = total === null ? "" : ` (${numeral(total)})`;
    document.title = asked.length ? `${asked.join(" · ")}${found} · ${this.title}` : this.title;
  }

  /** How many papers, their order where it is another one, and the notes. @param {Answer} answer */
  #announce({ total, problems: [problem] }) {
    if (problem) return announce(`Not understood: ${problem.message}`);
    const found = [total ? counted(total) : "No paper matches", this.order.news()].filter(Boolean).join(", ");
    announce(`${found}. ${this.notes.said}`.trim());
  }
}
