/**
 * A menu of export formats: what is in it, and how it opens and closes.
 */

import { counted } from "./counting.js";
import { say } from "./toast.js";

export class Menu {
  /**
   * @param {HTMLDetailsElement} element
   * @param {(format: string, action: "copy" | "download", button: HTMLElement) => void} onChoose
   */
  constructor(element, onChoose) {
    this.element = element;
    this.summary = /** @type {HTMLElement} */ (element.querySelector("summary"));
    element.addEventListener("click", (event) => {
      const { target } = event;
      const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-do]"));
      const format = /** @type {HTMLElement | null} */ (button?.closest("[data-format]"))?.dataset.format;
      const { ariaDisabled, title } = this.summary;
      if (ariaDisabled && this.summary.contains(/** @type {Node} */ (target))) {
        event.preventDefault();
        say(title);
      }
      if (button && format) onChoose(format, /** @type {"copy" | "download"} */ (button.dataset.do), button);
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !element.open) return;
      event.preventDefault();
      element.open = false;
      this.summary.focus();
    });
    element.addEventListener("toggle", () => {
      if (element.open) say(""); // what was said lies over the menu of the bar
      document.documentElement.classList.toggle("browse-exporting", element.open);
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!element.contains(/** @type {Node} */ (target))) element.open = false;
    });
    element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !element.contains(/** @type {Node} */ (relatedTarget))) element.open = false;
    });
  }

  /** @param {number} papers how many it is about */
  show(papers) {
    const what = /** @type {HTMLElement} */ (this.element.querySelector("[data-what]"));
    what.textContent = `${counted(papers)} as`;
    this.summary.ariaDisabled = papers ? null : "true";
    this.summary.title = papers ? "" : "No paper to export";
    if (!papers) this.element.open = false;
  }
}
