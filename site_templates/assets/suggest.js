/**
 * Papers, terms and authors under a search box while a reader types: the editable combobox with a list of WAI-ARIA's patterns.
 * Without this a box is a plain form that leads to the browse page.
 */

import { open } from "./browse/catalogue.js";
import { BEST } from "./browse/sorts.js";
import { words as wordsOf } from "./browse/words.js";

const SHOWN = 6;
const NAMES = 3;

/** @type {Promise<import("./browse/catalogue.js").Catalogue> | null} one for all boxes of a page */
let catalogue = null;
/** Whether all of it is there: titles and names come first, authors and terms behind them. */
let whole = false;

/** @param {HTMLInputElement} box in a form that leads to the browse page */
export function suggest(box) {
  new Suggestions(box);
}

class Suggestions {
  /** @param {HTMLInputElement} box */
  constructor(box) {
    this.box = box;
    this.form = /** @type {HTMLFormElement} */ (box.form);
    this.list = Object.assign(document.createElement("div"), { className: "suggestions", id: `${box.id}-list` });
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.status = Object.assign(document.createElement("span"), { className: "visually-hidden" });
    this.status.setAttribute("role", "status");
    this.form.append(this.list, this.status);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-controls": this.list.id,
      "aria-expanded": "false",
    }))
      box.setAttribute(name, value);
    /** Questions asked so far: an answer to an older one than the last is late. */
    this.asked = 0;
    box.addEventListener("input", () => {
      this.#choose(null); // what is typed on is typed on, whatever was chosen before
      this.#ask();
    });
    box.addEventListener("keydown", (event) => this.#onKey(event));
    box.addEventListener("blur", () => this.#close());
    // The box keeps the focus, so that the list stays until the pointer has done its work.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#open().catch(() => {}); // whoever asks hears of it
    if (box.value) this.#ask();
  }

  #open() {
    catalogue ??= open(new URL("index.json", this.form.action).href, Infinity);
    return catalogue;
  }

  async #ask() {
    const text = this.box.value.trim();
    const question = ++this.asked;
    if (!text) return this.#close();
    try {
      const papers = await this.#open();
      const ask = () => papers.search({ text, filters: {}, excluded: {}, ids: null, sort: BEST }, 0, SHOWN);
      if (!whole) {
        const answer = await ask();
        if (question === this.asked) this.#show(text, answer);
        whole = await papers.complete().then(() => true, () => false);
      }
      if (!whole) return;
      const [answer, named] = await Promise.all([ask(), papers.named(text, NAMES)]);
      if (question === this.asked) this.#show(text, answer, named);
    } catch {
      catalogue = null; // the form works without; the next letter tries again
      this.#close();
    }
  }

  /**
   * @param {string} text
   * @param {import("./browse/engine.js").Answer} answer
   * @param {import("./browse/names.js").Named[]} named
   */
  #show(text, { results, total }, named = []) {
    if (document.activeElement !== this.box) return;
    const chosen = this.#active()?.getAttribute("href");
    const all = new URL(this.form.action);
    all.search = String(new URLSearchParams({ q: text }));
    const count = counted(total);
    const none = named.length ? "No paper has these words" : "No paper has all of this";
    const words = total ? `${count} in Browse` : `${none}: look closer in Browse`;
    const browse = this.form.action;
    const papers = results.map((paper) => this.#option(page(paper, browse), title(paper), where(paper)));
    const names = named.map((name) => this.#option(view(name, browse), [name.label], said(name)));
    const options = meansPaper(text, results[0], named[0]) ? [...papers, ...names] : [...names, ...papers];
    this.list.replaceChildren(...options, this.#option(all, [words], ""));
    [...this.list.children].forEach((option, number) => (option.id = `${this.list.id}-${number}`));
    this.#choose([...this.list.children].find((option) => option.getAttribute("href") === chosen) ?? null);
    this.list.style.top = `${this.box.offsetTop + this.box.offsetHeight}px`;
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    const besides = named.length ? `, and ${named.length} ${named.length === 1 ? "term or author" : "terms or authors"}` : "";
    const status = (total ? `${results.length} of ${count}` : words) + besides;
    if (this.status.textContent !== status) this.status.textContent = status;
  }

  /**
   * @param {URL} url
   * @param {(string | Node)[]} words
   * @param {string} beside
   */
  #option(url, words, beside) {
    const option = document.createElement("a");
    option.href = url.href;
    option.tabIndex = -1;
    option.setAttribute("role", "option");
    const line = Object.assign(document.createElement("span"), { className: "suggestions__title", dir: "auto" });
    line.append(...words);
    option.append(line);
    const after = Object.assign(document.createElement("span"), { className: "suggestions__where", textContent: beside });
    if (beside) option.append(" ", after);
    return option;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const options = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = options.indexOf(/** @type {HTMLElement} */ (this.#active()));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.#ask();
      // One more place than there are options: the box itself, before the first and behind the last.
      else this.#choose(options[wrapped(at + (event.key === "ArrowDown" ? 1 : -1), options.length)] ?? null);
    } else if (event.key === "Enter" && at >= 0 && !this.list.hidden) {
      event.preventDefault();
      options[at].click();
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.#close();
    }
  }

  #active() {
    return this.list.querySelector("[aria-selected=true]");
  }

  /** @param {Element | null} option */
  #choose(option) {
    for (const each of this.list.children) each.setAttribute("aria-selected", String(each === option));
    if (option) this.box.setAttribute("aria-activedescendant", option.id);
    else this.box.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #close() {
    this.asked++;
    this.list.hidden = true;
    this.status.textContent = "";
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }
}

/** @param {number} place from -2 to *size* @param {number} size @returns {number} -1, the box, to *size* - 1 */
function wrapped(place, size) {
  return place < -1 ? size - 1 : place === size ? -1 : place;
}

/** @param {import("./browse/engine.js").Result} paper @param {string} browse address of the browse page */
function page({ id }, browse) {
  return new URL(`../papers/${id}/`, browse);
}

/** @param {import("./browse/engine.js").Result} paper */
function title({ name, title }) {
  if (!name || title.includes(name)) return [title];
  return [Object.assign(document.createElement("b"), { textContent: name }), ` ${title}`];
}

/** @param {import("./browse/engine.js").Result} paper */
function where({ venue, year }) {
  return [venue, year].filter(Boolean).join(" ");
}

/**
 * Whether a method's name is what is typed, whole or its beginning, and no term's name is closer to it.
 * @param {string} text
 * @param {import("./browse/engine.js").Result | undefined} paper the closest
 * @param {import("./browse/names.js").Named | undefined} named the closest
 */
function meansPaper(text, paper, named) {
  const [typed, method, term] = [text, paper?.name, named?.label].map((words) => wordsOf(words ?? "").join(""));
  return method.startsWith(typed) && (!term.startsWith(typed) || method.length <= term.length);
}

/** @param {number} count */
function counted(count) {
  return count === 1 ? "1 paper" : `${count.toLocaleString("en")} papers`;
}

/** @param {import("./browse/names.js").Named} name @param {string} browse address of the browse page */
function view({ field, key }, browse) {
  const url = new URL(browse);
  url.search = String(new URLSearchParams(field === "author" ? { q: `author:"${key}"` } : { [field]: key }));
  return url;
}

/** @param {import("./browse/names.js").Named} name */
function said({ kind, papers: count }) {
  return `${kind.toLowerCase()}, ${counted(count)}`;
}
