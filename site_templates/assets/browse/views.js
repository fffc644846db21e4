/**
 * What shows the papers that are found: the list, the table, the matrix of numbers or, if they are few, the papers
 * side by side. Which of them is seen follows from the state.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {import("./engine.js").Answer} Answer
 *
 * @typedef {object} Page what is needed of the page
 * @property {() => import("./catalogue.js").Catalogue | undefined} catalogue
 * @property {(change: (state: State) => State) => void} onChange another state is asked for
 */

import { Filling } from "./filling.js";
import { titleLink } from "./keyboard.js";
import { List } from "./list.js";
import { Matrix } from "./matrix.js";
import { recall, remember } from "./memory.js";
import { notKnown } from "./not_known.js";
import { complain, forgive } from "./problem.js";
import { MOST as MOST_COMPARED, SideBySide } from "./side_by_side.js";
import { COMPARE, choose, orderBy } from "./state.js";
import { tell, untold } from "./summaries.js";
import { Table } from "./table.js";

/** Under which name it is kept whether the list says what each paper is about. */
const REMEMBERED = "summaries";

/**
 * @param {string} id
 * @returns {any} the element of the page's template with that id
 */
const element = (id) => document.getElementById(id);

export class Views {
  /**
   * @param {import("./facets.js").Facets} facets
   * @param {import("./taking.js").Taking} taking
   * @param {number} total papers that the page came with
   * @param {Page} page
   */
  constructor(facets, taking, total, { catalogue, onChange }) {
    this.taking = taking;
    this.catalogue = catalogue;
    /** Papers that are found. */
    this.total = total;
    /** @type {State | undefined} */
    this.state = undefined;
    this.buttons = element("browse-views");
    this.list = new List(element("browse-list"), element("browse-result"), facets.labels);
    this.table = new Table(element("browse-table"), (sort) => onChange((state) => orderBy(state, sort)));
    const { across, down } = element("browse-matrix").dataset;
    const side = (/** @type {string} */ field) => ({ field, labels: facets.fields.get(field) ?? new Map() });
    const sides = { across: side(across), down: side(down) };
    this.matrix = new Matrix(element("browse-matrix"), sides, (only) => onChange((state) => choose(state, only)));
    this.sideBySide = new SideBySide(facets.labels);
    this.filling = new Filling();
    this.taking.mark(this.list.rows);
    /** @type {HTMLInputElement} whether the list says what each paper is about */
    this.summaries = element("browse-summaries");
    this.summaries.checked = recall(REMEMBERED) === true;
    this.list.summarize(this.summaries.checked);
    this.summaries.addEventListener("change", () => {
      remember(REMEMBERED, this.summaries.checked);
      this.list.summarize(this.summaries.checked);
      if (this.catalogue()) forgive(); // who ticks it again asks again; without papers there is nobody to ask
      this.summarize();
    });
    this.buttons.addEventListener("click", (/** @type {Event} */ { target }) => {
      const view = /** @type {HTMLElement} */ (target).dataset.view;
      const { length } = taking.selection.ids;
      // Who has ticked a few papers of a long list wants to compare these.
      if (view === COMPARE && this.total > MOST_COMPARED && length > 1 && length <= MOST_COMPARED) taking.compare();
      else if (view) onChange((state) => ({ ...state, view }));
    });
  }

  /** @param {(rows: HTMLElement) => void} listen is called with each element that holds papers */
  each(listen) {
    for (const { rows } of [this.list, this.table, this.sideBySide]) listen(rows);
  }

  /** @param {string} view @returns {boolean} whether this catalogue has it: a matrix needs terms in both of its fields */
  has(view) {
    return [...this.buttons.children].some((/** @type {HTMLElement} */ { dataset }) => dataset.view === view);
  }

  /** @param {State} state @returns {import("./engine.js").Query} what the engine is asked for, so that it can be shown */
  query(state) {
    if (state.view === COMPARE) return { ...state, facts: true };
    return state.view === "matrix" ? { ...state, matrix: this.matrix.fields } : state;
  }

  /** What follows from the state alone, at once; a keystroke changes nothing of it. @param {State} state */
  show(state) {
    const { view, sort } = state;
    const before = this.state;
    this.state = state;
    if (!before && state.ids) this.total = state.ids.length; // no more than these, before there is an answer
    if (view === before?.view && sort === before.sort) return;
    for (const button of this.buttons.children) button.ariaPressed = String(button.dataset.view === view);
    this.#showPapers();
    this.table.element.hidden = view !== "table";
    this.matrix.element.hidden = view !== "matrix" || !this.matrix.counts;
    this.table.show(state);
  }

  /** To be called with an answer before the page is changed. */
  look() {
    this.filling.look(this.#view.rows);
  }

  /**
   * Show the papers of an answer. One of them that has the focus keeps it where it is in the new list.
   * @param {Answer} answer
   * @param {object} how
   * @param {boolean} how.typing whether more letters are to be expected
   * @param {boolean} how.enter whether the reader goes to the first paper
   * @param {() => void} how.then called with everything in place
   */
  replace(answer, { typing, enter, then }) {
    const { total, results, matrix } = answer;
    const view = this.#view;
    const state = /** @type {State} */ (this.state);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("[data-id]") ?? null);
    this.total = total;
    this.rows.classList.remove("browse__laid-out");
    this.#showPapers();
    const held = this.rows.contains(focused) ? focused?.dataset.id : null;
    if (this.compares) this.sideBySide.done = this.#compare(answer).catch(complain);
    const rowOf = view === this.list ? this.list.rowOrKept : (/** @type {import("./papers.js").Result} */ result) => view.row(result);
    const row = (/** @type {number} */ at) => this.taking.marked(rowOf(results[at]));
    // It stands above the papers: if it came after them, it would push them away.
    const isFirst = this.matrix.isEmpty;
    if (matrix && isFirst) this.matrix.replace(state, matrix);
    this.filling.fill(view.rows, this.compares ? 0 : results.length, row, typing, () => {
      if (matrix && !isFirst) this.matrix.replace(state, matrix);
      this.summarize();
      then();
    });
    const next = enter ? this.papers[0] : held && this.rows.querySelector(`[data-id="${held}"]`);
    if (next) titleLink(/** @type {HTMLElement} */ (next))?.focus({ preventScroll: !enter });
  }

  /** Show more papers below those that are there, and go to the first of them. @param {import("./papers.js").Result[]} results */
  append(results) {
    const rows = results.map((result) => this.taking.marked(this.row(result)));
    this.#view.rows.append(...rows);
    this.summarize();
    if (rows[0]) titleLink(rows[0])?.focus();
  }

  /** Until everything that an answer brought is on the page. */
  async done() {
    await this.filling.done;
    await this.sideBySide.done;
  }

  /** @param {import("./papers.js").Result} result @returns {HTMLElement} the paper in the view that lists them */
  row(result) {
    return this.#view.row(result);
  }

  /** Whether the papers stand side by side. */
  get compares() {
    return this.state !== undefined && this.sideBySide.holds(this.state, this.total);
  }

  /** The element whose parts with an id are the papers. */
  get rows() {
    return this.compares ? this.sideBySide.rows : this.#view.rows;
  }

  /** @returns {HTMLElement[]} the papers on the page */
  get papers() {
    return /** @type {HTMLElement[]} */ ([...this.rows.querySelectorAll("[data-id]")]);
  }

  /** @returns {{row: string | undefined, top: number} | null} which row of the list the reader sees first, and where */
  get place() {
    const rows = /** @type {HTMLElement[]} */ ([...this.#view.rows.children]);
    const row = rows.find((one) => one.getBoundingClientRect().bottom > 0);
    return row ? { row: row.dataset.id, top: row.getBoundingClientRect().top } : null;
  }

  /** Bring a row to where the reader saw it, if it is there. @param {string} id @param {number} top */
  async goTo(id, top) {
    const row = this.rows.querySelector(`[data-id="${id}"]`);
    if (!row) return;
    // How far down it is is known only with all rows above it laid out, also those that the window never showed.
    this.rows.classList.add("browse__laid-out");
    row.getBoundingClientRect(); // fonts are asked for when something is laid out
    await document.fonts.ready; // with other fonts rows are as high as they were
    scrollBy({ top: row.getBoundingClientRect().top - top, behavior: "instant" });
  }

  /** What shows the papers one by one. */
  get #view() {
    return this.state?.view === "table" ? this.table : this.list;
  }

  /** How many papers there are decides whether they stand side by side. */
  #showPapers() {
    const state = /** @type {State} */ (this.state);
    const isWide = state.view === "table" || this.compares;
    this.list.element.hidden = isWide;
    this.summaries.labels?.[0].toggleAttribute("hidden", isWide);
    document.documentElement.classList.toggle("browse-wide", isWide);
    this.sideBySide.show(state, this.total);
  }

  /** @param {Answer} answer about few papers */
  async #compare(answer) {
    const { state } = this;
    if (!(await this.sideBySide.replace(answer, () => state === this.state))) return;
    this.taking.mark(this.sideBySide.rows);
    this.summarize();
    // Who asked for it in the bar below goes to it.
    if (document.activeElement?.id === "browse-tray-compare") this.sideBySide.element.focus({ preventScroll: true });
  }

  /** Tell what each paper is about, where the view does; that is loaded when it is first needed. */
  summarize() {
    const papers = this.compares ? this.sideBySide.element : this.#view.rows;
    const none = this.compares ? notKnown : undefined;
    const ids = untold(papers);
    if (ids.length) this.catalogue()?.summaries(ids).then((summaries) => tell(papers, ids, summaries, none)).catch(complain);
  }
}
