/**
 * The browse page: ties what a reader does to the state, the state to the URL, and the URL to what is shown.
 */

import { Active } from "./active.js";
import { Address } from "./address.js";
import { announce } from "./announce.js";
import { open } from "./catalogue.js";
import { Drawer } from "./drawer.js";
import { Facets } from "./facets.js";
import { Filling } from "./filling.js";
import { longest } from "./items.js";
import { listen, titleLink } from "./keyboard.js";
import * as letterKeys from "./letter_keys.js";
import { List } from "./list.js";
import { Matrix } from "./matrix.js";
import { Notes } from "./notes.js";
import { keepLines } from "./paste.js";
import { Places } from "./places.js";
import { complain, forgive } from "./problem.js";
import { shortened, tooLong } from "./query.js";
import { LONGEST_LINK } from "./selection.js";
import { MOST as MOST_COMPARED, SideBySide } from "./side_by_side.js";
import { BEST, ascends } from "./sorts.js";
import { COMPARE, chosen, cleared, format, parse, choose, orderBy, orderOf, strange, toggle, want } from "./state.js";
import { Table } from "./table.js";
import { Taking } from "./taking.js";
import { brief } from "./value.js";

/** How long after the last change the number of papers is said to screen readers. */
const QUIET_MS = 600;

/**
 * @param {string} id
 * @returns {any} the element of the page's template with that id
 */
const element = (id) => document.getElementById(id);

class Browse {
  constructor() {
    const root = element("browse");
    this.pageSize = Number(root.dataset.pageSize);
    this.index = new URL(root.dataset.index, document.baseURI).href;
    this.text = element("browse-text");
    this.sort = element("browse-sort");
    this.places = new Places(element("browse-places"), element("browse-facets"), element("browse-places-more"));
    this.facets = new Facets(
      element("browse-facets"),
      (field, key, where) => this.choose(toggle(this.state, field, key, where)),
      (field, all) => this.choose(want(this.state, field, all)),
    );
    this.active = new Active(element("browse-active"), this.facets, {
      onChoose: (state) => this.choose(state),
      onClear: () => this.clear(),
      onEmpty: () => this.text.focus(),
      isSelection: (ids) => this.taking.selection.isOf(ids),
    });
    this.notes = new Notes(
      element("browse-notes"),
      this.text,
      (text) => this.type(text),
      () => {
        this.choose({ ...this.state, all: [] });
        this.text.focus();
      },
    );
    this.list = new List(element("browse-list"), element("browse-result"), this.facets.labels);
    this.table = new Table(element("browse-table"), (sort) => this.choose(orderBy(this.state, sort)));
    this.matrix = new Matrix(element("browse-matrix"), this.#sides(), (only) => this.choose(choose(this.state, only)));
    this.sideBySide = new SideBySide(this.facets.labels);
    this.taking = new Taking({
      index: this.index,
      catalogue: () => this.catalogue,
      state: () => this.state,
      onShow: (ids) => this.choose({ ...cleared(this.state), ids }),
      onCompare: (ids) => this.choose({ ...cleared(this.state), ids, view: COMPARE }),
      onSelect: () => this.state.ids && this.active.show(this.state),
    });
    this.filling = new Filling();
    this.address = new Address();
    /** Papers of the view. */
    this.total = Number(root.dataset.papers);
    /** Whether the list has come from an answer and no more is that of the HTML, which is whole. */
    this.answered = false;
    /** Whether the newest entry of the history came by typing: more typing belongs to it. */
    this.typing = false;
    this.searching = false;
    this.searchAgain = false;
    /** @type {Promise<void> | undefined} until the summaries are looked at, too */
    this.looking = undefined;
    /** Whether authors and links are there: until then an answer is a beginning. */
    this.whole = false;
    /** Whether the reader has pressed Enter before the answer was there. */
    this.entered = false;
    this.announcement = 0;
    /** The order that a reader who listens has heard of. */
    this.announced = "";
    /** The order that the page says, and whether anything is typed that could match. */
    this.ordered = "";
    this.matching = false;
    /** The tab's own name. */
    this.title = document.title;
    /** @type {{text: string, ids: string[] | null}} a text that is a list, and its papers; null where it is none */
    this.listed = { text: "", ids: null };
    /** @type {import("./state.js").Strange[]} what of the address is not understood */
    this.strange = [];
    /** @type {string | null} why the text is only the beginning of what was put there */
    this.cut = null;
    /** @type {import("./state.js").State} */
    this.state = parse(location.search, this.facets.fields, this.facets.several);
    /** @type {import("./query.js").Problem[]} of the text, as far as it is answered: the papers leave it out */
    this.problems = [];
    this.shown = this.pageSize;
    const typed = this.text.value;
    this.restore();
    // The reader may have begun to type before the scripts were there.
    if (typed) this.type(typed);
  }

  /** Begin: what came with the page is taken over; a view of the URL's own is searched for. */
  async start() {
    this.#listen();
    this.taking.mark(this.list.element);
    const { row, top } = history.state ?? {};
    const papers = Number(element("browse").dataset.papers);
    this.catalogue = await open(this.index, papers);
    const untouched = !format(this.state, this.facets.fields) && this.shown === this.pageSize;
    if (!untouched || this.searchAgain || this.strange.length) await this.refresh();
    else this.taking.count(papers);
    document.documentElement.classList.remove("browse-pending");
    await this.catalogue.complete();
    this.whole = true;
    if (this.answered) await this.refresh();
    await this.filling.done;
    await this.sideBySide.done;
    // The browser would have looked for the reader's place in a list that was still short.
    const place = row && this.#rows.querySelector(`[data-id="${row}"]`);
    if (place) await document.fonts.ready; // with other fonts rows are as high as they were
    if (place) scrollBy({ top: place.getBoundingClientRect().top - top, behavior: "instant" });
    // Who prints has seen the page before.
    const line = element("browse-printed");
    await import("./printing.js").then(
      ({ Printing }) => new Printing(line, (most) => this.#printed(most)),
      () => line.remove(), // what it says is of the page as it came
    );
    element("browse").dataset.ready = "";
  }

  /** Take the state from the URL, and how far down the reader was from the history. */
  restore() {
    const { pasted, ids = null } = history.state ?? {};
    const inAddress = parse(location.search, this.facets.fields, this.facets.several);
    // The address of a pasted list names its papers; here the list is there itself.
    const asked = pasted === undefined ? inAddress : { ...inAddress, text: pasted, ids };
    const most = pasted === undefined ? undefined : longest(pasted);
    this.state = { ...asked, text: shortened(asked.text, most) };
    this.strange = strange(location.search, this.facets.fields);
    this.cut = tooLong(asked.text, most);
    this.shown = history.state?.shown ?? this.pageSize;
    this.typing = false;
    this.#showState();
    this.facets.reveal();
  }

  /** @param {import("./state.js").State} state reached by a tick, a chip or the order: a step in the history */
  choose(state) {
    this.#go(state, true);
    this.typing = false;
    const results = element("browse-results");
    // A reader far down the old list is to see the beginning of the new one.
    if (results.getBoundingClientRect().top < 0) results.scrollIntoView({ behavior: "instant" });
  }

  /** @param {string} text */
  type(text) {
    const most = longest(text);
    this.#go({ ...this.state, text: shortened(text, most) }, !this.typing, tooLong(text, most));
    this.typing = true;
  }

  clear() {
    this.choose(cleared(this.state));
  }

  /** @param {import("./state.js").State} state @param {boolean} step @param {string | null} cut */
  #go(state, step, cut = null) {
    this.state = state;
    this.strange = [];
    this.cut = cut;
    this.shown = this.pageSize;
    this.entered = false;
    history.scrollRestoration = "auto";
    if (!this.catalogue) element("browse-results").ariaBusy = "true";
    // The worker searches while the page is brought up to date.
    this.refresh().catch(complain);
    if (step) this.address.add(...this.#addressOf(state));
    else this.address.change(...this.#addressOf(state));
    this.#showState();
  }

  /**
   * @param {import("./state.js").State} state
   * @returns {[string, import("./address.js").Kept]} its query string: of a list, the ids of its papers, which are short
   *   and can be shared, and the list is kept beside it, as is one that is too long for an address
   */
  #addressOf(state) {
    const { text, ids } = this.listed;
    const named = ids && !state.ids && state.text === text ? format({ ...state, text: "", ids }, this.facets.fields) : null;
    if (named && named.length <= LONGEST_LINK) return [named, { pasted: text }];
    if (tooLong(state.text) === null) return [format(state, this.facets.fields), {}];
    return [format({ ...state, text: "" }, this.facets.fields), { pasted: state.text, ids: state.ids }];
  }

  /** Search for the state as it is now; while one search runs, at most one more waits. */
  async refresh() {
    this.searchAgain = true;
    if (this.searching || !this.catalogue) return;
    forgive();
    this.searching = true;
    try {
      while (this.searchAgain) {
        this.searchAgain = false;
        const answer = await this.catalogue.search(this.#query(), 0, this.shown);
        if (!this.searchAgain) this.#showAnswer(answer);
      }
    } finally {
      this.searching = false;
    }
  }

  async more() {
    const from = this.shown;
    const state = this.state;
    const answer = await this.catalogue?.search(state, from, this.pageSize);
    if (!answer || state !== this.state) return;
    this.shown = from + this.pageSize;
    this.address.keep({ shown: this.shown });
    const rows = answer.results.map((result) => this.taking.marked(this.#view.row(result)));
    this.#view.rows.append(...rows);
    this.#summarize();
    if (rows[0]) titleLink(rows[0])?.focus();
    element("browse-more").hidden = this.shown >= answer.total;
  }

  /** The table and the comparison tell what each paper is about; that is loaded when one of them is first shown. */
  #summarize() {
    const view = this.#compares ? this.sideBySide.comparison : this.state.view === "table" ? this.table : null;
    const ids = view?.untold() ?? [];
    if (ids.length) this.catalogue?.summaries(ids).then((summaries) => view?.tell(ids, summaries)).catch(complain);
  }

  /** Where little is found, the summaries may say more; they are loaded once. */
  #lookDeeper() {
    this.looking ??= this.catalogue?.summaries([]).then(
      () => this.refresh(),
      () => void (this.looking = undefined), // the next answer tries again
    );
  }

  /** @param {import("./engine.js").Answer} answer where it is none, what was searched is said, and what helps */
  #showEmpty({ total, free, summarized }) {
    const filtered = chosen(this.state).length > 0 || this.state.ids !== null;
    element("browse-empty").hidden = total > 0;
    element("browse-empty-searched").hidden = !free;
    element("browse-empty-summaries").hidden = !summarized;
    element("browse-empty-filters").hidden = !filtered;
    element("browse-empty-less").hidden = filtered;
  }

  /** @returns {import("./engine.js").Query} */
  #query() {
    const { view } = this.state;
    if (view === COMPARE) return { ...this.state, facts: true };
    return view === "matrix" ? { ...this.state, matrix: this.matrix.fields } : this.state;
  }

  get #compares() {
    return this.sideBySide.holds(this.state, this.total);
  }

  /** What shows the papers one by one. */
  get #view() {
    return this.state.view === "table" ? this.table : this.list;
  }

  /** The element whose parts with an id are the papers. */
  get #rows() {
    return this.#compares ? this.sideBySide.rows : this.#view.rows;
  }

  /** @returns {HTMLElement[]} the papers on the page */
  #papers() {
    return /** @type {HTMLElement[]} */ ([...this.#rows.querySelectorAll("[data-id]")]);
  }

  #sides() {
    const { across, down } = element("browse-matrix").dataset;
    /** @param {string} field */
    const side = (field) => ({ field, labels: this.facets.fields.get(field) ?? new Map() });
    return { across: side(across), down: side(down) };
  }

  /** What follows from the state alone, at once. */
  #showState() {
    const { text, ...others } = this.state;
    if (this.text.value.trim() !== text.trim()) this.text.value = text;
    // A keystroke must not cost what a tick costs.
    const same = this.stated && Object.entries(others).every(([part, value]) => value === /** @type {any} */ (this.stated)[part]);
    this.stated = this.state;
    if (!same) this.#showChoices();
    this.#showOrder();
  }

  /** The best match is an order while there is something to match, and it cannot be turned round. */
  #showOrder() {
    const order = orderOf(this.state);
    const typed = this.state.text.trim() !== "";
    if (order === this.ordered && typed === this.matching) return;
    [this.ordered, this.matching] = [order, typed];
    this.sort.value = order.replace("-", "");
    this.sort.querySelector(`[value=${BEST}]`).disabled = !typed;
    const backwards = element("browse-backwards");
    backwards.ariaLabel = backwards.title = `Reverse the order${order === BEST ? "" : `; now ${direction(order)}`}`;
    backwards.ariaPressed = String(order.startsWith("-"));
    backwards.firstElementChild.textContent = ascends(order) ? "↑" : "↓";
    backwards.disabled = order === BEST;
  }

  #showChoices() {
    const { view } = this.state;
    for (const button of element("browse-views").children) button.ariaPressed = String(button.dataset.view === view);
    this.#showPapers();
    this.table.element.hidden = view !== "table";
    this.matrix.element.hidden = view !== "matrix" || !this.matrix.counts;
    this.table.show(this.state);
    this.facets.tick(this.state);
    const active = this.active.show(this.state);
    const badge = element("browse-badge");
    badge.textContent = active ? String(active) : "";
    badge.hidden = !active;
    element("browse-open").setAttribute("aria-label", active ? `Filters, ${active} active` : "Filters");
  }

  /** How many papers there are decides whether they stand side by side. */
  #showPapers() {
    this.list.element.hidden = this.state.view === "table" || this.#compares;
    this.sideBySide.show(this.state, this.total);
  }

  /** @param {import("./engine.js").Answer} answer about few papers */
  async #compare(answer) {
    const { state } = this;
    if (!(await this.sideBySide.replace(answer, () => state === this.state))) return;
    this.taking.mark(this.sideBySide.rows);
    this.#summarize();
  }

  /** @param {import("./service.js").Told} answer */
  #showAnswer(answer) {
    const { total, all, results, counts, matrix, problems, list } = answer;
    const view = this.#view;
    const { state } = this;
    this.answered = true;
    this.total = total;
    this.problems = problems;
    this.listed = { text: state.text, ids: list && list.items > 1 && list.ids.length ? list.ids : null };
    if (this.listed.ids) this.address.change(...this.#addressOf(state));
    element("browse-results").ariaBusy = null;
    element("browse-results").toggleAttribute("data-mistaken", problems.length > 0);
    this.filling.look(view.rows);
    this.#showPapers();
    if (this.#compares) this.sideBySide.done = this.#compare(answer).catch(complain);
    const papers = total === 1 ? "paper" : "papers";
    // Before authors and terms are there, more may be found by what is typed.
    const soFar = !this.whole && state.text.trim() ? " so far" : "";
    const found = total === all ? `${all} ${papers}` : `${total} of ${all} papers${soFar}`;
    const rest = total === 1 ? " matches the rest" : " match the rest";
    element("browse-count").textContent = problems.length && total < all ? found + rest : found;
    this.#nameTab(problems.length ? null : total);
    this.#showEmpty(answer);
    if (answer.failed) complain(answer.failed);
    if (answer.waiting) this.#lookDeeper();
    this.notes.show(answer, this.strange, state.all.length > 0, this.cut);
    this.active.showMissing(state, answer.missing.length);
    this.places.show(list ? "" : state.text, list ? [] : answer.people);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("[data-id]") ?? null);
    const held = this.#rows.contains(focused) ? focused?.dataset.id : null;
    const row = (/** @type {number} */ at) => this.taking.marked(view.row(results[at]));
    const then = () => {
      this.facets.count(counts);
      if (matrix) this.matrix.replace(state, matrix);
      this.taking.count(total);
      this.#summarize();
      element("browse-drawer-show").textContent = `Show ${total} ${papers}`;
      element("browse-more").hidden = results.length >= total;
      clearTimeout(this.announcement);
      this.announcement = setTimeout(() => this.#announce(answer), QUIET_MS);
    };
    this.filling.fill(view.rows, this.#compares ? 0 : results.length, row, this.typing, then);
    // A paper that has the focus keeps it where it is in the new list.
    const next = this.entered && !problems.length ? this.#papers()[0] : held && this.#rows.querySelector(`[data-id="${held}"]`);
    if (next) titleLink(/** @type {HTMLElement} */ (next))?.focus({ preventScroll: !this.entered });
    if (this.entered && problems.length) this.notes.tell();
    if (this.whole) this.entered = false;
  }

  /** @param {import("./engine.js").Answer} answer how many papers, their order where it is another one, and the notes */
  #announce({ total, problems: [problem] }) {
    if (problem) return announce(`Not understood: ${problem.message}`);
    const order = orderOf(this.state);
    const found = total ? `${total} ${total === 1 ? "paper" : "papers"}` : "No paper matches";
    const way = order === BEST ? "" : `, ${direction(order)}`;
    const sorted = order === this.announced ? "" : `, sorted by ${this.sort.selectedOptions[0].text}${way}`;
    this.announced = order;
    announce(`${found}${sorted}. ${this.notes.said}`.trim());
  }

  /** @param {number} most papers @returns {import("./printing.js").Shown} */
  #printed(most) {
    this.address.settle();
    const view = this.#view;
    const order = orderOf(this.state);
    const by = this.sort.selectedOptions[0].text;
    return {
      rows: this.#rows,
      row: (result) => view.row(result),
      total: this.total,
      results: (!this.#compares && !this.searching && this.catalogue?.now?.(this.state, most)) || [],
      order: `${by[0].toLowerCase()}${by.slice(1)}${order === BEST ? "" : `, ${direction(order)}`}`,
      address: location.href,
    };
  }

  /** @param {number | null} total the tab and the browser's history say what is looked for, and what is found by it */
  #nameTab(total) {
    const { text, ids } = this.state;
    const terms = chosen(this.state).map(({ field, key, where }) => `${where === "excluded" ? "not " : ""}${this.facets.label(field, key)}`);
    const asked = [brief(text.trim()), ...terms, ids ? "by link" : ""].filter(Boolean);
    const found = total === null ? "" : ` (${total})`;
    document.title = asked.length ? `${asked.join(" · ")}${found} · ${this.title}` : this.title;
  }

  #listen() {
    keepLines(this.text);
    this.text.addEventListener("input", () => this.type(this.text.value));
    this.text.addEventListener("blur", () => this.address.settle());
    this.sort.addEventListener("change", () => this.choose(orderBy(this.state, this.sort.value)));
    element("browse-backwards").addEventListener("click", () => {
      const order = orderOf(this.state);
      this.choose(orderBy(this.state, order.startsWith("-") ? order.slice(1) : `-${order}`));
    });
    element("browse-views").addEventListener("click", (/** @type {Event} */ { target }) => {
      const view = /** @type {HTMLElement} */ (target).dataset.view;
      const { length } = this.taking.selection.ids;
      // Who has ticked a few papers of a long list wants to compare these.
      if (view === COMPARE && this.total > MOST_COMPARED && length > 1 && length <= MOST_COMPARED) this.taking.compare();
      else if (view) this.choose({ ...this.state, view });
    });
    element("browse-search").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.entered = !this.whole || this.searching;
      if (this.searching || !this.catalogue) return;
      if (this.problems.length) this.notes.tell();
      else titleLink(this.#rows)?.focus();
    });
    element("browse-more").firstElementChild.addEventListener("click", () => this.more().catch(complain));
    element("browse-drawer-clear").addEventListener("click", () => this.clear());
    for (const rows of [this.list.rows, this.table.rows, this.sideBySide.rows]) {
      rows.addEventListener("click", (event) => this.#clickInRows(event));
      rows.addEventListener("change", (event) => this.taking.pick(event));
    }
    addEventListener("popstate", () => {
      this.address.forget();
      this.restore();
      this.refresh().catch(complain);
    });
    addEventListener("scrollend", () => this.#keepPlace());
    // Who follows a link may still be scrolling.
    const followed = (/** @type {Event} */ { target }) => /** @type {Element} */ (target).closest("a") && this.#keepPlace();
    element("browse-results").addEventListener("click", followed);
    this.#listenToKeys();
    new Drawer(element("browse-drawer"), {
      facets: element("browse-facets"),
      column: element("browse-side"),
      slot: element("browse-drawer-body"),
      opener: element("browse-open"),
    });
  }

  /** Keep which row of a long list the reader sees first, for when they come back from a paper. */
  #keepPlace() {
    if (this.shown <= this.pageSize) return;
    const rows = /** @type {HTMLElement[]} */ ([...this.#view.rows.children]);
    const row = rows.find((one) => one.getBoundingClientRect().bottom > 0);
    if (!row) return;
    history.scrollRestoration = "manual";
    this.address.keep({ shown: this.shown, row: row.dataset.id, top: row.getBoundingClientRect().top });
  }

  #listenToKeys() {
    const help = element("browse-help-dialog");
    const letters = element("browse-letter-keys");
    letters.addEventListener("change", () => letterKeys.turn(letters.checked));
    const showHelp = () => {
      letters.checked = letterKeys.areOn();
      help.showModal();
    };
    element("browse-help").addEventListener("click", showHelp);
    help.addEventListener("click", (/** @type {Event} */ { target }) => {
      if (target === help || /** @type {Element} */ (target).closest("[data-close]")) help.close();
    });
    listen({
      rows: () => this.#papers(),
      box: this.text,
      copy: (row) => this.taking.copyEntry(row),
      select: (row) => row.querySelector("input")?.click(),
      selected: () => this.taking.goToSelected(),
      help: showHelp,
    });
  }

  /** @param {MouseEvent} event */
  #clickInRows(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches(".result__cite")) {
      this.taking.copyEntry(/** @type {HTMLElement} */ (target.closest("[data-id]")));
    } else if (target.matches("a[data-key]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.choose(toggle(this.state, target.dataset.field ?? "", target.dataset.key ?? ""));
      this.facets.reveal();
    }
  }
}

/** @param {string} order */
function direction(order) {
  return ascends(order) ? "ascending" : "descending";
}

new Browse().start().catch((error) => {
  document.documentElement.classList.remove("browse-pending");
  complain(`the papers could not be loaded (${error.message}); reload the page`);
});
