/**
 * What narrows the list down, as a row of chips above it; each takes itself away.
 */

import { counted } from "./counting.js";
import { chosen, toggle, want } from "./state.js";

export class Active {
  /**
   * @param {HTMLElement} element
   * @param {import("./facets.js").Facets} facets
   * @param {object} page
   * @param {(state: import("./state.js").State) => void} page.onChoose
   * @param {() => void} page.onClear
   * @param {() => void} page.onEmpty
   * @param {(ids: string[]) => boolean} page.isSelection whether these are the papers that the reader has selected
   */
  constructor(element, facets, { onChoose, onClear, onEmpty, isSelection }) {
    this.element = element;
    this.facets = facets;
    this.isSelection = isSelection;
    /** How many of the papers that are asked for there are not. */
    this.missing = 0;
    this.onChoose = onChoose;
    this.onClear = onClear;
    this.onEmpty = onEmpty;
  }

  /**
   * @param {import("./state.js").State} state
   * @returns {number} how many things are asked for by them
   */
  show(state) {
    const chips = chosen(state).map(({ field, key, where }) => {
      const name = `${this.facets.labels.get(field)}: ${this.facets.label(field, key)}`;
      const said = where === "excluded" ? `not ${name}` : name;
      return this.#chip(said, `Remove the filter ${said}`, field, toggle(state, field, key, where));
    });
    const asked = chosen(state).map(({ field, where }) => (where === "filters" ? field : ""));
    // Behind the terms that it speaks of.
    for (const field of state.all) {
      const name = `${this.facets.labels.get(field)}: all of these`;
      const chip = this.#chip(name, `${name}; show papers with any of them`, field, want(state, field, false));
      const behind = asked.lastIndexOf(field) + 1;
      chips.splice(behind, 0, chip);
      asked.splice(behind, 0, field);
    }
    if (state.ids) {
      const said = this.#ofIds(state.ids);
      chips.unshift(this.#chip(said, `Remove the filter ${said}`, "name", { ...state, ids: null }));
    }
    const at = [...this.element.children].indexOf(/** @type {Element} */ (document.activeElement));
    this.element.hidden = !chips.length;
    this.element.replaceChildren(...chips, this.#clearButton());
    if (at >= 0) this.#focusNear(at);
    return chips.length - state.all.length;
  }

  /** @param {import("./state.js").State} state @param {number} missing how many of its papers there are not */
  showMissing(state, missing) {
    if (!state.ids || missing === this.missing) return;
    this.missing = missing;
    this.show(state);
  }

  /** @param {string[]} ids */
  #ofIds(ids) {
    const count = ids.length - this.missing;
    return this.isSelection(ids) ? counted(count, "selected paper") : `${counted(count)} of this link`;
  }

  /** @param {string} text @param {string} said @param {string} field @param {import("./state.js").State} without */
  #chip(text, said, field, without) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = `chip chip--${field} browse__filter`;
    chip.textContent = text;
    chip.setAttribute("aria-label", said);
    chip.addEventListener("click", () => this.onChoose(without));
    return chip;
  }

  #clearButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet browse__clear";
    button.textContent = "Clear all";
    button.addEventListener("click", () => this.onClear());
    return button;
  }

  /**
   * The focus must not be lost with the chip that was taken away, nor come to what clears all before the last is gone.
   * @param {number} at
   */
  #focusNear(at) {
    const chips = this.element.children.length - 1;
    if (this.element.hidden) this.onEmpty();
    else /** @type {HTMLElement} */ (this.element.children[Math.min(at, Math.max(chips - 1, 0))]).focus();
  }
}
