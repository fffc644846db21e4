/**
 * The facets in the page: for each term a checkbox in place of the link that the page came with, a button
 * that excludes it, and its count; where a paper may have several, whether it needs any or all of those ticked.
 *
 * @typedef {object} Term
 * @property {string} key
 * @property {HTMLElement} item
 * @property {HTMLInputElement} box
 * @property {HTMLButtonElement} not
 * @property {HTMLElement} count
 * @property {string[]} words of its label, folded
 *
 * @typedef {object} Part one facet
 * @property {HTMLDetailsElement} element
 * @property {HTMLElement} ticked
 * @property {HTMLElement | null} wanted any or all; null where a paper has one term
 * @property {Term[]} terms
 */

import { numeral } from "./counting.js";
import { words } from "./words.js";

export class Facets {
  /**
   * @param {HTMLElement} root
   * @param {(field: string, key: string, where: "filters" | "excluded") => void} onToggle
   * @param {(field: string, all: boolean) => void} onWant
   */
  constructor(root, onToggle, onWant) {
    /** @type {import("./state.js").Fields} */
    this.fields = new Map();
    /** @type {Set<string>} fields of which a paper may have more than one term */
    this.several = new Set();
    /** @type {Map<string, string>} field -> label */
    this.labels = new Map();
    /** @type {Map<string, Part>} */
    this.facets = new Map();
    for (const element of root.querySelectorAll("details[data-field]")) {
      this.#takeOver(/** @type {HTMLDetailsElement} */ (element));
    }
    root.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement && target.type === "checkbox") onToggle(target.name, target.value, "filters");
    });
    root.addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest("button");
      if (button?.matches(".term__not")) onToggle(button.name, button.value, "excluded");
      else if (button) onWant(button.name, button.value === "all");
    });
  }

  /** @param {HTMLDetailsElement} element */
  #takeOver(element) {
    const { field = "", label = "" } = element.dataset;
    const terms = [...element.querySelectorAll("li[data-key]")].map((item) =>
      withControls(/** @type {HTMLElement} */ (item), field),
    );
    const ticked = document.createElement("span");
    ticked.className = "facet__ticked numeral";
    element.querySelector("summary")?.append(ticked);
    this.labels.set(field, label);
    this.fields.set(field, new Map(terms.map(({ key, item }) => [key, labelOf(item)])));
    if ("several" in element.dataset) this.several.add(field);
    const wanted = this.several.has(field) ? anyOrAll(field, label) : null;
    if (wanted) element.lastElementChild?.append(wanted);
    const part = { element, ticked, wanted, terms };
    this.facets.set(field, part);
    const find = /** @type {HTMLInputElement | null} */ (element.querySelector(".facet__find"));
    find?.addEventListener("input", () => showOnly(part, words(find.value)));
  }

  /**
   * @param {string} field
   * @param {string} key
   * @returns {string} what a reader calls it
   */
  label(field, key) {
    return this.fields.get(field)?.get(key) ?? key;
  }

  /** @param {import("./state.js").State} state */
  tick({ filters, excluded, all }) {
    for (const [field, { ticked, wanted, terms }] of this.facets) {
      const keys = filters[field] ?? [];
      const not = excluded[field] ?? [];
      for (const term of terms) {
        term.box.checked = keys.includes(term.key);
        const refused = String(not.includes(term.key));
        if (term.not.ariaPressed === refused) continue;
        term.not.ariaPressed = refused;
        term.item.classList.toggle("term--not", refused === "true");
      }
      const chosen = keys.length + not.length ? String(keys.length + not.length) : "";
      if (ticked.textContent !== chosen) ticked.textContent = chosen;
      if (!wanted) continue;
      wanted.hidden = keys.length < 2;
      for (const button of wanted.querySelectorAll("button")) {
        button.ariaPressed = String((button.value === "all") === all.includes(field));
      }
    }
  }

  /** Unfold what hides a ticked or excluded term: for a view that came by a link. */
  reveal() {
    for (const { element, terms } of this.facets.values()) {
      for (const { box, not } of terms) {
        if (!box.checked && not.ariaPressed !== "true") continue;
        element.open = true;
        const rest = box.closest("details.facet__rest");
        if (rest) /** @type {HTMLDetailsElement} */ (rest).open = true;
      }
    }
  }

  /** @param {Record<string, number[]>} counts */
  count(counts) {
    for (const [field, { terms }] of this.facets) {
      terms.forEach(({ item, count }, position) => {
        const number = numeral(counts[field]?.[position] ?? 0);
        if (count.textContent === number) return;
        count.textContent = number;
        item.classList.toggle("term--none", number === "0");
      });
    }
  }
}

/**
 * Show the terms of a facet whose labels have words that begin as those typed.
 * @param {Part} part
 * @param {string[]} typed
 */
function showOnly({ element, terms }, typed) {
  const rest = /** @type {HTMLDetailsElement | null} */ (element.querySelector("details.facet__rest"));
  if (rest && typed.length) rest.open = true;
  element.classList.toggle("facet--searched", typed.length > 0);
  for (const term of terms) {
    term.item.hidden = !typed.every((wanted) => term.words.some((word) => word.startsWith(wanted)));
  }
}

/** @param {string} field @param {string} label @returns {HTMLElement} the choice whether papers have any or all terms */
function anyOrAll(field, label) {
  const line = Object.assign(document.createElement("p"), { className: "facet__wanted", hidden: true });
  line.setAttribute("role", "group");
  line.ariaLabel = `${label}: papers with any or all of the ticked`;
  const choice = Object.assign(document.createElement("span"), { className: "switch" });
  for (const value of ["any", "all"]) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "switch__one", name: field, value, textContent: value });
    choice.append(button);
  }
  line.append("Papers with ", choice, " of these");
  return line;
}

/** @param {HTMLElement} item */
function labelOf(item) {
  return item.querySelector(".term__label")?.textContent ?? "";
}

/**
 * Put a checkbox with its label where the link was, and beside it the button that excludes.
 * @param {HTMLElement} item
 * @param {string} field
 * @returns {Term}
 */
function withControls(item, field) {
  const key = item.dataset.key ?? "";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", className: "term__box", name: field, value: key });
  const row = document.createElement("label");
  row.className = "term__row";
  const [, label, count] = /** @type {HTMLElement} */ (item.firstElementChild).children;
  row.append(box, label, count);
  const not = document.createElement("button");
  Object.assign(not, { type: "button", className: "term__not", name: field, value: key });
  not.ariaPressed = "false";
  not.ariaLabel = not.title = `Exclude ${label.textContent}`;
  item.replaceChildren(row, not);
  return { key, item, box, not, count: /** @type {HTMLElement} */ (count), words: words(label.textContent ?? "") };
}
