/**
 * The view as a list of papers: fills the page's template. Everything that comes from a record is set as text
 * or as an attribute, never as markup.
 */

import { summed } from "./summaries.js";

export class List {
  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template
   * @param {Map<string, string>} labels of fields
   */
  constructor(list, template, labels) {
    this.element = list;
    this.rows = list;
    this.blank = /** @type {HTMLElement} */ (template.content.querySelector("li"));
    this.labels = labels;
    /** Authors seen before a reader unfolds the rest, as in the HTML that the page came with. */
    this.authors = Number(template.dataset.authors);
    /** Whether each paper says what it is about, and not only one that was found by it. */
    this.summarizes = false;
    /** @type {WeakMap<Element, string>} what each row was made of */
    this.made = new WeakMap();
    for (const chip of list.querySelectorAll("a[data-key]")) addressChip(/** @type {HTMLAnchorElement} */ (chip));
  }

  /**
   * @param {import("./papers.js").Result} result
   * @returns {HTMLElement}
   */
  row(result) {
    const item = /** @type {HTMLElement} */ (this.blank.cloneNode(true));
    const [pick, title, facts, foot] = item.children;
    const link = /** @type {HTMLAnchorElement} */ (title.firstElementChild);
    item.dataset.id = result.id;
    pick.setAttribute("aria-label", `Select ${result.name ?? result.title}`);
    link.href = `../papers/${result.id}/`;
    link.textContent = result.title;
    fillFacts(facts, result, this.authors);
    if (this.summarizes || (result.said && result.summary)) foot.before(summary(result.id, result.summary, result.said));
    const [chips, links] = foot.children;
    const kind = result.chips.filter(({ field }) => field === "kind");
    const others = result.chips.filter(({ field }) => field !== "kind");
    chips.append(...kind.map((term) => this.#chip(term)));
    if (result.name) chips.append(nameChip(result.name));
    chips.append(...[...others, ...result.asked].map((term) => this.#chip(term)));
    fillLinks(links, result);
    this.made.set(item, JSON.stringify(result));
    return item;
  }

  /** @param {boolean} all whether each paper says what it is about from now on; what is not yet known is waited for */
  summarize(all) {
    this.summarizes = all;
    for (const row of /** @type {HTMLCollectionOf<HTMLElement>} */ (this.rows.children)) {
      const there = /** @type {HTMLElement | null} */ (row.querySelector(".entry__summary"));
      if (!all && !("said" in (there?.dataset ?? {}))) there?.remove();
      else if (all && !there) row.lastElementChild?.before(summary(row.dataset.id ?? ""));
    }
  }

  /**
   * A letter more often leaves some of the papers where they are; what stays costs neither style nor layout.
   * @returns {(result: import("./papers.js").Result) => HTMLElement} a paper's row that is there, if it says the same; else a new one
   */
  get rowOrKept() {
    const there = new Map(Array.from(this.rows.children, (row) => [/** @type {HTMLElement} */ (row).dataset.id, row]));
    return (result) => {
      const row = there.get(result.id);
      return row && this.made.get(row) === JSON.stringify(result) ? /** @type {HTMLElement} */ (row) : this.row(result);
    };
  }

  /**
   * @param {import("./facet.js").Term} term
   * @returns {HTMLElement}
   */
  #chip({ field, key, label }) {
    const item = document.createElement("li");
    const chip = document.createElement("a");
    chip.className = `chip chip--${field}`;
    chip.dataset.field = field;
    chip.dataset.key = key;
    chip.tabIndex = -1;
    chip.title = this.labels.get(field) ?? field;
    chip.textContent = label;
    addressChip(chip);
    item.append(chip);
    return item;
  }
}

/**
 * Where scripts run, a chip leads to the papers that share it, here; else to the term's own page.
 * @param {HTMLAnchorElement} chip
 */
function addressChip(chip) {
  const { field = "", key = "" } = chip.dataset;
  chip.setAttribute("href", `?${field}=${encodeURIComponent(key)}`);
}

/** @param {string} id @param {string | null} [text] undefined as long as it is not known @param {boolean} [said] whether it has what was asked for */
function summary(id, text, said = false) {
  const made = summed(document.createElement("p"), id, text);
  made.className = "entry__summary";
  if (said) made.dataset.said = "";
  return made;
}

/** @param {string} name */
function nameChip(name) {
  const item = document.createElement("li");
  const chip = document.createElement("span");
  chip.className = "chip chip--name";
  chip.textContent = name;
  item.append(chip);
  return item;
}

/**
 * @param {Element} facts
 * @param {import("./papers.js").Result} result
 * @param {number} seen how many authors are not folded
 */
function fillFacts(facts, { venue, year, authors }, seen) {
  const where = `${venue} ${year}`.trim();
  const [place, details] = facts.children;
  if (where) place.textContent = where;
  else place.remove();
  const first = authors.slice(0, seen).join(", ");
  if (authors.length > seen) {
    const [summary, others] = details.children;
    /** @type {HTMLElement} */ (summary).title = authors.join(", ");
    summary.prepend(`${first} `);
    others.textContent = authors.slice(seen).join(", ");
  } else if (authors.length) {
    const all = document.createElement("span");
    all.className = "result__authors";
    all.textContent = first;
    details.replaceWith(all);
  } else {
    details.remove();
  }
}

/**
 * @param {Element} links
 * @param {import("./papers.js").Result} result
 */
function fillLinks(links, { name, title, paper, code }) {
  const [toPaper, toCode, cite] = links.children;
  const called = name ?? title;
  lead(toPaper, paper, `Paper of ${called}`);
  lead(toCode, code, `Code of ${called}`);
  cite.setAttribute("aria-label", `BibTeX of ${called}: copy`);
}

/**
 * @param {Element} link taken away where there is no address
 * @param {string | null} address
 * @param {string} name what it is to screen readers
 */
function lead(link, address, name) {
  if (address) {
    link.setAttribute("href", address);
    link.setAttribute("aria-label", name);
  } else {
    link.remove();
  }
}
