/**
 * The view as a table: a row a paper, columns that are sorted by and made wider or narrower.
 * Everything that comes from a record is set as text or as an attribute, never as markup.
 */

import { recall, remember } from "./memory.js";
import { ascends } from "./sorts.js";
import { summed } from "./summaries.js";

/** How much larger a reader has made the text than the 20 pixels that are usual. */
const LARGER = parseFloat(getComputedStyle(document.documentElement).fontSize) / 20;
/** @param {number} width in pixels, for text of the usual size */
const scaled = (width) => Math.round(width * LARGER);
/** Widths in pixels that a column has before a reader changes it. A phone has room for a title and a sentence. */
const WIDTHS = {
  title: Math.min(scaled(280), Math.round(innerWidth * 0.44)),
  name: scaled(104),
  year: scaled(64),
  venue: scaled(92),
  summary: Math.min(scaled(280), Math.round(innerWidth * 0.46)),
  task: scaled(148),
  criterion: scaled(128),
  mechanism: scaled(120),
  training: scaled(104),
  parametric: scaled(116),
  keywords: scaled(128),
  code: scaled(64),
};
/** The same of a column of a field that only one catalogue has. */
const OWN_WIDTH = scaled(128);
/** Columns of tags. */
const TAGS = ["task", "criterion", "mechanism", "training", "parametric", "keywords"];
/** What a reader can make of it. */
const LEAST = 48;
const MOST = 800;
const PICK = 36;
/** How much an arrow key changes a width. */
const STEP = 16;
const REMEMBERED = "widths";
/** As in views.css: windows in which the name stands with the title, and not in a column. */
const NARROW = matchMedia("(width < 768px)");
/** Columns that a phone has no room for; the cell of the title tells them there. */
const WITH_TITLE = ["name", "year", "venue"];
/** The part of a window that titles may take and still stay in place. */
const STAYING = 0.7;

export class Table {
  /**
   * @param {HTMLElement} element
   * @param {(sort: string) => void} onSort
   */
  constructor(element, onSort) {
    this.element = element;
    this.rows = /** @type {HTMLElement} */ (element.querySelector("tbody"));
    this.table = /** @type {HTMLTableElement} */ (element.querySelector("table"));
    this.heads = /** @type {HTMLElement[]} */ ([...element.querySelectorAll("th")]);
    /** Fields of tags that the catalogue has. */
    const columns = this.heads.flatMap((head) => head.dataset.column ?? []);
    const own = columns.filter((name) => !Object.hasOwn(WIDTHS, name));
    this.tags = columns.filter((name) => TAGS.includes(name) || own.includes(name));
    this.sort = "";
    /** @type {Record<string, number>} */
    this.standard = { ...WIDTHS, ...Object.fromEntries(own.map((name) => [name, OWN_WIDTH])) };
    this.widths = { ...this.standard };
    for (const [name, width] of Object.entries(recall(REMEMBERED) ?? {})) {
      if (Object.hasOwn(this.standard, name) && Number.isFinite(width)) this.widths[name] = clamp(width);
    }
    for (const head of this.heads) {
      const by = head.dataset.column ?? "";
      head.querySelector("button")?.addEventListener("click", () => onSort(this.sort === by ? `-${by}` : by));
      this.#makeResizable(head);
    }
    this.#showWidths();
    NARROW.addEventListener("change", () => this.#showWidths());
    element.addEventListener("scroll", () => this.#hint(), { passive: true });
    new ResizeObserver(() => this.#hint()).observe(element);
    // What the focus moves to must not lie below the head.
    const head = /** @type {HTMLElement} */ (this.table.tHead);
    new ResizeObserver(() => (element.style.scrollPaddingTop = `${head.offsetHeight}px`)).observe(head);
  }

  /** @param {import("./state.js").State} state */
  show({ sort }) {
    this.sort = sort;
    for (const head of this.heads) {
      const by = head.dataset.column ?? "";
      const sorted = sort.replace("-", "") === by;
      head.ariaSort = sorted ? (ascends(sort) ? "ascending" : "descending") : null;
    }
  }

  /**
   * @param {import("./papers.js").Result} result
   * @returns {HTMLElement}
   */
  row(result) {
    const { id, title, name, year, venue, authors, chips, asides, paper, code, coded, summary } = result;
    const row = document.createElement("tr");
    row.dataset.id = id;
    const heading = document.createElement("th");
    heading.scope = "row";
    heading.className = "sheet__title";
    heading.append(...besides(name, "sheet__called"), link(`../papers/${id}/`, title));
    heading.append(...besides(`${venue} ${year}`.trim(), "sheet__where"));
    const printed = [authors.join(", "), paper, code].filter(Boolean).join("\n"); // on paper no link can be followed
    if (printed) heading.dataset.printed = printed;
    row.append(pickCell(name ?? title), heading, cell(name ?? "", "sheet__wide sheet__name"));
    row.append(cell(year, "sheet__wide numeral"), cell(venue, "sheet__wide"));
    row.append(summaryCell(id, summary));
    for (const field of this.tags) {
      row.append(termsCell([...chips, ...asides].filter((term) => term.field === field)));
    }
    row.append(codeCell(code, coded, name ?? title));
    return row;
  }

  /** @param {HTMLElement} head */
  #makeResizable(head) {
    const name = /** @type {string} */ (head.dataset.column);
    const edge = /** @type {HTMLElement} */ (head.querySelector("[role=separator]"));
    edge.ariaValueMin = String(LEAST);
    edge.ariaValueMax = String(MOST);
    edge.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      edge.setPointerCapture(event.pointerId);
      const from = event.clientX - this.widths[name];
      edge.onpointermove = ({ clientX }) => this.#resize(name, clientX - from);
      edge.onpointerup = edge.onpointercancel = () => {
        edge.onpointermove = null;
        remember(REMEMBERED, this.widths);
      };
    });
    edge.addEventListener("dblclick", () => this.#resize(name, this.standard[name], true));
    edge.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const columns = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!steps && !columns) return;
      event.preventDefault();
      if (steps) this.#resize(name, this.widths[name] + steps * STEP, true);
      // Only the first edge is a stop of the Tab key, so that it is not far to the papers.
      if (columns) this.#edgeNear(head, columns)?.focus();
    });
  }

  /** @param {HTMLElement} head @param {number} step @returns {HTMLElement | null | undefined} the edge so many columns further */
  #edgeNear(head, step) {
    const heads = this.heads.filter((one) => one.offsetParent);
    return heads[heads.indexOf(head) + step]?.querySelector("[role=separator]");
  }

  /** @param {string} name @param {number} width @param {boolean} [settled] */
  #resize(name, width, settled = false) {
    this.widths[name] = clamp(width);
    this.#showWidths();
    if (settled) remember(REMEMBERED, this.widths);
  }

  /** Say that there is more on the right. */
  #hint() {
    const { scrollLeft, clientWidth, scrollWidth } = this.element;
    this.element.classList.toggle("sheet--more", scrollLeft + clientWidth < scrollWidth - 1);
  }

  #showWidths() {
    let total = PICK;
    for (const column of /** @type {NodeListOf<HTMLElement>} */ (this.table.querySelectorAll("col[data-column]"))) {
      const name = /** @type {string} */ (column.dataset.column);
      column.style.width = `${this.widths[name]}px`;
      if (!(NARROW.matches && WITH_TITLE.includes(name))) total += this.widths[name];
    }
    this.table.style.width = `${total}px`;
    const stays = this.widths.title <= innerWidth * STAYING;
    this.element.classList.toggle("sheet--staying", stays);
    // What the focus moves to must not lie below the titles.
    this.element.style.scrollPaddingLeft = `${stays ? this.widths.title + PICK : 0}px`;
    this.#hint();
    for (const head of this.heads) {
      const edge = /** @type {HTMLElement} */ (head.querySelector("[role=separator]"));
      edge.ariaValueNow = String(this.widths[/** @type {string} */ (head.dataset.column)]);
    }
  }
}

/** @param {string | null} text @param {string} className @returns {HTMLElement[]} it beside the title, for where it has no column */
function besides(text, className) {
  if (!text) return [];
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return [made];
}

/** @param {string} id @param {string | null | undefined} summary undefined as long as it is not known */
function summaryCell(id, summary) {
  const made = cell("", "sheet__summary");
  made.append(summed(document.createElement("p"), id, summary));
  return made;
}

/** @param {number} width */
function clamp(width) {
  return Math.round(Math.min(MOST, Math.max(LEAST, width)));
}

/** @param {string} address @param {string} text */
function link(address, text) {
  const made = document.createElement("a");
  made.setAttribute("href", address);
  made.textContent = text;
  return made;
}

/** @param {string} text @param {string} [className] */
function cell(text, className = "") {
  const made = document.createElement("td");
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** @param {string} called */
function pickCell(called) {
  const made = cell("", "sheet__pick");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "pick";
  box.setAttribute("aria-label", `Select ${called}`);
  made.append(box);
  return made;
}

/** @param {import("./facet.js").Term[]} terms */
function termsCell(terms) {
  const made = cell("");
  terms.forEach(({ field, key, label }, position) => {
    if (position) made.append(", ");
    const term = link(`?${new URLSearchParams({ [field]: key })}`, label);
    term.className = `sheet__term sheet__term--${field}`;
    term.dataset.field = field;
    term.dataset.key = key;
    term.tabIndex = -1;
    made.append(term);
  });
  return made;
}

/** @param {string | null} address @param {boolean} coded @param {string} called */
function codeCell(address, coded, called) {
  if (!address) return cell(coded ? "Yes" : "");
  const made = cell("");
  const code = link(address, "Code");
  code.rel = "noopener";
  code.setAttribute("aria-label", `Code of ${called}`);
  made.append(code);
  return made;
}
