/**
 * Papers, terms, authors and models under a search box while a reader types: the editable combobox with a list of WAI-ARIA's patterns.
 * Without this a box is a plain form that leads to the browse page.
 */

import { open } from "./browse/catalogue.js";
import { counted } from "./browse/counting.js";
import { fetchJson } from "./browse/fetching.js";
import { keepLines } from "./browse/paste.js";
import { BEST } from "./browse/sorts.js";
import { LONGEST, asksForPapers } from "./browse/query.js";
import { words as wordsOf } from "./browse/words.js";

/**
 * What is not a paper: a term, an author, or a family of models that methods run in.
 * @typedef {{url: URL, label: string, said: string}} Place
 * @typedef {{label: string, place: string, methods: number}} Model as the page of methods names it
 */

const SHOWN = 6;
const NAMES = 3;
const MODELS = 3;
/** Fewer letters begin too much. */
const LEAST = 3;

/** @type {Promise<import("./browse/catalogue.js").Catalogue> | null} one for all boxes of a page */
let catalogue = null;
/** Whether all of it is there: titles and names come first, authors and terms behind them. */
let whole = false;
/** @type {Promise<Model[]> | null} */
let models = null;

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
    box.maxLength = LONGEST + 1; // one too many: the browse page says that there is a limit
    /** Questions asked so far: an answer to an older one than the last is late. */
    this.asked = 0;
    keepLines(box);
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

  /** @returns {Promise<Model[]>} none where the site has no methods */
  #models() {
    const { models: file } = this.box.dataset;
    models ??= file ? fetchJson(new URL(file, document.baseURI)).catch(() => ((models = null), [])) : Promise.resolve([]);
    return models;
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
      const [answer, named, models] = await Promise.all([ask(), papers.named(text, NAMES), this.#models()]);
      const browse = this.form.action;
      const places = [...named.map((name) => term(name, browse)), ...called(text, models).map((one) => model(one, browse))];
      if (question === this.asked) this.#show(text, answer, places);
    } catch {
      catalogue = null; // the form works without; the next letter tries again
      this.#close();
    }
  }

  /**
   * @param {string} text
   * @param {import("./browse/engine.js").Answer} answer
   * @param {Place[]} places
   */
  #show(text, { results, total }, places = []) {
    if (document.activeElement !== this.box) return;
    const chosen = this.#active()?.getAttribute("href");
    const all = new URL(this.form.action);
    all.search = String(new URLSearchParams({ q: text }));
    const count = counted(total);
    const none = places.length ? "No paper has these words" : "No paper has all of this";
    const words = total ? `${count} in Browse` : `${none}: look closer in Browse`;
    const browse = this.form.action;
    const papers = results.map((paper) => this.#option(page(paper, browse), title(paper), where(paper)));
    const others = places.map(({ url, label, said }) => this.#option(url, [label], said));
    const options = meansPaper(text, results[0], places[0]) ? [...papers, ...others] : [...others, ...papers];
    this.list.replaceChildren(...options, this.#option(all, [words], ""));
    [...this.list.children].forEach((option, number) => (option.id = `${this.list.id}-${number}`));
    this.#choose([...this.list.children].find((option) => option.getAttribute("href") === chosen) ?? null);
    this.list.style.top = `${this.box.offsetTop + this.box.offsetHeight}px`;
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    const kinds = places.length === 1 ? "term, author or model" : "terms, authors or models";
    const besides = places.length ? `, and ${places.length} ${kinds}` : "";
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

/** @param {import("./browse/papers.js").Result} paper @param {string} browse address of the browse page */
function page({ id }, browse) {
  return new URL(`../papers/${id}/`, browse);
}

/** @param {import("./browse/papers.js").Result} paper */
function title({ name, title }) {
  if (!name || title.includes(name)) return [title];
  return [Object.assign(document.createElement("b"), { textContent: name }), ` ${title}`];
}

/** @param {import("./browse/papers.js").Result} paper */
function where({ venue, year }) {
  return [venue, year].filter(Boolean).join(" ");
}

/**
 * Whether a method's name is what is typed, whole or its beginning, and no other place's name is closer to it.
 * @param {string} text
 * @param {import("./browse/papers.js").Result | undefined} paper the closest
 * @param {Place | undefined} place the closest
 */
function meansPaper(text, paper, place) {
  const [typed, method, other] = [text, paper?.name, place?.label].map((words) => wordsOf(words ?? "").join(""));
  return method.startsWith(typed) && (!other.startsWith(typed) || method.length <= other.length);
}

/** @param {import("./browse/names.js").Named} name @param {string} browse address of the browse page @returns {Place} */
function term({ field, kind, key, label, papers }, browse) {
  const url = new URL(browse);
  url.search = String(new URLSearchParams(field === "author" ? { q: `author:"${key}"` } : { [field]: key }));
  return { url, label, said: `${kind.toLowerCase()}, ${counted(papers)}` };
}

/** @param {Model} model @param {string} browse address of the browse page @returns {Place} */
function model({ label, place, methods }, browse) {
  const url = new URL(`../methods/#${place}`, browse);
  return { url, label, said: `model, ${counted(methods, "method")}` };
}

/**
 * The families of models that are called so, or have a word from which on they are; with the former first.
 * @param {string} text
 * @param {Model[]} models
 */
function called(text, models) {
  const typed = wordsOf(text).join("");
  if (typed.length < LEAST || asksForPapers(text)) return [];
  const at = models.map(({ label }) => {
    const words = wordsOf(label);
    return words.findIndex((_, from) => words.slice(from).join("").startsWith(typed));
  });
  const found = models.filter((_, row) => at[row] >= 0);
  const first = models.filter((_, row) => at[row] === 0);
  return [...first, ...found.filter((one) => !first.includes(one))].slice(0, MODELS);
}
