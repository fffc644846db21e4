/**
 * The order that the papers come in: the control above them, and how it is called.
 */

import { BEST, ascends } from "./sorts.js";
import { orderBy, orderOf } from "./state.js";

export class Order {
  /**
   * @param {HTMLSelectElement} sort
   * @param {HTMLButtonElement} backwards turns the order round
   * @param {(change: (state: import("./state.js").State) => import("./state.js").State) => void} onChange
   */
  constructor(sort, backwards, onChange) {
    this.sort = sort;
    this.backwards = backwards;
    /** The order that the page says, and whether anything is typed that could match. */
    this.order = "";
    this.matching = false;
    /** The order that a reader who listens has heard of. */
    this.heard = "";
    sort.addEventListener("change", () => onChange((state) => orderBy(state, sort.value)));
    backwards.addEventListener("click", () =>
      onChange((state) => {
        const order = orderOf(state);
        return orderBy(state, order.startsWith("-") ? order.slice(1) : `-${order}`);
      }),
    );
  }

  /** The best match is an order while there is something to match, and it cannot be turned round. @param {import("./state.js").State} state */
  show(state) {
    const order = orderOf(state);
    const typed = state.text.trim() !== "";
    if (order === this.order && typed === this.matching) return;
    [this.order, this.matching] = [order, typed];
    this.sort.value = order.replace("-", "");
    /** @type {HTMLOptionElement} */ (this.sort.querySelector(`[value=${BEST}]`)).disabled = !typed;
    const now = this.#direction();
    this.backwards.ariaLabel = this.backwards.title = `Reverse the order${now && `; now ${now}`}`;
    this.backwards.ariaPressed = String(order.startsWith("-"));
    /** @type {Element} */ (this.backwards.firstElementChild).textContent = ascends(order) ? "↑" : "↓";
    this.backwards.disabled = order === BEST;
  }

  /** What the papers are sorted by, and in which direction, in words. */
  get said() {
    return [this.sort.selectedOptions[0].text, this.#direction()].filter(Boolean).join(", ");
  }

  /** @returns {string} how the papers are sorted, where a reader who listens has not heard of it */
  news() {
    if (this.order === this.heard) return "";
    this.heard = this.order;
    return `sorted by ${this.said}`;
  }

  #direction() {
    return this.order === BEST ? "" : ascends(this.order) ? "ascending" : "descending";
  }
}
