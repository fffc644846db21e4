/**
 * The facets in the page: checkboxes in place of the links that the page came with, and their counts.
 *
 * @typedef {object} Term
 * @property {string} key
 * @property {HTMLElement} item
 * @property {HTMLInputElement} box
 * @property {HTMLElement} count
 */

export class Facets {
  /**
   * @param {HTMLElement} root
   * @param {(field: string, key: string) => void} onToggle
   */
  constructor(root, onToggle) {
    /** @type {import("./state.js").Fields} */
    this.fields = new Map();
    /** @type {Map<string, string>} field -> label */
    this.labels = new Map();
    /** @type {Map<string, {element: HTMLDetailsElement, ticked: HTMLElement, terms: Term[]}>} */
    this.facets = new Map();
    for (const element of root.querySelectorAll("details[data-field]")) {
      this.#takeOver(/** @type {HTMLDetailsElement} */ (element));
    }
    root.addEventListener("change", (event) => {
      const box = /** @type {HTMLInputElement} */ (event.target);
      onToggle(box.name, box.value);
    });
  }

  /** @param {HTMLDetailsElement} element */
  #takeOver(element) {
    const { field = "", label = "" } = element.dataset;
    const terms = [...element.querySelectorAll("li[data-key]")].map((item) =>
      withBox(/** @type {HTMLElement} */ (item), field),
    );
    const ticked = document.createElement("span");
    ticked.className = "facet__ticked numeral";
    element.querySelector("summary")?.append(ticked);
    this.labels.set(field, label);
    this.fields.set(field, new Map(terms.map(({ key, item }) => [key, labelOf(item)])));
    this.facets.set(field, { element, ticked, terms });
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
  tick(state) {
    for (const [field, { ticked, terms }] of this.facets) {
      const keys = state.filters[field] ?? [];
      for (const { key, box } of terms) box.checked = keys.includes(key);
      ticked.textContent = keys.length ? String(keys.length) : "";
    }
  }

  /** Unfold what hides a ticked term: for a view that came by a link. */
  reveal() {
    for (const { element, terms } of this.facets.values()) {
      for (const { box } of terms) {
        if (!box.checked) continue;
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
        const number = counts[field]?.[position] ?? 0;
        count.textContent = String(number);
        item.classList.toggle("term--none", number === 0);
      });
    }
  }
}

/** @param {HTMLElement} item */
function labelOf(item) {
  return item.querySelector(".term__label")?.textContent ?? "";
}

/**
 * Put a checkbox with its label where the link was.
 * @param {HTMLElement} item
 * @param {string} field
 * @returns {Term}
 */
function withBox(item, field) {
  const key = item.dataset.key ?? "";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", className: "term__box", name: field, value: key });
  const row = document.createElement("label");
  row.className = "term__row";
  const [, label, count] = /** @type {HTMLElement} */ (item.firstElementChild).children;
  row.append(box, label, count);
  item.replaceChildren(row);
  return { key, item, box, count: /** @type {HTMLElement} */ (count) };
}
