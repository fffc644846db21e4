/**
 * The button that selects all papers that the view finds, on the page or not yet; and, where all of them are
 * selected, none.
 */

import { announce } from "./announce.js";
import { numeral } from "./counting.js";
import { complain } from "./problem.js";

export class SelectAll {
  /**
   * @param {import("./selection.js").Selection} selection
   * @param {() => Promise<string[]>} found ids of all papers that the view finds
   */
  constructor(selection, found) {
    this.button = /** @type {HTMLButtonElement} */ (document.getElementById("browse-select-all"));
    this.selection = selection;
    this.found = found;
    /** @type {number | null} in the view; null until that is known */
    this.papers = null;
    this.serial = 0;
    this.button.addEventListener("click", () => this.#press().catch(complain));
  }

  /** @param {number | null} [papers] in the view; as before, where only the selection has changed */
  show(papers = this.papers) {
    this.papers = papers;
    if (papers !== null) this.#say(papers).catch(complain);
  }

  /** @param {number} papers */
  async #say(papers) {
    const serial = ++this.serial;
    // Which papers there are is asked for only where all of them may be selected.
    const likely = papers > 0 && this.selection.ids.length >= papers;
    const done = likely && this.#holds(await this.found());
    if (serial !== this.serial) return;
    this.button.hidden = !papers;
    this.button.textContent = `${done ? "Unselect" : "Select"} ${papers === 1 ? "it" : `all ${numeral(papers)}`}`;
  }

  /** @param {string[]} ids */
  #holds(ids) {
    return ids.every((id) => this.selection.has(id));
  }

  async #press() {
    const ids = await this.found();
    this.selection.set(ids, !this.#holds(ids));
    announce(this.selection.said);
  }
}
