/**
 * The bar of selected papers at the foot of the window: how many, and what can be done with them.
 */

import { Menu } from "./menu.js";

export class Tray {
  /**
   * @param {HTMLElement} element
   * @param {import("./selection.js").Selection} selection
   * @param {object} events
   * @param {() => void} events.onShow show the selected papers alone
   * @param {() => void} events.onCompare show them side by side
   * @param {(button: HTMLElement) => void} events.onShare copy a link to them
   * @param {() => void} events.onClear
   * @param {(format: string, action: "copy" | "download", button: HTMLElement) => void} events.onExport
   */
  constructor(element, selection, { onShow, onCompare, onShare, onClear, onExport }) {
    this.element = element;
    this.selection = selection;
    const part = (/** @type {string} */ name) => /** @type {any} */ (document.getElementById(`browse-tray-${name}`));
    this.count = part("count");
    this.menu = new Menu(part("export"), onExport);
    part("show").addEventListener("click", onShow);
    this.compare = part("compare");
    this.compare.addEventListener("click", onCompare);
    part("share").addEventListener("click", (/** @type {Event} */ { currentTarget }) => onShare(/** @type {any} */ (currentTarget)));
    part("clear").addEventListener("click", onClear);
    /** @type {HTMLElement | null} where the reader came from */
    this.before = null;
    element.addEventListener("focusin", ({ relatedTarget: from }) => {
      if (from instanceof HTMLElement && !element.contains(from)) this.before = from;
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return; // a menu that closes
      this.before?.focus();
    });
  }

  /** @returns {boolean} whether the focus is here now: not where nothing is selected */
  focus() {
    if (this.element.hidden) return false;
    this.element.querySelector("button")?.focus();
    return true;
  }

  show() {
    const size = this.selection.ids.length;
    const lost = !size && this.element.contains(document.activeElement);
    this.count.textContent = this.selection.said;
    this.element.hidden = !size;
    this.compare.hidden = size < 2;
    document.documentElement.classList.toggle("browse-selected", size > 0);
    this.menu.show(size);
    if (lost) this.#leave();
  }

  /** The focus is not lost with the bar, nor the place on the page: it goes where the reader came from, or to the search box. */
  #leave() {
    for (const to of [this.before, document.getElementById("browse-text")]) {
      to?.focus({ preventScroll: true });
      if (document.activeElement === to) return;
    }
  }
}
