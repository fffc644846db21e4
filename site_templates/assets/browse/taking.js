/**
 * What a reader takes along: papers ticked, entries copied, the view or the selection in any format, and a
 * link to the selection.
 *
 * @typedef {import("./state.js").State} State
 *
 * @typedef {object} Page what is needed of the page
 * @property {string} index absolute URL of index.json
 * @property {() => import("./catalogue.js").Catalogue | undefined} catalogue
 * @property {() => State} state
 * @property {(ids: string[] | null) => void} onShow show these papers alone; null for all papers
 * @property {(ids: string[]) => void} onCompare show these papers alone, side by side
 * @property {() => void} onSelect other papers are selected than before
 */

import { announce } from "./announce.js";
import { copy, download } from "./clipboard.js";
import { counted } from "./counting.js";
import { bibtexOf, textOf } from "./exports.js";
import { titleLink } from "./keyboard.js";
import { Menu } from "./menu.js";
import { complain, forgive } from "./problem.js";
import { SelectAll } from "./select_all.js";
import { LONGEST_LINK, Selection } from "./selection.js";
import { cleared, format } from "./state.js";
import { SAID_MS, say } from "./toast.js";
import { Tray } from "./tray.js";

export class Taking {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.selection = new Selection(() => this.#changed());
    const menu = /** @type {HTMLDetailsElement} */ (document.getElementById("browse-export"));
    this.menu = new Menu(menu, (format, action, button) => this.#take(page.state(), format, action, button));
    this.all = new SelectAll(this.selection, async () => (await this.#entries(page.state())).map(({ id }) => id));
    this.tray = new Tray(/** @type {HTMLElement} */ (document.getElementById("browse-tray")), this.selection, {
      // What is shown has a link, too.
      onShow: () => this.#withLink(() => page.onShow(this.selection.ids)),
      onCompare: () => this.compare(),
      onShare: (button) => this.#withLink((link) => this.#copy(Promise.resolve(link), button, "Link copied", "choose Show, and copy the address of the page")),
      onClear: () => this.#clear(),
      onExport: (format, action, button) => this.#take(this.#selected(), format, action, button),
    });
    this.tray.show();
  }

  /** @returns {boolean} whether the focus is on what can be done with the selected papers */
  goToSelected() {
    return this.tray.focus();
  }

  /** Show the selected papers side by side. */
  compare() {
    this.#withLink(() => this.page.onCompare(this.selection.ids));
  }

  /** @param {number} papers in the view */
  count(papers) {
    this.menu.show(papers);
    this.all.show(papers);
  }

  /** Tick the boxes of selected papers. @param {HTMLElement} rows */
  mark(rows) {
    for (const row of rows.querySelectorAll("[data-id]")) this.marked(/** @type {HTMLElement} */ (row));
  }

  /** @param {HTMLElement} row @returns {HTMLElement} with its box ticked if it is selected */
  marked(row) {
    const box = /** @type {HTMLInputElement} */ (row.querySelector("input.pick"));
    box.checked = this.selection.has(row.dataset.id ?? "");
    row.classList.toggle("picked", box.checked);
    /** @type {HTMLElement} */ (titleLink(row)).ariaDescription = box.checked ? "Selected" : null;
    return row;
  }

  /** @param {Event} event a box was ticked, or the tick taken away */
  pick({ target }) {
    const box = /** @type {HTMLInputElement} */ (target);
    const id = /** @type {HTMLElement | null} */ (box.closest("[data-id]"))?.dataset.id;
    if (!id) return;
    try {
      this.selection.set([id], box.checked);
      announce(this.selection.said);
    } catch (error) {
      box.checked = false;
      complain(error);
    }
  }

  /** @param {HTMLElement} row the paper whose BibTeX entry is copied */
  copyEntry(row) {
    const link = /** @type {HTMLAnchorElement} */ (titleLink(row));
    const entry = bibtexOf(new URL(link.href), row.dataset.id ?? "");
    return this.#copy(entry, row.querySelector(".result__cite"), "BibTeX copied", "the paper's page has the entry to download");
  }

  #changed() {
    forgive();
    for (const id of ["browse-list", "browse-rows", "browse-compared"]) this.mark(/** @type {HTMLElement} */ (document.getElementById(id)));
    this.tray.show();
    this.all.show();
    this.page.onSelect();
  }

  /** Nothing is selected; who looks at nothing but the selection sees all papers again. */
  #clear() {
    const { ids } = this.selection;
    const shown = this.selection.isOf(this.page.state().ids);
    this.selection.clear();
    if (shown) this.page.onShow(null);
    const after = this.page.state();
    const restore = () => {
      this.#tried(() => {
        this.selection.set(ids, true);
        // Who has gone elsewhere meanwhile stays there.
        if (shown && this.page.state() === after) this.page.onShow(this.selection.ids);
      });
      this.tray.focus();
    };
    const said = `${counted(ids.length)} ${ids.length === 1 ? "is" : "are"} no longer selected`;
    say(said, { label: "Undo", act: restore })?.focus();
  }

  /** @param {() => void} change of the selection, which may become too large */
  #tried(change) {
    try {
      change();
    } catch (error) {
      say(/** @type {Error} */ (error).message);
    }
  }

  /** @returns {State} the selected papers and nothing else */
  #selected() {
    return { ...cleared(this.page.state()), ids: this.selection.ids };
  }

  /** @param {(link: string) => void} use what is done with a link to the selected papers as they are looked at, if there can be one */
  #withLink(use) {
    const { ids } = this.selection;
    const link = new URL(format(this.#selected(), new Map()), location.href.split(/[?#]/)[0]).href;
    if (link.length <= LONGEST_LINK) use(link);
    else say(`A link to ${counted(ids.length)} is longer than servers take: select fewer, or use Export, which takes them all.`);
  }

  /**
   * @param {State} state
   * @param {string} format
   * @param {"copy" | "download"} action
   * @param {HTMLElement} button
   */
  async #take(state, format, action, button) {
    forgive();
    const { suffix, type = "" } = /** @type {HTMLElement} */ (button.closest("[data-format]")).dataset;
    const text = this.#textOf(state, format);
    if (action === "copy") await this.#copy(text, button, `${labelOf(button)} copied`, "choose Download beside it");
    else await text.then((whole) => download(whole, `papers${suffix}`, type), complain);
  }

  /** Exactly what the state finds, however much of it is on the page. @param {State} state @param {string} format */
  async #textOf(state, format) {
    const entries = await this.#entries(state);
    if (!entries.length) throw new Error("none of these papers is in the catalogue any more");
    return textOf(format, entries, this.page.index);
  }

  /** @param {State} state @returns {Promise<import("./papers.js").Entry[]>} */
  async #entries(state) {
    const catalogue = this.page.catalogue();
    if (!catalogue) throw new Error("the papers are still being loaded; try again in a moment");
    return catalogue.entries(state);
  }

  /**
   * @param {Promise<string>} text
   * @param {HTMLElement | null} button that asked for it, and says when it is done
   * @param {string} done
   * @param {string} instead what can be done where nothing can be copied
   */
  async #copy(text, button, done, instead) {
    forgive();
    try {
      await copy(text);
    } catch (error) {
      // A failed fetch says what to do itself.
      complain(await text.then(() => `${/** @type {Error} */ (error).message}; ${instead}`, (reason) => reason));
      return;
    }
    say(done);
    if (!button) return;
    const label = button.dataset.label ?? button.textContent ?? "";
    button.dataset.label = label;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), SAID_MS);
  }
}

/** @param {HTMLElement} button in a menu of formats @returns {string} what the menu calls its format */
function labelOf(button) {
  return button.closest("[data-format]")?.firstElementChild?.textContent ?? "";
}
