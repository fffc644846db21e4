/**
 * The browse page: ties what a reader does to the state, the state to the URL, and the URL to what is shown.
 */

import * as bibtex from "./bibtex.js";
import { open } from "./catalogue.js";
import { Drawer } from "./drawer.js";
import { Facets } from "./facets.js";
import { Results } from "./results.js";
import { format, parse, ticked, toggle } from "./state.js";

/** How long after the last change the number of papers is said to screen readers. */
const QUIET_MS = 600;
/** How long a button says that it has copied. */
const SAID_MS = 2000;

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
    this.facets = new Facets(element("browse-facets"), (field, key) => this.choose(toggle(this.state, field, key)));
    this.results = new Results(element("browse-list"), element("browse-result"), this.facets.labels);
    this.text = element("browse-text");
    this.sort = element("browse-sort");
    /** Whether the list has come from an answer and no more is that of the HTML, which is whole. */
    this.answered = false;
    /** Whether the newest entry of the history came by typing: more typing belongs to it. */
    this.typing = false;
    this.searching = false;
    this.searchAgain = false;
    this.announcement = 0;
    /** @type {import("./state.js").State} */
    this.state = parse(location.search, this.facets.fields);
    this.shown = this.pageSize;
    const typed = this.text.value;
    this.restore();
    // The reader may have begun to type before the scripts were there.
    if (typed) this.type(typed);
  }

  /** Begin: what came with the page is taken over; a view of the URL's own is searched for. */
  async start() {
    this.#listen();
    this.catalogue = await open(this.index);
    const untouched = !format(this.state, this.facets.fields) && this.shown === this.pageSize;
    if (!untouched || this.searchAgain) await this.refresh();
    document.documentElement.classList.remove("browse-pending");
    await this.catalogue.complete();
    if (this.answered) await this.refresh();
    element("browse").dataset.ready = "";
  }

  /** Take the state from the URL, and how far down the reader was from the history. */
  restore() {
    this.state = parse(location.search, this.facets.fields);
    this.shown = history.state?.shown ?? this.pageSize;
    this.typing = false;
    this.#showState();
    this.facets.reveal();
  }

  /** @param {import("./state.js").State} state reached by a tick, a chip or the order: a step in the history */
  choose(state) {
    this.#go(state, true);
    this.typing = false;
  }

  /** @param {string} text */
  type(text) {
    this.#go({ ...this.state, text }, !this.typing);
    this.typing = true;
  }

  clear() {
    this.choose({ ...this.state, text: "", filters: {} });
  }

  /** @param {import("./state.js").State} state @param {boolean} step */
  #go(state, step) {
    this.state = state;
    this.shown = this.pageSize;
    const search = format(state, this.facets.fields);
    if (search !== location.search) {
      history[step ? "pushState" : "replaceState"]({}, "", location.pathname + search);
    }
    this.#showState();
    this.refresh();
  }

  /** Search for the state as it is now; while one search runs, at most one more waits. */
  async refresh() {
    this.searchAgain = true;
    if (this.searching || !this.catalogue) return;
    this.searching = true;
    try {
      while (this.searchAgain) {
        this.searchAgain = false;
        const answer = await this.catalogue.search(this.state, 0, this.shown);
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
    history.replaceState({ shown: this.shown }, "");
    this.results.append(answer.results);
    element("browse-more").hidden = this.shown >= answer.total;
  }

  /** What follows from the state alone, at once. */
  #showState() {
    if (this.text.value.trim() !== this.state.text.trim()) this.text.value = this.state.text;
    this.sort.value = this.state.sort;
    this.facets.tick(this.state);
    const terms = ticked(this.state);
    const badge = element("browse-badge");
    badge.textContent = terms.length ? String(terms.length) : "";
    badge.hidden = !terms.length;
    element("browse-open").setAttribute("aria-label", terms.length ? `Filters, ${terms.length} active` : "Filters");
    const active = element("browse-active");
    active.hidden = !terms.length;
    active.replaceChildren(...terms.map((term) => this.#filterChip(term)), this.#clearButton());
  }

  /** @param {{field: string, key: string}} term */
  #filterChip({ field, key }) {
    const name = `${this.facets.labels.get(field)}: ${this.facets.label(field, key)}`;
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = `chip chip--${field} browse__filter`;
    chip.textContent = name;
    chip.setAttribute("aria-label", `Remove the filter ${name}`);
    chip.addEventListener("click", () => {
      const at = [.../** @type {Element} */ (chip.parentElement).children].indexOf(chip);
      this.choose(toggle(this.state, field, key));
      this.#focusNear(at);
    });
    return chip;
  }

  #clearButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet browse__clear";
    button.textContent = "Clear all";
    button.addEventListener("click", () => {
      this.clear();
      this.#focusNear(0);
    });
    return button;
  }

  /**
   * The focus must not be lost with the chip that was taken away.
   * @param {number} at
   */
  #focusNear(at) {
    const active = element("browse-active");
    if (active.hidden) this.text.focus();
    else active.children[Math.min(at, active.children.length - 1)].focus();
  }

  /** @param {import("./engine.js").Answer} answer */
  #showAnswer({ total, all, results, counts }) {
    this.answered = true;
    const papers = total === 1 ? "paper" : "papers";
    this.facets.count(counts);
    this.results.replace(results);
    element("browse-count").textContent = total === all ? `${all} ${papers}` : `${total} of ${all} papers`;
    element("browse-drawer-show").textContent = `Show ${total} ${papers}`;
    element("browse-empty").hidden = total > 0;
    element("browse-more").hidden = results.length >= total;
    for (const id of ["browse-copy", "browse-download"]) element(id).disabled = !total;
    clearTimeout(this.announcement);
    this.announcement = setTimeout(() => say(total ? `${total} ${papers}` : "No paper matches"), QUIET_MS);
  }

  #listen() {
    this.text.addEventListener("input", () => this.type(this.text.value));
    this.sort.addEventListener("change", () => this.choose({ ...this.state, sort: this.sort.value }));
    element("browse-search").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.results.focusFirst();
    });
    element("browse-more").firstElementChild.addEventListener("click", () => this.more());
    element("browse-drawer-clear").addEventListener("click", () => this.clear());
    element("browse-list").addEventListener("click", (/** @type {MouseEvent} */ event) => this.#clickInList(event));
    element("browse-copy").addEventListener("click", (/** @type {Event} */ { currentTarget }) =>
      copyTo(/** @type {HTMLElement} */ (currentTarget), this.#bibtexOfView()),
    );
    element("browse-download").addEventListener("click", async () => {
      await this.#bibtexOfView().then((text) => bibtex.download(text, "papers.bib"), complain);
    });
    addEventListener("popstate", () => {
      this.restore();
      this.refresh();
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    new Drawer(element("browse-drawer"), {
      facets: element("browse-facets"),
      column: element("browse-side"),
      slot: element("browse-drawer-body"),
      opener: element("browse-open"),
    });
  }

  /** @param {MouseEvent} event */
  #clickInList(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches(".result__cite")) {
      const link = /** @type {HTMLAnchorElement} */ (target.closest("li")?.querySelector(".entry__title a"));
      const id = /** @type {HTMLElement} */ (target.closest("li.result")).dataset.id ?? "";
      copyTo(target, bibtex.ofPaper(new URL(link.href), id));
    } else if (target.matches("a[data-key]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.choose(toggle(this.state, target.dataset.field ?? "", target.dataset.key ?? ""));
      this.facets.reveal();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const typing = /** @type {Element} */ (event.target).closest("input:not([type=checkbox]), textarea, select, dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.text.focus();
    this.text.select();
  }

  /** Exactly what the state finds, however much of it is on the page. */
  async #bibtexOfView() {
    if (!this.catalogue) throw new Error("the papers are still being loaded; try again in a moment");
    return bibtex.ofView(await this.catalogue.entries(this.state), this.index);
  }
}

/**
 * @param {HTMLElement} button that asked for it, and says when it is done
 * @param {Promise<string>} text
 */
async function copyTo(button, text) {
  const label = button.textContent;
  try {
    await bibtex.copy(text);
  } catch (error) {
    // A failed fetch says more than the clipboard's complaint about it.
    complain(await text.then(() => error, (reason) => reason));
    return;
  }
  button.textContent = "Copied";
  say("BibTeX copied");
  setTimeout(() => (button.textContent = label), SAID_MS);
}

/** @param {string} text for screen readers */
function say(text) {
  element("browse-status").textContent = text;
}

/** @param {unknown} error shown to the reader, with what to do */
function complain(error) {
  const problem = element("browse-problem");
  problem.textContent = `That did not work: ${error instanceof Error ? error.message : error}.`;
  problem.hidden = false;
}

new Browse().start().catch((error) => {
  document.documentElement.classList.remove("browse-pending");
  complain(`the papers could not be loaded (${error.message}); reload the page`);
});
