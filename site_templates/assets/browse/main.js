/**
 * The browse page: ties what a reader does to the state, the state to the URL, and the URL to what is shown.
 */

import { Active } from "./active.js";
import { Address } from "./address.js";
import { open } from "./catalogue.js";
import { Drawer } from "./drawer.js";
import { Facets } from "./facets.js";
import { Help } from "./help.js";
import { longest } from "./items.js";
import { listen, titleLink } from "./keyboard.js";
import { Notes } from "./notes.js";
import { Order } from "./order.js";
import { Outcome } from "./outcome.js";
import { keepLines } from "./paste.js";
import { Places } from "./places.js";
import { complain, forgive } from "./problem.js";
import { shortened, tooLong } from "./query.js";
import { COMPARE, VIEWS, cleared, format, toggle, want } from "./state.js";
import { Taking } from "./taking.js";
import { Views } from "./views.js";

/**
 * @typedef {import("./state.js").State} State
 */

/**
 * @param {string} id
 * @returns {any} the element of the page's template with that id
 */
const element = (id) => document.getElementById(id);

class Browse {
  constructor() {
    const { pageSize, index, papers } = element("browse").dataset;
    this.pageSize = Number(pageSize);
    this.papers = Number(papers);
    this.index = new URL(index, document.baseURI).href;
    this.text = element("browse-text");
    this.places = new Places(element("browse-places"), element("browse-facets"), element("browse-places-more"));
    this.facets = new Facets(
      element("browse-facets"),
      (field, key, where) => this.choose(toggle(this.state, field, key, where)),
      (field, all) => this.choose(want(this.state, field, all)),
    );
    this.address = new Address(this.facets.fields, this.facets.several);
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
    this.taking = new Taking({
      index: this.index,
      catalogue: () => this.catalogue,
      state: () => this.state,
      onShow: (ids) => this.choose({ ...cleared(this.state), ids }),
      onCompare: (ids) => this.choose({ ...cleared(this.state), ids, view: COMPARE }),
      onSelect: () => this.state.ids && this.active.show(this.state),
    });
    const onChange = (/** @type {(state: State) => State} */ change) => this.choose(change(this.state));
    this.order = new Order(element("browse-sort"), element("browse-backwards"), onChange);
    this.views = new Views(this.facets, this.taking, this.papers, { catalogue: () => this.catalogue, onChange });
    this.outcome = new Outcome(this.facets, this.order, this.notes);
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
    /** @type {import("./query.js").Problem[]} of the text, as far as it is answered: the papers leave it out */
    this.problems = [];
    const typed = this.text.value;
    this.restore();
    // The reader may have begun to type before the scripts were there.
    if (typed) this.type(typed);
  }

  /** Begin: what came with the page is taken over; a view of the URL's own is searched for. */
  async start() {
    this.#listen();
    const { row, top } = history.state ?? {};
    this.catalogue = await open(this.index, this.papers);
    const untouched = !format(this.state, this.facets.fields) && this.shown === this.pageSize;
    if (!untouched || this.searchAgain || this.strange.length) await this.refresh();
    else this.taking.count(this.papers);
    if (!this.answered) {
      this.views.summarize();
      this.#come();
    }
    await this.catalogue.complete();
    this.whole = true;
    if (this.answered) await this.refresh();
    await this.views.done();
    // The browser would have looked for the reader's place in a list that was still short.
    if (row) await this.views.goTo(row, top);
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
    const { state, strange, cut, shown = this.pageSize } = this.address.read();
    const { view } = state;
    const isThere = this.views.has(view);
    this.state = isThere ? state : { ...state, view: VIEWS[0] };
    /** What of the address is not understood. */
    this.strange = isThere ? strange : [...strange, { written: `view=${view}`, no: "value" }];
    /** Why the text is only the beginning of what was put there; null where it is not. */
    this.cut = cut;
    this.shown = shown;
    this.typing = false;
    this.#showState();
    this.facets.reveal();
  }

  /** @param {State} state reached by a tick, a chip or the order: a step in the history */
  choose(state) {
    const results = element("browse-results");
    // Before the page is changed: looking afterwards costs a layout.
    const isBelow = results.getBoundingClientRect().top < 0;
    this.views.look();
    this.#go(state, true);
    this.typing = false;
    // A reader far down the old list is to see the beginning of the new one.
    if (isBelow) results.scrollIntoView({ behavior: "instant" });
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

  /** @param {State} state @param {boolean} step @param {string | null} cut */
  #go(state, step, cut = null) {
    this.state = state;
    this.strange = [];
    this.cut = cut;
    this.shown = this.pageSize;
    this.entered = false;
    history.scrollRestoration = "auto";
    if (!this.catalogue) this.outcome.wait();
    // The worker searches while the page is brought up to date.
    this.refresh().catch(complain);
    if (step) this.address.add(state);
    else this.address.change(state);
    this.#showState();
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
        const answer = await this.catalogue.search(this.views.query(this.state), 0, this.shown);
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
    await this.views.done();
    if (!answer || state !== this.state) return;
    this.shown = from + this.pageSize;
    this.address.keep({ shown: this.shown });
    this.views.append(answer.results);
    this.outcome.showMore(this.shown < answer.total);
  }

  /** Where little is found, the summaries may say more; they are loaded once. */
  #lookDeeper() {
    this.looking ??= this.catalogue?.summaries([]).then(
      () => this.refresh(),
      () => {
        this.looking = undefined; // the next answer tries again
        this.#come();
      },
    );
  }

  /** What follows from the state alone, at once. */
  #showState() {
    const { text, ...others } = this.state;
    if (this.text.value.trim() !== text.trim()) this.text.value = text;
    // A keystroke must not cost what a tick costs.
    const same = this.stated && Object.entries(others).every(([part, value]) => value === /** @type {any} */ (this.stated)[part]);
    this.stated = this.state;
    this.views.show(this.state);
    if (!same) this.#showChoices();
    this.order.show(this.state);
  }

  #showChoices() {
    this.facets.tick(this.state);
    const active = this.active.show(this.state);
    const badge = element("browse-badge");
    badge.textContent = active ? String(active) : "";
    badge.hidden = !active;
    element("browse-open").setAttribute("aria-label", active ? `Filters, ${active} active` : "Filters");
  }

  /** @param {import("./service.js").Told} answer */
  #showAnswer(answer) {
    const { total, counts, problems, list } = answer;
    const { state } = this;
    this.views.look();
    this.answered = true;
    this.problems = problems;
    this.address.take(state, list && list.items > 1 ? list.ids : []);
    this.outcome.show(answer, state, this.whole);
    if (answer.failed) complain(answer.failed);
    if (answer.waiting) this.#lookDeeper();
    this.notes.show(answer, this.strange, state.all.length > 0, this.cut);
    this.active.showMissing(state, answer.missing.length);
    this.places.show(list ? "" : state.text, list ? [] : answer.people);
    const then = () => {
      this.facets.count(counts);
      this.taking.count(total);
      this.outcome.settle(answer, state);
    };
    this.views.replace(answer, { typing: this.typing, enter: this.entered && !problems.length, then });
    // Who does not type is told all at once: what came later would push the papers away.
    if (this.entered ? problems.length : !this.typing && !answer.waiting) this.notes.tell();
    if (this.whole ? !answer.waiting : this.typing || !state.text) this.#come();
    if (this.whole) this.entered = false;
  }

  /** Show the papers that an address asks for, with all that is told of how its words were read: what came later would push them away. */
  #come() {
    this.views.done().then(() => document.documentElement.classList.remove("browse-pending"));
  }

  /** @param {number} most papers @returns {import("./printing.js").Shown} */
  #printed(most) {
    this.address.settle();
    const { rows, compares, total } = this.views;
    const order = this.order.said;
    return {
      rows,
      row: (result) => this.views.row(result),
      total,
      results: (!compares && !this.searching && this.catalogue?.now?.(this.state, most)) || [],
      order: `${order[0].toLowerCase()}${order.slice(1)}`,
      address: location.href,
    };
  }

  #listen() {
    keepLines(this.text);
    this.text.addEventListener("input", () => this.type(this.text.value));
    this.text.addEventListener("blur", () => this.address.settle());
    element("browse-search").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.entered = !this.whole || this.searching;
      if (this.searching || !this.catalogue) return;
      if (this.problems.length) this.notes.tell();
      else titleLink(this.views.rows)?.focus();
    });
    element("browse-more").firstElementChild.addEventListener("click", () => this.more().catch(complain));
    element("browse-drawer-clear").addEventListener("click", () => this.clear());
    this.views.each((rows) => {
      rows.addEventListener("click", (event) => this.#clickInRows(event));
      rows.addEventListener("change", (event) => this.taking.pick(event));
    });
    addEventListener("popstate", () => {
      this.address.forget();
      this.restore();
      this.refresh().catch(complain);
    });
    addEventListener("scrollend", () => this.#keepPlace());
    // Who follows a link may still be scrolling.
    const followed = (/** @type {Event} */ { target }) => /** @type {Element} */ (target).closest("a") && this.#keepPlace();
    element("browse-results").addEventListener("click", followed);
    const help = new Help(element("browse-help-dialog"), element("browse-letter-keys"), element("browse-help"));
    listen({
      rows: () => this.views.papers,
      box: this.text,
      copy: (row) => this.taking.copyEntry(row),
      select: (row) => row.querySelector("input")?.click(),
      selected: () => this.taking.goToSelected(),
      help: () => help.show(),
    });
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
    const { place } = this.views;
    if (!place) return;
    history.scrollRestoration = "manual";
    this.address.keep({ shown: this.shown, ...place });
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

new Browse().start().catch((error) => {
  document.documentElement.classList.remove("browse-pending");
  complain(`the papers could not be loaded (${error.message}); reload the page`);
});
