/**
 * The view as a matrix: how many papers have each pair of two facets' terms. A number filters by both, a
 * heading by one. The numbers are one stop of the Tab key; arrow keys move between them. Terms that no paper of
 * the view has are there, too: what nobody has tried is as much of an answer.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Only} Only
 * @typedef {{field: string, labels: Map<string, string>}} Side a facet and what its terms are called
 * @typedef {{key: string, label: string, at: number}} Shown a term and its position in the facet
 */

import { counted, numeral } from "./counting.js";
import { GapList } from "./gaps.js";
import { isOnly } from "./state.js";

/** How many shades tell small numbers from large. */
const SHADES = 5;

export class Matrix {
  /**
   * @param {HTMLElement} element
   * @param {{across: Side, down: Side}} sides
   * @param {(only: Only) => void} onChoose
   */
  constructor(element, { across, down }, onChoose) {
    this.element = element;
    this.head = /** @type {HTMLElement} */ (element.querySelector("thead"));
    this.body = /** @type {HTMLElement} */ (element.querySelector("tbody"));
    this.across = termsOf(across);
    this.down = termsOf(down);
    this.dots = /** @type {HTMLElement} */ (element.querySelector("[data-dots]"));
    this.gaps = new GapList(/** @type {HTMLDetailsElement} */ (element.querySelector("details")), {
      across: across.field,
      down: down.field,
    });
    /** The fields that the engine counts. */
    this.fields = /** @type {[string, string]} */ ([across.field, down.field]);
    /** Whether there is anything to count: a facet that says nothing of any paper is not in the page. */
    this.counts = across.labels.size > 0 && down.labels.size > 0;
    element.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button");
      if (button) onChoose(JSON.parse(button.dataset.only ?? "{}"));
    });
    element.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Whether no number has been shown yet. */
  get isEmpty() {
    return !this.body.firstChild;
  }

  /**
   * @param {State} state
   * @param {import("./narrowing.js").Matrix} matrix
   */
  replace(state, matrix) {
    const { cells, across, down, everywhere } = matrix;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest(".matrix button"))?.dataset.only;
    const columns = this.across;
    const rows = this.down;
    const most = Math.max(1, ...cells.flat());
    const [x, y] = this.fields;
    const corner = document.createElement("tr");
    corner.append(document.createElement("td"));
    corner.append(...columns.map((term) => heading("col", term, across[term.at], { [x]: term.key, [y]: null }, state)));
    this.head.replaceChildren(corner);
    this.body.replaceChildren(
      ...rows.map((term) => {
        const row = document.createElement("tr");
        row.append(heading("row", term, down[term.at], { [y]: term.key, [x]: null }, state));
        for (const { key, label, at } of columns) {
          const said = `${term.label}, ${label}`;
          const count = cells[term.at][at];
          if (count) row.append(numberCell(count, most, said, { [y]: term.key, [x]: key }, state));
          else row.append(emptyCell(everywhere[term.at][at], said));
        }
        return row;
      }),
    );
    this.dots.hidden = !this.body.querySelector(".matrix__elsewhere");
    this.gaps.show(rows, columns, matrix);
    this.#makeOneStop(focused);
  }

  /** @param {string | undefined} focused what the button that had the focus chose */
  #makeOneStop(focused) {
    const buttons = /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("button")]);
    const current = buttons.find((button) => button.dataset.only === focused);
    const stop = current ?? this.body.querySelector("td button") ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
    current?.focus();
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const cell = /** @type {HTMLTableCellElement | null} */ (/** @type {Element} */ (event.target).closest("td, th"));
    if (!step || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const rows = [...this.element.querySelectorAll("tr")];
    let row = rows.indexOf(/** @type {HTMLTableRowElement} */ (cell.parentElement)) + step[0];
    let column = cell.cellIndex + step[1];
    for (; rows[row]?.cells[column]; row += step[0], column += step[1]) {
      const button = rows[row].cells[column].querySelector("button");
      if (!button) continue;
      for (const other of this.element.querySelectorAll("button[tabindex='0']")) other.setAttribute("tabindex", "-1");
      button.tabIndex = 0;
      button.focus();
      return;
    }
  }
}

/** @param {Side} side @returns {Shown[]} */
function termsOf({ labels }) {
  return [...labels].map(([key, label], at) => ({ key, label, at }));
}

/**
 * @param {"row" | "col"} scope
 * @param {Shown} term
 * @param {number} count
 * @param {Only} only
 * @param {State} state
 */
function heading(scope, { label }, count, only, state) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.className = `matrix__${scope}`;
  const button = filterButton(only, state);
  const words = document.createElement("span");
  words.textContent = label;
  const number = document.createElement("span");
  number.className = "matrix__total numeral";
  number.textContent = numeral(count);
  button.append(words, " ", number);
  cell.append(button);
  return cell;
}

/**
 * @param {number} count
 * @param {number} most
 * @param {string} label
 * @param {Only} only
 * @param {State} state
 */
function numberCell(count, most, label, only, state) {
  const cell = document.createElement("td");
  const button = filterButton(only, state);
  // The quotient for the largest number may come out a little above 1.
  const shade = Math.min(SHADES, Math.ceil((SHADES * Math.log1p(count)) / Math.log1p(most)));
  button.className = `matrix__number matrix__number--${shade} numeral`;
  button.textContent = numeral(count);
  button.setAttribute("aria-label", `${counted(count)}: ${label}`);
  cell.append(button);
  return cell;
}

/** @param {number} elsewhere papers that the view has not @param {string} label */
function emptyCell(elsewhere, label) {
  const cell = document.createElement("td");
  if (!elsewhere) return cell;
  cell.className = "matrix__elsewhere";
  cell.title = `${label}: ${counted(elsewhere)} elsewhere`;
  return cell;
}

/** @param {Only} only @param {State} state */
function filterButton(only, state) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.only = JSON.stringify(only);
  button.setAttribute("aria-pressed", String(isOnly(state, only)));
  return button;
}
