/**
 * What narrows the list down, as a row of chips above it; each takes itself away.
 */

import { chosen, toggle, want } from "./state.js";

export class Active {
  /**
   * @param {HTMLElement} element
   * @param {import("./facets.js").Facets} facets
   * @param {{onChoose: (state: import("./state.js").State) => void, onClear: () => void, onEmpty: () => void}} events
   */
  constructor(element, facets, { onChoose, onClear, onEmpty }) {
    this.element = element;
    this.facets = facets;
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
      return this.#chip(said, `chip--${field}`, toggle(state, field, key, where));
    });
    for (const field of state.all) {
      const name = `${this.facets.labels.get(field)}: all of these`;
      chips.push(this.#chip(name, `chip--${field}`, want(state, field, false)));
    }
    if (state.ids) {
      const said = `${state.ids.length} ${state.ids.length === 1 ? "paper" : "papers"} by link`;
      chips.unshift(this.#chip(said, "chip--name", { ...state, ids: null }));
    }
    this.element.hidden = !chips.length;
    this.element.replaceChildren(...chips, this.#clearButton());
    return chips.length - state.all.length;
  }

  /** @param {string} name @param {string} className @param {import("./state.js").State} without */
  #chip(name, className, without) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = `chip ${className} browse__filter`;
    chip.textContent = name;
    chip.setAttribute("aria-label", `Remove the filter ${name}`);
    chip.addEventListener("click", () => {
      const at = [...this.element.children].indexOf(chip);
      this.onChoose(without);
      this.#focusNear(at);
    });
    return chip;
  }

  #clearButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet browse__clear";
    button.textContent = "Clear all";
    button.addEventListener("click", () => {
      this.onClear();
      this.#focusNear(0);
    });
    return button;
  }

  /**
   * The focus must not be lost with the chip that was taken away.
   * @param {number} at
   */
  #focusNear(at) {
    if (this.element.hidden) this.onEmpty();
    else /** @type {HTMLElement} */ (this.element.children[Math.min(at, this.element.children.length - 1)]).focus();
  }
}
