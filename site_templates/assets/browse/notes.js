/**
 * What is said below the search box: what of the text or the address is not understood, which words were mended,
 * which picked papers are not there, and, where nothing is found, which word is too much.
 *
 * @typedef {import("./query.js").Problem} Problem
 * @typedef {import("./meaning.js").Mended} Mended
 */

import { fold, words } from "./words.js";

/** A reader who is still typing is not interrupted. */
const QUIET_MS = 350;
/** Words that are offered to be left out. */
const MOST_WAYS = 3;

export class Notes {
  /**
   * @param {HTMLElement} element
   * @param {HTMLInputElement} box
   * @param {(text: string) => void} onMend puts a mended text into the box
   * @param {() => void} onAny asks for papers with any of the ticked terms
   */
  constructor(element, box, onMend, onAny) {
    this.element = element;
    this.box = box;
    this.onMend = onMend;
    this.onAny = onAny;
    this.waiting = 0;
    /** Says what waits for a pause, too. */
    this.rest = () => {};
  }

  /**
   * @param {import("./engine.js").Answer} answer
   * @param {string[]} strange what of the address is not understood
   * @param {boolean} all whether papers need all of several ticked terms
   */
  show({ total, problems, mended, missing, without, any }, strange, all) {
    clearTimeout(this.waiting);
    const text = this.box.value;
    const length = [...text].length;
    const now = problems.filter(({ end }) => end < length || document.activeElement !== this.box);
    /** @type {HTMLElement[]} */
    const others = total ? mended.map((one) => this.#mendedNote(text, one)) : [];
    if (text.trim() && !words(text).length) others.push(...note("Nothing to search for in", [`“${text.trim()}”`]));
    others.push(...note("Not in this catalogue", missing), ...note("Left out, because there is no such term", strange));
    if (all && !total) others.push(this.#anyNote());
    if (any?.total) others.push(this.#namesNote(any));
    this.#fill(text, now, others);
    this.rest = () => this.#fill(text, problems, [...others, ...this.#withoutNote(without)]);
    if (now.length < problems.length || without.length) this.waiting = setTimeout(this.rest, QUIET_MS);
  }

  /** Say at once what would be said with the first pause. */
  tell() {
    clearTimeout(this.waiting);
    this.rest();
  }

  /** @param {string} text @param {Problem[]} problems @param {HTMLElement[]} others */
  #fill(text, problems, others) {
    const notes = [...others, ...problems.map((one) => problemNote(text, one))];
    this.element.replaceChildren(...notes);
    this.element.hidden = !notes.length;
    this.box.setAttribute("aria-invalid", String(problems.length > 0));
  }

  /** @param {string} text @param {Mended} mended */
  #mendedNote(text, { typed, shown }) {
    const note = document.createElement("p");
    const onClick = () => this.#mend(replaceWord(text, typed, shown));
    const button = linkButton(shown, `Search for ${shown}`, onClick);
    note.append(`No “${typed}”; showing “`, button, "”.");
    return note;
  }

  /** @param {import("./engine.js").Answer["without"]} without @returns {HTMLElement[]} */
  #withoutNote(without) {
    if (!without.length) return [];
    const note = document.createElement("p");
    const ways = without.slice(0, MOST_WAYS).map(({ word, text, total }) => {
      const papers = `${total} ${total === 1 ? "paper" : "papers"}`;
      const button = linkButton(`without ${word}`, `Search without ${word}: ${papers}`, () => this.#mend(text));
      return [button, ` (${papers})`];
    });
    note.append("Not all of these words together; ", ...ways.flatMap((way, at) => (at ? [", ", ...way] : way)), ".");
    return [note];
  }

  /** @param {NonNullable<import("./engine.js").Answer["any"]>} any */
  #namesNote({ text, total }) {
    const note = document.createElement("p");
    const papers = `${total} ${total === 1 ? "paper" : "papers"}`;
    const button = linkButton("any of them", `Search for any of them: ${papers}`, () => this.#mend(text));
    note.append("No paper has all of these names; ", button, ` (${papers})?`);
    return note;
  }

  #anyNote() {
    const note = document.createElement("p");
    note.append("No paper has all of the ticked terms; ", linkButton("any of them", "Show papers with any of them", this.onAny), "?");
    return note;
  }

  /** @param {string} text */
  #mend(text) {
    this.onMend(text);
    this.box.focus();
  }
}

/**
 * @param {string} label
 * @param {string} name what it is to screen readers
 * @param {() => void} onClick
 */
function linkButton(label, name, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "browse__mend";
  button.textContent = label;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", onClick);
  return button;
}

/** @param {string} words @param {string[]} what @returns {HTMLElement[]} nothing where there is nothing to say */
function note(words, what) {
  return what.length ? [Object.assign(document.createElement("p"), { textContent: `${words}: ${what.join(", ")}.` })] : [];
}

/** @param {string} text @param {Problem} problem */
function problemNote(text, { position, end, message }) {
  const note = document.createElement("p");
  const letters = [...text];
  const clause = letters.slice(0, end).join("").search(/\S+$/u);
  const place = document.createElement("code");
  const mark = document.createElement("mark");
  mark.textContent = letters.slice(position - 1, end).join("") || "…";
  const before = letters.slice(clause < 0 ? 0 : [...text.slice(0, clause)].length, position - 1).join("");
  place.append(before, mark);
  note.append(place, ` Character ${position}: ${message}`);
  return note;
}

/**
 * @param {string} text
 * @param {string} typed a folded word
 * @param {string} shown
 * @returns {string} with *shown* in the place of the word
 */
function replaceWord(text, typed, shown) {
  const mended = text.replace(/[\p{L}\p{N}\p{M}]+/gu, (word) => (fold(word) === typed ? shown : word));
  return mended === text ? shown : mended;
}
