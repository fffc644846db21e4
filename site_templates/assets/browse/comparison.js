/**
 * The view of few papers side by side: a column a paper, a row a field, with a sign where they differ.
 * Everything that comes from a record is set as text or as an attribute, never as markup.
 *
 * @typedef {import("./papers.js").Result} Result
 * @typedef {import("./papers.js").Facts} Facts
 * @typedef {import("./facet.js").Term} Term
 */

import { FIRST_PUBLIC } from "./dates.js";
import { saysNothing } from "./facet.js";
import { withOwn } from "./fields.js";
import { titleLink } from "./keyboard.js";
import { notKnown } from "./not_known.js";
import { summed } from "./summaries.js";

/** Fields of terms, in their order: what a method is for, what it does, what it needs. */
const TERMS = ["kind", "domain", "setting", "task", "criterion", "mechanism", "training", "parametric", "keywords"];
const UNKNOWN = "unknown";

export class Comparison {
  /**
   * @param {HTMLElement} element
   * @param {Map<string, string>} labels of fields
   */
  constructor(element, labels) {
    this.element = element;
    this.table = /** @type {HTMLElement} */ (element.querySelector("table"));
    const [heads, body] = /** @type {any} */ (element.querySelectorAll("thead > tr, tbody"));
    /** @type {HTMLElement} what the columns are, behind a corner */
    this.heads = heads;
    /** @type {HTMLElement} */
    this.body = body;
    this.labels = labels;
    const sizes = new ResizeObserver(() => this.#fit());
    for (const one of [element, this.heads]) sizes.observe(one);
  }

  /**
   * @param {Result[]} results
   * @param {Facts[]} facts of each
   */
  replace(results, facts) {
    const focused = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest("[data-id]"));
    const held = this.heads.contains(focused ?? null) ? focused?.dataset.id : null;
    this.element.dataset.papers = String(results.length);
    this.table.style.setProperty("--papers", String(results.length));
    this.heads.replaceChildren(this.heads.children[0], ...results.map(head));
    const of = (/** @type {string} */ field) => facts.map(({ terms }) => terms[field]);
    const known = withOwn(TERMS, this.labels.keys()).filter((field) => this.labels.has(field));
    this.body.replaceChildren(
      row("Venue", results.map(({ venue, year }) => cell(`${venue} ${year}`.trim() || notKnown()))),
      row(FIRST_PUBLIC, facts.map(({ published }) => cell(published ?? notKnown()))),
      row("Summary", results.map(({ id, summary }) => summed(cell(), id, summary, notKnown()))),
      ...known.map((field) => row(this.labels.get(field) ?? field, termCells(of(field)), differ(of(field)))),
      row("Paper", results.map(({ paper }) => cell(paper ? linkTo(paper) : notKnown()))),
      ...this.#yesOrNo("code", of, ({ code, coded }) => (code ? linkTo(code) : coded ? "Yes" : null), results),
      ...this.#yesOrNo("reference_impl", of, ({ id }, { label }) => linkTo(`../papers/${id}/#run`, label), results),
      row("Authors", results.map(({ authors }) => cell(authors.join(", ") || notKnown()))),
    );
    this.#fit();
    if (held) titleLink(/** @type {HTMLElement} */ (this.heads.querySelector(`[data-id="${held}"]`) ?? this.heads))?.focus();
  }

  /** Where all columns fit, the page scrolls and not a box within it. */
  #fit() {
    const { element, table, heads } = this;
    // As wide as without the bar that a box is scrolled with; its borders take two pixels.
    element.classList.toggle("compare--fits", table.scrollWidth <= element.offsetWidth - 2);
    // What the focus moves to must not lie below the heads.
    element.style.scrollPaddingTop = `${heads.offsetHeight}px`;
    element.style.setProperty("--heads", `${heads.offsetHeight}px`);
  }

  /**
   * @param {string} field of which papers have yes or no
   * @param {(field: string) => Term[][]} of
   * @param {(result: Result, term: Term) => Node | string | null} shown where it is yes
   * @param {Result[]} results
   * @returns {HTMLElement[]} no row in a catalogue without the field
   */
  #yesOrNo(field, of, shown, results) {
    const label = this.labels.get(field);
    if (!label) return [];
    const cells = of(field).map(([term], at) => cell((term.key === "yes" && shown(results[at], term)) || muted(term.label)));
    return [row(label, cells, differ(of(field)))];
  }
}

/**
 * @param {Term[][]} terms of each paper
 * @returns {boolean} whether what is known of one paper is not what is known of another
 */
export function differ(terms) {
  const sets = terms.map((some) => some.map(({ key }) => key)).filter((keys) => !keys.includes(UNKNOWN));
  return new Set(sets.map((keys) => keys.sort().join("\0"))).size > 1;
}

/** @param {Result} result @returns {HTMLElement} the head of its column */
function head({ id, title, name }) {
  const made = withRole("th", "columnheader", "compare__paper");
  /** @type {HTMLTableCellElement} */ (made).scope = "col";
  made.dataset.id = id;
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "pick" });
  box.ariaLabel = `Select ${name ?? title}`;
  const heading = document.createElement("span");
  heading.className = "compare__title";
  if (name) heading.append(Object.assign(document.createElement("b"), { textContent: name }));
  heading.append(linkTo(`../papers/${id}/`, title));
  const both = Object.assign(document.createElement("div"), { className: "compare__head" });
  both.append(box, heading);
  made.append(both);
  return made;
}

/** @param {string} label @param {HTMLElement[]} cells @param {boolean} [differs] */
function row(label, cells, differs = false) {
  const made = withRole("tr", "row");
  const heading = withRole("th", "rowheader", "compare__field");
  /** @type {HTMLTableCellElement} */ (heading).scope = "row";
  const words = Object.assign(document.createElement("span"), { textContent: label });
  if (differs) {
    const sign = Object.assign(document.createElement("span"), { className: "compare__sign", textContent: " ≠", ariaHidden: "true" });
    words.append(sign, Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ", differs" }));
    made.className = "compare__differs";
  }
  heading.append(words);
  made.append(heading, ...cells);
  return made;
}

/** @param {Term[][]} terms of each paper @returns {HTMLElement[]} those that only one of the papers has in bold */
function termCells(terms) {
  const alone = (/** @type {Term} */ { key }) => terms.filter((some) => some.some((one) => one.key === key)).length === 1;
  return terms.map((some) =>
    cell(
      ...some.flatMap((term, at) => {
        const said = saysNothing(term.key) ? (term.key === UNKNOWN ? notKnown() : muted(term.label)) : termLink(term);
        const marked = terms.length > 1 && alone(term) && term.key !== UNKNOWN ? bold(said) : said;
        return at ? [", ", marked] : [marked];
      }),
    ),
  );
}

/** @param {Term} term @returns {HTMLElement} a link to all papers with it */
function termLink({ field, key, label }) {
  const link = linkTo(`?${new URLSearchParams({ [field]: key })}`, label);
  link.className = `sheet__term sheet__term--${field}`;
  link.tabIndex = -1;
  return link;
}

/** @param {string} address @param {string} [text] the address, where it is to be read on paper, too */
function linkTo(address, text = address.replace(/^https?:\/\/(www\.)?/, "")) {
  const made = document.createElement("a");
  made.setAttribute("href", address);
  if (/^https?:/.test(address)) made.rel = "noopener";
  made.textContent = text;
  return made;
}

/** @param {...(Node | string)} content */
function cell(...content) {
  const made = withRole("td", "cell");
  made.append(...content);
  return made;
}

/** @param {Node} content */
function bold(content) {
  const made = document.createElement("b");
  made.append(content);
  return made;
}

/** @param {string} text */
function muted(text) {
  return Object.assign(document.createElement("span"), { className: "muted", textContent: text });
}

/**
 * Where a phone shows a row as a grid, some browsers would no longer call it a row.
 * @param {string} tag @param {string} role @param {string} [className]
 */
function withRole(tag, role, className = "") {
  const made = document.createElement(tag);
  made.setAttribute("role", role);
  if (className) made.className = className;
  return made;
}
